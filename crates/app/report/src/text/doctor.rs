//! `rdscal doctor` as text.

use std::collections::BTreeMap;
use std::io::Write;

use licensing::judge::UndecidedRule;
use licensing::knowledge::products::KNOWN_UNTIL;
use licensing::model::{Effective, ServerEntry, Setting};
use licensing::rules::{RepairCommand, Severity};
use licensing::{Finding, MachineReport, Report, Verdict};
use snapshot::on_one_line;

use super::layout::{self, Page, paint};
use super::{baseline, decisions, overview};
use crate::stream::worst_first;
use crate::{Format, Rendered, ReportError, Spool};

/// Width of the label column.
pub(super) const LABEL: usize = 10;

/// Maximum number of rule IDs per kind of missing evidence; JSON has all.
const SHOWN_IDS: usize = 6;

/// Above this number of machines, machines without findings have no section.
const MANY: usize = 4;

/// Maximum number of findings, of notes and of unreadable keys in the short form.
const SHOWN_FINDINGS: usize = 5;
const SHOWN_NOTES: usize = 2;

/// Lines of the short form up to the last finding, so that one machine fits 24 lines of 80 columns.
const FINDINGS_END: usize = 17;

/// The report as text: the machines, most severe first, and at the end one line for each.
#[derive(Clone, Copy, Debug)]
pub struct Doctor {
    /// Width in columns.
    pub width: usize,
    /// Whether evidence, reasons and repairs are printed; otherwise one line for each finding.
    pub details: bool,
}

/// Whether the line in the overview is sufficient for a machine.
#[derive(Clone, Copy, Debug)]
pub struct FitsOneLine(bool);

impl Format for Doctor {
    type Memo = FitsOneLine;

    fn part(&self, machine: &MachineReport) -> Result<(Vec<u8>, FitsOneLine), ReportError> {
        let mut page = Page::new(self.width);
        self::machine(&mut page, machine, self.details);
        let fits = (machine.accepted.is_empty() || !self.details) && has_nothing_to_tell(machine);
        Ok((page.finish().into_bytes(), FitsOneLine(fits)))
    }

    fn assemble(
        &self,
        report: &Report<Rendered<FitsOneLine>>,
        spool: &mut Spool,
        out: &mut dyn Write,
    ) -> Result<(), ReportError> {
        let machines = worst_first(&report.machines);
        let many = machines.len() > MANY;
        let several = machines.len() > 1;
        let mut page = Page::new(self.width);
        let mut is_first = true;
        for machine in machines.iter().filter(|machine| !many || !machine.memo.0) {
            if !std::mem::take(&mut is_first) {
                out.write_all(b"\n")?;
            }
            spool.copy(machine.segment, out)?;
        }
        let absent = report.baseline.as_ref().map(|baseline| &*baseline.fleet_absent).unwrap_or_default();
        if !report.fleet_findings.is_empty() || !report.fleet_accepted.is_empty() || !absent.is_empty() {
            page.gap();
            page.line(&paint("All machines", layout::strong()));
            findings(&mut page, &report.fleet_findings, self.details);
            decisions::accepted(&mut page, &report.fleet_accepted, self.details);
            baseline::absent(&mut page, absent, self.details);
        }
        if self.details {
            unknown(&mut page, &report.fleet_unknown, "on several machines");
        }
        problems(&mut page, report);
        if let Some(used) = &report.configuration {
            page.gap();
            page.hanging("Configuration: ", "  ", &decisions::configuration(used));
        }
        if let Some(comparison) = &report.baseline {
            page.gap();
            baseline::totals(&mut page, comparison);
        }
        if several {
            if !is_first {
                page.gap();
            }
            let briefs: Vec<_> = machines.iter().map(|machine| &machine.brief).collect();
            overview::overview(&mut page, &briefs, many, out)?;
        }
        page.flush(out)?;
        Ok(())
    }
}

/// True if the line in the overview is sufficient.
fn has_nothing_to_tell(machine: &MachineReport) -> bool {
    machine.findings.is_empty()
        && machine.baseline.as_ref().is_none_or(|baseline| baseline.absent.is_empty())
        && machine.unread.is_empty()
        && (machine.notes.is_empty() || machine.has_no_licensing_keys())
}

