//! What a client sees at a session host on a day, predicted from snapshots.
//!
//! 1. [`facts`] declares the facts that decide, each a small set of values. What is not known of a fact is a
//!    set of several values.
//! 2. [`table`] is the decision table: conditions, outcome, source. It can be read next to [MS-RDPELE].
//! 3. [`decide`](mod@decide) evaluates the table over partly known facts. The result is the set of outcomes
//!    that remain possible, and the fact that decides between them.
//! 4. [`evidence`] reads the facts of a day from the machines. A [`Day`] that is not known exactly is a
//!    range.
//! 5. [`prediction`], [`report`] and [`forecast`] put it together, day by day.
//!
//! No I/O happens here, no clock is read, and no input can make it panic.
#![forbid(unsafe_code)]

pub mod case;
mod day;
pub mod decide;
pub mod evidence;
pub mod facts;
pub mod forecast;
pub mod prediction;
pub mod report;
pub mod table;

pub use day::{Day, date};
