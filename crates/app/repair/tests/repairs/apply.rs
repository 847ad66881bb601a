use std::fs;

use licensing::places;
use repair::{ApplyError, Arguments, TargetError};
use snapshot::{Change, Security};

use crate::machine::{HOST, Host, core, corpus, create, delete, dword, set};

fn per_user() -> Arguments {
    Arguments::default().with("mode", "per-user")
}

#[test]
fn a_plan_is_carried_out_and_taken_back_and_had_again() {
    let host = Host::new();
    let old = host.state_of_hives();
    let plan = host.plan("set-mode", &per_user());
    let applied = host.apply(&plan).unwrap();
    assert_eq!(applied.id, 1);
    let snapshot = host.snapshot();
    let mode = |snapshot: &snapshot::Snapshot| {
        snapshot.key(&core()).unwrap().value("LicensingMode").unwrap().as_u32()
    };
    assert_eq!(mode(&snapshot), Some(4));
    assert!(applied.backup.join("before.reg").exists());

    assert_eq!(host.undo(1).unwrap().id, 2);
    assert_eq!(host.state_of_hives().differences(&old), Vec::<String>::new());

    host.undo(2).unwrap();
    assert_eq!(mode(&host.snapshot()), Some(4));
}

/// Changes of every kind in both hives: values in the middle of a key, keys with trees below them, security.
fn everything(host: &Host) -> Vec<Change> {
    let parameters = places::license_servers();
    let store = places::client_store().join("Store");
    let grace = places::grace_period();
    let security = host.snapshot().key(&grace).unwrap().security.clone().unwrap();
    let open = "O:BAG:SYD:(A;CI;KA;;;BA)(A;CI;KA;;;SY)".parse::<nt::security::SecurityDescriptor>().unwrap();
    let text = snapshot::Value::new("Last", snapshot::ValueType::SZ, snapshot::Text::encode("text"));
    vec![
        set(&core(), "First", Some(&dword("First", 1)), None),
        set(&core(), "LicensingMode", Some(&dword("LicensingMode", 5)), Some(&dword("LicensingMode", 4))),
        set(&core(), "Last", Some(&text), None),
        set(&core(), "New", None, Some(&dword("New", 7))),
        create(&parameters),
        set(&parameters, "SpecifiedLicenseServers", None, Some(&dword("x", 1))),
        delete(host, &store),
        Change::Security { key: grace.clone(), before: security, after: Security::new(open.to_bytes()) },
        delete_after(host, &grace, &open.to_bytes()),
    ]
}

/// The deletion of a key after a change of its security.
fn delete_after(host: &Host, key: &snapshot::KeyPath, security: &[u8]) -> Change {
    let Change::Key { key, before: Some(mut before), after } = delete(host, key) else { panic!() };
    before.security = Some(Security::new(security));
    Change::Key { key, before: Some(before), after }
}

#[test]
fn every_kind_of_change_is_taken_back_to_the_last_byte_and_place() {
    let host = Host::new();
    let old = host.state_of_hives();
    let plan = host.plan_of(everything(&host));
    host.apply(&plan).unwrap();
    let new = host.state_of_hives();
    assert!(!new.differences(&old).is_empty());
    host.undo(1).unwrap();
    assert_eq!(host.state_of_hives().differences(&old), Vec::<String>::new());
    host.undo(2).unwrap();
    assert_eq!(host.state_of_hives().differences(&new), Vec::<String>::new());
}

#[test]
fn a_machine_that_changed_is_not_touched() {
    let host = Host::new();
    let plan = host.plan("set-mode", &per_user());
    let meanwhile = host.plan_of(vec![set(
        &core(),
        "LicensingMode",
        Some(&dword("LicensingMode", 5)),
        Some(&dword("LicensingMode", 2)),
    )]);
    host.apply(&meanwhile).unwrap();
    let before = fs::read(host.hives().join("SYSTEM")).unwrap();
    let error = host.apply(&plan).unwrap_err();
    assert!(matches!(error, ApplyError::Mismatch(_)), "{error}");
    assert!(error.to_string().contains("expected REG_DWORD 5, found REG_DWORD 2"), "{error}");
    assert_eq!(fs::read(host.hives().join("SYSTEM")).unwrap(), before);
    assert_eq!(host.journal().records().len(), 1);
}

#[test]
fn an_undo_sees_that_somebody_changed_the_place_since() {
    let host = Host::new();
    host.apply(&host.plan("set-mode", &per_user())).unwrap();
    let by_hand = set(&core(), "LicensingMode", Some(&dword("", 4)), Some(&dword("", 2)));
    let other = Host::new();
    // Changed by a program that does not write the journal.
    let location = host.location();
    let mut target = location.open([&core()].into_iter()).unwrap();
    repair::apply(
        &host.plan_of(vec![by_hand]),
        &location,
        None,
        target.as_mut(),
        &mut other.journal(),
        crate::machine::NOW,
    )
    .unwrap();
    drop(target);
    let error = host.undo(1).unwrap_err();
    assert!(error.to_string().contains("expected REG_DWORD 4, found REG_DWORD 2"), "{error}");
}

