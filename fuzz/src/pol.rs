//! Any bytes as a `Registry.pol` file and as LGPO text: no panic or hang, and accepted input is printed
//! unchanged.

use regtext::pol::{PolicyFile, State};
use regtext::{CodePage, Text, lgpo};

/// Passes the bytes to each parser.
pub fn target(bytes: &[u8]) {
    check(bytes);
    // The fuzzer learns the header quickly, but half of its inputs would break it.
    check(&[b"PReg\x01\0\0\0", bytes].concat());

    let parsed = lgpo::parse(bytes, CodePage::default());
    if let Ok(text) = lgpo::print(&parsed.settings) {
        let again = lgpo::parse(&lgpo::to_bytes(&text), CodePage::default());
        let bare = |settings: Vec<lgpo::Setting>| -> Vec<_> {
            settings.into_iter().map(|setting| lgpo::Setting { line: 0, ..setting }).collect()
        };
        assert_eq!(bare(again.settings), bare(parsed.settings));
    }
}

fn check(bytes: &[u8]) {
    let (mut policy, error) = PolicyFile::parse_tolerant(bytes);
    let sound = policy.to_bytes();
    match error {
        None => assert_eq!(sound, bytes),
        Some(error) if error.offset >= 8 => assert!(bytes.starts_with(&sound) && error.offset >= sound.len()),
        Some(_) => assert!(policy.records().is_empty()),
    }
    if let Ok(settings) = lgpo::from_policy(&policy, &lgpo::Scope::Computer) {
        let _ = lgpo::print(&settings);
    }
    let keys: Vec<Text> = policy.keys().into_iter().take(20).cloned().collect();
    for key in keys {
        let outcome = policy.outcome(&key);
        let name = outcome.values.first().map_or_else(Text::new, |value| value.name.clone());
        if policy.set(&key, &name, 3, &[1]).is_ok() {
            assert_eq!(policy.outcome(&key).get(&name), Some(State::Set { ty: 3, data: &[1] }));
        }
        if policy.delete(&key, &name).is_ok() {
            assert_eq!(policy.outcome(&key).get(&name), Some(State::Deleted));
        }
    }
}
