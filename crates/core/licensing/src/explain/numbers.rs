//! Numbers: error codes, event ids, modes, builds. What a number means depends on the words around it.

use super::{
    answer::{Explanation, TopicKind},
    products, render,
    text::{self, Topic},
    texts,
};
use crate::knowledge::{
    errors::{self, ErrorSpace},
    events::{self, EventRow},
    messages::OTHER,
    values,
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
    /// A word about licensing is somewhere in the topic.
    licensing: bool,
    /// Nothing but the number.
    bare: bool,
    /// The topic names the source, or has hardly a word beside the number.
    certain: bool,
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

/// Words before an event id, as the event viewer shows them in its display languages.
const EVENT_WORDS: &[&str] = &[
    "event",
    "eventid",
    "events",
    "eventlog",
    "ereignis",
    "evenement",
    "evento",
    "gebeurtenis",
    "события",
    "событие",
    "событий",
    "событию",
    "イベント",
    "事件",
    "이벤트",
];
/// Sources whose ids are asked for without the word event.
const SOURCES: &[&str] =
    &["termservice", "termservlicensing", "termdd", "esent", "remoteconnectionmanager", "terminalservices"];
/// Words before an error code.
const ERROR_WORDS: &[&str] = &[
    "error",
    "code",
    "errorcode",
    "reason",
    "disconnect",
    "disconnected",
    "disc",
    "discreason",
    "hresult",
    "fehler",
    "fehlercode",
    "grund",
    "erreur",
    "raison",
    "codigo",
    "razon",
    "motivo",
    "codice",
    "errore",
    "erro",
    "fout",
    "foutcode",
    "reden",
    "ошибки",
    "ошибка",
    "код",
    "причина",
    "エラー",
    "コード",
    "错误",
    "代码",
    "錯誤",
    "오류",
    "코드",
];
const MODE_WORDS: &[&str] = &["mode", "licensingtype", "licensingmode"];
/// Words behind a number that make it an amount.
const UNITS: &[&str] = &[
    "day",
    "days",
    "minute",
    "minutes",
    "min",
    "hour",
    "hours",
    "seconds",
    "sec",
    "ms",
    "percent",
    "users",
    "cals",
    "licenses",
    "tage",
    "tagen",
    "minuten",
    "jours",
    "dias",
    "giorni",
    "minuti",
    "minutos",
    "dagen",
    "дней",
    "дня",
    "минут",
    "日",
    "分",
    "天",
    "分钟",
    "일",
    "분",
];
/// Providers that log events about licensing.
const OURS: &[&str] = &[
    "terminalservices-licensing",
    "terminalservices-remoteconnectionmanager",
    "remoteconnectionmanager",
    "termservlicensing",
    "termservice",
    "termdd",
];
/// Sources of other events, beside every `Microsoft-Windows-` name, without spaces and hyphens as titles and
/// short names write them.
const THEIRS: &[&str] = &[
    "activedirectory",
    "adfs",
    "appmodel",
    "backup",
    "bits",
    "bthusb",
    "capi2",
    "certificationauthority",
    "certificateservicesclient",
    "citrix",
    "dfsr",
    "dhcp",
    "dhcpclient",
    "disk",
    "distributedcom",
    "dnsclient",
    "dnsclientevents",
    "dnsserver",
    "failoverclustering",
    "grouppolicy",
    "hal",
    "hyperv",
    "iisw3svclog",
    "kerberos",
    "kerberoskeydistributioncenter",
    "kernelboot",
    "kernelgeneral",
    "kernelpower",
    "localsessionmanager",
    "lsasrv",
    "msexchange",
    "msiinstaller",
    "mssqlserver",
    "netlogon",
    "ntds",
    "ntfs",
    "nvlddmkm",
    "perflib",
    "powershell",
    "printservice",
    "rdpcorets",
    "schannel",
    "search",
    "servermanager",
    "servicecontrolmanager",
    "sessionbroker",
    "sessionbrokerclient",
    "softwareprotectionplatform",
    "softwareprotectionplatformservice",
    "securityspp",
    "taskscheduler",
    "tcpip",
    "terminalservicesgateway",
    "terminalserviceslocalsessionmanager",
    "terminalservicesprinters",
    "termservdevices",
    "user32",
    "userenv",
    "userprofileservice",
    "userprofilesservice",
    "veeam",
    "vmbus",
    "vmnetadapter",
    "volsnap",
    "vss",
    "w32time",
    "was",
    "whealogger",
    "windowsdefender",
    "windowserrorreporting",
    "windowsupdateclient",
    "wininit",
    "winlogon",
    "applicationerror",
    "applicationhang",
];

/// Who logged an event, by the names in a topic.
enum Provider {
    Unsaid,
    Ours,
    Other(String),
}

fn provider(lower: &str, topic: &Topic) -> Provider {
    if OURS.iter().any(|name| lower.contains(name)) {
        return Provider::Ours;
    }
    let named = lower
        .split(|c: char| c.is_whitespace() || "\"',;:()[]<>=".contains(c))
        .find(|word| word.starts_with("microsoft-windows-"))
        .map(str::to_owned);
    let named = named.or_else(|| short_name(lower)).or_else(|| strange_name(lower, topic));
    named.map_or(Provider::Unsaid, Provider::Other)
}

/// The only word beside the id of an event, as in “event 4105 Netwtw”, if no text about licensing or Remote
/// Desktop has it: the name of a source. An id that hardly another source uses needs none.
fn strange_name(lower: &str, topic: &Topic) -> Option<String> {
    let words = split(lower);
    let is_event = words.iter().any(|word| EVENT_WORDS.contains(&word.as_str()));
    let is_heading = |word: &str| word == "id" || EVENT_WORDS.contains(&word);
    let (ids, names): (Vec<_>, Vec<_>) =
        topic.words().iter().filter(|word| !is_heading(word)).partition(|word| number(word).is_some());
    match (ids.as_slice(), names.as_slice()) {
        ([id], [name]) if is_event && !texts::is_known(name) => {
            let is_common = number(id).is_some_and(|id| id < 1000 || (4000..5000).contains(&id));
            is_common.then(|| (*name).clone())
        }
        _ => None,
    }
}

/// A name of [`THEIRS`] of up to four words, as the topic writes it: the longest.
fn short_name(lower: &str) -> Option<String> {
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    (1..=4).rev().find_map(|length| {
        let named = |words: &&[&str]| THEIRS.contains(&words.concat().as_str());
        words.windows(length).find(named).map(|words| words.join(" "))
    })
}

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

/// Words with their numbers apart, where a script writes both without a space.
fn split(lower: &str) -> Vec<String> {
    let mut apart = String::with_capacity(lower.len());
    let mut last = ' ';
    for c in lower.chars() {
        if last.is_alphanumeric() && c.is_alphanumeric() && last.is_ascii() != c.is_ascii() {
            apart.push(' ');
        }
        apart.push(if "=:,;()[]/#\"'!?<>|".contains(c) { ' ' } else { c });
        last = c;
    }
    apart.split_whitespace().map(|word| word.trim_end_matches('.').to_owned()).collect()
}

/// Explanations for the numbers in a topic.
pub(super) fn find(topic: &Topic, found: &mut Vec<Explanation>) {
    if topic.is_path() {
        return;
    }
    let lower = text::fold(topic.text());
    let provider = provider(&lower, topic);
    // Hyphens join the words of a heading (Event-ID), and are the sign of a number.
    let words: Vec<String> = split(&lower)
        .iter()
        .flat_map(|word| match number(word) {
            Some(_) => vec![word.clone()],
            None => word.split('-').filter(|part| !part.is_empty()).map(str::to_owned).collect(),
        })
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let numbers: Vec<(usize, &str, u32)> = words
        .iter()
        .enumerate()
        .filter_map(|(at, word)| number(word).map(|number| (at, *word, number)))
        .filter(|(at, ..)| !words.get(at + 1).is_some_and(|next| UNITS.contains(next)))
        .collect();
    // In a long text, and where there are several, only a number that is introduced as a code counts.
    let short = words.len() <= 6 && numbers.len() == 1;
    let sentence = topic.words().len() > 7;
    let window = |at: usize| words.get(at.saturating_sub(3)..at).unwrap_or_default();
    // Where a heading names the event id, the other numbers beside the source are something else.
    let headed = numbers.iter().any(|(at, ..)| has(window(*at), EVENT_WORDS));
    for (at, word, number) in numbers.into_iter().take(MAX_NUMBERS) {
        let around = if short { words.as_slice() } else { window(at) };
        let mut context = context(around);
        // A source may stand behind the number, too.
        context.event |= words.get(at + 1..).unwrap_or_default().iter().take(3).any(|word| is_source(word));
        context.bare = words.len() == 1;
        context.certain = words.len() <= 4 || matches!(provider, Provider::Ours);
        context.event &= !headed || short || has(around, EVENT_WORDS);
        context.licensing = topic.is_about_licensing() || matches!(provider, Provider::Ours);
        if words.len() > 1 && !context.introduces() {
            continue;
        }
        match &provider {
            Provider::Other(name) if context.event => {
                found.push(render::other_event(word, name).scored(900));
                continue;
            }
            Provider::Ours
                if context.event
                    && number > 31
                    && events::lookup(number).is_none()
                    && lower.contains("remoteconnectionmanager") =>
            {
                found.push(render::other_event(word, "the Remote Connection Manager").scored(900));
                continue;
            }
            _ => {}
        }
        // TermDD logs none of the licensing service's events, and so on.
        let source = OURS.iter().find(|name| lower.contains(**name)).copied();
        explain_number(word, number, context, sentence, found);
        if let Some(source) = source {
            found.retain(|found| found.kind != TopicKind::Event || logs(source, &found.id));
        }
    }
}

fn is_source(word: &str) -> bool {
    SOURCES.contains(&word) || OURS.contains(&word)
}

/// Can the source named in a topic have logged the event with this id of an explanation?
fn logs(source: &str, id: &str) -> bool {
    match source {
        "termdd" => events::all().any(|row| row.providers.contains(&"TermDD") && render::event(row).id == id),
        _ => true,
    }
}

fn has(words: &[&str], list: &[&str]) -> bool {
    words.iter().any(|word| list.contains(&word.trim_matches(|c: char| !c.is_alphanumeric())))
}

fn context(words: &[&str]) -> Context {
    let has = |list| has(words, list);
    let contains = |part: &str| words.iter().any(|word| word.contains(part));
    Context {
        event: has(EVENT_WORDS) || has(SOURCES),
        error: has(ERROR_WORDS),
        // Event 40 of the Local Session Manager: "Session 5 has been disconnected, reason code 257".
        extended: contains("extended")
            || has(&["exdiscreason", "errinfo"])
            || words.ends_with(&["disconnected", "reason", "code"]),
        connectivity: has(&["connectivity", "gettstolsconnectivitystatus", "connectable"]),
        protocol: has(&["pdu", "protocol", "licensing_error", "alert"]),
        mode: has(MODE_WORDS),
        build: has(&["build", "currentbuild", "version", "winver"]),
        licensing: false,
        bare: false,
        certain: false,
    }
}

fn explain_number(word: &str, number: u32, context: Context, sentence: bool, found: &mut Vec<Explanation>) {
    // "код события" and "código do evento" contain the word for a code.
    let only_event = context.event && !context.extended;
    let only_error = (context.error || context.extended) && !context.event;
    // A sentence about something else may have any number; ours speaks of licensing.
    let ours = context.licensing || !sentence;
    // A small number alone may be anything.
    if context.bare && number < 100 {
        return;
    }
    if ours
        && !(only_error || context.connectivity || context.build || context.mode)
        && let Some((lookup, rows)) = events::lookup(number)
    {
        // A number alone does not name the source: a text that says otherwise outranks it.
        let points = match () {
            () if context.event && context.certain => 1000,
            () if context.event => 990,
            () => 900,
        };
        found.extend(rows.into_iter().map(|row| event(row, lookup.masked.then_some(word)).scored(points)));
    }
    if context.event || !(only_error || context.connectivity || context.build || context.mode) {
        let events = OTHER.iter().filter(|row| row.events.contains(&number));
        found.extend(events.map(|row| render::other(row).scored(950)));
    }
    if !(only_event || context.build || context.mode) {
        let other = other(word, number, context, found);
        for row in errors::by_code(number).filter(|_| ours || context.extended) {
            if let Some(points) = error_points(row.space, number, context, other) {
                found.push(render::error(row).scored(points));
            }
        }
    }
    if context.mode {
        mode(number, found);
    }
    if !context.event && !context.error && !context.extended && !context.mode && !context.connectivity {
        products::build(number, context.build, found);
    }
}

fn event(row: &EventRow, masked: Option<&str>) -> Explanation {
    let explanation = render::event(row);
    match masked {
        Some(word) => explanation.noted(format!(
            "{word} is {id} with the severity bits included. The number is computed and not documented by Microsoft; compare the text.",
            id = row.id,
        )),
        None => explanation,
    }
}

fn mode(number: u32, found: &mut Vec<Explanation>) {
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

/// Codes that are not about licensing. Returns whether the number is one.
fn other(word: &str, number: u32, context: Context, found: &mut Vec<Explanation>) -> bool {
    if context.connectivity || context.protocol {
        return false;
    }
    let mut is_one = false;
    for row in OTHER {
        let (codes, phrase) = if context.extended {
            (row.extended, "an extended disconnect reason")
        } else {
            (row.codes, "a code")
        };
        // A small number alone may be anything.
        let said = context.error || context.extended || number > 0xFF;
        if codes.contains(&number) && said {
            is_one = true;
            let points = match () {
                () if context.extended => 1000,
                () if context.error && context.licensing && row.product.is_none() => 600,
                () if context.error => 985,
                // Clients show plain codes in this notation.
                () if word.starts_with("0x") => 965,
                () => 960,
            };
            let explanation =
                render::other(row).scored(points).noted(format!("{word} is {phrase} with this meaning."));
            let has_two_meanings = errors::by_code(number).any(|row| row.space == ErrorSpace::ExtendedReason);
            let is_open = context.bare && has_two_meanings;
            found.push(if is_open { render::one_of_two(explanation, word, row) } else { explanation });
        }
    }
    is_one
}

/// `other`: the number is also a code that is not about licensing.
fn error_points(space: ErrorSpace, number: u32, context: Context, other: bool) -> Option<u16> {
    let points = match space {
        ErrorSpace::ExtendedReason => match context {
            Context { connectivity: true, .. } => return None,
            Context { extended: true, .. } => 1000,
            // As a plain reason the number means something else, and clients show that one.
            Context { licensing: false, .. } if other => 700,
            Context { error: true, certain: true, .. } => 1000,
            Context { error: true, .. } => 980,
            _ => 960,
        },
        ErrorSpace::DisconnectReason => match context {
            Context { extended: true, .. } | Context { connectivity: true, .. } => return None,
            Context { error: true, .. } => 990,
            _ => 960,
        },
        ErrorSpace::Connectivity => match context {
            Context { connectivity: true, .. } => 1000,
            Context { extended: true, .. } | Context { error: true, licensing: false, .. } => return None,
            _ => 620,
        },
        ErrorSpace::LicensingMessage => match context {
            Context { protocol: true, .. } => 1000,
            Context { extended: true, .. }
            | Context { connectivity: true, .. }
            | Context { error: true, licensing: false, .. } => return None,
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
