//! What is reported of a directory.

use std::fmt::Write as _;

use serde::Serialize;
use snapshot::FileTime;

use super::Tally;
use crate::rules::Severity;
use crate::verdict::Standing;

/// The schema of the JSON.
pub const USERS_SCHEMA: &str = "rdscal.users/1";

/// What is reported of a directory, but for the holders themselves.
#[derive(Clone, Debug, Serialize)]
pub struct UsersReport {
    /// [`USERS_SCHEMA`]
    pub schema: &'static str,
    /// Program and version.
    pub tool: String,
    /// Everything is judged as of this time.
    pub judged_at: FileTime,
    /// A license that ends within this many days is *expiring*.
    pub expiring_days: u32,
    /// The directory.
    pub directory: Asked,
    /// The verdict.
    pub verdict: UsersVerdict,
    /// Holders, counted.
    pub summary: Tally,
    /// License servers that the directory knows.
    pub license_servers: Vec<FoundServer>,
    /// The group whose members may write licenses down.
    pub group: Group,
    /// Who may write to the users, where that was asked.
    pub rights: Option<Rights>,
    /// The place of the holders, which are too many to keep: the writer of the report inserts them.
    pub users: [(); 0],
    /// Other directories that the search was sent to, as URLs. They were not asked.
    pub not_followed: Vec<String>,
    /// What could not be read, and why.
    pub problems: Vec<String>,
}

/// The directory that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// As it was named.
    pub locator: String,
    /// The domain controller that answered.
    pub host: String,
    /// The distinguished name of its domain.
    pub domain: String,
}

/// A license server that the directory knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundServer {
    /// Its computer.
    pub computer: ComputerName,
    /// The sites that list it (`TS-Enterprise-License-Server`).
    pub sites: Vec<String>,
    /// Whether it has a service connection point.
    pub connection_point: bool,
    /// Whether it is a member of the group, directly or through another group.
    pub in_group: bool,
    /// Whether the computer account exists.
    pub exists: bool,
    /// Whether the account is enabled; `None` where that is not known.
    pub enabled: Option<bool>,
    /// Its Windows, as the directory knows it.
    pub system: Option<String>,
}

/// A computer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ComputerName {
    /// Its NetBIOS name.
    pub name: String,
    /// Its DNS name, where the directory knows one.
    pub dns: Option<String>,
}

impl std::fmt::Display for ComputerName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.dns.as_deref().unwrap_or(&self.name))
    }
}

/// *Terminal Server License Servers*, found by its SID, S-1-5-32-561, for its name is translated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its name here.
    pub name: Option<String>,
    /// Its direct members: names, or SIDs of those without an account of their own.
    pub members: Vec<String>,
    /// Whether it could be read.
    pub known: bool,
}

/// Who may write the license attributes of users.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rights {
    /// Enabled users whose access list was read.
    pub looked_at: u64,
    /// Those whose access list may not be read with this account.
    pub unreadable: u64,
    /// Those to whom the group may not write.
    pub missing: u64,
    /// Of those, how many are protected administrators (`adminCount` is 1), whose list comes from
    /// `AdminSDHolder`.
    pub missing_protected: u64,
    /// Users who may write the attributes themselves, as Windows Server 2019 needs it (KB4547091).
    pub self_may_write: u64,
    /// Whether `AdminSDHolder` grants it; `None` where that could not be read.
    pub admin_sd_holder: Option<bool>,
    /// Where they are, most first.
    pub containers: Vec<RightsMissing>,
    /// Some of them, by account name.
    pub examples: Vec<String>,
}

/// A container with users to whom the group may not write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RightsMissing {
    /// Its distinguished name.
    pub container: String,
    /// How many.
    pub users: u64,
}

/// The verdict on a directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsersVerdict {
    /// Its status.
    pub standing: Standing,
    /// The sentence.
    pub sentence: String,
    /// What is wrong, the worst first, each with what to do.
    pub remarks: Vec<String>,
}

