//! What `policy show` tells.

use serde::Serialize;

use crate::applied::MachinePolicy;
use crate::resolve::Resolution;
use crate::{PolicyObject, Problem};

/// The schema of a [`PolicyReport`] in JSON.
pub const POLICY_SCHEMA: &str = "rdscal.policy/1";

/// Program and version.
pub(crate) const TOOL: &str = concat!("rdscal ", env!("CARGO_PKG_VERSION"));

/// Objects, machines, and what comes of the objects for a computer.
#[derive(Debug, Serialize)]
pub struct PolicyReport {
    /// [`POLICY_SCHEMA`].
    pub schema: &'static str,
    /// Program and version.
    pub tool: &'static str,
    /// Objects that were looked at.
    pub objects_read: usize,
    /// Those that set or delete a value of licensing, or whose files are damaged; all where that was asked for.
    pub objects: Vec<PolicyObject>,
    /// What policy has left on machines.
    pub machines: Vec<MachinePolicy>,
    /// What the objects together do to a computer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl PolicyReport {
    /// A report of these objects and machines; of the objects those that concern licensing, or `all`.
    #[must_use]
    pub fn new(
        mut objects: Vec<PolicyObject>,
        machines: Vec<MachinePolicy>,
        resolution: Option<Resolution>,
        problems: Vec<Problem>,
        all: bool,
    ) -> Self {
        let objects_read = objects.len();
        objects.retain(|object| {
            all || object.concerns_licensing() || object.files.iter().any(|file| file.damage.is_some())
        });
        Self { schema: POLICY_SCHEMA, tool: TOOL, objects_read, objects, machines, resolution, problems }
    }

    /// How many files are damaged.
    #[must_use]
    pub fn damaged(&self) -> usize {
        self.objects.iter().flat_map(|object| &object.files).filter(|file| file.damage.is_some()).count()
    }
}
