//! Reassembling a response from fragments.

use super::header::{Flags, HEADER_LEN, Header, PduType};
use super::{FRAGMENT, FaultStatus};
use crate::ndr::{Malformed, Reader};

/// Size of the headers before the stub in a response.
const RESPONSE_HEAD: usize = HEADER_LEN + 8;

/// The response to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The stub.
    Stub(Vec<u8>),
    /// The server returned a fault PDU.
    Fault(FaultStatus),
}

/// Collects the bytes of a response and returns it when it is complete.
///
/// It holds at most `max` bytes of stub and two fragments. Every fragment except the last must carry at least
/// one byte.
#[derive(Debug)]
pub struct Assembler {
    call: u32,
    max: usize,
    /// Bytes of an incomplete fragment.
    pending: Vec<u8>,
    stub: Vec<u8>,
    begun: bool,
}

impl Assembler {
    /// Expects the response to this call, with a stub of at most `max` bytes.
    #[must_use]
    pub fn new(call: u32, max: usize) -> Self {
        Self { call, max, pending: Vec::new(), stub: Vec::new(), begun: false }
    }

    /// Adds bytes, at most one fragment at a time. Returns the response if it is complete.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Option<Answer>, Malformed> {
        self.pending.extend_from_slice(bytes);
        while let Some(pdu) = take_pdu(&mut self.pending)? {
            if let Some(answer) = self.fragment(&pdu)? {
                if !self.pending.is_empty() {
                    return Err(Malformed { what: "more than one response to a call", offset: 0 });
                }
                return Ok(Some(answer));
            }
        }
        Ok(None)
    }

    fn fragment(&mut self, pdu: &[u8]) -> Result<Option<Answer>, Malformed> {
        let header = Header::read(pdu)?;
        let mut reader = Reader::new(pdu);
        reader.bytes(HEADER_LEN)?;
        if header.call != self.call {
            return Err(reader.malformed("a response to another call"));
        }
        match header.kind {
            PduType::Fault => {
                reader.bytes(8)?;
                return Ok(Some(Answer::Fault(FaultStatus(reader.u32()?))));
            }
            PduType::Response => {}
            _ => return Err(reader.malformed("neither a response nor a fault")),
        }
        if header.flags.has(Flags::FIRST) == self.begun {
            return Err(reader.malformed("fragments out of order"));
        }
        self.begun = true;
        let body =
            pdu.get(RESPONSE_HEAD..).ok_or_else(|| reader.malformed("a response shorter than its header"))?;
        let last = header.flags.has(Flags::LAST);
        if body.is_empty() && !last {
            return Err(reader.malformed("an empty fragment"));
        }
        if self.stub.len() + body.len() > self.max {
            return Err(reader.malformed("a response larger than requested"));
        }
        self.stub.extend_from_slice(body);
        Ok(last.then(|| Answer::Stub(std::mem::take(&mut self.stub))))
    }
}

/// Removes the first complete PDU from `pending`.
pub(crate) fn take_pdu(pending: &mut Vec<u8>) -> Result<Option<Vec<u8>>, Malformed> {
    let Some(head) = pending.get(..HEADER_LEN) else { return Ok(None) };
    let length = usize::from(Header::read(head)?.length);
    if length > usize::from(FRAGMENT) {
        return Err(Malformed { what: "a fragment larger than negotiated", offset: 8 });
    }
    if pending.len() < length {
        return Ok(None);
    }
    let rest = pending.split_off(length);
    Ok(Some(std::mem::replace(pending, rest)))
}
