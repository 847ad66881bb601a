//! Arguments of recipes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The arguments of a recipe, by the names of its parameters.
///
/// They are part of the plan, so that it can be recreated and compared with the reviewed one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Arguments(BTreeMap<String, Vec<String>>);

impl Arguments {
    /// These arguments with one more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.push(name, value);
        self
    }

    /// These arguments with a flag set.
    #[must_use]
    pub fn with_flag(mut self, name: &str) -> Self {
        self.0.entry(name.to_owned()).or_default();
        self
    }

    /// Adds a value to a parameter.
    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        self.0.entry(name.to_owned()).or_default().push(value.into());
    }

    /// Sets a flag.
    pub fn set_flag(&mut self, name: &str) {
        self.0.entry(name.to_owned()).or_default();
    }

    /// The first value of a parameter.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&str> {
        self.all(name).first().map(String::as_str)
    }

    /// Every value of a parameter.
    #[must_use]
    pub fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// True where a flag is set.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Every parameter with its values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(name, values)| (name.as_str(), values.as_slice()))
    }
}
