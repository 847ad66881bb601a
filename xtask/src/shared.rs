//! Where the public hives, policies and protocol bytes lie that the tests and benches read.

use std::path::PathBuf;

/// The folder that `RDSCAL_SHARED` names, else `shared` beside the workspace; none when it is not there.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder =
        std::env::var_os("RDSCAL_SHARED").map_or_else(|| crate::root().join("../shared"), PathBuf::from);
    folder.canonicalize().ok().filter(|folder| folder.is_dir())
}

/// The folder with `CORPUS.tsv`.
pub(crate) fn corpus() -> Option<PathBuf> {
    folder().map(|folder| folder.join("corpus")).filter(|corpus| corpus.is_dir())
}
