//! Repairs as text: the plan, and the result.

use licensing::{Compared, MachineReport, Verdict};
use owo_colors::Style;
use repair::services::{RestartError, Restarted};
use repair::{Applied, Plan, Recommendation, Step};
use snapshot::{Change, Key, Name, Placed, Security};

use super::layout::{self, Page, paint};

/// Width of the column of labels.
const LABEL: usize = 12;

/// Maximum number of lines for a created or deleted key.
const MAX_LINES: usize = 40;

/// The plan, with everything a person needs to know before applying it.
#[must_use]
pub fn plan(plan: &Plan, width: usize) -> String {
    let mut page = Page::new(width);
    planned(&mut page, plan);
    page.finish()
}

fn planned(page: &mut Page, plan: &Plan) {
    page.hanging("", "  ", &paint(format!("Plan: {}", plan.title), layout::strong()));
    page.labeled(0, "for", LABEL, &format!("{} ({})", plan.machine.shown(), plan.machine.place));
    for (number, step) in (1..).zip(&plan.steps) {
        page.gap();
        one(page, number, step);
    }
    if !plan.checklist.is_empty() {
        page.gap();
        page.numbered(0, "manual", LABEL, plan.checklist.iter().cloned());
    }
    page.gap();
    for note in &plan.notes {
        page.labeled(0, "note", LABEL, note);
    }
    page.labeled(0, "licenses", LABEL, &plan.license_effect);
    page.labeled(0, "safety", LABEL, &plan.safety);
    for follow_up in &plan.follow_up {
        page.labeled(0, "then", LABEL, &follow_up.to_string());
    }
    page.labeled(0, "fingerprint", LABEL, &plan.fingerprint);
}

fn one(page: &mut Page, number: usize, step: &Step) {
    page.hanging(&format!("{number}. "), "   ", &paint(&step.change, layout::strong()));
    match &step.change {
        Change::Value { name, before, after, .. } => {
            side(page, name, before.as_ref(), false);
            side(page, name, after.as_ref(), true);
        }
        Change::Key { before, after, .. } => {
            for (key, added) in [(before, false), (after, true)] {
                if let Some(key) = key {
                    let mut lines = Vec::new();
                    tree(key, 0, &mut lines);
                    let more = lines.len().saturating_sub(MAX_LINES);
                    lines.truncate(MAX_LINES);
                    for line in &lines {
                        marked(page, line, added);
                    }
                    if more > 0 {
                        page.paragraph(5, &format!("… and {more} more values and keys"));
                    }
                }
            }
        }
        Change::Security { before, after, .. } => {
            marked(page, &sddl(before), false);
            marked(page, &sddl(after), true);
        }
    }
    page.paragraph(3, &step.why);
}

fn side(page: &mut Page, name: &Name, placed: Option<&Placed>, added: bool) {
    if let Some(placed) = placed {
        marked(page, &format!("{} {}", placed.kind, placed.named(name).shown()), added);
    }
}

fn marked(page: &mut Page, text: &str, added: bool) {
    let (sign, style) = if added { ("+", Style::new().green()) } else { ("-", Style::new().red()) };
    page.hanging(&paint(format!("   {sign} "), style), "     ", text);
}

fn tree(key: &Key, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    if depth > 0 {
        lines.push(format!("{indent}[{}]", key.name));
    }
    for value in &key.values {
        let name = if value.name.is_empty() { "(default value)".to_owned() } else { value.name.to_string() };
        lines.push(format!("{indent}{name} = {} {}", value.kind, value.shown()));
    }
    for subkey in &key.subkeys {
        tree(subkey, depth + 1, lines);
    }
    if depth == 0 && lines.is_empty() {
        lines.push("(empty)".to_owned());
    }
}

fn sddl(security: &Security) -> String {
    let parsed = nt::security::SecurityDescriptor::from_bytes(security.bytes());
    match parsed.map(|descriptor| descriptor.to_sddl()) {
        Ok(Ok(text)) => text,
        _ => format!("{} bytes that are not a valid descriptor", security.bytes().len()),
    }
}

