//! Event logs of the test machine.
#![cfg(windows)]

use std::time::Duration;

use win32::events::query;

const NEWEST: &str =
    r#"<QueryList><Query Id="0" Path="System"><Select Path="System">*</Select></Query></QueryList>"#;

/// Windows has events. Wine has the functions, but they do nothing.
#[test]
fn events_are_xml_or_there_is_a_reason() {
    match query(NEWEST, 3, Duration::from_secs(30)) {
        Ok(events) => {
            assert!(events.len() <= 3);
            for event in events {
                assert!(event.starts_with("<Event ") && event.ends_with("</Event>"), "{event}");
            }
        }
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains("Evt") && !text.contains("Success"), "{text}");
        }
    }
}
