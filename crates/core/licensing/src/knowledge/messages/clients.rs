use super::{MessageRow, row};
use crate::knowledge::sources::{
    ADMX, CITRIX, CLIENT_TEXTS, EXTENDED_REASON, FREERDP, IAP_571, NO_LICENSE_SERVER, RD_MANAGER, RDESKTOP,
    RDP_ERROR_INFO, SIXTY_MINUTES,
};

/// Names of the licensing codes in MS-RDPBCGR 2.2.5.1.1 and in FreeRDP.
pub(super) const SYMBOLS: &[(&str, &str)] = &[
    ("ERRINFO_LICENSE_INTERNAL", "error:reason-256"),
    ("ERRINFO_LICENSE_NO_LICENSE_SERVER", "error:reason-257"),
    ("ERRINFO_LICENSE_NO_LICENSE", "error:reason-258"),
    ("ERRINFO_LICENSE_BAD_CLIENT_MSG", "error:reason-259"),
    ("ERRINFO_LICENSE_HWID_DOESNT_MATCH_LICENSE", "error:reason-260"),
    ("ERRINFO_LICENSE_BAD_CLIENT_LICENSE", "error:reason-261"),
    ("ERRINFO_LICENSE_CANT_FINISH_PROTOCOL", "error:reason-262"),
    ("ERRINFO_LICENSE_CLIENT_ENDED_PROTOCOL", "error:reason-263"),
    ("ERRINFO_LICENSE_BAD_CLIENT_ENCRYPTION", "error:reason-264"),
    ("ERRINFO_LICENSE_CANT_UPGRADE_LICENSE", "error:reason-265"),
    ("ERRINFO_LICENSE_NO_REMOTE_CONNECTIONS", "error:reason-266"),
    ("SSL_ERR_LICENSING_FAILED", "error:disconnect-2056"),
    ("TS_LICENSE_SERVERS", "value:policy-license-servers"),
    ("TS_LICENSING_MODE", "value:policy-licensing-mode"),
    ("TS_LICENSE_TOOLTIP", "value:policy-tooltip"),
    ("TS_LICENSE_SECGROUP", "value:policy-secure-licensing"),
    ("TS_PREVENT_LICENSE_UPGRADE", "value:policy-prevent-upgrade"),
];

