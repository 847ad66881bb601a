//! Putting an answer together.

use super::header::{Flags, HEADER_LEN, Header, PduType};
use super::{FRAGMENT, FaultStatus};
use crate::ndr::{Malformed, Reader};

/// What precedes the stub in a response.
const RESPONSE_HEAD: usize = HEADER_LEN + 8;

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The stub.
    Stub(Vec<u8>),
    /// The call could not be made.
    Fault(FaultStatus),
}

/// Takes bytes as they come from the pipe and gives the answer when it is whole.
///
/// A server cannot make it hold more than `most` bytes of stub and two fragments, nor make it wait for a fragment that brings
/// nothing: each fragment but the last must carry at least one byte.
#[derive(Debug)]
pub struct Assembler {
    call: u32,
    most: usize,
    /// Bytes that do not make a whole fragment yet.
    pending: Vec<u8>,
    stub: Vec<u8>,
    begun: bool,
}

impl Assembler {
    /// Waits for the answer to this call, whose stub has at most so many bytes.
    #[must_use]
    pub fn new(call: u32, most: usize) -> Self {
        Self { call, most, pending: Vec::new(), stub: Vec::new(), begun: false }
    }

    /// Takes what was read; at most one fragment's worth of bytes at a time. The answer, when it is whole.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Option<Answer>, Malformed> {
        self.pending.extend_from_slice(bytes);
        while let Some(pdu) = take_pdu(&mut self.pending)? {
            if let Some(answer) = self.fragment(&pdu)? {
                if !self.pending.is_empty() {
                    return Err(Malformed { what: "more than one answer to a call", offset: 0 });
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
            return Err(reader.malformed("an answer to another call"));
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
        let body = pdu.get(RESPONSE_HEAD..).ok_or_else(|| reader.malformed("a response without its head"))?;
        let last = header.flags.has(Flags::LAST);
        if body.is_empty() && !last {
            return Err(reader.malformed("a fragment that brings nothing"));
        }
        if self.stub.len() + body.len() > self.most {
            return Err(reader.malformed("a larger answer than was asked for"));
        }
        self.stub.extend_from_slice(body);
        Ok(last.then(|| Answer::Stub(std::mem::take(&mut self.stub))))
    }
}

/// Takes the first whole PDU off the bytes that were read.
pub(crate) fn take_pdu(pending: &mut Vec<u8>) -> Result<Option<Vec<u8>>, Malformed> {
    let Some(head) = pending.get(..HEADER_LEN) else { return Ok(None) };
    let length = usize::from(Header::read(head)?.length);
    if length > usize::from(FRAGMENT) {
        return Err(Malformed { what: "a larger fragment than was agreed on", offset: 8 });
    }
    if pending.len() < length {
        return Ok(None);
    }
    let rest = pending.split_off(length);
    Ok(Some(std::mem::replace(pending, rest)))
}
