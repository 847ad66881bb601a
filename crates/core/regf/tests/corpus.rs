//! Real hives, and test hives of other readers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use regf::deleted::{Recovered, deleted};
use regf::disk::ListKind;
use regf::hash::{name_hash, name_hint};
use regf::log::{Outcome, recover};
use regf::{FileImage, Hive, Image, Key, Problem};

mod shared;

use shared::{all_hives, contents, hive};

#[test]
fn every_file_opens_or_says_why_not() {
    let mut opened = 0;
    for (name, bytes) in all_hives() {
        match Hive::open(&bytes[..]) {
            Ok(hive) => {
                opened += 1;
                if let Err(error) = hive.root() {
                    assert!(hive.is_truncated() || name.contains(".LOG"), "{name}: {error}");
                    continue;
                }
                let found = contents(&hive);
                for error in &found.damage {
                    assert!(error.offset() > 0 && !error.is_io(), "{name}: {error}");
                }
                // In the last one, two keys share a list.
                let damaged = ["damaged/", "Truncated", "yarp/BadList", "yarp/BadSubkey"]
                    .iter()
                    .any(|part| name.contains(part));
                assert!(found.damage.is_empty() || damaged, "{name}: {:?}", found.damage);
                // The file-backed image has the same contents.
                if bytes.len() < 1 << 20 {
                    let file = Hive::open(FileImage::new(bytes.clone(), bytes.len() as u64)).unwrap();
                    assert_eq!(contents(&file).lines, found.lines, "{name}");
                }
            }
            Err(error) => {
                let expected = matches!(error.problem(), Problem::IsLog | Problem::TooShort { .. });
                assert!(expected && name.contains('L'), "{name}: {error}");
            }
        }
    }
    assert!(opened == 0 || opened > 50, "{opened}");
}

/// Keys and values of hives for which yarp, dissect.regf and hivex agree on every byte of data.
#[test]
fn counts_are_those_of_other_readers() {
    for (name, keys, values) in [
        ("win10-1709/SYSTEM", 43_211, 90_307),
        ("win10-dirty/SYSTEM", 33_123, 74_957),
        ("win7/SYSTEM", 30_756, 73_456),
        ("winxp/SYSTEM", 9_629, 26_819),
        ("nt4-server/SYSTEM", 1_971, 5_841),
        ("misc/NTUSER.DAT", 6_896, 26_948),
        ("misc/Amcache.hve", 2_105, 17_539),
        ("yarp/BigDataHive", 2, 2),
    ] {
        let Some(bytes) = hive(name) else { return };
        let found = contents(&Hive::open(&bytes[..]).unwrap());
        assert_eq!((found.keys, found.values), (keys, values), "{name}");
    }
}

fn recovered(folder: &str, name: &str, logs: &[&str]) -> Option<(Vec<String>, Outcome)> {
    let bytes = hive(&format!("{folder}/{name}"))?;
    let logs: Vec<Vec<u8>> =
        logs.iter().map(|log| hive(&format!("{folder}/{name}.{log}")).unwrap()).collect();
    let logs: Vec<&[u8]> = logs.iter().map(Vec::as_slice).collect();
    let recovery = recover(bytes, &logs).unwrap();
    assert!(recovery.report.broken_bins.is_empty());
    let outcome = recovery.report.outcome;
    let hive = recovery.into_hive().unwrap();
    assert_eq!(hive.is_dirty(), outcome == Outcome::StillDirty);
    let found = contents(&hive);
    assert!(found.damage.is_empty());
    Some((found.lines, outcome))
}

#[test]
fn recovery_gives_what_windows_made_of_the_same_files() {
    for (folder, name, windows) in [
        ("yarp/NewDirtyHive1", "NewDirtyHive", "RecoveredHive_Windows10"),
        ("yarp/OldDirtyHive", "OldDirtyHive", "RecoveredHive_Windows7"),
    ] {
        for logs in [["LOG1", "LOG2"], ["LOG2", "LOG1"]] {
            let Some((lines, outcome)) = recovered(folder, name, &logs) else { return };
            assert_eq!(outcome, Outcome::Recovered);
            let bytes = hive(&format!("{folder}/{windows}")).unwrap();
            let expected = contents(&Hive::open(&bytes[..]).unwrap());
            assert_eq!(lines, expected.lines);
            let before = contents(&Hive::open(&hive(&format!("{folder}/{name}")).unwrap()[..]).unwrap());
            assert_ne!(lines, before.lines);
        }
    }
}

