//! Signs that the grace record was made anew.
//!
//! Each sign has innocent explanations, and each rule that reports one says so. What weighs is how many there
//! are that do not depend on each other.

use nt::security::{AccessMask, Sid};
use serde::Serialize;
use snapshot::{FileTime, KeyPath};

use super::grace::{GraceKey, days};
use super::security::{account, accounts, change};
use super::{Machine, Task};
use crate::evidence::{Evidence, Need, Unknown};
use crate::places;

/// A record that is made this many days or less after the role was installed is an ordinary one: the period
/// begins with the first client connection.
const ORDINARY_DAYS: i64 = 30;

/// One sign.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResetSign {
    /// Which.
    pub kind: ResetSignKind,
    /// What was found, as a clause: “the key's owner is …”.
    pub text: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

/// What kind of sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetSignKind {
    /// The record is much younger than the role and the installation; the number is of days.
    LateRecord(i64),
    /// Somebody owns the key who does not by default.
    ForeignOwner,
    /// Somebody may change the key whom its parent does not let.
    ForeignAccess,
    /// Administrators may change the key. Likely not the default, which was not measured.
    AdministratorsAccess,
    /// A scheduled task names the key.
    ScheduledTask,
}

/// The signs that could be seen, and what could not.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ResetSigns {
    /// The signs.
    pub signs: Vec<ResetSign>,
    /// Evidence that was not in the snapshot.
    pub unseen: Vec<Need>,
}

impl ResetSigns {
    /// The number of independent signs, in words. Owner and access list count as one, since whoever takes the
    /// one changes the other.
    #[must_use]
    pub fn count(&self) -> usize {
        let has = |wanted: &dyn Fn(ResetSignKind) -> bool| self.signs.iter().any(|sign| wanted(sign.kind));
        usize::from(has(&|kind| matches!(kind, ResetSignKind::LateRecord(_))))
            + usize::from(has(&|kind| kind == ResetSignKind::ScheduledTask))
            + usize::from(has(&|kind| {
                matches!(kind, ResetSignKind::ForeignOwner | ResetSignKind::ForeignAccess)
            }))
    }

    /// The count as a note for a finding.
    #[must_use]
    pub fn note(&self) -> String {
        match self.count() {
            0 | 1 => "signs of a reset: 1 independent indicator".to_owned(),
            count => format!("signs of a reset: {count} independent indicators"),
        }
    }
}

impl Machine<'_> {
    /// Every sign that the grace record was made anew.
    #[must_use]
    pub fn reset_signs(&self) -> &ResetSigns {
        self.derived.reset_signs.get_or_init(|| self.read_reset_signs())
    }

    fn read_reset_signs(&self) -> ResetSigns {
        let mut all = ResetSigns::default();
        for seen in [self.late_record().map(Vec::from_iter), self.foreign_access(), self.reset_tasks()] {
            match seen {
                Ok(signs) => all.signs.extend(signs),
                Err(unknown) => all.unseen.extend(unknown.needs),
            }
        }
        all
    }

    /// A grace record that is much younger than the installation of the role and of Windows.
    pub fn late_record(&self) -> Result<Option<ResetSign>, Unknown> {
        let Some(key) = self.grace_key()?.filter(GraceKey::has_record) else { return Ok(None) };
        let written = key.written().ok_or(Need::Host("when the grace record was written"))?;
        let since = [self.role_installed(), self.windows_installed()];
        let ages: Vec<i64> = since.iter().flatten().map(|(time, _)| time.days_until(written)).collect();
        if ages.iter().any(|&age| age <= ORDINARY_DAYS) {
            return Ok(None);
        }
        let [role, windows] = since;
        let (role, windows) = (role?, windows?);
        let late = ages.into_iter().min().unwrap_or(0);
        Ok(Some(ResetSign {
            kind: ResetSignKind::LateRecord(late),
            text: format!(
                "the record is {} younger than the installation of the role and of Windows",
                days(late)
            ),
            evidence: vec![key.evidence, role.1, windows.1],
        }))
    }

    /// Accounts that own the key, or may change it, and do not by default.
    pub fn foreign_access(&self) -> Result<Vec<ResetSign>, Unknown> {
        let path = places::grace_period();
        let Some(found) = self.security(&path)? else { return Ok(Vec::new()) };
        let mut signs = Vec::new();
        let mut sign = |kind, text| {
            signs.push(ResetSign { kind, text, evidence: vec![found.evidence.clone()] });
        };
        let known = accounts(&["S-1-5-20", "S-1-5-18"], &["TermService"]);
        if !found.is_owned_by(&known) {
            sign(ResetSignKind::ForeignOwner, format!("the key's owner is {}", found.owner()));
        }
        // Entries for the creator and the owner refer to accounts that are judged separately.
        let harmless = accounts(&["S-1-3-0", "S-1-3-1", "S-1-3-4"], &["VmHostAgent"]);
        let inherited = self.may_change(&places::rcm(), change()).unwrap_or_default();
        let administrators = accounts(&["S-1-5-32-544"], &[]);
        for sid in found.allowed_any(change()) {
            if known.contains(&sid) || harmless.contains(&sid) {
                continue;
            }
            if administrators.contains(&sid) {
                sign(ResetSignKind::AdministratorsAccess, "administrators can change the key".to_owned());
            } else if !inherited.contains(&sid) {
                sign(ResetSignKind::ForeignAccess, format!("{} can change the key", account(&sid)));
            }
        }
        Ok(signs)
    }

    /// Scheduled tasks that name the key.
    pub fn reset_tasks(&self) -> Result<Vec<ResetSign>, Unknown> {
        let tasks = self.tasks_that_name("GracePeriod")?;
        let about_rds = |task: &Task| {
            // The screen saver has a grace period too.
            !task.action.to_lowercase().contains("screensavergraceperiod")
        };
        Ok(tasks
            .into_iter()
            .filter(about_rds)
            .map(|task| ResetSign {
                kind: ResetSignKind::ScheduledTask,
                text: format!("the scheduled task “{}” runs “{}”", task.name, task.action.trim()),
                evidence: vec![task.evidence],
            })
            .collect())
    }

    fn may_change(&self, path: &KeyPath, rights: AccessMask) -> Option<Vec<Sid>> {
        Some(self.security(path).ok()??.allowed_any(rights))
    }

    /// When the session host role was installed: the last-write time of its entry in Server Manager's cache,
    /// which is written when the role's state changes.
    fn role_installed(&self) -> Result<(FileTime, Evidence), Unknown> {
        let need = || Unknown::from(Need::Host("when the session host role was installed"));
        let path = places::server_components().join("RDS-RD-Server");
        let key = self.key(&path)?.ok_or_else(need)?;
        let time = key.last_write.ok_or_else(need)?;
        Ok((time, Evidence::key(&path, key, format!("last written {}", time.date()))))
    }

    /// When Windows was installed.
    pub fn windows_installed(&self) -> Result<(FileTime, Evidence), Unknown> {
        let path = places::current_version();
        let found = self.value(&path, "InstallDate")?;
        let seconds = found.as_ref().and_then(|found| found.value.as_u32()).filter(|&seconds| seconds > 0);
        match (found, seconds) {
            (Some(found), Some(seconds)) => {
                let time = FileTime::from_unix_seconds(i64::from(seconds)).unwrap_or_default();
                let shown = format!("{seconds} ({})", time.date());
                Ok((time, Evidence { found: shown, ..found.evidence() }))
            }
            _ => Err(Need::Host("when Windows was installed").into()),
        }
    }
}
