//! JSON; the schema is `docs/schema/users-1.json`.

use std::io::Write;

use licensing::per_user::{Holder, HolderStatus, UsersReport};
use serde::Serialize;

use super::{Judged, UsersFormat};
use crate::ReportError;
use crate::json::{Indented, render};

/// Pretty-printed.
#[derive(Clone, Copy, Debug)]
pub struct UsersJson;

/// Indentation of a holder.
const INDENT: &str = "    ";
/// The empty list of holders. Strings cannot contain this, because quotation marks are escaped.
const EMPTY: &str = "\"users\": []";

#[derive(Serialize)]
struct Row<'a> {
    standing: HolderStatus,
    days_left: Option<i64>,
    #[serde(flatten)]
    holder: &'a Holder,
}

impl UsersFormat for UsersJson {
    fn row(&self, judged: Judged<'_>, first: bool, out: &mut Vec<u8>) -> Result<(), ReportError> {
        let Judged { holder, standing, at } = judged;
        let between = if first { "[\n" } else { ",\n" };
        write!(out, "{between}{INDENT}")?;
        let row = Row { standing, days_left: holder.days_left(at), holder };
        serde_json::to_writer_pretty(Indented::new(out, INDENT), &row)?;
        Ok(())
    }

    fn before(&self, report: &UsersReport, out: &mut dyn Write) -> Result<(), ReportError> {
        let frame = render(report)?;
        let before = frame.split_once(EMPTY).map_or(frame.as_str(), |(before, _)| before);
        out.write_all(before.as_bytes())?;
        out.write_all(b"\"users\": ")?;
        Ok(())
    }

    fn after(&self, report: &UsersReport, out: &mut dyn Write) -> Result<(), ReportError> {
        let end = if report.summary.holders == 0 { "[]" } else { "\n  ]" };
        out.write_all(end.as_bytes())?;
        let frame = render(report)?;
        let after = frame.split_once(EMPTY).map_or("", |(_, after)| after);
        out.write_all(after.as_bytes())?;
        Ok(())
    }
}
