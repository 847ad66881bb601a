//! The TCP transport of SMB messages.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use async_trait::async_trait;
use smolder_core::transport::SmbTransport;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Limit for a message. Messages are short: an RPC fragment with its headers, or an authentication token.
pub(crate) const LARGEST_MESSAGE: usize = 1 << 20;

/// Limit for the keep-alives between two messages.
const MOST_KEEP_ALIVES: usize = 64;

/// A connection that counts its round trips.
pub(crate) struct Wire {
    stream: TcpStream,
    round_trips: Arc<AtomicU64>,
    seen: Arc<Seen>,
}

/// Why a session cannot be protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProtectionProblem {
    /// The server signed the account in as a guest or anonymously.
    Guest,
    /// The server does not offer signing, or did not sign its response.
    Unsigned,
}

/// What the header of the last response shows. smolder reports both problems only as text.
#[derive(Debug, Default)]
pub(crate) struct Seen(AtomicU8);

impl Seen {
    pub(crate) fn problem(&self) -> Option<ProtectionProblem> {
        match self.0.load(Ordering::Relaxed) {
            1 => Some(ProtectionProblem::Guest),
            2 => Some(ProtectionProblem::Unsigned),
            _ => None,
        }
    }

    fn record(&self, message: &[u8]) {
        let number = match problem(message) {
            Some(ProtectionProblem::Guest) => 1,
            Some(ProtectionProblem::Unsigned) => 2,
            None => 0,
        };
        self.0.store(number, Ordering::Relaxed);
    }
}

/// Reads the header ([MS-SMB2] 2.2.1) and the responses to NEGOTIATE (2.2.4) and SESSION_SETUP (2.2.6).
fn problem(message: &[u8]) -> Option<ProtectionProblem> {
    const NEGOTIATE: u16 = 0;
    const SESSION_SETUP: u16 = 1;
    const SIGNED: u8 = 8;
    let u16_at = |at: usize| Some(u16::from_le_bytes(message.get(at..at + 2)?.try_into().ok()?));
    if !message.starts_with(b"\xfeSMB") || message.get(8..12)? != [0; 4] {
        return None;
    }
    let is_signed = message.get(16)? & SIGNED != 0;
    let problem = match u16_at(12)? {
        // SecurityMode: signing enabled or required
        NEGOTIATE if u16_at(66)? & 3 != 0 => return None,
        // SessionFlags: guest or null session
        SESSION_SETUP if u16_at(66)? & 3 != 0 => ProtectionProblem::Guest,
        _ if is_signed => return None,
        _ => ProtectionProblem::Unsigned,
    };
    Some(problem)
}

impl Wire {
    pub(crate) fn new(stream: TcpStream, round_trips: Arc<AtomicU64>) -> io::Result<Self> {
        // Every message waits for its response; the Nagle algorithm would delay each one by 40 ms.
        stream.set_nodelay(true)?;
        Ok(Self { stream, round_trips, seen: Arc::default() })
    }

    /// What the last response shows.
    pub(crate) fn seen(&self) -> Arc<Seen> {
        Arc::clone(&self.seen)
    }
}

#[async_trait]
impl SmbTransport for Wire {
    async fn send_message(&mut self, message: &[u8]) -> io::Result<()> {
        let length = u32::try_from(message.len()).ok().filter(|&length| length <= 0x00ff_ffff);
        let length = length.ok_or_else(|| io::Error::other("an SMB message of more than 16 MiB"))?;
        // Type 0 and three bytes of length, big-endian ([MS-SMB2] 2.1), in one packet with the message.
        let mut framed = Vec::with_capacity(4 + message.len());
        framed.extend_from_slice(&length.to_be_bytes());
        framed.extend_from_slice(message);
        self.round_trips.fetch_add(1, Ordering::Relaxed);
        self.stream.write_all(&framed).await
    }

    async fn recv_message(&mut self) -> io::Result<Vec<u8>> {
        for _ in 0..MOST_KEEP_ALIVES {
            let [kind, rest @ ..] = self.stream.read_u32().await?.to_be_bytes();
            let length = rest.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
            match kind {
                0 if length <= LARGEST_MESSAGE => {
                    let mut message = vec![0; length];
                    self.stream.read_exact(&mut message).await?;
                    self.seen.record(&message);
                    return Ok(message);
                }
                // A keep-alive of the NetBIOS session service.
                0x85 if length == 0 => {}
                _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "not an SMB message")),
            }
        }
        Err(io::Error::new(io::ErrorKind::InvalidData, "keep-alives without end"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(command: u8, status: u32, flags: u8, mode: u8) -> Vec<u8> {
        let mut message = vec![0; 68];
        message[..4].copy_from_slice(b"\xfeSMB");
        message[8..12].copy_from_slice(&status.to_le_bytes());
        message[12] = command;
        message[16] = flags;
        message[66] = mode;
        message
    }

    #[test]
    fn responses_without_protection_are_recognized() {
        let unsigned = Some(ProtectionProblem::Unsigned);
        let guest = Some(ProtectionProblem::Guest);
        assert_eq!(problem(&response(0, 0, 1, 1)), None);
        assert_eq!(problem(&response(0, 0, 1, 0)), unsigned);
        assert_eq!(problem(&response(1, 0xc000_0016, 1, 0)), None, "the sign-in continues");
        assert_eq!(problem(&response(1, 0, 9, 0)), None);
        assert_eq!(problem(&response(1, 0, 9, 1)), guest);
        assert_eq!(problem(&response(1, 0, 1, 2)), guest, "a null session");
        assert_eq!(problem(&response(1, 0, 1, 0)), unsigned);
        assert_eq!(problem(&response(3, 0, 1, 0)), unsigned);
        assert_eq!(problem(b"\xfdSMB, encrypted"), None);
        assert_eq!(problem(b"\xfeSMB"), None);
    }
}
