//! Checks whether a license server answers, and if not, how far the path to it is open.
//!
//! A session host reaches its license server over RPC. It resolves the name, queries the endpoint mapper at
//! TCP 135 for the port of the licensing service, and connects to that port, 49152 or higher. Older clients
//! use the named pipe `HydraLsPipe` over TCP 445. [`observe`] takes the same path, and only binds to the
//! service. [`decide`], which is pure, derives from the observations whether the server is unreachable, a
//! firewall blocks it, the service is not there, the caller lacks rights, or it answers. [`record`] adds
//! facts for the rules.
//!
//! Ports: Microsoft, *Service overview and network port requirements for Windows*, *Remote Desktop
//! Licensing*.
#![forbid(unsafe_code)]

mod decide;
mod facts;
mod observe;
mod prober;

pub use decide::{Conclusion, Verdict, decide};
pub use facts::record;
pub use observe::{
    Account, BindAnswer, HostObservations, LICENSING, MapperAnswer, NameAnswer, PipeAnswer, PortState,
    Service, ServicePort, Times, observe,
};
pub use prober::Prober;

use serde::Serialize;

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
    pub probed_at: snapshot::FileTime,
    /// The hosts.
    pub hosts: Vec<Probed>,
}

impl Probed {
    /// True if the license server answers.
    #[must_use]
    pub fn answers(&self) -> bool {
        self.conclusion.verdict == Verdict::Answers
    }
}

impl ProbeReport {
    /// Builds a report of these hosts.
    #[must_use]
    pub fn new(probed_at: snapshot::FileTime, hosts: Vec<Probed>) -> Self {
        Self { schema: PROBE_SCHEMA, tool: concat!("rdscal ", env!("CARGO_PKG_VERSION")), probed_at, hosts }
    }

    /// True if every host answers.
    #[must_use]
    pub fn all_answer(&self) -> bool {
        self.hosts.iter().all(Probed::answers)
    }
}
