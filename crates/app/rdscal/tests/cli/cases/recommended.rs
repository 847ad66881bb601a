//! `fix recommended`, and the commands that `doctor` offers.

use std::fs;
use std::path::Path;

use super::first_line;
use crate::support::{Run, rdscal_in};

/// A copy of a folder of the samples, in a folder of its own.
fn samples(names: &[&str]) -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let target = to.join(path.file_name().unwrap());
            if path.is_dir() {
                copy(&path, &target);
            } else {
                fs::write(&target, fs::read(&path).unwrap()).unwrap();
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../samples");
    for name in names {
        copy(&all.join(name), &folder.path().join(name));
    }
    folder
}

fn run<const N: usize>(folder: &tempfile::TempDir, arguments: [&str; N]) -> Run {
    let common = ["--journal", "state", "--width=200"];
    rdscal_in(folder.path(), arguments.iter().chain(&common))
}

fn doctor<const N: usize>(folder: &tempfile::TempDir, arguments: [&str; N]) -> Run {
    rdscal_in(folder.path(), [&["doctor", "--width=80"][..], &arguments].concat())
}

/// Files show the end of the grace period, and its removal, by the last-write time of the record.
#[test]
fn the_grace_record_is_left_to_the_user() {
    let folder = samples(&["rdsh03-conflicts"]);
    let plan = run(&folder, ["fix", "recommended", "rdsh03-conflicts"]);
    assert!(plan.stdout.starts_with("No repair is possible without a decision."), "{}", plan.stdout);
    let left = "    changes the last-write time of the grace record, which is evidence\n    \
                rdscal fix restore-security rdsh03-conflicts grace-period\n";
    assert!(plan.stdout.contains(left), "{}", plan.stdout);
}

#[test]
fn all_safe_repairs_are_one_plan_and_each_is_undone() {
    let folder = samples(&["rdsh02-locked-out"]);
    let plan = run(&folder, ["fix", "recommended", "rdsh02-locked-out"]);
    assert_eq!(plan.code, Some(0), "{plan:?}");
    assert!(
        plan.stdout.contains("Plan: move misplaced settings to where Windows reads them"),
        "{}",
        plan.stdout
    );
    assert!(plan.stdout.contains("3 findings are left:"), "{}", plan.stdout);
    let left = "RDSL-060 the signature of the host's Certificate is invalid; its bytes have changed\n    \
                clients are refused until the host is restarted\n    \
                rdscal fix reset-host-certificates rdsh02-locked-out\n";
    assert!(plan.stdout.contains(left), "{}", plan.stdout);
    assert!(
        plan.stdout.ends_with("Nothing was changed. To carry this out, add --apply.\n"),
        "{}",
        plan.stdout
    );
    let before = doctor(&folder, ["rdsh02-locked-out"]).stdout;
    let applied = run(&folder, ["fix", "recommended", "rdsh02-locked-out", "--apply"]);
    assert_eq!(applied.code, Some(0), "{applied:?}");
    assert!(applied.stdout.contains("Done: repair 1, "), "{}", applied.stdout);
    assert!(applied.stdout.contains("fixed        RDSL-001"), "{}", applied.stdout);
    assert_ne!(doctor(&folder, ["rdsh02-locked-out"]).stdout, before);
    // What remains needs a decision.
    let again = run(&folder, ["fix", "recommended", "rdsh02-locked-out"]);
    assert!(again.stdout.starts_with("No repair is possible without a decision."), "{}", again.stdout);
    assert_eq!(again.code, Some(0));
    let undo = run(&folder, ["undo", "1", "--apply"]);
    assert_eq!(undo.code, Some(0), "{undo:?}");
    assert_eq!(doctor(&folder, ["rdsh02-locked-out"]).stdout, before);
}

