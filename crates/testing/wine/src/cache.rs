//! Results that are expensive to make, kept for every clone of the repository.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// `$XDG_CACHE_HOME/rdscal/windows`, or the same below `~/.cache`.
pub fn folder() -> Result<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
        .or_else(|| Some(std::env::home_dir()?.join(".cache")))
        .context("there is no cache folder: neither XDG_CACHE_HOME nor HOME is set")?;
    Ok(base.join("rdscal/windows"))
}

/// Returns the folder `name` of the cache. If it does not exist, `make` fills a temporary folder, which is
/// then renamed: an interrupted `make` leaves nothing that a later run would use.
pub fn made(name: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let wanted = folder()?.join(name);
    if wanted.is_dir() {
        return Ok(wanted);
    }
    let temporary = folder()?.join(format!(".{name}-{}", std::process::id()));
    std::fs::create_dir_all(&temporary).with_context(|| temporary.display().to_string())?;
    let result = make(&temporary).and_then(|()| {
        match std::fs::rename(&temporary, &wanted) {
            // Another process finished first.
            Err(_) if wanted.is_dir() => Ok(()),
            done => done.with_context(|| wanted.display().to_string()),
        }
    });
    // After a successful rename there is nothing to remove.
    let _ = std::fs::remove_dir_all(&temporary);
    result.map(|()| wanted)
}
