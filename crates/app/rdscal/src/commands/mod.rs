//! The commands. Each parses its arguments, calls the library crates, and writes the results.

pub mod cal;
pub mod diff;
pub mod doctor;
pub mod explain;
pub mod fix;
pub mod forecast;
pub mod generate;
pub mod journal;
pub mod policy;
pub mod predict;
#[cfg(feature = "remote")]
pub mod probe;
pub mod rules;
pub mod schema;
mod services;
pub mod show;
pub mod snapshot;
pub mod undo;
pub mod users;
pub mod watch;

mod baseline;
mod carry_out;
mod deleted;
mod emit;
mod external;
pub mod grouping;
mod jsonl;
mod load;
mod planning;
mod recommended;
mod relocate;
