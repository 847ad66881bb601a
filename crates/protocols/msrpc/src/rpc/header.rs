//! The sixteen bytes that every PDU begins with.

use crate::ndr::{Malformed, Reader};

/// Its length.
pub const HEADER_LEN: usize = 16;

/// What a PDU is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PduType {
    /// A call.
    Request,
    /// Its answer.
    Response,
    /// The call could not be made.
    Fault,
    /// Asks for an interface.
    Bind,
    /// The interface is, or is not, to be had.
    BindAck,
    /// No association can be made.
    BindNak,
    /// Anything else, which no client of a named pipe is sent.
    Other(u8),
}

impl PduType {
    fn from_number(number: u8) -> Self {
        match number {
            0 => Self::Request,
            2 => Self::Response,
            3 => Self::Fault,
            11 => Self::Bind,
            12 => Self::BindAck,
            13 => Self::BindNak,
            other => Self::Other(other),
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::Request => 0,
            Self::Response => 2,
            Self::Fault => 3,
            Self::Bind => 11,
            Self::BindAck => 12,
            Self::BindNak => 13,
            Self::Other(other) => other,
        }
    }
}

/// `pfc_flags`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(pub u8);

impl Flags {
    /// The first fragment of a call.
    pub const FIRST: Self = Self(0x01);
    /// The last fragment.
    pub const LAST: Self = Self(0x02);
    /// First and last.
    pub const WHOLE: Self = Self(0x03);
    /// An object UUID follows the header of a request.
    pub const OBJECT: Self = Self(0x80);

    /// True where all of these are set.
    #[must_use]
    pub fn has(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Both.
    #[must_use]
    pub fn and(self, flags: Self) -> Self {
        Self(self.0 | flags.0)
    }
}

/// The head of a PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What it is.
    pub kind: PduType,
    /// First, last.
    pub flags: Flags,
    /// Length of the whole PDU in bytes, this header included.
    pub length: u16,
    /// Which call it belongs to.
    pub call: u32,
}

impl Header {
    /// Reads it. A version other than 5, data that is not little-endian, and authentication, which was not asked for, are refused.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let (major, minor) = (reader.u8()?, reader.u8()?);
        if major != 5 || minor > 1 {
            return Err(reader.malformed("not a DCE/RPC 5 answer"));
        }
        let (kind, flags) = (PduType::from_number(reader.u8()?), Flags(reader.u8()?));
        let representation = reader.array::<4>()?;
        if representation[0] & 0xf0 != 0x10 {
            return Err(reader.malformed("an answer that is not little-endian"));
        }
        let length = reader.u16()?;
        if usize::from(length) < HEADER_LEN {
            return Err(reader.malformed("a fragment shorter than its header"));
        }
        if reader.u16()? != 0 {
            return Err(reader.malformed("authentication data that was not asked for"));
        }
        Ok(Self { kind, flags, length, call: reader.u32()? })
    }

    /// Its bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; HEADER_LEN] {
        let mut bytes = [5, 0, self.kind.number(), self.flags.0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        bytes[8..10].copy_from_slice(&self.length.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.call.to_le_bytes());
        bytes
    }
}
