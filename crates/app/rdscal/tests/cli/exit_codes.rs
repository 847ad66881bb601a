//! Exit codes, which scripts rely on.

#[cfg(unix)]
use crate::support::rdscal_with;
use crate::support::{CLIENT, HOST, LOCKED_OUT, folder, machine, rdscal, renamed, write, write_hives};

fn code(args: &[&str], folder: &std::path::Path) -> Option<i32> {
    rdscal(args.iter().map(Into::into).chain([folder.to_owned()])).code
}

#[test]
fn findings_decide_between_0_and_1() {
    let (good, bad) = (folder(), folder());
    write_hives(good.path(), "", &machine(HOST));
    write_hives(bad.path(), "", &machine(LOCKED_OUT));
    // One rule, so that new rules cannot change the result.
    let doctor = ["doctor", "--only", "RDSL-001", "--at", "2026-01-01"];
    assert_eq!(code(&doctor, good.path()), Some(0));
    assert_eq!(code(&doctor, bad.path()), Some(1));
    let with = |level: &'static str| [&doctor[..], &["--fail-on", level]].concat();
    for level in ["info", "warning", "error", "critical"] {
        assert_eq!(code(&with(level), bad.path()), Some(1), "{level}");
        assert_eq!(code(&with(level), good.path()), Some(0), "{level}");
    }
    assert_eq!(code(&with("never"), bad.path()), Some(0));
    assert_eq!(
        code(&["doctor", "--only", "RDSL-001", "--ignore", "mode-not-configured"], bad.path()),
        Some(3),
        "no rule is left, which is not a success"
    );
}

#[test]
fn a_finding_below_the_level_is_fine() {
    let folder = folder();
    for name in ["PC1", "PC2"] {
        write_hives(folder.path().join(name), "", &renamed(CLIENT, name));
    }
    let doctor = ["doctor", "--only", "RDSL-170"];
    assert_eq!(code(&doctor, folder.path()), Some(0), "a warning is below the default level");
    assert_eq!(code(&[&doctor[..], &["--fail-on=warning"]].concat(), folder.path()), Some(1));
    assert_eq!(code(&[&doctor[..], &["--fail-on=error"]].concat(), folder.path()), Some(0));
}

#[test]
fn what_could_not_be_read_outweighs_findings() {
    let folder = folder();
    write_hives(folder.path(), "", &machine(LOCKED_OUT));
    let missing = folder.path().join("missing");
    let run = rdscal(["doctor".into(), folder.path().to_owned(), missing]);
    assert_eq!(run.code, Some(3));
    assert!(run.stdout.contains("RDSL-001"), "{}", run.stdout);
}

#[test]
fn diff_tells_equal_from_different() {
    let (a, b) = (folder(), folder());
    write_hives(a.path(), "", &machine(HOST));
    write_hives(b.path(), "", &machine(LOCKED_OUT));
    let diff =
        |a: &std::path::Path, b: &std::path::Path| rdscal(["diff".into(), a.to_owned(), b.to_owned()]).code;
    assert_eq!(diff(a.path(), a.path()), Some(0));
    assert_eq!(diff(a.path(), b.path()), Some(1));
    assert_eq!(diff(a.path(), &b.path().join("missing")), Some(3));
    write_hives(b.path().join("second"), "", &renamed(HOST, "SECOND"));
    assert_eq!(diff(a.path(), b.path()), Some(2), "two machines on one side");
}

#[test]
fn snapshot_refuses_to_overwrite() {
    let folder = folder();
    write_hives(folder.path(), "", &machine(HOST));
    let file = write(folder.path().join("taken.json"), b"mine");
    let snapshot = |more: &[&str]| {
        let args = ["snapshot".into(), folder.path().join("SYSTEM"), "-o".into(), file.clone()];
        rdscal(args.into_iter().chain(more.iter().map(Into::into)))
    };
    let refused = snapshot(&[]);
    assert_eq!(refused.code, Some(3));
    assert!(refused.stderr.contains("--force"), "{}", refused.stderr);
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    assert_eq!(snapshot(&["--force"]).code, Some(0));
    assert!(snapshot::Snapshot::from_json(&std::fs::read(&file).unwrap()).is_ok());
}

#[test]
fn questions_without_an_answer() {
    assert_eq!(rdscal(["explain", "LicensingMode"]).code, Some(0));
    assert_eq!(rdscal(["explain", "qqqqzzzz"]).code, Some(1));
    assert_eq!(rdscal(["rules"]).code, Some(0));
    assert_eq!(rdscal(["--no-such-option"]).code, Some(2));
    assert_eq!(rdscal::<&str>([]).code, Some(2));
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_early_does_not_hide_findings() {
    let folder = folder();
    write_hives(folder.path(), "", &machine(LOCKED_OUT));
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "{ sleep 0.2; \"$0\" doctor --only RDSL-001 \"$1\"; echo $? >&2; } | :"]);
    shell.arg(env!("CARGO_BIN_EXE_rdscal")).arg(folder.path());
    assert_eq!(rdscal_with(shell).stderr, "1\n");
}

#[test]
fn cal_decodes_or_says_why_not() {
    let vectors = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../core/rds-formats/tests/vectors/protocol");
    let cal = |path: std::path::PathBuf| rdscal(["cal".into(), "--format=json".into(), path]);
    let path = vectors.join("client-license.p7b");
    let expired = cal(path.clone());
    assert_eq!((expired.code, expired.stderr.as_str()), (Some(1), ""));
    assert_eq!(expired.json()["schema"], "rdscal.cal/1");
    let at = |at: &str, level: &str| {
        rdscal(["cal".into(), "--at".into(), at.into(), "--fail-on".into(), level.into(), path.clone()]).code
    };
    assert_eq!(at("2007-07-01", "error"), Some(0));
    assert_eq!(at("2007-01-01", "warning"), Some(1), "not valid yet");
    assert_eq!(at("2007-01-01", "error"), Some(0));
    assert_eq!(at("2030-01-01", "error"), Some(1));
    assert_eq!(at("2030-01-01", "never"), Some(0));
    let folder = folder();
    let mut changed = std::fs::read(&path).unwrap();
    changed[900] ^= 1;
    let changed = write(folder.path().join("changed"), &changed);
    let run = rdscal(["cal".into(), "--at=2007-07-01".into(), changed]);
    assert_eq!(run.code, Some(1), "{run:?}");
    for (name, bytes) in
        [("empty", b"".as_slice()), ("text", b"no license"), ("cut", b"\x30\x82\x07\x95\x06")]
    {
        let bad = cal(write(folder.path().join(name), bytes));
        assert_eq!(bad.code, Some(3), "{name}: {bad:?}");
        assert_eq!(bad.stderr.contains("is an empty file"), name == "empty", "{bad:?}");
    }
    let missing = cal(folder.path().join("missing"));
    assert_eq!(missing.code, Some(3));
    assert!(missing.stderr.starts_with("error: "), "{missing:?}");
}
