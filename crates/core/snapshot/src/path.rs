//! Registry paths.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Name;

/// A predefined key, the root of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RootKey {
    /// `HKEY_LOCAL_MACHINE`
    LocalMachine,
    /// `HKEY_USERS`
    Users,
    /// `HKEY_CURRENT_USER`
    CurrentUser,
    /// `HKEY_CLASSES_ROOT`
    ClassesRoot,
    /// `HKEY_CURRENT_CONFIG`
    CurrentConfig,
}

const ROOTS: &[(RootKey, &str, &str)] = &[
    (RootKey::LocalMachine, "HKLM", "HKEY_LOCAL_MACHINE"),
    (RootKey::Users, "HKU", "HKEY_USERS"),
    (RootKey::CurrentUser, "HKCU", "HKEY_CURRENT_USER"),
    (RootKey::ClassesRoot, "HKCR", "HKEY_CLASSES_ROOT"),
    (RootKey::CurrentConfig, "HKCC", "HKEY_CURRENT_CONFIG"),
];

impl RootKey {
    fn row(self) -> &'static (Self, &'static str, &'static str) {
        ROOTS.iter().find(|row| row.0 == self).unwrap_or(&ROOTS[0])
    }

    /// The short name, such as `HKLM`.
    #[must_use]
    pub fn short(self) -> &'static str {
        self.row().1
    }

    /// The name that `.reg` files use, such as `HKEY_LOCAL_MACHINE`.
    #[must_use]
    pub fn long(self) -> &'static str {
        self.row().2
    }

    /// Parses the short and the long name, ignoring case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        ROOTS
            .iter()
            .find(|(_, short, long)| text.eq_ignore_ascii_case(short) || text.eq_ignore_ascii_case(long))
            .map(|row| row.0)
    }
}

/// A full path: a predefined key and the names below it.
///
/// The text form is `HKLM\SYSTEM\CurrentControlSet\…`. Two paths are equal if the registry would open the
/// same key for both; case is therefore ignored.
#[derive(Clone)]
pub struct KeyPath {
    root: RootKey,
    below: Arc<Below>,
}

/// The names below the predefined key.
#[derive(Clone, Default)]
struct Below {
    names: Vec<Name>,
    /// For each name a number that is equal for equal paths down to it, so that most paths that differ are
    /// recognized by one comparison.
    folds: Vec<u64>,
}

impl Below {
    /// A copy with room for this many more names.
    fn with_room(&self, more: usize) -> Self {
        let size = self.names.len() + more;
        let mut copy = Self { names: Vec::with_capacity(size), folds: Vec::with_capacity(size) };
        copy.names.extend_from_slice(&self.names);
        copy.folds.extend_from_slice(&self.folds);
        copy
    }

    fn push(&mut self, name: Name) {
        self.folds.push(name.fold(self.folds.last().copied().unwrap_or_default()));
        self.names.push(name);
    }
}

/// The text is not a registry path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{text}” is not a registry path: it must begin with a predefined key such as HKLM or HKEY_LOCAL_MACHINE"
)]
pub struct ParsePathError {
    text: String,
}

impl KeyPath {
    /// The path of the predefined key itself.
    #[must_use]
    pub fn root(root: RootKey) -> Self {
        Self::new(root, [])
    }

    fn new(root: RootKey, names: impl IntoIterator<Item = Name>) -> Self {
        let mut below = Below::default();
        names.into_iter().for_each(|name| below.push(name));
        Self { root, below: Arc::new(below) }
    }

    /// A path below `HKEY_LOCAL_MACHINE`, with names separated by backslashes.
    #[must_use]
    pub fn hklm(rest: &str) -> Self {
        Self::root(RootKey::LocalMachine).join(rest)
    }

    /// A path of a table of the program, with names separated by backslashes. Each thread splits it once,
    /// because the same few hundred paths are needed for every machine.
    #[must_use]
    pub fn fixed(root: RootKey, rest: &'static str) -> Self {
        thread_local! {
            static KNOWN: RefCell<HashMap<(RootKey, usize, usize), KeyPath>> = RefCell::default();
        }
        // The address of a constant identifies it, and is faster to look up than its text.
        let constant = (root, rest.as_ptr().addr(), rest.len());
        let path = || Self::root(root).join(rest);
        KNOWN.with_borrow_mut(|known| known.entry(constant).or_insert_with(path).clone())
    }

    /// [`KeyPath::fixed`] below `HKEY_LOCAL_MACHINE`.
    #[must_use]
    pub fn fixed_hklm(rest: &'static str) -> Self {
        Self::fixed(RootKey::LocalMachine, rest)
    }

    /// This path extended by names that are separated by backslashes. Empty names are skipped.
    #[must_use]
    pub fn join(&self, rest: &str) -> Self {
        let mut below = self.below.with_room(rest.bytes().filter(|&byte| byte == b'\\').count() + 1);
        rest.split('\\').filter(|part| !part.is_empty()).for_each(|part| below.push(Name::from(part)));
        Self { root: self.root, below: Arc::new(below) }
    }

