//! Ctrl-C and requests to terminate: work in progress is cancelled, and the results so far are written.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

static SET: AtomicBool = AtomicBool::new(false);

/// The exit code of a program that Ctrl-C ended.
const EXIT_CODE: i32 = 130;

/// From now on, Ctrl-C (on Unix also SIGTERM and SIGHUP) ends the run in order. A second one ends the program
/// at once.
pub fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        // If no handler can be set, Ctrl-C ends the program as it always did.
        let _ = ctrlc::set_handler(|| {
            if SET.swap(true, Ordering::SeqCst) {
                std::process::exit(EXIT_CODE);
            }
            #[cfg(feature = "remote")]
            stop().cancel();
        });
    });
}

/// True when the run must end.
pub fn is_set() -> bool {
    SET.load(Ordering::SeqCst)
}

/// Ends the run for another reason.
pub fn end() {
    SET.store(true, Ordering::SeqCst);
    #[cfg(feature = "remote")]
    stop().cancel();
}

/// The token that cancels connections when the run ends.
#[cfg(feature = "remote")]
pub fn stop() -> &'static sources::CancelToken {
    static STOP: std::sync::OnceLock<sources::CancelToken> = std::sync::OnceLock::new();
    STOP.get_or_init(sources::CancelToken::default)
}
