//! How a run compares with its baseline, as text.

use licensing::Finding;
use licensing::baseline::{Absence, AbsentFinding, Change, Comparison, Counts};
use licensing::verdict::Standing;

use super::layout::{self, Page, paint};

/// Maximum number of findings in the short form.
const SHOWN: usize = 3;

/// The mark before a finding that differs from the baseline.
pub(super) fn mark(finding: &Finding) -> &'static str {
    finding.change.map_or("", label)
}

/// The word for a change, with a space behind it; empty if there is none.
fn label(change: Change) -> &'static str {
    match change {
        Change::New => "NEW ",
        Change::Worse => "WORSE ",
        Change::Updated => "CHANGED ",
        Change::Unchanged => "",
    }
}

/// The findings that only the baseline has. The short form has the first fixed and undetermined ones.
pub(super) fn absent(page: &mut Page, findings: &[AbsentFinding], details: bool) {
    let is_listed = |finding: &&AbsentFinding| details || finding.state != Absence::NotExamined;
    let listed: Vec<_> = findings.iter().filter(is_listed).collect();
    if listed.is_empty() {
        return;
    }
    page.gap();
    let shown = if details { listed.len() } else { SHOWN.min(listed.len()) };
    for finding in listed.iter().take(shown) {
        let why = match finding.state {
            Absence::Fixed => "",
            Absence::Undetermined => " (was found; now its evidence is missing)",
            Absence::NotExamined => " (was found; now its rule was not applied)",
        };
        let is_fixed = finding.state == Absence::Fixed;
        let color = if is_fixed { layout::standing(Standing::Healthy) } else { layout::dim() };
        let state = paint(finding.state.label().to_uppercase(), color);
        let head = format!("{state} {} {}{why}", paint(&finding.rule, layout::strong()), finding.title);
        page.hanging("  ", "    ", &head);
    }
    match listed.len() - shown {
        0 => {}
        more => page.line(&format!("  and {more} more that only the baseline has; -v shows them")),
    }
}

/// The totals of a run.
pub(super) fn totals(page: &mut Page, comparison: &Comparison) {
    page.hanging("", "  ", &format!("Baseline: {}", summary(comparison)));
    if !comparison.missing_machines.is_empty() {
        let machines = comparison.missing_machines.join(", ");
        page.hanging("  ", "    ", &format!("not in this run: {machines}"));
    }
}

/// The totals in one sentence.
#[must_use]
pub fn summary(comparison: &Comparison) -> String {
    let date = comparison.judged_at.date();
    format!("since {date} ({}) {}", comparison.file, counts(comparison.counts))
}

fn counts(counts: Counts) -> String {
    let Counts { new, worse, updated, unchanged, fixed, undetermined, not_examined } = counts;
    let mut parts = vec![format!("{new} new"), format!("{fixed} fixed"), format!("{unchanged} unchanged")];
    let rare = [
        (worse, "worse"),
        (updated, "changed"),
        (undetermined, "undetermined"),
        (not_examined, "not examined"),
    ];
    parts.extend(rare.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")));
    parts.join(", ")
}
