//! The sections that the rows cite, beside the sources of the knowledge tables.

use licensing::knowledge::Source;
use licensing::knowledge::SourceKind::{Documentation, Specification};

/// A personal terminal server, and when a license is upgraded.
pub const FLOWS: Source = Source::section(Specification, "MS-RDPELE: licensing PDU flows", "MS-RDPELE 1.3.3");
/// Which Windows never contacts a license server.
pub const NOTE_1: Source =
    Source::section(Specification, "MS-RDPELE: product behavior", "MS-RDPELE appendix A, note 1");
/// The version of a license.
pub const NOTE_4: Source =
    Source::section(Specification, "MS-RDPELE: product behavior", "MS-RDPELE appendix A, note 4");
/// A client without a license.
pub const NEW_REQUEST: Source =
    Source::section(Specification, "MS-RDPELE: processing client new license requests", "MS-RDPELE 3.2.5.2");
/// A client with a license: cases 1 and 2.
pub const LICENSE_INFORMATION: Source =
    Source::section(Specification, "MS-RDPELE: processing client license information", "MS-RDPELE 3.2.5.3");
/// Case 1: no license server, old license valid.
pub const CASE_1: Source = case("MS-RDPELE 3.2.5.5, case 1");
/// Case 2: no license server, no valid license.
pub const CASE_2: Source = case("MS-RDPELE 3.2.5.5, case 2");
/// Case 3: the license server issues none, no valid license.
pub const CASE_3: Source = case("MS-RDPELE 3.2.5.5, case 3");
/// Case 4: the license server issues none, old license valid.
pub const CASE_4: Source = case("MS-RDPELE 3.2.5.5, case 4");
/// Case 5: the license is upgraded.
pub const CASE_5: Source = case("MS-RDPELE 3.2.5.5, case 5");
/// Case 6: a license is issued.
pub const CASE_6: Source = case("MS-RDPELE 3.2.5.5, case 6");
/// When a client looks for a license, and finds none.
pub const CLIENT_SEARCH: Source =
    Source::section(Specification, "MS-RDPELE: processing server license requests", "MS-RDPELE 3.3.5.1");
/// What the client stores.
pub const CLIENT_STORES: Source =
    Source::section(Specification, "MS-RDPELE: processing server upgrade licenses", "MS-RDPELE 3.3.5.6");
/// Terms of the licenses.
pub const TERMS: Source = Source::section(
    Documentation,
    "License Remote Desktop Services with Client Access Licenses",
    "Understanding the RDS CAL model",
);

const fn case(section: &'static str) -> Source {
    Source::section(Specification, "MS-RDPELE: processing client platform challenge responses", section)
}
