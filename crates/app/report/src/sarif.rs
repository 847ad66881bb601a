//! SARIF 2.1.0, for findings in pull requests.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::io::{self, Write};

use licensing::baseline::{Absence, AbsentFinding, Change, fingerprint};
use licensing::decisions::{Acceptance, Accepted, UsedConfiguration};
use licensing::knowledge::products::KNOWN_UNTIL;
use licensing::{Confidence, Evidence, Finding, MachineReport, Report, Rule, Severity, rules};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use snapshot::{Position, Region};

use crate::json::{self, Indented, List};
use crate::{Format, Rendered, ReportError, Spool};

/// A report as a SARIF log with one run.
///
/// A result refers to its rule by index among the rules that fired, which is known only at the end. So a
/// result is buffered without its beginning, which is written when the report is assembled.
#[derive(Clone, Copy, Debug)]
pub struct Sarif;

/// Data needed to write the results of a machine.
#[derive(Debug)]
pub struct Results {
    /// The file to which its findings are attached.
    file: Box<str>,
    /// The rule of each result, and the length of the buffered part.
    waiting: Box<[(&'static Rule, u64)]>,
}

/// The address of the project, as in the names of the JSON schemas.
const INFORMATION: &str = "https://rdscal.example/";

/// Indentation of a result.
const INDENT: &str = "        ";

impl Format for Sarif {
    type Memo = Results;

    const SHOWS_POSITIONS: bool = true;

    fn part(&self, machine: &MachineReport) -> Result<(Vec<u8>, Results), ReportError> {
        let mut part = Vec::new();
        let mut waiting = Vec::with_capacity(machine.findings.len());
        for finding in machine.findings.iter().chain(&machine.accepted) {
            let begin = part.len();
            let locations = locations(finding, machine);
            let print = fingerprint(&machine.fleet_key.label, finding);
            rest(finding, locations.into_iter(), &print, machine.name.as_deref(), &mut part)?;
            waiting.push((finding.rule, (part.len() - begin) as u64));
        }
        for absent in machine.baseline.iter().flat_map(|baseline| &baseline.absent) {
            let Some(rule) = rules::by_name(&absent.rule) else { continue };
            let begin = part.len();
            gone(absent, Some(file(machine)), machine.name.as_deref(), &mut part)?;
            waiting.push((rule, (part.len() - begin) as u64));
        }
        Ok((part, Results { file: file(machine).into(), waiting: waiting.into() }))
    }

    fn assemble(
        &self,
        report: &Report<Rendered<Results>>,
        spool: &mut Spool,
        out: &mut dyn Write,
    ) -> Result<(), ReportError> {
        let used = used(report);
        let frame = frame(report, &used)?;
        // The results are the last element.
        let (before, after) = frame.rsplit_once(json::EMPTY).unwrap_or((&frame, ""));
        out.write_all(before.as_bytes())?;
        let mut list = List::new(INDENT);
        for machine in &report.machines {
            let mut segment = machine.segment;
            for (rule, length) in &machine.memo.waiting {
                let (rest, others) = segment.split(*length);
                list.next(out)?;
                begin(rule, &used, out)?;
                spool.copy(rest, out)?;
                segment = others;
            }
        }
        for finding in report.fleet_findings.iter().chain(&report.fleet_accepted) {
            let concerned: HashSet<&str> = finding.machines.iter().map(String::as_str).collect();
            let files = report.machines.iter().filter_map(|machine| {
                let named = [machine.label(), &machine.brief.fleet_key.locator];
                named.iter().any(|name| concerned.contains(name)).then_some(&*machine.memo.file)
            });
            // Created one by one, because a fleet finding has one for each machine.
            let logical = logical(&finding.evidence);
            let locations = files.map(|file| location(file, None, &logical));
            list.next(out)?;
            begin(finding.rule, &used, out)?;
            rest(finding, locations, &fingerprint("", finding), None, out)?;
        }
        for absent in report.baseline.iter().flat_map(|baseline| &baseline.fleet_absent) {
            let Some(rule) = rules::by_name(&absent.rule) else { continue };
            list.next(out)?;
            begin(rule, &used, out)?;
            gone(absent, None, None, out)?;
        }
        list.end(out)?;
        out.write_all(after.as_bytes())?;
        Ok(())
    }
}

/// The rules that fired, by ID.
fn used(report: &Report<Rendered<Results>>) -> BTreeMap<&'static str, &'static Rule> {
    let machines = report.machines.iter().flat_map(|machine| &machine.memo.waiting).map(|(rule, _)| *rule);
    let fleet = report.fleet_findings.iter().chain(&report.fleet_accepted).map(|finding| finding.rule);
    let absent = report.baseline.iter().flat_map(|baseline| &baseline.fleet_absent);
    let absent = absent.filter_map(|absent| rules::by_name(&absent.rule));
    machines.chain(fleet).chain(absent).map(|rule| (rule.id, rule)).collect()
}

/// The log without results.
fn frame(
    report: &Report<Rendered<Results>>,
    used: &BTreeMap<&'static str, &'static Rule>,
) -> Result<String, ReportError> {
    let problems = report.problems.iter().map(|problem| (&*problem.source, &*problem.message));
    log(used, problems, report.configuration.as_ref(), &[])
}

/// A log with one run: these rules, the configuration, what could not be read (place and message), these
/// results.
pub(crate) fn log<'p>(
    used: &BTreeMap<&str, &Rule>,
    problems: impl Iterator<Item = (&'p str, &'p str)>,
    configuration: Option<&UsedConfiguration>,
    results: &[Value],
) -> Result<String, ReportError> {
    let notifications: Vec<_> = problems
        .map(|(source, message)| json!({"level": "error", "message": {"text": format!("{source}: {message}")}}))
        .collect();
    let mut properties = json!({"known_until": KNOWN_UNTIL});
    if let Some(used) = configuration {
        properties["configuration"] = json!(used);
    }
    json::render(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "rdscal",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": INFORMATION,
                "rules": used.values().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            // Fixes that were published later are not known.
            "properties": properties,
            "invocations": [{
                "executionSuccessful": notifications.is_empty(),
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    }))
}

fn descriptor(rule: &Rule) -> Value {
    let doc = rule.doc();
    let mut descriptor = json!({
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": doc.summary},
        "help": {"text": doc.fix, "markdown": format!("{}\n\n**Fix**\n\n{}", doc.why, doc.fix)},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"confidence": rule.confidence, "family": rule.family()},
    });
    if let Some(source) = rule.sources.iter().find(|source| !source.url.is_empty()) {
        descriptor["helpUri"] = json!(source.url);
    }
    descriptor
}

