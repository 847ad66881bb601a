//! Repairs of a remote machine: plan, changes, journal, undo, and what happens if the program or the
//! connection ends during the repair.
#![cfg(all(feature = "remote", unix))]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use samba::{ADMINISTRATOR, Cut, PASSWORD, Relay, Server, USER};

use crate::remote::{self, serving};
use crate::schemas;
use crate::support::{HOST, folder, run::Run};

fn signed_in(arguments: &[&str]) -> Run {
    remote::signed_in(PASSWORD, arguments)
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rdscal"));
    command.env("RDSCAL_PASSWORD", PASSWORD).env_remove("RDSCAL_USER").env_remove("RDSCAL_CREDENTIALS");
    command
}

fn source(user: &str, port: u16) -> String {
    format!("smb://{user}@127.0.0.1:{port}")
}

/// The licensing mode, read over a separate connection.
fn mode(server: &Server) -> String {
    let run = signed_in(&["show", "--format", "json", &source(ADMINISTRATOR, server.port())]);
    run.json()["machines"][0]["settings"]["licensing_mode"]["effective"].to_string()
}

/// The arguments that set a mode.
fn set_mode<'a>(source: &'a str, mode: &'a str, journal: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let start = ["fix", "set-mode", source, mode, "--profile", "host", "--journal", journal];
    start.iter().chain(more).copied().collect()
}

fn fix(source: &str, mode: &str, journal: &Path, more: &[&str]) -> Run {
    signed_in(&set_mode(source, mode, journal.to_str().unwrap(), more))
}

#[test]
fn a_machine_across_the_network_is_repaired_and_put_back() {
    let Some(server) = serving(HOST) else { return };
    let folder = folder();
    let journal = folder.path().join("state");
    let source = source(ADMINISTRATOR, server.port());
    let old = mode(&server);

    // The plan changes nothing, and can be saved for review.
    let file = folder.path().join("plan.json");
    let plan = fix(&source, "per-device", &journal, &["--format", "json", "-o", file.to_str().unwrap()]);
    assert_eq!(plan.code, Some(0), "{plan:?}");
    assert_eq!(mode(&server), old);
    let plan = fix(&source, "per-device", &journal, &[]);
    assert!(plan.stdout.contains("Nothing was changed"), "{plan:?}");
    assert!(!journal.exists(), "a plan leaves no trace");

    let reader = self::source(USER, server.port());
    let denied = fix(&reader, "per-device", &journal, &["--apply"]);
    assert_eq!(denied.code, Some(1), "{denied:?}");
    assert!(denied.stderr.contains("access is denied"), "{denied:?}");
    assert_eq!(mode(&server), old);

    let applied = fix(&source, "per-device", &journal, &["--apply", "--plan", file.to_str().unwrap()]);
    assert_eq!(applied.code, Some(0), "{applied:?}");
    let new = mode(&server);
    assert_ne!(new, old);
    let again = fix(&source, "per-device", &journal, &["--apply"]);
    assert_eq!(again.code, Some(0), "nothing to do: {again:?}");

    // The journal does not contain the account.
    let lines = fs::read_to_string(journal.join("journal.jsonl")).unwrap();
    assert!(lines.contains("127.0.0.1") && !lines.contains(&format!("{ADMINISTRATOR}@")), "{lines}");
    let shown = signed_in(&["journal", "show", "--journal", journal.to_str().unwrap()]);
    assert!(shown.stdout.contains("set-mode"), "{shown:?}");
    let exported = signed_in(&["journal", "export", "--journal", journal.to_str().unwrap()]);
    schemas::check(&schemas::validator("journal-1.json"), &exported.json());

    let undo = |more: &[&str]| {
        let start = ["undo", "--journal", journal.to_str().unwrap()];
        signed_in(&start.iter().chain(more).copied().collect::<Vec<_>>())
    };
    let plan = undo(&[]);
    assert_eq!(plan.code, Some(0), "{plan:?}");
    let nobody = undo(&["--apply"]);
    assert_eq!(nobody.code, Some(2), "{nobody:?}");
    assert!(nobody.stderr.contains("no account given"), "{nobody:?}");
    assert_eq!(mode(&server), new);
    let undone = undo(&["--apply", "--source", &source]);
    assert_eq!(undone.code, Some(0), "{undone:?}");
    assert_eq!(mode(&server), old);
}

