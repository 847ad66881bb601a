//! Selection of subtrees.

use crate::{KeyPath, Name};

/// One subtree for a source to capture.
///
/// The caller decides which subtrees are relevant; a source only follows the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selector {
    /// The key's full path, such as `HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server`. In its last
    /// name, `*` matches any sequence of characters.
    pub path: &'static str,
    /// The part of the subtree that is captured.
    pub depth: Depth,
    /// Names of values whose data is withheld: secrets among harmless values, and large data that is not
    /// needed.
    pub omit: &'static [&'static str],
}

impl Selector {
    /// Whether the selector names the key at this path, without the filter of [`Depth::Matching`].
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

/// The captured part of a subtree.
///
/// If two selectors reach the same key, [`Depth::Presence`] wins: a selected tree may contain a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The key with everything below it.
    Tree,
    /// The key with its values, without its subkeys.
    Values,
    /// The key and everything below it with names, times, security and sizes, but without data: for secrets,
    /// of which only the presence is relevant.
    Presence,
    /// Only the keys of the subtree with a value whose bytes contain this text, in ASCII or UTF-16LE. The
    /// case of ASCII letters is ignored.
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
