//! The canonical lines of a hive, in the format of `crates/core/regf/examples/dump.rs` and
//! `peers/readers.py`.

use sha2::{Digest, Sha256};

/// The line of a key: path from the root (without the name of the root), last-write time as a FILETIME.
#[must_use]
pub fn key(path: &str, last_write: u64) -> String {
    format!("K\t{path}\t{last_write:016x}")
}

/// The line of a value: path of its key, name, type, length and SHA-256 of its data.
#[must_use]
pub fn value(path: &str, name: &str, kind: u32, data: &[u8]) -> String {
    use std::fmt::Write as _;
    let digest = Sha256::digest(data).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    format!("V\t{path}\t{}\t{kind}\t{}\t{digest}", escaped(name), data.len())
}

/// A name in which `\` and the characters that would break the line are escaped.
#[must_use]
pub fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '\t' => text.push_str(r"\t"),
            '\n' => text.push_str(r"\n"),
            '\r' => text.push_str(r"\r"),
            '\0' => text.push_str(r"\0"),
            '\\' => text.push_str(r"\\"),
            other => text.push(other),
        }
    }
    text
}

/// The path of a subkey.
#[must_use]
pub fn below(path: &str, name: &str) -> String {
    if path.is_empty() { escaped(name) } else { format!(r"{path}\{}", escaped(name)) }
}
