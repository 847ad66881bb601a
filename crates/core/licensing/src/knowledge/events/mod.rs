//! Event-log entries about licensing, in our own words.
//!
//! Match on provider and id, never on the text, which is localized. Some agents print ids with the severity
//! bits left in (0xC000 is added: 50280 for 1128); [`lookup`] takes them off and says so.

mod host;
mod server;

use serde::Serialize;

use super::{Certainty, MachineRole, Source};

/// What is known about one id of a provider.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct EventRow {
    /// The id as the event viewer shows it.
    pub id: u16,
    /// Provider names, current one first.
    pub providers: &'static [&'static str],
    /// Which machine logs it.
    pub machine: MachineRole,
    /// What it says, in a phrase.
    pub title: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Causes, likeliest first.
    pub causes: &'static [&'static str],
    /// What to do, least harm first.
    pub fixes: &'static [&'static str],
    /// Nothing is wrong when it is logged.
    pub harmless: bool,
    /// Rules that are about it.
    pub rules: &'static [&'static str],
    /// How sure we are.
    pub certainty: Certainty,
    /// Where it is from.
    pub sources: &'static [Source],
}

impl EventRow {
    pub(crate) const BASE: Self = Self {
        id: 0,
        providers: &[],
        machine: MachineRole::SessionHost,
        title: "",
        meaning: "",
        causes: &[],
        fixes: &[],
        harmless: false,
        rules: &[],
        certainty: Certainty::Documented,
        sources: &[],
    };
}

/// The meaning of an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventLookup {
    /// The id that was asked for.
    pub asked: u32,
    /// The id that was looked up.
    pub id: u16,
    /// True when severity bits had to be taken off: `id` differs from `asked`.
    pub masked: bool,
}

/// The severity and customer bits that some tools leave in a 16-bit event id.
const SEVERITY_BITS: u32 = 0xC000;

/// Events of a virtualization host whose short numbers other events have, too: 1152, 1153 and 1155 to 1158.
/// The licensing events always carry their severity bits, as 50304, or as 1152 with qualifiers.
///
/// Source: the manifests of Windows 10 1507 and 1903.
pub const OF_OTHERS: std::ops::RangeInclusive<u16> = 1152..=1160;

/// Events of the licensing service whose texts no public manifest has: whether one of them is a fault is not
/// known.
pub const TEXT_UNKNOWN: &[u16] = &[
    24, 25, 27, 30, 36, 48, 51, 55, 64, 66, 68, 83, 84, 85, 86, 87, 4096, 4097, 4099, 4103, 4104, 4115, 4117,
    4120, 4137, 4142, 8194, 8196, 8198, 8199,
];

/// Every event.
pub fn all() -> impl Iterator<Item = &'static EventRow> {
    [host::EVENTS, server::EVENTS].into_iter().flatten()
}

/// Reduces an id as printed to the id of the tables: the low 16 bits of a full event identifier (0xC0000468),
/// and of those the low 14 when the two severity bits are set (50280). `None`: the number cannot be an event
/// id.
pub fn reduce(asked: u32) -> Option<EventLookup> {
    let low = asked & 0xFFFF;
    // A full identifier carries severity in its top bits. A warning of these providers has facility
    // 0. With another facility the number is an error code (0x8007000E).
    if asked > 0xFFFF && (asked >> 30 == 0 || asked >> 30 == 2 && asked >> 16 & 0xFFF != 0) {
        return None;
    }
    let id = if low & SEVERITY_BITS == SEVERITY_BITS { low & !SEVERITY_BITS } else { low };
    u16::try_from(id).ok().map(|id| EventLookup { asked, id, masked: u32::from(id) != asked })
}

/// The rows of an id, as asked or with the severity bits taken off. None for a number of [`OF_OTHERS`]
/// without these bits.
pub fn lookup(asked: u32) -> Option<(EventLookup, Vec<&'static EventRow>)> {
    let found = reduce(asked).filter(|found| found.masked || !OF_OTHERS.contains(&found.id))?;
    let rows: Vec<_> = all().filter(|row| row.id == found.id).collect();
    (!rows.is_empty()).then_some((found, rows))
}
