//! Forged hives: a few bytes must not cost more than a large machine does.

use licensing::knowledge::capture;
use regf::build::{NewKey, build};
use regf::{CellOffset, Hive};
use snapshot::{Key, KeyPath, Snapshot, State};

use crate::support::{capture_all, folder, in_time, key, plain_root, value, write};

const RCM: &str = r"ControlSet001\Control\Terminal Server\RCM";

/// A SYSTEM hive with these keys below `RCM`.
fn system(below_rcm: Vec<NewKey>) -> Vec<u8> {
    let rcm = key("RCM", below_rcm);
    let control = key("Control", vec![key("Terminal Server", vec![rcm])]);
    let mut root = plain_root();
    root.subkeys = vec![key("ControlSet001", vec![control]), key("Select", Vec::new())];
    root.subkeys[1].values = vec![value("Current", 4, [1, 0, 0, 0])];
    build(&root, "SYSTEM").unwrap()
}

/// The file offset of the key's cell.
fn cell(hive: &[u8], path: &str) -> usize {
    let hive = Hive::open(hive).unwrap();
    let key = hive.find(path).unwrap().unwrap();
    usize::try_from(key.offset().file_offset()).unwrap()
}

/// A field of a key's record (`nk`), at this offset.
fn field(hive: &[u8], key: usize, at: usize) -> u32 {
    u32::from_le_bytes(hive[key + 4 + at..key + 8 + at].try_into().unwrap())
}

/// Points the subkey list of the key `to` to that of the key `from`.
fn lend_subkeys(hive: &mut [u8], from: &str, to: &str) {
    let (from, to) = (cell(hive, from), cell(hive, to));
    for at in [20, 28] {
        let bytes = field(hive, from, at).to_le_bytes();
        hive[to + 4 + at..to + 8 + at].copy_from_slice(&bytes);
    }
}

fn captured(hive: Vec<u8>) -> Snapshot {
    in_time(move || {
        let folder = folder();
        let (mut snapshots, problems) = capture_all(&write(folder.path().join("SYSTEM"), hive));
        assert!(problems.is_empty(), "{problems:?}");
        snapshots.remove(0)
    })
}

