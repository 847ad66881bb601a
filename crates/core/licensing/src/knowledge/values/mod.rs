//! Registry values.
//!
//! A name is compared ignoring case but not spaces: a name with a leading space is another value. A
//! `*` in a name matches any run of characters.

mod client;
mod context;
mod folklore;
mod host;
mod policy;
mod server;

use serde::Serialize;

use super::{Certainty, MachineRole, Role, Source, ValueType, Versions, keys};

/// One meaning that the data may have.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Datum {
    /// The number, for a `REG_DWORD`.
    pub number: Option<u32>,
    /// The data as an administrator sees it, for other types.
    pub data: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

impl Datum {
    pub(crate) const fn number(number: u32, meaning: &'static str) -> Self {
        Self { number: Some(number), data: "", meaning }
    }

    pub(crate) const fn text(data: &'static str, meaning: &'static str) -> Self {
        Self { number: None, data, meaning }
    }
}

/// A registry value.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ValueRow {
    /// Stable name of the row.
    pub id: &'static str,
    /// The key, as the id of a [`KeyRow`](keys::KeyRow).
    pub key: &'static str,
    /// The name; the empty string is the key's default value.
    pub name: &'static str,
    /// The types that it may have; another type is a fault. Empty: not known, or of no consequence.
    pub types: &'static [ValueType],
    /// What it is to Windows.
    pub role: Role,
    /// Which machine it matters on.
    pub machine: MachineRole,
    /// Windows that use it.
    pub versions: Versions,
    /// What it is, in plain words.
    pub what: &'static str,
    /// What it does. For folklore: why it does nothing.
    pub effect: &'static str,
    /// What its data mean, where that is a list.
    pub data: &'static [Datum],
    /// For folklore and legacy values: where the setting really belongs.
    pub belongs: Option<&'static str>,
    /// Holds key material: never exported, changed or deleted.
    pub never_touch: bool,
    /// Rules that look at it.
    pub rules: &'static [&'static str],
    /// How sure we are.
    pub certainty: Certainty,
    /// Where it is from.
    pub sources: &'static [Source],
}

impl ValueRow {
    /// What the tables fill in from; never a row itself.
    pub(crate) const BASE: Self = Self {
        id: "",
        key: "",
        name: "",
        types: &[],
        role: Role::Real,
        machine: MachineRole::SessionHost,
        versions: Versions::ALL,
        what: "",
        effect: "",
        data: &[],
        belongs: None,
        never_touch: false,
        rules: &[],
        certainty: Certainty::Documented,
        sources: &[],
    };

    /// Its key.
    pub fn key_row(&self) -> Option<&'static keys::KeyRow> {
        keys::by_id(self.key)
    }
}

/// Every value: host, policy, client, license server, context, folklore.
pub fn all() -> impl Iterator<Item = &'static ValueRow> {
    [host::VALUES, policy::VALUES, client::VALUES, server::VALUES, context::VALUES, folklore::VALUES]
        .into_iter()
        .flatten()
}

/// The row with this id.
pub fn by_id(id: &str) -> Option<&'static ValueRow> {
    all().find(|row| row.id == id)
}

/// The rows of the values of one key.
pub fn of_key(key: &str) -> impl Iterator<Item = &'static ValueRow> {
    all().filter(move |row| row.key == key)
}
