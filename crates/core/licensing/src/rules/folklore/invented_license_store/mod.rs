//! A key that pages on the web describe as a store of installed or issued licenses, and that no Windows has.
//!
//! # What it looks at
//! `LicenseKeyStore` below the keys where such pages put it, and `TermServLicensing\Parameters\IssuedLicenses`. It
//! fires where one exists.
//!
//! # Why it matters
//! Installed CALs and issued licenses are rows of the license server's database (`TLSLic.edb`), never registry
//! keys. Clearing such a key removes no license, and looking at it counts none.
//!
//! # How it can be wrong
//! A program of a third party may keep something of its own in a key of that name: look at what it holds.
//!
//! # Fix
//! 1. Nothing needs to be done.
//! 2. To see or remove CALs: RD Licensing Manager, or WMI (`Win32_TSLicenseKeyPack`) on the license server.
//! 3. If the key is a remnant of a page's advice: export it (`reg export KEY store.reg`), then delete it
//!    (`reg delete KEY`).
//!
//! # Fix safety
//! Windows does not know the key. Deleting it changes nothing for Windows; a third party's program may miss it.
//! `reg import store.reg` brings it back.
//!
//! # Verify
//! The key is gone, and RD Licensing Manager shows the same CALs as before.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-195",
    name: "invented-license-store",
    title: "key said to hold licenses, which Windows does not have",
    severity: Severity::Info,
    confidence: Confidence::High,
    scope: Scope::Any,
    recipe: Some("clear-subkeys"),
    sources: &[sources::NO_TRACE, sources::FOLKLORE],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let seen = machine.look(places::invented_stores());
    let findings = seen.keys.iter().map(|(path, key)| {
        let title = format!("{path} is no key of Windows and holds no licenses");
        RULE.finding(title).evidence(Evidence::key(path, key, contents(key)))
    });
    conclude(findings.collect(), seen.missing)
}
