//! Reading what a server answered.

/// What a server sent is not what the protocol says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} (at byte {offset})")]
pub struct Malformed {
    /// What is wrong.
    pub what: &'static str,
    /// Where, from the beginning of the PDU or stub that was read.
    pub offset: usize,
}

/// A cursor over the bytes of a stub.
///
/// Every read is checked against the bytes that are there before anything is allocated, so that no count in an answer can cost
/// more memory than the answer itself.
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

    /// An error at this place.
    #[must_use]
    pub fn malformed(&self, what: &'static str) -> Malformed {
        Malformed { what, offset: self.at }
    }

    /// The bytes that were not read yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Takes this many bytes.
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at.checked_add(count).ok_or_else(|| self.malformed("a length out of all bounds"))?;
        let taken = self.bytes.get(self.at..end).ok_or_else(|| self.malformed("the data ends too early"))?;
        self.at = end;
        Ok(taken)
    }

    /// Takes as many bytes as the array has.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let what = self.malformed("the data ends too early");
        self.bytes(N)?.try_into().map_err(|_| what)
    }

    /// Skips to a multiple of 2, 4 or 8 bytes. At the very end there may be nothing left to skip.
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

    /// A 32-bit number that counts what follows in this stub.
    pub fn count(&mut self) -> Result<usize, Malformed> {
        let what = self.malformed("a count out of all bounds");
        usize::try_from(self.u32()?).map_err(|_| what)
    }

    /// Whether a unique pointer leads anywhere. The number that stands for it has no meaning of its own.
    pub fn pointer(&mut self) -> Result<bool, Malformed> {
        Ok(self.u32()? != 0)
    }

    /// A `FILETIME`: two 32-bit halves, the lower first; 100-nanosecond steps since 1601.
    pub fn file_time(&mut self) -> Result<u64, Malformed> {
        let low = self.u32()?;
        Ok(u64::from(low) | u64::from(self.u32()?) << 32)
    }

    /// The number that a unique pointer leads to, where it does.
    pub fn optional_u32(&mut self) -> Result<Option<u32>, Malformed> {
        if self.pointer()? { self.u32().map(Some) } else { Ok(None) }
    }

    /// The elements of a conformant varying array: room, offset, count, then the elements. Returned are the bytes of the elements.
    pub fn varying(&mut self, element: usize) -> Result<&'a [u8], Malformed> {
        let room = self.count()?;
        let offset = self.count()?;
        let count = self.count()?;
        if offset != 0 {
            return Err(self.malformed("an array that does not begin at its first element"));
        }
        if count > room {
            return Err(self.malformed("an array with more elements than room"));
        }
        let length =
            count.checked_mul(element).ok_or_else(|| self.malformed("an array out of all bounds"))?;
        self.bytes(length)
    }

    /// An `RPC_UNICODE_STRING` ([MS-DTYP] 2.3.10): its two lengths and pointer, and what the pointer leads to, as UTF-16 code units.
    /// `None` where the pointer leads nowhere.
    ///
    /// The count of the array decides; `Length` can only agree. One NUL at the end is the terminator that MS-RRP 2.2.4 asks for and
    /// is taken off; NULs before it belong to the name.
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
            return Err(self.malformed("a string shorter than it says"));
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

    /// Done: nothing may follow but padding.
    pub fn finish(mut self) -> Result<(), Malformed> {
        self.align(8);
        if self.rest().is_empty() {
            Ok(())
        } else {
            Err(self.malformed("more data than the answer has parts"))
        }
    }
}
