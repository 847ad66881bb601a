//! A group policy object.

use licensing::model::facts::PolicyObject as ObjectFact;
use serde::Serialize;
use snapshot::policy::PolicyDamage;

use crate::security::Filtering;

/// Where an object's files lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// In SYSVOL, or a copy of it.
    Sysvol,
    /// In a backup of the Group Policy Management Console.
    Backup,
    /// A policy file by itself.
    File,
    /// In the directory only: its files were not read.
    Directory,
}

/// A group policy object. What its source does not tell is `None`.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyObject {
    /// Its GUID, in braces and capitals.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// The DNS name of its domain.
    pub domain: Option<String>,
    /// What it was read from.
    pub kind: ObjectKind,
    /// The folder or file.
    pub place: String,
    /// The backup that it was read from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup: Option<Backup>,
    /// Version of the computer's half.
    pub machine_version: Option<HalfVersion>,
    /// Version of the user's half.
    pub user_version: Option<HalfVersion>,
    /// Whether the computer's half is disabled.
    pub machine_disabled: Option<bool>,
    /// Whether the user's half is disabled.
    pub user_disabled: Option<bool>,
    /// Whether the object says that the registry extension has something to do for computers.
    pub registry_extension: Option<bool>,
    /// Where it is linked.
    pub links: Option<Vec<LinkedTo>>,
    /// Whom it applies to.
    pub filtering: Option<Filtering>,
    /// The name of its WMI filter; null where it has none, missing where nobody says.
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
    /// When it was made, as it says: local time of the machine that made it.
    pub time: Option<String>,
    /// What was noted along with it.
    pub comment: Option<String>,
}

/// Version of one half of an object: how often it was changed. Directory and SYSVOL are copied to domain controllers by different
/// means; where they differ, one of them is late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HalfVersion {
    /// As the directory has it.
    pub directory: Option<u16>,
    /// As gpt.ini has it.
    pub sysvol: Option<u16>,
}

impl HalfVersion {
    /// The half's version: that of SYSVOL, whose files are read, before that of the directory.
    #[must_use]
    pub fn known(self) -> Option<u16> {
        self.sysvol.or(self.directory)
    }
}

/// A link to an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LinkedTo {
    /// The site, domain or organizational unit, as a path from the domain's name down: `corp.example/Servers`.
    pub path: String,
    /// False for a link that is disabled.
    pub enabled: bool,
    /// True for a link that no lower unit can block or override.
    pub enforced: bool,
    /// Its place among the links there: 1 wins over 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<u32>,
}

/// A user, computer or group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trustee {
    /// Its SID.
    pub sid: String,
    /// Its name, where it is known.
    pub name: Option<String>,
}

impl Trustee {
    /// Name, or SID.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.sid)
    }
}

/// The half of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Half {
    /// For computers.
    Machine,
    /// For users.
    User,
}

impl Half {
    /// The half in a word.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Machine => "computer",
            Self::User => "user",
        }
    }
}

/// A policy file.
#[derive(Clone, Debug, Serialize)]
pub struct PolicyFile {
    /// Its path.
    pub path: String,
    /// The half that it is.
    pub half: Half,
    /// Its size in bytes.
    pub size: u64,
    /// How many instructions it has.
    pub instructions: usize,
    /// Where it is damaged; the instructions before that were read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damage: Option<PolicyDamage>,
    /// What it does to the values of licensing, in the order of the file.
    pub values: Vec<PolicyValue>,
    /// True where it deletes every other value of the policy key.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deletes_others: bool,
    /// The file, for whoever judges it.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

/// What an instruction makes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueAction {
    /// Sets it.
    Set,
    /// Sets it where there is none.
    SetIfAbsent,
    /// Deletes it.
    Delete,
}

/// What a policy file does to one value of licensing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyValue {
    /// The value's name, as the tables spell it.
    pub name: String,
    /// What is done.
    pub action: ValueAction,
    /// The data for people; empty for a deletion.
    pub data: String,
    /// The type, such as `REG_DWORD`; missing for a deletion.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What it means; `None` where the tables do not know the data.
    pub meaning: Option<String>,
    /// Where the instruction that decides stands in the file, in bytes.
    pub offset: u64,
}

impl PolicyObject {
    /// An object of which nothing is known but where it lies.
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

    /// The name for people: its own, else its GUID, else its place.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_deref().or(self.id.as_deref()).unwrap_or(&self.place)
    }

    /// The values of licensing in this half, with the file that each stands in.
    pub fn values(&self, half: Half) -> impl Iterator<Item = &PolicyValue> {
        self.files.iter().filter(move |file| file.half == half).flat_map(|file| &file.values)
    }

    /// True where it sets or deletes a value of licensing.
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
