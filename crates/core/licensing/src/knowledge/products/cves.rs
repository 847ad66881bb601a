//! Fixed builds of the licensing service. Written by `cargo xtask cves`; do not edit.

use super::patches::{FixRow, record};
use crate::knowledge::sources;

/// The state of the CVE list in this table, as a date. Later fixes are not known.
pub const KNOWN_UNTIL: &str = "2026-11-24";

/// The records, the oldest first.
#[rustfmt::skip]
pub(super) const RECORDS: &[FixRow] = &[
    record("CVE-2024-38077", "Windows Remote Desktop Licensing Service Remote Code Execution Vulnerability", "2024-07-09",
        &[(6003, 22769), (7601, 27219), (9200, 24975), (9600, 22074), (14393, 7159), (17763, 6054), (20348, 2582), (25398, 1009)],
        &[sources::CVE_RECORDS.at("cves/2024/38xxx/CVE-2024-38077.json")]),
    record("CVE-2024-38263", "Windows Remote Desktop Licensing Service Remote Code Execution Vulnerability", "2024-09-10",
        &[(6003, 22870), (7601, 27320), (9200, 25073), (9600, 22175), (14393, 7336), (17763, 6293), (20348, 2700), (25398, 1128)],
        &[sources::CVE_RECORDS.at("cves/2024/38xxx/CVE-2024-38263.json")]),
    record("CVE-2025-48814", "Remote Desktop Licensing Service Security Feature Bypass Vulnerability", "2025-07-08",
        &[(7601, 27820), (9200, 25573), (9600, 22676), (14393, 8246), (17763, 7558), (20348, 3932), (25398, 1732), (26100, 4652)],
        &[sources::CVE_RECORDS.at("cves/2025/48xxx/CVE-2025-48814.json")]),
    record("CVE-2026-26159", "Remote Desktop Licensing Service Elevation of Privilege Vulnerability", "2026-04-14",
        &[(9200, 26026), (9600, 23132), (14393, 9060), (17763, 8644), (20348, 5020), (25398, 2274), (26100, 32690)],
        &[sources::CVE_RECORDS.at("cves/2026/26xxx/CVE-2026-26159.json")]),
    record("CVE-2026-26160", "Remote Desktop Licensing Service Elevation of Privilege Vulnerability", "2026-04-14",
        &[(9200, 26026), (9600, 23132), (14393, 9060), (17763, 8644), (20348, 5020), (25398, 2274), (26100, 32690)],
        &[sources::CVE_RECORDS.at("cves/2026/26xxx/CVE-2026-26160.json")]),
];
