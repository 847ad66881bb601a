//! Probes of license servers: what was observed on the path to one, and what follows from it.
//!
//! The crate `probe` observes. [`decide`] derives from the observations whether the server is unreachable, a
//! firewall blocks it, the service is not there, the caller lacks rights, or it answers. [`record`] adds the
//! facts for the rules.

mod decide;
mod facts;
mod observations;

use serde::Serialize;
use snapshot::FileTime;

pub use decide::{Conclusion, ProbeVerdict, decide};
pub use facts::{record, worth_probing};
pub use observations::{
    BindAnswer, HostObservations, MapperAnswer, NameAnswer, PipeAnswer, PortState, ServicePort,
};

/// The schema of a [`ProbeReport`] in JSON.
pub const PROBE_SCHEMA: &str = "rdscal.probe/1";

/// One host, probed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Probed {
    /// The host as named.
    pub host: String,
    /// The conclusion.
    #[serde(flatten)]
    pub conclusion: Conclusion,
    /// The observations.
    pub observed: HostObservations,
}

/// All hosts of one run, in the order of the arguments.
#[derive(Clone, Debug, Serialize)]
pub struct ProbeReport {
    /// [`PROBE_SCHEMA`].
    pub schema: &'static str,
    /// Program name and version.
    pub tool: &'static str,
    /// The time of the run.
    pub probed_at: FileTime,
    /// The hosts.
    pub hosts: Vec<Probed>,
}

impl Probed {
    /// True if the license server answers.
    #[must_use]
    pub fn answers(&self) -> bool {
        self.conclusion.verdict == ProbeVerdict::Answers
    }
}

impl ProbeReport {
    /// Builds a report of these hosts.
    #[must_use]
    pub fn new(probed_at: FileTime, hosts: Vec<Probed>) -> Self {
        Self { schema: PROBE_SCHEMA, tool: concat!("rdscal ", env!("CARGO_PKG_VERSION")), probed_at, hosts }
    }

    /// True if every host answers.
    #[must_use]
    pub fn all_answer(&self) -> bool {
        self.hosts.iter().all(Probed::answers)
    }
}
