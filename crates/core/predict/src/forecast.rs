//! The first day on which each machine refuses someone, or is refused.

use std::fmt::Write as _;

use licensing::Machine;
use licensing::judge::UnreadSource;
use licensing::model::Role;
use serde::Serialize;
use snapshot::FileTime;

use crate::case::{Asked, Class};
use crate::day::{Day, date};
use crate::decide::deciding;
use crate::evidence::{ChangePoint, Scene, license_points};
use crate::facts::{Condition, Fact};
use crate::prediction::{Detail, Missing, Prediction, Range, Span, missing};
use crate::report::{assumption, name};
use crate::table::Verdict;

/// Name and version of the JSON schema.
pub const FORECAST_SCHEMA: &str = "rdscal.forecast/1";

/// The machines, by day.
#[derive(Clone, Debug, Serialize)]
pub struct ForecastReport {
    /// [`FORECAST_SCHEMA`]
    pub schema: &'static str,
    /// Program and version.
    pub tool: String,
    /// The first day.
    pub from: FileTime,
    /// The last day.
    pub until: FileTime,
    /// What is assumed instead of what the sources show.
    pub assumed: Vec<String>,
    /// The answer, as a sentence.
    pub answer: String,
    /// The machines; those that refuse someone first come first, then those of which it is not known.
    pub machines: Vec<Forecast>,
    /// Sources that could not be read completely.
    pub problems: Vec<UnreadSource>,
}

/// What a machine is in a forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A session host.
    SessionHost,
    /// A client with a license.
    Client,
    /// A license server.
    LicenseServer,
    /// None of these.
    Other,
}

/// The forecast of one machine.
#[derive(Clone, Debug, Serialize)]
pub struct Forecast {
    /// Its name.
    pub machine: String,
    /// Its source.
    pub source: String,
    /// What it is.
    pub kind: Kind,
    /// The first day on which someone is certainly refused or limited, if there is one in the period.
    pub refusal: Option<Refusal>,
    /// The missing fact that decides whether someone is refused, before that day or at all.
    pub undecided: Vec<Missing>,
    /// What no source specifies of the sessions, as a clause.
    pub unspecified: Option<String>,
    /// The days in the period on which something changes.
    pub points: Vec<ChangePoint>,
    /// The last day before the period on which something changed.
    #[serde(skip)]
    past: Option<ChangePoint>,
}

/// The first refusal of a machine.
#[derive(Clone, Debug, Serialize)]
pub struct Refusal {
    /// The day; the first day of the period if someone is refused already.
    pub day: Day,
    /// Whole days until then, at the earliest.
    pub days_left: i64,
    /// Who is refused.
    pub who: Vec<&'static str>,
    /// What they get.
    pub verdict: Verdict,
    /// Why, as a clause.
    pub because: String,
}

impl Forecast {
    /// The forecast of one machine, without the others.
    #[must_use]
    pub fn new(machine: &Machine<'_>, range: Range, assumed: &[Condition]) -> Self {
        let holds = |role| machine.roles().holds(role) == Ok(true);
        let kind = if holds(Role::SessionHost) {
            Kind::SessionHost
        } else if holds(Role::LicenseServer) {
            Kind::LicenseServer
        } else if machine.client_stores().licenses().next().is_some() {
            Kind::Client
        } else {
            Kind::Other
        };
        let own = Self {
            machine: name(machine),
            source: machine.snapshot().origin.locator.clone(),
            kind,
            refusal: None,
            undecided: Vec::new(),
            unspecified: None,
            points: Vec::new(),
            past: None,
        };
        match kind {
            Kind::SessionHost => own.of_host(machine, range, assumed),
            Kind::Client => own.with_points(license_points(machine), range),
            Kind::LicenseServer => own.with_points(crate::evidence::server_points(machine), range),
            Kind::Other => own,
        }
    }

    fn of_host(self, host: &Machine<'_>, range: Range, assumed: &[Condition]) -> Self {
        let timeline = Scene { host, client: None, servers: Vec::new(), assumed }.read();
        let mode = timeline.at(range.from).facts.get(Fact::Mode);
        let is_user = |class: &&Class| class.matters(mode) && **class != Class::Administrator;
        let given: Vec<_> = Class::ALL
            .iter()
            .filter(is_user)
            .map(|class| (*class, class.facts(host, Asked::default(), assumed)))
            .collect();
        let predictions: Vec<_> = given
            .iter()
            .map(|(class, given)| Prediction::new(&timeline, *class, given, range, Detail::Outcomes))
            .collect();
        // One missing fact is enough to say; what differs between clients is not missing of the host.
        let undecided = given.iter().zip(&predictions).find_map(|((_, given), prediction)| {
            let open = prediction.spans.iter().find(|span| span.verdict().is_none())?;
            let reading = timeline.at(open.from.latest).with(given);
            let fact = deciding(&reading.facts)?;
            let is_of_client = matches!(fact, Fact::License | Fact::Store | Fact::Account);
            if is_of_client { None } else { missing(&reading, fact) }
        });
        let undecided = Vec::from_iter(undecided);
        let spans = predictions.iter().flat_map(|prediction| &prediction.spans);
        let open = spans.clone().find(|span| span.verdict() == Some(Verdict::Unspecified));
        let unspecified = open.map(Span::because);
        let refusal = refusal(&predictions, range.from);
        let mut points = timeline.points();
        points.extend(crate::evidence::user_points(host));
        points.sort_by_key(|point| point.day);
        Self { refusal, undecided, unspecified, ..self.with_points(points, range) }
    }

