//! The grace period of a session host: its record, and when it ends.

use serde::Serialize;
use snapshot::{FileTime, Key, KeyPath, OriginKind};

use super::{Enforcement, Found, Machine, Product, ResetSigns, Stored, facts};
use crate::evidence::{Evidence, Need, Unknown};
use crate::places;
use rds_formats::grace::{self, RecordName};

/// Length of a session host's grace period in days, since Windows Server 2003.
///
/// Source: Microsoft Learn, *License your RDS deployment with client access licenses*.
pub const GRACE_DAYS: u32 = 120;

/// Length of the grace period of Windows 2000 Server in days.
///
/// Source: TechNet hh553157, *Understand the licensing grace period*.
pub const GRACE_DAYS_2000: u32 = 90;

/// The value that a session host makes when it is given its first permanent license, which ends the grace
/// period early.
///
/// Source: TechNet hh553157, *Understand the licensing grace period*.
pub const ENDED_BY_LICENSE: &str = "LicensingGracePeriodEnded";

/// The key `RCM\GracePeriod`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GraceKey {
    /// The key as evidence, with its last-write time.
    pub evidence: Evidence,
    /// Its values.
    pub records: Vec<GraceRecord>,
}

impl GraceKey {
    /// Whether one of the values has a name that a grace record has.
    #[must_use]
    pub fn has_record(&self) -> bool {
        self.records.iter().any(|record| record.name != RecordName::Unknown)
    }

    /// When the key was last written. A record is written once, so this is normally the day that the period
    /// began.
    #[must_use]
    pub fn written(&self) -> Option<FileTime> {
        self.evidence.last_write
    }
}

/// One value of the key.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GraceRecord {
    /// What its name says.
    pub name: RecordName,
    /// The value, and what its bytes say.
    #[serde(flatten)]
    pub value: Stored<grace::GraceRecord>,
}

/// The grace period as a snapshot shows it, for reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Grace {
    /// The key; `None` where there is none, or it could not be seen.
    pub key: Option<GraceKey>,
    /// The end; `None` where it cannot be determined.
    pub end: Option<GraceEnd>,
    /// Every source of the end, the most reliable first; `end` is the first.
    pub figures: Vec<GraceFigure>,
    /// That two of them contradict each other, and what that may mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disagreement: Option<String>,
    /// Signs that the record was made anew.
    pub reset: ResetSigns,
    /// What could not be seen of all this.
    pub unseen: Vec<Need>,
}

/// One source of the end of the grace period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GraceFigure {
    /// Days left at the time of judgment.
    pub days_left: i64,
    /// What it rests on.
    pub basis: GraceBasis,
    /// The same, as found.
    pub evidence: Evidence,
}

/// What the end of the grace period is derived from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GraceBasis {
    /// Windows itself (`GetGracePeriodDays`).
    Windows,
    /// The record, which the machine decrypted.
    Record,
    /// The age of the record's key.
    KeyAge,
}

/// What can be said of the end of the grace period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GraceEnd {
    /// Days left at the time of judgment; 0 or less means over, or that the host was given its first
    /// permanent license.
    pub days_left: i64,
    /// Whether the host itself reported it, or decrypted its record; false where it follows from the
    /// last-write time of the record's key, which is normally the day the record was made.
    pub reported_by_host: bool,
    /// What it rests on.
    pub evidence: Evidence,
}

impl GraceEnd {
    /// The days left in words: “5 days left”, or “is over”, “ended about 30 days ago”.
    #[must_use]
    pub fn shown(&self) -> String {
        let about = if self.reported_by_host { "" } else { "about " };
        match self.days_left {
            left if left > 0 => format!("{about}{} left", days(left)),
            0 => "is over".to_owned(),
            past => format!("ended {about}{} ago", days(past.saturating_abs())),
        }
    }
}

/// A session host whose grace period matters, because no license server serves it.
#[derive(Clone, Debug)]
pub struct Unserved {
    /// When the grace period ends.
    pub end: GraceEnd,
    /// What shows that no license server serves the host.
    pub evidence: Vec<Evidence>,
    /// True if a policy, which the source does not show, may list servers.
    pub unless_policy: bool,
}

impl<'s> Machine<'s> {
    /// The grace period as the snapshot shows it.
    #[must_use]
    pub fn grace(&self) -> Grace {
        let (key, end, reset) = (self.grace_key(), self.grace_end(), self.reset_signs().clone());
        let mut unseen = reset.unseen.clone();
        unseen.extend(
            key.as_ref().err().into_iter().chain(end.as_ref().err()).flat_map(|lack| lack.needs.clone()),
        );
        unseen.sort();
        unseen.dedup();
        let figures = self.grace_figures();
        let disagreement = self.grace_disagreement();
        Grace { key: key.ok().flatten(), end: end.ok(), figures, disagreement, reset, unseen }
    }

