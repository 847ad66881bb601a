//! What the machine is for.

use serde::{Deserialize, Serialize};
use snapshot::{Capture, Snapshot, State};

use super::facts::{self, EventRecord, SystemVersion};
use super::product::{Era, Kind, Product};
use super::{key, value};
use crate::evidence::{Evidence, Need, Unknown};
use crate::knowledge::MachineRole;
use crate::model::Profile;
use crate::places;

/// A role that matters to licensing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// RD Session Host: many users, needs licenses.
    SessionHost,
    /// RD Licensing: hands them out.
    LicenseServer,
    /// Has a client license store.
    Client,
}

impl Role {
    /// The role in words.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::SessionHost => "RD Session Host",
            Self::LicenseServer => "RD Licensing server",
            Self::Client => "Remote Desktop client",
        }
    }
}

/// Each role: held, not held, or unknown from this snapshot.
#[derive(Clone, Debug)]
pub struct Roles {
    session_host: Result<Option<Evidence>, Unknown>,
    license_server: Result<Option<Evidence>, Unknown>,
    client: Result<Option<Evidence>, Unknown>,
}

impl Roles {
    pub(super) fn read(snapshot: &Snapshot, product: &Product, profile: Profile) -> Self {
        let said = |this: Profile| {
            (profile == this).then(|| Evidence::fact("--profile", "as specified on the command line"))
        };
        Self {
            session_host: match said(Profile::Host) {
                Some(stated) => Ok(Some(stated)),
                None if matches!(profile, Profile::Client) => Ok(None),
                None => session_host(snapshot, product),
            },
            license_server: match said(Profile::Server) {
                Some(stated) => Ok(Some(stated)),
                None => license_server(snapshot),
            },
            client: match said(Profile::Client) {
                Some(stated) => Ok(Some(stated)),
                None => client(snapshot),
            },
        }
    }

    /// Whether the machine holds the role, and by what evidence.
    pub fn evidence(&self, role: Role) -> Result<Option<&Evidence>, Unknown> {
        let held = match role {
            Role::SessionHost => &self.session_host,
            Role::LicenseServer => &self.license_server,
            Role::Client => &self.client,
        };
        held.as_ref().map(Option::as_ref).map_err(Clone::clone)
    }

    /// Whether the machine holds the role.
    pub fn holds(&self, role: Role) -> Result<bool, Unknown> {
        self.evidence(role).map(|evidence| evidence.is_some())
    }

    /// The roles that it holds for certain.
    pub fn held(&self) -> impl Iterator<Item = Role> {
        [Role::SessionHost, Role::LicenseServer, Role::Client]
            .into_iter()
            .filter(|role| self.holds(*role).is_ok_and(|held| held))
    }
}

fn session_host(snapshot: &Snapshot, product: &Product) -> Result<Option<Evidence>, Unknown> {
    // It has many sessions and its own licensing type: no rule for session hosts applies, whatever
    // TerminalServerMode is.
    if product.is_multi_session_client() {
        return Ok(None);
    }
    if let Some(fact) = snapshot.facts.get(facts::TERMINAL_SERVER_MODE.name) {
        let app_server = fact.value.as_u64() == Some(1);
        return Ok(
            app_server.then(|| Evidence::fact(&fact.source, "TerminalServerMode 1 (application server)"))
        );
    }
    if product.kind == Some(Kind::Client) {
        return Ok(None);
    }
    if let Some((serves_many, evidence)) = reported_by_kernel(snapshot) {
        return Ok(serves_many.then_some(evidence));
    }
    let component = places::server_components().join("RDS-RD-Server");
    let installed = value(snapshot, &component, "InstallState");
    if let Ok(Some(found)) = &installed {
        return Ok((found.value.as_u32() == Some(1)).then(|| found.evidence()));
    }
    if let Ok(Some(found)) = value(snapshot, &places::terminal_server(), "TSAppCompat") {
        match (found.value.as_u32(), product.era()) {
            (Some(1), _) => return Ok(Some(found.evidence())),
            // 2000 and 2003 keep the mode here and nowhere else.
            (Some(0), Some(Era::Nt4 | Era::Nt5)) => return Ok(None),
            _ => {}
        }
    }
    // Only a host in application mode is ever given one of these; the default everywhere else is 1.
    // Multi-session Windows, which calls itself a server in `ProductOptions`, has 6, and Embedded Standard 7
    // has 3. Higher numbers are written by hand, to configure a host.
    if let Ok(Some(found)) = value(snapshot, &places::licensing_core(), "LicensingMode")
        && matches!(found.value.as_u32(), Some(2 | 4 | 5 | 7..))
    {
        return Ok(Some(found.evidence()));
    }
    if product.era() == Some(Era::Nt4) {
        return Ok(None);
    }
    match installed {
        Err(unknown) => logged_by(snapshot, MachineRole::SessionHost).map(Some).ok_or(unknown),
        Ok(_)
            if matches!(product.era(), Some(Era::Nt6))
                && key(snapshot, &places::server_components())?.is_some() =>
        {
            Ok(None)
        }
        Ok(_) => {
            Err(Need::Host("whether the machine runs as an application server (TerminalServerMode)").into())
        }
    }
}

