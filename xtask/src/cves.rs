//! `cargo xtask cves`: the fixed builds of the licensing service, from the public CVE records.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::run::root;

/// The arguments of the task.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A clone of github.com/CVEProject/cvelistV5
    list: PathBuf,
}

/// The year before which the service's records have no builds.
const FIRST_YEAR: u16 = 2024;
const TABLE: &str = "crates/core/licensing/src/knowledge/products/cves.rs";
const SERVICE: &str = "Remote Desktop Licensing Service";

/// A record of the licensing service.
#[derive(Debug, PartialEq)]
struct Record {
    id: String,
    title: String,
    published: String,
    /// Build to first fixed revision.
    fixed: BTreeMap<u32, u32>,
}

/// Reads the records and writes the table.
pub fn run(args: &Args) -> Result<()> {
    let cves = args.list.join("cves");
    let state = fs::read(cves.join("delta.json")).context("not a clone of cvelistV5: cves/delta.json")?;
    let state: Value = serde_json::from_slice(&state)?;
    let until = day(&state["fetchTime"]).context("cves/delta.json has no fetchTime")?;
    let mut records = Vec::new();
    for year in fs::read_dir(&cves)? {
        let year = year?;
        if year
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
            .is_some_and(|year: u16| year >= FIRST_YEAR)
        {
            collect(&year.path(), &mut records)?;
        }
    }
    ensure!(!records.is_empty(), "no record is about the {SERVICE}");
    records.sort_by(|one, other| (&one.published, &one.id).cmp(&(&other.published, &other.id)));
    fs::write(root().join(TABLE), table(&until, &records)?)?;
    println!("{TABLE}: {} records, state of {until}", records.len());
    Ok(())
}

/// Adds the records in this folder and below it.
fn collect(folder: &Path, records: &mut Vec<Record>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, records)?;
            continue;
        }
        let text = fs::read_to_string(&path)?;
        if text.contains(SERVICE) {
            let json = serde_json::from_str(&text).with_context(|| path.display().to_string())?;
            records.extend(record(&json));
        }
    }
    Ok(())
}

/// The record, if it is about the licensing service and names builds of servers.
fn record(json: &Value) -> Option<Record> {
    let about = &json["containers"]["cna"];
    let title = about["title"].as_str().filter(|title| title.contains(SERVICE))?;
    let mut fixed = BTreeMap::new();
    for affected in about["affected"].as_array()? {
        if !affected["product"].as_str()?.starts_with("Windows Server") {
            continue;
        }
        for version in affected["versions"].as_array()? {
            let mut numbers = version["lessThan"].as_str()?.split('.').skip(2).map(str::parse::<u32>);
            let (Some(Ok(build)), Some(Ok(revision))) = (numbers.next(), numbers.next()) else { continue };
            // Two numbers are those of the ordinary update and of the hotpatch: the larger one is certain.
            let needed = fixed.entry(build).or_insert(0);
            *needed = revision.max(*needed);
        }
    }
    (!fixed.is_empty()).then_some(Record {
        id: json["cveMetadata"]["cveId"].as_str()?.to_owned(),
        title: title.to_owned(),
        published: day(&about["datePublic"])?,
        fixed,
    })
}

/// The date of a time.
fn day(time: &Value) -> Option<String> {
    time.as_str()?.get(..10).map(str::to_owned)
}

fn table(until: &str, records: &[Record]) -> Result<String> {
    let mut text = format!(
        "//! Fixed builds of the licensing service. Written by `cargo xtask cves`; do not edit.

use super::patches::{{FixRow, record}};
use crate::knowledge::sources;

/// The state of the CVE list in this table, as a date. Later fixes are not known.
pub const KNOWN_UNTIL: &str = {until:?};

/// The records, the oldest first.
#[rustfmt::skip]
pub(super) const RECORDS: &[FixRow] = &[
"
    );
    for Record { id, title, published, fixed } in records {
        let number = id.rsplit('-').next().unwrap_or_default();
        let group = number.get(..number.len().saturating_sub(3)).unwrap_or_default();
        let place = format!("cves/{}/{group}xxx/{id}.json", id.get(4..8).unwrap_or_default());
        let fixed: Vec<_> = fixed.iter().map(|(build, revision)| format!("({build}, {revision})")).collect();
        writeln!(text, "    record({id:?}, {title:?}, {published:?},")?;
        writeln!(text, "        &[{}],", fixed.join(", "))?;
        writeln!(text, "        &[sources::CVE_RECORDS.at({place:?})]),")?;
    }
    text.push_str("];\n");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn affected(product: &str, less_than: &str) -> Value {
        serde_json::json!({ "product": product, "versions": [{ "lessThan": less_than }] })
    }

    #[test]
    fn servers_are_taken_and_clients_are_not() {
        let json = serde_json::json!({
            "cveMetadata": { "cveId": "CVE-2026-26159" },
            "containers": { "cna": {
                "title": "Remote Desktop Licensing Service Elevation of Privilege Vulnerability",
                "datePublic": "2026-04-14T14:00:00.000Z",
                "affected": [
                    affected("Windows 11 Version 24H2", "10.0.26100.8246"),
                    affected("Windows Server 2025", "10.0.26100.32690"),
                    affected("Windows Server 2012 R2", "6.3.9600.23132"),
                    affected("Windows Server 2022", "10.0.20348.2695"),
                    affected("Windows Server 2022", "10.0.20348.2700"),
                ],
            } },
        });
        let found = record(&json).unwrap();
        assert_eq!(found.fixed, BTreeMap::from([(9600, 23132), (20348, 2700), (26100, 32690)]));
        assert_eq!(found.published, "2026-04-14");
        let table = table("2026-11-24", &[found]).unwrap();
        assert!(
            table.contains("sources::CVE_RECORDS.at(\"cves/2026/26xxx/CVE-2026-26159.json\")"),
            "{table}"
        );
        let other = serde_json::json!({ "containers": { "cna": { "title": "Remote Desktop Services" } } });
        assert_eq!(record(&other), None);
    }
}
