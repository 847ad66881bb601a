//! A machine on disk: hives in a temporary folder, with a journal.

use std::fs;
use std::path::{Path, PathBuf};

use licensing::knowledge::capture;
use licensing::{Machine, Profile};
use regf::edit::{Change as Difference, changes};
use regf::{Hive, log};
use repair::{
    Applied, ApplyError, Arguments, History, Identity, Journal, Location, Plan, Refusal, Request, Step,
};
use snapshot::{Change, FileTime, Key, KeyPath, Placed, Snapshot, Value, ValueType};

/// The time of every repair in these tests.
pub const NOW: FileTime = FileTime(134_000_000_000_000_000);

/// A session host of Windows Server 2019, with data in every key that a repair may change.
pub const HOST: &str = r#"
;; source: licensing.md 2.1 to 2.4; security as Windows 10 has it on RCM
;; security: HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod = O:NSG:NSD:(A;CI;KA;;;NS)(A;CI;KA;;;SY)

[HKEY_LOCAL_MACHINE\SYSTEM\Select]
"Current"=dword:00000001
"Default"=dword:00000001

[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\ComputerName\ComputerName]
"ComputerName"="RDSH07"

[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\ProductOptions]
"ProductType"="ServerNT"

[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\Terminal Server]
"TSAppCompat"=dword:00000000

[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\Terminal Server\RCM\GracePeriod]
"L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588"=hex:01,02,03,04

[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\Terminal Server\RCM\Licensing Core]
"First"=dword:00000001
"LicensingMode"=dword:00000005
"Last"="text"

[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\TermService\Parameters]
"ServiceMain"="ServiceMain"

[HKEY_LOCAL_MACHINE\SYSTEM\MountedDevices]

[HKEY_LOCAL_MACHINE\SOFTWARE\Classes]

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="6.3"
"ProductName"="Windows Server 2019 Standard"

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000]
"ClientLicense"=hex:30,03,02,01,00
"ProductVersion"=hex:00,00,06,00
"#;

pub struct Host {
    folder: tempfile::TempDir,
}

impl Host {
    pub fn new() -> Self {
        Self::with(HOST)
    }

    /// A machine with the content of this fixture.
    pub fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("hives")).unwrap();
        let machine = fixture::parse(text).unwrap().machines.remove(0);
        for (name, bytes) in fixture::hives::hives(&machine).unwrap() {
            fs::write(folder.path().join("hives").join(name), bytes).unwrap();
        }
        Self { folder }
    }

    /// A machine with these files.
    pub fn of(files: &[PathBuf]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("hives")).unwrap();
        for file in files {
            fs::copy(file, folder.path().join("hives").join(file.file_name().unwrap())).unwrap();
        }
        Self { folder }
    }

    pub fn hives(&self) -> PathBuf {
        self.folder.path().join("hives")
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub fn snapshot(&self) -> Snapshot {
        let mut found = sources::discover(&self.hives());
        assert!(found.problems.is_empty(), "{:?}", found.problems);
        assert_eq!(found.places.len(), 1);
        found.places.remove(0).capture(&capture::scope()).unwrap()
    }

    pub fn location(&self) -> Location {
        let found = sources::discover(&self.hives());
        let set = self.snapshot().control_sets.map(|sets| sets.resolved);
        Location::of(found.places[0].backing().unwrap(), set.as_deref(), false).unwrap()
    }

    pub fn journal(&self) -> Journal {
        Journal::open(&self.state()).unwrap()
    }

    pub fn plan(&self, recipe: &str, arguments: &Arguments) -> Plan {
        self.try_plan(recipe, arguments).unwrap()
    }

    pub fn try_plan(&self, recipe: &str, arguments: &Arguments) -> Result<Plan, Refusal> {
        let snapshot = self.snapshot();
        let machine = Machine::new(&snapshot, NOW, Profile::Host);
        let history = History::default();
        let request = Request { machine: &machine, arguments, history: &history, now: NOW };
        repair::by_name(recipe).unwrap().plan(&request)
    }

    /// A plan of these changes, which no recipe would produce.
    pub fn plan_of(&self, changes: Vec<Change>) -> Plan {
        let snapshot = self.snapshot();
        let machine = Machine::new(&snapshot, NOW, Profile::Auto);
        let (title, identity) = ("a test".to_owned(), Identity::of(&machine));
        let plan = Plan {
            steps: changes.into_iter().map(|change| Step { change, why: "test".to_owned() }).collect(),
            ..Plan::empty("test", title, Arguments::default(), identity, NOW)
        };
        plan.sealed()
    }

    pub fn apply(&self, plan: &Plan) -> Result<Applied, ApplyError> {
        self.apply_as(plan, None)
    }

    pub fn apply_as(&self, plan: &Plan, undoes: Option<u64>) -> Result<Applied, ApplyError> {
        let location = self.location();
        let mut target = location.open(plan.changes().map(Change::key))?;
        repair::apply(plan, &location, undoes, target.as_mut(), &mut self.journal(), NOW)
    }

    /// Undoes a repair.
    pub fn undo(&self, id: u64) -> Result<Applied, ApplyError> {
        let record = repair::undo::find(&self.journal(), id).unwrap();
        let plan = repair::undo::plan(&record, NOW).unwrap();
        self.apply_as(&plan, Some(id))
    }

    /// The hives in their present state, recovered if necessary.
    pub fn state_of_hives(&self) -> State {
        let mut hives = Vec::new();
        for name in ["SYSTEM", "SOFTWARE"] {
            let path = self.hives().join(name);
            if let Ok(bytes) = fs::read(&path) {
                let logs =
                    ["LOG1", "LOG2", "LOG"].map(|end| fs::read(path.with_extension(end)).unwrap_or_default());
                hives.push((name.to_owned(), bytes, logs));
            }
        }
        State { hives }
    }
}

