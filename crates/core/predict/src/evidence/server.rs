//! Whether the host obtains licenses from one of its license servers.

use licensing::knowledge::products::{Fit, least_cal, server_holds};
use licensing::model::license_server::ServiceStart;
use licensing::model::{Connectivity, Role, ServerEntry, facts, listed};
use licensing::{Machine, places};
use snapshot::FileTime;

use super::host::needs;
use super::{ChangePoint, Known, Scene};
use crate::day::Day;
use crate::facts::{Condition, Fact, Server, Upgrade};

/// What is possible for a server that is listed.
const ANY_LISTED: Condition = Server::NotListed.is().not();
/// What is possible for a server that responds.
const RESPONDS: Condition = Server::TooOld.is().or(Server::NotInGroup.is()).or(Server::Usable.is());

/// The servers from the worst to the best; a host uses the best.
const ORDER: [Server; 4] = [Server::Unreachable, Server::TooOld, Server::NotInGroup, Server::Usable];

pub(super) fn read(scene: &Scene<'_, '_>) -> Known {
    let host = scene.host;
    let servers = match host.license_servers().certain() {
        Ok(list) => list.cloned().unwrap_or_default(),
        Err(unknown) => {
            let why = format!("the list of license servers was not seen: {}", needs(&unknown));
            let place = "on the session host, as administrator";
            return Known::missing(Fact::Server.unknown(), why, "rdscal snapshot . -o host.json", place);
        }
    };
    let servers: Vec<_> = servers.into_iter().filter(|server| !server.is_blank()).collect();
    let reported = host.connectivity().unwrap_or_default();
    if servers.is_empty() && reported.is_empty() {
        if host.product().discovers_license_servers() {
            return Known::new(Fact::Server.unknown(), "this Windows discovers license servers");
        }
        return Known::new(Server::NotListed.is(), "no place that Windows reads lists one");
    }
    if !reported.is_empty() {
        let shown: Vec<_> =
            reported.iter().map(|answer| format!("{} status {}", answer.server, answer.status)).collect();
        let is = best(reported.iter().map(|answer| agreed(scene, answer).0));
        return open(is, format!("the host reports {}", shown.join(", ")), &servers);
    }
    let is = best(servers.iter().map(|server| of_listed(scene, server)));
    let seen: Vec<_> =
        scene.servers.iter().filter(|server| lists(host, server)).map(|one| name(one)).collect();
    let seen = if seen.is_empty() { String::new() } else { format!("; seen: {}", seen.join(", ")) };
    open(is, format!("listed: {}{seen}", listed(servers.iter())), &servers)
}

fn open(is: Condition, why: String, servers: &[ServerEntry]) -> Known {
    if is.is_known() {
        return Known::new(is, why);
    }
    let plain = servers.iter().find(|server| server.flaw().is_none() && !server.0.starts_with('-'));
    match plain {
        Some(server) => {
            Known::missing(is, why, format!("rdscal probe {}", server.0), "in the network of the host")
        }
        None => Known::missing(is, why, "rdscal doctor . --probe", "on the session host, as administrator"),
    }
}

/// What the host reports of a server and what the server's own snapshot shows, and whether they agree. If
/// they contradict each other, both are possible.
fn agreed(scene: &Scene<'_, '_>, answer: &Connectivity) -> (Condition, bool) {
    let reported = of_status(answer.status);
    let entry = ServerEntry(answer.server.clone());
    let Some(own) = scene.servers.iter().find(|server| is_named(server, &entry)) else {
        return (reported, true);
    };
    let own = of_snapshot(scene.host, own);
    let both = Condition { values: reported.values & own.values, ..reported };
    if both.values == 0 { (reported.or(own), false) } else { (both, true) }
}

/// The servers about which the host and the server's own snapshot contradict each other.
pub(crate) fn contradictions(scene: &Scene<'_, '_>) -> Vec<String> {
    let reported = scene.host.connectivity().unwrap_or_default().into_iter();
    reported.filter(|answer| !agreed(scene, answer).1).map(|answer| answer.server).collect()
}

/// `GetTStoLSConnectivityStatus`.
fn of_status(status: u32) -> Condition {
    match status {
        1 | 2 | 9 | 11 => Server::Usable.is(),
        3 | 4 | 10 => Server::TooOld.is(),
        5 => Server::NotInGroup.is(),
        6 => Server::Unreachable.is(),
        _ => ANY_LISTED,
    }
}

