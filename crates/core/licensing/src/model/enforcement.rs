//! What a session host does with users who have no license.

use super::{LicensingMode, Machine};
use crate::knowledge::Generation;
use crate::rules::Severity;

/// What users without a license get once the grace period is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enforcement {
    /// No session, except for administration.
    Refusal,
    /// Sessions of 60 minutes, after which they may connect again.
    SixtyMinutes,
    /// Sessions: the mode needs no license server.
    Nothing,
}

impl Machine<'_> {
    /// What users without a license get. Where mode or version are not known, the worst.
    ///
    /// Source: Microsoft Learn, *Your session will be disconnected in 60 minutes*: Per Device since Windows
    /// Server 2016, Per User in Windows Server 2019, neither since Windows Server 2022. TerminalServer.admx:
    /// mode 6 is licensed by a service plan of the user.
    #[must_use]
    pub fn enforcement(&self) -> Enforcement {
        match (self.licensing_mode().effective.value(), self.product().generation()) {
            (Some(LicensingMode::EntraPerUser), _) => Enforcement::Nothing,
            (Some(LicensingMode::PerDevice), Some(Generation::W2016 | Generation::W2019))
            | (Some(LicensingMode::PerUser), Some(Generation::W2019)) => Enforcement::SixtyMinutes,
            _ => Enforcement::Refusal,
        }
    }

    /// The severity of a missing license server after the grace period, and the words that say what users
    /// get, for the end of a sentence.
    #[must_use]
    pub fn without_license(&self) -> (Severity, &'static str) {
        match self.enforcement() {
            Enforcement::Refusal => (Severity::Critical, ""),
            Enforcement::SixtyMinutes => {
                (Severity::Error, "; users without a license get sessions of 60 minutes")
            }
            Enforcement::Nothing => (Severity::Info, ""),
        }
    }

    /// Whether the host has what it needs at present, as far as it is known: a licensing mode, a list of
    /// servers, and one of these that is valid for it.
    #[must_use]
    pub fn is_served(&self) -> bool {
        self.enforcement() == Enforcement::Nothing || self.has_mode() && self.has_list() && self.has_answer()
    }

    /// Whether a mode is in force in which licenses are requested.
    #[must_use]
    pub fn has_mode(&self) -> bool {
        self.licensing_mode().effective.value().is_some_and(|mode| mode.is_licensing())
    }

    /// Whether a license server is listed.
    #[must_use]
    pub fn has_list(&self) -> bool {
        self.listed_servers().is_ok_and(|servers| !servers.is_empty())
    }

    /// Whether the host reports that a license server is valid for it, or a listed one answers a probe.
    #[must_use]
    pub fn has_answer(&self) -> bool {
        let valid = |answers: Vec<super::Connectivity>| {
            answers.iter().any(|answer| super::reach::is_valid(answer.status))
        };
        match self.connectivity() {
            Ok(answers) if !answers.is_empty() => valid(answers),
            _ => self.reach().is_ok_and(|servers| {
                servers.iter().any(|server| server.reached.as_ref().is_some_and(|(reached, _)| *reached))
            }),
        }
    }
}
