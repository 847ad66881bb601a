//! Repairs of a machine on the network: a real Samba server, whose registry is changed over SMB.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod interrupted;
mod machine;
mod protected;
mod recipes;
#[path = "../shared/mod.rs"]
mod shared;
