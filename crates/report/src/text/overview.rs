//! Many machines at a glance.

use licensing::verdict::Standing;
use licensing::{MachineReport, Verdict};

use super::doctor::label;
use super::layout::{self, Page, paint};

/// Names longer than this get a line of their own.
const LONGEST_NAME: usize = 20;

/// How many machines stand how, then a line for each, in the order given.
///
/// Where there are `many`, sources that have nothing to do with licensing are only counted.
pub(super) fn overview(page: &mut Page, machines: &[&MachineReport], many: bool) {
    let (listed, counted): (Vec<&MachineReport>, Vec<&MachineReport>) =
        machines.iter().partition(|machine| !many || !machine.has_no_licensing_keys());
    let verdicts: Vec<_> = listed.iter().map(|machine| (label(machine), Verdict::of(machine))).collect();
    let mut summary: Vec<String> = Vec::new();
    for group in verdicts.chunk_by(|a, b| a.1.standing == b.1.standing) {
        if let Some((_, verdict)) = group.first() {
            let words = match verdict.standing {
                Standing::NothingFound => "without findings",
                Standing::NoLicensingKeys => "without licensing keys",
                standing => standing.label(),
            };
            summary.push(paint(format!("{} {words}", group.len()), layout::standing(verdict.standing)));
        }
    }
    let count = match listed.len() {
        1 => "1 machine".to_owned(),
        count => format!("{count} machines"),
    };
    page.hanging("", "  ", &format!("{}: {}", paint(count, layout::strong()), summary.join(", ")));
    let names = verdicts.iter().map(|(name, _)| width(name)).filter(|width| *width <= LONGEST_NAME);
    let name_column = names.max().unwrap_or(0).max(4);
    let standing_column =
        verdicts.iter().map(|(_, verdict)| width(verdict.standing.label())).max().unwrap_or(0);
    for (name, verdict) in &verdicts {
        let standing = format!("{:<standing_column$}", verdict.standing.label());
        let standing = paint(standing, layout::standing(verdict.standing));
        let shown = if width(name) > LONGEST_NAME {
            page.hanging("  ", "    ", name);
            ""
        } else {
            name
        };
        let pad = " ".repeat(name_column.saturating_sub(width(shown)));
        let first = format!("  {}{pad}  {standing}  ", layout::harmless(shown));
        page.hanging(&first, &" ".repeat(name_column + standing_column + 6), &verdict.sentence);
    }
    match counted.len() {
        0 => {}
        1 => page.paragraph(2, "1 more source holds none of the keys that Remote Desktop licensing uses"),
        more => page.paragraph(
            2,
            &format!("{more} more sources hold none of the keys that Remote Desktop licensing uses"),
        ),
    }
}

/// Columns that a text takes.
fn width(text: &str) -> usize {
    textwrap::core::display_width(&layout::harmless(text))
}
