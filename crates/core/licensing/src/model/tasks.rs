//! Scheduled tasks whose actions name a text.

use serde::Serialize;
use snapshot::{Key, KeyPath, Value};

use super::Machine;
use crate::evidence::{Evidence, Unknown};
use crate::places;

/// A scheduled task that was captured because of what its actions say.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Task {
    /// Its path in Task Scheduler, such as `\Maintenance\Reset`; the key's name where the path is missing.
    pub name: String,
    /// The text of an action around what was looked for.
    pub action: String,
    /// The value as found.
    pub evidence: Evidence,
}

/// Maximum depth of the search below the key of the tasks; tasks are directly below it.
const DEPTH: usize = 8;

impl Machine<'_> {
    /// The scheduled tasks that have a value with this text in UTF-16, without regard to case.
    ///
    /// `Actions` is a REG_BINARY that contains programs and arguments as UTF-16LE texts, at even offsets
    /// (measured on Windows 10 SOFTWARE hives); the layout around them is not needed here.
    pub fn tasks_that_name(&self, text: &str) -> Result<Vec<Task>, Unknown> {
        let path = places::scheduled_tasks();
        let mut tasks = Vec::new();
        if let Some(key) = self.key(&path)? {
            collect(&path, key, &text.to_lowercase(), DEPTH, &mut tasks);
        }
        Ok(tasks)
    }
}

fn collect(path: &KeyPath, key: &Key, wanted: &str, depth: usize, tasks: &mut Vec<Task>) {
    let found = key.values.iter().find_map(|value| Some((value, text_around(value, wanted)?)));
    if let Some((value, action)) = found {
        let named = key.value("Path").and_then(Value::as_text).map(|path| path.content);
        tasks.push(Task {
            name: named.unwrap_or_else(|| key.name.to_string()),
            action,
            evidence: Evidence::value(path, key, value),
        });
    }
    for subkey in key.subkeys.iter().filter(|_| depth > 0) {
        collect(&path.child(&subkey.name), subkey, wanted, depth - 1, tasks);
    }
}

/// The run of printable UTF-16 that holds the text. `Actions` has counted texts, so that even and odd offsets
/// both occur.
fn text_around(value: &Value, wanted: &str) -> Option<String> {
    [0, 1].iter().find_map(|&start| {
        let bytes = value.bytes().get(start..)?;
        let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        let text: String = char::decode_utf16(units).map(|unit| unit.unwrap_or('\0')).collect();
        let printable = |c: char| !c.is_control();
        text.split(|c| !printable(c)).find(|run| run.to_lowercase().contains(wanted)).map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use snapshot::ValueType;

    use super::*;

    #[test]
    fn the_text_is_found_at_odd_offsets_too() {
        let mut bytes = vec![3, 0, 7];
        bytes.extend("reg delete ...\\RCM\\GracePeriod /f\0".encode_utf16().flat_map(u16::to_le_bytes));
        let value = Value::new("Actions", ValueType::BINARY, bytes);
        let found = text_around(&value, "graceperiod").unwrap();
        assert!(found.contains(r"RCM\GracePeriod /f"), "{found:?}");
        assert_eq!(text_around(&value, "timebomb"), None);
    }
}
