//! Names without a path: values, keys, error symbols.

use super::{
    answer::Explanation,
    render,
    text::{Topic, likeness, squeeze, wildcard},
    texts,
};
use crate::knowledge::{Role, errors, keys, messages, values};

/// Names at least this alike are taken as misspelt.
const MISSPELT: f64 = 0.82;

/// Names of keys that are everyday words: alone they say too little.
pub(super) const EVERYDAY: &[&str] = &[
    "computers",
    "license",
    "licensing",
    "parameters",
    "params",
    "select",
    "setup",
    "state",
    "store",
    "windows",
];

/// Explanations for a name.
pub(super) fn find(topic: &Topic, found: &mut Vec<Explanation>) {
    let (name, data) = split(topic.text());
    let lower = name.to_lowercase();
    if lower.is_empty() || lower.contains('\\') {
        return;
    }
    let blank = topic.untrimmed().starts_with(' ');
    let before = found.len();
    for row in values::all() {
        let Some(points) = value_points(row, &lower, blank) else { continue };
        let mut explanation = render::value(row).scored(points);
        if let Some(datum) = data.as_deref().and_then(|data| render::datum(row, data)) {
            explanation.notes.push(datum);
        }
        if row.name.starts_with(' ') && !blank {
            explanation.notes.push("This is the similar value with a leading space in its name.".to_owned());
        }
        found.push(explanation);
    }
    for row in keys::all().filter(|_| !EVERYDAY.contains(&lower.as_str())) {
        let last = row.name().to_lowercase();
        let literal = last != "*" && wildcard(&last, &lower);
        if literal || (!squeeze(&last).is_empty() && squeeze(&last) == squeeze(&lower)) {
            let points = if !literal || last.contains('*') { 880 } else { 950 };
            found.push(render::key(row).scored(points - role_penalty(row.role)));
        }
    }
    symbols(topic.text(), found);
    if found.len() == before {
        misspelt(&squeeze(name), found);
    }
}

/// Symbols anywhere in a text: in a log line they stand beside a number and a sentence.
fn symbols(text: &str, found: &mut Vec<Explanation>) {
    let is_symbol =
        |word: &&str| word.len() >= 6 && (word.contains('_') || word.chars().skip(1).any(char::is_uppercase));
    for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(is_symbol) {
        let row = errors::all().find(|row| row.symbol.eq_ignore_ascii_case(word)).map(render::error);
        let named = messages::SYMBOLS.iter().find(|(symbol, _)| symbol.eq_ignore_ascii_case(word));
        let known = row.or_else(|| named.and_then(|(_, id)| texts::by_id(id)));
        let other = || messages::by_symbol(word).map(render::other);
        found.extend(known.or_else(other).map(|explanation| explanation.scored(1000)));
    }
}

/// A name and, if the topic gives one, its data: `LicensingMode 4`, `"LicensingMode"=dword:00000004`.
fn split(text: &str) -> (&str, Option<String>) {
    if let Some((name, data)) = text.split_once('=') {
        return (name.trim().trim_matches('"').trim(), Some(data.trim().to_lowercase()));
    }
    if let Some((name, data)) = text.rsplit_once(' ')
        && super::numbers::number(data).is_some()
    {
        return (name.trim().trim_matches('"').trim(), Some(data.to_lowercase()));
    }
    (text.trim_matches('"').trim(), None)
}

fn value_points(row: &values::ValueRow, lower: &str, blank: bool) -> Option<u16> {
    let name = row.name.to_lowercase();
    let mut points = 980 - role_penalty(row.role);
    if !wildcard(name.trim_start(), lower) {
        // "licensing mode" for LicensingMode.
        if squeeze(&name) != squeeze(lower) {
            return None;
        }
        points -= 60;
    }
    if name.contains('*') {
        points -= 60;
    }
    // If the space is typed, the question is about the space.
    match (name.starts_with(' '), blank) {
        (true, true) => points = 1000,
        (true, false) => points -= 60,
        _ => {}
    }
    Some(points)
}

/// Of equal names the one in use comes first, and what does nothing last.
pub(super) fn role_penalty(role: Role) -> u16 {
    match role {
        Role::Real => 0,
        Role::Secret => 10,
        Role::Context => 20,
        Role::Legacy => 40,
        Role::Folklore => 60,
    }
}

fn misspelt(name: &str, found: &mut Vec<Explanation>) {
    if name.chars().count() < 6 || EVERYDAY.contains(&name) {
        return;
    }
    let points = |alike: f64| {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // 0 to 1.
        let share = (alike * 200.0) as u16;
        600 + share
    };
    for row in values::all().filter(|row| !row.name.contains('*')) {
        let alike = likeness(name, &squeeze(row.name));
        if alike >= MISSPELT {
            let note = format!("Taken as a misspelling of {}.", row.name.trim());
            found.push(render::value(row).scored(points(alike) - role_penalty(row.role)).noted(note));
        }
    }
    let telling = |row: &&keys::KeyRow| {
        !row.name().contains('*') && !EVERYDAY.contains(&row.name().to_lowercase().as_str())
    };
    for row in keys::all().filter(telling) {
        let alike = likeness(name, &squeeze(row.name()));
        if alike >= MISSPELT {
            let note = format!("Taken as a misspelling of {}.", row.name());
            found.push(render::key(row).scored(points(alike) - role_penalty(row.role)).noted(note));
        }
    }
}
