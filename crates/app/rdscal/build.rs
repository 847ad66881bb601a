//! What Windows wants to know of the program before it runs: its manifest and its version.

use std::env;
use std::error::Error;

use embed_manifest::manifest::{ActiveCodePage, ExecutionLevel, Setting, SupportedOS};
use embed_manifest::{embed_manifest, new_manifest};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    if env::var_os("CARGO_CFG_WINDOWS").is_none() {
        return Ok(());
    }
    // Never asks for elevation by itself: `--help` must not prompt. What could not be read without is said instead.
    embed_manifest(
        new_manifest("rdscal")
            .requested_execution_level(ExecutionLevel::AsInvoker)
            .active_code_page(ActiveCodePage::Utf8)
            .long_path_aware(Setting::Enabled)
            .supported_os(SupportedOS::Windows7..=SupportedOS::Windows10),
    )?;
    if env::var("CARGO_CFG_TARGET_ENV").as_deref() == Ok("gnu") {
        // Sections that begin at pages are mapped from the file, so that what is never touched takes no memory; Wine reads others whole.
        println!("cargo:rustc-link-arg-bins=-Wl,--file-alignment=4096");
    }
    // The program works without it; a compiler for resources (windres, rc.exe) is not everywhere.
    if let Err(error) = version() {
        println!("cargo:warning=rdscal.exe will not show its version in its properties: {error}");
    }
    Ok(())
}

fn version() -> std::io::Result<()> {
    winresource::WindowsResource::new()
        .set("ProductName", "rdscal")
        .set("FileDescription", "Reads and judges the licensing state of Remote Desktop Services")
        .set("OriginalFilename", "rdscal.exe")
        .set("InternalName", "rdscal")
        .set("LegalCopyright", "Apache-2.0 OR MIT")
        // Neutral text is English.
        .set_language(0x0409)
        .compile()
}
