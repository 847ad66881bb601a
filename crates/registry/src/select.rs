//! What a source is asked for.

/// One subtree that a source shall capture.
///
/// Whoever judges decides which subtrees matter; a source only follows the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selector {
    /// The key's full path, such as `HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server`. A last name that ends with
    /// `*` stands for every subkey of its parent whose name begins with what stands before it.
    pub path: &'static str,
    /// How much of it.
    pub depth: Depth,
}

/// How much of a subtree is captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The key with everything below it.
    Tree,
    /// The key with its values; what lies below it is not looked at.
    Values,
    /// The key and everything below it, names, times, security and sizes, but no data: for secrets, of which only the
    /// presence is anybody's business.
    Presence,
    /// Of the subtree only those keys that have a value whose bytes contain this text in UTF-16LE.
    Matching(&'static str),
}
