use super::{ErrorRow, ErrorSpace};
use crate::knowledge::sources;

const DIAGNOSER: ErrorRow = ErrorRow {
    space: ErrorSpace::Diagnoser,
    sources: &[sources::DIAGNOSER, sources::NO_LICENSE_SERVER],
    ..ErrorRow::BASE
};

pub(super) const ERRORS: &[ErrorRow] = &[
    ErrorRow {
        id: "diagnoser-mode",
        title: "the Diagnoser reports that the mode is not configured",
        texts: &["The licensing mode for the Remote Desktop Session Host server is not configured"],
        meaning: "LicensingMode is 0, 1, 5 or missing on a session host, and no policy sets it.",
        causes: &["the mode was never selected", "a mode in a key that Windows does not read"],
        fixes: &["Set the mode that matches the CALs you own: by policy, in Server Manager or through WMI."],
        rules: &["RDSL-001", "RDSL-003", "RDSL-004", "RDSL-011"],
        events: &[1068, 1069],
        ..DIAGNOSER
    },
    ErrorRow {
        id: "diagnoser-no-server",
        title: "the Diagnoser reports that the grace period is over and no license server is configured",
        texts: &[
            "The grace period for the Remote Desktop Session Host server has expired, but the RD Session Host server hasn't been configured with \
             any license servers. Connections to the RD Session Host server will be denied unless a license server is configured for the RD \
             Session Host server.",
        ],
        meaning: "The license server list is empty in every place that Windows reads.",
        causes: &["the list was never set", "the list is in a wrong place", "policy sets an empty list"],
        fixes: &["Set the license server and the mode by policy, in Server Manager or through WMI."],
        rules: &["RDSL-011", "RDSL-020", "RDSL-040"],
        events: &[1008, 1130],
        ..DIAGNOSER
    },
    ErrorRow {
        id: "diagnoser-unavailable",
        title: "the Diagnoser reports that a license server is not available",
        texts: &[
            "License server is not available. This could be caused by network connectivity problems, the Remote Desktop Licensing service is \
             stopped on the license server, or RD Licensing isn't available.",
            "license server is not reachable",
            "cannot connect to the license server",
        ],
        meaning: "The listed server does not respond.",
        causes: &[
            "name does not resolve",
            "firewall (TCP 135, 445, dynamic RPC)",
            "service stopped",
            "an outdated name after a move",
        ],
        fixes: &["Check name, service and ports, in this order; correct the list."],
        rules: &["RDSL-021", "RDSL-029", "RDSL-030", "RDSL-100"],
        events: &[1010],
        ..DIAGNOSER
    },
    ErrorRow {
        id: "diagnoser-none-left",
        title: "the Diagnoser finds no licenses for this host",
        texts: &[
            "Licenses are not available for this Remote Desktop Session Host server, and RD Licensing Diagnoser has identified licensing problems \
             for the RD Session Host server",
            "The number of licenses available for clients is 0",
            "The Remote Desktop Session Host server is in Per User licensing mode and license server does not have any installed licenses with \
             the following attributes",
            "The Remote Desktop Session Host server is in Per Device licensing mode and license server does not have any installed licenses \
             with the following attributes",
        ],
        meaning: "No CALs of the host's kind and version are free on the servers it knows.",
        causes: &[
            "packs of another kind than the host's mode",
            "packs older than the host",
            "the pool is used up",
            "the problems listed below it",
        ],
        fixes: &[
            "Solve the listed problems from top to bottom.",
            "Compare kind and version of the packs with the host.",
        ],
        rules: &["RDSL-013", "RDSL-103", "RDSL-104", "RDSL-106"],
        events: &[21, 22],
        ..DIAGNOSER
    },
    ErrorRow {
        id: "diagnoser-credentials",
        title: "the Diagnoser lacks rights on the license server",
        texts: &[
            "Remote Desktop Licensing Diagnoser cannot identify the licenses because of administrator privileges credentials on the license server",
        ],
        meaning: "It cannot count CALs without administrator rights on the license server. This is not a licensing fault.",
        causes: &["the account that runs it is not an administrator there"],
        fixes: &[
            "Run the Diagnoser as an administrator of the license server before you rely on its counts.",
        ],
        rules: &["RDSL-033"],
        sources: &[sources::KB2546583, sources::DIAGNOSER],
        ..DIAGNOSER
    },
    ErrorRow {
        id: "diagnoser-policy-workgroup",
        title: "per-user licensing outside a domain",
        texts: &[
            "The Remote Desktop Session Host server is not joined to a domain. Per User licensing mode requires Active Directory",
        ],
        meaning: "Per-user CALs are tracked in the directory; a workgroup host cannot use them.",
        causes: &["Per User mode on a workgroup host"],
        fixes: &["Use Per Device CALs and mode 2, or join the domain."],
        rules: &["RDSL-012"],
        sources: &[sources::LICENSE_HOSTS, sources::FORESTS],
        ..DIAGNOSER
    },
];
