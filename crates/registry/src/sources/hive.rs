//! Reading hive files.

use std::borrow::Cow;
use std::collections::BTreeMap;

use regf::log::{self, Outcome};
use regf::{FileImage, Hive, Image, Key as HiveKey};

use super::blob::Blob;
use crate::{
    ControlSets, Data, FileRecord, FileTime, KeyPath, Name, Note, Origin, OriginKind, Registry, RootKey,
    Security, Selector, Snapshot, Unread, Value, ValueType, capture as capture_subtrees,
};

/// Which hive of a machine it is, told by the keys below its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum HiveRole {
    System,
    Software,
    Security,
    Other,
}

impl HiveRole {
    /// True for the hives that hold a machine's licensing state.
    pub(super) fn is_machine(self) -> bool {
        self != Self::Other
    }

    /// The name of the key that the hive is mounted at below `HKEY_LOCAL_MACHINE`.
    fn mount(self) -> Option<&'static str> {
        Some(match self {
            Self::System => "SYSTEM",
            Self::Software => "SOFTWARE",
            Self::Security => "SECURITY",
            Self::Other => return None,
        })
    }
}

/// One hive with its transaction logs.
#[derive(Debug)]
pub(super) struct HiveFiles {
    pub(super) primary: Blob,
    logs: Vec<Blob>,
    pub(super) role: HiveRole,
}

type Bytes = Box<dyn Image + Send + Sync>;
type AnyHive = Hive<Bytes>;

impl HiveFiles {
    /// Opens the hive once, to see which it is.
    pub(super) fn open(primary: Blob, logs: Vec<Blob>) -> Result<Self, String> {
        let mut files = Self { primary, logs, role: HiveRole::Other };
        files.role = role_of(&files.hive(&mut Vec::new())?)?;
        Ok(files)
    }

    /// Opens the hive, recovered from its logs where it is dirty; what was done is noted.
    fn hive(&self, notes: &mut Vec<Note>) -> Result<AnyHive, String> {
        let image = self.image()?;
        let mut note = |text: String| notes.push(Note { about: self.primary.shown(), text });
        let hive = Hive::open(image).map_err(|error| format!("is no hive that can be read: {error}"));
        let dirty = match &hive {
            Ok(hive) => hive.dirty(),
            Err(_) if self.logs.is_empty() => return hive,
            // A damaged base block can be restored from a log.
            Err(_) => None,
        };
        if hive.is_ok() && dirty.is_none() {
            return hive;
        }
        if self.logs.is_empty() {
            if let Some(dirty) = dirty {
                note(format!(
                    "the hive is dirty ({dirty}) and its transaction logs are not here: what follows may be older than what \
                     Windows would see; copy the .LOG1 and .LOG2 files along with the hive"
                ));
            }
            return hive;
        }
        self.recover(hive, &mut note)
    }

    fn image(&self) -> Result<Bytes, String> {
        Ok(match self.primary.file() {
            // Only the pages that are needed are read.
            Some(path) => Box::new(FileImage::open(path).map_err(|error| error.to_string())?),
            None => Box::new(self.primary.read().map_err(|error| error.to_string())?),
        })
    }

    fn recover(
        &self,
        hive: Result<AnyHive, String>,
        note: &mut dyn FnMut(String),
    ) -> Result<AnyHive, String> {
        let mut logs = Vec::new();
        for log in &self.logs {
            match log.read() {
                Ok(bytes) => logs.push(bytes),
                Err(error) => note(format!("its transaction log {} cannot be read: {error}", log.shown())),
            }
        }
        let logs: Vec<&[u8]> = logs.iter().map(Vec::as_slice).collect();
        // A base block too damaged to be opened is read once more: its log may restore it.
        let image = match hive {
            Ok(hive) => hive.into_image(),
            Err(_) => self.image()?,
        };
        let recovery = log::recover(image, &logs).map_err(|error| error.to_string())?;
        let report = &recovery.report;
        match report.outcome {
            Outcome::Clean => {}
            Outcome::Recovered => {
                let pages: usize = report.applied.iter().map(|applied| applied.pages).sum();
                note(format!(
                    "the hive was dirty; {} applied in memory ({pages} pages), the files were not changed",
                    match report.applied.len() {
                        1 => "1 log entry was".to_owned(),
                        count => format!("{count} log entries were"),
                    }
                ));
            }
            Outcome::StillDirty => {
                let reasons: Vec<_> = report
                    .logs
                    .iter()
                    .filter_map(|log| log.stopped.as_ref())
                    .map(ToString::to_string)
                    .collect();
                note(format!(
                    "the hive is dirty and none of its transaction logs applies ({}): what follows may be older than what \
                     Windows would see",
                    reasons.join("; ")
                ));
            }
        }
        for broken in &report.broken_bins {
            note(format!("recovery from the logs left a damaged bin: {broken}"));
        }
        Hive::open(Box::new(recovery.image) as Bytes).map_err(|error| error.to_string())
    }

