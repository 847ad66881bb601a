//! JSON: the machine-readable form of everything. The schema of a report stands in `docs/schema`.

use serde::Serialize;

use crate::ReportError;

/// Pretty-printed JSON, ending with a newline.
pub fn render<T: Serialize>(value: &T) -> Result<String, ReportError> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    Ok(text)
}
