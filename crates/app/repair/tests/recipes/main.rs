//! Every recipe on machines written by hand: the resulting plan, or the reason for the refusal.
//!
//! A machine is a fixture (annotated `.reg` text, see `crates/testing/fixture`) in the test itself, beside
//! the arguments of the recipe. The result is compared as text. `INSTA_UPDATE=always` rewrites the
//! expectation, whose difference must be reviewed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    missing_docs
)]

mod add_server;
mod clear_client;
mod clear_subkeys;
mod license_server_database;
mod mending;
mod move_stray_settings;
mod neighbors;
mod plans;
mod remove_server;
mod reset_grace;
mod reset_host_certificates;
mod restore_security;
mod seal_image;
mod set_mode;
mod set_servers;
mod tidy_servers;

use std::fmt::Write as _;

use licensing::{Machine, Profile};
use repair::{Arguments, History, Plan, Refusal, Request};
use snapshot::{Change, Key, Placed, Snapshot};

/// A `REG_MULTI_SZ` in the syntax of `.reg` files.
fn multi(items: &[&str]) -> String {
    let bytes = snapshot::MultiString::encode(items);
    let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("hex(7):{}", hex.join(","))
}

/// The machine of a fixture.
fn machine(text: &str) -> (Snapshot, snapshot::FileTime) {
    let mut fixture = fixture::parse(text).expect("the fixture reads");
    (fixture.machines.remove(0), fixture.at)
}

/// The plan of a recipe for the machine of a fixture.
fn plan(recipe: &str, arguments: &Arguments, text: &str) -> Result<Plan, Refusal> {
    plan_after(recipe, arguments, text, &History::default())
}

/// [`plan`] with a history of earlier repairs.
fn plan_after(recipe: &str, arguments: &Arguments, text: &str, history: &History) -> Result<Plan, Refusal> {
    let (snapshot, at) = machine(text);
    plan_for(recipe, arguments, &snapshot, at, history)
}

/// The plan of a recipe for a policy file with the content of the fixture.
fn plan_of_policy(recipe: &str, arguments: &Arguments, text: &str) -> Result<Plan, Refusal> {
    let (mut snapshot, at) = machine(text);
    snapshot.origin.kind = snapshot::OriginKind::Policy;
    plan_for(recipe, arguments, &snapshot, at, &History::default())
}

fn plan_for(
    recipe: &str,
    arguments: &Arguments,
    snapshot: &Snapshot,
    at: snapshot::FileTime,
    history: &History,
) -> Result<Plan, Refusal> {
    let machine = Machine::new(snapshot, at, Profile::Auto);
    let recipe = repair::by_name(recipe).expect("there is such a recipe");
    recipe.plan(&Request { machine: &machine, arguments, history, now: at })
}

/// The result as text for comparison.
fn shown(result: &Result<Plan, Refusal>) -> String {
    let mut out = String::new();
    let plan = match result {
        Ok(plan) => plan,
        Err(refusal) => {
            writeln!(out, "refused: {refusal}").unwrap();
            if !refusal.instead().is_empty() {
                writeln!(out, "instead: {}", refusal.instead()).unwrap();
            }
            return out;
        }
    };
    for step in &plan.steps {
        writeln!(out, "{}", step.change).unwrap();
        match &step.change {
            Change::Key { before, after, .. } => {
                if let Some(key) = before {
                    tree(&mut out, "-", key, 1);
                }
                if let Some(key) = after {
                    tree(&mut out, "+", key, 1);
                }
            }
            Change::Value { before, after, name, .. } => {
                let side = |side: &Option<Placed>| match side {
                    Some(placed) => format!("{} {}", placed.kind, placed.named(name).shown()),
                    None => "nothing".to_owned(),
                };
                writeln!(out, "    {} -> {}", side(before), side(after)).unwrap();
            }
            Change::Security { before, after, .. } => {
                let sddl = |bytes: &[u8]| {
                    nt::security::SecurityDescriptor::from_bytes(bytes)
                        .map_or_else(|e| e.to_string(), |sd| sd.to_sddl().unwrap())
                };
                writeln!(out, "    {} -> {}", sddl(before.bytes()), sddl(after.bytes())).unwrap();
            }
        }
        writeln!(out, "    because {}", step.why).unwrap();
    }
    for step in &plan.checklist {
        writeln!(out, "by hand: {step}").unwrap();
    }
    for follow_up in &plan.follow_up {
        writeln!(out, "then: {follow_up}").unwrap();
    }
    for note in &plan.notes {
        writeln!(out, "note: {note}").unwrap();
    }
    writeln!(out, "licenses: {}", plan.license_effect).unwrap();
    out
}

fn tree(out: &mut String, sign: &str, key: &Key, depth: usize) {
    let indent = "    ".repeat(depth);
    writeln!(out, "{indent}{sign} [{}]", key.name).unwrap();
    for value in &key.values {
        writeln!(out, "{indent}{sign}   {} = {} {}", value.name, value.kind, value.shown()).unwrap();
    }
    for subkey in &key.subkeys {
        tree(out, sign, subkey, depth + 1);
    }
}
