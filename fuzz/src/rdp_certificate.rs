//! Proprietary server certificates. Seeds: `crates/core/rds-formats/tests/vectors/host-certificates`.

use rds_formats::rdp_certificate::{decode, examine};

/// Passes the bytes to each parser.
pub fn target(bytes: &[u8]) {
    let state = examine(bytes);
    serde_json::to_string(&state).expect("every result can be written");
    if let Err(error) = decode(bytes) {
        assert!(error.offset <= bytes.len(), "{error}");
        assert!(!state.is_intact());
    }
}
