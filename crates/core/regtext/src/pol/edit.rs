//! Changes to a policy file that leave all other instructions unchanged.

use super::action::Action;
use super::record::{PolicyFile, Record, RecordError};
use crate::text::{Text, units_eq_ignore_case};

/// `REG_SZ`, the type of all commands except two.
const REG_SZ: u32 = 1;

impl PolicyFile {
    /// Adds an instruction that sets a value.
    ///
    /// Instructions that set or delete only this value (`**del.`, `**soft.`) are removed. The new one
    /// replaces the first of them, but follows every instruction that would delete the value again
    /// (`**delvals.`, `**deletevalues`, `**deletekeys`). If there is none of them, it follows the last
    /// instruction for the key. All other instructions stay unchanged. Group Policy only detects the change
    /// if the version of the policy is raised too, in GPT.INI and in the directory.
    ///
    /// # Errors
    /// [`RecordError`], and no change, if the instruction cannot be written, for example because the name is
    /// that of a command.
    pub fn set(
        &mut self,
        key: impl Into<Text>,
        name: impl Into<Text>,
        ty: u32,
        data: &[u8],
    ) -> Result<(), RecordError> {
        let name = name.into();
        let record = Record::new(key, name.clone(), ty, data)?;
        if record.action() != Action::Set {
            return Err(RecordError::Command { name });
        }
        self.replace(&name, record);
        Ok(())
    }

    /// Adds an instruction that deletes a value at every refresh: `**del.<name>`. Its position is that of
    /// [`set`](Self::set).
    ///
    /// # Errors
    /// [`RecordError`], and no change, if the instruction cannot be written.
    pub fn delete(&mut self, key: impl Into<Text>, name: impl Into<Text>) -> Result<(), RecordError> {
        let name = name.into();
        let command: Text = "**del.".encode_utf16().chain(name.units().iter().copied()).collect();
        let record = Record::new(key, command, REG_SZ, &Text::from(" ").to_utf16le_nul())?;
        self.replace(&name, record);
        Ok(())
    }

    /// Removes the instructions that set or delete only this value ("not configured"). Returns whether there
    /// were any.
    pub fn forget(&mut self, key: &Text, name: &Text) -> bool {
        let before = self.records.len();
        self.records.retain(|record| !record.is_about(key, name));
        self.records.len() < before
    }

    /// Removes the instructions for a key and all keys below it. Returns whether there were any. A
    /// `**deletekeys` of a parent key is kept, because it affects more than this key.
    pub fn forget_key(&mut self, key: &Text) -> bool {
        const BACKSLASH: u16 = 0x5C;
        let before = self.records.len();
        let units = key.units();
        self.records.retain(|record| {
            let (head, rest) = record.key.units().split_at(record.key.len().min(units.len()));
            let within = matches!(rest.first(), None | Some(&BACKSLASH));
            !(within && units_eq_ignore_case(head, units))
        });
        self.records.len() < before
    }

    fn replace(&mut self, name: &Text, new: Record) {
        let first = self.records.iter().position(|record| record.is_about(&new.key, name));
        let of_key = |record: &Record| record.key.eq_ignore_case(&new.key);
        self.forget(&new.key, name);
        let after = |last: Option<usize>| last.map(|index| index + 1);
        let deleted = after(self.records.iter().rposition(|record| record.deletes(&new.key, name)));
        let place = first
            .or_else(|| after(self.records.iter().rposition(of_key)))
            .unwrap_or(self.records.len())
            .max(deleted.unwrap_or(0));
        self.records.insert(place.min(self.records.len()), new);
    }
}

impl Record {
    /// Whether the instruction affects this value only.
    fn is_about(&self, key: &Text, name: &Text) -> bool {
        self.key.eq_ignore_case(key)
            && match self.action() {
                Action::Set => self.value.eq_ignore_case(name),
                Action::SetIfAbsent(own) | Action::DeleteValue(own) => own.eq_ignore_case(name),
                _ => false,
            }
    }

    /// Whether the instruction deletes this value and others.
    fn deletes(&self, key: &Text, name: &Text) -> bool {
        match self.action() {
            Action::DeleteAllValues => self.key.eq_ignore_case(key),
            Action::DeleteValues(names) => {
                self.key.eq_ignore_case(key) && names.iter().any(|own| own.eq_ignore_case(name))
            }
            _ => self.deletes_key(key),
        }
    }
}
