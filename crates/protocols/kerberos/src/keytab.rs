//! Keytabs: files with the keys of accounts, as `ktutil`, `ktpass` and `samba-tool domain exportkeytab` write them.
//!
//! The format is that of MIT's documentation, *The Kerberos Keytab Binary File Format*, version 0x0502: numbers with their highest byte
//! first; each entry with its length before it, which is negative where the entry was deleted.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::{fmt, io};

use zeroize::{Zeroize, Zeroizing};

use crate::crypto::{Enctype, Key};
use crate::error::Error;
use crate::name::Principal;

/// A keytab of more bytes than this is something else.
const LARGEST: u64 = 1 << 20;

/// A file with the keys of accounts. The keys are overwritten when it is dropped, and no form of display shows them.
pub struct Keytab {
    entries: Vec<Entry>,
}

struct Entry {
    principal: Principal,
    /// Counts the changes of the account's password.
    version: u32,
    key: Key,
}

/// Why a file is no keytab that could be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadKeytab {
    /// It cannot be read.
    #[error("{0}")]
    Unreadable(#[from] io::Error),
    /// It is no file.
    #[error("is no file")]
    NoFile,
    /// It is too large.
    #[error("has {0} bytes, more than any keytab")]
    TooLarge(u64),
    /// Others may open it.
    #[error(
        "others than its owner may open it (mode {0:03o}), so that the keys in it may be known to them, and a key is as good as the password: chmod 600"
    )]
    Open(u32),
    /// It begins with something else.
    #[error("is no keytab: it does not begin as one of version 2 does")]
    Form,
    /// It ends within an entry, or an entry's parts do not fit into it.
    #[error("is damaged: the entry at byte {0} reaches beyond its end")]
    Damaged(usize),
    /// It has no key of a kind that is known here.
    #[error("has no key for AES or RC4")]
    Empty,
}

impl Keytab {
    /// Reads a file, which nobody but its owner may open.
    ///
    /// # Errors
    /// Where it is none, or could be read by others.
    pub fn load(path: &Path) -> Result<Self, BadKeytab> {
        let file = File::open(path)?;
        // Of the file that is open, so that it cannot be another one by then.
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(BadKeytab::NoFile);
        }
        if metadata.len() > LARGEST {
            return Err(BadKeytab::TooLarge(metadata.len()));
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = metadata.permissions().mode() & 0o777;
            if mode & 0o077 != 0 {
                return Err(BadKeytab::Open(mode));
            }
        }
        // Room for all of it at once, so that growing leaves no copies behind.
        let mut bytes =
            Zeroizing::new(Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default() + 1));
        file.take(LARGEST).read_to_end(&mut bytes)?;
        Self::parse(&bytes)
    }

    /// Reads the content of a keytab. Keys of kinds that are not known here are left out.
    ///
    /// # Errors
    /// Where it is none, or damaged.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadKeytab> {
        let mut rest = Bytes { bytes: bytes.strip_prefix(&[5, 2]).ok_or(BadKeytab::Form)? };
        let mut entries = Vec::new();
        while !rest.bytes.is_empty() {
            let at = bytes.len() - rest.bytes.len();
            let damaged = || BadKeytab::Damaged(at);
            let length = rest.array().map(i32::from_be_bytes).ok_or_else(damaged)?;
            // Some writers end with a length of zero, behind which nothing counts.
            if length == 0 {
                break;
            }
            let size = usize::try_from(length.unsigned_abs()).map_err(|_| damaged())?;
            let content = rest.take(size).ok_or_else(damaged)?;
            if length > 0 {
                entries.extend(Entry::parse(content).ok_or_else(damaged)?);
            }
        }
        if entries.is_empty() { Err(BadKeytab::Empty) } else { Ok(Self { entries }) }
    }

    /// The accounts that it has keys for, each once, in the order of the file.
    #[must_use]
    pub fn principals(&self) -> Vec<&Principal> {
        let mut met = HashSet::new();
        let all = self.entries.iter().map(|entry| &entry.principal);
        all.filter(|principal| met.insert(principal.to_string().to_ascii_lowercase())).collect()
    }

    /// The newest keys of an account, the best first. Of RC4's there is one only where there is no other.
    ///
    /// # Errors
    /// Where it has none.
    pub(crate) fn keys(&self, principal: &Principal) -> Result<Vec<Key>, Error> {
        let own = || self.entries.iter().filter(|entry| entry.principal.is(principal));
        let Some(newest) = own().map(|entry| entry.version).max() else {
            return Err(Error::NotInKeytab {
                wanted: principal.to_string(),
                found: self.principals().into_iter().map(ToString::to_string).collect(),
            });
        };
        let newest = || own().filter(|entry| entry.version == newest);
        let mut keys: Vec<Key> = Enctype::ALL
            .into_iter()
            // Where there are two of a kind the last one was written later.
            .filter_map(|enctype| newest().rev().find(|entry| entry.key.enctype() == enctype))
            .map(|entry| entry.key.clone())
            .collect();
        if keys.first().is_some_and(|best| best.enctype() != Enctype::Rc4) {
            keys.retain(|key| key.enctype() != Enctype::Rc4);
        }
        Ok(keys)
    }
}

