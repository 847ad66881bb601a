//! The subtrees of a registry that a snapshot must hold: all that the rules and the folklore checks look at,
//! and no more.
//!
//! `CurrentControlSet` stands for the current control set. Selectors may overlap; where they do,
//! [`Depth::Presence`] wins, so that a tree that holds a secret below it can be named as a whole. A key that
//! is captured at all is captured with its name, security descriptor and last-write time.

pub use snapshot::Depth;

/// A part of the registry to capture.
#[derive(Debug, Clone, Copy)]
pub struct Selector {
    /// Full path; a `*` matches any run of characters in one component.
    pub path: &'static str,
    /// How much.
    pub depth: Depth,
    /// Values that are left out, by name: secrets among harmless values, and bulk that no rule reads. Their
    /// presence is noted as with [`Depth::Presence`].
    pub omit: &'static [&'static str],
    /// Reading it may touch hundreds of pages; a quick look may leave it out.
    pub costly: bool,
    /// Why it is captured.
    pub why: &'static str,
}

const fn tree(path: &'static str, why: &'static str) -> Selector {
    Selector { path, depth: Depth::Tree, omit: &[], costly: false, why }
}

const fn values(path: &'static str, why: &'static str) -> Selector {
    Selector { path, depth: Depth::Values, omit: &[], costly: false, why }
}

const fn presence(path: &'static str, why: &'static str) -> Selector {
    Selector { path, depth: Depth::Presence, omit: &[], costly: false, why }
}

const fn without(selector: Selector, omit: &'static [&'static str]) -> Selector {
    Selector { omit, ..selector }
}

