//! A plan: the changes, and everything a person must know before applying it.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use snapshot::{Change, FileTime};

use crate::{Arguments, Identity};

/// The schema that this version writes and reads.
pub const PLAN_SCHEMA: &str = "rdscal.plan/1";

/// A plan. [`crate::apply()`] carries it out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// [`PLAN_SCHEMA`].
    pub schema: String,
    /// Program and version that made it.
    pub tool: String,
    /// The recipe's name.
    pub recipe: String,
    /// Short description.
    pub title: String,
    /// The arguments.
    pub arguments: Arguments,
    /// The machine.
    pub machine: Identity,
    /// When it was made.
    pub made_at: FileTime,
    /// SHA-256, in hexadecimal, of everything that decides what is done: recipe, arguments, machine and
    /// steps. A plan with the same fingerprint does the same as the reviewed one.
    pub fingerprint: String,
    /// The changes, in order.
    pub steps: Vec<Step>,
    /// Manual steps, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checklist: Vec<String>,
    /// Safety, in a sentence or two.
    pub safety: String,
    /// Effect on licenses.
    pub license_effect: String,
    /// Follow-ups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub follow_up: Vec<FollowUp>,
    /// Notes for the reader of the plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One change of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The change.
    #[serde(flatten)]
    pub change: Change,
    /// Reason.
    pub why: String,
}

/// What must be done before a change takes effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum FollowUp {
    /// A service must be restarted, which ends the sessions that depend on it.
    RestartService {
        /// Its name, such as `TermService`.
        service: String,
    },
    /// The machine must be restarted.
    Reboot,
    /// Remote Desktop Connection must be started once as administrator on the client, so that it can recreate
    /// its license store.
    StartClientElevated,
    /// Policy must be refreshed (`gpupdate /force`).
    RefreshPolicy,
    /// Another step.
    Other {
        /// The step, a sentence.
        what: String,
    },
}

impl fmt::Display for FollowUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RestartService { service } if service == "TermService" => f.write_str(
                "restart the service TermService (Remote Desktop Services), which ends the sessions on the host, or restart \
                 the host",
            ),
            Self::RestartService { service } => write!(f, "restart the service {service}"),
            Self::Reboot => f.write_str("restart the machine"),
            Self::StartClientElevated => f.write_str(
                "start Remote Desktop Connection once as administrator on this client, so that it can recreate its license store",
            ),
            Self::RefreshPolicy => f.write_str("refresh policy on the machine: gpupdate /force"),
            Self::Other { what } => f.write_str(what),
        }
    }
}

/// Error while reading a plan from a file.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Not JSON, or not of this shape.
    #[error("not a plan: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Another schema.
    #[error("the plan has schema “{0}”; this version reads “{PLAN_SCHEMA}”")]
    Schema(String),
    /// The fingerprint is not that of the content.
    #[error(
        "the plan was modified after it was made; its fingerprint does not match its content. Make a new plan"
    )]
    Fingerprint,
}

impl Plan {
    /// An empty plan.
    #[must_use]
    pub fn empty(
        recipe: &str,
        title: String,
        arguments: Arguments,
        machine: Identity,
        made_at: FileTime,
    ) -> Self {
        let plan = Self {
            schema: PLAN_SCHEMA.to_owned(),
            tool: concat!("rdscal ", env!("CARGO_PKG_VERSION")).to_owned(),
            recipe: recipe.to_owned(),
            title,
            arguments,
            machine,
            made_at,
            fingerprint: String::new(),
            steps: Vec::new(),
            checklist: Vec::new(),
            safety: String::new(),
            license_effect: String::new(),
            follow_up: Vec::new(),
            notes: Vec::new(),
        };
        plan.sealed()
    }

    /// The plan with the fingerprint of its content.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.fingerprint = self.fingerprint_now();
        self
    }

    /// Computes the fingerprint of the present content.
    #[must_use]
    pub fn fingerprint_now(&self) -> String {
        // Only what decides what is done: not the time or the wording, and the name of the machine rather
        // than its location.
        let deciding = serde_json::json!({
            "schema": self.schema,
            "recipe": self.recipe,
            "arguments": self.arguments,
            "machine": self.machine.name,
            "changes": self.steps.iter().map(|step| &step.change).collect::<Vec<_>>(),
        });
        hex::encode(Sha256::digest(deciding.to_string().as_bytes()))
    }

    /// Reads a plan from JSON; its fingerprint must fit.
    pub fn from_json(bytes: &[u8]) -> Result<Self, PlanError> {
        let plan: Self = serde_json::from_slice(bytes)?;
        if plan.schema != PLAN_SCHEMA {
            return Err(PlanError::Schema(plan.schema));
        }
        if plan.fingerprint != plan.fingerprint_now() {
            return Err(PlanError::Fingerprint);
        }
        Ok(plan)
    }

    /// Writes the plan as JSON, ending with a newline.
    pub fn to_json(&self) -> Result<Vec<u8>, PlanError> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// The changes, in order.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.steps.iter().map(|step| &step.change)
    }
}
