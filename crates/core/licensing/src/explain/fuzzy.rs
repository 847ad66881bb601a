//! Recognizes a text that was pasted or remembered: partly, misspelt, in old or new wording.
//!
//! Words are compared, not sentences: each word of the topic meets the most similar word of each known
//! phrase, and rare words weigh more than common ones. A phrase is taken for meant when it covers the topic,
//! or when a long topic covers the phrase.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use super::{
    answer::Explanation,
    render,
    rules::{self, RuleTopic},
    text::{self, Topic, likeness},
};
use crate::knowledge::{
    claims::{self, ClaimRow},
    errors::{self, ErrorRow},
    events::{self, EventRow},
};

/// From this likeness on a guess is an answer.
const CONFIDENT: f64 = 0.56;

/// A guess this far below the best one is dropped.
const SPREAD: f64 = 0.18;

/// Weight of matched words from which a match counts in full; less is too little to go by.
const ENOUGH: f64 = 7.0;

/// Nearly every text about Remote Desktop licensing contains one of these.
const OURS: &[&str] = &[
    "cal",
    "desktop",
    "grace",
    "license",
    "licensing",
    "mslicensing",
    "mstsc",
    "rd",
    "rdp",
    "rdsh",
    "remote",
    "session",
    "terminal",
    "termservice",
];

/// A topic without such a word must be covered this far, or is marked down.
const COVERED: f64 = 0.9;

/// Most words of a topic that are compared.
const MAX_WORDS: usize = 120;

