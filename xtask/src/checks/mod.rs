//! Checks of the source text and of the crate graph, each also a task of its own.

pub(crate) mod limits;
pub(crate) mod lines;
pub(crate) mod prose;
pub(crate) mod site;
pub(crate) mod tiers;
