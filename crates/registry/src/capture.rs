//! Capturing subtrees from anything that can be read key by key.

use crate::{
    Capture, Data, Depth, Extent, FileTime, Key, KeyPath, Name, Note, Security, Selector, Snapshot, State,
    Unread, Value,
};

/// A registry that can be read key by key: hives, the running machine, a machine across the network.
pub trait Registry {
    /// A handle to a key.
    type Key;

    /// Opens a key: `None` where there is none. The error says, for people, why the question could not be answered.
    fn open(&self, path: &KeyPath) -> Result<Option<Self::Key>, String>;

    /// True where this registry could hold the path at all: a lone SYSTEM hive cannot tell anything of `HKLM\SOFTWARE`.
    fn covers(&self, path: &KeyPath) -> bool;

    /// The key's last-write time.
    fn last_write(&self, key: &Self::Key) -> Option<FileTime>;

    /// The key's security descriptor; `None` where this registry does not tell.
    fn security(&self, key: &Self::Key) -> Result<Option<Security>, String>;

    /// The key's values, in their stored order. `wanted` says for a name whether the data is wanted; of others only the size
    /// is taken.
    fn values(&self, key: &Self::Key, wanted: &dyn Fn(&Name) -> bool) -> Vec<Result<Value, String>>;

    /// The key's subkeys, in their stored order.
    fn subkeys(&self, key: &Self::Key) -> Vec<Result<(Name, Self::Key), String>>;
}

/// No key of a real registry lies deeper (Microsoft, *Registry element size limits*).
const DEEPEST: usize = 512;

/// Captures what `scope` asks for into the snapshot. What could not be read is noted there, and the rest is captured all the same.
pub fn capture<R: Registry>(registry: &R, scope: &[Selector], snapshot: &mut Snapshot) {
    let secrets: Vec<KeyPath> = scope
        .iter()
        .filter(|selector| selector.depth == Depth::Presence)
        .filter_map(|selector| selector.path.parse().ok())
        .collect();
    for selector in scope {
        let Ok(path) = selector.path.parse::<KeyPath>() else { continue };
        if !registry.covers(&path) {
            continue;
        }
        let mut reader =
            Reader { registry, secrets: &secrets, selector, unread: Vec::new(), notes: Vec::new() };
        let captures = reader.select(&path);
        snapshot.captures.extend(captures);
        for note in reader.notes {
            if !snapshot.notes.contains(&note) {
                snapshot.notes.push(note);
            }
        }
        for unread in reader.unread {
            if !snapshot.unread.contains(&unread) {
                snapshot.unread.push(unread);
            }
        }
    }
}

struct Reader<'a, R> {
    registry: &'a R,
    secrets: &'a [KeyPath],
    selector: &'a Selector,
    unread: Vec<Unread>,
    notes: Vec<Note>,
}

/// A key could not be opened; why is among what was not read.
struct NotOpened;