impl Entry {
    /// `Some(None)` where its key is of a kind that is not known here.
    #[allow(clippy::option_option)]
    fn parse(content: &[u8]) -> Option<Option<Self>> {
        let mut content = Bytes { bytes: content };
        let count = content.array().map(u16::from_be_bytes)?;
        let realm = content.text()?;
        // Each part takes two bytes at least, so that the count cannot make this long.
        let parts = (0..count).map(|_| content.text()).collect::<Option<Vec<_>>>()?;
        content.take(4)?; // the kind of name
        content.take(4)?; // when it was written
        let [version] = content.array()?;
        let enctype = content.array().map(u16::from_be_bytes)?;
        let key = content.counted()?;
        // The version again, where one byte may be too small for it; zero where it is not used.
        let whole = content.array().map(u32::from_be_bytes).filter(|version| *version != 0);
        let Ok(enctype) = Enctype::of(enctype.into()) else { return Some(None) };
        let key = Key::new(enctype, key).ok()?;
        Some(Some(Self {
            principal: Principal { realm, parts },
            version: whole.unwrap_or(version.into()),
            key,
        }))
    }
}

/// Bytes that are taken from the front.
pub(crate) struct Bytes<'a> {
    pub(crate) bytes: &'a [u8],
}

impl<'a> Bytes<'a> {
    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// With a length of two bytes before it.
    fn counted(&mut self) -> Option<&'a [u8]> {
        let length = self.array().map(u16::from_be_bytes)?;
        self.take(length.into())
    }

    fn text(&mut self) -> Option<String> {
        self.counted().map(|text| String::from_utf8_lossy(text).into_owned())
    }
}

impl fmt::Debug for Keytab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.principals().iter().map(ToString::to_string)).finish()
    }
}

