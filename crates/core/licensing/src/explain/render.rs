//! From a row of the tables to an explanation.

use super::answer::{Explanation, TopicKind};
use crate::knowledge::{
    Certainty, Role, SourceKind,
    claims::{ClaimKind, ClaimRow},
    errors::ErrorRow,
    events::EventRow,
    keys::KeyRow,
    messages::OtherRow,
    sources,
    values::ValueRow,
};

fn owned(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

pub(super) fn key(row: &KeyRow) -> Explanation {
    let title = match row.role {
        Role::Folklore => format!("{} (no effect)", row.path),
        Role::Legacy => format!("{} (legacy)", row.path),
        Role::Secret => format!("{} (secret)", row.path),
        Role::Real | Role::Context => row.path.to_owned(),
    };
    let mut explanation = Explanation::new(format!("key:{}", row.id), TopicKind::Key, title);
    row.what.clone_into(&mut explanation.what);
    row.windows.clone_into(&mut explanation.meaning);
    explanation.fact("path", row.path);
    explanation.fact("role", row.role.phrase());
    explanation.fact("machine", row.machine.phrase());
    if row.role != Role::Folklore {
        explanation.fact("versions", row.versions.phrase());
    }
    if let Some(place) = row.belongs {
        explanation.fact("belongs to", place);
        if row.role == Role::Folklore {
            explanation.fixes.push(format!("Put the setting where Windows reads it: {place}."));
        }
    }
    explanation.fact("deleting it", row.deleting);
    if row.never_touch {
        explanation.fact("never touched", "rdscal reports only its presence and owner");
    }
    if let Some(security) = row.security {
        explanation.fact("default security", format!("{} ({})", security.words, security.certainty.phrase()));
        explanation.fact("SDDL", security.sddl);
    }
    explanation.certainty = Some(row.certainty);
    explanation.sources.extend(row.sources);
    explanation.rules = owned(row.rules);
    explanation
}

pub(super) fn value(row: &ValueRow) -> Explanation {
    let path = row.key_row().map_or("", |key| key.path);
    let title = match row.role {
        Role::Folklore => format!("{} in {path} (no effect)", quoted(row.name)),
        Role::Legacy => format!("{} in {path} (legacy)", quoted(row.name)),
        Role::Secret => format!("{} in {path} (secret)", quoted(row.name)),
        Role::Real | Role::Context => format!("{} in {path}", quoted(row.name)),
    };
    let mut explanation = Explanation::new(format!("value:{}", row.id), TopicKind::Value, title);
    row.what.clone_into(&mut explanation.what);
    row.effect.clone_into(&mut explanation.meaning);
    explanation.fact("key", path);
    explanation.fact("name", quoted(row.name));
    if !row.types.is_empty() {
        let types: Vec<&str> = row.types.iter().map(|kind| kind.name()).collect();
        explanation.fact("type", types.join(" or "));
    }
    explanation.fact("role", row.role.phrase());
    explanation.fact("machine", row.machine.phrase());
    if row.role != Role::Folklore {
        explanation.fact("versions", row.versions.phrase());
    }
    for datum in row.data {
        let data = datum.number.map_or_else(|| datum.data.to_owned(), |number| number.to_string());
        explanation.fact("data", format!("{data}: {}", datum.meaning));
    }
    if let Some(place) = row.belongs {
        explanation.fact("belongs to", place);
        if row.role == Role::Folklore {
            explanation.fixes.push(format!("Put the setting where Windows reads it: {place}."));
            explanation.fixes.push("Then export and delete the stray value.".to_owned());
        }
    }
    if row.never_touch {
        explanation.fact("never touched", "rdscal reports only its presence");
    }
    explanation.certainty = Some(row.certainty);
    explanation.sources.extend(row.sources);
    explanation.rules = owned(row.rules);
    explanation
}

/// A name with quotes where it would be misread without: with a space at its start or end.
fn quoted(name: &str) -> String {
    if name.trim() == name { name.to_owned() } else { format!("\"{name}\"") }
}

/// What data mean in a value: "4: Per User". The data may be decimal, hexadecimal or in the form of a `.reg`
/// file.
pub(super) fn datum(row: &ValueRow, data: &str) -> Option<String> {
    let number = match data.trim().strip_prefix("dword:") {
        Some(hex) => u32::from_str_radix(hex.trim(), 16).ok(),
        None => super::numbers::number(data),
    };
    if let Some(number) = number {
        if row.data.iter().all(|datum| datum.number.is_none()) {
            return None;
        }
        return Some(match row.data.iter().find(|datum| datum.number == Some(number)) {
            Some(datum) => format!("{number} means: {}.", datum.meaning),
            None => format!("{number} is not a known number for this value."),
        });
    }
    let text = data.trim().trim_matches('"');
    row.data
        .iter()
        .find(|datum| !datum.data.is_empty() && datum.data.eq_ignore_ascii_case(text))
        .map(|datum| format!("{} means: {}.", datum.data, datum.meaning))
}

pub(super) fn event(row: &EventRow) -> Explanation {
    let provider = row.providers.first().copied().unwrap_or_default();
    let machine = match row.machine {
        crate::knowledge::MachineRole::LicenseServer => "license_server",
        _ => "session_host",
    };
    let mut explanation = Explanation::new(
        format!("event:{machine}:{}", row.id),
        TopicKind::Event,
        format!("event {} ({provider}): {}", row.id, row.title),
    );
    explanation.what = format!("Logged by the {}: {}.", row.machine.phrase(), row.title);
    row.meaning.clone_into(&mut explanation.meaning);
    explanation.causes = owned(row.causes);
    explanation.fixes = owned(row.fixes);
    explanation.fact("provider", row.providers.join(", "));
    if row.harmless {
        explanation.fact("severity", "harmless");
    }
    explanation.certainty = Some(row.certainty);
    explanation.sources.extend(row.sources);
    explanation.rules = owned(row.rules);
    explanation
}

pub(super) fn error(row: &ErrorRow) -> Explanation {
    let title = match row.code {
        Some(code) => format!("{} {code} ({code:#x}): {}", row.space.phrase(), row.title),
        None => format!("{}: {}", row.space.phrase(), row.title),
    };
    let mut explanation = Explanation::new(format!("error:{}", row.id), TopicKind::Error, title);
    explanation.what = format!("A {}: {}.", row.space.phrase(), row.title);
    if row.space == crate::knowledge::errors::ErrorSpace::ExtendedReason {
        explanation.what = format!("An {}: {}.", row.space.phrase(), row.title);
    }
    row.meaning.clone_into(&mut explanation.meaning);
    explanation.causes = owned(row.causes);
    explanation.fixes = owned(row.fixes);
    if !row.symbol.is_empty() {
        explanation.fact("symbol", row.symbol);
    }
    explanation.certainty = Some(row.certainty);
    explanation.sources.extend(row.sources);
    explanation.rules = owned(row.rules);
    explanation.events.extend(row.events);
    explanation
}

pub(super) fn claim(row: &ClaimRow) -> Explanation {
    let kind = match row.kind {
        ClaimKind::Folklore | ClaimKind::HalfTrue => TopicKind::Folklore,
        ClaimKind::Question => TopicKind::Question,
    };
    let mut explanation = Explanation::new(format!("claim:{}", row.id), kind, row.title.to_owned());
    row.answer.clone_into(&mut explanation.what);
    row.why.clone_into(&mut explanation.meaning);
    explanation.causes = owned(row.causes);
    explanation.fixes = owned(row.fixes);
    match row.kind {
        ClaimKind::Folklore => explanation.fact("verdict", "wrong"),
        ClaimKind::HalfTrue => explanation.fact("verdict", "half true"),
        ClaimKind::Question => {}
    }
    explanation.certainty = Some(row.certainty);
    explanation.sources.extend(row.sources);
    explanation.rules = owned(row.rules);
    explanation
}

pub(super) fn other(row: &OtherRow) -> Explanation {
    let what = if row.product.is_some() {
        "not a Remote Desktop licensing message"
    } else {
        "not a licensing message"
    };
    let mut explanation =
        Explanation::new(format!("other:{}", row.id), TopicKind::Other, format!("{what}: {}", row.title));
    explanation.what = match row.product {
        Some(product) => {
            format!("This is about {product}, not about the licensing of Remote Desktop Services.")
        }
        None => {
            "This message does not come from licensing; CALs and license servers have nothing to do with it."
                .to_owned()
        }
    };
    row.meaning.clone_into(&mut explanation.meaning);
    let is_documented = row.sources.iter().any(|source| source.kind != SourceKind::Community);
    explanation.certainty = Some(if is_documented { Certainty::Documented } else { Certainty::Reported });
    explanation.sources.extend(row.sources);
    explanation.rules = owned(row.rules);
    explanation
}

/// The explanation for a number alone that is a reason of licensing, too: nothing decides between them.
pub(super) fn one_of_two(mut explanation: Explanation, number: &str, row: &OtherRow) -> Explanation {
    explanation.title = format!("{number} as a plain disconnect reason: {}", row.title);
    explanation.what = format!(
        "{number} has two meanings, and nothing beside it decides. As a plain reason it is not about licensing; as an \
         extended reason it is. Give the words of the message with the number."
    );
    explanation
}

/// An event of a provider that logs nothing about licensing.
pub(super) fn other_event(number: &str, provider: &str) -> Explanation {
    let mut explanation = Explanation::new(
        "other:event".to_owned(),
        TopicKind::Other,
        format!("not a licensing message: event {number} of {provider}"),
    );
    "Events about licensing come from Microsoft-Windows-TerminalServices-Licensing (license server) and \
     Microsoft-Windows-TerminalServices-RemoteConnectionManager (session host), and on old systems from TermServLicensing \
     and TermService. This event is not among them."
        .clone_into(&mut explanation.what);
    explanation.certainty = Some(Certainty::Documented);
    explanation.sources.extend([sources::HOST_EVENTS, sources::LS_EVENTS, sources::EVENT_MANIFEST]);
    explanation
}
