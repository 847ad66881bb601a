use serde::Serialize;

use crate::knowledge::{Certainty, Generation, Source, sources};

/// Server or client, from `ProductOptions\ProductType` or `CurrentVersion\InstallationType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Edition {
    /// `ServerNT`, `LanmanNT`.
    Server,
    /// `WinNT`.
    Client,
}

/// One released build.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct BuildRow {
    /// `CurrentBuild`.
    pub build: u32,
    /// Kernel version as marketed in `CurrentMajorVersionNumber`.`CurrentMinorVersionNumber` or
    /// `CurrentVersion`.
    pub kernel: (u16, u16),
    /// Name of the server release, if there was one.
    pub server: Option<&'static str>,
    /// Name of the client release, if there was one.
    pub client: Option<&'static str>,
    /// What licensing makes of it.
    pub generation: Generation,
    /// How sure we are.
    pub certainty: Certainty,
    /// Where it is from.
    pub sources: &'static [Source],
}

const fn row(
    build: u32,
    kernel: (u16, u16),
    server: Option<&'static str>,
    client: Option<&'static str>,
    generation: Generation,
) -> BuildRow {
    BuildRow {
        build,
        kernel,
        server,
        client,
        generation,
        certainty: Certainty::Documented,
        sources: &[sources::WINDOWS_REGISTRY],
    }
}

/// Semi-annual server releases carry no session-host generation of their own; that they behave as the
/// long-term release before them is our inference.
const fn semi_annual(
    build: u32,
    server: &'static str,
    client: Option<&'static str>,
    generation: Generation,
) -> BuildRow {
    BuildRow {
        build,
        kernel: (10, 0),
        server: Some(server),
        client,
        generation,
        certainty: Certainty::Inferred,
        sources: &[sources::WINDOWS_REGISTRY],
    }
}

use Generation as G;

/// Released builds, ascending.
pub const BUILDS: &[BuildRow] = &[
    row(1381, (4, 0), Some("Windows NT 4.0 Server"), Some("Windows NT 4.0 Workstation"), G::Nt4),
    row(2195, (5, 0), Some("Windows 2000 Server"), Some("Windows 2000 Professional"), G::W2000),
    row(2600, (5, 1), None, Some("Windows XP"), G::Xp),
    row(3790, (5, 2), Some("Windows Server 2003"), Some("Windows XP x64"), G::W2003),
    row(6000, (6, 0), None, Some("Windows Vista"), G::W2008),
    row(6001, (6, 0), Some("Windows Server 2008"), Some("Windows Vista SP1"), G::W2008),
    row(6002, (6, 0), Some("Windows Server 2008 SP2"), Some("Windows Vista SP2"), G::W2008),
    row(6003, (6, 0), Some("Windows Server 2008 SP2"), None, G::W2008),
    row(7600, (6, 1), Some("Windows Server 2008 R2"), Some("Windows 7"), G::W2008R2),
    row(7601, (6, 1), Some("Windows Server 2008 R2 SP1"), Some("Windows 7 SP1"), G::W2008R2),
    row(9200, (6, 2), Some("Windows Server 2012"), Some("Windows 8"), G::W2012),
    row(9600, (6, 3), Some("Windows Server 2012 R2"), Some("Windows 8.1"), G::W2012R2),
    row(10240, (10, 0), None, Some("Windows 10, version 1507"), G::W2016),
    row(10586, (10, 0), None, Some("Windows 10, version 1511"), G::W2016),
    row(14393, (10, 0), Some("Windows Server 2016"), Some("Windows 10, version 1607"), G::W2016),
    row(15063, (10, 0), None, Some("Windows 10, version 1703"), G::W2016),
    semi_annual(16299, "Windows Server, version 1709", Some("Windows 10, version 1709"), G::W2016),
    semi_annual(17134, "Windows Server, version 1803", Some("Windows 10, version 1803"), G::W2016),
    row(17763, (10, 0), Some("Windows Server 2019"), Some("Windows 10, version 1809"), G::W2019),
    semi_annual(18362, "Windows Server, version 1903", Some("Windows 10, version 1903"), G::W2019),
    semi_annual(18363, "Windows Server, version 1909", Some("Windows 10, version 1909"), G::W2019),
    semi_annual(19041, "Windows Server, version 2004", Some("Windows 10, version 2004"), G::W2019),
    semi_annual(19042, "Windows Server, version 20H2", Some("Windows 10, version 20H2"), G::W2019),
    row(19043, (10, 0), None, Some("Windows 10, version 21H1"), G::W2019),
    row(19044, (10, 0), None, Some("Windows 10, version 21H2"), G::W2019),
    row(19045, (10, 0), None, Some("Windows 10, version 22H2"), G::W2019),
    row(20348, (10, 0), Some("Windows Server 2022"), None, G::W2022),
    row(22000, (10, 0), None, Some("Windows 11, version 21H2"), G::W2022),
    row(22621, (10, 0), None, Some("Windows 11, version 22H2"), G::W2022),
    row(22631, (10, 0), None, Some("Windows 11, version 23H2"), G::W2022),
    row(25398, (10, 0), Some("Windows Server, version 23H2"), None, G::W23H2),
    row(26100, (10, 0), Some("Windows Server 2025"), Some("Windows 11, version 24H2"), G::W2025),
    row(26200, (10, 0), None, Some("Windows 11, version 25H2"), G::W2025),
];

/// A build with its name. Builds that the table lacks are kept with their number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Product {
    /// "Windows Server 2019", or "unknown Windows Server (build 30000)".
    pub name: String,
    /// What licensing makes of it.
    pub generation: Generation,
    /// How sure we are of the two.
    pub certainty: Certainty,
}

/// The product of a build. `edition` is `None` where the snapshot does not distinguish server and client.
pub fn product(build: u32, edition: Option<Edition>) -> Product {
    let Some(row) = BUILDS.iter().find(|row| row.build == build) else {
        let family = match edition {
            Some(Edition::Server) => "unknown Windows Server",
            Some(Edition::Client) => "unknown Windows client",
            None => "unknown Windows",
        };
        return Product {
            name: format!("{family} (build {build})"),
            generation: Generation::Unknown(build),
            certainty: Certainty::Inferred,
        };
    };
    let name = match edition {
        Some(Edition::Server) => row.server.map(str::to_owned),
        Some(Edition::Client) => row.client.map(str::to_owned),
        None => match (row.server, row.client) {
            (Some(server), Some(client)) => Some(format!("{server} or {client}")),
            (one, other) => one.or(other).map(str::to_owned),
        },
    };
    match name {
        Some(name) => Product { name, generation: row.generation, certainty: row.certainty },
        // The build is known, this edition of it is not: an insider release, or a wrong product type.
        None => Product {
            name: format!("unreleased edition of build {build}"),
            generation: row.generation,
            certainty: Certainty::Inferred,
        },
    }
}
