//! Repairs of real hive files: applied, interrupted, undone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod apply;
mod house;
mod interrupted;
mod journal;
mod keyed;
mod machine;
mod recipes;
mod setters;
#[path = "../shared/mod.rs"]
mod shared;
mod texts;
mod transactions;
