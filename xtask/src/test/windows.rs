//! The program for Windows: its build, its tests under Wine, and the packages.

use anyhow::Result;

use super::outcome::Outcome;
use super::tools::Tools;
use crate::windows::{self, Toolchain};
use crate::{dist, run};

/// It builds without a warning; clippy, manifest, version resource and imports are right.
pub(super) fn build(tools: &Tools) -> Result<Outcome> {
    let toolchain = match Toolchain::prepare(tools.no_install, false) {
        Ok(toolchain) => toolchain,
        Err(why) => return Ok(Outcome::could_not_run(format!("{why:#}"))),
    };
    // No other check compiles the code for Windows only.
    let checked = toolchain.clippy()?;
    if let Some(checked) = &checked
        && !checked.ok
    {
        return Ok(Outcome::of(checked, ""));
    }
    let (built, program) = toolchain.build(false)?;
    if !built.ok {
        return Ok(Outcome::of(&built, ""));
    }
    if let Err(error) = windows::executable::check(&program) {
        return Ok(Outcome::failed(format!("{error:#}"), None));
    }
    let unseen =
        if checked.is_none() { "; without clippy, which Debian's compiler does not have" } else { "" };
    Ok(Outcome::passed(format!("imports only system DLLs; has a manifest and a version resource{unseen}")))
}

/// `rdscal.exe` under Wine has the results of Linux: its own tests, those of the command line, and those of
/// `rdscal-wine`.
pub(super) fn wine(tools: &Tools) -> Result<Outcome> {
    let prepared = Toolchain::prepare(tools.no_install, false)
        .and_then(|toolchain| Ok((toolchain, windows::template(tools.no_install)?)));
    let (toolchain, template) = match prepared {
        Ok(prepared) => prepared,
        Err(why) => return Ok(Outcome::could_not_run(format!("{why:#}"))),
    };
    let unit = toolchain.unit_tests(&template, tools.nextest)?;
    if !unit.ok {
        return Ok(Outcome::of(&unit, ""));
    }
    let (built, program) = toolchain.build(false)?;
    if !built.ok {
        return Ok(Outcome::of(&built, ""));
    }
    let suite = windows::suite(&program, None, tools.nextest)?;
    let skipped = if tools.nextest {
        let junit = run::target().join("nextest/wine/junit.xml");
        super::skipped::in_junit(&std::fs::read_to_string(junit).unwrap_or_default())
    } else {
        super::skipped::in_output(&suite.output())
    };
    let note = format!("{}; {}", super::rust::summary(&unit), super::rust::summary(&suite));
    let outcome = if suite.ok { Outcome::passed(note) } else { Outcome::failed(note, Some(&suite)) };
    Ok(outcome.without(skipped))
}

/// The packages, made from the debug programs: they unpack, install, run and uninstall.
pub(super) fn packages(tools: &Tools) -> Result<Outcome> {
    if !tools.deb {
        return Ok(Outcome::could_not_run("cargo-deb is missing"));
    }
    let prepared = windows::template(tools.no_install)
        .and_then(|template| Ok((template, dist::programs(true, false, tools.no_install)?)));
    let (template, programs) = match prepared {
        Ok(prepared) => prepared,
        Err(why) => return Ok(Outcome::could_not_run(format!("{why:#}"))),
    };
    let folder = run::target().join("windows/packages");
    let files = dist::make(&programs, &folder, Some("https://example.invalid"), tools.no_install)?;
    dist::tried::all(&files, &folder.join("tried"), &template)?;
    Ok(Outcome::passed("zip, tar.gz, deb and msi: unpacked, installed, run"))
}
