//! One self-contained HTML file: no network, no script, readable on paper.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

use askama::Template;
use licensing::judge::{UndecidedRule, UnreadSource};
use licensing::verdict::Standing;
use licensing::{Confidence, Finding, MachineReport, Report, Rule, Verdict};

use crate::stream::worst_first;
use crate::text::doctor::{flowing, grace, in_force, plain, servers};
use crate::{Format, Rendered, ReportError, Spool, alike, text};

/// A report as an HTML page, the most severe machines first.
#[derive(Clone, Copy, Debug)]
pub struct Html;

impl Format for Html {
    type Memo = ();

    fn part(&self, machine: &MachineReport) -> Result<(Vec<u8>, ()), ReportError> {
        let mut part = Vec::new();
        write_template(&Card::new(machine), &mut part)?;
        Ok((part, ()))
    }

    fn assemble(
        &self,
        report: &Report<Rendered<()>>,
        spool: &mut Spool,
        out: &mut dyn Write,
    ) -> Result<(), ReportError> {
        let machines = worst_first(&report.machines);
        let rows = machines.iter().map(|machine| Row::of(machine)).collect();
        write_template(&Head { report, rows }, out)?;
        for (index, machine) in machines.iter().enumerate() {
            // The target of the link in the overview.
            write!(out, "\n<section id=\"m{}\">\n", index + 1)?;
            spool.copy(machine.segment, out)?;
        }
        let fleet = entries(&report.fleet_findings);
        let accepted = entries(&report.fleet_accepted);
        write_template(&Tail { fleet, accepted, problems: &report.problems }, out)
    }
}

/// Writes a template; makes deceptive characters visible.
pub(crate) fn write_template(template: &impl Template, out: &mut dyn Write) -> Result<(), ReportError> {
    let mut visible = Visible { out, failed: None };
    let rendered = template.render_into(&mut visible);
    match visible.failed {
        Some(error) => Err(error.into()),
        None => Ok(rendered?),
    }
}

/// Adapter from text to bytes. `fmt::Error` has no cause, so the I/O error is stored beside it.
struct Visible<'a> {
    out: &'a mut dyn Write,
    failed: Option<io::Error>,
}

impl fmt::Write for Visible<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.out.write_all(text::visible(text).as_bytes()).map_err(|error| {
            self.failed = Some(error);
            fmt::Error
        })
    }
}

/// The part before the machines: the overview.
#[derive(Template)]
#[template(path = "report/head.html")]
struct Head<'a> {
    report: &'a Report<Rendered<()>>,
    rows: Vec<Row<'a>>,
}

/// A machine's row in the table of verdicts.
struct Row<'a> {
    name: &'a str,
    class: &'static str,
    verdict: &'a Verdict,
}

impl<'a> Row<'a> {
    fn of(machine: &'a Rendered<()>) -> Self {
        let verdict = &machine.brief.verdict;
        Self { name: machine.label(), class: class(verdict.standing), verdict }
    }
}

/// The part after the machines.
#[derive(Template)]
#[template(path = "report/tail.html")]
struct Tail<'a> {
    fleet: Vec<Entry<'a>>,
    accepted: Vec<Entry<'a>>,
    problems: &'a [UnreadSource],
}

/// The color class of a standing.
pub(crate) fn class(standing: Standing) -> &'static str {
    match standing {
        Standing::Critical => "critical",
        Standing::Error => "error",
        Standing::Undetermined | Standing::Warning => "warning",
        Standing::Info | Standing::Accepted => "info",
        Standing::NoLicensingKeys => "none",
        Standing::Healthy | Standing::Configured => "good",
    }
}

/// One machine.
#[derive(Template)]
#[template(path = "report/machine.html")]
struct Card<'a> {
    report: &'a MachineReport,
    name: &'a str,
    verdict: Verdict,
    class: &'static str,
    mode: String,
    servers: String,
    grace: String,
    roles: String,
    findings: Vec<Entry<'a>>,
    accepted: Vec<Entry<'a>>,
    /// How many checks could not be made, in words.
    checks: String,
    /// The missing evidence, grouped by where it is available.
    missing: Vec<(String, Vec<&'a UndecidedRule>)>,
}

impl<'a> Card<'a> {
    fn new(report: &'a MachineReport) -> Self {
        let verdict = Verdict::of(report);
        let settings = &report.settings;
        let mut missing: BTreeMap<String, Vec<&UndecidedRule>> = BTreeMap::new();
        for rule in &report.unknown {
            for need in &rule.needs {
                let rules = missing.entry(need.available_from()).or_default();
                if !rules.iter().any(|known| known.rule == rule.rule) {
                    rules.push(rule);
                }
            }
        }
        Self {
            name: report.name.as_deref().unwrap_or(report.source.shown()),
            class: class(verdict.standing),
            verdict,
            mode: in_force(&settings.licensing_mode, &ToString::to_string),
            servers: in_force(&settings.license_servers, &|list| servers(list)),
            grace: grace(report).unwrap_or_default(),
            roles: report.roles.iter().map(|role| role.label()).collect::<Vec<_>>().join(", "),
            findings: entries(&report.findings),
            accepted: entries(&report.accepted),
            checks: match report.unknown.len() {
                1 => "1 check".to_owned(),
                count => format!("{count} checks"),
            },
            missing: missing.into_iter().collect(),
            report,
        }
    }
}

/// Findings of one rule, with their common text.
struct Entry<'a> {
    findings: &'a [Finding],
    rule: &'static Rule,
    severity: String,
    why: String,
    steps: Vec<String>,
    repair: String,
    safety: String,
    verify: String,
    doubt: String,
}

fn entries(findings: &[Finding]) -> Vec<Entry<'_>> {
    findings.chunk_by(alike).filter_map(Entry::new).collect()
}

impl<'a> Entry<'a> {
    fn new(findings: &'a [Finding]) -> Option<Self> {
        let first = findings.first()?;
        let doc = first.rule.doc();
        let doubt = match first.confidence {
            Confidence::High => String::new(),
            confidence => format!("{confidence:?}. {}", flowing(doc.can_be_wrong)),
        };
        Some(Self {
            findings,
            rule: first.rule,
            severity: format!("{:?}", first.severity).to_lowercase(),
            why: flowing(doc.why),
            steps: first.steps().iter().map(|step| plain(step)).collect(),
            repair: crate::repair_command(first).unwrap_or_default(),
            safety: flowing(doc.fix_safety),
            verify: flowing(doc.verify),
            doubt,
        })
    }
}
