//! `rdscal show --deleted` as text.

use licensing::deleted::DeletedReport;
use owo_colors::Style;
use snapshot::recovered::{Confidence, DataState, FormerPath, FoundIn, Recovered, Recovery, What};

use super::layout::{self, Page, paint};

const LABEL: usize = 11;

/// The recovered records, by hive and path, with their confidence.
#[must_use]
pub fn deleted(report: &DeletedReport, width: usize) -> String {
    let mut page = Page::new(width);
    for recovery in &report.sources {
        source(&mut page, recovery, report.everything);
        page.gap();
    }
    if report.sources.iter().any(|source| !source.entries.is_empty()) {
        page.paragraph(
            0,
            "Everything above was recovered from unused parts of the hive: it is evidence, not fact. A record may be older than it seems, and its path may contain a key that replaced another.",
        );
    }
    for problem in &report.problems {
        page.hanging("", "  ", &format!("{}: {}", paint(&problem.source, layout::strong()), problem.message));
    }
    page.finish()
}

fn source(page: &mut Page, recovery: &Recovery, everything: bool) {
    page.line(&paint(layout::harmless(&recovery.source), layout::strong()));
    let of = if everything { "" } else { " of licensing" };
    let what = match recovery.entries.len() {
        0 => format!("No deleted keys or values{of} were found."),
        1 => format!("1 deleted key or value{of} was found."),
        count => format!("{count} deleted keys and values{of} were found."),
    };
    page.paragraph(2, &what);
    if recovery.left_off > 0 {
        page.paragraph(2, &format!("{} more are omitted (limit of the list).", recovery.left_off));
    }
    for note in &recovery.notes {
        page.labeled(2, "Note", LABEL, &format!("{}: {}", note.about, note.text));
    }
    for entry in &recovery.entries {
        page.gap();
        self::entry(page, entry);
    }
}

fn entry(page: &mut Page, entry: &Recovered) {
    let (mark, what) = match &entry.what {
        What::Key { .. } => ("recovered key", entry.key.to_string()),
        What::Value { value, .. } => {
            let name = if value.name.is_empty() { "(default)".to_owned() } else { value.name.to_string() };
            ("recovered value", format!("{}: {name}", entry.key))
        }
    };
    let mark = format!("  {} ", paint(mark, Style::new().yellow()));
    page.hanging(&mark, "    ", &what);
    match &entry.key {
        FormerPath::Partial(_) => page.labeled(4, "path", LABEL, "the path above is lost"),
        FormerPath::InHive(_) => page.labeled(4, "path", LABEL, "from the root of the hive"),
        FormerPath::Full(_) | FormerPath::Unknown => {}
    }
    match &entry.what {
        What::Key { last_write } => {
            page.labeled(4, "last write", LABEL, &layout::to_the_second(*last_write));
        }
        What::Value { value, data, key_deleted } => {
            match key_deleted {
                Some(true) => page.labeled(4, "key", LABEL, "also deleted"),
                Some(false) => {
                    page.labeled(4, "key", LABEL, "still exists; the value was deleted or replaced");
                }
                None => {}
            }
            let remark = match data {
                DataState::InRecord => "",
                DataState::Unowned => " (its space may have been used for something else in the meantime)",
                DataState::Reused => " (its space is now used for something else)",
                DataState::Lost => " (its space cannot be read)",
                DataState::TooLarge => " (too large)",
                DataState::Secret => " (secret)",
            };
            page.labeled(4, "data", LABEL, &format!("{} {}{remark}", value.kind, value.shown()));
        }
    }
    let confidence = match entry.confidence {
        Confidence::High => "high",
        Confidence::Medium => "medium",
        Confidence::Low => "low",
    };
    let found_in = match entry.found_in {
        FoundIn::FreeCell => "a free cell",
        FoundIn::Slack => "the unused end of a cell",
        FoundIn::Unreferenced => "an unreferenced cell",
        FoundIn::BrokenBin => "a damaged part of the hive",
        FoundIn::Tail => "the file after the end of the hive",
    };
    let place = format!("{confidence}; in {found_in}, at {:#x} of {}", entry.offset, entry.file);
    page.labeled(4, "confidence", LABEL, &place);
}