#[test]
fn a_list_is_moved_and_then_tidied() {
    let folder = tempfile::tempdir().unwrap();
    let text = "Windows Registry Editor Version 5.00\r\n\r\n\
        [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server]\r\n\
        \"TSAppCompat\"=dword:00000001\r\n\r\n\
        [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\TermService]\r\n\"Start\"=dword:00000003\r\n\r\n\
        [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters]\r\n\
        \"SpecifiedLicenseServers\"=hex(7):20,00,6c,00,73,00,31,00,2e,00,63,00,6f,00,72,00,70,00,2e,00,65,00,78,00,\
        61,00,6d,00,70,00,6c,00,65,00,00,00,00,00\r\n\r\n\
        [HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services]\r\n\r\n\
        [HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\r\n\
        \"CurrentBuild\"=\"20348\"\r\n\"CurrentMajorVersionNumber\"=dword:0000000a\r\n\
        \"CurrentMinorVersionNumber\"=dword:00000000\r\n\"InstallationType\"=\"Server\"\r\n";
    fs::write(folder.path().join("host.reg"), text).unwrap();
    let plan = run(&folder, ["fix", "recommended", "host.reg", "--format=json"]);
    assert_eq!(plan.code, Some(0), "{plan:?}");
    let recipes: Vec<_> =
        plan.json()["plans"].as_array().unwrap().iter().map(|plan| plan["recipe"].clone()).collect();
    assert_eq!(
        recipes.first().and_then(serde_json::Value::as_str),
        Some("move-stray-settings"),
        "{}",
        plan.stdout
    );
    // Each is a folder of files.
    let emitted = run(&folder, ["fix", "recommended", "host.reg", "--emit=reg", "-o", "out"]);
    assert_eq!(emitted.code, Some(0), "{emitted:?}");
    assert!(folder.path().join("out/01-move-stray-settings").is_dir(), "{}", emitted.stdout);
    let applied = run(&folder, ["fix", "recommended", "host.reg", "--apply", "--format=json"]);
    assert_eq!(applied.code, Some(0), "{applied:?}");
    assert_eq!(applied.json()["applied"].as_array().map(Vec::len), Some(recipes.len()), "{}", applied.stdout);
}

#[test]
fn where_a_policy_governs_a_policy_is_written() {
    let folder = samples(&["rdsh03-conflicts"]);
    let run_ = doctor(&folder, ["rdsh03-conflicts", "-v"]);
    let tidy = "rdscal fix set-servers rdsh03-conflicts rdls01.contoso.example rdls02.contoso.example --emit gpo -o rdscal-gpo";
    // One line, although it is longer than the page.
    assert!(run_.stdout.lines().any(|line| line.ends_with(tidy)), "{}", run_.stdout);
    let mode = "rdscal fix set-mode rdsh03-conflicts per-device --emit gpo -o rdscal-gpo";
    assert!(run_.stdout.lines().any(|line| line.ends_with(mode)), "{}", run_.stdout);
    assert_eq!(run_.code, Some(1));
    // The command is accepted.
    let words: Vec<_> = tidy.split(' ').skip(1).collect();
    let emitted = rdscal_in(folder.path(), words);
    assert_eq!(emitted.code, Some(0), "{emitted:?}");
    assert!(
        emitted.stdout.contains("license servers rdls01.contoso.example, rdls02.contoso.example"),
        "{}",
        emitted.stdout
    );
}

#[test]
fn the_evidence_fills_in_the_key() {
    let folder = samples(&["rdsh03-conflicts", "pc-08-cloned"]);
    let host = doctor(&folder, ["rdsh03-conflicts", "--only=RDSL-046"]);
    assert!(
        host.stdout.contains("    rdscal fix restore-security rdsh03-conflicts grace-period\n"),
        "{}",
        host.stdout
    );
    let client = doctor(&folder, ["pc-08-cloned"]);
    assert!(
        client.stdout.contains("    rdscal fix restore-security pc-08-cloned client-store\n"),
        "{}",
        client.stdout
    );
}

