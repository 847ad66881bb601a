//! The Windows Remote Registry Protocol, MS-RRP: reads and writes the registry of another machine.
//!
//! Layers, each usable alone:
//!
//! * [`ndr`], [`rpc`] and [`winreg`]: questions and answers as bytes, without any input or output;
//! * [`Client`]: the methods, called over any [`Pipe`];
//! * [`epm`]: where a service listens, asked over TCP ([`TcpPipe`]);
//! * with the feature `smb`, module `smb`: the pipe `\pipe\winreg` over SMB 2 and 3, with signing, encryption and NTLM.
//!
//! A server may be broken or hostile. No answer of it makes this crate panic, loop or allocate without bound: counts are checked
//! against the bytes that are there, an answer may be as large as what was asked for, and the fragments of an answer must each
//! bring something.
//!
//! The protocol has no method that reads several values of unknown names: a key of *n* values and *m* subkeys takes *n* + *m* + 2
//! calls (open, information, one for each entry), and a pipe carries one call at a time. [`Traffic`] counts them.
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
