//! The rows, in the order in which they are tried.
//!
//! Where [MS-RDPELE] and articles differ, the specification is right. docs/predict.md lists these places.

use licensing::knowledge::sources::{
    ADMX, AVD_LICENSING, CALS, CLIENT_TEXTS, EXTENDED_REASON, KB2030310, MODE_WARNING, RDP_ERROR_INFO,
    RDP_LICENSE_ERROR, SIXTY_MINUTES, TRACK_CALS,
};

use super::sources::{
    CASE_1, CASE_2, CASE_3, CASE_4, CASE_5, CASE_6, CLIENT_SEARCH, CLIENT_STORES, FLOWS, LICENSE_INFORMATION,
    NEW_REQUEST, NOTE_1, NOTE_4, TERMS,
};
use super::{Log, Row, Screen, Stored, Verdict, Wire};
use crate::facts::{
    Account, Condition, Enforcement, Grace, License, Mode, Packs, Server, Session, Store, Target, Upgrade,
};

const PER_DEVICE: Condition = Mode::PerDevice.is();
const PER_USER: Condition = Mode::PerUser.is();
/// The license server cannot be contacted.
const NO_CONTACT: Condition = Server::NotListed.is().or(Server::Unreachable.is());
/// The license server can be contacted, but cannot issue a license to this host.
const NOT_SERVED: Condition = Server::TooOld.is().or(Server::NotInGroup.is());
const USABLE: Condition = Server::Usable.is();
const RUNNING: Condition = Grace::Running.is();
const OVER: Condition = Grace::Over.is();
/// The versions with sessions of 60 minutes in Per Device mode.
const SOFT_DEVICE: Condition = Enforcement::W2016.is().or(Enforcement::W2019.is());
/// A license that is valid, and that the host tries to upgrade.
const STILL_VALID: Condition = License::Renewal.is().or(License::Temporary.is());
/// A license that the host tries to upgrade.
const UPGRADED: Condition = STILL_VALID.or(License::Expired.is()).or(License::EarlierVersion.is());

const QUIET: Screen = Screen { message: "", codes: &[] };
const SIXTY: Screen = Screen { message: "screen-60-minutes", codes: &[] };
const BALLOON: Screen = Screen { message: "screen-mode-grace", codes: &[] };
/// `ERRINFO_LICENSE_NO_LICENSE_SERVER`
const REFUSED_NO_SERVER: Screen = Screen { message: "reason-257", codes: &[0x101] };
/// `ERRINFO_LICENSE_NO_LICENSE`
const REFUSED_NO_LICENSE: Screen = Screen { message: "reason-258", codes: &[0x102] };

/// The logs of the session host. Since Windows 10 1903 the manifest sends licensing events to the second.
const HOST_LOG: &str = "System, or Microsoft-Windows-TerminalServices-RemoteConnectionManager/Admin";
/// The logs of the license server, likewise.
const SERVER_LOG: &str = "System, or Microsoft-Windows-TerminalServices-Licensing/Admin";

const fn host(id: u16, what: &'static str, when: Option<Condition>) -> Log {
    Log { id, channel: HOST_LOG, machine: "session host", what, when }
}

const fn server(id: u16, what: &'static str, when: Option<Condition>) -> Log {
    Log { id, channel: SERVER_LOG, machine: "license server", what, when }
}

/// What the host logs about its license server.
const HOST_SERVER: [Log; 4] = [
    host(1130, "no license server is specified (also shown as 50282)", Some(Server::NotListed.is())),
    host(
        1131,
        "the host cannot contact a license server (also shown as 50283)",
        Some(Server::Unreachable.is()),
    ),
    host(
        1132,
        "the license server does not support this Windows (also shown as 50284)",
        Some(Server::TooOld.is()),
    ),
    host(
        1043,
        "the host is not in the group RDS Endpoint Servers (also shown as 50195)",
        Some(Server::NotInGroup.is()),
    ),
];
const GRACE_OVER: Log =
    host(1128, "the grace period is over and no license server is registered (also shown as 50280)", None);
const NOT_IN_GROUP: Log =
    server(4141, "the host is not a member of the group RDS Endpoint Servers", Some(Server::NotInGroup.is()));

const LOG_SERVER: &[Log] = &[HOST_SERVER[0], HOST_SERVER[1], HOST_SERVER[2], HOST_SERVER[3], NOT_IN_GROUP];
const LOG_NO_SERVER: &[Log] = &[GRACE_OVER, HOST_SERVER[0], HOST_SERVER[1]];
const LOG_NOT_ISSUED: &[Log] = &[
    host(1011, "the temporary license of the client has expired", Some(License::Expired.is())),
    server(21, "no license of this product is left", Some(Packs::Exhausted.is())),
    server(
        22,
        "no license of this product is installed",
        Some(Packs::Missing.is().or(Packs::LaterOnly.is())),
    ),
    HOST_SERVER[2],
    HOST_SERVER[3],
    NOT_IN_GROUP,
];
const LOG_KEPT: &[Log] = &[host(
    1028,
    "the license of the client could not be renewed, once it has expired",
    Some(License::Renewal.is()),
)];

