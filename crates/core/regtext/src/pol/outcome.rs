//! The effect of all instructions of a file on a key.

use std::collections::HashMap;

use super::action::Action;
use super::record::{PolicyFile, Record};
use crate::text::{Text, units_eq_ignore_case};

/// The effect of a policy file on one key and its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// Whether the key certainly exists afterwards, because an instruction creates it or sets a value in it.
    /// If not, it exists only if it did before and was not [deleted](Self::key_deleted).
    pub key_created: bool,
    /// Whether the previous contents of the key are deleted with it (`**deletekeys` of a parent key).
    pub key_deleted: bool,
    /// Whether values that are not listed are deleted (by `**delvals.`, or with the key).
    pub others_deleted: bool,
    /// `**securekey`, if present; the last one applies.
    pub secure: Option<bool>,
    /// The values that instructions name, in the order in which they were determined.
    pub values: Vec<ValueOutcome<'a>>,
}

/// The effect of a policy file on one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueOutcome<'a> {
    /// The value name, without the command.
    pub name: Text,
    /// The state afterwards.
    pub state: State<'a>,
    /// The index of the instruction that determines it, in [`PolicyFile::records`].
    pub record: usize,
}

/// The state of a value after the policy is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State<'a> {
    /// It has this type and data.
    Set {
        /// The type number.
        ty: u32,
        /// The raw data.
        data: &'a [u8],
    },
    /// It has this type and data, unless it existed before.
    SetIfAbsent {
        /// The type number.
        ty: u32,
        /// The raw data.
        data: &'a [u8],
    },
    /// It is deleted.
    Deleted,
}

impl<'a> Outcome<'a> {
    /// The state of a value; `None` if no instruction affects it, so that it does not change.
    pub fn get(&self, name: &Text) -> Option<State<'a>> {
        let listed = self.values.iter().find(|value| value.name.eq_ignore_case(name));
        listed.map(|value| value.state).or(self.others_deleted.then_some(State::Deleted))
    }
}

impl PolicyFile {
    /// Applies the instructions in order, as far as they affect `key`: the later one wins.
    ///
    /// `key` is a path below the root key, compared case-insensitively. The data is not interpreted.
    pub fn outcome(&self, key: &Text) -> Outcome<'_> {
        let mut fold = Fold::default();
        for (index, record) in self.records.iter().enumerate() {
            if record.deletes_key(key) {
                fold.clear();
                fold.outcome.key_deleted = true;
                (fold.outcome.key_created, fold.outcome.secure) = (false, None);
            }
            if record.key.eq_ignore_case(key) {
                fold.apply(index, record);
            }
        }
        fold.finish()
    }
}

/// An outcome under construction, with an index of its values by name, because a file may name many.
#[derive(Default)]
struct Fold<'a> {
    outcome: Outcome<'a>,
    /// The values in the order in which they were determined; one that was determined again later leaves a
    /// gap.
    values: Vec<Option<ValueOutcome<'a>>>,
    by_name: HashMap<Text, usize>,
}

impl<'a> Fold<'a> {
    fn apply(&mut self, index: usize, record: &'a Record) {
        let (ty, data) = (record.ty, record.data.as_slice());
        match record.action() {
            Action::Set => {
                self.decide(record.value.clone(), State::Set { ty, data }, index);
                self.outcome.key_created = true;
            }
            Action::SetIfAbsent(name) => {
                match self.get(&name) {
                    None => self.decide(name, State::SetIfAbsent { ty, data }, index),
                    Some(State::Deleted) => self.decide(name, State::Set { ty, data }, index),
                    Some(State::Set { .. } | State::SetIfAbsent { .. }) => {}
                }
                self.outcome.key_created = true;
            }
            Action::CreateKey => self.outcome.key_created = true,
            Action::DeleteValue(name) => self.decide(name, State::Deleted, index),
            Action::DeleteValues(names) => {
                for name in names {
                    self.decide(name, State::Deleted, index);
                }
            }
            Action::DeleteAllValues => self.clear(),
            Action::SecureKey(secure) => self.outcome.secure = Some(secure),
            // The caller has checked whether it affects the key.
            Action::DeleteKeys(_) => {}
        }
    }

    fn get(&self, name: &Text) -> Option<State<'a>> {
        let listed = self.by_name.get(&name.upcased()).and_then(|&at| self.values.get(at)?.as_ref());
        listed.map(|value| value.state).or(self.outcome.others_deleted.then_some(State::Deleted))
    }

    fn decide(&mut self, name: Text, state: State<'a>, record: usize) {
        let before = self.by_name.insert(name.upcased(), self.values.len());
        if let Some(value) = before.and_then(|at| self.values.get_mut(at)) {
            *value = None;
        }
        self.values.push(Some(ValueOutcome { name, state, record }));
    }

    fn clear(&mut self) {
        self.values.clear();
        self.by_name.clear();
        self.outcome.others_deleted = true;
    }

    fn finish(self) -> Outcome<'a> {
        Outcome { values: self.values.into_iter().flatten().collect(), ..self.outcome }
    }
}

impl Record {
    /// Whether the instruction is a `**deletekeys` that deletes `key` or a parent of it.
    pub(super) fn deletes_key(&self, key: &Text) -> bool {
        const BACKSLASH: u16 = 0x5C;
        let (parent, path) = (self.key.units(), key.units());
        let below = match path.get(parent.len()..) {
            Some([BACKSLASH, below @ ..]) if units_eq_ignore_case(parent, &path[..parent.len()]) => below,
            _ => return false,
        };
        let Action::DeleteKeys(names) = self.action() else { return false };
        names.iter().map(Text::units).any(|name| {
            let head = below.get(..name.len());
            let whole = matches!(below.get(name.len()), None | Some(&BACKSLASH));
            whole && head.is_some_and(|head| units_eq_ignore_case(head, name))
        })
    }
}
