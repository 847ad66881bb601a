//! An error without its type.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Code, Diagnostic};

/// The parts of an error, owned: for JSON, for other threads, and for errors that need no type of their own.
///
/// `Display` is the cause alone, as for every [`Diagnostic`]. [`Message::rendered`] has `error:`, `note:` and `hint:`
/// lines, [`Message::one_line`] joins the parts to sentences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// What kind of failure it is.
    pub code: Code,
    /// What failed and why, in one clause without a period.
    pub cause: String,
    /// What the failure leaves behind, in sentences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// What to do next, in sentences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Message {
    /// A message without state and advice.
    #[must_use]
    pub fn new(code: Code, cause: impl Into<String>) -> Self {
        Self { code, cause: cause.into(), state: None, advice: None }
    }

    /// The parts of this error.
    #[must_use]
    pub fn of(error: &(impl Diagnostic + ?Sized)) -> Self {
        Self { code: error.code(), cause: error.to_string(), state: error.state(), advice: error.advice() }
    }

    /// The same message with this state.
    #[must_use]
    pub fn with_state(mut self, state: impl Into<String>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// The same message with this advice.
    #[must_use]
    pub fn with_advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// The same message with its cause prefixed by what it concerns: `PLACE: CAUSE`.
    #[must_use]
    pub fn about(mut self, place: impl fmt::Display) -> Self {
        self.cause = format!("{place}: {}", self.cause);
        self
    }

    /// The lines that a person reads, each with its label: `error`, `note`, `hint`.
    pub fn lines(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let optional = [("note", &self.state), ("hint", &self.advice)];
        let optional = optional.into_iter().filter_map(|(label, text)| Some((label, text.as_deref()?)));
        std::iter::once(("error", self.cause.as_str())).chain(optional)
    }

    /// The labelled lines, without a newline at the end.
    #[must_use]
    pub fn rendered(&self) -> String {
        let lines: Vec<_> = self.lines().map(|(label, text)| format!("{label}: {text}")).collect();
        lines.join("\n")
    }

    /// Cause, state and advice in one paragraph, for tables and logs.
    #[must_use]
    pub fn one_line(&self) -> String {
        let sentences = [&self.state, &self.advice];
        let mut line = self.cause.clone();
        for sentence in sentences.into_iter().flatten() {
            if !line.ends_with('.') {
                line.push('.');
            }
            line.push(' ');
            line.push_str(sentence);
        }
        line
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause)
    }
}

impl std::error::Error for Message {}

impl Diagnostic for Message {
    fn code(&self) -> Code {
        self.code
    }

    fn state(&self) -> Option<String> {
        self.state.clone()
    }

    fn advice(&self) -> Option<String> {
        self.advice.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete() -> Message {
        Message::new(Code::Incomplete, "the disk is full")
            .with_state("2 of 3 changes were made.")
            .with_advice("Free space, then run `rdscal undo`.")
    }

    #[test]
    fn each_part_has_its_own_line() {
        assert_eq!(
            complete().rendered(),
            "error: the disk is full\nnote: 2 of 3 changes were made.\nhint: Free space, then run `rdscal undo`."
        );
        assert_eq!(Message::new(Code::Busy, "no room").rendered(), "error: no room");
    }

    #[test]
    fn a_message_of_a_message_is_itself() {
        assert_eq!(Message::of(&complete()), complete());
        assert_eq!(complete().to_string(), "the disk is full");
    }

    #[test]
    fn one_line_joins_sentences() {
        assert_eq!(
            complete().about("SYSTEM").one_line(),
            "SYSTEM: the disk is full. 2 of 3 changes were made. Free space, then run `rdscal undo`."
        );
        assert_eq!(Message::new(Code::Busy, "no room").one_line(), "no room");
    }

    #[test]
    fn json_omits_missing_parts() {
        let json = serde_json::to_value(Message::new(Code::Busy, "no room")).unwrap();
        assert_eq!(json, serde_json::json!({ "code": "busy", "cause": "no room" }));
        let json = serde_json::to_string(&complete()).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&json).unwrap(), complete());
    }
}
