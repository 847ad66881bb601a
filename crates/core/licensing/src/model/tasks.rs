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
    /// The command that the task runs; the text around what was looked for if its actions cannot be decoded.
    pub action: String,
    /// The value as found.
    pub evidence: Evidence,
}

/// Maximum depth of the search below the key of the tasks; tasks are directly below it.
const DEPTH: usize = 8;

impl Machine<'_> {
    /// The scheduled tasks that have a value with this text in UTF-16, without regard to case: in their name
    /// or in what they run.
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
        let commands = key.value("Actions").map(|actions| commands(actions.bytes())).unwrap_or_default();
        tasks.push(Task {
            name: named.unwrap_or_else(|| key.name.to_string()),
            action: if commands.is_empty() { action } else { commands.join("; ") },
            evidence: Evidence::value(path, key, value),
        });
    }
    for subkey in key.subkeys.iter().filter(|_| depth > 0) {
        collect(&path.child(&subkey.name), subkey, wanted, depth - 1, tasks);
    }
}

/// The commands of the value `Actions`, each with its arguments; none if there is another kind of action, or
/// the value has another layout.
///
/// Layout: a 16-bit version, up to 3; the security context as a text; then the actions. One that runs a
/// program begins with 0x6666 and has four texts: an identifier, the program, its arguments, its folder;
/// version 3 adds 16 bits of flags. A text is a 32-bit number of bytes and UTF-16LE. Source: libyal
/// winreg-kb, *Task scheduler*; measured on Windows 10 SOFTWARE hives.
fn commands(bytes: &[u8]) -> Vec<String> {
    const RUN_PROGRAM: u16 = 0x6666;
    fn number<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
        let (number, rest) = bytes.split_first_chunk()?;
        *bytes = rest;
        Some(*number)
    }
    fn text(bytes: &mut &[u8]) -> Option<String> {
        let length = usize::try_from(u32::from_le_bytes(number(bytes)?)).ok()?;
        let (text, rest) = bytes.split_at_checked(length)?;
        *bytes = rest;
        let units = text.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        Some(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
    }
    fn all(mut bytes: &[u8]) -> Option<Vec<String>> {
        let version = u16::from_le_bytes(number(&mut bytes)?);
        text(&mut bytes)?;
        let mut commands = Vec::new();
        while !bytes.is_empty() {
            if u16::from_le_bytes(number(&mut bytes)?) != RUN_PROGRAM {
                return None;
            }
            text(&mut bytes)?;
            let (program, arguments) = (text(&mut bytes)?, text(&mut bytes)?);
            text(&mut bytes)?;
            if version >= 3 {
                number::<2>(&mut bytes)?;
            }
            let command = format!("{program} {arguments}");
            commands.push(command.trim().replace(char::is_control, " "));
        }
        Some(commands)
    }
    all(bytes).unwrap_or_default()
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

    fn counted(text: &str) -> Vec<u8> {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [&u32::try_from(units.len()).unwrap().to_le_bytes()[..], &units].concat()
    }

    #[test]
    fn commands_are_decoded() {
        let run = |program: &str, arguments: &str| {
            let texts = ["", program, arguments, ""].map(counted).concat();
            [&[0x66, 0x66][..], &texts, &[0, 0]].concat()
        };
        let head = [&[3, 0][..], &counted("Author")].concat();
        let one = [&head[..], &run("cmd.exe", "/c reset.cmd")].concat();
        assert_eq!(commands(&one), ["cmd.exe /c reset.cmd"]);
        let two = [&one[..], &run("notepad.exe", "")].concat();
        assert_eq!(commands(&two), ["cmd.exe /c reset.cmd", "notepad.exe"]);
        for length in (0..two.len()).filter(|&length| length != one.len() && length != head.len()) {
            assert!(commands(&two[..length]).is_empty(), "{length}");
        }
        assert!(commands(&[&head[..], &[0x77, 0x77, 0, 0, 0, 0]].concat()).is_empty());
        // Version 2 has no flags.
        let old = [&[2, 0][..], &counted("Author"), &run("a.exe", "b")].concat();
        assert_eq!(commands(&old[..old.len() - 2]), ["a.exe b"]);
    }

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
