//! Security identifiers.

use std::fmt;
use std::str::FromStr;

use super::bytes::Window;
use super::error::{SecurityError, SecurityProblem};

/// A security identifier ([MS-DTYP] 2.4.2), such as `S-1-5-18`.
///
/// `Display` and `FromStr` use the string format of [MS-DTYP] 2.4.2.1; [`Sid::name`] returns the account's
/// name if it is the same on every Windows.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sid {
    /// The identifier authority, a 48-bit number.
    authority: u64,
    /// At most [`Sid::MAX_SUB_AUTHORITIES`].
    sub_authorities: Vec<u32>,
}

/// The text is not a SID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSid {
    /// It does not begin with `S-1-`.
    #[error("expected a SID that begins with S-1-")]
    Prefix,
    /// The identifier authority is neither a decimal number below 2^32 nor `0x` and twelve hexadecimal
    /// digits.
    #[error("expected the authority as a decimal number below 2^32, or as 0x and 12 hexadecimal digits")]
    Authority,
    /// A sub-authority is not a decimal number below 2^32.
    #[error("expected each sub-authority as a decimal number below 2^32")]
    SubAuthority,
    /// More than 15 sub-authorities.
    #[error("expected at most 15 sub-authorities")]
    TooLong,
}

impl Sid {
    /// The maximum number of sub-authorities.
    pub const MAX_SUB_AUTHORITIES: usize = 15;

    /// A SID with this identifier authority (48 bits) and these sub-authorities (at most 15).
    ///
    /// # Errors
    /// If one of the two limits is exceeded.
    pub fn new(authority: u64, sub_authorities: impl Into<Vec<u32>>) -> Result<Self, InvalidSid> {
        let sub_authorities = sub_authorities.into();
        if authority >= 1 << 48 {
            return Err(InvalidSid::Authority);
        }
        if sub_authorities.len() > Self::MAX_SUB_AUTHORITIES {
            return Err(InvalidSid::TooLong);
        }
        Ok(Self { authority, sub_authorities })
    }

    /// For the tables of this module, whose rows are within the limits.
    pub(super) fn known(authority: u64, sub_authorities: &[u32]) -> Self {
        debug_assert!(authority < 1 << 48 && sub_authorities.len() <= Self::MAX_SUB_AUTHORITIES);
        Self { authority, sub_authorities: sub_authorities.to_vec() }
    }

    /// The identifier authority, a 48-bit number: 5 for `S-1-5-18`.
    #[must_use]
    pub fn authority(&self) -> u64 {
        self.authority
    }

    /// The sub-authorities: 32 and 544 for `S-1-5-32-544`.
    #[must_use]
    pub fn sub_authorities(&self) -> &[u32] {
        &self.sub_authorities
    }

    /// The length of the stored form in bytes.
    #[must_use]
    pub fn stored_len(&self) -> usize {
        8 + 4 * self.sub_authorities.len()
    }

    /// Reads a SID at the start of the window and ignores the bytes after it.
    pub(super) fn read(window: Window<'_>) -> Result<Self, SecurityError> {
        let revision = window.u8(0, "a SID")?;
        if revision != 1 {
            return Err(SecurityProblem::Revision { what: "a SID", found: revision, expected: "1" }
                .at(window.start()));
        }
        let count = window.u8(1, "a SID")?;
        if usize::from(count) > Self::MAX_SUB_AUTHORITIES {
            return Err(SecurityProblem::SubAuthorities(count).at(window.start() + 1));
        }
        // The authority is big-endian, unlike all other numbers here.
        let authority: [u8; 6] = window.array(2, "a SID")?;
        let authority = authority.iter().fold(0, |value, &byte| value << 8 | u64::from(byte));
        let sub_authorities = window
            .to(8 + 4 * usize::from(count), "a SID")?
            .bytes()
            .chunks_exact(4)
            .skip(2)
            .filter_map(|chunk| chunk.first_chunk().copied().map(u32::from_le_bytes))
            .collect();
        Ok(Self { authority, sub_authorities })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        // The constructors keep the count at 15 or below and the authority in 48 bits.
        #[allow(clippy::cast_possible_truncation)]
        let count = self.sub_authorities.len() as u8;
        out.extend([1, count]);
        out.extend(&self.authority.to_be_bytes()[2..]);
        for sub_authority in &self.sub_authorities {
            out.extend(sub_authority.to_le_bytes());
        }
    }

