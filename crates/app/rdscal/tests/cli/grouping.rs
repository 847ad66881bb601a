//! Which files are grouped into one machine.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use zip::write::SimpleFileOptions;

use crate::support::{HOST, folder, hives, machine, rdscal, renamed, write, write_hives};

/// Each machine below a path: its name and its source files, relative to the path.
fn machines(path: &Path) -> Vec<(String, Vec<String>)> {
    let run = rdscal(["doctor".into(), "--format=json".into(), "--fail-on=never".into(), path.to_owned()]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let report = run.json();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("(no name)").to_owned();
    let base = path.to_string_lossy();
    report["machines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|machine| {
            let files = machine["source"]["files"].as_array().unwrap();
            let files = files.iter().map(|file| text(&file["path"]).replace(&*base, "").replace('\\', "/"));
            (text(&machine["name"]), files.map(|file| file.trim_start_matches('/').to_owned()).collect())
        })
        .collect()
}

fn is(name: &str, files: &[&str]) -> (String, Vec<String>) {
    (name.to_owned(), files.iter().map(|&file| file.to_owned()).collect())
}

#[test]
fn a_folder_of_folders() {
    let folder = folder();
    write_hives(folder.path().join("b"), "", &renamed(HOST, "SECOND"));
    write_hives(folder.path().join("a"), "", &renamed(HOST, "FIRST"));
    assert_eq!(
        machines(folder.path()),
        [is("FIRST", &["a/SOFTWARE", "a/SYSTEM"]), is("SECOND", &["b/SOFTWARE", "b/SYSTEM"])]
    );
}

