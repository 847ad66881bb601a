//! The project chores.
#![forbid(unsafe_code)]
fn main() {}
