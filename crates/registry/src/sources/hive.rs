//! Capturing from hive files.

use regf::log;
use regf::{FileImage, Hive, Image, Key as HiveKey};

use super::blob::Blob;
use crate::{
    Capture, ControlSets, Data, Depth, Extent, FileRecord, Key, KeyPath, Name, Note, Origin, OriginKind, Security, Selector,
    Snapshot, State, Unread, Value, ValueType,
};

/// Which hive of a machine it is, told by the keys below its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HiveRole {
    System,
    Software,
    Security,
    Other,
}

impl HiveRole {
    /// True for the hives that hold a machine's licensing state.
    pub(super) fn is_machine(self) -> bool {
        self != Self::Other
    }

    /// The name of the key that the hive is mounted at below `HKEY_LOCAL_MACHINE`.
    fn mount(self) -> Option<&'static str> {
        Some(match self {
            Self::System => "SYSTEM",
            Self::Software => "SOFTWARE",
            Self::Security => "SECURITY",
            Self::Other => return None,
        })
    }
}

/// One hive with its transaction logs.
#[derive(Debug)]
pub(super) struct HiveFiles {
    pub(super) primary: Blob,
    logs: Vec<Blob>,
    pub(super) role: HiveRole,
}

impl HiveFiles {
    /// Opens the hive once, to see which it is.
    pub(super) fn open(primary: Blob, logs: Vec<Blob>) -> Result<Self, String> {
        let mut files = Self { primary, logs, role: HiveRole::Other };
        let mut role = HiveRole::Other;
        files.with_hive(&mut Vec::new(), |hive| {
            role = role_of(hive);
            Ok(())
        })?;
        files.role = role;
        Ok(files)
    }

    /// Opens the hive, recovered from its logs where it is dirty, and hands it to `use_it`. What was done is noted.
    fn with_hive(
        &self,
        notes: &mut Vec<Note>,
        use_it: impl FnOnce(&Hive<&dyn Image>) -> Result<(), String>,
    ) -> Result<(), String> {
        todo!()
    }
}
