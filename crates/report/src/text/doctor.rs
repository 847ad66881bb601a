//! `rdscal doctor` on a screen.

use std::collections::BTreeMap;

use licensing::judge::Unanswered;
use licensing::model::{Effective, Setting};
use licensing::rules::Severity;
use licensing::{Finding, MachineReport, Report, Verdict};

use super::layout::{self, Page, paint};

/// Column of the labels within a finding.
const LABEL: usize = 9;

/// Of the rules that lack the same evidence so many are named; JSON has all.
const SHOWN_IDS: usize = 6;

/// Above this number of machines the list of verdicts comes first, and machines without findings get no page of their own.
const MANY: usize = 4;

/// The report for a screen of this width.
#[must_use]
pub fn doctor(report: &Report, width: usize) -> String {
    let mut page = Page::new(width);
    let many = report.machines.len() > MANY;
    // The worst first; equals stay in the order in which they were found.
    let mut machines: Vec<&MachineReport> = report.machines.iter().collect();
    machines.sort_by_key(|machine| std::cmp::Reverse(Verdict::of(machine).standing));
    if machines.len() > 1 {
        overview(&mut page, &machines, many);
    }
    for machine in machines {
        if many && machine.findings.is_empty() {
            continue;
        }
        if report.machines.len() > 1 {
            page.gap();
        }
        self::machine(&mut page, machine);
    }
    if !report.fleet_findings.is_empty() {
        page.gap();
        page.line(&paint("The machines together", layout::strong()));
        for finding in &report.fleet_findings {
            self::finding(&mut page, finding);
        }
    }
    problems(&mut page, report);
    page.finish()
}

/// What could not be read.
pub(super) fn problems(page: &mut Page, report: &Report) {
    if report.problems.is_empty() {
        return;
    }
    if !report.machines.is_empty() {
        page.gap();
    }
    page.line(&paint("Could not be read", layout::severity(Severity::Error)));
    for problem in &report.problems {
        page.hanging("  ", "    ", &format!("{}: {}", problem.source, problem.message));
    }
}

/// One line for each machine.
fn overview(page: &mut Page, machines: &[&MachineReport], many: bool) {
    let says_nothing = |machine: &MachineReport| machine.has_no_licensing_keys();
    let listed: Vec<_> = machines.iter().filter(|machine| !many || !says_nothing(machine)).collect();
    let column = listed.iter().map(|machine| label(machine).chars().count()).max().unwrap_or(0).min(40);
    for machine in &listed {
        let verdict = Verdict::of(machine);
        let standing = paint(format!("{:<17}", verdict.standing.label()), layout::standing(verdict.standing));
        let first = format!("{:<column$}  {standing} ", label(machine));
        page.hanging(&first, &" ".repeat(column + 4), &verdict.sentence);
    }
    match machines.len() - listed.len() {
        0 => {}
        1 => page.line("1 more source holds none of the keys that Remote Desktop licensing uses"),
        more => page
            .line(&format!("{more} more sources hold none of the keys that Remote Desktop licensing uses")),
    }
}

fn machine(page: &mut Page, machine: &MachineReport) {
    let verdict = Verdict::of(machine);
    let head = format!(
        "{}: {} - {}",
        paint(label(machine), layout::strong()),
        paint(verdict.standing.label().to_uppercase(), layout::standing(verdict.standing)),
        verdict.sentence
    );
    page.hanging("", "  ", &head);
    facts(page, machine);
    for finding in &machine.findings {
        self::finding(page, finding);
    }
    for note in &machine.notes {
        page.gap();
        page.labeled(2, "Note", LABEL, &format!("{}: {}", note.about, note.text));
    }
    if !machine.unread.is_empty() {
        page.gap();
        for unread in &machine.unread {
            page.labeled(2, "Unread", LABEL, &format!("{}: {}", unread.path, unread.reason));
        }
    }
    unknown(page, &machine.unknown);
}

/// What the machine is, in a few lines.
fn facts(page: &mut Page, machine: &MachineReport) {
    identity(page, machine);
    setting(page, "Mode", &machine.settings.licensing_mode, ToString::to_string);
    setting(page, "Servers", &machine.settings.license_servers, |servers| {
        servers.iter().map(|server| server.0.as_str()).collect::<Vec<_>>().join(", ")
    });
    if let Some(end) = machine.grace.as_ref().and_then(|grace| grace.end.as_ref()) {
        let over =
            if end.days_left > 0 { "" } else { "; matters only where no license server issues licenses" };
        page.labeled(2, "Grace", LABEL, &format!("{}{over}", end.shown()));
    }
}

