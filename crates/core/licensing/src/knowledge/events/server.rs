use super::EventRow;
use crate::knowledge::{Certainty, MachineRole, sources};

const LS: &[&str] = &["Microsoft-Windows-TerminalServices-Licensing", "TermServLicensing"];

const SERVER: EventRow = EventRow {
    providers: LS,
    machine: MachineRole::LicenseServer,
    sources: &[sources::LS_EVENTS],
    ..EventRow::BASE
};

const INFORMATION: EventRow =
    EventRow { causes: &["normal operation"], fixes: &["No action is required."], harmless: true, ..SERVER };

const ACTIVATE: &[&str] = &[
    "Activate the server in RD Licensing Manager (over HTTPS, a web browser, or the telephone).",
    "If it was activated before, reactivate it; until then it issues only temporary CALs.",
];

pub(super) const EVENTS: &[EventRow] = &[
    EventRow { id: 0, title: "the licensing service started", meaning: "Information only.", ..INFORMATION },
    EventRow { id: 1, title: "the licensing service paused", meaning: "Information only.", ..INFORMATION },
    EventRow { id: 2, title: "the licensing service resumed", meaning: "Information only.", ..INFORMATION },
    EventRow {
        id: 3,
        title: "the licensing service stopped",
        meaning: "While it is stopped, no CAL is issued or renewed.",
        rules: &["RDSL-100"],
        causes: &["the service was stopped manually", "an earlier fault in the log"],
        fixes: &["Start the service, unless it was stopped on purpose."],
        ..SERVER
    },
    EventRow {
        id: 4,
        title: "the license server was activated",
        meaning: "Information only.",
        ..INFORMATION
    },
    EventRow {
        id: 7,
        title: "the server could not notify other license servers",
        meaning: "Communication between license servers failed. On NT 4.0 the same ID is a fault of the database connection.",
        causes: &["too busy, or the network between the servers", "NT 4.0: the ODBC data source is missing"],
        fixes: &[
            "Check the network between the license server list.",
            "NT 4.0: create the data source again.",
        ],
        sources: &[sources::LS_EVENTS, sources::KB_NT4],
        ..SERVER
    },
    EventRow {
        id: 8,
        title: "the server cannot talk to other license servers",
        meaning: "Communication between license servers failed.",
        causes: &["network or firewall between the servers"],
        fixes: &["Check the network between the license servers; remove retired servers."],
        ..SERVER
    },
    EventRow {
        id: 9,
        title: "the database file is not valid or in use",
        meaning: "The service cannot use TLSLic.edb.",
        causes: &[
            "wrong permissions on the LServer folder",
            "another program holds the file",
            "a damaged database",
        ],
        fixes: &[
            "Check the permissions of the folder, and exclude it from virus scanners.",
            "Restore the database together with the system state.",
            "As a last resort, rebuild the database and install the CAL packs again.",
        ],
        rules: &["RDSL-119"],
        ..SERVER
    },
    EventRow {
        id: 12,
        title: "the service could not be initialized and denies all requests",
        meaning: "The licensing policy module did not load.",
        causes: &["a damaged role installation"],
        fixes: &["Restart the service.", "Repair or reinstall the role, after a backup."],
        ..SERVER
    },
    EventRow {
        id: 13,
        title: "general error of the licensing service",
        meaning: "Read its text for the inner error. On NT 4.0 it can be a cryptographic error.",
        causes: &["depends on the text"],
        fixes: &["Follow the inner error.", "Repair the role if it persists."],
        ..SERVER
    },
    EventRow {
        id: 14,
        title: "the server cannot detect its installed licenses",
        meaning: "The database was not ready or cannot be read.",
        causes: &["start order after a boot", "a damaged database"],
        fixes: &["Restart the service.", "If the event persists, see event 4100."],
        rules: &["RDSL-119"],
        ..SERVER
    },
    EventRow {
        id: 15,
        title: "the server could not notify another one of a returned license",
        meaning: "Returning a license failed temporarily (TLS_W_RETURNLICENSE).",
        causes: &["the other server is not reachable"],
        fixes: &["Wait; the server tries again.", "Check the other server."],
        ..SERVER
    },
    EventRow {
        id: 16,
        title: "the server could not return an expired license",
        meaning: "Returning a license failed temporarily.",
        causes: &["the other server is not reachable"],
        fixes: &["Wait; the server tries again.", "Check the other server."],
        ..SERVER
    },
    EventRow {
        id: 17,
        title: "certificates of the license server are corrupt or missing",
        meaning: "The server cannot issue permanent CALs. Very old servers log it because their certificate expired in 2010.",
        causes: &["damaged or expired certificates", "a restored registry without the LSA secrets"],
        fixes: &ACTIVATE_AGAIN,
        rules: &["RDSL-101", "RDSL-123"],
        sources: &[sources::LS_EVENTS, sources::KB983385, sources::REACTIVATE],
        ..SERVER
    },
    EventRow {
        id: 18,
        title: "the license server is not activated",
        meaning: "It issues only temporary CALs, which expire after 90 days.",
        causes: &["the server was never activated, or was deactivated"],
        fixes: ACTIVATE,
        rules: &["RDSL-101", "RDSL-123"],
        sources: &[sources::LS_EVENTS, sources::ACTIVATE],
        ..SERVER
    },
    EventRow {
        id: 19,
        title: "certificates of the license server are missing or invalid",
        meaning: "The server cannot issue permanent CALs.",
        causes: &["damaged certificates", "a restored registry without the LSA secrets"],
        fixes: &ACTIVATE_AGAIN,
        rules: &["RDSL-101", "RDSL-123"],
        sources: &[sources::LS_EVENTS, sources::REACTIVATE],
        ..SERVER
    },
    EventRow {
        id: 20,
        title: "few licenses are left",
        meaning: "The pool named in the event is nearly used up.",
        causes: &["more devices or users than CALs", "CALs of retired devices"],
        fixes: &[
            "Revoke CALs of retired devices (up to 20 percent of a pack), or wait until they expire.",
            "Buy and install CALs.",
        ],
        rules: &["RDSL-104"],
        ..SERVER
    },
    EventRow {
        id: 21,
        title: "no permanent licenses of the requested kind are left",
        meaning: "A host requested a kind or version of which none is free.",
        causes: &[
            "the pool is used up",
            "the host's mode requests a kind that is not owned",
            "the CALs are older than the host",
        ],
        fixes: &[
            "Compare the mode of the host with the packs on the server.",
            "Compare the version of the packs with that of the host.",
            "Buy and install CALs of that kind and version.",
        ],
        rules: &["RDSL-013", "RDSL-103", "RDSL-104", "RDSL-106"],
        sources: &[sources::LS_EVENTS, sources::CALS, sources::INSTALL_CALS],
        ..SERVER
    },
    EventRow {
        id: 22,
        title: "no licenses of the requested product are installed",
        meaning: "The server has no pack of the kind and version that a host requested.",
        causes: &["the mode of the host does not match the packs", "only packs of an older version"],
        fixes: &[
            "Compare the mode of the host with the packs on the server.",
            "Install a pack of that version; a newer host does not accept older CALs.",
        ],
        rules: &["RDSL-013", "RDSL-103", "RDSL-106"],
        sources: &[sources::LS_EVENTS, sources::CALS, sources::INSTALL_CALS],
        ..SERVER
    },
    EventRow {
        id: 28,
        title: "the license server must be a domain controller or in a workgroup (Windows 2000)",
        meaning: "Windows 2000 does not serve a domain from a member server.",
        causes: &["the role was installed on a member server"],
        fixes: &["Install the role where Windows 2000 requires it, or use a newer license server."],
        ..SERVER
    },
    EventRow {
        id: 38,
        title: "the license server is not activated",
        meaning: "It issues only temporary CALs.",
        causes: &["the server was never activated, or was deactivated"],
        fixes: ACTIVATE,
        rules: &["RDSL-101"],
        sources: &[sources::LS_EVENTS, sources::ACTIVATE],
        ..SERVER
    },
    EventRow {
        id: 39,
        title: "the license server is not activated",
        meaning: "It issues only temporary CALs.",
        causes: &["the server was never activated, or was deactivated"],
        fixes: ACTIVATE,
        rules: &["RDSL-101"],
        sources: &[sources::LS_EVENTS, sources::ACTIVATE],
        ..SERVER
    },
    EventRow {
        id: 43,
        title: "the work scheduler of the licensing service could not start",
        meaning: "On old servers with a large database: the version store was too small.",
        causes: &["a database of more than about 80 MB on Windows 2000"],
        fixes: &["Install the latest service pack; see ESENT event 623."],
        sources: &[sources::LS_EVENTS, sources::KB3167312],
        certainty: Certainty::Reported,
        ..SERVER
    },
    EventRow {
        id: 44,
        title: "database error -1316 at start-up",
        meaning: "Harmless if it occurs when the service starts.",
        causes: &["a startup step without any work to do"],
        fixes: &["No action is required as long as CALs are issued."],
        harmless: true,
        sources: &[sources::KB4078299],
        ..SERVER
    },
    EventRow {
        id: 70,
        title: "the local group for session hosts was created",
        meaning: "Terminal Server Computers, later RDS Endpoint Servers. Information only.",
        sources: &[sources::SECURITY_GROUP],
        ..INFORMATION
    },
    EventRow {
        id: 71,
        title: "the local group for session hosts could not be created",
        meaning: "Relevant only if a policy restricts the server to members of that group.",
        causes: &["the Windows error in the event"],
        fixes: &["Create the group manually, then restart the service."],
        rules: &["RDSL-111"],
        sources: &[sources::SECURITY_GROUP, sources::SCOM],
        ..SERVER
    },
    EventRow {
        id: 72,
        title: "the local group for session hosts was deleted",
        meaning: "It is removed with the role. Information only.",
        sources: &[sources::SECURITY_GROUP],
        ..INFORMATION
    },
    EventRow {
        id: 73,
        title: "the local group for session hosts could not be deleted",
        meaning: "A group remains after the role was removed.",
        causes: &["the Windows error in the event"],
        fixes: &["Delete the group manually if the role is no longer installed."],
        sources: &[sources::SECURITY_GROUP, sources::SCOM],
        ..SERVER
    },
    EventRow {
        id: 74,
        title: "the server was added to Terminal Server License Servers",
        meaning: "It can now write per-user data to the directory. Information only; relevant to an audit.",
        sources: &[sources::PER_USER_TRACKING],
        ..INFORMATION
    },
    EventRow {
        id: 76,
        title: "the server was removed from Terminal Server License Servers",
        meaning: "Per-user CALs are no longer recorded in that domain.",
        causes: &["it was removed from the group"],
        fixes: &["If per-user CALs are used, add the server again and restart the service."],
        rules: &["RDSL-113", "RDSL-134"],
        sources: &[sources::PER_USER_TRACKING],
        ..SERVER
    },
    EventRow {
        id: 88,
        title: "the database was rebuilt",
        meaning: "The server has no CAL packs any more.",
        causes: &[
            "the rebuild wizard was run",
            "the service created an empty database because the file was missing",
        ],
        fixes: &[
            "Install the CAL packs again through the Clearinghouse.",
            "If a backup exists, restore it instead.",
        ],
        rules: &["RDSL-123"],
        ..SERVER
    },
    EventRow {
        id: 89,
        title: "CALs were removed from the source server (migration)",
        meaning: "A step of moving CALs to another server.",
        sources: &[sources::LS_EVENTS, sources::MIGRATE_CALS],
        ..INFORMATION
    },
    EventRow {
        id: 92,
        title: "a step of CAL migration",
        meaning: "CALs are being moved to or from another server.",
        causes: &["the migration wizard"],
        fixes: &["Finish the wizard, and remove the old server's name from the list of every host."],
        sources: &[sources::LS_EVENTS, sources::MIGRATE_CALS],
        ..SERVER
    },
    EventRow {
        id: 93,
        title: "a step of CAL migration",
        meaning: "CALs are being moved to or from another server.",
        causes: &["the migration wizard"],
        fixes: &["Finish the wizard, and remove the old server's name from the list of every host."],
        sources: &[sources::LS_EVENTS, sources::MIGRATE_CALS],
        ..SERVER
    },
    EventRow {
        id: 623,
        providers: &["ESENT"],
        title: "the database's version store is exhausted",
        meaning: "The licensing database ran out of version pages; the service stops answering.",
        causes: &["MaxVerPages is absent or too small for a busy server"],
        fixes: &[
            "Set MaxVerPages (REG_DWORD) to 1024 in Services\\TermServLicensing\\Parameters; the valid range is 256 to 2048.",
            "Restart the licensing service.",
        ],
        rules: &["RDSL-118"],
        sources: &[sources::KB3167312],
        ..SERVER
    },
    EventRow {
        id: 4100,
        title: "the licensing database is corrupt",
        meaning: "The service cannot use its database (TLS_E_CORRUPT_DATABASE).",
        causes: &["wrong permissions on the LServer folder", "a damaged disk or a power failure"],
        fixes: &[
            "Check the permissions of the LServer folder.",
            "Restore database and system state from a backup.",
            "As a last resort, rebuild the database and install the CAL packs again through the Clearinghouse.",
        ],
        rules: &["RDSL-119", "RDSL-123"],
        ..SERVER
    },
    EventRow {
        id: 4105,
        title: "the server cannot update a user's license attributes in Active Directory",
        meaning: "Per-user CALs still work, but their use is not recorded for that user.",
        causes: &[
            "the server is not a member of Terminal Server License Servers in the user's domain",
            "on a domain controller: Network Service is not a member of it",
            "the user object is older than the domain and lacks the permission",
            "Server 2019 hosts write as the user, who lacks the permission",
        ],
        fixes: &[
            "Add the license server to Terminal Server License Servers and restart the service; on a domain controller also add \
             Network Service.",
            "Delegate read and write access to \"Terminal Server License Server\" on the users or their OU.",
            "For Server 2019 hosts delegate the same to SELF (KB 4547091).",
        ],
        rules: &["RDSL-113", "RDSL-114", "RDSL-116", "RDSL-132"],
        sources: &[sources::KB2030310, sources::KB4547091, sources::PER_USER_TRACKING],
        ..SERVER
    },
    EventRow {
        id: 4107,
        title: "the server cannot reach Active Directory",
        meaning: "Per-user use cannot be recorded at present.",
        causes: &["DNS or a domain controller is not reachable"],
        fixes: &["Check DNS and the connection to a domain controller of the user's domain."],
        rules: &["RDSL-136"],
        ..SERVER
    },
    EventRow {
        id: 4108,
        title: "the server cannot reach Active Directory",
        meaning: "Per-user use cannot be recorded at present.",
        causes: &["DNS or a domain controller is not reachable"],
        fixes: &["Check DNS and the connection to a domain controller of the user's domain."],
        rules: &["RDSL-136"],
        ..SERVER
    },
    EventRow {
        id: 4140,
        title: "the local group for session hosts is required but missing",
        meaning: "Policy restricts the server to a group that does not exist.",
        causes: &["fSecureLicensing is set and the group was deleted"],
        fixes: &["Create the group, or set the policy to Not Configured; then restart the service."],
        rules: &["RDSL-111"],
        sources: &[sources::SECURITY_GROUP, sources::SCOM],
        ..SERVER
    },
    EventRow {
        id: 4141,
        title: "a host was refused because it is not in the group",
        meaning: "A policy restricts the server to members of its local group, and this host is not one.",
        causes: &["fSecureLicensing is set and the host was never added"],
        fixes: &[
            "Add the host's computer account to RDS Endpoint Servers (Terminal Server Computers on 2008), or set the policy to Not Configured.",
        ],
        rules: &["RDSL-032", "RDSL-111"],
        sources: &[sources::SECURITY_GROUP, sources::SCOM],
        ..SERVER
    },
    EventRow {
        id: 201,
        providers: &["TermServLicensing"],
        title: "no license could be issued (NT 4.0)",
        meaning: "An NT 4.0 license server had no license for a client.",
        causes: &["no licenses left"],
        fixes: &["Add licenses, or preferably replace the server."],
        sources: &[sources::KB_NT4],
        ..SERVER
    },
];

const ACTIVATE_AGAIN: [&str; 2] = [
    "Reactivate the license server in RD Licensing Manager.",
    "If that fails, restore system state and database together, or rebuild and install the packs again.",
];