/// The unreadable sources.
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

fn machine(page: &mut Page, machine: &MachineReport, details: bool) {
    let verdict = Verdict::of(machine);
    let head = format!(
        "{}: {} - {}",
        paint(label(machine), layout::strong()),
        paint(verdict.standing.label().to_uppercase(), layout::standing(verdict.standing)),
        verdict.sentence
    );
    page.hanging("", "  ", &head);
    if let Some(next) = &verdict.next {
        page.command(2, "Next", LABEL, &next.command);
        page.labeled(2, "", LABEL, next.place);
    }
    facts(page, machine, details);
    if !details {
        decisions::accepted(page, &machine.accepted, false);
    }
    findings(page, &machine.findings, details);
    if details {
        decisions::accepted(page, &machine.accepted, true);
    }
    if let Some(comparison) = &machine.baseline {
        baseline::absent(page, &comparison.absent, details);
    }
    let shown = if details { usize::MAX } else { SHOWN_NOTES };
    if !machine.notes.is_empty() || !machine.unread.is_empty() {
        page.gap();
    }
    let notes = machine.notes.iter().map(|note| ("Note", format!("{}: {}", note.about, note.text)));
    limited(page, notes, shown, "notes");
    let unread =
        machine.unread.iter().map(|unread| ("Unread", format!("{}: {}", unread.path, unread.reason)));
    limited(page, unread, shown, "unreadable keys");
    if details {
        unknown(page, &machine.unknown, "from this source");
    } else {
        page.gap();
        page.hanging("  ", "  ", &paint(remainder(machine), layout::dim()));
    }
}

/// The first of several labeled paragraphs, and the number of the others.
fn limited<'l>(
    page: &mut Page,
    items: impl ExactSizeIterator<Item = (&'l str, String)>,
    shown: usize,
    what: &str,
) {
    let more = items.len().saturating_sub(shown);
    for (label, text) in items.take(shown) {
        page.labeled(2, label, LABEL, &text);
    }
    if more > 0 {
        page.labeled(2, "", LABEL, &format!("and {more} more {what}; -v lists them"));
    }
}

/// The last line of the short form: what else there is, and how to see it.
fn remainder(machine: &MachineReport) -> String {
    let checks = |count: usize| if count == 1 { "1 check".to_owned() } else { format!("{count} checks") };
    let passed = format!("{} passed", checks(machine.passed));
    match machine.unknown.len() {
        0 => format!("{passed}. -v shows evidence and reasons."),
        unknown => {
            format!("{passed}, {} not made. -v shows evidence, reasons and what is missing.", checks(unknown))
        }
    }
}

/// A short description of the machine.
fn facts(page: &mut Page, machine: &MachineReport, details: bool) {
    if details {
        identity(page, machine);
    } else {
        product(page, machine);
    }
    setting(page, "Mode", &machine.settings.licensing_mode, ToString::to_string);
    setting(page, "Servers", &machine.settings.license_servers, |list| servers(list));
    if let Some(grace) = grace(machine) {
        page.labeled(2, "Grace", LABEL, &grace);
    }
}