fn rcm(snapshot: &Snapshot) -> &Key {
    snapshot.key(&KeyPath::hklm(r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM")).unwrap()
}

fn count(key: &Key) -> usize {
    1 + key.subkeys.iter().map(count).sum::<usize>()
}

fn size(key: &Key) -> usize {
    key.values.iter().map(|value| value.bytes().len()).sum::<usize>()
        + key.subkeys.iter().map(size).sum::<usize>()
}

#[test]
fn keys_below_themselves() {
    let mut hive = system(vec![key("A", vec![key("a", Vec::new())]), key("B", vec![key("b", Vec::new())])]);
    for name in ["A", "B"] {
        lend_subkeys(&mut hive, RCM, &format!(r"{RCM}\{name}"));
    }
    let snapshot = captured(hive);
    assert_eq!(count(rcm(&snapshot)), 3, "each of the three keys once");
    assert!(snapshot.notes.iter().any(|note| note.text.contains("was found before")), "{:?}", snapshot.notes);
    // Keys behind the loop may exist, so they are not absent.
    assert!(
        !snapshot
            .lookup(&KeyPath::hklm(r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\A\x"))
            .is_known()
    );
}

#[test]
fn two_ways_to_every_key_double_at_each_level() {
    let mut chain = key("end", Vec::new());
    for _ in 0..40 {
        chain = key("x", vec![chain, key("y", vec![key("z", Vec::new())])]);
    }
    let mut hive = system(vec![chain]);
    let mut path = format!(r"{RCM}\x");
    for _ in 0..39 {
        lend_subkeys(&mut hive, &format!(r"{path}\x"), &format!(r"{path}\y"));
        path.push_str(r"\x");
    }
    let snapshot = captured(hive);
    assert!(count(rcm(&snapshot)) < 200, "{} keys", count(rcm(&snapshot)));
}

#[test]
fn a_thousand_values_of_the_same_mebibyte() {
    let mut many = key("many", Vec::new());
    many.values =
        (0..1000).map(|i| value(&format!("v{i}"), 3, vec![1; if i == 0 { 1 << 20 } else { 8 }])).collect();
    let mut hive = system(vec![many]);
    let cells: Vec<_> = {
        let hive = Hive::open(hive.as_slice()).unwrap();
        let key = hive.find(&format!(r"{RCM}\many")).unwrap().unwrap();
        key.values().map(|value| value.unwrap().offset()).collect()
    };
    let at = |cell: CellOffset| usize::try_from(cell.file_offset()).unwrap() + 8;
    let first = hive[at(cells[0])..at(cells[0]) + 8].to_vec();
    for cell in &cells[1..] {
        hive[at(*cell)..at(*cell) + 8].copy_from_slice(&first);
    }
    let snapshot = captured(hive);
    assert!(size(rcm(&snapshot)) <= 64 << 20);
    assert!(snapshot.notes.iter().any(|note| note.text.contains("far more")), "{:?}", snapshot.notes);
}

#[test]
fn keys_that_lie_deeper_than_any_reader_follows() {
    let mut chain = key("bottom", Vec::new());
    for _ in 0..500 {
        chain = key("level", vec![chain]);
    }
    let snapshot = captured(system(vec![chain]));
    assert!(snapshot.notes.iter().any(|note| note.text.contains("deep")), "{:?}", snapshot.notes);
    // The snapshot can be written and read again.
    let json = snapshot.to_json().unwrap();
    assert_eq!(Snapshot::from_json(&json).unwrap(), snapshot);
}

#[test]
fn a_list_of_nothing_but_damage() {
    let mut hive = system((0..5000).map(|i| key(&format!("{i}"), Vec::new())).collect());
    // Every key below RCM loses its signature.
    let cells: Vec<_> = {
        let hive = Hive::open(hive.as_slice()).unwrap();
        let rcm = hive.find(RCM).unwrap().unwrap();
        rcm.subkeys().map(|key| usize::try_from(key.unwrap().offset().file_offset()).unwrap()).collect()
    };
    for cell in cells {
        hive[cell + 4] = 0;
    }
    let snapshot = captured(hive);
    assert!(snapshot.notes.len() < 5, "{} notes", snapshot.notes.len());
    assert!(rcm(&snapshot).damage.is_some());
}

#[test]
fn no_current_control_set_is_not_an_empty_one() {
    let mut hive = system(Vec::new());
    // The subkey list of the root still refers to the control set by its hash, but its name differs.
    let root = cell(&hive, "");
    let control_set = cell(&hive, "ControlSet001");
    assert_eq!(field(&hive, root, 20), 2);
    hive[control_set + 4 + 76 + 10..control_set + 4 + 76 + 13].copy_from_slice(b"00x");
    let folder = folder();
    write(folder.path().join("SYSTEM"), &hive);
    // The file is either not recognized as a SYSTEM hive, or its keys are unknown. They are never absent.
    let (snapshots, _) = capture_all(&folder.path().join("SYSTEM"));
    for snapshot in snapshots {
        let rcm = KeyPath::hklm(r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM");
        assert!(!snapshot.lookup(&rcm).is_known(), "{:?}", snapshot.lookup(&rcm));
    }
}

#[test]
fn an_export_of_very_many_keys_is_read_in_one_go() {
    let section =
        |path: &str, i: usize| format!("[HKEY_LOCAL_MACHINE\\SOFTWARE\\{path}\\{i}]\r\n@=\"{i}\"\r\n\r\n");
    let head =
        "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_LOCAL_MACHINE\\SOFTWARE]\r\n\r\n".to_owned();
    let classes = (0..60_000).map(|i| section("Classes\\CLSID", i));
    let licenses = (0..20_000).map(|i| section("Microsoft\\MSLicensing\\Store", i));
    let text: String = std::iter::once(head).chain(classes).chain(licenses).collect();
    let snapshot = in_time(move || {
        let folder = folder();
        let (mut snapshots, _) = capture_all(&write(folder.path().join("all.reg"), text));
        snapshots.remove(0)
    });
    let store = snapshot.key(&KeyPath::hklm(r"SOFTWARE\Microsoft\MSLicensing\Store")).unwrap();
    assert_eq!(store.subkeys.len(), 20_000);
    assert!(!snapshot.lookup(&KeyPath::hklm(r"SOFTWARE\Classes\CLSID\1")).is_known(), "nobody asked for it");
}

/// Only the pages on the path to a key are read, not the whole hive.
#[test]
fn few_pages_of_a_large_hive_are_touched() {
    let padding = (0..400)
        .map(|i| {
            let mut key = key(&format!("Padding{i}"), Vec::new());
            key.values = vec![value("data", 3, vec![0x55; 16_000])];
            key
        })
        .collect();
    let mut hive = system(Vec::new());
    let small = pages(&hive);
    let mut root = plain_root();
    root.subkeys =
        vec![key("ControlSet001", vec![key("Control", padding)]), key("MountedDevices", Vec::new())];
    hive.clear();
    hive.extend(build(&root, "SYSTEM").unwrap());
    assert!(hive.len() > 6 << 20);
    let large = pages(&hive);
    assert!(large <= small + 20, "{large} pages, {small} for a small hive");
}

/// The number of pages that are read to look up the whole capture scope.
fn pages(hive: &[u8]) -> u64 {
    let image = regf::FileImage::new(hive.to_vec(), hive.len() as u64);
    let hive = Hive::open(image).unwrap();
    for selector in capture::scope() {
        let path = selector.path.replace("CurrentControlSet", "ControlSet001");
        if let Some(path) = path.strip_prefix(r"HKLM\SYSTEM\") {
            hive.find(path).unwrap();
        }
    }
    hive.image().pages_touched()
}

/// A path that was not captured is not absent.
#[test]
fn a_machine_of_one_hive_says_nothing_of_the_others() {
    let snapshot = captured(system(Vec::new()));
    let policy = KeyPath::hklm(r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services");
    assert!(!snapshot.lookup(&policy).is_known());
    assert!(snapshot.captures.iter().all(|capture| capture.path.starts_with(&KeyPath::hklm("SYSTEM"))));
    assert!(snapshot.captures.iter().any(|capture| matches!(capture.state, State::Absent(_))));
}
