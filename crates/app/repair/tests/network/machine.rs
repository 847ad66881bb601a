//! A Samba server with the registry of a session host, and a journal.

use std::time::Duration;

use licensing::knowledge::capture;
use licensing::{Machine, Profile};
use msrpc::Client;
use msrpc::winreg::{Access, Root, SecurityInformation};
use repair::target::{Reach, Target};
use repair::{Applied, ApplyError, Arguments, History, Journal, Location, Plan, Refusal, Request};
use samba::{ADMINISTRATOR, PASSWORD, Server};
use snapshot::{Change, FileTime, Key, KeyPath, Snapshot, Text};
use sources::{Credentials, Line, RegistrySource, Target as Address, Timeouts};

use crate::shared::STORE;

/// The time of every repair in these tests.
pub const NOW: FileTime = FileTime(134_000_000_000_000_000);

/// Test machines may be busy with other work.
pub const PATIENT: Timeouts = Timeouts {
    connect: Duration::from_secs(30),
    request: Duration::from_mins(1),
    machine: Duration::from_mins(10),
};

/// A multi-string in the syntax of `.reg` files.
fn multi(items: &[&str]) -> String {
    let bytes = snapshot::MultiString::encode(items);
    let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("hex(7):{}", hex.join(","))
}

/// A session host with a fault for each recipe (as in `tests/repairs/recipes.rs` on real hives).
fn text() -> String {
    let expand: Vec<_> =
        Text::encode(r"%SystemRoot%\System32\LServer").iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        r#"Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName]
"ComputerName"="RDSH07"

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server]
"TSAppCompat"=dword:00000000

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM]
"Certificate"=hex:01,02,03,04
"X509 Certificate"=hex:01,02,03,04

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod]
"L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588"=hex:01,02,03,04

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\LicenseServers\srv8]

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core]
"First"=dword:00000001
"LicensingMode"=dword:00000004
"Last"="text"

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters]
"ServiceMain"="ServiceMain"
"SpecifiedLicenseServers"={}

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers]
"SpecifiedLicenseServers"={}

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermServLicensing]
"Start"=dword:00000002

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermServLicensing\Parameters]
"DBPath"=hex(2):{}

{STORE}"#,
        multi(&["srv9"]),
        multi(&["  srv1.contoso.example ", "", "srv1.contoso.example"]),
        expand.join(","),
    )
}

pub struct Host {
    server: Server,
    folder: tempfile::TempDir,
}

impl Host {
    /// Starts the server; `None` if Samba is not available.
    pub fn start() -> Option<Self> {
        let server = Server::start(&[])?;
        server.import(&text()).unwrap();
        Some(Self { server, folder: tempfile::tempdir().unwrap() })
    }

    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// The machine as seen by this user through this port.
    pub fn place_by(user: &str, port: u16) -> RegistrySource {
        let credentials = Credentials::new(user, PASSWORD.to_owned().into());
        RegistrySource::remote(Address { port, ..Address::host("127.0.0.1") }, credentials, PATIENT)
    }

    pub fn place(&self) -> RegistrySource {
        Self::place_by(ADMINISTRATOR, self.port())
    }

    pub fn client(&self) -> Client<Line> {
        self.place().connect(PATIENT.machine).unwrap().unwrap()
    }

    pub fn target(&self) -> Box<dyn Target> {
        self.location().open_as(&self.place(), std::iter::empty()).unwrap()
    }

    pub fn location(&self) -> Location {
        Location::of(self.place().backing().unwrap(), None, false).unwrap()
    }

    pub fn journal(&self) -> Journal {
        Journal::open(self.folder.path()).unwrap()
    }

    /// Deletes the journal.
    pub fn forget(&self) {
        std::fs::remove_dir_all(self.folder.path()).unwrap();
    }

    pub fn snapshot(&self) -> Snapshot {
        self.place().capture(&capture::scope()).unwrap()
    }

    pub fn plan(&self, recipe: &str, arguments: &Arguments) -> Result<Plan, Refusal> {
        let snapshot = self.snapshot();
        let machine = Machine::new(&snapshot, NOW, Profile::Host);
        let history = History::default();
        repair::by_name(recipe).unwrap().plan(&Request {
            machine: &machine,
            arguments,
            history: &history,
            now: NOW,
        })
    }

    pub fn apply(&self, plan: &Plan, undoes: Option<u64>) -> Result<Applied, ApplyError> {
        repair::apply(plan, &self.location(), undoes, self.target().as_mut(), &mut self.journal(), NOW)
    }

    pub fn undo(&self, id: u64) -> Result<Applied, ApplyError> {
        let record = repair::undo::find(&self.journal(), id).unwrap();
        self.apply(&repair::undo::plan(&record, NOW).unwrap(), Some(id))
    }

    /// Every key that a recipe may change.
    pub fn state(&self) -> Vec<Key> {
        let target = self.target();
        [
            r"SYSTEM\CurrentControlSet\Control\Terminal Server",
            r"SYSTEM\CurrentControlSet\Services\TermService",
            r"SYSTEM\CurrentControlSet\Services\TermServLicensing",
            r"SOFTWARE\Microsoft\MSLicensing",
        ]
        .map(|path| target.key(&KeyPath::hklm(path), Reach::Tree).unwrap().unwrap_or_default())
        .to_vec()
    }

    /// Sets a whole security descriptor, independently of the program under test.
    pub fn set_security(&self, key: &KeyPath, sddl: &str) {
        let descriptor = sddl.parse::<nt::security::SecurityDescriptor>().unwrap();
        let mut client = self.client();
        let root = client.open_root(Root::LocalMachine, Access::MAXIMUM).unwrap();
        let path: Vec<Vec<u16>> = key.parts().iter().map(snapshot::Name::to_utf16).collect();
        let access = Access::READ.and(Access::WRITE_DAC).and(Access::WRITE_OWNER);
        let key =
            client.open_key(root, &path.join(&92), msrpc::winreg::OpenOptions::default(), access).unwrap();
        client.set_security(key, SecurityInformation::READABLE, &descriptor.to_bytes()).unwrap();
    }
}

/// True if values, keys, classes, owners and access lists are equal; Samba has no last-write times.
pub fn same(one: &[Key], two: &[Key]) -> bool {
    one.iter().zip(two).all(|(one, two)| one.is_as(two) && two.is_as(one))
}

pub fn changes(plan: &Plan) -> Vec<String> {
    plan.changes().map(Change::to_string).collect()
}
