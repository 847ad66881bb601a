//! The log on standard error: each request to a server, its duration and its result. It contains no secrets.

use std::io;

use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{FilterExt as _, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

use crate::exit::Failure;

/// The environment variable with a filter, such as `info` or `warn,smb=debug`.
const VARIABLE: &str = "RDSCAL_LOG";

/// The crates that log. Those of third parties are left out: nothing is known about secrets in their events.
const CRATES: &[&str] = &[
    "ad", "gssapi", "ldap", "locate", "msrpc", "policy", "probe", "rdscal", "signin", "smb", "sources",
    "survey",
];

/// Starts the log if `-v` or the variable asks for one. True if it is on.
pub fn start(verbose: u8) -> Result<bool, Failure> {
    let variable = std::env::var(VARIABLE).unwrap_or_default();
    let levels = match (verbose, variable.trim()) {
        (0, "") => return Ok(false),
        (0, filter) => filter.parse::<Targets>().map_err(|error| {
            Failure::usage(format_args!("{VARIABLE} is not a valid filter: {error}"))
                .advice("Use a level such as debug, or levels by crate such as warn,smb=debug.")
        })?,
        (1, _) => Targets::new().with_default(LevelFilter::INFO),
        (_, _) => Targets::new().with_default(LevelFilter::DEBUG),
    };
    let filter = levels.and(filter_fn(is_ours));
    let layer = fmt::layer().with_writer(io::stderr).with_ansi(false).with_filter(filter);
    // Only a second start could fail.
    let _ = tracing_subscriber::registry().with(layer).try_init();
    Ok(true)
}

fn is_ours(event: &Metadata<'_>) -> bool {
    let name = event.target().split("::").next().unwrap_or_default();
    CRATES.contains(&name)
}
