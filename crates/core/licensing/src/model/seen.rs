//! Several keys at once.

use snapshot::{Key, KeyPath};

use super::Machine;
use crate::evidence::{Need, Unknown};

/// Of several keys those that exist, and what could not be seen of them all.
#[derive(Clone, Debug, Default)]
pub struct Seen<'s> {
    /// The keys that exist.
    pub keys: Vec<(KeyPath, &'s Key)>,
    /// What could not be seen, keys and parts of keys.
    pub missing: Option<Unknown>,
}

impl<'s> Machine<'s> {
    /// Looks at several keys, for questions of the kind *does any of them hold …*.
    #[must_use]
    pub fn look(&self, paths: impl IntoIterator<Item = KeyPath>) -> Seen<'s> {
        let mut seen = Seen::default();
        for path in paths {
            match self.key(&path) {
                Ok(None) => {}
                Ok(Some(key)) => {
                    if let Some(because) = &key.damage {
                        let because = because.clone();
                        seen.miss(Need::Readable { key: path.to_string(), because }.into());
                    }
                    seen.keys.push((path, key));
                }
                Err(unknown) => seen.miss(unknown),
            }
        }
        seen
    }
}

impl Seen<'_> {
    fn miss(&mut self, unknown: Unknown) {
        self.missing = Some(match self.missing.take() {
            Some(before) => before.and(unknown),
            None => unknown,
        });
    }
}
