//! The arguments of each recipe for tests on a whole machine. Each recipe must produce a change.

use repair::Arguments;

/// One entry per recipe; `security` names the keys whose security is restored.
pub fn asked(security: &str) -> Vec<(&'static str, Arguments)> {
    let none = Arguments::default;
    let store = r"HKLM\SOFTWARE\Microsoft\MSLicensing\Store";
    vec![
        ("set-mode", none().with("mode", "per-device")),
        ("tidy-servers", none()),
        ("set-servers", none().with("servers", "a.contoso.example").with("servers", "b.contoso.example")),
        ("add-server", none().with("servers", "c.contoso.example")),
        ("remove-server", none().with("servers", "srv1.contoso.example").with_flag("allow-empty")),
        ("move-stray-settings", none().with_flag("remove-only")),
        ("clear-subkeys", none().with("key", store)),
        ("clear-client", none().with_flag("also-hardware-id")),
        ("reset-host-certificates", none().with("reason", "a test")),
        ("reset-grace", none().with("reason", "lab")),
        ("seal-image", none().with_flag("confirm-image")),
        ("license-server-database", none().with("move-to", r"D:\LServer")),
        ("restore-security", none().with("key", security)),
    ]
}

/// A client's license store with an invalid license, in the syntax of `.reg` files (licensing.md 3.1).
pub const STORE: &str = r#"
[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\MSLicensing\HardwareID]
"ClientHWID"=hex:02,00,00,00,f1,59,87,3e,c9,d8,98,af,24,02,f8,f3,2a,c8,7d,1c

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000]
"ClientLicense"=hex:30,03,02,01,00
"CompanyName"=hex:4d,00,00,00
"LicenseScope"=hex:6d,00
"ProductID"=hex:41,00,00,00
"#;
