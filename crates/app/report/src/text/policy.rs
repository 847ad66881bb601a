//! `rdscal policy` as text.

use licensing::Severity;
use licensing::verdict::Standing as Color;
use policy::applied::MachinePolicy;
use policy::lint::{LintReport, Located, Location};
use policy::report::PolicyReport;
use policy::resolve::{Resolution, ResolvedValue, ScopeKind, Standing};
use policy::{
    Half, HalfVersion, LinkedTo, PolicyFormat, PolicyObject, PolicyValue, Problem, Trustee, ValueAction,
};
use snapshot::policy::{Preference, PreferenceAction};

use super::doctor::prose;
use super::layout::{self, Page, paint};

const LABEL: usize = 10;

/// The settings of the objects, their links, and the resulting policy.
#[must_use]
pub fn policy(report: &PolicyReport, width: usize) -> String {
    let mut page = Page::new(width);
    page.hanging("", "  ", &verdict(report));
    if let Some(resolution) = &report.resolution {
        page.gap();
        resolved(&mut page, resolution);
    }
    for machine in &report.machines {
        page.gap();
        self::machine(&mut page, machine);
    }
    for object in &report.objects {
        page.gap();
        self::object(&mut page, object);
    }
    problems(&mut page, &report.problems);
    page.finish()
}

fn verdict(report: &PolicyReport) -> String {
    let mut parts = Vec::new();
    if report.objects_read > 0 {
        let setting = report.objects.iter().filter(|object| object.concerns_licensing()).count();
        let read = counted(report.objects_read, "policy object", "policy objects");
        parts.push(match setting {
            0 => format!("none of {read} sets a licensing value"),
            1 => format!("1 of {read} sets licensing values"),
            count => format!("{count} of {read} set licensing values"),
        });
    }
    if !report.machines.is_empty() {
        let with = report.machines.iter().filter(|machine| !machine.values.is_empty()).count();
        let machines = counted(report.machines.len(), "machine", "machines");
        parts.push(match with {
            0 => format!("no licensing policy on {machines}"),
            count if count == report.machines.len() => {
                format!("policy sets licensing values on {machines}")
            }
            count => format!("policy sets licensing values on {count} of {machines}"),
        });
    }
    match report.damaged() {
        0 => {}
        count => parts.push(paint(
            format!("{} damaged", counted(count, "policy file is", "policy files are")),
            layout::severity(Severity::Error),
        )),
    }
    if parts.is_empty() {
        parts.push("nothing could be read".to_owned());
    }
    let sentence = parts.join("; ");
    let mut characters = sentence.chars();
    // Capitalizes the first letter of the sentence.
    let first = characters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", characters.as_str())
}

fn object(page: &mut Page, object: &PolicyObject) {
    let mut head = paint(object.label(), layout::strong());
    if let Some(id) = object.id.as_ref().filter(|id| object.label() != id.as_str()) {
        head = format!("{head}  {id}");
    }
    page.hanging("", "  ", &head);
    page.labeled(2, "Place", LABEL, &object.place);
    if let Some(domain) = &object.domain {
        page.labeled(2, "Domain", LABEL, domain);
    }
    if let Some(time) = object.backup.as_ref().and_then(|backup| backup.time.as_ref()) {
        page.labeled(2, "Backup", LABEL, &format!("of {time}"));
    }
    let halves = [
        (Half::Machine, object.machine_version, object.machine_disabled),
        (Half::User, object.user_version, object.user_disabled),
    ];
    let versions: Vec<_> = halves
        .iter()
        .filter_map(|(half, version, _)| Some(format!("{} {}", half.label(), self::version((*version)?))))
        .collect();
    if !versions.is_empty() {
        page.labeled(2, "Version", LABEL, &versions.join(", "));
    }
    let disabled: Vec<_> = halves
        .iter()
        .filter(|(.., disabled)| *disabled == Some(true))
        .map(|(half, ..)| half.label())
        .collect();
    if !disabled.is_empty() {
        page.labeled(2, "Disabled", LABEL, &format!("the {} configuration", disabled.join(" and the ")));
    }
    if object.registry_extension == Some(false) {
        page.labeled(
            2,
            "Note",
            LABEL,
            "the registry extension is not listed, so clients do not read its Registry.pol",
        );
    }
    match object.links.as_deref() {
        None => {}
        Some([]) => page.labeled(2, "Links", LABEL, "not linked"),
        Some(links) => many(page, "Links", links.iter().map(link)),
    }
    if let Some(filtering) = &object.filtering {
        let shown =
            |list: &[Trustee]| list.iter().map(|one| one.shown().to_owned()).collect::<Vec<_>>().join(", ");
        let allowed =
            if filtering.allowed.is_empty() { "nobody".to_owned() } else { shown(&filtering.allowed) };
        page.labeled(2, "Applies to", LABEL, &allowed);
        if !filtering.denied.is_empty() {
            page.labeled(2, "Not to", LABEL, &shown(&filtering.denied));
        }
    }
    if let Some(Some(filter)) = &object.wmi_filter {
        page.labeled(2, "WMI filter", LABEL, filter);
    }
    for file in &object.files {
        let label = match (file.format, file.half) {
            (PolicyFormat::Preferences, _) => "Preference",
            (_, Half::Machine) => "Computer",
            (_, Half::User) => "User",
        };
        let mut lines: Vec<_> = file.values.iter().map(value).collect();
        if file.deletes_others {
            lines.push("deletes every other value of the policy key".to_owned());
        }
        many(page, label, lines.into_iter());
        if let Some(damage) = &file.damage {
            let text = format!(
                "{}: damaged at byte {} ({}); {} before that point could be read",
                file.path,
                damage.offset,
                damage.message,
                damage.before()
            );
            page.labeled(2, "Damaged", LABEL, &paint(text, layout::severity(Severity::Error)));
        }
    }
}

