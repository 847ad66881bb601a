//! Which place is read next.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sources::Place;

use crate::interrupt;

/// A place, and how often it was tried.
#[derive(Debug)]
pub struct Task {
    /// Its number among all places.
    pub index: usize,
    /// The place.
    pub place: Place,
    /// Attempts so far.
    pub attempts: u32,
    /// The time that they took, without the pauses between.
    pub spent: Duration,
}

/// The places that are still to be read. Those that are to be tried again wait without keeping anybody from the others.
pub struct Queue<I> {
    state: Mutex<State<I>>,
    changed: Condvar,
}

struct State<I> {
    fresh: I,
    later: BinaryHeap<Later>,
    running: usize,
}

/// A place that is to be tried again, not before this time.
struct Later {
    due: Instant,
    task: Task,
}

impl Ord for Later {
    /// The earliest is the greatest, as a heap gives its greatest.
    fn cmp(&self, other: &Self) -> Ordering {
        other.due.cmp(&self.due).then_with(|| other.task.index.cmp(&self.task.index))
    }
}

impl PartialOrd for Later {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Later {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Later {}

/// Whoever waits looks up this often whether the run was interrupted.
const LOOK_UP: Duration = Duration::from_millis(50);

impl<I: Iterator<Item = Task>> Queue<I> {
    /// These places, in their order.
    pub fn new(fresh: I) -> Self {
        let state = State { fresh, later: BinaryHeap::new(), running: 0 };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    /// The next place that is due; waits for one that will be. `None` when all are done, or the run was interrupted.
    pub fn next(&self) -> Option<Running<'_, I>> {
        let mut state = self.state();
        loop {
            if interrupt::is_set() {
                return None;
            }
            let now = Instant::now();
            let task = match state.later.peek() {
                Some(first) if first.due <= now => state.later.pop().map(|later| later.task),
                _ => state.fresh.next(),
            };
            if let Some(task) = task {
                state.running += 1;
                return Some(Running { queue: self, task: Some(task) });
            }
            if state.later.is_empty() && state.running == 0 {
                return None;
            }
            // What runs may yet have to be tried again.
            let due = state.later.peek().map_or(LOOK_UP, |first| first.due.saturating_duration_since(now));
            let waited = self.changed.wait_timeout(state, due.min(LOOK_UP));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// How many are being read.
    pub fn running(&self) -> usize {
        self.state().running
    }

    /// Those that were never begun, and those that were to be tried again.
    pub fn left(self) -> Vec<Task> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.fresh.chain(state.later.into_iter().map(|later| later.task)).collect()
    }

    fn state(&self) -> MutexGuard<'_, State<I>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place that is being read. It is done with when this is dropped.
pub struct Running<'q, I: Iterator<Item = Task>> {
    queue: &'q Queue<I>,
    task: Option<Task>,
}

impl<I: Iterator<Item = Task>> Running<'_, I> {
    /// The place is done with; it goes, that there is room for what is kept of it.
    pub fn take(&mut self) -> Option<Task> {
        self.task.take()
    }

    /// The place is to be tried again after this pause.
    pub fn again(self, task: Task, pause: Duration) {
        let due = Instant::now() + pause;
        self.queue.state().later.push(Later { due, task });
    }
}

impl<I: Iterator<Item = Task>> Drop for Running<'_, I> {
    fn drop(&mut self) {
        self.queue.state().running -= 1;
        self.queue.changed.notify_all();
    }
}
