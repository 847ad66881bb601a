use super::EventRow;
use crate::knowledge::{Certainty, Source, sources};

const RCM: &[&str] = &["Microsoft-Windows-TerminalServices-RemoteConnectionManager", "TermService"];

const HOST: EventRow =
    EventRow { providers: RCM, sources: &[sources::HOST_EVENTS, sources::WINEVT], ..EventRow::BASE };

const MANIFEST: &[Source] = &[sources::MANIFESTS, sources::MANIFEST_TEXTS];

/// An event whose text is in the manifest.
const OF_MANIFEST: EventRow = EventRow { certainty: Certainty::Code, sources: MANIFEST, ..HOST };

/// Events of a Remote Desktop Virtualization Host: 50304 to 50312 in the manifest of Windows 10 1903. Six of
/// their short numbers are also those of other events, see [`super::OF_OTHERS`].
const VIRTUALIZATION_HOST: EventRow = EventRow { rules: &["RDSL-152"], ..OF_MANIFEST };

const GROUP: &[&str] = &[
    "On the license server, add the computer account of the host to the local group RDS Endpoint Servers.",
    "Or set the policy License server security group to Not Configured, if every host may request licenses.",
];

const REACH: &[&str] = &[
    "Check that a license server is set: first by policy, then in the local list.",
    "Check that its name resolves and that TCP 135, 445 and the dynamic RPC ports are open from this host.",
    "Check on the license server that the service runs and the server is activated.",
];

