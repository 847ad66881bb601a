//! Numbers: error codes, event ids, modes, builds.

use super::{answer::Explanation, products, render, text::Topic};
use crate::knowledge::{
    errors::{self, ErrorSpace},
    events, values,
};

/// What the words around a number say that it is.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::struct_excessive_bools)] // Each is a word that was seen, and any mix may be.
struct Context {
    event: bool,
    error: bool,
    extended: bool,
    connectivity: bool,
    protocol: bool,
    mode: bool,
    build: bool,
}

impl Context {
    fn introduces(self) -> bool {
        self.event
            || self.error
            || self.extended
            || self.connectivity
            || self.protocol
            || self.mode
            || self.build
    }
}

/// Most numbers of one topic that are looked up.
const MAX_NUMBERS: usize = 12;

const EVENT_WORDS: &[&str] = &[
    "event",
    "eventid",
    "events",
    "eventlog",
    "termservice",
    "termservlicensing",
    "termdd",
    "esent",
    "remoteconnectionmanager",
    "terminalservices",
    "log",
    "system",
];
const ERROR_WORDS: &[&str] =
    &["error", "code", "errorcode", "reason", "disconnect", "disconnected", "disc", "discreason", "hresult"];
const MODE_WORDS: &[&str] = &["mode", "licensingtype"];

/// A number as written: decimal, `0x…`, negative (an HRESULT printed as signed), or eight hexadecimal digits
/// from 8 on.
pub(super) fn number(word: &str) -> Option<u32> {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '-');
    let lower = word.to_ascii_lowercase();
    if let Some(hex) = lower.strip_prefix("0x") {
        return u32::from_str_radix(hex, 16).ok();
    }
    if lower.len() == 8
        && lower.starts_with(['8', '9', 'a', 'b', 'c', 'd', 'e', 'f'])
        && let Ok(number) = u32::from_str_radix(&lower, 16)
    {
        return Some(number);
    }
    if let Ok(signed) = lower.parse::<i32>() {
        return Some(signed.cast_unsigned());
    }
    lower.parse().ok()
}

/// Explanations for the numbers in a topic.
pub(super) fn find(topic: &Topic, found: &mut Vec<Explanation>) {
    let lower = topic.text().to_lowercase();
    if lower.contains('\\') {
        return;
    }
    let words: Vec<&str> = lower
        .split(|c: char| c.is_whitespace() || "=:,;()[]/#".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    // In a long text, and where there are several, only a number that is introduced as a code counts.
    let numbers: Vec<(usize, &str, u32)> = words
        .iter()
        .enumerate()
        .filter_map(|(at, word)| number(word).map(|number| (at, *word, number)))
        .collect();
    let short = words.len() <= 6 && numbers.len() == 1;
    for (at, word, number) in numbers.into_iter().take(MAX_NUMBERS) {
        let context = if short {
            context(&words)
        } else {
            context(words.get(at.saturating_sub(2)..at).unwrap_or_default())
        };
        if words.len() == 1 || context.introduces() {
            explain_number(word, number, context, found);
        }
    }
}

fn context(words: &[&str]) -> Context {
    let has = |list: &[&str]| {
        words.iter().any(|word| list.contains(&word.trim_matches(|c: char| !c.is_alphanumeric())))
    };
    let contains = |part: &str| words.iter().any(|word| word.contains(part));
    Context {
        event: has(EVENT_WORDS) || contains("terminalservices") || contains("termserv"),
        error: has(ERROR_WORDS),
        extended: has(&["extended", "exdiscreason", "errinfo"]),
        connectivity: has(&["connectivity", "gettstolsconnectivitystatus", "connectable"]),
        protocol: has(&["pdu", "protocol", "licensing_error", "alert"]),
        mode: has(MODE_WORDS),
        build: has(&["build", "currentbuild", "version", "winver"]),
    }
}

fn explain_number(word: &str, number: u32, context: Context, found: &mut Vec<Explanation>) {
    let only_event = context.event && !context.error && !context.extended;
    let only_error = (context.error || context.extended) && !context.event;
    if !(only_error || context.connectivity || context.build || context.mode)
        && let Some((lookup, rows)) = events::lookup(number)
    {
        let points = if context.event { 1000 } else { 900 };
        for row in rows {
            let mut explanation = render::event(row).scored(points);
            if lookup.masked {
                explanation.notes.push(format!(
                    "{word} is {id} with the severity bits included. The number is computed and not documented by Microsoft; compare the text.",
                    id = lookup.id,
                ));
            }
            found.push(explanation);
        }
    }
    if !(only_event || context.build || context.mode) {
        for row in errors::by_code(number) {
            if let Some(points) = error_points(row.space, number, context, row.licensing) {
                found.push(render::error(row).scored(points));
            }
        }
    }
    if context.mode {
        for row in values::all().filter(|row| row.data.iter().any(|datum| datum.number == Some(number))) {
            if ["licensing-mode", "policy-licensing-mode", "policy-ac-on"].contains(&row.id) {
                let note = render::datum(row, &number.to_string());
                let mut explanation =
                    render::value(row).scored(if row.id == "licensing-mode" { 940 } else { 900 });
                explanation.notes.extend(note);
                found.push(explanation);
            }
        }
    }
    if !context.event && !context.error && !context.extended && !context.mode && !context.connectivity {
        products::build(number, context.build, found);
    }
}

fn error_points(space: ErrorSpace, number: u32, context: Context, licensing: bool) -> Option<u16> {
    let points = match space {
        ErrorSpace::ExtendedReason => match context {
            Context { connectivity: true, .. } => return None,
            Context { extended: true, .. } => 1000,
            Context { error: true, .. } => 980,
            _ => 960,
        },
        ErrorSpace::DisconnectReason => match context {
            Context { extended: true, .. } | Context { connectivity: true, .. } => return None,
            _ if !licensing => 700,
            Context { error: true, .. } => 990,
            _ => 960,
        },
        ErrorSpace::Connectivity => match context {
            Context { connectivity: true, .. } => 1000,
            Context { extended: true, .. } => return None,
            _ => 620,
        },
        ErrorSpace::LicensingMessage => match context {
            Context { protocol: true, .. } => 1000,
            Context { extended: true, .. } | Context { connectivity: true, .. } => return None,
            _ => 640,
        },
        ErrorSpace::Wmi => 1000,
        ErrorSpace::ServerApi if context.error => 970,
        ErrorSpace::ServerApi => 920,
        ErrorSpace::Screen | ErrorSpace::Diagnoser => return None,
    };
    // Zero, one, two and the like turn up everywhere; alone they prove little.
    Some(if number == 0 && points < 1000 { points / 2 } else { points })
}
