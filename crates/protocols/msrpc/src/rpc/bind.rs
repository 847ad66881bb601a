//! Binding an interface.

use std::fmt;

use super::header::{Flags, HEADER_LEN, Header, PduType};
use super::{FRAGMENT, MIN_FRAGMENT};
use crate::ndr::{Malformed, Reader};

/// The identifier of an interface or transfer syntax: a UUID in textual byte order, and a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Syntax {
    /// The UUID.
    pub uuid: u128,
    /// The major version in the lower half, the minor in the upper.
    pub version: u32,
}

/// An interface.
pub type Interface = Syntax;

impl Syntax {
    /// NDR, the 32-bit transfer syntax.
    pub const NDR: Self = Self { uuid: 0x8a88_5d04_1ceb_11c9_9fe8_0800_2b10_4860, version: 2 };

    /// As sent: the first three fields of the UUID are little-endian, the rest is as written.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 20] {
        let mut bytes = [0; 20];
        bytes[..16].copy_from_slice(&self.uuid.to_be_bytes());
        bytes[..4].reverse();
        bytes[4..6].reverse();
        bytes[6..8].reverse();
        bytes[16..].copy_from_slice(&self.version.to_le_bytes());
        bytes
    }

    fn from_bytes(mut bytes: [u8; 20]) -> Self {
        bytes[..4].reverse();
        bytes[4..6].reverse();
        bytes[6..8].reverse();
        let (uuid, version) = bytes.split_at(16);
        let uuid = uuid.try_into().map_or(0, u128::from_be_bytes);
        Self { uuid, version: version.try_into().map_or(0, u32::from_le_bytes) }
    }
}

/// The negotiated parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Largest fragment that the server accepts, in bytes including its header.
    pub send: u16,
}

/// Why a bind failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindRejection {
    /// `bind_nak` with this reason.
    Association(u16),
    /// The presentation context was rejected (C706 12.6.3.1).
    Interface {
        /// 1 for a user rejection, 2 for a provider rejection.
        result: u16,
        /// 1: unknown interface; 2: unknown transfer syntax.
        reason: u16,
    },
}

impl fmt::Display for BindRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Association(reason) => write!(f, "the server rejected the bind (reason {reason})"),
            Self::Interface { reason: 1, .. } => f.write_str("the server does not offer this interface"),
            Self::Interface { reason: 2, .. } => {
                f.write_str("the server does not support the transfer syntax NDR")
            }
            Self::Interface { result, reason } => {
                write!(f, "the server rejected the interface (result {result}, reason {reason})")
            }
        }
    }
}

/// The `bind` PDU.
#[must_use]
pub fn bind(interface: Interface, call: u32) -> Vec<u8> {
    let mut body = Vec::with_capacity(56);
    body.extend(FRAGMENT.to_le_bytes());
    body.extend(FRAGMENT.to_le_bytes());
    body.extend([0; 4]); // a new association group
    body.extend([1, 0, 0, 0]); // one presentation context
    body.extend([0, 0]); // its identifier
    body.extend([1, 0]); // one transfer syntax
    body.extend(interface.to_bytes());
    body.extend(Syntax::NDR.to_bytes());
    let length = u16::try_from(HEADER_LEN + body.len()).unwrap_or(u16::MAX);
    let mut pdu = Header { kind: PduType::Bind, flags: Flags::WHOLE, length, call }.to_bytes().to_vec();
    pdu.extend(body);
    pdu
}

/// Reads the response to [`bind`].
pub fn read_bind_answer(pdu: &[u8], call: u32) -> Result<Result<Binding, BindRejection>, Malformed> {
    let header = Header::read(pdu)?;
    let mut reader = Reader::new(pdu);
    reader.bytes(HEADER_LEN)?;
    if header.call != call {
        return Err(reader.malformed("a response to another call"));
    }
    if usize::from(header.length) != pdu.len() {
        return Err(reader.malformed("a fragment whose length differs from its header"));
    }
    match header.kind {
        PduType::BindNak => return Ok(Err(BindRejection::Association(reader.u16()?))),
        PduType::BindAck => {}
        _ => return Err(reader.malformed("not a response to a bind")),
    }
    let (_, receive, _) = (reader.u16()?, reader.u16()?, reader.u32()?);
    // The secondary address: the name of the pipe.
    let length = usize::from(reader.u16()?);
    reader.bytes(length)?;
    reader.align(4);
    let results = reader.u8()?;
    reader.bytes(3)?;
    if results != 1 {
        return Err(reader.malformed("not exactly one result for one interface"));
    }
    let (result, reason) = (reader.u16()?, reader.u16()?);
    let syntax = Syntax::from_bytes(reader.array()?);
    if result != 0 {
        return Ok(Err(BindRejection::Interface { result, reason }));
    }
    if syntax != Syntax::NDR {
        return Err(reader.malformed("a transfer syntax that was not proposed"));
    }
    if receive < MIN_FRAGMENT {
        return Err(reader.malformed("a maximum fragment size below the minimum of the protocol"));
    }
    Ok(Ok(Binding { send: receive.min(FRAGMENT) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transfer_syntax_is_spelled_as_on_the_wire() {
        // The bytes that every capture of a bind shows.
        let expected = "045d888aeb1cc9119fe808002b10486002000000";
        assert_eq!(hex::encode(Syntax::NDR.to_bytes()), expected);
        assert_eq!(Syntax::from_bytes(Syntax::NDR.to_bytes()), Syntax::NDR);
    }
}
