//! Captures in the process of the test, without running the program.

use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use licensing::knowledge::capture;
use snapshot::Snapshot;
use sources::ReadError;

/// Captures all machines below a path as the commands do.
pub fn capture_all(path: &Path) -> (Vec<Snapshot>, Vec<ReadError>) {
    let found = sources::discover(path);
    let mut problems = found.problems;
    let mut snapshots = Vec::new();
    for place in found.places {
        match place.capture(&capture::scope()) {
            Ok(snapshot) => snapshots.push(snapshot),
            Err(problem) => problems.push(problem),
        }
    }
    (snapshots, problems)
}

/// The result of `work`. Fails if it takes longer than a minute, a hundred times the expected duration.
pub fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (send, receive) = mpsc::channel();
    let thread = thread::spawn(move || {
        // After the timeout, the receiver no longer exists.
        let _ = send.send(work());
    });
    match receive.recv_timeout(Duration::from_mins(1)) {
        Ok(done) => done,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("hangs"),
        Err(mpsc::RecvTimeoutError::Disconnected) => match thread.join() {
            Err(panic) => std::panic::resume_unwind(panic),
            Ok(()) => unreachable!("it sends before it ends"),
        },
    }
}