impl Drop for Keytab {
    fn drop(&mut self) {
        // The keys overwrite themselves; the names are nobody's business either.
        for entry in &mut self.entries {
            entry.principal.parts.iter_mut().for_each(Zeroize::zeroize);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An entry as the format's description has it.
    fn entry(principal: &str, version: u32, enctype: u16, key: &[u8], long: bool) -> Vec<u8> {
        let (name, realm) = principal.split_once('@').unwrap();
        let counted = |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat();
        let parts: Vec<_> = name.split('/').collect();
        let mut content = u16::try_from(parts.len()).unwrap().to_be_bytes().to_vec();
        content.extend(counted(realm.as_bytes()));
        for part in parts {
            content.extend(counted(part.as_bytes()));
        }
        content.extend(1_u32.to_be_bytes());
        content.extend(0_u32.to_be_bytes());
        content.push(version.to_be_bytes()[3]);
        content.extend(enctype.to_be_bytes());
        content.extend(counted(key));
        if long {
            content.extend(version.to_be_bytes());
        }
        [&i32::try_from(content.len()).unwrap().to_be_bytes(), content.as_slice()].concat()
    }

    fn file(entries: &[Vec<u8>]) -> Vec<u8> {
        [&[5, 2], entries.concat().as_slice()].concat()
    }

    fn keys(bytes: &[u8], name: &str) -> Vec<(Enctype, u8)> {
        let (name, realm) = name.split_once('@').unwrap();
        let principal =
            Principal { realm: realm.to_owned(), parts: name.split('/').map(str::to_owned).collect() };
        let keys = Keytab::parse(bytes).unwrap().keys(&principal).unwrap();
        keys.iter().map(|key| (key.enctype(), key.bytes()[0])).collect()
    }

    #[test]
    fn the_newest_and_best_keys_of_the_account() {
        let mut deleted = entry("ann@RDS.TEST", 9, 18, &[9; 32], true);
        let length = i32::from_be_bytes(deleted[..4].try_into().unwrap());
        deleted[..4].copy_from_slice(&(-length).to_be_bytes());
        let bytes = file(&[
            entry("bob@RDS.TEST", 7, 18, &[1; 32], true),
            entry("ann@RDS.TEST", 2, 18, &[2; 32], false),
            deleted,
            entry("ann@RDS.TEST", 300, 23, &[3; 16], true),
            entry("ann@RDS.TEST", 300, 17, &[4; 16], true),
            entry("ann@RDS.TEST", 300, 3, &[5; 8], true),
            entry("ann@RDS.TEST", 300, 18, &[6; 32], true),
            entry("host/old.rds.test@RDS.TEST", 1, 23, &[7; 16], false),
            0_i32.to_be_bytes().to_vec(),
        ]);
        assert_eq!(keys(&bytes, "Ann@rds.test"), [(Enctype::Aes256, 6), (Enctype::Aes128, 4)]);
        assert_eq!(keys(&bytes, "host/old.rds.test@RDS.TEST"), [(Enctype::Rc4, 7)]);
        let keytab = Keytab::parse(&bytes).unwrap();
        let shown = format!("{keytab:?}");
        assert_eq!(shown, r#"["bob@RDS.TEST", "ann@RDS.TEST", "host/old.rds.test@RDS.TEST"]"#);
        let nobody = Principal { realm: "RDS.TEST".to_owned(), parts: vec!["carl".to_owned()] };
        assert!(matches!(keytab.keys(&nobody), Err(Error::NotInKeytab { found, .. }) if found.len() == 3));
    }

    #[test]
    fn what_is_no_keytab() {
        let bad = |bytes: &[u8]| Keytab::parse(bytes).unwrap_err();
        assert!(matches!(bad(b""), BadKeytab::Form));
        assert!(
            matches!(bad(&[5, 1, 0, 0]), BadKeytab::Form),
            "version 1 has the byte order of whoever wrote it"
        );
        assert!(matches!(bad(&[5, 2]), BadKeytab::Empty));
        assert!(matches!(bad(&file(&[entry("ann@RDS.TEST", 1, 3, &[5; 8], true)])), BadKeytab::Empty));
        assert!(matches!(bad(&[5, 2, 0, 0, 1, 0, 0]), BadKeytab::Damaged(2)));
        assert!(matches!(bad(&[5, 2, 0x80, 0, 0, 0]), BadKeytab::Damaged(2)));
        // A key of AES that is too short for one.
        assert!(matches!(bad(&file(&[entry("ann@RDS.TEST", 1, 18, &[5; 8], true)])), BadKeytab::Damaged(2)));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let path = std::env::temp_dir().join(format!("rdscal-keytab-{}", std::process::id()));
        std::fs::write(&path, file(&[entry("ann@RDS.TEST", 1, 18, &[5; 32], true)])).unwrap();
        let load = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            Keytab::load(&path)
        };
        assert!(matches!(load(0o640), Err(BadKeytab::Open(0o640))));
        assert_eq!(load(0o600).unwrap().principals().len(), 1);
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(Keytab::load(&std::env::temp_dir()), Err(BadKeytab::NoFile)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_keytab_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Keytab::parse(&[&[5, 2], bytes.as_slice()].concat());
        }

        #[test]
        fn a_damaged_keytab_is_one_or_none(at in any::<proptest::sample::Index>(), byte in any::<u8>(), cut in any::<proptest::sample::Index>()) {
            let mut bytes = file(&[entry("ann@RDS.TEST", 300, 17, &[4; 16], true), entry("a/b@C", 1, 18, &[6; 32], false)]);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes.truncate(cut.index(bytes.len()).max(at));
            if let Ok(keytab) = Keytab::parse(&bytes) {
                for principal in keytab.principals() {
                    prop_assert!(!keytab.keys(principal).unwrap().is_empty());
                }
            }
        }
    }
}
