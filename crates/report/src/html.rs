//! One self-contained HTML file: no network, no script, readable on paper.

use askama::Template;
use licensing::model::Effective;
use licensing::{Finding, MachineReport, Report, Verdict};

use crate::ReportError;

/// The report as an HTML page.
pub fn render(report: &Report) -> Result<String, ReportError> {
    let machines = report.machines.iter().map(Card::new).collect();
    let fleet = report.fleet_findings.iter().map(Entry::new).collect();
    Ok(Page { report, machines, fleet }.render()?)
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
    roles: String,
    findings: Vec<Entry<'a>>,
}

impl<'a> Card<'a> {
    fn new(report: &'a MachineReport) -> Self {
        let verdict = Verdict::of(report);
        let settings = &report.settings;
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
            mode: effective(&settings.licensing_mode.effective, ToString::to_string),
            servers: effective(&settings.license_servers.effective, |servers| {
                servers.iter().map(|server| server.0.as_str()).collect::<Vec<_>>().join(", ")
            }),
            roles: report.roles.iter().map(|role| role.label()).collect::<Vec<_>>().join(", "),
            findings: report.findings.iter().map(Entry::new).collect(),
            report,
        }
    }
}

fn effective<T>(effective: &Effective<T>, show: impl Fn(&T) -> String) -> String {
    match effective {
        Effective::Value(value) => show(value),
        Effective::Unless(value) => format!("{}, unless an unseen policy says otherwise", show(value)),
        Effective::NotSet => "not set".to_owned(),
        Effective::Unknown => "unknown".to_owned(),
    }
}

/// One finding.
struct Entry<'a> {
    finding: &'a Finding,
    severity: String,
    why: String,
    safety: String,
    steps: Vec<String>,
}

impl<'a> Entry<'a> {
    fn new(finding: &'a Finding) -> Self {
        let doc = finding.rule.doc();
        let plain = |text: &str| text.replace(['`', '*'], "");
        Self {
            finding,
            severity: format!("{:?}", finding.severity).to_lowercase(),
            why: plain(doc.why),
            safety: plain(doc.fix_safety),
            steps: finding.steps().iter().map(|step| plain(step)).collect(),
        }
    }
}
