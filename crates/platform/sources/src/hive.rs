//! Reading hive files.

use std::collections::BTreeMap;

use regf::disk::BASE_BLOCK_LEN;
use regf::log::{self, Outcome};
use regf::{FileImage, Hive, Image, Key as HiveKey};

use super::HiveFile;
use super::blob::{Blob, LARGEST_HIVE, LARGEST_LOG};
use super::control_sets::{self, Select};
use super::identity;
use crate::error::{Cause, ContentError, FileError, KeyError, Part};
use crate::{Registry, capture as capture_subtrees};
use snapshot::{
    ControlSets, Data, FileRecord, FileTime, KeyPath, Name, Note, Origin, OriginKind, Position, Region,
    RootKey, Security, Selector, Snapshot, Unread, Value, ValueType,
};

/// Which hive of a machine a file is, identified by the keys below its root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum HiveRole {
    System,
    Software,
    Security,
    Other,
}

impl HiveRole {
    /// True for the hives with a machine's licensing state.
    pub(super) fn is_machine(self) -> bool {
        self != Self::Other
    }

    /// The name of the hive's mount point below `HKEY_LOCAL_MACHINE`.
    pub(super) fn mount(self) -> Option<&'static str> {
        Some(match self {
            Self::System => "SYSTEM",
            Self::Software => "SOFTWARE",
            Self::Security => "SECURITY",
            Self::Other => return None,
        })
    }
}

/// A hive with its transaction logs.
#[derive(Debug)]
pub(super) struct HiveFiles {
    pub(super) primary: Blob,
    logs: Vec<Blob>,
    pub(super) role: HiveRole,
    /// Missing bytes according to the base block.
    pub(super) missing: u64,
}

/// Limit on the data of one value. No value of licensing has a hundredth of it.
const LARGEST_VALUE: u32 = 16 << 20;

/// Limit on top-level keys of a SYSTEM hive that are searched for control sets.
const MOST_TOP_KEYS: usize = 1_000;

pub(super) type Bytes = Box<dyn Image + Send + Sync>;
pub(super) type AnyHive = Hive<Bytes>;

impl HiveFiles {
    /// Opens the hive to identify it.
    pub(super) fn open(primary: Blob, logs: Vec<Blob>) -> Result<Self, Cause> {
        let mut files = Self { primary, logs, role: HiveRole::Other, missing: 0 };
        // The logs are needed only if the hive cannot be identified without them.
        let alone = files.image().and_then(|image| Ok(Hive::open(image)?));
        let hive = match alone {
            Ok(hive) if !hive.is_truncated() && role_of(&hive).is_ok_and(HiveRole::is_machine) => hive,
            _ => files.hive(&mut Vec::new())?,
        };
        if hive.is_truncated() {
            let whole = BASE_BLOCK_LEN as u64 + u64::from(hive.base_block().bins_size());
            files.missing = whole.saturating_sub(files.primary.size());
        }
        files.role = role_of(&hive).map_err(|error| match files.missing {
            0 => Cause::Role(error),
            missing => Cause::Truncated { missing, error },
        })?;
        Ok(files)
    }

