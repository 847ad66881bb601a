//! What a source is asked for.

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
