use super::KeyRow;
use crate::knowledge::{Certainty, Generation, MachineRole, Role, Versions, sources};

const FOLKLORE: KeyRow = KeyRow {
    role: Role::Folklore,
    deleting: "Changes nothing for Windows. Export it first, and move its data to the right place if that is still needed.",
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
        what: "A list of license servers below RCM, one subkey each, as machine-written how-to pages tell people to make.",
        windows: "No Microsoft document, hive or reputable script has it. The list lies below Services\\TermService\\Parameters.",
        belongs: SERVER_LIST,
        ..FOLKLORE
    },
    KeyRow {
        id: "folklore-rcm-licenseservers-name",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\LicenseServers\*",
        what: "A license server entered as a subkey in the invented list below RCM.",
        windows: "Never read, like the key above it.",
        belongs: SERVER_LIST,
        ..FOLKLORE
    },
    KeyRow {
        id: "folklore-rcm-specified",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\SpecifiedLicenseServers",
        what: "The server list as a key below RCM.",
        windows: "The name is real, the place is invented.",
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
        windows: "Neither the key nor its parent is known in any Windows.",
        belongs: SERVER_LIST,
        ..FOLKLORE
    },
    KeyRow {
        id: "folklore-computers",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\Computers",
        what: "A key made only to hold the invented list Computers\\LicenseServers.",
        windows: "Not known in any Windows.",
        belongs: SERVER_LIST,
        ..FOLKLORE
    },
    KeyRow {
        id: "folklore-rdpcorets-licensing",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RDPCoreTS\Licensing",
        what: "A licensing key in the name of the RDP protocol component.",
        windows: "RDPCoreTS is the name of a component and of its event log, not of a licensing key.",
        belongs: MODE,
        ..FOLKLORE
    },
    KeyRow {
        id: "folklore-service-license",
        path: r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\License",
        what: "Mode and servers in a key License of the service's parameters.",
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
        what: "A key said to hold the installed CAL packs, whose subkeys one should wipe.",
        windows: "Not a Windows key. Installed packs live in the license server's database and are removed with RD Licensing Manager.",
        belongs: Some(
            "RD Licensing Manager, or WMI method UninstallLicenseKeyPackWithId on the license server",
        ),
        rules: &["RDSL-195"],
        ..FOLKLORE
    },
    KeyRow {
        id: "misspelt-termservices",
        path: r"HKLM\SYSTEM\CurrentControlSet\Services\TermServices",
        what: "The service's key, misspelt with an s; a Microsoft page once printed it so.",
        windows: "The service is called TermService. Whatever was put here is never read.",
        belongs: Some(r"HKLM\SYSTEM\CurrentControlSet\Services\TermService"),
        certainty: Certainty::Reported,
        sources: &[sources::SECURITY_ERROR],
        rules: &["RDSL-194"],
        ..FOLKLORE
    },
    KeyRow {
        id: "misspelt-terminalserver",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\TerminalServer",
        what: "The key Terminal Server written without its blank; a Microsoft page once printed it so.",
        windows: "Never read: the name has a blank.",
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
        windows: "It has nothing to do with Remote Desktop CALs; a subkey named TermService is only an entry in its list.",
        deleting: "Of no use for Remote Desktop licensing.",
        belongs: Some("license server: service TermServLicensing"),
        rules: &[],
        sources: &[sources::HIVE_XP],
        ..FOLKLORE
    },
];
