//! Effects of a policy file on licensing values.

use licensing::knowledge::Role;
use licensing::knowledge::values::{self, ValueRow};
use licensing::model::LicensingMode;
use licensing::places;
use regtext::Text;
use regtext::pol::{self, State};
use snapshot::policy::PolicyDamage;
use snapshot::{Name, Value, ValueType};

use crate::object::{Half, PolicyFile, PolicyValue, ValueAction};

/// The licensing values of the policy key.
pub(crate) fn known_values() -> impl Iterator<Item = &'static ValueRow> {
    values::of_key("policy").filter(|row| row.role == Role::Real)
}

/// Path of the policy key, below the root key.
pub(crate) fn policy_key() -> String {
    let parts: Vec<_> = places::policy().parts().iter().map(ToString::to_string).collect();
    parts.join(r"\")
}

/// Reads a policy file. Content after damage is lost.
pub(crate) fn read(path: String, half: Half, bytes: Vec<u8>) -> PolicyFile {
    let (file, damage) = pol::PolicyFile::parse_tolerant(&bytes);
    let places: Vec<_> = file.places().collect();
    let key = Text::from(policy_key().as_str());
    let outcome = file.outcome(&key);
    let mut values: Vec<PolicyValue> = outcome
        .values
        .iter()
        .filter_map(|value| {
            let name = Name::from_utf16(value.name.units());
            let row = known_values().find(|row| name.matches(row.name))?;
            let offset = places.get(value.record).map_or(0, |place| place.start as u64);
            Some(described(row, value.state, offset))
        })
        .collect();
    values.sort_by_key(|value| value.offset);
    PolicyFile {
        path,
        half,
        size: bytes.len() as u64,
        instructions: file.records().len(),
        damage: damage.map(|error| PolicyDamage {
            offset: error.offset as u64,
            read: file.records().len() as u64,
            message: error.to_string(),
        }),
        values,
        deletes_others: outcome.others_deleted,
        bytes,
    }
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
    value.as_text().filter(|text| !text.content.trim().is_empty()).map(|text| {
        let names: Vec<_> = text
            .content
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(|name| Name::from(name).to_string())
            .collect();
        names.join(", ")
    })
}
