use super::EventRow;
use crate::knowledge::{Certainty, sources};

const RCM: &[&str] = &["Microsoft-Windows-TerminalServices-RemoteConnectionManager", "TermService"];

const HOST: EventRow =
    EventRow { providers: RCM, sources: &[sources::HOST_EVENTS, sources::WINEVT], ..EventRow::BASE };

const REACH: &[&str] = &[
    "Check that a license server is set: first by policy, then in the local list.",
    "Check that its name resolves and that TCP 135, 445 and the dynamic RPC ports are open from this host.",
    "Check on the license server that the service runs and the server is activated.",
];

pub(super) const EVENTS: &[EventRow] = &[
    EventRow {
        id: 50,
        providers: &["TermDD"],
        title: "the RDP protocol stream had an error and the client was disconnected",
        meaning: "On old hosts a corrupt licensing certificate also causes this event.",
        causes: &["network or client problems", "a corrupt licensing certificate of the host"],
        fixes: &[
            "If only one client is affected, first check that client and its network.",
            "If every client is affected, check the host's certificate. Export and delete the certificate values only if it is invalid.",
        ],
        rules: &["RDSL-060"],
        sources: &[sources::SECURITY_ERROR, sources::KB329896],
        ..HOST
    },
    EventRow {
        id: 56,
        providers: &["TermDD"],
        title: "the security layer found an error in the protocol stream",
        meaning: "Corresponds to event 50 in later versions. Rarely related to licensing.",
        causes: &["network or client problems", "TLS settings that client and host do not have in common"],
        fixes: &["Check network and TLS settings before licensing."],
        certainty: Certainty::Inferred,
        sources: &[sources::FORUMS],
        ..HOST
    },
    EventRow {
        id: 1000,
        providers: &["TermService"],
        title: "no license was available for a user (2000 and 2003)",
        meaning: "The terminal server requested a license and received none.",
        causes: &["no license server reached", "no license of the needed kind is left"],
        fixes: REACH,
        rules: &["RDSL-020", "RDSL-030"],
        sources: &[sources::HOST_EVENTS, sources::TECHGENIX],
        ..HOST
    },
    EventRow {
        id: 1003,
        title: "the client presented an invalid license",
        meaning: "The contents of the client's license store are damaged, or belong to another client.",
        causes: &[
            "a damaged license in the client's store",
            "a cloned client",
            "a corrupt licensing certificate of the host",
        ],
        fixes: &[
            "On the client: export HKLM\\SOFTWARE\\Microsoft\\MSLicensing, delete the stored license (Store\\LICENSE00n), and start the client elevated once.",
            "If that is not sufficient: delete the whole MSLicensing key; the device then consumes a new CAL.",
            "Only if many clients are affected: export and delete the four certificate values in the host's RCM key, then restart the host.",
        ],
        rules: &["RDSL-065", "RDSL-072", "RDSL-150"],
        sources: &[sources::EVENT_1003],
        ..HOST
    },
    EventRow {
        id: 1004,
        title: "the host cannot issue a client license",
        meaning: "The license server was contacted but issued no license.",
        causes: &[
            "the licensing mode does not match the CALs on the license server",
            "encryption levels of client and host do not match",
            "a corrupt licensing certificate of the host",
        ],
        fixes: &[
            "Compare the licensing mode with the CALs that are installed on the license server.",
            "Check the encryption level of the listener (FIPS in particular).",
            "If the certificate is invalid: export and delete the four certificate values in RCM, then restart the host.",
        ],
        rules: &["RDSL-013", "RDSL-065", "RDSL-151"],
        sources: &[sources::EVENT_1004],
        ..HOST
    },
    EventRow {
        id: 1008,
        title: "the grace period is over and no license server is known",
        meaning: "Only administrators can connect (mstsc /admin).",
        causes: &["no license server configured", "license server not reachable", "no CALs installed"],
        fixes: REACH,
        rules: &["RDSL-020", "RDSL-040", "RDSL-152"],
        ..HOST
    },
    EventRow {
        id: 1009,
        title: "the grace period is about to end",
        meaning: "After the stated number of days the host refuses clients without a license.",
        causes: &["no license server configured", "no CALs installed yet"],
        fixes: REACH,
        rules: &["RDSL-041", "RDSL-152"],
        ..HOST
    },
    EventRow {
        id: 1010,
        title: "the host could not find a license server",
        meaning: "No listed server responded, or there is no list.",
        causes: &[
            "no list, or a list in the wrong place",
            "name does not resolve",
            "firewall",
            "licensing service stopped",
        ],
        fixes: REACH,
        rules: &["RDSL-020", "RDSL-029", "RDSL-030", "RDSL-152"],
        ..HOST
    },
    EventRow {
        id: 1011,
        title: "the client's temporary license has expired",
        meaning: "The client had 90 days on a temporary CAL and never received a permanent one.",
        causes: &[
            "no CALs of the host's mode and version on the license server",
            "license server not activated or not reachable",
        ],
        fixes: &[
            "Install CALs of the right kind and version, or set the mode to the owned kind.",
            "Check that host and license server reach each other.",
            "Deleting the client's store only consumes another temporary CAL and does not remove the cause.",
        ],
        rules: &["RDSL-013", "RDSL-077", "RDSL-103", "RDSL-152"],
        sources: &[sources::HOST_EVENTS, sources::KB822134],
        ..HOST
    },
    EventRow {
        id: 1028,
        title: "the client's permanent license expired and could not be renewed",
        meaning: "A permanent per-device CAL is renewed in its last seven days; this one was not.",
        causes: &["license server not reachable for longer than a week", "pool exhausted"],
        fixes: REACH,
        rules: &["RDSL-030", "RDSL-075", "RDSL-104", "RDSL-152"],
        sources: &[sources::CAL_EVENTS],
        ..HOST
    },
    EventRow {
        id: 1068,
        title: "the licensing mode is not configured",
        meaning: "The host does not know which kind of CAL to request. The grace period is still running.",
        causes: &["the mode was never selected", "a mode was written to a key that Windows does not read"],
        fixes: &["Set the mode that matches the CALs you own: by policy, in Server Manager, or through WMI."],
        rules: &["RDSL-001", "RDSL-011", "RDSL-152"],
        sources: &[sources::MODE_EVENTS, sources::MODE_WARNING],
        ..HOST
    },
    EventRow {
        id: 1069,
        title: "the licensing mode is not configured and the grace period is over",
        meaning: "Users are refused until the mode is set and a license server responds.",
        causes: &["the mode was never selected", "a mode was written to a key that Windows does not read"],
        fixes: &[
            "Set the mode that matches the CALs you own: by policy, in Server Manager, or through WMI.",
            "Set the license server and check that the host reaches it.",
            "Do not reset the grace period first. Without a mode the host is unlicensed again when it ends.",
        ],
        rules: &["RDSL-001", "RDSL-040", "RDSL-152"],
        sources: &[sources::MODE_EVENTS, sources::MODE_WARNING],
        ..HOST
    },
    EventRow {
        id: 1128,
        title: "the grace period is over and the host has not registered with a license server that has licenses",
        meaning: "Observed as 50280 with the severity bits included. The text is documented; the short number is computed.",
        causes: &[
            "license server not reachable (a moved host or a firewall)",
            "no license server configured",
            "no CALs installed",
        ],
        fixes: REACH,
        rules: &["RDSL-020", "RDSL-030", "RDSL-040"],
        certainty: Certainty::Reported,
        sources: &[sources::RUNBOOK, sources::EVENT_LISTS],
        ..HOST
    },
    EventRow {
        id: 1129,
        title: "a licensing event of the session host with unknown meaning",
        meaning: "It occurs in lists of events; its text is unknown to this project.",
        causes: &["not known"],
        fixes: &["Read the text in the event viewer, and check the events around it (1128, 1130)."],
        certainty: Certainty::Inferred,
        sources: &[sources::EVENT_LISTS],
        ..HOST
    },
    EventRow {
        id: 1130,
        title: "no license server is specified for the host",
        meaning: "Observed as 50282 with the severity bits included. The text is documented; the short number is computed.",
        causes: &[
            "no license server list",
            "a list in a place that Windows does not read",
            "a policy with an empty list",
        ],
        fixes: &[
            "Set the license server by policy, in Server Manager, or through WMI.",
            "If there is a list, check that it is in the documented place and contains no spaces.",
            "If the event occurs occasionally although the list is correct, the cause is unknown; check the connection to the server.",
        ],
        rules: &["RDSL-011", "RDSL-020"],
        certainty: Certainty::Reported,
        sources: &[sources::RUNBOOK, sources::RMM_45],
        ..HOST
    },
    EventRow {
        id: 1131,
        title: "a licensing event of the session host with unknown meaning",
        meaning: "It occurs in lists of events; its text is unknown to this project.",
        causes: &["not known"],
        fixes: &["Read the text in the event viewer, and check the events around it (1128, 1130)."],
        certainty: Certainty::Inferred,
        sources: &[sources::EVENT_LISTS],
        ..HOST
    },
];
