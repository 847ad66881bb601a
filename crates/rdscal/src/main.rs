//! The rdscal program.
#![forbid(unsafe_code)]
fn main() {}
