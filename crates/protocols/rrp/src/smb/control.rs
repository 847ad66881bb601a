//! What connections to many machines have in common: they can be stopped together, and together they must not lock an account.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;

/// How connections that belong together are made.
#[derive(Clone, Debug, Default)]
pub struct Control {
    /// Ends them early.
    pub stop: Stop,
    /// The care that is taken of the account; none where `None`.
    pub caution: Option<Arc<Caution>>,
}

/// Ends whatever is waited for. Clones are ends of one and the same.
#[derive(Clone, Debug)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    /// Ends every connection that was given a clone of this, within milliseconds and for good.
    pub fn now(&self) {
        self.0.send_replace(true);
    }

    /// True once [`Stop::now`] was called.
    #[must_use]
    pub fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// What the work comes to; `None` where it was stopped before.
    pub(super) async fn or<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        if self.is_set() {
            return None;
        }
        let mut seen = self.0.subscribe();
        let mut stopped = pin!(async move { drop(seen.wait_for(|stopped| *stopped).await) });
        let mut work = pin!(work);
        poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(Some(done));
            }
            stopped.as_mut().poll(context).map(|()| None)
        })
        .await
    }
}

/// So many hosts in a row may refuse an account that none has accepted yet.
const BEFORE_ANY: u32 = 2;
/// And so many, one after the other, once a host has accepted it.
const AFTER_ONE: u32 = 4;

/// A domain counts the wrong passwords of all its machines together, and locks the account after as few as three or five. So one
/// account signs in at one machine at a time until one has accepted it, and again from the next refusal on; and after some refusals
/// in a row it is not used any more.
#[derive(Debug, Default)]
pub struct Caution {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The last machine that said anything about the account accepted it.
    accepted: bool,
    /// One ever did.
    ever: bool,
    /// Refusals since.
    refusals: u32,
    /// Somebody signs in, and what comes of it is waited for.
    trying: bool,
}

impl State {
    fn is_given_up(&self) -> bool {
        self.refusals >= if self.ever { AFTER_ONE } else { BEFORE_ANY }
    }
}

/// The account may sign in once.
#[derive(Debug)]
pub(super) struct Turn<'c> {
    caution: &'c Caution,
    alone: bool,
}

/// Why it may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoTurn {
    /// So many machines in a row refused it.
    GivenUp(u32),
    Stopped,
}

/// Whoever waits looks up this often whether everything was stopped.
const LOOK_UP: Duration = Duration::from_millis(50);

impl Caution {
    /// Waits until the account may sign in.
    pub(super) fn turn(&self, stop: &Stop) -> Result<Turn<'_>, NoTurn> {
        let mut state = self.state();
        loop {
            if stop.is_set() {
                return Err(NoTurn::Stopped);
            }
            if state.is_given_up() {
                return Err(NoTurn::GivenUp(state.refusals));
            }
            if state.accepted || !state.trying {
                let alone = !state.accepted;
                state.trying |= alone;
                return Ok(Turn { caution: self, alone });
            }
            let waited = self.changed.wait_timeout(state, LOOK_UP);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// The machine let the account in.
    pub(super) fn accepted(self) {
        let mut state = self.caution.state();
        (state.accepted, state.ever, state.refusals) = (true, true, 0);
    }

    /// The machine found the password wrong, or the account locked.
    pub(super) fn refused(self) {
        let mut state = self.caution.state();
        state.accepted = false;
        state.refusals += 1;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.alone {
            self.caution.state().trying = false;
        }
        self.caution.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_nobody_accepts_is_given_up_after_two() {
        let (caution, stop) = (Caution::default(), Stop::default());
        caution.turn(&stop).unwrap().refused();
        // A machine that says nothing about the account changes nothing.
        drop(caution.turn(&stop).unwrap());
        caution.turn(&stop).unwrap().refused();
        assert_eq!(caution.turn(&stop).unwrap_err(), NoTurn::GivenUp(2));
    }

    #[test]
    fn an_accepted_account_signs_in_everywhere_at_once_until_it_is_refused() {
        let (caution, stop) = (Caution::default(), Stop::default());
        caution.turn(&stop).unwrap().accepted();
        let several = [caution.turn(&stop).unwrap(), caution.turn(&stop).unwrap()];
        several.into_iter().for_each(Turn::accepted);
        for _ in 0..3 {
            caution.turn(&stop).unwrap().refused();
        }
        // One at a time from then on: another waits until this one is over.
        let turn = caution.turn(&stop).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| caution.turn(&stop).map(drop));
            turn.refused();
            assert_eq!(waiting.join().unwrap(), Err(NoTurn::GivenUp(4)));
        });
    }

    #[test]
    fn who_waits_for_a_turn_can_be_stopped() {
        let (caution, stop) = (Caution::default(), Stop::default());
        let _first = caution.turn(&stop).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| caution.turn(&stop).map(drop));
            stop.now();
            assert_eq!(waiting.join().unwrap(), Err(NoTurn::Stopped));
        });
    }
}
