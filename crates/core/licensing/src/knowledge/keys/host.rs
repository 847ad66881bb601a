use super::{DefaultSecurity, KeyRow};
use crate::knowledge::{Certainty, Generation, Role, Versions, sources};

/// `TermService` as an account (S-1-5-80-…: the SHA-1 of the service's name).
const MODERN: Versions = Versions::from(Generation::W2008);

pub(super) const KEYS: &[KeyRow] = &[
    KeyRow {
        id: "terminal-server",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server",
        role: Role::Context,
        what: "The root of Remote Desktop on this machine: whether connections are allowed, and everything below it.",
        windows: "Read when Remote Desktop Services starts; contains no licensing setting itself.",
        deleting: "Disables Remote Desktop. Never delete it.",
        security: Some(DefaultSecurity {
            sddl: "O:BAG:BAD:AI(A;ID;KR;;;BU)(A;CIIOID;GR;;;BU)(A;ID;KA;;;BA)(A;CIIOID;GA;;;BA)(A;ID;KA;;;SY)\
                   (A;CIIOID;GA;;;SY)(A;CIIOID;GA;;;CO)",
            words: "administrators and SYSTEM write, users read (Windows 7)",
            certainty: Certainty::Measured,
        }),
        certainty: Certainty::Measured,
        sources: &[sources::HIVES, sources::WINDOWS_REGISTRY],
        ..KeyRow::BASE
    },
    KeyRow {
        id: "rcm",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM",
        versions: MODERN,
        what: "The Remote Connection Manager's own key: the host's licensing certificates, and below it the mode, the grace \
               record and the secrets.",
        windows: "The TermService account writes the certificates here and reads them at each start.",
        deleting: "Loses the certificates, the grace record and the private keys at once. Never delete the whole key; the \
                   documented repair deletes only four certificate values.",
        security: Some(DefaultSecurity {
            sddl: "O:BAG:BAD:AI(A;;0x3003f;;;S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104)\
                   (A;CIIO;0x301ff;;;S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104)\
                   (A;ID;KR;;;BU)(A;CIIOID;GR;;;BU)(A;ID;KA;;;BA)(A;CIIOID;GA;;;BA)(A;ID;KA;;;SY)(A;CIIOID;GA;;;SY)\
                   (A;CIIOID;GA;;;CO)",
            words: "the TermService account, SYSTEM and administrators write, users read (Windows 7; 8.1 and later add \
                    VmHostAgent and the Management Servers group)",
            certainty: Certainty::Measured,
        }),
        rules: &["RDSL-060", "RDSL-061", "RDSL-062", "RDSL-063", "RDSL-067"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES, sources::NO_LICENSE_SERVER, sources::EVENT_1003],
        ..KeyRow::BASE
    },
    KeyRow {
        id: "licensing-core",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core",
        versions: MODERN,
        what: "The local licensing mode of the host. It is the current place, not a legacy one.",
        windows: "Read when the host runs as a session host; a policy value overrides it. Present on clients too, with mode 1.",
        deleting: "The mode counts as not configured until it is set again.",
        security: Some(DefaultSecurity {
            sddl: "O:BAG:BAD:AI(A;;0x3003f;;;S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104)\
                   (A;CIIO;0x301ff;;;S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104)\
                   (A;;0x3003f;;;S-1-5-80-4130899010-3337817248-2959896732-3640118089-1866760602)\
                   (A;CIIO;0x301ff;;;S-1-5-80-4130899010-3337817248-2959896732-3640118089-1866760602)\
                   (A;ID;0x3003f;;;S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104)\
                   (A;CIIOID;0x301ff;;;S-1-5-80-446051430-1559341753-4161941529-1950928533-810483104)\
                   (A;ID;KR;;;BU)(A;CIIOID;GR;;;BU)(A;ID;KA;;;BA)(A;CIIOID;GA;;;BA)(A;ID;KA;;;SY)(A;CIIOID;GA;;;SY)\
                   (A;CIIOID;GA;;;CO)",
            words: "TermService, VmHostAgent, SYSTEM and administrators write, users read; an administrator can set the mode without a change of \
                    permissions (Windows 7)",
            certainty: Certainty::Measured,
        }),
        rules: &["RDSL-001", "RDSL-002", "RDSL-003", "RDSL-004", "RDSL-006", "RDSL-007", "RDSL-012"],
        sources: &[sources::UNATTEND_MODE, sources::MODE_WARNING, sources::HIVES],
        ..KeyRow::BASE
    },
    KeyRow {
        id: "grace-period",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod",
        versions: MODERN,
        what: "The grace record: when the 120 days without a license server end. It contains the expiry date, encrypted; \
               nothing in it counts down.",
        windows: "TermService writes it when the host first starts as a session host and no record exists, and reads it \
                  whenever no license is available. Once licenses are issued it is irrelevant.",
        deleting: "A new record is written at the next start of TermService or Windows. Microsoft does not publish this as a \
                   procedure; it hides the fault that prevents the host from receiving licenses, and leaves traces.",
        security: Some(DefaultSecurity {
            sddl: "O:NSG:NSD:(A;;KA;;;NS)(A;;KA;;;SY)",
            words: "owner NETWORK SERVICE; only NETWORK SERVICE and SYSTEM have access (as measured on the sibling key Secrets)",
            certainty: Certainty::Inferred,
        }),
        rules: &[
            "RDSL-040", "RDSL-041", "RDSL-042", "RDSL-043", "RDSL-044", "RDSL-045", "RDSL-046", "RDSL-047",
            "RDSL-048", "RDSL-050",
        ],
        certainty: Certainty::Code,
        sources: &[sources::TSTOOL, sources::RDS_LIC_CHK, sources::GRACE_DAYS, sources::FORUMS],
        ..KeyRow::BASE
    },
    KeyRow {
        id: "rcm-secrets",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Secrets",
        role: Role::Secret,
        versions: MODERN,
        what: "The private keys that belong to the host's licensing certificates, encrypted for this machine.",
        windows: "Only TermService (NETWORK SERVICE) and SYSTEM can open it.",
        deleting: "Do not delete it. The certificates beside it become useless; the repair is to restart TermService or reinstall the role.",
        security: Some(DefaultSecurity {
            sddl: "O:NSG:NSD:(A;;KA;;;NS)(A;;KA;;;SY)",
            words: "owner NETWORK SERVICE; only NETWORK SERVICE and SYSTEM have access (Windows 7 and 10)",
            certainty: Certainty::Measured,
        }),
        never_touch: true,
        rules: &["RDSL-066"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..KeyRow::BASE
    },
    KeyRow {
        id: "license-servers",
        path: r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers",
        versions: Versions::from(Generation::W2003),
        what: "The local license server list. Since 2008 R2 it is the value SpecifiedLicenseServers in this key; in 2003 each \
               server was a subkey.",
        windows: "The host contacts these servers in order, unless a policy names others. Do not rely on discovery from 2008 R2 on: \
                  Microsoft's texts contradict each other on whether it remains.",
        deleting: "The host has no license server until the list is set again or a policy provides one.",
        rules: &[
            "RDSL-020", "RDSL-021", "RDSL-022", "RDSL-023", "RDSL-024", "RDSL-025", "RDSL-026", "RDSL-027",
            "RDSL-028",
        ],
        sources: &[sources::SIXTY_MINUTES, sources::MODE_WARNING, sources::KB279561, sources::KB301932],
        ..KeyRow::BASE
    },
    KeyRow {
        id: "license-servers-key-form",
        path: r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers\SpecifiedLicenseServers",
        versions: Versions::from(Generation::W2012),
        what: "The list written as a separate key, as two Microsoft articles print the path; most likely an error.",
        windows: "Windows is known to read the value of that name one key higher. If both exist, they may differ.",
        deleting: "Harmless if the value form contains the list.",
        belongs: Some(
            r"value SpecifiedLicenseServers (REG_MULTI_SZ) in HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers",
        ),
        rules: &["RDSL-026"],
        sources: &[sources::SIXTY_MINUTES, sources::MODE_WARNING],
        ..KeyRow::BASE
    },
    KeyRow {
        id: "license-servers-2003",
        path: r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers\*",
        role: Role::Legacy,
        versions: Versions::between(Generation::W2003, Generation::W2008),
        what: "One subkey for each license server, named after it: the form of Windows Server 2003.",
        windows: "2003 contacts these servers before it discovers others. 2008 R2 and later read the value SpecifiedLicenseServers.",
        deleting: "On 2003 removes that server from the list; on 2008 R2 and later changes nothing.",
        belongs: Some(
            r"value SpecifiedLicenseServers (REG_MULTI_SZ) in HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers",
        ),
        rules: &["RDSL-027"],
        sources: &[sources::KB279561, sources::KB301932],
        ..KeyRow::BASE
    },
    KeyRow {
        id: "termservice",
        path: r"HKLM\SYSTEM\CurrentControlSet\Services\TermService",
        role: Role::Context,
        what: "The Remote Desktop Services service itself.",
        windows: "Start 3 is the default, 4 means disabled; ImagePath and ObjectName reveal a tampered service.",
        deleting: "Disables Remote Desktop. Never delete it.",
        certainty: Certainty::Measured,
        sources: &[sources::HIVES, sources::WINDOWS_REGISTRY],
        ..KeyRow::BASE
    },
    KeyRow {
        id: "termservice-parameters",
        path: r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters",
        what: "Parameters of the service. Before 2008 the host's licensing certificates are here; below it is the license \
               server list.",
        windows: "ServiceDll names the service's library. Certificates found here on 2008 and later are ignored remnants.",
        deleting: "Breaks Remote Desktop (ServiceDll). Never delete the whole key.",
        rules: &["RDSL-035", "RDSL-060", "RDSL-064"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES, sources::HIVE_XP, sources::KB329896],
        ..KeyRow::BASE
    },
    KeyRow {
        id: "licensing-core-2003",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\Licensing Core",
        role: Role::Legacy,
        versions: Versions::between(Generation::W2000, Generation::W2003),
        what: "The licensing mode of Windows 2000 and 2003, in the value PolicyAcOn. This is the legacy key, not the one below RCM.",
        windows: "2008 and later do not read it.",
        deleting: "On 2000 and 2003 the mode is lost; on 2008 and later nothing changes.",
        belongs: Some(
            r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core, value LicensingMode (2008 and later)",
        ),
        rules: &["RDSL-005", "RDSL-010"],
        sources: &[sources::KB834651, sources::HIVE_XP],
        ..KeyRow::BASE
    },
    KeyRow {
        id: "cluster-settings",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\ClusterSettings",
        role: Role::Context,
        versions: Versions::from(Generation::W2003),
        what: "How the host takes part in a farm with a connection broker.",
        windows: "A stale redirection address here causes failures that resemble licensing errors.",
        deleting: "The host leaves its farm.",
        rules: &["RDSL-156"],
        sources: &[sources::KB2844958],
        ..KeyRow::BASE
    },
    KeyRow {
        id: "rdp-tcp",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp",
        role: Role::Context,
        what: "The RDP listener: port, encryption level, security layer, the TLS certificate's thumbprint.",
        windows: "Read at each connection. It contains no licensing setting; a licensing mode here is not read.",
        deleting: "The host no longer listens for RDP.",
        rules: &["RDSL-011", "RDSL-151"],
        sources: &[sources::EVENT_1004],
        ..KeyRow::BASE
    },
];
