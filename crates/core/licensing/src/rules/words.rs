//! Phrases that several rules share.

use snapshot::Key;

/// The number with its noun: `1 value`, `2 values`.
pub(super) fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// How much a key holds: `1 value, 2 subkeys`.
pub(super) fn contents(key: &Key) -> String {
    format!("{}, {}", counted(key.values.len(), "value"), counted(key.subkeys.len(), "subkey"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        let key = Key { subkeys: vec![Key::default()], ..Key::default() };
        assert_eq!(contents(&key), "0 values, 1 subkey");
    }
}