#[test]
fn names_that_begin_with_the_host() {
    let folder = folder();
    write_hives(folder.path(), "HOST1_", &renamed(HOST, "FIRST"));
    write_hives(folder.path(), "HOST2_", &renamed(HOST, "SECOND"));
    let expected =
        [is("FIRST", &["HOST1_SOFTWARE", "HOST1_SYSTEM"]), is("SECOND", &["HOST2_SOFTWARE", "HOST2_SYSTEM"])];
    assert_eq!(machines(folder.path()), expected);
    // The two machines have different locators, although both are in one folder.
    let run = rdscal(["doctor".into(), "--format=json".into(), folder.path().to_owned()]);
    let locators: Vec<_> = run.json()["machines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|machine| machine["source"]["locator"].as_str().unwrap().to_owned())
        .collect();
    assert!(locators[0].ends_with("HOST1_SOFTWARE + HOST1_SYSTEM"), "{locators:?}");
}

#[test]
fn names_that_tell_nothing() {
    let folder = folder();
    for ((_, bytes), name) in hives(&machine(HOST)).into_iter().zip(["sys.hiv", "soft.hiv"]) {
        write(folder.path().join(name), bytes);
    }
    assert_eq!(machines(folder.path()), [is("HOST", &["soft.hiv", "sys.hiv"])]);
    // With a third hive, it is ambiguous which hives belong together. Hives of different machines are not
    // combined.
    let (_, bytes) = hives(&renamed(HOST, "OTHER")).remove(0);
    write(folder.path().join("zzz.hiv"), bytes);
    assert_eq!(machines(folder.path()).len(), 2);
}

#[test]
fn a_windows_volume_in_any_case() {
    for layout in ["Windows/System32/config", "WINDOWS/system32/Config", "windows/SYSTEM32/CONFIG"] {
        let folder = folder();
        let volume = folder.path().join("windows");
        write_hives(volume.join(layout), "", &machine(HOST));
        write_hives(volume.join(layout).join("RegBack"), "", &renamed(HOST, "OLDER"));
        write_hives(volume.join("Users/admin/old hives"), "", &renamed(HOST, "ELSEWHERE"));
        let config = format!("windows/{layout}");
        let expected = [is("HOST", &[&format!("{config}/SOFTWARE"), &format!("{config}/SYSTEM")])];
        // The volume, the folders below it and the folder above it all lead to the same machine.
        let mut at = volume.clone();
        let mut names = layout.split('/');
        loop {
            let found = machines(&at);
            let inner = volume.join(layout);
            let inner = inner.strip_prefix(&at).unwrap().join("");
            let file = |hive: &str| format!("{}{hive}", inner.to_string_lossy().replace('\\', "/"));
            assert_eq!(found, [is("HOST", &[&file("SOFTWARE"), &file("SYSTEM")])], "{}", at.display());
            match names.next() {
                Some(name) => at.push(name),
                None => break,
            }
        }
        assert_eq!(machines(folder.path()), expected);
        // A backup that is named explicitly is judged.
        assert_eq!(machines(&volume.join(layout).join("RegBack"))[0].0, "OLDER");
    }
}

#[test]
fn a_second_hive_of_a_kind_is_a_second_machine() {
    let folder = folder();
    write_hives(folder.path(), "", &renamed(HOST, "NEW"));
    let (_, old) = hives(&renamed(HOST, "OLD")).remove(0);
    write(folder.path().join("SYSTEM.bak"), old);
    assert_eq!(machines(folder.path()), [is("NEW", &["SOFTWARE", "SYSTEM"]), is("OLD", &["SYSTEM.bak"])]);
}

#[test]
fn logs_belong_to_the_hive_beside_them() {
    let folder = folder();
    write_hives(folder.path(), "", &machine(HOST));
    let mut log = fs::read(folder.path().join("SYSTEM")).unwrap()[..512].to_vec();
    log[28] = 6;
    for name in ["SYSTEM.LOG1", "system.log2", "OTHER.LOG1"] {
        write(folder.path().join(name), &log);
    }
    write(folder.path().join("SOFTWARE.LOG1"), b"");
    let expected = [is("HOST", &["SOFTWARE", "SYSTEM", "SYSTEM.LOG1", "system.log2"])];
    assert_eq!(machines(folder.path()), expected);
    let alone = machines(&folder.path().join("SYSTEM"));
    assert_eq!(alone[0].1.len(), 3, "{alone:?}");
}

#[test]
fn an_archive_of_two_machines() {
    let folder = folder();
    let path = folder.path().join("triage.zip");
    let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
    for name in ["B", "A"] {
        zip.add_directory(format!("{name}/C/Windows/System32/config/"), SimpleFileOptions::default())
            .unwrap();
        for (hive, bytes) in hives(&renamed(HOST, name)) {
            // Some archivers write backslashes in member names.
            let member = format!("{name}\\C\\Windows\\System32\\config\\{hive}");
            zip.start_file(member, SimpleFileOptions::default()).unwrap();
            zip.write_all(&bytes).unwrap();
        }
    }
    zip.start_file("A/C/Users/x/NTUSER.DAT", SimpleFileOptions::default()).unwrap();
    zip.write_all(&regf::build::build(&crate::support::plain_root(), "NTUSER.DAT").unwrap()).unwrap();
    zip.finish().unwrap();
    let config = |name: &str, hive: &str| format!("!{name}/C/Windows/System32/config/{hive}");
    let files = |name: &str| [config(name, "SOFTWARE"), config(name, "SYSTEM")];
    assert_eq!(
        machines(&path),
        [("A".to_owned(), files("A").to_vec()), ("B".to_owned(), files("B").to_vec())]
    );
    // In a folder, the archive is also found.
    assert_eq!(machines(folder.path()).len(), 2);
}

#[test]
fn a_snapshot_stands_for_its_machine() {
    let folder = folder();
    write_hives(folder.path().join("hives"), "", &machine(HOST));
    let file = folder.path().join("host.json");
    let run = rdscal(["snapshot".into(), folder.path().join("hives"), "-o".into(), file.clone()]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let judge = |path: &Path| {
        let mut report = rdscal(
            ["doctor", "--format=json", "--at=2026-01-01"]
                .map(Into::into)
                .into_iter()
                .chain([path.to_owned()]),
        )
        .json();
        let mut machine = report["machines"][0].take();
        // Only the hives can be changed.
        let findings = machine["findings"].as_array_mut().unwrap().iter_mut();
        let offered =
            findings.filter_map(|finding| finding.as_object_mut().unwrap().remove("repair")).count();
        (machine, offered)
    };
    let (hives, snapshot) = (judge(&folder.path().join("hives")), judge(&file));
    assert_eq!(hives.0, snapshot.0);
    assert!(hives.1 > 0 && snapshot.1 == 0, "{} and {}", hives.1, snapshot.1);
}

#[test]
fn snapshots_of_several_machines_get_a_file_each() {
    let folder = folder();
    for (at, name) in [("1", "TWIN"), ("2", "TWIN"), ("3", "OTHER")] {
        write_hives(folder.path().join("in").join(at), "", &renamed(HOST, name));
    }
    let out = folder.path().join("out");
    let run = rdscal(["snapshot".into(), folder.path().join("in"), "-o".into(), out.clone()]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let mut files: Vec<_> =
        fs::read_dir(&out).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files, ["OTHER.json", "TWIN-2.json", "TWIN.json"]);
    assert_eq!(machines(&out).len(), 3);
}

#[test]
fn exports_of_one_machine_are_put_together() {
    let folder = folder();
    let reg = |keys: &str| {
        format!("Windows Registry Editor Version 5.00\r\n\r\n{}\r\n", keys.replace('\n', "\r\n"))
    };
    write(
        folder.path().join("rcm.reg"),
        reg(
            "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\ComputerName\\ComputerName]\n\"ComputerName\"=\"HOST\"",
        ),
    );
    write(folder.path().join("client.reg"), reg("[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\MSLicensing]"));
    assert_eq!(machines(folder.path()), [is("HOST", &["client.reg", "rcm.reg"])]);
    // Two exports of the same key belong to two machines.
    write(folder.path().join("client2.reg"), reg("[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\MSLicensing]"));
    assert_eq!(machines(folder.path()).len(), 3);
}
