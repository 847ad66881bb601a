//! `rdscal doctor` on a screen.

use std::collections::BTreeMap;
use std::io::Write;

use licensing::judge::UndecidedRule;
use licensing::model::{Effective, ServerEntry, Setting};
use licensing::rules::Severity;
use licensing::{Finding, MachineReport, Report, Verdict};

use super::layout::{self, Page, paint};
use super::overview;
use crate::stream::worst_first;
use crate::{Format, Kept, ReportError, Spool};

/// Column of the labels.
pub(super) const LABEL: usize = 9;

/// Of the rules that lack the same evidence so many are named; JSON has all.
const SHOWN_IDS: usize = 6;

/// Above this number of machines the list of verdicts comes first, and machines without findings get no page of their own.
const MANY: usize = 4;

/// What is wrong with each machine, for a screen of this width in columns: the verdicts, then the worst machine first.
#[derive(Clone, Copy, Debug)]
pub struct Doctor {
    /// The width.
    pub width: usize,
}

/// Whether the line in the overview says all that there is to say of a machine.
#[derive(Clone, Copy, Debug)]
pub struct SaidInALine(bool);

impl Format for Doctor {
    type Memo = SaidInALine;

    fn part(&self, machine: &MachineReport) -> Result<(Vec<u8>, SaidInALine), ReportError> {
        let mut page = Page::new(self.width);
        self::machine(&mut page, machine);
        Ok((page.finish().into_bytes(), SaidInALine(has_nothing_to_tell(machine))))
    }

    fn put_together(
        &self,
        report: &Report<Kept<SaidInALine>>,
        spool: &mut Spool,
        out: &mut dyn Write,
    ) -> Result<(), ReportError> {
        let machines = worst_first(&report.machines);
        let many = machines.len() > MANY;
        let several = machines.len() > 1;
        let mut page = Page::new(self.width);
        if several {
            let briefs: Vec<_> = machines.iter().map(|machine| &machine.brief).collect();
            overview::overview(&mut page, &briefs, many, out)?;
        }
        for machine in machines.into_iter().filter(|machine| !many || !machine.memo.0) {
            if several {
                out.write_all(b"\n")?;
            }
            spool.copy(machine.segment, out)?;
        }
        if !report.fleet_findings.is_empty() {
            page.gap();
            page.line(&paint("The machines together", layout::strong()));
            findings(&mut page, &report.fleet_findings);
        }
        unknown(&mut page, &report.fleet_unknown, "on several machines");
        problems(&mut page, report);
        page.pour(out)?;
        Ok(())
    }
}

/// True where the line in the overview says it all.
fn has_nothing_to_tell(machine: &MachineReport) -> bool {
    machine.findings.is_empty()
        && machine.unread.is_empty()
        && (machine.notes.is_empty() || machine.has_no_licensing_keys())
}

/// What could not be read.
pub(super) fn problems<M>(page: &mut Page, report: &Report<M>) {
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
    findings(page, &machine.findings);
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
    unknown(page, &machine.unknown, "from this source");
}

/// What the machine is, in a few lines.
fn facts(page: &mut Page, machine: &MachineReport) {
    identity(page, machine);
    setting(page, "Mode", &machine.settings.licensing_mode, ToString::to_string);
    setting(page, "Servers", &machine.settings.license_servers, |list| servers(list));
    if let Some(grace) = grace(machine) {
        page.labeled(2, "Grace", LABEL, &grace);
    }
}

/// The names of license servers. Blanks and empty entries are faults, and would not be seen without quotes.
pub(crate) fn servers(list: &[ServerEntry]) -> String {
    let odd = list.iter().any(|server| server.0.trim() != server.0 || server.0.is_empty());
    let shown = |server: &ServerEntry| if odd { format!("“{}”", server.0) } else { server.0.clone() };
    list.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// How the grace period stands, where that is known.
pub(crate) fn grace(machine: &MachineReport) -> Option<String> {
    let grace = machine.grace.as_ref()?;
    let end = grace.end.as_ref()?;
    let over = if end.days_left > 0 { "" } else { "; matters only where no license server issues licenses" };
    let otherwise = grace.disagreement.as_ref().map(|text| format!(". {text}")).unwrap_or_default();
    Some(format!("{}{over}{otherwise}", end.shown()))
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
    page.labeled(2, "Source", LABEL, machine.source.shown());
    page.labeled(2, "Judged", LABEL, &format!("as of {}", layout::to_the_second(machine.judged_at)));
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
pub(crate) fn in_force<T: Clone>(setting: &Setting<T>, show: &impl Fn(&T) -> String) -> String {
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

/// Findings, those of one rule together: what they have in common is said once.
fn findings(page: &mut Page, findings: &[Finding]) {
    for group in findings.chunk_by(crate::alike) {
        for finding in group {
            found(page, finding);
        }
        if let Some(finding) = group.first() {
            explained(page, finding);
        }
    }
}

/// What is particular to a finding.
fn found(page: &mut Page, finding: &Finding) {
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
        page.labeled(6, label, LABEL, &layout::evidence(evidence));
        label = "";
    }
    for note in &finding.notes {
        page.labeled(6, "Note", LABEL, note);
    }
}

/// Why it matters and what to do about it.
fn explained(page: &mut Page, finding: &Finding) {
    let doc = finding.rule.doc();
    page.labeled(6, "Why", LABEL, &flowing(doc.why));
    page.numbered(6, "Fix", LABEL, finding.steps().iter().map(|step| plain(step)));
    if let Some(usage) = crate::repair_usage(finding.rule) {
        page.labeled(6, "Repair", LABEL, &usage);
    }
    if !doc.fix_safety.is_empty() {
        page.labeled(6, "Safety", LABEL, &flowing(doc.fix_safety));
    }
    if finding.confidence != licensing::Confidence::High {
        let text = format!("{:?} confidence. {}", finding.confidence, flowing(doc.can_be_wrong));
        page.labeled(6, "Sure?", LABEL, &text);
    }
    let mut label = "Sources";
    for source in finding.rule.sources {
        page.labeled(6, label, LABEL, &source.to_string());
        label = "";
    }
}

/// What could not be known, grouped by where it is to be had.
fn unknown(page: &mut Page, unanswered: &[UndecidedRule], whence: &str) {
    if unanswered.is_empty() {
        return;
    }
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for rule in unanswered {
        for need in &rule.needs {
            let ids = groups.entry(need.available_from()).or_default();
            if !ids.contains(&rule.rule) {
                ids.push(rule.rule);
            }
        }
    }
    page.gap();
    let sentence = match unanswered.len() {
        1 => format!("1 check could not be made {whence}. It needs"),
        count => format!("{count} checks could not be made {whence}. They need"),
    };
    page.hanging("  ", "  ", &paint(sentence, layout::dim()));
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
    machine.name.as_deref().unwrap_or(machine.source.shown())
}

/// Markdown prose as running text.
pub(crate) fn flowing(markdown: &str) -> String {
    plain(&markdown.lines().map(str::trim).collect::<Vec<_>>().join(" "))
}

/// Without Markdown's emphasis and code marks.
pub(crate) fn plain(markdown: &str) -> String {
    markdown.replace(['`', '*'], "")
}
