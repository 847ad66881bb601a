//! The Per User licenses that the directory records.

use std::collections::BTreeMap;

use licensing::Machine;
use licensing::model::{UserLicense, facts};

use super::ChangePoint;
use crate::day::Day;

/// The day on which the Per User license of a user expires, as one of the machines has it from the directory.
pub(crate) fn of_user(machines: &[&Machine<'_>], user: &str) -> Option<ChangePoint> {
    let licenses = machines.iter().filter_map(|machine| machine.fact(facts::USERS).ok()).flatten();
    let own = licenses.filter(|license| is_named(&license.user, user)).filter_map(|license| license.expires);
    let what =
        format!("the Per User license of {user} expires (msTSExpireDate), unless a connection renews it");
    Some(ChangePoint { day: Day::exact(own.max()?), what, fact: None })
}

/// The days on which Per User licenses expire, each with their number.
pub(super) fn all(machine: &Machine<'_>) -> Vec<ChangePoint> {
    let mut days: BTreeMap<_, (Day, u32)> = BTreeMap::new();
    let licenses: Vec<UserLicense> = machine.fact(facts::USERS).unwrap_or_default();
    for end in licenses.into_iter().filter_map(|license| license.expires) {
        days.entry(end.date()).or_insert((Day::exact(end), 0)).1 += 1;
    }
    let point = |(day, count)| {
        let licenses = if count == 1 {
            "1 Per User license expires".to_owned()
        } else {
            format!("{count} Per User licenses expire")
        };
        ChangePoint { day, what: format!("{licenses} (msTSExpireDate)"), fact: None }
    };
    days.into_values().map(point).collect()
}

/// Whether `DOMAIN\name`, `name@domain` or a bare name is the account that the directory has as `DOMAIN\name`
/// or as a distinguished name. Domains are compared only if both forms have a NetBIOS name.
fn is_named(recorded: &str, user: &str) -> bool {
    let (domain, name) = match (user.split_once('\\'), user.split_once('@')) {
        (Some((domain, name)), _) => (Some(domain), name),
        (None, Some((name, _))) => (None, name),
        (None, None) => (None, user),
    };
    let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    if let Some((recorded_domain, recorded_name)) = recorded.split_once('\\') {
        return same(recorded_name, name) && domain.is_none_or(|domain| same(domain, recorded_domain));
    }
    let common = recorded.split(',').next().and_then(|part| part.split_once('='));
    common.is_some_and(|(_, common)| same(common, name))
}

#[cfg(test)]
mod tests {
    use super::is_named;

    #[test]
    fn users_are_named_in_several_forms() {
        assert!(is_named(r"CORP\Anna", r"corp\anna") && is_named(r"CORP\Anna", "anna@corp.example"));
        assert!(is_named("CN=anna,OU=Staff,DC=corp,DC=example", "anna") && is_named(r"CORP\anna", "anna"));
        assert!(!is_named(r"CORP\anna", r"OTHER\anna") && !is_named(r"CORP\anna", "ann"));
    }
}
