//! The configuration file `rdscal.toml`: defaults of options, severities of rules, and accepted findings.
//!
//! [`Configuration::parse`] turns the text of a file into typed values and opens nothing. Every fault has its
//! line and column, and a misspelt key or rule the name that was probably meant. All faults of a file are
//! returned together, in their order.

#![forbid(unsafe_code)]

mod reader;

use std::fmt;

use licensing::decisions::{Acceptance, Decisions};
use licensing::{Rule, Severity};
use nt::{Date, FileTime};
use sha2::{Digest as _, Sha256};
use toml::de::{DeTable, DeValue};

use reader::{Field, Reader};

/// The name of the file.
pub const FILE_NAME: &str = "rdscal.toml";

/// The content of a configuration file; empty for an empty file.
#[derive(Debug, Default)]
pub struct Configuration {
    /// What the machines are: the name of a [`licensing::Profile`].
    pub profile: Option<&'static str>,
    /// The severity that changes the exit code.
    pub fail_on: Option<FailOn>,
    /// Rules that are not applied.
    pub ignore: Vec<&'static Rule>,
    /// Defaults of the options for the network.
    pub network: Network,
    /// Severities of findings, by rule.
    pub severities: Vec<(&'static Rule, Severity)>,
    /// Findings that are accepted.
    pub acceptances: Vec<Acceptance>,
    /// SHA-256 of the text, in hexadecimal.
    pub sha256: String,
}

/// The severity that changes the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// At least this severity.
    Severity(Severity),
    /// Findings never change the exit code.
    Never,
}

/// Defaults of the options for the network. Times are in seconds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// `--jobs`
    pub jobs: Option<u16>,
    /// `--timeout`
    pub timeout: Option<u64>,
    /// `--host-timeout`
    pub host_timeout: Option<u64>,
    /// `--retries`
    pub retries: Option<u32>,
    /// `--nameserver`
    pub nameserver: Option<String>,
}

/// A fault of a configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// What is wrong, and what was probably meant.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for Fault {}

const KEYS: &[&str] = &["accept", "fail-on", "ignore", "network", "profile", "severities"];
const NETWORK_KEYS: &[&str] = &["host-timeout", "jobs", "nameserver", "retries", "timeout"];
const ACCEPT_KEYS: &[&str] = &["machines", "owner", "reason", "rule", "until"];
const PROFILES: &[&str] = &["auto", "host", "server", "client", "image"];
const SEVERITIES: &[&str] = &["info", "warning", "error", "critical"];
const LEVELS: &[&str] = &["info", "warning", "error", "critical", "never"];

impl Configuration {
    /// Parses the text of a file.
    ///
    /// # Errors
    /// Every fault of the file, in the order of the lines; only the first one if it is not valid TOML.
    pub fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        let mut reader = Reader::new(text);
        let document = match DeTable::parse(text) {
            Ok(document) => document,
            Err(error) => {
                reader.fault(error.span().unwrap_or_default().start, error.message().trim().to_owned());
                return Err(reader.faults());
            }
        };
        let root = document.get_ref();
        reader.check_keys(root, "the file", KEYS);
        let mut configuration = Self { sha256: hex::encode(Sha256::digest(text)), ..Self::default() };
        if let Some(field) = Field::of(root, "profile") {
            configuration.profile = reader.word(&field, PROFILES);
        }
        if let Some(field) = Field::of(root, "fail-on") {
            configuration.fail_on = reader.word(&field, LEVELS).map(|word| match severity(word) {
                Some(severity) => FailOn::Severity(severity),
                None => FailOn::Never,
            });
        }
        if let Some(field) = Field::of(root, "ignore") {
            let names = reader.texts(&field);
            configuration.ignore = names.iter().filter_map(|(at, name)| reader.rule(*at, name)).collect();
        }
        if let Some(table) = Field::of(root, "severities").and_then(|field| reader.table(&field)) {
            configuration.severities = severities(table, &mut reader);
        }
        if let Some(table) = Field::of(root, "network").and_then(|field| reader.table(&field)) {
            configuration.network = network(table, &mut reader);
        }
        if let Some(field) = Field::of(root, "accept") {
            configuration.acceptances = acceptances(&field, &mut reader);
        }
        let faults = reader.faults();
        if faults.is_empty() { Ok(configuration) } else { Err(faults) }
    }

    /// The decisions of this file. `ignored` are the rules that are not applied because of it.
    #[must_use]
    pub fn decisions(self, file: String, ignored: Vec<&'static Rule>) -> Decisions {
        Decisions {
            file: Some(file),
            sha256: self.sha256,
            ignored,
            severities: self.severities,
            acceptances: self.acceptances,
        }
    }
}

