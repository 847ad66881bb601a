//! Listening to the running registry.

use std::time::Duration;

use win32::Root;
use win32::watch::{self, Woken as Told};

use crate::{ReadError, THIS_MACHINE, Watch, Woken};
use snapshot::{Depth, KeyPath, RootKey, Selector};

/// Listens to what some selectors name.
pub(super) struct Listener {
    scope: Vec<Selector>,
    listening: watch::Watch,
}

impl Listener {
    /// From now on Ctrl-C ends a wait and not the program.
    pub(super) fn new(scope: &[Selector]) -> Result<Self, ReadError> {
        watch::end_by_interrupt().map_err(here)?;
        let listening = watch::Watch::new().map_err(here)?;
        Ok(Self { scope: scope.to_vec(), listening })
    }
}

impl Watch for Listener {
    fn listen(&mut self) -> Result<Vec<ReadError>, ReadError> {
        // Each key tells of one change only, and closing it would look like one.
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

/// Where a selector's path begins and the names below, as far as it names one key.
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
