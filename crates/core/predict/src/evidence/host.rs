//! What the session host is, and its mode.

use licensing::knowledge::Generation;
use licensing::model::{Effective, LicensingMode, Role};
use licensing::{Machine, Need, Unknown};
use snapshot::FileTime;

use super::{ChangePoint, Known};
use crate::day::Day;
use crate::facts::{Condition, Enforcement, Fact, Mode, Target};

const ON_THE_HOST: &str = "on the session host, as administrator";
const SNAPSHOT: &str = "rdscal snapshot . -o host.json";

/// What is missing, as a phrase.
pub(super) fn needs(unknown: &Unknown) -> String {
    unknown.needs.first().map_or_else(|| "evidence is missing".to_owned(), Need::to_string)
}

pub(super) fn target(host: &Machine<'_>) -> Known {
    let shown = host.product().shown().unwrap_or_else(|| "Windows".to_owned());
    if matches!(host.generation(), Ok(Generation::Nt4 | Generation::W2000)) {
        return Known::new(Target::BeforeSpecification.is(), shown);
    }
    match host.roles().holds(Role::SessionHost) {
        Ok(true) => Known::new(Target::SessionHost.is(), shown),
        Ok(false) if host.product().is_multi_session_client() => Known::new(Target::MultiSession.is(), shown),
        Ok(false) => Known::new(Target::Personal.is(), shown),
        Err(unknown) => Known::missing(
            Fact::Target.unknown(),
            format!("not seen: {}", needs(&unknown)),
            SNAPSHOT,
            ON_THE_HOST,
        ),
    }
}

fn of_mode(mode: Option<LicensingMode>) -> Condition {
    match mode {
        Some(LicensingMode::Administration) => Mode::Administration.is(),
        Some(LicensingMode::PerDevice) => Mode::PerDevice.is(),
        Some(LicensingMode::PerUser) => Mode::PerUser.is(),
        Some(LicensingMode::EntraPerUser) => Mode::EntraPerUser.is(),
        Some(LicensingMode::Personal | LicensingMode::NotConfigured | LicensingMode::Other(_)) | None => {
            Mode::NotConfigured.is()
        }
    }
}

/// The modes that a policy can set.
const BY_POLICY: Condition = Mode::PerDevice.is().or(Mode::PerUser.is()).or(Mode::EntraPerUser.is());

pub(super) fn mode(host: &Machine<'_>) -> Known {
    let setting = host.licensing_mode();
    let shown = setting.winner().map(|winner| winner.evidence.to_string());
    match &setting.effective {
        Effective::Value(mode) => Known::new(of_mode(Some(*mode)), shown.unwrap_or_default()),
        Effective::NotSet => Known::new(of_mode(None), "no place that Windows reads sets a mode"),
        Effective::Unless(_) | Effective::Unknown => {
            let local = setting.effective.value().copied();
            // An unseen policy can set a mode, and no other.
            let is =
                if setting.lacks_only_policy() { BY_POLICY.or(of_mode(local)) } else { Fact::Mode.unknown() };
            let unseen = setting.missing().map(|unknown| needs(&unknown)).unwrap_or_default();
            let why = match shown {
                Some(shown) => format!("{shown}, unless a policy says otherwise (not seen: {unseen})"),
                None => format!("not seen: {unseen}"),
            };
            Known::missing(is, why, SNAPSHOT, ON_THE_HOST)
        }
    }
}

pub(super) fn enforcement(host: &Machine<'_>) -> Known {
    let shown = host.product().shown().unwrap_or_default();
    let is = match host.generation() {
        Ok(Generation::W2016) => Enforcement::W2016.is(),
        Ok(Generation::W2019) => Enforcement::W2019.is(),
        Ok(Generation::W2022 | Generation::W23H2 | Generation::W2025) => Enforcement::From2022.is(),
        Ok(Generation::Unknown(_)) | Err(_) => {
            let why = "the build of Windows is not known";
            return Known::missing(Fact::Enforcement.unknown(), why, SNAPSHOT, ON_THE_HOST);
        }
        Ok(_) => Enforcement::Before2016.is(),
    };
    Known::new(is, shown)
}

/// The ends of the certificates that a license server issued to the host.
pub(super) fn certificate_points(host: &Machine<'_>) -> Vec<ChangePoint> {
    let Ok(Some(found)) = host.host_certificates() else { return Vec::new() };
    let ends = found.chains.iter().filter_map(|stored| stored.decoded()).filter_map(|chain| {
        let ends = chain.certificates.iter().map(|one| FileTime(one.validity.not_after.0));
        ends.min()
    });
    ends.map(|end| {
        let limit =
            if end.unix_seconds() == i64::from(i32::MAX) { " (the limit of its time format)" } else { "" };
        let what = format!("the licensing certificate of the host expires{limit}");
        ChangePoint { day: Day::exact(end), what, fact: None }
    })
    .collect()
}
