//! The benchmarks, one per file.

pub(crate) mod editor;
pub(crate) mod fleet;
pub(crate) mod hosts;
pub(crate) mod process;
pub(crate) mod remote;
pub(crate) mod users;
