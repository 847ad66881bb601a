//! A plan in terms of Group Policy.
//!
//! Policy has two settings for what recipes set: the licensing mode (`LicensingMode`, REG_DWORD) and the
//! license servers (`LicenseServers`, REG_SZ, names separated by commas), both in
//! `SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services`. Source: TerminalServer.admx, policies
//! `TS_LICENSING_MODE` and `TS_LICENSE_SERVERS`. The result contains only the requested settings, regardless
//! of where the plan itself writes.

use licensing::model::LicensingMode;
use licensing::{Machine, places};
use regtext::lgpo::{self, Scope};
use regtext::pol::PolicyFile;
use snapshot::{
    Capture, Change, Extent, Key, KeyPath, MultiString, Name, Origin, OriginKind, Placed, Snapshot, State,
    Text, Value, ValueType,
};

use super::{EmitError, heading};
use crate::{ParameterKind, Plan, by_name};

/// The policy's value for the licensing mode.
const MODE: &str = "LicensingMode";
/// The policy's value for the license servers.
const SERVERS: &str = "LicenseServers";

/// The policy settings of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The licensing mode.
    pub mode: Option<LicensingMode>,
    /// The license servers, in order of preference.
    pub servers: Option<Vec<String>>,
}

impl Wanted {
    /// The policy settings of this plan.
    ///
    /// # Errors
    /// [`EmitError::Refused`] where Group Policy has no setting for what the plan does.
    pub fn of(plan: &Plan) -> Result<Self, EmitError> {
        let recipe = by_name(&plan.recipe);
        if !recipe.is_some_and(|recipe| recipe.has_policy) {
            return Err(EmitError::refused(format!(
                "Group Policy has no setting for what {} does, so it cannot be written as a policy; write it as reg or \
                 powershell, or apply it",
                plan.recipe
            )));
        }
        let mut wanted = Self::default();
        let mut in_subkeys = false;
        for change in plan.changes() {
            match change {
                Change::Value { key, name, after: Some(after), .. } => wanted.value(key, name, after)?,
                Change::Value { key, name, after: None, .. } if is_list(key, name) => {
                    wanted.servers = Some(Vec::new());
                }
                Change::Key { key, .. } => {
                    in_subkeys |= key.parent().is_some_and(|above| above == places::license_servers());
                }
                _ => {}
            }
        }
        if wanted.servers.is_none() && in_subkeys {
            // Windows Server 2003 has a subkey for each server; the plan then holds the whole list only in what was asked.
            let operands = recipe.filter(|recipe| recipe.name == "set-servers").and_then(|recipe| {
                recipe.parameters.iter().find(|it| matches!(it.kind, ParameterKind::Operands))
            });
            wanted.servers = operands.map(|it| plan.arguments.all(it.name).to_vec());
            if wanted.servers.is_none() {
                return Err(EmitError::refused(
                    "this Windows stores each license server in its own key, so the plan does not contain the whole list; specify all servers with set-servers",
                ));
            }
        }
        wanted.check(plan)?;
        Ok(wanted)
    }

    fn value(&mut self, key: &KeyPath, name: &Name, after: &Placed) -> Result<(), EmitError> {
        let modes = [
            (places::licensing_core(), MODE),
            (places::legacy_licensing_core(), "PolicyAcOn"),
            (places::policy(), MODE),
        ];
        let value = after.named(name);
        if modes.iter().any(|(place, called)| key == place && name.matches(called)) {
            let mode = value.as_u32().map(LicensingMode::from_number);
            let mode = mode.filter(|mode| mode.is_licensing()).ok_or_else(|| {
                EmitError::refused(format!(
                    "a policy can set the mode 2, 4 or 6, but the plan sets {}",
                    value.shown()
                ))
            })?;
            self.mode = Some(mode);
        } else if is_list(key, name) {
            let list = match (value.as_multi_string(), value.as_text()) {
                (Some(list), _) => list.items,
                (None, Some(text)) => text.content.split(',').map(str::to_owned).collect(),
                (None, None) => Vec::new(),
            };
            self.servers = Some(list);
        }
        Ok(())
    }

