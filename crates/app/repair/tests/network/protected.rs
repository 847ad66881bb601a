//! Keys without access for administrators, and accounts without write access.

use licensing::places;
use repair::target::{CallError, Calls, Need, Parts, Reach, Remote};
use repair::{ApplyError, Arguments, TargetError};
use samba::USER;
use snapshot::{Change, Key, KeyPath, Placed, Value, ValueType};

use crate::machine::{Host, NOW, same};

#[test]
fn who_may_not_write_is_told_so_and_nothing_is_changed() {
    let Some(host) = Host::start() else { return };
    let old = host.state();
    let plan = host.plan("set-mode", &Arguments::default().with("mode", "per-device")).unwrap();
    let mut target = host.location().open_as(&Host::place_by(USER, host.port()), std::iter::empty()).unwrap();
    let error =
        repair::apply(&plan, &host.location(), None, target.as_mut(), &mut host.journal(), NOW).unwrap_err();
    assert!(matches!(error, ApplyError::Target(TargetError::Denied { .. })), "{error}");
    assert!(error.to_string().contains("administrator"), "{error}");
    assert!(same(&host.state(), &old));
    assert!(host.journal().records().is_empty(), "nothing was begun");
}

/// An administrator who owns a key may grant himself access; afterwards the descriptor is restored.
#[test]
fn a_protected_key_is_opened_up_and_closed_again() {
    let Some(host) = Host::start() else { return };
    let core = places::licensing_core();
    host.set_security(&core, "O:BAG:BAD:(A;CI;KR;;;BA)(A;CI;KA;;;SY)");
    let old = host.state();
    let plan = host.plan("set-mode", &Arguments::default().with("mode", "per-device")).unwrap();
    let applied = host.apply(&plan, None).unwrap();
    let kinds: Vec<_> = applied.changes.iter().map(|change| change.kind().to_string()).collect();
    println!("{kinds:?}");
    let new = host.state();
    assert!(!same(&old, &new));
    let security = host.target().key(&core, Reach::Alone).unwrap().unwrap().security.unwrap();
    let before = old[0].subkey("RCM").unwrap().subkey("Licensing Core").unwrap().security.clone().unwrap();
    assert!(security.is_same(&before), "{security:?} {before:?}");
    host.undo(1).unwrap();
    assert!(same(&host.state(), &old));
}

#[test]
fn each_call_does_what_it_says() {
    let Some(host) = Host::start() else { return };
    let mut calls = Remote::new(host.client());
    let key = KeyPath::hklm(r"SOFTWARE\rdscal\calls");
    assert_eq!(calls.key(&key, Reach::Tree), Ok(None));
    assert_eq!(calls.create_key(&key, None), Err(CallError::NotThere), "nothing above it");
    calls.create_key(&key.parent().unwrap(), None).unwrap();
    calls.create_key(&key, None).unwrap();
    assert_eq!(calls.create_key(&key, None), Err(CallError::Exists));
    let large = Value::new("large", ValueType::BINARY, vec![0x5a; 70_000]);
    for value in
        [large.clone(), Value::new("", ValueType::SZ, *b"x\0\0\0"), Value::new("odd", ValueType(99), [1])]
    {
        calls.set_value(&key, &value).unwrap();
    }
    calls.delete_value(&key, &"odd".into()).unwrap();
    assert_eq!(calls.delete_value(&key, &"odd".into()), Err(CallError::NotThere));
    calls.create_key(&key.child(&"below".into()), None).unwrap();
    assert!(calls.delete_key(&key).is_err(), "it has a subkey");
    let found = calls.key(&key, Reach::Tree).unwrap().unwrap();
    assert!(found.values.contains(&large) && found.values.len() == 2, "{found:?}");
    assert_eq!(found.subkeys.len(), 1);
    for need in [Need::SetValues, Need::CreateSubkeys] {
        assert_eq!(calls.allows(&key, need), Ok(true));
    }
    let security =
        "O:BAG:BAD:(A;CI;KA;;;BA)(A;;KR;;;WD)".parse::<nt::security::SecurityDescriptor>().unwrap();
    let security = snapshot::Security::new(security.to_bytes());
    calls.set_security(&key, &security, Parts { owner: true, group: true, dacl: true }).unwrap();
    assert!(calls.key(&key, Reach::Alone).unwrap().unwrap().security.unwrap().is_same(&security));
    calls.flush(&KeyPath::hklm("SOFTWARE")).unwrap();
    for path in ["below", ""] {
        calls.delete_key(&key.join(path)).unwrap();
    }
    assert_eq!(calls.key(&key, Reach::Alone), Ok(None));
    assert_eq!(calls.delete_key(&key), Err(CallError::NotThere));
}

/// The data of secrets is not even requested.
#[test]
fn secrets_stay_on_the_machine() {
    let Some(host) = Host::start() else { return };
    let mut calls = Remote::new(host.client());
    let secrets = places::rcm_secrets();
    let value = Value::new("L$HYDRAENCKEY_28ada6da-d622-11d1-9cb9-00c04fb16e75", ValueType::BINARY, [7; 64]);
    calls.create_key(&secrets, None).unwrap();
    calls.set_value(&secrets, &value).unwrap();
    let found = calls.key(&secrets, Reach::Tree).unwrap().unwrap();
    assert!(found.withholds(), "{found:?}");
    let read: Option<Key> = calls.key(&places::rcm(), Reach::Tree).unwrap();
    assert!(read.unwrap().withholds());
    // Therefore the value cannot be written either.
    let change = Change::Value {
        key: places::licensing_core(),
        name: "x".into(),
        before: None,
        after: Some(Placed::of(&found.values[0])),
    };
    let mut target = host.target();
    assert!(matches!(target.change(&change, NOW), Err(TargetError::Unsupported { .. })));
}
