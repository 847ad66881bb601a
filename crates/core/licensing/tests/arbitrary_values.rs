//! Judging succeeds for arbitrary data in the values that licensing reads.

use licensing::{Options, Profile, judge};
use proptest::prelude::*;
use snapshot::{
    Capture, Extent, FileTime, Key, KeyPath, Origin, OriginKind, Security, Snapshot, State, Value, ValueType,
};

/// Valid data, to be damaged.
const SAMPLES: [&[u8]; 6] = [
    include_bytes!("../../rds-formats/tests/vectors/protocol/client-license.p7b"),
    include_bytes!("../../rds-formats/tests/vectors/protocol/client-hardware-id.bin"),
    include_bytes!("../../rds-formats/tests/vectors/protocol/new-license-info.bin"),
    include_bytes!("../../rds-formats/tests/vectors/protocol/terminal-server.der"),
    include_bytes!("../../rds-formats/tests/vectors/host-certificates/windows-10-1709-certificate.bin"),
    // A security descriptor: O:NSG:NSD:(A;;KA;;;NS), encoded by hand according to [MS-DTYP] 2.4.6.
    &[
        1, 0, 4, 0x80, 48, 0, 0, 0, 60, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 2, 0, 28, 0, 1, 0, 0, 0, 0, 0, 20,
        0, 0x3f, 0, 0xf, 0, 1, 1, 0, 0, 0, 0, 0, 5, 20, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 5, 20, 0, 0, 0, 1, 1,
        0, 0, 0, 0, 0, 5, 20, 0, 0, 0,
    ],
];

/// Keys and values that this test fills.
const VALUES: [(&str, &str); 14] = [
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM", "Certificate"),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM", "CertificateOld"),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM", "X509 Certificate"),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM", "X509 Certificate2"),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core", "LicensingMode"),
    (
        r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod",
        "L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588",
    ),
    (r"SYSTEM\CurrentControlSet\Control\Windows", "ShutdownTime"),
    (r"SOFTWARE\Microsoft\Windows NT\CurrentVersion", "InstallDate"),
    (r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tasks\{1}", "Actions"),
    (r"SOFTWARE\Microsoft\MSLicensing\HardwareID", "ClientHWID"),
    (r"SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000", "ClientLicense"),
    (r"SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000", "ProductID"),
    (r"SOFTWARE\Microsoft\MSLicensing\Store\LICENSE001", "ClientLicense"),
    (r"SOFTWARE\WOW6432Node\Microsoft\MSLicensing\Store\LICENSE000", "ClientLicense"),
];

fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    let sample = (prop::sample::select(&SAMPLES[..]), edits, any::<prop::sample::Index>(), any::<bool>());
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..64),
        sample.prop_map(|(sample, edits, end, cut)| {
            let mut bytes = sample.to_vec();
            for (at, byte) in edits {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if cut {
                bytes.truncate(end.index(bytes.len()));
            }
            bytes
        }),
    ]
}

/// Inserts a key below `HKLM` with its values, security descriptor and last-write time.
fn insert(root: &mut Key, path: &str, name: &str, kind: u32, bytes: Vec<u8>, security: Vec<u8>, time: u64) {
    let mut key = root;
    for part in path.split('\\').skip(1) {
        let at = key.subkeys.iter().position(|sub| sub.name.matches(part)).unwrap_or_else(|| {
            key.subkeys.push(Key { name: part.into(), ..Key::default() });
            key.subkeys.len() - 1
        });
        key = &mut key.subkeys[at];
    }
    key.values.push(Value::new(name, ValueType(kind), bytes));
    key.security = Some(Security::new(security));
    key.last_write = Some(FileTime(time));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn judging_answers(
        cells in prop::collection::vec(
            (damaged(), damaged(), prop_oneof![Just(3_u32), 0..13_u32], any::<u64>()),
            VALUES.len(),
        ),
        now: u64,
        profile in prop::sample::select(&[Profile::Auto, Profile::Host, Profile::Client, Profile::Image][..]),
    ) {
        let origin = Origin { kind: OriginKind::Hives, locator: "test".into(), files: Vec::new() };
        let mut snapshot = Snapshot::new(origin);
        let mut hives = ["SYSTEM", "SOFTWARE"].map(|name| Key { name: name.into(), ..Key::default() });
        for ((path, name), (bytes, security, kind, time)) in VALUES.iter().zip(cells) {
            let hive = usize::from(path.starts_with("SOFTWARE"));
            insert(&mut hives[hive], path, name, kind, bytes, security, time);
        }
        for hive in hives {
            let path = KeyPath::hklm(hive.name.as_str().unwrap_or_default());
            snapshot.captures.push(Capture { path, extent: Extent::Tree, state: State::Key(Box::new(hive)) });
        }
        let mut options = Options::at(FileTime(now));
        options.profile = profile;
        let report = judge(&snapshot, &options);
        for finding in &report.findings {
            prop_assert!(!finding.title.is_empty() && !finding.evidence.is_empty(), "{finding:?}");
        }
        prop_assert!(serde_json::to_string(&report).is_ok());
    }
}