#[test]
fn recovery_of_other_hives() {
    let logs = ["LOG1", "LOG2"];
    let Some((lines, outcome)) = recovered("win10-dirty", "SYSTEM", &logs) else { return };
    assert_eq!((lines.len(), outcome), (114_496, Outcome::Recovered), "as yarp has it");
    let (lines, outcome) = recovered("yarp/BadBaseBlockHive", "BadBaseBlockHive", &logs).unwrap();
    assert_eq!((lines.len(), outcome), (5_004, Outcome::Recovered), "as yarp has it");
    for folder in ["yarp/BadLogHive1", "yarp/BadLogHive2"] {
        let (lines, outcome) = recovered(folder, "BadLogHive", &logs).unwrap();
        assert_eq!((lines.len(), outcome), (5_003, Outcome::StillDirty));
    }
    // A clean hive does not change, although its log has a later entry.
    let clean = hive("ntuser-dirty/NTUSER.DAT").unwrap();
    let log = hive("ntuser-dirty/NTUSER.DAT.LOG").unwrap();
    assert_eq!(recover(clean, &[&log[..]]).unwrap().report.outcome, Outcome::Clean);
}

/// Hashes, hints and order of all lists are as this crate computes them, so lookups and edits can rely on
/// them.
#[test]
fn hashes_hints_and_order_of_real_lists() {
    let (mut hashes, mut hints, mut wide) = (0, 0, 0);
    for (name, bytes) in all_hives() {
        // The other hives were damaged on purpose, or written by other programs.
        let sound = ["win", "nt4", "misc/", "yarp/Unicode", "yarp/Extended", "yarp/Many"];
        let Ok(hive) = Hive::open(&bytes[..]) else { continue };
        if !sound.iter().any(|prefix| name.starts_with(prefix)) {
            continue;
        }
        let mut stack = vec![hive.root().unwrap()];
        while let Some(key) = stack.pop() {
            let subkeys: Vec<Key<'_, _>> = key.subkeys().collect::<Result<_, _>>().unwrap();
            for pair in subkeys.windows(2) {
                let order = pair[0].name().cmp_ignoring_case(pair[1].name());
                assert!(order.is_lt(), "{name}: {:?} {:?}", pair[0], pair[1]);
            }
            wide += subkeys.iter().filter(|key| key.name().is_utf16()).count();
            for element in key.list_elements() {
                let (kind, element) = element.unwrap();
                let key = hive.key_at(element.offset).unwrap();
                match kind {
                    ListKind::HashLeaf => {
                        hashes += 1;
                        assert_eq!(name_hash(key.name().units()), element.hint, "{name}: {key:?}");
                    }
                    ListKind::FastLeaf => {
                        hints += 1;
                        let hint = u32::from_le_bytes(name_hint(key.name()));
                        assert_eq!(hint, element.hint, "{name}: {key:?}");
                    }
                    _ => {}
                }
            }
            stack.extend(subkeys);
        }
    }
    if shared::folder().is_some() {
        assert!(hashes > 100_000 && hints > 10_000 && wide > 0, "{hashes} {hints} {wide}");
    }
}

/// Every key and every value is found by its name, with every kind of list.
#[test]
fn lookups_find_what_iteration_shows() {
    for (name, bytes) in all_hives() {
        if bytes.len() > 4 << 20 || name.starts_with("damaged/") || name.contains("Truncated") {
            continue;
        }
        let Ok(hive) = Hive::open(&bytes[..]) else { continue };
        let Ok(root) = hive.root() else { continue };
        let mut stack = vec![root];
        while let Some(key) = stack.pop() {
            for subkey in key.subkeys() {
                let subkey = subkey.unwrap();
                let units: Vec<u16> = subkey.name().units().collect();
                let found = key.subkey_utf16(&units).unwrap();
                let found = found.unwrap_or_else(|| panic!("{name}: {subkey:?} is not found"));
                assert_eq!(found.name().cmp_ignoring_case(subkey.name()), std::cmp::Ordering::Equal);
                if found.offset() != subkey.offset() {
                    assert!(name.contains("Dup"), "{name}: {subkey:?}");
                    continue;
                }
                stack.push(subkey);
            }
            for value in key.values() {
                let value = value.unwrap();
                let units: Vec<u16> = value.name().units().collect();
                assert!(key.value_utf16(&units).unwrap().is_some(), "{name}: {value:?}");
            }
            assert!(key.subkey("no such key, surely").unwrap().is_none());
        }
    }
}

