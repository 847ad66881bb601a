//! Every recipe on real SYSTEM hives of several generations, applied and undone.
//!
//! The hives come from untouched clients, so each copy first receives what a recipe fixes: stray settings, an
//! untidy list, a grace record, a store of client licenses. Afterwards the hive must equal the original in
//! every key, value, type, data, order and descriptor.

use std::collections::BTreeSet;
use std::fs;

use nt::security::SecurityDescriptor;
use regf::edit::{HiveFiles, Options};
use repair::{ApplyError, Refusal};
use snapshot::{FileTime, MultiString, Text};

use crate::machine::{Host, NOW, corpus};
use crate::shared::{STORE, asked};

const SET: &str = "ControlSet001";
const RECORD: &str = "L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588";

/// A version of Windows: the folder of its hive, the files, its version, and the recipes that do not apply to
/// it.
struct Windows {
    set: &'static str,
    files: &'static [&'static str],
    version: &'static str,
    name: &'static str,
    not_for_it: &'static [&'static str],
}

const WINDOWS: [Windows; 3] = [
    Windows {
        set: "winxp",
        files: &["SYSTEM"],
        version: "5.1",
        name: "Microsoft Windows XP",
        // Its grace record is a secret of the system, its server lists are keys, and its default security
        // descriptors are unknown.
        not_for_it: &["reset-grace", "restore-security"],
    },
    Windows {
        set: "win7",
        files: &["SYSTEM"],
        version: "6.1",
        name: "Windows 7 Professional",
        not_for_it: &[],
    },
    Windows {
        set: "win10-dirty",
        files: &["SYSTEM", "SYSTEM.LOG1", "SYSTEM.LOG2"],
        version: "6.3",
        name: "Windows 10 Pro",
        // It has no host certificate yet.
        not_for_it: &["reset-host-certificates"],
    },
];

fn software(windows: &Windows) -> Vec<u8> {
    let text = format!(
        r#"
;; source: licensing.md 3.1; a store as a client has it, with a license that is none
[HKEY_LOCAL_MACHINE\SOFTWARE\Classes]

[HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services]

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="{}"
"ProductName"="{}"

{STORE}"#,
        windows.version, windows.name
    );
    let machine = fixture::parse(&text).unwrap().machines.remove(0);
    fixture::hives::hives(&machine).unwrap().remove(0).1
}

/// Adds to the copy what the recipes fix.
fn prepare(host: &Host, windows: &Windows) {
    let mut files = HiveFiles::open(host.hives().join("SYSTEM")).unwrap();
    let options = Options { accept_transactions: true, ..Options::default() };
    let mut editor = files.edit(options).unwrap();
    let units = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
    // 200 days ago, so that a grace period that began then has expired.
    let then = FileTime(NOW.0 - 200 * 24 * 3600 * 10_000_000);
    let mut set = |key: &str, name: &str, kind: u32, data: &[u8]| {
        let key = editor.create_path(&format!(r"{SET}\{key}"), then).unwrap();
        editor.set_value(key, &units(name), kind, data, then).unwrap();
    };
    let parameters = r"Services\TermService\Parameters";
    if windows.version == "5.1" {
        // This generation has one key per server.
        for name in ["srv1.contoso.example", " srv1.contoso.example "] {
            set(&format!(r"{parameters}\LicenseServers\{name}"), "", 1, &Text::encode(""));
        }
    } else {
        let list = MultiString::encode(&["  srv1.contoso.example ", "", "srv1.contoso.example"]);
        set(&format!(r"{parameters}\LicenseServers"), "SpecifiedLicenseServers", 7, &list);
    }
    set(parameters, "SpecifiedLicenseServers", 7, &MultiString::encode(&["srv9"]));
    set(r"Control\Terminal Server\RCM\LicenseServers\srv8", "", 1, &Text::encode(""));
    set(r"Control\Terminal Server\RCM\GracePeriod", RECORD, 3, &[7; 230]);
    set(r"Services\TermServLicensing", "Start", 4, &[2, 0, 0, 0]);
    set(
        r"Services\TermServLicensing\Parameters",
        "DBPath",
        2,
        &Text::encode(r"%SystemRoot%\System32\LServer"),
    );
    if windows.version != "5.1" {
        let mode = 4_u32.to_le_bytes();
        set(r"Control\Terminal Server\RCM\Licensing Core", "LicensingMode", 4, &mode);
        let key = editor.find(&format!(r"{SET}\Control\Terminal Server\RCM")).unwrap().unwrap();
        let open = "O:BAG:SYD:(A;CI;KA;;;WD)".parse::<SecurityDescriptor>().unwrap();
        editor.set_security(key, &open.to_bytes(), NOW).unwrap();
    }
    editor.commit().unwrap().apply(&mut files).unwrap();
}

#[test]
fn every_recipe_is_taken_back_on_real_hives() {
    let names: BTreeSet<_> = asked("rcm").iter().map(|(name, _)| *name).collect();
    let all: BTreeSet<_> = repair::all().map(|recipe| recipe.name).collect();
    assert_eq!(names, all, "every recipe is asked for");
    for windows in &WINDOWS {
        let Some(folder) = corpus(&format!("hives/{}", windows.set)) else { return };
        let host = Host::of(&windows.files.iter().map(|file| folder.join(file)).collect::<Vec<_>>());
        prepare(&host, windows);
        fs::write(host.hives().join("SOFTWARE"), software(windows)).unwrap();
        let old = host.state_of_hives();
        let mut id = 0;
        for (recipe, arguments) in asked("rcm") {
            let at = format!("{recipe} on {}", windows.set);
            let plan = match host.try_plan(recipe, &arguments) {
                Ok(plan) => plan,
                Err(refusal) => {
                    eprintln!("{at}: {refusal}");
                    assert!(windows.not_for_it.contains(&recipe), "{at}: {refusal}");
                    assert!(!matches!(refusal, Refusal::Usage(_)), "{at}: {refusal}");
                    continue;
                }
            };
            assert!(!windows.not_for_it.contains(&recipe), "{at}: made a plan");
            match host.apply(&plan) {
                // A move of the database can be a plan with manual steps only.
                Err(ApplyError::ByHand) => {
                    assert_eq!(recipe, "license-server-database");
                    continue;
                }
                result => result.unwrap_or_else(|error| panic!("{at}: {error}")),
            };
            assert!(!host.state_of_hives().differences(&old).is_empty(), "{at}: nothing was changed");
            host.undo(id + 1).unwrap_or_else(|error| panic!("{at}, taking it back: {error}"));
            assert_eq!(host.state_of_hives().differences(&old), Vec::<String>::new(), "{at}");
            id += 2;
        }
        assert!(id >= 20, "{}: only {id} repairs", windows.set);
        no_secrets(&host, windows.set);
    }
}

/// Checks that the private keys of the machine are not in the journal or a backup, in any notation.
fn no_secrets(host: &Host, at: &str) {
    let secrets = licensing::places::rcm_secrets();
    let target = host.location().open([&secrets].into_iter()).unwrap();
    let Some(key) = target.key(&secrets, repair::target::Reach::Alone).unwrap() else { return };
    assert!(!key.values.is_empty(), "{at}");
    for value in &key.values {
        // Without the header of the blob, which all blobs share.
        host.keeps_to_itself(&value.bytes()[60..72], 20);
    }
}
