//! The verdict: one sentence on one machine.

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Missing, Next};
use crate::judge::{MachineReport, Selection};
use crate::rules::{Family, Finding, Severity};

/// The overall state of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The source is complete and holds nothing that licensing is about.
    NoLicensingKeys,
    /// All deciding evidence was seen, and nothing is wrong.
    Healthy,
    /// What the registry holds is right; whether it works depends on evidence that no registry holds.
    Configured,
    /// The worst finding is an information.
    Info,
    /// A fault was found that a configuration accepts, and nothing else is worse than an information.
    Accepted,
    /// Deciding evidence is missing, and nothing is worse than an information.
    Undetermined,
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
            Self::Configured => "configured",
            Self::Info => "info",
            Self::Accepted => "accepted",
            Self::Undetermined => "undetermined",
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
    /// The one command that obtains what is missing; `None` if nothing that decides is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Next>,
}

impl Verdict {
    /// The verdict on a judged machine.
    #[must_use]
    pub fn of(report: &MachineReport) -> Self {
        if report.has_no_licensing_keys() {
            return Self {
                standing: Standing::NoLicensingKeys,
                sentence: "this source has none of the keys that Remote Desktop licensing uses".to_owned(),
                next: None,
            };
        }
        if report.selection == Selection::AppliesToNothing {
            return Self {
                standing: Standing::Undetermined,
                sentence: "not judged: no selected rule applies to this machine".to_owned(),
                next: None,
            };
        }
        Self { standing: standing(report), sentence: sentence(report), next: next(report) }
    }
}

fn standing(report: &MachineReport) -> Standing {
    let least = match &report.answer {
        Answer::NotAsked { .. } if !report.unknown.is_empty() => Standing::Configured,
        Answer::NotAHost { .. } if !report.unread.is_empty() => Standing::Undetermined,
        Answer::Works { .. } | Answer::NotAHost { .. } | Answer::NotAsked { .. } => Standing::Healthy,
        Answer::Configured { .. } => Standing::Configured,
        Answer::Undetermined { .. } => Standing::Undetermined,
        // Only if the rules that would report it were left out, or what they found is accepted.
        Answer::LockedOut { .. } | Answer::LockedOutFrom { .. } | Answer::SixtyMinutes { .. } => {
            Standing::Warning
        }
    };
    let least = if report.examined.gaps.is_empty() { least } else { least.max(Standing::Undetermined) };
    let least = if accepted_fault(report).is_some() { least.max(Standing::Accepted) } else { least };
    let found = report.worst().map(|worst| match worst {
        Severity::Info => Standing::Info,
        Severity::Warning => Standing::Warning,
        Severity::Error => Standing::Error,
        Severity::Critical => Standing::Critical,
    });
    found.map_or(least, |found| found.max(least))
}

/// The worst accepted finding, if it is more than an information.
fn accepted_fault(report: &MachineReport) -> Option<&Finding> {
    report.accepted.first().filter(|worst| worst.severity >= Severity::Warning)
}

/// The sentence. An accepted fault is named as if it counted, so that the line claims no more than the
/// evidence.
fn sentence(report: &MachineReport) -> String {
    let until =
        report.accepted.iter().filter_map(|finding| Some(finding.accepted.as_ref()?.acceptance.until));
    let accepted = match (report.accepted.len(), until.min()) {
        (1, Some(until)) => format!(" (1 finding accepted until {until})"),
        (count, Some(until)) => format!(" ({count} findings accepted, the first until {until})"),
        (_, None) => String::new(),
    };
    format!("{}{accepted}", found(report))
}

