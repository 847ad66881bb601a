//! The facts of a day, read from the machines.

mod client;
mod grace;
mod host;
mod packs;
mod server;
mod users;

use licensing::{Machine, Next};
use serde::Serialize;
use snapshot::FileTime;

use crate::day::Day;
use crate::facts::{Condition, Fact, Facts};

pub use client::ClientLicense;
pub use grace::GraceEnd;
pub use packs::Packs;
pub(crate) use server::{contradictions, lists};
pub(crate) use users::of_user;

/// The days on which the Per User licenses expire that a host has from the directory.
pub(crate) fn user_points(host: &Machine<'_>) -> Vec<ChangePoint> {
    users::all(host)
}

/// The days on which the licenses of a client change.
pub(crate) fn license_points(client: &Machine<'_>) -> Vec<ChangePoint> {
    client::all_points(client)
}

/// The days on which packs and certificates of a license server end.
pub(crate) fn server_points(server: &Machine<'_>) -> Vec<ChangePoint> {
    let mut points = server::certificate_points(server);
    points.extend(packs::points(server));
    points.extend(users::all(server));
    points.sort_by_key(|point| point.day);
    points
}

/// What is known of one fact, and why.
#[derive(Clone, Debug)]
pub struct Known {
    /// The values that are possible.
    pub is: Condition,
    /// What shows it, as a phrase.
    pub why: String,
    /// The command that obtains what is missing, if several values are possible.
    pub next: Option<Next>,
}

impl Known {
    pub(crate) fn new(is: Condition, why: impl Into<String>) -> Self {
        Self { is, why: why.into(), next: None }
    }

    pub(crate) fn missing(
        is: Condition,
        why: impl Into<String>,
        command: impl Into<String>,
        place: &'static str,
    ) -> Self {
        Self { is, why: why.into(), next: Some(Next { command: command.into(), place }) }
    }
}

/// The facts of one moment.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The values that are possible.
    pub facts: Facts,
    /// For each fact that a source shows something of: what, and why.
    pub known: Vec<Known>,
}

impl Reading {
    fn of(known: Vec<Known>) -> Self {
        let facts = known.iter().fold(Facts::unknown(), |facts, known| facts.with(known.is));
        Self { facts, known }
    }

    /// What is known of a fact.
    #[must_use]
    pub fn why(&self, fact: Fact) -> Option<&Known> {
        self.known.iter().rev().find(|known| known.is.fact == fact)
    }

    /// With these facts in place of what the sources show.
    #[must_use]
    pub fn with(&self, given: &[Known]) -> Self {
        let replaced = |known: &&Known| given.iter().all(|other| other.is.fact != known.is.fact);
        Self::of(self.known.iter().filter(replaced).chain(given).cloned().collect())
    }
}

/// A day on which a fact changes.
#[derive(Clone, Debug, Serialize)]
pub struct ChangePoint {
    /// The day.
    pub day: Day,
    /// What happens, as a clause.
    pub what: String,
    /// Which fact changes.
    pub fact: Option<Fact>,
}

/// A host, and what belongs to the connection.
#[derive(Debug)]
pub struct Scene<'m, 's> {
    /// The session host.
    pub host: &'m Machine<'s>,
    /// The client, if one is given.
    pub client: Option<&'m Machine<'s>>,
    /// The license servers of which there is a snapshot.
    pub servers: Vec<&'m Machine<'s>>,
    /// What is assumed instead of what the sources show.
    pub assumed: &'m [Condition],
}

/// Facts that are assumed.
pub(crate) fn assumed(conditions: &[Condition]) -> Vec<Known> {
    conditions.iter().map(|condition| Known::new(*condition, "assumed (--assume)")).collect()
}

impl Scene<'_, '_> {
    /// Everything that is the same on all days, with the days of the rest.
    #[must_use]
    pub fn read(&self) -> Timeline {
        // The mode decides which CALs are required.
        let assumed = assumed(self.assumed).into_iter().find(|known| known.is.fact == Fact::Mode);
        let mode = assumed.unwrap_or_else(|| host::mode(self.host));
        let packs = packs::read(self, mode.is);
        let mut fixed = vec![host::target(self.host), mode, host::enforcement(self.host)];
        fixed.push(server::read(self));
        fixed.push(server::upgrade(self));
        fixed.extend(self.client.map(client::store));
        let license = self.client.map(|client| ClientLicense::read(client, self.host));
        Timeline { fixed, grace: GraceEnd::read(self.host), packs, license, others: self.other_points() }
    }

    fn other_points(&self) -> Vec<ChangePoint> {
        let mut points = host::certificate_points(self.host);
        points.extend(self.servers.iter().flat_map(|server| server::certificate_points(server)));
        points
    }
}

/// The facts of a connection on every day.
#[derive(Clone, Debug)]
pub struct Timeline {
    fixed: Vec<Known>,
    grace: GraceEnd,
    packs: Packs,
    /// The license of the client, if a client is given.
    pub license: Option<ClientLicense>,
    others: Vec<ChangePoint>,
}

impl Timeline {
    /// The facts at this time.
    #[must_use]
    pub fn at(&self, time: FileTime) -> Reading {
        let mut known = self.fixed.clone();
        known.push(self.grace.at(time));
        known.push(self.packs.at(time));
        known.extend(self.license.as_ref().map(|license| license.at(time)));
        Reading::of(known)
    }

    /// Every day on which a fact changes, or may change, in their order.
    #[must_use]
    pub fn points(&self) -> Vec<ChangePoint> {
        let mut points = self.others.clone();
        points.extend(self.grace.point());
        points.extend(self.packs.points());
        points.extend(self.license.iter().flat_map(ClientLicense::points));
        points.sort_by_key(|point| point.day);
        points
    }
}
