//! An installer for Windows: the program, its documents, and an entry in PATH.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::{Papers, VERSION};
use crate::run;
use crate::windows::need;

/// Never changes: it identifies the versions of the product.
const UPGRADE: &str = "6F0E6E1B-3B0C-4C39-9A3B-7B0E5E7B6A11";
const PROGRAM: &str = "0F7A3C55-5B0D-4A59-8E0B-55E2D2C7A1D4";
const PAPERS: &str = "5B7C1F7E-8C1D-4E6B-B0D6-2C8F4B9D3E02";

/// wixl does not support `Environment`, so the tables are filled directly. `=-*` means: set on installation,
/// remove on uninstallation, for the machine.
const PATH_TABLE: &str = "Environment\tName\tValue\tComponent_\r\ns72\tl255\tL255\ts72\r\nEnvironment\tEnvironment\r\n\
                          Path\t=-*PATH\t[~];[INSTALLDIR]\tProgram\r\n";

const ACTIONS: [(&str, u32); 2] = [("RemoveEnvironmentStrings", 3300), ("WriteEnvironmentStrings", 5200)];

pub(super) fn msi(
    folder: &Path,
    work: &Path,
    program: &Path,
    papers: &Papers,
    no_install: bool,
) -> Result<PathBuf> {
    need(&["wixl", "msibuild"], &["wixl", "msitools"], no_install)?;
    let file = folder.join(format!("rdscal-{VERSION}-x86_64.msi"));
    // wixl only finds files below the folder of its source.
    let stage = work.join("msi");
    fs::create_dir_all(&stage)?;
    fs::copy(program, stage.join("rdscal.exe"))?;
    let source = stage.join("rdscal.wxs");
    fs::write(&source, description(&stage, papers)?)?;
    let done = run::logged(
        "dist-wixl",
        Command::new("wixl").args(["--arch", "x64", "--output"]).arg(&file).arg(&source),
    )?;
    ensure!(done.ok && file.is_file(), "wixl: {}", done.last_line());
    let table = work.join("Environment.idt");
    fs::write(&table, PATH_TABLE)?;
    msibuild(&file, "-i", &table.display().to_string())?;
    for (action, sequence) in ACTIONS {
        let query = format!(
            "INSERT INTO `InstallExecuteSequence` (`Action`, `Sequence`) VALUES ('{action}', {sequence})"
        );
        msibuild(&file, "-q", &query)?;
    }
    Ok(file)
}

fn msibuild(file: &Path, option: &str, argument: &str) -> Result<()> {
    let done = run::logged("dist-msibuild", Command::new("msibuild").arg(file).arg(option).arg(argument))?;
    ensure!(done.ok, "msibuild {option}: {}", done.last_line());
    Ok(())
}

/// The source for wixl. The documents are in the same folder as the program; man pages and the completions of
/// Linux shells are omitted.
fn description(stage: &Path, papers: &Papers) -> Result<String> {
    let mut files = String::new();
    for (number, file) in papers.files.iter().enumerate() {
        let name = super::name(file);
        if file.starts_with("man") || file.starts_with("complete") && name != "_rdscal.ps1" {
            continue;
        }
        fs::copy(papers.folder.join(file), stage.join(&name))?;
        let key = if number == 0 { " KeyPath=\"yes\"" } else { "" };
        write!(files, "<File Id=\"paper{number}\" Name=\"{name}\" Source=\"{name}\"{key}/>")?;
    }
    Ok(format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">
 <Product Id="*" Name="rdscal" Language="1033" Version="{VERSION}" Manufacturer="the rdscal authors" UpgradeCode="{UPGRADE}">
  <Package InstallerVersion="500" Compressed="yes" InstallScope="perMachine" Description="rdscal {VERSION}"/>
  <MajorUpgrade DowngradeErrorMessage="A newer version of rdscal is installed."/>
  <Media Id="1" Cabinet="rdscal.cab" EmbedCab="yes"/>
  <Directory Id="TARGETDIR" Name="SourceDir">
   <Directory Id="ProgramFiles64Folder">
    <Directory Id="INSTALLDIR" Name="rdscal">
     <Component Id="Program" Guid="{PROGRAM}" Win64="yes"><File Id="program" Name="rdscal.exe" Source="rdscal.exe" KeyPath="yes"/></Component>
     <Component Id="Papers" Guid="{PAPERS}" Win64="yes">{files}</Component>
    </Directory>
   </Directory>
  </Directory>
  <Feature Id="Main" Level="1"><ComponentRef Id="Program"/><ComponentRef Id="Papers"/></Feature>
 </Product>
</Wix>
"#
    ))
}
