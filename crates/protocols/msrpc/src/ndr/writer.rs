//! Encoding.

/// Builds a stub.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
    /// Referent of the next pointer.
    referent: u32,
}

/// First referent, as in captures of Windows; any number but 0 is valid.
const FIRST_REFERENT: u32 = 0x0002_0000;

impl Writer {
    /// An empty stub.
    #[must_use]
    pub fn new() -> Self {
        Self { bytes: Vec::with_capacity(128), referent: FIRST_REFERENT }
    }

    /// The stub.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Appends bytes as they are.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Pads to a multiple of 2, 4 or 8 bytes.
    pub fn align(&mut self, to: usize) {
        self.bytes.resize(self.bytes.len().next_multiple_of(to), 0);
    }

    /// One byte.
    pub fn u8(&mut self, number: u8) {
        self.bytes.push(number);
    }

    /// A 16-bit number at its natural alignment.
    pub fn u16(&mut self, number: u16) {
        self.align(2);
        self.bytes(&number.to_le_bytes());
    }

    /// A 32-bit number at its natural alignment.
    pub fn u32(&mut self, number: u32) {
        self.align(4);
        self.bytes(&number.to_le_bytes());
    }

    /// A null pointer.
    pub fn null(&mut self) {
        self.u32(0);
    }

    /// A unique pointer. Its target follows, or follows the structure that contains it.
    pub fn pointer(&mut self) {
        let referent = self.referent;
        self.referent = referent.wrapping_add(4).max(FIRST_REFERENT);
        self.u32(referent);
    }

    /// A unique pointer and its number.
    pub fn pointed_u32(&mut self, number: u32) {
        self.pointer();
        self.u32(number);
    }

    /// The header of a conformant varying array: maximum and actual count.
    pub fn varying_head(&mut self, room: u32, count: u32) {
        self.u32(room);
        self.u32(0);
        self.u32(count);
    }

    /// An `RRP_UNICODE_STRING` (MS-RRP 2.2.4); its length includes the terminating NUL.
    pub fn unicode_string(&mut self, text: Terminated<'_>) {
        let length = text.byte_len();
        self.u16(length);
        self.u16(length);
        self.pointer();
        let units = u32::from(length / 2);
        self.varying_head(units, units);
        for unit in text.0 {
            self.bytes(&unit.to_le_bytes());
        }
        self.bytes(&[0, 0]);
    }

    /// An empty `RRP_UNICODE_STRING` that announces a buffer of this many bytes.
    pub fn unicode_room(&mut self, bytes: u16) {
        let bytes = bytes & !1;
        self.u16(0);
        self.u16(bytes);
        self.pointer();
        self.varying_head(u32::from(bytes / 2), 0);
    }

    /// The same with the terminating NUL of MS-RRP 2.2.4. Samba requires it for the class of
    /// `BaseRegQueryInfoKey` and rejects it for the names of enumerations (measured).
    pub fn unicode_room_terminated(&mut self, bytes: u16) {
        let bytes = (bytes & !1).max(2);
        self.u16(2);
        self.u16(bytes);
        self.pointer();
        self.varying_head(u32::from(bytes / 2), 1);
        self.bytes(&[0, 0]);
    }

    /// A null `RRP_UNICODE_STRING`.
    pub fn no_unicode_string(&mut self) {
        self.u16(0);
        self.u16(0);
        self.null();
    }
}

/// Text that fits an `RRP_UNICODE_STRING`: its length in bytes, terminating NUL included, is a 16-bit number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminated<'a>(&'a [u16]);

impl<'a> Terminated<'a> {
    /// Maximum number of code units.
    pub const MAX_UNITS: usize = 0x7ffe;

    /// `None` if the text is too long.
    #[must_use]
    pub fn new(units: &'a [u16]) -> Option<Self> {
        (units.len() <= Self::MAX_UNITS).then_some(Self(units))
    }

    /// Its length in bytes with the NUL.
    fn byte_len(self) -> u16 {
        u16::try_from((self.0.len() + 1) * 2).unwrap_or(0xfffe)
    }
}