    /// What is noted of the file.
    fn record(&self) -> impl Iterator<Item = FileRecord> + '_ {
        let role = format!("hive {}", self.role.mount().unwrap_or("(other)"));
        let record = |blob: &Blob, role: String| FileRecord {
            path: blob.shown(),
            size: blob.size(),
            role,
            sha256: None,
        };
        let logs = self.logs.iter().map(move |log| record(log, "transaction log".to_owned()));
        std::iter::once(record(&self.primary, role)).chain(logs)
    }
}

/// Tells the hive by the keys below its root. The file's name tells nothing that could be relied on.
fn role_of(hive: &AnyHive) -> Result<HiveRole, String> {
    let root = hive.root().map_err(|error| format!("its root key cannot be read: {error}"))?;
    let has = |name: &str| root.subkey(name).is_ok_and(|key| key.is_some());
    let holds = |path: &str| hive.find(path).is_ok_and(|key| key.is_some());
    Ok(
        if has("ControlSet001") && (has("Select") || has("MountedDevices"))
            || has("Select") && has("ControlSet002")
        {
            HiveRole::System
        } else if has("Microsoft")
            && (has("Classes") || has("Policies") || holds(r"Microsoft\Windows NT\CurrentVersion"))
        {
            HiveRole::Software
        } else if has("Policy") && (has("RXACT") || has("Cache") || holds(r"Policy\Secrets")) {
            HiveRole::Security
        } else {
            HiveRole::Other
        },
    )
}

/// Puts the hives of one machine together: those that lie in one folder and whose names differ only in the hive's name
/// (`SYSTEM` beside `SOFTWARE`, `HOST1_SYSTEM` beside `HOST1_SOFTWARE`).
pub(super) fn group(files: Vec<HiveFiles>) -> Vec<Vec<HiveFiles>> {
    let mut machines: BTreeMap<(String, String), Vec<HiveFiles>> = BTreeMap::new();
    for file in files {
        let mount = file.role.mount().unwrap_or_default().to_lowercase();
        let stem = file.primary.name().to_lowercase().replace(&mount, "");
        let mut machine = (file.primary.folder(), stem);
        // Two hives of one kind are two machines, whatever they are called.
        while machines.get(&machine).is_some_and(|others| others.iter().any(|other| other.role == file.role))
        {
            machine.1.push('+');
        }
        machines.entry(machine).or_default().push(file);
    }
    machines.into_values().collect()
}

/// The snapshot of the machine that these hives are.
pub(super) fn capture(locator: &str, files: &[HiveFiles], scope: &[Selector]) -> Result<Snapshot, String> {
    let mut snapshot = Snapshot::new(Origin {
        kind: OriginKind::Hives,
        locator: locator.to_owned(),
        files: files.iter().flat_map(HiveFiles::record).collect(),
    });
    let mut machine = Machine { hives: Vec::new(), control_set: None };
    for file in files {
        match file.hive(&mut snapshot.notes) {
            Ok(hive) => machine.hives.push((file.role, hive)),
            Err(reason) => match file.role.mount() {
                Some(mount) => snapshot.unread.push(Unread { path: KeyPath::hklm(mount), reason }),
                None => return Err(reason),
            },
        }
    }
    if let Some(system) = machine.of(HiveRole::System) {
        snapshot.control_sets = control_sets(system, &mut snapshot.notes);
        machine.control_set = snapshot.control_sets.as_ref().map(|sets| Name::from(sets.resolved.as_str()));
    }
    capture_subtrees(&&machine, scope, &mut snapshot);
    Ok(snapshot)
}

/// The hives of one machine, read as its registry.
struct Machine {
    hives: Vec<(HiveRole, AnyHive)>,
    /// The key that stands for `CurrentControlSet`.
    control_set: Option<Name>,
}

impl Machine {
    fn of(&self, role: HiveRole) -> Option<&AnyHive> {
        self.hives.iter().find(|(of, _)| *of == role).map(|(_, hive)| hive)
    }

