use super::{Datum, ValueRow};
use crate::knowledge::{
    Certainty, Generation, Role,
    ValueType::{Binary, Dword, ExpandSz, MultiSz, Sz},
    Versions, sources,
};

const MODERN: Versions = Versions::from(Generation::W2008);

const CERTIFICATE: ValueRow =
    ValueRow { types: &[Binary], rules: &["RDSL-060", "RDSL-062", "RDSL-063", "RDSL-065"], ..ValueRow::BASE };

pub(super) const VALUES: &[ValueRow] = &[
    ValueRow {
        id: "licensing-mode",
        key: "licensing-core",
        name: "LicensingMode",
        types: &[Dword],
        versions: MODERN,
        what: "The host's own licensing mode.",
        effect: "Says which kind of CAL the host asks for. Ignored unless the session-host role is installed, and overridden by the \
                 policy value of the same name. Any other number counts as misconfigured. Set it through WMI (ChangeMode) or Server \
                 Manager where you can: they check it.",
        data: &[
            Datum::number(0, "personal, or invalid"),
            Datum::number(
                1,
                "remote desktop for administration: two sessions, no CALs (the default without the role)",
            ),
            Datum::number(2, "Per Device"),
            Datum::number(4, "Per User"),
            Datum::number(5, "not configured"),
            Datum::number(6, "Entra (AAD) Per User, on multi-session Windows"),
        ],
        rules: &[
            "RDSL-001", "RDSL-002", "RDSL-003", "RDSL-004", "RDSL-006", "RDSL-007", "RDSL-012", "RDSL-013",
            "RDSL-014",
        ],
        sources: &[sources::UNATTEND_MODE, sources::MODE_WARNING, sources::CHANGE_MODE, sources::HIVES],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "policy-ac-on",
        key: "licensing-core-2003",
        name: "PolicyAcOn",
        types: &[Dword],
        role: Role::Legacy,
        versions: Versions::between(Generation::W2000, Generation::W2003),
        what: "The licensing mode of Windows 2000 and 2003.",
        effect: "Becomes 0 on 2003 when a Windows component is added or removed; then only temporary licenses are handed out. Set it \
                 back to 2 or 4, or choose the mode again.",
        data: &[
            Datum::number(0, "broken: only temporary licenses"),
            Datum::number(2, "Per Device"),
            Datum::number(4, "Per User"),
        ],
        belongs: Some(r"LicensingMode in Control\Terminal Server\RCM\Licensing Core (2008 and later)"),
        rules: &["RDSL-005", "RDSL-010"],
        sources: &[sources::KB834651],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "specified-license-servers",
        key: "license-servers",
        name: "SpecifiedLicenseServers",
        types: &[MultiSz],
        versions: Versions::from(Generation::W2008R2),
        what: "The host's own list of license servers, in order of preference.",
        effect: "Asked in order, unless the policy value LicenseServers names others. Blanks around a name, empty entries and names of \
                 servers that are gone make the host ask in vain. Set it through WMI (SetSpecifiedLicenseServerList) or Server Manager \
                 where you can.",
        rules: &[
            "RDSL-020", "RDSL-021", "RDSL-022", "RDSL-023", "RDSL-024", "RDSL-025", "RDSL-026", "RDSL-028",
            "RDSL-034", "RDSL-036",
        ],
        sources: &[sources::SIXTY_MINUTES, sources::MODE_WARNING, sources::TS_SETTING, sources::RDS_LIC_CHK],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "specified-license-servers-key-form",
        key: "license-servers-key-form",
        name: "SpecifiedLicenseServers",
        types: &[MultiSz],
        versions: Versions::from(Generation::W2012),
        what: "The list inside a key of its own name, as two Microsoft articles print it.",
        effect: "Probably a slip in the articles. Read it, but keep the list in the value one key higher.",
        belongs: Some(r"SpecifiedLicenseServers in Services\TermService\Parameters\LicenseServers"),
        rules: &["RDSL-026"],
        sources: &[sources::SIXTY_MINUTES, sources::MODE_WARNING],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "default-license-server",
        key: "termservice-parameters",
        name: "DefaultLicenseServer",
        types: &[Sz],
        role: Role::Legacy,
        versions: Versions::to(Generation::W2000),
        what: "The preferred license server of Windows 2000: one NetBIOS name.",
        effect: "2003 and later do not read it.",
        belongs: Some(
            r"SpecifiedLicenseServers in Services\TermService\Parameters\LicenseServers (2008 R2 and later)",
        ),
        rules: &["RDSL-035"],
        sources: &[sources::KB239107],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "grace-ended",
        key: "termservice-parameters",
        name: "LicensingGracePeriodEnded",
        versions: MODERN,
        what: "A mark that the grace period is over because the host received its first permanent license.",
        effect: "With it, zero grace days are the healthy state, not a fault.",
        rules: &["RDSL-050"],
        certainty: Certainty::Documented,
        sources: &[sources::GRACE_END],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "certificate",
        key: "rcm",
        name: "Certificate",
        versions: MODERN,
        what: "The host's licensing certificate in Microsoft's own format: 376 bytes with a 2048-bit key.",
        effect: "Sent to clients that get no X.509 chain. Its signature can be checked offline; a bad one makes clients fail. \
                 TermService makes a new one when the value is missing.",
        certainty: Certainty::Measured,
        sources: &[sources::RDP_CERTIFICATE, sources::HIVES, sources::EVENT_1003],
        ..CERTIFICATE
    },
    ValueRow {
        id: "certificate-old",
        key: "rcm",
        name: "CertificateOld",
        versions: MODERN,
        what: "The same with a 512-bit key, 184 bytes, kept for old peers.",
        effect: "Used only when Windows XP or 2003 takes part.",
        rules: &["RDSL-063"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES, sources::RDPELE],
        ..CERTIFICATE
    },
    ValueRow {
        id: "x509-certificate",
        key: "rcm",
        name: "X509 Certificate",
        versions: MODERN,
        what: "The certificate chain that a license server issued to this host.",
        effect: "Needed to issue client licenses. If it is missing although a license server is configured, the host has never \
                 spoken to one.",
        rules: &["RDSL-061", "RDSL-062", "RDSL-065"],
        sources: &[sources::NO_LICENSE_SERVER, sources::EVENT_1003, sources::RDP_X509, sources::RDS_LIC_CHK],
        ..CERTIFICATE
    },
    ValueRow {
        id: "x509-certificate2",
        key: "rcm",
        name: "X509 Certificate2",
        versions: MODERN,
        what: "A second chain, for newer clients.",
        effect: "Deleted and rebuilt together with the first.",
        rules: &["RDSL-061", "RDSL-062", "RDSL-065"],
        sources: &[sources::NO_LICENSE_SERVER, sources::EVENT_1003],
        ..CERTIFICATE
    },
    ValueRow {
        id: "x509-certificate-id",
        key: "rcm",
        name: "X509 Certificate ID",
        versions: MODERN,
        what: "The identifier that belongs to the chains.",
        effect: "Deleted and rebuilt together with them.",
        rules: &["RDSL-061", "RDSL-065"],
        sources: &[sources::NO_LICENSE_SERVER, sources::EVENT_1003],
        ..CERTIFICATE
    },
    ValueRow {
        id: "certificate-2003",
        key: "termservice-parameters",
        name: "Certificate",
        role: Role::Legacy,
        versions: Versions::to(Generation::W2003),
        what: "The host's licensing certificate in the place of 2000, XP and 2003.",
        effect: "On 2008 and later it is a remain and ignored.",
        belongs: Some(r"Certificate in Control\Terminal Server\RCM (2008 and later)"),
        rules: &["RDSL-060", "RDSL-064"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVE_XP, sources::KB329896, sources::SECURITY_ERROR],
        ..CERTIFICATE
    },
    ValueRow {
        id: "x509-certificate-2003",
        key: "termservice-parameters",
        name: "X509 Certificate*",
        role: Role::Legacy,
        versions: Versions::to(Generation::W2003),
        what: "The host's certificate chains and their identifier in the place of 2000, XP and 2003.",
        effect: "On 2008 and later they are remains and ignored.",
        belongs: Some(r"the same names in Control\Terminal Server\RCM (2008 and later)"),
        rules: &["RDSL-062", "RDSL-064"],
        sources: &[sources::KB329896, sources::SECURITY_ERROR],
        ..CERTIFICATE
    },
    ValueRow {
        id: "ts-features",
        key: "rcm",
        name: "TSFeatures",
        types: &[Dword],
        role: Role::Context,
        versions: Versions::between(Generation::W2008R2, Generation::W2008R2),
        what: "Seen as 0xFFFFFFFF on Windows 7; what it means is not known.",
        effect: "No effect on licensing is known.",
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "grace-record",
        key: "grace-period",
        name: "L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588",
        types: &[Binary],
        versions: MODERN,
        what: "The grace record: the end of the grace period as a time stamp, encrypted with this machine's own key (DPAPI).",
        effect: "Cannot be read offline without that key. Offline, its name, its envelope, its owner and the key's last write tell \
                 whether it is as Windows made it.",
        rules: &["RDSL-040", "RDSL-041", "RDSL-043", "RDSL-044", "RDSL-047"],
        certainty: Certainty::Code,
        sources: &[sources::TSTOOL, sources::RDS_LIC_CHK, sources::FORUMS],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "grace-record-beta",
        key: "grace-period",
        name: "L$GracePeriodTimeBomb_1320153D-8DA3-4e8e-B27B-0D888223A588",
        types: &[Binary],
        versions: MODERN,
        what: "The grace record under the name that pre-release builds use.",
        effect: "On a released build it says that something is odd.",
        rules: &["RDSL-045"],
        certainty: Certainty::Code,
        sources: &[sources::TSTOOL],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "hydra-key-512",
        key: "rcm-secrets",
        name: "L$HYDRAENCKEY_52d1ad03-4565-44f3-8bfd-bbb0591f4b9d",
        types: &[Binary],
        role: Role::Secret,
        versions: MODERN,
        what: "A private key of the host's licensing certificates, encrypted for this machine.",
        effect: "Only its presence is reported.",
        never_touch: true,
        rules: &["RDSL-066"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "hydra-key-2048",
        key: "rcm-secrets",
        name: "L$HYDRAENCKEY_28ada6da-d622-11d1-9cb9-00c04fb16e75",
        types: &[Binary],
        role: Role::Secret,
        versions: MODERN,
        what: "Another private key of the host's licensing certificates, encrypted for this machine.",
        effect: "Only its presence is reported.",
        never_touch: true,
        rules: &["RDSL-066"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "deny-connections",
        key: "terminal-server",
        name: "fDenyTSConnections",
        types: &[Dword],
        role: Role::Context,
        what: "Whether Remote Desktop is switched off.",
        effect: "With 1 nobody connects, whatever the licensing. A policy value of the same name overrides it.",
        data: &[Datum::number(0, "connections allowed"), Datum::number(1, "connections refused")],
        certainty: Certainty::Documented,
        sources: &[sources::WINDOWS_REGISTRY, sources::HIVES],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "ts-app-compat",
        key: "terminal-server",
        name: "TSAppCompat",
        types: &[Dword],
        role: Role::Legacy,
        versions: Versions::to(Generation::W2003),
        what: "Whether an old server runs as an application server.",
        effect: "Only an application server asks for CALs.",
        data: &[Datum::number(0, "remote administration"), Datum::number(1, "application server")],
        belongs: Some("the session-host role (2008 and later)"),
        certainty: Certainty::Reported,
        sources: &[sources::HIVE_XP, sources::FORUMS],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "ts-enabled",
        key: "terminal-server",
        name: "TSEnabled",
        types: &[Dword],
        role: Role::Legacy,
        versions: Versions::to(Generation::W2003),
        what: "Whether Terminal Services are installed, on 2000, XP and 2003.",
        effect: "Context only.",
        belongs: Some("the session-host role (2008 and later)"),
        certainty: Certainty::Measured,
        sources: &[sources::HIVE_XP],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "ts-user-enabled",
        key: "terminal-server",
        name: "TSUserEnabled",
        types: &[Dword],
        role: Role::Context,
        what: "An old switch of the application-server mode that newer Windows still carries.",
        effect: "Context only.",
        certainty: Certainty::Measured,
        sources: &[sources::HIVE_XP, sources::HIVES],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "product-version",
        key: "terminal-server",
        name: "ProductVersion",
        types: &[Sz],
        role: Role::Context,
        what: "A version of Terminal Services that has stood at 5.1 since Windows XP.",
        effect: "Says nothing about the Windows version.",
        certainty: Certainty::Measured,
        sources: &[sources::HIVES, sources::HIVE_XP],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "instance-id",
        key: "terminal-server",
        name: "InstanceID",
        types: &[Sz],
        role: Role::Context,
        what: "A random id of this installation's Remote Desktop Services.",
        effect: "Equal ids on several machines hint at a cloned image.",
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "redirection-ip",
        key: "cluster-settings",
        name: "SessionDirectoryRedirectionIP",
        types: &[Sz, MultiSz],
        role: Role::Context,
        what: "The address that a farm sends clients to.",
        effect: "A stale address gives failures that look like licensing.",
        rules: &["RDSL-156"],
        sources: &[sources::KB2844958],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "termservice-start",
        key: "termservice",
        name: "Start",
        types: &[Dword],
        role: Role::Context,
        what: "How the Remote Desktop service starts.",
        effect: "Disabled, it serves nobody and never writes a grace record.",
        data: &[
            Datum::number(2, "automatic"),
            Datum::number(3, "manual (the default)"),
            Datum::number(4, "disabled"),
        ],
        rules: &["RDSL-042"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES, sources::WINDOWS_REGISTRY],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "termservice-account",
        key: "termservice",
        name: "ObjectName",
        types: &[Sz],
        role: Role::Context,
        what: "The account that the service runs as.",
        effect: "NT Authority\\NetworkService since 2008; the grace record and the secrets belong to that account.",
        certainty: Certainty::Measured,
        sources: &[sources::HIVES, sources::HIVE_XP],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "termservice-image",
        key: "termservice",
        name: "ImagePath",
        types: &[ExpandSz],
        role: Role::Context,
        what: "The program of the service: svchost.",
        effect: "Another program here is a patch of Remote Desktop or worse.",
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "termservice-dll",
        key: "termservice-parameters",
        name: "ServiceDll",
        types: &[ExpandSz],
        role: Role::Context,
        what: "The library of the service: %SystemRoot%\\System32\\termsrv.dll.",
        effect: "Another library here is a wrapper that lifts session limits. Licensing results on such a machine mean little.",
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..ValueRow::BASE
    },
    ValueRow {
        id: "min-encryption",
        key: "rdp-tcp",
        name: "MinEncryptionLevel",
        types: &[Dword],
        role: Role::Context,
        what: "The least encryption that the listener accepts.",
        effect: "A level that the client cannot meet is one of the causes of event 1004.",
        data: &[
            Datum::number(1, "low"),
            Datum::number(2, "client compatible"),
            Datum::number(3, "high"),
            Datum::number(4, "FIPS"),
        ],
        rules: &["RDSL-151"],
        sources: &[sources::EVENT_1004, sources::WINDOWS_REGISTRY],
        ..ValueRow::BASE
    },
];
