//! The registry as rdscal sees it: paths, values, snapshots, and the places that they are read from.
#![forbid(unsafe_code)]
