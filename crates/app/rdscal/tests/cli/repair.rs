//! `fix`, `undo` and `journal` from the command line.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::{self, CLIENT, HOST, LOCKED_OUT, folder, machine, rdscal_in, write_hives};

/// A folder with one machine in `host`. The journal is written beside it.
fn host() -> TempDir {
    let folder = folder();
    write_hives(folder.path().join("host"), "", &machine(LOCKED_OUT));
    folder
}

fn run(folder: &TempDir, args: &[&str]) -> support::Run {
    let (before, mut args) = (args, args.to_vec());
    if !before.contains(&"--journal") {
        args.extend(["--journal", "state"]);
    }
    rdscal_in(folder.path(), args)
}

fn hive(folder: &TempDir) -> Vec<u8> {
    fs::read(folder.path().join("host/SYSTEM")).unwrap()
}

/// The text without what differs between runs.
fn settled(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let line = match line.split_once("fingerprint  ") {
            Some((before, _)) => format!("{before}fingerprint  <sha-256>"),
            None if line.starts_with("backup ") => line.replace(std::path::MAIN_SEPARATOR, "/"),
            None => line.to_owned(),
        };
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[test]
fn a_plan_changes_nothing() {
    let folder = host();
    let before = hive(&folder);
    let run = run(&folder, &["fix", "set-mode", "host", "per-user"]);
    assert_eq!(hive(&folder), before);
    assert!(!folder.path().join("state").exists(), "not even a journal is made");
    insta::assert_snapshot!(settled(&run.shown()));
}

#[test]
fn what_was_done_is_shown_with_the_way_back() {
    let folder = host();
    let done = run(&folder, &["fix", "set-mode", "host", "per-user", "--apply"]);
    insta::assert_snapshot!("applied", settled(&done.shown()));
    let back = run(&folder, &["undo", "--apply"]);
    insta::assert_snapshot!("undone", settled(&back.shown()));
    let shown = run(&folder, &["journal", "show"]);
    assert_eq!(shown.code, Some(0));
    for text in ["1. ", "set the licensing mode", "reverted by repair 2", "2. ", "done"] {
        assert!(shown.stdout.contains(text), "{text} in {}", shown.stdout);
    }
    let verified = run(&folder, &["journal", "verify"]);
    assert!(verified.stdout.contains("4 lines"), "{}", verified.stdout);
    let again = run(&folder, &["undo", "--apply"]);
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("no repair that can be reverted"), "{}", again.stderr);
}

#[test]
fn what_was_reviewed_is_what_is_applied() {
    let folder = host();
    let plan = run(&folder, &["fix", "set-mode", "host", "per-user", "--format", "json", "-o", "plan.json"]);
    assert_eq!(plan.code, Some(0), "{plan:?}");
    let done = run(&folder, &["fix", "set-mode", "host", "--apply", "--plan", "plan.json", "-f", "json"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let reviewed: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("plan.json")).unwrap()).unwrap();
    assert_eq!(done.json()["plan"]["fingerprint"], reviewed["fingerprint"]);
    assert_eq!(done.json()["findings"]["fixed"].as_array().unwrap().len(), 1);
    // The repaired machine needs no change.
    let again = run(&folder, &["fix", "set-mode", "host", "--apply", "--plan", "plan.json"]);
    assert_eq!(again.code, Some(0));
    assert!(again.stderr.contains("nothing to do"), "{}", again.stderr);
}

#[test]
fn where_there_is_nothing_to_do_programs_get_a_plan_without_steps() {
    let folder = host();
    let fix = ["fix", "set-mode", "host", "per-user", "--format", "json"];
    assert_eq!(run(&folder, &[&fix[..], &["--apply"]].concat()).code, Some(0));
    for more in [&[][..], &["--apply"]] {
        let again = run(&folder, &[&fix[..], more].concat());
        let plan = again.json();
        assert_eq!((again.code, &plan["schema"]), (Some(0), &"rdscal.plan/1".into()), "{again:?}");
        assert_eq!((&plan["steps"], &plan["recipe"]), (&serde_json::json!([]), &"set-mode".into()));
        assert!(again.stderr.contains("nothing to do"), "{again:?}");
    }
}

