//! Capturing subtrees from a registry that is read key by key.

use std::collections::HashSet;

use crate::error::{KeyError, Part};
use snapshot::{
    Capture, Data, Depth, Extent, FileTime, Key, KeyPath, Name, Note, RootKey, Security, Selector, Snapshot,
    State, Unread, Value,
};

/// A registry that is read key by key: hives, exports, the running machine, or a machine on the network.
pub trait Registry {
    /// A handle to a key.
    type Key;

    /// Opens a key; `None` if it does not exist. The error is the reason why the registry cannot be read
    /// there.
    fn open(&self, path: &KeyPath) -> Result<Option<Self::Key>, KeyError>;

    /// True if this registry could contain the path: a lone SYSTEM hive has no information about
    /// `HKLM\SOFTWARE`.
    fn covers(&self, path: &KeyPath) -> bool;

    /// The topmost known keys below `path` if the registry contains only parts of it, as an export of a few
    /// keys does.
    fn parts_below(&self, _path: &KeyPath) -> Vec<KeyPath> {
        Vec::new()
    }

    /// A number that identifies the key, if the registry has one. A key that occurs again below itself, or
    /// twice below the same key, is damage; following it could be an endless loop.
    fn identity(&self, _key: &Self::Key) -> Option<u64> {
        None
    }

    /// Why a key that [`Registry::subkeys`] returned cannot be read. Read access to a key includes the names
    /// of its subkeys, but not the subkeys themselves.
    fn closed(&self, _key: &Self::Key) -> Option<KeyError> {
        None
    }

    /// The key's last-write time.
    fn last_write(&self, key: &Self::Key) -> Option<FileTime>;

    /// The key's class name; `None` if it has none or this registry does not report it.
    fn class(&self, _key: &Self::Key) -> Result<Option<Name>, KeyError> {
        Ok(None)
    }

    /// The key's security descriptor; `None` if this registry does not report it.
    fn security(&self, key: &Self::Key) -> Result<Option<Security>, KeyError>;

    /// The key's values, in their stored order. `wanted` decides by name whether the data is read; otherwise
    /// only the size is.
    fn values<'a>(
        &'a self,
        key: &'a Self::Key,
        wanted: &'a dyn Fn(&Name) -> bool,
    ) -> impl Iterator<Item = Result<Value, KeyError>> + 'a;

    /// The key's subkeys, in their stored order.
    fn subkeys<'a>(
        &'a self,
        key: &'a Self::Key,
    ) -> impl Iterator<Item = Result<(Name, Self::Key), KeyError>> + 'a;
}

/// Limit on the depth below a selected key. The keys of licensing are less than half as deep, and JSON
/// parsers limit the nesting of a snapshot.
const DEEPEST: usize = 48;

/// Limits on one snapshot: many times what a real machine has. In a forged source, a million entries can
/// refer to the same few bytes; the limits keep its cost at that of a large source.
const MOST_KEYS: usize = 100_000;
const MOST_VALUES: usize = 400_000;
const MOST_BYTES: usize = 64 << 20;

/// Limit on faults in one key; after that, the rest of the key is skipped.
const MOST_FAULTS: usize = 1_000;

/// Limit on notes about damage; further ones are only counted.
const MOST_NOTES: usize = 100;

