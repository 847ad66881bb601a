//! What `rdscal watch` says of a change, on a screen.

use licensing::{Compared, MachineReport, Verdict};
use snapshot::FileTime;
use snapshot::diff::Difference;

use super::layout::{self, Page, paint};
use super::{diff, doctor};

/// What changed on a machine.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// When it was seen.
    pub time: FileTime,
    /// What differs in its registry; nothing where the watch begins.
    pub differences: &'a [Difference],
    /// What that did to its findings.
    pub findings: &'a Compared,
}

/// A change, and how the machine stands after it.
#[must_use]
pub fn change(report: &MachineReport, change: &Change<'_>, width: usize) -> String {
    let mut page = Page::new(width);
    let time = layout::to_the_second(change.time);
    let what = match change.differences.len() {
        0 => "watching".to_owned(),
        1 => "1 change".to_owned(),
        count => format!("{count} changes"),
    };
    page.line(&paint(format!("{time} {what}"), layout::strong()));
    diff::grouped(&mut page, change.differences);
    if !change.differences.is_empty() {
        page.gap();
    }
    for finding in &change.findings.new {
        page.hanging("  now found: ", "    ", finding);
    }
    for finding in &change.findings.mended {
        page.hanging("  no more:   ", "    ", finding);
    }
    let verdict = Verdict::of(report);
    let head = format!(
        "  {}: {} - {}",
        paint(doctor::label(report), layout::strong()),
        paint(verdict.standing.label().to_uppercase(), layout::standing(verdict.standing)),
        verdict.sentence
    );
    page.hanging("", "    ", &head);
    page.gap();
    page.finish()
}
