//! Findings in policy files as SARIF 2.1.0, each with its byte region.

use std::collections::BTreeMap;

use licensing::Rule;
use policy::lint::{LintReport, Located, Location};
use serde_json::{Value, json};

use crate::ReportError;
use crate::sarif::{level, log, logical, uri};

/// A SARIF log with one run.
pub fn lint_sarif(report: &LintReport) -> Result<String, ReportError> {
    let used: BTreeMap<&str, &Rule> =
        report.findings.iter().map(|located| (located.finding.rule.id, located.finding.rule)).collect();
    let results: Vec<_> = report.findings.iter().map(|located| result(located, &used)).collect();
    let problems = report.problems.iter().map(|problem| (&*problem.source, &*problem.message));
    log(&used, problems, None, &results)
}

fn result(located: &Located, used: &BTreeMap<&str, &Rule>) -> Value {
    let finding = &located.finding;
    let evidence: Vec<_> = finding.evidence.iter().map(ToString::to_string).collect();
    let logical = logical(&finding.evidence);
    json!({
        "ruleId": finding.rule.id,
        "ruleIndex": used.range(..finding.rule.id).count(),
        "level": level(finding.severity),
        "message": {"text": format!("{}\n{}", finding.title, evidence.join("\n"))},
        "locations": located.places.iter().map(|place| location(place, &logical)).collect::<Vec<_>>(),
        "properties": {
            "severity": finding.severity,
            "confidence": finding.confidence,
            "object": located.object,
        },
    })
}

fn location(place: &Location, logical: &[Value]) -> Value {
    let mut physical = json!({"artifactLocation": {"uri": uri(&place.file)}});
    if let Some(offset) = place.offset {
        let mut region = json!({"byteOffset": offset});
        if let Some(length) = place.length {
            region["byteLength"] = json!(length);
        }
        physical["region"] = region;
    }
    json!({"physicalLocation": physical, "logicalLocations": logical})
}
