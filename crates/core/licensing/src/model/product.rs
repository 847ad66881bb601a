//! Which Windows it is.

use serde::Serialize;
use snapshot::{Snapshot, Value, on_one_line};

use super::value;
use crate::knowledge::products::BUILDS;
use crate::places;

/// The generations that keep licensing in different places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Era {
    /// Windows NT 4.0 and older.
    Nt4,
    /// Windows 2000, XP, Server 2003: `Licensing Core\PolicyAcOn`.
    Nt5,
    /// Vista, Server 2008 and later: `RCM\Licensing Core\LicensingMode`.
    Nt6,
}

/// Client or server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A client Windows (`WinNT`).
    Client,
    /// A server (`ServerNT`).
    Server,
    /// A domain controller (`LanmanNT`).
    DomainController,
}

/// Product, version and build, as far as the snapshot has them.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Product {
    /// `ProductName` as found. Windows 11 still says “Windows 10” here.
    pub name: Option<String>,
    /// The name by which Microsoft sells this build: `ProductName` with the Windows that the build is.
    pub marketing_name: Option<String>,
    /// `CurrentVersion`, such as `6.3`; since Windows 10 frozen at 6.3.
    pub version: Option<String>,
    /// Build number.
    pub build: Option<u32>,
    /// Update build revision.
    pub ubr: Option<u32>,
    /// `EditionID`.
    pub edition: Option<String>,
    /// `InstallationType`: `Client`, `Server`, `Server Core`.
    pub installation_type: Option<String>,
    /// Client, server, domain controller.
    pub kind: Option<Kind>,
    /// The generation, inferred from keys where no version was captured.
    era: Option<Era>,
}

impl Product {
    /// Reads it from `SOFTWARE\…\CurrentVersion` and `SYSTEM\…\ProductOptions`.
    #[must_use]
    pub fn read(snapshot: &Snapshot) -> Self {
        let current = places::current_version();
        let find = |name: &str| value(snapshot, &current, name).ok().flatten().map(|found| found.value);
        let text = |name: &str| {
            find(name).and_then(Value::as_text).map(|text| text.content).filter(|t| !t.is_empty())
        };
        let version = match (find("CurrentMajorVersionNumber"), find("CurrentMinorVersionNumber")) {
            (Some(major), Some(minor)) => {
                major.as_u32().zip(minor.as_u32()).map(|(major, minor)| format!("{major}.{minor}"))
            }
            _ => text("CurrentVersion"),
        };
        let kind = value(snapshot, &places::product_options(), "ProductType").ok().flatten();
        let kind = kind.and_then(|found| found.value.as_text()).and_then(|text| {
            Some(match text.content.to_ascii_lowercase().as_str() {
                "winnt" => Kind::Client,
                "servernt" => Kind::Server,
                "lanmannt" => Kind::DomainController,
                _ => return None,
            })
        });
        let era = version.as_deref().and_then(era_of_version).or_else(|| era_of_keys(snapshot));
        let name = text("ProductName");
        let build: Option<u32> = text("CurrentBuild")
            .or_else(|| text("CurrentBuildNumber"))
            .and_then(|build| build.trim().parse().ok());
        Self {
            marketing_name: name.as_deref().map(|name| marketing_name(name, build)),
            name,
            build,
            ubr: find("UBR").and_then(Value::as_u32),
            edition: text("EditionID"),
            installation_type: text("InstallationType"),
            version,
            kind,
            era,
        }
    }

    /// Name and build in words, such as “Windows 11 Pro, build 22631.4 (ProductName says Windows 10 Pro)”;
    /// `None` where the snapshot has neither.
    #[must_use]
    pub fn shown(&self) -> Option<String> {
        let build = match (self.build, self.ubr) {
            (Some(build), Some(ubr)) => Some(format!("build {build}.{ubr}")),
            (build, _) => build.map(|build| format!("build {build}")),
        };
        let mut parts = self.marketing_name.clone();
        if let Some(build) = build {
            parts = Some(parts.map_or(build.clone(), |name| format!("{name}, {build}")));
        }
        let said = self.name.as_ref().filter(|name| self.marketing_name.as_ref() != Some(name));
        let parts = parts.map(|parts| match said {
            Some(name) => format!("{parts} (ProductName says {name})"),
            None => parts,
        });
        parts.map(|parts| on_one_line(&parts).into_owned())
    }

    /// The generation; `None` where the snapshot does not show it.
    #[must_use]
    pub fn era(&self) -> Option<Era> {
        self.era
    }

    /// Whether the version is this one or a later one; `None` where the version is not known.
    #[must_use]
    pub fn is_at_least(&self, major: u32, minor: u32) -> Option<bool> {
        let mut numbers = self.version.as_deref()?.split('.').map(|number| number.parse::<u32>().ok());
        let found = (numbers.next()??, numbers.next().flatten().unwrap_or(0));
        Some(found >= (major, minor))
    }

    /// Whether a session host discovers license servers when none is listed: up to Windows Server 2008.
    ///
    /// Source: Microsoft Learn, *Cannot connect to RDS because no RD Licensing servers are available* (2008
    /// R2 and later need a list).
    #[must_use]
    pub fn discovers_license_servers(&self) -> bool {
        matches!(self.era, Some(Era::Nt4 | Era::Nt5)) || self.is_at_least(6, 1) == Some(false)
    }

    /// True for Windows Embedded Standard 7, which ignores `LicensingMode` and numbers its modes otherwise.
    ///
    /// Source: *LicensingMode* of the Windows Embedded Standard 7 reference (gg730705).
    #[must_use]
    pub fn is_embedded_standard_7(&self) -> bool {
        self.version.as_deref() == Some("6.1")
            && self.name.as_deref().is_some_and(|name| name.to_ascii_lowercase().contains("embedded"))
    }

