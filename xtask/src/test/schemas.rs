//! The JSON output of the program is valid by docs/schema, according to an independent validator.

use std::process::Command;

use anyhow::Result;

use super::outcome::Outcome;
use super::tools::Tools;
use crate::run;

/// Validates the JSON of the samples with the Python package jsonschema.
pub fn check(tools: &Tools) -> Result<Outcome> {
    let Some(python) = &tools.python else {
        return Ok(Outcome::could_not_run("the Python environment of the other readers is missing"));
    };
    let built = run::logged(
        "rdscal",
        &mut run::cargo(["build", "--workspace", "--bins", "--all-features", "--locked"]),
    )?;
    if !built.ok {
        return Ok(Outcome::failed(built.complaint(), Some(&built)));
    }
    let done = run::logged(
        "schemas",
        Command::new(python).arg("bench/peers/schemas.py").arg(run::target().join("debug/rdscal")),
    )?;
    Ok(Outcome::of(&done, done.last_line()))
}
