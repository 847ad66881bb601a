//! `rdscal predict` as text.

use licensing::Next;
use licensing::knowledge::Source;
use licensing::verdict::Standing;
use predict::prediction::{Missing, Outcome, Prediction, Span};
use predict::report::{PredictReport, groups};
use predict::table::Verdict;

use super::layout::{self, Page, paint};

const LABEL: usize = 12;

/// The answer, the path through the decision, what would change it, and what is missing.
#[must_use]
pub fn predict(report: &PredictReport, width: usize, details: bool) -> String {
    let mut page = Page::new(width);
    page.hanging("", "  ", &paint(&report.answer, layout::strong()));
    for note in &report.notes {
        page.labeled(2, "Note", LABEL, note);
    }
    for group in groups(&report.predictions) {
        if !group.label.is_empty() {
            page.gap();
            page.hanging("", "  ", &paint(&group.label, layout::strong()));
        }
        prediction(&mut page, group.prediction, details);
    }
    if !report.points.is_empty() {
        page.gap();
        for (index, point) in report.points.iter().enumerate() {
            let label = if index == 0 { "Days" } else { "" };
            page.labeled(2, label, LABEL, &format!("{}: {}", point.day, point.what));
        }
    }
    for problem in &report.problems {
        page.labeled(2, "Unread", LABEL, &format!("{}: {}", problem.source, problem.message));
    }
    if !details {
        page.gap();
        page.paragraph(2, "-v shows each possible outcome in full, with its sources.");
    }
    page.finish()
}

fn prediction(page: &mut Page, prediction: &Prediction, details: bool) {
    let Some((first, later)) = prediction.spans.split_first() else { return };
    for step in &first.path {
        page.labeled(2, step.fact.name(), LABEL, &format!("{} - {}", step.found, step.why));
    }
    span(page, first, details);
    for next in later {
        let events =
            if next.events.is_empty() { String::new() } else { format!(", {}", next.events.join("; ")) };
        page.labeled(2, "Then", LABEL, &format!("{}{events}: {}", next.from.onward(), colored(next)));
        span(page, next, details);
    }
    for change in &first.changes {
        let text = format!("{} - with {}: {}", change.verdict.label(), change.fact.name(), change.to);
        page.labeled(2, "Otherwise", LABEL, &text);
    }
    if let Some(decisive) = &first.decided_by {
        missing(page, "Decided by", decisive);
    }
    for other in &first.missing {
        missing(page, "Missing", other);
    }
}

fn colored(span: &Span) -> String {
    let color = match span.verdict() {
        Some(Verdict::Connects) => Standing::Healthy,
        Some(Verdict::SixtyMinutes) => Standing::Warning,
        Some(Verdict::Refused) => Standing::Error,
        Some(Verdict::Unspecified) | None => Standing::Undetermined,
    };
    paint(span.phrase(), layout::standing(color))
}

/// The only outcome in full. Of several, the reasons by verdict, and with `-v` each in full.
fn span(page: &mut Page, span: &Span, details: bool) {
    if let [only] = span.outcomes.as_slice() {
        return outcome(page, only, details);
    }
    if details {
        span.outcomes.iter().for_each(|one| outcome(page, one, details));
        return;
    }
    let mut verdicts: Vec<Verdict> = span.outcomes.iter().map(|one| one.verdict).collect();
    verdicts.sort_unstable();
    verdicts.dedup();
    for verdict in verdicts {
        let outcomes = span.outcomes.iter().filter(|one| one.verdict == verdict);
        let mut reasons: Vec<_> = outcomes.clone().map(|one| one.because).collect();
        reasons.dedup();
        let mut codes: Vec<_> = outcomes.flat_map(|one| one.screen.codes).copied().collect();
        codes.sort_unstable();
        codes.dedup();
        let shown = self::codes(&codes);
        let label = format!("{}{shown}", verdict.label());
        page.labeled(2, "Possible", LABEL, &format!("{label}: if {}", reasons.join("; or if ")));
    }
}

fn outcome(page: &mut Page, outcome: &Outcome, details: bool) {
    let because = format!("{} - {} (row {})", outcome.verdict.label(), outcome.because, outcome.row);
    page.labeled(2, "Result", LABEL, &because);
    if !outcome.screen.message.is_empty() {
        let text = format!("“{}”{}", outcome.screen.text(), codes(outcome.screen.codes));
        page.labeled(2, "On screen", LABEL, &text);
    }
    for machine in ["session host", "license server", "client"] {
        let logs = outcome.logs.iter().filter(|log| log.machine == machine);
        let Some(channel) = logs.clone().map(|log| log.channel).next() else { continue };
        let events: Vec<_> = logs.map(|log| format!("{} ({})", log.event, log.what)).collect();
        page.labeled(2, "Logged", LABEL, &format!("{}; on the {machine} in {channel}", events.join(", ")));
    }
    page.labeled(2, "Stored", LABEL, &outcome.stored);
    if details {
        page.labeled(2, "On the wire", LABEL, outcome.wire);
    }
    let sources: Vec<_> = outcome.sources.iter().map(short).collect();
    page.labeled(2, "Source", LABEL, &sources.join("; "));
}

/// “ 0x101 (257) or 0x104 (260)”
fn codes(codes: &[u32]) -> String {
    let shown: Vec<_> = codes.iter().map(|code| format!("{code:#05x} ({code})")).collect();
    if shown.is_empty() { String::new() } else { format!(" {}", shown.join(" or ")) }
}

/// The section of a specification, or else the title.
fn short(source: &Source) -> &'static str {
    if source.section.starts_with("MS-") { source.section } else { source.title }
}

/// What it can be is in the path.
fn missing(page: &mut Page, label: &str, missing: &Missing) {
    page.labeled(2, label, LABEL, missing.what);
    if let Some(Next { command, place }) = &missing.next {
        page.labeled(2, "", LABEL, &format!("{command}   ({place})"));
    }
}