/// A session without a message, in which nothing is stored.
const BASE: Row = Row {
    id: "",
    when: &[],
    verdict: Verdict::Connects,
    because: "",
    wire: Wire::ValidClient,
    screen: QUIET,
    logs: &[],
    stored: Stored::Nothing,
    sources: &[],
};

/// No source specifies it.
const OPEN: Row =
    Row { verdict: Verdict::Unspecified, wire: Wire::Unspecified, stored: Stored::Unspecified, ..BASE };

/// The client keeps its license: the host returns it.
const KEPT: Row = Row { wire: Wire::OldLicense, stored: Stored::Kept, logs: LOG_KEPT, ..BASE };

/// Sessions of 60 minutes.
const SOFT: Row = Row { verdict: Verdict::SixtyMinutes, screen: SIXTY, wire: Wire::Unspecified, ..BASE };

/// `ERR_NO_LICENSE_SERVER`
const ABORT_6: Row = Row {
    verdict: Verdict::Refused,
    wire: Wire::NoLicenseServer,
    screen: REFUSED_NO_SERVER,
    logs: LOG_NO_SERVER,
    ..BASE
};

/// `ERR_INVALID_CLIENT`
const ABORT_8: Row = Row {
    verdict: Verdict::Refused,
    wire: Wire::InvalidClient,
    screen: REFUSED_NO_LICENSE,
    logs: LOG_NOT_ISSUED,
    ..BASE
};

/// The client cannot store the license.
const READ_ONLY: Row = Row {
    verdict: Verdict::Refused,
    wire: Wire::UpgradeLicense,
    screen: Screen { message: "reason-265", codes: &[0x109] },
    stored: Stored::NotStored,
    sources: &[CLIENT_STORES, EXTENDED_REASON, RDP_ERROR_INFO],
    because: "the client cannot store the license that is issued to it",
    ..BASE
};

const RENEWED: Row = Row {
    wire: Wire::UpgradeLicense,
    stored: Stored::Permanent,
    because: "the license server issues a permanent license",
    sources: &[LICENSE_INFORMATION, CASE_5, TERMS],
    ..BASE
};

const PER_USER_SESSION: Row = Row {
    because: "a license server serves the host; Per User CALs are counted, not enforced",
    wire: Wire::Unspecified,
    stored: Stored::UserLicense,
    logs: &[
        server(4105, "the attributes of the user cannot be written, if the server lacks the right", None),
        host(1061, "the licenses of users cannot be read from the directory (also shown as 50213)", None),
    ],
    sources: &[TERMS, TRACK_CALS, KB2030310],
    ..BASE
};

const INVALID_OPEN: Row = Row {
    because: "the license in the store is not valid: the host replaces it, or refuses it (0x104, 0x105)",
    screen: Screen { message: "reason-260", codes: &[0x104, 0x105] },
    logs: &[host(1003, "the client has provided a license that is not valid", None)],
    sources: &[LICENSE_INFORMATION, CASE_5, RDP_ERROR_INFO],
    ..OPEN
};