/// Whether the running Windows serves many sessions, as it reports; `None` where it was not asked or reports
/// nothing about sessions.
fn reported_by_kernel(snapshot: &Snapshot) -> Option<(bool, Evidence)> {
    let fact = snapshot.facts.get(facts::SYSTEM_VERSION.name)?;
    let version: SystemVersion = serde_json::from_value(fact.value.clone()).ok()?;
    let found = format!("suite {:#06x} (application server)", version.suite);
    Some((version.is_application_server()?, Evidence::fact(&fact.source, found)))
}

/// An event that only a machine with this role logs, where the registry was not captured.
fn logged_by(snapshot: &Snapshot, role: MachineRole) -> Option<Evidence> {
    let fact = snapshot.facts.get(facts::EVENTS.name)?;
    let events = Vec::<EventRecord>::deserialize(&fact.value).ok()?;
    // Other providers of the tables log on other machines, too.
    let of_role = |event: &&EventRecord| {
        event.row().is_some_and(|row| {
            row.machine == role && row.providers.iter().any(|name| name.contains("-TerminalServices-"))
        })
    };
    events.iter().find(of_role).map(EventRecord::evidence)
}

fn license_server(snapshot: &Snapshot) -> Result<Option<Evidence>, Unknown> {
    let path = places::licensing_service();
    let service = match key(snapshot, &path) {
        Ok(service) => service,
        Err(unknown) => {
            return logged_by(snapshot, MachineRole::LicenseServer).map(Some).ok_or(unknown);
        }
    };
    if let Some(found) = service
        && (found.value("ImagePath").is_some() || found.value("Start").is_some())
    {
        return Ok(Some(Evidence::key(&path, found, "the service is installed")));
    }
    Ok(None)
}

fn client(snapshot: &Snapshot) -> Result<Option<Evidence>, Unknown> {
    let mut unknown: Option<Unknown> = None;
    for path in [places::client_store(), places::client_store_32()] {
        match key(snapshot, &path) {
            Ok(Some(found)) => return Ok(Some(Evidence::key(&path, found, "key"))),
            Ok(None) => {}
            Err(missing) => {
                // Whoever exports a part of a store has one.
                let part = snapshot.captures.iter().find(|capture| capture.path.starts_with(&path));
                if let Some(Capture { path, state: State::Key(found), .. }) = part {
                    return Ok(Some(Evidence::key(path, found, "key")));
                }
                unknown = Some(missing);
            }
        }
    }
    unknown.map_or(Ok(None), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a machine with these keys is a session host; `None` where that cannot be determined.
    fn is_host(head: &str, keys: &str) -> Option<bool> {
        let text = format!(
            "Windows Registry Editor Version 5.00\n;; source: made for this test\n;; covers: HKLM\\SYSTEM\n{head}\n\n{keys}"
        );
        let fixture = fixture::parse(&text).unwrap();
        let snapshot = &fixture.machines[0];
        Roles::read(snapshot, &Product::read(snapshot), Profile::Auto).holds(Role::SessionHost).ok()
    }

    fn mode(number: u32) -> String {
        format!(
            "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\RCM\\Licensing Core]\n\
             \"LicensingMode\"=dword:{number:08x}\n\n\
             [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\ProductOptions]\n\"ProductType\"=\"ServerNT\"\n"
        )
    }

    const APP_SERVER: &str = ";; fact: wmi.terminal-server-mode = 1";
    const MULTI_SESSION: &str = "\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion]\n\
         \"CurrentVersion\"=\"6.3\"\n\"EditionID\"=\"ServerRdsh\"\n";

    #[test]
    fn a_mode_that_only_hosts_are_given_proves_the_role() {
        for number in [2, 4, 5] {
            assert_eq!(is_host("", &mode(number)), Some(true), "{number}");
        }
        // 1 is everybody's, 6 is that of multi-session Windows, which a SYSTEM hive alone does not betray.
        for number in [0, 1, 6] {
            assert_eq!(is_host("", &mode(number)), None, "{number}");
        }
    }

    #[test]
    fn multi_session_windows_is_no_session_host() {
        let keys = mode(2) + MULTI_SESSION;
        assert_eq!(is_host("", &keys), Some(false));
        assert_eq!(is_host(APP_SERVER, &keys), Some(false));
        assert_eq!(is_host(APP_SERVER, &mode(1)), Some(true));
    }

    #[test]
    fn the_running_kernel_knows_whether_it_serves_many() {
        let version = |product: u32, suite: u32| {
            format!(
                ";; fact: system.version = {{\"major\":10,\"minor\":0,\"build\":20348,\"product_type\":{product},\"suite\":{suite}}}"
            )
        };
        assert_eq!(is_host(&version(3, 0x10), &mode(1)), Some(true));
        assert_eq!(is_host(&version(3, 0x110), &mode(1)), Some(false));
        assert_eq!(is_host(&version(2, 0x10), &mode(1)), Some(true));
        // It says nothing of sessions, and the registry nothing either.
        assert_eq!(is_host(&version(3, 0), &mode(1)), None);
        assert_eq!(is_host(&version(1, 0x100), &mode(1)), None);
    }

    #[test]
    fn a_client_is_no_session_host() {
        let keys = mode(4).replace("ServerNT", "WinNT");
        assert_eq!(is_host("", &keys), Some(false));
    }
}