/// Everything that is captured, by hive.
pub const SELECTORS: &[Selector] = &[
    // SYSTEM: which control set, who this is.
    values(r"HKLM\SYSTEM\Select", "the number of the current control set"),
    without(
        values(r"HKLM\SYSTEM\Setup", "sealed image or running machine"),
        &["CmdLine", "RespecializeCmdLine"],
    ),
    without(
        values(
            r"HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions",
            "server, domain controller or client",
        ),
        &["ProductPolicy"],
    ),
    values(r"HKLM\SYSTEM\CurrentControlSet\Control\Windows", "last shutdown, to date a hive"),
    tree(r"HKLM\SYSTEM\CurrentControlSet\Control\ComputerName", "the machine's name"),
    values(r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters", "host name and domain"),
    tree(
        r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces",
        "the machine's addresses, to detect a stale redirection address",
    ),
    values(r"HKLM\SYSTEM\CurrentControlSet\Services\Netlogon\Parameters", "domain membership"),
    tree(r"HKLM\SYSTEM\CurrentControlSet\Control\CloudDomainJoin\JoinInfo", "Entra join"),
    // SYSTEM: session host.
    values(
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server",
        "whether connections are allowed; settings in the wrong place",
    ),
    tree(
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM",
        "mode, certificates, grace record; invented keys",
    ),
    presence(
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Secrets",
        "private keys: presence and owner only",
    ),
    tree(r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\Licensing Core", "mode of 2000 and 2003"),
    tree(
        r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\ClusterSettings",
        "stale redirection address",
    ),
    tree(r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\Computers", "invented key"),
    tree(r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\LicenseServers", "invented key"),
    tree(r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\LicenseKeyStore", "invented key"),
    tree(r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RDPCoreTS", "invented key"),
    without(
        values(
            r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp",
            "encryption level; mode in the wrong place",
        ),
        &["Password"],
    ),
    tree(r"HKLM\SYSTEM\CurrentControlSet\Control\TerminalServer", "misspelt key"),
    values(r"HKLM\SYSTEM\CurrentControlSet\Services\TermService", "the service: start, account, program"),
    tree(
        r"HKLM\SYSTEM\CurrentControlSet\Services\TermService\Parameters",
        "server list; certificates of old hosts; invented keys",
    ),
    tree(r"HKLM\SYSTEM\CurrentControlSet\Services\TermServices", "misspelt key"),
    // SYSTEM: license server.
    values(r"HKLM\SYSTEM\CurrentControlSet\Services\TermServLicensing", "the licensing service"),
    tree(
        r"HKLM\SYSTEM\CurrentControlSet\Services\TermServLicensing\Parameters",
        "its settings; invented keys",
    ),
    // SYSTEM: write filters of thin clients.
    tree(r"HKLM\SYSTEM\CurrentControlSet\Services\uwf", "write filter"),
    tree(r"HKLM\SYSTEM\CurrentControlSet\Services\uwfreg", "write filter, registry part"),
    tree(r"HKLM\SYSTEM\CurrentControlSet\Services\uwfvol", "write filter, volume part"),
    values(r"HKLM\SYSTEM\CurrentControlSet\Services\uwfs", "write filter"),
    values(
        r"HKLM\SYSTEM\CurrentControlSet\Services\UwfServcingSvc",
        "write filter, servicing, as some releases spell it",
    ),
    values(r"HKLM\SYSTEM\CurrentControlSet\Services\UwfServicingSvc", "write filter, servicing"),
    tree(r"HKLM\SYSTEM\CurrentControlSet\Services\FBWF", "write filter of Windows Embedded"),
    tree(r"HKLM\SYSTEM\CurrentControlSet\Services\EWF", "write filter of Windows Embedded"),
    tree(r"HKLM\SYSTEM\CurrentControlSet\Services\RegFilter", "keys that survive a write filter"),
    // SOFTWARE.
    without(
        values(
            r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion",
            "product, build, revision, date of installation",
        ),
        &["DigitalProductId", "DigitalProductId4", "ProductId", "RegisteredOwner", "RegisteredOrganization"],
    ),
    values(r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State", "sealed image or running machine"),
    tree(r"HKLM\SOFTWARE\Microsoft\MSLicensing", "the client's license store"),
    tree(r"HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing", "the 32-bit client's license store"),
    tree(r"HKLM\SOFTWARE\Microsoft\TermServLicensing", "license server data; RunAsRTM; invented keys"),
    tree(r"HKLM\SOFTWARE\WOW6432Node\Microsoft\TermServLicensing", "misplaced copy"),
    tree(
        r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services",
        "policy, which overrides local settings",
    ),
    tree(
        r"HKLM\SOFTWARE\WOW6432Node\Policies\Microsoft\Windows NT\Terminal Services",
        "policy in a place that is not read",
    ),
    values(
        r"HKLM\SOFTWARE\Microsoft\ServerManager\ServicingStorage\ServerComponentCache\RDS-RD-Server",
        "session-host role",
    ),
    values(
        r"HKLM\SOFTWARE\Microsoft\ServerManager\ServicingStorage\ServerComponentCache\RDS-Licensing",
        "license-server role",
    ),
    values(
        r"HKLM\SOFTWARE\Microsoft\ServerManager\ServicingStorage\ServerComponentCache\RDS-Connection-Broker",
        "broker role",
    ),
    values(
        r"HKLM\SOFTWARE\Microsoft\ServerManager\ServicingStorage\ServerComponentCache\RDS-Virtualization",
        "VDI role",
    ),
    values(
        r"HKLM\SOFTWARE\Microsoft\ServerManager\ServicingStorage\ServerComponentCache\RDS-Gateway",
        "gateway role",
    ),
    values(
        r"HKLM\SOFTWARE\Microsoft\ServerManager\ServicingStorage\ServerComponentCache\RDS-Web-Access",
        "web-access role",
    ),
    tree(r"HKLM\SOFTWARE\Microsoft\LicenseKeyStore", "invented key"),
    tree(r"HKLM\SOFTWARE\LicenseKeyStore", "invented key"),
    tree(r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\LicenseKeyStore", "invented key"),
    tree(
        r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\History\{35378EAC-683F-11D2-A89A-00C04FBBCFA2}",
        "names of the GPOs that a policy value may come from",
    ),
    Selector {
        path: r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tasks",
        depth: Depth::Matching("GracePeriod"),
        omit: &[],
        costly: true,
        why: "scheduled resets of the grace period",
    },
    // SECURITY: names only. Patterns here name LSA secrets; their data is never read.
    presence(
        r"HKLM\SECURITY\Policy\Secrets\L$RTMTIMEBOMB_*",
        "grace record of 2003 and earlier: presence only",
    ),
    presence(
        r"HKLM\SECURITY\Policy\Secrets\L$GracePeriodTimeBomb_*",
        "pre-release grace record: presence only",
    ),
    presence(r"HKLM\SECURITY\Policy\Secrets\L$HYDRAENCKEY_*", "private keys of old hosts: presence only"),
    presence(r"HKLM\SECURITY\Policy\Secrets\L$TermServLic*", "identity of a license server: presence only"),
];

/// What is captured to identify the machine and changes for other reasons: `watch` does not report it.
const CONTEXT: &[&str] = &[
    r"HKLM\SYSTEM\Select",
    r"HKLM\SYSTEM\Setup",
    r"HKLM\SYSTEM\CurrentControlSet\Control\ProductOptions",
    r"HKLM\SYSTEM\CurrentControlSet\Control\Windows",
    r"HKLM\SYSTEM\CurrentControlSet\Control\ComputerName",
    r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters",
    r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces",
    r"HKLM\SYSTEM\CurrentControlSet\Services\Netlogon\Parameters",
    r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion",
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State",
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\History\{35378EAC-683F-11D2-A89A-00C04FBBCFA2}",
];

/// The selectors whose changes are changes of licensing.
#[must_use]
pub fn watched() -> Vec<snapshot::Selector> {
    SELECTORS
        .iter()
        .filter(|selector| !selector.costly && !CONTEXT.contains(&selector.path))
        .map(|&Selector { path, depth, omit, .. }| snapshot::Selector { path, depth, omit })
        .collect()
}

/// The selectors as a source takes them.
#[must_use]
pub fn scope() -> Vec<snapshot::Selector> {
    SELECTORS
        .iter()
        .map(|&Selector { path, depth, omit, .. }| snapshot::Selector { path, depth, omit })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_watched_is_captured() {
        for path in CONTEXT {
            assert!(SELECTORS.iter().any(|selector| selector.path == *path), "{path}");
        }
        assert!(watched().len() > SELECTORS.len() / 2);
    }
}
