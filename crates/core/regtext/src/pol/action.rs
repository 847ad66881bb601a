//! Actions of instructions.

use super::record::Record;
use crate::text::{Text, units_le};

/// The action of an instruction, determined by its value name (MS-GPREG 3.2.5.1.2). Names are compared
/// case-insensitively.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Sets the value of this name; the name is the value name unchanged. Also used for a name that starts
    /// with `**` and is not a command.
    Set,
    /// Creates the key without a value: empty value name, type 0, no data.
    CreateKey,
    /// `**soft.<name>`: sets the value if it does not exist.
    SetIfAbsent(Text),
    /// `**del.<name>`: deletes the value.
    DeleteValue(Text),
    /// `**delvals.`: deletes all values of the key.
    DeleteAllValues,
    /// `**deletevalues`: deletes the values that the data lists, separated by semicolons.
    DeleteValues(Vec<Text>),
    /// `**deletekeys`: deletes the immediate subkeys that the data lists, separated by semicolons.
    DeleteKeys(Vec<Text>),
    /// `**securekey`: with 1, only administrators and the system may change the key; otherwise access is the
    /// same as on the root key.
    SecureKey(bool),
}

impl Record {
    /// Returns the action of the instruction.
    pub fn action(&self) -> Action {
        let rest = |prefix| self.value.strip_ascii_prefix(prefix).map(Text::from);
        // Some descriptions of the format omit the dot, and spaces at the end.
        let is = |command| self.value.strip_ascii_prefix(command).is_some_and(only_blanks);
        if self.value.is_empty() && self.ty == 0 && self.data.is_empty() {
            Action::CreateKey
        } else if let Some(name) = rest("**soft.") {
            Action::SetIfAbsent(name)
        } else if let Some(name) = rest("**del.") {
            Action::DeleteValue(name)
        } else if is("**delvals.") || is("**delvals") {
            Action::DeleteAllValues
        } else if is("**deletevalues") {
            Action::DeleteValues(self.list())
        } else if is("**deletekeys") {
            Action::DeleteKeys(self.list())
        } else if is("**securekey") {
            Action::SecureKey(self.data == [1, 0, 0, 0])
        } else {
            Action::Set
        }
    }

    /// The data as a list separated by semicolons.
    fn list(&self) -> Vec<Text> {
        let text: Vec<u16> = units_le(&self.data).take_while(|&unit| unit != 0).collect();
        let names = text.split(|&unit| unit == u16::from(b';'));
        names.filter(|name| !name.is_empty()).map(Text::from).collect()
    }
}

fn only_blanks(units: &[u16]) -> bool {
    units.iter().all(|&unit| unit == u16::from(b' '))
}
