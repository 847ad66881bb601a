//! Reading many places in parallel.

use std::num::NonZero;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::{Duration, Instant};

use diagnostic::{Code, Diagnostic as _, Retry};
use snapshot::{Question, Selector, Snapshot};
use sources::{ReadError, RegistrySource};

use crate::interrupt;
use crate::queue::{Queue, Running, Task};
use crate::retry::RetryPolicy;

/// How many hosts are read in parallel, and how often.
#[derive(Clone, Copy, Debug)]
pub struct SurveyOptions {
    /// Hosts across the network that are read in parallel. Files are read by as many threads as there are
    /// processors.
    pub jobs: u16,
    /// When a host is read again.
    pub retry: RetryPolicy,
}

/// What is read from each place.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'s> {
    /// The keys.
    pub selectors: &'s [Selector],
    /// The facts that are requested from a running machine.
    pub questions: &'s [Question],
}

/// The data read from a place.
#[derive(Debug)]
pub struct Reading<'a> {
    /// The name of the place.
    pub place: &'a str,
    /// The place, for the positions of keys and values.
    pub source: &'a RegistrySource,
    /// Whether a repair can change the source.
    pub can_be_changed: bool,
    /// Its registry.
    pub snapshot: Snapshot,
    /// Why the snapshot is incomplete.
    pub broken_off: Option<ReadError>,
    /// Attempts that were made.
    pub attempts: u32,
}

/// The result for one place.
#[derive(Debug)]
pub struct SurveyResult<T> {
    /// Its index among all places.
    pub index: usize,
    /// The name of the place.
    pub place: String,
    /// What was made of the reading, or why there is none.
    pub result: Result<T, ReadError>,
    /// Attempts that were made.
    pub attempts: u32,
    /// Places that were being read when this result arrived.
    pub running: usize,
}

/// Reads every place. `make` turns what was read into a result, on the thread that read it; `take` receives
/// the results on this thread, in the order of arrival. If either fails, the run ends and its first error is
/// returned.
///
/// Returns the index and name of places that were not read because the run was interrupted.
///
/// A snapshot lives only until `make` returns, so memory does not grow with the number of places.
pub fn read<T: Send, E: Send>(
    places: Vec<RegistrySource>,
    options: SurveyOptions,
    scope: Scope<'_>,
    make: impl Fn(Reading<'_>) -> Result<T, E> + Sync,
    take: impl FnMut(SurveyResult<T>) -> Result<(), E>,
) -> Result<Vec<(usize, String)>, E> {
    // A single local place has no partial results to write; Ctrl-C then ends the program.
    if places.len() > 1 || places.iter().any(RegistrySource::is_remote) {
        interrupt::listen();
    }
    let tasks = places.into_iter().enumerate();
    let tasks = tasks.map(|(index, place)| Task { index, place, attempts: 0, spent: Duration::ZERO });
    let (remote, local): (Vec<_>, Vec<_>) = tasks.partition(|task| task.place.is_remote());
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    // A single local place needs no separate thread, which would take a megabyte.
    let is_single = local.len() == 1 && remote.is_empty();
    let (few, many) = (processors.min(local.len()), usize::from(options.jobs).min(remote.len()));
    let queues = [(few, Queue::new(local.into_iter())), (many, Queue::new(remote.into_iter()))];
    let worker = Worker { retry: options.retry, scope, make };
    let (send, receive) = mpsc::sync_channel((few + many).max(1));
    let received = std::thread::scope(|threads| {
        for (count, queue) in &queues {
            if is_single {
                worker.work(queue, &send);
                continue;
            }
            for _ in 0..*count {
                let (send, worker) = (send.clone(), &worker);
                threads.spawn(move || worker.work(queue, &send));
            }
        }
        drop(send);
        let running = || queues.iter().map(|(_, queue)| queue.running()).sum();
        receive_all(receive, running, take)
    });
    let mut not_read = received?;
    let remaining = queues.into_iter().flat_map(|(_, queue)| queue.remaining());
    not_read.extend(remaining.map(|task| (task.index, task.place.locator().to_owned())));
    not_read.sort_unstable();
    Ok(not_read)
}

/// Passes results on until the workers are done. Returns the cancelled places. After an error, remaining
/// results are received and ignored.
fn receive_all<T, E>(
    results: Receiver<Result<SurveyResult<T>, E>>,
    running: impl Fn() -> usize,
    mut take: impl FnMut(SurveyResult<T>) -> Result<(), E>,
) -> Result<Vec<(usize, String)>, E> {
    let mut outcome = Ok(Vec::new());
    for result in results {
        let Ok(cancelled) = &mut outcome else { continue };
        let taken = match result {
            Ok(result) if is_cancelled(&result) => {
                cancelled.push((result.index, result.place));
                Ok(())
            }
            Ok(result) => take(SurveyResult { running: running(), ..result }),
            Err(error) => Err(error),
        };
        if let Err(error) = taken {
            outcome = Err(error);
            interrupt::end();
        }
    }
    outcome
}

/// True if the attempt was cancelled from this side.
fn is_cancelled<T>(result: &SurveyResult<T>) -> bool {
    result.result.as_ref().is_err_and(|fault| fault.code() == Code::Cancelled)
}

/// The loop of each worker thread.
struct Worker<'s, M> {
    retry: RetryPolicy,
    scope: Scope<'s>,
    make: M,
}

