//! Which Group Policy objects a policy value may come from.

use super::Machine;
use crate::places;

impl Machine<'_> {
    /// The names of the policy objects that delivered registry policy at the last refresh, in the order in
    /// which they were applied; empty where there was none or the history is not in the snapshot.
    ///
    /// It does not say which of them set a particular value.
    #[must_use]
    pub fn policy_objects(&self) -> Vec<String> {
        let Ok(Some(history)) = self.key(&places::policy_history()) else { return Vec::new() };
        let mut objects: Vec<(u32, String)> = Vec::new();
        for key in &history.subkeys {
            let number = key.name.as_str().and_then(|name| name.parse().ok()).unwrap_or(u32::MAX);
            let text = |name: &str| key.value(name)?.as_text().map(|text| text.content);
            if let Some(name) =
                text("DisplayName").or_else(|| text("GPOName")).filter(|name| !name.is_empty())
            {
                objects.push((number, name));
            }
        }
        objects.sort();
        objects.into_iter().map(|(_, name)| name).collect()
    }

    /// A note on where a policy value comes from, where the history has it.
    #[must_use]
    pub fn policy_note(&self) -> Option<String> {
        let names: Vec<_> = self.policy_objects().iter().map(|name| format!("“{name}”")).collect();
        match names.as_slice() {
            [] => None,
            [one] => Some(format!("registry policy was last applied from the policy object {one}")),
            several => Some(format!(
                "registry policy was last applied from these policy objects, the last of which wins: {}",
                several.join(", ")
            )),
        }
    }
}