/// The places of the evidence, the most important first: each part of a file once, with the keys in it.
fn locations(finding: &Finding, machine: &MachineReport) -> Vec<Value> {
    let mut places: Vec<(Position, Vec<&Evidence>)> = Vec::new();
    for evidence in &finding.evidence {
        let position = position(evidence, machine);
        match places.iter_mut().find(|(known, _)| *known == position) {
            Some((_, there)) => there.push(evidence),
            None => places.push((position, vec![evidence])),
        }
    }
    if places.is_empty() {
        return vec![location(file(machine), None, &[])];
    }
    let locations = places
        .iter()
        .map(|(place, there)| location(&place.file, place.region, &logical(there.iter().copied())));
    locations.collect()
}

/// Where the evidence is. If its file was not located, the hive follows from the path of the key.
fn position(evidence: &Evidence, machine: &MachineReport) -> Position {
    // A policy may have several instructions for a value; evidence that names one is about that one.
    if let Some(position) = evidence.position.as_ref().filter(|position| match position.region {
        Some(Region::Bytes { offset, .. }) => evidence.offset.is_none_or(|own| own == offset),
        _ => evidence.offset.is_none(),
    }) {
        return position.clone();
    }
    let mut names = evidence.path.split('\\');
    let role = (names.next() == Some("HKLM"))
        .then(|| names.next().map(|hive| format!("hive {}", hive.to_uppercase())))
        .flatten();
    let files = &machine.source.files;
    let hive = files.iter().find(|record| Some(&record.role) == role.as_ref());
    let file = hive.map_or_else(|| file(machine), |record| &record.path).to_owned();
    let region = evidence.offset.map(|offset| Region::Bytes { offset, length: None });
    Position { file, region }
}

