//! The numbers of the licensing mode.
//!
//! Three places use three lists: the registry value `LicensingMode`, the `PolicyAcOn` of 2000 and 2003, and
//! WMI. They agree where it matters (2 per device, 4 per user). Windows Embedded Standard 7 documents other
//! numbers, and ignores the value.

use serde::Serialize;

use super::{Certainty, Source, Versions, generation::Generation, sources};

/// What a mode means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// No valid mode: "personal", or the broken zero of 2003.
    Invalid,
    /// Remote desktop for administration: two sessions, no CALs.
    Administration,
    /// Per device.
    PerDevice,
    /// Per user.
    PerUser,
    /// Not configured yet.
    NotConfigured,
    /// Microsoft Entra (AAD) per user, multi-session Windows.
    EntraPerUser,
}

/// Where a number is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ModePlace {
    /// `RCM\Licensing Core\LicensingMode`.
    Local,
    /// `Policies\…\Terminal Services\LicensingMode`.
    Policy,
    /// `Licensing Core\PolicyAcOn`.
    PolicyAcOn,
    /// `Win32_TerminalServiceSetting.LicensingType`.
    Wmi,
    /// The value as Windows Embedded Standard 7 documents it.
    Embedded,
}

/// One number in one place.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ModeRow {
    /// Where.
    pub place: ModePlace,
    /// The number.
    pub number: u32,
    /// What it means.
    pub mode: Mode,
    /// For people.
    pub title: &'static str,
    /// Windows that use it.
    pub versions: Versions,
    /// How sure we are.
    pub certainty: Certainty,
    /// Where it is from.
    pub sources: &'static [Source],
}

const fn row(
    place: ModePlace,
    number: u32,
    mode: Mode,
    title: &'static str,
    versions: Versions,
    certainty: Certainty,
    sources: &'static [Source],
) -> ModeRow {
    ModeRow { place, number, mode, title, versions, certainty, sources }
}

const MODERN: Versions = Versions::from(Generation::W2008);
const OLD: Versions = Versions::between(Generation::W2000, Generation::W2003);
const DOC: Certainty = Certainty::Documented;

/// Every number.
pub const MODES: &[ModeRow] = &[
    row(ModePlace::Local, 0, Mode::Invalid, "personal, or invalid", MODERN, DOC, &[sources::CHANGE_MODE]),
    row(
        ModePlace::Local,
        1,
        Mode::Administration,
        "Remote Desktop for Administration (the default without the session host role)",
        MODERN,
        Certainty::Measured,
        &[sources::CHANGE_MODE, sources::HIVES],
    ),
    row(
        ModePlace::Local,
        2,
        Mode::PerDevice,
        "Per Device",
        MODERN,
        DOC,
        &[sources::UNATTEND_MODE, sources::CHANGE_MODE],
    ),
    row(
        ModePlace::Local,
        4,
        Mode::PerUser,
        "Per User",
        MODERN,
        DOC,
        &[sources::UNATTEND_MODE, sources::CHANGE_MODE],
    ),
    row(ModePlace::Local, 5, Mode::NotConfigured, "not configured", MODERN, DOC, &[sources::UNATTEND_MODE]),
    row(
        ModePlace::Local,
        6,
        Mode::EntraPerUser,
        "Entra (AAD) Per User, multi-session Windows",
        Versions::from(Generation::W2016),
        Certainty::Code,
        &[sources::XA_CHECK, sources::ADMX],
    ),
    row(
        ModePlace::Policy,
        2,
        Mode::PerDevice,
        "Per Device",
        Versions::from(Generation::W2003),
        DOC,
        &[sources::ADMX],
    ),
    row(
        ModePlace::Policy,
        4,
        Mode::PerUser,
        "Per User",
        Versions::from(Generation::W2003),
        DOC,
        &[sources::ADMX],
    ),
    row(
        ModePlace::Policy,
        6,
        Mode::EntraPerUser,
        "AAD Per User (newer templates only; deprecated on Windows 11)",
        Versions::from(Generation::W2016),
        DOC,
        &[sources::ADMX],
    ),
    row(
        ModePlace::PolicyAcOn,
        0,
        Mode::Invalid,
        "invalid: only temporary licenses are issued",
        OLD,
        DOC,
        &[sources::KB834651],
    ),
    row(ModePlace::PolicyAcOn, 2, Mode::PerDevice, "Per Device", OLD, DOC, &[sources::KB834651]),
    row(ModePlace::PolicyAcOn, 4, Mode::PerUser, "Per User", OLD, DOC, &[sources::KB834651]),
    row(ModePlace::Wmi, 0, Mode::Invalid, "personal", MODERN, DOC, &[sources::TS_SETTING]),
    row(
        ModePlace::Wmi,
        1,
        Mode::Administration,
        "Remote Desktop for Administration",
        MODERN,
        DOC,
        &[sources::TS_SETTING],
    ),
    row(ModePlace::Wmi, 2, Mode::PerDevice, "Per Device", MODERN, DOC, &[sources::TS_SETTING]),
    row(
        ModePlace::Wmi,
        3,
        Mode::PerUser,
        "Per User, according to one list in the documentation; real systems return 4",
        MODERN,
        DOC,
        &[sources::TS_SETTING, sources::RDS_LIC_CHK],
    ),
    row(
        ModePlace::Wmi,
        4,
        Mode::PerUser,
        "Per User",
        MODERN,
        DOC,
        &[sources::TS_SETTING, sources::RDS_LIC_CHK],
    ),
    row(
        ModePlace::Wmi,
        5,
        Mode::NotConfigured,
        "not configured",
        MODERN,
        DOC,
        &[sources::TS_SETTING, sources::DEPLOYMENT],
    ),
    row(
        ModePlace::Wmi,
        6,
        Mode::EntraPerUser,
        "observed on multi-session Windows",
        Versions::from(Generation::W2016),
        Certainty::Code,
        &[sources::XA_CHECK, sources::MULTI_SESSION],
    ),
    row(
        ModePlace::Embedded,
        1,
        Mode::Invalid,
        "personal (Embedded Standard 7, where the value is ignored)",
        Versions::between(Generation::W2008R2, Generation::W2008R2),
        DOC,
        &[sources::EMBEDDED_MODE],
    ),
    row(
        ModePlace::Embedded,
        2,
        Mode::Administration,
        "administration (Embedded Standard 7, where the value is ignored)",
        Versions::between(Generation::W2008R2, Generation::W2008R2),
        DOC,
        &[sources::EMBEDDED_MODE],
    ),
    row(
        ModePlace::Embedded,
        3,
        Mode::PerDevice,
        "Per Device (Embedded Standard 7, where the value is ignored)",
        Versions::between(Generation::W2008R2, Generation::W2008R2),
        DOC,
        &[sources::EMBEDDED_MODE],
    ),
    row(
        ModePlace::Embedded,
        4,
        Mode::PerUser,
        "Per User (Embedded Standard 7, where the value is ignored)",
        Versions::between(Generation::W2008R2, Generation::W2008R2),
        DOC,
        &[sources::EMBEDDED_MODE],
    ),
    row(
        ModePlace::Embedded,
        5,
        Mode::NotConfigured,
        "not configured (Embedded Standard 7, where the value is ignored)",
        Versions::between(Generation::W2008R2, Generation::W2008R2),
        DOC,
        &[sources::EMBEDDED_MODE],
    ),
];

/// What a number means in a place; `None`: no document or machine shows it there.
pub fn mode(place: ModePlace, number: u32) -> Option<&'static ModeRow> {
    MODES.iter().find(|row| row.place == place && row.number == number)
}