impl UsersVerdict {
    /// The verdict on these numbers. Each remark has the severity of the rule that says the same of a
    /// machine.
    #[must_use]
    pub fn of(tally: &Tally, soon: u32, group: &Group, rights: Option<&Rights>, whole: bool) -> Self {
        let mut remarks = Vec::new();
        let in_use = tally.in_use();
        if group.known && group.members.is_empty() {
            remarks.push((
                Severity::Error,
                "no license server is in Terminal Server License Servers (S-1-5-32-561), so none can record a Per User license; add them (RDSL-134)"
                    .to_owned(),
            ));
        }
        if let Some(rights) = rights.filter(|rights| rights.missing > 0) {
            remarks.push((Severity::Error, rights.remark()));
        }
        if tally.expired_enabled > 0 {
            remarks.push((
                Severity::Warning,
                format!(
                    "{} of enabled accounts expired; either these users no longer connect, or the license server cannot renew them (event 4105; RDSL-130)",
                    licenses(tally.expired_enabled)
                ),
            ));
        }
        if tally.unreadable > 0 {
            let text = format!("{} with a date that cannot be read", licenses(tally.unreadable));
            remarks.push((Severity::Warning, text));
        }
        if tally.disabled_holding > 0 {
            remarks.push((
                Severity::Info,
                format!(
                    "{} held by disabled accounts; they count as used until they expire, 60 days after the last logon",
                    licenses(tally.disabled_holding)
                ),
            ));
        }
        if tally.expiring > 0 {
            remarks.push((
                Severity::Info,
                format!(
                    "{} within {soon} days; they are renewed when the users log on",
                    match tally.expiring {
                        1 => "1 license expires".to_owned(),
                        count => format!("{count} licenses expire"),
                    }
                ),
            ));
        }
        let sentence = match tally.holders {
            0 if whole => "no user holds a Per User license".to_owned(),
            0 => "no user with a Per User license was found in the readable part".to_owned(),
            _ => {
                let users =
                    if in_use == 1 { "1 user holds".to_owned() } else { format!("{in_use} users hold") };
                format!("{users} a Per User license, {} expired", licenses(tally.expired))
            }
        };
        let standing = match remarks.iter().map(|(severity, _)| *severity).max() {
            Some(Severity::Critical) => Standing::Critical,
            Some(Severity::Error) => Standing::Error,
            Some(Severity::Warning) => Standing::Warning,
            Some(Severity::Info) => Standing::Info,
            None if whole => Standing::Healthy,
            None => Standing::Undetermined,
        };
        remarks.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
        Self { standing, sentence, remarks: remarks.into_iter().map(|(_, text)| text).collect() }
    }

    /// The severity of the worst remark.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        Some(match self.standing {
            Standing::Critical => Severity::Critical,
            Standing::Error => Severity::Error,
            Standing::Warning => Severity::Warning,
            Standing::Info => Severity::Info,
            Standing::NoLicensingKeys
            | Standing::Healthy
            | Standing::Configured
            | Standing::Accepted
            | Standing::Undetermined => return None,
        })
    }
}

impl Rights {
    fn remark(&self) -> String {
        let mut text = format!(
            "license servers lack permission to write to {} of {} enabled users, so their licenses are not recorded and event 4105 is logged; delegate “Read and Write Terminal Server license server” on their containers (RDSL-132)",
            self.missing, self.looked_at
        );
        if self.missing_protected > 0 {
            let what = match self.admin_sd_holder {
                Some(true) => "whose access list Windows has not yet updated from AdminSDHolder",
                _ => "whose access list comes from AdminSDHolder; the permission must be set there",
            };
            let _ = write!(text, "; {} of them are protected accounts, {what}", self.missing_protected);
        }
        text
    }
}

fn licenses(count: u64) -> String {
    if count == 1 { "1 license".to_owned() } else { format!("{count} licenses") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(tally: &Tally, members: &[&str], rights: Option<&Rights>) -> UsersVerdict {
        let group =
            Group { name: None, members: members.iter().map(|m| (*m).to_owned()).collect(), known: true };
        UsersVerdict::of(tally, 14, &group, rights, true)
    }

    #[test]
    fn the_worst_decides() {
        let fine = Tally { holders: 2, valid: 2, ..Tally::default() };
        let verdict_on = verdict(&fine, &["LS1"], None);
        assert_eq!(verdict_on.standing, Standing::Healthy);
        assert_eq!(verdict_on.sentence, "2 users hold a Per User license, 0 licenses expired");
        let expired = Tally { holders: 3, valid: 2, expired: 1, expired_enabled: 1, ..Tally::default() };
        assert_eq!(verdict(&expired, &["LS1"], None).severity(), Some(Severity::Warning));
        let worst = verdict(&expired, &[], None);
        assert_eq!((worst.severity(), worst.remarks.len()), (Some(Severity::Error), 2));
        assert!(worst.remarks[0].contains("S-1-5-32-561"));
        let missing = Rights { looked_at: 9, missing: 4, missing_protected: 1, ..Rights::default() };
        let verdict = verdict(&fine, &["LS1"], Some(&missing));
        assert_eq!(verdict.severity(), Some(Severity::Error));
        assert!(verdict.remarks[0].contains("4 of 9") && verdict.remarks[0].contains("AdminSDHolder"));
    }

    #[test]
    fn what_could_not_be_read_is_no_proof() {
        let verdict = UsersVerdict::of(&Tally::default(), 14, &Group::default(), None, false);
        assert_eq!(verdict.standing, Standing::Undetermined);
        assert!(verdict.sentence.contains("in the readable part"));
    }
}
