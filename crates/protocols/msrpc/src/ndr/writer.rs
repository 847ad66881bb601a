//! Writing what a server is asked.

/// Builds a stub.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
    /// Stands for the next pointer.
    referent: u32,
}

/// Windows counts its pointers from here in steps of four; any number but 0 will do.
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

    /// Fills up to a multiple of 2, 4 or 8 bytes.
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

    /// A pointer that leads nowhere.
    pub fn null(&mut self) {
        self.u32(0);
    }

    /// A pointer that leads somewhere; what it leads to is written next, or after the structure that it stands in.
    pub fn pointer(&mut self) {
        let referent = self.referent;
        self.referent = referent.wrapping_add(4).max(FIRST_REFERENT);
        self.u32(referent);
    }

    /// A unique pointer and the number that it leads to.
    pub fn pointed_u32(&mut self, number: u32) {
        self.pointer();
        self.u32(number);
    }

    /// The head of a conformant varying array: room for so many elements, of which so many follow.
    pub fn varying_head(&mut self, room: u32, count: u32) {
        self.u32(room);
        self.u32(0);
        self.u32(count);
    }

    /// An `RRP_UNICODE_STRING` (MS-RRP 2.2.4) with these code units and the terminating NUL, which its length counts.
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

    /// An `RRP_UNICODE_STRING` without content, that tells a server how many bytes of text the caller takes.
    pub fn unicode_room(&mut self, bytes: u16) {
        let bytes = bytes & !1;
        self.u16(0);
        self.u16(bytes);
        self.pointer();
        self.varying_head(u32::from(bytes / 2), 0);
    }

    /// The same with the NUL that ends an empty text, as MS-RRP 2.2.4 asks for. Samba refuses the class of `BaseRegQueryInfoKey`
    /// without it (measured), and the names of enumerations must have none.
    pub fn unicode_room_terminated(&mut self, bytes: u16) {
        let bytes = (bytes & !1).max(2);
        self.u16(2);
        self.u16(bytes);
        self.pointer();
        self.varying_head(u32::from(bytes / 2), 1);
        self.bytes(&[0, 0]);
    }

    /// An `RRP_UNICODE_STRING` that is not there.
    pub fn no_unicode_string(&mut self) {
        self.u16(0);
        self.u16(0);
        self.null();
    }
}

/// Text short enough for an `RRP_UNICODE_STRING`, whose length is a 16-bit number of bytes and counts the terminating NUL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminated<'a>(&'a [u16]);

impl<'a> Terminated<'a> {
    /// The most code units.
    pub const LONGEST: usize = 0x7ffe;

    /// The text, where it is short enough.
    #[must_use]
    pub fn new(units: &'a [u16]) -> Option<Self> {
        (units.len() <= Self::LONGEST).then_some(Self(units))
    }

    /// Its length in bytes with the NUL.
    fn byte_len(self) -> u16 {
        u16::try_from((self.0.len() + 1) * 2).unwrap_or(0xfffe)
    }
}
