//! Every descriptor of the public hives is read, written and printed.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use nt::security::{Ace, AceKind, Acl, Control, SecurityDescriptor};

/// The folder of hives, or `None` after a line that says so. With `CI=true` a missing folder is a failure.
fn hives() -> Option<PathBuf> {
    let shared = std::env::var_os("RDSCAL_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared"), PathBuf::from);
    let hives = shared.join("corpus/hives");
    if hives.is_dir() {
        return Some(hives);
    }
    assert!(std::env::var_os("CI").is_none_or(|it| it != "true"), "{} is missing", hives.display());
    eprintln!("skipped: no corpus at {} (set RDSCAL_SHARED)", hives.display());
    None
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files_below(&path, found) } else { found.push(path) }
    }
}

/// The descriptors in the `sk` cells of a hive, found by iterating over all cells, without lists or keys.
fn stored_descriptors(hive: &[u8]) -> Vec<&[u8]> {
    let number = |at: usize| hive.get(at..at + 4).map(|it| u32::from_le_bytes(it.try_into().unwrap()));
    let mut found = Vec::new();
    let mut bin = 4096;
    while hive.get(bin..bin + 4) == Some(b"hbin") {
        let Some(size @ 4096..) = number(bin + 8).map(|it| it as usize) else { break };
        let mut cell = bin + 32;
        while cell < bin + size {
            let Some(len) = number(cell).map(u32::cast_signed).filter(|&it| it != 0) else { break };
            let data = cell + 4;
            if len < 0 && hive.get(data..data + 2) == Some(b"sk") {
                let start = data + 20;
                let end = start + number(data + 16).unwrap_or(0) as usize;
                if end <= cell + len.unsigned_abs() as usize {
                    found.extend(hive.get(start..end));
                }
            }
            cell += len.unsigned_abs() as usize;
        }
        bin += size;
    }
    found
}

#[test]
fn each_stored_descriptor_is_read_written_and_printed() {
    let Some(hives) = hives() else { return };
    let mut files = Vec::new();
    files_below(&hives, &mut files);
    let hives: Vec<_> = files.iter().map(|path| std::fs::read(path).unwrap()).collect();
    let distinct: HashSet<&[u8]> = hives
        .iter()
        .filter(|bytes| bytes.starts_with(b"regf"))
        .flat_map(|bytes| stored_descriptors(bytes))
        .collect();
    assert!(distinct.len() > 1000, "{} distinct descriptors", distinct.len());

    let mut canonical = 0;
    let mut kinds = HashSet::new();
    for bytes in &distinct {
        let descriptor = SecurityDescriptor::from_bytes(bytes).unwrap();
        assert_eq!(&descriptor.to_bytes(), bytes);
        let encoded = descriptor.encode();
        assert_eq!(SecurityDescriptor::from_bytes(&encoded).unwrap(), descriptor);
        // Only unused bytes may be missing: slack after the last ACE of a list, and after the last SID.
        assert!(encoded.len() <= bytes.len());
        canonical += usize::from(encoded == *bytes);
        kinds.extend(
            [descriptor.dacl(), descriptor.sacl()]
                .into_iter()
                .flatten()
                .flat_map(Acl::aces)
                .map(|it| it.kind),
        );

        let text = descriptor.to_sddl().unwrap();
        let again: SecurityDescriptor = text.parse().unwrap();
        assert_eq!(again.to_sddl().as_ref(), Ok(&text));
        assert_eq!((again.owner(), again.group()), (descriptor.owner(), descriptor.group()));
        let in_text = |it: &SecurityDescriptor| {
            let (dacl, sacl) = (Control::DACL_PRESENT, Control::SACL_PRESENT);
            let mut bits = dacl.0 | sacl.0;
            bits |= if it.control().contains(dacl) { 0x1500 } else { 0 };
            bits |= if it.control().contains(sacl) { 0x2A00 } else { 0 };
            it.control().0 & bits
        };
        assert_eq!(in_text(&again), in_text(&descriptor));
        // Some plain ACEs have remnants of memory after their SID, which are meaningless.
        let entry = |ace: &Ace| (ace.kind, ace.flags, ace.mask(), ace.sid().cloned());
        let entries = |it: &SecurityDescriptor| {
            [it.dacl(), it.sacl()]
                .map(|list| list.map(|list| list.aces().iter().map(entry).collect::<Vec<_>>()))
        };
        assert_eq!(entries(&again), entries(&descriptor), "{text}");
    }
    // Measured: 1,244 distinct descriptors, these five types of ACE, slack in 76 lists.
    assert!(canonical * 10 > distinct.len() * 9, "{canonical} of {} have the usual layout", distinct.len());
    assert_eq!(kinds, HashSet::from([0x00, 0x01, 0x02, 0x11, 0x14].map(AceKind)));
    println!(
        "{canonical} of {} distinct descriptors come back byte for byte when encoded anew",
        distinct.len()
    );
}
