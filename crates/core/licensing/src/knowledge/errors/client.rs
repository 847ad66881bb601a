use super::{ErrorRow, ErrorSpace};
use crate::knowledge::sources;

const EXTENDED: ErrorRow = ErrorRow {
    space: ErrorSpace::ExtendedReason,
    sources: &[sources::EXTENDED_REASON, sources::RDP_ERROR_INFO],
    ..ErrorRow::BASE
};

const PLAIN: ErrorRow = ErrorRow {
    space: ErrorSpace::DisconnectReason,
    sources: &[sources::DISCONNECT_REASON],
    ..ErrorRow::BASE
};

/// Gentle repair of one client's store, in the order of harm.
const CLIENT_STORE: &[&str] = &[
    "Start the Remote Desktop client once as administrator and connect: it may only lack the permission to store the new license.",
    "Export HKLM\\SOFTWARE\\Microsoft\\MSLicensing (32-bit clients: below WOW6432Node), delete the stored license \
     Store\\LICENSE00n, and start the client as administrator once. The hardware ID is kept, so the same CAL can be issued again.",
    "Only if that fails: delete the whole MSLicensing key. The device then counts as a new one and consumes another CAL.",
];

pub(super) const ERRORS: &[ErrorRow] = &[
    ErrorRow {
        id: "reason-256",
        code: Some(256),
        symbol: "exDiscReasonLicenseInternal",
        title: "internal licensing error",
        texts: &[
            "The remote session was disconnected because of an internal error in the licensing protocol",
            "An internal error occurred in the Remote Desktop licensing protocol",
            "Internal licensing error",
        ],
        meaning: "The host's licensing component failed while it processed the client's request.",
        causes: &[
            "a fault of the Remote Desktop service",
            "a damaged license in the client's store",
            "a corrupt host certificate",
        ],
        fixes: &[
            "Look at the host's System log around the time (events 1003, 1004).",
            "Restart the Remote Desktop service in a maintenance window.",
            "If only one client is affected, repair its license store.",
        ],
        events: &[1003, 1004],
        rules: &["RDSL-060", "RDSL-072"],
        ..EXTENDED
    },
    ErrorRow {
        id: "reason-257",
        code: Some(257),
        symbol: "exDiscReasonLicenseNoLicenseServer",
        title: "no license server was available",
        texts: &[
            "The remote session was disconnected because there are no Remote Desktop License Servers available to provide a license. \
             Please contact the server administrator.",
            "The remote session was disconnected because there are no Terminal Server License Servers available to provide a license",
            "No license server was available",
        ],
        meaning: "The host found no license server that responds, and its grace period is over.",
        causes: &[
            "no license server is configured on the host, or the list is in a place that Windows does not read",
            "the licensing mode is not configured",
            "the license server cannot be reached: name, firewall (TCP 135, 445, dynamic RPC), service stopped",
            "the license server is not activated or has no CALs of the right kind",
            "a policy sets another list or an empty one",
        ],
        fixes: &[
            "For immediate access: mstsc /admin needs no license.",
            "Set the licensing mode and the license server by policy, in Server Manager or through WMI; check which setting is in force.",
            "Check that the host reaches the license server, and that its service runs and is activated.",
            "Check that CALs of the host's kind and version are installed.",
            "Leave the grace record alone; resetting it hides the fault for 120 days.",
        ],
        events: &[1008, 1010, 1069, 1128, 1130],
        rules: &["RDSL-001", "RDSL-011", "RDSL-020", "RDSL-029", "RDSL-030", "RDSL-040", "RDSL-061"],
        sources: &[sources::EXTENDED_REASON, sources::NO_LICENSE_SERVER, sources::RDP_ERROR_INFO],
        ..EXTENDED
    },
    ErrorRow {
        id: "reason-258",
        code: Some(258),
        symbol: "exDiscReasonLicenseNoLicense",
        title: "no license was available",
        texts: &[
            "The remote session was disconnected because there are no Remote Desktop client access licenses available for this computer. \
             Please contact the server administrator.",
            "The remote session was disconnected because there are no Terminal Server client access licenses available for this computer",
            "No valid software license was available",
        ],
        meaning: "A license server responded but had no CAL for this client.",
        causes: &[
            "all CALs of that kind are issued",
            "the licensing mode does not match the CALs (per device requested, per user owned, or the reverse)",
            "the CALs are older than the host",
            "the client has a license that is no longer valid",
        ],
        fixes: &[
            "For immediate access: mstsc /admin needs no license.",
            "Compare kind and version of the installed CALs with the host's mode and version.",
            "Revoke CALs of retired devices (up to 20 percent of a pack), or install more.",
            "If only one client is affected, export its MSLicensing key and delete the stored license.",
        ],
        events: &[1004, 21, 22],
        rules: &["RDSL-013", "RDSL-103", "RDSL-104", "RDSL-106"],
        ..EXTENDED
    },
    ErrorRow {
        id: "reason-259",
        code: Some(259),
        symbol: "exDiscReasonLicenseErrClientMsg",
        title: "the host received an invalid licensing message",
        texts: &[
            "The remote session was disconnected because the remote computer received an invalid licensing message from this computer",
            "The remote computer received a licensing message that was not valid",
        ],
        meaning: "The host could not interpret the client's messages in the licensing phase.",
        causes: &[
            "an old or foreign client",
            "a damaged license in the client's store",
            "a device between the two that modifies packets",
        ],
        fixes: CLIENT_STORE,
        events: &[1003],
        rules: &["RDSL-072"],
        ..EXTENDED
    },
    ErrorRow {
        id: "reason-260",
        code: Some(260),
        symbol: "exDiscReasonLicenseHwidDoesntMatchLicense",
        title: "the stored license belongs to another hardware ID",
        texts: &[
            "The remote session was disconnected because the Remote Desktop client access license stored on this computer has been modified. \
             Please contact the server administrator.",
            "The remote session was disconnected because the Terminal Server client access license stored on this computer has been modified",
            "client access license stored on this computer has been modified",
            "The hardware ID does not match the one designated on the software license",
        ],
        meaning: "The client presents a CAL that was issued to another hardware ID than its current one.",
        causes: &[
            "the HardwareID key was deleted or changed",
            "a cloned or restored client",
            "the store was copied from another machine",
        ],
        fixes: &[
            "Export HKLM\\SOFTWARE\\Microsoft\\MSLicensing, delete the stored license Store\\LICENSE00n, and start the client as \
             administrator once.",
            "Stop the script or tool that deletes the hardware ID.",
            "For cloned images: clear MSLicensing in the image before it is sealed.",
        ],
        events: &[1003],
        rules: &["RDSL-071", "RDSL-080"],
        ..EXTENDED
    },
    ErrorRow {
        id: "reason-261",
        code: Some(261),
        symbol: "exDiscReasonLicenseErrClientLicense",
        title: "the client's license is invalid",
        texts: &[
            "The remote session was disconnected because the Remote Desktop client access license on this computer is in an unexpected format. \
             Please try connecting to the remote computer again or contact your server administrator.",
            "because the client access license on this computer is not valid",
            "Client license error",
        ],
        meaning: "The stored license cannot be read, or its signature is invalid.",
        causes: &["a damaged store", "a store written by a tool"],
        fixes: CLIENT_STORE,
        events: &[1003],
        rules: &["RDSL-072", "RDSL-073", "RDSL-074"],
        ..EXTENDED
    },
    ErrorRow {
        id: "reason-262",
        code: Some(262),
        symbol: "exDiscReasonLicenseCantFinishProtocol",
        title: "the licensing protocol could not be finished",
        texts: &[
            "The remote session was disconnected because there were network problems during the licensing protocol. \
             Please try connecting to the remote computer again.",
            "Network problems occurred during the licensing protocol",
        ],
        meaning: "Client and host did not complete the licensing phase.",
        causes: &["network problems", "a license server that responds too slowly", "incompatible versions"],
        fixes: &[
            "Try again.",
            "Check the connection between host and license server, and the order of the servers in the list.",
            "Update the client.",
        ],
        rules: &["RDSL-030", "RDSL-036"],
        ..EXTENDED
    },
    ErrorRow {
        id: "reason-263",
        code: Some(263),
        symbol: "exDiscReasonLicenseClientEndedProtocol",
        title: "the client ended the licensing protocol",
        texts: &[
            "The remote session was disconnected because the client prematurely ended the licensing protocol",
            "The client ended the licensing protocol prematurely",
        ],
        meaning: "The client ended the exchange before a license was issued.",
        causes: &["the user closed the window", "the client could not store or read its license"],
        fixes: CLIENT_STORE,
        rules: &["RDSL-083"],
        ..EXTENDED
    },
    ErrorRow {
        id: "reason-264",
        code: Some(264),
        symbol: "exDiscReasonLicenseErrClientEncryption",
        title: "a licensing message was incorrectly encrypted",
        texts: &[
            "The remote session was disconnected because a licensing message was incorrectly encrypted",
            "A licensing message was encrypted incorrectly",
        ],
        meaning: "Client and host did not agree on the keys of the licensing phase.",
        causes: &["a corrupt licensing certificate of the host", "a damaged license in the client's store"],
        fixes: &[
            "If only one client is affected: repair its license store.",
            "If all clients are affected: check the host's certificate. If it is invalid, export and delete the four certificate values in the \
             RCM key and restart the host.",
        ],
        events: &[1004, 50],
        rules: &["RDSL-060", "RDSL-062"],
        ..EXTENDED
    },
    ErrorRow {
        id: "reason-265",
        code: Some(265),
        symbol: "exDiscReasonLicenseCantUpgradeLicense",
        title: "the client's license could not be upgraded or renewed",
        texts: &[
            "The remote session was disconnected because the local computer's client access license could not be upgraded or renewed. \
             Please contact the server administrator.",
            "The local computer's client access license could not be upgraded or renewed",
            "client access license could not be upgraded or renewed",
        ],
        meaning: "The client has a license (often a temporary or old one) and needs a better one, but none could be issued or stored.",
        causes: &[
            "the client lacks permission to write its license store",
            "the license server has no permanent CAL of the right kind and version",
            "the stored license is damaged or expired",
            "the host cannot reach the license server",
        ],
        fixes: CLIENT_STORE_THEN_SERVER,
        events: &[1003, 1011, 1028, 21, 22],
        rules: &["RDSL-075", "RDSL-077", "RDSL-083", "RDSL-103"],
        sources: &[sources::EXTENDED_REASON, sources::NO_LICENSE_SERVER, sources::KB187629],
        ..EXTENDED
    },
    ErrorRow {
        id: "reason-266",
        code: Some(266),
        symbol: "exDiscReasonLicenseNoRemoteConnections",
        title: "the host is not licensed to accept remote connections",
        texts: &[
            "The remote session was disconnected because the remote computer is not licensed to accept remote connections. \
             Please contact the server administrator.",
            "The remote computer is not licensed to accept remote connections",
        ],
        meaning: "The edition, the mode or the licensing state of the host does not permit the session.",
        causes: &[
            "an edition that accepts no remote sessions",
            "grace period over without a mode and a license server",
            "wrong licensing mode",
        ],
        fixes: &[
            "For immediate access: mstsc /admin, or the console.",
            "Check edition, licensing mode, license server and grace period of the host, in this order.",
        ],
        events: &[1008, 1069],
        rules: &["RDSL-001", "RDSL-004", "RDSL-040"],
        ..EXTENDED
    },
    ErrorRow {
        id: "reason-267",
        code: Some(267),
        symbol: "exDiscReasonLicenseCreatingLicStoreAccDenied",
        title: "the client lacks permission to create its license store",
        texts: &["An access denied error was received while creating a registry key for the license store"],
        meaning: "The key HKLM\\SOFTWARE\\Microsoft\\MSLicensing is missing or not writable, and the user lacks permission to create it.",
        causes: &["the key was deleted and the client then started without elevation", "locked-down clients"],
        fixes: &[
            "Start the Remote Desktop client once as administrator and connect; for 32-bit clients start the 32-bit program.",
            "If users also cannot renew licenses, give the group Users (not Everyone) write access to the MSLicensing key in both views.",
        ],
        rules: &["RDSL-083", "RDSL-084"],
        sources: &[sources::EXTENDED_REASON, sources::IAP_571],
        ..EXTENDED
    },
    ErrorRow {
        id: "disconnect-2056",
        code: Some(2056),
        symbol: "disconnectReasonLicensingFailed",
        title: "license negotiation failed",
        texts: &["License negotiation failed"],
        meaning: "The client ended the session in the licensing phase. The extended reason, if displayed, is more specific.",
        causes: &[
            "the client lacks permission to write its license store",
            "a damaged license in the client's store",
            "no license available",
        ],
        fixes: CLIENT_STORE,
        events: &[1003, 1004],
        rules: &["RDSL-159", "RDSL-083", "RDSL-084"],
        sources: &[sources::DISCONNECT_REASON, sources::IAP_571],
        ..PLAIN
    },
    ErrorRow {
        id: "disconnect-2312",
        code: Some(2312),
        symbol: "disconnectReasonLicensingTimeout",
        title: "licensing timed out",
        texts: &["Licensing time-out"],
        meaning: "The licensing phase took too long.",
        causes: &[
            "unreachable servers at the head of the host's list",
            "a slow or overloaded license server",
            "network problems",
        ],
        fixes: &[
            "Remove retired servers from the host's list, and list the nearest first.",
            "Check the connection between host and license server.",
        ],
        rules: &["RDSL-159", "RDSL-030", "RDSL-036"],
        ..PLAIN
    },
];

const CLIENT_STORE_THEN_SERVER: &[&str] = &[
    "Start the Remote Desktop client once as administrator and connect: it may only lack the permission to store the new license.",
    "Check on the license server that permanent CALs of the host's kind and version are free (events 21 and 22).",
    "Export HKLM\\SOFTWARE\\Microsoft\\MSLicensing (32-bit clients: below WOW6432Node), delete the stored license \
     Store\\LICENSE00n, and start the client as administrator once. The hardware ID is kept, so the same CAL can be issued again.",
    "Only if that fails: delete the whole MSLicensing key. The device then counts as a new one and consumes another CAL.",
];
