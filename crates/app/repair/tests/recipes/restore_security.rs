use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use nt::security::SecurityDescriptor;
use regf::Hive;
use repair::{Arguments, Refusal};

use crate::{plan, shown};

fn key(name: &str) -> Arguments {
    Arguments::default().with("key", name)
}

const VERSION: &str = r#"
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="6.3"
"CurrentBuild"="17763"
"ProductName"="Windows Server 2019 Standard"
"#;

/// A host of this version with these security descriptors.
fn host(version: &str, build: &str, security: &[(&str, &str)]) -> String {
    let mut text =
        format!(";; source: access lists as measured, changed by hand\n;; covers: HKLM\\SYSTEM\n{VERSION}");
    text = text.replace("6.3", version).replace("17763", build);
    for (name, sddl) in security {
        let path = format!("SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\RCM{name}");
        writeln!(text, ";; security: HKLM\\{path} = {sddl}\n\n[HKEY_LOCAL_MACHINE\\{path}]\n").unwrap();
    }
    text
}

/// The descriptor after a typical hardening template: SYSTEM, Administrators, Users.
const HARDENED: &str = "O:SYG:SYD:P(A;CI;KA;;;SY)(A;CI;KA;;;BA)(A;CI;KR;;;BU)";
/// The descriptor after public scripts that take ownership.
const TAKEN: &str = "O:BAG:NSD:(A;CI;KA;;;BA)(A;CI;KA;;;NS)(A;CI;KA;;;SY)";

#[test]
fn the_service_may_write_rcm_again() {
    insta::assert_snapshot!(shown(&plan(
        "restore-security",
        &key("rcm"),
        &host("6.3", "17763", &[("", HARDENED)])
    )));
}

#[test]
fn the_grace_key_gets_its_owner_back() {
    let host = host("6.3", "17763", &[("\\GracePeriod", TAKEN)]);
    insta::assert_snapshot!(shown(&plan("restore-security", &key("grace-period"), &host)));
    let path = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod";
    assert_eq!(
        plan("restore-security", &key(path), &host).unwrap().steps,
        plan("restore-security", &key("grace-period"), &host).unwrap().steps
    );
}

#[test]
fn a_default_is_chosen_by_version() {
    let owner = |version: &str, build: &str, name: &str| {
        let text = host(version, build, &[("", HARDENED), ("\\Licensing Core", HARDENED)]);
        let plan = plan("restore-security", &key(name), &text);
        plan.map(|plan| match &plan.steps[0].change {
            snapshot::Change::Security { after, .. } => {
                SecurityDescriptor::from_bytes(after.bytes()).unwrap().to_sddl().unwrap()
            }
            other => panic!("{other}"),
        })
    };
    let (windows_7, windows_8, windows_10) = (
        owner("6.1", "7601", "rcm").unwrap(),
        owner("6.3", "9600", "rcm").unwrap(),
        owner("6.3", "14393", "rcm").unwrap(),
    );
    assert!(windows_7.starts_with("O:BAG:BA") && windows_8.starts_with("O:SYG:SY"));
    assert!(windows_10.contains("S-1-15-3-1024-") && !windows_8.contains("S-1-15-3-1024-"));
    assert!(!windows_7.contains(";;;MS)") && windows_8.contains(";;;MS)"));
    for (version, build) in [("6.0", "6002"), ("5.2", "3790")] {
        assert!(matches!(owner(version, build, "rcm"), Err(Refusal::Guard { .. })), "{version}");
    }
}

#[test]
fn an_unknown_version_is_not_guessed() {
    let text = host("6.3", "17763", &[("", HARDENED)]);
    let (system, _) = text.split_once("[HKEY_LOCAL_MACHINE\\SOFTWARE").unwrap();
    let rest = text.split_once(";; security").unwrap().1;
    let unknown = format!("{}\n;; security{rest}", system.replace(";; covers: HKLM\\SOFTWARE\n", ""));
    insta::assert_snapshot!(shown(&plan("restore-security", &key("rcm"), &unknown)));
}

