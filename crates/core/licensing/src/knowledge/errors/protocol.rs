use super::{ErrorRow, ErrorSpace};
use crate::knowledge::sources;

const PDU: ErrorRow = ErrorRow {
    space: ErrorSpace::LicensingMessage,
    sources: &[sources::RDP_LICENSE_ERROR, sources::RDPELE_SERVER],
    ..ErrorRow::BASE
};

const READ_TRACE: &[&str] =
    &["It occurs only in a network trace or a client's log; the client displays an extended reason instead."];

pub(super) const ERRORS: &[ErrorRow] = &[
    ErrorRow {
        id: "pdu-1",
        code: Some(0x1),
        symbol: "ERR_INVALID_SERVER_CERTIFICATE",
        title: "the client does not accept the host's licensing certificate",
        meaning: "Sent by the client. The certificate of the host could not be verified.",
        causes: &["a corrupt licensing certificate of the host"],
        fixes: &[
            "Check the host's certificate. If it is invalid, export and delete the four certificate values in RCM and restart the host.",
        ],
        rules: &["RDSL-060", "RDSL-062"],
        ..PDU
    },
    ErrorRow {
        id: "pdu-2",
        code: Some(0x2),
        symbol: "ERR_NO_LICENSE",
        title: "the client has no license",
        meaning: "Sent by the client.",
        causes: &["the client found no matching license in its store"],
        fixes: READ_TRACE,
        ..PDU
    },
    ErrorRow {
        id: "pdu-3",
        code: Some(0x3),
        symbol: "ERR_INVALID_MAC",
        title: "a licensing message has a wrong checksum",
        meaning: "Sent by either side. The keys do not match, or the message was changed in transit.",
        causes: &[
            "a corrupt licensing certificate of the host",
            "a device between the two that modifies packets",
        ],
        fixes: READ_TRACE,
        rules: &["RDSL-060"],
        ..PDU
    },
    ErrorRow {
        id: "pdu-4",
        code: Some(0x4),
        symbol: "ERR_INVALID_SCOPE",
        title: "the license has a scope that the host does not know",
        meaning: "Microsoft hosts know one scope, microsoft.com.",
        causes: &["a foreign or damaged license"],
        fixes: READ_TRACE,
        rules: &["RDSL-072"],
        ..PDU
    },
    ErrorRow {
        id: "pdu-6",
        code: Some(0x6),
        symbol: "ERR_NO_LICENSE_SERVER",
        title: "the host has no license server",
        meaning: "Sent by the host when no license server can be reached, the client has no valid license, and the grace period is over.",
        causes: &["no license server configured or reachable"],
        fixes: &[
            "As for extended reason 257: set the mode and the server, and check the connection to the server.",
        ],
        events: &[1008, 1010],
        rules: &["RDSL-020", "RDSL-030", "RDSL-040"],
        ..PDU
    },
    ErrorRow {
        id: "pdu-7",
        code: Some(0x7),
        symbol: "STATUS_VALID_CLIENT",
        title: "the client is admitted",
        meaning: "Not an error. Licensing succeeded, or the host is in its grace period or needs no CALs.",
        causes: &["normal operation"],
        fixes: &["No action is required."],
        ..PDU
    },
    ErrorRow {
        id: "pdu-8",
        code: Some(0x8),
        symbol: "ERR_INVALID_CLIENT",
        title: "the license server cannot issue a license to this client",
        meaning: "Sent by the host when the license server responds but has no license, and the grace period is over.",
        causes: &["no CALs of the needed kind and version"],
        fixes: &["As for extended reason 258: compare kind and version of the CALs with the host."],
        events: &[1004, 21, 22],
        rules: &["RDSL-013", "RDSL-103", "RDSL-104"],
        ..PDU
    },
    ErrorRow {
        id: "pdu-b",
        code: Some(0xB),
        symbol: "ERR_INVALID_PRODUCTID",
        title: "the license is for another product",
        meaning: "The product ID in the license is not one that the host requests.",
        causes: &["a foreign license in the client's store"],
        fixes: READ_TRACE,
        rules: &["RDSL-072"],
        ..PDU
    },
    ErrorRow {
        id: "pdu-c",
        code: Some(0xC),
        symbol: "ERR_INVALID_MESSAGE_LEN",
        title: "a licensing message has an impossible length",
        meaning: "The message was truncated or malformed.",
        causes: &["an old or foreign client", "a device between the two that modifies packets"],
        fixes: READ_TRACE,
        ..PDU
    },
];
