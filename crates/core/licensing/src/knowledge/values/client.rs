use super::ValueRow;
use crate::knowledge::{Certainty, MachineRole, ValueType::Binary, sources};

const CLIENT: ValueRow = ValueRow {
    key: "mslicensing-license",
    machine: MachineRole::Client,
    types: &[Binary],
    rules: &["RDSL-073"],
    ..ValueRow::BASE
};

pub(super) const VALUES: &[ValueRow] = &[
    ValueRow {
        id: "client-hwid",
        key: "mslicensing-hardwareid",
        name: "ClientHWID",
        what: "The ID of the device to license servers: 20 bytes, a platform number and 16 random bytes.",
        effect: "Created once and kept. Equal IDs on two machines indicate a cloned image; all zeros or all ones indicate a tampered or damaged store.",
        rules: &["RDSL-070", "RDSL-071", "RDSL-080"],
        sources: &[sources::RDPELE_HWID, sources::SAMPLES, sources::ASK_PERF],
        ..CLIENT
    },
    ValueRow {
        id: "client-license",
        name: "ClientLicense",
        what: "The CAL itself: a chain of certificates (degenerate PKCS#7). The last one names the device, the issuer and the validity period.",
        effect: "Presented to the host. The license server's signature can be checked offline.",
        rules: &["RDSL-072", "RDSL-074", "RDSL-075", "RDSL-076", "RDSL-077", "RDSL-078", "RDSL-080"],
        sources: &[sources::RDPELE_LICENSE, sources::SAMPLES],
        ..CLIENT
    },
    ValueRow {
        id: "client-company",
        name: "CompanyName",
        what: "\"Microsoft Corporation\" in UTF-16. One of the four properties by which the client finds a license.",
        effect: "Without it the license is not found. The registry type is taken from descriptions and was not measured.",
        certainty: Certainty::Inferred,
        sources: &[sources::RDPELE_LICENSE, sources::KB187629],
        ..CLIENT
    },
    ValueRow {
        id: "client-scope",
        name: "LicenseScope",
        what: "\"microsoft.com\" in ANSI. One of the four properties by which the client finds a license.",
        effect: "Without it the license is not found. The registry type is taken from descriptions and was not measured.",
        certainty: Certainty::Inferred,
        sources: &[sources::RDPELE_LICENSE, sources::KB187629],
        ..CLIENT
    },
    ValueRow {
        id: "client-product",
        name: "ProductID",
        what: "The product, usually \"A02\" (per device) in UTF-16. One of the four properties by which the client finds a license.",
        effect: "Without it the license is not found. The registry type is taken from descriptions and was not measured.",
        certainty: Certainty::Inferred,
        sources: &[sources::RDPELE_LICENSE, sources::KB187629],
        ..CLIENT
    },
];
