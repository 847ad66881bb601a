//! Registry paths in any spelling.

use super::{
    answer::Explanation,
    names::{EVERYDAY, role_penalty},
    render,
    text::{Topic, wildcard},
};
use crate::knowledge::{Role, keys, values};

/// A path taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parsed {
    /// Components, lower case, with `hklm` first when the root was given and the control set replaced.
    components: Vec<String>,
    /// The root was given.
    rooted: bool,
    /// A value name given beside the path (`/v NAME`).
    value: Option<String>,
}

const ROOTS: &[(&str, &str)] = &[
    ("hkey_local_machine", "hklm"),
    ("hklm", "hklm"),
    (r"\registry\machine", "hklm"),
    ("hkey_current_user", "hkcu"),
    ("hkcu", "hkcu"),
    ("hkey_users", "hku"),
    ("hku", "hku"),
    ("hkey_classes_root", "hkcr"),
    ("hkcr", "hkcr"),
];

/// Takes a path out of a topic. `None` when there is none in it.
///
/// Understood are long and short roots, `HKLM:\`, `Computer\…`, `Registry::…`, `\Registry\Machine\…`, the
/// brackets of a `.reg` file, `ControlSet00n`, `reg query "…" /v NAME`, and relative tails with a backslash.
pub(super) fn parse(text: &str) -> Option<Parsed> {
    let lower = text.to_lowercase();
    let start = ROOTS
        .iter()
        .filter_map(|(root, short)| find_root(&lower, root).map(|at| (at, *root, *short)))
        .min_by_key(
            // The longest root at the first place: HKEY_LOCAL_MACHINE, not a word in it.
            |(at, root, _)| (*at, usize::MAX - root.len()),
        );
    let Some((at, root, short)) = start else {
        if !text.contains('\\') {
            return None;
        }
        let (body, value) = cut(text);
        return Some(Parsed { components: control_set(split(body)), rooted: false, value });
    };
    let body = lower.get(at + root.len()..)?;
    let (body, value) = cut(body);
    let mut components = vec![short.to_owned()];
    components.extend(split(body.trim_start_matches(':')));
    Some(Parsed { components: control_set(components), rooted: true, value })
}

/// Where a root starts: at the beginning of the text or after something that is not part of a name.
fn find_root(text: &str, root: &str) -> Option<usize> {
    text.match_indices(root).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|head| head.chars().next_back());
        let after = text.get(at + root.len()..).and_then(|tail| tail.chars().next());
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
            && !after.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

/// Cuts what follows a path off (quote, bracket, command switches) and takes a value name out of it.
fn cut(text: &str) -> (&str, Option<String>) {
    let ends = ["\"", "]", "\n", " /", " -"];
    let end = ends.iter().filter_map(|end| text.find(end)).min().unwrap_or(text.len());
    let (path, switches) = text.split_at(end);
    (path, value_switch(switches))
}

/// The name behind `/v` or `-Name`.
fn value_switch(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let after = ["/v ", "-name "]
        .iter()
        .find_map(|switch| lower.split_once(switch).map(|(_, after)| after.trim_start()))?;
    let name = match after.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => after.split_whitespace().next()?,
    };
    (!name.is_empty()).then(|| name.to_owned())
}

fn split(text: &str) -> Vec<String> {
    let separator = if text.contains('\\') { '\\' } else { '/' };
    let mut parts: Vec<String> = text
        .split(separator)
        .map(|part| part.trim_end().to_lowercase())
        .filter(|part| !part.trim().is_empty())
        .collect();
    // A value name may begin with a significant space; no component of a path does, though some pages print
    // one.
    let last = parts.len().saturating_sub(1);
    for part in parts.iter_mut().take(last) {
        *part = part.trim_start().to_owned();
    }
    parts
}

