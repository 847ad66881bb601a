//! One module for each reader.

pub mod notatin;
pub mod nt_hive;
pub mod ours;
pub mod winreg;