    /// The stored form ([MS-DTYP] 2.4.2.2).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.stored_len());
        self.write(&mut out);
        out
    }

    /// Reads the stored form ([MS-DTYP] 2.4.2.2); bytes after it are ignored.
    ///
    /// # Errors
    /// [`SecurityError`] if the bytes end early or have another revision or length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SecurityError> {
        Self::read(Window::new(bytes))
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if u32::try_from(self.authority).is_ok() {
            write!(f, "S-1-{}", self.authority)?;
        } else {
            write!(f, "S-1-0x{:012X}", self.authority)?;
        }
        self.sub_authorities.iter().try_for_each(|sub| write!(f, "-{sub}"))
    }
}

impl fmt::Debug for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Sid {
    type Err = InvalidSid;

    fn from_str(text: &str) -> Result<Self, InvalidSid> {
        let rest = match text.split_at_checked(4) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("S-1-") => rest,
            _ => return Err(InvalidSid::Prefix),
        };
        let mut fields = rest.split('-');
        let first = fields.next().unwrap_or_default();
        let authority = match first.strip_prefix("0x").or_else(|| first.strip_prefix("0X")) {
            Some(hex) if hex.len() == 12 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                u64::from_str_radix(hex, 16).map_err(|_| InvalidSid::Authority)?
            }
            Some(_) => return Err(InvalidSid::Authority),
            None => decimal(first).map(u64::from).ok_or(InvalidSid::Authority)?,
        };
        let mut sub_authorities = Vec::new();
        for field in fields {
            if sub_authorities.len() == Self::MAX_SUB_AUTHORITIES {
                return Err(InvalidSid::TooLong);
            }
            sub_authorities.push(decimal(field).ok_or(InvalidSid::SubAuthority)?);
        }
        Ok(Self { authority, sub_authorities })
    }
}

/// A decimal number without a sign, which `u32::from_str` would accept.
fn decimal(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_and_printed() {
        // [MS-DTYP] 2.5.1.4 prints these bytes for BA.
        let bytes = [1, 2, 0, 0, 0, 0, 0, 5, 0x20, 0, 0, 0, 0x20, 2, 0, 0];
        let sid = Sid::from_bytes(&bytes).unwrap();
        assert_eq!(sid.to_string(), "S-1-5-32-544");
        assert_eq!(sid.to_bytes(), bytes);
        assert_eq!("s-1-5-32-544".parse(), Ok(sid));
    }

    #[test]
    fn a_large_authority_is_hexadecimal() {
        let sid = Sid::new(0x1234_5678_9ABC, [7]).unwrap();
        assert_eq!(sid.to_string(), "S-1-0x123456789ABC-7");
        assert_eq!(sid.to_string().parse(), Ok(sid));
    }

    #[test]
    fn malformed_text_is_named() {
        for (text, problem) in [
            ("", InvalidSid::Prefix),
            ("S-2-5-18", InvalidSid::Prefix),
            ("é-1-5", InvalidSid::Prefix),
            ("S-1-", InvalidSid::Authority),
            ("S-1-0x5-18", InvalidSid::Authority),
            ("S-1-4294967296", InvalidSid::Authority),
            ("S-1-5-", InvalidSid::SubAuthority),
            ("S-1-5-+18", InvalidSid::SubAuthority),
            ("S-1-5-4294967296", InvalidSid::SubAuthority),
            ("S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16", InvalidSid::TooLong),
        ] {
            assert_eq!(text.parse::<Sid>(), Err(problem), "{text}");
        }
    }

    #[test]
    fn damaged_bytes_are_located() {
        let error = |bytes: &[u8]| Sid::from_bytes(bytes).unwrap_err();
        assert_eq!(error(&[2, 0, 0, 0, 0, 0, 0, 5]).offset, 0);
        assert_eq!(error(&[1, 16, 0, 0, 0, 0, 0, 5]).problem, SecurityProblem::SubAuthorities(16));
        assert_eq!(
            error(&[1, 1, 0, 0, 0, 0, 0, 5, 0]).problem,
            SecurityProblem::Truncated { what: "a SID", needed: 12, available: 9 }
        );
    }
}
