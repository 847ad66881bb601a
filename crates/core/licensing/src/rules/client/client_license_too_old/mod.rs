//! No stored license is new enough for the session host.
//!
//! # What it looks at
//! The versions of the licenses in both stores, compared with the version of the session host to which the
//! client connects. No registry names that host; it must be specified.
//!
//! # Why it matters
//! A host accepts a license of its own version or a later one. If the client has only an older one, the host
//! requests a new license from its license server. If the server has no pack of that version, the client
//! receives a temporary license, and is refused when that expires.
//!
//! # How it can be wrong
//! The version numbers of the licenses for 2016, 2022 and 2025 are inferred; the confidence of the finding is
//! then medium. The first connection may simply bring the newer license.
//!
//! # Fix
//! 1. Connect, and check whether a newer license is issued.
//! 2. Install a pack of the host's version or later on a license server that is new enough for it.
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
