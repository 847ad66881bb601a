//! `rdscal forecast` as CSV, iCalendar and HTML.

mod html;

pub use html::html;

use std::fmt::Write as _;

use predict::forecast::{Forecast, ForecastReport, Refusal};
use snapshot::FileTime;

use crate::ReportError;

const COLUMNS: [&str; 10] =
    ["machine", "source", "kind", "date", "date_latest", "about", "days_left", "verdict", "who", "reason"];

/// One row for each machine. Without a refusal the date is empty, and the reason says why.
pub fn csv(report: &ForecastReport) -> Result<String, ReportError> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for machine in &report.machines {
        writer.write_record(row(machine, report.from))?;
    }
    let bytes = writer.into_inner().map_err(|error| ReportError::Io(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn row(machine: &Forecast, from: FileTime) -> [String; 10] {
    let kind = serde_json::to_value(machine.kind).ok();
    let kind = kind.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let (name, source) = (crate::csv::guard(&machine.machine), crate::csv::guard(&machine.source));
    let Some(Refusal { day, days_left, who, verdict, because }) = &machine.refusal else {
        let empty = String::new;
        let reason = machine.sentence(from);
        return [name, source, kind, empty(), empty(), empty(), empty(), empty(), empty(), reason];
    };
    [
        name,
        source,
        kind,
        day.earliest.date().to_string(),
        day.latest.date().to_string(),
        day.is_about.to_string(),
        days_left.to_string(),
        verdict.label().to_owned(),
        who.join(", "),
        because.clone(),
    ]
}

/// Days before the event on which a calendar reminds.
const REMIND: u32 = 14;

/// An event of whole days for each machine that refuses someone (RFC 5545), with a reminder.
#[must_use]
pub fn calendar(report: &ForecastReport) -> String {
    let mut text = String::new();
    let mut line = |content: &str| fold(&mut text, content);
    line("BEGIN:VCALENDAR");
    line("VERSION:2.0");
    line("PRODID:-//rdscal//forecast//EN");
    for machine in &report.machines {
        let Some(refusal) = &machine.refusal else { continue };
        let Refusal { day, who, verdict, because, .. } = refusal;
        let end = day.latest.checked_add_days(1).unwrap_or(day.latest);
        let about = if day.is_about { "about this day, " } else { "" };
        let what = format!("{}: {}{} ({})", machine.machine, about, verdict.label(), who.join(", "));
        line("BEGIN:VEVENT");
        line(&format!("UID:{}-{}@rdscal", plain(&machine.machine), basic(day.earliest)));
        line(&format!("DTSTAMP:{}T000000Z", basic(report.from)));
        line(&format!("DTSTART;VALUE=DATE:{}", basic(day.earliest)));
        line(&format!("DTEND;VALUE=DATE:{}", basic(end)));
        line(&format!("SUMMARY:{}", escape(&what)));
        line(&format!("DESCRIPTION:{}", escape(&format!("{because}. Source: {}", machine.source))));
        line("TRANSP:TRANSPARENT");
        line("BEGIN:VALARM");
        line("ACTION:DISPLAY");
        line(&format!("DESCRIPTION:{}", escape(&what)));
        line(&format!("TRIGGER:-P{REMIND}D"));
        line("END:VALARM");
        line("END:VEVENT");
    }
    line("END:VCALENDAR");
    text
}

/// `20270317`
fn basic(time: FileTime) -> String {
    time.date().to_string().replace('-', "")
}

/// Letters, digits and hyphens, for an identifier.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

/// TEXT of RFC 5545, section 3.3.11. Control characters become spaces.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => escaped.push_str("\\n"),
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Maximum length of a line in bytes.
const LONGEST: usize = 75;

/// Writes a line, folded as in RFC 5545, section 3.1.
fn fold(text: &mut String, content: &str) {
    let mut length = 0;
    for c in content.chars() {
        if length + c.len_utf8() > LONGEST {
            text.push_str("\r\n ");
            length = 1;
        }
        text.push(c);
        length += c.len_utf8();
    }
    let _ = write!(text, "\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_folded_between_characters() {
        let mut text = String::new();
        fold(&mut text, &"ä".repeat(80));
        assert!(text.split("\r\n").all(|line| line.len() <= LONGEST), "{text}");
        assert_eq!(text.replace("\r\n ", "").trim_end(), "ä".repeat(80));
    }

    #[test]
    fn text_is_escaped() {
        assert_eq!(escape("a,b;c\\d\ne\u{1b}"), "a\\,b\\;c\\\\d\\ne ");
    }
}
