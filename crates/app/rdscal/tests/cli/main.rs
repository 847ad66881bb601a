//! The program from the command line: its output, exit codes and limits.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub)]

mod bad_input;
mod baseline;
mod cases;
mod configuration;
mod corpus;
mod deleted;
mod determinism;
mod domain;
mod exit_codes;
mod formats;
mod full_disk;
mod grouping;
mod help;
mod hostile;
mod hosts;
mod kills;
mod mutation;
mod policies;
mod predict;
mod probing;
mod remote;
mod remote_repair;
mod repair;
mod schemas;
mod secrets;
mod spooling;
mod support;
mod trace;
mod users;
