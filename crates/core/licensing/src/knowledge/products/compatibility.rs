use serde::Serialize;

use super::CalVersion;
use crate::knowledge::{Certainty, Generation};

/// Whether two versions fit, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// They fit.
    Yes(Certainty),
    /// They do not.
    No(Certainty),
    /// One of the two is not known.
    Unknown,
}

/// The CAL version that a session host of a generation asks for at least.
///
/// Microsoft's table starts with 2008; that older hosts follow the same rule is in MS-RDPELE (a host accepts
/// a license of its own or a later version). The annual-channel release 23H2 has no separate CALs; that it
/// asks for 2022 is inferred.
pub fn least_cal(host: Generation) -> Option<(CalVersion, Certainty)> {
    let documented = Certainty::Documented;
    Some(match host {
        Generation::Nt4 | Generation::Xp | Generation::Unknown(_) => return None,
        Generation::W2000 => (CalVersion::Ts2000, documented),
        Generation::W2003 => (CalVersion::Ts2003, documented),
        Generation::W2008 | Generation::W2008R2 => (CalVersion::Rds2008, documented),
        Generation::W2012 | Generation::W2012R2 => (CalVersion::Rds2012, documented),
        Generation::W2016 => (CalVersion::Rds2016, documented),
        Generation::W2019 => (CalVersion::Rds2019, documented),
        Generation::W2022 => (CalVersion::Rds2022, documented),
        Generation::W23H2 => (CalVersion::Rds2022, Certainty::Inferred),
        Generation::W2025 => (CalVersion::Rds2025, documented),
    })
}

/// Does a session host accept this CAL? The same version or a newer one.
///
/// Source: the table on Microsoft's CAL page; a sentence beside the table says the opposite and is an error
/// of that page.
pub fn host_accepts(host: Generation, cal: CalVersion) -> Fit {
    judge(least_cal(host), cal, |least| cal >= least)
}

/// Can a license server of this generation hold this CAL pack? The same version or an older one.
///
/// Source: as for [`host_accepts`].
pub fn server_holds(server: Generation, cal: CalVersion) -> Fit {
    judge(least_cal(server), cal, |own| cal <= own)
}

fn judge(own: Option<(CalVersion, Certainty)>, cal: CalVersion, fits: impl Fn(CalVersion) -> bool) -> Fit {
    match (own, cal) {
        (None, _) | (_, CalVersion::Unknown(..)) => Fit::Unknown,
        (Some((own, certainty)), _) if fits(own) => Fit::Yes(certainty),
        (Some((_, certainty)), _) => Fit::No(certainty),
    }
}
