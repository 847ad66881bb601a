//! Ctrl-C, and being asked to end: what is under way is given up, what is there is written.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

static SET: AtomicBool = AtomicBool::new(false);

/// The exit code of a program that Ctrl-C ended.
const AT_ONCE: i32 = 130;

/// From now on, Ctrl-C (on Unix also SIGTERM and SIGHUP) ends a run early instead of the program at once; a second one does that.
pub fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        // Where this cannot be had, Ctrl-C ends the program as it always did.
        let _ = ctrlc::set_handler(|| {
            if SET.swap(true, Ordering::SeqCst) {
                std::process::exit(AT_ONCE);
            }
            #[cfg(feature = "remote")]
            stop().cancel();
        });
    });
}

/// True once the run is to end.
pub fn is_set() -> bool {
    SET.load(Ordering::SeqCst)
}

/// Ends the run, for another reason.
pub fn end() {
    SET.store(true, Ordering::SeqCst);
    #[cfg(feature = "remote")]
    stop().cancel();
}

/// What ends connections.
#[cfg(feature = "remote")]
pub fn stop() -> &'static sources::CancelToken {
    static STOP: std::sync::OnceLock<sources::CancelToken> = std::sync::OnceLock::new();
    STOP.get_or_init(sources::CancelToken::default)
}
