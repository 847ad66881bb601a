//! Places where settings are found and that no Windows reads them from.

use super::setting::Stray;

/// The name of the value that holds the local list.
pub(super) const SPECIFIED: &str = "SpecifiedLicenseServers";
/// The name of the policy's value.
pub(super) const POLICY: &str = "LicenseServers";

/// Keys that hold a list of servers in a value, and from which no Windows reads it: key, value, why.
pub(super) const SERVER_VALUES: [(&str, &str, Stray); 12] = [
    (r"SYSTEM\CurrentControlSet\Services\TermService\Parameters", SPECIFIED, Stray::OneKeyTooHigh),
    (r"SYSTEM\CurrentControlSet\Services\TermService\Parameters", POLICY, Stray::WrongKey),
    (r"SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers", POLICY, Stray::WrongKey),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core", POLICY, Stray::InLicensingCore),
    (
        r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core",
        SPECIFIED,
        Stray::InLicensingCore,
    ),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM", POLICY, Stray::WrongKey),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM", SPECIFIED, Stray::WrongKey),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server", POLICY, Stray::WrongKey),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server", SPECIFIED, Stray::WrongKey),
    (r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services", SPECIFIED, Stray::WrongKey),
    (
        r"SYSTEM\CurrentControlSet\Services\TermServices\Parameters",
        "DefaultLicenseServer",
        Stray::MisspeltKey,
    ),
    (r"SYSTEM\CurrentControlSet\Services\TermServices\Parameters", SPECIFIED, Stray::MisspeltKey),
];

/// Keys that hold a list in subkeys or values, and that no Windows reads.
pub(super) const SERVER_KEYS: [(&str, Stray); 8] = [
    (r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services\LicenseServers", Stray::WrongKey),
    (r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services\SpecifiedLicenseServers", Stray::WrongKey),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\LicenseServers", Stray::WrongKey),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\SpecifiedLicenseServers", Stray::WrongKey),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\LicenseServers", Stray::WrongKey),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\Computers\LicenseServers", Stray::WrongKey),
    (r"SYSTEM\CurrentControlSet\Services\TermService\Parameters\License", Stray::WrongKey),
    (r"SYSTEM\CurrentControlSet\Services\TermServices\Parameters\LicenseServers", Stray::MisspeltKey),
];

/// Keys that hold a licensing mode and from which no Windows reads it: key, value, why.
pub(super) const MODE: [(&str, &str, Stray); 9] = [
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server", "LicensingMode", Stray::WrongKey),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM", "LicensingMode", Stray::WrongKey),
    (
        r"SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp",
        "LicensingMode",
        Stray::WrongKey,
    ),
    (
        r"SYSTEM\CurrentControlSet\Control\Terminal Server\RDPCoreTS\Licensing",
        "LicensingMode",
        Stray::WrongKey,
    ),
    (r"SYSTEM\CurrentControlSet\Services\TermService\Parameters", "LicensingMode", Stray::WrongKey),
    (r"SYSTEM\CurrentControlSet\Services\TermService\Parameters\License", "LicensingMode", Stray::WrongKey),
    (r"SYSTEM\CurrentControlSet\Control\Terminal Server\Licensing Core", "LicensingMode", Stray::WrongKey),
    (
        r"SYSTEM\CurrentControlSet\Control\TerminalServer\RCM\Licensing Core",
        "LicensingMode",
        Stray::MisspeltKey,
    ),
    (r"SYSTEM\CurrentControlSet\Control\TerminalServer\Licensing Core", "PolicyAcOn", Stray::MisspeltKey),
];

/// Keys of no Windows that exist only to hold such settings, subkeys first. A repair removes them when they
/// are empty.
pub const INVENTED_KEYS: [&str; 9] = [
    r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\LicenseServers",
    r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\SpecifiedLicenseServers",
    r"SYSTEM\CurrentControlSet\Control\Terminal Server\LicenseServers",
    r"SYSTEM\CurrentControlSet\Control\Terminal Server\Computers\LicenseServers",
    r"SYSTEM\CurrentControlSet\Control\Terminal Server\Computers",
    r"SYSTEM\CurrentControlSet\Control\Terminal Server\RDPCoreTS\Licensing",
    r"SYSTEM\CurrentControlSet\Services\TermService\Parameters\License",
    MISSPELT_SERVICE,
    r"SYSTEM\CurrentControlSet\Control\TerminalServer",
];

/// The misspelt key of the service.
pub const MISSPELT_SERVICE: &str = r"SYSTEM\CurrentControlSet\Services\TermServices";
