//! Recognizes a text that was pasted or remembered: partly, misspelt, in old or new wording, in any of the
//! languages of [`language`](super::language).
//!
//! Words are compared, not sentences: each word of the topic meets the most similar word of each known
//! phrase, and rare words weigh more than common ones. A phrase is taken for meant when it covers the topic,
//! or when a long topic covers the phrase. Messages that are not about licensing compete in the same way:
//! an answer about licensing needs a word about licensing on both sides.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
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
    messages::{self, OtherRow},
    values::{self, ValueRow},
};

/// From this likeness on a guess is an answer.
const CONFIDENT: f64 = 0.56;

/// A guess this far below the best one is dropped.
const SPREAD: f64 = 0.18;

/// Weight of matched words from which a match counts in full, in words that occur once; less is too little
/// to go by.
const ENOUGH: f64 = 1.2;

/// What remains of a match between a text without a word about licensing and a phrase with one, or the
/// reverse.
const OTHER_DOMAIN: f64 = 0.5;

/// What remains of a match of a kind that is less probable for the topic: a message for a question, a rule
/// for a text without a word about licensing.
const ELSEWHERE: f64 = 0.82;

/// The likeness of a text that is contained word for word, and of one with few words.
const LITERAL: f64 = 0.96;
const LITERAL_SHORT: f64 = 0.85;

/// From this likeness on a message about something else is recognized, where the topic is about Remote
/// Desktop and not about licensing.
const OTHER_CONFIDENT: f64 = 0.46;

/// From this likeness on, where the topic is about neither.
const ELSEWHERE_CONFIDENT: f64 = 0.62;

/// Words by which a topic is about Remote Desktop.
const REMOTE: &[&str] = &[
    "remote",
    "terminal",
    "desktop",
    "mstsc",
    "session",
    "rdesktop",
    "freerdp",
    "remmina",
    "mremoteng",
    "nla",
];

/// Is it a word of any phrase, or a number?
pub(super) fn is_known(word: &str) -> bool {
    let is_number = word.chars().all(|c| c.is_ascii_digit());
    is_number || PHRASES.iter().any(|phrase| phrase.words.contains(word))
}

/// Is it a word by which a topic is about Remote Desktop?
pub(super) fn is_remote(word: &str) -> bool {
    REMOTE.contains(&word)
}

/// Weight of a word that no phrase has, against one that a single phrase has: it counts against a match.
const UNKNOWN: f64 = 0.6;

/// Likeness of the old and the new name of Remote Desktop Services.
const RENAMED: f64 = 0.8;

/// Words with this number of equal letters at the beginning may be forms of one word.
const STEM: usize = 5;

/// Most words of a topic that are compared.
const MAX_WORDS: usize = 120;

