//! Texts by which messages are recognized, and messages that are not about licensing.
//!
//! The other tables say what a code or an event means; this one says how it reads: on a screen, in an event
//! log, in a client's log. A row names the answer and the texts that lead to it. `explain` compares words, so
//! names, numbers and word order do not matter.
//!
//! * [`RECOGNIZED`]: texts of messages about licensing;
//! * [`OTHER`]: messages that resemble them and are about something else;
//! * [`LANGUAGES`]: distinctive words of other display languages.

mod clients;
mod events;
mod lexicon;
mod other;

pub use lexicon::{LANGUAGES, Language, Term};
pub use other::{OTHER, OtherRow, by_symbol};

use super::Source;

/// Texts that lead to an answer.
#[derive(Debug, Clone, Copy)]
pub struct MessageRow {
    /// Id of the explanation, as in `error:reason-257` or `event:license_server:21`.
    pub answer: &'static str,
    /// Key phrases. Names and numbers in them are left out.
    pub texts: &'static [&'static str],
    /// Where the texts are from.
    pub source: Source,
}

/// Every row.
pub const RECOGNIZED: &[&[MessageRow]] =
    &[clients::MESSAGES, clients::POLICIES, events::HOST, events::SERVER];

/// Symbols of the protocol and of programs for the licensing codes, beside those of the error table.
pub const SYMBOLS: &[(&str, &str)] = clients::SYMBOLS;

const fn row(answer: &'static str, texts: &'static [&'static str], source: Source) -> MessageRow {
    MessageRow { answer, texts, source }
}