impl<M> Worker<'_, M> {
    fn work<I: Iterator<Item = Task>, T, E>(
        &self,
        queue: &Queue<I>,
        send: &SyncSender<Result<SurveyResult<T>, E>>,
    ) where
        M: Fn(Reading<'_>) -> Result<T, E>,
    {
        while let Some(running) = queue.next() {
            if let Some(result) = self.attempt(running)
                && send.send(result).is_err()
            {
                break;
            }
        }
    }

    /// One attempt to read a place; `None` if it is put back for a retry.
    fn attempt<I: Iterator<Item = Task>, T, E>(
        &self,
        mut running: Running<'_, I>,
    ) -> Option<Result<SurveyResult<T>, E>>
    where
        M: Fn(Reading<'_>) -> Result<T, E>,
    {
        let mut task = running.take()?;
        let begin = Instant::now();
        let within = self.retry.per_host_limit.saturating_sub(task.spent);
        let read = task.place.read(self.scope.selectors, Some(within)).map(|mut reading| {
            task.place.ask(self.scope.questions, &mut reading.snapshot);
            reading
        });
        task.attempts += 1;
        task.spent += begin.elapsed();
        let fault = match &read {
            Ok(reading) => reading.broken_off.as_ref(),
            Err(fault) => Some(fault),
        };
        let (place, attempt, elapsed) = (task.place.locator(), task.attempts, begin.elapsed());
        match fault {
            None => tracing::info!(place, attempt, ?elapsed, "read"),
            Some(fault) => {
                tracing::info!(
                    place,
                    attempt,
                    ?elapsed,
                    code = fault.code().as_str(),
                    "read: {}",
                    fault.message()
                );
            }
        }
        if let Some(pause) =
            fault.and_then(|fault| self.retry.pause(fault.retry(), task.attempts, task.spent))
        {
            running.retry(task, pause);
            return None;
        }
        let (index, place, mut attempts) = (task.index, task.place.locator().to_owned(), task.attempts);
        let can_be_changed = task.place.backing().is_ok();
        let source = task.place;
        let result = match read {
            Ok(reading) => {
                let reading = Reading {
                    place: &place,
                    source: &source,
                    can_be_changed,
                    snapshot: reading.snapshot,
                    broken_off: reading.broken_off,
                    attempts,
                };
                match (self.make)(reading) {
                    Ok(made) => Ok(made),
                    Err(error) => return Some(Err(error)),
                }
            }
            Err(fault) => {
                attempts -= u32::from(matches!(fault.retry(), Retry::NotAttempted | Retry::Cancelled));
                Err(fault)
            }
        };
        Some(Ok(SurveyResult { index, place, result, attempts, running: 0 }))
    }
}
