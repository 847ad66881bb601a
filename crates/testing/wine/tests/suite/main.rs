//! `rdscal.exe` under Wine: machines, repairs, behavior at the console, a domain.
//!
//! Every test that runs the program is ignored by default. `cargo xtask windows test` builds the programs,
//! names them in the environment, and runs these tests.
#![forbid(unsafe_code)]
#![allow(unreachable_pub)] // nothing of a test binary is reachable from outside

mod behavior;
mod cases;
mod contents;
mod domain;
mod live_repairs;
mod machines;
mod programs;
mod repairs;
