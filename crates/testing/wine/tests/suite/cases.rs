//! The machines that are tested under Wine, each as a test, and what the recipes are asked to do.

use anyhow::Result;

use crate::machines::check;

/// One machine.
pub(super) struct Case {
    /// Its registry as annotated text (crate `fixture`): a path below the root of the workspace.
    pub(super) file: &'static str,
    /// Rules that fire on the machine and not on its export, each with the reason.
    pub(super) more: &'static [(&'static str, &'static str)],
    /// Values that Wine exports differently from what it stores.
    pub(super) exported_differently: &'static [&'static str],
    /// Whether the recipes are tried on it.
    pub(super) is_repaired: bool,
    /// Keys that administrators may only read: a repair must take ownership, and restore the access list
    /// afterwards.
    pub(super) closed: &'static [&'static str],
    /// Recipes with another result on the machine than on its hives, each with the reason.
    pub(super) differing: &'static [(&'static str, &'static str)],
}

/// A recipe and its arguments.
pub(super) struct Request {
    pub(super) recipe: &'static str,
    pub(super) arguments: &'static [&'static str],
}

/// Every recipe.
pub(super) const REQUESTS: &[Request] = &[
    request("set-mode", &["per-device"]),
    request("tidy-servers", &[]),
    request("set-servers", &["a.contoso.example", "b.contoso.example"]),
    request("add-server", &["c.contoso.example"]),
    request("remove-server", &["rdls01.contoso.example", "--allow-empty"]),
    request("move-stray-settings", &["--remove-only"]),
    request("clear-subkeys", &[r"HKLM\SOFTWARE\Microsoft\MSLicensing\Store"]),
    request("clear-client", &["--all-licenses", "--also-hardware-id"]),
    request("reset-host-certificates", &["--reason", "a test"]),
    request("reset-grace", &["--reason", "lab"]),
    request("seal-image", &["--confirm-image"]),
    request("license-server-database", &["--move-to", r"D:\LServer"]),
    request("restore-security", &["rcm"]),
];

const fn request(recipe: &'static str, arguments: &'static [&'static str]) -> Request {
    Request { recipe, arguments }
}

/// Why a rule fires on the machine and not on its export.
const ABSENCE: &str = "the machine proves absence; its export does not";
const SECURITY: &str = "Wine sets access lists of its own; an export has none";

/// Why a recipe has another result on the machine.
const JUST_WRITTEN: &str = "importing a key sets its last-write time";
const OWN_SERVICE: &str = "Wine has a key of this service, which the hives lack";

const LOCKED: &[(&str, &str)] = &[("RDSL-046", SECURITY), ("RDSL-066", SECURITY), ("RDSL-067", SECURITY)];
const CLIENT: &[(&str, &str)] = &[("RDSL-067", SECURITY), ("RDSL-083", SECURITY)];

const fn case(file: &'static str, more: &'static [(&'static str, &'static str)]) -> Case {
    Case { file, more, exported_differently: &[], is_repaired: true, closed: &[], differing: &[] }
}

/// Makes each machine a test. The same texts are judged on Linux, as exports.
macro_rules! machines {
    ($($name:ident = $case:expr;)*) => {
        $(
            #[test]
            #[ignore = "needs rdscal.exe and Wine: cargo xtask windows test"]
            fn $name() -> Result<()> {
                const CASE: &Case = &$case;
                check(stringify!($name), CASE)
            }
        )*
    };
}

machines! {
    odd_values = Case {
        is_repaired: false,
        exported_differently: &["After the NUL", "Number of eight bytes", "Number of one byte"],
        ..case(
            "crates/testing/wine/tests/suite/odd-values.reg",
            &[("RDSL-066", SECURITY), ("RDSL-067", SECURITY), ("RDSL-083", SECURITY)],
        )
    };
    working_host = Case {
        differing: &[("reset-grace", JUST_WRITTEN)],
        ..case("crates/testing/generate/samples/rdsh01.reg", LOCKED)
    };
    locked_out_host = case("crates/testing/generate/samples/rdsh02.reg", LOCKED);
    conflicting_host = case("crates/testing/generate/samples/rdsh03.reg", LOCKED);
    license_server = Case {
        differing: &[("set-servers", OWN_SERVICE), ("add-server", OWN_SERVICE)],
        ..case("crates/testing/generate/samples/rdls01.reg", &[("RDSL-067", SECURITY)])
    };
    client_with_expired_license = case("crates/testing/generate/samples/pc-07.reg", CLIENT);
    cloned_client = case("crates/testing/generate/samples/pc-08.reg", CLIENT);
    golden_image = Case {
        differing: &[("reset-grace", JUST_WRITTEN)],
        ..case(
            "crates/testing/generate/samples/golden.reg",
            &[
                ("RDSL-034", ABSENCE),
                ("RDSL-046", SECURITY),
                ("RDSL-066", SECURITY),
                ("RDSL-067", SECURITY),
                ("RDSL-083", SECURITY),
            ],
        )
    };
    host_of_command_line_tests = Case {
        closed: &[
            r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core",
            r"SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers",
        ],
        ..case(
            "crates/app/rdscal/tests/cli/machines/host.reg",
            &[("RDSL-034", ABSENCE), ("RDSL-042", ABSENCE), ("RDSL-067", SECURITY)],
        )
    };
    host_without_mode = case(
        "crates/app/rdscal/tests/cli/machines/locked-out.reg",
        &[("RDSL-034", ABSENCE), ("RDSL-046", SECURITY), ("RDSL-067", SECURITY)],
    );
    client_of_command_line_tests = case("crates/app/rdscal/tests/cli/machines/client.reg", CLIENT);
}