/// The result of a plan: the undo command first, then the new findings.
#[must_use]
pub fn applied(
    applied: &Applied,
    undo_command: &str,
    before: &MachineReport,
    after: &MachineReport,
    width: usize,
) -> String {
    let mut page = Page::new(width);
    done(&mut page, applied, undo_command);
    page.gap();
    outcome(&mut page, before, after);
    page.finish()
}

/// All safe repairs: their plans, what was done of them, and the findings that they leave. `applied` is empty
/// for plans that were not carried out; otherwise it has the result of each plan with its undo command.
#[must_use]
pub fn recommended(
    recommendation: &Recommendation,
    applied: &[(Applied, String)],
    reports: Option<(&MachineReport, &MachineReport)>,
    width: usize,
) -> String {
    let mut page = Page::new(width);
    for (index, made) in recommendation.plans.iter().enumerate() {
        planned(&mut page, made);
        if let Some((applied, undo)) = applied.get(index) {
            page.gap();
            done(&mut page, applied, undo);
        }
        page.gap();
    }
    if let Some((before, after)) = reports {
        outcome(&mut page, before, after);
        page.gap();
    }
    let heading = match (recommendation.plans.len(), recommendation.left.len()) {
        (0, 0) => "No finding needs a repair.".to_owned(),
        (0, _) => "No repair is possible without a decision.".to_owned(),
        (_, 0) => "No finding is left.".to_owned(),
        (_, 1) => "1 finding is left:".to_owned(),
        (_, left) => format!("{left} findings are left:"),
    };
    page.paragraph(0, &heading);
    for left in &recommendation.left {
        let head = format!("{} {}", paint(left.rule, layout::strong()), left.title);
        page.hanging("  ", "    ", &head);
        page.paragraph(4, &left.because);
        if let Some(repair) = &left.repair {
            page.line(&format!("    {repair}"));
        }
    }
    page.finish()
}

/// What was done, and the command that reverts it.
fn done(page: &mut Page, applied: &Applied, undo_command: &str) {
    let count = applied.changes.len();
    let changes = if count == 1 { "1 change".to_owned() } else { format!("{count} changes") };
    let done = format!("Done: repair {}, {changes}, read back and verified.", applied.id);
    page.paragraph(0, &paint(done, Style::new().green().bold()));
    page.labeled(0, "to undo", LABEL, undo_command);
    page.labeled(0, "backup", LABEL, &applied.backup.display().to_string());
    for remark in &applied.remarks {
        page.labeled(0, "note", LABEL, remark);
    }
}

/// How the findings changed.
fn outcome(page: &mut Page, before: &MachineReport, after: &MachineReport) {
    let (was, is) = (Verdict::of(before), Verdict::of(after));
    page.labeled(0, "before", LABEL, &format!("{}: {}", was.standing.label(), was.sentence));
    page.labeled(0, "now", LABEL, &format!("{}: {}", is.standing.label(), is.sentence));
    let compared = Compared::between(before, after);
    for rule in &compared.fixed {
        page.labeled(0, "fixed", LABEL, rule);
    }
    for rule in &compared.new {
        page.labeled(0, "new", LABEL, rule);
    }
    if compared.still > 0 {
        let text = match compared.still {
            1 => "1 other finding; run rdscal doctor to see it".to_owned(),
            still => format!("{still} other findings; run rdscal doctor to see them"),
        };
        page.labeled(0, "remaining", LABEL, &text);
    }
}

/// Results of restarting services; empty if there were none.
#[must_use]
pub fn restarted(services: &[(String, Result<Restarted, RestartError>)], width: usize) -> String {
    let mut page = Page::new(width);
    for (service, result) in services {
        let (label, text) = match result {
            Ok(Restarted::Yes { along }) if along.is_empty() => ("restarted", service.clone()),
            Ok(Restarted::Yes { along }) => {
                ("restarted", format!("{service} and its dependent services: {}", along.join(", ")))
            }
            Ok(Restarted::DidNotRun) => {
                ("not running", format!("{service}; it reads the change when it starts"))
            }
            Err(error) => (
                "not done",
                format!(
                    "{error}. The change was made and is in the journal; it takes effect when the service or the machine is \
                     restarted"
                ),
            ),
        };
        page.labeled(0, label, LABEL, &text);
    }
    page.finish()
}
