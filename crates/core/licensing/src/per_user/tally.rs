//! Holders, counted.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Holder, HolderStatus};
use crate::model::UserLicense;

/// Maximum number of versions or servers that are counted separately. A directory has a handful; more are an
/// attack.
const MOST_GROUPS: usize = 1000;

/// How many licenses there are of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// Valid ones, those that end soon and those without a date among them.
    pub valid: u64,
    /// Those that have ended.
    pub expired: u64,
}

impl Count {
    fn add(&mut self, standing: HolderStatus) {
        match standing {
            HolderStatus::Expired => self.expired += 1,
            _ => self.valid += 1,
        }
    }
}

/// Holders, counted one after the other, without being kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Users who hold or held a license.
    pub holders: u64,
    /// Licenses that are valid and do not end soon.
    pub valid: u64,
    /// Licenses that end soon.
    pub expiring: u64,
    /// Licenses that have ended.
    pub expired: u64,
    /// Licenses that have ended, of accounts that are enabled.
    pub expired_enabled: u64,
    /// Licenses without a date.
    pub without_date: u64,
    /// Licenses whose date cannot be read.
    pub unreadable: u64,
    /// Licenses of disabled accounts that have not ended: they count as used until they do.
    pub disabled_holding: u64,
    /// Holders with anything in the series 2 to 4.
    pub with_further: u64,
    /// By version, by its name.
    pub by_version: BTreeMap<String, Count>,
    /// By license server, by its product id.
    pub by_server: BTreeMap<String, Count>,
}

/// Licenses that are not counted under a version or server.
const NOT_SAID: &str = "not said";
const OTHERS: &str = "others";

impl Tally {
    /// Counts a holder.
    pub fn add(&mut self, holder: &Holder, standing: HolderStatus) {
        self.holders += 1;
        match standing {
            HolderStatus::Valid => self.valid += 1,
            HolderStatus::Expiring => self.expiring += 1,
            HolderStatus::Expired => self.expired += 1,
            HolderStatus::NoDate => self.without_date += 1,
            HolderStatus::Unreadable => self.unreadable += 1,
        }
        let disabled = holder.enabled == Some(false);
        self.expired_enabled += u64::from(standing == HolderStatus::Expired && !disabled);
        self.disabled_holding += u64::from(standing != HolderStatus::Expired && disabled);
        self.with_further += u64::from(!holder.further.is_empty());
        let version = holder.license.version.as_ref().map_or(NOT_SAID, |version| &version.name);
        count(&mut self.by_version, version, standing);
        let server = holder.license.managing_server.as_deref().unwrap_or(NOT_SAID);
        count(&mut self.by_server, server, standing);
    }

    /// Licenses that have not ended.
    #[must_use]
    pub fn in_use(&self) -> u64 {
        self.holders - self.expired
    }
}

fn count(groups: &mut BTreeMap<String, Count>, name: &str, standing: HolderStatus) {
    let name = if groups.len() < MOST_GROUPS || groups.contains_key(name) { name } else { OTHERS };
    groups.entry(name.to_owned()).or_default().add(standing);
}

impl From<&Holder> for UserLicense {
    fn from(holder: &Holder) -> Self {
        Self {
            user: holder.user.clone(),
            managing_server: holder.license.managing_server.clone(),
            expires: holder.license.expires.time(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Ends, Series, UserCalVersion};
    use snapshot::FileTime;

    use super::*;

    fn holder(end: Ends, enabled: bool, version: &str) -> Holder {
        Holder {
            user: r"RDS\ann".to_owned(),
            name: None,
            dn: "CN=ann".to_owned(),
            enabled: Some(enabled),
            license: Series {
                series: 1,
                managing_server: Some("00377-70517-40386-AT629".to_owned()),
                expires: end,
                version: Some(UserCalVersion::of(version)),
            },
            further: Vec::new(),
        }
    }

    #[test]
    fn every_holder_counts_once() {
        let at: FileTime = "2026-02-01T00:00:00Z".parse().unwrap();
        let day = |days: i64| Ends::At(at.checked_add_days(days).unwrap());
        let mut tally = Tally::default();
        for (end, enabled, version, expected) in [
            (day(30), true, "393216", HolderStatus::Valid),
            (day(14), true, "393216", HolderStatus::Valid),
            (day(13), true, "655361", HolderStatus::Expiring),
            (day(0), true, "655361", HolderStatus::Expiring),
            (day(-1), true, "655361", HolderStatus::Expired),
            (day(-1), false, "7", HolderStatus::Expired),
            (day(30), false, "7", HolderStatus::Valid),
            (Ends::NotSaid, true, "7", HolderStatus::NoDate),
            (Ends::Unreadable("soon".to_owned()), true, "7", HolderStatus::Unreadable),
        ] {
            let holder = holder(end, enabled, version);
            let standing = holder.standing(at, 14);
            assert_eq!(standing, expected, "{holder:?}");
            tally.add(&holder, standing);
        }
        assert_eq!((tally.holders, tally.valid, tally.expiring, tally.expired), (9, 3, 2, 2));
        assert_eq!((tally.expired_enabled, tally.disabled_holding, tally.in_use()), (1, 1, 7));
        assert_eq!(tally.by_version["Windows Server 2019 RDS CAL"], Count { valid: 2, expired: 1 });
        assert_eq!(tally.by_version["unknown version “7”"], Count { valid: 3, expired: 1 });
        assert_eq!(tally.by_server["00377-70517-40386-AT629"], Count { valid: 7, expired: 2 });
    }

    #[test]
    fn a_directory_cannot_fill_the_memory() {
        let mut tally = Tally::default();
        for number in 0..3 * MOST_GROUPS {
            let holder = holder(Ends::NotSaid, true, &format!("odd {number}"));
            tally.add(&holder, HolderStatus::NoDate);
        }
        assert_eq!(tally.by_version.len(), MOST_GROUPS + 1);
        let counted: u64 = tally.by_version.values().map(|count| count.valid).sum();
        assert_eq!(counted, tally.holders);
    }
}
