//! State that connections to many hosts share: a token that cancels them, and a guard against account
//! lockout.

#![forbid(unsafe_code)]

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;

/// The state that connections to many hosts share.
#[derive(Clone, Debug, Default)]
pub struct SharedContext {
    /// Cancels the connections.
    pub cancel: CancelToken,
    /// The lockout guard of the account; `None` to sign in without one.
    pub lockout: Option<Arc<LockoutGuard>>,
}

/// Cancels pending work. Clones share their state.
#[derive(Clone, Debug)]
pub struct CancelToken(watch::Sender<bool>);

impl Default for CancelToken {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl CancelToken {
    /// Cancels all work under a clone of this token, permanently and within milliseconds.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// True once [`CancelToken::cancel`] was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// The result of the work; `None` if it was cancelled.
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

/// Consecutive rejections allowed for an account that no host has accepted yet.
const MAX_BEFORE_FIRST: u32 = 2;
/// Consecutive rejections allowed after a host has accepted the account.
const MAX_AFTER_FIRST: u32 = 4;

/// Protects an account from lockout. A domain counts wrong passwords on all its hosts together, and may lock
/// an account after three. So the guard permits one sign-in at a time until a host accepts the account, and
/// again after a rejection. After a few consecutive rejections it denies all further sign-ins.
#[derive(Debug, Default)]
pub struct LockoutGuard {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The last host that decided accepted the account.
    accepted: bool,
    /// At least one host accepted it.
    was_accepted: bool,
    /// Rejections since then.
    rejections: u32,
    /// A sign-in is in progress and its result is pending.
    in_progress: bool,
}

impl State {
    fn is_exhausted(&self) -> bool {
        self.rejections >= if self.was_accepted { MAX_AFTER_FIRST } else { MAX_BEFORE_FIRST }
    }
}

/// Permission for one sign-in. Dropping it without a result counts as neither accepted nor rejected.
#[derive(Debug)]
pub struct SignInPermit<'c> {
    guard: &'c LockoutGuard,
    alone: bool,
}

/// Why a sign-in is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInDenied {
    /// This many hosts in a row rejected the account.
    TooManyRejections(u32),
    /// The token was cancelled.
    Cancelled,
}

/// Interval at which waiting threads check for cancellation.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

impl LockoutGuard {
    /// Blocks until the account may sign in, or may not do so any more.
    pub fn permit(&self, cancel: &CancelToken) -> Result<SignInPermit<'_>, SignInDenied> {
        let mut state = self.state();
        loop {
            if cancel.is_cancelled() {
                return Err(SignInDenied::Cancelled);
            }
            if state.is_exhausted() {
                return Err(SignInDenied::TooManyRejections(state.rejections));
            }
            if state.accepted || !state.in_progress {
                let alone = !state.accepted;
                state.in_progress |= alone;
                return Ok(SignInPermit { guard: self, alone });
            }
            let waited = self.changed.wait_timeout(state, POLL_INTERVAL);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SignInPermit<'_> {
    /// The host accepted the account.
    pub fn accepted(self) {
        let mut state = self.guard.state();
        (state.accepted, state.was_accepted, state.rejections) = (true, true, 0);
    }

    /// The host rejected the password, or reported a lockout.
    pub fn rejected(self) {
        let mut state = self.guard.state();
        state.accepted = false;
        state.rejections += 1;
    }
}

impl Drop for SignInPermit<'_> {
    fn drop(&mut self) {
        if self.alone {
            self.guard.state().in_progress = false;
        }
        self.guard.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unaccepted_account_is_denied_after_two_rejections() {
        let (guard, cancel) = (LockoutGuard::default(), CancelToken::default());
        guard.permit(&cancel).unwrap().rejected();
        // A host without a decision changes nothing.
        drop(guard.permit(&cancel).unwrap());
        guard.permit(&cancel).unwrap().rejected();
        assert_eq!(guard.permit(&cancel).unwrap_err(), SignInDenied::TooManyRejections(2));
    }

    #[test]
    fn an_accepted_account_signs_in_in_parallel_until_it_is_rejected() {
        let (guard, cancel) = (LockoutGuard::default(), CancelToken::default());
        guard.permit(&cancel).unwrap().accepted();
        let several = [guard.permit(&cancel).unwrap(), guard.permit(&cancel).unwrap()];
        several.into_iter().for_each(SignInPermit::accepted);
        for _ in 0..3 {
            guard.permit(&cancel).unwrap().rejected();
        }
        // From then on one at a time: another sign-in waits for this one.
        let permit = guard.permit(&cancel).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| guard.permit(&cancel).map(drop));
            permit.rejected();
            assert_eq!(waiting.join().unwrap(), Err(SignInDenied::TooManyRejections(4)));
        });
    }

    #[test]
    fn a_waiting_sign_in_can_be_cancelled() {
        let (guard, cancel) = (LockoutGuard::default(), CancelToken::default());
        let _first = guard.permit(&cancel).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| guard.permit(&cancel).map(drop));
            cancel.cancel();
            assert_eq!(waiting.join().unwrap(), Err(SignInDenied::Cancelled));
        });
    }
}
