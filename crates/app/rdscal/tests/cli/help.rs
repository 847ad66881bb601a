//! Help, version and other output of the program about itself.

use std::fs;
use std::process::Command;

use insta::assert_snapshot;

use crate::support::{HOST, LOCKED_OUT, folder, machine, rdscal, rdscal_with, write_hives};

/// The help of a command, the same on all systems: on Windows, the program is called `rdscal.exe`.
fn help(command: &[&str]) -> String {
    let run = rdscal(command.iter().chain(&["--help"]));
    assert_eq!(run.code, Some(0), "{command:?}");
    run.stdout.replace("Usage: rdscal.exe ", "Usage: rdscal ")
}

const COMMANDS: [&str; 11] = [
    "predict", "forecast", "schema", "doctor", "show", "explain", "snapshot", "diff", "cal", "users", "rules",
];

#[test]
fn help_of_every_command() {
    assert_snapshot!("help", help(&[]));
    for command in COMMANDS {
        assert_snapshot!(format!("help_{command}"), help(&[command]));
    }
    for what in ["show", "lint"] {
        assert_snapshot!(format!("help_policy_{what}"), help(&["policy", what]));
    }
}

#[cfg(feature = "remote")]
#[test]
fn help_of_the_probe() {
    assert_snapshot!("help_probe", help(&["probe"]));
}

// On Windows, this would judge the machine that runs the tests.
#[cfg(not(windows))]
#[test]
fn without_a_source_it_explains_what_one_is() {
    for command in [["doctor"].as_slice(), &["show"], &["snapshot", "-o", "never-written.json"]] {
        let run = rdscal(command);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
        let expected = "error: SOURCE is missing\nhint: Name one, such as a folder, a hive, an export or ";
        assert!(run.stderr.starts_with(expected), "{}", run.stderr);
        assert!(run.stderr.contains("`rdscal doctor --help` lists the forms."), "{}", run.stderr);
    }
}

#[test]
fn completions_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let run = rdscal(["completions", shell]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{shell}");
        assert!(run.stdout.contains("doctor"), "{shell}");
    }
}

#[test]
fn man_pages_for_every_command() {
    let folder = folder();
    let target = folder.path().join("man");
    let run = rdscal(["man".into(), target.clone()]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    for name in
        ["rdscal.1".to_owned()].into_iter().chain(COMMANDS.map(|command| format!("rdscal-{command}.1")))
    {
        let page = fs::read_to_string(target.join(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(page.contains(".TH"), "{name}");
    }
}

/// True if the output is colored with these environment variables.
fn colored(variables: &[(&str, &str)]) -> bool {
    let folder = folder();
    write_hives(folder.path(), "", &machine(LOCKED_OUT));
    let mut command = Command::new(env!("CARGO_BIN_EXE_rdscal"));
    command.arg("doctor").arg(folder.path()).envs(variables.iter().copied());
    rdscal_with(command).stdout.contains('\u{1b}')
}

#[test]
fn colors_only_where_they_are_wanted() {
    assert!(!colored(&[]), "a pipe");
    assert!(colored(&[("CLICOLOR_FORCE", "1")]), "asked for");
    assert!(!colored(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "0")]), "refused");
}

#[test]
fn a_file_gets_no_colors() {
    let folder = folder();
    write_hives(folder.path(), "", &machine(HOST));
    let file = folder.path().join("report.txt");
    let mut command = Command::new(env!("CARGO_BIN_EXE_rdscal"));
    command.env("CLICOLOR_FORCE", "1").arg("doctor").arg(folder.path()).arg("-o").arg(&file);
    let run = rdscal_with(command);
    assert_eq!(run.stdout, "");
    let written = fs::read_to_string(&file).unwrap();
    assert!(written.starts_with("HOST"), "{written}");
    assert!(!written.contains('\u{1b}'));
}

#[cfg(unix)]
#[test]
fn output_that_cannot_be_written() {
    let folder = folder();
    write_hives(folder.path(), "", &machine(HOST));
    let run = rdscal([
        "doctor".into(),
        folder.path().to_owned(),
        "-o".into(),
        folder.path().join("no/such/folder.txt"),
    ]);
    assert_eq!(run.code, Some(3));
    assert!(run.stderr.starts_with("error: could not write to"), "{}", run.stderr);
    if std::path::Path::new("/dev/full").exists() {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "\"$0\" doctor \"$1\" > /dev/full", env!("CARGO_BIN_EXE_rdscal")])
            .arg(folder.path());
        let run = rdscal_with(shell);
        assert_eq!(run.code, Some(3));
        assert!(run.stderr.contains("could not write to standard output"), "{}", run.stderr);
    }
}

