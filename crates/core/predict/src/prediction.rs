//! What happens on each day, and why.

use licensing::Next;
use licensing::knowledge::Source;
use licensing::knowledge::products::terms::{PER_USER_DAYS, PERMANENT_DEVICE_DAYS, RENEWAL_WINDOW_DAYS};
use serde::Serialize;
use snapshot::FileTime;

use crate::case::Class;
use crate::day::{Day, date};
use crate::decide::{Change, Outcomes, changes, decide, deciding};
use crate::evidence::{ChangePoint, Known, Reading, Timeline};
use crate::facts::{Fact, Mode};
use crate::table::{Log, Row, Screen, Stored, Verdict};

/// Term of a temporary license in days.
///
/// Source: [`licensing::knowledge::products::TERMS`].
const TEMPORARY_DAYS: i64 = 90;

/// The days to examine.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// The first day.
    pub from: FileTime,
    /// The last day.
    pub until: FileTime,
}

/// How much of each span is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The outcomes only, as for a forecast of many machines.
    Outcomes,
    /// Also the path, the alternatives, and what is missing.
    Full,
}

/// What one class of clients or users gets, day by day.
#[derive(Clone, Debug, Serialize)]
pub struct Prediction {
    /// Who connects.
    pub class: Class,
    /// The same in words.
    pub label: &'static str,
    /// What happens, from each day on; the first from the day that was asked for. Never empty.
    pub spans: Vec<Span>,
    /// Whether the class differs from others in the mode of the host.
    #[serde(skip)]
    pub matters: bool,
}

/// What happens from a day on.
#[derive(Clone, Debug, Serialize)]
pub struct Span {
    /// The first day.
    pub from: Day,
    /// What happens on that day; empty for the day that was asked for.
    pub events: Vec<String>,
    /// What is possible; one outcome if nothing that decides is missing.
    pub outcomes: Vec<Outcome>,
    /// The missing fact that decides between the verdicts.
    pub decided_by: Option<Missing>,
    /// The facts that the decision depends on.
    pub path: Vec<Step>,
    /// What would change the verdict.
    pub changes: Vec<Alternative>,
    /// Other facts that are missing.
    pub missing: Vec<Missing>,
    #[serde(skip)]
    rows: Outcomes,
}

/// One outcome of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// Row of the table.
    pub row: &'static str,
    /// What the user gets.
    pub verdict: Verdict,
    /// Why, as a clause.
    pub because: &'static str,
    /// The last message of the licensing protocol.
    pub wire: &'static str,
    /// What the client displays.
    pub screen: Screen,
    /// What is logged, and where.
    pub logs: Vec<Logged>,
    /// What is stored afterwards, as a clause.
    pub stored: String,
    /// Where it is specified.
    pub sources: &'static [Source],
}

/// An event that is logged.
#[derive(Clone, Debug, Serialize)]
pub struct Logged {
    /// The id.
    pub event: u16,
    /// Log channel.
    pub channel: &'static str,
    /// Which machine.
    pub machine: &'static str,
    /// What it says.
    pub what: &'static str,
}

/// A step of the decision.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// The fact.
    pub fact: Fact,
    /// The fact as part of a sentence.
    pub what: &'static str,
    /// The values that are possible.
    pub values: Vec<&'static str>,
    /// The same in words.
    pub found: String,
    /// What shows it.
    pub why: String,
}

/// A fact that is missing.
#[derive(Clone, Debug, Serialize)]
pub struct Missing {
    /// The fact.
    pub fact: Fact,
    /// The fact as part of a sentence.
    pub what: &'static str,
    /// What is possible, in words.
    pub possible: String,
    /// What the sources show of it.
    pub why: String,
    /// The command that obtains it.
    pub next: Option<Next>,
}

/// Another value of a fact, and the verdict with it.
#[derive(Clone, Debug, Serialize)]
pub struct Alternative {
    /// The fact.
    pub fact: Fact,
    /// The other values, in words.
    pub to: String,
    /// The verdict then.
    pub verdict: Verdict,
}

impl Prediction {
    /// What this class gets in the range of days.
    #[must_use]
    pub fn new(timeline: &Timeline, class: Class, given: &[Known], range: Range, detail: Detail) -> Self {
        let Range { from, until } = range;
        let at = |time| timeline.at(time).with(given);
        let first = at(from);
        let matters = class.matters(first.facts.get(Fact::Mode));
        let has_license = given.iter().all(|known| known.is.fact != Fact::License);
        let mut spans = vec![Span::new(&first, Day::exact(from), Vec::new(), detail)];
        for point in timeline.points() {
            let is_between = point.day.latest > from && point.day.earliest <= until;
            if is_between && (has_license || point.fact != Some(Fact::License)) {
                add(&mut spans, &at(point.day.latest), point, detail);
            }
        }
        Self { class, label: class.label(), spans, matters }
    }

