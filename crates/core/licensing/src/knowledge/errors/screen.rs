use super::ErrorRow;
use crate::knowledge::sources;

pub(super) const ERRORS: &[ErrorRow] = &[
    ErrorRow {
        id: "screen-60-minutes",
        title: "the session ends after 60 minutes because of the license",
        texts: &[
            "There is a problem with your Remote Desktop license, and your session will be disconnected in 60 minutes. \
             Contact your system administrator to fix this problem.",
            "Your Remote Desktop session will be disconnected in 60 minutes",
            "session disconnected after one hour because of a license problem",
        ],
        meaning: "Soft enforcement: the host received no license and admits the user for an hour at a time. Per device since 2016, per user only on 2019; removed in 2022.",
        causes: &[
            "the licensing service is stopped or cannot be reached",
            "the mode or the license server is not configured correctly",
            "per-user mode on a host in a workgroup, or in a domain without trust",
            "CALs older than the host",
        ],
        fixes: &[
            "The user can reconnect to the same session immediately.",
            "Check the mode and the server list, and which setting is in force.",
            "Check that the host reaches the license server and that CALs of its version are installed.",
            "Workgroup hosts need Per Device.",
            "On 2019 with per-user CALs: install the latest updates on all Remote Desktop server list.",
        ],
        rules: &["RDSL-012", "RDSL-020", "RDSL-030", "RDSL-136", "RDSL-155"],
        events: &[1004, 1010],
        sources: &[sources::SIXTY_MINUTES],
        ..ErrorRow::BASE
    },
    ErrorRow {
        id: "screen-mode-grace",
        title: "the licensing mode is not configured; the grace period is still running",
        texts: &[
            "Remote Desktop licensing mode is not configured. Remote Desktop Services will stop working in days. On the RD Connection Broker \
             server, use Server Manager to specify the Remote Desktop licensing mode.",
            "Remote Desktop licensing mode is not configured. Remote Desktop Services will stop working in 119 days",
            "Remote Desktop Services will stop working in days",
        ],
        meaning: "A reminder of the host during its 120 days. It also appears, without any fault, in administrative sessions and for local accounts in per-user mode.",
        causes: &[
            "the mode was never selected",
            "the mode or server was written to a key that Windows does not read",
            "the host does not reach its license server",
            "a local account or an administrative session (no fault)",
        ],
        fixes: &[
            "First check whether the session is administrative or uses a local account.",
            "Set mode and license server by policy, in Server Manager or through WMI.",
        ],
        rules: &["RDSL-001", "RDSL-011", "RDSL-020", "RDSL-041"],
        events: &[1068],
        sources: &[sources::MODE_WARNING],
        ..ErrorRow::BASE
    },
    ErrorRow {
        id: "screen-mode-over",
        title: "the licensing mode is not configured; the grace period is over",
        texts: &[
            "Remote Desktop licensing mode is not configured. Remote Desktop Services will stop working because this computer is past its \
             licensing grace period. On the RD Connection Broker server, use Server Manager to specify the Remote Desktop licensing mode.",
            "this computer is past grace period",
        ],
        meaning: "Users without a license are refused. It also appears, without any fault, in administrative sessions and for local accounts in per-user mode.",
        causes: &[
            "the mode was never selected",
            "the mode or server was written to a key that Windows does not read",
            "the host does not reach its license server",
        ],
        fixes: &[
            "First check whether the session is administrative or uses a local account.",
            "Set mode and license server by policy, in Server Manager or through WMI.",
            "Do not reset the grace period; the fault would remain.",
        ],
        rules: &["RDSL-001", "RDSL-011", "RDSL-020", "RDSL-040"],
        events: &[1069],
        sources: &[sources::MODE_WARNING],
        ..ErrorRow::BASE
    },
    ErrorRow {
        id: "screen-temporary-expired",
        title: "the client's temporary license has expired",
        texts: &[
            "The terminal services client has been disconnected because its temporary license has expired",
            "The remote session could not be established because its temporary license has expired",
            "Your terminal services temporary license will expire in days. Please contact your system administrator to get a permanent license",
        ],
        meaning: "The device had 90 days on a temporary CAL and never received a permanent one.",
        causes: &[
            "the licensing mode does not match the owned CALs",
            "no permanent CALs of the host's version, or none left",
            "the license server is not activated",
        ],
        fixes: &[
            "Compare mode, kind and version of the CALs; set the mode to the owned kind.",
            "Activate the license server; install CALs.",
            "Deleting the client's store only consumes another temporary CAL.",
        ],
        rules: &["RDSL-013", "RDSL-075", "RDSL-077", "RDSL-101", "RDSL-103"],
        events: &[1011, 21, 22],
        sources: &[sources::HOST_EVENTS, sources::KB822134],
        ..ErrorRow::BASE
    },
    ErrorRow {
        id: "screen-protocol-error",
        title: "an error in the licensing protocol",
        texts: &[
            "The remote session was disconnected because of an error in the licensing protocol",
            "The remote computer disconnected the session because of an error in the licensing protocol. Please try connecting to the remote \
             computer again or contact your server administrator.",
        ],
        meaning: "Usually the client has no write access to its license store; sometimes the store is damaged.",
        causes: &[
            "MSLicensing missing or not writable for the user",
            "a damaged license in the store",
            "an incompatible version",
        ],
        fixes: &[
            "Start the Remote Desktop client once as administrator and connect.",
            "If that does not help: export MSLicensing, delete the stored license Store\\LICENSE00n, and start it as administrator once.",
            "If all clients are affected, check the host: events 1003 and 1004, and its certificate.",
        ],
        rules: &["RDSL-072", "RDSL-083", "RDSL-084"],
        events: &[1003, 1004],
        sources: &[sources::IAP_571, sources::EXTENDED_REASON],
        ..ErrorRow::BASE
    },
    ErrorRow {
        id: "screen-security-error",
        title: "a security error (usually not a licensing message; if every client is affected, the host's licensing certificate)",
        texts: &[
            "Because of a security error, the client could not connect to the terminal server. After making sure that you are logged on to the \
             network, try connecting to the server again.",
            "Because of a security error, the client could not connect to the remote computer. Verify that you are logged on to the network, and \
             then try connecting again.",
        ],
        meaning: "On old hosts: the host's licensing certificate is corrupt. It can also come from the client's license store.",
        causes: &["a corrupt licensing certificate of the host", "a damaged license store of the client"],
        fixes: &[
            "If only one client is affected: export MSLicensing and delete its stored license.",
            "If all clients are affected: check the host's certificate. If it is invalid, export and delete the certificate values and restart the host.",
        ],
        rules: &["RDSL-060", "RDSL-062", "RDSL-064"],
        events: &[50, 1003, 1004],
        sources: &[sources::SECURITY_ERROR, sources::KB329896, sources::NO_LICENSE_SERVER],
        ..ErrorRow::BASE
    },
];
