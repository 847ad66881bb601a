//! What all instructions of a file together do to a key.

use std::collections::HashMap;

use super::action::Action;
use super::record::{PolicyFile, Record};
use crate::text::{Text, units_eq_ignore_case};

/// What a policy file does to one key and the values in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// Whether the key exists afterwards for certain, because an instruction creates it or sets a value in
    /// it. If not, it exists only if it did before and was not [deleted](Self::key_deleted).
    pub key_created: bool,
    /// Whether what the key held before is deleted with the key (`**deletekeys` of a key above it).
    pub key_deleted: bool,
    /// Whether values that are not listed are deleted (`**delvals.`, or with the key).
    pub others_deleted: bool,
    /// `**securekey`, if there is one; the last one counts.
    pub secure: Option<bool>,
    /// The values that instructions name, in the order in which they were decided.
    pub values: Vec<ValueOutcome<'a>>,
}

/// What a policy file does to one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueOutcome<'a> {
    /// The value name, without command.
    pub name: Text,
    /// What becomes of the value.
    pub state: State<'a>,
    /// The index of the instruction that decides, in [`PolicyFile::records`].
    pub record: usize,
}

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State<'a> {
    /// It has this type and data.
    Set {
        /// The type number.
        ty: u32,
        /// The raw data.
        data: &'a [u8],
    },
    /// It has this type and data unless there was a value before.
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
    /// What becomes of a value: `None` if no instruction decides, so that it stays as it was before.
    pub fn get(&self, name: &Text) -> Option<State<'a>> {
        let listed = self.values.iter().find(|value| value.name.eq_ignore_case(name));
        listed.map(|value| value.state).or(self.others_deleted.then_some(State::Deleted))
    }
}

impl PolicyFile {
    /// Carries out the instructions in order, as far as they concern `key`: the later one wins.
    ///
    /// `key` is a path below the root key, compared without regard to case. The data is not interpreted.
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

/// An outcome in the making, with an index of its values by name: a file may name very many.
#[derive(Default)]
struct Fold<'a> {
    outcome: Outcome<'a>,
    /// The values in the order in which they were decided; one that was decided again later leaves a gap.
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
            // Whether it concerns the key has been looked at before.
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
    /// Whether the instruction is a `**deletekeys` that takes `key` or a key above it.
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