#[test]
fn a_sealed_image_passes_and_what_was_sealed_is_fixed() {
    let folder = samples(&["golden-image"]);
    let before = doctor(&folder, ["golden-image", "--profile=image"]);
    assert!(
        first_line(&before).starts_with("GOLD-RDSH: ERROR - the image contains a grace record"),
        "{}",
        before.stdout
    );
    assert!(
        before.stdout.contains("    rdscal fix seal-image golden-image --profile image\n"),
        "{}",
        before.stdout
    );
    for rule in ["RDSL-034", "RDSL-040", "RDSL-042", "RDSL-061", "RDSL-063"] {
        assert!(!before.stdout.contains(rule), "{rule}: {}", before.stdout);
    }
    let sealed = run(&folder, ["fix", "seal-image", "golden-image", "--confirm-image", "--apply"]);
    assert_eq!(sealed.code, Some(0), "{sealed:?}");
    assert!(sealed.stdout.contains("fixed        RDSL-180"), "{}", sealed.stdout);
    assert!(sealed.stdout.contains("fixed        RDSL-181"), "{}", sealed.stdout);
    assert!(!sealed.stdout.contains("\nnew "), "{}", sealed.stdout);
    let after = doctor(&folder, ["golden-image", "--profile=image", "--fail-on=warning"]);
    assert_eq!(after.code, Some(0), "{}", after.stdout);
}

#[test]
fn a_member_of_an_archive_is_a_source() {
    let folder = samples(&["rdsh01-works", "rdsh02-locked-out", "pc-07-expired-license", "policy"]);
    let mut zip = zip::ZipWriter::new(fs::File::create(folder.path().join("z.zip")).unwrap());
    let mut folders = vec![folder.path().to_owned()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|extension| extension != "zip") {
                let name = path.strip_prefix(folder.path()).unwrap().to_string_lossy().replace('\\', "/");
                zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
                std::io::Write::write_all(&mut zip, &fs::read(&path).unwrap()).unwrap();
            }
        }
    }
    zip.finish().unwrap();
    let check = |arguments: &[&str], sentence: &str, code: i32| {
        let run = rdscal_in(folder.path(), arguments.iter().chain(&["--width=200"]));
        assert!(run.stdout.contains(sentence), "{arguments:?}: {run:?}");
        assert_eq!(run.code, Some(code), "{arguments:?}: {run:?}");
    };
    check(&["doctor", "z.zip!rdsh02-locked-out"], "RDSH02: CRITICAL - users are locked out", 1);
    check(&["doctor", "z.zip!RDSH02-locked-out/"], "RDSH02: CRITICAL - users are locked out", 1);
    check(&["show", "z.zip!rdsh02-locked-out"], "RDSH02", 0);
    check(&["diff", "z.zip!rdsh01-works", "z.zip!rdsh02-locked-out"], "RDSH02", 1);
    check(&["cal", "z.zip!pc-07-expired-license/pc-07.reg"], "EXPIRED", 1);
    check(&["policy", "lint", "z.zip!policy"], "1 finding in 1 policy file", 1);
    check(&["policy", "lint", "z.zip"], "1 finding in 1 policy file", 1);
    check(
        &["fix", "recommended", "z.zip!rdsh02-locked-out", "--journal", "state"],
        "This source cannot be changed; write the plan as files with --emit reg -o FOLDER.",
        0,
    );
    check(&["doctor", "z.zip!nothing"], "the archive has no member nothing", 3);
    let snapshot = rdscal_in(folder.path(), ["snapshot", "z.zip!rdsh01-works", "-o", "s.json"]);
    assert_eq!(snapshot.code, Some(0), "{snapshot:?}");
}

#[test]
fn the_full_page_of_a_rule_is_shown() {
    let folder = samples(&["rdsh02-locked-out"]);
    let run = doctor(&folder, ["rdsh02-locked-out", "--only=RDSL-020", "-v"]);
    for heading in ["Looks at", "Why", "Fix", "Safety", "Verify", "Confidence", "Sources"] {
        assert!(run.stdout.contains(&format!("      {heading:<10} ")), "{heading}: {}", run.stdout);
    }
    let page = crate::support::rdscal(["explain", "RDSL-020"]);
    for heading in
        ["What it looks at", "Why it matters", "How it can be wrong", "Fix", "Fix safety", "Verify"]
    {
        assert!(page.stdout.contains(&format!("\n  {heading}\n")), "{heading}: {}", page.stdout);
    }
}
