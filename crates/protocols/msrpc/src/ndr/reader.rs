//! Decoding.

/// A response that violates the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} (at byte {offset})")]
pub struct Malformed {
    /// What is wrong.
    pub what: &'static str,
    /// Offset in bytes from the beginning of the PDU or stub.
    pub offset: usize,
}

/// A cursor over the bytes of a stub.
///
/// Every count is checked against the bytes present before anything is allocated, so a response never costs
/// more memory than its own size.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// A cursor at the beginning.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// An error at the current offset.
    #[must_use]
    pub fn malformed(&self, what: &'static str) -> Malformed {
        Malformed { what, offset: self.at }
    }

    /// The bytes that remain.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Takes this many bytes.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at.checked_add(count).ok_or_else(|| self.malformed("a length that overflows"))?;
        let taken = self.bytes.get(self.at..end).ok_or_else(|| self.malformed("the data ends too early"))?;
        self.at = end;
        Ok(taken)
    }

    /// Takes an array of bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let what = self.malformed("the data ends too early");
        self.bytes(N)?.try_into().map_err(|_| what)
    }

    /// Skips padding to a multiple of 2, 4 or 8 bytes, or to the end.
    pub fn align(&mut self, to: usize) {
        self.at = self.at.next_multiple_of(to).min(self.bytes.len());
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.array::<1>()?[0])
    }

    /// A 16-bit number at its natural alignment.
    pub fn u16(&mut self) -> Result<u16, Malformed> {
        self.align(2);
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// A 32-bit number at its natural alignment.
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        self.align(4);
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// A 32-bit count.
    pub fn count(&mut self) -> Result<usize, Malformed> {
        let what = self.malformed("a count that overflows");
        usize::try_from(self.u32()?).map_err(|_| what)
    }

    /// True if a unique pointer is not null. The value of the referent has no meaning.
    pub fn pointer(&mut self) -> Result<bool, Malformed> {
        Ok(self.u32()? != 0)
    }

    /// A `FILETIME`: two 32-bit halves, the lower first; 100-nanosecond steps since 1601.
    pub fn file_time(&mut self) -> Result<u64, Malformed> {
        let low = self.u32()?;
        Ok(u64::from(low) | u64::from(self.u32()?) << 32)
    }

    /// The number behind a unique pointer; `None` for a null pointer.
    pub fn optional_u32(&mut self) -> Result<Option<u32>, Malformed> {
        if self.pointer()? { self.u32().map(Some) } else { Ok(None) }
    }

    /// The bytes of the elements of a conformant varying array: maximum count, offset, actual count,
    /// elements.
    pub fn varying(&mut self, element: usize) -> Result<&'a [u8], Malformed> {
        let room = self.count()?;
        let offset = self.count()?;
        let count = self.count()?;
        if offset != 0 {
            return Err(self.malformed("an array with an offset"));
        }
        if count > room {
            return Err(self.malformed("an array larger than its maximum count"));
        }
        let length =
            count.checked_mul(element).ok_or_else(|| self.malformed("an array size that overflows"))?;
        self.bytes(length)
    }

    /// An `RPC_UNICODE_STRING` ([MS-DTYP] 2.3.10) as UTF-16 code units; `None` for a null pointer.
    ///
    /// The array must hold at least `Length` bytes. One NUL at the end is the terminator of MS-RRP 2.2.4 and
    /// is removed; earlier NULs belong to the name.
    pub fn unicode_string(&mut self) -> Result<Option<Vec<u16>>, Malformed> {
        let length = usize::from(self.u16()?);
        let maximum = usize::from(self.u16()?);
        let there = self.pointer()?;
        if length > maximum {
            return Err(self.malformed("a string longer than its buffer"));
        }
        if !there {
            return Ok(None);
        }
        let bytes = self.varying(2)?;
        if bytes.len() < length {
            return Err(self.malformed("a string shorter than its length"));
        }
        let bytes = bytes.get(..length).unwrap_or(bytes);
        let mut units: Vec<u16> = bytes
            .chunks_exact(2)
            .filter_map(|pair| Some(u16::from_le_bytes(pair.try_into().ok()?)))
            .collect();
        if units.last() == Some(&0) {
            units.pop();
        }
        Ok(Some(units))
    }

    /// Requires that only padding follows.
    pub fn finish(mut self) -> Result<(), Malformed> {
        self.align(8);
        if self.rest().is_empty() { Ok(()) } else { Err(self.malformed("data after the last field")) }
    }
}
