//! The common header of every PDU.

use crate::ndr::{Malformed, Reader};

/// Size of the common header in bytes.
pub const HEADER_LEN: usize = 16;

/// The type of a PDU (`ptype`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PduType {
    /// `request`
    Request,
    /// `response`
    Response,
    /// `fault`
    Fault,
    /// `bind`
    Bind,
    /// `bind_ack`, which may still reject the interface
    BindAck,
    /// `bind_nak`
    BindNak,
    /// A type that a client of a named pipe never receives.
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

    /// True if all of these are set.
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

/// The common header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Type of the PDU.
    pub kind: PduType,
    /// First or last fragment.
    pub flags: Flags,
    /// Length of the whole PDU in bytes, this header included.
    pub length: u16,
    /// Identifier of the call.
    pub call: u32,
}

impl Header {
    /// Reads a header. Versions other than 5, big-endian data, and authentication data are errors.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let (major, minor) = (reader.u8()?, reader.u8()?);
        if major != 5 || minor > 1 {
            return Err(reader.malformed("not a PDU of DCE/RPC 5"));
        }
        let (kind, flags) = (PduType::from_number(reader.u8()?), Flags(reader.u8()?));
        let representation = reader.array::<4>()?;
        if representation[0] & 0xf0 != 0x10 {
            return Err(reader.malformed("data that is not little-endian"));
        }
        let length = reader.u16()?;
        if usize::from(length) < HEADER_LEN {
            return Err(reader.malformed("a fragment shorter than its header"));
        }
        if reader.u16()? != 0 {
            return Err(reader.malformed("unexpected authentication data"));
        }
        Ok(Self { kind, flags, length, call: reader.u32()? })
    }

    /// The encoded header.
    #[must_use]
    pub fn to_bytes(self) -> [u8; HEADER_LEN] {
        let mut bytes = [5, 0, self.kind.number(), self.flags.0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        bytes[8..10].copy_from_slice(&self.length.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.call.to_le_bytes());
        bytes
    }
}
