//! Repairs of exports and policy files: unchanged parts keep every byte, and an undo restores the file.

use std::fs;
use std::path::PathBuf;

use licensing::knowledge::capture;
use licensing::{Machine, Profile};
use repair::{ApplyError, Arguments, History, Journal, Location, Plan, Request, TargetError};
use snapshot::Change;

use crate::machine::NOW;

const EXPORT: &str = "Windows Registry Editor Version 5.00\r\n\r\n\
; kept by hand\r\n\
[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\RCM\\Licensing Core]\r\n\
\"First\"=\"a\"\r\n\"LicensingMode\"=dword:00000005\r\n\"Last\"=hex:01,\\\r\n  02\r\n\r\n\
[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters\\LicenseServers]\r\n\
\"SpecifiedLicenseServers\"=hex(7):20,00,61,00,00,00,00,00\r\n";

struct Files {
    folder: tempfile::TempDir,
    source: PathBuf,
}

impl Files {
    fn new(name: &str, bytes: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join(name);
        fs::create_dir_all(source.parent().unwrap()).unwrap();
        fs::write(&source, bytes).unwrap();
        Self { folder, source }
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(&self.source).unwrap()
    }

    fn plan(&self, recipe: &str, arguments: &Arguments) -> (Plan, Location) {
        let mut found = sources::discover(&self.source);
        let place = found.places.remove(0);
        let snapshot = place.capture(&capture::scope()).unwrap();
        let machine = Machine::new(&snapshot, NOW, Profile::Host);
        let history = History::default();
        let request = Request { machine: &machine, arguments, history: &history, now: NOW };
        let plan = repair::by_name(recipe).unwrap().plan(&request).unwrap();
        (plan, Location::of(place.backing().unwrap(), None, false).unwrap())
    }

    fn journal(&self) -> Journal {
        Journal::open(&self.folder.path().join("state")).unwrap()
    }

    fn apply(&self, plan: &Plan, location: &Location, undoes: Option<u64>) -> Result<u64, ApplyError> {
        let mut target = location.open(plan.changes().map(Change::key))?;
        let applied = repair::apply(plan, location, undoes, target.as_mut(), &mut self.journal(), NOW)?;
        Ok(applied.id)
    }

    fn there_and_back(&self, recipe: &str, arguments: &Arguments) -> Vec<u8> {
        let old = self.bytes();
        let (plan, location) = self.plan(recipe, arguments);
        let id = self.apply(&plan, &location, None).unwrap();
        let new = self.bytes();
        assert_ne!(new, old);
        let record = repair::undo::find(&self.journal(), id).unwrap();
        self.apply(&repair::undo::plan(&record, NOW).unwrap(), &location, Some(id)).unwrap();
        assert_eq!(self.bytes(), old, "the undo gives the file back byte for byte");
        let left: Vec<_> = fs::read_dir(self.source.parent().unwrap()).unwrap().flatten().collect();
        assert!(left.iter().all(|entry| !entry.file_name().to_string_lossy().contains("rdscal-new")));
        new
    }
}

#[test]
fn an_export_is_changed_in_one_line() {
    let files = Files::new("host.reg", EXPORT.as_bytes());
    let new = files.there_and_back("set-mode", &Arguments::default().with("mode", "per-user"));
    assert_eq!(String::from_utf8(new).unwrap(), EXPORT.replace("dword:00000005", "dword:00000004"));
    let utf16: Vec<u8> =
        [0xFEFF].into_iter().chain(EXPORT.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let files = Files::new("host.reg", &utf16);
    let new = files.there_and_back("tidy-servers", &Arguments::default());
    assert!(new.starts_with(&[0xFF, 0xFE]), "it stays UTF-16");
}

#[test]
fn a_policy_is_changed_byte_for_byte() {
    let mut policy = regtext::pol::PolicyFile::default();
    let key = r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services";
    policy.set(key, "LicensingMode", 4, &[2, 0, 0, 0]).unwrap();
    policy.set(r"SOFTWARE\Policies\Other", "Kept", 4, &[1, 0, 0, 0]).unwrap();
    let files = Files::new("Machine/Registry.pol", &policy.to_bytes());
    let new = files.there_and_back("set-mode", &Arguments::default().with("mode", "per-user"));
    let read = regtext::pol::PolicyFile::parse(&new).unwrap();
    assert_eq!(read.records().len(), 2);
}

#[test]
fn a_policy_that_said_nothing_says_it_then() {
    let mut policy = regtext::pol::PolicyFile::default();
    policy
        .set(
            r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services",
            "fSecureLicensing",
            4,
            &[1, 0, 0, 0],
        )
        .unwrap();
    let files = Files::new("Machine/Registry.pol", &policy.to_bytes());
    let servers = Arguments::default().with("servers", "a.contoso.example").with("servers", "b");
    files.there_and_back("set-servers", &servers);
}

#[test]
fn a_file_that_is_locked_is_refused() {
    let files = Files::new("host.reg", EXPORT.as_bytes());
    let (plan, location) = files.plan("set-mode", &Arguments::default().with("mode", "per-user"));
    let held = location.open(plan.changes().map(Change::key)).unwrap();
    let error = files.apply(&plan, &location, None).unwrap_err();
    assert!(matches!(error, ApplyError::Target(TargetError::InUse(_))), "{error}");
    drop(held);
    files.apply(&plan, &location, None).unwrap();
}
