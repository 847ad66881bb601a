//! Reversible repairs of Remote Desktop licensing.
//!
//! The steps of a repair, in the order of the modules:
//!
//! 1. a [`Recipe`] examines a [`licensing::Machine`] and the arguments and drafts a [`Plan`], or refuses
//!    ([`Refusal`]); nothing is opened for writing;
//! 2. a person reads the plan: its [`Step`]s with the expected state, the effect on licenses, the safety, and
//!    the follow-ups;
//! 3. [`apply()`] opens the [`Target`], checks every expectation, writes the backup and the journal's
//!    *begin*, changes, reads back, and writes the journal's *end*; on any failure the changes are reverted;
//! 4. [`undo`] makes a plan from the inverted journal entry; it is applied like any other.
//!
//! A plan can also be exported for use elsewhere ([`emit`]).
//!
//! This is the only crate that writes to a registry, and it never does so without a journal entry flushed first.
#![forbid(unsafe_code)]

mod apply;
mod arguments;
mod backup;
mod draft;
mod dry_run;
pub mod emit;
mod history;
mod identity;
pub mod journal;
mod limits;
mod offer;
mod overlay;
mod plan;
mod progress;
mod recipe;
mod recipes;
mod recommended;
mod recover;
mod refusal;
mod rewrite;
pub mod services;
pub mod target;
pub mod undo;

pub use apply::{Applied, ApplyError, apply};
pub use arguments::Arguments;
pub use backup::BackupError;
pub use draft::Draft;
pub use dry_run::Mismatch;
pub use history::{History, PastAct};
pub use identity::Identity;
pub use journal::{Journal, JournalError};
pub use plan::{FollowUp, PLAN_SCHEMA, Plan, PlanError, Step};
pub use recipe::{Parameter, ParameterKind, Recipe, Request};
pub use recipes::{all, by_name};
pub use recommended::{LeftFinding, Recommendation};
pub use recover::{Recovered, recover};
pub use refusal::Refusal;
pub use rewrite::{TextError, change_pol, change_reg, reg_reach};
pub use target::{Location, Target, TargetError};
