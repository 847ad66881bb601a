use super::{ErrorRow, ErrorSpace};
use crate::knowledge::sources;

const STATUS: ErrorRow =
    ErrorRow { space: ErrorSpace::Connectivity, sources: &[sources::CONNECTIVITY], ..ErrorRow::BASE };

const FINE: ErrorRow =
    ErrorRow { causes: &["normal operation"], fixes: &["No action is required."], ..STATUS };

pub(super) const ERRORS: &[ErrorRow] = &[
    ErrorRow {
        id: "wmi-policy",
        space: ErrorSpace::Wmi,
        code: Some(0x8004_1016),
        symbol: "WBEM_E_INVALID_OPERATION",
        title: "WMI refuses: the setting is controlled by policy",
        texts: &["Invalid operation"],
        meaning: "ChangeMode and the methods that set the server list fail while Group Policy controls the setting.",
        causes: &["policy values LicensingMode or LicenseServers are present"],
        fixes: &["Change the policy, or remove the setting from it. Then refresh the policy and try again."],
        rules: &[],
        sources: &[sources::TS_SETTING, sources::WMI_ERRORS],
        ..ErrorRow::BASE
    },
    ErrorRow {
        id: "connectivity-0",
        code: Some(0),
        symbol: "LS_CONNECTABLE_UNKNOWN",
        title: "the connection to the license server could not be assessed",
        meaning: "The result is unknown.",
        causes: &["the test could not run"],
        fixes: &["Test the ports manually (TCP 135, 445 and dynamic RPC)."],
        rules: &["RDSL-030"],
        ..STATUS
    },
    ErrorRow {
        id: "connectivity-1",
        code: Some(1),
        symbol: "LS_CONNECTABLE_VALID_WS08R2",
        title: "a valid 2008 R2 license server responds",
        meaning: "Everything is in order.",
        ..FINE
    },
    ErrorRow {
        id: "connectivity-2",
        code: Some(2),
        symbol: "LS_CONNECTABLE_VALID_WS08",
        title: "a valid 2008 license server responds",
        meaning: "Everything is in order for hosts of that version.",
        ..FINE
    },
    ErrorRow {
        id: "connectivity-3",
        code: Some(3),
        symbol: "LS_CONNECTABLE_BETA_RTM_MISMATCH",
        title: "one of the two servers runs a pre-release",
        meaning: "A released host and a pre-release license server (or the reverse) do not work together.",
        causes: &["an evaluation or Insider build on one side"],
        fixes: &["Use released builds on both sides."],
        rules: &["RDSL-031"],
        ..STATUS
    },
    ErrorRow {
        id: "connectivity-4",
        code: Some(4),
        symbol: "LS_CONNECTABLE_LOWER_VERSION",
        title: "the license server is too old for this host",
        meaning: "It responds but cannot hold CALs of the host's version.",
        causes: &["the host was upgraded before the license server"],
        fixes: &[
            "Upgrade the license server to the host's version or newer, then install CALs of that version.",
        ],
        rules: &["RDSL-031", "RDSL-107"],
        ..STATUS
    },
    ErrorRow {
        id: "connectivity-5",
        code: Some(5),
        symbol: "LS_CONNECTABLE_NOT_IN_TSCGROUP",
        title: "the host is not in the license server's group",
        meaning: "Policy restricts the license server to members of its local group.",
        causes: &["fSecureLicensing is set and the host was never added"],
        fixes: &[
            "Add the host to RDS Endpoint Servers (Terminal Server Computers on 2008), or set the policy to Not Configured.",
        ],
        events: &[4141],
        rules: &["RDSL-032"],
        ..STATUS
    },
    ErrorRow {
        id: "connectivity-6",
        code: Some(6),
        symbol: "LS_NOT_CONNECTABLE",
        title: "the license server cannot be reached",
        meaning: "No connection at all.",
        causes: &["firewall (TCP 135, 445, dynamic RPC)", "the service is stopped", "wrong name or address"],
        fixes: &["Check name, service and ports, in this order."],
        events: &[1010],
        rules: &["RDSL-029", "RDSL-030", "RDSL-100"],
        sources: &[sources::CONNECTIVITY, sources::PORTS],
        ..STATUS
    },
    ErrorRow {
        id: "connectivity-7",
        code: Some(7),
        symbol: "LS_CONNECTABLE_UNKNOWN_VALIDITY",
        title: "the license server responds but could not be assessed",
        meaning: "The connection works; whether the server can serve this host is unknown.",
        causes: &["the test could not finish"],
        fixes: &["Run it again as an administrator of both machines."],
        rules: &["RDSL-033"],
        ..STATUS
    },
    ErrorRow {
        id: "connectivity-8",
        code: Some(8),
        symbol: "LS_CONNECTABLE_BUT_ACCESS_DENIED",
        title: "the license server responds, but the querying account has no rights there",
        meaning: "The result concerns the account that ran the test, not licensing.",
        causes: &["the test ran without administrator rights on the license server"],
        fixes: &["Run it as an administrator of the license server before you rely on the result."],
        rules: &["RDSL-033"],
        sources: &[sources::CONNECTIVITY, sources::KB2546583],
        ..STATUS
    },
    ErrorRow {
        id: "connectivity-9",
        code: Some(9),
        symbol: "LS_CONNECTABLE_VALID_WS08R2_VDI",
        title: "a valid 2008 R2 license server for VDI responds",
        meaning: "Everything is in order for VDI.",
        ..FINE
    },
    ErrorRow {
        id: "connectivity-10",
        code: Some(10),
        symbol: "LS_CONNECTABLE_FEATURE_NOT_SUPPORTED",
        title: "the license server does not support the host's request",
        meaning: "It is too old for this feature.",
        causes: &["an old license server"],
        fixes: &["Upgrade the license server."],
        rules: &["RDSL-031"],
        ..STATUS
    },
    ErrorRow {
        id: "connectivity-11",
        code: Some(11),
        symbol: "LS_CONNECTABLE_VALID_LS",
        title: "a valid license server responds",
        meaning: "Everything is in order (2012 and later).",
        ..FINE
    },
];
