//! Policy files that set the same licensing value differently.
//!
//! # What it looks at
//! All policy files of a run. The rule fires for each licensing setting that two or more of them set to
//! different data.
//!
//! # Why it matters
//! If two objects apply to one machine, the one with the higher precedence wins. Links, order, enforcement
//! and filters determine the precedence. A change of the other object has no effect, and moving a machine to
//! another organizational unit changes its licensing.
//!
//! # How it can be wrong
//! The objects may be for different machines: two farms, two domains, two customers. The files do not show
//! where they are linked. `rdscal policy show --directory DC --computer NAME` shows what applies to one
//! machine.
//!
//! # Fix
//! 1. Find out which object is intended for which machines: `rdscal policy show --directory DC --computer
//!    NAME` for one machine of each kind.
//! 2. Keep each setting in one object per set of machines, and remove it from the others.
//!
//! # Fix safety
//! First remove the setting from the object that loses; this changes nothing on the machines.
//!
//! # Verify
//! Run `rdscal policy lint` on the folder, and `gpresult /h report.html` on a session host.

use crate::rules::prelude::*;
use std::collections::BTreeMap;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-204",
    name: "policies-conflict",
    title: "policies set a licensing value differently",
    severity: Severity::Warning,
    confidence: Confidence::Low,
    scope: Scope::Fleet,
    products: "Windows Server 2003 and later",
    sources: &[sources::GPOL],
    ..Rule::fleet(check)
};

fn check(machines: &[&FleetKey]) -> Outcome {
    let policies: Vec<_> = machines
        .iter()
        .filter_map(|machine| Some((machine.label.as_str(), machine.policy.as_ref()?)))
        .collect();
    // By name, then by the data without regard to case and spaces.
    let mut settings: BTreeMap<&str, BTreeMap<String, (&str, Vec<String>)>> = BTreeMap::new();
    for (label, policy) in &policies {
        for (name, shown) in &policy.values {
            let alike = shown.to_lowercase().replace(' ', "");
            let data = settings.entry(name).or_default().entry(alike).or_insert((shown, Vec::new()));
            data.1.push((*label).to_owned());
        }
    }
    let mut findings = Vec::new();
    for (name, data) in settings.into_iter().filter(|(_, data)| data.len() > 1) {
        let values: Vec<_> = data.values().map(|(shown, _)| *shown).collect();
        let finding = RULE.finding(format!("policies set “{name}” differently: {}", values.join(", ")));
        let evidence = data.values().map(|(shown, labels)| Evidence::fact(shown, labels.join(", ")));
        findings
            .push(finding.evidences(evidence).machines(data.values().flat_map(|(_, labels)| labels.clone())));
    }
    if findings.is_empty() && policies.len() > 1 && policies.iter().any(|(_, policy)| !policy.whole) {
        return Err(Need::Fleet("policy files that can be read completely").into());
    }
    Ok(findings)
}
