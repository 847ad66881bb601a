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
        effect: "Tells the product: 14393 Server 2016, 17763 Server 2019, 20348 Server 2022, 26100 Server 2025.",
        ..CONTEXT
    },
    ValueRow {
        id: "ubr",
        key: "current-version",
        name: "UBR",
        types: &[Dword],
        versions: Versions::from(Generation::W2012R2),
        what: "The update revision behind the build number.",
        effect: "Together with the build it tells which security fixes are in.",
        ..CONTEXT
    },
    ValueRow {
        id: "product-name",
        key: "current-version",
        name: "ProductName",
        types: &[Sz],
        what: "The marketing name of Windows.",
        effect: "On Windows 11 it still says Windows 10; trust the build.",
        ..CONTEXT
    },
    ValueRow {
        id: "edition-id",
        key: "current-version",
        name: "EditionID",
        types: &[Sz],
        versions: Versions::from(Generation::W2008),
        what: "The edition, such as ServerStandard, ServerDatacenter, Enterprise or ServerRdsh.",
        effect: "ServerRdsh is Windows 10 or 11 multi-session: it is licensed otherwise, and the rules for session hosts do not apply.",
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
        effect: "Tells a server from a client with the same build.",
        ..CONTEXT
    },
    ValueRow {
        id: "install-date",
        key: "current-version",
        name: "InstallDate",
        types: &[Dword],
        what: "When Windows was installed or last upgraded in place, in seconds since 1970.",
        effect: "A grace record much younger than this is worth a question.",
        rules: &["RDSL-047", "RDSL-049"],
        ..CONTEXT
    },
    ValueRow {
        id: "product-type",
        key: "product-options",
        name: "ProductType",
        types: &[Sz],
        what: "Client, server or domain controller.",
        effect: "Tells the three apart.",
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
        effect: "\"Terminal Server\" stands on clients too: it does not mean that the session-host role is installed.",
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
        effect: "A list that names the machine itself as license server is checked against it.",
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
        effect: "With the domain it makes the full name that license-server lists may carry.",
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
        what: "The Active Directory site found last.",
        effect: "Its presence says that the machine found a domain controller.",
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
        effect: "1 on a sealed image or in the middle of an upgrade.",
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
        what: "When an image was generalized with sysprep.",
        effect: "Present on machines that came from an image; Microsoft's own installation image carries it too.",
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
        effect: "Tells a golden image from a running machine.",
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
        what: "Whether the session-host role is installed.",
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
        what: "Whether the license-server role is installed.",
        effect: "1 means installed.",
        data: &[Datum::number(0, "not installed"), Datum::number(1, "installed")],
        rules: &["RDSL-023", "RDSL-100"],
        certainty: Certainty::Inferred,
        sources: &[sources::ROLE_SCRIPTS],
        ..CONTEXT
    },
];
