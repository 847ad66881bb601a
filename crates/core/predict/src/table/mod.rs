//! The decision table, to be read next to [MS-RDPELE] 1.3.3 and 3.2.5.2 to 3.2.5.5.

mod rows;
pub mod sources;

pub use rows::ROWS;

use licensing::knowledge::{Source, errors};
use serde::ser::{Serialize, SerializeStruct as _, Serializer};

use crate::facts::Condition;

/// What a user gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A session.
    Connects,
    /// A session of 60 minutes, which can be opened again.
    SixtyMinutes,
    /// No session.
    Refused,
    /// No source specifies it.
    Unspecified,
}

impl Verdict {
    /// The verdict as the predicate of a sentence.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Connects => "connects",
            Self::SixtyMinutes => "connects for 60 minutes at a time",
            Self::Refused => "refused",
            Self::Unspecified => "not specified by any source",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its number and a letter.
    pub id: &'static str,
    /// All must hold, and no earlier row may apply.
    pub when: &'static [Condition],
    /// What the user gets.
    pub verdict: Verdict,
    /// Why, as a clause.
    pub because: &'static str,
    /// The last message of the licensing protocol.
    pub wire: Wire,
    /// What the client displays.
    pub screen: Screen,
    /// What is logged.
    pub logs: &'static [Log],
    /// What is stored afterwards.
    pub stored: Stored,
    /// Where it is specified.
    pub sources: &'static [Source],
}

/// The last message of the licensing protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wire {
    /// `STATUS_VALID_CLIENT` (7), `ST_NO_TRANSITION`.
    ValidClient,
    /// `NEW_LICENSE`
    NewLicense,
    /// `UPGRADE_LICENSE` with a new license.
    UpgradeLicense,
    /// `UPGRADE_LICENSE` with the license that the client sent.
    OldLicense,
    /// `ERR_NO_LICENSE_SERVER` (6), `ST_TOTAL_ABORT`.
    NoLicenseServer,
    /// `ERR_INVALID_CLIENT` (8), `ST_TOTAL_ABORT`.
    InvalidClient,
    /// No source specifies it.
    Unspecified,
}

impl Wire {
    /// The message with its codes.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::ValidClient => "STATUS_VALID_CLIENT (0x7), ST_NO_TRANSITION",
            Self::NewLicense => "NEW_LICENSE (0x03)",
            Self::UpgradeLicense => "UPGRADE_LICENSE (0x04)",
            Self::OldLicense => "UPGRADE_LICENSE (0x04) with the old license",
            Self::NoLicenseServer => "ERR_NO_LICENSE_SERVER (0x6), ST_TOTAL_ABORT",
            Self::InvalidClient => "ERR_INVALID_CLIENT (0x8), ST_TOTAL_ABORT",
            Self::Unspecified => "not specified",
        }
    }
}

/// What the client displays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// Id of the message in the tables of errors; empty for a session without one.
    pub message: &'static str,
    /// Codes of [MS-RDPBCGR] 2.2.5.1.1, or of `ExtendedDisconnectReasonCode`, of which one applies.
    pub codes: &'static [u32],
}

impl Screen {
    /// The text of the message; empty for a session without one.
    #[must_use]
    pub fn text(self) -> &'static str {
        errors::by_id(self.message).and_then(|row| row.texts.first()).copied().unwrap_or_default()
    }

    /// Its main clause.
    #[must_use]
    pub fn clause(self) -> &'static str {
        let text = self.text();
        let clause = text.split_once(" because ").map_or(text, |(_, clause)| clause);
        clause.split_once(". ").map_or(clause, |(first, _)| first).trim_end_matches('.')
    }
}

/// Text and codes.
impl Serialize for Screen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut screen = serializer.serialize_struct("Screen", 2)?;
        screen.serialize_field("text", self.text())?;
        screen.serialize_field("codes", self.codes)?;
        screen.end()
    }
}

/// An event that is logged, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// The id, as the event viewer shows it without severity bits.
    pub id: u16,
    /// Log channel.
    pub channel: &'static str,
    /// Which machine.
    pub machine: &'static str,
    /// What it says.
    pub what: &'static str,
    /// When it is logged, if not always.
    pub when: Option<Condition>,
}

/// What is stored afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stored {
    /// Nothing changes.
    Nothing,
    /// The client stores a temporary license of 90 days.
    Temporary,
    /// The client stores a permanent license of 52 to 89 days.
    Permanent,
    /// The client keeps the license that it has.
    Kept,
    /// The directory records a Per User license of 60 days on the user.
    UserLicense,
    /// The client cannot store the license that was issued to it.
    NotStored,
    /// No source specifies it.
    Unspecified,
}
