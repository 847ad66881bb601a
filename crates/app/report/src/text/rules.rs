//! `rdscal rules` as text.

use licensing::Rule;

use super::layout::{self, Page, paint};

/// One line for each rule.
#[must_use]
pub fn rules(rules: &[&Rule], width: usize) -> String {
    let mut page = Page::new(width);
    for rule in rules {
        let severity = paint(
            format!("{:<8}", format!("{:?}", rule.severity).to_lowercase()),
            layout::severity(rule.severity),
        );
        let first = format!("{}  {severity}  ", paint(rule.id, layout::strong()));
        page.hanging(&first, &" ".repeat(20), rule.title);
    }
    page.gap();
    let count = match rules.len() {
        1 => "1 rule".to_owned(),
        count => format!("{count} rules"),
    };
    page.paragraph(0, &format!("{count}. `rdscal explain RDSL-nnn` shows a rule's page.").replace('`', ""));
    page.finish()
}
