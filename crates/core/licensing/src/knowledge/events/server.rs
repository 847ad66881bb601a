use super::EventRow;
use crate::knowledge::{Certainty, MachineRole, sources};

const LS: &[&str] = &["Microsoft-Windows-TerminalServices-Licensing", "TermServLicensing"];

const SERVER: EventRow = EventRow {
    providers: LS,
    machine: MachineRole::LicenseServer,
    sources: &[sources::LS_EVENTS],
    ..EventRow::BASE
};

/// A fault whose text is in the manifest.
const MANIFEST: EventRow = EventRow { certainty: Certainty::Code, sources: &[sources::MANIFESTS], ..SERVER };

const DATABASE: &[&str] = &[
    "Check the permissions of the LServer folder, and exclude it from virus scanners.",
    "Restore the database together with the system state.",
    "As a last resort, install the CAL packs again through the Clearinghouse.",
];

const MODULE: &[&str] = &["Restart the service.", "Repair or reinstall the role, after a backup."];

const TELEPHONE: &[&str] = &["Install the licenses by telephone or web browser in RD Licensing Manager."];

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
        rules: &["RDSL-123"],
        ..SERVER
    },
    EventRow {
        id: 8,
        title: "the server cannot talk to other license servers",
        meaning: "Communication between license servers failed.",
        causes: &["network or firewall between the servers"],
        fixes: &["Check the network between the license servers; remove retired servers."],
        rules: &["RDSL-123"],
        ..SERVER
    },
    EventRow {
        id: 9,
        title: "the license database is not valid; the server started with an empty one",
        meaning: "The service renamed TLSLic.edb and created an empty database. The CAL packs are missing.",
        causes: &["wrong permissions on the LServer folder", "a damaged database"],
        fixes: DATABASE,
        rules: &["RDSL-119", "RDSL-123"],
        ..MANIFEST
    },
    EventRow {
        id: 12,
        title: "the service could not be initialized and denies all requests",
        meaning: "The licensing policy module did not load.",
        causes: &["a damaged role installation"],
        fixes: &["Restart the service.", "Repair or reinstall the role, after a backup."],
        rules: &["RDSL-123"],
        ..SERVER
    },
    EventRow {
        id: 13,
        title: "the default policy module is used for all license requests",
        meaning: "The default module is Tls236.dll. On NT 4.0 the same ID is a cryptographic error.",
        sources: &[sources::MANIFESTS, sources::KB_NT4],
        ..INFORMATION
    },
    EventRow {
        id: 14,
        title: "the server cannot detect its installed licenses",
        meaning: "The database was not ready or cannot be read.",
        causes: &["start order after a boot", "a damaged database"],
        fixes: &["Restart the service.", "If the event persists, see event 4100."],
        rules: &["RDSL-119", "RDSL-123"],
        ..SERVER
    },
    EventRow {
        id: 15,
        title: "the server could not notify another one of a returned license",
        meaning: "Returning a license failed temporarily (TLS_W_RETURNLICENSE).",
        causes: &["the other server is not reachable"],
        fixes: &["Wait; the server tries again.", "Check the other server."],
        rules: &["RDSL-123"],
        ..SERVER
    },
    EventRow {
        id: 16,
        title: "the server could not return an expired license",
        meaning: "Returning a license failed temporarily.",
        causes: &["the other server is not reachable"],
        fixes: &["Wait; the server tries again.", "Check the other server."],
        rules: &["RDSL-123"],
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
        rules: &["RDSL-104", "RDSL-123"],
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
        rules: &["RDSL-013", "RDSL-103", "RDSL-104", "RDSL-106", "RDSL-123"],
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
        rules: &["RDSL-013", "RDSL-103", "RDSL-106", "RDSL-123"],
        sources: &[sources::LS_EVENTS, sources::CALS, sources::INSTALL_CALS],
        ..SERVER
    },
    EventRow {
        id: 26,
        title: "all licenses of a product were removed",
        meaning: "The packs must be registered again.",
        causes: &["the server was restored or reactivated", "the database was rebuilt"],
        fixes: &["Install the CAL packs again in RD Licensing Manager."],
        rules: &["RDSL-123"],
        ..MANIFEST
    },
    EventRow {
        id: 28,
        title: "the license server must be a domain controller or in a workgroup (Windows 2000)",
        meaning: "Windows 2000 does not serve a domain from a member server.",
        causes: &["the role was installed on a member server"],
        fixes: &["Install the role where Windows 2000 requires it, or use a newer license server."],
        rules: &["RDSL-123"],
        ..SERVER
    },
    EventRow {
        id: 37,
        title: "the licensing service cannot start",
        meaning: "Often the value DBPath or the permissions of the LServer folder are wrong.",
        causes: &["a wrong DBPath", "permissions on the folder or the registry key"],
        fixes: &["Check DBPath and the permissions of the LServer folder: rdscal show."],
        rules: &["RDSL-100", "RDSL-123"],
        ..MANIFEST
    },
    EventRow {
        id: 38,
        title: "the server cannot issue a license because of an internal error",
        meaning: "The event contains the error.",
        causes: &["the error in the event"],
        fixes: &["Follow the error in the event.", "Restart the licensing service."],
        rules: &["RDSL-123"],
        ..MANIFEST
    },
    EventRow {
        id: 39,
        title: "the server cannot create new keys",
        meaning: "Without keys the server receives no certificate. The event contains the error.",
        causes: &["the error in the event"],
        fixes: &["Follow the error in the event.", "Reactivate the license server in RD Licensing Manager."],
        rules: &["RDSL-123"],
        ..MANIFEST
    },
    EventRow {
        id: 40,
        title: "the server cannot install its certificate",
        meaning: "Without it the server issues only temporary CALs. The event contains the error.",
        causes: &["the error in the event"],
        fixes: &ACTIVATE_AGAIN,
        rules: &["RDSL-123"],
        ..MANIFEST
    },
    EventRow {
        id: 41,
        title: "the policy module cannot be initialized",
        meaning: "The server denies license requests.",
        causes: &["a damaged role installation"],
        fixes: MODULE,
        rules: &["RDSL-123"],
        ..MANIFEST
    },
    EventRow {
        id: 42,
        title: "the policy module has an error",
        meaning: "The server may deny license requests.",
        causes: &["a damaged role installation"],
        fixes: MODULE,
        rules: &["RDSL-123"],
        ..MANIFEST
    },
    EventRow {
        id: 43,
        title: "the work scheduler of the licensing service could not start",
        meaning: "On old servers with a large database: the version store was too small.",
        causes: &["a database of more than about 80 MB on Windows 2000"],
        fixes: &["Install the latest service pack; see ESENT event 623."],
        sources: &[sources::LS_EVENTS, sources::KB3167312],
        certainty: Certainty::Reported,
        rules: &["RDSL-123"],
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
        id: 45,
        title: "the server cannot communicate with another license server",
        meaning: "The event contains the error.",
        causes: &["network or firewall between the servers", "a server that was removed"],
        fixes: &["Check the network between the license servers; remove retired servers."],
        rules: &["RDSL-123"],
        ..MANIFEST
    },
    EventRow {
        id: 47,
        title: "the license database is corrupt and cannot be renamed",
        meaning: "The service cannot start with an empty database either.",
        causes: &["a damaged database", "permissions on the LServer folder"],
        fixes: DATABASE,
        rules: &["RDSL-119", "RDSL-123"],
        ..MANIFEST
    },
    EventRow {
        id: 49,
        title: "the restored license database cannot be used; the server started with an empty one",
        meaning: "The CAL packs are missing.",
        causes: &["permissions on the LServer folder"],
        fixes: DATABASE,
        rules: &["RDSL-119", "RDSL-123"],
        ..MANIFEST
    },
    EventRow {
        id: 52,
        title: "the server started with the restored license database",
        meaning: "The previous database was saved under another name.",
        certainty: Certainty::Code,
        sources: &[sources::MANIFESTS],
        ..INFORMATION
    },
    EventRow {
        id: 56,
        title: "a CAL pack cannot be decrypted",
        meaning: "The pack was not installed.",
        causes: &["a damaged response of the Clearinghouse"],
        fixes: TELEPHONE,
        rules: &["RDSL-123"],
        ..MANIFEST
    },
    EventRow {
        id: 57,
        title: "the certificate chain of a CAL pack cannot be verified",
        meaning: "The pack was not installed.",
        causes: &["missing root certificates on the license server"],
        fixes: TELEPHONE,
        rules: &["RDSL-123"],
        ..MANIFEST
    },
    EventRow {
        id: 58,
        title: "the hash of a CAL pack is wrong",
        meaning: "The pack was not installed.",
        causes: &["a damaged response of the Clearinghouse"],
        fixes: TELEPHONE,
        rules: &["RDSL-123"],
        ..MANIFEST
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
        rules: &["RDSL-111", "RDSL-123", "RDSL-127"],
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
        rules: &["RDSL-123"],
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
        id: 75,
        title: "the server could not be added to Terminal Server License Servers",
        meaning: "Without membership per-user CALs are not recorded in that domain.",
        causes: &["the account that activated the server lacks rights in the directory"],
        fixes: &[
            "Add the license server to the group as a domain administrator, and restart the licensing service.",
        ],
        rules: &["RDSL-113", "RDSL-123", "RDSL-134"],
        sources: &[sources::PER_USER_TRACKING],
        ..SERVER
    },
    EventRow {
        id: 76,
        title: "the server was removed from Terminal Server License Servers",
        meaning: "Per-user CALs are no longer recorded in that domain.",
        causes: &["it was removed from the group"],
        fixes: &["If per-user CALs are used, add the server again and restart the service."],
        rules: &["RDSL-113", "RDSL-123", "RDSL-134"],
        sources: &[sources::PER_USER_TRACKING],
        ..SERVER
    },
    EventRow {
        id: 80,
        title: "a license was revoked",
        meaning: "An administrator revoked the CAL of a device.",
        certainty: Certainty::Code,
        sources: &[sources::MANIFESTS],
        ..INFORMATION
    },
    EventRow {
        id: 81,
        title: "a license could not be revoked: the quota is used up",
        meaning: "At most 20 percent of the CALs of a version can be revoked at a time. The event has the date.",
        causes: &["many revocations in a short time"],
        fixes: &["Wait until the date in the event."],
        rules: &["RDSL-123"],
        ..MANIFEST
    },
    EventRow {
        id: 82,
        title: "a license was upgraded",
        meaning: "A device received a newer CAL.",
        certainty: Certainty::Code,
        sources: &[sources::MANIFESTS],
        ..INFORMATION
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
        id: 90,
        title: "CALs could not be removed from the source server (migration)",
        meaning: "The same CALs are now on two servers, which the license terms do not permit.",
        causes: &["the source server is not reachable"],
        fixes: &["Delete the CALs from the source server through WMI, or remove its role."],
        rules: &["RDSL-123"],
        ..MANIFEST
    },
    EventRow {
        id: 91,
        title: "a step of CAL migration",
        meaning: "The migration is complete. The source server is too old to delete its CALs: do not use it any more.",
        sources: &[sources::MANIFESTS, sources::MIGRATE_CALS],
        ..INFORMATION
    },
    EventRow {
        id: 92,
        title: "a step of CAL migration",
        meaning: "CALs are being moved to or from another server.",
        causes: &["the migration wizard"],
        fixes: &["Finish the wizard, and remove the old server's name from the list of every host."],
        sources: &[sources::LS_EVENTS, sources::MIGRATE_CALS],
        ..INFORMATION
    },
    EventRow {
        id: 93,
        title: "a step of CAL migration",
        meaning: "CALs are being moved to or from another server.",
        causes: &["the migration wizard"],
        fixes: &["Finish the wizard, and remove the old server's name from the list of every host."],
        sources: &[sources::LS_EVENTS, sources::MIGRATE_CALS],
        ..INFORMATION
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
        rules: &["RDSL-113", "RDSL-114", "RDSL-116", "RDSL-123", "RDSL-132"],
        sources: &[sources::KB2030310, sources::KB4547091, sources::PER_USER_TRACKING],
        ..SERVER
    },
    EventRow {
        id: 4107,
        title: "the server cannot reach Active Directory",
        meaning: "Per-user use cannot be recorded at present.",
        causes: &["DNS or a domain controller is not reachable"],
        fixes: &["Check DNS and the connection to a domain controller of the user's domain."],
        rules: &["RDSL-123", "RDSL-136"],
        ..SERVER
    },
    EventRow {
        id: 4106,
        title: "a message about the report of CALs",
        meaning: "Information about the Per User report.",
        certainty: Certainty::Code,
        sources: &[sources::MANIFESTS],
        ..INFORMATION
    },
    EventRow {
        id: 4108,
        title: "the report of Per User CALs could not be generated",
        meaning: "The counts of the report are missing; no license is affected.",
        causes: &["a domain controller is not reachable"],
        fixes: &["Check DNS and the connection to a domain controller, then generate the report again."],
        rules: &["RDSL-123", "RDSL-136"],
        ..MANIFEST
    },
    EventRow {
        id: 4140,
        title: "the local group for session hosts is required but missing",
        meaning: "Policy restricts the server to a group that does not exist.",
        causes: &["fSecureLicensing is set and the group was deleted"],
        fixes: &["Create the group, or set the policy to Not Configured; then restart the service."],
        rules: &["RDSL-111", "RDSL-127"],
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
        rules: &["RDSL-032", "RDSL-111", "RDSL-127"],
        sources: &[sources::SECURITY_GROUP, sources::SCOM],
        ..SERVER
    },
    EventRow {
        id: 4143,
        title: "a license was issued to a user",
        meaning: "The server issues licenses.",
        certainty: Certainty::Code,
        sources: &[sources::MANIFESTS],
        ..INFORMATION
    },
    EventRow {
        id: 4144,
        title: "the license of a user was upgraded",
        meaning: "The server issues licenses.",
        certainty: Certainty::Code,
        sources: &[sources::MANIFESTS],
        ..INFORMATION
    },
    EventRow {
        id: 4145,
        title: "the license of a user was renewed",
        meaning: "The server issues licenses.",
        certainty: Certainty::Code,
        sources: &[sources::MANIFESTS],
        ..INFORMATION
    },
    EventRow {
        id: 4146,
        title: "the license of a device was renewed",
        meaning: "The server issues licenses.",
        certainty: Certainty::Code,
        sources: &[sources::MANIFESTS],
        ..INFORMATION
    },
    EventRow {
        id: 4147,
        title: "a license was issued to a device",
        meaning: "The server issues licenses.",
        certainty: Certainty::Code,
        sources: &[sources::MANIFESTS],
        ..INFORMATION
    },
    EventRow {
        id: 4148,
        title: "a license was issued to a device that uses virtual desktops",
        meaning: "The server issues licenses.",
        certainty: Certainty::Code,
        sources: &[sources::MANIFESTS],
        ..INFORMATION
    },
    EventRow {
        id: 8193,
        title: "the license server could not be published in Active Directory",
        meaning: "Logged when the role is installed. Hosts of Windows Server 2008 and earlier do not discover the server.",
        causes: &["the account that installed the role has no rights in the directory"],
        fixes: &[
            "Publish the server in RD Licensing Manager (Review Configuration) as an enterprise administrator.",
        ],
        rules: &["RDSL-115", "RDSL-123"],
        ..MANIFEST
    },
    EventRow {
        id: 8195,
        title: "the server could not be added to Terminal Server License Servers",
        meaning: "Logged when the role is installed. Per User licenses are not recorded until it is a member.",
        causes: &["the account that installed the role has no rights in the directory"],
        fixes: &["Add the server to the group and restart the licensing service."],
        rules: &["RDSL-113", "RDSL-123"],
        ..MANIFEST
    },
    EventRow {
        id: 8197,
        title: "the path of the license database could not be set",
        meaning: "Logged when the role is installed.",
        causes: &["permissions on the folder or the registry key"],
        fixes: &["Check DBPath and the permissions of the LServer folder: rdscal show."],
        rules: &["RDSL-119", "RDSL-123"],
        ..MANIFEST
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
