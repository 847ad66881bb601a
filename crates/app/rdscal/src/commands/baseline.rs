//! Reading the report of `--baseline`.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use licensing::baseline::Baseline;

use crate::exit::Failure;

/// The earlier report.
pub fn read(path: Option<&Path>) -> Result<Option<Arc<Baseline>>, Failure> {
    let Some(path) = path else { return Ok(None) };
    let shown = path.display().to_string();
    let bytes = fs::read(path)
        .map_err(|error| Failure::unreadable(format_args!("could not read the baseline {shown}: {error}")))?;
    let baseline = Baseline::parse(shown.clone(), &utf8(bytes));
    baseline.map(Arc::new).map(Some).map_err(|error| {
        Failure::usage(format_args!("{shown} cannot be a baseline: {error}"))
            .advice("A baseline is written by `rdscal doctor SOURCE --format json -o FILE`.")
    })
}

/// The text as UTF-8 without a byte order mark. Redirection in Windows PowerShell writes UTF-16.
fn utf8(bytes: Vec<u8>) -> Vec<u8> {
    if let Some(text) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return text.to_vec();
    }
    let Some(text) = bytes.strip_prefix(b"\xFF\xFE") else { return bytes };
    let units: Vec<_> = text.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units).into_bytes()
}
