//! The part of a machine that a source covers, and what of the source is lost.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{KeyPath, Name, OriginKind, Snapshot};

/// What a source contains beside the state of keys: keys whose root had to be recognized, keys and lines that
/// were lost, and instructions to delete something.
///
/// Empty for sources that have none of these, such as hives and running machines. `.reg` files fill it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Coverage {
    /// Roots in the spelling of the source, and the keys that they stand for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mapped_roots: Vec<MappedRoot>,
    /// Keys under a root that could not be recognized. Nothing of them is in the snapshot.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown_roots: Vec<UnknownRoot>,
    /// Lines of interest that could not be read, at most [`Coverage::MAX_LINES`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lost_lines: Vec<LostLine>,
    /// Keys and values of interest that an import of the source deletes, at most [`Coverage::MAX_LINES`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deletions: Vec<Deletion>,
}

/// A root in the spelling of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappedRoot {
    /// The root as written, such as `HKEY_LOCAL_MACHINE\OFFLINE`; empty if keys have no root at all.
    pub written: String,
    /// The key that it stands for, such as `HKLM\SYSTEM`.
    pub key: KeyPath,
}

/// Keys whose root could not be recognized.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownRoot {
    /// The root as written; for keys without a root, the first name.
    pub written: String,
    /// Number of key lines under it.
    pub keys: usize,
    /// The key that another root of the source already stands for, if that is why these keys were not read:
    /// the source contains two hives of one kind.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub second: Option<KeyPath>,
}

/// A line, or a value of several lines, that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostLine {
    /// The file.
    pub file: String,
    /// The first line, counted from 1.
    pub line: usize,
    /// The key to which it belongs, if known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub key: Option<KeyPath>,
    /// The value that it seems to set, if any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<Name>,
    /// The reason, as a clause without a period.
    pub reason: String,
}

/// A key or value that an import of the source deletes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// The file.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The key.
    pub key: KeyPath,
    /// The value; `None` if the key is deleted with everything below it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<Name>,
}

impl Deletion {
    /// True if the import deletes this key, directly or with a key above it.
    #[must_use]
    pub fn takes_key(&self, key: &KeyPath) -> bool {
        self.value.is_none() && key.starts_with(&self.key)
    }

    /// True if the import deletes this value, directly or with its key.
    #[must_use]
    pub fn takes_value(&self, key: &KeyPath, value: &str) -> bool {
        self.takes_key(key) || *key == self.key && self.value.as_ref().is_some_and(|name| name.matches(value))
    }
}

impl fmt::Display for Deletion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(name) if name.is_empty() => write!(f, "line {} deletes the default value", self.line),
            Some(name) => write!(f, "line {} deletes the value “{name}”", self.line),
            None => write!(f, "line {} deletes the key with everything below it", self.line),
        }
    }
}

/// The part of a machine that a source can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// The registry of a running machine, or its hives SYSTEM and SOFTWARE.
    Machine,
    /// Some hives of a machine.
    SomeHives,
    /// An export: the keys that it names, and no others.
    Export,
    /// A `.reg` file that deletes keys or values: instructions for an import, not the state of a machine.
    Script,
    /// Event logs: no keys at all.
    EventLogs,
    /// A Group Policy file.
    Policy,
}

impl Coverage {
    /// Limit on the recorded lines of each kind; further ones are dropped.
    pub const MAX_LINES: usize = 1_000;

    /// True if there is nothing to say about the source.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// True if a part of the source was not read, so that the source is not completely judged.
    #[must_use]
    pub fn has_gaps(&self) -> bool {
        !self.unknown_roots.is_empty() || !self.lost_lines.is_empty()
    }

    /// The parts that were not read, one clause each, the most important first. `is_important` decides
    /// whether a value is worth naming, by its name.
    #[must_use]
    pub fn gaps(&self, is_important: impl Fn(&Name) -> bool) -> Vec<String> {
        let mut gaps = Vec::new();
        let (important, other): (Vec<_>, Vec<_>) =
            self.lost_lines.iter().partition(|line| line.value.as_ref().is_some_and(&is_important));
        for line in important {
            let name = line.value.as_ref().map(Name::to_string).unwrap_or_default();
            gaps.push(format!(
                "line {} could not be read ({}); it seems to set {name}",
                line.line, line.reason
            ));
        }
        match other.as_slice() {
            [] => {}
            [only] => gaps.push(format!("line {} could not be read ({})", only.line, only.reason)),
            [first, ..] => gaps.push(format!(
                "{} lines could not be read, the first is line {} ({})",
                other.len(),
                first.line,
                first.reason
            )),
        }
        gaps.extend(self.unknown_roots.iter().map(UnknownRoot::to_string));
        gaps
    }
}

impl fmt::Display for UnknownRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = if self.keys == 1 { "1 key is".to_owned() } else { format!("{} keys are", self.keys) };
        match &self.second {
            Some(key) => write!(
                f,
                "{keys} under “{}”, a second hive of the kind {key}, and {} not read",
                self.written,
                if self.keys == 1 { "was" } else { "were" }
            ),
            None => write!(f, "{keys} under an unknown root “{}”", self.written),
        }
    }
}

impl Snapshot {
    /// The part of a machine that the source can show.
    #[must_use]
    pub fn source_kind(&self) -> SourceKind {
        let has = |role: &str| self.origin.files.iter().any(|file| file.role == role);
        match self.origin.kind {
            OriginKind::Live | OriginKind::Remote => SourceKind::Machine,
            OriginKind::Hives if has("hive SYSTEM") && has("hive SOFTWARE") => SourceKind::Machine,
            OriginKind::Hives => SourceKind::SomeHives,
            OriginKind::RegText if self.coverage.deletions.is_empty() => SourceKind::Export,
            OriginKind::RegText => SourceKind::Script,
            OriginKind::Policy => SourceKind::Policy,
            OriginKind::EventLogs => SourceKind::EventLogs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deletions_take_what_is_below() {
        let rcm = KeyPath::hklm(r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM");
        let deletion = |key: KeyPath, value: Option<&str>| Deletion {
            file: "a.reg".to_owned(),
            line: 3,
            key,
            value: value.map(Name::from),
        };
        let whole = deletion(rcm.clone(), None);
        assert!(whole.takes_key(&rcm.join("GracePeriod")));
        assert!(whole.takes_value(&rcm.join("Licensing Core"), "LicensingMode"));
        assert!(!whole.takes_key(&rcm.parent().unwrap()));
        let one = deletion(rcm.join("Licensing Core"), Some("licensingmode"));
        assert!(one.takes_value(&rcm.join("Licensing Core"), "LicensingMode"));
        assert!(!one.takes_key(&rcm.join("Licensing Core")));
    }

    #[test]
    fn a_line_that_matters_is_named_first() {
        let lost = |line, value: Option<&str>| LostLine {
            file: "a.reg".to_owned(),
            line,
            key: None,
            value: value.map(Name::from),
            reason: "neither key, value nor comment".to_owned(),
        };
        let coverage = Coverage {
            lost_lines: vec![lost(2, None), lost(4, Some("LicensingMode"))],
            unknown_roots: vec![UnknownRoot { written: "X".to_owned(), keys: 2, second: None }],
            ..Coverage::default()
        };
        assert_eq!(
            coverage.gaps(|name| name.matches("LicensingMode")),
            [
                "line 4 could not be read (neither key, value nor comment); it seems to set LicensingMode",
                "line 2 could not be read (neither key, value nor comment)",
                "2 keys are under an unknown root “X”",
            ]
        );
        assert!(coverage.has_gaps());
        assert!(!Coverage::default().has_gaps());
    }
}
