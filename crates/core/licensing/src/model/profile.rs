//! What the user says a machine is.

use std::str::FromStr;

use serde::Serialize;

/// What the user says a machine is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Find out.
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

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "auto" => Self::Auto,
            "host" => Self::Host,
            "server" => Self::Server,
            "client" => Self::Client,
            "image" => Self::Image,
            _ => return Err(format!("“{text}” is none of auto, host, server, client, image")),
        })
    }
}
