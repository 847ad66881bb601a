//! Policy objects as CSV: one row for each value of each object.

use policy::report::PolicyReport;
use policy::{Half, PolicyObject, PolicyValue, ValueAction};

use crate::ReportError;
use crate::csv::guard;

const COLUMNS: [&str; 13] = [
    "object", "id", "domain", "place", "half", "value", "action", "data", "meaning", "version", "disabled",
    "links", "damage",
];

/// The objects as CSV with a header row; an object without a value of licensing has one row without a value.
pub fn policy_csv(report: &PolicyReport) -> Result<String, ReportError> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for object in &report.objects {
        let mut written = false;
        for file in &object.files {
            let damage =
                file.damage.as_ref().map(|damage| format!("byte {}: {}", damage.offset, damage.message));
            for value in &file.values {
                writer.write_record(row(object, Some((file.half, value)), damage.clone()))?;
                written = true;
            }
            if file.values.is_empty() && damage.is_some() {
                writer.write_record(row(object, None, damage))?;
                written = true;
            }
        }
        if !written {
            writer.write_record(row(object, None, None))?;
        }
    }
    let bytes = writer.into_inner().map_err(|error| ReportError::Io(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn row(
    object: &PolicyObject,
    value: Option<(Half, &PolicyValue)>,
    damage: Option<String>,
) -> [String; COLUMNS.len()] {
    let half = value.map(|(half, _)| half);
    let (version, disabled) = match half {
        Some(Half::User) => (object.user_version, object.user_disabled),
        Some(Half::Machine) | None => (object.machine_version, object.machine_disabled),
    };
    let value = value.map(|(_, value)| value);
    let action = value.map(|value| match value.action {
        ValueAction::Set => "set",
        ValueAction::SetIfAbsent => "set if absent",
        ValueAction::Delete => "delete",
    });
    let links = object.links.iter().flatten().map(|link| link.path.as_str()).collect::<Vec<_>>().join("; ");
    [
        object.name.clone().unwrap_or_default(),
        object.id.clone().unwrap_or_default(),
        object.domain.clone().unwrap_or_default(),
        object.place.clone(),
        half.map(|half| half.label().to_owned()).unwrap_or_default(),
        value.map(name).unwrap_or_default(),
        action.unwrap_or_default().to_owned(),
        value.map(|value| value.data.clone()).unwrap_or_default(),
        value.and_then(|value| value.meaning.clone()).unwrap_or_default(),
        version.and_then(policy::HalfVersion::known).map(|version| version.to_string()).unwrap_or_default(),
        disabled.map(|disabled| disabled.to_string()).unwrap_or_default(),
        links,
        damage.unwrap_or_default(),
    ]
    .map(|cell| guard(&cell))
}

/// The name of a policy; for a preference, the path of the local value.
fn name(value: &PolicyValue) -> String {
    match &value.key {
        Some(key) => format!("HKLM\\{key}\\{}", value.name),
        None => value.name.clone(),
    }
}
