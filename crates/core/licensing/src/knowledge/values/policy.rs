use super::{Datum, ValueRow};
use crate::knowledge::{
    Certainty, Generation, MachineRole,
    ValueType::{Dword, Sz},
    Versions, sources,
};

const POLICY: ValueRow = ValueRow {
    key: "policy",
    machine: MachineRole::Policy,
    versions: Versions::from(Generation::W2003),
    sources: &[sources::ADMX],
    ..ValueRow::BASE
};

pub(super) const VALUES: &[ValueRow] = &[
    ValueRow {
        id: "policy-licensing-mode",
        name: "LicensingMode",
        types: &[Dword],
        what: "The licensing mode set by policy (policy \"Set the Remote Desktop licensing mode\").",
        effect: "Overrides the local mode; WMI then refuses to change the mode (0x80041016). Change the policy, not this value.",
        data: &[
            Datum::number(2, "Per Device"),
            Datum::number(4, "Per User"),
            Datum::number(6, "AAD Per User (newer templates only; deprecated on Windows 11)"),
        ],
        rules: &["RDSL-001", "RDSL-007", "RDSL-008", "RDSL-009", "RDSL-012"],
        sources: &[sources::ADMX, sources::MODE_WARNING, sources::POLICY_WINS],
        ..POLICY
    },
    ValueRow {
        id: "policy-license-servers",
        name: "LicenseServers",
        types: &[Sz],
        what: "The license servers set by policy, separated by commas (policy \"Use the specified Remote Desktop license servers\").",
        effect: "Overrides the local list. An empty text leaves the host without a server; spaces and trailing commas result in names that cannot be resolved.",
        rules: &[
            "RDSL-020", "RDSL-021", "RDSL-022", "RDSL-023", "RDSL-024", "RDSL-025", "RDSL-028", "RDSL-193",
            "RDSL-197",
        ],
        sources: &[sources::ADMX, sources::NO_LICENSE_SERVER, sources::RDS_LIC_CHK],
        ..POLICY
    },
    ValueRow {
        id: "policy-tooltip",
        name: "fDisableTerminalServerTooltip",
        types: &[Dword],
        what: "Whether the host hides its notifications about licensing problems.",
        effect: "Hides the warning while the grace period runs; changes nothing else.",
        data: &[Datum::number(0, "notifications shown"), Datum::number(1, "notifications hidden")],
        rules: &["RDSL-052"],
        sources: &[sources::ADMX, sources::POLICY_PAGE],
        ..POLICY
    },
    ValueRow {
        id: "policy-secure-licensing",
        name: "fSecureLicensing",
        types: &[Dword],
        machine: MachineRole::LicenseServer,
        versions: Versions::from(Generation::W2008),
        what: "Whether the license server serves only members of its local group (RDS Endpoint Servers; Terminal Server Computers on \
               2008 and 2008 R2).",
        effect: "With 1, a host that is not in the group receives no CAL (event 4141). The group is empty by default.",
        data: &[
            Datum::number(0, "every host is served"),
            Datum::number(1, "only members of the group are served"),
        ],
        rules: &["RDSL-032", "RDSL-111"],
        sources: &[sources::ADMX, sources::SECURITY_GROUP],
        ..POLICY
    },
    ValueRow {
        id: "policy-prevent-upgrade",
        name: "fPreventLicenseUpgrade",
        types: &[Dword],
        machine: MachineRole::LicenseServer,
        versions: Versions::from(Generation::W2008),
        what: "Whether the license server refuses to issue a newer CAL to an older host.",
        effect: "With 1, an older host receives temporary CALs once those of its own version are used up, although newer ones are free.",
        data: &[Datum::number(0, "newer CALs are issued"), Datum::number(1, "temporary CAL instead")],
        rules: &["RDSL-112"],
        ..POLICY
    },
    ValueRow {
        id: "policy-deny-connections",
        name: "fDenyTSConnections",
        types: &[Dword],
        what: "Whether policy disables Remote Desktop.",
        effect: "With 1 no connection is accepted, regardless of licensing. Overrides the local value.",
        data: &[Datum::number(0, "connections allowed"), Datum::number(1, "connections refused")],
        certainty: Certainty::Documented,
        sources: &[sources::ADMX, sources::WINDOWS_REGISTRY],
        ..POLICY
    },
];
