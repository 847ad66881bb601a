//! Hives that contain exactly the given keys.

use fixture::hives::WRITTEN;
use regf::build::{NewKey, NewValue};
use snapshot::Snapshot;

/// The hives of a machine, by name.
pub fn hives(machine: &Snapshot) -> Vec<(&'static str, Vec<u8>)> {
    fixture::hives::hives(machine).unwrap()
}

pub use fixture::hives::plain_root;

pub fn key(name: &str, subkeys: Vec<NewKey>) -> NewKey {
    NewKey { name: name.encode_utf16().collect(), last_write: WRITTEN, subkeys, ..NewKey::default() }
}

pub fn value(name: &str, kind: u32, data: impl Into<Vec<u8>>) -> NewValue {
    NewValue { name: name.encode_utf16().collect(), kind, data: data.into() }
}