    /// A path from UTF-16 code units, `HKEY_LOCAL_MACHINE\\…` or `HKLM\\…`; `None` if they do not begin with
    /// a predefined key. Empty names (doubled or trailing backslashes) are skipped, as in Windows.
    #[must_use]
    pub fn from_utf16(units: &[u16]) -> Option<Self> {
        let mut names = units.split(|&unit| unit == u16::from(b'\\'));
        let root = RootKey::parse(&String::from_utf16_lossy(names.next()?))?;
        Some(Self::new(root, names.filter(|name| !name.is_empty()).map(Name::from_utf16)))
    }

    /// This path extended by one name, which is not split at backslashes.
    #[must_use]
    pub fn child(&self, name: &Name) -> Self {
        let mut below = self.below.with_room(1);
        below.push(name.clone());
        Self { root: self.root, below: Arc::new(below) }
    }

    /// The predefined key at the start of the path.
    #[must_use]
    pub fn root_key(&self) -> RootKey {
        self.root
    }

    /// The names below the predefined key.
    #[must_use]
    pub fn parts(&self) -> &[Name] {
        &self.below.names
    }

    /// The last name; `None` for a predefined key.
    #[must_use]
    pub fn last(&self) -> Option<&Name> {
        self.parts().last()
    }

    /// The path of the parent; `None` for a predefined key.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, above) = self.parts().split_last()?;
        Some(Self::new(self.root, above.iter().cloned()))
    }

    /// The names between `ancestor` and this path: empty if both are equal, `None` if this path is not below
    /// `ancestor`.
    #[must_use]
    pub fn below(&self, ancestor: &Self) -> Option<&[Name]> {
        let above = ancestor.parts();
        let (head, tail) = self.parts().split_at_checked(above.len())?;
        let folds = self.below.folds.get(..above.len())?;
        if self.root != ancestor.root || folds.last() != ancestor.below.folds.last() {
            return None;
        }
        if Arc::ptr_eq(&self.below, &ancestor.below) {
            return Some(tail);
        }
        // Different names may have one number.
        head.iter().zip(above).all(|(a, b)| a.same(b)).then_some(tail)
    }

    /// True if this path is `ancestor` or is below it.
    #[must_use]
    pub fn starts_with(&self, ancestor: &Self) -> bool {
        self.below(ancestor).is_some()
    }

    /// The path with the long name of the predefined key (`HKEY_LOCAL_MACHINE`), as in `.reg` files.
    #[must_use]
    pub fn to_long_string(&self) -> String {
        self.spell(self.root.long())
    }

    fn spell(&self, root: &str) -> String {
        let mut text = String::from(root);
        for part in self.parts() {
            text.push('\\');
            match part.as_str() {
                Some(name) if !name.chars().any(char::is_control) => text.push_str(name),
                _ => text.push_str(&part.to_string()),
            }
        }
        text
    }
}

impl PartialEq for KeyPath {
    fn eq(&self, other: &Self) -> bool {
        self.below(other).is_some_and(<[Name]>::is_empty)
    }
}

impl Eq for KeyPath {}

impl FromStr for KeyPath {
    type Err = ParsePathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (root, rest) = text.split_once('\\').unwrap_or((text, ""));
        match RootKey::parse(root) {
            Some(root) => Ok(Self::root(root).join(rest)),
            None => Err(ParsePathError { text: text.to_owned() }),
        }
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spell(self.root.short()))
    }
}

impl fmt::Debug for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Json {
    Text(String),
    Parts { root: String, parts: Vec<Name> },
}

/// Serialized as a string if every name is plain text, otherwise as the list of names.
impl Serialize for KeyPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let plain = |name: &Name| name.as_str().is_some_and(|s| !s.chars().any(char::is_control));
        if self.parts().iter().all(plain) {
            serializer.collect_str(self)
        } else {
            Json::Parts { root: self.root.short().to_owned(), parts: self.parts().to_vec() }
                .serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for KeyPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        match Json::deserialize(deserializer)? {
            Json::Text(text) => text.parse().map_err(D::Error::custom),
            Json::Parts { root, parts } => {
                let root = RootKey::parse(&root).ok_or_else(|| D::Error::custom("unknown predefined key"))?;
                Ok(Self::new(root, parts))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_name_the_same_key() {
        let a: KeyPath = r"HKEY_LOCAL_MACHINE\Software\Microsoft\MSLicensing".parse().unwrap();
        let b: KeyPath = r"hklm\SOFTWARE\microsoft\mslicensing".parse().unwrap();
        assert_eq!(a, b);
        assert_eq!(b.to_long_string(), r"HKEY_LOCAL_MACHINE\SOFTWARE\microsoft\mslicensing");
        assert!(r"MSLicensing\Store".parse::<KeyPath>().is_err());
    }

    #[test]
    fn below_compares_whole_names() {
        let store = KeyPath::hklm(r"SOFTWARE\Microsoft\MSLicensing\Store");
        assert_eq!(store.below(&KeyPath::hklm(r"SOFTWARE\Microsoft")).map(<[Name]>::len), Some(2));
        assert!(store.below(&KeyPath::hklm(r"SOFTWARE\Micro")).is_none());
    }

    #[test]
    fn a_name_with_a_nul_survives_json() {
        let path = KeyPath::hklm("SOFTWARE").child(&Name::from("a\0b"));
        let json = serde_json::to_string(&path).unwrap();
        assert_eq!(serde_json::from_str::<KeyPath>(&json).unwrap(), path);
    }
}
