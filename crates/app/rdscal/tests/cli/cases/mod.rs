//! Public problems, each as a folder of input beside this file, and the answers that their owners needed.
//!
//! A test asserts the verdict sentence and the exit code. The input was rebuilt with invented names.

mod dated;
mod event_logs;
mod explain;
mod exports;
mod facts;
mod policy;
mod recommended;
mod repairs;
mod reported;
mod servers;
mod verdicts;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::support::{Run, rdscal_in};

/// The hives of the cases were written by hivex, which copies the access list of the parent to each key and
/// writes only what the case needs. Findings on access lists and on missing records do not belong to a case.
const BUILT: &str = "--ignore=RDSL-042,RDSL-046,RDSL-061,RDSL-067";

/// The folder of the cases.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/cases")
}

/// Runs `doctor` over a case, without the findings that are due to the way it was built.
pub fn doctor<const N: usize>(case: &str, arguments: [&str; N]) -> Run {
    let mut all: Vec<OsString> =
        vec!["doctor".into(), case.into(), BUILT.into(), "--width=1000".into(), "-v".into()];
    all.extend(arguments.map(OsString::from));
    rdscal_in(&folder(), all)
}

/// The first line of the output.
pub fn first_line(run: &Run) -> &str {
    run.stdout.lines().next().unwrap_or_default()
}
