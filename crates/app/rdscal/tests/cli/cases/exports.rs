//! `.reg` files: parts of a machine, loaded hives, lost lines, scripts, and two machines of one name.

use std::path::Path;

use super::{doctor, first_line};
use crate::support::{HOST, Run, folder, hives, rdscal, write, write_hives};

const HEADER: &str = "Windows Registry Editor Version 5.00\r\n\r\n";
const CORE: &str = r"Control\Terminal Server\RCM\Licensing Core";

/// `doctor` over a file with this text.
fn judged(text: &str, arguments: &[&str]) -> Run {
    let folder = folder();
    let file = folder.path().join("test.reg");
    write(&file, text.as_bytes());
    on(&file, arguments)
}

fn on(file: &Path, arguments: &[&str]) -> Run {
    let mut all = vec!["doctor".into(), file.to_owned(), "--width=200".into()];
    all.extend(arguments.iter().map(std::path::PathBuf::from));
    rdscal(all)
}

fn machine(run: &Run) -> serde_json::Value {
    run.json()["machines"][0].clone()
}

fn notes(machine: &serde_json::Value) -> Vec<String> {
    let notes = machine["notes"].as_array().unwrap().iter();
    notes.map(|note| note["text"].as_str().unwrap().to_owned()).collect()
}

fn gaps(machine: &serde_json::Value) -> Vec<String> {
    let gaps = machine["gaps"].as_array().unwrap().iter();
    gaps.map(|gap| gap.as_str().unwrap().to_owned()).collect()
}