    /// The worst verdict up to `until`, and whether every verdict up to then is known.
    #[must_use]
    pub fn worst(&self, until: FileTime) -> (Verdict, bool) {
        let mut worst = Verdict::Connects;
        let mut is_known = true;
        let spans = self.spans.iter().enumerate();
        for (_, span) in spans.filter(|(index, span)| *index == 0 || span.from.earliest <= until) {
            match span.rows.verdict() {
                Some(Verdict::Unspecified) | None => is_known = false,
                // It may begin after `until`.
                Some(verdict) if span.from.latest > until && verdict > worst => is_known = false,
                Some(verdict) => worst = worst.max(verdict),
            }
        }
        (worst, is_known)
    }

    /// The first span in which some user is certainly refused, or limited to 60 minutes.
    #[must_use]
    pub fn first_refusal(&self) -> Option<&Span> {
        let is_refusal =
            |span: &&Span| matches!(span.rows.verdict(), Some(Verdict::Refused | Verdict::SixtyMinutes));
        self.spans.iter().find(is_refusal)
    }
}

/// Adds what happens from a day on, unless nothing changes.
fn add(spans: &mut Vec<Span>, reading: &Reading, point: ChangePoint, detail: Detail) {
    let Some(last) = spans.last_mut() else { return };
    let rows = decide(&reading.facts);
    if rows == last.rows {
        return;
    }
    if last.from == point.day {
        let mut events = std::mem::take(&mut last.events);
        events.push(point.what);
        *last = Span::new(reading, point.day, events, detail);
        return;
    }
    let span = Span::new(reading, point.day, vec![point.what], detail);
    spans.push(span);
}

impl Span {
    fn new(reading: &Reading, from: Day, events: Vec<String>, detail: Detail) -> Self {
        let facts = &reading.facts;
        let rows = decide(facts);
        let decisive = if detail == Detail::Full { deciding(facts) } else { None };
        let missing = |fact: Fact| missing(reading, fact);
        let mut span = Self {
            from,
            events,
            outcomes: rows.rows().map(|row| Outcome::new(row, reading, from.latest)).collect(),
            decided_by: decisive.and_then(missing),
            path: Vec::new(),
            changes: Vec::new(),
            missing: Vec::new(),
            rows,
        };
        if detail == Detail::Full {
            span.explain(reading, decisive);
        }
        span
    }

    /// Adds the path, what would change the verdict, and what else is missing.
    fn explain(&mut self, reading: &Reading, decisive: Option<Fact>) {
        let (facts, rows) = (&reading.facts, self.rows);
        let used = |fact: Fact| rows.rows().any(|row| row.when.iter().any(|one| one.fact == fact));
        // Earlier rows did not apply because of facts that the row itself does not name.
        let excludes =
            |fact: Fact| facts.get(fact).not().each().any(|other| decide(&facts.with(other)) != rows);
        let is_step = |fact: Fact| used(fact) || facts.get(fact).is_known() && excludes(fact);
        let path = Fact::ALL.iter().copied().filter(|fact| is_step(*fact) && *fact != Fact::Target);
        self.path = path.filter_map(|fact| step(reading, fact)).collect();
        self.changes = changes(facts).into_iter().filter_map(alternative).collect();
        let others = Fact::ALL.iter().copied().filter(|fact| used(*fact) && Some(*fact) != decisive);
        self.missing = others.filter_map(|fact| missing(reading, fact)).collect();
    }

    /// What the user gets, as a phrase.
    #[must_use]
    pub fn phrase(&self) -> String {
        let verdicts = self.rows.verdicts();
        let [verdict] = verdicts.as_slice() else {
            let labels: Vec<_> = verdicts.iter().map(|verdict| verdict.label()).collect();
            let missing = self.decided_by.as_ref().map_or("several facts", |missing| missing.what);
            return format!("{}, depending on {missing}", labels.join(" or "));
        };
        match verdict {
            Verdict::Unspecified => format!("not specified ({})", self.because()),
            Verdict::Refused => {
                let shorts = self.outcomes.iter().map(|one| format!("“{}”", one.screen.clause()));
                let mut shorts: Vec<_> = shorts.collect();
                shorts.dedup();
                format!("refused, {}", shorts.join(" or "))
            }
            verdict => verdict.label().to_owned(),
        }
    }

