//! Grace records, their envelopes, and hardware IDs.

use rds_formats::grace::{GraceRecord, RecordName};
use rds_formats::{dpapi, hardware_id};

/// Passes the bytes to each parser.
pub fn target(bytes: &[u8]) {
    match GraceRecord::decode(bytes) {
        Ok(record) => {
            serde_json::to_string(&(record.known_offline(), &record)).expect("every result can be written");
        }
        Err(error) => assert!(error.offset <= bytes.len(), "{error}"),
    }
    if let Ok(envelope) = dpapi::decode(bytes) {
        assert_eq!(envelope.length, bytes.len());
    }
    let _ = hardware_id::decode(bytes);
    let _ = RecordName::recognize(&String::from_utf8_lossy(bytes));
}
