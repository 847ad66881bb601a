//! Capturing subtrees from anything that can be read key by key.

use std::collections::HashSet;

use crate::error::{KeyError, Part};
use snapshot::{
    Capture, Data, Depth, Extent, FileTime, Key, KeyPath, Name, Note, Security, Selector, Snapshot, State,
    Unread, Value,
};

/// A registry that can be read key by key: hives, exports, the running machine, a machine across the network.
pub trait Registry {
    /// A handle to a key.
    type Key;

    /// Opens a key: `None` where there is none. The error says, for people, why the question could not be answered.
    fn open(&self, path: &KeyPath) -> Result<Option<Self::Key>, KeyError>;

    /// True where this registry could hold the path at all: a lone SYSTEM hive cannot tell anything of `HKLM\SOFTWARE`.
    fn covers(&self, path: &KeyPath) -> bool;

    /// Where this registry holds only parts of what lies below `path`, as an export of a few keys does: the tops of those
    /// parts.
    fn parts_below(&self, _path: &KeyPath) -> Vec<KeyPath> {
        Vec::new()
    }

    /// A number that no other key has, where there is one: a key that is met again below itself, or twice below one other, is
    /// damage, and following it could take forever.
    fn identity(&self, _key: &Self::Key) -> Option<u64> {
        None
    }

    /// Why nothing can be read of a key that [`Registry::subkeys`] listed, where that is so: a key may be listed by whoever may read
    /// the one above, and yet be closed to him.
    fn closed(&self, _key: &Self::Key) -> Option<KeyError> {
        None
    }

    /// The key's last-write time.
    fn last_write(&self, key: &Self::Key) -> Option<FileTime>;

    /// The key's class name; `None` where it has none, or this registry does not tell.
    fn class(&self, _key: &Self::Key) -> Result<Option<Name>, KeyError> {
        Ok(None)
    }

    /// The key's security descriptor; `None` where this registry does not tell.
    fn security(&self, key: &Self::Key) -> Result<Option<Security>, KeyError>;

    /// The key's values, in their stored order. `wanted` says for a name whether the data is wanted; of others only the size
    /// is taken.
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

/// Keys more than this far below a selected one are not captured. None that licensing knows lies half as deep, and a snapshot's
/// JSON must not nest deeper than readers accept.
const DEEPEST: usize = 48;

/// What one snapshot holds at most: many times what any honest machine has there, so that a forged source, in which a million
/// entries lead to the same few bytes, costs no more than a large one.
const MOST_KEYS: usize = 100_000;
const MOST_VALUES: usize = 400_000;
const MOST_BYTES: usize = 64 << 20;

/// Of what is damaged in one key, this much is looked at before the rest is given up.
const MOST_FAULTS: usize = 1_000;

/// Notes on damage beyond this number are only counted.
const MOST_NOTES: usize = 100;

/// Captures what `scope` asks for into the snapshot. What could not be read is noted there, and the rest is captured all the same.
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

/// What of a scope is nobody's business, whichever selector reaches it.
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

/// The values whose data a scope leaves out, for whoever reads by other ways than [`capture`].
#[derive(Debug)]
pub struct Secrets(Vec<Withheld>);

impl Secrets {
    /// Those of this scope.
    #[must_use]
    pub fn of(scope: &[Selector]) -> Self {
        Self(withheld(scope))
    }

    /// True where the key may hold one: then names must be asked for before data.
    #[must_use]
    pub fn reach(&self, key: &KeyPath) -> bool {
        self.0.iter().any(|withheld| withheld.keys.reaches(key))
    }

