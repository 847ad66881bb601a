//! The folder of public hives, policies and protocol captures that the tests read.

use std::path::PathBuf;

/// The folder that `RDSCAL_SHARED` names, otherwise `shared` beside the workspace; `None` if it does not
/// exist.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder =
        std::env::var_os("RDSCAL_SHARED").map_or_else(|| crate::run::root().join("../shared"), PathBuf::from);
    folder.canonicalize().ok().filter(|folder| folder.is_dir())
}

/// The folder with `CORPUS.tsv`.
pub(crate) fn corpus() -> Option<PathBuf> {
    folder().map(|folder| folder.join("corpus")).filter(|corpus| corpus.is_dir())
}