/// `ControlSet00n` is read as the current one.
fn control_set(mut components: Vec<String>) -> Vec<String> {
    let numbered = |part: &str| {
        part == "ccs"
            || part
                .strip_prefix("controlset")
                .is_some_and(|n| n.len() == 3 && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let place = usize::from(components.first().is_some_and(|part| part == "hklm"))
        + usize::from(components.iter().take(2).any(|part| part == "system"));
    if let Some(set) = components.get_mut(place).filter(|part| numbered(part)) {
        "currentcontrolset".clone_into(set);
    }
    components
}

/// Do the components match the pattern's? `**` in the pattern stands for any number of them.
pub(crate) fn matches(pattern: &[&str], components: &[String]) -> bool {
    match pattern.split_first() {
        None => components.is_empty(),
        Some((&"**", rest)) => (0..=components.len())
            .any(|skip| components.get(skip..).is_some_and(|components| matches(rest, components))),
        Some((first, rest)) => components
            .split_first()
            .is_some_and(|(component, others)| wildcard(first, component) && matches(rest, others)),
    }
}

/// How a path meets a key's: whole, by its tail, or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Tail,
    Whole,
}

fn fit(path: &str, rooted: bool, components: &[String]) -> Option<Fit> {
    let lower = path.to_lowercase();
    let pattern: Vec<&str> = lower.split('\\').collect();
    if rooted {
        return matches(&pattern, components).then_some(Fit::Whole);
    }
    if let Some(["hklm", rest @ ..]) = pattern.get(..).filter(|pattern| pattern.contains(&"**")) {
        return matches(rest, components).then_some(Fit::Tail);
    }
    let skip = pattern.len().checked_sub(components.len())?;
    // A tail that is nothing but a wildcard would match everything.
    let tail = pattern.get(skip..)?;
    (!components.is_empty() && tail.iter().any(|part| !part.starts_with('*')) && matches(tail, components))
        .then_some(Fit::Tail)
}

fn score(fit: Fit, pattern: &str) -> u16 {
    let base = match fit {
        Fit::Whole => 1000,
        Fit::Tail => 960,
    };
    // A literal path beats a pattern that happens to match.
    if pattern.contains('*') { base - 50 } else { base }
}

/// Explanations for a path.
pub(super) fn find(topic: &Topic, found: &mut Vec<Explanation>) {
    let Some(parsed) = parse(topic.text()) else { return };
    if known(&parsed, found) {
        return;
    }
    // The 32-bit view of a key that is described once.
    let mut wide = parsed.clone();
    wide.components.retain(|part| part != "wow6432node");
    let mut same = Vec::new();
    if wide != parsed && known(&wide, &mut same) {
        found.extend(same.into_iter().map(|explanation| {
            let score = explanation.score.saturating_sub(40);
            explanation.scored(score).noted(
                "The requested path is the 32-bit view (WOW6432Node) of this one, which 32-bit programs on 64-bit Windows use.",
            )
        }));
        return;
    }
    nearest_above(&parsed, found);
}

/// Explanations for a path that the tables have. False when they have none.
fn known(parsed: &Parsed, found: &mut Vec<Explanation>) -> bool {
    let before = found.len();
    let Parsed { components, rooted, value } = parsed;
    for row in keys::all() {
        let Some(fit) = fit(row.path, *rooted, components) else { continue };
        let points = score(fit, row.path);
        match value {
            None => found.push(render::key(row).scored(points - 10)),
            Some(name) => {
                found.push(render::key(row).scored(points - 100));
                for value in values::of_key(row.id).filter(|value| wildcard(&value.name.to_lowercase(), name))
                {
                    found.push(render::value(value).scored(points - role_penalty(value.role)));
                }
            }
        }
    }
    // The last component may be a value of the key before it.
    if value.is_none()
        && let Some((name, key)) = components.split_last()
        && !key.is_empty()
    {
        for row in keys::all() {
            let Some(fit) = fit(row.path, *rooted, key) else { continue };
            for value in values::of_key(row.id).filter(|value| wildcard(&value.name.to_lowercase(), name)) {
                found.push(render::value(value).scored(score(fit, row.path) - role_penalty(value.role)));
            }
        }
    }
    found.len() > before
}

/// Nothing is known of the path itself: what is known above it, and of the name elsewhere.
fn nearest_above(parsed: &Parsed, found: &mut Vec<Explanation>) {
    let Parsed { components, rooted, value } = parsed;
    let elsewhere = "Windows is not known to read this path; the name is known in the place shown here.";
    let name = value.as_ref().or(components.last()).filter(|name| !EVERYDAY.contains(&name.as_str()));
    if let Some(name) = name {
        for row in values::all().filter(|row| !row.name.is_empty() && row.name.to_lowercase() == *name) {
            found.push(render::value(row).scored(700 - role_penalty(row.role)).noted(elsewhere));
        }
        for row in keys::all().filter(|row| row.name().to_lowercase() == *name) {
            found.push(render::key(row).scored(690 - role_penalty(row.role)).noted(elsewhere));
        }
    }
    // A root and a hive alone lead nowhere.
    let least = if *rooted { 3 } else { 2 };
    for length in (least..components.len()).rev() {
        let Some(above) = components.get(..length) else { continue };
        let parents: Vec<_> = keys::all()
            .filter(|row| fit(row.path, *rooted, above).is_some() && !row.path.contains('*'))
            .collect();
        for row in &parents {
            // Below a key that does nothing, nothing does anything.
            let score = if row.role == Role::Folklore { 740 } else { 650 };
            found.push(render::key(row).scored(score).noted(
                "Windows is not known to read the requested path; this is the nearest known key above it.",
            ));
        }
        if !parents.is_empty() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn components(text: &str) -> String {
        parse(text).map_or_else(|| "nothing".to_owned(), |parsed| parsed.components.join("|"))
    }

    #[test]
    fn every_spelling_is_one_path() {
        let wanted = "hklm|system|currentcontrolset|control|terminal server|rcm";
        for text in [
            r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM",
            r"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\Terminal Server\RCM\",
            r"Computer\HKEY_LOCAL_MACHINE\SYSTEM\CCS\Control\Terminal Server\RCM",
            r"HKLM:\System\CurrentControlSet\Control\Terminal Server\RCM",
            r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\ControlSet002\Control\Terminal Server\RCM",
            r"\Registry\Machine\System\ControlSet003\Control\Terminal Server\RCM",
            r"[-HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM]",
            r#"reg delete "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM" /f"#,
            r"HKLM\ SYSTEM\CurrentControlSet\Control\Terminal Server\RCM",
            r"HKLM/SYSTEM/CurrentControlSet/Control/Terminal Server/RCM",
        ] {
            assert_eq!(components(text), wanted, "{text}");
        }
        assert_eq!(
            components(r"ControlSet001\Services\TermService"),
            "currentcontrolset|services|termservice"
        );
        assert_eq!(components(r"RCM\GracePeriod"), "rcm|graceperiod");
        assert_eq!(components("the remote session was disconnected"), "nothing");
        assert_eq!(components("AHKLMB"), "nothing");
    }

    #[test]
    fn a_value_beside_the_path_is_found() {
        let value = |text: &str| parse(text).and_then(|parsed| parsed.value);
        assert_eq!(
            value(r#"reg query "HKLM\SOFTWARE\X" /v "X509 Certificate ID" /t REG_BINARY"#).as_deref(),
            Some("x509 certificate id")
        );
        assert_eq!(value(r"reg query HKLM\SOFTWARE\X /v UBR").as_deref(), Some("ubr"));
        assert_eq!(value(r"Get-ItemProperty -Path HKLM:\SOFTWARE\X -Name UBR").as_deref(), Some("ubr"));
        assert_eq!(value(r"HKLM\SOFTWARE\X"), None);
    }

    #[test]
    fn blanks_count_in_the_last_component_only() {
        assert_eq!(components(r"HKLM\SYSTEM\ Setup\ Name "), "hklm|system|setup| name");
    }

    #[test]
    fn wildcards() {
        assert!(wildcard("license0*", "license000") && !wildcard("license0*", "license"));
        assert!(wildcard("*", "") && wildcard("a*b*c", "axxbyyc") && !wildcard("a*b*c", "ab"));
        assert!(!wildcard("aba*aba", "aba"));
        assert!(matches(&["hklm", "**", "x"], &["hklm".into(), "a".into(), "b".into(), "x".into()]));
        assert!(!matches(&["hklm", "**", "x"], &["hklm".into(), "a".into()]));
    }
}