#[test]
fn an_address_that_leads_to_another_machine_is_left_alone() {
    let Some(server) = serving(HOST) else { return };
    let folder = folder();
    let journal = folder.path().join("state");
    let there = source(ADMINISTRATOR, server.port());
    assert_eq!(fix(&there, "per-device", &journal, &["--apply"]).code, Some(0));
    let name = "Windows Registry Editor Version 5.00\n\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\\
                ComputerName\\ComputerName]\n\"ComputerName\"=\"ANOTHER\"\n";
    server.import(name).unwrap();
    let new = mode(&server);
    let run = signed_in(&["undo", "--apply", "--source", &there, "--journal", journal.to_str().unwrap()]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains("ANOTHER responds there now"), "{run:?}");
    assert_eq!(mode(&server), new);
}

#[test]
fn a_program_that_is_killed_on_the_way() {
    let Some(server) = serving(HOST) else { return };
    let relay = Relay::start(server.port()).unwrap();
    let folder = folder();
    let journal = folder.path().join("state");
    let source = source(ADMINISTRATOR, relay.port());
    let modes = ["per-device", "per-user"];
    assert_eq!(fix(&source, modes[0], &journal, &["--apply"]).code, Some(0));
    let before = relay.questions();
    assert_eq!(fix(&source, modes[1], &journal, &["--apply"]).code, Some(0));
    let all = relay.questions() - before;
    let states = [mode_of(&server, modes[0]), mode_of(&server, modes[1])];
    let mut now = 1;
    let mut settled = 0;
    // The capture before the change makes two fifths of the requests, and the capture after it as many.
    for step in 0..8 {
        let question = all * (40 + 3 * step) / 100;
        relay.cut_at(question, if step % 2 == 0 { Cut::Hold } else { Cut::After });
        let mut command = command();
        command.args(set_mode(&source, modes[1 - now], journal.to_str().unwrap(), &["--apply"]));
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        relay.wait();
        child.kill().unwrap();
        child.wait().unwrap();
        relay.mend();
        let found = mode(&server);
        assert!(states.contains(&found), "{found}");
        let next = fix(&source, modes[1 - now], &journal, &["--apply"]);
        assert_eq!(next.code, Some(0), "step {step}: {next:?}");
        settled += u32::from(next.stderr.contains("was interrupted"));
        assert_eq!(mode(&server), states[1 - now], "step {step}: {next:?}");
        now = 1 - now;
    }
    assert!(settled > 1, "only {settled} of 8 were in the middle of it: {all} questions");
    let shown = signed_in(&["journal", "show", "--journal", journal.to_str().unwrap()]);
    assert!(!shown.stdout.contains("interrupted:"), "{shown:?}");
}

/// The output of [`mode`] after this mode was set.
fn mode_of(server: &Server, mode: &str) -> String {
    let folder = folder();
    let source = source(ADMINISTRATOR, server.port());
    assert_eq!(fix(&source, mode, folder.path(), &["--apply"]).code, Some(0));
    self::mode(server)
}

#[test]
fn a_host_that_goes_away_half_way() {
    let Some(server) = serving(HOST) else { return };
    let relay = Relay::start(server.port()).unwrap();
    let folder = folder();
    let journal = folder.path().join("state");
    let source = source(ADMINISTRATOR, relay.port());
    let before = relay.questions();
    assert_eq!(fix(&source, "per-device", &journal, &["--apply"]).code, Some(0));
    let all = relay.questions() - before;
    let old = mode(&server);
    // The change is made during one of these requests; which one depends on what was captured.
    let mut lost = 0;
    for question in all / 2..all {
        relay.cut_at(question, Cut::After);
        let run = fix(&source, "per-user", &journal, &["--apply"]);
        relay.mend();
        if run.stderr.contains("changes") && run.stderr.contains("changes were made") {
            lost += 1;
            assert_eq!(run.code, Some(1), "{run:?}");
            assert!(run.stderr.contains("When the machine is reachable again"), "{run:?}");
            let undo =
                signed_in(&["undo", "--apply", "--source", &source, "--journal", journal.to_str().unwrap()]);
            assert!(undo.stderr.contains("was interrupted"), "{undo:?}");
        }
        let next = fix(&source, "per-device", &journal, &["--apply"]);
        assert_eq!(next.code, Some(0), "{next:?}");
        assert_eq!(mode(&server), old, "{next:?}");
        if lost > 1 {
            break;
        }
    }
    assert!(lost > 0, "no connection was lost in the middle of {all} questions");
}