#[test]
fn an_undo_judges_with_the_profile_that_it_is_told() {
    let folder = host();
    let told = |profile: &[&str]| {
        let fix = run(&folder, &[&["fix", "set-mode", "host", "per-user", "--apply"], profile].concat());
        assert_eq!(fix.code, Some(0), "{fix:?}");
        let undo = run(&folder, &[&["undo", "--apply", "--format", "json"], profile].concat());
        assert_eq!(undo.code, Some(0), "{undo:?}");
        undo.json()["findings"].to_string()
    };
    // The findings depend on the profile.
    assert_ne!(told(&[]), told(&["--profile", "image"]));
}

#[test]
fn a_plan_for_another_machine_or_another_state_is_refused() {
    let folder = host();
    run(&folder, &["fix", "set-mode", "host", "per-user", "--format", "json", "-o", "plan.json"]);
    write_hives(folder.path().join("other"), "", &support::renamed(LOCKED_OUT, "OTHER"));
    let other = run(&folder, &["fix", "set-mode", "other", "--apply", "--plan", "plan.json"]);
    assert_eq!(other.code, Some(1));
    assert!(other.stderr.contains("for another machine"), "{}", other.stderr);

    run(&folder, &["fix", "set-mode", "host", "per-device", "--apply"]);
    let before = hive(&folder);
    let changed = run(&folder, &["fix", "set-mode", "host", "--apply", "--plan", "plan.json"]);
    assert_eq!(changed.code, Some(1));
    assert!(changed.stderr.contains("changed since the plan was made"), "{}", changed.stderr);
    assert_eq!(hive(&folder), before);

    let text = fs::read_to_string(folder.path().join("plan.json")).unwrap();
    fs::write(folder.path().join("plan.json"), text.replace("per-user", "per-device")).unwrap();
    let edited = run(&folder, &["fix", "set-mode", "host", "--apply", "--plan", "plan.json"]);
    assert_eq!(edited.code, Some(1));
    assert!(edited.stderr.contains("modified after it was made"), "{}", edited.stderr);
}

#[test]
fn wrong_usage_is_told_before_anything_is_opened() {
    let folder = host();
    for args in [
        &["fix"][..],
        &["fix", "make-it-work", "host"],
        &["fix", "set-mode", "host"],
        &["fix", "set-mode", "host", "per-seat"],
        &["fix", "set-mode", "host", "per-user", "--plan", "x.json"],
    ] {
        let run = rdscal_in(folder.path(), args);
        assert_eq!(run.code, Some(2), "{args:?}: {run:?}");
    }
    assert!(!folder.path().join("state").exists());
}