#[test]
fn what_is_as_by_default_is_left_alone() {
    let text = host("6.3", "17763", &[("\\Secrets", "O:NSG:NSD:(A;;KA;;;NS)(A;;KA;;;SY)")]);
    insta::assert_snapshot!(shown(&plan("restore-security", &key("secrets"), &text)), @r"refused: nothing to do: HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Secrets has its default owner and access list");
}

#[test]
fn only_keys_whose_default_is_known() {
    for odd in ["", "RCM\\Other", r"HKLM\SYSTEM\CurrentControlSet\Services\TermService"] {
        let text = host("6.3", "17763", &[]);
        assert!(matches!(plan("restore-security", &key(odd), &text), Err(Refusal::Usage(_))), "{odd}");
    }
}

#[test]
fn without_descriptors_nothing_is_changed() {
    let text = host("6.3", "17763", &[])
        + "\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\RCM]\n";
    insta::assert_snapshot!(shown(&plan("restore-security", &key("rcm"), &text)), @r"refused: this source does not show it: owner and access list of HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM (not in this source)");
}

const CLIENT: &str = r#"
;; source: the list that a key below SOFTWARE inherits
;; covers: HKLM\SOFTWARE
;; security: HKLM\SOFTWARE\Microsoft\MSLicensing = O:BAG:SYD:AI(A;CIID;KR;;;BU)(A;CIID;KA;;;BA)(A;CIID;KA;;;SY)
;; security: HKLM\SOFTWARE\Microsoft\MSLicensing\Store = O:BAG:SYD:AI(A;CIID;KR;;;BU)(A;CIID;KA;;;BA)(A;CIID;KA;;;SY)
;; security: HKLM\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000 = O:BAG:SYD:AI(A;CIID;KA;;;BU)

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000]
"LicenseScope"=hex:00
"#;

#[test]
fn users_may_write_the_client_store() {
    insta::assert_snapshot!(shown(&plan("restore-security", &key("client-store"), CLIENT)));
}

#[test]
fn what_somebody_denied_stays_denied() {
    let denied = CLIENT.replace("MSLicensing = O:BAG:SYD:AI", "MSLicensing = O:BAG:SYD:AI(D;CI;KW;;;BU)");
    insta::assert_snapshot!(shown(&plan("restore-security", &key("client-store"), &denied)));
}

/// The folder of shared test data; `None`, with a message, if it is missing and not required.
fn hives() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared");
    let folder = std::env::var_os("RDSCAL_SHARED").map_or(beside, PathBuf::from).join("corpus/hives");
    if folder.is_dir() {
        return Some(folder);
    }
    let missing = format!("not run: no hives in {} (set RDSCAL_SHARED)", folder.display());
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{missing}");
    eprintln!("{missing}");
    None
}

#[test]
fn the_defaults_are_those_of_real_hives() {
    let Some(hives) = hives() else { return };
    for (hive, version, build) in [("win7", "6.1", "7601"), ("win10-1709", "6.3", "16299")] {
        let bytes = std::fs::read(hives.join(hive).join("SYSTEM")).unwrap();
        let system = Hive::open(&bytes[..]).unwrap();
        for (name, below) in [("rcm", ""), ("licensing-core", "\\Licensing Core"), ("secrets", "\\Secrets")] {
            let key_path = format!("ControlSet001\\Control\\Terminal Server\\RCM{below}");
            let found = system.find(&key_path).unwrap().unwrap();
            let descriptor =
                SecurityDescriptor::from_bytes(found.security_bytes().unwrap().unwrap()).unwrap();
            let text = host(version, build, &[(below, &descriptor.to_sddl().unwrap())]);
            let result = plan("restore-security", &key(name), &text);
            assert!(matches!(result, Err(Refusal::NothingToDo(_))), "{hive} {name}: {}", shown(&result));
        }
    }
}
