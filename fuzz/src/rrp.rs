//! Answers of a hostile server.

use msrpc::rpc::{self, Assembler, Flags, HEADER_LEN, Header, PduType};
use msrpc::winreg::{self, Access, Handle, OpenOptions, Root, SecurityInformation};
use msrpc::{Client, Pipe, PipeError};

/// Stubs for each reader, and a whole conversation: the bytes are the server's messages, each after its
/// length.
pub fn target(data: &[u8]) {
    readers(data);
    conversation(data);
}

/// No result may be larger than its source.
fn readers(stub: &[u8]) {
    let fits = |length: usize| assert!(length <= stub.len(), "{length} from {} bytes", stub.len());
    let _ = winreg::read_handle(stub);
    let _ = winreg::read_create_key(stub);
    let _ = winreg::read_close_key(stub);
    let _ = winreg::read_status(stub);
    let _ = winreg::read_version(stub);
    let _ = rpc::read_bind_answer(stub, 1);
    if let Ok(Ok(info)) = winreg::read_query_info_key(stub) {
        fits(info.class.len() * 2);
    }
    if let Ok(Ok(entry)) = winreg::read_enum_key(stub) {
        fits((entry.name.len() + entry.class.len()) * 2);
    }
    if let Ok(Ok(entry)) = winreg::read_enum_value(stub) {
        fits(entry.name.len() * 2 + entry.value.data.len());
    }
    if let Ok(Ok(value)) = winreg::read_query_value(stub) {
        fits(value.data.len());
    }
    if let Ok(Ok(descriptor)) = winreg::read_get_key_security(stub) {
        fits(descriptor.len());
    }
    if let Ok(Some(rpc::Answer::Stub(answer))) = Assembler::new(1, 64).push(stub) {
        assert!(answer.len() <= 64);
    }
}

/// A pipe from which these bytes are read.
struct Hostile<'a> {
    bytes: &'a [u8],
    call: u32,
    reads: usize,
}

impl Hostile<'_> {
    /// The next message: two bytes of length, then the message. If the top bit of the length is set, the
    /// message is a stub and gets a valid header, so that more than headers is tested.
    fn next(&mut self, most: usize) -> Result<Vec<u8>, PipeError> {
        self.reads += 1;
        let Some((head, rest)) = self.bytes.split_first_chunk::<2>() else {
            return Err(PipeError::Lost("over".to_owned()));
        };
        let length = u16::from_le_bytes(*head);
        let (dressed, length) = (length & 0x8000 != 0, usize::from(length & 0x0fff).min(rest.len()));
        let (message, rest) = rest.split_at(length);
        self.bytes = rest;
        if !dressed {
            return Ok(message.iter().copied().take(most).collect());
        }
        let length = u16::try_from(HEADER_LEN + 8 + message.len()).unwrap_or(u16::MAX);
        let head = Header { kind: PduType::Response, flags: Flags::WHOLE, length, call: self.call };
        Ok(head.to_bytes().into_iter().chain([0; 8]).chain(message.iter().copied()).collect())
    }
}

impl Pipe for Hostile<'_> {
    fn write(&mut self, message: &[u8]) -> Result<(), PipeError> {
        self.call = Header::read(message).expect("what the client sends has a head").call;
        Ok(())
    }

    fn read(&mut self, most: usize) -> Result<Vec<u8>, PipeError> {
        self.next(most)
    }
}

/// The answer to a bind, as sent by Samba.
const BOUND: &[u8] = &[
    5, 0, 12, 3, 0x10, 0, 0, 0, 68, 0, 0, 0, 1, 0, 0, 0, 0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, 13, 0, 0x5c,
    0x50, 0x49, 0x50, 0x45, 0x5c, 0x77, 0x69, 0x6e, 0x72, 0x65, 0x67, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 4, 0x5d,
    0x88, 0x8a, 0xeb, 0x1c, 0xc9, 0x11, 0x9f, 0xe8, 8, 0, 0x2b, 0x10, 0x48, 0x60, 2, 0, 0, 0,
];

fn conversation(data: &[u8]) {
    // Half of all inputs begin after a successful bind.
    let (bound, data) = match data.split_first() {
        Some((first, rest)) => (first % 2 == 0, rest),
        None => return,
    };
    let mut messages = Vec::new();
    if bound {
        messages.extend(u16::try_from(BOUND.len()).unwrap_or_default().to_le_bytes());
        messages.extend(BOUND);
    }
    messages.extend(data);
    let mut pipe = Hostile { bytes: &messages, call: 0, reads: 0 };
    {
        let Ok(client) = Client::bind(&mut pipe) else { return };
        let mut client = client.with_max_data(1 << 16);
        for _ in 0..4 {
            let key = client.open_root(Root::LocalMachine, Access::READ).unwrap_or(Handle::NULL);
            let _ = client.open_key(key, &[65], OpenOptions::default(), Access::READ);
            let _ = client.info(key);
            if let Ok(Some(entry)) = client.value_at(key, 0, 100) {
                assert!(entry.value.data.len() <= 1 << 16);
            }
            let _ = client.value_head_at(key, 0);
            let _ = client.value(key, &[65], u32::MAX);
            let _ = client.subkey_at(key, 0);
            let _ = client.security(key, SecurityInformation::READABLE, u32::MAX);
            let _ = client.version(key);
            let _ = client.close_key(key);
        }
    }
    // Each read takes a message, and each message has at least two bytes.
    assert!(pipe.reads <= messages.len() + 1);
}
