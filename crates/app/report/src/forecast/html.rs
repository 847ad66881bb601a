//! One self-contained page with a timeline.

use askama::Template;
use predict::forecast::{Forecast, ForecastReport, Kind};
use predict::table::Verdict;
use predict::{Day, date};
use snapshot::FileTime;

use crate::ReportError;

#[derive(Template)]
#[template(path = "forecast/page.html")]
struct Page<'a> {
    report: &'a ForecastReport,
    first: String,
    last: String,
    rows: Vec<Row>,
}

struct Row {
    name: String,
    class: &'static str,
    sentence: String,
    bars: Vec<Bar>,
    points: Vec<Point>,
    next: String,
}

/// A part of the timeline, in thousandths of the period.
struct Bar {
    class: String,
    x: u64,
    width: u64,
}

struct Point {
    x: u64,
    label: String,
}

/// Width of the timeline.
const WIDTH: u64 = 1000;

/// The page. It has no script.
pub fn html(report: &ForecastReport) -> Result<String, ReportError> {
    let rows = report.machines.iter().map(|machine| row(machine, report)).collect();
    Ok(Page { report, first: date(report.from), last: date(report.until), rows }.render()?)
}

fn row(machine: &Forecast, report: &ForecastReport) -> Row {
    let (class, day) = match &machine.refusal {
        Some(refusal) if refusal.verdict == Verdict::Refused => ("error", Some(refusal.day)),
        Some(refusal) => ("warning", Some(refusal.day)),
        None if machine.is_decided() && machine.kind != Kind::Other => ("good", None),
        None => ("none", None),
    };
    let next = machine.undecided.iter().find_map(|missing| missing.next.as_ref());
    let points = machine.points.iter().map(|point| Point {
        x: position(point.day.earliest, report),
        label: format!("{}: {}", point.day, point.what),
    });
    Row {
        name: machine.machine.clone(),
        class,
        sentence: machine.sentence(report.from),
        bars: bars(class, !machine.is_decided(), day, report),
        points: points.collect(),
        next: next.map(|next| next.command.clone()).unwrap_or_default(),
    }
}

/// Until the day, the range of the day, and after it. What is not known is gray.
fn bars(class: &str, is_open: bool, day: Option<Day>, report: &ForecastReport) -> Vec<Bar> {
    let before = if is_open { "none" } else { "good" };
    let Some(day) = day else { return vec![Bar { class: class.to_owned(), x: 0, width: WIDTH }] };
    let (start, end) = (position(day.earliest, report), position(day.latest, report));
    let bar = |class: String, from: u64, to: u64| Bar { class, x: from, width: to.saturating_sub(from) };
    let bars = [
        bar(before.to_owned(), 0, start),
        bar(format!("{class} range"), start, end),
        bar(class.to_owned(), end, WIDTH),
    ];
    bars.into_iter().filter(|bar| bar.width > 0).collect()
}

/// The place of a time on the timeline.
fn position(time: FileTime, report: &ForecastReport) -> u64 {
    let length = report.until.0.saturating_sub(report.from.0).max(1);
    let passed = time.0.saturating_sub(report.from.0).min(length);
    u64::try_from(u128::from(passed) * u128::from(WIDTH) / u128::from(length)).unwrap_or(WIDTH)
}
