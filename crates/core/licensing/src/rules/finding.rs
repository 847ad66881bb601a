//! What a rule found.

use std::fmt;

use serde::Serialize;
use snapshot::on_one_line;

use super::{Confidence, Rule, Severity};
use crate::baseline::Change;
use crate::decisions::Accepted;
use crate::evidence::Evidence;
use crate::knowledge::Source;

/// One thing that is wrong, or worth knowing, on one machine or in one fleet.
///
/// The constant part (why it matters, fixes, sources) is on the rule's page; a finding has what is
/// particular: the sentence, the evidence, and, where the case calls for it, its own severity, confidence or
/// steps.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// How bad it is here.
    pub severity: Severity,
    /// How sure it is here.
    pub confidence: Confidence,
    /// What was found, in one sentence.
    pub title: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// Steps of the fix, in the order of least harm; the rule's own where empty.
    pub fix: Vec<String>,
    /// More that a reader should know, such as an unread place that could change the verdict.
    pub notes: Vec<String>,
    /// The machines concerned, for a fleet finding.
    pub machines: Vec<String>,
    /// The command that plans the repair, if its plan would be accepted; set by the program, not by rules.
    pub repair: Option<RepairCommand>,
    /// The severity before a configuration changed it.
    pub original_severity: Option<Severity>,
    /// The acceptance of a configuration, which may have expired.
    pub accepted: Option<Accepted>,
    /// How it compares with the baseline of the run.
    pub change: Option<Change>,
}

/// A command that plans a repair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RepairCommand {
    /// The command. A word in capital letters is a placeholder that the user replaces.
    pub command: String,
    /// The values of the placeholder that are accepted here; empty if there is none, or any value may be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<&'static str>,
}

impl fmt::Display for RepairCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.command)?;
        if self.choices.is_empty() { Ok(()) } else { write!(f, "   ({})", self.choices.join(" or ")) }
    }
}

impl Finding {
    pub(super) fn new(rule: &'static Rule, title: &str) -> Self {
        Self {
            rule,
            severity: rule.severity,
            confidence: rule.confidence,
            // Titles and notes quote data, which may contain line breaks.
            title: on_one_line(title).into_owned(),
            evidence: Vec::new(),
            fix: Vec::new(),
            notes: Vec::new(),
            machines: Vec::new(),
            repair: None,
            original_severity: None,
            accepted: None,
            change: None,
        }
    }

    /// With this severity.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// With this confidence.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// With one more piece of evidence.
    #[must_use]
    pub fn evidence(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// With several more pieces of evidence.
    #[must_use]
    pub fn evidences(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// With one step of the fix that is particular to this case.
    #[must_use]
    pub fn fix(mut self, step: impl Into<String>) -> Self {
        self.fix.push(step.into());
        self
    }

    /// With one more note.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(on_one_line(&note.into()).into_owned());
        self
    }

    /// About these machines.
    #[must_use]
    pub fn machines(mut self, machines: impl IntoIterator<Item = String>) -> Self {
        self.machines.extend(machines);
        self
    }

    /// True if a configuration accepts it, so that it does not count.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.accepted.as_ref().is_some_and(|accepted| !accepted.has_expired)
    }

    /// The steps of the fix: those of this case, else those of the rule's page.
    #[must_use]
    pub fn steps(&self) -> Vec<String> {
        if self.fix.is_empty() { self.rule.doc().steps() } else { self.fix.clone() }
    }
}

/// The finding as JSON has it.
#[derive(Serialize)]
#[serde(rename = "Finding")]
struct Json<'a> {
    rule: &'a str,
    name: &'a str,
    severity: Severity,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_severity: Option<Severity>,
    confidence: Confidence,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<&'a Accepted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<Change>,
    evidence: &'a [Evidence],
    why: &'a str,
    fix: Vec<String>,
    fix_safety: &'a str,
    verify: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    recipe: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repair: Option<&'a RepairCommand>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    notes: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    machines: &'a [String],
    sources: &'a [Source],
}

impl Serialize for Finding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let doc = self.rule.doc();
        Json {
            rule: self.rule.id,
            name: self.rule.name,
            severity: self.severity,
            original_severity: self.original_severity,
            confidence: self.confidence,
            title: &self.title,
            accepted: self.accepted.as_ref(),
            baseline: self.change,
            evidence: &self.evidence,
            why: doc.why,
            fix: self.steps(),
            fix_safety: doc.fix_safety,
            verify: doc.verify,
            recipe: self.rule.recipe,
            repair: self.repair.as_ref(),
            notes: &self.notes,
            machines: &self.machines,
            sources: self.rule.sources,
        }
        .serialize(serializer)
    }
}
