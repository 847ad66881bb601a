//! `rdscal diff` as text.

use owo_colors::Style;
use snapshot::Value;
use snapshot::diff::{Change, Difference};

use super::layout::{self, Page, paint};

/// The differences, grouped by key.
#[must_use]
pub fn diff(a: &str, b: &str, differences: &[Difference], width: usize) -> String {
    let mut page = Page::new(width);
    let count = match differences.len() {
        0 => "no differences".to_owned(),
        1 => "1 difference".to_owned(),
        count => format!("{count} differences"),
    };
    page.line(&paint(count, layout::strong()));
    page.hanging("  - ", "    ", a);
    page.hanging("  + ", "    ", b);
    grouped(&mut page, differences);
    page.finish()
}

/// The differences, grouped by key.
pub(super) fn grouped(page: &mut Page, differences: &[Difference]) {
    let mut key = None;
    for difference in differences {
        if key != Some(&difference.path) {
            page.gap();
            page.hanging("", "    ", &paint(&difference.path, layout::strong()));
            key = Some(&difference.path);
        }
        match &difference.change {
            Change::KeyAdded => added(page, "key"),
            Change::KeyRemoved => removed(page, "key"),
            Change::ValueAdded { new } => added(page, &value(new)),
            Change::ValueRemoved { old } => removed(page, &value(old)),
            Change::ValueChanged { old, new } => {
                removed(page, &value(old));
                added(page, &value(new));
                // Only the first bytes of long data are shown.
                let head = |value: &Value| value.bytes().get(..16).map(<[u8]>::to_vec);
                if value(old).ends_with('…') && head(old) == head(new) {
                    page.paragraph(4, &where_they_part(old.bytes(), new.bytes()));
                }
            }
            Change::SecurityChanged => page.paragraph(2, "the security descriptor differs"),
            Change::NotComparable { because } => {
                page.paragraph(2, &format!("cannot be compared ({because})"));
            }
        }
    }
}

fn added(page: &mut Page, text: &str) {
    page.hanging(&paint("  + ", Style::new().green()), "    ", text);
}

fn removed(page: &mut Page, text: &str) {
    page.hanging(&paint("  - ", Style::new().red()), "    ", text);
}

/// The offset of the first difference, and the bytes there.
fn where_they_part(old: &[u8], new: &[u8]) -> String {
    let equal = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let bytes = |data: &[u8]| {
        let shown: Vec<_> = data.iter().skip(equal).take(8).map(|byte| format!("{byte:02x}")).collect();
        if shown.is_empty() { "nothing".to_owned() } else { shown.join(" ") }
    };
    format!("differ from byte {equal}: {} …, now {} …", bytes(old), bytes(new))
}

fn value(value: &Value) -> String {
    let name = if value.name.is_empty() { "(default value)".to_owned() } else { value.name.to_string() };
    format!("{name} = {} {}", value.kind, value.shown())
}
