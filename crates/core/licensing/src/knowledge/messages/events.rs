use super::{MessageRow, row};
use crate::knowledge::sources::{
    CAL_EVENTS, EVENT_LISTS, EVENT_MANIFEST, HOST_EVENTS, KB2030310, LS_EVENTS, MIGRATE_CALS,
    PER_USER_TRACKING, RUNBOOK, SCOM, TECHGENIX,
};

/// Events of a session host: current wording, that of 2008, and that of 2003.
pub(super) const HOST: &[MessageRow] = &[
    row("event:session_host:1000", &["Unable to acquire a license for user, domain"], TECHGENIX),
    row(
        "event:session_host:1003",
        &[
            "The remote desktop client has provided an invalid license",
            "The terminal service client has provided an invalid license",
        ],
        EVENT_MANIFEST,
    ),
    row(
        "event:session_host:1004",
        &[
            "The Remote Desktop Session Host server cannot issue a client license",
            "The terminal server cannot issue a client license. It was unable to issue the license due to a changed (mismatched) \
             client license, insufficient memory, or an internal error. Further details for this problem may have been reported \
             at the client's computer.",
        ],
        HOST_EVENTS,
    ),
    row(
        "event:session_host:1008",
        &[
            "The terminal services licensing grace period has expired and the service has not registered with a license server",
            "The terminal services licensing grace period has expired and the service has not registered with a license server. A \
             terminal services license server is required for continuous operation. A terminal server can operate without a \
             license server for 120 days after initial start up.",
        ],
        TECHGENIX,
    ),
    row(
        "event:session_host:1009",
        &[
            "The terminal services licensing grace period is about to expire and the service has not registered with a license server",
        ],
        TECHGENIX,
    ),
    row(
        "event:session_host:1010",
        &[
            "The terminal services could not locate a license server. Confirm that all license servers on the network are registered \
             in WINS/DNS, accepting network requests, and the Terminal Services Licensing Service is running.",
        ],
        HOST_EVENTS,
    ),
    row(
        "event:session_host:1011",
        &[
            "The remote session could not be established from remote desktop client because its temporary license has expired",
            "The terminal services client has been disconnected because its temporary license has expired",
        ],
        EVENT_MANIFEST,
    ),
    row(
        "event:session_host:1028",
        &[
            "The remote session could not be established from remote desktop client because its license could not be renewed",
            "The terminal server client has been disconnected because its license could not be renewed. The license will expire",
        ],
        CAL_EVENTS,
    ),
    row(
        "event:session_host:1043",
        &[
            "The Remote Desktop Session Host server cannot communicate with the Remote Desktop license server. Ensure that the \
             computer account for the Remote Desktop Session Host server is a member of the RDS Endpoint Servers group on the license \
             server.",
            "The terminal server cannot communicate with the Terminal Services license server. Ensure that the computer account for \
             the terminal server is a member of the Terminal Server Computers group on the license server.",
        ],
        EVENT_MANIFEST,
    ),
    row(
        "event:session_host:1061",
        &["Remote Desktop Session Host server was unable to retrieve users Licensing information from AD"],
        EVENT_MANIFEST,
    ),
    row(
        "event:session_host:1068",
        &[
            "The RD Licensing mode has not been configured. Licensing mode for the Remote Desktop Session Host server must be \
             configured for continuous operation.",
            "The Terminal Services licensing mode has not been configured. Licensing mode must be configured for continuous operation.",
        ],
        EVENT_LISTS,
    ),
    row(
        "event:session_host:1069",
        &[
            "The RD Licensing grace period has expired and Licensing mode for the Remote Desktop Session Host server has not been \
             configured. Licensing mode must be configured for continuous operation.",
            "The terminal services licensing grace period has expired and the licensing mode has not been configured",
        ],
        EVENT_LISTS,
    ),
    row(
        "event:session_host:1128",
        &[
            "The RD Licensing grace period has expired and the service has not registered with a license server with installed \
             licenses. A RD Licensing server is required for continuous operation. A Remote Desktop Session Host server can operate \
             without a license server for 120 days after initial start up.",
            "The Remote Desktop licensing grace period has expired",
        ],
        RUNBOOK,
    ),
    row(
        "event:session_host:1129",
        &[
            "The RD Licensing grace period is about to expire and the service has not registered with a license server with installed \
             licenses. A RD Licensing server is required for continuous operation. A Remote Desktop Session Host server can operate \
             without a license server for 120 days after initial start up.",
        ],
        EVENT_MANIFEST,
    ),
    row(
        "event:session_host:1130",
        &[
            "The Remote Desktop Session Host server does not have a Remote Desktop license server specified. To specify a license \
             server for the Remote Desktop Session Host server, use the Remote Desktop Session Host Configuration tool.",
            "No Remote Desktop license server is specified for the Remote Desktop host server. Use the Remote Desktop Host \
             Configuration Utility to specify a license server for the Remote Desktop host server.",
            "The terminal server does not have a Terminal Services license server specified",
            "no license server is specified for the host",
            "no remote desktop license server is specified",
        ],
        RUNBOOK,
    ),
    row(
        "event:session_host:1131",
        &[
            "The Remote Desktop Session Host server could not contact the Remote Desktop license server. Ensure that the Remote \
             Desktop Licensing service is running on the license server; that the license server is accepting network requests; and \
             that the license server is registered in WINS and DNS.",
        ],
        EVENT_MANIFEST,
    ),
    row(
        "event:session_host:1132",
        &[
            "The Remote Desktop license server does not support the version of the operating system running on the Remote Desktop \
             Session Host server.",
        ],
        EVENT_MANIFEST,
    ),
    row(
        "event:session_host:1133",
        &[
            "The certificate that the Remote Desktop Session Host server received from the Remote Desktop license server is not \
             valid. Delete the certificate and restart the computer.",
        ],
        EVENT_LISTS,
    ),
];