fn version(version: HalfVersion) -> String {
    match (version.directory, version.sysvol) {
        (Some(directory), Some(sysvol)) if directory != sysvol => {
            format!("{directory} in the directory and {sysvol} in SYSVOL; one of them is not yet replicated")
        }
        (Some(version), _) | (None, Some(version)) => version.to_string(),
        (None, None) => "unknown".to_owned(),
    }
}

fn link(link: &LinkedTo) -> String {
    let mut words = vec![link.path.clone()];
    words.extend(link.order.map(|order| format!("link order {order}")));
    if link.enforced {
        words.push("enforced".to_owned());
    }
    if !link.enabled {
        words.push("disabled".to_owned());
    }
    words.join(", ")
}

fn value(value: &PolicyValue) -> String {
    let effect = match value.action {
        ValueAction::Delete => format!("deletes {}", value.name),
        action => {
            let soft = if action == ValueAction::SetIfAbsent { ", if absent" } else { "" };
            format!("{} = {}{soft}", value.name, shown(&value.data, value.meaning.as_deref()))
        }
    };
    match (&value.key, value.preference) {
        (Some(key), Some(preference)) => {
            format!("{effect} in HKLM\\{key}: {}", self::preference(key, preference))
        }
        _ => effect,
    }
}

/// When a preference writes a setting.
fn preference(key: &str, preference: Preference) -> String {
    let is_policy = key.to_ascii_lowercase().starts_with(r"software\policies\");
    let what = if is_policy { "a policy value" } else { "a local setting" };
    let action = match preference.action {
        PreferenceAction::Create => "Create",
        PreferenceAction::Replace => "Replace",
        PreferenceAction::Update => "Update",
        PreferenceAction::Delete => "Delete",
    };
    let when = match (preference.once, preference.action) {
        (true, _) => "once",
        (false, PreferenceAction::Create) => "at each refresh, if the value is absent",
        (false, PreferenceAction::Delete) => "at each refresh",
        (false, _) => "written again at each refresh",
    };
    let mut words = vec![format!("{what}, {when} (action {action})")];
    if preference.removed {
        words.push("removed when the object no longer applies".to_owned());
    }
    if preference.targeted {
        words.push("item-level targeting is not evaluated here".to_owned());
    }
    words.join("; ")
}

/// The data, with its meaning if that is not obvious.
fn shown(data: &str, meaning: Option<&str>) -> String {
    match meaning {
        None => format!("{data} (invalid)"),
        Some(meaning) if data.trim_matches('"') == meaning => data.to_owned(),
        Some(meaning) => format!("{data} ({meaning})"),
    }
}

fn resolved(page: &mut Page, resolution: &Resolution) {
    let whom = resolution.computer.as_deref().unwrap_or("a computer");
    let unit = resolution.unit.as_deref().map(|unit| format!(" in {unit}")).unwrap_or_default();
    page.hanging("", "  ", &format!("{}{unit}", paint(whom, layout::strong())));
    if resolution.values.is_empty() {
        page.paragraph(2, "No linked object sets a licensing value; local settings are in force.");
    }
    for value in &resolution.values {
        resolved_value(page, value);
    }
    let way: Vec<_> = resolution
        .scopes
        .iter()
        .map(|scope| {
            let what = match scope.kind {
                ScopeKind::Unit => "unit",
                ScopeKind::Domain => "domain",
                ScopeKind::Site => "site",
            };
            let blocks = if scope.blocks_inheritance == Some(true) { ", blocks inheritance" } else { "" };
            format!("{what} {} ({}{blocks})", scope.path, counted(scope.links.len(), "link", "links"))
        })
        .collect();
    many(page, "Scope", way.into_iter());
    many(page, "Assumed", resolution.assumptions.iter().cloned());
}

fn resolved_value(page: &mut Page, value: &ResolvedValue) {
    let unless = if value.certain { "" } else { ", unless something unknown here overrides it" };
    let result = match &value.data {
        Some(data) => shown(data, value.meaning.as_deref()),
        None => "not set by policy".to_owned(),
    };
    page.hanging("  ", "    ", &format!("{} = {result}{unless}", paint(&value.name, layout::strong())));
    for candidate in &value.candidates {
        let (word, style) = match candidate.standing {
            Standing::Wins => ("wins", layout::standing(Color::Healthy)),
            Standing::Conditional => ("may win", layout::severity(Severity::Warning)),
            Standing::Overridden => ("loses", layout::dim()),
            Standing::NotApplied => ("not applied", layout::dim()),
        };
        let what = match candidate.action {
            ValueAction::Delete => "deletes it".to_owned(),
            _ => candidate.data.clone(),
        };
        let text = format!("{}: “{}” ({what}): {}", paint(word, style), candidate.object, candidate.reason);
        page.hanging("    ", "      ", &text);
    }
}

fn machine(page: &mut Page, machine: &MachinePolicy) {
    page.hanging("", "  ", &paint(machine.name.as_deref().unwrap_or(&machine.source), layout::strong()));
    page.labeled(2, "Source", LABEL, &machine.source);
    let values = machine
        .values
        .iter()
        .map(|value| format!("{} = {}", value.name, shown(&value.data, value.meaning.as_deref())));
    many(page, "In force", values);
    match machine.objects.as_deref() {
        None => {}
        Some([]) => page.labeled(2, "Objects", LABEL, "none applied"),
        Some(objects) => {
            let lines = objects.iter().map(|object| {
                let name = object.name.as_deref().or(object.id.as_deref()).unwrap_or("unnamed");
                let scope =
                    object.scope.as_deref().map(|scope| format!(", linked to {scope}")).unwrap_or_default();
                let how = match (object.not_applied, object.delivered) {
                    (Some(reason), _) => format!("not applied: {reason}"),
                    (None, Some(true)) => "applied registry policy".to_owned(),
                    (None, Some(false)) => "applied, without registry policy".to_owned(),
                    (None, None) => "applied".to_owned(),
                };
                format!("“{name}”{scope}: {how}")
            });
            many(page, "Objects", lines);
            page.labeled(
                2,
                "",
                LABEL,
                "the last one that sets a value wins; the machine does not record which object set which value",
            );
        }
    }
    many(page, "Missing", machine.unseen.iter().cloned());
}

/// The findings, by file and place.
#[must_use]
pub fn lint(report: &LintReport, width: usize) -> String {
    let mut page = Page::new(width);
    let files = counted(report.files, "policy file", "policy files");
    let with = match report.files_with_licensing {
        1 => "1 sets licensing values".to_owned(),
        count => format!("{count} set licensing values"),
    };
    let worst = report.findings.iter().map(|located| located.finding.severity).max();
    let style = worst.map_or(layout::standing(Color::Healthy), layout::severity);
    let found = match report.findings.len() {
        0 => "no findings".to_owned(),
        count => counted(count, "finding", "findings"),
    };
    page.hanging("", "  ", &format!("{} in {files}, of which {with}", paint(found, style)));
    let mut last: Option<&str> = None;
    for (index, located) in report.findings.iter().enumerate() {
        page.gap();
        self::located(&mut page, located);
        // Common text of findings of one rule is printed once, after the last of them.
        let id = located.finding.rule.id;
        let again = report.findings.iter().skip(index + 1).any(|later| later.finding.rule.id == id);
        if !again && last != Some(id) {
            explained(&mut page, located);
        }
        last = Some(id);
    }
    problems(&mut page, &report.problems);
    page.finish()
}

fn located(page: &mut Page, located: &Located) {
    let finding = &located.finding;
    let severity =
        paint(format!("{:?}", finding.severity).to_uppercase(), layout::severity(finding.severity));
    let head = format!("{severity} {} {}", paint(finding.rule.id, layout::strong()), finding.title);
    page.hanging("", "    ", &head);
    if let Some(object) = &located.object {
        page.labeled(4, "Object", LABEL, object);
    }
    many_at(page, 4, "Where", located.places.iter().map(place));
    many_at(page, 4, "Evidence", finding.evidence.iter().map(layout::evidence));
    many_at(page, 4, "Note", finding.notes.iter().cloned());
}

fn place(place: &Location) -> String {
    match (place.offset, place.length) {
        (Some(offset), Some(length)) => format!("{}, bytes {offset} to {}", place.file, offset + length),
        (Some(offset), None) => format!("{}, byte {offset}", place.file),
        (None, _) => place.file.clone(),
    }
}

fn explained(page: &mut Page, located: &Located) {
    let doc = located.finding.rule.doc();
    page.labeled(4, "Why", LABEL, &prose(doc.why));
    page.numbered(4, "Fix", LABEL, located.finding.steps().iter().map(|step| prose(step)));
}

fn problems(page: &mut Page, problems: &[Problem]) {
    if problems.is_empty() {
        return;
    }
    page.gap();
    page.line(&paint("Could not be read", layout::severity(Severity::Error)));
    for problem in problems {
        page.hanging("  ", "    ", &format!("{}: {}", problem.source, problem.message));
    }
}

fn many(page: &mut Page, label: &str, lines: impl Iterator<Item = String>) {
    many_at(page, 2, label, lines);
}

fn many_at(page: &mut Page, indent: usize, label: &str, lines: impl Iterator<Item = String>) {
    let mut label = label;
    for line in lines {
        page.labeled(indent, label, LABEL, &line);
        label = "";
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}
