//! Splitting a request into fragments.

use super::header::{Flags, HEADER_LEN, Header, PduType};

/// Size of the headers before the stub in a request: PDU header, allocation hint, context, operation.
const REQUEST_HEAD: usize = HEADER_LEN + 8;

/// The PDUs of one call in order; at least one.
///
/// All but the last carry a multiple of eight bytes of the stub (C706 12.6.2).
pub fn fragments(call: u32, operation: u16, stub: &[u8], largest: u16) -> impl Iterator<Item = Vec<u8>> {
    let room = (usize::from(largest).saturating_sub(REQUEST_HEAD) & !7).max(8);
    let count = stub.len().div_ceil(room).max(1);
    (0..count).map(move |index| {
        let start = index * room;
        let rest = stub.get(start..).unwrap_or_default();
        let part = rest.get(..room).unwrap_or(rest);
        let mut flags = Flags(0);
        if index == 0 {
            flags = flags.and(Flags::FIRST);
        }
        if index + 1 == count {
            flags = flags.and(Flags::LAST);
        }
        let length = u16::try_from(REQUEST_HEAD + part.len()).unwrap_or(u16::MAX);
        let mut pdu = Vec::with_capacity(usize::from(length));
        pdu.extend(Header { kind: PduType::Request, flags, length, call }.to_bytes());
        // Allocation hint: the remaining size of the stub.
        pdu.extend(u32::try_from(rest.len()).unwrap_or(u32::MAX).to_le_bytes());
        pdu.extend(0u16.to_le_bytes());
        pdu.extend(operation.to_le_bytes());
        pdu.extend(part);
        pdu
    })
}
