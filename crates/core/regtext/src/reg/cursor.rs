//! A cursor over one line.

use super::problem::{Flaw, What};

/// A position in a line of UTF-16 code units.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    units: &'a [u16],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(units: &'a [u16]) -> Self {
        Self { units, at: 0 }
    }

    /// The current unit as a byte, if it is an ASCII character. `None` at the end of the line.
    pub(super) fn ascii(&self) -> Option<u8> {
        self.unit().and_then(|unit| u8::try_from(unit).ok()).filter(u8::is_ascii)
    }

    /// The current unit; `None` at the end of the line.
    pub(super) fn unit(&self) -> Option<u16> {
        self.units.get(self.at).copied()
    }

    /// The remaining units.
    pub(super) fn rest(&self) -> &'a [u16] {
        self.units.get(self.at..).unwrap_or_default()
    }

    pub(super) fn skip(&mut self) {
        self.at += 1;
    }

    /// Skips spaces and tabs. No other character counts as white space.
    pub(super) fn skip_blanks(&mut self) {
        while matches!(self.ascii(), Some(b' ' | b'\t')) {
            self.skip();
        }
    }

    /// Skips `text` if it comes next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let len = text.len();
        let found =
            self.rest().get(..len).is_some_and(|next| next.iter().copied().eq(text.bytes().map(u16::from)));
        if found {
            self.at += len;
        }
        found
    }

    /// Whether only white space, or white space and a comment, remains.
    pub(super) fn at_line_end(&mut self) -> bool {
        self.skip_blanks();
        matches!(self.unit(), None | Some(0x3B))
    }

    /// Succeeds if the value is complete here, that is, only a comment follows.
    pub(super) fn expect_line_end(&mut self) -> Result<(), Flaw> {
        if self.at_line_end() { Ok(()) } else { Err(self.flaw(What::TextAfterValue)) }
    }

    /// A flaw at the current position.
    pub(super) const fn flaw(&self, what: What) -> Flaw {
        Flaw { at: self.at, what }
    }

    /// Reads hexadecimal digits as one number: the number of digits, and the value unless it exceeds 32 bits.
    pub(super) fn hex_number(&mut self) -> (usize, Option<u32>) {
        let mut digits = 0;
        let mut value = Some(0_u32);
        while let Some(digit) = self.ascii().and_then(|byte| char::from(byte).to_digit(16)) {
            value = value.and_then(|value| value.checked_mul(16)).and_then(|value| value.checked_add(digit));
            digits += 1;
            self.skip();
        }
        (digits, value)
    }
}
