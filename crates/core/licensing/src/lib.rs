//! Licensing of Microsoft Remote Desktop Services (RDS), judged from a registry snapshot.
//!
//! The path of a value, in the order of the modules:
//!
//! 1. [`snapshot::Snapshot`] says what was found where (and what was never looked at);
//! 2. [`rds_formats`] turns bytes into typed facts, one structure at a time, knowing nothing of snapshots;
//! 3. [`model`] asks the snapshot for each licensing key ([`places`]) and builds the [`Machine`] with its
//!    [`Setting`]s, which say who wins and why;
//! 4. [`rules`] look at the machine, one file for each rule, and yield findings, nothing, or *unknown*;
//! 5. [`judge()`] runs the catalog and returns a [`MachineReport`], which other crates print.
//!
//! In addition, [`ask`] has the queries to a running machine and the meaning of its answers, [`knowledge`]
//! the tables of keys, values, events, errors and products, and [`mod@explain`] answers questions from them.
//!
//! No I/O happens here, no clock is read, and no input can make it panic.
#![forbid(unsafe_code)]

mod answer;
pub mod ask;
pub mod baseline;
pub mod cal;
pub mod decisions;
pub mod deleted;
pub mod evidence;
mod examined;
pub mod explain;
pub mod judge;
pub mod knowledge;
pub mod model;
pub mod per_user;
pub mod places;
pub mod probe;
pub mod rules;
mod summary;
pub mod verdict;

pub use answer::{Answer, Missing, Next, Who};
pub use evidence::{Evidence, Need, Unknown};
pub use examined::Examined;
pub use judge::{Compared, MachineReport, Options, Report, judge};
pub use model::{Machine, Profile, Setting};
pub use rules::{Confidence, Finding, Rule, Severity};
pub use summary::MachineSummary;
pub use verdict::Verdict;
