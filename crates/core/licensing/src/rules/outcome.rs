//! The outcome from findings and missing evidence.

use super::{Finding, Outcome};
use crate::evidence::{Evidence, Unknown};
use crate::model::Machine;

/// The findings, with a note on what could not be seen; without findings *unknown* where something could not
/// be seen.
pub(super) fn conclude(mut findings: Vec<Finding>, missing: Option<Unknown>) -> Outcome {
    let Some(missing) = missing else { return Ok(findings) };
    if findings.is_empty() {
        return Err(missing);
    }
    let needs: Vec<_> = missing.needs.iter().map(ToString::to_string).collect();
    // Only with the first finding.
    if let Some(finding) = findings.first_mut() {
        finding.notes.push(format!("some evidence is missing: {}", needs.join("; ")));
    }
    Ok(findings)
}

/// One finding on what a script deletes; without one *unknown* where a line of the script could not be read.
pub(super) fn conclude_script(
    machine: &Machine<'_>,
    evidence: Vec<Evidence>,
    finding: impl FnOnce(Vec<Evidence>) -> Finding,
) -> Outcome {
    let findings = if evidence.is_empty() { Vec::new() } else { vec![finding(evidence)] };
    conclude(findings, machine.lost_lines())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Need;

    #[test]
    fn what_was_not_seen_is_said_either_way() {
        let missing = || Some(Unknown::from(Need::Network("the weather")));
        let rule = super::super::all().next().unwrap();
        assert!(conclude(Vec::new(), missing()).is_err());
        assert!(conclude(Vec::new(), None).unwrap().is_empty());
        let found = conclude(vec![rule.finding("rain")], missing()).unwrap();
        assert_eq!(found[0].notes, ["some evidence is missing: the weather"]);
    }
}
