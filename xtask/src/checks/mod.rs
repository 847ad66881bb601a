//! Checks of the source text and of the crate graph, each also a separate task.

pub(crate) mod limits;
pub(crate) mod lines;
pub(crate) mod prose;
pub(crate) mod site;
pub(crate) mod tiers;