/// A server that is listed, as its own snapshot and a probe show it.
fn of_listed(scene: &Scene<'_, '_>, entry: &ServerEntry) -> Condition {
    let own = scene.servers.iter().find(|server| is_named(server, entry));
    let seen = own.map_or(ANY_LISTED, |server| of_snapshot(scene.host, server));
    let reach = scene.host.reach().unwrap_or_default();
    let responds =
        reach.iter().any(|one| one.server == *entry && one.reached.as_ref().is_some_and(|(yes, _)| *yes));
    let both = Condition { values: seen.values & RESPONDS.values, ..seen };
    if responds && both.values != 0 { both } else { seen }
}

fn of_snapshot(host: &Machine<'_>, server: &Machine<'_>) -> Condition {
    let service = server.license_server().ok().flatten();
    let is_disabled = service.as_ref().is_some_and(|service| service.start == Some(ServiceStart::Disabled));
    let is_stopped = server.fact(facts::LICENSING_SERVICE_STATE).is_ok_and(|state| state == "stopped");
    let lacks_role = server.roles().holds(Role::LicenseServer) == Ok(false);
    if is_disabled || is_stopped || lacks_role {
        return Server::Unreachable.is();
    }
    let least = host.generation().ok().and_then(least_cal).map(|(version, _)| version);
    let fit = least.zip(server.generation().ok()).map(|(version, own)| server_holds(own, version));
    if let Some(Fit::No(_)) = fit {
        return Server::Unreachable.is().or(Server::TooOld.is());
    }
    let mut is = ANY_LISTED;
    if let Some(Fit::Yes(_)) = fit {
        is.values &= !Server::TooOld.is().values;
    }
    if matches!(server.value(&places::policy(), "fSecureLicensing"), Ok(None)) {
        is.values &= !Server::NotInGroup.is().values;
    }
    is
}

/// What the best of several servers can be: a value that one of them can have, and that none must exceed.
fn best(servers: impl Iterator<Item = Condition>) -> Condition {
    let servers: Vec<_> = servers.collect();
    let rank =
        |is: Condition| ORDER.iter().position(|value| is.values & value.is().values != 0).unwrap_or_default();
    let at_least = servers.iter().map(|is| rank(*is)).max().unwrap_or_default();
    let any = servers.iter().fold(0, |any, is| any | is.values);
    let ranks = ORDER.iter().skip(at_least).fold(0, |values, value| values | value.is().values);
    Condition { fact: Fact::Server, values: any & ranks }
}

/// The policy *Prevent license upgrade* of the servers that were seen.
pub(super) fn upgrade(scene: &Scene<'_, '_>) -> Known {
    let mut servers = scene.servers.iter().filter(|server| lists(scene.host, server));
    let unknown = || {
        Known::missing(
            Fact::Upgrade.unknown(),
            "the policy of the license server was not seen",
            "rdscal snapshot . -o server.json",
            "on the license server, as administrator",
        )
    };
    let (Some(server), None) = (servers.next(), servers.next()) else { return unknown() };
    match server.value(&places::policy(), "fPreventLicenseUpgrade") {
        Ok(Some(found)) if found.value.as_u32() == Some(1) => {
            Known::new(Upgrade::Prevented.is(), found.evidence().to_string())
        }
        Ok(_) => Known::new(Upgrade::Allowed.is(), format!("{} has no such policy", name(server))),
        Err(_) => unknown(),
    }
}

/// Whether the host lists this machine.
#[must_use]
pub(crate) fn lists(host: &Machine<'_>, server: &Machine<'_>) -> bool {
    host.listed_servers().unwrap_or_default().iter().any(|entry| is_named(server, entry))
}

fn is_named(server: &Machine<'_>, entry: &ServerEntry) -> bool {
    server.name().is_some_and(|name| entry.is_same_server(&ServerEntry(name)))
        || server.is_itself(entry) == Ok(true)
}

fn name(machine: &Machine<'_>) -> String {
    machine.name().unwrap_or_else(|| machine.snapshot().origin.locator.clone())
}

/// The ends of the certificates of a license server.
pub(super) fn certificate_points(server: &Machine<'_>) -> Vec<ChangePoint> {
    let Ok(stored) = server.license_server_certificates() else { return Vec::new() };
    let ends = stored.iter().filter_map(licensing::model::license_server::StoredCertificate::ends);
    let what = format!("a certificate of the license server {} expires", name(server));
    ends.map(|end: FileTime| ChangePoint { day: Day::exact(end), what: what.clone(), fact: None }).collect()
}
