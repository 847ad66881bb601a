//! Explains a topic that an administrator types or pastes: a rule, a registry key or value, an error code, an
//! event, the text of a message, a product, a rumor.
//!
//! [`explain`] is pure and deterministic. It asks each recognizer in turn (`path`, `names`, `numbers`,
//! `products`, `fuzzy`, the rules), merges what they find and ranks it. Where nothing fits it says so and
//! offers the nearest topics.
//!
//! The rule catalog is not known here; the caller hands it in as [`RuleTopic`]s.

mod answer;
mod fuzzy;
mod names;
mod numbers;
mod path;
mod products;
mod render;
mod rules;
mod suggest;
mod text;

pub use answer::{Answer, Explanation, Fact, Section, Suggestion, TopicKind};
pub(crate) use path::matches as components_match;
pub use rules::RuleTopic;
pub(crate) use text::wildcard;

use crate::knowledge::claims::{CLAIMS, ClaimRow};
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
    let mut found = Vec::new();
    rules::find(&topic, rules, &mut found);
    path::find(&topic, &mut found);
    names::find(&topic, &mut found);
    numbers::find(&topic, &mut found);
    products::find(&topic, &mut found);
    let is_alias = |row: &&ClaimRow| row.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(topic.text()));
    found.extend(CLAIMS.iter().filter(is_alias).map(|row| render::claim(row).scored(700)));
    let guesses = fuzzy::rank(&topic, rules);
    for guess in guesses.iter().filter(|guess| guess.is_confident()) {
        found.push(guess.explanation(rules));
    }
    let matches = answer::merge(found);
    let suggestions = if matches.is_empty() { suggest::nearest(&topic, &guesses, rules) } else { Vec::new() };
    Answer { topic: topic.text().to_owned(), matches, suggestions }
}
