//! Checks whether a license server responds, and if not, how far the path to it is open.
//!
//! A session host reaches its license server over RPC. It resolves the name, queries the endpoint mapper at
//! TCP 135 for the port of the licensing service, and connects to that port, 49152 or higher. Older clients
//! use the named pipe `HydraLsPipe` over TCP 445. [`observe()`] takes the same path, and only binds to the
//! service. [`licensing::probe::decide`] derives the verdict from the observations.
//!
//! Ports: Microsoft, *Service overview and network port requirements for Windows*, *Remote Desktop
//! Licensing*.
#![forbid(unsafe_code)]

mod observe;
mod prober;

pub use observe::{Account, LICENSING, Service, Times, observe};
pub use prober::Prober;
