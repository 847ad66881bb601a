//! The folder of the journal and the backups.

use std::env;
use std::path::PathBuf;

use crate::args::JournalFolder;
use crate::exit::Failure;

/// How the journal is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// It is read.
    Read,
    /// A repair will be written to it.
    Write,
}

/// The folder of the journal: the one of the arguments, or the default.
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
        // The XDG specification allows only absolute paths here.
        let state = named("XDG_STATE_HOME").filter(|folder| folder.is_absolute());
        state
            .or_else(|| named("HOME").map(|home| home.join(".local/state")))
            .map(|state| state.join("rdscal"))
    };
    let folder = folder.ok_or_else(|| {
        Failure::usage("there is no home folder for the journal; name one with --journal".to_owned())
    })?;
    // Other users may be able to create this folder, and their files must not direct what an administrator
    // changes.
    repair::journal::guard(&folder, usage == Use::Write)
        .map_err(|error| Failure::not_done(error.to_string()))?;
    Ok(folder)
}
