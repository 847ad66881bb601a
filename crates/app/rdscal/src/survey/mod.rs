//! Reading many places: several at once, again where that may help, and no longer than it is wanted.

mod patience;
mod queue;

use std::num::NonZero;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use diagnostic::{Code, Diagnostic as _, Retry};
use licensing::knowledge::capture;
use snapshot::{Selector, Snapshot};
use sources::{Place, ReadError, Reading};

use self::patience::Patience;
use self::queue::{Queue, Running, Task};
use crate::args::{self, NetworkArgs, SurveyArgs};
use crate::exit::Failure;
use crate::{interrupt, progress};

/// How many at once, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    at_once: u16,
    patience: Patience,
}

impl Pace {
    /// From the arguments.
    pub fn new(args: &SurveyArgs, network: &NetworkArgs) -> Self {
        Self { at_once: args.hosts.at_once, patience: patience(args.retries, network) }
    }

    /// For a place or two.
    pub fn few(network: &NetworkArgs) -> Self {
        Self { at_once: args::AT_ONCE, patience: patience(args::RETRIES, network) }
    }
}

fn patience(retries: u32, network: &NetworkArgs) -> Patience {
    Patience { retries, machine: Duration::from_secs(network.host_timeout) }
}

/// A place that was read.
pub struct Read<'a> {
    /// The place as a person would name it.
    pub place: &'a str,
    /// What was read of it.
    pub snapshot: Snapshot,
    /// Why it is not all.
    pub broken_off: Option<ReadError>,
    /// How often it was tried.
    pub attempts: u32,
}

/// What came of a place.
pub struct Arrived<T> {
    /// Its number among all places.
    pub index: usize,
    /// The place as a person would name it.
    pub place: String,
    /// What was made of what was read, or why nothing could be.
    pub result: Result<T, ReadError>,
    /// How often it was tried.
    pub attempts: u32,
}

/// Reads every place, hands what was read to `make`, on the thread that read it, and what that made to `take`, on this thread, in the
/// order in which it comes. Where either fails, everything is given up. Files are read by as many threads as there are processors,
/// machines across the network, which are mostly waited for, by as many as the pace says.
///
/// Returns the places that were not read because the run was interrupted.
///
/// A snapshot lives only as long as it is used, so that memory does not grow with the number of places.
pub fn read<T: Send>(
    places: Vec<Place>,
    pace: Pace,
    make: impl Fn(Read<'_>) -> Result<T, Failure> + Sync,
    mut take: impl FnMut(Arrived<T>) -> Result<(), Failure>,
) -> Result<Vec<(usize, String)>, Failure> {
    // One place here is read before anybody could ask for what there is so far; whoever interrupts that ends the program.
    if places.len() > 1 || places.iter().any(Place::is_remote) {
        interrupt::listen();
    }
    let mut line = progress::Line::new(places.len());
    let selectors = capture::scope();
    let tasks = places.into_iter().enumerate();
    let tasks = tasks.map(|(index, place)| Task { index, place, attempts: 0, spent: Duration::ZERO });
    let (remote, local): (Vec<_>, Vec<_>) = tasks.partition(|task| task.place.is_remote());
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    // One place here needs no other thread, which would take a megabyte.
    let is_alone = local.len() == 1 && remote.is_empty();
    let (few, many) = (processors.min(local.len()), usize::from(pace.at_once).min(remote.len()));
    let queues = [(few, Queue::new(local.into_iter())), (many, Queue::new(remote.into_iter()))];
    let mut given_up = Vec::new();
    let (send, receive) = mpsc::sync_channel((few + many).max(1));
    let taken: Result<(), Failure> = std::thread::scope(|scope| {
        for (workers, queue) in &queues {
            if is_alone {
                while let Some(running) = queue.next() {
                    // The channel holds one, and there is no more.
                    let _ =
                        attempt(running, pace.patience, &selectors, &make).map(|arrived| send.send(arrived));
                }
                continue;
            }
            for _ in 0..*workers {
                let (send, selectors, make) = (send.clone(), &selectors, &make);
                scope.spawn(move || {
                    while let Some(running) = queue.next() {
                        // Nobody listens any longer where something failed.
                        if let Some(arrived) = attempt(running, pace.patience, selectors, make)
                            && send.send(arrived).is_err()
                        {
                            break;
                        }
                    }
                });
            }
        }
        drop(send);
        let mut taken = Ok(());
        // What comes after a failure is passed over until everybody has noticed.
        for arrived in receive {
            let arrived = match arrived {
                Ok(arrived) if is_stopped(&arrived) => {
                    given_up.push((arrived.index, arrived.place));
                    continue;
                }
                Ok(arrived) if taken.is_ok() => Ok(arrived),
                Ok(_) => continue,
                Err(failure) => Err(failure),
            };
            let running = queues.iter().map(|(_, queue)| queue.running()).sum();
            let done =
                arrived.and_then(|arrived| line.step(arrived.result.is_err(), running, || take(arrived)));
            if let Err(failure) = done
                && taken.is_ok()
            {
                taken = Err(failure);
                interrupt::end();
            }
        }
        taken
    });
    line.end();
    taken?;
    let left = queues.into_iter().flat_map(|(_, queue)| queue.left());
    given_up.extend(left.map(|task| (task.index, task.place.locator().to_owned())));
    given_up.sort_unstable();
    Ok(given_up)
}

fn is_stopped<T>(arrived: &Arrived<T>) -> bool {
    arrived.result.as_ref().is_err_and(|fault| fault.code() == Code::Cancelled)
}

/// One attempt to read a place; `None` where there is to be another.
fn attempt<T, I: Iterator<Item = Task>>(
    mut running: Running<'_, I>,
    patience: Patience,
    selectors: &[Selector],
    make: &impl Fn(Read<'_>) -> Result<T, Failure>,
) -> Option<Result<Arrived<T>, Failure>> {
    let mut task = running.take()?;
    let begin = Instant::now();
    let within = patience.machine.saturating_sub(task.spent);
    let reading = captured_within(&task.place, selectors, within);
    task.attempts += 1;
    task.spent += begin.elapsed();
    let fault = match &reading {
        Ok(reading) => reading.broken_off.as_ref(),
        Err(fault) => Some(fault),
    };
    if let Some(pause) = fault.and_then(|fault| patience.pause(fault.retry(), task.attempts, task.spent)) {
        running.again(task, pause);
        return None;
    }
    let (index, place, attempts) = (task.index, task.place.locator().to_owned(), task.attempts);
    drop(task);
    let result = match reading {
        Ok(Reading { snapshot, broken_off }) => {
            match make(Read { place: &place, snapshot, broken_off, attempts }) {
                Ok(made) => Ok(made),
                Err(failure) => return Some(Err(failure)),
            }
        }
        // Nothing was tried.
        Err(fault) if matches!(fault.retry(), Retry::NotAttempted | Retry::Cancelled) => {
            return Some(Ok(Arrived { index, place, result: Err(fault), attempts: attempts - 1 }));
        }
        Err(fault) => Err(fault),
    };
    Some(Ok(Arrived { index, place, result, attempts }))
}

/// The place's registry, and what it says beside it.
fn captured_within(place: &Place, selectors: &[Selector], within: Duration) -> Result<Reading, ReadError> {
    let mut reading = place.read(selectors, Some(within))?;
    place.ask(licensing::ask::QUESTIONS, &mut reading.snapshot);
    Ok(reading)
}
