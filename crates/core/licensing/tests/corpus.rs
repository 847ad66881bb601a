//! The decoders on the values of real hives, read in place.
#![allow(clippy::panic, reason = "where a helper fails, its test shall fail")]

use std::path::{Path, PathBuf};

use rds_formats::{dpapi, rdp_certificate};
use regf::{Hive, Key};

/// The folder of shared test data; `None`, with a message, if it is missing and not required.
fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared");
    let folder = std::env::var_os("RDSCAL_SHARED").map_or(beside, PathBuf::from);
    if folder.join("corpus/hives").is_dir() {
        return Some(folder);
    }
    let missing = format!("not run: no shared test data in {} (set RDSCAL_SHARED)", folder.display());
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{missing}");
    eprintln!("{missing}");
    None
}

/// Calls `see` with the key at `path` in each control set of a SYSTEM hive.
fn each_control_set(system: &Path, path: &str, mut see: impl FnMut(&Key<'_, &[u8]>)) {
    let bytes = std::fs::read(system).unwrap_or_else(|error| panic!("{}: {error}", system.display()));
    let hive = Hive::open(&bytes[..]).unwrap_or_else(|error| panic!("{}: {error}", system.display()));
    for number in 1..=2 {
        if let Some(key) = hive.find(&format!("ControlSet{number:03}\\{path}")).ok().flatten() {
            see(&key);
        }
    }
}

const HIVES: [(&str, &str); 4] = [
    ("win7", r"Control\Terminal Server\RCM"),
    ("win10-1709", r"Control\Terminal Server\RCM"),
    ("win10-dirty", r"Control\Terminal Server\RCM"),
    ("winxp", r"Services\TermService\Parameters"),
];

#[test]
fn every_certificate_is_intact() {
    let Some(shared) = shared() else { return };
    let mut seen = Vec::new();
    for (name, path) in HIVES {
        let mut here = Vec::new();
        each_control_set(&shared.join("corpus/hives").join(name).join("SYSTEM"), path, |key| {
            for value in ["Certificate", "CertificateOld"] {
                let Some(value) = key.value(value).unwrap() else { continue };
                let data = value.data().unwrap();
                let state = rdp_certificate::examine(&data);
                assert!(state.is_intact(), "{name}: {state:?}");
                here.push(data.len());
            }
        });
        here.sort_unstable();
        here.dedup();
        seen.push((name, here));
    }
    assert_eq!(
        seen,
        [
            ("win7", vec![184, 376]),
            ("win10-1709", vec![184, 376]),
            ("win10-dirty", vec![]),
            ("winxp", vec![184]),
        ]
    );
}

/// Secrets in the same format as the grace record, which no public hive contains: only their envelopes are
/// decoded.
#[test]
fn the_envelope_of_real_dpapi_values() {
    let Some(shared) = shared() else { return };
    for name in ["win7", "win10-1709"] {
        let mut sizes = Vec::new();
        let system = shared.join("corpus/hives").join(name).join("SYSTEM");
        each_control_set(&system, r"Control\Terminal Server\RCM\Secrets", |key| {
            for value in key.values() {
                let envelope = dpapi::decode(&value.unwrap().data().unwrap()).unwrap();
                assert_eq!((envelope.cipher.name, envelope.cipher.bits), (Some("AES-256"), 256));
                assert_eq!((envelope.hash.name, envelope.hash.bits), (Some("SHA-512"), 512));
                assert_eq!((envelope.master_key_version, envelope.flags), (1, 0));
                assert_eq!(envelope.description, "");
                // The basis of 214 bytes of envelope around one 16-byte block: see `grace::EXPECTED_LENGTH`.
                assert_eq!(envelope.length - envelope.data_length, 214);
                sizes.push((envelope.length, envelope.data_length));
            }
        });
        sizes.sort_unstable();
        sizes.dedup();
        assert_eq!(sizes, [(598, 384), (1558, 1344)], "{name}");
    }
}
