//! Common sentences of text and HTML about a directory.

use std::fmt::Write as _;

use licensing::per_user::{Count, Ends, FoundServer, Holder, Rights, Series, Tally, UsersReport};
use snapshot::FileTime;

/// Labels with their texts, without the verdict.
pub(super) fn facts(report: &UsersReport) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    let tally = &report.summary;
    if tally.holders > 0 {
        facts.push(("Licenses", licenses(tally, report.expiring_days)));
        facts.extend(groups("Versions", tally.by_version.iter()));
        facts.extend(groups("Issued by", tally.by_server.iter()));
    }
    if tally.with_further > 0 {
        facts.push((
            "Series 2-4",
            format!("{} with further values, shown as found", users(tally.with_further)),
        ));
    }
    if report.license_servers.is_empty() {
        facts.push(("Servers", "the directory lists no license server".to_owned()));
    }
    let mut label = "Servers";
    for server in &report.license_servers {
        facts.push((label, self::server(server)));
        label = "";
    }
    if report.group.known {
        let members = match report.group.members.as_slice() {
            [] => "no members".to_owned(),
            members => members.join(", "),
        };
        let name = report.group.name.as_deref().unwrap_or("Terminal Server License Servers");
        facts.push(("Group", format!("{name} (S-1-5-32-561): {members}")));
    }
    match &report.rights {
        Some(rights) => facts.extend(self::rights(rights)),
        None => facts.push((
            "Rights",
            "not checked; --rights checks whether license servers can write to every user".to_owned(),
        )),
    }
    label = "Not queried";
    for url in &report.not_followed {
        facts.push((label, format!("{url}: another domain; query it separately")));
        label = "";
    }
    label = "Not read";
    for problem in &report.problems {
        facts.push((label, problem.clone()));
        label = "";
    }
    facts
}

fn licenses(tally: &Tally, soon: u32) -> String {
    let mut parts = vec![format!("{} valid", tally.valid)];
    let mut add = |count: u64, what: String| {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    };
    add(tally.expiring, format!("expiring within {soon} days"));
    add(tally.expired, "expired".to_owned());
    add(tally.without_date, "without a date".to_owned());
    add(tally.unreadable, "with an unreadable date".to_owned());
    add(tally.disabled_holding, "of these in use by disabled accounts".to_owned());
    parts.join(", ")
}

/// The largest groups; JSON has all.
fn groups<'a>(
    label: &'static str,
    all: impl Iterator<Item = (&'a String, &'a Count)>,
) -> Vec<(&'static str, String)> {
    const SHOWN: usize = 12;
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|(_, count)| std::cmp::Reverse(count.valid + count.expired));
    let rest = all.len().saturating_sub(SHOWN);
    let mut lines: Vec<_> = all
        .into_iter()
        .take(SHOWN)
        .enumerate()
        .map(|(index, (name, count))| {
            let expired =
                if count.expired > 0 { format!(", {} expired", count.expired) } else { String::new() };
            (if index == 0 { label } else { "" }, format!("{name}: {} valid{expired}", count.valid))
        })
        .collect();
    if rest > 0 {
        lines.push(("", format!("and {rest} more")));
    }
    lines
}

fn server(server: &FoundServer) -> String {
    let mut parts = Vec::new();
    if !server.exists {
        parts.push("DELETED; the directory still lists it (RDSL-135)".to_owned());
    }
    if server.enabled == Some(false) {
        parts.push("its account is disabled".to_owned());
    }
    parts.extend(server.system.clone());
    match server.sites.as_slice() {
        [] => {}
        [site] => parts.push(format!("listed in the site {site}")),
        sites => parts.push(format!("listed in the sites {}", sites.join(", "))),
    }
    if server.connection_point {
        parts.push("service connection point".to_owned());
    }
    if server.exists {
        parts.push(if server.in_group { "in the group" } else { "not in the group" }.to_owned());
    }
    format!("{}: {}", server.computer, parts.join("; "))
}

fn rights(rights: &Rights) -> Vec<(&'static str, String)> {
    let mut text = match rights.missing {
        0 => format!("license servers can write to all {} enabled users", rights.looked_at),
        missing => {
            format!(
                "license servers lack permission to write to {missing} of {} enabled users",
                rights.looked_at
            )
        }
    };
    if rights.unreadable > 0 {
        let _ =
            write!(text, "; the access lists of {} are not readable with this account", rights.unreadable);
    }
    let mut lines = vec![("Rights", text)];
    for missing in &rights.containers {
        lines.push(("", format!("{}: {}", missing.container, users(missing.users))));
    }
    if !rights.examples.is_empty() {
        let more = if rights.missing > rights.examples.len() as u64 { ", and more" } else { "" };
        lines.push(("", format!("such as {}{more}", rights.examples.join(", "))));
    }
    if let Some(granted) = rights.admin_sd_holder {
        let text = if granted {
            "grants it to protected accounts"
        } else {
            "does not grant it to protected accounts"
        };
        lines.push(("", format!("AdminSDHolder {text}")));
    }
    if rights.looked_at > 0 {
        lines.push((
            "",
            format!("{} can write the attributes themselves, which hosts with Windows Server 2019 require (KB4547091)", users(rights.self_may_write)),
        ));
    }
    lines
}

fn users(count: u64) -> String {
    if count == 1 { "1 user".to_owned() } else { format!("{count} users") }
}

/// The expiry of a license, with the remaining days.
pub(super) fn ends(holder: &Holder, at: FileTime) -> String {
    match &holder.license.expires {
        Ends::NotSaid => String::new(),
        Ends::Unreadable(text) => format!("“{text}”"),
        Ends::At(time) => {
            let day = time.to_string();
            let day = day.get(..10).unwrap_or(&day).to_owned();
            match holder.days_left(at) {
                Some(left) if left >= 0 => format!("{day} ({left} d left)"),
                Some(left) => format!("{day} ({} d ago)", left.unsigned_abs()),
                None => day,
            }
        }
    }
}

/// The version of a license, in words.
pub(super) fn version(series: &Series) -> String {
    series.version.as_ref().map(|version| version.name.clone()).unwrap_or_default()
}

/// Series 2 to 4, as found.
pub(super) fn further(series: &Series) -> String {
    let mut parts = Vec::new();
    parts.extend(series.managing_server.as_ref().map(|server| format!("server “{server}”")));
    match &series.expires {
        Ends::NotSaid => {}
        Ends::At(time) => parts.push(format!("expires {time}")),
        Ends::Unreadable(text) => parts.push(format!("expires “{text}”")),
    }
    parts.extend(series.version.as_ref().map(|version| format!("version “{}”", version.found)));
    format!("series {}: {}", series.series, parts.join(", "))
}
