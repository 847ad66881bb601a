//! What is known about Remote Desktop licensing, as tables.
//!
//! One file holds one table. A row is a plain constant that says what a thing is, in words for an
//! administrator, where the fact comes from and how sure we are of it ([`Certainty`], [`Source`]). Code
//! elsewhere asks the tables instead of having its own constants.
//!
//! | table | rows | asked by |
//! |---|---|---|
//! | [`keys`] | registry keys: real, legacy, secret, and those that do nothing | `explain`, rules, decoders |
//! | [`values`] | registry values, their types and data | same |
//! | [`modes`] | the numbers of the licensing mode, by generation | settings, rules |
//! | [`events`] | event-log entries | `explain` |
//! | [`errors`] | error codes and the texts that a screen shows | `explain` |
//! | [`messages`] | texts of messages, their languages, and messages about something else | `explain` |
//! | [`products`] | Windows builds, CAL versions, terms, who accepts what, fixed builds | machine, rules |
//! | [`claims`] | statements that circulate, and questions that are asked | `explain` |
//! | [`capture`] | the subtrees that a snapshot must hold | sources |
//!
//! Paths are written with the short root (`HKLM\…`) and with `CurrentControlSet`; a `*` stands for any run of
//! characters inside one component.

pub mod capture;
pub mod claims;
pub mod errors;
pub mod events;
mod generation;
pub mod keys;
pub mod messages;
pub mod modes;
pub mod products;
mod questions;
mod role;
mod source;
pub mod sources;
pub mod values;

pub use generation::{Generation, Versions};
pub use rds_formats::Certainty;
pub use role::{MachineRole, Role, ValueType};
pub use source::{Source, SourceKind};
