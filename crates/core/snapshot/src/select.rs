//! What a source is asked for.

use crate::{KeyPath, Name};

/// One subtree that a source shall capture.
///
/// Whoever judges decides which subtrees matter; a source only follows the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selector {
    /// The key's full path, such as `HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server`. In its last name a `*` stands for any
    /// run of characters.
    pub path: &'static str,
    /// How much of it.
    pub depth: Depth,
    /// Names of values whose data is withheld: secrets among harmless values, and bulk that nobody reads.
    pub omit: &'static [&'static str],
}

impl Selector {
    /// Whether the key at this path is one that the selector names, whatever [`Depth::Matching`] makes of it.
    #[must_use]
    pub fn covers(&self, path: &KeyPath) -> bool {
        let Ok(top) = self.path.parse::<KeyPath>() else { return false };
        let (wanted, found) = (top.parts(), path.parts());
        let same = |wanted: &Name, found: &Name| match wanted.to_string().split_once('*') {
            None => wanted.same(found),
            Some((head, tail)) => {
                let (found, head, tail) =
                    (found.to_string().to_lowercase(), head.to_lowercase(), tail.to_lowercase());
                found.strip_prefix(&head).is_some_and(|rest| rest.ends_with(&tail))
            }
        };
        top.root_key() == path.root_key()
            && (found.len() == wanted.len() || found.len() > wanted.len() && self.depth != Depth::Values)
            && wanted.iter().zip(found).all(|(wanted, found)| same(wanted, found))
    }
}

/// How much of a subtree is captured.
///
/// Where two selectors reach the same key, [`Depth::Presence`] wins: a tree that holds a secret may be asked for as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The key with everything below it.
    Tree,
    /// The key with its values; what lies below it is not looked at.
    Values,
    /// The key and everything below it, names, times, security and sizes, but no data: for secrets, of which only the
    /// presence is anybody's business.
    Presence,
    /// Of the subtree only those keys that have a value whose bytes contain this text, in ASCII or UTF-16LE, without
    /// regard to the case of ASCII letters.
    Matching(&'static str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_selector_covers() {
        let selector = |path, depth| Selector { path, depth, omit: &[] };
        let covers = |path, depth, found: &str| selector(path, depth).covers(&found.parse().unwrap());
        assert!(covers(r"HKLM\SOFTWARE\A", Depth::Tree, r"HKLM\software\a\b\c"));
        assert!(covers(r"HKLM\SOFTWARE\A", Depth::Presence, r"HKLM\SOFTWARE\A"));
        assert!(covers(r"HKLM\SOFTWARE\A", Depth::Values, r"HKLM\SOFTWARE\A"));
        assert!(!covers(r"HKLM\SOFTWARE\A", Depth::Values, r"HKLM\SOFTWARE\A\B"));
        assert!(!covers(r"HKLM\SOFTWARE\A", Depth::Tree, r"HKLM\SOFTWARE\AB"));
        assert!(!covers(r"HKLM\SOFTWARE\A", Depth::Tree, r"HKLM\SOFTWARE"));
        assert!(!covers(r"HKLM\SOFTWARE\A", Depth::Tree, r"HKU\SOFTWARE\A"));
        assert!(covers(r"HKLM\SECURITY\L$*_x", Depth::Presence, r"HKLM\SECURITY\L$abc_X\CurrVal"));
        assert!(!covers(r"HKLM\SECURITY\L$*_x", Depth::Presence, r"HKLM\SECURITY\M$abc_x"));
    }
}
