//! CSV: one row for each finding, one for each machine without findings, and one for each unreadable source,
//! so that every machine appears.

use std::io::Write;

use licensing::baseline::{AbsentFinding, Change};
use licensing::knowledge::products::KNOWN_UNTIL;
use licensing::{Finding, MachineReport, Report, Verdict};

use crate::{Format, Rendered, ReportError, Spool};

const COLUMNS: [&str; 21] = [
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
    "group",
    "known_until",
    "acceptance",
    "accepted_until",
    "accepted_by",
    "accepted_reason",
    "baseline",
];

/// The verdict for an unreadable source.
const UNREADABLE: &str = "unreadable";

/// A report as CSV with a header row.
#[derive(Clone, Copy, Debug)]
pub struct Csv;

impl Format for Csv {
    type Memo = ();

    fn part(&self, machine: &MachineReport) -> Result<(Vec<u8>, ()), ReportError> {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        let verdict = Verdict::of(machine);
        let row = Row {
            machine: machine.name.as_deref().unwrap_or(&machine.source.locator),
            source: &machine.source.locator,
            verdict: verdict.standing.label(),
            sentence: &verdict.sentence,
            judged_at: machine.judged_at.to_string(),
            group: &machine.fleet_key.group,
        };
        if machine.findings.is_empty() {
            writer.write_record(row.cells(None))?;
        }
        for finding in machine.findings.iter().chain(&machine.accepted) {
            writer.write_record(row.cells(Some(finding)))?;
        }
        for absent in machine.baseline.iter().flat_map(|baseline| &baseline.absent) {
            writer.write_record(row.absent(absent))?;
        }
        Ok((writer.into_inner().map_err(|error| ReportError::Io(error.into_error()))?, ()))
    }

    fn assemble(
        &self,
        report: &Report<Rendered<()>>,
        spool: &mut Spool,
        out: &mut dyn Write,
    ) -> Result<(), ReportError> {
        let mut writer = ::csv::Writer::from_writer(&mut *out);
        writer.write_record(COLUMNS)?;
        writer.flush()?;
        drop(writer);
        for machine in &report.machines {
            spool.copy(machine.segment, out)?;
        }
        let mut writer = ::csv::Writer::from_writer(out);
        for finding in report.fleet_findings.iter().chain(&report.fleet_accepted) {
            let row = Row {
                machine: &finding.machines.join(", "),
                source: "",
                verdict: &lower(finding.severity),
                sentence: "",
                judged_at: report.judged_at.to_string(),
                group: "",
            };
            writer.write_record(row.cells(Some(finding)))?;
        }
        for absent in report.baseline.iter().flat_map(|baseline| &baseline.fleet_absent) {
            let row = Row {
                machine: "",
                source: "",
                verdict: "",
                sentence: "",
                judged_at: report.judged_at.to_string(),
                group: "",
            };
            writer.write_record(row.absent(absent))?;
        }
        for problem in &report.problems {
            let row = Row {
                machine: &problem.source,
                source: &problem.source,
                verdict: UNREADABLE,
                sentence: &problem.message,
                judged_at: report.judged_at.to_string(),
                group: "",
            };
            writer.write_record(row.cells(None))?;
        }
        writer.flush()?;
        Ok(())
    }
}

/// The common columns of the rows of one machine.
struct Row<'a> {
    machine: &'a str,
    source: &'a str,
    verdict: &'a str,
    /// The title of a row without a finding.
    sentence: &'a str,
    judged_at: String,
    group: &'a str,
}

impl Row<'_> {
    fn cells(&self, finding: Option<&Finding>) -> [String; COLUMNS.len()] {
        let evidence = finding.and_then(|finding| finding.evidence.first());
        let accepted = finding.and_then(|finding| finding.accepted.as_ref());
        let acceptance = accepted.map(|accepted| &accepted.acceptance);
        [
            self.machine.to_owned(),
            self.source.to_owned(),
            self.verdict.to_owned(),
            finding.map(|f| f.rule.id.to_owned()).unwrap_or_default(),
            finding.map(|f| f.rule.name.to_owned()).unwrap_or_default(),
            finding.map(|f| lower(f.severity)).unwrap_or_default(),
            finding.map(|f| lower(f.confidence)).unwrap_or_default(),
            finding.map_or_else(|| self.sentence.to_owned(), |f| f.title.clone()),
            evidence.map(|e| e.path.clone()).unwrap_or_default(),
            evidence.and_then(|e| e.value.as_ref()).map(ToString::to_string).unwrap_or_default(),
            evidence.map(|e| e.found.clone()).unwrap_or_default(),
            finding.and_then(|f| f.steps().first().cloned()).unwrap_or_default(),
            finding.and_then(|f| f.rule.recipe).unwrap_or_default().to_owned(),
            self.judged_at.clone(),
            self.group.to_owned(),
            KNOWN_UNTIL.to_owned(),
            accepted.map(|accepted| accepted.state().to_owned()).unwrap_or_default(),
            acceptance.map(|acceptance| acceptance.until.to_string()).unwrap_or_default(),
            acceptance.map(|acceptance| acceptance.owner.clone()).unwrap_or_default(),
            acceptance.map(|acceptance| acceptance.reason.clone()).unwrap_or_default(),
            finding.and_then(|finding| finding.change).map(Change::label).unwrap_or_default().to_owned(),
        ]
        .map(|cell| guard(&cell))
    }

    /// A finding that only the baseline has.
    fn absent(&self, finding: &AbsentFinding) -> [String; COLUMNS.len()] {
        let mut cells = self.cells(None);
        for (column, text) in [
            ("rule", &*finding.rule),
            ("severity", &lower(finding.severity)),
            ("title", &finding.title),
            ("baseline", finding.state.label()),
        ] {
            if let Some(at) = COLUMNS.iter().position(|known| *known == column) {
                cells[at] = guard(text);
            }
        }
        cells
    }
}

fn lower(word: impl std::fmt::Debug) -> String {
    format!("{word:?}").to_lowercase()
}

/// Prefixes a cell that looks like a formula with an apostrophe, so that a spreadsheet does not execute
/// registry contents.
///
/// Control characters are made visible, so that a name cannot end a row.
pub(crate) fn guard(cell: &str) -> String {
    let cell = snapshot::on_one_line(cell).into_owned();
    if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell }
}
