//! The licensing mode.

use std::fmt;

use registry::{KeyPath, Snapshot, ValueType};
use serde::Serialize;

use super::product::{Era, Product};
use super::setting::{Candidate, Place, Setting, Standing};
use super::{Found, key, value};
use crate::evidence::Need;
use crate::places;

/// A licensing mode, as `LicensingMode` (2008 and later) and `PolicyAcOn` (2000, 2003) number it.
///
/// Source: unattend reference `Microsoft-Windows-TerminalServices-RemoteConnectionManager\LicensingMode` (2, 4, 5);
/// TerminalServer.admx (2, 4, 6); the value 1 measured in four client hives. KB834651 for `PolicyAcOn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LicensingMode {
    /// 0: invalid on a session host.
    Personal,
    /// 1: Remote Desktop for administration, two sessions, no licenses.
    Administration,
    /// 2
    PerDevice,
    /// 4
    PerUser,
    /// 5
    NotConfigured,
    /// 6: Entra ID per user; only a policy sets it.
    EntraPerUser,
    /// Any other number.
    Other(u32),
}

impl LicensingMode {
    /// The mode with this number.
    #[must_use]
    pub fn from_number(number: u32) -> Self {
        match number {
            0 => Self::Personal,
            1 => Self::Administration,
            2 => Self::PerDevice,
            4 => Self::PerUser,
            5 => Self::NotConfigured,
            6 => Self::EntraPerUser,
            other => Self::Other(other),
        }
    }

    /// The mode's number.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Self::Personal => 0,
            Self::Administration => 1,
            Self::PerDevice => 2,
            Self::PerUser => 4,
            Self::NotConfigured => 5,
            Self::EntraPerUser => 6,
            Self::Other(other) => other,
        }
    }

    /// True for the modes in which a session host asks for licenses.
    #[must_use]
    pub fn is_licensing(self) -> bool {
        matches!(self, Self::PerDevice | Self::PerUser | Self::EntraPerUser)
    }
}

impl fmt::Display for LicensingMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Personal => f.write_str("personal (0)"),
            Self::Administration => f.write_str("remote administration (1)"),
            Self::PerDevice => f.write_str("Per Device (2)"),
            Self::PerUser => f.write_str("Per User (4)"),
            Self::NotConfigured => f.write_str("not configured (5)"),
            Self::EntraPerUser => f.write_str("Entra ID Per User (6)"),
            Self::Other(number) => write!(f, "unknown ({number})"),
        }
    }
}

/// Places where people put `LicensingMode` and that no Windows reads.
const STRAYS: [&str; 5] = [
    r"SYSTEM\CurrentControlSet\Control\Terminal Server",
    r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM",
    r"SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp",
    r"SYSTEM\CurrentControlSet\Control\Terminal Server\RDPCoreTS\Licensing",
    r"SYSTEM\CurrentControlSet\Services\TermService\Parameters",
];

pub(super) fn read(snapshot: &Snapshot, product: &Product) -> Setting<LicensingMode> {
    let mut candidates = Vec::new();
    let mut unseen = Vec::new();
    let mut taken = false;

    let policy = value(snapshot, &places::policy(), "LicensingMode");
    let policy_unseen = policy.is_err();
    match policy {
        Err(unknown) => unseen.extend(unknown.needs),
        Ok(None) => {}
        Ok(Some(found)) => {
            let mode = decode(&found);
            let valid = mode.filter(|mode| mode.is_licensing());
            let (standing, reason) = match valid {
                Some(_) => (Standing::Wins, "a policy has precedence over every local setting".to_owned()),
                None => (
                    Standing::Invalid,
                    format!("a policy may say 2, 4 or 6 as REG_DWORD; this is {}", describe(&found)),
                ),
            };
            taken = valid.is_some();
            candidates.push(candidate(Place::Policy, &found, mode, standing, reason));
        }
    }

    let modern = (places::licensing_core(), "LicensingMode", Place::Local);
    let legacy = (places::legacy_licensing_core(), "PolicyAcOn", Place::Legacy);
    let old = product.era() == Some(Era::Nt5);
    for (path, name, place) in if old { [legacy, modern] } else { [modern, legacy] } {
        let read_by_this_windows = (place == Place::Legacy) == old;
        match value(snapshot, &path, name) {
            Err(unknown) if read_by_this_windows => unseen.extend(unknown.needs),
            Err(_) | Ok(None) => {}
            Ok(Some(found)) => {
                let mode = decode(&found);
                let (standing, reason) = if !read_by_this_windows {
                    (Standing::NeverRead, "this generation of Windows does not read the key".to_owned())
                } else if mode.is_none() {
                    (Standing::Invalid, format!("must be a REG_DWORD; this is {}", describe(&found)))
                } else if taken {
                    (Standing::Overridden, "a policy sets the mode".to_owned())
                } else {
                    taken = true;
                    (Standing::Wins, "no policy sets the mode".to_owned())
                };
                candidates.push(candidate(place, &found, mode, standing, reason));
            }
        }
    }

    for stray in STRAYS {
        let path = KeyPath::hklm(stray);
        if let Ok(Some(found)) = value(snapshot, &path, "LicensingMode") {
            let reason = "Windows does not read a licensing mode from this key".to_owned();
            candidates.push(candidate(Place::Stray, &found, decode(&found), Standing::NeverRead, reason));
        }
    }
    let core = places::licensing_core();
    if let Ok(Some(found_key)) = key(snapshot, &core) {
        for value in &found_key.values {
            let lookalike = value.name.as_str().is_some_and(|name| name.trim() != name)
                && value.name.as_str().is_some_and(|name| name.trim().eq_ignore_ascii_case("LicensingMode"));
            if lookalike {
                let found = Found { path: core.clone(), key: found_key, value };
                let reason =
                    "the value's name has a blank too many; Windows looks for the exact name".to_owned();
                candidates.push(candidate(Place::Stray, &found, decode(&found), Standing::NeverRead, reason));
            }
        }
    }
    Setting::decide(candidates, dedupe(unseen), policy_unseen)
}

fn decode(found: &Found<'_>) -> Option<LicensingMode> {
    (found.value.kind == ValueType::DWORD).then(|| found.value.as_u32().map(LicensingMode::from_number))?
}

fn describe(found: &Found<'_>) -> String {
    format!("{} {}", found.value.kind, found.value.shown())
}

fn candidate(
    place: Place,
    found: &Found<'_>,
    value: Option<LicensingMode>,
    standing: Standing,
    reason: String,
) -> Candidate<LicensingMode> {
    Candidate { place, path: found.path.clone(), value, evidence: found.evidence(), standing, reason }
}

fn dedupe(mut needs: Vec<Need>) -> Vec<Need> {
    needs.sort();
    needs.dedup();
    needs
}
