//! `rdscal watch` as text.

use licensing::{Compared, MachineReport, Verdict};
use snapshot::FileTime;
use snapshot::diff::Difference;

use super::layout::{self, Page, paint};
use super::{diff, doctor};

/// What changed on a machine.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Time of detection.
    pub time: FileTime,
    /// Differences in the registry; none at the start.
    pub differences: &'a [Difference],
    /// Changes of the findings.
    pub findings: &'a Compared,
}

/// A change and the resulting standing of the machine.
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
    for finding in &change.findings.fixed {
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
