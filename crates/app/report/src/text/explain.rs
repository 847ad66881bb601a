//! `rdscal explain` as text.

use licensing::explain::{Answer, Explanation};

use super::doctor::prose;
use super::layout::{self, Page, paint};

/// Column of the labels, unless one of them is longer.
const LABEL: usize = 9;

/// The best explanation in full, the others with their titles.
#[must_use]
pub fn explain(answer: &Answer, width: usize) -> String {
    let mut page = Page::new(width);
    let Some((best, others)) = answer.matches.split_first() else {
        page.paragraph(0, &unknown(&answer.topic));
        if !answer.suggestions.is_empty() {
            page.gap();
            page.line("Did you mean");
            for suggestion in &answer.suggestions {
                page.hanging(
                    "  ",
                    "      ",
                    &format!("{}: {}", paint(&suggestion.topic, layout::strong()), suggestion.title),
                );
            }
        }
        return page.finish();
    };
    explanation(&mut page, best);
    // Explanations about as good as the best are also printed in full.
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

/// Longest part of a topic that is repeated.
const SHOWN: usize = 60;

/// What to say where nothing is known, and what to ask for instead.
fn unknown(topic: &str) -> String {
    let mut shown: String = topic.chars().take(SHOWN).collect();
    if shown.len() < topic.len() {
        shown.push('…');
    }
    let folded = topic.to_lowercase();
    if folded.starts_with("rdsl") || folded.starts_with("rule ") {
        return format!("No rule has the name “{shown}”. The command rdscal rules lists the rules.");
    }
    format!(
        "Nothing is known about “{shown}”. If the message shows a number (event ID, error code, reason), ask for it with the words beside \
         it: rdscal explain event 1069, rdscal explain disconnect reason 264."
    )
}

fn explanation(page: &mut Page, explanation: &Explanation) {
    let kind = paint(format!("({})", explanation.kind.phrase()), layout::dim());
    page.hanging("", "  ", &format!("{} {kind}", paint(&explanation.title, layout::strong())));
    for text in [&explanation.what, &explanation.meaning] {
        if !text.is_empty() {
            page.paragraph(2, &prose(text));
        }
    }
    let column = explanation.facts.iter().map(|fact| fact.label.len()).max().unwrap_or(0).max(LABEL);
    for note in &explanation.notes {
        page.labeled(2, "Note", column, note);
    }
    for fact in &explanation.facts {
        page.labeled(2, fact.label, column, &fact.value);
    }
    list(page, "Causes", column, &explanation.causes);
    list(page, "Fix", column, &explanation.fixes);
    for section in &explanation.sections {
        page.gap();
        page.line(&format!("  {}", paint(&section.heading, layout::strong())));
        for paragraph in section.text.split("\n\n") {
            markdown(page, paragraph);
        }
    }
    if !explanation.rules.is_empty() && explanation.sections.is_empty() {
        page.labeled(2, "Rules", column, &explanation.rules.join(", "));
    }
    if !explanation.events.is_empty() {
        let events: Vec<_> = explanation.events.iter().map(ToString::to_string).collect();
        page.labeled(2, "Events", column, &events.join(", "));
    }
    if let Some(certainty) = explanation.certainty {
        page.labeled(2, "Certainty", column, certainty.phrase());
    }
    let mut label = "Sources";
    for source in &explanation.sources {
        page.labeled(2, label, column, &source.to_string());
        label = "";
    }
}

fn list(page: &mut Page, label: &str, column: usize, items: &[String]) {
    let mut label = label;
    for (index, item) in items.iter().enumerate() {
        page.labeled(2, label, column, &format!("{}. {}", index + 1, prose(item)));
        label = "";
    }
}

/// A paragraph of Markdown: list items keep their lines, prose flows.
fn markdown(page: &mut Page, paragraph: &str) {
    let mut blocks: Vec<String> = Vec::new();
    for line in paragraph.lines().map(str::trim) {
        match blocks.last_mut() {
            Some(block) if !is_item(line) => {
                block.push(' ');
                block.push_str(line);
            }
            _ => blocks.push(line.to_owned()),
        }
    }
    for block in blocks {
        let rest = if is_item(&block) { "       " } else { "    " };
        page.hanging("    ", rest, &prose(&block));
    }
}

/// `* text`, `- text` or `1. text`.
fn is_item(line: &str) -> bool {
    let numbered = line.split_once(". ").is_some_and(|(number, _)| number.parse::<u8>().is_ok());
    line.starts_with("* ") || line.starts_with("- ") || numbered
}
