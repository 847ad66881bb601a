//! The machines that are tried under Wine.

/// One machine.
pub(super) struct Case {
    pub(super) name: &'static str,
    /// Its registry, as annotated text (crate `fixture`), below the root of the workspace.
    pub(super) file: &'static str,
    /// Rules that fire on the machine and not on its export, and why that is right.
    pub(super) more: &'static [(&'static str, &'static str)],
    /// Values that Wine exports otherwise than it holds them.
    pub(super) exported_otherwise: &'static [&'static str],
    /// Whether it is a machine that recipes mean something to.
    pub(super) is_repaired: bool,
    /// Keys that let administrators read, and nobody but the system change anything: repairs must open them up, and close them again.
    pub(super) closed: &'static [&'static str],
    /// Recipes that say otherwise of the machine than of its hives, and why that is right.
    pub(super) otherwise: &'static [(&'static str, &'static str)],
}

/// What is asked of a machine.
pub(super) struct Asked {
    pub(super) recipe: &'static str,
    pub(super) arguments: &'static [&'static str],
}

/// Every recipe, with what it is asked.
pub(super) const ASKED: &[Asked] = &[
    asked("set-mode", &["per-device"]),
    asked("tidy-servers", &[]),
    asked("set-servers", &["a.contoso.example", "b.contoso.example"]),
    asked("add-server", &["c.contoso.example"]),
    asked("remove-server", &["rdls01.contoso.example", "--allow-empty"]),
    asked("move-stray-settings", &["--remove-only"]),
    asked("clear-subkeys", &[r"HKLM\SOFTWARE\Microsoft\MSLicensing\Store"]),
    asked("clear-client", &["--all-licenses", "--also-hardware-id"]),
    asked("reset-host-certificates", &["--reason", "a test"]),
    asked("reset-grace", &["--reason", "lab"]),
    asked("seal-image", &["--confirm-image"]),
    asked("license-server-database", &["--move-to", r"D:\LServer"]),
    asked("restore-security", &["rcm"]),
];

const fn asked(recipe: &'static str, arguments: &'static [&'static str]) -> Asked {
    Asked { recipe, arguments }
}

/// Why a rule fires on the machine alone.
const ABSENCE: &str = "the machine proves that what its export does not hold is not there";
const SECURITY: &str = "Wine gives keys access lists of its own; an export has none";

/// Why a recipe says otherwise of the machine.
const JUST_WRITTEN: &str =
    "a key that was imported was written just now, and no import says when it was written before";
const OWN_SERVICE: &str = "Wine has a key of this service, which the hives do not have";

const fn case(name: &'static str, file: &'static str, more: &'static [(&'static str, &'static str)]) -> Case {
    Case { name, file, more, exported_otherwise: &[], is_repaired: true, closed: &[], otherwise: &[] }
}

/// The table. The same texts are judged on Linux, as exports.
pub(super) const CASES: &[Case] = &[
    Case {
        is_repaired: false,
        exported_otherwise: &["After the NUL", "Number of eight bytes", "Number of one byte"],
        ..case("odd values", "xtask/src/windows/odd-values.reg", ODD)
    },
    Case {
        otherwise: &[("reset-grace", JUST_WRITTEN)],
        ..case("a host that works", "xtask/samples/rdsh01.reg", LOCKED)
    },
    case(
        "a host that locked everybody out",
        "xtask/samples/rdsh02.reg",
        &[
            ("RDSL-001", ABSENCE),
            ("RDSL-020", ABSENCE),
            ("RDSL-046", SECURITY),
            ("RDSL-066", SECURITY),
            ("RDSL-067", SECURITY),
        ],
    ),
    case("a host of two minds", "xtask/samples/rdsh03.reg", LOCKED),
    Case {
        otherwise: &[("set-servers", OWN_SERVICE), ("add-server", OWN_SERVICE)],
        ..case("a license server", "xtask/samples/rdls01.reg", &[("RDSL-067", SECURITY)])
    },
    case("a client with an expired license", "xtask/samples/pc-07.reg", CLIENT),
    case("a cloned client", "xtask/samples/pc-08.reg", CLIENT),
    Case {
        otherwise: &[("reset-grace", JUST_WRITTEN)],
        ..case(
            "a golden image",
            "xtask/samples/golden.reg",
            &[
                ("RDSL-034", ABSENCE),
                ("RDSL-046", SECURITY),
                ("RDSL-066", SECURITY),
                ("RDSL-067", SECURITY),
                ("RDSL-083", SECURITY),
            ],
        )
    },
    Case {
        closed: &[
            r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core",
            r"SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers",
        ],
        ..case(
            "a host, as the program's tests have it",
            "crates/app/rdscal/tests/cli/machines/host.reg",
            &[("RDSL-034", ABSENCE), ("RDSL-042", ABSENCE), ("RDSL-067", SECURITY)],
        )
    },
    case(
        "a host without a mode",
        "crates/app/rdscal/tests/cli/machines/locked-out.reg",
        &[("RDSL-001", ABSENCE), ("RDSL-034", ABSENCE), ("RDSL-046", SECURITY), ("RDSL-067", SECURITY)],
    ),
    case("a client", "crates/app/rdscal/tests/cli/machines/client.reg", CLIENT),
];

const ODD: &[(&str, &str)] = &[("RDSL-066", SECURITY), ("RDSL-067", SECURITY), ("RDSL-083", SECURITY)];
const LOCKED: &[(&str, &str)] = &[("RDSL-046", SECURITY), ("RDSL-066", SECURITY), ("RDSL-067", SECURITY)];
const CLIENT: &[(&str, &str)] = &[("RDSL-067", SECURITY), ("RDSL-083", SECURITY)];