fn severities(table: &DeTable<'_>, reader: &mut Reader<'_>) -> Vec<(&'static Rule, Severity)> {
    let mut severities = Vec::new();
    for field in Field::all(table) {
        let rule = reader.rule(field.at, field.name);
        if let (Some(rule), Some(severity)) = (rule, reader.word(&field, SEVERITIES).and_then(severity)) {
            if severities.iter().any(|(known, _): &(&Rule, _)| known.id == rule.id) {
                reader.fault(field.at, format!("{} has two severities", rule.id));
            }
            severities.push((rule, severity));
        }
    }
    severities
}

fn network(table: &DeTable<'_>, reader: &mut Reader<'_>) -> Network {
    reader.check_keys(table, "[network]", NETWORK_KEYS);
    let mut number = |name, most: u64, least: u64| {
        let field = Field::of(table, name)?;
        reader.number(&field, least..=most)
    };
    // The limits are those of the options.
    let narrow = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok());
    Network {
        jobs: number("jobs", 1024, 1).and_then(|jobs| u16::try_from(jobs).ok()),
        timeout: number("timeout", 3_600, 1),
        host_timeout: number("host-timeout", 86_400, 1),
        retries: narrow(number("retries", 20, 0)),
        nameserver: Field::of(table, "nameserver").and_then(|field| reader.text(&field)),
    }
}

fn acceptances(field: &Field<'_, '_>, reader: &mut Reader<'_>) -> Vec<Acceptance> {
    let Some(list) = field.value.as_array() else {
        reader.fault(field.at, "“accept” must be written as [[accept]]".to_owned());
        return Vec::new();
    };
    let mut acceptances = Vec::new();
    for entry in list {
        let at = entry.span().start;
        match entry.get_ref() {
            DeValue::Table(table) => acceptances.extend(acceptance(at, table, reader)),
            _ => reader.fault(at, "“accept” must be written as [[accept]]".to_owned()),
        }
    }
    acceptances
}

/// An acceptance. Nothing may be missing: without an owner or an end, a fault would be hidden permanently.
fn acceptance(at: usize, table: &DeTable<'_>, reader: &mut Reader<'_>) -> Option<Acceptance> {
    reader.check_keys(table, "[[accept]]", ACCEPT_KEYS);
    let mut required = |name, purpose| {
        let field = Field::of(table, name);
        if field.is_none() {
            reader.fault(at, format!("[[accept]] without “{name}”, {purpose}"));
        }
        field
    };
    let rule = required("rule", "the id or name of a rule");
    let machines = required("machines", "a list of names, in which * matches any characters");
    let reason = required("reason", "why the finding is accepted");
    let owner = required("owner", "who answers for it");
    let until = required("until", "the last day, such as 2027-01-31");
    let rule = rule.and_then(|field| {
        let name = reader.text(&field)?;
        reader.rule(field.value_at, &name)
    });
    let machines = machines.map(|field| {
        let names = reader.texts(&field);
        if field.value.as_array().is_some_and(|list| list.is_empty()) {
            reader.fault(field.value_at, "“machines” is empty; write [\"*\"] for all machines".to_owned());
        }
        names.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
    });
    let reason = reason.and_then(|field| reader.text(&field));
    let owner = owner.and_then(|field| reader.text(&field));
    let until = until.and_then(|field| date(&field, reader));
    Some(Acceptance { rule: rule?.id, machines: machines?, reason: reason?, owner: owner?, until: until? })
}

/// A day, as a date of TOML or as text.
fn date(field: &Field<'_, '_>, reader: &mut Reader<'_>) -> Option<Date> {
    let written = match field.value {
        DeValue::Datetime(written) if written.time.is_none() => {
            written.date.map(|date| Date { year: date.year, month: date.month, day: date.day })
        }
        DeValue::String(text) => day(text),
        _ => None,
    };
    let date = written.filter(|date| FileTime::from_utc(*date, 0, 0, 0).is_some());
    if date.is_none() {
        reader.fault(field.value_at, format!("“{}” must be a day, such as 2027-01-31", field.name));
    }
    date
}

/// `2027-01-31`
fn day(text: &str) -> Option<Date> {
    if text.len() != "2027-01-31".len() {
        return None;
    }
    let mut parts = text.split('-');
    let date = Date {
        year: parts.next()?.parse().ok()?,
        month: parts.next()?.parse().ok()?,
        day: parts.next()?.parse().ok()?,
    };
    parts.next().is_none().then_some(date)
}

