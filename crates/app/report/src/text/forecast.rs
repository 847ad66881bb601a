//! `rdscal forecast` as text.

use licensing::Next;
use licensing::verdict::Standing;
use predict::forecast::{Forecast, ForecastReport, Kind};
use predict::table::Verdict;

use super::layout::{self, Page, paint};

const LABEL: usize = 12;

/// The answer, then each machine by day. Machines that nothing happens to are counted, unless `details`.
#[must_use]
pub fn forecast(report: &ForecastReport, width: usize, details: bool) -> String {
    let mut page = Page::new(width);
    page.hanging("", "  ", &paint(&report.answer, layout::strong()));
    for assumption in &report.assumed {
        page.labeled(2, "Note", LABEL, assumption);
    }
    let is_quiet =
        |machine: &&Forecast| machine.refusal.is_none() && machine.is_decided() && machine.points.is_empty();
    for one in report.machines.iter().filter(|one| details || !is_quiet(one)) {
        machine(&mut page, one, report, details);
    }
    let quiet = report.machines.iter().filter(is_quiet).count();
    if quiet > 0 && !details {
        page.paragraph(2, &format!("{quiet} more without a change in this period; -v lists them."));
    }
    for problem in &report.problems {
        page.labeled(2, "Unread", LABEL, &format!("{}: {}", problem.source, problem.message));
    }
    page.finish()
}

fn machine(page: &mut Page, machine: &Forecast, report: &ForecastReport, details: bool) {
    let color = match &machine.refusal {
        Some(refusal) if refusal.verdict == Verdict::Refused => Standing::Error,
        Some(_) => Standing::Warning,
        None if !machine.is_decided() => Standing::Undetermined,
        None => Standing::Healthy,
    };
    let name = paint(&machine.machine, layout::standing(color));
    page.hanging("  ", "    ", &format!("{name}: {}", machine.sentence(report.from)));
    let is_host = machine.kind == Kind::SessionHost;
    for point in machine.points.iter().filter(|point| details || !is_host || point.fact.is_none()) {
        page.hanging("    ", "      ", &format!("{}: {}", point.day, point.what));
    }
    for missing in &machine.undecided {
        if let Some(Next { command, place }) = &missing.next {
            page.hanging("    ", "      ", &format!("{command}   ({place})"));
        }
    }
}