/// The names of license servers, quoted if there are spaces or empty entries, which would otherwise be
/// invisible.
pub(crate) fn servers(list: &[ServerEntry]) -> String {
    let odd = list.iter().any(|server| server.0.trim() != server.0 || server.0.is_empty());
    let shown =
        |server: &ServerEntry| if odd { server.to_string() } else { on_one_line(&server.0).into_owned() };
    list.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// The state of the grace period, if known.
pub(crate) fn grace(machine: &MachineReport) -> Option<String> {
    let grace = machine.grace.as_ref()?;
    let end = grace.end.as_ref()?;
    let over = if end.days_left > 0 { "" } else { "; relevant only if no license server issues licenses" };
    let otherwise = grace.disagreement.as_ref().map(|text| format!(". {text}")).unwrap_or_default();
    Some(format!("{}{over}{otherwise}", end.shown()))
}

/// Product, roles, source, time.
pub(super) fn identity(page: &mut Page, machine: &MachineReport) {
    product(page, machine);
    page.labeled(2, "Source", LABEL, machine.source.shown());
    page.labeled(
        2,
        "Judged",
        LABEL,
        &format!("as of {}; fixes known until {KNOWN_UNTIL}", layout::to_the_second(machine.judged_at)),
    );
    if let Some(sets) = &machine.control_sets {
        page.labeled(2, "Registry", LABEL, &format!("CurrentControlSet is {}", sets.resolved));
    }
}

/// Product and roles.
fn product(page: &mut Page, machine: &MachineReport) {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(machine.product.shown());
    parts.extend(machine.roles.iter().map(|role| role.label().to_owned()));
    if !parts.is_empty() {
        page.labeled(2, "Machine", LABEL, &on_one_line(&parts.join(", ")));
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
            format!("{} ({place}), unless a policy that this source does not show overrides it", show(value))
        }
        Effective::NotSet => "not set".to_owned(),
        Effective::Unknown => "not shown by this source".to_owned(),
    }
}

/// Findings, grouped by rule; common text is printed once.
fn findings(page: &mut Page, findings: &[Finding], details: bool) {
    if !details {
        return short_findings(page, findings);
    }
    for group in findings.chunk_by(crate::alike) {
        for finding in group {
            found(page, finding);
        }
        if let Some(finding) = group.first() {
            explained(page, finding);
        }
    }
}

/// One paragraph for each finding, and the command that repairs it, which is never wrapped.
fn short_findings(page: &mut Page, findings: &[Finding]) {
    if findings.is_empty() {
        return;
    }
    page.gap();
    let mut offered: Vec<&RepairCommand> = Vec::new();
    let mut shown = 0;
    for finding in findings.iter().take(SHOWN_FINDINGS) {
        let mut part = page.another();
        part.hanging("  ", "    ", &head(finding));
        if let Some(repair) = finding.repair.as_ref().filter(|repair| !offered.contains(repair)) {
            part.line(&format!("    {repair}"));
            offered.push(repair);
        }
        if shown > 0 && page.lines() + part.lines() > FINDINGS_END {
            break;
        }
        page.append(&part);
        shown += 1;
    }
    match findings.len() - shown {
        0 => {}
        1 => page.line("  and 1 more finding; -v shows it"),
        more => page.line(&format!("  and {more} more findings; -v shows them")),
    }
}

/// The line of a finding.
fn head(finding: &Finding) -> String {
    format!(
        "{}{} {} {}{}",
        baseline::mark(finding),
        paint(format!("{:?}", finding.severity).to_uppercase(), layout::severity(finding.severity)),
        paint(finding.rule.id, layout::strong()),
        finding.title,
        decisions::expired(finding)
    )
}

