//! Overview of many machines.

use std::io::{self, Write};

use licensing::MachineSummary;
use licensing::verdict::Standing;

use super::layout::{self, Page, paint};

/// Longer names are printed on a separate line.
const MAX_NAME_WIDTH: usize = 20;

/// Writes the number of machines per standing, then one line for each machine in the given order.
///
/// With `many`, sources without licensing keys are only counted.
pub(super) fn overview(
    page: &mut Page,
    machines: &[&MachineSummary],
    many: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let is_listed = |machine: &&MachineSummary| {
        let is_faulty = machine.worst.is_some() || machine.verdict.standing == Standing::Accepted;
        !many || machine.holds_licensing_keys || is_faulty
    };
    let listed: Vec<&MachineSummary> = machines.iter().copied().filter(is_listed).collect();
    let mut summary: Vec<String> = Vec::new();
    for group in listed.chunk_by(|a, b| a.verdict.standing == b.verdict.standing) {
        if let Some(machine) = group.first() {
            let words = match machine.verdict.standing {
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
    page.flush(out)?;
    let names = listed.iter().map(|machine| width(&machine.fleet_key.label));
    let name_column = names.filter(|width| *width <= MAX_NAME_WIDTH).max().unwrap_or(0).max(4);
    let standings = listed.iter().map(|machine| width(machine.verdict.standing.label()));
    let standing_column = standings.max().unwrap_or(0);
    for MachineSummary { verdict, fleet_key, .. } in &listed {
        let standing = format!("{:<standing_column$}", verdict.standing.label());
        let standing = paint(standing, layout::standing(verdict.standing));
        let shown = if width(&fleet_key.label) > MAX_NAME_WIDTH {
            page.hanging("  ", "    ", &fleet_key.label);
            ""
        } else {
            &fleet_key.label
        };
        let pad = " ".repeat(name_column.saturating_sub(width(shown)));
        let first = format!("  {}{pad}  {standing}  ", layout::harmless(shown));
        page.hanging(&first, &" ".repeat(name_column + standing_column + 6), &verdict.sentence);
        page.flush(out)?;
    }
    match machines.len() - listed.len() {
        0 => {}
        1 => page.paragraph(2, "1 more source has none of the keys that Remote Desktop licensing uses"),
        more => page.paragraph(
            2,
            &format!("{more} more sources have none of the keys that Remote Desktop licensing uses"),
        ),
    }
    page.flush(out)
}

/// Display width of a text.
fn width(text: &str) -> usize {
    textwrap::core::display_width(&layout::harmless(text))
}