#[test]
fn a_source_of_several_machines_must_be_narrowed() {
    let folder = host();
    write_hives(folder.path().join("second"), "", &machine(HOST));
    let run = run(&folder, &["fix", "set-mode", "./", "per-user"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("contains 2 machines"), "{}", run.stderr);
}

#[test]
fn a_tampered_journal_stops_everything() {
    let folder = host();
    run(&folder, &["fix", "set-mode", "host", "per-user", "--apply"]);
    let path = folder.path().join("state/journal.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("per-user", "per-uSer", 1)).unwrap();
    let before = hive(&folder);
    for args in [
        &["undo", "--apply"][..],
        &["undo"],
        &["journal", "verify"],
        &["fix", "set-mode", "host", "per-device", "--apply"],
    ] {
        let run = run(&folder, args);
        assert_eq!(run.code, Some(1), "{args:?}: {run:?}");
        assert!(run.stderr.contains("was modified"), "{args:?}: {}", run.stderr);
    }
    assert_eq!(hive(&folder), before);
}

#[test]
fn snapshots_and_archives_are_not_changed() {
    let folder = host();
    run(&folder, &["snapshot", "host", "-o", "host.json"]);
    let snapshot = rdscal_in(folder.path(), ["snapshot", "host", "-o", "host.json"]);
    assert_eq!(snapshot.code, Some(0), "{snapshot:?}");
    let fix = run(&folder, &["fix", "set-mode", "host.json", "per-user", "--apply"]);
    assert_eq!(fix.code, Some(1), "{fix:?}");
    assert!(fix.stderr.contains("is a record and is not changed"), "{}", fix.stderr);
    // A snapshot is sufficient for a plan.
    assert_eq!(run(&folder, &["fix", "set-mode", "host.json", "per-user"]).code, Some(0));
}

#[cfg(unix)]
#[test]
fn a_hive_without_rights_is_refused_in_words() {
    use std::os::unix::fs::PermissionsExt;
    let folder = host();
    let system = folder.path().join("host/SYSTEM");
    let allow = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    allow(&system, 0o444);
    let program = env!("CARGO_BIN_EXE_rdscal");
    let mut command = std::process::Command::new(program);
    if fs::OpenOptions::new().write(true).open(&system).is_ok() {
        // Permissions do not restrict root, so the program runs as another user. That user can write the journal
        // and read the program.
        let ours = folder.path().join("rdscal");
        fs::copy(program, &ours).unwrap();
        fs::create_dir(folder.path().join("state")).unwrap();
        allow(folder.path(), 0o755);
        allow(&folder.path().join("state"), 0o777);
        command = std::process::Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(ours);
    }
    command.current_dir(folder.path());
    command.args(["fix", "set-mode", "host", "per-user", "--apply", "--journal", "state"]);
    let before = hive(&folder);
    let run = support::rdscal_with(command);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains("SYSTEM cannot be opened for writing: Permission denied"), "{}", run.stderr);
    assert_eq!(hive(&folder), before);
}

#[test]
fn a_hive_whose_logs_are_missing_says_what_to_bring() {
    let folder = host();
    let path = folder.path().join("host/SYSTEM");
    let mut bytes = hive(&folder);
    // The primary sequence number of the base block becomes one higher than the secondary: the hive is dirty.
    let sequence = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) + 1;
    bytes[4..8].copy_from_slice(&sequence.to_le_bytes());
    let sum = bytes[..508].chunks(4).fold(0, |sum, word| sum ^ u32::from_le_bytes(word.try_into().unwrap()));
    bytes[508..512].copy_from_slice(&sum.to_le_bytes());
    fs::write(&path, &bytes).unwrap();
    let run = run(&folder, &["fix", "set-mode", "host", "per-user", "--apply"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    for text in
        ["sequence numbers differ", "hint: Copy the .LOG, .LOG1 and .LOG2 files", "Nothing was changed"]
    {
        assert!(run.stderr.contains(text), "{text} in {}", run.stderr);
    }
    assert_eq!(hive(&folder), bytes);
}

#[test]
fn undo_finds_the_hive_from_anywhere() {
    let folder = host();
    run(&folder, &["fix", "set-mode", "host", "per-user", "--apply"]);
    let elsewhere = support::folder();
    let state: PathBuf = folder.path().join("state");
    let run = rdscal_in(
        elsewhere.path(),
        ["undo".as_ref(), "--apply".as_ref(), "--journal".as_ref(), state.as_os_str()],
    );
    assert_eq!(run.code, Some(0), "{run:?}");
    let gone = Path::new("host/SYSTEM");
    fs::remove_file(folder.path().join(gone)).unwrap();
    let run = rdscal_in(
        elsewhere.path(),
        ["undo".as_ref(), "2".as_ref(), "--apply".as_ref(), "--journal".as_ref(), state.as_os_str()],
    );
    assert_eq!(run.code, Some(1), "{run:?}");
    // The error text of Unix, Windows and Wine.
    let words = ["No such file", "cannot find the", "File not found"];
    assert!(words.iter().any(|words| run.stderr.contains(words)), "{}", run.stderr);
}

#[test]
fn a_plan_can_be_carried_elsewhere() {
    let folder = host();
    for (form, files) in [
        ("reg", &["rdscal-set-mode-", "-undo.reg"][..]),
        ("powershell", &[".ps1"]),
        ("pol", &["Registry.pol"]),
        ("lgpo", &[".lgpo.txt"]),
        ("gpo", &["manifest.xml", "bkupInfo.xml", "Backup.xml", "DomainSysvol/GPO/Machine/registry.pol"]),
    ] {
        let out = format!("out-{form}");
        let run = run(&folder, &["fix", "set-mode", "host", "per-user", "--emit", form, "-o", &out]);
        assert_eq!(run.code, Some(0), "{form}: {run:?}");
        for file in files {
            assert!(run.stdout.contains(file), "{form}: {file} in {}", run.stdout);
        }
        if matches!(form, "pol" | "gpo") {
            assert!(run.stdout.contains("Read back: licensing mode Per User (4)"), "{}", run.stdout);
        }
    }
    assert!(!folder.path().join("state").exists(), "nothing is journaled: nothing was changed");
    // Existing files are not overwritten.
    let again = run(&folder, &["fix", "set-mode", "host", "per-user", "--emit", "pol", "-o", "out-pol"]);
    assert_eq!(again.code, Some(3), "{again:?}");
    // Group Policy has no setting for this.
    write_hives(folder.path().join("client"), "", &machine(CLIENT));
    let asked = ["fix", "clear-client", "client", "--also-hardware-id", "--emit", "pol", "-o", "none"];
    let refused = run(&folder, &asked);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("no setting for what clear-client does"), "{}", refused.stderr);
    assert!(!folder.path().join("none").exists());
}

#[test]
fn what_a_policy_governs_can_be_written_as_a_policy() {
    let folder = folder();
    let text = format!(
        "{LOCKED_OUT}\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services]\n\
         \"LicensingMode\"=dword:00000002\n"
    );
    write_hives(folder.path().join("host"), "", &machine(&text));
    let refused = run(&folder, &["fix", "set-mode", "host", "per-user"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("a Group Policy sets the licensing mode"), "{}", refused.stderr);
    let emitted = run(&folder, &["fix", "set-mode", "host", "per-user", "--emit", "gpo", "-o", "policy"]);
    assert_eq!(emitted.code, Some(0), "{emitted:?}");
    assert!(emitted.stdout.contains("Read back: licensing mode Per User (4)"), "{}", emitted.stdout);
}

#[test]
fn what_must_be_done_by_hand_comes_first() {
    let folder = folder();
    let text = format!(
        "{HOST}\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\TermServLicensing]\n\"Start\"=dword:00000002\n\
         [HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Services\\TermServLicensing\\Parameters]\n\
         \"ServiceDll\"=\"C:\\\\Windows\\\\System32\\\\lserver.dll\"\n"
    );
    write_hives(folder.path().join("host"), "", &machine(&text));
    let asked =
        ["fix", "license-server-database", "host", "--move-to", r"D:\LServer", "--max-ver-pages=1024"];
    let plan = run(&folder, &[&asked[..], &["--format", "json"]].concat());
    assert_eq!(plan.code, Some(0), "{plan:?}");
    assert!(!plan.json()["steps"].as_array().unwrap().is_empty(), "the plan has no change: {}", plan.stdout);
    let before = hive(&folder);
    let refused = run(&folder, &[&asked[..], &["--apply"]].concat());
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("--manual-steps-done"), "{}", refused.stderr);
    assert_eq!(hive(&folder), before);
    let done = run(&folder, &[&asked[..], &["--apply", "--manual-steps-done"]].concat());
    assert_eq!(done.code, Some(0), "{done:?}");
}
