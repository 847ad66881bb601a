//! The samples: `samples/`, a small fictional estate, from the annotated exports in
//! `crates/testing/generate/samples/`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use regtext::pol::PolicyFile;
use snapshot::{Snapshot, Text};

use crate::root;

/// Each sample: its source, and the folder of its hives.
const SAMPLES: [(&str, &str); 6] = [
    ("rdsh01", "rdsh01-works"),
    ("rdsh02", "rdsh02-locked-out"),
    ("rdsh03", "rdsh03-conflicts"),
    ("pc-08", "pc-08-cloned"),
    ("rdls01", "rdls01-license-server"),
    ("golden", "golden-image"),
];

/// Writes every sample.
pub(crate) fn write() -> Result<()> {
    for (path, bytes) in files()? {
        let path = root().join("samples").join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, bytes).with_context(|| path.display().to_string())?;
    }
    println!("samples/ written");
    Ok(())
}

/// Fails if a sample differs from its source.
pub(crate) fn check() -> Result<()> {
    for (path, bytes) in files()? {
        let path = root().join("samples").join(path);
        if fs::read(&path).ok() != Some(bytes) {
            bail!("out of date, run `cargo xtask samples`: {}", path.display());
        }
    }
    Ok(())
}

/// Every file of the samples: path below `samples/`, and content.
fn files() -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let source = root().join("crates/testing/generate/samples");
    let mut files = Vec::new();
    for (name, folder) in SAMPLES {
        let machine = read(&source.join(name).with_extension("reg"))?;
        hives(&machine, Path::new(folder), &mut files)?;
    }
    // A client as its administrator would send it: an export of two keys.
    let export = fs::read_to_string(source.join("pc-07.reg"))?;
    let plain: String =
        export.lines().filter(|line| !line.starts_with(";;")).flat_map(|line| [line, "\r\n"]).collect();
    let utf16: Vec<u8> =
        [0xFEFF].into_iter().chain(plain.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    files.push(("pc-07-expired-license/pc-07.reg".into(), utf16));
    files.push(("policy/Machine/Registry.pol".into(), policy()?));
    Ok(files)
}

fn read(path: &Path) -> Result<Snapshot> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut fixture = fixture::parse(&text).with_context(|| path.display().to_string())?;
    match (fixture.machines.pop(), fixture.machines.len()) {
        (Some(machine), 0) => Ok(machine),
        _ => bail!("{}: one machine expected", path.display()),
    }
}

fn hives(machine: &Snapshot, folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) -> Result<()> {
    for (name, bytes) in fixture::hives::hives(machine).context("the sample fits no hive")? {
        files.push((folder.join(name), bytes));
    }
    Ok(())
}

/// A policy with mistakes: a space and a trailing comma in the list of servers.
fn policy() -> Result<Vec<u8>> {
    const KEY: &str = r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services";
    let mut policy = PolicyFile::new();
    policy.set(KEY, "LicensingMode", 4, &4u32.to_le_bytes())?;
    policy.set(KEY, "LicenseServers", 1, &Text::encode("rdls01.contoso.example, rdls02.contoso.example,"))?;
    Ok(policy.to_bytes())
}
