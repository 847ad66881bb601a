//! Reports that are too large to keep in memory.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{LOCKED_OUT, Run, folder, rdscal_with, renamed, write_hives};

/// Machines whose JSON report is larger than half a mebibyte.
fn fleet() -> tempfile::TempDir {
    let folder = folder();
    for number in 0..30 {
        write_hives(
            folder.path().join(format!("{number:02}")),
            "",
            &renamed(LOCKED_OUT, &format!("M{number:02}")),
        );
    }
    folder
}

fn doctor(fleet: &Path, temporary: &Path, more: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rdscal"));
    command.args(["doctor", "--at=2026-01-01", "--format=json"]).args(more).arg(fleet);
    for variable in ["TMPDIR", "TEMP", "TMP"] {
        command.env(variable, temporary);
    }
    rdscal_with(command)
}

#[test]
fn nothing_is_left_in_the_folder_for_temporary_files() {
    let (fleet, temporary) = (fleet(), folder());
    let run = doctor(fleet.path(), temporary.path(), &[]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    assert!(run.stdout.len() > 512 << 10, "{}", run.stdout.len());
    let report = run.json();
    let names: Vec<_> = report["machines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|machine| machine["name"].as_str().unwrap())
        .collect();
    let expected: Vec<_> = (0..30).map(|number| format!("M{number:02}")).collect();
    assert_eq!(names, expected);
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_that_cannot_be_written_to_is_named_and_the_output_is_not_touched() {
    let (fleet, other) = (fleet(), folder());
    let temporary = other.path().join("missing");
    let file = other.path().join("report.json");
    fs::write(&file, "of yesterday").unwrap();
    let run = doctor(fleet.path(), &temporary, &["--force", "-o", file.to_str().unwrap()]);
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.stderr.contains(&*temporary.to_string_lossy()), "{run:?}");
    assert!(run.stderr.contains("TMPDIR") || run.stderr.contains("TEMP"), "{run:?}");
    assert_eq!(run.stdout, "");
    assert_eq!(fs::read_to_string(&file).unwrap(), "of yesterday");
    // A report that is kept in memory needs no file.
    let one = doctor(&fleet.path().join("00"), &temporary, &[]);
    assert_eq!(one.code, Some(1), "{one:?}");
}
