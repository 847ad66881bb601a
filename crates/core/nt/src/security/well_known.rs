//! Accounts and groups that have the same SID on every Windows.

use super::sid::Sid;

/// An account or group with the same SID on every Windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WellKnown {
    authority: u64,
    sub_authorities: &'static [u32],
    alias: &'static str,
    /// The name in an English Windows, with the domain part if there is one.
    pub name: &'static str,
}

const fn row(
    authority: u64,
    sub_authorities: &'static [u32],
    alias: &'static str,
    name: &'static str,
) -> WellKnown {
    WellKnown { authority, sub_authorities, alias, name }
}

/// The well-known SIDs, by SID.
///
/// Source: values and two-letter aliases from [MS-DTYP] 2.4.2.4 and 2.5.1.1; names from Microsoft, "Security
/// identifiers". Accounts of a domain or a machine (`DA`, `LA`, ...) are not included: their SIDs differ.
pub const WELL_KNOWN: &[WellKnown] = &[
    row(0, &[0], "", "Nobody"),
    row(1, &[0], "WD", "Everyone"),
    row(2, &[0], "", "LOCAL"),
    row(2, &[1], "", "CONSOLE LOGON"),
    row(3, &[0], "CO", "CREATOR OWNER"),
    row(3, &[1], "CG", "CREATOR GROUP"),
    row(3, &[4], "OW", "OWNER RIGHTS"),
    row(5, &[1], "", r"NT AUTHORITY\DIALUP"),
    row(5, &[2], "NU", r"NT AUTHORITY\NETWORK"),
    row(5, &[3], "", r"NT AUTHORITY\BATCH"),
    row(5, &[4], "IU", r"NT AUTHORITY\INTERACTIVE"),
    row(5, &[6], "SU", r"NT AUTHORITY\SERVICE"),
    row(5, &[7], "AN", r"NT AUTHORITY\ANONYMOUS LOGON"),
    row(5, &[9], "ED", r"NT AUTHORITY\ENTERPRISE DOMAIN CONTROLLERS"),
    row(5, &[10], "PS", r"NT AUTHORITY\SELF"),
    row(5, &[11], "AU", r"NT AUTHORITY\Authenticated Users"),
    row(5, &[12], "RC", r"NT AUTHORITY\RESTRICTED"),
    row(5, &[13], "", r"NT AUTHORITY\TERMINAL SERVER USER"),
    row(5, &[14], "", r"NT AUTHORITY\REMOTE INTERACTIVE LOGON"),
    row(5, &[15], "", r"NT AUTHORITY\This Organization"),
    row(5, &[17], "", r"NT AUTHORITY\IUSR"),
    row(5, &[18], "SY", r"NT AUTHORITY\SYSTEM"),
    row(5, &[19], "LS", r"NT AUTHORITY\LOCAL SERVICE"),
    row(5, &[20], "NS", r"NT AUTHORITY\NETWORK SERVICE"),
    row(5, &[32, 544], "BA", r"BUILTIN\Administrators"),
    row(5, &[32, 545], "BU", r"BUILTIN\Users"),
    row(5, &[32, 546], "BG", r"BUILTIN\Guests"),
    row(5, &[32, 547], "PU", r"BUILTIN\Power Users"),
    row(5, &[32, 548], "AO", r"BUILTIN\Account Operators"),
    row(5, &[32, 549], "SO", r"BUILTIN\Server Operators"),
    row(5, &[32, 550], "PO", r"BUILTIN\Print Operators"),
    row(5, &[32, 551], "BO", r"BUILTIN\Backup Operators"),
    row(5, &[32, 552], "RE", r"BUILTIN\Replicator"),
    row(5, &[32, 554], "RU", r"BUILTIN\Pre-Windows 2000 Compatible Access"),
    row(5, &[32, 555], "RD", r"BUILTIN\Remote Desktop Users"),
    row(5, &[32, 556], "NO", r"BUILTIN\Network Configuration Operators"),
    row(5, &[32, 557], "", r"BUILTIN\Incoming Forest Trust Builders"),
    row(5, &[32, 558], "MU", r"BUILTIN\Performance Monitor Users"),
    row(5, &[32, 559], "LU", r"BUILTIN\Performance Log Users"),
    row(5, &[32, 560], "", r"BUILTIN\Windows Authorization Access Group"),
    row(5, &[32, 561], "", r"BUILTIN\Terminal Server License Servers"),
    row(5, &[32, 562], "", r"BUILTIN\Distributed COM Users"),
    row(5, &[32, 568], "IS", r"BUILTIN\IIS_IUSRS"),
    row(5, &[32, 569], "CY", r"BUILTIN\Cryptographic Operators"),
    row(5, &[32, 573], "ER", r"BUILTIN\Event Log Readers"),
    row(5, &[32, 574], "CD", r"BUILTIN\Certificate Service DCOM Access"),
    row(5, &[32, 575], "RA", r"BUILTIN\RDS Remote Access Servers"),
    row(5, &[32, 576], "ES", r"BUILTIN\RDS Endpoint Servers"),
    row(5, &[32, 577], "MS", r"BUILTIN\RDS Management Servers"),
    row(5, &[32, 578], "HA", r"BUILTIN\Hyper-V Administrators"),
    row(5, &[32, 579], "AA", r"BUILTIN\Access Control Assistance Operators"),
    row(5, &[32, 580], "RM", r"BUILTIN\Remote Management Users"),
    row(5, &[32, 582], "", r"BUILTIN\Storage Replica Administrators"),
    row(5, &[33], "WR", r"NT AUTHORITY\WRITE RESTRICTED"),
    row(5, &[80, 0], "", r"NT SERVICE\ALL SERVICES"),
    row(5, &[83, 0], "", r"NT VIRTUAL MACHINE\Virtual Machines"),
    row(5, &[84, 0, 0, 0, 0, 0], "UD", r"NT AUTHORITY\USER MODE DRIVERS"),
    row(5, &[90, 0], "", r"Window Manager\Window Manager Group"),
    row(5, &[113], "", r"NT AUTHORITY\Local account"),
    row(5, &[114], "", r"NT AUTHORITY\Local account and member of Administrators group"),
    row(15, &[2, 1], "AC", r"APPLICATION PACKAGE AUTHORITY\ALL APPLICATION PACKAGES"),
    row(16, &[0], "", r"Mandatory Label\Untrusted Mandatory Level"),
    row(16, &[4096], "LW", r"Mandatory Label\Low Mandatory Level"),
    row(16, &[8192], "ME", r"Mandatory Label\Medium Mandatory Level"),
    row(16, &[8448], "MP", r"Mandatory Label\Medium Plus Mandatory Level"),
    row(16, &[12288], "HI", r"Mandatory Label\High Mandatory Level"),
    row(16, &[16384], "SI", r"Mandatory Label\System Mandatory Level"),
];