/// The bytes of a machine's hives and transaction logs.
pub struct State {
    hives: Vec<(String, Vec<u8>, [Vec<u8>; 3])>,
}

impl State {
    /// The differences in keys, values, types, data, order, classes or security. Last-write times are
    /// ignored.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        for (name, bytes, logs) in &self.hives {
            let Some((_, theirs, their_logs)) = other.hives.iter().find(|(other, ..)| other == name) else {
                found.push(format!("{name} is missing"));
                continue;
            };
            let recover = |bytes: &Vec<u8>, logs: &[Vec<u8>; 3]| {
                let logs: Vec<&[u8]> = logs.iter().map(Vec::as_slice).collect();
                log::recover(bytes.clone(), &logs).unwrap().image.to_vec().unwrap()
            };
            let (ours, theirs) = (recover(bytes, logs), recover(theirs, their_logs));
            let (ours, theirs) = (Hive::open(ours).unwrap(), Hive::open(theirs).unwrap());
            let changes = changes(&ours, &theirs).unwrap();
            let lasting = changes.iter().filter(|change| !matches!(change, Difference::Touched(_)));
            found.extend(lasting.map(|change| format!("{name}: {change:?}")));
        }
        found
    }
}

impl Host {
    /// Checks that these bytes are not in the journal or a backup, in any notation. `files` is the minimum
    /// number of files to be checked.
    pub fn keeps_to_itself(&self, secret: &[u8], files: usize) {
        let mut paths = vec![self.state().join("journal.jsonl")];
        for backup in fs::read_dir(self.state().join("backups")).unwrap().flatten() {
            paths.extend(fs::read_dir(backup.path()).unwrap().flatten().map(|file| file.path()));
        }
        assert!(paths.len() >= files, "only {} files", paths.len());
        let hex: Vec<String> = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        for path in paths {
            let bytes = fs::read(&path).unwrap();
            // A .reg file is UTF-16; without the zero bytes it is comparable text.
            let text: String =
                bytes.iter().filter(|&&byte| byte != 0).map(|&byte| char::from(byte)).collect();
            for notation in [hex.concat(), hex.join(",")] {
                assert!(!text.contains(&notation), "{notation} in {}", path.display());
            }
        }
    }
}

/// The key with the licensing mode.
pub fn core() -> KeyPath {
    licensing::places::licensing_core()
}

pub fn dword(name: &str, number: u32) -> Value {
    Value::new(name, ValueType::DWORD, number.to_le_bytes())
}

pub fn set(key: &KeyPath, name: &str, before: Option<&Value>, after: Option<&Value>) -> Change {
    Change::Value {
        key: key.clone(),
        name: name.into(),
        before: before.map(Placed::of),
        after: after.map(Placed::of),
    }
}

pub fn create(key: &KeyPath) -> Change {
    let new = Key { name: key.last().cloned().unwrap_or_default(), ..Key::default() };
    Change::Key { key: key.clone(), before: None, after: Some(Box::new(new)) }
}

/// The deletion of a key with its whole present content.
pub fn delete(host: &Host, key: &KeyPath) -> Change {
    let target = host.location().open([key].into_iter()).unwrap();
    let before = target.key(key, repair::target::Reach::Tree).unwrap().map(Box::new);
    assert!(before.is_some(), "{key}");
    Change::Key { key: key.clone(), before, after: None }
}

/// A folder of the test corpus beside the workspace; `None`, with a message, if it does not exist.
pub fn corpus(path: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("RDSCAL_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared"), PathBuf::from);
    let folder = shared.join("corpus").join(path);
    if folder.exists() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CI").is_none_or(|ci| ci != "true"),
        "the corpus is missing: {}",
        folder.display()
    );
    eprintln!("not run: {} does not exist", folder.display());
    None
}
