//! SARIF 2.1.0, for those who keep policy in git and want findings in the pull request.

use std::fmt::Write as _;

use licensing::rules;
use licensing::{Finding, MachineReport, Report, Severity};
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
        let files = [file(machine)];
        let name = machine.name.as_deref();
        results.extend(machine.findings.iter().map(|finding| result(finding, &files, name, &used)));
    }
    for finding in &report.fleet_findings {
        let concerned = |machine: &&MachineReport| {
            let label = machine.name.as_ref().unwrap_or(&machine.source.locator);
            finding.machines.contains(label) || finding.machines.contains(&machine.source.locator)
        };
        let files: Vec<_> = report.machines.iter().filter(concerned).map(file).collect();
        results.push(result(finding, &files, None, &used));
    }
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

/// The file that a machine's findings are shown at: its first.
fn file(machine: &MachineReport) -> &str {
    machine.source.files.first().map_or(machine.source.locator.as_str(), |file| file.path.as_str())
}

fn result(finding: &Finding, files: &[&str], machine: Option<&str>, used: &[&rules::Rule]) -> Value {
    let evidence: Vec<_> = finding.evidence.iter().map(ToString::to_string).collect();
    let logical: Vec<_> = finding
        .evidence
        .iter()
        .map(|evidence| json!({"fullyQualifiedName": evidence.path, "kind": "resource"}))
        .collect();
    let locations: Vec<_> = files
        .iter()
        .map(|file| {
            json!({
                "physicalLocation": {"artifactLocation": {"uri": uri(file)}},
                "logicalLocations": logical,
            })
        })
        .collect();
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

/// A relative URI reference, or a `file:` URI for an absolute path of either world.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let drive =
        path.as_bytes().get(..3).is_some_and(|head| head[0].is_ascii_alphabetic() && &head[1..] == b":/");
    let mut encoded = String::new();
    for (index, byte) in path.bytes().enumerate() {
        if byte.is_ascii_alphanumeric() || b"-._~/!".contains(&byte) || drive && index == 1 {
            encoded.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    if drive {
        format!("file:///{encoded}")
    } else if encoded.starts_with("//") {
        format!("file:{encoded}")
    } else if encoded.starts_with('/') {
        format!("file://{encoded}")
    } else {
        encoded
    }
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("hives/SYSTEM"), "hives/SYSTEM");
        assert_eq!(uri("/mnt/my disk/SYSTEM"), "file:///mnt/my%20disk/SYSTEM");
        assert_eq!(uri(r"C:\hives\SYSTEM"), "file:///C:/hives/SYSTEM");
        assert_eq!(uri(r"\\host\share\SYSTEM"), "file://host/share/SYSTEM");
        assert_eq!(uri("triage.zip!A/SYSTEM"), "triage.zip!A/SYSTEM");
        assert_eq!(uri("a:b/Größe"), "a%3Ab/Gr%C3%B6%C3%9Fe");
    }
}
