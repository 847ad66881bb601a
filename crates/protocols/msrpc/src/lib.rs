//! DCE/RPC as Windows uses it (MS-RPCE), and the Remote Registry Protocol (MS-RRP), which reads and writes
//! the registry of another machine.
//!
//! Layers, each usable alone:
//!
//! * [`ndr`], [`rpc`] and [`winreg`]: requests and responses as bytes, without I/O;
//! * [`Client`]: the methods of MS-RRP over any [`Pipe`];
//! * [`epm`]: the endpoint mapper, over TCP ([`TcpPipe`]).
//!
//! The server may be broken or hostile. No response makes this crate panic, loop or allocate without bound:
//! counts are checked against the bytes present, a response is at most as large as the buffer in its request,
//! and every fragment must carry data.
//!
//! MS-RRP has no usable method for several values of unknown names: a key with *n* values and *m* subkeys
//! takes *n* + *m* + 2 calls (open, query info, one per entry), and a pipe carries one call at a time.
//! [`Traffic`] counts them.
#![forbid(unsafe_code)]

mod association;
mod client;
pub mod epm;
mod error;
pub mod ndr;
mod pipe;
pub mod rpc;
mod tcp;
pub mod winreg;

pub use association::{Association, Traffic};
pub use client::Client;
pub use error::Error;
pub use pipe::{Pipe, PipeError};
pub use tcp::TcpPipe;
