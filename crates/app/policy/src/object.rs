//! A group policy object.

use licensing::model::facts::PolicyObject as ObjectFact;
use serde::Serialize;
use snapshot::policy::{PolicyDamage, Preference};
use sources::PolicyContent;

use crate::security::Filtering;

/// The source of an object's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// SYSVOL, or a copy of it.
    Sysvol,
    /// A backup of the Group Policy Management Console.
    Backup,
    /// A policy file without an object.
    File,
    /// The directory only: its files were not read.
    Directory,
}

/// A group policy object. Fields that its source does not provide are `None`.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyObject {
    /// Its GUID, in braces and upper case.
    pub id: Option<String>,
    /// Its display name.
    pub name: Option<String>,
    /// The DNS name of its domain.
    pub domain: Option<String>,
    /// Its source.
    pub kind: ObjectKind,
    /// The folder or file.
    pub place: String,
    /// The backup from which it was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup: Option<Backup>,
    /// Version of the computer's half.
    pub machine_version: Option<HalfVersion>,
    /// Version of the user's half.
    pub user_version: Option<HalfVersion>,
    /// True if the computer's half is disabled.
    pub machine_disabled: Option<bool>,
    /// True if the user's half is disabled.
    pub user_disabled: Option<bool>,
    /// True if the object lists the registry extension for computers.
    pub registry_extension: Option<bool>,
    /// Its links.
    pub links: Option<Vec<LinkedTo>>,
    /// The trustees to which it applies.
    pub filtering: Option<Filtering>,
    /// The name of its WMI filter; null if it has none, missing if not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wmi_filter: Option<Option<String>>,
    /// Its policy files.
    pub files: Vec<PolicyFile>,
}

/// A backup of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// GUID of the backup.
    pub id: Option<String>,
    /// Time of the backup as recorded: local time of the machine that made it.
    pub time: Option<String>,
    /// The comment of the backup.
    pub comment: Option<String>,
}

/// Version of one half of an object, which counts its changes. Directory and SYSVOL are replicated
/// separately; if the versions differ, one of the replicas is outdated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HalfVersion {
    /// The version in the directory.
    pub directory: Option<u16>,
    /// The version in gpt.ini.
    pub sysvol: Option<u16>,
}

impl HalfVersion {
    /// The half's version: that of SYSVOL, whose files are read, or else that of the directory.
    #[must_use]
    pub fn known(self) -> Option<u16> {
        self.sysvol.or(self.directory)
    }
}

/// A link to an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkedTo {
    /// The site, domain or organizational unit, as a path from the domain's name down:
    /// `corp.example/Servers`.
    pub path: String,
    /// False if the link is disabled.
    pub enabled: bool,
    /// True if the link is enforced: lower units can neither block nor override it.
    pub enforced: bool,
    /// The link order: 1 wins over 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<u32>,
}

/// A user, computer or group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trustee {
    /// Its SID.
    pub sid: String,
    /// Its name, if known.
    pub name: Option<String>,
}

impl Trustee {
    /// The name, or else the SID.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.sid)
    }
}

/// One half of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Half {
    /// The computer's half.
    Machine,
    /// The user's half.
    User,
}

impl Half {
    /// The half in one word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Machine => "computer",
            Self::User => "user",
        }
    }
}

/// The format of a policy file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyFormat {
    /// `Registry.pol`, or the XML that Samba makes of it.
    RegistryPol,
    /// The text of LGPO.exe.
    LgpoText,
    /// `Registry.xml` of Group Policy Preferences: it sets local values.
    Preferences,
}

/// A policy file with its effects on licensing.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyFile {
    /// Its path.
    pub path: String,
    /// The half to which it belongs.
    pub half: Half,
    /// Its format.
    pub format: PolicyFormat,
    /// Its size in bytes.
    pub size: u64,
    /// Number of instructions.
    pub instructions: usize,
    /// The damage, if any; the instructions before it were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damage: Option<PolicyDamage>,
    /// Its effects on licensing values, in the order of the file.
    pub values: Vec<PolicyValue>,
    /// True if it deletes all other values of the policy key.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deletes_others: bool,
    /// The instructions, for the rules.
    #[serde(skip)]
    pub content: PolicyContent,
}

/// The effect of an instruction on a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueAction {
    /// Sets the value.
    Set,
    /// Sets the value if it is absent.
    SetIfAbsent,
    /// Deletes the value.
    Delete,
}

/// The effect of a policy file on one licensing value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyValue {
    /// The value's name, as spelled in the tables.
    pub name: String,
    /// The effect.
    pub action: ValueAction,
    /// The data as shown to users; empty for a deletion.
    pub data: String,
    /// The type, such as `REG_DWORD`; missing for a deletion.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The meaning; `None` if the tables do not contain the data.
    pub meaning: Option<String>,
    /// Offset in bytes of the instruction in force.
    pub offset: u64,
    /// The key below HKEY_LOCAL_MACHINE, for a preference; all others set values of the policy key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How a preference writes the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preference: Option<Preference>,
}

impl PolicyObject {
    /// An object of which only the place is known.
    #[must_use]
    pub fn at(kind: ObjectKind, place: String) -> Self {
        Self {
            id: None,
            name: None,
            domain: None,
            kind,
            place,
            backup: None,
            machine_version: None,
            user_version: None,
            machine_disabled: None,
            user_disabled: None,
            registry_extension: None,
            links: None,
            filtering: None,
            wmi_filter: None,
            files: Vec::new(),
        }
    }

    /// The name as shown to users: its own, or else its GUID, or else its place.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_deref().or(self.id.as_deref()).unwrap_or(&self.place)
    }

    /// The licensing policies in this half. Preferences set local values, and are left out.
    pub fn values(&self, half: Half) -> impl Iterator<Item = &PolicyValue> {
        let files = self.files.iter().filter(move |file| file.half == half);
        files.filter(|file| file.format != PolicyFormat::Preferences).flat_map(|file| &file.values)
    }

    /// True if it sets or deletes a licensing value.
    #[must_use]
    pub fn concerns_licensing(&self) -> bool {
        self.files.iter().any(|file| !file.values.is_empty() || file.deletes_others)
    }

    /// The object as a fact for the rules over policy files.
    #[must_use]
    pub fn fact(&self) -> ObjectFact {
        ObjectFact {
            name: self.name.clone(),
            id: self.id.clone(),
            machine_version: self.machine_version.and_then(HalfVersion::known),
            machine_disabled: self.machine_disabled,
            registry_extension: self.registry_extension,
        }
    }
}