    fn check(&self, plan: &Plan) -> Result<(), EmitError> {
        if self.mode.is_none() && self.servers.is_none() {
            return Err(EmitError::refused(format!(
                "this plan of {} sets neither the licensing mode nor the license server list, and Group Policy has settings only for these",
                plan.recipe
            )));
        }
        let Some(servers) = &self.servers else { return Ok(()) };
        if servers.is_empty() {
            return Err(EmitError::refused(
                "the list would be empty, but the policy requires a server; set the policy to Not Configured instead",
            ));
        }
        let is_bad = |name: &&String| {
            name.is_empty() || name.chars().any(|c| c == ',' || c.is_whitespace() || c.is_control())
        };
        match servers.iter().find(is_bad) {
            Some(odd) => Err(EmitError::refused(format!(
                "“{}” cannot be a license server in a policy, where commas separate the names",
                super::one_line(odd)
            ))),
            None => Ok(()),
        }
    }

    /// The values of the policy.
    fn values(&self) -> Vec<Value> {
        let mode = self.mode.map(|mode| Value::new(MODE, ValueType::DWORD, mode.number().to_le_bytes()));
        let list = self.servers.as_ref().map(|servers| servers.join(","));
        let servers = list.map(|list| Value::new(SERVERS, ValueType::SZ, Text::encode(&list)));
        // In the order of names, as the policy editor writes them.
        servers.into_iter().chain(mode).collect()
    }

    /// The policy file with these settings.
    ///
    /// # Errors
    /// [`EmitError::Policy`] where the list is longer than a policy can hold.
    pub fn policy(&self) -> Result<PolicyFile, EmitError> {
        let key = places::policy();
        let names: Vec<_> = key.parts().iter().map(ToString::to_string).collect();
        let mut policy = PolicyFile::new();
        for value in self.values() {
            let name = crate::rewrite::text_of(&value.name);
            policy.set(names.join("\\"), name, value.kind.0, value.bytes())?;
        }
        Ok(policy)
    }

    /// These settings as LGPO text, with the header of the plan as comments.
    pub(super) fn lgpo(&self, plan: &Plan) -> Result<Vec<u8>, EmitError> {
        let settings = lgpo::from_policy(&self.policy()?, &Scope::Computer)?;
        let settings = lgpo::print(&settings)?;
        let mut text = String::new();
        for line in heading(plan) {
            text.push_str("; ");
            text.push_str(&line);
            text.push_str("\r\n");
        }
        text.push_str("\r\n");
        let whole = text.encode_utf16().chain(settings.units().iter().copied()).collect();
        Ok(lgpo::to_bytes(&whole))
    }

    /// Short description.
    pub(super) fn shown(&self) -> String {
        let mode = self.mode.map(|mode| format!("licensing mode {mode}"));
        let servers = self.servers.as_ref().map(|servers| format!("license servers {}", servers.join(", ")));
        mode.into_iter().chain(servers).collect::<Vec<_>>().join("; ")
    }
}

fn is_list(key: &KeyPath, name: &Name) -> bool {
    (*key == places::license_servers() && name.matches("SpecifiedLicenseServers"))
        || (*key == places::policy() && name.matches(SERVERS))
}

/// An empty policy as the source of a plan, for a machine whose setting a policy controls, or that is not
/// itself to be changed. For recipes that add or remove license servers it contains the list in force on the
/// machine.
#[must_use]
pub fn ground(recipe: &str, machine: &Machine<'_>) -> Snapshot {
    let path = places::policy();
    let mut key = Key { name: path.last().cloned().unwrap_or_default(), ..Key::default() };
    if !recipe.starts_with("set-")
        && let Ok(Some(servers)) = machine.license_servers().known()
    {
        let names: Vec<_> = servers.iter().map(|entry| entry.0.as_str()).collect();
        key.values.push(Value::new(SERVERS, ValueType::SZ, Text::encode(&names.join(","))));
    }
    let locator = "a policy to be created".to_owned();
    let mut snapshot = Snapshot::new(Origin { kind: OriginKind::Policy, locator, files: Vec::new() });
    snapshot.captures.push(Capture { path, extent: Extent::Tree, state: State::Key(Box::new(key)) });
    snapshot
}

/// The list in the form of the session host, for comparison.
pub(super) fn multi_string(value: &Value) -> Option<Vec<String>> {
    let list = value.as_multi_string()?;
    (MultiString::encode(&list.items) == value.bytes()).then_some(list.items)
}