    /// The key `RCM\GracePeriod`; `None` where there is none.
    pub fn grace_key(&self) -> Result<Option<GraceKey>, Unknown> {
        self.derived.grace_key.get_or_init(|| self.read_grace_key()).clone()
    }

    fn read_grace_key(&self) -> Result<Option<GraceKey>, Unknown> {
        let path = places::grace_period();
        let Some(key) = self.protected_key(&path)? else { return Ok(None) };
        let records: Vec<_> = key
            .values
            .iter()
            .filter(|value| !value.name.is_empty() || !value.bytes().is_empty())
            .map(|value| GraceRecord {
                name: RecordName::recognize(value.name.as_str().unwrap_or_default()),
                value: Stored::new(&Found { path: path.clone(), key, value }, grace::GraceRecord::decode),
            })
            .collect();
        let written = key.last_write.map_or("key".to_owned(), |time| format!("last written {}", time.date()));
        let grace = GraceKey { evidence: Evidence::key(&path, key, written), records };
        match &key.damage {
            Some(because) if !grace.has_record() => {
                Err(Need::Readable { key: path.to_string(), because: because.clone() }.into())
            }
            _ => Ok(Some(grace)),
        }
    }

    /// [`Machine::key`] for a key that administrators may not read: an export leaves such a key out without a
    /// word, so that its absence there proves nothing.
    pub fn protected_key(&self, path: &KeyPath) -> Result<Option<&'s Key>, Unknown> {
        let key = self.key(path)?;
        if key.is_none() && self.snapshot.origin.kind == OriginKind::RegText {
            let because = "an export omits keys that the account cannot read".to_owned();
            return Err(Need::Readable { key: path.to_string(), because }.into());
        }
        Ok(key)
    }

    /// When the grace period ends.
    ///
    /// The record is encrypted for the service account of the machine; from a file only the last-write time
    /// of its key can be read, and 120 days after it (90 on Windows 2000) is the likely end.
    pub fn grace_end(&self) -> Result<GraceEnd, Unknown> {
        self.derived.grace_end.get_or_init(|| self.read_grace_end()).clone()
    }

    fn read_grace_end(&self) -> Result<GraceEnd, Unknown> {
        let reported = self.fact(facts::GRACE_DAYS);
        if let Some(GraceFigure { days_left, basis, evidence }) = self.grace_figures().into_iter().next() {
            let reported_by_host = basis != GraceBasis::KeyAge;
            return Ok(GraceEnd { days_left, reported_by_host, evidence });
        }
        self.grace_key()?;
        reported.and_then(|_| Err(Need::Host("when the grace record was written").into()))
    }

    /// Every source of the end of the grace period, the most reliable first.
    #[must_use]
    pub fn grace_figures(&self) -> Vec<GraceFigure> {
        let mut figures = Vec::new();
        if let Some(left) = self.grace_reported_by_windows() {
            let evidence = self.fact_evidence(facts::GRACE_DAYS, format!("{} left", days(left)));
            figures.push(GraceFigure { days_left: left, basis: GraceBasis::Windows, evidence });
        }
        if let Some(end) = self.grace_record_end() {
            let days_left = self.at().days_until(end);
            let evidence = self.fact_evidence(facts::GRACE_RECORD_END, format!("ends at {end}"));
            figures.push(GraceFigure { days_left, basis: GraceBasis::Record, evidence });
        }
        let key = self.grace_key().ok().flatten().filter(GraceKey::has_record);
        if let Some((key, written)) = key.and_then(|key| key.written().map(|written| (key, written))) {
            let days_left = i64::from(grace_length(self.product())) - written.days_until(self.at());
            figures.push(GraceFigure { days_left, basis: GraceBasis::KeyAge, evidence: key.evidence });
        }
        figures
    }

    fn grace_reported_by_windows(&self) -> Option<i64> {
        self.fact(facts::GRACE_DAYS).ok().map(i64::from)
    }

    fn grace_record_end(&self) -> Option<FileTime> {
        self.fact(facts::GRACE_RECORD_END).ok()
    }

    /// That Windows and its own record contradict each other, and what that may mean.
    fn grace_disagreement(&self) -> Option<String> {
        let (reported, end) = (self.grace_reported_by_windows()?, self.grace_record_end()?);
        // Both were asked when the capture was made, whenever it is judged.
        let recorded = self.snapshot.captured_at.unwrap_or(self.at()).days_until(end).max(0);
        // Windows may round otherwise.
        if (reported - recorded).abs() <= 1 {
            return None;
        }
        Some(if reported == 0 {
            format!(
                "Windows reports that the grace period is over, but its record shows {} remaining; Windows also reports this once a license server has issued a license to the host",
                days(recorded)
            )
        } else {
            format!(
                "Windows reports {} remaining, its record {}; the record was changed after TermService read it, or the clock was changed",
                days(reported),
                days(recorded)
            )
        })
    }

    /// Whether the grace period is over.
    pub fn grace_is_over(&self) -> Result<bool, Unknown> {
        self.grace_end().map(|end| end.days_left <= 0)
    }

    /// The end of the grace period, where `matters` holds for the days left and no license server serves the
    /// host; `None` where it does not hold or a server does.
    ///
    /// Unknown only where what is missing could make the difference.
    pub fn unserved_grace(&self, matters: impl Fn(i64) -> bool) -> Result<Option<Unserved>, Unknown> {
        let lacks = self.lacks_license_server();
        let unless_policy = lacks.is_err() && self.lists_no_server_locally();
        let lacks = if unless_policy { Ok(Some(self.no_list())) } else { lacks };
        match (self.grace_end(), lacks) {
            (_, Ok(None)) => Ok(None),
            (Ok(end), _) if !matters(end.days_left) => Ok(None),
            (Ok(end), Ok(Some(evidence))) => Ok(Some(Unserved { end, evidence, unless_policy })),
            (Err(end), Err(server)) => Err(end.and(server)),
            (Err(unknown), _) | (_, Err(unknown)) => Err(unknown),
        }
    }

    /// What shows that no license server serves this host: none is listed, or the host reaches none that it
    /// can use. `None` where one serves it.
    pub fn lacks_license_server(&self) -> Result<Option<Vec<Evidence>>, Unknown> {
        self.derived.lacks_license_server.get_or_init(|| self.read_lack_of_server()).clone()
    }

    fn read_lack_of_server(&self) -> Result<Option<Vec<Evidence>>, Unknown> {
        if self.enforcement() == Enforcement::Nothing {
            return Ok(None);
        }
        let names_one = !self.listed_servers()?.is_empty();
        let answers = self.connectivity();
        let asked = answers.as_ref().is_ok_and(|answers| !answers.is_empty());
        if !names_one && !asked && !self.product().discovers_license_servers() {
            return Ok(Some(self.no_list()));
        }
        let answers = answers?;
        if answers.is_empty() {
            return Err(
                Need::Host("whether the license servers respond (GetTStoLSConnectivityStatus)").into()
            );
        }
        let useless = self.servers_with_status(&USELESS)?;
        Ok((useless.len() == answers.len())
            .then(|| useless.into_iter().map(|(_, evidence)| evidence).collect()))
    }

    /// Whether no local list names a server and only a policy, which was not seen, could name one. A host
    /// that was asked, or that discovers servers, may have others.
    #[must_use]
    pub fn lists_no_server_locally(&self) -> bool {
        self.license_servers().lacks_only_policy()
            && self.license_servers().known().is_err()
            && self.connectivity().map_or(true, |answers| answers.is_empty())
            && !self.product().discovers_license_servers()
    }

    /// What shows that no list names a server.
    fn no_list(&self) -> Vec<Evidence> {
        let listed = self.license_servers();
        let found: Vec<_> = listed.candidates.iter().map(|listed| listed.evidence.clone()).collect();
        if !found.is_empty() {
            return found;
        }
        [(places::policy(), "LicenseServers"), (places::license_servers(), "SpecifiedLicenseServers")]
            .into_iter()
            .filter(|(path, name)| matches!(self.value(path, name), Ok(None)))
            .map(|(path, name)| Evidence::absent_value(&path, name))
            .collect()
    }
}

/// `GetTStoLSConnectivityStatus` of a server that gives this host no licenses: pre-release against release,
/// lower version, host not in its group, not connectable, feature not supported.
const USELESS: [u32; 5] = [3, 4, 5, 6, 10];

/// Days of the grace period of this Windows.
#[must_use]
pub fn grace_length(product: &Product) -> u32 {
    if is_windows_2000(product) { GRACE_DAYS_2000 } else { GRACE_DAYS }
}

/// True for Windows 2000.
#[must_use]
pub fn is_windows_2000(product: &Product) -> bool {
    product.version.as_deref() == Some("5.0")
}

/// A number of days in words.
#[must_use]
pub fn days(count: i64) -> String {
    if count == 1 { "1 day".to_owned() } else { format!("{count} days") }
}

/// True for the two names that a grace record has.
#[must_use]
pub fn is_record_name(name: &str) -> bool {
    RecordName::recognize(name) != RecordName::Unknown
}
