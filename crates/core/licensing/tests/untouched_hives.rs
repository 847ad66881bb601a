//! No false alarms: real hives of machines without any change to licensing, and real policies that do not
//! configure it.

// A test can fail only by a panic.
#![allow(clippy::unwrap_used)]
#![allow(clippy::panic, reason = "where a helper fails, its test shall fail")]

use std::path::{Path, PathBuf};

use licensing::knowledge::capture;
use licensing::rules::Severity;
use licensing::{MachineReport, Options, judge};

/// The folder of shared test data; `None`, with a message, if it is missing and not required.
fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared");
    let folder = std::env::var_os("RDSCAL_SHARED").map_or(beside, PathBuf::from).join("corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    let missing = format!("not run: no {} (set RDSCAL_SHARED)", folder.display());
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{missing}");
    eprintln!("{missing}");
    None
}

fn reports(path: &Path) -> Vec<MachineReport> {
    let found = sources::discover(path);
    assert!(!found.places.is_empty(), "{}: {:?}", path.display(), found.problems);
    let options = Options::at("2026-01-01T00:00:00Z".parse().unwrap());
    found
        .places
        .iter()
        .map(|place| {
            let snapshot = place.capture(&capture::scope()).unwrap_or_else(|problem| panic!("{problem:?}"));
            judge(&snapshot, &options)
        })
        .collect()
}

#[test]
fn untouched_machines_raise_no_warning() {
    let Some(corpus) = corpus() else { return };
    for name in ["nt4-server", "winxp", "win7", "win10-1709", "win10-dirty"] {
        for report in reports(&corpus.join("hives").join(name)) {
            let loud: Vec<_> = report
                .findings
                .iter()
                .filter(|finding| finding.severity >= Severity::Warning)
                .map(|finding| format!("{} {}", finding.rule.id, finding.title))
                .collect();
            assert!(loud.is_empty(), "{name}: {loud:#?}");
        }
    }
}

#[test]
fn policies_that_do_not_set_licensing_raise_no_warning() {
    let Some(corpus) = corpus() else { return };
    for name in
        ["stig-Windows_Server_2012_R2_MS.pol", "stig-Windows_Server_2019_MS.pol", "baseline-server2025-1.pol"]
    {
        for report in reports(&corpus.join("pol").join(name)) {
            let loud: Vec<_> = report
                .findings
                .iter()
                .filter(|finding| finding.severity >= Severity::Warning)
                .map(|finding| format!("{} {}", finding.rule.id, finding.title))
                .collect();
            assert!(loud.is_empty(), "{name}: {loud:#?}");
        }
    }
}
