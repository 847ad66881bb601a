//! The log of requests: what it contains, and what it must never contain.
#![cfg(all(feature = "remote", unix))]

use samba::{ADMINISTRATOR, PASSWORD};

use crate::remote::{serving, signed_in};
use crate::support::HOST;

/// The encodings in which a secret could appear in a text.
fn forms(secret: &str) -> Vec<String> {
    let wide: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut forms = vec![secret.to_owned()];
    for bytes in [secret.as_bytes(), &wide] {
        let hex =
            |between: &str| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between);
        forms.extend([hex(""), hex(" "), hex(":"), hex(", "), format!("{bytes:?}")]);
        // The text before the secret determines its alignment to the three-byte groups of Base64.
        for offset in 0..3 {
            let whole = bytes.get((3 - offset) % 3..).unwrap();
            forms.push(base64(&whole[..whole.len() / 3 * 3]));
        }
    }
    // UTF-16 printed as text: a zero character after each letter, raw or escaped.
    for zero in ["\0", r"\0", r"\u{0}", r"\x00"] {
        forms.push(secret.chars().flat_map(|letter| [letter.to_string(), zero.to_owned()]).collect());
    }
    forms
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |bytes: &[u8]| {
        let bits = bytes.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        [18, 12, 6, 0].map(|shift| char::from(DIGITS[(bits >> shift) as usize & 63]))
    };
    bytes.chunks_exact(3).flat_map(group).collect()
}

/// Fails if the text contains a password of the tests in any encoding.
pub fn assert_no_secret(text: &str) {
    let lower = text.to_lowercase();
    for form in forms(PASSWORD) {
        assert!(!text.contains(&form) && !lower.contains(&form.to_lowercase()), "{form:?} in {text}");
    }
}

#[test]
fn secrets_are_found_in_every_form() {
    assert_eq!(base64(b"abc"), "YWJj");
    let wide: Vec<u8> = PASSWORD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [PASSWORD.as_bytes(), &wide] {
        for before in ["", "x", "xy"] {
            let whole = [before.as_bytes(), bytes, b"zzz"].concat();
            let encoded = base64(&whole[..whole.len() / 3 * 3]);
            let found = forms(PASSWORD).iter().any(|form| encoded.contains(form));
            assert!(found, "{before:?}: {encoded}");
        }
    }
}

#[test]
fn the_log_names_requests_and_contains_no_secret() {
    let Some(server) = serving(HOST) else { return };
    let machine = format!("smb://{ADMINISTRATOR}@127.0.0.1:{}", server.port());
    let quiet = signed_in(PASSWORD, &["doctor", "--format=csv", "--at=2026-01-01", &machine]);
    assert_eq!(quiet.stderr, "");
    let brief = signed_in(PASSWORD, &["-v", "doctor", "--format=csv", "--at=2026-01-01", &machine]);
    assert_eq!(brief.stdout, quiet.stdout, "the log is not mixed into the report");
    for part in ["INFO", "read registry", "round_trips=", "elapsed="] {
        assert!(brief.stderr.contains(part), "{part} in {}", brief.stderr);
    }
    assert!(!brief.stderr.contains("DEBUG"), "{}", brief.stderr);
    let full = signed_in(PASSWORD, &["-vv", "doctor", &machine]);
    for part in ["connect: done", "negotiate: done", "session setup: done", "call operation=", "received="] {
        assert!(full.stderr.contains(part), "{part} in {}", full.stderr);
    }
    let wrong = signed_in("not the password", &["-vv", "doctor", &machine]);
    assert!(wrong.stderr.contains("session setup: "), "{}", wrong.stderr);
    for run in [brief, full, wrong] {
        assert_no_secret(&run.stderr);
    }
}