pub(super) const MESSAGES: &[MessageRow] = &[
    row(
        "error:reason-256",
        &[
            "The remote session was disconnected because there was an internal error in the remote computer's licensing protocol",
            "An internal error has occurred in the Terminal Services licensing component",
            "an internal licensing error occurred",
        ],
        CLIENT_TEXTS,
    ),
    row(
        "error:reason-257",
        &[
            "A Remote Desktop License Server could not be found to provide a license",
            "no license server found",
            "no license servers available",
            "no Remote Desktop License Servers available",
            "no remote desktop license server available, remote desktop services stop, the grace period of this computer expired",
            "no remote desktop license server is available. Remote Desktop Services will stop working because this computer is past \
             its grace period and has not contacted at least one valid license server. Select this message to open RD Session Host \
             Server Configuration to use Licensing Diagnosis.",
        ],
        RDP_ERROR_INFO,
    ),
    // Functions of FreeRDP (libfreerdp/core/license.c) and rdesktop (licence.c), which log their names.
    row(
        "error:screen-protocol-error",
        &[
            "com.freerdp.core.license license_recv failed",
            "license_send_platform_info failed, license_read_platform_challenge_packet failed, LICENSE_STATE_ABORTED",
            "LICENSE ERROR ALERT from server",
            "licence_process failed, licence_send_request",
        ],
        FREERDP,
    ),
    row(
        "error:reason-257",
        &["No license server available", "no terminal server license server is available to issue a license"],
        RDESKTOP,
    ),
    row(
        "error:reason-258",
        &[
            "There are no Client Access Licenses available for the target remote computer",
            "No valid license available",
            "no client access license is available for this computer",
            "no RDS CALs are left for this device",
        ],
        RDP_ERROR_INFO,
    ),
    row(
        "error:reason-259",
        &[
            "The remote computer received an invalid licensing message from the client",
            "Invalid licensing message",
            "invalid license message from the client",
        ],
        RDP_ERROR_INFO,
    ),
    row(
        "error:reason-260",
        &[
            "The Client Access License stored by the client has been modified",
            "Hardware id doesn't match software license",
            "hardware ID does not match the license",
        ],
        RDP_ERROR_INFO,
    ),
    row(
        "error:reason-261",
        &[
            "The Client Access License stored by the client is in an invalid format",
            "The Terminal Server client access license stored on this computer is in an invalid format",
            "The Remote Desktop client access license stored on this computer is in an invalid format",
            "Client license error",
        ],
        RDP_ERROR_INFO,
    ),
    row(
        "error:reason-262",
        &[
            "Network problems have caused the licensing protocol to be terminated",
            "there were network problems during the licensing protocol",
            "Network error during licensing protocol",
            "network problem while the licensing protocol was running",
            "licensing protocol was interrupted by a network problem",
        ],
        RDP_ERROR_INFO,
    ),
    row(
        "error:reason-263",
        &[
            "The client prematurely ended the licensing protocol",
            "Licensing protocol was not completed",
            "the client aborted the licensing protocol",
        ],
        RDP_ERROR_INFO,
    ),
    row(
        "error:reason-264",
        &[
            "A licensing message was incorrectly encrypted",
            "Incorrect client license encryption",
            "license message badly encrypted",
        ],
        RDP_ERROR_INFO,
    ),
    row(
        "error:reason-265",
        &[
            "The Client Access License stored by the client could not be upgraded or renewed",
            "Can't upgrade license",
            "Can't upgrade or renew license",
            "failed to renew the client access license of the local computer",
        ],
        RDP_ERROR_INFO,
    ),
    row(
        "error:reason-266",
        &[
            "The remote computer is not licensed to accept remote connections",
            "The server is not licensed to accept connections",
            "this computer is not licensed for remote connections",
        ],
        EXTENDED_REASON,
    ),
    row(
        "error:reason-267",
        &[
            "Access denied while creating the license store registry key",
            "the client could not write the license store MSLicensing access is denied",
            "problem with the licensing protocol because the user has no write access to MSLicensing",
        ],
        IAP_571,
    ),
    row(
        "error:disconnect-2056",
        &[
            "license negotiation failed",
            "license connection sequence aborted",
            "Terminal server reset the connection before license negotiation completed",
            "licensing phase failed",
            "license_recv failed while processing the license PDU",
            "CONNECTION_STATE_LICENSING connection failed",
            "license packet invalid, license state aborted",
            "license error alert invalid client total abort",
        ],
        FREERDP,
    ),
    row(
        "error:disconnect-2312",
        &[
            "A licensing error occurred while the client was attempting to connect (Licensing timed out). Please try connecting to \
             the remote computer again.",
            "licensing timed out",
            "timeout while waiting for the license",
        ],
        CLIENT_TEXTS,
    ),
    row(
        "error:screen-protocol-error",
        &[
            "The remote computer disconnected the session because of an error in the licensing protocol",
            "You were disconnected from the Windows-based computer because of problems during the licensing protocol",
        ],
        CLIENT_TEXTS,
    ),
    row(
        "error:screen-60-minutes",
        &[
            "There is a problem with your license for Remote Desktop and the session will end in 60 minutes",
            "There is a problem with your Remote Desktop license, and your session will be disconnected in 60 minutes",
            "remote desktop license issue session will be disconnected after one hour",
        ],
        SIXTY_MINUTES,
    ),
    row(
        "error:diagnoser-no-server",
        &[
            "the grace period of the session host has passed and no license server is configured for the session host",
        ],
        NO_LICENSE_SERVER,
    ),
    row(
        "error:diagnoser-unavailable",
        &[
            "license server is not available",
            "License server is not available. This could be caused by network connectivity problems, the Remote Desktop Licensing \
             service is stopped on the license server, or RD Licensing is no longer installed on the computer.",
            "RD Licensing Diagnoser: the license server cannot be contacted",
            "The following license server could not be contacted",
        ],
        NO_LICENSE_SERVER,
    ),
    row(
        "error:diagnoser-none-left",
        &[
            "Number of licenses available for clients 0",
            "RD Licensing Diagnoser did not identify any licenses available for this Remote Desktop Session Host server",
            "The Remote Desktop Session Host server is in Per Device licensing mode and no redirector mode, but the license server \
             does not have any installed licenses",
        ],
        NO_LICENSE_SERVER,
    ),
    row(
        "claim:licensing-manager",
        &[
            "The RD Licensing Manager is unable to verify the license server ID. Ensure that the license server ID is entered \
             correctly, and then retry this operation",
            "The license key pack ID is not valid. Ensure that the license key pack ID is entered correctly",
            "The license code that you entered is not valid. The agreement number was not recognized by the Microsoft Clearinghouse",
            "The Remote Desktop license server could not be activated. The Microsoft Clearinghouse could not be reached",
            "The wizard could not connect to the Microsoft Clearinghouse to install the licenses",
            "The licensing wizard cannot connect to the selected license server",
            "The license server could not install the license key pack because it is already installed",
            "Installation of the client license key pack was not successful",
        ],
        RD_MANAGER,
    ),
    row(
        "other:citrix-licensing",
        &[
            "Citrix Broker Service: No connection license available",
            "Citrix license server cannot be contacted, licensing grace period",
            "The Citrix Broker Service failed to check out a license from the Citrix license server",
            "Citrix licensing grace period is active. XenDesktop XenApp license error",
        ],
        CITRIX,
    ),
];

/// Display names of the policies, old and new.
pub(super) const POLICIES: &[MessageRow] = &[
    row(
        "value:policy-license-servers",
        &[
            "Use the specified Remote Desktop license servers",
            "Use the specified Terminal Services license servers",
            "policy use specified license servers",
        ],
        ADMX,
    ),
    row(
        "value:policy-licensing-mode",
        &[
            "Set the Remote Desktop licensing mode",
            "Set the Terminal Services licensing mode",
            "Specify the licensing mode for the RD Session Host server",
        ],
        ADMX,
    ),
    row(
        "value:policy-tooltip",
        &[
            "Hide notifications about RD Licensing problems that affect the RD Session Host server",
            "Hide notifications about TS Licensing problems that affect the terminal server",
        ],
        ADMX,
    ),
    row(
        "value:policy-secure-licensing",
        &["License server security group", "RD Licensing policy license server security group"],
        ADMX,
    ),
    row(
        "value:policy-prevent-upgrade",
        &["Prevent license upgrade", "RD Licensing policy prevent license upgrade"],
        ADMX,
    ),
];
