use serde::Serialize;

use super::MAX_MATCHES;
use crate::knowledge::{Certainty, Source, messages::OTHER};

/// What kind of thing an explanation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TopicKind {
    /// A rule of the catalog.
    Rule,
    /// A registry value.
    Value,
    /// A registry key.
    Key,
    /// An error code, or a text that a screen shows.
    Error,
    /// An event-log entry.
    Event,
    /// A CAL or its product id.
    Cal,
    /// A Windows release.
    Product,
    /// A statement that circulates.
    Folklore,
    /// A question or a task.
    Question,
    /// A message that is not about licensing.
    Other,
}

impl TopicKind {
    /// For people.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Value => "registry value",
            Self::Key => "registry key",
            Self::Error => "error",
            Self::Event => "event",
            Self::Cal => "CAL",
            Self::Product => "product",
            Self::Folklore => "rumor",
            Self::Question => "question",
            Self::Other => "not licensing",
        }
    }
}

/// A labeled fact, such as a path or a list of types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is: "path", "types", "belongs to".
    pub label: &'static str,
    /// The fact.
    pub value: String,
}

/// A longer text with a heading, as rules have them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// The heading.
    pub heading: String,
    /// The text.
    pub text: String,
}

/// One explanation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Stable id: the kind, a colon, and the row's own id: `value:licensing-mode`,
    /// `event:license_server:4105`.
    pub id: String,
    /// What kind of thing it is.
    pub kind: TopicKind,
    /// A title, one line.
    pub title: String,
    /// How well it fits the topic, 0 to 1000.
    pub score: u16,
    /// What it is.
    pub what: String,
    /// What it means or does.
    pub meaning: String,
    /// Remarks about this very topic, such as "50280 is 1128 with the severity bits left in".
    pub notes: Vec<String>,
    /// Causes, likeliest first.
    pub causes: Vec<String>,
    /// What to do, least harm first.
    pub fixes: Vec<String>,
    /// Facts with labels.
    pub facts: Vec<Fact>,
    /// Longer texts.
    pub sections: Vec<Section>,
    /// How sure we are of it.
    pub certainty: Option<Certainty>,
    /// Where it is from.
    pub sources: Vec<Source>,
    /// Ids of rules that are about it.
    pub rules: Vec<String>,
    /// Event ids that come with it.
    pub events: Vec<u16>,
}

impl Explanation {
    pub(crate) fn new(id: String, kind: TopicKind, title: String) -> Self {
        Self {
            id,
            kind,
            title,
            score: 0,
            what: String::new(),
            meaning: String::new(),
            notes: Vec::new(),
            causes: Vec::new(),
            fixes: Vec::new(),
            facts: Vec::new(),
            sections: Vec::new(),
            certainty: None,
            sources: Vec::new(),
            rules: Vec::new(),
            events: Vec::new(),
        }
    }

    pub(super) fn scored(mut self, score: u16) -> Self {
        self.score = score.min(1000);
        self
    }

    pub(super) fn noted(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    pub(super) fn fact(&mut self, label: &'static str, value: impl Into<String>) {
        self.facts.push(Fact { label, value: value.into() });
    }
}

/// A topic that may have been meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// What to ask for.
    pub topic: String,
    /// What it is about.
    pub title: String,
}

/// What [`explain`](super::explain) answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// The topic as understood: without quotes and surrounding spaces.
    pub topic: String,
    /// What fits, best first. Empty when nothing fits well.
    pub matches: Vec<Explanation>,
    /// When nothing fits: the nearest topics, nearest first.
    pub suggestions: Vec<Suggestion>,
}

/// A text fits as well as this: then numbers beside it are details, not the topic.
const TELLING: u16 = 620;

/// A text fits so well that a number beside it cannot mean something else.
const SURE: u16 = 780;

/// Is it about the licensing of another product?
fn is_product(found: &Explanation) -> bool {
    OTHER.iter().any(|row| row.product.is_some() && found.id.strip_prefix("other:") == Some(row.id))
}

/// Joins the evidence for each entry and ranks the entries: best first; then by kind and id, so that the
/// order never depends on chance.
///
/// `named` are entries found by a name or path, `numbered` by a number, `read` by their text. A number and a
/// text that agree strengthen each other. Where they disagree, the text decides, unless the number is certain
/// (1000: the topic says which kind of number it is).
pub(super) fn weigh(
    named: Vec<Explanation>,
    mut numbered: Vec<Explanation>,
    mut read: Vec<Explanation>,
) -> Vec<Explanation> {
    let best_text = read.iter().map(|found| found.score).max().unwrap_or(0);
    let is_other = |found: &Explanation| found.kind == TopicKind::Other;
    let about_other = read.iter().any(|found| is_other(found) && found.score == best_text);
    for found in &mut numbered {
        if let Some(text) = read.iter_mut().find(|text| text.id == found.id) {
            found.score = 1000
                - u16::try_from(u32::from(1000 - found.score) * u32::from(1000 - text.score) / 1000)
                    .unwrap_or(0);
            text.score = found.score;
        } else if best_text >= SURE && found.score < 1000 {
            found.score /= 2;
        } else if best_text >= TELLING && found.score < 1000 {
            found.score = found.score / 5 * 4;
        }
    }
    // Advice about licensing for a message about something else is worse than no advice.
    if about_other {
        let product = read.iter().any(|found| found.score == best_text && is_product(found));
        let least = if product { 1000 } else { best_text };
        numbered.retain(|found| is_other(found) || found.score >= least);
        read.retain(|found| is_other(found) || found.score >= best_text);
    }
    let mut merged: Vec<Explanation> = Vec::new();
    for mut next in named.into_iter().chain(numbered).chain(read) {
        match merged.iter_mut().find(|kept| kept.id == next.id) {
            None => merged.push(next),
            Some(kept) => {
                if next.score > kept.score {
                    std::mem::swap(kept, &mut next);
                }
                for note in next.notes {
                    if !kept.notes.contains(&note) {
                        kept.notes.push(note);
                    }
                }
            }
        }
    }
    merged.sort_by(|a, b| b.score.cmp(&a.score).then(a.kind.cmp(&b.kind)).then(a.id.cmp(&b.id)));
    merged.truncate(MAX_MATCHES);
    merged
}
