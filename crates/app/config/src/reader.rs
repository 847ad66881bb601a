//! Typed access to the values of a TOML document, with the position of every fault.

use std::ops::RangeInclusive;

use licensing::{Rule, rules};
use toml::de::{DeTable, DeValue};

use crate::Fault;

/// A key with its value.
pub(crate) struct Field<'t, 'i> {
    /// The name of the key.
    pub(crate) name: &'t str,
    /// Byte offset of the key.
    pub(crate) at: usize,
    /// The value.
    pub(crate) value: &'t DeValue<'i>,
    /// Byte offset of the value.
    pub(crate) value_at: usize,
}

impl<'t, 'i> Field<'t, 'i> {
    /// Every field of a table.
    pub(crate) fn all(table: &'t DeTable<'i>) -> impl Iterator<Item = Self> {
        table.iter().map(|(key, value)| Self {
            name: key.get_ref(),
            at: key.span().start,
            value: value.get_ref(),
            value_at: value.span().start,
        })
    }

    /// The field with this name.
    pub(crate) fn of(table: &'t DeTable<'i>, name: &str) -> Option<Self> {
        Self::all(table).find(|field| field.name == name)
    }
}

/// Reads values, and collects faults.
pub(crate) struct Reader<'a> {
    text: &'a str,
    faults: Vec<(usize, String)>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, faults: Vec::new() }
    }

    /// Records a fault at this byte offset.
    pub(crate) fn fault(&mut self, at: usize, message: String) {
        self.faults.push((at, message));
    }

    /// The faults in the order of their places.
    pub(crate) fn faults(mut self) -> Vec<Fault> {
        self.faults.sort_by_key(|(at, _)| *at);
        let text = self.text;
        let place = |(at, message): (usize, String)| {
            let before = text.get(..at).unwrap_or(text);
            let line = before.rsplit('\n').next().unwrap_or(before);
            Fault { line: before.matches('\n').count() + 1, column: line.chars().count() + 1, message }
        };
        self.faults.into_iter().map(place).collect()
    }

    /// Records keys that are not known.
    pub(crate) fn check_keys(&mut self, table: &DeTable<'_>, place: &str, known: &[&str]) {
        for field in Field::all(table).filter(|field| !known.contains(&field.name)) {
            let hint = match closest(field.name, known.iter().copied()) {
                Some(meant) => format!("did you mean “{meant}”?"),
                None => format!("known keys are {}", known.join(", ")),
            };
            self.fault(field.at, format!("unknown key “{}” in {place}; {hint}", field.name));
        }
    }

    /// A text that is not blank.
    pub(crate) fn text(&mut self, field: &Field<'_, '_>) -> Option<String> {
        match field.value.as_str() {
            Some(text) if !text.trim().is_empty() => return Some(text.trim().to_owned()),
            Some(_) => self.fault(field.value_at, format!("“{}” is empty", field.name)),
            None => self.fault(field.value_at, format!("“{}” must be a text in quotes", field.name)),
        }
        None
    }

    /// A list of texts, each with its offset.
    pub(crate) fn texts(&mut self, field: &Field<'_, '_>) -> Vec<(usize, String)> {
        let Some(list) = field.value.as_array() else {
            self.fault(
                field.value_at,
                format!("“{}” must be a list of texts, such as [\"A\", \"B\"]", field.name),
            );
            return Vec::new();
        };
        let mut texts = Vec::new();
        for entry in list {
            let entry = Field {
                name: field.name,
                at: field.at,
                value: entry.get_ref(),
                value_at: entry.span().start,
            };
            if let Some(text) = self.text(&entry) {
                texts.push((entry.value_at, text));
            }
        }
        texts
    }

    /// One of these words.
    pub(crate) fn word(&mut self, field: &Field<'_, '_>, words: &[&'static str]) -> Option<&'static str> {
        let text = field.value.as_str().unwrap_or_default();
        let found = words.iter().copied().find(|word| *word == text);
        if found.is_none() {
            let hint = closest(text, words.iter().copied()).map(|meant| format!("; did you mean “{meant}”?"));
            let message =
                format!("“{}” must be one of {}{}", field.name, words.join(", "), hint.unwrap_or_default());
            self.fault(field.value_at, message);
        }
        found
    }

    /// A whole number in these limits.
    pub(crate) fn number(&mut self, field: &Field<'_, '_>, limits: RangeInclusive<u64>) -> Option<u64> {
        let number = field
            .value
            .as_integer()
            .and_then(|number| u64::from_str_radix(number.as_str(), number.radix()).ok());
        let number = number.filter(|number| limits.contains(number));
        if number.is_none() {
            let (least, most) = limits.into_inner();
            self.fault(
                field.value_at,
                format!("“{}” must be a whole number from {least} to {most}", field.name),
            );
        }
        number
    }

    /// The content of a section, such as `[network]`.
    pub(crate) fn table<'t, 'i>(&mut self, field: &Field<'t, 'i>) -> Option<&'t DeTable<'i>> {
        let table = field.value.as_table();
        if table.is_none() {
            self.fault(field.at, format!("“{0}” must be written as [{0}]", field.name));
        }
        table
    }

    /// The rule with this id, name or alias.
    pub(crate) fn rule(&mut self, at: usize, name: &str) -> Option<&'static Rule> {
        let rule = rules::by_name(name);
        if rule.is_none() {
            // Numbers that differ in one digit are not a misspelt name.
            let hint = match closest(name, rules::all().map(|rule| rule.name)) {
                Some(meant) => format!("did you mean “{meant}”?"),
                None => "`rdscal rules` lists the rules".to_owned(),
            };
            self.fault(at, format!("no rule is named “{name}”; {hint}"));
        }
        rule
    }
}

/// The word that differs least from the text, if it is at most a third of it.
fn closest<'w>(text: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    // Misspelt words are short; the distance takes time quadratic in the length.
    let text: String = text.chars().take(64).collect::<String>().to_lowercase().replace('_', "-");
    let distances = words.map(|word| (strsim::osa_distance(&text, word), word));
    let (distance, word) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance * 3 <= word.chars().count().max(3)).then_some(word)
}
