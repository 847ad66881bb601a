//! Reports: one file for each output format.
//!
//! Everything here turns a judged [`licensing::Report`] (or the answer of another command) into bytes and decides nothing:
//! what is wrong, how bad it is and what to do stand in what it is given. A report on machines is rendered one machine at a time
//! ([`Format`]), so that a thousand of them need no more memory than a few.
//!
//! Text is written with ANSI colors; whoever writes it to a stream strips them where that stream is no terminal.
#![forbid(unsafe_code)]

pub mod csv;
pub mod html;
pub mod json;
pub mod lines;
mod policy_csv;
pub mod sarif;
mod sarif_lint;
mod spool;
mod stream;
pub mod text;
pub mod users;

pub use policy_csv::policy_csv;
pub use sarif_lint::lint_sarif;
pub use spool::{Segment, Spool, Store};
pub use stream::{Format, Kept, Stream, whole};

/// The command that plans the repair which a rule names; `None` where there is none.
fn repair_usage(rule: &licensing::Rule) -> Option<String> {
    let recipe = repair::by_name(rule.recipe?)?;
    Some(format!(
        "rdscal {} (prints a plan; --apply carries it out, rdscal undo takes it back)",
        recipe.usage()
    ))
}

/// True for findings of one rule that have everything but title and evidence in common, so that the rest need be said only once.
fn alike(a: &licensing::Finding, b: &licensing::Finding) -> bool {
    (a.rule.id, a.severity, a.confidence) == (b.rule.id, b.severity, b.confidence) && a.steps() == b.steps()
}

/// A report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// JSON could not be made.
    #[error("could not write JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// CSV could not be made.
    #[error("could not write CSV: {0}")]
    Csv(#[source] ::csv::Error),
    /// HTML could not be made.
    #[error("could not write HTML: {0}")]
    Html(#[from] askama::Error),
    /// The report could not be written to where it was to go.
    #[error("could not write: {0}")]
    Io(#[from] std::io::Error),
    /// A part of the report could not be kept until the rest was there.
    #[error("could not keep a part of the report: {0}")]
    Spool(#[source] std::io::Error),
}

impl From<serde_json::Error> for ReportError {
    fn from(error: serde_json::Error) -> Self {
        if error.is_io() { Self::Io(error.into()) } else { Self::Json(error) }
    }
}

impl From<::csv::Error> for ReportError {
    fn from(error: ::csv::Error) -> Self {
        if !error.is_io_error() {
            return Self::Csv(error);
        }
        match error.into_kind() {
            ::csv::ErrorKind::Io(error) => Self::Io(error),
            other => Self::Io(std::io::Error::other(format!("{other:?}"))),
        }
    }
}
