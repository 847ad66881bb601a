//! The queue of places to read, with those that wait for a retry.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sources::RegistrySource;

use crate::interrupt;

/// A place to read.
#[derive(Debug)]
pub(crate) struct Task {
    /// Its index among all places.
    pub(crate) index: usize,
    pub(crate) place: RegistrySource,
    /// Attempts so far.
    pub(crate) attempts: u32,
    /// The duration of these attempts, without the pauses between them.
    pub(crate) spent: Duration,
}

/// The places that remain. A place that waits for its retry does not delay the others.
pub(crate) struct Queue<I> {
    state: Mutex<State<I>>,
    changed: Condvar,
}

struct State<I> {
    fresh: I,
    retries: BinaryHeap<Delayed>,
    running: usize,
}

/// A place that is read again, not before this time.
struct Delayed {
    due: Instant,
    task: Task,
}

impl Ord for Delayed {
    /// Reversed: the earliest is the greatest, since a heap returns its greatest element.
    fn cmp(&self, other: &Self) -> Ordering {
        other.due.cmp(&self.due).then_with(|| other.task.index.cmp(&self.task.index))
    }
}

impl PartialOrd for Delayed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Delayed {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Delayed {}

/// How often a waiting thread checks whether the run was interrupted.
const POLL: Duration = Duration::from_millis(50);

impl<I: Iterator<Item = Task>> Queue<I> {
    pub(crate) fn new(fresh: I) -> Self {
        let state = State { fresh, retries: BinaryHeap::new(), running: 0 };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// The next place that is due; waits for one. `None` when all are done or the run was interrupted.
    pub(crate) fn next(&self) -> Option<Running<'_, I>> {
        let mut state = self.state();
        loop {
            if interrupt::is_set() {
                return None;
            }
            let now = Instant::now();
            let task = match state.retries.peek() {
                Some(first) if first.due <= now => state.retries.pop().map(|delayed| delayed.task),
                _ => state.fresh.next(),
            };
            if let Some(task) = task {
                state.running += 1;
                return Some(Running { queue: self, task: Some(task) });
            }
            if state.retries.is_empty() && state.running == 0 {
                return None;
            }
            // A place that is being read may be put back for a retry.
            let due = state.retries.peek().map_or(POLL, |first| first.due.saturating_duration_since(now));
            let waited = self.changed.wait_timeout(state, due.min(POLL));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The number of places that are being read.
    pub(crate) fn running(&self) -> usize {
        self.state().running
    }

    /// The places that were not read completely: those not begun, and those waiting for a retry.
    pub(crate) fn remaining(self) -> Vec<Task> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.fresh.chain(state.retries.into_iter().map(|delayed| delayed.task)).collect()
    }

    fn state(&self) -> MutexGuard<'_, State<I>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place that is being read, until this is dropped.
pub(crate) struct Running<'q, I: Iterator<Item = Task>> {
    queue: &'q Queue<I>,
    task: Option<Task>,
}

impl<I: Iterator<Item = Task>> Running<'_, I> {
    /// Takes the place out, so that its memory can be freed before this is dropped.
    pub(crate) fn take(&mut self) -> Option<Task> {
        self.task.take()
    }

    /// Puts the place back, to be read again after this pause.
    pub(crate) fn retry(self, task: Task, pause: Duration) {
        let due = Instant::now() + pause;
        self.queue.state().retries.push(Delayed { due, task });
    }
}

impl<I: Iterator<Item = Task>> Drop for Running<'_, I> {
    fn drop(&mut self) {
        self.queue.state().running -= 1;
        self.queue.changed.notify_all();
    }
}
