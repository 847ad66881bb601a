//! The program for Windows: that it builds, and what it does under Wine.

use anyhow::Result;

use super::outcome::Outcome;
use super::tools::Tools;
use crate::dist;
use crate::windows::{self, Toolchain};

/// It builds without a warning, and is made as it should be.
pub(super) fn build(tools: &Tools) -> Result<Outcome> {
    let toolchain = match Toolchain::prepare(tools.no_install, false) {
        Ok(toolchain) => toolchain,
        Err(why) => return Ok(Outcome::could_not_run(format!("{why:#}"))),
    };
    // What is compiled for Windows alone, no other check sees.
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
    if let Err(error) = windows::made(&program) {
        return Ok(Outcome::failed(format!("{error:#}"), None));
    }
    let unseen = if checked.is_none() { "; without clippy, which Debian's compiler lacks" } else { "" };
    Ok(Outcome::passed(format!("loads system DLLs alone; manifest and version are in it{unseen}")))
}

/// Machines under Wine are what Linux says of the same text.
pub(super) fn wine(tools: &Tools) -> Result<Outcome> {
    let prepared = Toolchain::prepare(tools.no_install, false)
        .and_then(|toolchain| Ok((toolchain, windows::Prefix::prepare(tools.no_install)?)));
    let (toolchain, template) = match prepared {
        Ok(prepared) => prepared,
        Err(why) => return Ok(Outcome::could_not_run(format!("{why:#}"))),
    };
    let done = toolchain.unit_tests(&template, tools.nextest)?;
    if !done.ok {
        return Ok(Outcome::of(&done, ""));
    }
    let (built, program) = toolchain.build(false)?;
    if !built.ok {
        return Ok(Outcome::of(&built, ""));
    }
    let (tried, failed) = windows::tried(&template, &program, None)?;
    if failed.is_empty() {
        return Ok(Outcome::passed(format!(
            "{tried} machines and manners, and the tests of what is Windows' alone"
        )));
    }
    Ok(Outcome::failed(failed.join("\n"), None))
}

/// What is handed out, made of everyday's programs: it unpacks, installs and goes away again.
pub(super) fn packages(tools: &Tools) -> Result<Outcome> {
    let prepared = windows::Prefix::prepare(tools.no_install)
        .and_then(|template| Ok((template, dist::programs(true, tools.no_install)?)));
    let (template, (windows, linux)) = match prepared {
        Ok(prepared) => prepared,
        Err(why) => return Ok(Outcome::could_not_run(format!("{why:#}"))),
    };
    let folder = crate::root().join("target/windows/packages");
    let files = dist::make(&windows, &linux, &folder, Some("https://example.invalid"), tools.no_install)?;
    dist::tried::all(&files, &folder.join("tried"), &template)?;
    Ok(Outcome::passed("zip, tar.gz, deb and msi, tried"))
}