fn rules(machine: &serde_json::Value) -> Vec<String> {
    let findings = machine["findings"].as_array().unwrap().iter();
    findings.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_mode_alone_44() {
    let run = doctor("44-reg-of-the-mode-alone/mode5.reg", []);
    assert!(first_line(&run).contains("WARNING - no licensing mode is configured"), "{}", run.stdout);
    assert!(run.stdout.contains("unless a Group Policy, which this source does not show"), "{}", run.stdout);
    let run = doctor("44-reg-of-the-mode-alone/mode9.reg", []);
    assert!(first_line(&run).contains("WARNING - the licensing mode is 9, which Windows does not define"));
    assert!(run.stdout.contains("RDSL-002"), "{}", run.stdout);
    for file in ["mode2.reg", "mode5.reg", "mode9.reg"] {
        let run = doctor(&format!("44-reg-of-the-mode-alone/{file}"), ["--format=json"]);
        let machine = machine(&run);
        assert_eq!(machine["holds_licensing_keys"], true, "{file}");
        assert_eq!(machine["is_complete"], false, "{file}");
        assert_eq!(machine["source_kind"], "export", "{file}");
        assert_eq!(run.code, Some(3), "{file}");
    }
    assert!(!doctor("44-reg-of-the-mode-alone/mode2.reg", []).stdout.contains("NO LICENSING KEYS"));
}

#[test]
fn a_hardware_id_alone_45() {
    let run = doctor("45-reg-of-the-hardware-id-alone/hwid.reg", ["--format=json"]);
    let found = machine(&run);
    assert_eq!(found["holds_licensing_keys"], true);
    assert!(!rules(&found).iter().any(|rule| rule == "RDSL-070"), "{}", run.stdout);
    assert!(!doctor("45-reg-of-the-hardware-id-alone/hwid.reg", []).stdout.contains("NO LICENSING KEYS"));

    let run = doctor("45-reg-of-the-hardware-id-alone/ce-lines.reg", ["--format=json"]);
    let found = machine(&run);
    assert_eq!(run.code, Some(3), "{}", run.stdout);
    assert_eq!(rules(&found), [""; 0], "nothing is damaged");
    assert_eq!(
        gaps(&found),
        ["line 5 could not be read (neither key, value nor comment); it seems to set ClientHWID"]
    );
}

#[test]
fn hives_under_another_name_46_47() {
    let files = [
        ("46-reg-of-loaded-hives/loaded.reg", r"under “HKEY_LOCAL_MACHINE\OFFLINE” as keys of HKLM\SYSTEM"),
        ("46-reg-of-loaded-hives/hiveswarming.reg", r"under “(HiveRoot)” as keys of HKLM\SYSTEM"),
        ("46-reg-of-loaded-hives/rootless.reg", r"without a root as keys of HKLM\SYSTEM"),
        ("47-hivexregedit-export/export.reg", r"without a root as keys of HKLM\SYSTEM"),
    ];
    for (file, note) in files {
        let run = doctor(file, ["--format=json"]);
        let found = machine(&run);
        assert!(rules(&found).contains(&"RDSL-001".to_owned()), "{file}: {}", run.stdout);
        let notes = notes(&found);
        assert_eq!(notes.iter().filter(|text| text.contains(note)).count(), 1, "{file}: {notes:?}");
        assert_eq!(notes.len(), 2, "{file}: the other is about Select: {notes:?}");
        assert_eq!(run.code, Some(3), "{file}");
        let run = doctor(file, []);
        assert!(first_line(&run).contains("WARNING - no licensing mode is configured"), "{}", run.stdout);
    }
}

#[test]
fn other_names_of_loaded_hives() {
    let value = "\"LicensingMode\"=dword:00000005\r\n";
    for root in [
        r"HKEY_LOCAL_MACHINE\OFFLINE_SYSTEM\ControlSet001",
        r"HKEY_LOCAL_MACHINE\zSYSTEM\ControlSet002",
        r"HKEY_USERS\Gold Image\ControlSet001",
        r"\REGISTRY\MACHINE\SYSTEM\ControlSet001",
        r"SYSTEM\CurrentControlSet",
        r"CMI-CreateHive{2A7FB991-7BBE-4F9D-B91E-7CB51D4737F5}\ControlSet001",
    ] {
        let run = judged(&format!("{HEADER}[{root}\\{CORE}]\r\n{value}"), &["--format=json"]);
        assert!(rules(&machine(&run)).contains(&"RDSL-001".to_owned()), "{root}: {}", run.stdout);
    }
    let policy = r"Policies\Microsoft\Windows NT\Terminal Services";
    for root in [r"HKEY_LOCAL_MACHINE\TempSoftware\", "", r"\", r"(HiveRoot)\"] {
        let text = format!("REGEDIT4\r\n\r\n[{root}{policy}]\r\n\"LicensingMode\"=dword:00000004\r\n");
        let run = judged(&text, &["--format=json"]);
        let mode = &machine(&run)["settings"]["licensing_mode"]["effective"];
        assert_eq!(mode["value"], "per_user", "{root}: {}", run.stdout);
    }
}

#[test]
fn an_unknown_root_is_not_passed_over() {
    let text = format!("{HEADER}[HKEY_LOCAL_MACHINE\\FOO\\Bar]\r\n\"a\"=\"b\"\r\n");
    let run = judged(&text, &["--format=json"]);
    assert_eq!(run.code, Some(3), "{}", run.stdout);
    assert_eq!(gaps(&machine(&run)), [r"1 key is under an unknown root “HKEY_LOCAL_MACHINE\FOO”"]);
    assert!(!judged(&text, &[]).stdout.contains("NO LICENSING KEYS"));
    // Two hives of one kind in one file are two machines.
    let second = format!(
        "{HEADER}[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\{CORE}]\r\n\"LicensingMode\"=dword:00000004\r\n\r\n\
         [HKEY_LOCAL_MACHINE\\OFFLINE\\ControlSet001\\{CORE}]\r\n\"LicensingMode\"=dword:00000005\r\n"
    );
    let run = judged(&second, &["--format=json"]);
    assert_eq!(run.code, Some(3), "{}", run.stdout);
    assert!(gaps(&machine(&run))[0].contains(r"a second hive of the kind HKLM\SYSTEM"), "{}", run.stdout);
}

#[test]
fn a_file_written_by_echo_50() {
    let run = doctor("50-reg-written-by-echo/echo.reg", ["--format=json"]);
    let found = machine(&run);
    assert!(rules(&found).contains(&"RDSL-001".to_owned()), "{}", run.stdout);
    assert_eq!(found["settings"]["license_servers"]["winner"], "policy");
    // Spaces after each line, in every encoding.
    let text = format!(
        "Windows Registry Editor Version 5.00 \t\r\n \r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\{CORE}] \r\n\
         \"LicensingMode\"=dword:00000005 \r\n"
    );
    let wide: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [text.clone().into_bytes(), format!("\u{feff}{text}").into_bytes(), wide] {
        let folder = folder();
        let file = folder.path().join("echo.reg");
        write(&file, bytes);
        let run = on(&file, &["--format=json"]);
        assert!(rules(&machine(&run)).contains(&"RDSL-001".to_owned()), "{}", run.stdout);
        assert_eq!(run.code, Some(3), "{}", run.stdout);
    }
}

#[test]
fn scripts_that_delete_51() {
    let run = doctor("51-reg-that-deletes/reset.reg", []);
    assert!(
        first_line(&run).contains("WARNING - this script deletes the grace record: that cures no cause"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("RDSL-057"), "{}", run.stdout);
    assert!(run.stdout.contains("deletes 1 value: it is a script"), "{}", run.stdout);
    let run = doctor("51-reg-that-deletes/client.reg", []);
    assert!(
        first_line(&run)
            .contains("the device becomes a new one and takes another CAL; delete LICENSE000 only")
    );
    assert!(run.stdout.contains("deletes 1 key and 1 value: it is a script"), "{}", run.stdout);
}

#[test]
fn other_deletions() {
    let script = |lines: &str| judged(&format!("{HEADER}{lines}"), &["--format=json"]);
    let hklm = "HKEY_LOCAL_MACHINE";
    let host = format!(r"{hklm}\SYSTEM\CurrentControlSet\Control\Terminal Server");
    for (lines, rule) in [
        (format!("[-{host}\\RCM\\GracePeriod]\r\n"), "RDSL-057"),
        (format!("[-{host}\\RCM]\r\n"), "RDSL-057"),
        (
            format!("[-{hklm}\\SYSTEM\\ControlSet001\\Control\\Terminal Server\\RCM\\GracePeriod]\r\n"),
            "RDSL-057",
        ),
        (format!("[-{hklm}\\SOFTWARE\\Microsoft\\MSLicensing]\r\n"), "RDSL-097"),
        (format!("[-{hklm}\\SOFTWARE\\WOW6432Node\\Microsoft\\MSLicensing\\HardwareID]\r\n"), "RDSL-097"),
        (
            format!("[-{hklm}\\SYSTEM\\CurrentControlSet\\Services\\TermServLicensing\\Parameters]\r\n"),
            "RDSL-129",
        ),
        (format!("[{host}\\RCM\\Licensing Core]\r\n\"LicensingMode\"=-\r\n"), "RDSL-019"),
        (format!("[-{hklm}\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services]\r\n"), "RDSL-019"),
    ] {
        let run = script(&lines);
        let found = machine(&run);
        assert!(rules(&found).contains(&rule.to_owned()), "{lines}: {}", run.stdout);
        assert_eq!(found["source_kind"], "script", "{lines}");
        assert_eq!(found["holds_licensing_keys"], true, "{lines}");
    }
    // A stored license alone may be deleted.
    let run = script(&format!("[-{hklm}\\SOFTWARE\\Microsoft\\MSLicensing\\Store\\LICENSE000]\r\n"));
    assert_eq!(machine(&run)["findings"][0]["severity"], "info", "{}", run.stdout);
}

#[test]
fn lost_lines_80() {
    let run = doctor("80-reg-partly-unread/smart-quotes.reg", ["--format=json"]);
    assert_eq!(run.code, Some(3), "{}", run.stdout);
    let found = machine(&run);
    assert_eq!(
        gaps(&found),
        ["line 4 could not be read (neither key, value nor comment); it seems to set LicensingMode"]
    );
    // What could be read is reported, and what could not is not taken for absent.
    assert_eq!(found["settings"]["license_servers"]["winner"], "policy");
    assert_eq!(found["settings"]["licensing_mode"]["effective"], "unknown");
    assert_eq!(found["is_complete"], false);

    let run = doctor("80-reg-partly-unread/truncated.reg", ["--format=json"]);
    assert_eq!(run.code, Some(3), "{}", run.stdout);
    let found = machine(&run);
    assert_eq!(
        gaps(&found),
        [
            "line 4 could not be read (the file ends in the middle of the data); it seems to set SpecifiedLicenseServers"
        ]
    );
    assert!(notes(&found).iter().any(|note| note.contains("ends in the middle")), "{}", run.stdout);
    assert_eq!(found["settings"]["license_servers"]["candidates"][0]["value"], serde_json::json!(["ls1"]));
}

#[test]
fn other_lost_lines() {
    let hwid = format!("{HEADER}[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\MSLicensing\\HardwareID]\r\n");
    for end in [
        "\"ClientHWID\"=hex:01,00,02,00,\\\r\n",
        "\"ClientHWID\"=hex:01,00,02,00,\\\r\n  11,2",
        "\"ClientHWID\"=hex:01,00,02,",
        "\"ClientHWID\"=hex:01,00,02,00,\r\n  11,22,\r\n  33,44\r\n",
        "\"ClientHWID\"=hex:01,zz\r\n",
        "\"ClientHWID\"=hex:01,00,02,00,\\\r\nxx\r\n",
    ] {
        let run = judged(&format!("{hwid}{end}"), &["--format=json"]);
        let found = machine(&run);
        assert_eq!(run.code, Some(3), "{end}: {}", run.stdout);
        assert_eq!(rules(&found), [""; 0], "{end}");
        assert!(gaps(&found)[0].ends_with("it seems to set ClientHWID"), "{end}: {:?}", gaps(&found));
    }
    // The file ends within a key line or a name.
    let core = format!("[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\{CORE}]\r\n");
    for end in [
        "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Term".to_owned(),
        format!("{core}\"Licensing"),
        format!("{core}\"LicensingMode\"=dword:0000"),
        format!("{core}\"LicensingMode\"=dw"),
    ] {
        let run = judged(&format!("{HEADER}{end}"), &["--format=json"]);
        assert_eq!(run.code, Some(3), "{end}: {}", run.stdout);
        assert_eq!(gaps(&machine(&run)).len(), 1, "{end}: {:?}", gaps(&machine(&run)));
        assert!(!judged(&format!("{HEADER}{end}"), &[]).stdout.contains("NO LICENSING KEYS"), "{end}");
    }
    // Lines of keys that do not matter are only noted.
    let text = format!(
        "{HEADER}[HKEY_LOCAL_MACHINE\\SOFTWARE\\Contoso]\r\nnonsense\r\n\r\n\
         [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\{CORE}]\r\n\"LicensingMode\"=dword:00000002\r\n"
    );
    let run = judged(&text, &["--format=json"]);
    assert_eq!((run.code, gaps(&machine(&run))), (Some(3), vec![]), "{}", run.stdout);
}

/// `fix set-mode` with a journal beside the file.
fn apply_mode(file: &Path) -> Run {
    let state = file.parent().unwrap().join("state");
    let arguments = ["fix", "set-mode", "--apply", "--journal"].map(std::path::PathBuf::from);
    rdscal(arguments.into_iter().chain([state, file.to_owned(), "per-user".into()]))
}

#[test]
fn a_line_that_could_not_be_read_is_not_changed() {
    for line in ["“LicensingMode”=dword:00000005", "\"LicensingMode\"=dword:0000000g"] {
        let folder = folder();
        let file = folder.path().join("test.reg");
        let text = format!("{HEADER}[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\{CORE}]\r\n{line}\r\n");
        write(&file, text.clone().into_bytes());
        let run = apply_mode(&file);
        assert_eq!(run.code, Some(1), "{run:?}");
        assert!(run.stderr.contains("line 4 could not be read"), "{run:?}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    }
}

#[test]
fn loaded_hives_are_changed_in_their_own_spelling() {
    let folder = folder();
    let file = folder.path().join("loaded.reg");
    std::fs::copy(super::folder().join("46-reg-of-loaded-hives/loaded.reg"), &file).unwrap();
    let run = apply_mode(&file);
    assert_eq!(run.code, Some(0), "{run:?}");
    let bytes = std::fs::read(&file).unwrap();
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    let text = String::from_utf16(&units).unwrap();
    assert!(text.contains("\"LicensingMode\"=dword:00000004"), "{text}");
    assert_eq!(text.matches("[HKEY_LOCAL_MACHINE\\OFFLINE\\ControlSet001").count(), 2, "{text}");
    assert!(!text.contains("SYSTEM"), "{text}");
}

#[test]
fn hives_of_two_machines_in_one_folder_are_not_merged() {
    let other = HOST.replace("\"HOST\"", "\"OTHER\"")
        + "\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Group Policy\\State\\Machine]\r\n\
           \"Distinguished-Name\"=\"CN=OTHER,OU=Hosts,DC=contoso,DC=example\"\r\n";
    let folder = folder();
    for (text, hive) in [(HOST, "SYSTEM"), (&*other, "SOFTWARE")] {
        let (_, bytes) =
            hives(&crate::support::machine(text)).into_iter().find(|(name, _)| *name == hive).unwrap();
        write(folder.path().join(hive), bytes);
    }
    let run = on(folder.path(), &["--format=json"]);
    assert_eq!(run.code, Some(3), "{}", run.stdout);
    let unread = &machine(&run)["unread"][0];
    assert!(
        unread["reason"].as_str().unwrap().contains("from HOST and the SOFTWARE hive from OTHER"),
        "{unread}"
    );
    // So are exports: nothing else shows that they do not belong together.
    let (system, software) = other.split_once("[HKEY_LOCAL_MACHINE\\SOFTWARE").unwrap();
    let folder_of_exports = crate::support::folder();
    let system = system.replace("\"OTHER\"", "\"HOST\"");
    let software = format!("{HEADER}[HKEY_LOCAL_MACHINE\\SOFTWARE{software}");
    assert!(!software.contains("\\SYSTEM"), "{software}");
    write(folder_of_exports.path().join("a.reg"), system);
    write(folder_of_exports.path().join("b.reg"), software);
    let run = on(folder_of_exports.path(), &["--format=json"]);
    assert_eq!(run.json()["machines"].as_array().unwrap().len(), 2, "{}", run.stdout);
    // The hives of one machine are judged together.
    let folder = crate::support::folder();
    write_hives(folder.path(), "", &crate::support::machine(&other));
    let run = on(folder.path(), &["--format=json"]);
    assert_eq!(machine(&run)["unread"], serde_json::json!([]), "{}", run.stdout);
}

#[test]
fn the_mode_in_a_partial_export_82() {
    let run = doctor("82-mode-in-a-partial-export", []);
    assert!(first_line(&run).contains("WARNING - no licensing mode is configured"), "{}", run.stdout);
    assert!(run.stdout.contains("unless a Group Policy, which this source does not show"), "{}", run.stdout);
}

#[test]
fn a_system_hive_alone_43() {
    let run = doctor("43-system-hive-only", ["--format=json"]);
    let found = rules(&machine(&run));
    for rule in ["RDSL-001", "RDSL-020", "RDSL-040"] {
        assert!(found.contains(&rule.to_owned()), "{rule}: {found:?}");
    }
    let findings = machine(&run)["findings"].as_array().unwrap().clone();
    for finding in findings.iter().filter(|finding| finding["rule"] != "RDSL-042") {
        if ["RDSL-001", "RDSL-020", "RDSL-040"].contains(&finding["rule"].as_str().unwrap()) {
            assert_eq!(finding["severity"], "warning", "{finding}");
            assert!(finding["notes"].to_string().contains("unless a Group Policy"), "{finding}");
        }
    }
}

#[test]
fn windows_11_by_build_58() {
    for arguments in [["doctor"], ["show"]] {
        let run = crate::support::rdscal_in(
            &super::folder(),
            arguments.iter().copied().chain(["58-windows-11-called-10/input", "--width=200"]),
        );
        let line = run.stdout.lines().find(|line| line.contains("Machine")).unwrap_or_default();
        assert!(line.contains("Windows 11 Pro, build 22631"), "{}", run.stdout);
        assert!(line.contains("(ProductName says Windows 10 Pro)"), "{}", run.stdout);
    }
    let run = doctor("58-windows-11-called-10", ["--format=json"]);
    assert_eq!(machine(&run)["product"]["marketing_name"], "Windows 11 Pro");
    assert_eq!(machine(&run)["product"]["name"], "Windows 10 Pro");
}

#[test]
fn a_line_break_breaks_no_line_57() {
    let raw = "ls1.contoso.com\r\nls2";
    let broken = "ls1.contoso.com\nls2";
    for format in ["text", "csv", "html", "sarif", "json"] {
        let run = doctor("57-line-break-shown-raw", [&format!("--format={format}")]);
        assert!(!run.stdout.contains(raw) && !run.stdout.contains(broken), "{format}: {}", run.stdout);
    }
    let run = doctor("57-line-break-shown-raw", []);
    let servers: Vec<_> = run.stdout.lines().filter(|line| line.contains("ls2.contoso.com")).collect();
    assert!(servers.iter().all(|line| line.contains(r"ls1.contoso.com\u{d}\u{a}ls2")), "{servers:?}");
    for command in [
        vec!["show", "57-line-break-shown-raw/input"],
        vec!["diff", "57-line-break-shown-raw/input", "58-windows-11-called-10/input"],
        vec!["fix", "tidy-servers", "57-line-break-shown-raw/input"],
    ] {
        let run = crate::support::rdscal_in(&super::folder(), command.iter().copied());
        for text in [&run.stdout, &run.stderr] {
            assert!(!text.contains(raw) && !text.contains(broken), "{command:?}: {text}");
        }
    }
}

#[test]
fn two_customers_with_one_name_91() {
    let run = doctor("91-two-customers-one-name", ["--format=json"]);
    assert_eq!(run.json()["fleet_findings"], serde_json::json!([]), "{}", run.stdout);
    // The table shows whose machine each is.
    let run = doctor("91-two-customers-one-name", []);
    let shown = run.stdout.replace('\\', "/");
    for customer in ["shop1", "shop2"] {
        assert!(shown.contains(&format!("(91-two-customers-one-name/{customer})")), "{shown}");
    }
    // Compared as one group, the two captures of one name disagree.
    let run = doctor("91-two-customers-one-name", ["--format=json", "--group-by=none"]);
    assert_ne!(run.json()["fleet_findings"], serde_json::json!([]), "{}", run.stdout);
    let run = doctor("91-two-customers-one-name", ["--format=csv"]);
    let shown = run.stdout.replace('\\', "/");
    assert!(shown.contains(",91-two-customers-one-name/shop2,"), "{shown}");
}

/// A session host with a mode and a list, as `reg export` writes it.
const CONFIGURED: &str = "Windows Registry Editor Version 5.00\r\n\r\n\
    [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server]\r\n\
    \"TSAppCompat\"=dword:00000001\r\n\
    \"fDenyTSConnections\"=dword:00000001\r\n\r\n\
    [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\RCM]\r\n\r\n\
    [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\RCM\\Licensing Core]\r\n\
    \"LicensingMode\"=dword:00000004\r\n\r\n\
    [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters\\LicenseServers]\r\n\
    \"SpecifiedLicenseServers\"=hex(7):6c,00,73,00,31,00,00,00,00,00\r\n";

#[test]
fn what_a_cut_file_lacks_is_not_absent() {
    let mut tried = 0;
    for (end, _) in CONFIGURED.char_indices().skip(120) {
        let cut = &CONFIGURED[..end];
        let run = judged(cut, &["--format=json"]);
        let machine = machine(&run);
        // A cut behind a complete line leaves no trace.
        if gaps(&machine).is_empty() {
            continue;
        }
        tried += 1;
        let found = rules(&machine);
        for rule in ["RDSL-001", "RDSL-020"] {
            assert!(!found.contains(&rule.to_owned()), "{rule} in a file that ends with {cut:?}");
        }
    }
    assert!(tried > 300, "{tried}");
}

#[test]
fn refused_connections_are_named_before_other_warnings() {
    let run = judged(CONFIGURED, &[]);
    assert!(first_line(&run).contains("refuses all Remote Desktop connections"), "{}", first_line(&run));
}

/// A client edition of Windows cannot be a license server, so that service is not what is missing.
#[test]
fn a_client_is_asked_for_its_licenses() {
    let text = format!(
        "{HEADER}[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\ProductOptions]\r\n\
         \"ProductType\"=\"WinNT\"\r\n"
    );
    let run = judged(&text, &[]);
    assert!(
        first_line(&run).ends_with(
            "cannot be determined: the license store is missing from this source; this machine is a client"
        ),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout.contains("reg export \"HKLM\\SOFTWARE\\Microsoft\\MSLicensing\" client.reg"),
        "{}",
        run.stdout
    );
    assert_eq!(run.code, Some(3));
}