    /// The reasons of all outcomes.
    #[must_use]
    pub fn because(&self) -> String {
        let mut each: Vec<_> = self.outcomes.iter().map(|one| one.because).collect();
        each.dedup();
        each.join("; or ")
    }

    /// The verdict; `None` if several are possible.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.rows.verdict()
    }
}

/// What an administrator can change, or can ask about: neither the day nor the version of Windows, nor a mode
/// without users.
fn alternative(change: Change) -> Option<Alternative> {
    let mut to = change.to;
    if to.fact == Fact::Mode {
        to.values &= Mode::PerDevice.is().or(Mode::PerUser.is()).values;
    }
    let is_fixed = matches!(to.fact, Fact::Target | Fact::Enforcement | Fact::Grace);
    if is_fixed || to.values == 0 || change.verdict == Verdict::Unspecified {
        return None;
    }
    Some(Alternative { fact: to.fact, to: to.labels().join(", or "), verdict: change.verdict })
}

fn step(reading: &Reading, fact: Fact) -> Option<Step> {
    let known = reading.why(fact)?;
    let is = reading.facts.get(fact);
    Some(Step {
        fact,
        what: fact.what(),
        values: is.keys(),
        found: if is == fact.unknown() { "not known".to_owned() } else { is.labels().join(", or ") },
        why: known.why.clone(),
    })
}

/// What is missing of a fact; `None` if it is known.
pub(crate) fn missing(reading: &Reading, fact: Fact) -> Option<Missing> {
    let is = reading.facts.get(fact);
    if is.is_known() {
        return None;
    }
    let known = reading.why(fact);
    Some(Missing {
        fact,
        what: fact.what(),
        possible: is.labels().join(", or "),
        why: known.map_or_else(|| "no source was given".to_owned(), |known| known.why.clone()),
        next: known.and_then(|known| known.next.clone()).or_else(|| not_given(fact)),
    })
}

/// The command for a fact of which no source was given.
fn not_given(fact: Fact) -> Option<Next> {
    let (command, place) = match fact {
        Fact::License | Fact::Store => {
            ("rdscal snapshot . -o client.json", "on the client, as administrator")
        }
        Fact::Upgrade | Fact::Packs => {
            ("rdscal snapshot . -o server.json", "on the license server, as administrator")
        }
        _ => return None,
    };
    Some(Next { command: command.to_owned(), place })
}

impl Outcome {
    fn new(row: &'static Row, reading: &Reading, day: FileTime) -> Self {
        let is_possible =
            |log: &&Log| log.when.is_none_or(|when| reading.facts.get(when.fact).values & when.values != 0);
        let logs = row.logs.iter().filter(is_possible).map(|log| Logged {
            event: log.id,
            channel: log.channel,
            machine: log.machine,
            what: log.what,
        });
        Self {
            row: row.id,
            verdict: row.verdict,
            because: row.because,
            wire: row.wire.label(),
            screen: row.screen,
            logs: logs.collect(),
            stored: stored(row.stored, day),
            sources: row.sources,
        }
    }
}

/// What is stored after a connection on this day.
fn stored(stored: Stored, day: FileTime) -> String {
    let after = |days: i64| date(day.checked_add_days(days).unwrap_or(FileTime(u64::MAX)));
    match stored {
        Stored::Nothing => "nothing changes".to_owned(),
        Stored::Temporary => {
            format!(
                "on the client a temporary license of {TEMPORARY_DAYS} days (until {})",
                after(TEMPORARY_DAYS)
            )
        }
        Stored::Permanent => {
            let (shortest, longest) =
                (i64::from(PERMANENT_DEVICE_DAYS.0), i64::from(PERMANENT_DEVICE_DAYS.1));
            let window = i64::from(RENEWAL_WINDOW_DAYS);
            format!(
                "on the client a permanent license of {shortest} to {longest} days (until between {} and {}; \
                 renewed between {} and {}); the first one ends the grace period of the host",
                after(shortest),
                after(longest),
                after(shortest - window),
                after(longest - window)
            )
        }
        Stored::Kept => "the client keeps the license that it has, until it expires".to_owned(),
        Stored::UserLicense => format!(
            "msTSExpireDate of the user: {} ({PER_USER_DAYS} days), if the license server may write it",
            after(i64::from(PER_USER_DAYS))
        ),
        Stored::NotStored => {
            "nothing on the client; the license server has issued a license all the same".to_owned()
        }
        Stored::Unspecified => "not specified".to_owned(),
    }
}
