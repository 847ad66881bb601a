//! Where the program keeps what must outlive a run: the journal and the backups.

use std::env;
use std::path::PathBuf;

use crate::args::JournalFolder;
use crate::exit::Failure;

/// What is done with the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It is read.
    Read,
    /// A repair will be written to it.
    Write,
}

/// The folder of the journal: the one that was named, or that of this machine.
///
/// On Windows `%ProgramData%\rdscal`, so that all administrators of a machine share one journal; elsewhere
/// `$XDG_STATE_HOME/rdscal` or `~/.local/state/rdscal`.
pub fn folder(args: &JournalFolder, usage: Use) -> Result<PathBuf, Failure> {
    if let Some(folder) = &args.folder {
        return Ok(folder.clone());
    }
    let named = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = if cfg!(windows) {
        named("ProgramData").map(|folder| folder.join("rdscal"))
    } else {
        // A relative path here is no path that the specification allows.
        let state = named("XDG_STATE_HOME").filter(|folder| folder.is_absolute());
        state
            .or_else(|| named("HOME").map(|home| home.join(".local/state")))
            .map(|state| state.join("rdscal"))
    };
    let folder = folder.ok_or_else(|| {
        Failure::usage("there is no home folder for the journal; name one with --journal".to_owned())
    })?;
    // Everybody may make a folder there: what somebody else put into it must not steer an administrator's hand.
    repair::journal::guard(&folder, usage == Use::Write)
        .map_err(|error| Failure::not_done(error.to_string()))?;
    Ok(folder)
}
