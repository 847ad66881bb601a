//! What may have been meant when nothing fits.

use super::{
    MAX_SUGGESTIONS,
    answer::{Suggestion, TopicKind},
    rules::RuleTopic,
    text::{Topic, likeness, squeeze},
    texts::Guess,
};
use crate::knowledge::{claims, errors, keys, values};

/// Names less alike than this are not worth showing.
const NEAR: f64 = 0.6;

/// Guesses less alike than this are not worth showing.
const LIKELY: f64 = 0.3;

/// The nearest topics, nearest first.
pub(super) fn nearest(topic: &Topic, guesses: &[Guess], rules: &[RuleTopic<'_>]) -> Vec<Suggestion> {
    let asked = squeeze(topic.text());
    let mut near: Vec<(f64, Suggestion)> = Vec::new();
    if asked.chars().count() >= 3 {
        for (name, title) in names(rules) {
            let alike = likeness(&asked, &squeeze(&name));
            if alike >= NEAR {
                near.push((alike, Suggestion { topic: name, title }));
            }
        }
    }
    for guess in guesses.iter().filter(|guess| guess.likeness() >= LIKELY) {
        let explanation = guess.explanation(rules);
        // What is not about licensing is an answer, not a suggestion.
        if explanation.kind == TopicKind::Other {
            continue;
        }
        near.push((
            guess.likeness(),
            Suggestion { topic: ask_for(&explanation.id), title: explanation.title },
        ));
    }
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.topic.cmp(&b.1.topic)));
    let mut suggestions: Vec<Suggestion> = Vec::new();
    for (_, suggestion) in near {
        if !suggestions.iter().any(|kept| kept.topic == suggestion.topic) {
            suggestions.push(suggestion);
        }
        if suggestions.len() == MAX_SUGGESTIONS {
            break;
        }
    }
    suggestions
}

fn names(rules: &[RuleTopic<'_>]) -> Vec<(String, String)> {
    let values = values::all()
        .filter(|row| !row.name.contains('*'))
        .map(|row| (row.name.trim().to_owned(), row.what.to_owned()));
    let keys = keys::all()
        .filter(|row| !row.name().contains('*'))
        .map(|row| (row.name().to_owned(), row.what.to_owned()));
    let symbols = errors::all()
        .filter(|row| !row.symbol.is_empty())
        .map(|row| (row.symbol.to_owned(), row.title.to_owned()));
    let rules = rules.iter().flat_map(|rule| {
        std::iter::once(rule.id)
            .chain(rule.aliases.iter().copied())
            .map(|name| (name.to_owned(), rule.title.to_owned()))
    });
    values.chain(keys).chain(symbols).chain(rules).collect()
}

/// What to type to get an explanation: the words of a claim, the number of a code, the id of a rule.
fn ask_for(id: &str) -> String {
    let (kind, rest) = id.split_once(':').unwrap_or(("", id));
    match kind {
        "claim" => claims::by_id(rest)
            .and_then(|row| row.aliases.first())
            .map_or_else(|| rest.to_owned(), |alias| (*alias).to_owned()),
        "event" => format!("event {}", rest.rsplit(':').next().unwrap_or(rest)),
        "error" => match errors::by_id(rest) {
            Some(row) => match (row.code, row.texts.first()) {
                (Some(code), _) => format!("{} {code}", row.space.phrase()),
                (None, Some(text)) => (*text).to_owned(),
                (None, None) => row.title.to_owned(),
            },
            None => rest.to_owned(),
        },
        _ => rest.to_owned(),
    }
}
