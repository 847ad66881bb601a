//! Many machines at a glance.

use std::io::{self, Write};

use licensing::MachineSummary;
use licensing::verdict::Standing;

use super::layout::{self, Page, paint};

/// Names longer than this get a line of their own.
const LONGEST_NAME: usize = 20;

/// Writes how many machines stand how, then a line for each, in the order given.
///
/// Where there are `many`, sources that have nothing to do with licensing are only counted.
pub(super) fn overview(
    page: &mut Page,
    machines: &[&MachineSummary],
    many: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let is_listed =
        |machine: &&MachineSummary| !many || machine.verdict.standing != Standing::NoLicensingKeys;
    let listed: Vec<&MachineSummary> = machines.iter().copied().filter(is_listed).collect();
    let mut summary: Vec<String> = Vec::new();
    for group in listed.chunk_by(|a, b| a.verdict.standing == b.verdict.standing) {
        if let Some(machine) = group.first() {
            let words = match machine.verdict.standing {
                Standing::NothingFound => "without findings",
                Standing::NoLicensingKeys => "without licensing keys",
                standing => standing.label(),
            };
            let color = layout::standing(machine.verdict.standing);
            summary.push(paint(format!("{} {words}", group.len()), color));
        }
    }
    let count = match listed.len() {
        1 => "1 machine".to_owned(),
        count => format!("{count} machines"),
    };
    page.hanging("", "  ", &format!("{}: {}", paint(count, layout::strong()), summary.join(", ")));
    page.pour(out)?;
    let names = listed.iter().map(|machine| width(&machine.fleet_key.label));
    let name_column = names.filter(|width| *width <= LONGEST_NAME).max().unwrap_or(0).max(4);
    let standings = listed.iter().map(|machine| width(machine.verdict.standing.label()));
    let standing_column = standings.max().unwrap_or(0);
    for MachineSummary { verdict, fleet_key, .. } in &listed {
        let standing = format!("{:<standing_column$}", verdict.standing.label());
        let standing = paint(standing, layout::standing(verdict.standing));
        let shown = if width(&fleet_key.label) > LONGEST_NAME {
            page.hanging("  ", "    ", &fleet_key.label);
            ""
        } else {
            &fleet_key.label
        };
        let pad = " ".repeat(name_column.saturating_sub(width(shown)));
        let first = format!("  {}{pad}  {standing}  ", layout::harmless(shown));
        page.hanging(&first, &" ".repeat(name_column + standing_column + 6), &verdict.sentence);
        page.pour(out)?;
    }
    match machines.len() - listed.len() {
        0 => {}
        1 => page.paragraph(2, "1 more source holds none of the keys that Remote Desktop licensing uses"),
        more => page.paragraph(
            2,
            &format!("{more} more sources hold none of the keys that Remote Desktop licensing uses"),
        ),
    }
    page.pour(out)
}

/// Columns that a text takes.
fn width(text: &str) -> usize {
    textwrap::core::display_width(&layout::harmless(text))
}