fn found(report: &MachineReport) -> String {
    let is_refused = report.answer.refuses();
    let count = report.findings.len();
    let mut faults = report.findings.iter().filter(|finding| finding.severity >= Severity::Warning);
    let worst = faults.clone().next();
    // A fault of something else, however severe, is not the reason why users are refused.
    let open = if is_refused { faults.find(|fault| decides(fault)).or(worst) } else { worst };
    // The first finding, and the number of the others. The cause of a lockout stays its cause when it is
    // accepted, and no lesser finding takes its place.
    let fault = match (open, accepted_fault(report)) {
        (Some(open), Some(accepted)) if is_refused && accepted.severity > open.severity => {
            Some((accepted, count))
        }
        (Some(open), _) => Some((open, count - 1)),
        (None, accepted) => accepted.map(|accepted| (accepted, 0)),
    };
    let found = fault.map(|(worst, others)| match others {
        0 => worst.title.clone(),
        1 => format!("{} (and 1 more finding)", worst.title),
        more => format!("{} (and {more} more findings)", worst.title),
    });
    let remarks = match (open.is_some(), count) {
        (true, _) | (_, 0) => String::new(),
        (_, 1) => " (1 remark)".to_owned(),
        (_, count) => format!(" ({count} remarks)"),
    };
    if let Some(gap) = report.examined.gaps.first() {
        return match found {
            Some(found) => format!("{found}; {gap}"),
            None => format!("cannot be determined: {gap}{remarks}"),
        };
    }
    match (&report.answer, found) {
        (Answer::LockedOut { who }, found) => with_cause(&format!("{} are locked out", who.label()), found),
        (Answer::LockedOutFrom { who, day, is_exact }, found) => {
            let about = if *is_exact { "" } else { "about " };
            with_cause(&format!("{} will be locked out on {about}{}", who.label(), day.date()), found)
        }
        (Answer::SixtyMinutes { who }, found) => {
            with_cause(&format!("{} are disconnected after 60 minutes", who.label()), found)
        }
        (Answer::Undetermined { condition: Some(condition), who: Some(_), missing, .. }, Some(found)) => {
            format!("{condition}: {found}; {}", is_missing(missing))
        }
        (Answer::Undetermined { condition, unless_policy, missing, .. }, Some(found)) => {
            let is_conditional = fault.is_some_and(|(worst, _)| decides(worst));
            let condition = match condition {
                Some(condition) if *unless_policy && !is_conditional => format!("; {condition}"),
                _ => String::new(),
            };
            format!("{found}{condition}{}; {}", unless(*unless_policy), is_missing(missing))
        }
        (_, Some(found)) => found,
        (Answer::Works { how }, None) => format!("licensing works: {how}{remarks}"),
        (Answer::NotAHost { what }, None) if !report.unread.is_empty() => {
            format!("{what}, as far as this source can be read{remarks}")
        }
        (Answer::NotAHost { what }, None) => format!("{what}{remarks}"),
        (Answer::Configured { how, missing }, None) => {
            format!("configured correctly: {how}; {} was not examined{remarks}", missing.what)
        }
        (Answer::Undetermined { condition, unless_policy, missing, .. }, None) => {
            let condition =
                condition.as_ref().map(|condition| format!("; {condition}{}", unless(*unless_policy)));
            format!("cannot be determined: {}{}{remarks}", is_missing(missing), condition.unwrap_or_default())
        }
        (Answer::NotAsked { subject }, None) => {
            let made = match report.unknown.len() {
                0 => String::new(),
                unknown => format!(", {unknown} could not be made"),
            };
            let passed =
                if report.passed == 1 { "1 check".to_owned() } else { format!("{} checks", report.passed) };
            format!("no fault was found in {subject} ({passed} passed{made}){remarks}")
        }
    }
}

/// True for a fault of what decides whether users are refused: a policy can change it, too.
fn decides(fault: &Finding) -> bool {
    matches!(fault.rule.family(), Family::Mode | Family::Servers)
}

/// The condition under which a fault of a host without its policies holds.
fn unless(policy: bool) -> &'static str {
    if policy { ", unless a Group Policy, which this source does not show, says otherwise" } else { "" }
}

fn is_missing(missing: &Missing) -> String {
    let verb = if missing.is_plural { "are" } else { "is" };
    format!("{} {verb} missing from this source", missing.what)
}

fn next(report: &MachineReport) -> Option<Next> {
    let is_faulty = report.worst() >= Some(Severity::Warning);
    match &report.answer {
        Answer::Undetermined { missing, .. } => Some(missing.next.clone()),
        Answer::Configured { missing, .. } if !is_faulty => Some(missing.next.clone()),
        _ => None,
    }
}

/// An answer with the finding that is its cause.
fn with_cause(answer: &str, found: Option<String>) -> String {
    found.map_or_else(|| answer.to_owned(), |found| format!("{answer}: {found}"))
}
