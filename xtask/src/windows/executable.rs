//! Properties of `rdscal.exe` as a file: manifest, version resource, imported DLLs.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// The DLLs that may be loaded when the program starts: every Windows since 10 has them. Others are loaded on
/// demand (`lazy.rs` in `crates/platform/win32`).
const SYSTEM_DLLS: &[&str] = &[
    "advapi32.dll",
    "bcrypt.dll",
    "bcryptprimitives.dll",
    "kernel32.dll",
    "msvcrt.dll",
    "ntdll.dll",
    "userenv.dll",
    "ws2_32.dll",
];

/// Fails unless the program has a manifest and a version resource, and imports only DLLs that every Windows
/// has.
pub fn check(program: &Path) -> Result<()> {
    let bytes = fs::read(program).with_context(|| program.display().to_string())?;
    let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    for part in ["asInvoker", "UTF-8", "longPathAware", "8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a"] {
        ensure!(holds(part.as_bytes()), "the manifest lacks {part}");
    }
    let version: Vec<u8> = "OriginalFilename\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    ensure!(holds(&version), "the program has no version resource");
    let listed = Command::new("x86_64-w64-mingw32-objdump").arg("-p").arg(program).output()?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let loaded: Vec<_> = listed
        .lines()
        .filter_map(|line| line.trim().strip_prefix("DLL Name: "))
        .map(str::to_lowercase)
        .collect();
    ensure!(!loaded.is_empty(), "objdump lists no DLL");
    let strange: Vec<_> = loaded
        .iter()
        .filter(|name| !SYSTEM_DLLS.contains(&name.as_str()) && !name.starts_with("api-ms-win-"))
        .collect();
    ensure!(strange.is_empty(), "it imports DLLs that not every Windows has: {strange:?}");
    Ok(())
}
