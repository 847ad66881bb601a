use super::{Datum, ValueRow};
use crate::knowledge::{
    Certainty, Generation, MachineRole, Role,
    ValueType::{Binary, Dword, MultiSz, Sz},
    Versions, sources,
};

const CONTEXT: ValueRow = ValueRow {
    role: Role::Context,
    machine: MachineRole::Any,
    sources: &[sources::WINDOWS_REGISTRY],
    ..ValueRow::BASE
};

pub(super) const VALUES: &[ValueRow] = &[
    ValueRow {
        id: "select-current",
        key: "select",
        name: "Current",
        types: &[Dword],
        what: "The number of the current control set.",
        effect: "1 means ControlSet001.",
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..CONTEXT
    },
    ValueRow {
        id: "current-build",
        key: "current-version",
        name: "CurrentBuild",
        types: &[Sz],
        what: "The build number of Windows.",
        effect: "Identifies the product: 14393 Server 2016, 17763 Server 2019, 20348 Server 2022, 26100 Server 2025.",
        ..CONTEXT
    },
    ValueRow {
        id: "ubr",
        key: "current-version",
        name: "UBR",
        types: &[Dword],
        versions: Versions::from(Generation::W2012R2),
        what: "The update revision that follows the build number.",
        effect: "Together with the build it shows which security updates are installed.",
        ..CONTEXT
    },
    ValueRow {
        id: "product-name",
        key: "current-version",
        name: "ProductName",
        types: &[Sz],
        what: "The marketing name of Windows.",
        effect: "On Windows 11 it is still Windows 10; rely on the build.",
        ..CONTEXT
    },
    ValueRow {
        id: "edition-id",
        key: "current-version",
        name: "EditionID",
        types: &[Sz],
        versions: Versions::from(Generation::W2008),
        what: "The edition, such as ServerStandard, ServerDatacenter, Enterprise or ServerRdsh.",
        effect: "ServerRdsh is Windows 10 or 11 multi-session: it is licensed differently, and the rules for session hosts do not apply.",
        certainty: Certainty::Reported,
        sources: &[sources::MULTI_SESSION, sources::XA_CHECK],
        ..CONTEXT
    },
    ValueRow {
        id: "installation-type",
        key: "current-version",
        name: "InstallationType",
        types: &[Sz],
        versions: Versions::from(Generation::W2008),
        what: "Server, Server Core or Client.",
        effect: "Distinguishes a server from a client with the same build.",
        ..CONTEXT
    },
    ValueRow {
        id: "install-date",
        key: "current-version",
        name: "InstallDate",
        types: &[Dword],
        what: "When Windows was installed or last upgraded in place, in seconds since 1970.",
        effect: "A grace record that is much younger should be investigated.",
        rules: &["RDSL-047", "RDSL-049"],
        ..CONTEXT
    },
    ValueRow {
        id: "product-type",
        key: "product-options",
        name: "ProductType",
        types: &[Sz],
        what: "Client, server or domain controller.",
        effect: "Distinguishes the three.",
        data: &[
            Datum::text("WinNT", "client"),
            Datum::text("ServerNT", "server"),
            Datum::text("LanmanNT", "domain controller"),
        ],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES, sources::WINDOWS_REGISTRY],
        ..CONTEXT
    },
    ValueRow {
        id: "product-suite",
        key: "product-options",
        name: "ProductSuite",
        types: &[MultiSz],
        what: "The product suites, among them Terminal Server.",
        effect: "\"Terminal Server\" also occurs on clients; it does not mean that the session host role is installed.",
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..CONTEXT
    },
    ValueRow {
        id: "shutdown-time",
        key: "windows",
        name: "ShutdownTime",
        types: &[Binary],
        what: "When Windows was last shut down (FILETIME, UTC).",
        effect: "Helps to date a hive.",
        rules: &["RDSL-049"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..CONTEXT
    },
    ValueRow {
        id: "computer-name-value",
        key: "computer-name",
        name: "ComputerName",
        types: &[Sz],
        what: "The machine's NetBIOS name.",
        effect: "Used to detect a list that names the machine itself as a license server.",
        rules: &["RDSL-023"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..CONTEXT
    },
    ValueRow {
        id: "domain",
        key: "tcpip",
        name: "Domain",
        types: &[Sz],
        what: "The machine's primary DNS suffix.",
        effect: "Empty on most workgroup machines; per-user licensing needs a domain.",
        rules: &["RDSL-012"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..CONTEXT
    },
    ValueRow {
        id: "nv-domain",
        key: "tcpip",
        name: "NV Domain",
        types: &[Sz],
        what: "The DNS suffix from the next start on.",
        effect: "Absent or empty on workgroup machines.",
        rules: &["RDSL-012"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..CONTEXT
    },
    ValueRow {
        id: "hostname",
        key: "tcpip",
        name: "Hostname",
        types: &[Sz],
        what: "The machine's DNS host name.",
        effect: "Together with the domain it forms the full name that may occur in license server lists.",
        rules: &["RDSL-022", "RDSL-023"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..CONTEXT
    },
    ValueRow {
        id: "site-name",
        key: "netlogon",
        name: "DynamicSiteName",
        types: &[Sz],
        what: "The last Active Directory site found.",
        effect: "Its presence shows that the machine found a domain controller.",
        rules: &["RDSL-012"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..CONTEXT
    },
    ValueRow {
        id: "setup-in-progress",
        key: "setup",
        name: "SystemSetupInProgress",
        types: &[Dword],
        what: "Whether setup is running.",
        effect: "1 on a sealed image or during an upgrade.",
        data: &[Datum::number(0, "no"), Datum::number(1, "yes")],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..CONTEXT
    },
    ValueRow {
        id: "clone-tag",
        key: "setup",
        name: "CloneTag",
        types: &[MultiSz],
        what: "The time at which an image was generalized with Sysprep.",
        effect: "Present on machines that were created from an image; Microsoft's own installation image also contains it.",
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..CONTEXT
    },
    ValueRow {
        id: "image-state",
        key: "setup-state",
        name: "ImageState",
        types: &[Sz],
        versions: Versions::from(Generation::W2008),
        what: "Whether the image is complete or sealed.",
        effect: "Distinguishes a golden image from a running machine.",
        data: &[
            Datum::text("IMAGE_STATE_COMPLETE", "in use"),
            Datum::text("IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE", "sealed"),
            Datum::text("IMAGE_STATE_GENERALIZE_RESEAL_TO_AUDIT", "sealed to audit mode"),
        ],
        ..CONTEXT
    },
    ValueRow {
        id: "install-state-host",
        key: "role-host",
        name: "InstallState",
        types: &[Dword],
        machine: MachineRole::SessionHost,
        versions: Versions::from(Generation::W2012),
        what: "Whether the session host role is installed.",
        effect: "1 means installed.",
        data: &[Datum::number(0, "not installed"), Datum::number(1, "installed")],
        rules: &["RDSL-001", "RDSL-003"],
        certainty: Certainty::Code,
        sources: &[sources::ROLE_SCRIPTS],
        ..CONTEXT
    },
    ValueRow {
        id: "install-state-licensing",
        key: "role-licensing",
        name: "InstallState",
        types: &[Dword],
        machine: MachineRole::LicenseServer,
        versions: Versions::from(Generation::W2012),
        what: "Whether the license server role is installed.",
        effect: "1 means installed.",
        data: &[Datum::number(0, "not installed"), Datum::number(1, "installed")],
        rules: &["RDSL-023", "RDSL-100"],
        certainty: Certainty::Inferred,
        sources: &[sources::ROLE_SCRIPTS],
        ..CONTEXT
    },
];
