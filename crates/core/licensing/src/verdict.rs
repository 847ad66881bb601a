//! The verdict: one sentence on one machine.

use serde::{Deserialize, Serialize};

use crate::judge::MachineReport;
use crate::rules::Severity;

/// The overall state of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The source holds nothing that licensing is about.
    NoLicensingKeys,
    /// Nothing wrong was found, and every rule that applies could look.
    Healthy,
    /// Nothing wrong was found in what could be seen; some rules could not look.
    NothingFound,
    /// The worst finding is an information.
    Info,
    /// The worst finding is a warning.
    Warning,
    /// The worst finding is an error.
    Error,
    /// The worst finding is critical.
    Critical,
}

impl Standing {
    /// The standing in a word or two.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::NoLicensingKeys => "no licensing keys",
            Self::Healthy => "healthy",
            Self::NothingFound => "no findings",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

/// The standing with the sentence that says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The standing.
    pub standing: Standing,
    /// The sentence, without the machine's name.
    pub sentence: String,
}

impl Verdict {
    /// The verdict on a judged machine.
    #[must_use]
    pub fn of(report: &MachineReport) -> Self {
        let unknown = report.unknown.len();
        let checks = |count: usize| if count == 1 { "1 check".to_owned() } else { format!("{count} checks") };
        if report.has_no_licensing_keys() {
            return Self {
                standing: Standing::NoLicensingKeys,
                sentence: "this source has none of the keys that Remote Desktop licensing uses".to_owned(),
            };
        }
        let Some(worst) = report.findings.first() else {
            let passed = checks(report.passed);
            return if unknown == 0 {
                Self { standing: Standing::Healthy, sentence: format!("nothing is wrong ({passed} passed)") }
            } else {
                let sentence = format!(
                    "nothing is wrong in what this source shows ({passed} passed, {} could not be made)",
                    checks(unknown)
                );
                Self { standing: Standing::NothingFound, sentence }
            };
        };
        let standing = match worst.severity {
            Severity::Info => Standing::Info,
            Severity::Warning => Standing::Warning,
            Severity::Error => Standing::Error,
            Severity::Critical => Standing::Critical,
        };
        let more = match report.findings.len() - 1 {
            0 => String::new(),
            1 => " (and 1 more finding)".to_owned(),
            more => format!(" (and {more} more findings)"),
        };
        Self { standing, sentence: format!("{}{more}", worst.title) }
    }
}
