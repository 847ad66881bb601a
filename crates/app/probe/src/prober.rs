//! Probes the license servers of many machines, each server once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use licensing::Profile;
use licensing::model::{Machine, ServerEntry};
use licensing::probe::{Probed, decide, record, worth_probing};
use snapshot::{FileTime, Snapshot};

use crate::observe::{LICENSING, Times, observe};

const SMB: u16 = 445;

/// Limit for the servers of one machine that are probed, because a host does not try more in acceptable time.
const MOST_SERVERS: usize = 16;

/// Caches results. Threads that request the same server at the same time share one probe.
#[derive(Debug)]
pub struct Prober {
    times: Times,
    known: Mutex<HashMap<String, Arc<OnceLock<Probed>>>>,
}

impl Prober {
    /// A prober with these time limits.
    #[must_use]
    pub fn new(times: Times) -> Self {
        Self { times, known: Mutex::default() }
    }

    /// Probes the license servers that this machine is configured to use, without an account, and adds the
    /// results to the snapshot's facts.
    pub fn add_to(&self, snapshot: &mut Snapshot, profile: Profile) {
        let listed = Machine::new(snapshot, FileTime::default(), profile).listed_servers();
        let servers: Vec<ServerEntry> = worth_probing(listed.unwrap_or_default(), MOST_SERVERS).collect();
        let probed: Vec<Probed> = thread::scope(|scope| {
            let asked: Vec<_> = servers
                .iter()
                .map(|server| scope.spawn(|| self.probe(&server.tidied().0, server.folded())))
                .collect();
            asked.into_iter().filter_map(|thread| thread.join().ok()).collect()
        });
        record(snapshot, &probed);
    }

    fn probe(&self, host: &str, key: String) -> Probed {
        let cell = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(key).or_default())
        };
        let probed = cell.get_or_init(|| {
            let observed = observe(host, SMB, LICENSING, None, self.times);
            Probed { host: host.to_owned(), conclusion: decide(&observed), observed }
        });
        // Spelled as in this machine's list.
        Probed { host: host.to_owned(), ..probed.clone() }
    }
}