    fn with_points(self, points: Vec<ChangePoint>, range: Range) -> Self {
        let (past, ahead): (Vec<_>, Vec<_>) =
            points.into_iter().partition(|one| one.day.latest <= range.from);
        let ahead = ahead.into_iter().filter(|point| point.day.earliest <= range.until);
        Self { points: ahead.collect(), past: past.into_iter().next_back(), ..self }
    }

    /// Whether it is known, and specified, who is refused in the period.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        self.undecided.is_empty() && self.unspecified.is_none()
    }

    /// The sentence of the machine, without its name.
    #[must_use]
    pub fn sentence(&self, from: FileTime) -> String {
        if let Some(Refusal { day, who, verdict, because, .. }) = &self.refusal {
            let when = if day.earliest <= from { "now".to_owned() } else { day.onward() };
            let who = who.join(", ");
            return format!("{when}: {} ({who}) - {because}", verdict.label());
        }
        match (self.undecided.first(), self.kind) {
            (Some(missing), _) => format!("not determined, depends on {}", missing.what),
            (None, Kind::SessionHost) if self.unspecified.is_some() => {
                format!("not specified ({})", self.unspecified.as_deref().unwrap_or_default())
            }
            (None, Kind::SessionHost) => "refuses no user in this period".to_owned(),
            (None, Kind::Other) => {
                "neither a session host, a license server, nor a client with a license".to_owned()
            }
            (None, _) => match (self.points.first(), &self.past) {
                (Some(_), _) => "something expires in this period".to_owned(),
                (None, Some(past)) => format!(
                    "nothing more expires; on {}, {}",
                    past.day,
                    past.what.replace("expires", "expired")
                ),
                (None, None) => "nothing expires in this period".to_owned(),
            },
        }
    }
}

/// The first day on which a class is refused, and every class that is refused on it.
fn refusal(predictions: &[Prediction], from: FileTime) -> Option<Refusal> {
    let firsts = predictions.iter().filter_map(|one| Some((one, one.first_refusal()?)));
    let first = firsts.clone().map(|(_, span)| span.from).min()?;
    let on_it: Vec<_> = firsts.filter(|(_, span)| span.from == first).collect();
    let (_, span) = on_it.first()?;
    Some(Refusal {
        day: first,
        days_left: from.days_until(first.earliest).max(0),
        who: if on_it.len() == predictions.len() {
            vec!["all users"]
        } else {
            on_it.iter().map(|(prediction, _)| prediction.label).collect()
        },
        verdict: span.verdict()?,
        because: span.because(),
    })
}

impl ForecastReport {
    /// The machines in the order of the days.
    #[must_use]
    pub fn new(mut machines: Vec<Forecast>, range: Range, assumed: &[Condition], tool: String) -> Self {
        let day = |one: &Forecast| one.refusal.as_ref().map(|refusal| refusal.day);
        machines.sort_by(|a, b| {
            let rank = |one: &Forecast| (day(one).is_none(), day(one), one.is_decided());
            rank(a).cmp(&rank(b)).then_with(|| a.machine.cmp(&b.machine))
        });
        let answer = answer(&machines, range);
        let Range { from, until } = range;
        let assumed = assumed.iter().copied().map(assumption).collect();
        Self { schema: FORECAST_SCHEMA, tool, from, until, assumed, answer, machines, problems: Vec::new() }
    }

    /// Whether some host refuses someone in the period, and whether that is known of all.
    #[must_use]
    pub fn refuses(&self) -> (bool, bool) {
        let is_refused = self.machines.iter().any(|one| one.refusal.is_some());
        (is_refused, self.machines.iter().all(Forecast::is_decided))
    }
}

fn answer(machines: &[Forecast], range: Range) -> String {
    let hosts = machines.iter().filter(|one| one.kind == Kind::SessionHost);
    let (all, refusing) = (hosts.clone().count(), hosts.clone().filter(|one| one.refusal.is_some()).count());
    let open = hosts.filter(|one| one.refusal.is_none() && !one.is_decided()).count();
    let until = date(range.until);
    let what = if all == 1 { "host refuses or limits" } else { "hosts refuse or limit" };
    let mut answer = format!("{refusing} of {all} session {what} users until {until}");
    if let Some((one, refusal)) = machines.first().and_then(|one| Some((one, one.refusal.as_ref()?))) {
        let when = if refusal.day.earliest <= range.from { "now".to_owned() } else { refusal.day.onward() };
        let _ = write!(answer, "; first {}, {when}", one.machine);
    }
    if open > 0 {
        let _ = write!(answer, "; {open} not determined");
    }
    answer
}
