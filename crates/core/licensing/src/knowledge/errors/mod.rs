//! Error codes and the texts that a screen shows.
//!
//! Numbers mean different things in different places: 264 is "badly encrypted licensing message" as an
//! *extended* reason and "connection timed out" as a plain disconnect reason. Hence each row names its space.

mod client;
mod connectivity;
mod diagnoser;
mod protocol;
mod screen;
mod server_api;

use serde::Serialize;

use super::{Certainty, Source};

/// Where a code is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorSpace {
    /// Extended disconnect reason of the client, and the error info of the protocol (0x100 to 0x10B).
    ExtendedReason,
    /// Plain disconnect reason of the client.
    DisconnectReason,
    /// Error code inside the licensing protocol.
    LicensingMessage,
    /// Error of the WMI classes.
    Wmi,
    /// `GetTStoLSConnectivityStatus`.
    Connectivity,
    /// Return code of the license-server API.
    ServerApi,
    /// A text that a screen shows without a code.
    Screen,
    /// A text of the Licensing Diagnoser.
    Diagnoser,
}

impl ErrorSpace {
    /// For people.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::ExtendedReason => "extended disconnect reason",
            Self::DisconnectReason => "disconnect reason",
            Self::LicensingMessage => "licensing protocol error",
            Self::Wmi => "WMI error",
            Self::Connectivity => "connectivity status",
            Self::ServerApi => "license server API code",
            Self::Screen => "message on the screen",
            Self::Diagnoser => "Licensing Diagnoser message",
        }
    }
}

/// An error, by code, by text, or both.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ErrorRow {
    /// Stable name of the row.
    pub id: &'static str,
    /// Where the code is used.
    pub space: ErrorSpace,
    /// The code, if there is one.
    pub code: Option<u32>,
    /// Symbolic name in the documentation, or empty.
    pub symbol: &'static str,
    /// What it says, in a phrase.
    pub title: &'static str,
    /// Key phrases of how it reads on a screen, old and new wording. They are for recognizing a pasted text,
    /// not quotations.
    pub texts: &'static [&'static str],
    /// What it means.
    pub meaning: &'static str,
    /// Causes, likeliest first.
    pub causes: &'static [&'static str],
    /// What to do, least harm first.
    pub fixes: &'static [&'static str],
    /// Rules that are about it.
    pub rules: &'static [&'static str],
    /// Events that come with it.
    pub events: &'static [u16],
    /// How sure we are.
    pub certainty: Certainty,
    /// Where it is from.
    pub sources: &'static [Source],
}

impl ErrorRow {
    pub(crate) const BASE: Self = Self {
        id: "",
        space: ErrorSpace::Screen,
        code: None,
        symbol: "",
        title: "",
        texts: &[],
        meaning: "",
        causes: &[],
        fixes: &[],
        rules: &[],
        events: &[],
        certainty: Certainty::Documented,
        sources: &[],
    };
}

/// Every error: client codes, protocol, WMI and connectivity, license-server API, screen texts, diagnoser
/// texts.
pub fn all() -> impl Iterator<Item = &'static ErrorRow> {
    [
        client::ERRORS,
        protocol::ERRORS,
        connectivity::ERRORS,
        server_api::ERRORS,
        screen::ERRORS,
        diagnoser::ERRORS,
    ]
    .into_iter()
    .flatten()
}

/// The rows with a code, in every space.
pub fn by_code(code: u32) -> impl Iterator<Item = &'static ErrorRow> {
    all().filter(move |row| row.code == Some(code))
}

/// The row with this id.
pub fn by_id(id: &str) -> Option<&'static ErrorRow> {
    all().find(|row| row.id == id)
}
