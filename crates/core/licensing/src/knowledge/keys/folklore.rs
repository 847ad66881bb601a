use super::KeyRow;
use crate::knowledge::{Certainty, Generation, MachineRole, Role, Versions, sources};

const FOLKLORE: KeyRow = KeyRow {
    role: Role::Folklore,
    deleting: "Changes nothing for Windows. Export it first, and move its data to the correct place if it is still needed.",
    rules: &["RDSL-011"],
    certainty: Certainty::Measured,
    sources: &[sources::NO_TRACE, sources::FOLKLORE],
    ..KeyRow::BASE
};

const SERVER_LIST: Option<&str> = Some(
    r"value SpecifiedLicenseServers (REG_MULTI_SZ) in HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers, or the policy value LicenseServers",
);

const MODE: Option<&str> = Some(
    r"value LicensingMode (REG_DWORD) in HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core, or the policy value LicensingMode",
);

pub(super) const KEYS: &[KeyRow] = &[
    KeyRow {
        id: "folklore-rcm-licenseservers",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\LicenseServers",
        what: "A license server list below RCM, one subkey each, as AI-generated how-to pages recommend.",
        windows: "It occurs in no Microsoft document, hive or reputable script. The list is below Services\\TermService\\Parameters.",
        belongs: SERVER_LIST,
        ..FOLKLORE
    },
    KeyRow {
        id: "folklore-rcm-licenseservers-name",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\LicenseServers\*",
        what: "A license server entered as a subkey in the invented list below RCM.",
        windows: "Not read, like its parent key.",
        belongs: SERVER_LIST,
        ..FOLKLORE
    },
    KeyRow {
        id: "folklore-rcm-specified",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\SpecifiedLicenseServers",
        what: "The server list as a key below RCM.",
        windows: "The name is real, but the place is invented.",
        belongs: SERVER_LIST,
        ..FOLKLORE
    },
    KeyRow {
        id: "folklore-ts-licenseservers",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\LicenseServers",
        what: "The server list directly below Terminal Server.",
        windows: "Nothing reads it there.",
        belongs: SERVER_LIST,
        ..FOLKLORE
    },
    KeyRow {
        id: "folklore-computers-licenseservers",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\Computers\LicenseServers",
        what: "The server list below an invented key Computers.",
        windows: "Neither the key nor its parent exists in any known Windows.",
        belongs: SERVER_LIST,
        ..FOLKLORE
    },
    KeyRow {
        id: "folklore-computers",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\Computers",
        what: "A key created only for the invented list Computers\\LicenseServers.",
        windows: "Does not exist in any known Windows.",
        belongs: SERVER_LIST,
        ..FOLKLORE
    },
    KeyRow {
        id: "folklore-rdpcorets-licensing",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RDPCoreTS\Licensing",
        what: "A licensing key named after the RDP protocol component.",
        windows: "RDPCoreTS is the name of a component and of its event log, not of a licensing key.",
        belongs: MODE,
        ..FOLKLORE
    },
    KeyRow {
        id: "folklore-service-license",
        path: r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\License",
        what: "Mode and servers in a key named License below the service's parameters.",
        windows: "Nothing reads it.",
        belongs: MODE,
        ..FOLKLORE
    },
    KeyRow {
        id: "folklore-issuedlicenses",
        path: r"HKLM\SYSTEM\CurrentControlSet\Services\TermServLicensing\Parameters\IssuedLicenses",
        machine: MachineRole::LicenseServer,
        what: "The issued licenses as a registry key of the license server.",
        windows: "Issued licenses are rows of the license server's database (TLSLic.edb), never registry keys.",
        belongs: Some("RD Licensing Manager, or WMI class Win32_TSIssuedLicense on the license server"),
        rules: &["RDSL-195"],
        ..FOLKLORE
    },
    KeyRow {
        id: "folklore-licensekeystore",
        path: r"HKLM\**\LicenseKeyStore",
        machine: MachineRole::LicenseServer,
        what: "A key that allegedly contains the installed CAL packs and whose subkeys should be deleted.",
        windows: "Not a Windows key. Installed packs are in the license server's database and are removed with RD Licensing Manager.",
        belongs: Some(
            "RD Licensing Manager, or WMI method UninstallLicenseKeyPackWithId on the license server",
        ),
        rules: &["RDSL-195"],
        ..FOLKLORE
    },
    KeyRow {
        id: "misspelt-termservices",
        path: r"HKLM\SYSTEM\CurrentControlSet\Services\TermServices",
        what: "The service's key, misspelled with an s; a Microsoft page once printed it this way.",
        windows: "The service is named TermService. Windows does not read settings in this key.",
        belongs: Some(r"HKLM\SYSTEM\CurrentControlSet\Services\TermService"),
        certainty: Certainty::Reported,
        sources: &[sources::SECURITY_ERROR],
        rules: &["RDSL-194"],
        ..FOLKLORE
    },
    KeyRow {
        id: "misspelt-terminalserver",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\TerminalServer",
        what: "The key Terminal Server written without its space; a Microsoft page once printed it this way.",
        windows: "Not read: the correct name has a space.",
        belongs: Some(r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server"),
        certainty: Certainty::Reported,
        sources: &[sources::KB834651],
        rules: &["RDSL-194"],
        ..FOLKLORE
    },
    KeyRow {
        id: "logging-service",
        path: r"HKLM\SYSTEM\CurrentControlSet\Services\LicenseService",
        role: Role::Legacy,
        machine: MachineRole::Any,
        versions: Versions::to(Generation::W2003),
        what: "The old License Logging Service, which counted Windows server CALs.",
        windows: "Unrelated to Remote Desktop CALs; a subkey named TermService is only an entry in its list.",
        deleting: "Has no effect on Remote Desktop licensing.",
        belongs: Some("license server: service TermServLicensing"),
        rules: &[],
        sources: &[sources::HIVE_XP],
        ..FOLKLORE
    },
];
