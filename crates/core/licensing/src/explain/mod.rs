//! Explains a topic that an administrator types or pastes: a rule, a registry key or value, an error code, an
//! event, the text of a message, a product, a rumor.
//!
//! [`explain`] is pure and deterministic. Each kind of evidence (names, paths, numbers, texts) scores the
//! entries of the tables, and `answer::weigh` joins the scores of an entry and ranks the entries. Entries
//! about something else than licensing (`other:`) compete with all others, so that a message about the
//! network is not answered with licensing advice. Where nothing fits [`explain`] says so and offers the
//! nearest topics.
//!
//! The rule catalog is not known here; the caller hands it in as [`RuleTopic`]s.

mod answer;
mod language;
mod names;
mod numbers;
mod path;
mod products;
mod render;
mod rules;
mod suggest;
mod text;
mod texts;

pub use answer::{Answer, Explanation, Fact, Section, Suggestion, TopicKind};
pub(crate) use path::matches as components_match;
pub use rules::RuleTopic;
pub(crate) use text::wildcard;

use crate::knowledge::{
    claims::{self, ClaimRow},
    messages::{OTHER, OtherRow},
};
use text::Topic;

/// Longest topic that is looked at, in characters; the rest is ignored.
pub const MAX_TOPIC_CHARS: usize = 4_000;

/// Most explanations that are given.
pub const MAX_MATCHES: usize = 8;

/// Most suggestions that are given.
pub const MAX_SUGGESTIONS: usize = 5;

/// Explains `topic`. `rules` are the rules of the catalog, in any order.
///
/// The answer holds what fits, best first. When nothing fits well, `matches` is empty and `suggestions` names
/// the nearest topics, if any are near.
pub fn explain(topic: &str, rules: &[RuleTopic<'_>]) -> Answer {
    let topic = Topic::new(topic);
    let mut named = Vec::new();
    rules::find(&topic, rules, &mut named);
    path::find(&topic, &mut named);
    names::find(&topic, &mut named);
    products::find(&topic, &mut named);
    named.extend(claims::all().filter_map(|row| claim(&topic, row)));
    let mut numbered = Vec::new();
    numbers::find(&topic, &mut numbered);
    let guesses = texts::rank(&topic, rules);
    let confident = guesses.iter().filter(|guess| guess.is_confident());
    let mut read: Vec<Explanation> = confident.map(|guess| guess.explanation(rules)).collect();
    read.extend(product(&topic));
    let mut matches = answer::weigh(named, numbered, read);
    if matches.is_empty() {
        matches.extend(subject(&topic));
    }
    let suggestions = if matches.is_empty() { suggest::nearest(&topic, &guesses, rules) } else { Vec::new() };
    Answer { topic: topic.text().to_owned(), matches, suggestions }
}

/// Another product whose licensing the topic is about: it names the product and speaks of a license, or of
/// activation. A complete message of Remote Desktop Services fits better than this.
fn product(topic: &Topic) -> Option<Explanation> {
    let words = topic.words();
    let licensing = topic.is_about_licensing() || words.iter().any(|word| word.starts_with("activat"));
    let named = |row: &&OtherRow| words.iter().any(|word| row.names.contains(&word.as_str()));
    // A question may compare another product with Remote Desktop.
    let is_mixed = topic.is_question() && words.iter().any(|word| texts::is_remote(word));
    let row = OTHER.iter().find(named).filter(|_| licensing && !is_mixed)?;
    Some(render::other(row).scored(820))
}

/// What a topic without a nearer answer is about, by a word of Remote Desktop licensing only. Most questions
/// of beginners contain one.
fn subject(topic: &Topic) -> Option<Explanation> {
    let has = |wanted: &str| topic.words().iter().any(|word| word == wanted);
    let id = match () {
        () if has("cal") => "cal",
        // Examinations and credit cards have grace periods, too.
        () if has("grace") && has("period") && topic.words().iter().all(|word| texts::is_known(word)) => {
            "grace-period"
        }
        () => return named_in(topic),
    };
    claims::by_id(id).map(|row| render::claim(row).scored(SUBJECT))
}

/// A key or value of licensing whose name the topic contains: "should I delete `MSLicensing`?"
fn named_in(topic: &Topic) -> Option<Explanation> {
    let is_name = |word: &&String| word.len() >= 11 && word.contains("licens");
    let mut found = Vec::new();
    for word in topic.words().iter().filter(is_name).take(MAX_MATCHES) {
        names::find(&Topic::new(word), &mut found);
    }
    found.into_iter().next().map(|found| found.scored(SUBJECT))
}

/// The score of an answer that the subject alone suggests.
const SUBJECT: u16 = 500;

/// A claim that the topic names: it is an alias, or contains one that is a name of its own (CVE-2024-38077).
fn claim(topic: &Topic, row: &ClaimRow) -> Option<Explanation> {
    let points = |alias: &&str| {
        let words = text::words(alias);
        match words.as_slice() {
            words if !words.is_empty() && words == topic.words() => Some(700),
            [name] if name.len() >= 8 && topic.words().contains(name) => Some(690),
            _ => alias.eq_ignore_ascii_case(topic.text()).then_some(700),
        }
    };
    row.aliases.iter().filter_map(points).max().map(|points| render::claim(row).scored(points))
}
