//! GUIDs, such as the object types in object-specific ACEs.

use std::fmt;
use std::str::FromStr;

/// A GUID as stored: three little-endian fields and eight bytes ([MS-DTYP] 2.3.4).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid([u8; 16]);

/// The indexes of the bytes in the order of the text form; the fields are stored little-endian.
const TEXT_ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

impl Guid {
    /// The GUID stored as these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes as stored.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (printed, at) in TEXT_ORDER.into_iter().enumerate() {
            if matches!(printed, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{:02x}", self.0[at])?;
        }
        Ok(())
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not a GUID of the form `XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a GUID of the form XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX")]
pub struct InvalidGuid;

impl FromStr for Guid {
    type Err = InvalidGuid;

    fn from_str(text: &str) -> Result<Self, InvalidGuid> {
        let bytes = text.as_bytes();
        if bytes.len() != 36 {
            return Err(InvalidGuid);
        }
        let mut digits = Vec::with_capacity(32);
        for (at, &byte) in bytes.iter().enumerate() {
            if matches!(at, 8 | 13 | 18 | 23) {
                if byte != b'-' {
                    return Err(InvalidGuid);
                }
            } else {
                digits.push(char::from(byte).to_digit(16).ok_or(InvalidGuid)?);
            }
        }
        let mut guid = [0; 16];
        for (pair, at) in digits.chunks_exact(2).zip(TEXT_ORDER) {
            guid[at] = u8::try_from(pair[0] * 16 + pair[1]).map_err(|_| InvalidGuid)?;
        }
        Ok(Self(guid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_fields_are_little_endian() {
        // The user class, as printed in Microsoft's "Security Descriptor String Format".
        let guid: Guid = "bf967aba-0de6-11d0-a285-00aa003049e2".parse().unwrap();
        assert_eq!(
            guid.to_bytes(),
            [0xba, 0x7a, 0x96, 0xbf, 0xe6, 0x0d, 0xd0, 0x11, 0xa2, 0x85, 0, 0xaa, 0, 0x30, 0x49, 0xe2]
        );
        assert_eq!(guid.to_string(), "bf967aba-0de6-11d0-a285-00aa003049e2");
        assert_eq!("BF967ABA-0DE6-11D0-A285-00AA003049E2".parse(), Ok(guid));
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            "bf967aba0de611d0a28500aa003049e2",
            "{bf967aba-0de6-11d0-a285-00aa003049e}",
            "bf967aba-0de6-11d0-a285-00aa003049eg",
            "bf967aba-0de6-11d0-a285-00aa003049é",
        ] {
            assert_eq!(text.parse::<Guid>(), Err(InvalidGuid), "{text}");
        }
    }
}