#[test]
fn help_of_help_is_help() {
    for args in [["help", "--help"], ["help", "-h"]] {
        let run = rdscal(args);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{args:?}");
        assert_eq!(run.stdout, rdscal(["--help"]).stdout);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn help_that_cannot_be_written_is_an_error() {
    let mut shell = Command::new("sh");
    shell.args(["-c", "\"$0\" --help > /dev/full", env!("CARGO_BIN_EXE_rdscal")]);
    let run = rdscal_with(shell);
    assert_eq!(run.code, Some(3));
    assert!(run.stderr.starts_with("error: could not write to standard output"), "{}", run.stderr);
}

#[test]
fn color_and_width_can_be_chosen() {
    let folder = folder();
    write_hives(folder.path(), "", &machine(LOCKED_OUT));
    let doctor = |more: &[&str]| {
        let args = ["doctor".into(), folder.path().to_owned()];
        rdscal(args.into_iter().chain(more.iter().map(Into::into))).stdout
    };
    assert!(doctor(&["--color", "always"]).contains('\u{1b}'));
    assert!(!doctor(&["--color=never"]).contains('\u{1b}'));
    // Quoted evidence is never wrapped, so the length of the longest line proves nothing.
    let lines = |width: &str| doctor(&["-v", "--width", width]).lines().count();
    assert!(lines("60") > lines("140"), "{} and {}", lines("60"), lines("140"));
}

#[test]
fn the_extension_selects_the_format() {
    let folder = folder();
    write_hives(folder.path(), "", &machine(HOST));
    let doctor = |file: &str, more: &[&str]| {
        let file = folder.path().join(file);
        let args = ["doctor".into(), folder.path().join("SYSTEM"), "-o".into(), file.clone()];
        let run = rdscal(args.into_iter().chain(more.iter().map(Into::into)));
        (fs::read_to_string(file).unwrap_or_default(), run.stderr)
    };
    let (json, said) = doctor("a.json", &[]);
    assert!(json.starts_with("{\n") && said.is_empty(), "{json}{said}");
    assert!(doctor("a.html", &[]).0.starts_with("<!DOCTYPE html>"));
    assert!(doctor("a.csv", &["--format", "json"]).0.starts_with("{\n"), "--format wins");
    let (text, said) = doctor("a.report", &[]);
    assert!(text.starts_with("HOST"), "{text}");
    assert!(said.starts_with("note: no output format has the extension .report"), "{said}");
    assert_eq!(doctor("b.report", &["--quiet"]).1, "");
}

#[test]
fn an_existing_file_is_replaced_only_with_force() {
    let folder = folder();
    let file = folder.path().join("rules.txt");
    fs::write(&file, "mine").unwrap();
    let rules = |more: &[&str]| {
        let args = ["rules".into(), "-o".into(), file.clone()];
        rdscal(args.into_iter().chain(more.iter().map(Into::into)))
    };
    let refused = rules(&[]);
    assert_eq!(refused.code, Some(3));
    assert!(refused.stderr.contains("hint: Use --force"), "{}", refused.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(rules(&["--force"]).code, Some(0));
    assert!(fs::read_to_string(&file).unwrap().contains("RDSL-001"));
}

#[test]
fn man_pages_keep_examples_and_tables() {
    let folder = folder();
    rdscal(["man".into(), folder.path().to_owned()]);
    let page = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let doctor = page("rdscal-doctor.1");
    for section in [".SH EXAMPLES\n.nf", ".SH SOURCES\n.nf", ".SH EXIT CODES\n.nf"] {
        assert!(doctor.contains(section), "{section}");
    }
    assert!(doctor.contains("  1  findings at or above \\-\\-fail\\-on\n"));
    assert!(page("rdscal-fix-clear-subkeys.1").contains(".IP \\(bu 2"));
}

#[test]
fn an_empty_list_of_hosts_is_wrong_usage() {
    let folder = folder();
    let list = folder.path().join("hosts.txt");
    fs::write(&list, "# no host\n").unwrap();
    for command in [&["doctor"][..], &["snapshot", "-o", "out"]] {
        let args = command.iter().map(std::path::PathBuf::from).chain(["--hosts".into(), list.clone()]);
        let run = rdscal(args);
        #[cfg(feature = "remote")]
        assert!(
            run.stderr.starts_with("error: host list ") && run.stderr.contains("contains no host"),
            "{run:?}"
        );
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{run:?}");
    }
}