/// Every row. The first whose conditions hold applies.
pub const ROWS: &[Row] = &[
    Row {
        id: "0",
        when: &[Target::BeforeSpecification.is()],
        because: "the specification begins with Windows Server 2003",
        sources: &[NOTE_1],
        ..OPEN
    },
    Row {
        id: "1a",
        when: &[Session::Administrative.is()],
        because: "an administrative session needs no license",
        sources: &[FLOWS, NOTE_1],
        ..BASE
    },
    Row {
        id: "1b",
        when: &[Target::Personal.is()],
        because: "a machine without the session host role never contacts a license server",
        sources: &[FLOWS, NEW_REQUEST, NOTE_1],
        ..BASE
    },
    Row {
        id: "4a",
        when: &[Target::MultiSession.is()],
        because: "Windows multi-session needs a plan of the user, which no registry shows",
        sources: &[AVD_LICENSING],
        ..OPEN
    },
    Row {
        id: "1c",
        when: &[Mode::Administration.is()],
        because: "in remote administration mode no license server is contacted",
        sources: &[FLOWS, NOTE_1],
        ..BASE
    },
    Row {
        id: "2",
        when: &[Mode::NotConfigured.is(), RUNNING],
        because: "no licensing mode is configured, and the grace period has not been exceeded",
        screen: BALLOON,
        logs: &[host(1068, "the licensing mode is not configured", None)],
        sources: &[CASE_2, MODE_WARNING],
        ..BASE
    },
    Row {
        id: "3",
        when: &[Mode::NotConfigured.is(), OVER],
        because: "no licensing mode is configured, and the grace period is over",
        logs: &[
            host(1069, "the licensing mode is not configured and the grace period is over", None),
            GRACE_OVER,
        ],
        sources: &[CASE_2, RDP_LICENSE_ERROR, RDP_ERROR_INFO, MODE_WARNING],
        ..ABORT_6
    },
    Row {
        id: "4b",
        when: &[Mode::EntraPerUser.is()],
        because: "the mode Entra ID Per User needs a plan of the user, which no registry shows",
        sources: &[ADMX],
        ..OPEN
    },
    // Per User.
    Row {
        id: "7a",
        when: &[PER_USER, USABLE.not(), RUNNING],
        because: "no license server serves the host, and the grace period has not been exceeded",
        logs: LOG_SERVER,
        sources: &[CASE_2, CASE_3],
        ..BASE
    },
    Row {
        id: "7b",
        when: &[PER_USER, USABLE.not(), OVER, Enforcement::W2019.is()],
        because: "no license server serves the host; Windows Server 2019 limits Per User sessions",
        logs: LOG_SERVER,
        sources: &[SIXTY_MINUTES],
        ..SOFT
    },
    Row {
        id: "7c",
        when: &[PER_USER, NO_CONTACT, OVER],
        because: "no license server can be contacted, and the grace period is over",
        sources: &[CASE_2, RDP_LICENSE_ERROR, RDP_ERROR_INFO],
        ..ABORT_6
    },
    Row {
        id: "7d",
        when: &[PER_USER, NOT_SERVED, OVER],
        because: "the license server does not serve this host, and the grace period is over",
        sources: &[CASE_3, RDP_LICENSE_ERROR, RDP_ERROR_INFO],
        ..ABORT_8
    },
    Row {
        id: "6a",
        when: &[PER_USER, Account::Local.is(), RUNNING],
        because: "the grace period has not been exceeded",
        screen: BALLOON,
        sources: &[CASE_3, MODE_WARNING],
        ..BASE
    },
    Row {
        id: "6b",
        when: &[PER_USER, Account::Local.is(), OVER, Enforcement::W2019.is()],
        because: "a local account has no Per User license; Windows Server 2019 limits its sessions",
        sources: &[SIXTY_MINUTES],
        ..SOFT
    },
    Row {
        id: "6c",
        when: &[PER_USER, Account::Local.is(), OVER],
        because: "a local account is not counted in Per User mode",
        wire: Wire::Unspecified,
        screen: BALLOON,
        sources: &[MODE_WARNING],
        ..BASE
    },
    Row { id: "5a", when: &[PER_USER, Packs::Free.is().or(Packs::Exhausted.is())], ..PER_USER_SESSION },
    Row { id: "5b", when: &[PER_USER, Packs::LaterOnly.is(), Upgrade::Allowed.is()], ..PER_USER_SESSION },
    Row {
        id: "5c",
        when: &[PER_USER, RUNNING],
        because: "the license server has no Per User CALs, and the grace period has not been exceeded",
        sources: &[CASE_3],
        ..BASE
    },
    Row {
        id: "5d",
        when: &[PER_USER, OVER],
        because: "the license server has no Per User CALs for this host",
        sources: &[CASE_3, CALS],
        ..OPEN
    },
    // Per Device.
    Row {
        id: "8",
        when: &[PER_DEVICE, License::Permanent.is()],
        because: "the client has a valid permanent license; no license server is contacted",
        sources: &[LICENSE_INFORMATION, NOTE_4],
        ..BASE
    },
    Row { id: "9a", when: &[PER_DEVICE, License::Invalid.is(), USABLE, Packs::Free.is()], ..INVALID_OPEN },
    Row {
        id: "9b",
        when: &[PER_DEVICE, License::Invalid.is(), USABLE, Packs::LaterOnly.is(), Upgrade::Allowed.is()],
        ..INVALID_OPEN
    },
    Row {
        id: "9c",
        when: &[PER_DEVICE, License::Invalid.is(), OVER, SOFT_DEVICE.not(), NO_CONTACT],
        because: "the license is not valid, no license server can be contacted, the grace period is over",
        screen: Screen { message: "reason-257", codes: &[0x101, 0x104, 0x105] },
        sources: &[LICENSE_INFORMATION, CASE_2, RDP_ERROR_INFO],
        ..ABORT_6
    },
    Row {
        id: "9d",
        when: &[PER_DEVICE, License::Invalid.is(), OVER, SOFT_DEVICE.not()],
        because: "the license is not valid, the license server issues none, the grace period is over",
        screen: Screen { message: "reason-258", codes: &[0x102, 0x104, 0x105] },
        sources: &[LICENSE_INFORMATION, CASE_3, RDP_ERROR_INFO],
        ..ABORT_8
    },
    Row {
        id: "15a",
        when: &[PER_DEVICE, License::Absent.is(), USABLE, Store::ReadOnly.is()],
        wire: Wire::NewLicense,
        screen: Screen { message: "reason-267", codes: &[0x10B] },
        sources: &[CASE_6, CLIENT_STORES, EXTENDED_REASON],
        ..READ_ONLY
    },
    Row {
        id: "15b",
        when: &[PER_DEVICE, UPGRADED, USABLE, Packs::Free.is(), Store::ReadOnly.is()],
        ..READ_ONLY
    },
    Row {
        id: "15c",
        when: &[
            PER_DEVICE,
            UPGRADED,
            USABLE,
            Packs::LaterOnly.is(),
            Upgrade::Allowed.is(),
            Store::ReadOnly.is(),
        ],
        ..READ_ONLY
    },
    Row {
        id: "15d",
        when: &[PER_DEVICE, License::EarlierVersion.is(), USABLE, Store::ReadOnly.is()],
        ..READ_ONLY
    },
    Row { id: "12a", when: &[PER_DEVICE, UPGRADED, USABLE, Packs::Free.is()], ..RENEWED },
    Row {
        id: "12b",
        when: &[PER_DEVICE, UPGRADED, USABLE, Packs::LaterOnly.is(), Upgrade::Allowed.is()],
        ..RENEWED
    },
    Row {
        id: "11a",
        when: &[PER_DEVICE, License::Absent.is(), USABLE],
        because: "the license server issues a temporary license to a new device",
        wire: Wire::NewLicense,
        stored: Stored::Temporary,
        logs: &[server(21, "no license of this product is left", Some(Packs::Exhausted.is()))],
        sources: &[NEW_REQUEST, CASE_6, TERMS],
        ..BASE
    },
    Row {
        id: "11b",
        when: &[PER_DEVICE, License::EarlierVersion.is(), USABLE],
        because: "the client has no license for this version and receives a temporary one",
        wire: Wire::NewLicense,
        stored: Stored::Temporary,
        logs: LOG_NOT_ISSUED,
        sources: &[NOTE_4, CLIENT_SEARCH, CASE_6],
        ..BASE
    },
    Row {
        id: "10a",
        when: &[PER_DEVICE, STILL_VALID, NO_CONTACT],
        because: "no license server can be contacted, and the license of the client is still valid",
        sources: &[CASE_1],
        ..KEPT
    },
    Row {
        id: "10b",
        when: &[PER_DEVICE, STILL_VALID],
        because: "the license server cannot upgrade the license, which is still valid",
        sources: &[CASE_4],
        ..KEPT
    },
    Row {
        id: "13a",
        when: &[PER_DEVICE, NO_CONTACT, RUNNING],
        because: "no license server can be contacted, and the grace period has not been exceeded",
        logs: LOG_SERVER,
        sources: &[CASE_2],
        ..BASE
    },
    Row {
        id: "13b",
        when: &[PER_DEVICE, NO_CONTACT, OVER, SOFT_DEVICE],
        because: "the client has no valid license, and no license server can be contacted",
        logs: LOG_NO_SERVER,
        sources: &[CASE_2, SIXTY_MINUTES],
        ..SOFT
    },
    Row {
        id: "13c",
        when: &[PER_DEVICE, NO_CONTACT, OVER],
        because: "the client has no valid license, no license server can be contacted, the grace period is over",
        sources: &[CASE_2, NOTE_4, RDP_LICENSE_ERROR, RDP_ERROR_INFO],
        ..ABORT_6
    },
    Row {
        id: "14a",
        when: &[PER_DEVICE, RUNNING],
        because: "the license server issues no license, and the grace period has not been exceeded",
        logs: LOG_NOT_ISSUED,
        sources: &[CASE_3],
        ..BASE
    },
    Row {
        id: "14b",
        when: &[PER_DEVICE, OVER, SOFT_DEVICE],
        because: "the client has no valid license, and the license server issues none",
        logs: LOG_NOT_ISSUED,
        sources: &[CASE_3, SIXTY_MINUTES],
        ..SOFT
    },
    Row {
        id: "14c",
        when: &[PER_DEVICE, OVER],
        because: "the client has no valid license, the license server issues none, the grace period is over",
        sources: &[CASE_3, RDP_LICENSE_ERROR, RDP_ERROR_INFO, CLIENT_TEXTS],
        ..ABORT_8
    },
];