/// Product, roles, source, time.
pub(super) fn identity(page: &mut Page, machine: &MachineReport) {
    let product = &machine.product;
    let mut parts: Vec<String> = Vec::new();
    parts.extend(product.name.clone());
    match (product.build, product.ubr) {
        (Some(build), Some(ubr)) => parts.push(format!("build {build}.{ubr}")),
        (Some(build), None) => parts.push(format!("build {build}")),
        _ => {}
    }
    parts.extend(machine.roles.iter().map(|role| role.label().to_owned()));
    if !parts.is_empty() {
        page.labeled(2, "Machine", LABEL, &parts.join(", "));
    }
    page.labeled(2, "Source", LABEL, &machine.source.locator);
    page.labeled(2, "Judged", LABEL, &format!("as of {}", machine.judged_at));
    if let Some(sets) = &machine.control_sets {
        page.labeled(2, "Registry", LABEL, &format!("CurrentControlSet is {}", sets.resolved));
    }
}

fn setting<T: Clone>(page: &mut Page, label: &str, setting: &Setting<T>, show: impl Fn(&T) -> String) {
    if !setting.candidates.is_empty() {
        page.labeled(2, label, LABEL, &in_force(setting, &show));
    }
}

/// The value in force and where it comes from.
pub(super) fn in_force<T: Clone>(setting: &Setting<T>, show: &impl Fn(&T) -> String) -> String {
    let place = setting.winner().map(|winner| winner.place.label()).unwrap_or_default();
    match &setting.effective {
        Effective::Value(value) => format!("{} ({place})", show(value)),
        Effective::Unless(value) => {
            format!("{} ({place}), unless a policy that could not be seen says otherwise", show(value))
        }
        Effective::NotSet => "not set".to_owned(),
        Effective::Unknown => "cannot be told from this source".to_owned(),
    }
}

fn finding(page: &mut Page, finding: &Finding) {
    page.gap();
    let severity =
        paint(format!("{:?}", finding.severity).to_uppercase(), layout::severity(finding.severity));
    let head = format!("{severity} {} {}", paint(finding.rule.id, layout::strong()), finding.title);
    page.hanging("  ", "      ", &head);
    if !finding.machines.is_empty() {
        page.labeled(6, "Machines", LABEL, &finding.machines.join(", "));
    }
    let mut label = "Evidence";
    for evidence in &finding.evidence {
        page.labeled(6, label, LABEL, &evidence.to_string());
        label = "";
    }
    for note in &finding.notes {
        page.labeled(6, "Note", LABEL, note);
    }
    let doc = finding.rule.doc();
    page.labeled(6, "Why", LABEL, &flowing(doc.why));
    let mut label = "Fix";
    for (index, step) in finding.steps().iter().enumerate() {
        page.labeled(6, label, LABEL, &format!("{}. {}", index + 1, plain(step)));
        label = "";
    }
    if !doc.fix_safety.is_empty() {
        page.labeled(6, "Safety", LABEL, &flowing(doc.fix_safety));
    }
    if finding.confidence != licensing::Confidence::High {
        page.labeled(
            6,
            "Sure?",
            LABEL,
            &format!("{:?} confidence. {}", finding.confidence, flowing(doc.can_be_wrong)),
        );
    }
    let mut label = "Sources";
    for source in finding.rule.sources {
        let text = if source.url.is_empty() {
            source.title.to_owned()
        } else {
            format!("{} <{}>", source.title, source.url)
        };
        page.labeled(6, label, LABEL, &text);
        label = "";
    }
}

/// What could not be known, grouped by where it is to be had.
fn unknown(page: &mut Page, unanswered: &[Unanswered]) {
    if unanswered.is_empty() {
        return;
    }
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for rule in unanswered {
        for need in &rule.needs {
            let ids = groups.entry(need.from_where()).or_default();
            if !ids.contains(&rule.rule) {
                ids.push(rule.rule);
            }
        }
    }
    page.gap();
    let count = match unanswered.len() {
        1 => "1 check".to_owned(),
        count => format!("{count} checks"),
    };
    page.hanging(
        "  ",
        "  ",
        &paint(format!("{count} could not be made from this source. They need"), layout::dim()),
    );
    for (place, ids) in groups {
        let shown = ids.get(..SHOWN_IDS).unwrap_or(&ids);
        let more = match ids.len() - shown.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        page.hanging("    ", "      ", &format!("{place}: {}{more}", shown.join(", ")));
    }
}

/// The machine's name, else its source.
pub(super) fn label(machine: &MachineReport) -> &str {
    machine.name.as_deref().unwrap_or(&machine.source.locator)
}

/// Markdown prose as running text.
pub(super) fn flowing(markdown: &str) -> String {
    plain(&markdown.lines().map(str::trim).collect::<Vec<_>>().join(" "))
}

/// Without Markdown's emphasis and code marks.
pub(super) fn plain(markdown: &str) -> String {
    markdown.replace(['`', '*'], "")
}
