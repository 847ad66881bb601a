//! No stored license is new enough for the session host.
//!
//! # What it looks at
//! The versions of the licenses in both stores against the session host that the client shall connect to. Which host
//! that is no registry says: it must be told.
//!
//! # Why it matters
//! A host accepts a license of its own version or a later one. With an older one it asks its license server for a new
//! license, and where the server has no pack of that version the client gets a temporary one, and is refused when
//! that ends.
//!
//! # How it can be wrong
//! The version numbers of 2016, 2022 and 2025 licenses are inferred; the finding is of medium confidence then. The
//! first connection may simply bring the newer license.
//!
//! # Fix
//! 1. Connect, and see whether a newer license is issued.
//! 2. Install a pack of the host's version or a later one on a license server that is new enough for it.
//!
//! # Fix safety
//! Nothing is changed on the client.
//!
//! # Verify
//! Run `rdscal show` on the client after the connection.

use crate::knowledge::Certainty;
use crate::knowledge::products::{Edition, Fit, host_accepts, product};
use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-079",
    name: "client-license-too-old",
    title: "stored client licenses older than the session host",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Client,
    sources: &[sources::RDPELE.at("MS-RDPELE note 4, which licenses a host accepts"), sources::CALS],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let stores = machine.client_stores();
    let versions: Vec<_> =
        stores.licenses().filter_map(|(_, license)| Some((license.version()?, license))).collect();
    let Some((newest, license)) = versions.into_iter().max_by_key(|(version, _)| *version) else {
        return stores.conclude(Vec::new());
    };
    let target = machine.fact(facts::TARGET_HOST)?;
    let host = product(target.build, Some(Edition::Server));
    let Fit::No(_) = host_accepts(host.generation, newest) else { return stores.conclude(Vec::new()) };
    let inferred = newest.row().is_none_or(|row| row.certainty == Certainty::Inferred);
    let title = format!(
        "the newest stored license is a {}; {} runs {} and does not accept it",
        newest.name(),
        target.name,
        host.name
    );
    let finding = RULE.finding(title).evidence(license.evidence()).evidence(
        machine.fact_evidence(facts::TARGET_HOST, format!("{} (build {})", target.name, target.build)),
    );
    Ok(vec![if inferred { finding.confidence(Confidence::Medium) } else { finding }])
}
