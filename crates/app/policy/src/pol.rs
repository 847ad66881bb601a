//! Effects of a policy file on licensing values.

use licensing::knowledge::values::{self, ValueRow};
use licensing::knowledge::{Role, ValueType as TableType};
use licensing::model::LicensingMode;
use licensing::places;
use regtext::Text;
use regtext::pol::{Action, State};
use snapshot::{KeyPath, Name, Value, ValueType};
use sources::PolicyContent;

use crate::object::{Half, PolicyFile, PolicyFormat, PolicyValue, ValueAction};

/// The licensing values of the policy key.
pub(crate) fn known_values() -> impl Iterator<Item = &'static ValueRow> {
    values::of_key("policy").filter(|row| row.role == Role::Real)
}

/// Path of the policy key, below the root key.
pub(crate) fn policy_key() -> String {
    let parts: Vec<_> = places::policy().parts().iter().map(ToString::to_string).collect();
    parts.join(r"\")
}

/// The effects of a policy file on licensing. Content after damage is lost.
pub(crate) fn read(path: String, half: Half, format: PolicyFormat, content: PolicyContent) -> PolicyFile {
    let is_user = half == Half::User;
    let (mut values, deletes_others) = match format {
        PolicyFormat::Preferences => (preferences(&content), false),
        _ => policies(&content, is_user),
    };
    values.sort_by_key(|value| value.offset);
    PolicyFile {
        path,
        half,
        format,
        size: content.size,
        instructions: content.entries.len(),
        damage: content.damage.clone(),
        values,
        deletes_others,
        content,
    }
}

/// The licensing values of the policy key, and whether all others are deleted.
fn policies(content: &PolicyContent, is_user: bool) -> (Vec<PolicyValue>, bool) {
    let file = content.file(is_user);
    let places: Vec<_> = content.half(is_user).map(|entry| entry.place.start as u64).collect();
    let outcome = file.outcome(&Text::from(policy_key().as_str()));
    let values = outcome.values.iter().filter_map(|value| {
        let name = Name::from_utf16(value.name.units());
        let row = known_values().find(|row| name.matches(row.name))?;
        let offset = places.get(value.record).copied().unwrap_or(0);
        Some(described(row, value.state, offset))
    });
    (values.collect(), outcome.others_deleted)
}

/// The licensing values that preferences write or delete, each item on its own.
fn preferences(content: &PolicyContent) -> Vec<PolicyValue> {
    let values = content.entries.iter().filter(|entry| !entry.is_user).filter_map(|entry| {
        let (name, is_set) = match entry.record.action() {
            Action::Set => (entry.record.value().clone(), true),
            Action::SetIfAbsent(name) => (name, true),
            Action::DeleteValue(name) => (name, false),
            _ => return None,
        };
        let name = Name::from_utf16(name.units());
        // An item names the control set by its number or as the current one.
        let key = entry.record.key().to_string();
        let path = KeyPath::hklm(&key.to_lowercase().replace("controlset001", "currentcontrolset"));
        let is_of_key = |row: &&ValueRow| {
            row.key_row().and_then(|key| key.path.parse().ok()).is_some_and(|known: KeyPath| known == path)
        };
        let row =
            values::all().filter(|row| row.role == Role::Real && name.matches(row.name)).find(is_of_key)?;
        let state = if is_set {
            State::Set { ty: entry.record.ty(), data: entry.record.data() }
        } else {
            State::Deleted
        };
        let value = described(row, state, entry.place.start as u64);
        Some(PolicyValue { key: Some(key), preference: entry.preference, ..value })
    });
    values.collect()
}

fn described(row: &ValueRow, state: State<'_>, offset: u64) -> PolicyValue {
    let (action, ty, data) = match state {
        State::Set { ty, data } => (ValueAction::Set, ty, data),
        State::SetIfAbsent { ty, data } => (ValueAction::SetIfAbsent, ty, data),
        State::Deleted => {
            return PolicyValue {
                name: row.name.to_owned(),
                action: ValueAction::Delete,
                data: String::new(),
                kind: None,
                meaning: None,
                offset,
                key: None,
                preference: None,
            };
        }
    };
    let value = Value::new(row.name, ValueType(ty), data);
    PolicyValue {
        name: row.name.to_owned(),
        action,
        data: value.shown(),
        kind: Some(value.kind.to_string()),
        meaning: meaning(row, &value),
        offset,
        key: None,
        preference: None,
    }
}

/// The meaning of the data; `None` if the tables do not contain it, or if its type is wrong.
pub(crate) fn meaning(row: &ValueRow, value: &Value) -> Option<String> {
    if let Some(number) = value.as_u32() {
        if row.name == "LicensingMode" {
            let mode = LicensingMode::from_number(number);
            return mode.is_licensing().then(|| mode.to_string());
        }
        let datum = row.data.iter().find(|datum| datum.number == Some(number))?;
        return Some(datum.meaning.to_owned());
    }
    if value.as_single_bytes().is_some() {
        return None;
    }
    let texts = match (value.as_multi_string(), value.as_text()) {
        (Some(list), _) if row.types.contains(&TableType::MultiSz) => list.items,
        (_, Some(text)) if !row.types.contains(&TableType::MultiSz) => vec![text.content],
        _ => return None,
    };
    let names = texts.iter().flat_map(|text| text.split(',')).map(str::trim);
    let names: Vec<_> =
        names.filter(|name| !name.is_empty()).map(|name| Name::from(name).to_string()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}
