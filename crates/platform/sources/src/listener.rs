//! Watching the registry of the running machine.

use std::time::Duration;

use win32::Root;
use win32::watch::{self, Woken as Told};

use crate::{ReadError, THIS_MACHINE, Watch, Woken};
use snapshot::{Depth, KeyPath, RootKey, Selector};

/// Watches the keys that selectors name.
pub(super) struct Listener {
    scope: Vec<Selector>,
    listening: watch::Watch,
}

impl Listener {
    /// After this call, Ctrl-C ends a wait and not the program.
    pub(super) fn new(scope: &[Selector]) -> Result<Self, ReadError> {
        watch::end_by_interrupt().map_err(here)?;
        let listening = watch::Watch::new().map_err(here)?;
        Ok(Self { scope: scope.to_vec(), listening })
    }
}

impl Watch for Listener {
    fn listen(&mut self) -> Result<Vec<ReadError>, ReadError> {
        // Each registration reports one change only, and closing the key would also signal one.
        let mut listening = watch::Watch::new().map_err(here)?;
        let mut deaf = Vec::new();
        for selector in &self.scope {
            let Some((root, names)) = top(selector.path) else { continue };
            let tree = matches!(selector.depth, Depth::Tree | Depth::Matching(_));
            if let Err(error) = listening.add(root, &names, tree) {
                deaf.push(ReadError::new(selector.path, error));
            }
        }
        self.listening = listening;
        Ok(deaf)
    }

    fn wait(&mut self, limit: Option<Duration>) -> Result<Woken, ReadError> {
        let woken = self.listening.wait(limit).map_err(here)?;
        Ok(match woken {
            Told::Changed => Woken::Changed,
            Told::Time => Woken::Time,
            Told::Interrupt => Woken::Interrupt,
        })
    }
}

fn here(error: win32::Error) -> ReadError {
    ReadError::new(THIS_MACHINE, error)
}

/// The predefined key of a selector's path and the names below it, up to a pattern.
fn top(path: &str) -> Option<(Root, Vec<String>)> {
    let path: KeyPath = path.parse().ok()?;
    let root = match path.root_key() {
        RootKey::LocalMachine => Root::LocalMachine,
        RootKey::Users => Root::Users,
        RootKey::CurrentUser => Root::CurrentUser,
        RootKey::ClassesRoot | RootKey::CurrentConfig => return None,
    };
    let names = path.parts().iter().map(ToString::to_string).take_while(|name| !name.contains('*'));
    Some((root, names.collect()))
}
