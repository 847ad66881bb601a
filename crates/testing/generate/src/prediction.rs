//! The page of the decision table of `rdscal predict`.

use std::fmt::Write as _;

use licensing::knowledge::Source;
use predict::facts::Condition;
use predict::table::{ROWS, Row, Stored};

const HEAD: &str = "# Decision table of the prediction

Written by `cargo xtask docs` from `crates/core/predict/src/table/rows.rs`. [predict.md](predict.md) explains
its use. The first row whose conditions all hold applies.

| row | conditions | result | last message | codes | events | stored | source |
|---|---|---|---|---|---|---|---|
";

/// The table.
pub(crate) fn page() -> String {
    let mut text = String::from(HEAD);
    for row in ROWS {
        let Row { id, verdict, because, wire, screen, .. } = row;
        let conditions: Vec<_> = row.when.iter().map(|when| condition(*when)).collect();
        let codes: Vec<_> = screen.codes.iter().map(|code| format!("{code:#05x}")).collect();
        let events: Vec<_> = row.logs.iter().map(|log| log.id.to_string()).collect();
        let sources: Vec<_> = row.sources.iter().map(source).collect();
        let _ = writeln!(
            text,
            "| {id} | {} | {}: {because} | {} | {} | {} | {} | {} |",
            conditions.join("; "),
            verdict.label(),
            wire.label(),
            codes.join(", "),
            events.join(", "),
            stored(row.stored),
            sources.join("; ")
        );
    }
    text
}

fn condition(when: Condition) -> String {
    format!("{}: {}", when.fact.name(), when.labels().join(" or "))
}

fn stored(stored: Stored) -> &'static str {
    match stored {
        Stored::Nothing => "nothing",
        Stored::Temporary => "temporary license, 90 days",
        Stored::Permanent => "permanent license, 52 to 89 days",
        Stored::Kept => "the old license",
        Stored::UserLicense => "`msTSExpireDate`, 60 days",
        Stored::NotStored => "nothing; a license is issued",
        Stored::Unspecified => "not specified",
    }
}

fn source(source: &Source) -> &'static str {
    if source.section.starts_with("MS-") { source.section } else { source.title }
}