#[derive(Clone, Copy)]
enum Target {
    Error(&'static ErrorRow),
    Event(&'static EventRow),
    Claim(&'static ClaimRow),
    Value(&'static ValueRow),
    Other(&'static OtherRow),
    /// Place in the caller's list of rules.
    Rule(usize),
}

struct Phrase {
    target: Target,
    words: BTreeSet<String>,
    /// The same in order.
    order: String,
    /// Trust in the phrase: 1 for a text of a screen, less for our own titles.
    trust: f64,
    /// It has a word about licensing.
    licensing: bool,
}

impl Phrase {
    fn new(target: Target, text: &str, trust: f64) -> Self {
        let words = text::words(text);
        let order = words.join(" ");
        let words: BTreeSet<String> = words.into_iter().collect();
        // Titles of events name what happened to the licensing service without the word.
        let licensing = words.iter().any(|word| text::is_licensing(word))
            || (trust < 1.0 && matches!(target, Target::Event(_)));
        Self { target, words, order, trust, licensing }
    }

    /// What remains of a match, given what the topic is about.
    fn domain(&self, topic: &Topic) -> f64 {
        let licensing = topic.is_about_licensing();
        let question = topic.is_question();
        match self.target {
            Target::Other(row) if row.product.is_some() => 1.0,
            Target::Claim(_) if question => 1.0,
            Target::Rule(_) | Target::Claim(_) if !licensing => ELSEWHERE,
            Target::Claim(_) => 1.0,
            _ if self.licensing != licensing => OTHER_DOMAIN,
            _ if question => ELSEWHERE,
            // In doubt the message is about something else.
            Target::Error(_) | Target::Event(_) | Target::Value(_) if !licensing => 0.98,
            _ => 1.0,
        }
    }

    /// The likeness if the text of one is a part of the other, word for word: the more words, the more it
    /// says.
    fn literal(&self, topic: &str) -> f64 {
        let part = |whole: &str, part: &str| format!(" {whole} ").contains(&format!(" {part} "));
        if !part(topic, &self.order) && !part(&self.order, topic) {
            return 0.0;
        }
        match topic.split(' ').count().min(self.order.split(' ').count()) {
            0..3 => 0.0,
            _ if topic == self.order => 1.0,
            3 => 0.0,
            4 | 5 => LITERAL_SHORT,
            _ => LITERAL,
        }
    }
}

/// A word of the topic.
struct Asked<'k> {
    weight: f64,
    /// Known words that it may be, each with its likeness.
    near: BTreeMap<&'k str, f64>,
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
            Target::Value(row) => render::value(row),
            Target::Other(row) => render::other(row),
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
    let mut add = |target, text: &str, trust| phrases.push(Phrase::new(target, text, trust));
    for row in errors::all() {
        for text in row.texts {
            add(Target::Error(row), text, 1.0);
        }
        add(Target::Error(row), row.title, 0.9);
    }
    for row in events::all() {
        add(Target::Event(row), row.title, 0.85);
    }
    for row in claims::all() {
        for alias in row.aliases {
            add(Target::Claim(row), alias, 1.0);
        }
        add(Target::Claim(row), row.title, 0.9);
    }
    for row in messages::OTHER {
        for text in row.texts {
            add(Target::Other(row), text, 1.0);
        }
        add(Target::Other(row), row.title, 0.8);
    }
    for row in messages::RECOGNIZED.iter().copied().flatten() {
        if let Some(target) = target(row.answer) {
            for text in row.texts {
                add(target, text, 1.0);
            }
        }
    }
    phrases
});

/// The row with an explanation's id.
fn target(id: &str) -> Option<Target> {
    let (kind, name) = id.split_once(':')?;
    match kind {
        "error" => errors::by_id(name).map(Target::Error),
        "claim" => claims::by_id(name).map(Target::Claim),
        "value" => values::all().find(|row| row.id == name).map(Target::Value),
        "other" => messages::OTHER.iter().find(|row| row.id == name).map(Target::Other),
        "event" => events::all().find(|row| render::event(row).id == id).map(Target::Event),
        _ => None,
    }
}

/// The explanation with an id.
pub(super) fn by_id(id: &str) -> Option<Explanation> {
    let guess = Guess { target: target(id)?, likeness: 0.0, confident: false };
    Some(guess.explanation(&[]))
}

/// Every known phrase with a likeness to the topic, best first.
pub(super) fn rank(topic: &Topic, rules: &[RuleTopic<'_>]) -> Vec<Guess> {
    let asked: BTreeSet<&str> = topic.words().iter().take(MAX_WORDS).map(String::as_str).collect();
    if asked.is_empty() || topic.is_path() {
        return Vec::new();
    }
    let of_rules: Vec<Phrase> = rules
        .iter()
        .enumerate()
        .flat_map(|(at, rule)| {
            std::iter::once(&rule.title)
                .chain(rule.aliases)
                .map(move |text| Phrase::new(Target::Rule(at), text, 0.82))
        })
        .collect();
    let phrases = || PHRASES.iter().chain(&of_rules);
    let mut frequency: BTreeMap<&str, usize> = BTreeMap::new();
    for word in phrases().flat_map(|phrase| &phrase.words) {
        *frequency.entry(word).or_default() += 1;
    }
    let total = phrases().count();
    let order: Vec<&str> =
        topic.words().iter().map(String::as_str).filter(|word| !topic.is_quoted(word)).collect();
    let order = order.join(" ");
    let similar: Vec<Asked<'_>> = asked
        .iter()
        .map(|word| {
            let near: BTreeMap<&str, f64> = match frequency.get_key_value(word) {
                // A known word is not a misspelling, but may be meant in another form.
                Some(_) => {
                    let stem: String = word.chars().take(STEM).collect();
                    frequency
                        .range::<str, _>((Bound::Included(stem.as_str()), Bound::Unbounded))
                        .take_while(|(known, _)| known.starts_with(stem.as_str()))
                        .filter_map(|(known, _)| alike(word, known).map(|alike| (*known, alike)))
                        .collect()
                }
                None => frequency
                    .keys()
                    .filter_map(|known| alike(word, known).map(|alike| (*known, alike)))
                    .collect(),
            };
            let mut near = near;
            for (old, new) in [("terminal", "remote"), ("remote", "terminal")] {
                if *word == old {
                    near.insert(new, RENAMED);
                }
            }
            let own = frequency.get(word).copied();
            let commonest =
                own.or_else(|| near.keys().filter_map(|known| frequency.get(known)).copied().max());
            let weight = match commonest {
                Some(commonest) => weight(total, commonest),
                // Names and numbers differ in every message.
                None if topic.is_quoted(word) || word.bytes().any(|byte| byte.is_ascii_digit()) => 0.0,
                None if topic.is_question() => weight(total, 1) * UNKNOWN / 2.0,
                None => weight(total, 1) * UNKNOWN,
            };
            Asked { weight, near }
        })
        .collect();
    let weight_of = |word: &str| weight(total, frequency.get(word).copied().unwrap_or(0));
    let enough = ENOUGH * weight(total, 1);

    let mut guesses: Vec<Guess> = phrases()
        .filter(|phrase| !phrase.words.is_empty())
        .map(|phrase| {
            let mut likeness = compare(phrase, &similar, enough, topic.is_foreign(), weight_of);
            likeness = likeness.max(phrase.literal(&order) * phrase.trust);
            Guess { target: phrase.target, likeness: likeness * phrase.domain(topic), confident: false }
        })
        .filter(|guess| guess.likeness > 0.2)
        .collect();
    guesses.sort_by(|a, b| b.likeness.total_cmp(&a.likeness));
    let mut seen = BTreeSet::new();
    guesses.retain(|guess| seen.insert(key(guess.target)));
    let best = guesses.first().map_or(0.0, |guess| guess.likeness);
    let licensing = topic.is_about_licensing();
    let remote = topic.is_foreign() || topic.words().iter().any(|word| is_remote(word));
    // One word of a text in another language that is understood does not show what the text is about.
    let is_vague = topic.is_foreign() && topic.words().len() < 2 && !licensing;
    for guess in &mut guesses {
        let enough = match guess.target {
            Target::Other(_) if remote && !licensing => OTHER_CONFIDENT,
            // Of what the topic is about nothing says that it is this subject at all.
            Target::Other(row) if !remote && !licensing && row.product.is_none() => ELSEWHERE_CONFIDENT,
            _ => CONFIDENT,
        };
        let is_message_of_ours = matches!(guess.target, Target::Error(_) | Target::Event(_));
        guess.confident =
            guess.likeness >= enough && guess.likeness >= best - SPREAD && !(is_vague && is_message_of_ours);
    }
    guesses
}

/// Rare words weigh more.
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
    if a.bytes().chain(b.bytes()).any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Forms of one word: renew, renewed, renewal.
    let common = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let ending = if common == short { 3 } else { 4 };
    if common >= STEM && long - common <= ending && short - common <= 2 {
        return Some(if common == short { 0.9 } else { 0.75 });
    }
    let edits = match long {
        0..5 => return None,
        5..8 => 1,
        8..12 => 2,
        _ => 3,
    };
    if long - short > edits {
        return None;
    }
    #[allow(clippy::cast_precision_loss)] // At most three.
    let least = 1.0 - edits as f64 / long as f64 - 1e-9;
    let alike = likeness(a, b);
    (alike >= least).then_some(alike * 0.95)
}

fn compare(
    phrase: &Phrase,
    asked: &[Asked<'_>],
    enough: f64,
    foreign: bool,
    weight_of: impl Fn(&str) -> f64,
) -> f64 {
    let mut asked_total = 0.0;
    let mut asked_met = 0.0;
    let mut met: BTreeMap<&str, f64> = BTreeMap::new();
    for Asked { weight, near } in asked {
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
    // Fewer words of a translated text are known.
    let enough = if foreign { enough * 0.75 } else { enough };
    likeness * (phrase_met / enough).min(1.0) * phrase.trust
}

fn key(target: Target) -> (u8, usize) {
    match target {
        Target::Error(row) => (0, std::ptr::from_ref(row).addr()),
        Target::Event(row) => (1, std::ptr::from_ref(row).addr()),
        Target::Claim(row) => (2, std::ptr::from_ref(row).addr()),
        Target::Value(row) => (3, std::ptr::from_ref(row).addr()),
        Target::Other(row) => (4, std::ptr::from_ref(row).addr()),
        Target::Rule(at) => (5, at),
    }
}
