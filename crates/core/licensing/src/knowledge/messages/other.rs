use super::super::{
    Source,
    sources::{
        ACTIVATION, CITRIX, CLIENT_TEXTS, CREDSSP, DISCONNECT_REASON, ERREF, EVENT_LISTS, EXTENDED_REASON,
        FORUMS, FREERDP, RDP_ERROR_INFO, RDP_ERRORS,
    },
};

/// A message that is not about the licensing of Remote Desktop.
#[derive(Debug, Clone, Copy)]
pub struct OtherRow {
    /// Stable name of the row.
    pub id: &'static str,
    /// What the message is about, in a phrase.
    pub title: &'static str,
    /// What to look at, in one or two sentences.
    pub meaning: &'static str,
    /// How it reads; names and numbers are left out.
    pub texts: &'static [&'static str],
    /// Plain disconnect reasons of the client, and Windows error codes.
    pub codes: &'static [u32],
    /// Extended disconnect reasons.
    pub extended: &'static [u32],
    /// Event ids of the Remote Connection Manager.
    pub events: &'static [u32],
    /// Beginnings of symbols.
    pub symbols: &'static [&'static str],
    /// The product whose licensing it concerns, if it is about licensing at all.
    pub product: Option<&'static str>,
    /// Names of the product, as single words.
    pub names: &'static [&'static str],
    /// Rules that are about it.
    pub rules: &'static [&'static str],
    /// Where it is from.
    pub sources: &'static [Source],
}

impl OtherRow {
    const BASE: Self = Self {
        id: "",
        title: "",
        meaning: "",
        texts: &[],
        codes: &[],
        extended: &[],
        events: &[],
        symbols: &[],
        product: None,
        names: &[],
        rules: &[],
        sources: &[],
    };
}

/// The row with a symbol: the longest beginning that fits.
pub fn by_symbol(symbol: &str) -> Option<&'static OtherRow> {
    let symbol = symbol.to_ascii_lowercase();
    OTHER
        .iter()
        .flat_map(|row| row.symbols.iter().map(move |start| (start, row)))
        .filter(|(start, _)| symbol.starts_with(&start.to_ascii_lowercase()))
        .max_by_key(|(start, _)| start.len())
        .map(|(_, row)| row)
}

