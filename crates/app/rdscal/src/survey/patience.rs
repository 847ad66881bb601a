//! Whether and when a place is tried again.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use diagnostic::Retry;

/// The pause before the second attempt; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(500);
/// And none is longer.
const LONGEST: Duration = Duration::from_secs(15);

/// How much is done for a place that does not answer at once.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// So many attempts after the first.
    pub retries: u32,
    /// All attempts together take no longer.
    pub machine: Duration,
}

impl Patience {
    /// The pause before the next attempt; `None` where there is to be none, after so many attempts which took so long.
    pub fn pause(&self, retry: Retry, attempts: u32, spent: Duration) -> Option<Duration> {
        let most = match retry {
            Retry::Transient => self.retries,
            // A host that is off costs its timeout each time.
            Retry::NoResponse => self.retries.min(1),
            Retry::Permanent | Retry::CredentialsRejected | Retry::NotAttempted | Retry::Cancelled => 0,
        };
        if attempts > most || spent >= self.machine {
            return None;
        }
        let doubled = FIRST.saturating_mul(1 << (attempts.saturating_sub(1)).min(16)).min(LONGEST);
        // Between half and all of it, so that hosts that failed together are not asked again together.
        Some(doubled.div_f64(2.0) + doubled.mul_f64(random() / 2.0))
    }
}

/// A number from 0 to 1, good enough to spread things out.
fn random() -> f64 {
    // Each state is seeded by the system.
    let bits = RandomState::new().hash_one(());
    f64::from(u32::try_from(bits >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_passing_is_tried_again_and_nothing_else() {
        let patience = Patience { retries: 3, machine: Duration::from_mins(1) };
        let attempts = |retry| {
            let more = |&attempts: &u32| patience.pause(retry, attempts, Duration::ZERO).is_some();
            (1..100).take_while(more).count() + 1
        };
        assert_eq!(attempts(Retry::Transient), 4);
        assert_eq!(attempts(Retry::NoResponse), 2);
        for retry in [Retry::Permanent, Retry::CredentialsRejected, Retry::NotAttempted, Retry::Cancelled] {
            assert_eq!(attempts(retry), 1);
        }
        let passing = Retry::Transient;
        assert_eq!(patience.pause(passing, 1, patience.machine), None, "its time is over");
    }

    #[test]
    fn pauses_grow_and_are_spread() {
        let patience = Patience { retries: u32::MAX, machine: Duration::MAX };
        let passing = Retry::Transient;
        for (attempts, whole) in [(1, 500), (2, 1000), (4, 4000), (30, 15_000), (u32::MAX - 1, 15_000)] {
            let pause = patience.pause(passing, attempts, Duration::ZERO).unwrap();
            let whole = Duration::from_millis(whole);
            assert!(whole / 2 <= pause && pause <= whole, "{attempts}: {pause:?}");
        }
        let pauses: std::collections::HashSet<_> =
            (0..20).map(|_| patience.pause(passing, 1, Duration::ZERO)).collect();
        assert!(pauses.len() > 10, "{pauses:?}");
    }
}
