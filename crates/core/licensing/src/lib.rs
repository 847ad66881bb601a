//! Licensing of Microsoft Remote Desktop Services (RDS), judged from a registry snapshot.
//!
//! One value's journey, in the order of the modules:
//!
//! 1. [`snapshot::Snapshot`] says what was found where (and what was never looked at);
//! 2. [`rds_formats`] turns bytes into typed facts, one structure at a time, knowing nothing of snapshots;
//! 3. [`model`] asks the snapshot for each licensing key ([`places`]) and builds the [`Machine`] with its
//!    [`Setting`]s, which say who wins and why;
//! 4. [`rules`] look at the machine, one file for each rule, and yield findings, nothing, or *unknown*;
//! 5. [`judge()`] runs the catalog and returns a [`MachineReport`], which other crates print.
//!
//! Beside the road stand [`ask`], the questions to a running machine and what its answers mean, [`knowledge`], the tables of every key, value, event, error and product, and [`mod@explain`],
//! which answers questions from them.
//!
//! No I/O happens here, no clock is read, and no input can make it panic.
#![forbid(unsafe_code)]

pub mod ask;
pub mod cal;
pub mod deleted;
pub mod evidence;
pub mod explain;
pub mod judge;
pub mod knowledge;
pub mod model;
pub mod per_user;
pub mod places;
pub mod rules;
mod summary;
pub mod verdict;

pub use evidence::{Evidence, Need, Unknown};
pub use judge::{Compared, MachineReport, Options, Report, judge};
pub use model::{Machine, Profile, Setting};
pub use rules::{Confidence, Finding, Rule, Severity};
pub use summary::MachineSummary;
pub use verdict::Verdict;
