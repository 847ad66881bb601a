//! Retry policy: exponential backoff with jitter, bounded per host.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use diagnostic::Retry;

/// The pause before the second attempt. Each further pause is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// No pause is longer.
const MAX_PAUSE: Duration = Duration::from_secs(15);

/// Whether and when a host is read again after a failure.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// Attempts after the first.
    pub retries: u32,
    /// Time limit for all attempts at one host, without the pauses.
    pub per_host_limit: Duration,
}

impl RetryPolicy {
    /// The pause before the next attempt; `None` if there is no further attempt.
    pub(crate) fn pause(&self, retry: Retry, attempts: u32, spent: Duration) -> Option<Duration> {
        let allowed = match retry {
            Retry::Transient => self.retries,
            // A host that is off costs its timeout each time.
            Retry::NoResponse => self.retries.min(1),
            Retry::Permanent | Retry::CredentialsRejected | Retry::NotAttempted | Retry::Cancelled => 0,
        };
        if attempts > allowed || spent >= self.per_host_limit {
            return None;
        }
        let doubled = FIRST_PAUSE.saturating_mul(1 << (attempts.saturating_sub(1)).min(16)).min(MAX_PAUSE);
        // Between half and all of it, so that hosts that failed together are not retried together.
        Some(doubled.div_f64(2.0) + doubled.mul_f64(random() / 2.0))
    }
}

/// A number from 0 to 1 for the jitter.
fn random() -> f64 {
    // The standard library seeds each state from the system.
    let bits = RandomState::new().hash_one(());
    f64::from(u32::try_from(bits >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_transient_failures_are_retried() {
        let policy = RetryPolicy { retries: 3, per_host_limit: Duration::from_mins(1) };
        let attempts = |retry| {
            let more = |&attempts: &u32| policy.pause(retry, attempts, Duration::ZERO).is_some();
            (1..100).take_while(more).count() + 1
        };
        assert_eq!(attempts(Retry::Transient), 4);
        assert_eq!(attempts(Retry::NoResponse), 2);
        for retry in [Retry::Permanent, Retry::CredentialsRejected, Retry::NotAttempted, Retry::Cancelled] {
            assert_eq!(attempts(retry), 1);
        }
        let transient = Retry::Transient;
        assert_eq!(policy.pause(transient, 1, policy.per_host_limit), None, "its time is over");
    }

    #[test]
    fn pauses_grow_and_are_spread() {
        let policy = RetryPolicy { retries: u32::MAX, per_host_limit: Duration::MAX };
        let transient = Retry::Transient;
        for (attempts, whole) in [(1, 500), (2, 1000), (4, 4000), (30, 15_000), (u32::MAX - 1, 15_000)] {
            let pause = policy.pause(transient, attempts, Duration::ZERO).unwrap();
            let whole = Duration::from_millis(whole);
            assert!(whole / 2 <= pause && pause <= whole, "{attempts}: {pause:?}");
        }
        let pauses: std::collections::HashSet<_> =
            (0..20).map(|_| policy.pause(transient, 1, Duration::ZERO)).collect();
        assert!(pauses.len() > 10, "{pauses:?}");
    }
}
