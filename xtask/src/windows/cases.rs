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
}

/// Why a rule fires on the machine alone.
const ABSENCE: &str = "the machine proves that what its export does not hold is not there";
const SECURITY: &str = "Wine gives keys access lists of its own; an export has none";

const fn case(name: &'static str, file: &'static str, more: &'static [(&'static str, &'static str)]) -> Case {
    Case { name, file, more, exported_otherwise: &[] }
}

/// The table. The same texts are judged on Linux, as exports.
pub(super) const CASES: &[Case] = &[
    Case {
        exported_otherwise: &["After the NUL", "Number of eight bytes", "Number of one byte"],
        ..case("odd values", "xtask/src/windows/odd-values.reg", ODD)
    },
    case("a host that works", "xtask/samples/rdsh01.reg", LOCKED),
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
    case("a license server", "xtask/samples/rdls01.reg", &[("RDSL-067", SECURITY)]),
    case("a client with an expired license", "xtask/samples/pc-07.reg", CLIENT),
    case("a cloned client", "xtask/samples/pc-08.reg", CLIENT),
    case(
        "a golden image",
        "xtask/samples/golden.reg",
        &[
            ("RDSL-034", ABSENCE),
            ("RDSL-046", SECURITY),
            ("RDSL-066", SECURITY),
            ("RDSL-067", SECURITY),
            ("RDSL-083", SECURITY),
        ],
    ),
    case(
        "a host, as the program's tests have it",
        "crates/rdscal/tests/cli/machines/host.reg",
        &[("RDSL-034", ABSENCE), ("RDSL-042", ABSENCE), ("RDSL-067", SECURITY)],
    ),
    case(
        "a host without a mode",
        "crates/rdscal/tests/cli/machines/locked-out.reg",
        &[("RDSL-001", ABSENCE), ("RDSL-034", ABSENCE), ("RDSL-046", SECURITY), ("RDSL-067", SECURITY)],
    ),
    case("a client", "crates/rdscal/tests/cli/machines/client.reg", CLIENT),
];

const ODD: &[(&str, &str)] = &[("RDSL-066", SECURITY), ("RDSL-067", SECURITY), ("RDSL-083", SECURITY)];
const LOCKED: &[(&str, &str)] = &[("RDSL-046", SECURITY), ("RDSL-066", SECURITY), ("RDSL-067", SECURITY)];
const CLIENT: &[(&str, &str)] = &[("RDSL-067", SECURITY), ("RDSL-083", SECURITY)];
