//! Texts, lists of texts, license server lists.

use rds_formats::strings::{MAX_ENTRIES, ServerList, guess, reg_multi_sz, reg_sz};

/// Passes the bytes to each parser.
pub fn target(bytes: &[u8]) {
    let (text, items) = (reg_sz(bytes), reg_multi_sz(bytes));
    let _ = guess(bytes);
    assert!(items.visible <= items.items.len());
    let utf8 = String::from_utf8_lossy(bytes);
    for list in [
        ServerList::from_policy(&text.content),
        ServerList::from_policy(&utf8),
        ServerList::from_items(&items.items),
    ] {
        let mut meant = list.intended();
        meant.truncate(MAX_ENTRIES);
        assert_eq!(ServerList::from_items(&meant).intended(), meant, "what was meant is not stable");
        serde_json::to_string(&list).expect("every result can be written");
    }
}