    /// Opens the hive, and recovers it from its logs if it is dirty; recovery is added to the notes.
    pub(super) fn hive(&self, notes: &mut Vec<Note>) -> Result<AnyHive, Cause> {
        let image = self.image()?;
        let mut note = |text: String| notes.push(Note { about: self.primary.shown(), text });
        let hive = Hive::open(image).map_err(Cause::from);
        let dirty = match &hive {
            Ok(hive) => hive.dirty(),
            Err(_) if self.logs.is_empty() => return hive,
            // A log can restore a damaged base block.
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

    fn image(&self) -> Result<Bytes, Cause> {
        Ok(match self.primary.file() {
            // Only the required pages are read.
            Some(path) => Box::new(FileImage::open(path).map_err(|error| FileError::new(path, error))?),
            None => Box::new(self.primary.content(LARGEST_HIVE)?),
        })
    }

    fn recover(&self, hive: Result<AnyHive, Cause>, note: &mut dyn FnMut(String)) -> Result<AnyHive, Cause> {
        let mut logs = Vec::new();
        for log in &self.logs {
            match log.content(LARGEST_LOG) {
                Ok(bytes) => logs.push(bytes),
                Err(error) => note(format!("its transaction log {} cannot be read: {error}", log.shown())),
            }
        }
        let logs: Vec<&[u8]> = logs.iter().map(Vec::as_slice).collect();
        // If the base block is too damaged to open the hive, read it again: the log may restore it.
        let image = match hive {
            Ok(hive) => hive.into_image(),
            Err(_) => self.image()?,
        };
        let recovery = log::recover(image, &logs)?;
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
        Ok(Hive::open(Box::new(recovery.image) as Bytes)?)
    }

    /// The file name without the name of the hive; `None` if it does not contain that name.
    fn stem(&self) -> Option<String> {
        let (name, mount) = (self.primary.name().to_lowercase(), self.role.mount()?.to_lowercase());
        name.contains(&mount).then(|| name.replacen(&mount, "", 1))
    }

    /// The hive file as a target of changes.
    pub(super) fn file(&self) -> Result<HiveFile, ContentError> {
        let mount = self.role.mount().ok_or(ContentError::OtherHive)?;
        let path = self.primary.file().ok_or(ContentError::InArchive)?;
        Ok(HiveFile { mount: KeyPath::hklm(mount), path: path.to_owned() })
    }

    /// The records of the file and its logs for the snapshot.
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

/// Identifies the hive by the keys below its root. File names are not reliable.
fn role_of(hive: &AnyHive) -> regf::Result<HiveRole> {
    hive.root()?;
    let mut damage = None;
    let mut has = |path: &str| match hive.find(path) {
        Ok(key) => key.is_some(),
        Err(error) => {
            damage.get_or_insert(error);
            false
        }
    };
    let role = if has("ControlSet001") && (has("Select") || has("MountedDevices"))
        || has("Select") && has("ControlSet002")
    {
        HiveRole::System
    } else if has("Microsoft")
        && (has("Classes") || has("Policies") || has(r"Microsoft\Windows NT\CurrentVersion"))
    {
        HiveRole::Software
    } else if has("Policy") && (has("RXACT") || has("Cache") || has(r"Policy\Secrets")) {
        HiveRole::Security
    } else {
        HiveRole::Other
    };
    match damage {
        Some(error) if role == HiveRole::Other => Err(error),
        _ => Ok(role),
    }
}

/// Groups the hives of one machine: hives in one folder whose names differ only in the name of the hive
/// (`SYSTEM` beside `SOFTWARE`, `HOST1_SYSTEM` beside `HOST1_SOFTWARE`).
pub(super) fn group(files: Vec<HiveFiles>) -> Vec<Vec<HiveFiles>> {
    let mut machines: BTreeMap<(String, String), Vec<HiveFiles>> = BTreeMap::new();
    let (told, untold): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| file.stem().is_some());
    for file in told {
        let mut machine = (file.primary.folder(), file.stem().unwrap_or_default());
        // Two hives of one kind belong to two machines, regardless of their names.
        while machines.get(&machine).is_some_and(|others| others.iter().any(|other| other.role == file.role))
        {
            machine.1.push('+');
        }
        machines.entry(machine).or_default().push(file);
    }
    // A file without a hive's name (`sys.hiv`) belongs to the only machine of the folder that has no such
    // hive yet.
    for file in untold {
        let folder = file.primary.folder();
        let lacks = |hives: &[HiveFiles]| !hives.iter().any(|other| other.role == file.role);
        let mut lacking = machines
            .iter()
            .filter(|((at, _), hives)| *at == folder && lacks(hives))
            .map(|(name, _)| name.clone());
        let machine = match (lacking.next(), lacking.next()) {
            (Some(only), None) => only,
            _ => (folder, file.primary.name().to_lowercase()),
        };
        machines.entry(machine).or_default().push(file);
    }
    let mut machines: Vec<_> = machines.into_values().collect();
    for hives in &mut machines {
        hives.sort_by_key(|hive| hive.primary.shown());
    }
    machines
}

/// The snapshot of the machine with these hives.
pub(super) fn capture(locator: &str, files: &[HiveFiles], scope: &[Selector]) -> Result<Snapshot, Cause> {
    let mut snapshot = Snapshot::new(Origin {
        kind: OriginKind::Hives,
        locator: locator.to_owned(),
        files: files.iter().flat_map(HiveFiles::record).collect(),
    });
    let mut machine = Machine { hives: Vec::new(), control_set: None };
    for file in files {
        match (file.hive(&mut snapshot.notes), file.role.mount()) {
            (Ok(hive), _) => machine.hives.push((file.role, hive)),
            // The other hives of the machine are still read.
            (Err(reason), Some(mount)) if files.len() > 1 => {
                snapshot.unread.push(Unread { path: KeyPath::hklm(mount), reason: reason.to_string() });
            }
            (Err(reason), _) => return Err(reason),
        }
    }
    if let Some(system) = machine.of(HiveRole::System) {
        snapshot.control_sets = control_sets(system, &mut snapshot.notes);
        machine.control_set = snapshot.control_sets.as_ref().map(|sets| Name::from(sets.resolved.as_str()));
    }
    if let Some(reason) = identity::contradiction(|path, name| machine.text(path, name)) {
        // Judged together, one machine would have the policies of another.
        machine.hives.retain(|(role, _)| *role != HiveRole::Software);
        snapshot.unread.push(Unread { path: KeyPath::hklm("SOFTWARE"), reason });
    }
    capture_subtrees(&&machine, scope, &mut snapshot);
    Ok(snapshot)
}

/// Where keys and values are in the hives of one machine. Damaged parts have no position.
pub(super) fn locate(files: &[HiveFiles], wanted: &[(KeyPath, Option<Name>)]) -> Vec<Option<Position>> {
    let open = |file: &HiveFiles| Some((file.role, file.hive(&mut Vec::new()).ok()?));
    let mut machine = Machine { hives: files.iter().filter_map(open).collect(), control_set: None };
    let sets = machine.of(HiveRole::System).and_then(|system| control_sets(system, &mut Vec::new()));
    machine.control_set = sets.map(|sets| Name::from(sets.resolved.as_str()));
    wanted.iter().map(|(path, value)| machine.position(files, path, value.as_ref())).collect()
}

/// Size of a key node without its name (`regf` format, `nk`).
const KEY_NODE_LEN: u64 = 76;

/// Size of a value record without its name (`vk`), and where resident data is in it.
const VALUE_LEN: u64 = 20;
const RESIDENT_DATA: u64 = 8;

/// A cell begins with its size.
const CELL_SIZE_LEN: u64 = 4;

/// The bytes of the fixed part of a key, or the data of a value.
fn region(key: &HiveKey<'_, Bytes>, name: Option<&Name>) -> (u64, u64) {
    let node = (key.offset().file_offset() + CELL_SIZE_LEN, KEY_NODE_LEN);
    let Some(name) = name else { return node };
    let Ok(Some(value)) = key.value_utf16(&name.to_utf16()) else { return node };
    let (record, length) = (value.record(), u64::from(value.data_len()));
    let start = value.offset().file_offset() + CELL_SIZE_LEN;
    if length == 0 {
        (start, VALUE_LEN)
    } else if record.is_resident() {
        (start + RESIDENT_DATA, length)
    } else {
        let data = record.data_offset().file_offset() + CELL_SIZE_LEN;
        // Longer data is in segments, to which the cell refers.
        if length <= regf::disk::SEGMENT_LEN.into() { (data, length) } else { (start, VALUE_LEN) }
    }
}

/// The hives of one machine as a registry.
struct Machine {
    hives: Vec<(HiveRole, AnyHive)>,
    /// The key to which `CurrentControlSet` resolves; `None` if unknown.
    control_set: Option<Name>,
}

impl Machine {
    fn of(&self, role: HiveRole) -> Option<&AnyHive> {
        self.hives.iter().find(|(of, _)| *of == role).map(|(_, hive)| hive)
    }

    /// A text value; `None` if it does not exist or cannot be read.
    fn text(&self, path: &KeyPath, name: &str) -> Option<String> {
        let machine = &self;
        let key = machine.open(path).ok().flatten()?;
        let wanted = |found: &Name| found.matches(name);
        let mut values = machine.values(&key, &wanted).filter_map(Result::ok);
        let value = values.find(|value| value.name.matches(name))?;
        value.as_text().map(|text| text.content)
    }

    fn position(&self, files: &[HiveFiles], path: &KeyPath, value: Option<&Name>) -> Option<Position> {
        let (hive, first, rest) = self.locate(path)?;
        let (role, _) = self.hives.iter().find(|(_, of)| std::ptr::eq(of, hive))?;
        let blob = &files.iter().find(|file| file.role == *role)?.primary;
        let mut key = hive.root().ok()?;
        let mut value = value;
        for name in first.into_iter().chain(rest) {
            let Ok(Some(below)) = key.subkey_utf16(&name.to_utf16()) else {
                value = None;
                break;
            };
            key = below;
        }
        let (offset, length) = region(&key, value);
        // A log may have extended the hive in memory.
        let is_in_file = offset.checked_add(length).is_some_and(|end| end <= blob.size());
        let region = is_in_file.then_some(Region::Bytes { offset, length: Some(length) });
        Some(Position { file: blob.shown(), region })
    }

    /// The hive that contains this path, the first name below its root, and the other names.
    fn locate<'h: 'p, 'p>(
        &'h self,
        path: &'p KeyPath,
    ) -> Option<(&'h AnyHive, Option<&'p Name>, &'p [Name])> {
        if path.root_key() != RootKey::LocalMachine {
            return None;
        }
        let (mount, below) = path.parts().split_first()?;
        let (role, hive) =
            self.hives.iter().find(|(role, _)| role.mount().is_some_and(|at| mount.matches(at)))?;
        let Some((first, rest)) = below.split_first() else { return Some((hive, None, below)) };
        let is_current = *role == HiveRole::System && first.matches("CurrentControlSet");
        let resolved = self.control_set.as_ref().filter(|_| is_current);
        Some((hive, Some(resolved.unwrap_or(first)), rest))
    }
}

impl<'h> Registry for &'h Machine {
    type Key = HiveKey<'h, Bytes>;

