use serde::Serialize;

/// What a key or value is to Windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Windows reads it, and licensing depends on it.
    Real,
    /// Windows reads it; it helps to judge, but is not a licensing setting.
    Context,
    /// Key material. Never exported, changed or deleted.
    Secret,
    /// Older Windows reads it; newer Windows does not.
    Legacy,
    /// Advice on the web names it; no Windows is known to read it.
    Folklore,
}

impl Role {
    /// One or two words for people.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Real => "in use",
            Self::Context => "context",
            Self::Secret => "secret",
            Self::Legacy => "legacy",
            Self::Folklore => "no effect",
        }
    }
}

/// Which machine a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MachineRole {
    /// The Remote Desktop Session Host (terminal server).
    SessionHost,
    /// The computer that somebody sits at.
    Client,
    /// The Remote Desktop license server.
    LicenseServer,
    /// Group Policy, as stored on the machine that it applies to.
    Policy,
    /// Any Windows machine.
    Any,
}

impl MachineRole {
    /// The usual name.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::SessionHost => "session host",
            Self::Client => "client",
            Self::LicenseServer => "license server",
            Self::Policy => "policy",
            Self::Any => "any machine",
        }
    }
}

/// A registry value type, as far as the tables name one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum ValueType {
    /// `REG_SZ`
    #[serde(rename = "REG_SZ")]
    Sz,
    /// `REG_EXPAND_SZ`
    #[serde(rename = "REG_EXPAND_SZ")]
    ExpandSz,
    /// `REG_BINARY`
    #[serde(rename = "REG_BINARY")]
    Binary,
    /// `REG_DWORD`
    #[serde(rename = "REG_DWORD")]
    Dword,
    /// `REG_MULTI_SZ`
    #[serde(rename = "REG_MULTI_SZ")]
    MultiSz,
    /// `REG_QWORD`
    #[serde(rename = "REG_QWORD")]
    Qword,
}

impl ValueType {
    /// The number that the registry stores.
    pub const fn code(self) -> u32 {
        match self {
            Self::Sz => 1,
            Self::ExpandSz => 2,
            Self::Binary => 3,
            Self::Dword => 4,
            Self::MultiSz => 7,
            Self::Qword => 11,
        }
    }

    /// The usual name, such as `REG_DWORD`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sz => "REG_SZ",
            Self::ExpandSz => "REG_EXPAND_SZ",
            Self::Binary => "REG_BINARY",
            Self::Dword => "REG_DWORD",
            Self::MultiSz => "REG_MULTI_SZ",
            Self::Qword => "REG_QWORD",
        }
    }
}
