//! Decisions of an organization about findings: its own severities, and findings that it accepts.
//!
//! They change how a finding is counted, never whether it is found. An accepted finding remains in the
//! report, with its reason, and counts again once the acceptance has expired.

use nt::Date;
use serde::{Deserialize, Serialize, Serializer};
use snapshot::FileTime;

use crate::model::FleetKey;
use crate::rules::{Finding, Rule, Severity};

/// Every decision of a configuration.
#[derive(Clone, Debug, Default)]
pub struct Decisions {
    /// The configuration file with the decisions; `None` if there is none.
    pub file: Option<String>,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
    /// Rules that it does not apply.
    pub ignored: Vec<&'static Rule>,
    /// Severities of findings, by rule.
    pub severities: Vec<(&'static Rule, Severity)>,
    /// Findings that are accepted.
    pub acceptances: Vec<Acceptance>,
}

/// A finding that an organization accepts on some machines until a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// The id of its rule.
    pub rule: &'static str,
    /// The machines: computer names, names with domain, or sources; `*` matches any characters, `?` one.
    pub machines: Vec<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day (UTC) on which it is accepted.
    pub until: Date,
}

impl Acceptance {
    /// True if one of the patterns matches the machine.
    fn covers(&self, machine: &FleetKey) -> bool {
        let full = match (&machine.name, &machine.domain) {
            (Some(name), Some(domain)) if !domain.is_empty() => Some(format!("{name}.{domain}")),
            _ => None,
        };
        let names = [machine.name.as_deref(), full.as_deref(), Some(&*machine.locator)];
        names.into_iter().flatten().any(|name| self.machines.iter().any(|pattern| matches(pattern, name)))
    }
}

/// An acceptance that applies to a finding, or did until it expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The acceptance.
    pub acceptance: Acceptance,
    /// True after its last day.
    pub has_expired: bool,
}

impl Accepted {
    /// `accepted` or `expired`.
    #[must_use]
    pub fn state(&self) -> &'static str {
        if self.has_expired { "expired" } else { "accepted" }
    }
}

impl Serialize for Accepted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename = "Accepted")]
        struct Json<'a> {
            state: &'static str,
            reason: &'a str,
            owner: &'a str,
            until: String,
        }
        let Acceptance { reason, owner, until, .. } = &self.acceptance;
        Json { state: self.state(), reason, owner, until: until.to_string() }.serialize(serializer)
    }
}

/// What of a configuration took part in a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedConfiguration {
    /// The file.
    pub file: String,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
    /// Ids of the rules that it does not apply.
    pub ignored: Vec<String>,
    /// Ids of the rules whose severity it changes.
    pub severities: Vec<String>,
    /// Number of acceptances, whether or not they match a finding.
    pub acceptances: usize,
}

impl Decisions {
    /// What a report says about the configuration; `None` without a file.
    #[must_use]
    pub fn used(&self) -> Option<UsedConfiguration> {
        Some(UsedConfiguration {
            file: self.file.clone()?,
            sha256: self.sha256.clone(),
            ignored: self.ignored.iter().map(|rule| rule.id.to_owned()).collect(),
            severities: self.severities.iter().map(|(rule, _)| rule.id.to_owned()).collect(),
            acceptances: self.acceptances.len(),
        })
    }

    /// Applies the severities and acceptances to findings on these machines, as of this time. Returns the
    /// findings that count, and those that are accepted.
    pub(crate) fn apply(
        &self,
        findings: Vec<Finding>,
        machines: &[&FleetKey],
        now: FileTime,
    ) -> (Vec<Finding>, Vec<Finding>) {
        if self.severities.is_empty() && self.acceptances.is_empty() {
            return (findings, Vec::new());
        }
        let decided = findings.into_iter().map(|mut finding| {
            let severity = self.severities.iter().find(|(rule, _)| rule.id == finding.rule.id);
            if let Some((_, severity)) = severity.filter(|(_, severity)| *severity != finding.severity) {
                finding.original_severity = Some(std::mem::replace(&mut finding.severity, *severity));
            }
            finding.accepted = self.acceptance(&finding, machines, now);
            finding
        });
        decided.partition(|finding| !finding.is_accepted())
    }

    /// The acceptance with the latest day that covers every machine of the finding.
    fn acceptance(&self, finding: &Finding, machines: &[&FleetKey], now: FileTime) -> Option<Accepted> {
        // A fleet finding names its machines; that of one machine is about the only one.
        let concerned = |key: &&&FleetKey| {
            finding.machines.is_empty()
                || finding.machines.iter().any(|name| *name == key.label || *name == key.locator)
        };
        let covering = self.acceptances.iter().filter(|acceptance| {
            let mut machines = machines.iter().filter(concerned).peekable();
            acceptance.rule == finding.rule.id
                && machines.peek().is_some()
                && machines.all(|machine| acceptance.covers(machine))
        });
        let acceptance = covering.max_by_key(|acceptance| acceptance.until)?.clone();
        let has_expired = now.date() > acceptance.until;
        Some(Accepted { acceptance, has_expired })
    }
}

/// True if the text is the pattern, in which `*` matches any characters and `?` one. Case is ignored.
///
/// Linear in memory, and at most the product of both lengths in time.
fn matches(pattern: &str, text: &str) -> bool {
    let folded = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<_>>();
    let (pattern, text) = (folded(pattern), folded(text));
    let (mut at, mut next) = (0, 0);
    // The last `*`, and where the text that it matches ends.
    let mut star: Option<(usize, usize)> = None;
    while next < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, next));
                at += 1;
            }
            Some(&c) if c == '?' || c == text[next] => {
                at += 1;
                next += 1;
            }
            _ => {
                let Some((from, end)) = star else { return false };
                star = Some((from, end + 1));
                at = from + 1;
                next = end + 1;
            }
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_names_in_any_case() {
        for (pattern, text) in
            [("RDSH*", "rdsh01"), ("rdsh0?", "RDSH01"), ("*", ""), ("*/a/*", "x/a/b"), ("a*b*c", "aXbXbc")]
        {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("RDSH", "RDSH01"), ("rdsh??", "rdsh1"), ("a*b", "abc"), ("", "a")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
