//! Reports: one file for each output format.
//!
//! This crate turns a judged [`licensing::Report`] (or the result of another command) into bytes and decides
//! nothing: faults, severities and advice are part of its input. A report is rendered one machine at a time
//! ([`Format`]), so that memory use does not depend on the number of machines.
//!
//! Text contains ANSI colors; the caller strips them if the output is not a terminal.
#![forbid(unsafe_code)]

pub mod csv;
pub mod forecast;
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
pub use stream::{Format, Rendered, Stream, whole};

/// The command that plans the repair of a finding; `None` if there is none, or its plan would be refused. For
/// several machines the source is a placeholder.
fn repair_command(finding: &licensing::Finding) -> Option<String> {
    if finding.machines.is_empty() {
        return finding.repair.as_ref().map(ToString::to_string);
    }
    let recipe = repair::by_name(finding.rule.recipe?)?;
    Some(format!("rdscal {} (prints a plan; --apply carries it out, rdscal undo reverts it)", recipe.usage()))
}

/// True for findings of one rule that differ only in title and evidence, so that the rest is printed once.
fn alike(a: &licensing::Finding, b: &licensing::Finding) -> bool {
    (a.rule.id, a.severity, a.confidence) == (b.rule.id, b.severity, b.confidence) && a.steps() == b.steps()
}

/// Error while writing a report.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// JSON serialization failed.
    #[error("could not write JSON: {0}")]
    Json(#[source] serde_json::Error),
    /// CSV serialization failed.
    #[error("could not write CSV: {0}")]
    Csv(#[source] ::csv::Error),
    /// HTML rendering failed.
    #[error("could not write HTML: {0}")]
    Html(#[from] askama::Error),
    /// The output could not be written.
    #[error("could not write: {0}")]
    Io(#[from] std::io::Error),
    /// A part of the report could not be buffered.
    #[error("could not buffer a part of the report: {0}")]
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
