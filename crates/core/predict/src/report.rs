//! The report of `rdscal predict`.

use licensing::Machine;
use licensing::judge::UnreadSource;
use serde::Serialize;
use snapshot::FileTime;

use crate::case::{Asked, Class};
use crate::day::date;
use crate::evidence::{ChangePoint, Scene, contradictions, of_user};
use crate::facts::Condition;
use crate::prediction::{Detail, Prediction, Range, Span};

/// Name and version of the JSON schema.
pub const PREDICT_SCHEMA: &str = "rdscal.predict/1";

/// Changes that the first line names.
const MAX_CHANGES: usize = 2;

/// What was asked, and the answer.
#[derive(Clone, Debug, Serialize)]
pub struct PredictReport {
    /// [`PREDICT_SCHEMA`]
    pub schema: &'static str,
    /// Program and version.
    pub tool: String,
    /// The session host.
    pub host: String,
    /// The client, if one was given.
    pub client: Option<String>,
    /// The user, if one was named.
    pub user: Option<String>,
    /// The day that was asked for.
    pub from: FileTime,
    /// The last day that was examined.
    pub until: FileTime,
    /// The answer, as a sentence.
    pub answer: String,
    /// What the reader must know of the sources.
    pub notes: Vec<String>,
    /// What the client gets; without a client, each class of clients and users.
    pub predictions: Vec<Prediction>,
    /// The days on which something changes.
    pub points: Vec<ChangePoint>,
    /// Sources that could not be read completely.
    pub problems: Vec<UnreadSource>,
}

impl PredictReport {
    /// Predicts.
    #[must_use]
    pub fn new(scene: &Scene<'_, '_>, asked: Asked<'_>, range: Range, tool: String) -> Self {
        let timeline = scene.read();
        let host = name(scene.host);
        let client = scene.client.map(name);
        let is_single = client.is_some() || asked.is_admin || asked.is_local || asked.user.is_some();
        let classes: &[Class] = if is_single { &[Class::Asked] } else { &Class::ALL };
        let predict = |class: &Class| {
            Prediction::new(
                &timeline,
                *class,
                &class.facts(scene.host, asked, scene.assumed),
                range,
                Detail::Full,
            )
        };
        let predictions: Vec<_> = classes.iter().map(predict).collect();
        let machines: Vec<_> = std::iter::once(scene.host).chain(scene.servers.iter().copied()).collect();
        let of_user = asked.user.and_then(|user| of_user(&machines, user));
        let mut points = timeline.points();
        points.extend(of_user);
        points.sort_by_key(|point| point.day);
        let points = points
            .into_iter()
            .filter(|point| point.day.latest > range.from && point.day.earliest <= range.until);
        let subject = match (&client, asked.user) {
            (Some(client), Some(user)) => format!("{user} from {client} at {host}"),
            (Some(client), None) => format!("{client} at {host}"),
            (None, Some(user)) => format!("{user} at {host}"),
            (None, None) => host.clone(),
        };
        let answer = format!("{subject} on {}: {}", date(range.from), answer(&predictions));
        Self {
            schema: PREDICT_SCHEMA,
            tool,
            answer,
            client,
            user: asked.user.map(str::to_owned),
            from: range.from,
            until: range.until,
            notes: notes(scene, range.from),
            predictions,
            points: points.collect(),
            problems: Vec::new(),
            host,
        }
    }
}

/// The name of a machine, or else its source.
#[must_use]
pub fn name(machine: &Machine<'_>) -> String {
    machine.name().unwrap_or_else(|| machine.snapshot().origin.locator.clone())
}

/// The phrases of the first spans, each with its day.
#[must_use]
pub fn phrases(prediction: &Prediction) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut last: Option<String> = None;
    let mut more = 0;
    for (index, span) in prediction.spans.iter().enumerate() {
        let phrase = Span::phrase(span);
        if last.as_ref() == Some(&phrase) {
            continue;
        }
        if parts.len() > MAX_CHANGES {
            more += 1;
        } else if index == 0 {
            parts.push(phrase.clone());
        } else {
            parts.push(format!("{}: {phrase}", span.from.onward()));
        }
        last = Some(phrase);
    }
    if more > 0 {
        parts.push(format!("{more} more changes below"));
    }
    parts.join("; ")
}

/// Predictions of several classes that are the same.
#[derive(Clone, Debug)]
pub struct Group<'p> {
    /// Their names; empty for all users.
    pub label: String,
    /// What they get, day by day.
    pub phrases: String,
    /// One of them.
    pub prediction: &'p Prediction,
}

/// The users, grouped by what they get, without administrative sessions.
#[must_use]
pub fn groups(predictions: &[Prediction]) -> Vec<Group<'_>> {
    let mut groups: Vec<(Group<'_>, Vec<&str>)> = Vec::new();
    let is_user = |prediction: &&Prediction| prediction.matters && prediction.class != Class::Administrator;
    for prediction in predictions.iter().filter(is_user) {
        let phrases = phrases(prediction);
        match groups.iter_mut().find(|(group, _)| group.phrases == phrases) {
            Some((_, labels)) => labels.push(prediction.label),
            None => {
                groups.push((Group { label: String::new(), phrases, prediction }, vec![prediction.label]));
            }
        }
    }
    let is_one = groups.len() == 1;
    let named = groups.into_iter().map(|(group, labels)| Group {
        label: if is_one { String::new() } else { labels.join(", ") },
        ..group
    });
    named.collect()
}

/// What users get, and that administrators connect.
fn answer(predictions: &[Prediction]) -> String {
    let groups = groups(predictions);
    let parts = groups.iter().map(|group| match group.label.as_str() {
        "" => group.phrases.clone(),
        label => format!("{label}: {}", group.phrases.replace("; ", ", ")),
    });
    let mut parts: Vec<_> = parts.collect();
    if predictions.iter().any(|prediction| prediction.class == Class::Administrator) {
        parts.push("administrators (mstsc /admin) connect".to_owned());
    }
    parts.join("; ")
}

/// An assumption as a note.
pub(crate) fn assumption(condition: Condition) -> String {
    format!("assumed: {}: {}", condition.fact.name(), condition.labels().join(", or "))
}

fn notes(scene: &Scene<'_, '_>, from: FileTime) -> Vec<String> {
    let mut notes: Vec<String> = scene.assumed.iter().copied().map(assumption).collect();
    let machines = std::iter::once(scene.host).chain(scene.client).chain(scene.servers.iter().copied());
    for machine in machines {
        if let Some(captured) = machine.snapshot().captured_at.filter(|captured| from < *captured) {
            notes.push(format!(
                "{} was captured on {}, after the day in question; its state may have been different",
                name(machine),
                date(captured)
            ));
        }
    }
    for server in scene.servers.iter().filter(|server| !crate::evidence::lists(scene.host, server)) {
        notes.push(format!(
            "{} does not list the license server {}, so it was not used",
            name(scene.host),
            name(server)
        ));
    }
    for server in contradictions(scene) {
        notes.push(format!(
            "the host and the source of the license server contradict each other about {server}; both are possible"
        ));
    }
    let is_empty = |client: &&Machine<'_>| client.client_stores().licenses().next().is_none();
    if let Some(client) = scene.client.filter(is_empty) {
        notes.push(format!("{} has no client license, like a new device", name(client)));
    }
    notes
}
