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
        meaning: "A note, not an error. The server was not activated through the Clearinghouse.",
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
        meaning: "A note. The server issues only temporary CALs.",
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
        meaning: "The caller has no permission.",
        causes: &[
            "an account that is not an administrator of the license server",
            "the host is not in the group that the policy requires",
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
        meaning: "It could not accept another caller.",
        causes: &["many hosts at once"],
        fixes: &["Wait and try again. If the error persists, check the server's load and database."],
        rules: &["RDSL-118"],
        ..API
    },
    ErrorRow {
        id: "tls-5022",
        code: Some(5022),
        symbol: "TLS_E_NO_CERTIFICATE",
        title: "the license server has no certificate",
        meaning: "It cannot provide one.",
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
        causes: &["wrong permissions on the LServer folder", "a damaged disk or a power failure"],
        fixes: &["Check the permissions of the folder; restore a backup; rebuild only as a last resort."],
        events: &[4100],
        rules: &["RDSL-119", "RDSL-123"],
        sources: &[sources::LS_EVENTS],
        ..API
    },
    ErrorRow {
        id: "tls-return-license",
        symbol: "TLS_W_RETURNLICENSE",
        title: "returning a license failed for now",
        meaning: "A note. The server tries again.",
        causes: &["another license server is not reachable"],
        fixes: &["Wait. Check the other server if the error persists."],
        events: &[15, 16],
        sources: &[sources::LS_EVENTS],
        ..API
    },
];
