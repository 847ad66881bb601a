//! A user who holds a license.

use serde::{Serialize, Serializer};
use snapshot::FileTime;

use super::UserCalVersion;

/// A user who holds, or held, a per-user license.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// The account, `DOMAIN\name`, or the distinguished name where it has no account name.
    pub user: String,
    /// The name for people, where there is one.
    pub name: Option<String>,
    /// The distinguished name.
    pub dn: String,
    /// Whether the account is enabled; `None` where the directory does not say.
    pub enabled: Option<bool>,
    /// The license.
    #[serde(flatten)]
    pub license: Series,
    /// Series 2 to 4, those that hold anything, as found.
    pub further: Vec<Series>,
}

/// One series of the three attributes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Series {
    /// 1 to 4.
    pub series: u8,
    /// `msTSManagingLS`: the product id of the license server.
    pub managing_server: Option<String>,
    /// `msTSExpireDate`
    pub expires: Ends,
    /// `msTSLicenseVersion`
    pub version: Option<UserCalVersion>,
}

impl Series {
    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.managing_server.is_none() && self.expires == Ends::NotSaid && self.version.is_none()
    }
}

/// The end of a license.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ends {
    /// At this time.
    At(FileTime),
    /// There is no date.
    NotSaid,
    /// There is something that is not a date, as found.
    Unreadable(String),
}

impl Ends {
    /// The time, where there is one.
    #[must_use]
    pub fn time(&self) -> Option<FileTime> {
        match self {
            Self::At(time) => Some(*time),
            Self::NotSaid | Self::Unreadable(_) => None,
        }
    }
}

/// The time, null, or the text as found.
impl Serialize for Ends {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::At(time) => serializer.collect_str(time),
            Self::NotSaid => serializer.serialize_none(),
            Self::Unreadable(text) => serializer.serialize_str(text),
        }
    }
}

/// The status of a license.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HolderStatus {
    /// It is valid.
    Valid,
    /// It is valid, and ends soon. It is renewed when the user signs in during its last days.
    Expiring,
    /// It has ended.
    Expired,
    /// There is no date.
    NoDate,
    /// The field holds something that is not a date.
    Unreadable,
}

impl HolderStatus {
    /// In a word or two.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Expiring => "expiring",
            Self::Expired => "expired",
            Self::NoDate => "no date",
            Self::Unreadable => "unreadable",
        }
    }
}

impl Holder {
    /// The status of the license at this time; it is *expiring* when at most `soon` days remain.
    #[must_use]
    pub fn standing(&self, at: FileTime, soon: u32) -> HolderStatus {
        match &self.license.expires {
            Ends::NotSaid => HolderStatus::NoDate,
            Ends::Unreadable(_) => HolderStatus::Unreadable,
            Ends::At(end) if *end < at => HolderStatus::Expired,
            Ends::At(end) if at.days_until(*end) < i64::from(soon) => HolderStatus::Expiring,
            Ends::At(_) => HolderStatus::Valid,
        }
    }

    /// Whole days until the license ends; negative once it has.
    #[must_use]
    pub fn days_left(&self, at: FileTime) -> Option<i64> {
        self.license.expires.time().map(|end| at.days_until(end))
    }
}