/// Captures what `scope` selects into the snapshot. Unreadable keys are recorded there, and the capture
/// continues.
pub fn capture<R: Registry>(registry: &R, scope: &[Selector], snapshot: &mut Snapshot) {
    let mut reader = Reader {
        registry,
        withheld: withheld(scope),
        depth: Depth::Tree,
        met: HashSet::new(),
        budget: Budget { keys: MOST_KEYS, values: MOST_VALUES, bytes: MOST_BYTES },
        unread: Vec::new(),
        notes: Vec::new(),
        more_notes: 0,
    };
    for selector in scope {
        reader.depth = selector.depth;
        if let Some(pattern) = Pattern::parse(selector.path) {
            snapshot.captures.extend(reader.select(&pattern));
        }
    }
    if reader.more_notes > 0 {
        let text = format!("{} more keys are partly unreadable", reader.more_notes);
        reader.notes.push(Note { about: snapshot.origin.locator.clone(), text });
    }
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

/// The data that a scope withholds, whichever selector reaches it.
pub(crate) fn withheld(scope: &[Selector]) -> Vec<Withheld> {
    scope
        .iter()
        .filter(|selector| selector.depth == Depth::Presence || !selector.omit.is_empty())
        .filter_map(|selector| {
            let names = if selector.depth == Depth::Presence { None } else { Some(selector.omit) };
            Some(Withheld { keys: Pattern::parse(selector.path)?, names })
        })
        .collect()
}

/// The values whose data a scope withholds, for readers that do not use [`capture`].
#[derive(Debug)]
pub struct Secrets(Vec<Withheld>);

impl Secrets {
    /// The withheld values of this scope.
    #[must_use]
    pub fn of(scope: &[Selector]) -> Self {
        Self(withheld(scope))
    }

    /// True if the key may contain a withheld value. Then names must be read before data.
    #[must_use]
    pub fn reach(&self, key: &KeyPath) -> bool {
        self.0.iter().any(|withheld| withheld.keys.reaches(key))
    }

    /// True if the data of the value of this name is withheld.
    #[must_use]
    pub fn hold(&self, key: &KeyPath, name: &Name) -> bool {
        self.0.iter().any(|withheld| withheld.keys.reaches(key) && withheld.holds(name))
    }
}

/// Values whose data is never taken.
#[derive(Debug)]
pub(crate) struct Withheld {
    keys: Pattern,
    /// The names of the values; `None` for all values.
    names: Option<&'static [&'static str]>,
}

impl Withheld {
    fn holds(&self, name: &Name) -> bool {
        self.names.is_none_or(|names| names.iter().any(|withheld| name.matches(withheld)))
    }
}

/// The path of a selector.
#[derive(Debug)]
pub(crate) struct Pattern {
    /// The key, or its parent if the last name is a pattern.
    path: KeyPath,
    /// The last name if it is a pattern, in which `*` matches any sequence of characters.
    last: Option<&'static str>,
}

impl Pattern {
    pub(crate) fn parse(text: &'static str) -> Option<Self> {
        let (root, rest) = text.split_once('\\').unwrap_or((text, ""));
        let (path, last) = match rest.rsplit_once('\\') {
            Some((parent, last)) if last.contains('*') => (parent, Some(last)),
            None if rest.contains('*') => ("", Some(rest)),
            _ => (rest, None),
        };
        Some(Self { path: KeyPath::fixed(RootKey::parse(root)?, path), last })
    }

    /// True if the path is at or below a key that this pattern matches.
    pub(crate) fn reaches(&self, path: &KeyPath) -> bool {
        let Some(below) = path.below(&self.path) else { return false };
        match self.last {
            None => true,
            Some(pattern) => below.first().is_some_and(|name| is_named(pattern, name)),
        }
    }

    /// True if the path is at, below or above a key that this pattern matches.
    pub(crate) fn touches(&self, path: &KeyPath) -> bool {
        self.reaches(path) || self.path.starts_with(path)
    }
}

/// The remaining limits of a snapshot.
struct Budget {
    keys: usize,
    values: usize,
    bytes: usize,
}

impl Budget {
    fn key(&mut self) -> bool {
        take(&mut self.keys, 1)
    }

    fn value(&mut self, value: &Value) -> bool {
        take(&mut self.values, 1) && take(&mut self.bytes, value.bytes().len() + value.name.len_utf16() * 2)
    }
}

fn take(left: &mut usize, amount: usize) -> bool {
    let rest = left.checked_sub(amount);
    *left = rest.unwrap_or(0);
    rest.is_some()
}

/// The faults of one key: the first as text, the others as a number.
#[derive(Default)]
struct Faults {
    first: Option<KeyError>,
    count: usize,
}

impl Faults {
    /// True if the limit on faults is reached.
    fn add(&mut self, reason: KeyError) -> bool {
        self.first.get_or_insert(reason);
        self.count += 1;
        self.count >= MOST_FAULTS
    }

