//! Base64, only as far as certificate subjects need it.

/// Decodes standard base64; CR, LF and spaces anywhere are skipped. `None` where it is not base64.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count, mut pads) = (0_u32, 0_u32, 0_u32);
    for character in text.bytes().filter(|byte| !b"\r\n ".contains(byte)) {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                pads += 1;
                continue;
            }
            _ => return None,
        };
        if pads > 0 {
            return None;
        }
        bits = (bits << 6) | u32::from(value);
        count += 1;
        if count == 4 {
            bytes.extend_from_slice(bits.to_be_bytes().get(1..)?);
            (bits, count) = (0, 0);
        }
    }
    match (count, pads) {
        (0, 0) => {}
        (2, 2) => bytes.push(bits.checked_shr(4)?.to_be_bytes()[3]),
        (3, 1) => bytes.extend_from_slice(bits.checked_shr(2)?.to_be_bytes().get(2..)?),
        _ => return None,
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn the_examples_of_rfc_4648() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9v\r\nYmE=\r\n", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        for text in ["Z", "Zg", "Zg=", "Zg==Zg==", "=", "Zm9v=", "Zm9v!", "Z===", "Zm8=v"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
