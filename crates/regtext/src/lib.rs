//! Registry exports (.reg) and Group Policy files (Registry.pol), parsed and printed without loss.
#![forbid(unsafe_code)]
