//! Manifests for the package managers of Windows: winget, scoop, chocolatey.
//!
//! The manifests of winget and scoop are valid by the JSON schemas that these projects publish (1.6.0, and
//! that of scoop in 2026). The manifest of chocolatey follows its documentation. The validators of these
//! projects do not run here.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::VERSION;

const ABOUT: &str = "Reads and judges the licensing state of Remote Desktop Services";

pub(super) fn describe(folder: &Path, url: &str, sums: &[(String, String)]) -> Result<Vec<PathBuf>> {
    let url = url.trim_end_matches('/');
    let (zip, sum) = sums
        .iter()
        .find(|(name, _)| Path::new(name).extension().is_some_and(|extension| extension == "zip"))
        .context("no zip")?;
    let inside = zip.trim_end_matches(".zip");
    let head = |kind: &str| {
        format!(
            "# yaml-language-server: $schema=https://aka.ms/winget-manifest.{kind}.1.6.0.schema.json\nPackageIdentifier: rdscal.rdscal\n\
             PackageVersion: {VERSION}\n"
        )
    };
    let tail = |kind: &str| format!("ManifestType: {kind}\nManifestVersion: 1.6.0\n");
    let files = [
        (
            "winget/rdscal.rdscal.yaml",
            format!("{}DefaultLocale: en-US\n{}", head("version"), tail("version")),
        ),
        (
            "winget/rdscal.rdscal.locale.en-US.yaml",
            format!(
                "{}PackageLocale: en-US\nPublisher: the rdscal authors\nPackageName: rdscal\nLicense: Apache-2.0 OR MIT\nShortDescription: \
                 {ABOUT}\n{}",
                head("defaultLocale"),
                tail("defaultLocale")
            ),
        ),
        (
            "winget/rdscal.rdscal.installer.yaml",
            format!(
                "{}InstallerType: zip\nNestedInstallerType: portable\nNestedInstallerFiles:\n- RelativeFilePath: {inside}\\rdscal.exe\n  \
                 PortableCommandAlias: rdscal\nInstallers:\n- Architecture: x64\n  InstallerUrl: {url}/{zip}\n  InstallerSha256: {}\n{}",
                head("installer"),
                sum.to_uppercase(),
                tail("installer")
            ),
        ),
        (
            "scoop/rdscal.json",
            serde_json::to_string_pretty(&serde_json::json!({
                "version": VERSION,
                "description": ABOUT,
                "homepage": url,
                "license": "Apache-2.0|MIT",
                "architecture": { "64bit": { "url": format!("{url}/{zip}"), "hash": sum } },
                "extract_dir": inside,
                "bin": "rdscal.exe",
            }))? + "\n",
        ),
        (
            "chocolatey/rdscal.nuspec",
            format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<package xmlns=\"http://schemas.microsoft.com/packaging/2015/06/nuspec.xsd\">\n \
                 <metadata>\n  <id>rdscal</id>\n  <version>{VERSION}</version>\n  <title>rdscal</title>\n  <authors>the rdscal \
                 authors</authors>\n  <projectUrl>{url}</projectUrl>\n  <description>{ABOUT}.</description>\n </metadata>\n <files><file \
                 src=\"tools\\**\" target=\"tools\"/></files>\n</package>\n"
            ),
        ),
        (
            "chocolatey/tools/chocolateyinstall.ps1",
            format!(
                "$ErrorActionPreference = 'Stop'\nInstall-ChocolateyZipPackage -PackageName 'rdscal' -UnzipLocation (Split-Path -Parent \
                 $MyInvocation.MyCommand.Definition) -Url64bit '{url}/{zip}' -Checksum64 '{sum}' -ChecksumType64 'sha256'\n"
            ),
        ),
    ];
    let mut made = Vec::new();
    for (name, text) in files {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap_or(folder))?;
        fs::write(&file, text)?;
        made.push(file);
    }
    Ok(made)
}