#[test]
fn what_is_never_done_is_not_done_from_a_plan_either() {
    let host = Host::new();
    let before = fs::read(host.hives().join("SYSTEM")).unwrap();
    let record = "L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588";
    let bytes = |bytes: [u8; 4]| snapshot::Value::new(record, snapshot::ValueType::BINARY, bytes);
    let grace = places::grace_period();
    let store = places::client_store().join("HardwareID");
    for change in [
        // A forged expiry.
        set(&grace, record, Some(&bytes([1, 2, 3, 4])), Some(&bytes([9, 9, 9, 9]))),
        set(&grace, "Other", None, Some(&dword("Other", 1))),
        set(&core(), record, None, Some(&bytes([9, 9, 9, 9]))),
        // A hardware ID.
        create(&store),
        // Private keys, directly and through the parent key.
        create(&places::rcm_secrets()),
        delete(&host, &places::rcm()),
        // A policy value.
        create(&places::policy()),
        create(&snapshot::KeyPath::hklm(r"SECURITY\Policy\Secrets\X")),
    ] {
        let shown = change.to_string();
        let plan = host.plan_of(vec![change]);
        let error = host.apply(&plan).unwrap_err();
        let known =
            matches!(error, ApplyError::Forbidden { .. } | ApplyError::Target(TargetError::NotHere(_)));
        assert!(known, "{shown}: {error}");
    }
    assert_eq!(fs::read(host.hives().join("SYSTEM")).unwrap(), before);
    assert!(host.journal().records().is_empty());
}

/// A recipe may restore the security of the private keys; the keys themselves are never copied, not even into
/// the backup.
#[test]
fn the_security_of_secrets_is_restored_without_looking_at_them() {
    let secrets = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Secrets";
    let text = HOST.replace(
        ";; security:",
        &format!(";; security: {secrets} = O:BAG:SYD:(A;CI;KA;;;WD)\n;; security:")
            .replace("CurrentControlSet", "ControlSet001"),
    );
    let text = format!(
        "{text}\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet001\\Control\\Terminal Server\\RCM\\Secrets]\n\
         \"L$HYDRAENCKEY_28ada6da-d622-11d1-9cb9-00c04fb16e75\"=hex:c0,ff,ee,11,22,33,44,55\n"
    );
    let host = Host::with(&text);
    let old = host.state_of_hives();
    let plan = host.plan("restore-security", &Arguments::default().with("key", "secrets"));
    let applied = host.apply(&plan).unwrap();
    assert_eq!(host.state_of_hives().differences(&old).len(), 1, "its descriptor and nothing else");
    let backup = fs::read_to_string(applied.backup.join("before.json")).unwrap();
    assert!(backup.contains("withheld"), "{backup}");
    host.undo(1).unwrap();
    assert_eq!(host.state_of_hives().differences(&old), Vec::<String>::new());
    host.keeps_to_itself(&[0xc0, 0xff, 0xee, 0x11, 0x22, 0x33, 0x44, 0x55], 5);
}

#[test]
fn a_hive_in_use_is_refused() {
    let host = Host::new();
    let plan = host.plan("set-mode", &per_user());
    let location = host.location();
    let held = location.open(plan.changes().map(Change::key)).unwrap();
    let error = host.apply(&plan).unwrap_err();
    assert!(matches!(error, ApplyError::Target(TargetError::InUse(_))), "{error}");
    drop(held);
    host.apply(&plan).unwrap();
}

#[test]
fn without_a_journal_nothing_is_changed() {
    let host = Host::new();
    let plan = host.plan("set-mode", &per_user());
    // A file at the path of the backup folder.
    fs::create_dir_all(host.state()).unwrap();
    fs::write(host.state().join("backups"), "").unwrap();
    let before = fs::read(host.hives().join("SYSTEM")).unwrap();
    let error = host.apply(&plan).unwrap_err();
    assert!(matches!(error, ApplyError::Backup(_)), "{error}");
    assert_eq!(fs::read(host.hives().join("SYSTEM")).unwrap(), before);
}

/// Real hives of Windows XP, 7 and 10; the last one is dirty and has logs.
#[test]
fn real_hives_are_changed_and_put_back() {
    for (set, files) in [
        ("winxp", &["SYSTEM"][..]),
        ("win7", &["SYSTEM"]),
        ("win10-dirty", &["SYSTEM", "SYSTEM.LOG1", "SYSTEM.LOG2"]),
        ("nt4-server", &["SYSTEM", "SOFTWARE"]),
    ] {
        let Some(folder) = corpus(&format!("hives/{set}")) else { return };
        let host = Host::of(&files.iter().map(|file| folder.join(file)).collect::<Vec<_>>());
        let old = host.state_of_hives();
        let top = snapshot::KeyPath::hklm(r"SYSTEM\CurrentControlSet\Control\Terminal Server");
        let server = if set == "nt4-server" { top.parent().unwrap() } else { top };
        let key = server.join("rdscal test");
        let plan = host.plan_of(vec![
            create(&key),
            set_text(&key, "one", "a"),
            set_text(&key, "two", &"long ".repeat(5_000)),
            create(&key.join("below")),
        ]);
        let applied = host.apply(&plan).unwrap();
        assert_eq!(host.state_of_hives().differences(&old).len(), 1, "{set}: the new key");
        assert_eq!(applied.changes.len(), 4);
        host.undo(1).unwrap();
        assert_eq!(host.state_of_hives().differences(&old), Vec::<String>::new(), "{set}");
    }
}

fn set_text(key: &snapshot::KeyPath, name: &str, text: &str) -> Change {
    let value = snapshot::Value::new(name, snapshot::ValueType::SZ, snapshot::Text::encode(text));
    set(key, name, None, Some(&value))
}
