//! The program's work without the program: from a path to snapshots.

use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use licensing::knowledge::capture;
use snapshot::Snapshot;
use sources::ReadError;

/// Everything that a path holds, captured as the commands do it.
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

/// What the work returns; fails where it takes a hundred times longer than it should.
pub fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (send, receive) = mpsc::channel();
    let thread = thread::spawn(move || {
        // The receiver is gone where it lost patience.
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
