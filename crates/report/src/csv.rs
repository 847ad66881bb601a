//! CSV: one row for each finding, and one for each machine without any, so that every machine is accounted for.

use licensing::{Finding, MachineReport, Report, Verdict};

use crate::ReportError;

const COLUMNS: [&str; 14] = [
    "machine",
    "source",
    "verdict",
    "rule",
    "name",
    "severity",
    "confidence",
    "title",
    "evidence_path",
    "evidence_value",
    "evidence_found",
    "fix",
    "recipe",
    "judged_at",
];

/// The report as CSV with a header row.
pub fn render(report: &Report) -> Result<String, ReportError> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for machine in &report.machines {
        let judged_at = machine.judged_at.to_string();
        let row = Row {
            machine: &label(machine),
            source: &machine.source.locator,
            verdict: Verdict::of(machine),
            judged_at,
        };
        if machine.findings.is_empty() {
            writer.write_record(row.cells(None))?;
        }
        for finding in &machine.findings {
            writer.write_record(row.cells(Some(finding)))?;
        }
    }
    for finding in &report.fleet_findings {
        let machines = finding.machines.join(", ");
        let verdict =
            Verdict { standing: licensing::verdict::Standing::Info, sentence: "several machines".to_owned() };
        let row = Row { machine: &machines, source: "", verdict, judged_at: report.judged_at.to_string() };
        writer.write_record(row.cells(Some(finding)))?;
    }
    let bytes = writer.into_inner().map_err(|error| ReportError::Io(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The machine's name, else its source.
fn label(machine: &MachineReport) -> String {
    machine.name.clone().unwrap_or_else(|| machine.source.locator.clone())
}

struct Row<'a> {
    machine: &'a str,
    source: &'a str,
    verdict: Verdict,
    judged_at: String,
}

impl Row<'_> {
    fn cells(&self, finding: Option<&Finding>) -> [String; COLUMNS.len()] {
        let evidence = finding.and_then(|finding| finding.evidence.first());
        let lower = |text: String| text.to_lowercase();
        [
            self.machine.to_owned(),
            self.source.to_owned(),
            self.verdict.standing.label().to_owned(),
            finding.map(|f| f.rule.id.to_owned()).unwrap_or_default(),
            finding.map(|f| f.rule.name.to_owned()).unwrap_or_default(),
            finding.map(|f| lower(format!("{:?}", f.severity))).unwrap_or_default(),
            finding.map(|f| lower(format!("{:?}", f.confidence))).unwrap_or_default(),
            finding.map_or_else(|| self.verdict.sentence.clone(), |f| f.title.clone()),
            evidence.map(|e| e.path.clone()).unwrap_or_default(),
            evidence.and_then(|e| e.value.as_ref()).map(ToString::to_string).unwrap_or_default(),
            evidence.map(|e| e.found.clone()).unwrap_or_default(),
            finding.and_then(|f| f.steps().first().cloned()).unwrap_or_default(),
            finding.and_then(|f| f.rule.recipe).unwrap_or_default().to_owned(),
            self.judged_at.clone(),
        ]
        .map(guard)
    }
}

/// A cell that begins like a formula is given an apostrophe, so that no spreadsheet runs what an attacker wrote into a registry.
fn guard(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}
