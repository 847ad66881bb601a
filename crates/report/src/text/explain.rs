//! `rdscal explain` on a screen.

use licensing::explain::{Answer, Explanation};
use licensing::knowledge::Location;

use super::doctor::{flowing, plain};
use super::layout::{self, Page, paint};

const LABEL: usize = 9;

/// The best explanation in full, the others by their titles.
#[must_use]
pub fn explain(answer: &Answer, width: usize) -> String {
    let mut page = Page::new(width);
    let Some((best, others)) = answer.matches.split_first() else {
        page.paragraph(0, &format!("Nothing is known of “{}”.", answer.topic));
        if !answer.suggestions.is_empty() {
            page.gap();
            page.line("Did you mean");
            for suggestion in &answer.suggestions {
                page.hanging("  ", "      ", &format!("{}: {}", paint(&suggestion.topic, layout::strong()), suggestion.title));
            }
        }
        return page.finish();
    };
    explanation(&mut page, best);
    // What fits about as well as the best is told in full, too.
    let (close, far): (Vec<_>, Vec<_>) = others.iter().partition(|other| other.score == best.score);
    for other in close {
        page.gap();
        explanation(&mut page, other);
    }
    if !far.is_empty() {
        page.gap();
        page.line(&paint("See also", layout::dim()));
        for other in far {
            page.hanging("  ", "      ", &format!("{} ({})", other.title, other.kind.phrase()));
        }
    }
    page.finish()
}

fn explanation(page: &mut Page, explanation: &Explanation) {
    let kind = paint(format!("({})", explanation.kind.phrase()), layout::dim());
    page.hanging("", "  ", &format!("{} {kind}", paint(&explanation.title, layout::strong())));
    for text in [&explanation.what, &explanation.meaning] {
        if !text.is_empty() {
            page.paragraph(2, &flowing(text));
        }
    }
    for note in &explanation.notes {
        page.labeled(2, "Note", LABEL, note);
    }
    for fact in &explanation.facts {
        page.labeled(2, fact.label, LABEL, &fact.value);
    }
    list(page, "Causes", &explanation.causes);
    list(page, "Fix", &explanation.fixes);
    for section in &explanation.sections {
        page.gap();
        page.line(&format!("  {}", paint(&section.heading, layout::strong())));
        for paragraph in section.text.split("\n\n") {
            markdown(page, paragraph);
        }
    }
    if !explanation.rules.is_empty() && explanation.sections.is_empty() {
        page.labeled(2, "Rules", LABEL, &explanation.rules.join(", "));
    }
    if !explanation.events.is_empty() {
        let events: Vec<_> = explanation.events.iter().map(ToString::to_string).collect();
        page.labeled(2, "Events", LABEL, &events.join(", "));
    }
    if let Some(certainty) = explanation.certainty {
        page.labeled(2, "Sure?", LABEL, certainty.phrase());
    }
    let mut label = "Sources";
    for source in &explanation.sources {
        let text = match source.location {
            Location::Url(url) => format!("{} <{url}>", source.title),
            Location::Section("") => source.title.to_owned(),
            Location::Section(section) => format!("{}, {section}", source.title),
        };
        page.labeled(2, label, LABEL, &text);
        label = "";
    }
}

fn list(page: &mut Page, label: &str, items: &[String]) {
    let mut label = label;
    for (index, item) in items.iter().enumerate() {
        page.labeled(2, label, LABEL, &format!("{}. {}", index + 1, plain(item)));
        label = "";
    }
}

/// A paragraph of Markdown: list items keep their lines, prose flows.
fn markdown(page: &mut Page, paragraph: &str) {
    let is_item = |line: &str| line.starts_with("* ") || line.starts_with("- ") || line.split_once(". ").is_some_and(|(n, _)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let mut item = String::new();
    for line in paragraph.lines().map(str::trim) {
        if is_item(line) && !item.is_empty() {
            page.hanging("    ", "       ", &plain(&item));
            item.clear();
        }
        if !item.is_empty() {
            item.push(' ');
        }
        item.push_str(line);
    }
    page.hanging("    ", "       ", &plain(&item));
}