/// The specific part of a finding.
fn found(page: &mut Page, finding: &Finding) {
    page.gap();
    page.hanging("  ", "      ", &head(finding));
    decisions::explained(page, finding);
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

/// The common part of findings: reason and fix.
fn explained(page: &mut Page, finding: &Finding) {
    let doc = finding.rule.doc();
    page.labeled(6, "Looks at", LABEL, &prose(doc.looks_at));
    page.labeled(6, "Why", LABEL, &prose(doc.why));
    page.numbered(6, "Fix", LABEL, finding.steps().iter().map(|step| prose(step)));
    if let Some(command) = crate::repair_command(finding) {
        page.command(6, "Repair", LABEL, &command);
    }
    if !doc.fix_safety.is_empty() {
        page.labeled(6, "Safety", LABEL, &prose(doc.fix_safety));
    }
    page.labeled(6, "Verify", LABEL, &prose(doc.verify));
    let text = format!("{:?}. {}", finding.confidence, prose(doc.can_be_wrong));
    page.labeled(6, "Confidence", LABEL, &text);
    let mut label = "Sources";
    for source in finding.rule.sources {
        page.labeled(6, label, LABEL, &source.to_string());
        label = "";
    }
}

/// Missing evidence, grouped by where it is available.
fn unknown(page: &mut Page, unanswered: &[UndecidedRule], context: &str) {
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
        1 => format!("1 check could not be made {context}. It needs"),
        count => format!("{count} checks could not be made {context}. They need"),
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

/// The machine's name, otherwise its source.
pub(super) fn label(machine: &MachineReport) -> &str {
    machine.name.as_deref().unwrap_or(machine.source.shown())
}

/// Markdown prose as plain text.
pub(crate) fn flowing(markdown: &str) -> String {
    plain(&markdown.lines().map(str::trim).collect::<Vec<_>>().join(" "))
}

/// Markdown prose for a page, on which code with spaces is not broken, so that commands can be pasted.
pub(crate) fn prose(markdown: &str) -> String {
    without_marks(&markdown.lines().map(str::trim).collect::<Vec<_>>().join(" "), layout::COMMAND_SPACE)
}

/// Without Markdown's emphasis and code marks.
pub(crate) fn plain(markdown: &str) -> String {
    without_marks(markdown, ' ')
}

/// Without Markdown's emphasis and code marks, and with this character for the spaces in code.
///
/// The text of a code span is literal: `**del.` in backticks keeps its asterisks. Outside of code, asterisks
/// are dropped only in pairs around a text.
fn without_marks(markdown: &str, space: char) -> String {
    let mut text: Vec<(char, bool)> = Vec::with_capacity(markdown.len());
    let mut rest = markdown;
    while let Some((before, after)) = rest.split_once('`') {
        text.extend(before.chars().map(|c| (c, false)));
        let body = after.trim_start_matches('`');
        let fence = "`".repeat(1 + after.len() - body.len());
        rest = match body.split_once(fence.as_str()) {
            Some((code, behind)) => {
                text.extend(code.chars().map(|c| (if c == ' ' { space } else { c }, true)));
                behind
            }
            None => body,
        };
    }
    text.extend(rest.chars().map(|c| (c, false)));
    let mut plain = String::with_capacity(text.len());
    let mut at = 0;
    // The length of the run that opened the emphasis.
    let mut open = None;
    while let Some(&(c, literal)) = text.get(at) {
        let run = text.iter().skip(at).take_while(|next| **next == ('*', false)).count();
        if literal || run == 0 {
            plain.push(c);
            at += 1;
            continue;
        }
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        let spaced = |at: Option<&(char, bool)>| at.is_none_or(|(c, _)| c.is_whitespace());
        if open == Some(run) && !spaced(before) {
            open = None;
        } else if open.is_none() && !spaced(text.get(at + run)) && closes(&text, at + run, run) {
            open = Some(run);
        } else {
            plain.extend(std::iter::repeat_n('*', run));
        }
        at += run;
    }
    plain
}

/// Is there a run of exactly `run` emphasis asterisks behind a visible character, at or after `from`?
fn closes(text: &[(char, bool)], from: usize, run: usize) -> bool {
    let star = |at: usize| text.get(at) == Some(&('*', false));
    (from + 1..text.len()).any(|at| {
        star(at)
            && !star(at - 1)
            && !text.get(at - 1).is_none_or(|(c, _)| c.is_whitespace())
            && (at..at + run).all(star)
            && !star(at + run)
    })
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn code_spans_are_literal() {
        assert_eq!(plain("names that begin with `**` (`**del.X`)"), "names that begin with ** (**del.X)");
        assert_eq!(plain("*delete this value*, **not** `a*b*c`"), "delete this value, not a*b*c");
        assert_eq!(plain("``a ` b`` and `c"), "a ` b and c");
        assert_eq!(plain("S-1-5-* and 2 * 3"), "S-1-5-* and 2 * 3");
        assert_eq!(plain("*the key `Store\\*` itself*"), "the key Store\\* itself");
    }

    #[test]
    fn the_reason_of_a_rule_keeps_its_asterisks() {
        let rule = licensing::rules::all().find(|rule| rule.id == "RDSL-197").expect("the rule");
        assert!(super::flowing(rule.doc().why).contains("names that begin with ** are commands"));
    }
}
