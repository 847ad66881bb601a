//! The way from a session host to its license servers: what the host and the network say.

use super::{Connectivity, Machine, Reachability, ServerEntry, facts};
use crate::evidence::{Evidence, Unknown};

/// `GetTStoLSConnectivityStatus`: cannot be connected to.
const NOT_CONNECTABLE: u32 = 6;
/// Two statuses that say nothing of the way: unknown, and of unknown validity.
const SAYS_NOTHING: [u32; 2] = [0, 7];

/// True for the statuses of a server that is valid for this host: 1 (2008 R2), 2 (2008) and 11 (later).
///
/// Source: Microsoft Learn, *GetTStoLSConnectivityStatus method*.
pub(super) fn is_valid(status: u32) -> bool {
    matches!(status, 1 | 2 | 9 | 11)
}

/// Maximum number of entries that are looked up: no host waits for more servers, and a damaged list may hold
/// tens of thousands.
const LOOKED_UP: usize = 64;

/// Whether one listed server can be reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Reach {
    /// The server as listed.
    pub server: ServerEntry,
    /// Whether it can be reached, with what says so; `None` where nothing does.
    pub reached: Option<(bool, Evidence)>,
}

impl Machine<'_> {
    /// The servers of the list in force, without empty entries.
    pub fn listed_servers(&self) -> Result<Vec<ServerEntry>, Unknown> {
        let listed = self.license_servers().known()?;
        Ok(listed.into_iter().flatten().filter(|server| !server.is_blank()).cloned().collect())
    }

    /// What the host says of each license server.
    pub fn connectivity(&self) -> Result<Vec<Connectivity>, Unknown> {
        self.fact(facts::CONNECTIVITY)
    }

    /// The servers of which the host reports one of these statuses, as evidence.
    pub fn servers_with_status(&self, statuses: &[u32]) -> Result<Vec<(Connectivity, Evidence)>, Unknown> {
        let answers = self.connectivity()?.into_iter().filter(|answer| statuses.contains(&answer.status));
        Ok(answers.map(|answer| (answer.clone(), self.status_evidence(&answer))).collect())
    }

    /// Whether each listed server can be reached, as the host itself or a probe of its network says; unknown
    /// where neither said anything.
    pub fn reach(&self) -> Result<Vec<Reach>, Unknown> {
        let servers = self.listed_servers()?;
        let status = self.connectivity();
        let ports = self.fact(facts::REACHABILITY);
        let (status, ports) = match (status, ports) {
            (Err(one), Err(other)) => return Err(one.and(other)),
            (status, ports) => (status.unwrap_or_default(), ports.unwrap_or_default()),
        };
        Ok(servers
            .into_iter()
            .enumerate()
            .map(|(index, server)| {
                let is_near = index < LOOKED_UP;
                Reach { reached: is_near.then(|| self.reached(&server, &status, &ports)).flatten(), server }
            })
            .collect())
    }

    fn reached(
        &self,
        server: &ServerEntry,
        status: &[Connectivity],
        ports: &[Reachability],
    ) -> Option<(bool, Evidence)> {
        let is_it = |name: &str| server.is_same_server(&ServerEntry(name.to_owned()));
        let said =
            status.iter().find(|answer| is_it(&answer.server) && !SAYS_NOTHING.contains(&answer.status));
        if let Some(answer) = said {
            return Some((answer.status != NOT_CONNECTABLE, self.status_evidence(answer)));
        }
        let mut probed = ports.iter().filter(|probe| is_it(&probe.name));
        let first = probed.clone().find(|probe| !probe.reachable).or_else(|| probed.next())?;
        let words = if first.reachable { "answers" } else { "does not respond" };
        let met = first.found.clone().unwrap_or_else(|| format!("port {} {words}", first.port));
        let found = format!("{}: {met}", first.name);
        Some((first.reachable, self.fact_evidence(facts::REACHABILITY, found)))
    }

    fn status_evidence(&self, answer: &Connectivity) -> Evidence {
        self.fact_evidence(facts::CONNECTIVITY, format!("{}: status {}", answer.server, answer.status))
    }
}
