//! The report of `policy show`.

use serde::Serialize;

use crate::applied::MachinePolicy;
use crate::resolve::Resolution;
use crate::{PolicyObject, Problem};

/// The schema of a [`PolicyReport`] in JSON.
pub const POLICY_SCHEMA: &str = "rdscal.policy/1";

/// Program name and version.
pub(crate) const TOOL: &str = concat!("rdscal ", env!("CARGO_PKG_VERSION"));

/// Objects, machines, and the effect of the objects on a computer.
#[derive(Debug, Serialize)]
pub struct PolicyReport {
    /// [`POLICY_SCHEMA`].
    pub schema: &'static str,
    /// Program name and version.
    pub tool: &'static str,
    /// Number of objects that were read.
    pub objects_read: usize,
    /// Objects that set or delete a licensing value, or whose files are damaged; all if requested.
    pub objects: Vec<PolicyObject>,
    /// Policy settings found on machines.
    pub machines: Vec<MachinePolicy>,
    /// The effect of the objects on a computer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl PolicyReport {
    /// Builds a report of these objects and machines. Includes only objects that concern licensing, unless
    /// `all` is set.
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

    /// Number of damaged files.
    #[must_use]
    pub fn damaged(&self) -> usize {
        self.objects.iter().flat_map(|object| &object.files).filter(|file| file.damage.is_some()).count()
    }
}
