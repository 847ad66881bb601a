//! `rdscal journal` as text.

use repair::Journal;
use repair::journal::{End, Record};

use super::layout::{self, Page, paint};

/// Every repair, the newest first.
#[must_use]
pub fn journal(journal: &Journal, width: usize) -> String {
    let mut page = Page::new(width);
    let records = journal.records();
    if records.is_empty() {
        page.line(&format!("There are no repairs in {}.", journal.path().display()));
        return page.finish();
    }
    for record in records.iter().rev() {
        one(&mut page, record);
        page.gap();
    }
    page.labeled(0, "journal", 9, &journal.path().display().to_string());
    page.labeled(0, "head", 9, journal.head());
    page.finish()
}

fn one(page: &mut Page, record: &Record) {
    let begin = &record.begin;
    let title = format!("{}. {}  {}", begin.id, record.at, begin.plan.title);
    page.hanging("", "   ", &paint(title, layout::strong()));
    page.labeled(3, "machine", 9, &format!("{} ({})", begin.plan.machine.shown(), begin.plan.machine.place));
    if let Some(reason) = begin.plan.arguments.first("reason") {
        page.labeled(3, "reason", 9, reason);
    }
    for change in &begin.changes {
        page.labeled(3, "change", 9, &change.to_string());
    }
    let state = match (&record.end, record.undone_by) {
        (_, Some(by)) => format!("reverted by repair {by}"),
        (Some(End::Done { .. }), None) => "done".to_owned(),
        (Some(End::RolledBack { because }), None) => format!("failed and reverted: {because}"),
        (Some(End::Left { because }), None) => format!("left as found: {because}"),
        (None, None) => {
            "interrupted; the next fix or undo of this target with --apply completes or reverts it".to_owned()
        }
    };
    page.labeled(3, "state", 9, &state);
    page.labeled(3, "backup", 9, &begin.backup);
}
