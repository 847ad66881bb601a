//! Answers of a hostile directory, and filters as users type them.

use std::hint::black_box;

use ad::{computers, rights, users};
use ldap::filter;
use ldap::protocol::{Answer, Body, asn1};

/// The bytes are a sequence of messages, as a connection divides them. The seeds are messages of Samba's
/// domain controller.
pub fn answers(mut data: &[u8]) {
    while let Ok(head) = asn1::head(data) {
        let Some(content) = data.get(head.size..).and_then(|rest| rest.get(..head.length)) else { return };
        data = &data[head.size + head.length..];
        let Ok(answer) = Answer::decode(content) else { continue };
        black_box(answer.cookie());
        let Body::Entry(entry) = answer.body else { continue };
        let held: usize = entry.attributes().iter().flat_map(|(_, values)| values).map(Vec::len).sum();
        assert!(held <= content.len());
        // Any entry may be parsed as each of these.
        black_box((
            users::holder(&entry, "RDS"),
            rights::descriptor(&entry),
            computers::Computer::of(&entry).build(),
        ));
    }
}

/// The bytes are a filter.
pub fn filter_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(bytes) = filter::encode(&text) {
        // Each element of the filter represents characters of the text, and has a header of at most six
        // bytes.
        assert!(bytes.len() <= 8 * (text.len() + 1));
    }
    // Escaped text is literal.
    let literal = format!("(cn={})", filter::escape(&text));
    assert!(text.is_empty() || filter::encode(&literal).is_ok(), "{literal}");
}
