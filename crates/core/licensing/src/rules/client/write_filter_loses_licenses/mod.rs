//! A thin client that loses its Per Device license at each restart.
//!
//! # What it looks at
//! The state of the Unified Write Filter that a running client reports: whether it protects the system drive
//! (`UWF_Filter`, `UWF_Volume`), and whether it keeps `MSLicensing` (`UWF_RegistryFilter`: `PersistTSCAL`, or
//! an exclusion). Without that state, the rule uses the services of the Enhanced and the File-Based Write
//! Filter (`EWF`, `FBWF`), if they are not disabled, and the entries of the Registry Filter
//! (`RegFilter\Parameters\MonitoredKeys`), one of which must name `MSLicensing`. How the Unified Write Filter
//! stores its state is not documented; with it the result is *unknown*, unless one of its keys names
//! `MSLicensing`.
//!
//! # Why it matters
//! After each restart the client has no license and no hardware ID, and is a new device to the license
//! server. Each restart consumes one more temporary license, and a few machines use up the pool.
//!
//! # How it can be wrong
//! The services alone do not show whether the filter is active. A client that uses only Per User licenses, or
//! received its license before the filter was enabled, is not affected.
//!
//! # Fix
//! 1. Unified Write Filter: keep `PersistTSCAL` on, or run `uwfmgr registry add-exclusion
//!    HKLM\SOFTWARE\Microsoft\MSLicensing`, and restart.
//! 2. EWF and FBWF: enable *TSCAL persistence* in the Registry Filter.
//! 3. Or disable the filter, connect twice so that the client receives its permanent license, and commit.
//!
//! # Fix safety
//! An exclusion keeps one small key across restarts, including any faulty license in it.
//!
//! # Verify
//! Restart the client and compare `ClientHWID` before and after.

use crate::rules::prelude::*;
use snapshot::{Key, KeyPath};

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-087",
    name: "write-filter-loses-licenses",
    title: "a write filter may lose the license at each restart",
    severity: Severity::Warning,
    confidence: Confidence::Medium,
    scope: Scope::Any,
    products: "Windows XP Embedded and later",
    sources: &[sources::UWF, sources::REGISTRY_FILTER, sources::VERBOON],
    ..Rule::machine(check)
};

const STORE: &str = "MSLicensing";

fn check(machine: &Machine<'_>) -> Outcome {
    if let Ok(filter) = machine.fact(facts::WRITE_FILTER) {
        if !filter.protects || filter.keeps_licenses {
            return Ok(Vec::new());
        }
        let title = format!(
            "the write filter {} protects the system drive and does not keep {STORE} (PersistTSCAL is off)",
            filter.name
        );
        let evidence = machine.fact_evidence(facts::WRITE_FILTER, "protects, no exclusion");
        return Ok(vec![RULE.finding(title).confidence(Confidence::High).evidence(evidence)]);
    }
    let filter = places::service("RegFilter");
    let kept = machine.key(&filter)?.is_some_and(is_enabled)
        && keeps(machine, &filter.join(r"Parameters\MonitoredKeys"))?;
    for name in ["FBWF", "EWF"] {
        let path = places::service(name);
        let Some(key) = machine.key(&path)?.filter(|key| is_enabled(key)) else { continue };
        if !kept {
            let title = format!(
                "the write filter {name} is installed, but the Registry Filter does not keep {STORE}"
            );
            return Ok(vec![RULE.finding(title).evidence(Evidence::key(
                &path,
                key,
                "service, not disabled",
            ))]);
        }
    }
    for name in ["uwfvol", "uwfreg"] {
        let path = places::service(name);
        if machine.key(&path)?.is_some_and(is_enabled) && !keeps(machine, &path)? {
            return Err(facts::WRITE_FILTER.need().into());
        }
    }
    Ok(Vec::new())
}

/// False for a service that is disabled (4).
fn is_enabled(key: &Key) -> bool {
    key.value("Start").and_then(snapshot::Value::as_u32) != Some(4)
}

/// Whether a name or a text in the key, or below it, names the client store.
fn keeps(machine: &Machine<'_>, path: &KeyPath) -> Result<bool, Unknown> {
    fn names_store(key: &Key, depth: usize) -> bool {
        let named = |text: String| text.to_ascii_lowercase().contains("mslicensing");
        named(key.name.to_string())
            || key.values.iter().any(|value| named(value.name.to_string()) || named(value.shown()))
            || (depth > 0 && key.subkeys.iter().any(|sub| names_store(sub, depth - 1)))
    }
    Ok(machine.key(path)?.is_some_and(|key| names_store(key, 8)))
}
