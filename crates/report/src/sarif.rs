//! SARIF 2.1.0, for those who keep policy in git and want findings in the pull request.

use std::fmt::Write as _;

use licensing::rules;
use licensing::{Finding, Report, Severity};
use serde_json::{Value, json};

use crate::ReportError;

/// The report as a SARIF log with one run.
pub fn render(report: &Report) -> Result<String, ReportError> {
    let mut used: Vec<&rules::Rule> = Vec::new();
    for finding in report.findings() {
        if !used.iter().any(|rule| rule.id == finding.rule.id) {
            used.push(finding.rule);
        }
    }
    used.sort_by_key(|rule| rule.id);
    let mut results = Vec::new();
    for machine in &report.machines {
        let file =
            machine.source.files.first().map_or(machine.source.locator.as_str(), |file| file.path.as_str());
        results.extend(
            machine.findings.iter().map(|finding| result(finding, file, machine.name.as_deref(), &used)),
        );
    }
    results.extend(report.fleet_findings.iter().map(|finding| result(finding, "", None, &used)));
    let notifications: Vec<_> = report
        .problems
        .iter()
        .map(|problem| json!({"level": "error", "message": {"text": format!("{}: {}", problem.source, problem.message)}}))
        .collect();
    crate::json::render(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "rdscal",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": used.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            "invocations": [{
                "executionSuccessful": report.problems.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    }))
}

fn descriptor(rule: &rules::Rule) -> Value {
    let doc = rule.doc();
    let mut descriptor = json!({
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": doc.summary},
        "help": {"text": doc.fix, "markdown": format!("{}\n\n**Fix**\n\n{}", doc.why, doc.fix)},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"confidence": rule.confidence, "family": rule.family},
    });
    if let Some(source) = rule.sources.iter().find(|source| !source.url.is_empty()) {
        descriptor["helpUri"] = json!(source.url);
    }
    descriptor
}

fn result(finding: &Finding, file: &str, machine: Option<&str>, used: &[&rules::Rule]) -> Value {
    let evidence: Vec<_> = finding.evidence.iter().map(ToString::to_string).collect();
    let mut locations = Vec::new();
    if !file.is_empty() {
        let logical: Vec<_> = finding
            .evidence
            .iter()
            .map(|evidence| json!({"fullyQualifiedName": evidence.path, "kind": "resource"}))
            .collect();
        locations.push(json!({
            "physicalLocation": {"artifactLocation": {"uri": uri(file)}},
            "logicalLocations": logical,
        }));
    }
    json!({
        "ruleId": finding.rule.id,
        "ruleIndex": used.iter().position(|rule| rule.id == finding.rule.id),
        "level": level(finding.severity),
        "message": {"text": format!("{}\n{}", finding.title, evidence.join("\n"))},
        "locations": locations,
        "properties": {
            "severity": finding.severity,
            "confidence": finding.confidence,
            "machine": machine,
            "machines": finding.machines,
        },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "note",
        Severity::Warning => "warning",
        Severity::Error | Severity::Critical => "error",
    }
}

/// A relative URI reference, or a `file:` URI for an absolute path.
fn uri(path: &str) -> String {
    let mut encoded = String::new();
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:!".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    if encoded.starts_with('/') { format!("file://{encoded}") } else { encoded }
}
