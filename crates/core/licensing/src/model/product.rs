//! Which Windows it is.

use serde::Serialize;
use snapshot::{Snapshot, Value};

use super::value;
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
        Self {
            name: text("ProductName"),
            build: text("CurrentBuild")
                .or_else(|| text("CurrentBuildNumber"))
                .and_then(|build| build.parse().ok()),
            ubr: find("UBR").and_then(Value::as_u32),
            edition: text("EditionID"),
            installation_type: text("InstallationType"),
            version,
            kind,
            era,
        }
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