    fn open(&self, path: &KeyPath) -> Result<Option<Self::Key>, KeyError> {
        let Some((hive, first, rest)) = self.locate(path) else { return Ok(None) };
        if self.control_set.is_none() && path.starts_with(&KeyPath::fixed_hklm(r"SYSTEM\CurrentControlSet")) {
            return Err(KeyError::NoControlSet);
        }
        let mut key = hive.root()?;
        for name in first.into_iter().chain(rest) {
            let below = match name.as_str() {
                Some(name) => key.subkey(name),
                None => key.subkey_utf16(&name.to_utf16()),
            };
            match below? {
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

    fn class(&self, key: &Self::Key) -> Result<Option<Name>, KeyError> {
        let class = key.class_name()?;
        Ok(class.map(name_of))
    }

    fn security(&self, key: &Self::Key) -> Result<Option<Security>, KeyError> {
        let bytes = key.security_bytes()?;
        Ok(bytes.map(Security::new))
    }

    fn identity(&self, key: &Self::Key) -> Option<u64> {
        Some(key.offset().file_offset())
    }

    fn values<'a>(
        &'a self,
        key: &'a Self::Key,
        wanted: &'a dyn Fn(&Name) -> bool,
    ) -> impl Iterator<Item = Result<Value, KeyError>> + 'a {
        let values = key.values().filter(|value| !value.as_ref().is_ok_and(regf::Value::is_tombstone));
        values.map(|value| {
            let value = value?;
            let name = name_of(value.name());
            let kind = ValueType(value.data_type().0);
            if !wanted(&name) {
                let data = Data::Withheld { length: u64::from(value.data_len()) };
                return Ok(Value { name, kind, data });
            }
            if value.data_len() > LARGEST_VALUE {
                return Err(KeyError::TooLarge { name, length: u64::from(value.data_len()) });
            }
            let bytes = match value.data() {
                Ok(bytes) => bytes,
                Err(error) => return Err(KeyError::Hive(error).at(Part::Data(name))),
            };
            Ok(Value { name, kind, data: Data::Bytes(bytes.into_owned()) })
        })
    }

    fn subkeys<'a>(
        &'a self,
        key: &'a Self::Key,
    ) -> impl Iterator<Item = Result<(Name, Self::Key), KeyError>> + 'a {
        key.subkeys().map(|sub| Ok(sub.map(|sub| (name_of(sub.name()), sub))?))
    }
}

pub(super) fn name_of(name: regf::Name<'_>) -> Name {
    Name::from_utf16(&name.units().collect::<Vec<_>>())
}

/// How `CurrentControlSet` is resolved: by `Select`; without it, only if there is exactly one set.
fn control_sets(hive: &AnyHive, notes: &mut Vec<Note>) -> Option<ControlSets> {
    let root = hive.root().ok()?;
    let available = root
        .subkeys()
        .take(MOST_TOP_KEYS)
        .filter_map(Result::ok)
        .filter_map(|key| control_sets::numbered(&name_of(key.name())).map(str::to_owned))
        .collect();
    let select = root.subkey("Select").ok().flatten();
    let select = Select::read(|name| {
        let value = select.as_ref()?.value(name).ok().flatten()?;
        Some(u32::from_le_bytes(value.data().ok()?.as_ref().try_into().ok()?))
    });
    select.resolve(available, notes)
}
