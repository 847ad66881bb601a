//! Group Policy: policy files, preferences, and values of the policy key.

use super::{doctor, first_line, folder};
use crate::policies::{KEY, pol, text};
use crate::support::{self, Run, rdscal, rdscal_in, write};

fn lint(path: &str) -> Run {
    rdscal_in(&folder(), ["policy", "lint", path])
}

/// `policy lint` of the bytes of one policy file with this name.
fn lint_of(name: &str, bytes: impl AsRef<[u8]>) -> Run {
    let folder = support::folder();
    let file = write(folder.path().join(name), bytes);
    rdscal(["policy", "lint", file.to_str().unwrap()])
}

/// The text without line breaks and indentation.
fn flowing(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn has_line(run: &Run, start: &str) -> bool {
    run.stdout.lines().any(|line| line.starts_with(start))
}

const MODE: &[u8] = &[4, 0, 0, 0];

#[test]
fn a_misspelled_value_of_the_policy_key_is_named_39() {
    let run = doctor("39-policy-value-LicenseMode", []);
    let named =
        "“LicenseMode” is not a policy value that Windows reads; the intended name is “LicensingMode”";
    assert!(run.stdout.contains(named), "{}", run.stdout);
    assert!(run.stdout.contains("RDSL-001"), "{}", run.stdout);
    assert_eq!(run.code, Some(3), "two warnings, and the grace period is not shown");
}

#[test]
fn servers_in_subkeys_of_the_policy_key_are_named_41() {
    let run = doctor("41-policy-servers-as-subkeys", []);
    let named = r"Windows does not read license servers from HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services\LicenseServers (subkeys ls1.contoso.com)";
    assert!(run.stdout.contains(named), "{}", run.stdout);
    assert!(run.stdout.contains("RDSL-020"), "{}", run.stdout);
}

#[test]
fn the_list_on_a_license_server_has_the_wrong_type_42() {
    let run = doctor("42-license-server-list-as-text", []);
    let named = "the list of other license servers that may connect to this license server is a REG_SZ";
    assert!(run.stdout.contains(named), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
    let path = r"HKLM\SYSTEM\CurrentControlSet\Services\TermServLicensing\Parameters\SpecifiedLicenseServers";
    let explained = rdscal(["explain", path]);
    assert!(explained.stdout.contains("other license servers"), "{}", explained.stdout);
}

#[test]
fn a_root_key_in_a_policy_file_is_an_error_63() {
    let run = lint("63-pol-key-with-hklm/Registry.pol");
    let found =
        r"ERROR RDSL-207 the key “HKLM:\Software\Policies\Microsoft\Windows NT\Terminal Services” at byte 8";
    assert!(run.stdout.contains(found), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
    let run = doctor("63-pol-key-with-hklm/Registry.pol", []);
    assert!(first_line(&run).contains(": ERROR - the key “HKLM:"), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
}

#[test]
fn every_notation_of_a_root_key_is_an_error() {
    for root in [
        r"HKLM\",
        r"hklm:\",
        r"HKEY_LOCAL_MACHINE\",
        r"MACHINE\",
        r"Registry::HKEY_LOCAL_MACHINE\",
        r"\Registry\Machine\",
        r"Computer\HKEY_LOCAL_MACHINE\",
        r"HKCU:\",
    ] {
        // A key that has nothing to do with licensing stops Group Policy as well.
        for below in [KEY, r"Software\Policies\Example"] {
            let run = lint_of("Registry.pol", pol(&[(&format!("{root}{below}"), "a", 4, MODE)]));
            assert!(run.stdout.contains("ERROR RDSL-207"), "{root}{below}: {}", run.stdout);
            assert_eq!(run.code, Some(1), "{root}");
        }
    }
}

#[test]
fn text_in_single_bytes_is_an_error_67() {
    let run = lint("67-pol-text-as-single-bytes/Registry.pol");
    assert!(run.stdout.contains("ERROR RDSL-025"), "{}", run.stdout);
    assert!(run.stdout.contains("the intended names: “ls1.contoso.com”"), "{}", run.stdout);
    assert!(!run.stdout.contains("RDSL-034") && !run.stdout.contains("RDSL-197"), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
}

#[test]
fn keys_with_backslashes_are_read_and_warned_of_72() {
    let run = lint("72-pol-key-with-backslashes/Registry.pol");
    assert!(has_line(&run, "WARNING RDSL-207"), "{}", run.stdout);
    assert!(run.stdout.contains("of which 1 sets licensing values"), "{}", run.stdout);
    assert_eq!(run.code, Some(0), "{}", run.stdout);
    let shown = rdscal_in(&folder(), ["policy", "show", "72-pol-key-with-backslashes/Registry.pol"]).stdout;
    assert!(shown.contains("LicensingMode = 4") && shown.contains("ls1.contoso.com"), "{shown}");
    let judged = rdscal_in(&folder(), ["show", "72-pol-key-with-backslashes/Registry.pol"]).stdout;
    assert!(judged.contains("Per User") && judged.contains("ls1.contoso.com"), "{judged}");
    let doubled = KEY.replace('\\', r"\\");
    let run = lint_of("Registry.pol", pol(&[(&doubled, "LicensingMode", 4, MODE)]));
    assert!(run.stdout.contains("WARNING RDSL-207") && run.stdout.contains("1 sets"), "{}", run.stdout);
}

#[test]
fn preferences_are_shown_and_judged_68() {
    let shown = rdscal_in(&folder(), ["policy", "show", "68-preferences-registry-xml/input"]);
    assert!(shown.stdout.starts_with("1 of 1 policy object sets licensing values"), "{}", shown.stdout);
    for part in
        ["LicensingMode = 2 (Per Device (2)) in HKLM", "ls-old.contoso.com", "written again at each refresh"]
    {
        assert!(flowing(&shown.stdout).contains(part), "{part}: {}", shown.stdout);
    }
    assert_eq!(shown.code, Some(0));
    let run = lint("68-preferences-registry-xml/input");
    assert_eq!(run.stdout.matches("WARNING RDSL-201").count(), 2, "{}", run.stdout);
    assert!(run.stdout.contains("in 1 policy file, of which 1 sets licensing values"), "{}", run.stdout);
    assert_eq!(run.code, Some(0), "{}", run.stdout);
}

#[test]
fn a_lone_file_of_preferences() {
    let item = |attributes: &str, action: &str, name: &str, rest: &str| {
        format!(
            "<Registry name=\"x\" {attributes}><Properties action=\"{action}\" hive=\"HKEY_LOCAL_MACHINE\" \
             key=\"SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\RCM\\Licensing Core\" name=\"{name}\" \
             type=\"REG_DWORD\" value=\"00000009\"/>{rest}</Registry>"
        )
    };
    let xml = |items: &str| format!("<?xml version=\"1.0\"?><RegistrySettings>{items}</RegistrySettings>");
    let targeted = item("removePolicy=\"1\"", "R", "LicensingMode", "<Filters><FilterOs/></Filters>");
    let folder = support::folder();
    let file =
        write(folder.path().join("Registry.xml"), xml(&format!("<Collection>{targeted}</Collection>")));
    let file = file.to_str().unwrap();
    let shown = flowing(&rdscal(["policy", "show", file]).stdout);
    assert!(shown.contains("targeting") && shown.contains("Replace"), "{shown}");
    let run = rdscal(["policy", "lint", file]);
    assert!(run.stdout.contains("ERROR RDSL-002") && run.stdout.contains("RDSL-201"), "{}", run.stdout);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    let run = lint_of("Registry.xml", xml(&item("disabled=\"1\"", "U", "LicensingMode", "")));
    assert_eq!((run.code, run.stdout.contains("RDSL-")), (Some(0), false), "{}", run.stdout);
    let run = lint_of("Registry.xml", "<Files/>");
    assert_eq!(run.code, Some(3), "{}", run.stdout);
}

#[test]
fn lgpo_text_is_read_69() {
    let run = lint("69-lgpo-text-linted/lgpo.txt");
    assert!(run.stdout.contains("RDSL-008"), "{}", run.stdout);
    assert!(!run.stdout.contains("damaged at"), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
    let run = doctor("69-lgpo-text-linted/lgpo.txt", []);
    assert!(run.stdout.contains("RDSL-008"), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
    let shown = rdscal_in(&folder(), ["policy", "show", "69-lgpo-text-linted/lgpo.txt"]);
    assert!(shown.stdout.contains("LicensingMode = 9"), "{}", shown.stdout);
    // A folder is searched for such text, and a text that is something else is not a policy file.
    assert!(lint("69-lgpo-text-linted").stdout.contains("RDSL-008"));
    let other = lint_of("notes.txt", "Computer\r\nscience\r\n");
    assert_eq!((other.code, other.stdout.contains("damaged")), (Some(3), false), "{}", other.stdout);
    let broken =
        format!("Computer\r\n{KEY}\r\nLicensingMode\r\nDWORD:4\r\n\r\nUser\r\n{KEY}\r\nx\r\nNONSENSE\r\n");
    let broken = lint_of("x.txt", broken);
    assert!(broken.stdout.contains("expected an action") && broken.code == Some(3), "{}", broken.stdout);
}

/// The layout of `samba-tool gpo backup`: each file as a copy, and as XML.
#[test]
fn a_backup_by_samba() {
    let folder = support::folder();
    let at = folder.path().join("policy/{11111111-0000-0000-0000-000000000001}");
    write(at.join("GPT.INI.SAMBABACKUP"), "[General]\r\nVersion=2\r\n");
    write(at.join("GPT.INI.xml"), "<?xml version=\"1.0\"?><IniFile/>");
    let file = pol(&[(KEY, "LicensingMode", 4, MODE), (KEY, "LicenseServers", 1, &text("rdls1"))]);
    let copy = write(at.join("MACHINE/Registry.pol.SAMBABACKUP"), file);
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<PolFile num_entries=\"1\" signature=\"PReg\" version=\"1\">\n\
         <Entry type=\"4\" type_name=\"REG_DWORD\">\n<Key>{KEY}</Key>\n<ValueName>LicensingMode</ValueName>\n\
         <Value>2</Value>\n</Entry>\n</PolFile>\n"
    );
    let xml = write(at.join("MACHINE/Registry.pol.xml"), xml);
    let show = || rdscal(["policy", "show", folder.path().to_str().unwrap()]).stdout;
    let shown = show();
    assert!(shown.contains("LicensingMode = 4") && shown.contains("rdls1"), "{shown}");
    assert!(shown.contains("computer 2") && !shown.contains("Per Device"), "{shown}");
    std::fs::remove_file(copy).unwrap();
    let shown = show();
    assert!(shown.contains("LicensingMode = 2"), "{shown}");
    let alone = rdscal(["policy", "show", xml.to_str().unwrap()]).stdout;
    assert!(alone.contains("LicensingMode = 2"), "{alone}");
}

/// A policy that is disabled deletes the value. The first line does not suggest that it configures the hosts.
#[test]
fn a_policy_file_that_only_deletes_configures_nothing() {
    let folder = support::folder();
    let bytes = pol(&[(KEY, "**del.LicensingMode", 1, &text(" "))]);
    let file = write(folder.path().join("Registry.pol"), bytes);
    let run = rdscal(["doctor".as_ref(), "--width=1000".as_ref(), file.as_os_str()]);
    assert!(
        first_line(&run).contains(
            "no fault was found in this policy file, which sets neither a licensing mode nor a license server ("
        ),
        "{}",
        run.stdout
    );
}
