//! Repairs of Remote Desktop licensing, with a way back.
//!
//! One repair's journey, in the order of the modules:
//!
//! 1. a [`Recipe`] looks at a [`licensing::Machine`] and the arguments and drafts a [`Plan`], or refuses ([`Refusal`]);
//!    nothing is opened for writing;
//! 2. the plan is read by a person: its [`Step`]s, each with what it expects to find, what it costs in licenses, how safe it
//!    is, what must follow;
//! 3. [`apply()`] opens the [`Target`], checks every expectation, writes the backup and the journal's *begin*, changes,
//!    reads back, and writes the journal's *done*; on any failure what was done is taken back;
//! 4. [`undo`] makes a plan of the journal's entry turned round; it is applied like any other.
//!
//! A plan can also be written down to be carried elsewhere ([`emit`]).
//!
//! This is the only crate that writes to a registry, and it never does so without a journal entry flushed first.
#![forbid(unsafe_code)]

mod apply;
mod arguments;
mod backup;
mod draft;
pub mod emit;
mod history;
mod identity;
pub mod journal;
mod limits;
mod plan;
mod reached;
mod recipe;
mod recipes;
mod recover;
mod refusal;
mod rehearsal;
mod rewrite;
mod scene;
pub mod services;
pub mod target;
pub mod undo;

pub use apply::{Applied, ApplyError, apply};
pub use arguments::Arguments;
pub use backup::BackupError;
pub use draft::Draft;
pub use history::{History, PastAct};
pub use identity::Identity;
pub use journal::{Journal, JournalError};
pub use plan::{FollowUp, PLAN_SCHEMA, Plan, PlanError, Step};
pub use recipe::{Parameter, ParameterKind, Recipe, Request};
pub use recipes::{all, by_name};
pub use recover::{Recovered, recover};
pub use refusal::Refusal;
pub use rehearsal::Mismatch;
pub use rewrite::{TextError, change_pol, change_reg, reg_reach};
pub use target::{Location, Target, TargetError};
