//! Keys read from text, as a registry.

use std::collections::HashMap;

use crate::Registry;
use crate::capture::Pattern;
use crate::error::KeyError;
use snapshot::{Data, FileTime, KeyPath, Name, RootKey, Security, Selector, Value};

/// The keys of one or more texts, each with its full path, in any order.
///
/// Only keys that a scope can select are kept, which limits the cost of an export of a whole machine.
pub(super) struct Tree {
    wanted: Vec<Pattern>,
    nodes: Vec<Node>,
    roots: Vec<(RootKey, usize)>,
}

#[derive(Default)]
struct Node {
    name: Name,
    values: Vec<Value>,
    /// Index of each value, by its upper-cased name.
    by_name: HashMap<Vec<u16>, usize>,
    subkeys: Vec<usize>,
    subkey_by_name: HashMap<Vec<u16>, usize>,
    /// True if the text names the key itself, and not only a key below it.
    named: bool,
}

impl Tree {
    pub(super) fn new(scope: &[Selector]) -> Self {
        let wanted = scope.iter().filter_map(|selector| Pattern::parse(selector.path)).collect();
        Self { wanted, nodes: Vec::new(), roots: Vec::new() }
    }

    /// True if a selector reaches this key, or a key above or below it.
    pub(super) fn wants(&self, path: &KeyPath) -> bool {
        self.wanted.iter().any(|pattern| pattern.touches(path))
    }

    /// The key at this path, created if missing; `None` if no selector reaches it.
    pub(super) fn key(&mut self, path: &KeyPath) -> Option<Entry<'_>> {
        if !self.wants(path) {
            return None;
        }
        let root = path.root_key();
        let known = self.roots.iter().find(|(known, _)| *known == root).map(|(_, at)| *at);
        let mut at = known.unwrap_or_else(|| {
            let at = self.add(Name::default());
            self.roots.push((root, at));
            at
        });
        for name in path.parts() {
            at = self.below(at, name);
        }
        let keeps_values = self.wanted.iter().any(|pattern| pattern.reaches(path));
        let node = self.nodes.get_mut(at)?;
        node.named = true;
        Some(Entry { node, keeps_values })
    }

    fn add(&mut self, name: Name) -> usize {
        self.nodes.push(Node { name, ..Node::default() });
        self.nodes.len() - 1
    }

    fn below(&mut self, at: usize, name: &Name) -> usize {
        let folded = fold(name);
        if let Some(&known) = self.nodes.get(at).and_then(|node| node.subkey_by_name.get(&folded)) {
            return known;
        }
        let new = self.add(name.clone());
        if let Some(node) = self.nodes.get_mut(at) {
            node.subkeys.push(new);
            node.subkey_by_name.insert(folded, new);
        }
        new
    }

    /// The index of the key, and whether it is at or below a key that the text names.
    fn find(&self, path: &KeyPath) -> (Option<usize>, bool) {
        let mut covered = false;
        let mut at = self.roots.iter().find(|(root, _)| *root == path.root_key()).map(|(_, at)| *at);
        let mut names = path.parts().iter();
        while let Some(node) = at.and_then(|at| self.nodes.get(at)) {
            covered |= node.named;
            let Some(name) = names.next() else { break };
            at = node.subkey_by_name.get(&fold(name)).copied();
        }
        (at, covered)
    }
}

/// A key of a [`Tree`].
pub(super) struct Entry<'t> {
    node: &'t mut Node,
    keeps_values: bool,
}

impl Entry<'_> {
    /// Sets a value. As on import, the last of two settings wins.
    pub(super) fn set(&mut self, value: Value) {
        if !self.keeps_values {
            return;
        }
        let folded = fold(&value.name);
        let known = self.node.by_name.get(&folded).and_then(|&at| self.node.values.get_mut(at));
        if let Some(known) = known {
            *known = value;
        } else {
            self.node.by_name.insert(folded, self.node.values.len());
            self.node.values.push(value);
        }
    }
}

fn fold(name: &Name) -> Vec<u16> {
    let mut units = name.to_utf16();
    for unit in &mut units {
        *unit = nt::upcase(*unit);
    }
    units
}

impl Registry for &Tree {
    type Key = usize;

    fn open(&self, path: &KeyPath) -> Result<Option<usize>, KeyError> {
        Ok(self.find(path).0)
    }

    fn covers(&self, path: &KeyPath) -> bool {
        self.find(path).1
    }

    fn parts_below(&self, path: &KeyPath) -> Vec<KeyPath> {
        let mut parts = Vec::new();
        let mut open: Vec<_> = self.find(path).0.map(|at| (path.clone(), at)).into_iter().collect();
        while let Some((path, at)) = open.pop() {
            let Some(node) = self.nodes.get(at) else { continue };
            if node.named {
                parts.push(path);
                continue;
            }
            let below = node.subkeys.iter().rev().filter_map(|&sub| Some((self.nodes.get(sub)?, sub)));
            open.extend(below.map(|(node, sub)| (path.child(&node.name), sub)));
        }
        parts
    }

    fn last_write(&self, _key: &usize) -> Option<FileTime> {
        None
    }

    fn security(&self, _key: &usize) -> Result<Option<Security>, KeyError> {
        Ok(None)
    }

    fn values<'a>(
        &'a self,
        key: &'a usize,
        wanted: &'a dyn Fn(&Name) -> bool,
    ) -> impl Iterator<Item = Result<Value, KeyError>> + 'a {
        let values = self.nodes.get(*key).map(|node| node.values.as_slice()).unwrap_or_default();
        values.iter().map(|value| {
            let length = value.bytes().len() as u64;
            let withheld = || Value {
                data: Data::Withheld { length },
                ..Value::new(value.name.clone(), value.kind, [])
            };
            Ok(if wanted(&value.name) { value.clone() } else { withheld() })
        })
    }

    fn subkeys<'a>(&'a self, key: &'a usize) -> impl Iterator<Item = Result<(Name, usize), KeyError>> + 'a {
        let subkeys = self.nodes.get(*key).map(|node| node.subkeys.as_slice()).unwrap_or_default();
        subkeys.iter().filter_map(|&sub| Some(Ok((self.nodes.get(sub)?.name.clone(), sub))))
    }
}
