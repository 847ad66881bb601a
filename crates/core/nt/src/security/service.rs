//! Service SIDs, which are derived from the names of Windows services.

use sha1::{Digest, Sha1};

use super::sid::Sid;

/// A service whose SID may be in the ACLs of the licensing keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// The service's key name below `Services`.
    pub name: &'static str,
    /// A description.
    pub title: &'static str,
}

/// Services that may be in the ACLs of the keys for Remote Desktop licensing.
///
/// Source: the service names are those of Microsoft's Remote Desktop Services documentation; the SIDs of the
/// first, third and last were also found in the ACLs of Windows 7 and 10 SYSTEM hives.
pub const SERVICES: &[Service] = &[
    Service { name: "TermService", title: "Remote Desktop Services" },
    Service { name: "TermServLicensing", title: "Remote Desktop Licensing" },
    Service { name: "VmHostAgent", title: "Remote Desktop Virtualization Host Agent" },
    Service { name: "SessionEnv", title: "Remote Desktop Configuration" },
    Service { name: "UmRdpService", title: "Remote Desktop Services UserMode Port Redirector" },
    Service { name: "Tssdis", title: "Remote Desktop Connection Broker" },
    Service { name: "RDMS", title: "Remote Desktop Management" },
    Service { name: "TScPubRPC", title: "RemoteApp and Desktop Connection Management" },
    Service { name: "TrustedInstaller", title: "Windows Modules Installer" },
];

impl Sid {
    /// The SID of a Windows service: `S-1-5-80` and the SHA-1 of the upper-cased name in UTF-16LE, as five
    /// little-endian numbers.
    ///
    /// Names outside ASCII are upper-cased with Unicode's simple mapping, unit by unit.
    ///
    /// Source: Microsoft, "Security identifiers" (NT SERVICE) describes the form; the computation was checked
    /// against the two SIDs that [MS-DTYP] 2.4.2.4 prints and against those in real ACLs.
    #[must_use]
    pub fn of_service(name: &str) -> Self {
        let mut hash = Sha1::new();
        for unit in name.encode_utf16() {
            hash.update(upper_case(unit).to_le_bytes());
        }
        let hash = hash.finalize();
        let mut sub_authorities = vec![80];
        sub_authorities.extend(
            hash.chunks_exact(4).filter_map(|chunk| chunk.first_chunk().copied().map(u32::from_le_bytes)),
        );
        Self::known(5, &sub_authorities)
    }

    /// The service with this SID, if it is one of [`SERVICES`].
    #[must_use]
    pub fn service(&self) -> Option<&'static Service> {
        if self.authority() != 5
            || self.sub_authorities().first() != Some(&80)
            || self.sub_authorities().len() != 6
        {
            return None;
        }
        SERVICES.iter().find(|service| *self == Self::of_service(service.name))
    }
}

/// The upper case of one UTF-16 unit, if it is one unit too.
fn upper_case(unit: u16) -> u16 {
    let Some(letter) = char::from_u32(u32::from(unit)) else { return unit };
    let mut upper = letter.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(upper), None) => u16::try_from(u32::from(upper)).unwrap_or(unit),
        _ => unit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computed_as_windows_does() {
        for (name, sid) in [
            // Printed in [MS-DTYP] 2.4.2.4.
            ("DPS", "S-1-5-80-2970612574-78537857-698502321-558674196-1451644582"),
            ("WdiServiceHost", "S-1-5-80-3139157870-2983391045-3678747466-658725712-1809340420"),
            // In the ACLs of RCM and RCM\Licensing Core, Windows 7 and Windows 10 SYSTEM hives.
            ("TermService", "S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104"),
            ("VmHostAgent", "S-1-5-80-4130899010-3337817248-2959896732-3640118089-1866760602"),
            // The owner of most system files; Microsoft, "Security identifiers".
            ("TrustedInstaller", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"),
            ("TermServLicensing", "S-1-5-80-3893474178-2562712516-324399186-2343250756-2176344804"),
        ] {
            assert_eq!(Sid::of_service(name).to_string(), sid, "{name}");
            assert_eq!(Sid::of_service(&name.to_lowercase()).to_string(), sid, "{name}");
        }
    }

    #[test]
    fn recognized_again() {
        for service in SERVICES {
            assert_eq!(Sid::of_service(service.name).service(), Some(service));
        }
        assert_eq!(Sid::of_service("Spooler").service(), None);
        assert_eq!("S-1-5-80-0".parse::<Sid>().unwrap().service(), None);
    }
}