fn location(file: &str, region: Option<Region>, logical: &[Value]) -> Value {
    let mut physical = json!({"artifactLocation": {"uri": uri(file)}});
    match region {
        Some(Region::Bytes { offset, length }) => {
            physical["region"] = json!({"byteOffset": offset});
            if let Some(length) = length {
                physical["region"]["byteLength"] = json!(length);
            }
        }
        Some(Region::Line(line)) => physical["region"] = json!({"startLine": line}),
        None => {}
    }
    json!({"physicalLocation": physical, "logicalLocations": logical})
}

/// The file to which a machine's findings are attached if that of the evidence is not known: its first.
fn file(machine: &MachineReport) -> &str {
    machine.source.files.first().map_or(machine.source.locator.as_str(), |file| file.path.as_str())
}

/// Writes the beginning of a result of this rule.
fn begin(
    rule: &Rule,
    used: &BTreeMap<&'static str, &'static Rule>,
    out: &mut dyn Write,
) -> Result<(), ReportError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Beginning<'a> {
        rule_id: &'a str,
        rule_index: usize,
    }
    let rule_index = used.range(..rule.id).count();
    let beginning = serde_json::to_string_pretty(&Beginning { rule_id: rule.id, rule_index })?;
    let open = beginning.strip_suffix("\n}").unwrap_or(&beginning);
    Indented::new(&mut *out, INDENT).write_all(open.as_bytes())?;
    Ok(out.write_all(b",")?)
}

/// Writes a result without its beginning.
fn rest(
    finding: &Finding,
    locations: impl Iterator<Item = Value> + Clone,
    fingerprint: &str,
    machine: Option<&str>,
    out: &mut dyn Write,
) -> Result<(), ReportError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Rest<'a, L> {
        level: &'a str,
        message: Value,
        locations: L,
        partial_fingerprints: Value,
        #[serde(rename = "baselineState", skip_serializing_if = "Option::is_none")]
        state: Option<&'a str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        suppressions: Vec<Value>,
        properties: Properties<'a>,
    }
    #[derive(Serialize)]
    struct Properties<'a> {
        severity: Severity,
        confidence: Confidence,
        machine: Option<&'a str>,
        machines: &'a [String],
        #[serde(skip_serializing_if = "Option::is_none")]
        accepted: Option<&'a Accepted>,
    }
    let evidence: Vec<_> = finding.evidence.iter().map(ToString::to_string).collect();
    let rest = Rest {
        level: level(finding.severity),
        message: json!({"text": format!("{}\n{}", finding.title, evidence.join("\n"))}),
        locations: Each(locations),
        partial_fingerprints: json!({"rdscal/v1": fingerprint}),
        state: finding.change.map(|change| match change {
            Change::New => "new",
            Change::Worse | Change::Updated => "updated",
            Change::Unchanged => "unchanged",
        }),
        suppressions: suppressions(finding),
        properties: Properties {
            severity: finding.severity,
            confidence: finding.confidence,
            machine,
            machines: &finding.machines,
            accepted: finding.accepted.as_ref(),
        },
    };
    let out = Opened { out: Indented::new(out, INDENT), begun: false };
    Ok(serde_json::to_writer_pretty(out, &rest)?)
}