#[test]
fn ten_lookups_in_a_large_hive_touch_few_pages() {
    const PATHS: [&str; 10] = [
        "Select",
        r"ControlSet001\Control\Terminal Server",
        r"ControlSet001\Control\Terminal Server\RCM",
        r"ControlSet001\Control\Terminal Server\RCM\Licensing Core",
        r"ControlSet001\Control\Terminal Server\RCM\Secrets",
        r"ControlSet001\Control\Terminal Server\WinStations\RDP-Tcp",
        r"ControlSet001\Services\TermService\Parameters",
        r"ControlSet001\Services\TermServLicensing",
        r"ControlSet001\Control\ProductOptions",
        r"ControlSet001\Control\ComputerName\ComputerName",
    ];
    let Some(folder) = shared::folder() else { return };
    let file = FileImage::open(folder.join("corpus/hives/win10-1709/SYSTEM")).unwrap();
    assert!(file.size() > 15_000_000);
    let hive = Hive::open(&file).unwrap();
    let mut found = 0;
    for path in PATHS {
        let Some(key) = hive.find(path).unwrap() else { continue };
        found += 1;
        for value in key.values() {
            value.unwrap().data().unwrap();
        }
    }
    assert_eq!(found, 9, "a client has no licensing server");
    assert!(file.pages_touched() <= 48, "{} pages", file.pages_touched());
    let mode = hive.find(PATHS[3]).unwrap().unwrap().value("LicensingMode").unwrap().unwrap();
    assert_eq!(mode.data().unwrap(), [1, 0, 0, 0].as_slice());
}

fn deleted_paths(name: &str) -> Option<(Vec<String>, Vec<String>)> {
    let bytes = hive(name)?;
    let hive = Hive::open(&bytes[..]).unwrap();
    let (mut keys, mut values) = (Vec::new(), Vec::new());
    for found in deleted(&hive) {
        match found {
            Recovered::Key(key) => keys.push(key.path.as_str().to_owned()),
            Recovered::Value(value) => {
                let owner = value.owner.as_ref().map_or("?", |owner| owner.path.as_str());
                let data = value.data().unwrap();
                let text: String =
                    data.iter().filter(|byte| byte.is_ascii_graphic()).map(|&b| b as char).collect();
                values.push(format!("{owner}:{}={text} {:?}", value.name(), value.data_state));
            }
        }
    }
    Some((keys, values))
}

/// The test hives for deleted data, with the results of yarp.
#[test]
fn deleted_keys_and_values_are_those_that_others_find() {
    let tree = ["1\\2\\3\\4\\New Key #1", "1\\2\\3", "1\\2\\3\\4", "1\\2\\3\\4\\5"];
    let partial = ["3\\4\\New Key #1", "3", "3\\4", "3\\4\\5"];
    let cases: [(&str, &[&str], &[&str]); 8] = [
        ("DeletedDataHive", &["456"], &["123:v2=456 Unowned", "456:v=123456 Unowned"]),
        ("DeletedTreeHive", &tree, &[]),
        ("DeletedTreeNoRootFlagHive", &tree, &[]),
        ("DeletedTreePartialPathHive", &partial, &[]),
        ("ReallocValueDataHive", &["2"], &["2:=1111 Reused"]),
        ("ReallocValueHive", &["2"], &["?:=2222 Unowned"]),
        ("RemnantsHive", &[], &["?:= InRecord"]),
        ("RemnantData", &[], &["?:Новый параметр #1= InRecord"]),
    ];
    for (name, keys, values) in cases {
        let Some(found) = deleted_paths(&format!("yarp/{name}")) else { return };
        assert_eq!(found.0, keys, "{name}");
        assert_eq!(found.1, values, "{name}");
    }
    let (keys, _) = deleted_paths("misc/UsrClassDeletedBags.dat").unwrap();
    assert!(keys.iter().filter(|path| path.contains("BagMRU\\1")).count() >= 4);
}

#[test]
fn searching_any_file_for_deleted_records_ends() {
    for (name, bytes) in all_hives() {
        let Ok(hive) = Hive::open(&bytes[..]) else { continue };
        for found in deleted(&hive) {
            if let Recovered::Value(value) = found {
                let _ = value.data();
            }
        }
        let _ = name;
    }
}
