//! The registry paths that matter here, each named once.
//!
//! What each key is, and since when, is in [`crate::knowledge`].

use std::sync::LazyLock;

use snapshot::KeyPath;

macro_rules! places {
    ($($(#[$doc:meta])* $name:ident = $path:literal;)*) => {
        $($(#[$doc])*
        #[must_use]
        pub fn $name() -> KeyPath {
            static PATH: LazyLock<KeyPath> = LazyLock::new(|| KeyPath::hklm($path));
            PATH.clone()
        })*
    };
}

places! {
    /// Session host: general settings of Remote Desktop.
    terminal_server = r"SYSTEM\CurrentControlSet\Control\Terminal Server";
    /// Session host: the Remote Connection Manager, with certificates and the licensing subkeys.
    rcm = r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM";
    /// Session host, 2008 and later: holds `LicensingMode`.
    licensing_core = r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core";
    /// Session host: the grace record.
    grace_period = r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod";
    /// Session host: private keys. Presence only.
    rcm_secrets = r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Secrets";
    /// Session host, 2000 and 2003: holds `PolicyAcOn`.
    legacy_licensing_core = r"SYSTEM\CurrentControlSet\Control\Terminal Server\Licensing Core";
    /// Session host: redirection address of the session directory.
    cluster_settings = r"SYSTEM\CurrentControlSet\Control\Terminal Server\ClusterSettings";
    /// Session host: the RDP listener. `LicensingMode` here is never read.
    rdp_tcp = r"SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp";
    /// The Remote Desktop service.
    term_service = r"SYSTEM\CurrentControlSet\Services\TermService";
    /// Its parameters.
    term_service_parameters = r"SYSTEM\CurrentControlSet\Services\TermService\Parameters";
    /// The local list of license servers.
    license_servers = r"SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers";
    /// License server: the service.
    licensing_service = r"SYSTEM\CurrentControlSet\Services\TermServLicensing";
    /// License server: its parameters.
    licensing_service_parameters = r"SYSTEM\CurrentControlSet\Services\TermServLicensing\Parameters";
    /// License server: its own key.
    term_serv_licensing = r"SOFTWARE\Microsoft\TermServLicensing";
    /// Policy for session hosts and license servers.
    policy = r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services";
    /// Which policy objects delivered registry policy at the last refresh.
    policy_history =
        r"SOFTWARE\Microsoft\Windows\CurrentVersion\Group Policy\History\{35378EAC-683F-11D2-A89A-00C04FBBCFA2}";
    /// Client: the license store of 64-bit programs.
    client_store = r"SOFTWARE\Microsoft\MSLicensing";
    /// Client: the license store of 32-bit programs on 64-bit Windows.
    client_store_32 = r"SOFTWARE\WOW6432Node\Microsoft\MSLicensing";
    /// Version of Windows.
    current_version = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";
    /// Kind of Windows: client, member server, domain controller.
    product_options = r"SYSTEM\CurrentControlSet\Control\ProductOptions";
    /// Service pack, last shutdown.
    control_windows = r"SYSTEM\CurrentControlSet\Control\Windows";
    /// Computer name that is in force.
    active_computer_name = r"SYSTEM\CurrentControlSet\Control\ComputerName\ActiveComputerName";
    /// Computer name after the next start.
    computer_name = r"SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName";
    /// TCP/IP host and domain name.
    tcpip_parameters = r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters";
    /// One key for each network adapter, with its addresses.
    tcpip_interfaces = r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters\Interfaces";
    /// Entra join.
    cloud_domain_join = r"SYSTEM\CurrentControlSet\Control\CloudDomainJoin\JoinInfo";
    /// State of an installation: cloning, first start.
    setup = r"SYSTEM\Setup";
    /// How far an image is from its first start.
    image_state = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Setup\State";
    /// Which control set is current, and which the next start uses.
    select = r"SYSTEM\Select";
    /// Installed roles and features, one key each.
    server_components = r"SOFTWARE\Microsoft\ServerManager\ServicingStorage\ServerComponentCache";
    /// Scheduled tasks.
    scheduled_tasks = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tasks";
}

/// The keys that only licensing uses. A source without any of them says nothing about licensing.
#[must_use]
pub fn licensing() -> [KeyPath; 8] {
    [
        rcm(),
        legacy_licensing_core(),
        license_servers(),
        licensing_service(),
        term_serv_licensing(),
        policy(),
        client_store(),
        client_store_32(),
    ]
}

/// The key of a service or driver.
#[must_use]
pub fn service(name: &str) -> KeyPath {
    KeyPath::fixed_hklm(r"SYSTEM\CurrentControlSet\Services").join(name)
}

/// License stores that circulate on the web: no Windows has these keys.
#[must_use]
pub fn invented_stores() -> [KeyPath; 9] {
    [
        r"SYSTEM\CurrentControlSet\Services\TermServLicensing\Parameters\IssuedLicenses",
        r"SYSTEM\CurrentControlSet\Services\TermServLicensing\Parameters\LicenseKeyStore",
        r"SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseKeyStore",
        r"SYSTEM\CurrentControlSet\Control\Terminal Server\LicenseKeyStore",
        r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\LicenseKeyStore",
        r"SOFTWARE\Microsoft\TermServLicensing\LicenseKeyStore",
        r"SOFTWARE\Microsoft\LicenseKeyStore",
        r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\LicenseKeyStore",
        r"SOFTWARE\LicenseKeyStore",
    ]
    .map(KeyPath::fixed_hklm)
}

/// The keys whose own values are licensing settings: a name with an extra space is not read there.
#[must_use]
pub fn holding_settings() -> [KeyPath; 10] {
    [
        terminal_server(),
        rcm(),
        licensing_core(),
        legacy_licensing_core(),
        rdp_tcp(),
        term_service_parameters(),
        license_servers(),
        licensing_service_parameters(),
        policy(),
        term_serv_licensing(),
    ]
}