impl WellKnown {
    /// The SID of the account or group.
    #[must_use]
    pub fn sid(&self) -> Sid {
        Sid::known(self.authority, self.sub_authorities)
    }

    /// The alias in SDDL.
    #[must_use]
    pub fn alias(&self) -> Option<&'static str> {
        if self.alias.is_empty() { None } else { Some(self.alias) }
    }
}

impl Sid {
    /// The row of [`WELL_KNOWN`] for this SID.
    #[must_use]
    pub fn well_known(&self) -> Option<&'static WellKnown> {
        WELL_KNOWN
            .iter()
            .find(|row| row.authority == self.authority() && row.sub_authorities == self.sub_authorities())
    }

    /// The name of the account, if it is the same on every Windows: `NT AUTHORITY\SYSTEM`, `NT
    /// SERVICE\TermService`.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        self.well_known()
            .map(|row| row.name.to_owned())
            .or_else(|| self.service().map(|service| format!(r"NT SERVICE\{}", service.name)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_sid_and_alias_stands_once() {
        let sids: Vec<_> = WELL_KNOWN.iter().map(WellKnown::sid).collect();
        assert!(sids.is_sorted(), "the table is ordered by SID");
        assert_eq!(sids.iter().collect::<HashSet<_>>().len(), WELL_KNOWN.len());
        let aliases: Vec<_> = WELL_KNOWN.iter().filter_map(WellKnown::alias).collect();
        assert!(aliases.iter().all(|alias| alias.len() == 2));
        assert_eq!(aliases.iter().collect::<HashSet<_>>().len(), aliases.len());
    }

    #[test]
    fn names_of_those_that_licensing_speaks_of() {
        for (sid, name) in [
            ("S-1-5-20", r"NT AUTHORITY\NETWORK SERVICE"),
            ("S-1-5-32-544", r"BUILTIN\Administrators"),
            ("S-1-5-32-561", r"BUILTIN\Terminal Server License Servers"),
            ("S-1-5-32-576", r"BUILTIN\RDS Endpoint Servers"),
            ("S-1-5-32-577", r"BUILTIN\RDS Management Servers"),
            ("S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104", r"NT SERVICE\TermService"),
        ] {
            assert_eq!(sid.parse::<Sid>().unwrap().name().as_deref(), Some(name));
        }
        assert_eq!("S-1-5-21-1-2-3-500".parse::<Sid>().unwrap().name(), None);
    }
}