fn severity(word: &str) -> Option<Severity> {
    Some(match word {
        "info" => Severity::Info,
        "warning" => Severity::Warning,
        "error" => Severity::Error,
        "critical" => Severity::Critical,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        Configuration::parse(text).map_or_else(
            |faults| faults.iter().map(ToString::to_string).collect(),
            |configuration| panic!("{configuration:?}"),
        )
    }

    #[test]
    fn every_key_is_read() {
        let text = r#"
profile = "host"
fail-on = "warning"
ignore = ["RDSL-104", "mode-not-configured"]

[severities]
RDSL-020 = "info"

[network]
jobs = 8
timeout = 10
host-timeout = 60
retries = 0
nameserver = "10.0.0.5"

[[accept]]
rule = "RDSL-001"
machines = ["RDSH*", "rdsh9.corp.example"]
reason = "replaced in January"
owner = "A. Admin"
until = 2027-01-31
"#;
        let read = Configuration::parse(text).unwrap();
        assert_eq!((read.profile, read.fail_on), (Some("host"), Some(FailOn::Severity(Severity::Warning))));
        assert_eq!(read.ignore.iter().map(|rule| rule.id).collect::<Vec<_>>(), ["RDSL-104", "RDSL-001"]);
        assert_eq!(read.network.jobs, Some(8));
        assert_eq!(read.network.nameserver.as_deref(), Some("10.0.0.5"));
        assert_eq!(read.severities[0].1, Severity::Info);
        let [accepted] = &*read.acceptances else { panic!("{:?}", read.acceptances) };
        assert_eq!((accepted.rule, &*accepted.until.to_string()), ("RDSL-001", "2027-01-31"));
        assert!(Configuration::parse("").is_ok());
    }

    #[test]
    fn faults_have_their_place_and_a_hint() {
        assert_eq!(
            faults("profil = 'host'"),
            ["1:1: unknown key “profil” in the file; did you mean “profile”?"]
        );
        assert_eq!(
            faults("\n[network]\n  job = 3\nretries = 21\ntimeout = 'x'\n"),
            [
                "3:3: unknown key “job” in [network]; did you mean “jobs”?",
                "4:11: “retries” must be a whole number from 0 to 20",
                "5:11: “timeout” must be a whole number from 1 to 3600",
            ]
        );
        assert_eq!(
            faults("ignore = ['RDSL-99999', 'mode-not-configurd']"),
            [
                "1:11: no rule is named “RDSL-99999”; `rdscal rules` lists the rules",
                "1:25: no rule is named “mode-not-configurd”; did you mean “mode-not-configured”?",
            ]
        );
        assert_eq!(
            faults("[severities]\nRDSL-001 = 'eror'\n"),
            ["2:12: “RDSL-001” must be one of info, warning, error, critical; did you mean “error”?"]
        );
        assert!(faults("a = [").remove(0).starts_with("1:"));
        let one =
            "[[accept]]\nrule = 'RDSL-001'\nmachines = 'A'\nreason = 'r'\nowner = 'o'\nuntil = '2027-01-31'";
        assert_eq!(faults(one), ["3:12: “machines” must be a list of texts, such as [\"A\", \"B\"]"]);
        assert_eq!(faults("accept = 1"), ["1:1: “accept” must be written as [[accept]]"]);
    }

    #[test]
    fn an_acceptance_is_complete() {
        let whole =
            ["rule = 'RDSL-001'", "machines = ['*']", "reason = 'r'", "owner = 'o'", "until = 2027-02-28"];
        for (missing, name) in ["rule", "machines", "reason", "owner", "until"].into_iter().enumerate() {
            let mut lines = whole.to_vec();
            lines.remove(missing);
            let text = format!("# x\n\n[[accept]]\n{}", lines.join("\n"));
            let found = faults(&text);
            assert!(found[0].starts_with(&format!("3:1: [[accept]] without “{name}”")), "{found:?}");
        }
        let with = |line: &str| faults(&format!("[[accept]]\n{}\n{line}", whole[..4].join("\n")));
        for wrong in ["2027-02-28T00:00:00", "'2027-02-30'", "'soon'", "20270101", "''", "08:00:00"] {
            let found = with(&format!("until = {wrong}"));
            assert_eq!(found, ["6:9: “until” must be a day, such as 2027-01-31"], "{wrong}");
        }
        let blank = faults(&format!(
            "[[accept]]\n{}\nowner = ' '",
            [whole[0], whole[1], whole[2], whole[4]].join("\n")
        ));
        assert_eq!(blank, ["6:9: “owner” is empty"]);
        let nobody = faults(&format!(
            "[[accept]]\nmachines = []\n{}",
            [whole[0], whole[2], whole[3], whole[4]].join("\n")
        ));
        assert!(nobody[0].starts_with("2:12: “machines” is empty"), "{nobody:?}");
    }
}