    fn sentence(self) -> Option<String> {
        let first = self.first?;
        Some(match self.count {
            1 => first.to_string(),
            MOST_FAULTS.. => format!("{first} (and much more)"),
            count => format!("{first} (and {} more)", count - 1),
        })
    }
}

struct Reader<'a, R> {
    registry: &'a R,
    withheld: Vec<Withheld>,
    /// The depth of the present selector.
    depth: Depth,
    /// The identities of the keys found in the present subtree.
    met: HashSet<u64>,
    budget: Budget,
    unread: Vec<Unread>,
    notes: Vec<Note>,
    more_notes: usize,
}

/// A key could not be opened; the reason is recorded in the unread keys.
struct NotOpened;

impl<R: Registry> Reader<'_, R> {
    fn select(&mut self, pattern: &Pattern) -> Vec<Capture> {
        if self.registry.covers(&pattern.path) {
            return match pattern.last {
                None => self.subtree(&pattern.path).into_iter().collect(),
                Some(last) => self.matching(&pattern.path, last),
            };
        }
        if self.depth == Depth::Values {
            return Vec::new();
        }
        let parts = self.registry.parts_below(&pattern.path);
        parts.iter().filter(|part| pattern.reaches(part)).filter_map(|part| self.subtree(part)).collect()
    }

    /// The key at this path with the selected keys below it; `None` if it could not be opened.
    fn subtree(&mut self, path: &KeyPath) -> Option<Capture> {
        self.open(path).ok().map(|key| self.top(path, key))
    }

    /// The subkeys whose names match the pattern.
    fn matching(&mut self, path: &KeyPath, last: &str) -> Vec<Capture> {
        let registry = self.registry;
        let Ok(Some(key)) = self.open(path) else { return Vec::new() };
        let mut captures = Vec::new();
        let mut faults = Faults::default();
        for subkey in registry.subkeys(&key) {
            match subkey {
                Ok((name, key)) if is_named(last, &name) => {
                    if self.budget.keys == 0 {
                        faults.add(KeyError::TooMuch);
                        break;
                    }
                    if let Some(reason) = registry.closed(&key) {
                        self.unread(&path.child(&name), reason.to_string());
                        continue;
                    }
                    captures.push(self.top(&path.child(&name), Some(key)));
                }
                Ok(_) => {}
                Err(reason) => {
                    if faults.add(reason) {
                        break;
                    }
                }
            }
        }
        if let Some(reason) = faults.sentence() {
            self.unread(path, reason);
        }
        captures
    }

    /// Opens the key; `None` if it does not exist. A key that could not be opened is recorded.
    fn open(&mut self, path: &KeyPath) -> Result<Option<R::Key>, NotOpened> {
        self.registry.open(path).map_err(|reason| {
            self.unread(path, reason.to_string());
            NotOpened
        })
    }

    fn top(&mut self, path: &KeyPath, key: Option<R::Key>) -> Capture {
        let extent = match self.depth {
            Depth::Tree | Depth::Presence => Extent::Tree,
            Depth::Values => Extent::Values,
            Depth::Matching(_) => Extent::Partial,
        };
        self.met.clear();
        let state = key.map_or(State::ABSENT, |key| {
            let name = path.last().cloned().unwrap_or_default();
            State::Key(Box::new(self.read(path, name, &key, 0).unwrap_or_default()))
        });
        Capture { path: path.clone(), extent, state }
    }

    /// The key with the selected keys below it; `None` if nothing in it matches the filter.
    fn read(&mut self, path: &KeyPath, name: Name, handle: &R::Key, depth: usize) -> Option<Key> {
        let registry = self.registry;
        let mut key = Key { name, last_write: registry.last_write(handle), ..Key::default() };
        if let Some(identity) = registry.identity(handle) {
            self.met.insert(identity);
        }
        let mut faults = Faults::default();
        self.values(path, handle, &mut key, &mut faults);
        if self.depth != Depth::Values {
            self.subkeys(path, handle, depth, &mut key, &mut faults);
        }
        key.damage = faults.sentence();
        if let Some(reason) = &key.damage {
            self.note(path, reason);
        }
        if let Depth::Matching(text) = self.depth {
            let leads_nowhere = depth > 0 && key.subkeys.is_empty();
            if leads_nowhere && !key.values.iter().any(|value| contains(value, text)) {
                return None;
            }
            if !leads_nowhere {
                key.values.retain(|value| contains(value, text));
            }
        }
        // Last, so that a key that is not kept costs no call on the network.
        match registry.security(handle) {
            Ok(security) => key.security = security,
            Err(reason) => self.note(path, &reason.to_string()),
        }
        match registry.class(handle) {
            Ok(class) => key.class = class,
            Err(reason) => self.note(path, &reason.to_string()),
        }
        Some(key)
    }

    fn values(&mut self, path: &KeyPath, handle: &R::Key, key: &mut Key, faults: &mut Faults) {
        let withheld: Vec<_> = self.withheld.iter().filter(|withheld| withheld.keys.reaches(path)).collect();
        let wanted = |name: &Name| !withheld.iter().any(|withheld| withheld.holds(name));
        for value in self.registry.values(handle, &wanted) {
            let full = match value {
                Ok(value) if self.budget.value(&value) => {
                    key.values.push(value);
                    false
                }
                Ok(_) => {
                    faults.add(KeyError::TooMuch);
                    true
                }
                Err(reason) => faults.add(reason),
            };
            if full {
                return;
            }
        }
    }

    fn subkeys(&mut self, path: &KeyPath, handle: &R::Key, depth: usize, key: &mut Key, faults: &mut Faults) {
        let registry = self.registry;
        for subkey in registry.subkeys(handle) {
            let full = match subkey {
                Ok((name, handle)) => {
                    let again =
                        registry.identity(&handle).is_some_and(|identity| self.met.contains(&identity));
                    if again {
                        faults.add(KeyError::FoundTwice(name))
                    } else if depth >= DEEPEST {
                        faults.add(KeyError::TooDeep(DEEPEST));
                        true
                    } else if self.budget.key() {
                        if let Some(reason) = registry.closed(&handle) {
                            if self.closed(&path.child(&name), reason, faults) {
                                return;
                            }
                            continue;
                        }
                        let path = path.child(&name);
                        key.subkeys.extend(self.read(&path, name, &handle, depth + 1));
                        false
                    } else {
                        faults.add(KeyError::TooMuch);
                        true
                    }
                }
                Err(reason) => faults.add(reason),
            };
            if full {
                return;
            }
        }
    }

    /// Records a subkey that was listed and cannot be read. True if the limit on faults is reached.
    fn closed(&mut self, path: &KeyPath, reason: KeyError, faults: &mut Faults) -> bool {
        if let Depth::Matching(_) = self.depth {
            // It is unknown whether the key matches. Hundreds of such keys count as one fault.
            let name = path.last().cloned().unwrap_or_default();
            return faults.add(reason.at(Part::Subkey(name)));
        }
        self.unread(path, reason.to_string());
        false
    }

    /// Records that a part of the key could not be read.
    fn note(&mut self, path: &KeyPath, reason: &str) {
        if self.notes.len() >= MOST_NOTES {
            self.more_notes += 1;
            return;
        }
        let note = Note { about: path.to_string(), text: format!("partly unreadable: {reason}") };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Records that the key could not be read at all.
    fn unread(&mut self, path: &KeyPath, reason: String) {
        if !self.unread.iter().any(|unread| unread.path == *path) {
            self.unread.push(Unread { path: path.clone(), reason });
        }
    }
}

fn is_named(pattern: &str, name: &Name) -> bool {
    name.as_str().is_some_and(|name| fits(pattern, name))
}

/// True if `name` matches `pattern`, in which `*` matches any sequence of characters.
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

/// True if the bytes of the value contain the text in ASCII or UTF-16LE.
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
        assert!(contains(&Value::new("a", snapshot::ValueType::BINARY, wide), "GracePeriod"));
        assert!(contains(&Value::new("a", snapshot::ValueType::BINARY, *b"..graceperiod.."), "GracePeriod"));
        assert!(!contains(&Value::new("a", snapshot::ValueType::BINARY, *b"grace"), "GracePeriod"));
    }
}
