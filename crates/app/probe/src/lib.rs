//! Whether a license server answers, and if not, how far the way to it is open.
//!
//! A session host reaches its license server over RPC: the name is resolved, the endpoint mapper at TCP 135 is asked where the
//! licensing service listens, and the service is talked to there, at a port from 49152 on; older paths use its named pipe
//! `HydraLsPipe` over TCP 445. [`observe`] walks that way and says nothing to the service but hello; [`decide`], which asks nobody
//! anything, tells from what was observed whether the server cannot be reached, a firewall is between, the service is not there, the
//! rights do not suffice, or it answers. [`record`] makes facts of it, which rules rest on.
//!
//! Ports: Microsoft, *Service overview and network port requirements for Windows*, *Remote Desktop Licensing*.
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
    /// What comes of it.
    #[serde(flatten)]
    pub conclusion: Conclusion,
    /// What was observed on the way.
    pub observed: HostObservations,
}

/// All hosts of one run, in the order in which they were named.
#[derive(Clone, Debug, Serialize)]
pub struct ProbeReport {
    /// [`PROBE_SCHEMA`].
    pub schema: &'static str,
    /// Program and version.
    pub tool: &'static str,
    /// When the run was.
    pub probed_at: snapshot::FileTime,
    /// Each host.
    pub hosts: Vec<Probed>,
}

impl Probed {
    /// True where the license server answers.
    #[must_use]
    pub fn answers(&self) -> bool {
        self.conclusion.verdict == Verdict::Answers
    }
}

impl ProbeReport {
    /// A report of these hosts.
    #[must_use]
    pub fn new(probed_at: snapshot::FileTime, hosts: Vec<Probed>) -> Self {
        Self { schema: PROBE_SCHEMA, tool: concat!("rdscal ", env!("CARGO_PKG_VERSION")), probed_at, hosts }
    }

    /// True where every host answers.
    #[must_use]
    pub fn all_answer(&self) -> bool {
        self.hosts.iter().all(Probed::answers)
    }
}