    /// True where the value of this name is one.
    #[must_use]
    pub fn hold(&self, key: &KeyPath, name: &Name) -> bool {
        self.0.iter().any(|withheld| withheld.keys.reaches(key) && withheld.holds(name))
    }
}

/// Values whose data is never taken.
#[derive(Debug)]
pub(crate) struct Withheld {
    keys: Pattern,
    /// Their names; every value where `None`.
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
    /// The key, or the one above where the last name is a pattern.
    path: KeyPath,
    /// The last name, where `*` in it stands for any run of characters.
    last: Option<String>,
}

impl Pattern {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let path: KeyPath = text.parse().ok()?;
        let last = path.last().and_then(Name::as_str).filter(|name| name.contains('*')).map(str::to_owned);
        Some(match (last, path.parent()) {
            (Some(last), Some(above)) => Self { path: above, last: Some(last) },
            _ => Self { path, last: None },
        })
    }

    /// True where the path is, or lies below, a key that this names.
    pub(crate) fn reaches(&self, path: &KeyPath) -> bool {
        let Some(below) = path.below(&self.path) else { return false };
        match &self.last {
            None => true,
            Some(pattern) => below.first().is_some_and(|name| is_named(pattern, name)),
        }
    }

    /// True where the path is, lies below, or leads to a key that this names.
    pub(crate) fn touches(&self, path: &KeyPath) -> bool {
        self.reaches(path) || self.path.starts_with(path)
    }
}

/// What may still be taken.
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
        take(&mut self.values, 1)
            && take(&mut self.bytes, value.bytes().len() + value.name.to_utf16().len() * 2)
    }
}

fn take(left: &mut usize, amount: usize) -> bool {
    let rest = left.checked_sub(amount);
    *left = rest.unwrap_or(0);
    rest.is_some()
}

/// What is wrong in one key: the first fault in words, the others counted.
#[derive(Default)]
struct Faults {
    first: Option<KeyError>,
    count: usize,
}

impl Faults {
    /// True where so much is wrong that the rest is given up.
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
    /// How much is asked for at present.
    depth: Depth,
    /// The keys that were met in the present subtree.
    met: HashSet<u64>,
    budget: Budget,
    unread: Vec<Unread>,
    notes: Vec<Note>,
    more_notes: usize,
}

/// A key could not be opened; why is among what was not read.
struct NotOpened;

impl<R: Registry> Reader<'_, R> {
    fn select(&mut self, pattern: &Pattern) -> Vec<Capture> {
        if self.registry.covers(&pattern.path) {
            return match &pattern.last {
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

    /// The key at this path with what was asked for below it; `None` where it could not be opened.
    fn subtree(&mut self, path: &KeyPath) -> Option<Capture> {
        self.open(path).ok().map(|key| self.top(path, key))
    }

    /// The subkeys of this key whose names fit.
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

    /// The key, or that there is none. A key that could not be opened is noted.
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

    /// The key with what was asked for below it. `None` where nothing in it matches the filter.
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
        // Last, so that a key that is not kept costs no question across a network.
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

    /// A key that was listed and cannot be read. True where so much is wrong that the rest is given up.
    fn closed(&mut self, path: &KeyPath, reason: KeyError, faults: &mut Faults) -> bool {
        if let Depth::Matching(_) = self.depth {
            // Whether it matches is not known. Hundreds of such keys are one fault.
            let name = path.last().cloned().unwrap_or_default();
            return faults.add(reason.at(Part::Subkey(name)));
        }
        self.unread(path, reason.to_string());
        false
    }

    /// Some of the key could not be read.
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

    /// Nothing of the key could be read.
    fn unread(&mut self, path: &KeyPath, reason: String) {
        if !self.unread.iter().any(|unread| unread.path == *path) {
            self.unread.push(Unread { path: path.clone(), reason });
        }
    }
}

fn is_named(pattern: &str, name: &Name) -> bool {
    name.as_str().is_some_and(|name| fits(pattern, name))
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
        assert!(contains(&Value::new("a", snapshot::ValueType::BINARY, wide), "GracePeriod"));
        assert!(contains(&Value::new("a", snapshot::ValueType::BINARY, *b"..graceperiod.."), "GracePeriod"));
        assert!(!contains(&Value::new("a", snapshot::ValueType::BINARY, *b"grace"), "GracePeriod"));
    }
}