/// Events of a license server.
pub(super) const SERVER: &[MessageRow] = &[
    row("event:license_server:0", &["The Remote Desktop Licensing service has started"], EVENT_LISTS),
    row("event:license_server:1", &["The Remote Desktop Licensing service has paused"], EVENT_LISTS),
    row("event:license_server:2", &["The Remote Desktop Licensing service has resumed running"], EVENT_LISTS),
    row("event:license_server:3", &["The Remote Desktop Licensing service has stopped"], EVENT_LISTS),
    row("event:license_server:4", &["The Remote Desktop Licensing service has been activated"], EVENT_LISTS),
    row(
        "event:license_server:7",
        &[
            "This Remote Desktop license server is too busy to notify other Remote Desktop license servers about the number of \
             Remote Desktop Services client access licenses that it has in its database. It will attempt to notify other license \
             servers later.",
        ],
        LS_EVENTS,
    ),
    row(
        "event:license_server:8",
        &[
            "This Remote Desktop license server cannot communicate with other Remote Desktop license servers about the number of \
             client access licenses that it has in its database. The license server will attempt to communicate with other license \
             servers later.",
        ],
        LS_EVENTS,
    ),
    row("event:license_server:9", &["The RD Licensing database file is not valid"], EVENT_LISTS),
    row(
        "event:license_server:12",
        &[
            "All requests for licenses will be denied due to an initialization error in the policy module",
            "All requests for client access licenses (TS CALs) will be denied due to an initialization error in policy module",
        ],
        LS_EVENTS,
    ),
    row("event:license_server:13", &["The default policy module for RD Licensing"], EVENT_LISTS),
    row(
        "event:license_server:14",
        &["The Remote Desktop license server cannot detect locally installed licenses or register itself"],
        EVENT_LISTS,
    ),
    row(
        "event:license_server:15",
        &[
            "This Remote Desktop license server could not notify other Remote Desktop license servers about a returned license",
        ],
        EVENT_LISTS,
    ),
    row(
        "event:license_server:16",
        &["The Remote Desktop license server could not return an expired license to the license server"],
        EVENT_LISTS,
    ),
    row(
        "event:license_server:17",
        &[
            "One or more of the RD Licensing certificates on the Remote Desktop license server are corrupt or missing",
        ],
        EVENT_LISTS,
    ),
    row(
        "event:license_server:18",
        &[
            "The Remote Desktop license server has not been activated and therefore will only issue temporary licenses. To issue \
             permanent licenses, the license server must be activated.",
            "license server has not been activated and only issues temporary licenses",
        ],
        EVENT_LISTS,
    ),
    row(
        "event:license_server:19",
        &["One or more RD Licensing certificates on the Remote Desktop license server are corrupt"],
        EVENT_LISTS,
    ),
    row(
        "event:license_server:20",
        &[
            "The Remote Desktop license server does not have a sufficient number of permanent licenses for product. Only permanent \
             licenses remain. Install additional licenses.",
            "the license server is low on permanent licenses",
        ],
        EVENT_LISTS,
    ),
    row(
        "event:license_server:21",
        &[
            "The Remote Desktop license server does not have any remaining permanent Remote Desktop Services client access licenses \
             (RDS CALs) of the type. As a result, the Remote Desktop license server cannot issue RDS CALs of the type to the Remote \
             Desktop Session Host server. To resolve this problem, verify that the Remote Desktop licensing mode configured on the RD \
             Session Host server matches the type of RDS CALs installed on the Remote Desktop license server.",
            "The license server has no permanent licenses remaining for product",
        ],
        LS_EVENTS,
    ),
    row(
        "event:license_server:22",
        &[
            "The Remote Desktop license server does not have any Remote Desktop Services client access licenses (RDS CALs) installed \
             and registered with the Microsoft Clearinghouse for product. Therefore, the Remote Desktop license server cannot issue RDS \
             CALs of the type.",
        ],
        CAL_EVENTS,
    ),
    row(
        "event:license_server:28",
        &["Terminal Services Licensing can only be run on Domain Controllers or Server in a Workgroup"],
        LS_EVENTS,
    ),
    row(
        "event:license_server:43",
        &["The Terminal Services Licensing work scheduler could not start"],
        LS_EVENTS,
    ),
    row(
        "event:license_server:44",
        &["The following general database error has occurred: Failed to begin a transaction error -1316"],
        LS_EVENTS,
    ),
    row(
        "event:license_server:74",
        &[
            "The computer account for this Remote Desktop license server or Network Service account has been added to the Terminal \
             Server License Servers group in Active Directory Domain Services",
        ],
        PER_USER_TRACKING,
    ),
    row(
        "event:license_server:75",
        &[
            "The computer account for the Terminal Services license server could not be added to the Terminal Server License Servers \
             group in Active Directory Domain Services. Win32 error code",
        ],
        PER_USER_TRACKING,
    ),
    row(
        "event:license_server:76",
        &[
            "The computer account for the Remote Desktop license server has been removed from the Terminal Server License Servers \
             group in Active Directory Domain Services",
        ],
        PER_USER_TRACKING,
    ),
    row(
        "event:license_server:80",
        &[
            "One Terminal Services client access license (TS CAL) of product issued to computer has been successfully revoked",
        ],
        LS_EVENTS,
    ),
    row("event:license_server:88", &["The RD Licensing database has been rebuilt"], LS_EVENTS),
    row(
        "event:license_server:89",
        &[
            "The Remote Desktop Services client access licenses (RDS CALs) have been successfully removed from the source Remote \
             Desktop license server",
        ],
        LS_EVENTS,
    ),
    row(
        "event:license_server:90",
        &[
            "The Remote Desktop Services client access licenses (RDS CALs) could not be removed from the source Remote Desktop license \
             server",
        ],
        MIGRATE_CALS,
    ),
    row(
        "event:license_server:92",
        &[
            "The migration of Remote Desktop Services client access licenses (RDS CALs) has completed. Because the source Remote \
             Desktop license server was not available on the network during the migration, you will either have to delete the RDS CALs \
             by using WMI or you need to ensure that it is no longer used as a license server with the same RDS CALs that were \
             migrated.",
        ],
        MIGRATE_CALS,
    ),
    row(
        "event:license_server:93",
        &[
            "The migration of Remote Desktop Services client access licenses (RDS CALs) has completed. During the migration, the \
             source Remote Desktop license server was specified as no longer functioning. Ensure that it is no longer used as a license \
             server with the same RDS CALs that were migrated.",
        ],
        MIGRATE_CALS,
    ),
    row("event:license_server:4100", &["The RD Licensing database is corrupt"], LS_EVENTS),
    row(
        "event:license_server:4105",
        &[
            "The Remote Desktop license server cannot update the license attributes for user in the Active Directory Domain. Ensure \
             that the computer account for the license server is a member of Terminal Server License Servers group in Active Directory \
             domain. If the license server is installed on a domain controller, the Network Service account also needs to be a member \
             of the Terminal Server License Servers group.",
            "license server cannot update the license attributes for user",
        ],
        KB2030310,
    ),
    row("event:license_server:4106", &["TS CAL reporting", "RDS CAL reporting"], PER_USER_TRACKING),
    row(
        "event:license_server:4107",
        &[
            "The Remote Desktop license server cannot contact Active Directory Domain Services to track Per User licenses",
        ],
        LS_EVENTS,
    ),
    row(
        "event:license_server:4140",
        &[
            "The Terminal Server Computers local group does not exist on the license server security group policy is enabled",
        ],
        SCOM,
    ),
    row(
        "event:license_server:4141",
        &[
            "The request for a license from the session host was denied because it is not a member of the RDS Endpoint Servers group",
        ],
        SCOM,
    ),
    row(
        "event:license_server:4144",
        &["The Remote Desktop license server has successfully upgraded the CAL for user in the domain"],
        PER_USER_TRACKING,
    ),
];