/// Every row.
pub const OTHER: &[OtherRow] = &[
    OtherRow {
        id: "name-lookup",
        title: "the name of the remote computer could not be resolved",
        meaning: "Check the spelling of the name, DNS, and the network or VPN. No connection was established, so licensing was not involved.",
        texts: &[
            "Remote Desktop can't find the computer. This might mean that the computer does not belong to the specified network. Verify \
             the computer name and domain that you are trying to connect to.",
            "The specified remote computer could not be found. Verify that you have typed the correct computer name or IP address, and \
             then try connecting again.",
            "The specified computer name contains invalid characters. Please verify the name and try again.",
            "DNS name lookup failure",
            "DNS name not found. getaddrinfo name or service not known. unable to resolve host name",
            "host not found, no such host is known",
            "could not connect to the RDP server, address not resolved",
            "The IP address specified is not valid",
        ],
        codes: &[260, 520, 776, 1032, 1288, 1540, 2052],
        symbols: &[
            "ERRCONNECT_DNS",
            "disconnectReasonDNS",
            "disconnectReasonHostNotFound",
            "disconnectReasonGetHostByName",
            "disconnectReasonInvalidIP",
        ],
        sources: &[DISCONNECT_REASON, CLIENT_TEXTS, RDP_ERRORS],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "out-of-memory",
        title: "the client or the host ran out of memory",
        meaning: "Close programs, or restart the computer that the text names.",
        texts: &[
            "The local computer is low on memory. Close some programs, and then connect to the remote computer again.",
            "The connection was disconnected because the remote computer is low on memory",
            "out of memory. An error occurred when the client attempted to connect. Check your system memory and then try again.",
            "The server ran out of available memory resources",
        ],
        codes: &[262, 518, 774],
        extended: &[6],
        symbols: &["disconnectReasonOutOfMemory", "exDiscReasonServerOutOfMemory", "ERRINFO_OUT_OF_MEMORY"],
        sources: &[DISCONNECT_REASON, CLIENT_TEXTS],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "timed-out",
        title: "the connection timed out",
        meaning: "The host did not respond in time. Check that it is running, that the network is fast enough, and that TCP 3389 is open.",
        texts: &[
            "The remote connection has timed out. Please try connecting to the remote computer again.",
            "Connection timed out",
            "Timeout occurred while connecting, the operation timed out",
            "the client could not connect within the allotted time",
        ],
        codes: &[264, 1544, 1796, 0x8007_274C],
        symbols: &[
            "disconnectReasonConnectionTimedOut",
            "disconnectReasonTime",
            "ERRCONNECT_ACTIVATION_TIMEOUT",
        ],
        sources: &[DISCONNECT_REASON, CLIENT_TEXTS],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "cannot-connect",
        title: "the client could not reach the host",
        meaning: "No connection was established, so licensing was not involved. Check that the host is running, that Remote Desktop is \
                  enabled (fDenyTSConnections), that the service TermService runs, and that TCP 3389 is open.",
        texts: &[
            "Remote Desktop can't connect to the remote computer for one of these reasons: Remote access to the server is not enabled. \
             The remote computer is turned off. The remote computer is not available on the network. Make sure the remote computer is \
             turned on and connected to the network, and that remote access is enabled.",
            "This computer can't connect to the remote computer. Try connecting again. If the problem continues, contact the owner of \
             the remote computer or your network administrator.",
            "The client could not connect to the remote computer. Remote connections might not be enabled or the computer might be too \
             busy to accept new connections. It is also possible that network problems are preventing your connection.",
            "The client could not establish a connection to the remote computer. The most likely causes for this error are: Remote \
             connections might not be enabled at the remote computer. The maximum number of connections was exceeded at the remote \
             computer. A network error occurred while establishing the connection.",
            "We couldn't connect to the remote PC. Make sure the PC is turned on and connected to the network, and that remote access is \
             enabled.",
            "We couldn't connect to the remote desktop because of a network error",
            "unable to connect to the remote PC. Please verify Remote Desktop is enabled, the remote PC is turned on and available on \
             the network, and then try again",
            "failed to connect to host, connection refused, port 3389",
            "unable to connect: connection refused",
            "socket connect failed, no route to host, network unreachable",
            "The server denied the connection",
        ],
        codes: &[516, 0x8007_274D],
        extended: &[7],
        symbols: &[
            "ERRCONNECT_CONNECT_FAILED",
            "ERRCONNECT_CONNECT_UNDEFINED",
            "disconnectReasonSocketConnectFailed",
            "exDiscReasonServerDeniedConnection",
            "ERRINFO_SERVER_DENIED_CONNECTION",
        ],
        sources: &[DISCONNECT_REASON, CLIENT_TEXTS, RDP_ERRORS],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "network-closed",
        title: "the connection was interrupted by the network or closed",
        meaning: "Check the network between client and host, and the host's log at that time.",
        texts: &[
            "The connection was ended because of a network error. Please try connecting to the remote computer again.",
            "The connection to the remote computer was broken. This may have been caused by a network error.",
            "The connection was lost. attempting to reconnect to your session",
            "your Remote Desktop session has ended. The remote computer has ended the connection. Your network connection was lost",
            "connection reset by peer, transport failed, read failure, socket closed",
            "BIO_read returned a system error: connection reset by peer",
            "Winsock send or receive call failed",
            "the connection was closed by the remote host forcibly",
        ],
        codes: &[3, 100, 772, 1028, 2308],
        symbols: &[
            "ERRCONNECT_CONNECT_TRANSPORT_FAILED",
            "disconnectReasonSocketRecvFailed",
            "disconnectReasonWinsock",
            "disconnectReasonAtClientWinsock",
            "disconnectReasonRemoteByServer",
        ],
        sources: &[DISCONNECT_REASON, CLIENT_TEXTS],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "protocol-error",
        title: "an error in the Remote Desktop protocol",
        meaning: "The two sides did not agree on the RDP data stream: graphics, compression, old clients, or devices between them that change \
                  packets. The licensing protocol has messages of its own that contain the word licensing.",
        texts: &[
            "Because of a protocol error, this session will be disconnected. Please try connecting to the remote computer again.",
            "Because of a protocol error, the remote session will be disconnected",
            "Because of a protocol error, the client could not connect to the remote computer. Please try connecting to the remote \
             computer again. If the client still fails to connect, contact your network administrator.",
            "Because of a protocol error detected at the client, this session will be disconnected",
            "Client disconnected due to internal protocol error",
            "Client and server versions do not match. Please upgrade your client software and then try connecting again.",
            "The RDP protocol component detected an error in the protocol stream and has disconnected the client",
            "The remote session was disconnected because of a decompression failure at the client side",
            "the client received an unexpected PDU",
        ],
        codes: &[3080, 3334, 4399, 4360, 10500],
        symbols: &[
            "ERRINFO_",
            "disconnectReasonClientDecompressionError",
            "exDiscReasonProtocol",
            "exDiscReasonRdp",
            "ERRCONNECT_PRE_CONNECT_FAILED",
            "ERRCONNECT_MCS_CONNECT",
            "ERRCONNECT_POST_CONNECT",
        ],
        sources: &[DISCONNECT_REASON, CLIENT_TEXTS, RDP_ERROR_INFO],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "encryption",
        title: "an error in the encryption or in the security data of the connection",
        meaning: "Client and host do not agree on the encryption or the certificate of the connection. Check the TLS and encryption settings.",
        texts: &[
            "Because of an error in data encryption, this session will end. Please try connecting to the remote computer again.",
            "Security data is not valid. The encryption method specified is not valid.",
            "Decryption error. Encryption error of the connection",
            "Internal security error",
        ],
        codes: &[1030, 1286, 1542, 1798, 2310, 2566, 2822, 3078],
        symbols: &[
            "disconnectReasonInvalidSecurityData",
            "disconnectReasonInvalidEncryption",
            "disconnectReasonInvalidServerSecurityInfo",
            "disconnectReasonServerCertificateUnpackErr",
            "disconnectReasonInternalSecurityError",
            "disconnectReasonEncryptionError",
            "disconnectReasonDecryptionError",
        ],
        sources: &[DISCONNECT_REASON, CLIENT_TEXTS],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "internal-error",
        title: "an internal error of the client or the host",
        meaning: "The session could not be established: TLS or certificates of the listener, the network, a host that is starting or \
                  overloaded, or an old client. Licensing errors have their own texts and their own events.",
        texts: &[
            "An internal error has occurred",
            "Remote Desktop Connection: An internal error has occurred",
            "An internal state error has occurred. The remote session will be disconnected. Your local computer might be low on memory.",
            "Your computer could not connect to another console session on the remote computer because you already have a console \
             session in progress",
            "The client could not connect. You cannot connect to the console from a console session of the same computer.",
            "We couldn't connect to the remote PC because of an unexpected error. If this keeps happening contact your admin for help.",
            "Your session ended because of an error. If this keeps happening, contact your network administrator for assistance.",
            "Oops, we couldn't connect. Sign in failed or the session could not be started",
        ],
        codes: &[4, 1800, 0x8007_0057],
        symbols: &["disconnectReasonInternalError", "disconnectReasonAtClientInternal"],
        sources: &[DISCONNECT_REASON, CLIENT_TEXTS, FORUMS],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "credentials",
        title: "the user name or the password was not accepted",
        meaning: "Check the account, the domain in the user name, and stored credentials. The license is requested only after the sign-in \
                  of the connection.",
        texts: &[
            "Your credentials did not work. The credentials that were used to connect did not work. Please enter new credentials.",
            "The logon attempt failed",
            "the specified credentials do not work",
            "authentication failure, invalid credentials",
            "The user name or password is incorrect. Try again.",
            "Logon failure: unknown user name or bad password",
            "authentication failure, check credentials. If credentials are valid, the NTLMSSP implementation may be to blame",
            "The server does not accept saved user credentials and requires that the user enter their credentials for each connection",
            "The system cannot log you on. Make sure your user name and domain are correct",
            "Windows Security error: Your credentials did not work",
            "smart card PIN is wrong or the card is blocked",
        ],
        codes: &[
            2055,
            2567,
            7175,
            8455,
            8711,
            0xC000_006D,
            0xC000_006A,
            0xC000_0064,
            0x8009_030C,
            1326,
            4625,
        ],
        extended: &[10],
        symbols: &[
            "SSL_ERR_LOGON_FAILURE",
            "SSL_ERR_NO_SUCH_USER",
            "SSL_ERR_SMARTCARD",
            "SSL_ERR_FRESH_CRED",
            "ERRCONNECT_LOGON",
            "ERRCONNECT_AUTHENTICATION",
            "ERRCONNECT_WRONG_PASSWORD",
            "STATUS_LOGON_FAILURE",
            "ERRINFO_SERVER_FRESH_CREDENTIALS",
            "ERRCONNECT_NO_OR_MISSING_CREDENTIALS",
            "SEC_E_LOGON_DENIED",
        ],
        sources: &[DISCONNECT_REASON, RDP_ERRORS, ERREF],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "account",
        title: "the account is locked, disabled, expired or restricted, or its password must be changed",
        meaning: "Look at the account in the directory or among the local users; unlock it or change the password.",
        texts: &[
            "As a security precaution, the user account has been locked because there were too many logon attempts or password change \
             attempts. Wait a while before trying again, or contact your system administrator",
            "The referenced account is currently locked out and may not be logged on to",
            "Your account has been disabled. Please see your system administrator",
            "The user's account has expired",
            "The password for this account has expired. To change it, click OK",
            "The system could not log you on. Your password has expired",
            "The user's password has expired and must be changed before logging on the first time",
            "You must change your password before logging on the first time. Please update your password or contact your system \
             administrator",
            "Account restrictions are preventing this user from signing in: blank passwords aren't allowed, sign-in times are limited, \
             or a policy restriction has been enforced",
            "Your account has time restrictions that prevent you from logging on at this time",
            "user account locked out",
            "the user account has been locked",
            "user must change password at next logon, NLA prevents the connection",
        ],
        codes: &[
            2823,
            3079,
            3335,
            3591,
            3847,
            4615,
            0xC000_0234,
            0xC000_0072,
            0xC000_006E,
            0xC000_0071,
            0xC000_0224,
            0xC000_0193,
            4740,
        ],
        symbols: &[
            "SSL_ERR_ACCOUNT",
            "SSL_ERR_PASSWORD",
            "ERRCONNECT_ACCOUNT",
            "ERRCONNECT_PASSWORD",
            "STATUS_ACCOUNT",
            "STATUS_PASSWORD",
        ],
        sources: &[DISCONNECT_REASON, ERREF],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "credssp",
        title: "network level authentication (CredSSP) failed",
        meaning: "The authentication before the session failed: CredSSP updates that differ, NLA that the client does not support, no domain \
                  controller, or a clock that differs.",
        texts: &[
            "An authentication error has occurred. The function requested is not supported. Remote computer. This could be due to CredSSP \
             encryption oracle remediation.",
            "authentication error, security authority cannot be reached",
            "An authentication error has occurred. The Local Security Authority cannot be contacted. This could be due to an expired \
             password.",
            "The remote computer that you are trying to connect to requires Network Level Authentication (NLA), but your Windows domain \
             controller cannot be contacted to perform NLA.",
            "The remote computer requires Network Level Authentication, which your computer does not support. For assistance, contact \
             your system administrator or technical support.",
            "Remote Desktop cannot connect to the remote computer because the authentication certificate or Kerberos ticket was refused",
            "Remote Desktop cannot verify the identity of the remote computer because there is a time or date difference between your \
             computer and the remote computer. Make sure your computer's clock is set to the correct time",
            "Failed to initialize NLA, do you have correct Kerberos TGT initialized",
            "Protocol Security Negotiation Failure",
            "CredSSP error, Negotiate failed, NLA security required. kinit Cannot find KDC for realm. SPNEGO GSS error",
            "The token supplied to the function is invalid. No authority could be contacted for authentication",
            "There are currently no logon servers available to service the logon request",
            "The trust relationship between this workstation and the primary domain failed",
            "security negotiation failed: HYBRID_REQUIRED_BY_SERVER, SSL_REQUIRED_BY_SERVER, protocol security negotiation",
        ],
        codes: &[
            5639,
            5895,
            6151,
            0x8009_0302,
            0x8009_0303,
            0x8009_0304,
            0x8009_0308,
            0x8009_030E,
            0x8009_0311,
            0x8009_0322,
            0x8009_0324,
            0xC000_005E,
            0xC000_018D,
        ],
        symbols: &[
            "SSL_ERR_DELEGATION",
            "SSL_ERR_POLICY_NTLM",
            "SSL_ERR_NO_AUTHENTICATING",
            "ERRCONNECT_SECURITY_NEGO",
            "ERRCONNECT_KDC",
            "SEC_E_",
            "HYBRID_",
            "SSL_REQUIRED",
            "STATUS_NO_LOGON_SERVERS",
        ],
        sources: &[CREDSSP, RDP_ERRORS, ERREF],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "certificate",
        title: "the TLS certificate of the remote computer",
        meaning: "It concerns the certificate of the listener, the gateway or the publisher, not the licensing certificate in the RCM key.",
        texts: &[
            "The identity of the remote computer cannot be verified. Do you want to connect anyway? The certificate is not from a trusted \
             certifying authority",
            "The remote computer could not be authenticated due to problems with its security certificate. It may be unsafe to proceed.",
            "The server certificate has expired, or is not yet valid, or the name on the certificate does not match",
            "SSL certificate of the remote desktop gateway has expired",
            "A revocation check could not be performed for the certificate",
            "certificate verification failure, self-signed certificate, unable to get local issuer certificate, certificate not trusted",
            "TLS handshake failed, SSL alert, tls connect failed, unsupported protocol, wrong version number",
            "The publisher of this RemoteApp program can't be identified",
            "the RD Session Host server listener certificate self signed has been replaced because it expired",
        ],
        codes: &[6919, 0x8009_0327, 0x8009_0328, 0x800B_0109, 0x800B_0101],
        symbols: &["SSL_ERR_CERT", "ERRCONNECT_TLS", "SSL_ERROR", "SSL_accept", "SSL_connect"],
        sources: &[DISCONNECT_REASON, FREERDP, FORUMS],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "logon-right",
        title: "the account has no right to sign in through Remote Desktop",
        meaning: "Add the account to Remote Desktop Users on the host, and check the user rights (allow and deny log on through Remote Desktop \
                  Services).",
        texts: &[
            "To sign in remotely, you need the right to sign in through Remote Desktop Services. By default members of the Administrators \
             group have this right. If the group you're in does not have the right, you need to be granted the right manually.",
            "The connection was denied because the user account is not authorized for remote login",
            "The local policy of this system does not permit you to logon interactively",
            "The user cannot connect to the server due to insufficient access privileges",
            "The requested session access is denied",
            "The system administrator has restricted the types of logon (network or interactive) that you may use",
            "Logon failure: the user has not been granted the requested logon type at this computer",
        ],
        codes: &[0xC000_015B, 1385],
        extended: &[9],
        symbols: &[
            "ERRINFO_SERVER_INSUFFICIENT",
            "ERRCONNECT_INSUFFICIENT",
            "exDiscReasonServerInsufficient",
            "ERRCONNECT_LOGON_TYPE",
        ],
        sources: &[EXTENDED_REASON, RDP_ERROR_INFO, FORUMS],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "session-limit",
        title: "the sessions of the host are in use",
        meaning: "Without the session host role a server accepts two administrative sessions. Sign out a disconnected session (quser, logoff). \
                  If more users need to work on it, it needs the session host role, and then CALs.",
        texts: &[
            "The terminal server has exceeded the maximum number of allowed connections",
            "The number of connections to this computer is limited and all connections are in use right now. Try connecting later or \
             contact your system administrator.",
            "Too many users are signed in. Select a user to disconnect",
            "Another user is signed in. If you continue, they'll be disconnected",
            "The task you are trying to do can't be completed because Remote Desktop Services is currently busy. Please try again in a few \
             minutes.",
        ],
        extended: &[],
        rules: &["RDSL-003"],
        sources: &[FORUMS],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "session-ended",
        title: "the session was ended: time limit, sign-out, another connection, or an administrator",
        meaning: "The limits are set by policy or in the properties of the user or the collection.",
        texts: &[
            "Session has been disconnected, reason code",
            "The remote session was ended because the idle timeout limit was reached. This limit is set by the server administrator or by \
             network policies.",
            "The remote session ended because the total logon time limit was reached",
            "Session has been idle over its time limit. It will be disconnected in 2 minutes. Press any key now to continue session.",
            "The remote session to the remote computer was ended by means of an administration tool. Your administrator might have ended \
             your connection.",
            "The remote session was disconnected because your session was logged off at the remote computer. Your administrator or another \
             user might have ended your connection.",
            "The remote session was disconnected because another user has connected to the session",
            "Another user connected to the remote computer, so your connection was lost. Try connecting again",
            "Disconnected by other connection. Server closed the connection: logged in on another computer",
            "The idle session limit timer on the server has elapsed. The active session limit timer has elapsed.",
            "remote desktop disconnects when idle",
            "The disconnection was initiated by an administrative tool on the server in another session",
            "The remote computer has ended the connection. Your Remote Desktop Services session has ended",
            "Your Remote Desktop Services session ended because the remote computer didn't receive any input from you",
        ],
        codes: &[1, 2],
        extended: &[1, 2, 3, 4, 5, 11, 12],
        symbols: &[
            "ERRINFO_RPC_INITIATED",
            "ERRINFO_IDLE",
            "ERRINFO_LOGON_TIMEOUT",
            "ERRINFO_DISCONNECTED_BY",
            "ERRINFO_LOGOFF",
            "exDiscReasonAPI",
            "exDiscReasonServerIdle",
            "exDiscReasonServerLogon",
            "exDiscReasonReplaced",
            "exDiscReasonLogoff",
            "disconnectReasonByServer",
            "disconnectReasonLocalNotError",
            "disconnectReasonRemoteByUser",
        ],
        sources: &[EXTENDED_REASON, CLIENT_TEXTS, RDP_ERROR_INFO],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "gateway",
        title: "the Remote Desktop Gateway",
        meaning: "The connection failed at the gateway: its policies (RD CAP and RD RAP; not CALs), its certificate, or its reachability.",
        texts: &[
            "Your computer can't connect to the remote computer because the Remote Desktop Gateway server is temporarily unavailable",
            "Your computer can't connect to the remote computer because your computer or device did not pass the Network Access Protection \
             requirements of the Remote Desktop Gateway",
            "Remote Desktop can't connect to the remote computer because you are not authorized to connect to the RD Gateway. resource \
             authorization policy RD RAP connection authorization policy RD CAP",
            "We couldn't connect to the gateway because of an error",
            "Remote Desktop Gateway server address is unreachable or incorrect",
        ],
        codes: &[0x0300_005F, 0x0300_0008, 0x0300_0060],
        sources: &[FORUMS],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "broker",
        title: "the connection broker or the collection",
        meaning: "No session host accepted the session. Check the broker's log, and the hosts of the collection.",
        texts: &[
            "Remote Desktop Connection Broker is not ready for RPC communication",
            "We couldn't connect because there are currently no available resources. Try again later or contact tech support for help if \
             this keeps happening",
            "Remote Desktop Services has failed to join the Connection Broker on server",
            "The farm specified for the connection is not present",
            "Remote desktop connection to the pooled virtual desktop collection could not be redirected",
            "Failed to start session monitoring. The connection broker could not create a connection",
        ],
        sources: &[FORUMS],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "role-absent",
        title: "event 1136 of the Remote Connection Manager: the session host role is not installed",
        meaning: "For information: a server without the role offers two administrative sessions and needs no CALs for them.",
        texts: &["RD Session Host Server role is not installed", "The terminal server role is not installed"],
        events: &[1136],
        rules: &["RDSL-003"],
        sources: &[EVENT_LISTS],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "user-experience",
        title: "display, redirection or profile of a session",
        meaning: "The session was established, so licensing admitted it.",
        texts: &[
            "remote desktop black screen after login",
            "remote desktop printer redirection does not work. Driver required for printer is unknown",
            "clipboard copy paste not working in remote desktop",
            "The Group Policy Client service failed the logon. User profile cannot be loaded, temporary profile",
            "remote desktop freezes, slow or laggy session",
            "The roaming user profile cache manager for Remote Desktop Services could not start",
            "user profile disk could not be attached",
            "We can't sign in to your account. You have been signed in with a temporary profile",
            "remote audio or camera redirection does not work",
        ],
        sources: &[FORUMS],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "access-denied",
        title: "access denied",
        meaning: "The account lacks a right. The code says nothing about licensing; look at what was called, and by which account.",
        texts: &["Access is denied. E_ACCESSDENIED"],
        codes: &[0x8007_0005],
        symbols: &["E_ACCESSDENIED", "ERROR_ACCESS_DENIED"],
        sources: &[ERREF],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "service-stopped",
        title: "the Remote Desktop service stopped or cannot start",
        meaning: "Look in the System log for the error of the service TermService, and at its start type.",
        texts: &[
            "The Remote Desktop Services service terminated unexpectedly",
            "The Remote Desktop Services service failed to start",
        ],
        sources: &[FORUMS],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "other-vulnerability",
        title: "a vulnerability of another component",
        meaning: "It is not in the licensing service. Install the current cumulative update.",
        texts: &[
            "BlueKeep CVE-2019-0708 Remote Desktop vulnerability",
            "DejaBlue CVE-2019-1181 CVE-2019-1182",
            "PrintNightmare CVE-2021-34527 print spooler",
        ],
        symbols: &["BlueKeep", "DejaBlue", "PrintNightmare", "CVE-2019-0708", "CVE-2021-34527"],
        sources: &[FORUMS],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "windows-activation",
        title: "activation of Windows itself",
        meaning: "Windows is activated with a product key, KMS or a digital license (slmgr /dlv). RDS CALs are something else.",
        texts: &[
            "Your Windows license will expire soon. You need to activate Windows in Settings",
            "Windows license is expired",
            "Activate Windows. Go to Settings to activate Windows",
            "We can't activate Windows on this device because you don't have a valid digital license or product key",
            "The Software Licensing Service reported that the product could not be activated. The Key Management Service KMS is unavailable",
            "windows activation failed. KMS server not reachable. slmgr product key",
            "This copy of Windows is not genuine",
            "this machine is permanently activated",
            "Your Windows evaluation license is expired. The evaluation period of Windows Server has ended and the computer shuts down \
             every hour",
            "License Status: Notification, Licensed, unlicensed, slmgr dlv, rearm count, volume activation expiration",
            "The license is approved for this product. Security-SPP license activation scheduler sppuinotify",
        ],
        codes: &[
            0xC004_F074,
            0xC004_F012,
            0xC004_F034,
            0xC004_F069,
            0xC004_C003,
            0xC004_C008,
            0xC004_F038,
            0xC004_F050,
            0xC004_F211,
            0x8007_007B,
            0xC004_F009,
        ],
        product: Some("Windows activation"),
        names: &["slmgr", "slui", "kms", "genuine", "vamt", "ospp"],
        sources: &[ACTIVATION],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "office-licensing",
        title: "licensing of Microsoft Office or Microsoft 365",
        meaning: "On session hosts Office needs shared computer activation. RDS CALs are something else.",
        texts: &[
            "Office unlicensed product. Most features of Word, Excel and Outlook have been disabled because it hasn't been activated",
            "office license expired. We're sorry, we can't verify your Office subscription license",
            "Microsoft 365 Apps shared computer licensing: products we found in your account cannot be used to activate Office",
            "Microsoft Office Licensed product activation wizard",
        ],
        product: Some("Microsoft Office"),
        names: &["office", "excel", "outlook", "powerpoint", "visio", "365"],
        sources: &[FORUMS],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "citrix-licensing",
        title: "licensing of Citrix",
        meaning: "The message concerns Citrix licenses on a Citrix license server. Session hosts with Windows Server need RDS CALs in addition.",
        texts: &[
            "Citrix license server",
            "Citrix Virtual Apps and Desktops license, no licenses available",
            "Unable to contact the Citrix license server. You have not entered a license server",
            "Citrix Receiver: cannot acquire a Citrix license",
        ],
        product: Some("Citrix"),
        names: &["citrix", "xenapp", "xendesktop", "netscaler"],
        sources: &[CITRIX],
        ..OtherRow::BASE
    },
    OtherRow {
        id: "vendor-licensing",
        title: "the licensing of another product",
        meaning: "The message names another product. Ask its vendor.",
        texts: &[
            "VMware Horizon license expired, ESXi vSphere license",
            "Parallels RAS license, TSplus license, Thinstuff license, AnyDesk license, TeamViewer commercial use license",
            "SQL Server evaluation period has expired",
            "FlexLM FlexNet license manager lmgrd cannot connect to license server, Autodesk Sentinel HASP dongle",
            "Exchange Server standard CAL or enterprise CAL",
            "Exchange client access license, SharePoint CAL, Windows Server CAL per server license logging service",
            "Visual Studio license has expired",
        ],
        product: Some("another product"),
        names: &[
            "vmware",
            "horizon",
            "vsphere",
            "esxi",
            "autocad",
            "autodesk",
            "matlab",
            "tsplus",
            "parallels",
            "teamviewer",
            "anydesk",
            "thinstuff",
            "flexlm",
            "flexnet",
            "lmgrd",
            "hasp",
            "sentinel",
            "sharepoint",
            "oracle",
            "adobe",
            "quickbooks",
            "acrobat",
            "flex",
            "solidworks",
            "sql",
            "exchange",
            "antivirus",
            "cad",
            "teams",
            "sap",
            "ansys",
            "veeam",
        ],
        sources: &[FORUMS],
        ..OtherRow::BASE
    },
];
