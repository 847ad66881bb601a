use super::{ErrorRow, ErrorSpace};
use crate::knowledge::sources;

const API: ErrorRow =
    ErrorRow { space: ErrorSpace::ServerApi, sources: &[sources::TLS_API], ..ErrorRow::BASE };

pub(super) const ERRORS: &[ErrorRow] = &[
    ErrorRow {
        id: "tls-4007",
        code: Some(4007),
        symbol: "TLS_W_SELFSIGN_CERTIFICATE",
        title: "the license server's certificate is self-signed",
        meaning: "A note, not an error: the server was not activated through the clearing house.",
        causes: &["a server that is not activated"],
        fixes: &["Activate the license server if permanent CALs are wanted."],
        rules: &["RDSL-101"],
        ..API
    },
    ErrorRow {
        id: "tls-4009",
        code: Some(4009),
        symbol: "TLS_W_TEMP_SELFSIGN_CERT",
        title: "the license server's certificate is temporary",
        meaning: "A note: the server hands out temporary CALs only.",
        causes: &["a server that is not activated"],
        fixes: &["Activate the license server."],
        rules: &["RDSL-101"],
        ..API
    },
    ErrorRow {
        id: "tls-5003",
        code: Some(5003),
        symbol: "TLS_E_ACCESS_DENIED",
        title: "the license server refuses the caller",
        meaning: "The caller has no right to ask.",
        causes: &[
            "no administrator of the license server",
            "the host is not in the group that policy demands",
        ],
        fixes: &["Run as an administrator of the license server; check fSecureLicensing and its group."],
        rules: &["RDSL-032", "RDSL-033"],
        ..API
    },
    ErrorRow {
        id: "tls-5007",
        code: Some(5007),
        symbol: "TLS_E_ALLOCATE_HANDLE",
        title: "the license server is too busy",
        meaning: "It could not take one more caller.",
        causes: &["many hosts at once"],
        fixes: &["Wait and try again; if it stays, look at the server's load and database."],
        rules: &["RDSL-118"],
        ..API
    },
    ErrorRow {
        id: "tls-5022",
        code: Some(5022),
        symbol: "TLS_E_NO_CERTIFICATE",
        title: "the license server has no certificate",
        meaning: "It cannot be asked for one.",
        causes: &["a server that was never activated", "damaged certificates"],
        fixes: &["Activate or reactivate the license server."],
        events: &[17, 19],
        rules: &["RDSL-101", "RDSL-123"],
        ..API
    },
    ErrorRow {
        id: "tls-corrupt-database",
        symbol: "TLS_E_CORRUPT_DATABASE",
        title: "the licensing database is corrupt",
        meaning: "The service cannot use its database.",
        causes: &["wrong rights on the LServer folder", "a damaged disk or a hard stop"],
        fixes: &["Check the rights on the folder; restore a backup; rebuild only as a last step."],
        events: &[4100],
        rules: &["RDSL-119", "RDSL-123"],
        sources: &[sources::LS_EVENTS],
        ..API
    },
    ErrorRow {
        id: "tls-return-license",
        symbol: "TLS_W_RETURNLICENSE",
        title: "returning a license failed for now",
        meaning: "A note: it is tried again.",
        causes: &["another license server is not reachable"],
        fixes: &["Wait; check the other server if it stays."],
        events: &[15, 16],
        sources: &[sources::LS_EVENTS],
        ..API
    },
];
