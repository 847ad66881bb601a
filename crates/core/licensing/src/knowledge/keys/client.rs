use super::KeyRow;
use crate::knowledge::{Certainty, MachineRole, sources};

pub(super) const KEYS: &[KeyRow] = &[
    KeyRow {
        id: "mslicensing",
        path: r"HKLM\SOFTWARE\Microsoft\MSLicensing",
        machine: MachineRole::Client,
        what: "The client's license cache: the identity of this device to license servers, and the per-device CALs that it received.",
        windows: "The Remote Desktop client presents its license from here and stores new ones. If the key is missing, the client creates it, which requires one elevated start; users need write access to renew.",
        deleting: "A supported repair, after an export. But the device receives a new random hardware ID, counts as a new device and consumes a temporary CAL; its old CAL remains in use until it expires (52 to 89 days). Start the client elevated once afterwards. Deleting only Store\\LICENSE00n has fewer consequences.",
        rules: &["RDSL-082", "RDSL-083", "RDSL-084"],
        sources: &[sources::NO_LICENSE_SERVER, sources::KB187629, sources::EVENT_1003, sources::TECHGENIX],
        ..KeyRow::BASE
    },
    KeyRow {
        id: "mslicensing-hardwareid",
        path: r"HKLM\SOFTWARE\Microsoft\MSLicensing\HardwareID",
        machine: MachineRole::Client,
        what: "The identity of the device to license servers: 20 bytes, created once at random, not derived from the hardware.",
        windows: "Sent with each license request. A new mainboard does not change it; deleting the key, reimaging or cloning does.",
        deleting: "The stored CAL no longer matches (reason 260) and the device counts as a new one. Rarely right.",
        rules: &["RDSL-070", "RDSL-071", "RDSL-080"],
        sources: &[sources::RDPELE_HWID, sources::ASK_PERF, sources::TECHGENIX],
        ..KeyRow::BASE
    },
    KeyRow {
        id: "mslicensing-store",
        path: r"HKLM\SOFTWARE\Microsoft\MSLicensing\Store",
        machine: MachineRole::Client,
        what: "The stored licenses, one subkey each.",
        windows: "The client looks for one that matches the version, scope, company and product of the host.",
        deleting: "Removes all stored CALs. The hardware ID is kept, so the license server can find its records and reissue.",
        rules: &["RDSL-072", "RDSL-081", "RDSL-083"],
        sources: &[sources::RDPELE_LICENSE, sources::KB187629],
        ..KeyRow::BASE
    },
    KeyRow {
        id: "mslicensing-license",
        path: r"HKLM\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE0*",
        machine: MachineRole::Client,
        what: "One stored per-device CAL.",
        windows: "Presented to the host at the next connection; replaced when it is renewed or upgraded.",
        deleting: "The preferred repair for one damaged license. The hardware ID is kept, and the license server can issue the same CAL again. Export first.",
        rules: &[
            "RDSL-072", "RDSL-073", "RDSL-074", "RDSL-075", "RDSL-076", "RDSL-077", "RDSL-078", "RDSL-080",
            "RDSL-081",
        ],
        sources: &[sources::RDPELE_LICENSE, sources::KB187629],
        ..KeyRow::BASE
    },
    KeyRow {
        id: "mslicensing-32",
        path: r"HKLM\SOFTWARE\WOW6432Node\Microsoft\MSLicensing",
        machine: MachineRole::Client,
        what: "The same cache for 32-bit Remote Desktop clients on 64-bit Windows.",
        windows: "MSLicensing is not among the shared keys, so a 32-bit client has a separate store.",
        deleting: "As for the 64-bit store, but for 32-bit clients only. A repair must look at both.",
        rules: &["RDSL-082"],
        certainty: Certainty::Code,
        sources: &[sources::SHARED_KEYS, sources::VENDOR_SCRIPTS, sources::IAP_571],
        ..KeyRow::BASE
    },
];
