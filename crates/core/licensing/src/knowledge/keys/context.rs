use super::KeyRow;
use crate::knowledge::{Certainty, Generation, MachineRole, Role, Versions, sources};

const CONTEXT: KeyRow = KeyRow {
    role: Role::Context,
    machine: MachineRole::Any,
    deleting: "Damages Windows. Never delete it.",
    sources: &[sources::WINDOWS_REGISTRY],
    ..KeyRow::BASE
};

pub(super) const KEYS: &[KeyRow] = &[
    KeyRow {
        id: "select",
        path: r"HKLM\SYSTEM\Select",
        what: "The number of the current control set.",
        windows: "In a hive on disk there is no CurrentControlSet; Current names it. Default and LastKnownGood may differ.",
        rules: &["RDSL-160"],
        ..CONTEXT
    },
    KeyRow {
        id: "current-version",
        path: r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion",
        what: "Product name, build, revision and installation date.",
        windows: "CurrentBuild and UBR show the patch level; InstallationType distinguishes server and client.",
        rules: &["RDSL-047", "RDSL-049", "RDSL-051", "RDSL-124"],
        ..CONTEXT
    },
    KeyRow {
        id: "product-options",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions",
        what: "Server, domain controller or client, and the product suites.",
        windows: "ProductType: WinNT client, ServerNT server, LanmanNT domain controller.",
        rules: &["RDSL-114"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES, sources::WINDOWS_REGISTRY],
        ..CONTEXT
    },
    KeyRow {
        id: "windows",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\Windows",
        what: "System directory, service pack, time of the last shutdown.",
        windows: "ShutdownTime helps to date a hive.",
        rules: &["RDSL-049"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..CONTEXT
    },
    KeyRow {
        id: "computer-name",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\ComputerName\*",
        what: "The machine's NetBIOS name.",
        windows: "ComputerName\\ComputerName contains the name from the next start on, ActiveComputerName the one in use.",
        rules: &["RDSL-022", "RDSL-023"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..CONTEXT
    },
    KeyRow {
        id: "tcpip",
        path: r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters",
        what: "Host name and DNS domain.",
        windows: "A joined machine usually has its domain in Domain or NV Domain; an empty value suggests a workgroup.",
        rules: &["RDSL-012", "RDSL-022", "RDSL-023"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..CONTEXT
    },
    KeyRow {
        id: "netlogon",
        path: r"HKLM\SYSTEM\CurrentControlSet\Services\Netlogon\Parameters",
        what: "Domain data of a joined machine, such as the last site found.",
        windows: "DynamicSiteName is written on machines that found a domain controller.",
        rules: &["RDSL-012"],
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..CONTEXT
    },
    KeyRow {
        id: "cloud-join",
        path: r"HKLM\SYSTEM\CurrentControlSet\Control\CloudDomainJoin\JoinInfo",
        versions: Versions::from(Generation::W2016),
        what: "Whether the machine is joined to Microsoft Entra ID: one subkey for each join.",
        windows: "Written when the machine joins.",
        deleting: "Breaks the join.",
        rules: &["RDSL-009"],
        certainty: Certainty::Reported,
        sources: &[sources::FORUMS, sources::WINDOWS_REGISTRY],
        ..CONTEXT
    },
    KeyRow {
        id: "setup",
        path: r"HKLM\SYSTEM\Setup",
        what: "Whether Windows setup is running, and how the machine was cloned.",
        windows: "SystemSetupInProgress and CloneTag show that an image was sealed with Sysprep.",
        certainty: Certainty::Measured,
        sources: &[sources::HIVES],
        ..CONTEXT
    },
    KeyRow {
        id: "setup-state",
        path: r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State",
        versions: Versions::from(Generation::W2008),
        what: "The state of the image: sealed, or in use.",
        windows: "ImageState is IMAGE_STATE_COMPLETE on a running machine, a GENERALIZE state on a sealed image.",
        ..CONTEXT
    },
    KeyRow {
        id: "role-host",
        path: r"HKLM\SOFTWARE\Microsoft\ServerManager\ServicingStorage\ServerComponentCache\RDS-RD-Server",
        machine: MachineRole::SessionHost,
        versions: Versions::from(Generation::W2012),
        what: "Server Manager's record of the session host role.",
        windows: "InstallState 1 means installed.",
        deleting: "Server Manager creates it again.",
        rules: &["RDSL-001", "RDSL-003", "RDSL-047"],
        certainty: Certainty::Code,
        sources: &[sources::ROLE_SCRIPTS],
        ..CONTEXT
    },
    KeyRow {
        id: "role-licensing",
        path: r"HKLM\SOFTWARE\Microsoft\ServerManager\ServicingStorage\ServerComponentCache\RDS-Licensing",
        machine: MachineRole::LicenseServer,
        versions: Versions::from(Generation::W2012),
        what: "Server Manager's record of the license server role.",
        windows: "As for the session host role.",
        deleting: "Server Manager creates it again.",
        rules: &["RDSL-023", "RDSL-100"],
        certainty: Certainty::Inferred,
        sources: &[sources::ROLE_SCRIPTS],
        ..CONTEXT
    },
    KeyRow {
        id: "uwf",
        path: r"HKLM\SYSTEM\CurrentControlSet\Services\uwf*",
        machine: MachineRole::Client,
        versions: Versions::from(Generation::W2012),
        what: "The Unified Write Filter, which discards changes to the registry at the next start unless they are excluded.",
        windows: "Its option PersistTSCAL keeps MSLicensing across restarts and is on by default; how it is stored is not documented.",
        deleting: "Breaks the filter.",
        rules: &["RDSL-087"],
        certainty: Certainty::Documented,
        sources: &[sources::UWF],
        ..CONTEXT
    },
    KeyRow {
        id: "fbwf",
        path: r"HKLM\SYSTEM\CurrentControlSet\Services\FBWF",
        machine: MachineRole::Client,
        versions: Versions::to(Generation::W2012R2),
        what: "The File-Based Write Filter of Windows Embedded.",
        windows: "Without the Registry Filter, the stored CAL is lost at each restart and a new one is consumed.",
        deleting: "Breaks the filter.",
        rules: &["RDSL-087"],
        sources: &[sources::REGISTRY_FILTER],
        ..CONTEXT
    },
    KeyRow {
        id: "ewf",
        path: r"HKLM\SYSTEM\CurrentControlSet\Services\EWF",
        machine: MachineRole::Client,
        versions: Versions::to(Generation::W2012R2),
        what: "The Enhanced Write Filter of Windows Embedded.",
        windows: "As for the File-Based Write Filter.",
        deleting: "Breaks the filter.",
        rules: &["RDSL-087"],
        sources: &[sources::REGISTRY_FILTER],
        ..CONTEXT
    },
    KeyRow {
        id: "regfilter",
        path: r"HKLM\SYSTEM\CurrentControlSet\Services\RegFilter\Parameters\MonitoredKeys",
        machine: MachineRole::Client,
        versions: Versions::to(Generation::W2012R2),
        what: "The keys that the Registry Filter preserves despite a write filter; one entry is for MSLicensing.",
        windows: "Each subkey names a key by ClassKey and RelativeKeyName. Without the MSLicensing entry CALs are lost at restart.",
        deleting: "The keys named in it are lost at each restart.",
        rules: &["RDSL-087"],
        certainty: Certainty::Reported,
        sources: &[sources::VERBOON, sources::REGISTRY_FILTER],
        ..CONTEXT
    },
    KeyRow {
        id: "task-cache",
        path: r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tasks\*",
        versions: Versions::from(Generation::W2008),
        what: "Scheduled tasks, with their actions as binary data.",
        windows: "An action that mentions GracePeriod is a scheduled reset.",
        deleting: "Makes the scheduler's data for that task inconsistent; remove the task instead.",
        rules: &["RDSL-048"],
        certainty: Certainty::Reported,
        sources: &[sources::FORUMS, sources::RESETTERS],
        ..CONTEXT
    },
];
