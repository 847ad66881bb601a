//! A plan: what will be changed, and everything a person must know before saying yes.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use snapshot::{Change, FileTime};

use crate::{Arguments, Identity};

/// The schema that this version writes and reads.
pub const PLAN_SCHEMA: &str = "rdscal.plan/1";

/// A plan. It changes nothing by itself; see [`crate::apply()`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// [`PLAN_SCHEMA`].
    pub schema: String,
    /// Program and version that made it.
    pub tool: String,
    /// The recipe's name.
    pub recipe: String,
    /// What it does, in a few words.
    pub title: String,
    /// What was asked.
    pub arguments: Arguments,
    /// Which machine it is for.
    pub machine: Identity,
    /// When it was made.
    pub made_at: FileTime,
    /// SHA-256, in hexadecimal, of everything that decides what is done: recipe, arguments, machine and steps. What was
    /// reviewed is what is applied exactly where the fingerprints are equal.
    pub fingerprint: String,
    /// The changes, in order.
    pub steps: Vec<Step>,
    /// What a person must do, in order, where no change of the registry does it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checklist: Vec<String>,
    /// How safe it is, in a sentence or two.
    pub safety: String,
    /// What it means for licenses.
    pub license_effect: String,
    /// What must follow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub follow_up: Vec<FollowUp>,
    /// What whoever reads the plan should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One change of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The change.
    #[serde(flatten)]
    pub change: Change,
    /// Why it is made.
    pub why: String,
}

/// What must follow before a change takes effect.
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
    /// Remote Desktop Connection must be started once as administrator on the client, so that it may write its license store
    /// anew.
    StartClientElevated,
    /// Policy must be refreshed (`gpupdate /force`).
    RefreshPolicy,
    /// Something else.
    Other {
        /// What, in a sentence.
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
                "start Remote Desktop Connection once as administrator on this client, so that it can write its license \
                 store anew",
            ),
            Self::RefreshPolicy => f.write_str("refresh policy on the machine: gpupdate /force"),
            Self::Other { what } => f.write_str(what),
        }
    }
}

/// A file that is no plan that this version can use.
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
        "the plan was changed after it was made: its fingerprint does not fit its content; make a new one"
    )]
    Fingerprint,
}

impl Plan {
    /// A plan that does nothing.
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

    /// The fingerprint of the content as it is now.
    #[must_use]
    pub fn fingerprint_now(&self) -> String {
        // Only what decides what is done: neither the time nor the wording, and the name of the machine rather than its place.
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