pub(super) const EVENTS: &[EventRow] = &[
    EventRow {
        id: 50,
        providers: &["TermDD"],
        title: "the RDP protocol stream had an error and the client was disconnected (usually not a matter of licensing)",
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
        title: "the security layer found an error in the protocol stream (rarely a matter of licensing)",
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
        rules: &["RDSL-020", "RDSL-030", "RDSL-152"],
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
        meaning: "A permanent per-device CAL is renewed in its last seven days; this one was not. Newer systems log it as 50180.",
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
        id: 1043,
        title: "the license server refused the host, which is not in its group RDS Endpoint Servers",
        meaning: "Newer systems log it as 50195, with the name of the license server.",
        causes: &["fSecureLicensing is set on the license server and the host was never added"],
        fixes: GROUP,
        rules: &["RDSL-032", "RDSL-152"],
        ..OF_MANIFEST
    },
    EventRow {
        id: 1061,
        title: "the host cannot read the license information of users from Active Directory",
        meaning: "Newer systems log it as 50213. Per User licenses may not be recorded for these users.",
        causes: &[
            "no connection to a domain controller",
            "the host may not read the attributes of the users",
        ],
        fixes: &[
            "Check DNS and the connection of the host to a domain controller of the users' domain.",
            "Check the access lists of the users: rdscal users shows them.",
        ],
        rules: &["RDSL-152"],
        ..OF_MANIFEST
    },
    EventRow {
        id: 1128,
        title: "the grace period is over and the host has not registered with a license server that has licenses",
        meaning: "Newer systems log it as 50280.",
        causes: &[
            "license server not reachable (a moved host or a firewall)",
            "no license server configured",
            "no CALs installed",
        ],
        fixes: REACH,
        rules: &["RDSL-020", "RDSL-030", "RDSL-040", "RDSL-152"],
        ..OF_MANIFEST
    },
    EventRow {
        id: 1129,
        title: "the grace period is about to end, and no license server with licenses is registered",
        meaning: "Newer systems log it as 50281, with the date.",
        causes: &["no license server configured", "license server not reachable", "no CALs installed"],
        fixes: REACH,
        rules: &["RDSL-041", "RDSL-152"],
        ..OF_MANIFEST
    },
    EventRow {
        id: 1130,
        title: "no license server is specified for the host",
        meaning: "Newer systems log it as 50282.",
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
        rules: &["RDSL-011", "RDSL-020", "RDSL-152"],
        sources: &[sources::MANIFESTS, sources::MANIFEST_TEXTS, sources::RMM_45],
        ..OF_MANIFEST
    },
    EventRow {
        id: 1131,
        title: "the host cannot contact a license server",
        meaning: "Newer systems log it as 50283, with the name of the license server.",
        causes: &["the licensing service is stopped", "firewall", "the name does not resolve"],
        fixes: REACH,
        rules: &["RDSL-030", "RDSL-152"],
        ..OF_MANIFEST
    },
    EventRow {
        id: 1132,
        title: "a license server does not support the Windows version of the host",
        meaning: "Newer systems log it as 50284, with the name of the license server.",
        causes: &["the host was upgraded before the license server"],
        fixes: &["Upgrade the license server to the version of the host, then install CALs of that version."],
        rules: &["RDSL-031", "RDSL-038", "RDSL-152"],
        ..OF_MANIFEST
    },
    EventRow {
        id: 1133,
        title: "the certificate that the license server issued to the host is not valid",
        meaning: "Newer systems log it as 50285. The license server issues no CALs to clients of this host.",
        causes: &["damaged certificate values", "a cloned host", "a license server that was set up again"],
        fixes: &[
            "Export the RCM key, delete the four certificate values, and restart the service Remote Desktop Services: rdscal fix reset-host-certificates.",
        ],
        rules: &["RDSL-060", "RDSL-062", "RDSL-152"],
        ..OF_MANIFEST
    },
    EventRow {
        id: 1152,
        title: "the virtualization host cannot issue a client license",
        meaning: "Logged as 50304 by an RD Virtualization Host. The number 1152 without severity bits is another event.",
        causes: &["a changed client license", "insufficient memory", "an internal error"],
        fixes: &["Look for the cause on the client, and compare the licensing mode with the installed CALs."],
        ..VIRTUALIZATION_HOST
    },
    EventRow {
        id: 1153,
        title: "the grace period of the virtualization host is over and no licensing mode is configured",
        meaning: "Logged as 50305 by an RD Virtualization Host. The number 1153 without severity bits is another event.",
        causes: &["the mode was never selected"],
        fixes: &["Set the licensing mode of the deployment (Set-RDLicenseConfiguration)."],
        ..VIRTUALIZATION_HOST
    },
    EventRow {
        id: 1154,
        title: "the grace period of the virtualization host is over and no license server with licenses is registered",
        meaning: "Logged as 50306 by an RD Virtualization Host.",
        causes: &["license server not reachable", "no CALs installed"],
        fixes: REACH,
        ..VIRTUALIZATION_HOST
    },
    EventRow {
        id: 1155,
        title: "the grace period of the virtualization host is about to end",
        meaning: "Logged as 50307 by an RD Virtualization Host. The number 1155 without severity bits is another event.",
        causes: &["no license server configured", "no CALs installed"],
        fixes: REACH,
        ..VIRTUALIZATION_HOST
    },
    EventRow {
        id: 1156,
        title: "no license server is specified for the virtualization host",
        meaning: "Logged as 50308 by an RD Virtualization Host. The number 1156 without severity bits is another event.",
        causes: &["no license server list"],
        fixes: &["Set the license server of the deployment (Set-RDLicenseConfiguration)."],
        ..VIRTUALIZATION_HOST
    },
    EventRow {
        id: 1157,
        title: "the virtualization host cannot contact a license server",
        meaning: "Logged as 50309 by an RD Virtualization Host. The number 1157 without severity bits is another event.",
        causes: &["the licensing service is stopped", "firewall", "the name does not resolve"],
        fixes: REACH,
        ..VIRTUALIZATION_HOST
    },
    EventRow {
        id: 1158,
        title: "a license server does not support the Windows version of the virtualization host",
        meaning: "Logged as 50310 by an RD Virtualization Host. The number 1158 without severity bits is another event.",
        causes: &["the host was upgraded before the license server"],
        fixes: &["Upgrade the license server to the version of the host, then install CALs of that version."],
        ..VIRTUALIZATION_HOST
    },
    EventRow {
        id: 1159,
        title: "the certificate that the license server issued to the virtualization host is not valid",
        meaning: "Logged as 50311 by an RD Virtualization Host.",
        causes: &["damaged certificate values", "a cloned host"],
        fixes: &["Delete the certificate on the host and restart the service Remote Desktop Services."],
        ..VIRTUALIZATION_HOST
    },
    EventRow {
        id: 1160,
        title: "the license server refused the virtualization host, which is not in its group RDS Endpoint Servers",
        meaning: "Logged as 50312 by an RD Virtualization Host.",
        causes: &["fSecureLicensing is set on the license server and the host was never added"],
        fixes: GROUP,
        ..VIRTUALIZATION_HOST
    },
    EventRow {
        id: 20497,
        title: "the host takes too long to process the license of a client",
        meaning: "The connection is slow or fails; the text names no license server.",
        causes: &["a slow or unreachable license server or domain controller"],
        fixes: REACH,
        rules: &["RDSL-152"],
        ..OF_MANIFEST
    },
];
