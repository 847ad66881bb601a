//! The TCP transport of SMB messages.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
}

impl Wire {
    pub(crate) fn new(stream: TcpStream, round_trips: Arc<AtomicU64>) -> io::Result<Self> {
        // Every message waits for its response; the Nagle algorithm would delay each one by 40 ms.
        stream.set_nodelay(true)?;
        Ok(Self { stream, round_trips })
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