    /// The hive that holds this path, and the names below its root.
    fn locate<'p>(&self, path: &'p KeyPath) -> Option<(&AnyHive, Vec<Cow<'p, Name>>)> {
        if path.root_key() != RootKey::LocalMachine {
            return None;
        }
        let (mount, below) = path.parts().split_first()?;
        let (role, hive) =
            self.hives.iter().find(|(role, _)| role.mount().is_some_and(|at| mount.matches(at)))?;
        let mut names: Vec<_> = below.iter().map(Cow::Borrowed).collect();
        if let (HiveRole::System, Some(first), Some(set)) = (role, names.first_mut(), &self.control_set)
            && first.matches("CurrentControlSet")
        {
            *first = Cow::Owned(set.clone());
        }
        Some((hive, names))
    }
}

impl<'h> Registry for &'h Machine {
    type Key = HiveKey<'h, Bytes>;

    fn open(&self, path: &KeyPath) -> Result<Option<Self::Key>, String> {
        let Some((hive, names)) = self.locate(path) else { return Ok(None) };
        let mut key = hive.root().map_err(|error| error.to_string())?;
        for name in names {
            match key.subkey_utf16(&name.to_utf16()).map_err(|error| error.to_string())? {
                Some(below) => key = below,
                None => return Ok(None),
            }
        }
        Ok(Some(key))
    }

    fn covers(&self, path: &KeyPath) -> bool {
        self.locate(path).is_some()
    }

    fn last_write(&self, key: &Self::Key) -> Option<FileTime> {
        Some(key.last_write())
    }

    fn security(&self, key: &Self::Key) -> Result<Option<Security>, String> {
        let bytes = key.security_bytes().map_err(|error| error.to_string())?;
        Ok(bytes.map(Security::new))
    }

    fn values(&self, key: &Self::Key, wanted: &dyn Fn(&Name) -> bool) -> Vec<Result<Value, String>> {
        key.values()
            .filter(|value| !value.as_ref().is_ok_and(regf::Value::is_tombstone))
            .map(|value| {
                let value = value.map_err(|error| error.to_string())?;
                let name = name_of(value.name());
                let data = if wanted(&name) {
                    let bytes =
                        value.data().map_err(|error| format!("the data of value “{name}”: {error}"))?;
                    Data::Bytes(bytes.into_owned())
                } else {
                    Data::Withheld { length: u64::from(value.data_len()) }
                };
                Ok(Value { name, kind: ValueType(value.data_type()), data })
            })
            .collect()
    }

    fn subkeys(&self, key: &Self::Key) -> Vec<Result<(Name, Self::Key), String>> {
        key.subkeys()
            .map(|sub| sub.map(|sub| (name_of(sub.name()), sub)).map_err(|error| error.to_string()))
            .collect()
    }
}

fn name_of(name: regf::Name<'_>) -> Name {
    Name::from_utf16(&name.units().collect::<Vec<_>>())
}

/// How `CurrentControlSet` is to be read: `Select` tells, and where it does not, there may be only one.
fn control_sets(hive: &AnyHive, notes: &mut Vec<Note>) -> Option<ControlSets> {
    let root = hive.root().ok()?;
    let available: Vec<_> = root
        .subkeys()
        .filter_map(Result::ok)
        .map(|key| name_of(key.name()).to_string())
        .filter(|name| name.len() == 13 && name.to_ascii_lowercase().starts_with("controlset"))
        .collect();
    let select = root.subkey("Select").ok().flatten();
    let number = |name: &str| {
        let value = select.as_ref()?.value(name).ok().flatten()?;
        let bytes: [u8; 4] = value.data().ok()?.as_ref().try_into().ok()?;
        Some(u32::from_le_bytes(bytes))
    };
    let (current, default) = (number("Current"), number("Default"));
    let (last_known_good, failed) = (number("LastKnownGood"), number("Failed"));
    let named = current.map(|number| format!("ControlSet{number:03}"));
    let exists = |name: &String| available.iter().any(|set| set.eq_ignore_ascii_case(name));
    let mut note = |text: String| notes.push(Note { about: r"HKLM\SYSTEM\Select".to_owned(), text });
    let resolved = if let Some(set) = named.filter(exists) {
        set
    } else {
        let first = available.first()?.clone();
        note(format!("does not name a control set that exists; {first} is taken for the current one"));
        first
    };
    if let (Some(current), Some(default)) = (current, default)
        && current != default
    {
        note(format!(
            "Current is {current} but Default is {default}: the next start will use another control set than the one judged here"
        ));
    }
    Some(ControlSets { resolved, current, default, last_known_good, failed, available })
}