/// Writes a result that only the baseline has, without its beginning. If it is not known to be fixed, it is
/// not *absent*: its rule could not look, which SARIF calls an open result (section 3.27.9).
fn gone(
    absent: &AbsentFinding,
    file: Option<&str>,
    machine: Option<&str>,
    out: &mut dyn Write,
) -> Result<(), ReportError> {
    let is_fixed = absent.state == Absence::Fixed;
    let locations: Vec<_> = file
        .iter()
        .map(|file| json!({"physicalLocation": {"artifactLocation": {"uri": uri(file)}}}))
        .collect();
    let rest = json!({
        "kind": if is_fixed { "fail" } else { "open" },
        "level": if is_fixed { level(absent.severity) } else { "none" },
        "message": {"text": format!("{}\n{}", absent.title, absent.state.label())},
        "locations": locations,
        "baselineState": if is_fixed { "absent" } else { "unchanged" },
        "properties": {"severity": absent.severity, "machine": machine, "baseline": absent.state},
    });
    let out = Opened { out: Indented::new(out, INDENT), begun: false };
    Ok(serde_json::to_writer_pretty(out, &rest)?)
}

/// An accepted finding is a suppressed result (SARIF 2.1.0, section 3.27.23).
fn suppressions(finding: &Finding) -> Vec<Value> {
    let accepted = finding.accepted.iter().filter(|accepted| !accepted.has_expired);
    accepted
        .map(|accepted| {
            let Acceptance { reason, owner, until, .. } = &accepted.acceptance;
            let justification = format!("{reason} (accepted until {until} by {owner})");
            json!({"kind": "external", "status": "accepted", "justification": justification})
        })
        .collect()
}

/// A list whose elements are created one by one.
struct Each<I>(I);

impl<I: Iterator<Item = Value> + Clone> Serialize for Each<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

/// A writer that omits the first byte, the opening brace of an object whose beginning was already written.
struct Opened<W> {
    out: W,
    begun: bool,
}

impl<W: Write> Write for Opened<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let rest = if self.begun { bytes } else { bytes.get(1..).unwrap_or_default() };
        self.begun |= !bytes.is_empty();
        self.out.write_all(rest)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The registry paths of a finding, each once, as the SARIF schema requires (`logicalLocations`:
/// `uniqueItems`). A finding may refer to several values of one key.
pub(crate) fn logical<'e>(evidence: impl IntoIterator<Item = &'e Evidence>) -> Vec<Value> {
    let mut seen = HashSet::new();
    let once = evidence.into_iter().filter(|evidence| seen.insert(evidence.path.as_str()));
    once.map(|evidence| json!({"fullyQualifiedName": evidence.path, "kind": "resource"})).collect()
}

pub(crate) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "note",
        Severity::Warning => "warning",
        Severity::Error | Severity::Critical => "error",
    }
}

/// A relative URI reference, or a `file:` URI for an absolute Unix or Windows path.
pub(crate) fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let drive =
        path.as_bytes().get(..3).is_some_and(|head| head[0].is_ascii_alphabetic() && &head[1..] == b":/");
    let mut encoded = String::new();
    for (index, byte) in path.bytes().enumerate() {
        if byte.is_ascii_alphanumeric() || b"-._~/!".contains(&byte) || drive && index == 1 {
            encoded.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    if drive {
        format!("file:///{encoded}")
    } else if encoded.starts_with("//") {
        format!("file:{encoded}")
    } else if encoded.starts_with('/') {
        format!("file://{encoded}")
    } else {
        encoded
    }
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("hives/SYSTEM"), "hives/SYSTEM");
        assert_eq!(uri("/mnt/my disk/SYSTEM"), "file:///mnt/my%20disk/SYSTEM");
        assert_eq!(uri(r"C:\hives\SYSTEM"), "file:///C:/hives/SYSTEM");
        assert_eq!(uri(r"\\host\share\SYSTEM"), "file://host/share/SYSTEM");
        assert_eq!(uri("triage.zip!A/SYSTEM"), "triage.zip!A/SYSTEM");
        assert_eq!(uri("a:b/Größe"), "a%3Ab/Gr%C3%B6%C3%9Fe");
    }
}
