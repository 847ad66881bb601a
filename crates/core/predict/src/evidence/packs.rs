//! The CALs of the license server.

use licensing::knowledge::products::{CalKind, CalVersion, least_cal};
use licensing::model::{KeyPack, facts};
use licensing::{Machine, Next};
use snapshot::FileTime;

use super::server::lists;
use super::{ChangePoint, Known, Scene};
use crate::day::Day;
use crate::facts::{self as decisive, Condition, Fact, Mode};

/// The packs of the required kind, by day.
#[derive(Clone, Debug)]
pub struct Packs {
    /// `None` if they were not seen.
    installed: Option<Vec<KeyPack>>,
    least: Option<CalVersion>,
    why: String,
}

pub(super) fn read(scene: &Scene<'_, '_>, mode: Condition) -> Packs {
    let least = scene.host.generation().ok().and_then(least_cal).map(|(version, _)| version);
    let unseen = |why: &str| Packs { installed: None, least, why: why.to_owned() };
    let kind = if mode == Mode::PerDevice.is() {
        CalKind::PerDevice
    } else if mode == Mode::PerUser.is() {
        CalKind::PerUser
    } else {
        return unseen("the licensing mode does not show which kind of CAL is required");
    };
    let mut of_servers = scene.servers.iter().filter(|server| lists(scene.host, server));
    let all = scene.host.listed_servers().unwrap_or_default().len();
    let from = match (of_servers.next(), of_servers.next()) {
        (Some(server), None) if all == 1 => *server,
        (None, _) => scene.host,
        _ => return unseen("not all license servers of the host were seen"),
    };
    let Some(packs) = installed(from) else { return unseen("the CALs of the license server were not seen") };
    let packs: Vec<_> = packs.into_iter().filter(|pack| pack.cal_kind() == Some(kind)).collect();
    let shown: Vec<_> = packs.iter().map(|pack| format!("{}: {}", pack.label(), count(pack))).collect();
    let why =
        if shown.is_empty() { "no pack of this kind is installed".to_owned() } else { shown.join("; ") };
    Packs { installed: Some(packs), least, why }
}

fn count(pack: &KeyPack) -> String {
    match pack.size() {
        Some(size) => format!("{} of {size} issued", pack.issued),
        None => "unlimited".to_owned(),
    }
}

/// The packs that were bought. A server that is not activated can have none.
fn installed(machine: &Machine<'_>) -> Option<Vec<KeyPack>> {
    const NOT_ACTIVATED: u32 = 1;
    if machine.fact(facts::ACTIVATION_STATUS) == Ok(NOT_ACTIVATED) {
        return Some(Vec::new());
    }
    let packs = machine.fact(facts::KEY_PACKS).ok()?;
    Some(packs.into_iter().filter(KeyPack::is_bought).collect())
}

impl Packs {
    pub(super) fn at(&self, time: FileTime) -> Known {
        let known = self.installed.as_ref().zip(self.least).map(|(packs, least)| of(packs, least, time));
        match known {
            Some(is) if is.is_known() => Known::new(is, self.why.clone()),
            other => Known {
                next: Some(Next {
                    command: "rdscal snapshot . -o server.json".to_owned(),
                    place: "on the license server, as administrator",
                }),
                ..Known::new(other.unwrap_or(Fact::Packs.unknown()), self.why.clone())
            },
        }
    }

    pub(super) fn points(&self) -> Vec<ChangePoint> {
        self.installed.iter().flatten().filter_map(point).collect()
    }
}

/// The ends of all packs of a license server.
pub(super) fn points(server: &Machine<'_>) -> Vec<ChangePoint> {
    installed(server).iter().flatten().filter_map(point).collect()
}

fn point(pack: &KeyPack) -> Option<ChangePoint> {
    let what = format!("the pack {} expires", pack.label());
    Some(ChangePoint { day: Day::exact(pack.expires?), what, fact: Some(Fact::Packs) })
}

fn of(packs: &[KeyPack], least: CalVersion, time: FileTime) -> Condition {
    let valid = packs.iter().filter(|pack| pack.expires.is_none_or(|end| end > time));
    let (mut is_free, mut is_later, mut is_installed) = (false, false, false);
    for pack in valid {
        let has_free = pack.size().is_none_or(|size| size > u64::from(pack.issued));
        match pack.cal_version() {
            None | Some(CalVersion::Unknown(..)) => return Fact::Packs.unknown(),
            Some(version) if version < least => {}
            Some(version) => {
                is_installed = true;
                is_free |= has_free && version == least;
                is_later |= has_free && version > least;
            }
        }
    }
    match (is_free, is_later, is_installed) {
        (true, _, _) => decisive::Packs::Free.is(),
        (_, true, _) => decisive::Packs::LaterOnly.is(),
        (_, _, true) => decisive::Packs::Exhausted.is(),
        _ => decisive::Packs::Missing.is(),
    }
}
