//! What a machine is, as the user states it.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// What a machine is, as the user states it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Determined from the snapshot.
    #[default]
    Auto,
    /// A session host.
    Host,
    /// A license server.
    Server,
    /// A client.
    Client,
    /// A golden image about to be sealed.
    Image,
}

/// A text that does not name a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownProfile(String);

impl fmt::Display for UnknownProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown profile “{}”; expected auto, host, server, client or image", self.0)
    }
}

impl std::error::Error for UnknownProfile {}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, UnknownProfile> {
        Ok(match text {
            "auto" => Self::Auto,
            "host" => Self::Host,
            "server" => Self::Server,
            "client" => Self::Client,
            "image" => Self::Image,
            _ => return Err(UnknownProfile(text.to_owned())),
        })
    }
}
