//! What connections to many machines have in common: they can be stopped together, and together they must not lock an account.

#![forbid(unsafe_code)]

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;

/// How connections that belong together are made.
#[derive(Clone, Debug, Default)]
pub struct SharedContext {
    /// Ends them early.
    pub cancel: CancelToken,
    /// The care that is taken of the account; none where `None`.
    pub lockout: Option<Arc<LockoutGuard>>,
}

/// Ends whatever is waited for. Clones are ends of one and the same.
#[derive(Clone, Debug)]
pub struct CancelToken(watch::Sender<bool>);

impl Default for CancelToken {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl CancelToken {
    /// Ends every connection that was given a clone of this, within milliseconds and for good.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// True once [`CancelToken::cancel`] was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// What the work comes to; `None` where it was stopped before.
    pub async fn run_until_cancelled<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        if self.is_cancelled() {
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
pub struct LockoutGuard {
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
pub struct SignInPermit<'c> {
    guard: &'c LockoutGuard,
    alone: bool,
}

/// Why it may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInDenied {
    /// So many machines in a row refused it.
    TooManyRejections(u32),
    /// The token was cancelled.
    Cancelled,
}

/// Whoever waits looks up this often whether everything was stopped.
const LOOK_UP: Duration = Duration::from_millis(50);

impl LockoutGuard {
    /// Waits until the account may sign in.
    pub fn permit(&self, cancel: &CancelToken) -> Result<SignInPermit<'_>, SignInDenied> {
        let mut state = self.state();
        loop {
            if cancel.is_cancelled() {
                return Err(SignInDenied::Cancelled);
            }
            if state.is_given_up() {
                return Err(SignInDenied::TooManyRejections(state.refusals));
            }
            if state.accepted || !state.trying {
                let alone = !state.accepted;
                state.trying |= alone;
                return Ok(SignInPermit { guard: self, alone });
            }
            let waited = self.changed.wait_timeout(state, LOOK_UP);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SignInPermit<'_> {
    /// The machine let the account in.
    pub fn accepted(self) {
        let mut state = self.guard.state();
        (state.accepted, state.ever, state.refusals) = (true, true, 0);
    }

    /// The machine found the password wrong, or the account locked.
    pub fn rejected(self) {
        let mut state = self.guard.state();
        state.accepted = false;
        state.refusals += 1;
    }
}

impl Drop for SignInPermit<'_> {
    fn drop(&mut self) {
        if self.alone {
            self.guard.state().trying = false;
        }
        self.guard.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_nobody_accepts_is_given_up_after_two() {
        let (guard, cancel) = (LockoutGuard::default(), CancelToken::default());
        guard.permit(&cancel).unwrap().rejected();
        // A machine that says nothing about the account changes nothing.
        drop(guard.permit(&cancel).unwrap());
        guard.permit(&cancel).unwrap().rejected();
        assert_eq!(guard.permit(&cancel).unwrap_err(), SignInDenied::TooManyRejections(2));
    }

    #[test]
    fn an_accepted_account_signs_in_everywhere_at_once_until_it_is_refused() {
        let (guard, cancel) = (LockoutGuard::default(), CancelToken::default());
        guard.permit(&cancel).unwrap().accepted();
        let several = [guard.permit(&cancel).unwrap(), guard.permit(&cancel).unwrap()];
        several.into_iter().for_each(SignInPermit::accepted);
        for _ in 0..3 {
            guard.permit(&cancel).unwrap().rejected();
        }
        // One at a time from then on: another waits until this one is over.
        let permit = guard.permit(&cancel).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| guard.permit(&cancel).map(drop));
            permit.rejected();
            assert_eq!(waiting.join().unwrap(), Err(SignInDenied::TooManyRejections(4)));
        });
    }

    #[test]
    fn who_waits_for_a_turn_can_be_stopped() {
        let (guard, cancel) = (LockoutGuard::default(), CancelToken::default());
        let _first = guard.permit(&cancel).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| guard.permit(&cancel).map(drop));
            cancel.cancel();
            assert_eq!(waiting.join().unwrap(), Err(SignInDenied::Cancelled));
        });
    }
}