    /// True for Windows 10 and 11 Enterprise multi-session, which has many sessions and is not a session
    /// host.
    #[must_use]
    pub fn is_multi_session_client(&self) -> bool {
        self.edition.as_deref().is_some_and(|edition| edition.eq_ignore_ascii_case("ServerRdsh"))
    }
}

/// The first build of Windows 11.
///
/// Source: Microsoft Learn, *Windows 11 release information* (21H2 is build 22000).
const WINDOWS_11: u32 = 22_000;

/// `ProductName` with the Windows that the build is: the value is not updated by upgrades to Windows 11, and
/// images and tools write it. Unknown builds keep the name, except that none since 22000 is Windows 10.
fn marketing_name(name: &str, build: Option<u32>) -> String {
    let Some(build) = build else { return name.to_owned() };
    let known = BUILDS.iter().find(|row| row.build == build);
    if let Some(rest) = name.strip_prefix("Windows 10").filter(|_| build >= WINDOWS_11) {
        // A build after the last known one may have another number.
        let is_later = BUILDS.iter().all(|row| row.build < build);
        return format!("Windows 11{}{rest}", if is_later { " or later" } else { "" });
    }
    let server = known.and_then(|row| row.server).filter(|server| server.starts_with(SERVER));
    // `Windows Server 2022 Datacenter`, with the release of the build in place of 2022.
    let (Some(server), Some(rest)) = (server, name.strip_prefix(SERVER)) else { return name.to_owned() };
    let edition = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let edition = edition.strip_prefix(" R2").unwrap_or(edition);
    let release = server.split(" SP").next().unwrap_or(server);
    let is_year = edition.len() < rest.len() && release.len() > SERVER.len();
    if is_year && !release.contains(',') { format!("{release}{edition}") } else { name.to_owned() }
}

const SERVER: &str = "Windows Server ";

fn era_of_version(version: &str) -> Option<Era> {
    let major: u32 = version.split('.').next()?.parse().ok()?;
    Some(match major {
        0..=4 => Era::Nt4,
        5 => Era::Nt5,
        _ => Era::Nt6,
    })
}

/// Without a version: the Remote Connection Manager's key came with Vista, `Licensing Core` with 2000.
fn era_of_keys(snapshot: &Snapshot) -> Option<Era> {
    if snapshot.key(&places::rcm()).is_some_and(|rcm| rcm.subkey("Licensing Core").is_some()) {
        return Some(Era::Nt6);
    }
    snapshot.key(&places::legacy_licensing_core()).map(|_| Era::Nt5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Product {
        let era = era_of_version(text);
        Product { version: Some(text.to_owned()), era, ..Product::default() }
    }

    #[test]
    fn discovery_ended_with_2008_r2() {
        for (text, discovers) in [("4.0", true), ("5.0", true), ("5.2", true), ("6.0", true), ("6.1", false)]
        {
            assert_eq!(version(text).discovers_license_servers(), discovers, "{text}");
        }
        assert!(!version("10.0").discovers_license_servers());
        assert!(!Product::default().discovers_license_servers());
    }

    #[test]
    fn the_build_decides_the_name() {
        for (name, build, expected) in [
            ("Windows 10 Pro", 22631, "Windows 11 Pro"),
            ("Windows 10 Enterprise multi-session", 26100, "Windows 11 Enterprise multi-session"),
            ("Windows 10 Pro", 22999, "Windows 11 Pro"),
            ("Windows 10 Pro", 90000, "Windows 11 or later Pro"),
            ("Windows 10 Pro", 19045, "Windows 10 Pro"),
            ("Windows 11 Pro", 22631, "Windows 11 Pro"),
            ("Windows Server 2022 Datacenter", 26100, "Windows Server 2025 Datacenter"),
            ("Windows Server 2016 Standard", 17763, "Windows Server 2019 Standard"),
            ("Windows Server 2012 Standard", 9600, "Windows Server 2012 R2 Standard"),
            ("Windows Server 2012 R2 Standard", 9600, "Windows Server 2012 R2 Standard"),
            ("Windows Server 2008 R2 Enterprise", 7601, "Windows Server 2008 R2 Enterprise"),
            ("Windows Server 2022 Datacenter", 90000, "Windows Server 2022 Datacenter"),
            (
                "Windows Server 2022 Datacenter Azure Edition",
                20348,
                "Windows Server 2022 Datacenter Azure Edition",
            ),
            ("Windows Server Datacenter", 25398, "Windows Server Datacenter"),
            ("Windows Server 2003", 3790, "Windows Server 2003"),
        ] {
            assert_eq!(marketing_name(name, Some(build)), expected, "{name} {build}");
        }
        assert_eq!(marketing_name("Windows 10 Pro", None), "Windows 10 Pro");
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(version("10.0").is_at_least(6, 1), Some(true));
        assert_eq!(version("5.2").is_at_least(5, 2), Some(true));
        assert_eq!(version("5.1").is_at_least(5, 2), Some(false));
        assert_eq!(Product::default().is_at_least(5, 2), None);
        assert_eq!(Product { version: Some("ten".into()), ..Product::default() }.is_at_least(5, 2), None);
    }

    #[test]
    fn only_the_embedded_7_numbers_its_modes_otherwise() {
        let named = |name: &str, text| Product { name: Some(name.to_owned()), ..version(text) };
        assert!(named("Windows Embedded Standard", "6.1").is_embedded_standard_7());
        assert!(!named("Windows Embedded 8 Standard", "6.2").is_embedded_standard_7());
        assert!(!named("Windows 7 Professional", "6.1").is_embedded_standard_7());
    }
}
