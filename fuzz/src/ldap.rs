//! Answers of a directory that means no good, and filters as people type them.

use std::hint::black_box;

use ad::{computers, rights, users};
use ldap::filter;
use ldap::protocol::{Answer, Body, asn1};

/// The bytes are messages, one behind the other, as a connection splits them. The seeds are what Samba's
/// domain controller said to nobody in particular.
pub fn answers(mut data: &[u8]) {
    while let Ok(head) = asn1::head(data) {
        let Some(content) = data.get(head.size..).and_then(|rest| rest.get(..head.length)) else { return };
        data = &data[head.size + head.length..];
        let Ok(answer) = Answer::decode(content) else { continue };
        black_box(answer.cookie());
        let Body::Entry(entry) = answer.body else { continue };
        let held: usize = entry.attributes().iter().flat_map(|(_, values)| values).map(Vec::len).sum();
        assert!(held <= content.len());
        // What any entry may be taken for.
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
        // Each element of it stands for characters of the text, and has a head of six bytes at most.
        assert!(bytes.len() <= 8 * (text.len() + 1));
    }
    // Whatever is escaped is taken literally.
    let literal = format!("(cn={})", filter::escape(&text));
    assert!(text.is_empty() || filter::encode(&literal).is_ok(), "{literal}");
}