#[derive(Clone, Copy)]
enum Target {
    Error(&'static ErrorRow),
    Event(&'static EventRow),
    Claim(&'static ClaimRow),
    /// Place in the caller's list of rules.
    Rule(usize),
}

struct Phrase {
    target: Target,
    words: BTreeSet<String>,
    /// Trust in the phrase: 1 for a text of a screen, less for our own titles.
    trust: f64,
}

/// A phrase that may have been meant.
pub(super) struct Guess {
    target: Target,
    likeness: f64,
    confident: bool,
}

impl Guess {
    pub(super) fn is_confident(&self) -> bool {
        self.confident
    }

    pub(super) fn likeness(&self) -> f64 {
        self.likeness
    }

    pub(super) fn explanation(&self, rules: &[RuleTopic<'_>]) -> Explanation {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to 1.
        let points = (self.likeness.clamp(0.0, 1.0) * 940.0) as u16;
        let explanation = match self.target {
            Target::Error(row) => render::error(row),
            Target::Event(row) => render::event(row),
            Target::Claim(row) => render::claim(row),
            Target::Rule(at) => match rules.get(at) {
                Some(rule) => rules::explanation(rule),
                None => return Explanation::new(String::new(), super::TopicKind::Rule, String::new()),
            },
        };
        explanation.scored(points)
    }
}

static PHRASES: LazyLock<Vec<Phrase>> = LazyLock::new(|| {
    let mut phrases = Vec::new();
    let mut add = |target, text: &str, trust| {
        phrases.push(Phrase { target, words: text::words(text).into_iter().collect(), trust });
    };
    for row in errors::all() {
        for text in row.texts {
            add(Target::Error(row), text, 1.0);
        }
        if row.licensing {
            add(Target::Error(row), row.title, 0.9);
        }
    }
    for row in events::all() {
        add(Target::Event(row), row.title, 0.85);
    }
    for row in claims::CLAIMS {
        for alias in row.aliases {
            add(Target::Claim(row), alias, 1.0);
        }
        add(Target::Claim(row), row.title, 0.9);
    }
    phrases
});

/// Every known phrase with a likeness to the topic, best first.
pub(super) fn rank(topic: &Topic, rules: &[RuleTopic<'_>]) -> Vec<Guess> {
    let asked: BTreeSet<&str> = topic.words().iter().take(MAX_WORDS).map(String::as_str).collect();
    // A path is not a sentence.
    if asked.is_empty() || topic.text().contains('\\') {
        return Vec::new();
    }
    let of_rules: Vec<Phrase> = rules
        .iter()
        .enumerate()
        .flat_map(|(at, rule)| {
            std::iter::once((rule.title, 0.9)).chain(rule.aliases.iter().map(|alias| (*alias, 0.9))).map(
                move |(text, trust)| Phrase {
                    target: Target::Rule(at),
                    words: text::words(text).into_iter().collect(),
                    trust,
                },
            )
        })
        .collect();
    let phrases = || PHRASES.iter().chain(&of_rules);
    let mut frequency: BTreeMap<&str, usize> = BTreeMap::new();
    for word in phrases().flat_map(|phrase| &phrase.words) {
        *frequency.entry(word).or_default() += 1;
    }
    let total = phrases().count();
    let similar: Vec<(f64, BTreeMap<&str, f64>)> = asked
        .iter()
        .map(|word| {
            let near: BTreeMap<&str, f64> = frequency
                .keys()
                .filter_map(|known| alike(word, known).map(|alike| (*known, alike)))
                .collect();
            let commonest = near.keys().filter_map(|known| frequency.get(known)).copied().max().unwrap_or(0);
            (weight(total, commonest), near)
        })
        .collect();
    let ours = similar.iter().any(|(_, near)| OURS.iter().any(|word| near.contains_key(word)));
    let weight_of = |word: &str| weight(total, frequency.get(word).copied().unwrap_or(0));

    let mut guesses: Vec<Guess> = phrases()
        .filter(|phrase| !phrase.words.is_empty())
        .map(|phrase| Guess {
            target: phrase.target,
            likeness: compare(phrase, &similar, ours, weight_of),
            confident: false,
        })
        .filter(|guess| guess.likeness > 0.2)
        .collect();
    guesses.sort_by(|a, b| b.likeness.total_cmp(&a.likeness));
    let mut seen = BTreeSet::new();
    guesses.retain(|guess| seen.insert(key(guess.target)));
    let best = guesses.first().map_or(0.0, |guess| guess.likeness);
    for guess in &mut guesses {
        guess.confident = guess.likeness >= CONFIDENT && guess.likeness >= best - SPREAD;
    }
    guesses
}

/// Rare words weigh more. A word that no phrase has weighs as much as one that a single phrase has: it counts
/// against a match.
fn weight(total: usize, phrases_with_it: usize) -> f64 {
    #[allow(clippy::cast_precision_loss)] // A few hundred.
    let share = total as f64 / phrases_with_it.max(1) as f64;
    (1.0 + share).ln()
}

/// How alike two words are, if they may be the same word misspelt.
fn alike(a: &str, b: &str) -> Option<f64> {
    if a == b {
        return Some(1.0);
    }
    let (long, short) = (a.chars().count().max(b.chars().count()), a.chars().count().min(b.chars().count()));
    let edits = match long {
        0..5 => return None,
        5..8 => 1,
        8..12 => 2,
        _ => 3,
    };
    if long - short > edits
        || a.bytes().any(|byte| byte.is_ascii_digit())
        || b.bytes().any(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    #[allow(clippy::cast_precision_loss)] // At most three.
    let least = 1.0 - edits as f64 / long as f64 - 1e-9;
    let alike = likeness(a, b);
    (alike >= least).then_some(alike * 0.95)
}

fn compare(
    phrase: &Phrase,
    asked: &[(f64, BTreeMap<&str, f64>)],
    ours: bool,
    weight_of: impl Fn(&str) -> f64,
) -> f64 {
    let mut asked_total = 0.0;
    let mut asked_met = 0.0;
    let mut met: BTreeMap<&str, f64> = BTreeMap::new();
    for (weight, near) in asked {
        asked_total += weight;
        let best = near
            .iter()
            .filter(|(known, _)| phrase.words.contains(**known))
            .map(|(known, alike)| (*known, *alike))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((known, alike)) = best {
            asked_met += weight * alike;
            let entry = met.entry(known).or_insert(0.0);
            *entry = entry.max(alike);
        }
    }
    let phrase_total: f64 = phrase.words.iter().map(|word| weight_of(word)).sum();
    let phrase_met: f64 = met.iter().map(|(word, alike)| weight_of(word) * alike).sum();
    if asked_total <= 0.0 || phrase_total <= 0.0 {
        return 0.0;
    }
    let of_asked = asked_met / asked_total;
    let of_phrase = phrase_met / phrase_total;
    let mut likeness = 0.72 * of_asked + 0.28 * of_phrase;
    // A long paste that holds a whole sentence of ours and much else.
    if phrase.words.len() >= 5 {
        likeness = likeness.max(0.8 * of_phrase + 0.2 * of_asked);
    }
    if !ours && of_asked < COVERED {
        likeness *= 0.7;
    }
    likeness * (phrase_met / ENOUGH).min(1.0) * phrase.trust
}

fn key(target: Target) -> (u8, usize) {
    match target {
        Target::Error(row) => (0, std::ptr::from_ref(row).addr()),
        Target::Event(row) => (1, std::ptr::from_ref(row).addr()),
        Target::Claim(row) => (2, std::ptr::from_ref(row).addr()),
        Target::Rule(at) => (3, at),
    }
}
