//! One self-contained HTML file: no network, no script, readable on paper.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use askama::Template;
use licensing::judge::Unanswered;
use licensing::{Confidence, Finding, MachineReport, Report, Rule, Verdict};

use crate::text::doctor::{flowing, grace, in_force, plain, servers};
use crate::{ReportError, alike, text};

/// The report as an HTML page, the machines that are worst first.
pub fn render(report: &Report) -> Result<String, ReportError> {
    let mut machines: Vec<_> = report.machines.iter().map(Card::new).collect();
    machines.sort_by_key(|card| Reverse(card.verdict.standing));
    let fleet = entries(&report.fleet_findings);
    let page = Page { report, machines, fleet }.render()?;
    Ok(text::visible(&page).into_owned())
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    report: &'a Report,
    machines: Vec<Card<'a>>,
    fleet: Vec<Entry<'a>>,
}

/// One machine.
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
    /// How many checks could not be made, in words.
    checks: String,
    /// What they need, by where it is to be had.
    missing: Vec<(String, Vec<&'a Unanswered>)>,
}

impl<'a> Card<'a> {
    fn new(report: &'a MachineReport) -> Self {
        let verdict = Verdict::of(report);
        let settings = &report.settings;
        let mut missing: BTreeMap<String, Vec<&Unanswered>> = BTreeMap::new();
        for rule in &report.unknown {
            for need in &rule.needs {
                let rules = missing.entry(need.from_where()).or_default();
                if !rules.iter().any(|known| known.rule == rule.rule) {
                    rules.push(rule);
                }
            }
        }
        Self {
            name: report.name.as_deref().unwrap_or(&report.source.locator),
            class: match verdict.standing.label() {
                "critical" => "critical",
                "error" => "error",
                "warning" => "warning",
                "info" => "info",
                "no licensing keys" => "none",
                _ => "good",
            },
            verdict,
            mode: in_force(&settings.licensing_mode, &ToString::to_string),
            servers: in_force(&settings.license_servers, &|list| servers(list)),
            grace: grace(report).unwrap_or_default(),
            roles: report.roles.iter().map(|role| role.label()).collect::<Vec<_>>().join(", "),
            findings: entries(&report.findings),
            checks: match report.unknown.len() {
                1 => "1 check".to_owned(),
                count => format!("{count} checks"),
            },
            missing: missing.into_iter().collect(),
            report,
        }
    }
}

/// Findings of one rule, with what is said of all of them.
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
            confidence => format!("{confidence:?} confidence. {}", flowing(doc.can_be_wrong)),
        };
        Some(Self {
            findings,
            rule: first.rule,
            severity: format!("{:?}", first.severity).to_lowercase(),
            why: flowing(doc.why),
            steps: first.steps().iter().map(|step| plain(step)).collect(),
            repair: crate::repair_usage(first.rule).unwrap_or_default(),
            safety: flowing(doc.fix_safety),
            verify: flowing(doc.verify),
            doubt,
        })
    }
}
