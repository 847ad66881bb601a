//! Registry keys.
//!
//! `HKLM\SYSTEM\CurrentControlSet` stands for whichever control set is current. A `*` in a path matches any
//! run of characters within one component, `**` any number of components.

mod client;
mod context;
mod folklore;
mod host;
mod policy;
mod server;

use serde::Serialize;

use super::{Certainty, MachineRole, Role, Source, Versions};

/// The security descriptor that a key has on an untouched machine.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct DefaultSecurity {
    /// Owner, group and DACL as SDDL; service accounts appear with their full SID.
    pub sddl: &'static str,
    /// In words.
    pub words: &'static str,
    /// How sure we are.
    pub certainty: Certainty,
}

/// A registry key.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct KeyRow {
    /// Stable name of the row, used by other tables.
    pub id: &'static str,
    /// Full path.
    pub path: &'static str,
    /// What it is to Windows.
    pub role: Role,
    /// Which machine it matters on.
    pub machine: MachineRole,
    /// Windows that use it. For folklore: every version, none of which reads it.
    pub versions: Versions,
    /// What it is, in plain words.
    pub what: &'static str,
    /// What Windows does with it. For folklore: why it does nothing.
    pub windows: &'static str,
    /// What deleting it does.
    pub deleting: &'static str,
    /// For folklore and legacy keys: where the setting really belongs.
    pub belongs: Option<&'static str>,
    /// Security on an untouched machine, where it was measured.
    pub security: Option<DefaultSecurity>,
    /// Holds key material: never exported, changed or deleted.
    pub never_touch: bool,
    /// Rules that look at it.
    pub rules: &'static [&'static str],
    /// How sure we are.
    pub certainty: Certainty,
    /// Where it is from.
    pub sources: &'static [Source],
}

impl KeyRow {
    /// What the tables fill in from; never a row itself.
    pub(crate) const BASE: Self = Self {
        id: "",
        path: "",
        role: Role::Real,
        machine: MachineRole::SessionHost,
        versions: Versions::ALL,
        what: "",
        windows: "",
        deleting: "",
        belongs: None,
        security: None,
        never_touch: false,
        rules: &[],
        certainty: Certainty::Documented,
        sources: &[],
    };

    /// The last component of the path.
    pub fn name(&self) -> &'static str {
        self.path.rsplit('\\').next().unwrap_or(self.path)
    }
}

/// Every key: host, policy, client, license server, context, folklore.
pub fn all() -> impl Iterator<Item = &'static KeyRow> {
    [host::KEYS, policy::KEYS, client::KEYS, server::KEYS, context::KEYS, folklore::KEYS]
        .into_iter()
        .flatten()
}

/// The row with this id.
pub fn by_id(id: &str) -> Option<&'static KeyRow> {
    all().find(|row| row.id == id)
}
