//! The differences between two states of a hive.

use crate::error::Result;
use crate::hive::Hive;
use crate::image::Image;
use crate::key::{Key, MAX_DEPTH};
use crate::name::Name;
use crate::value::Value;

/// A difference between two hives. Paths are relative to the root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A key was added with its subtree.
    KeyAdded(String),
    /// A key was removed with its subtree.
    KeyRemoved(String),
    /// A key's class name, security descriptor, flags or the spelling of its name changed.
    KeyChanged(String),
    /// A key's last-write time changed.
    Touched(String),
    /// A value was added: the key's path and the value's name.
    ValueAdded(String, String),
    /// A value was removed.
    ValueRemoved(String, String),
    /// A value's type or data changed.
    ValueChanged(String, String),
    /// The order of a key's values changed.
    Reordered(String),
}

impl Change {
    /// The path of the key.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::KeyAdded(path)
            | Self::KeyRemoved(path)
            | Self::KeyChanged(path)
            | Self::Touched(path)
            | Self::ValueAdded(path, _)
            | Self::ValueRemoved(path, _)
            | Self::ValueChanged(path, _)
            | Self::Reordered(path) => path,
        }
    }
}

/// Returns the changes from one hive to another, in the order of keys. Both are read completely, except
/// subtrees that are in one of them only.
///
/// # Errors
///
/// If either cannot be read completely.
pub fn changes<A: Image, B: Image>(old: &Hive<A>, new: &Hive<B>) -> Result<Vec<Change>> {
    let mut found = Vec::new();
    let mut pairs = vec![(old.root()?, new.root()?, String::new(), 0)];
    while let Some((old, new, path, depth)) = pairs.pop() {
        compare(old, new, &path, &mut found)?;
        if depth >= MAX_DEPTH {
            continue;
        }
        let (mut olds, mut news) = (sorted(old)?.into_iter().peekable(), sorted(new)?.into_iter().peekable());
        let below =
            |name: Name<'_>| if path.is_empty() { name.to_string() } else { format!("{path}\\{name}") };
        let mut both = Vec::new();
        loop {
            let order = match (olds.peek(), news.peek()) {
                (None, None) => break,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(old), Some(new)) => old.name().cmp_ignoring_case(new.name()),
            };
            let gone = if order.is_le() { olds.next() } else { None };
            let come = if order.is_ge() { news.next() } else { None };
            match (gone, come) {
                (Some(old), Some(new)) => both.push((old, new, below(new.name()), depth + 1)),
                (Some(old), None) => found.push(Change::KeyRemoved(below(old.name()))),
                (None, Some(new)) => found.push(Change::KeyAdded(below(new.name()))),
                (None, None) => break,
            }
        }
        pairs.extend(both.into_iter().rev());
    }
    Ok(found)
}

fn sorted<I: Image>(key: Key<'_, I>) -> Result<Vec<Key<'_, I>>> {
    let mut keys = key.subkeys().collect::<Result<Vec<_>>>()?;
    keys.sort_by(|a, b| a.name().cmp_ignoring_case(b.name()));
    Ok(keys)
}

/// Names with their indexes, sorted by name.
fn in_order<'h>(names: impl Iterator<Item = Name<'h>>) -> Vec<(usize, Name<'h>)> {
    let mut order: Vec<_> = names.enumerate().collect();
    order.sort_by(|(_, a), (_, b)| a.cmp_ignoring_case(*b));
    order
}

fn compare<A: Image, B: Image>(
    old: Key<'_, A>,
    new: Key<'_, B>,
    path: &str,
    found: &mut Vec<Change>,
) -> Result<()> {
    if old.name() != new.name()
        || old.flags() != new.flags()
        || old.class_name()? != new.class_name()?
        || old.security_bytes()? != new.security_bytes()?
    {
        found.push(Change::KeyChanged(path.to_owned()));
    }
    if old.last_write() != new.last_write() {
        found.push(Change::Touched(path.to_owned()));
    }
    let olds = old.values().collect::<Result<Vec<_>>>()?;
    let news = new.values().collect::<Result<Vec<_>>>()?;
    let mut a = in_order(olds.iter().map(Value::name)).into_iter().peekable();
    let mut b = in_order(news.iter().map(Value::name)).into_iter().peekable();
    let mut kept = Vec::new();
    loop {
        let order = match (a.peek(), b.peek()) {
            (None, None) => break,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((_, a)), Some((_, b))) => a.cmp_ignoring_case(*b),
        };
        let gone = if order.is_le() { a.next() } else { None };
        let come = if order.is_ge() { b.next() } else { None };
        match (gone, come) {
            (Some((i, name)), Some((j, new_name))) => {
                kept.push((i, j));
                if let (Some(old), Some(new)) = (olds.get(i), news.get(j))
                    && (name != new_name
                        || old.data_type() != new.data_type()
                        || old.data()? != new.data()?)
                {
                    found.push(Change::ValueChanged(path.to_owned(), new_name.to_string()));
                }
            }
            (Some((_, name)), None) => {
                found.push(Change::ValueRemoved(path.to_owned(), name.to_string()));
            }
            (None, Some((_, name))) => {
                found.push(Change::ValueAdded(path.to_owned(), name.to_string()));
            }
            (None, None) => break,
        }
    }
    kept.sort_unstable();
    if kept.windows(2).any(|pair| matches!(pair, [(_, a), (_, b)] if a > b)) {
        found.push(Change::Reordered(path.to_owned()));
    }
    Ok(())
}