impl<R: Registry> Reader<'_, R> {
    fn select(&mut self, path: &KeyPath) -> Vec<Capture> {
        let pattern = path.last().and_then(Name::as_str).filter(|name| name.contains('*')).map(str::to_owned);
        let (Some(pattern), Some(parent)) = (pattern, path.parent()) else {
            return self.open(path).map(|key| self.top(path, key)).into_iter().collect();
        };
        let Ok(Some(key)) = self.open(&parent) else { return Vec::new() };
        let mut captures = Vec::new();
        for subkey in self.registry.subkeys(&key) {
            match subkey {
                Ok((name, key)) if name.as_str().is_some_and(|name| fits(&pattern, name)) => {
                    captures.push(self.top(&parent.child(&name), Some(key)));
                }
                Ok(_) => {}
                Err(reason) => self.unread(&parent, reason),
            }
        }
        captures
    }

    /// The key, or that there is none. A key that could not be opened is noted.
    fn open(&mut self, path: &KeyPath) -> Result<Option<R::Key>, NotOpened> {
        self.registry.open(path).map_err(|reason| {
            self.unread(path, reason);
            NotOpened
        })
    }

    fn top(&mut self, path: &KeyPath, key: Option<R::Key>) -> Capture {
        let extent = match self.selector.depth {
            Depth::Tree | Depth::Presence => Extent::Tree,
            Depth::Values => Extent::Values,
            Depth::Matching(_) => Extent::Partial,
        };
        let state = key.map_or(State::ABSENT, |key| {
            let name = path.last().cloned().unwrap_or_default();
            State::Key(Box::new(self.read(path, name, &key, 0).unwrap_or_default()))
        });
        Capture { path: path.clone(), extent, state }
    }

    /// The key with what was asked for below it. `None` where nothing in it matches the filter.
    fn read(&mut self, path: &KeyPath, name: Name, handle: &R::Key, depth: usize) -> Option<Key> {
        let mut key = Key { name, last_write: self.registry.last_write(handle), ..Key::default() };
        match self.registry.security(handle) {
            Ok(security) => key.security = security,
            Err(reason) => self.note(path, &reason),
        }
        let secret = self.secrets.iter().any(|secret| path.starts_with(secret));
        let omit = self.selector.omit;
        let wanted = |name: &Name| !secret && !omit.iter().any(|omitted| name.matches(omitted));
        for value in self.registry.values(handle, &wanted) {
            match value {
                Ok(value) => key.values.push(value),
                Err(reason) => key.damage = Some(self.damage(path, reason)),
            }
        }
        if self.selector.depth == Depth::Values || depth >= DEEPEST {
            return Some(key);
        }
        for subkey in self.registry.subkeys(handle) {
            match subkey {
                Ok((name, handle)) => {
                    let path = path.child(&name);
                    key.subkeys.extend(self.read(&path, name, &handle, depth + 1));
                }
                Err(reason) => key.damage = Some(self.damage(path, reason)),
            }
        }
        match self.selector.depth {
            Depth::Matching(text) if depth > 0 && key.subkeys.is_empty() => {
                key.values.iter().any(|value| contains(value, text)).then_some(key)
            }
            Depth::Matching(text) => {
                key.values.retain(|value| contains(value, text));
                Some(key)
            }
            _ => Some(key),
        }
    }

    /// Some of the key could not be read: noted, and returned for the key itself.
    fn damage(&mut self, path: &KeyPath, reason: String) -> String {
        self.note(path, &reason);
        reason
    }

    fn note(&mut self, path: &KeyPath, reason: &str) {
        let note = Note { about: path.to_string(), text: format!("partly unreadable: {reason}") };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Nothing of the key could be read.
    fn unread(&mut self, path: &KeyPath, reason: String) {
        let unread = Unread { path: path.clone(), reason };
        if !self.unread.contains(&unread) {
            self.unread.push(unread);
        }
    }
}

/// True where `name` fits `pattern`, in which `*` stands for any run of characters.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.is_empty()
}

/// True where the value's bytes contain the text in ASCII or UTF-16LE.
fn contains(value: &Value, text: &str) -> bool {
    let Data::Bytes(bytes) = &value.data else { return false };
    let ascii = text.as_bytes();
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let holds = |needle: &[u8]| {
        !needle.is_empty() && bytes.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle))
    };
    holds(ascii) || holds(&wide)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        assert!(fits("RDS-*", "rds-Licensing"));
        assert!(fits("*", "anything"));
        assert!(fits("a*c", "abbc"));
        assert!(!fits("a*c", "abcd"));
        assert!(!fits("RDS-*", "RD-Licensing"));
        assert!(fits("exact", "EXACT"));
    }

    #[test]
    fn text_is_found_in_both_encodings() {
        let wide: Vec<u8> = "x GRACEperiod".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(contains(&Value::new("a", crate::ValueType::BINARY, wide), "GracePeriod"));
        assert!(contains(&Value::new("a", crate::ValueType::BINARY, *b"..graceperiod.."), "GracePeriod"));
        assert!(!contains(&Value::new("a", crate::ValueType::BINARY, *b"grace"), "GracePeriod"));
    }
}
