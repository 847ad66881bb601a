//! WMI of the test machine.
#![cfg(windows)]
#![allow(clippy::unwrap_used, clippy::panic)]

use std::time::Duration;

use win32::wmi::{Fault, Object, Value, Wmi};

const PATIENCE: Duration = Duration::from_mins(1);
const OUTPUT: [&str; 2] = ["ReturnValue", "sNames"];
const CIM: &str = r"root\CIMV2";

fn property<'o>(object: &'o Object, name: &str) -> Option<&'o Value> {
    object.iter().find(|(found, _)| found == name).map(|(_, value)| value)
}

#[test]
fn properties_come_with_their_types() {
    let wanted = ["BuildNumber", "OSType", "NoSuchProperty"];
    let found = Wmi::default().instances(CIM, "Win32_OperatingSystem", &wanted, 10, PATIENCE).unwrap();
    let [system] = found.as_slice() else { panic!("{found:?}") };
    assert!(
        matches!(property(system, "BuildNumber"), Some(Value::Text(text)) if text.parse::<u32>().is_ok())
    );
    // 18 is *Windows NT*; the class defines it as unsigned, independent of the type that COM passes.
    assert_eq!(property(system, "OSType"), Some(&Value::Unsigned(18)));
    assert_eq!(property(system, "NoSuchProperty"), None);
}

#[test]
fn methods_take_and_give_parameters() {
    let mut wmi = Wmi::default();
    let input = vec![
        ("hDefKey".to_owned(), Value::Unsigned(0x8000_0002)),
        ("sSubKeyName".to_owned(), Value::Text("SYSTEM".to_owned())),
    ];
    let output = wmi.call(r"root\default", "StdRegProv", "EnumKey", input, &OUTPUT, PATIENCE).unwrap();
    assert_eq!(property(&output, "ReturnValue"), Some(&Value::Unsigned(0)), "{output:?}");
    let Some(Value::List(names)) = property(&output, "sNames") else { panic!("{output:?}") };
    assert!(names.contains(&Value::Text("CurrentControlSet".to_owned())), "{names:?}");
    let absent = vec![
        ("hDefKey".to_owned(), Value::Unsigned(0x8000_0002)),
        ("sSubKeyName".to_owned(), Value::Text("rdscal-not-there".to_owned())),
    ];
    let output = wmi.call(r"root\default", "StdRegProv", "EnumKey", absent, &OUTPUT, PATIENCE).unwrap();
    assert_eq!(property(&output, "ReturnValue"), Some(&Value::Unsigned(2)), "no such key: {output:?}");
}

#[test]
fn what_is_not_there_is_missing() {
    let mut wmi = Wmi::default();
    let fault = wmi.instances(r"root\CIMV2\rdscal", "Win32_Nothing", &[], 1, PATIENCE).unwrap_err();
    assert!(fault.is_missing() && !fault.is_access_denied(), "{fault}");
}

#[test]
fn nobody_waits_longer_than_is_said() {
    let mut wmi = Wmi::default();
    for _ in 0..2 {
        let asked = wmi.instances(CIM, "Win32_OperatingSystem", &[], 1, Duration::ZERO);
        assert_eq!(asked, Err(Fault::Slow(Duration::ZERO)));
    }
    let asked = wmi.instances(CIM, "Win32_OperatingSystem", &[], 1, PATIENCE);
    assert_eq!(asked, Err(Fault::GivenUp), "who does not answer is not asked for ever");
}
