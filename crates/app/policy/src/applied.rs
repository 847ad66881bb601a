//! Group policy as recorded in a machine's own registry.
//!
//! `…\Group Policy\History\{extension}` lists the objects whose settings the registry extension applied.
//! `…\Group Policy\State\Machine\GPO-List` lists all objects of the last refresh, including those that were
//! not applied. (The values are those that Samba's `libgpo` writes and that public scripts read.) The
//! registry does not record which object set which value.

use licensing::model::computer_name;
use licensing::places;
use serde::Serialize;
use snapshot::{Depth, FileTime, Key, KeyPath, Lookup, Selector, Snapshot};

use crate::pol::{known_values, meaning};

/// The subtrees required in addition to those for licensing.
#[must_use]
pub fn scope() -> Vec<Selector> {
    [
        r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services",
        r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\History\{35378EAC-683F-11D2-A89A-00C04FBBCFA2}",
        r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\State\Machine",
        r"HKLM\SYSTEM\CurrentControlSet\Control\ComputerName",
        r"HKLM\SYSTEM\Select",
    ]
    .into_iter()
    .map(|path| Selector { path, depth: Depth::Tree, omit: &[] })
    .collect()
}

/// Policy settings found on a machine.
#[derive(Clone, Debug, Serialize)]
pub struct MachinePolicy {
    /// Where the registry was read.
    pub source: String,
    /// The computer's name.
    pub name: Option<String>,
    /// The licensing values that policy set.
    pub values: Vec<AppliedValue>,
    /// The objects in the order of application: the last one wins. `None` if the registry does not list them.
    pub objects: Option<Vec<AppliedObject>>,
    /// What could not be read.
    pub unseen: Vec<String>,
}

/// A value that policy set.
#[derive(Clone, Debug, Serialize)]
pub struct AppliedValue {
    /// Its name.
    pub name: String,
    /// The data as shown to users.
    pub data: String,
    /// The registry type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The meaning of the data.
    pub meaning: Option<String>,
}

/// An object that the last refresh evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppliedObject {
    /// Its name.
    pub name: Option<String>,
    /// Its GUID.
    pub id: Option<String>,
    /// The site, domain or organizational unit to which it is linked.
    pub scope: Option<String>,
    /// True if its registry settings were applied; `None` if the registry does not say.
    pub delivered: Option<bool>,
    /// Why it was not applied; `None` if it was.
    pub not_applied: Option<&'static str>,
}

/// Reads the policy settings of this machine.
#[must_use]
pub fn read(snapshot: &Snapshot) -> MachinePolicy {
    let mut unseen = Vec::new();
    let mut key = |path: &KeyPath| match snapshot.lookup(path) {
        Lookup::Found(key) => Some(Some(key)),
        Lookup::Absent => Some(None),
        Lookup::Unread(because) => {
            unseen.push(format!("{path} (could not be read: {because})"));
            None
        }
        Lookup::NotCaptured => {
            unseen.push(format!("{path} (not in this source)"));
            None
        }
    };
    let policy = key(&places::policy()).flatten();
    let values = policy.into_iter().flat_map(|key| &key.values).filter_map(|value| {
        let row = known_values().find(|row| value.name.matches(row.name))?;
        Some(AppliedValue {
            name: row.name.to_owned(),
            data: value.shown(),
            kind: value.kind.to_string(),
            meaning: meaning(row, value),
        })
    });
    let values = values.collect();
    let history = key(&places::policy_history());
    let state = key(&KeyPath::hklm(r"SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\State\Machine")
        .join("GPO-List"));
    let delivered = history.flatten().map(objects);
    let objects = match (state.flatten().map(objects), delivered) {
        (None, delivered) => delivered.map(|list| {
            list.into_iter().map(|object| AppliedObject { delivered: Some(true), ..object }).collect()
        }),
        (Some(looked_at), delivered) => Some(
            looked_at
                .into_iter()
                .map(|object| {
                    let is_in = |list: &Vec<AppliedObject>| list.iter().any(|other| is_same(other, &object));
                    AppliedObject { delivered: delivered.as_ref().map(is_in), ..object }
                })
                .collect(),
        ),
    };
    MachinePolicy {
        source: snapshot.origin.locator.clone(),
        name: computer_name(snapshot),
        values,
        objects,
        unseen,
    }
}

fn is_same(one: &AppliedObject, other: &AppliedObject) -> bool {
    match (&one.id, &other.id) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => one.name == other.name,
    }
}

/// The objects below a key, in numbered subkeys.
fn objects(list: &Key) -> Vec<AppliedObject> {
    let mut numbered: Vec<(u32, AppliedObject)> = list
        .subkeys
        .iter()
        .map(|key| {
            let number = key.name.as_str().and_then(|name| name.parse().ok()).unwrap_or(u32::MAX);
            let text = |name: &str| {
                key.value(name)?.as_text().map(|text| text.content).filter(|text| !text.is_empty())
            };
            let is_set = |name: &str, wanted: bool| {
                key.value(name)
                    .and_then(snapshot::Value::as_u32)
                    .is_some_and(|number| (number != 0) == wanted)
            };
            let not_applied = if is_set("GPO-Disabled", true) {
                Some("it is disabled")
            } else if is_set("AccessDenied", true) {
                Some("the computer may not apply it (security filtering)")
            } else if is_set("WQLFilterPass", false) {
                Some("its WMI filter did not match")
            } else {
                None
            };
            let object = AppliedObject {
                name: text("DisplayName").or_else(|| text("GPOName")),
                id: text("GPOID").or_else(|| text("GPOName")).filter(|id| id.starts_with('{')),
                scope: text("SOM").or_else(|| text("Link")).map(|scope| {
                    let scope = scope.strip_prefix("LDAP://").unwrap_or(&scope).to_owned();
                    crate::resolve::canonical(&scope)
                }),
                delivered: None,
                not_applied,
            };
            (number, object)
        })
        .collect();
    numbered.sort_by_key(|(number, _)| *number);
    numbered.into_iter().map(|(_, object)| object).collect()
}

/// The last-write time of a key.
#[must_use]
pub fn refreshed(snapshot: &Snapshot) -> Option<FileTime> {
    snapshot.key(&places::policy_history())?.last_write
}
