use serde::de::{Deserialize, Deserializer, Error as _};
use serde::{Serialize, Serializer};

/// A generation of Windows as licensing sees it: what differs in keys, terms or CALs gets its own variant.
///
/// Clients share the variant of the server of their kernel (Windows 7 and Server 2008 R2 are one generation).
/// The order is that of release; an unknown build counts as newer than all that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Generation {
    /// Windows NT 4.0, of which licensing concerns the Terminal Server Edition only.
    Nt4,
    /// Windows 2000.
    W2000,
    /// Windows XP (client only).
    Xp,
    /// Windows Server 2003 and 2003 R2, Windows XP x64.
    W2003,
    /// Windows Server 2008, Windows Vista.
    W2008,
    /// Windows Server 2008 R2, Windows 7.
    W2008R2,
    /// Windows Server 2012, Windows 8.
    W2012,
    /// Windows Server 2012 R2, Windows 8.1.
    W2012R2,
    /// Windows Server 2016 and the Windows 10 releases before Server 2019.
    W2016,
    /// Windows Server 2019 and the releases up to Server 2022.
    W2019,
    /// Windows Server 2022, and Windows 11 up to 23H2.
    W2022,
    /// Windows Server, version 23H2 (annual channel).
    W23H2,
    /// Windows Server 2025, Windows 11 24H2 and later builds of that line.
    W2025,
    /// A build that the table does not name. It is shown and counted like any other.
    Unknown(u32),
}

impl Generation {
    /// Those that the table names, the oldest first.
    const KNOWN: [Self; 13] = [
        Self::Nt4,
        Self::W2000,
        Self::Xp,
        Self::W2003,
        Self::W2008,
        Self::W2008R2,
        Self::W2012,
        Self::W2012R2,
        Self::W2016,
        Self::W2019,
        Self::W2022,
        Self::W23H2,
        Self::W2025,
    ];

    /// The name, as in "Windows Server 2019 generation".
    pub fn name(self) -> String {
        match self {
            Self::Nt4 => "Windows NT 4.0".into(),
            Self::W2000 => "Windows 2000".into(),
            Self::Xp => "Windows XP".into(),
            Self::W2003 => "Windows Server 2003".into(),
            Self::W2008 => "Windows Server 2008".into(),
            Self::W2008R2 => "Windows Server 2008 R2".into(),
            Self::W2012 => "Windows Server 2012".into(),
            Self::W2012R2 => "Windows Server 2012 R2".into(),
            Self::W2016 => "Windows Server 2016".into(),
            Self::W2019 => "Windows Server 2019".into(),
            Self::W2022 => "Windows Server 2022".into(),
            Self::W23H2 => "Windows Server, version 23H2".into(),
            Self::W2025 => "Windows Server 2025".into(),
            Self::Unknown(build) => format!("unknown Windows (build {build})"),
        }
    }

    /// True from Windows Server 2008 and Vista on: the settings live under `RCM`.
    pub fn is_modern(self) -> bool {
        self >= Self::W2008
    }
}

impl Serialize for Generation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name())
    }
}

impl<'de> Deserialize<'de> for Generation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let unknown = || {
            let build = name.strip_prefix("unknown Windows (build ")?.strip_suffix(')')?;
            Some(Self::Unknown(build.parse().ok()?))
        };
        let known = Self::KNOWN.into_iter().find(|generation| generation.name() == name);
        known
            .or_else(unknown)
            .ok_or_else(|| D::Error::custom(format!("“{name}” is not a Windows generation")))
    }
}

/// The generations that a row holds for, both ends included; no end means open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Versions {
    /// The first generation.
    pub from: Option<Generation>,
    /// The last generation.
    pub to: Option<Generation>,
}

impl Versions {
    /// Every Windows.
    pub const ALL: Self = Self { from: None, to: None };

    pub(crate) const fn from(first: Generation) -> Self {
        Self { from: Some(first), to: None }
    }

    pub(crate) const fn to(last: Generation) -> Self {
        Self { from: None, to: Some(last) }
    }

    pub(crate) const fn between(first: Generation, last: Generation) -> Self {
        Self { from: Some(first), to: Some(last) }
    }

    /// Does a row with these versions hold for this generation?
    pub fn contains(&self, generation: Generation) -> bool {
        self.from.is_none_or(|first| generation >= first) && self.to.is_none_or(|last| generation <= last)
    }

    /// For people: "Windows Server 2008 and later".
    pub fn phrase(&self) -> String {
        match (self.from, self.to) {
            (None, None) => "every version of Windows".into(),
            (Some(first), None) => format!("{} and later", first.name()),
            (None, Some(last)) => format!("up to {}", last.name()),
            (Some(first), Some(last)) if first == last => first.name(),
            (Some(first), Some(last)) => format!("{} to {}", first.name(), last.name()),
        }
    }
}
