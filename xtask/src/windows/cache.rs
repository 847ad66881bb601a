//! What is made once, and kept for every clone.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// `$XDG_CACHE_HOME/rdscal/windows`, or the same below `~/.cache`.
pub(super) fn folder() -> Result<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(std::env::home_dir()?.join(".cache")))
        .context("neither XDG_CACHE_HOME nor a home folder is there to keep what is built for Windows")?;
    Ok(base.join("rdscal/windows"))
}

/// The folder of this name, made by `make` where it is not there. What was begun and not ended never counts.
pub(super) fn made(name: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let wanted = folder()?.join(name);
    if wanted.is_dir() {
        return Ok(wanted);
    }
    let begun = folder()?.join(format!(".{name}-{}", std::process::id()));
    std::fs::create_dir_all(&begun).with_context(|| begun.display().to_string())?;
    let result = make(&begun).and_then(|()| {
        match std::fs::rename(&begun, &wanted) {
            // Another run was faster.
            Err(_) if wanted.is_dir() => Ok(()),
            done => done.with_context(|| wanted.display().to_string()),
        }
    });
    // Nothing is there any more where all went well.
    let _ = std::fs::remove_dir_all(&begun);
    result.map(|()| wanted)
}
