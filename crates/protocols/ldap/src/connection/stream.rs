//! Bytes to and from a server: a socket that keeps its deadlines, TLS on top, one message at a time.

use std::io::{self, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use locate::Nameserver;

use super::Options;
use super::sealing::{LARGEST_BLOCK, Seal};
use super::tls::{self, Tls};
use crate::error::Error;
use crate::protocol::asn1::{self, Defect, Malformed, SEQUENCE};
use crate::protocol::{Answer, LARGEST_MESSAGE};
use crate::target::{LDAP_PORT, Security, Target};

/// A name leads to no more addresses than this many that are tried.
const MOST_ADDRESSES: usize = 8;

/// A socket whose every read and write ends by itself.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    /// How long one read or write may wait.
    timeout: Duration,
    /// When everything must be over.
    ends: Instant,
}

impl Socket {
    /// Resolves the name and connects to the first address that answers, all within the time of one step.
    pub(super) fn connect(target: &Target, options: &Options, ends: Instant) -> Result<Self, Error> {
        let (host, timeout) = (&target.host, options.timeout);
        let by = ends.min(Instant::now() + timeout);
        let addresses = match controllers(target, options, by) {
            Some(found) => found?,
            None => resolve(target, by, timeout)?,
        };
        let mut failure = Error::NameNotFound("it has no address".to_owned());
        for (index, address) in addresses.iter().enumerate() {
            // Each address has its share of what time is left.
            let left = by.saturating_duration_since(Instant::now());
            let share = left / u32::try_from(addresses.len() - index).unwrap_or(1);
            let late = || Error::TimedOut { what: format!("connecting to {host}"), after: timeout };
            if share.is_zero() {
                return Err(late());
            }
            failure = match TcpStream::connect_timeout(address, share) {
                Ok(stream) => {
                    // Requests are single small writes that wait for an answer.
                    stream.set_nodelay(true).map_err(|error| Error::Lost(error.to_string()))?;
                    return Ok(Self { stream, timeout, ends });
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::ConnectionRefused => Error::Refused,
                    io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => late(),
                    _ => Error::Lost(error.to_string()),
                },
            };
        }
        Err(failure)
    }

    fn wait(&self) -> io::Result<Duration> {
        let left = self.ends.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::Error::new(io::ErrorKind::QuotaExceeded, "the time is spent"));
        }
        Ok(left.min(self.timeout))
    }
}

/// The controllers of a domain; `None` where the system's own look-up is to be asked. A port of its own is that of one server.
fn controllers(target: &Target, options: &Options, by: Instant) -> Option<Result<Vec<SocketAddr>, Error>> {
    let alone = options.nameserver != Nameserver::System;
    let is_domain = is_domain(target);
    if !is_domain && !alone || target.host.parse::<IpAddr>().is_ok() {
        return None;
    }
    // No more than half of the time, so that the rest is left for what was found.
    let by = by.min(Instant::now() + options.timeout / 2);
    let found = if is_domain {
        locate::services(
            locate::CONTROLLERS,
            &target.host,
            target.port,
            &options.nameserver,
            MOST_ADDRESSES,
            by,
        )
    } else {
        locate::addresses(&target.host, target.port, &options.nameserver, MOST_ADDRESSES, by)
    };
    match found {
        Ok(found) => Some(Ok(found)),
        Err(failure) if alone => Some(Err(Error::NameNotFound(failure.to_string()))),
        Err(_) => None,
    }
}

/// Whether the name may be that of a domain.
fn is_domain(target: &Target) -> bool {
    target.security == Security::StartTls && target.port == LDAP_PORT
}

/// Windows knows the nearest controller of a domain.
#[cfg(windows)]
fn nearest(target: &Target) -> Option<String> {
    let may_be = is_domain(target) && target.host.contains('.') && target.host.parse::<IpAddr>().is_err();
    if may_be { win32::domain::controller(&target.host).ok() } else { None }
}

#[cfg(not(windows))]
fn nearest(_: &Target) -> Option<String> {
    None
}

/// The system's look-up cannot be given a time, so it is waited for elsewhere.
fn resolve(target: &Target, by: Instant, timeout: Duration) -> Result<Vec<SocketAddr>, Error> {
    let (tell, told) = mpsc::channel();
    let (host, asked) = (&target.host, target.clone());
    std::thread::spawn(move || {
        let name = nearest(&asked).unwrap_or(asked.host);
        let found = (name.as_str(), asked.port).to_socket_addrs();
        let _ = tell.send(found.map(|addresses| addresses.take(MOST_ADDRESSES).collect::<Vec<_>>()));
    });
    match told.recv_timeout(by.saturating_duration_since(Instant::now())) {
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(error)) => Err(Error::NameNotFound(error.to_string())),
        Err(_) => Err(Error::TimedOut { what: format!("looking up {host}"), after: timeout }),
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.wait()?))?;
        self.stream.read(buffer)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.wait()?))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

enum Link {
    Plain(BufReader<Socket>),
    Tls(Box<BufReader<Tls>>),
    Sealed(Box<Sealed>),
}

/// A connection in blocks that a mechanism seals.
struct Sealed {
    socket: BufReader<Socket>,
    seal: Box<dyn Seal>,
    /// As it came.
    block: Vec<u8>,
    /// What the last block held, and how much of it was read.
    plain: Vec<u8>,
    read: usize,
}

/// Why a block is no sealed message.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct BadBlock(String);

impl Sealed {
    fn next(&mut self) -> io::Result<()> {
        let mut length = [0; 4];
        self.socket.read_exact(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        let bad = |why: String| io::Error::other(BadBlock(why));
        if length > LARGEST_BLOCK {
            return Err(bad(format!("a block of {length} bytes is announced, which is refused")));
        }
        self.block.clear();
        // It grows with what comes, not with what was announced.
        let came = self.socket.by_ref().take(length as u64).read_to_end(&mut self.block)?;
        if came < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.plain = self.seal.unwrap(&self.block).map_err(bad)?;
        self.read = 0;
        // Blocks without content would keep this busy for nothing.
        if self.plain.is_empty() { Err(bad("a block holds nothing".to_owned())) } else { Ok(()) }
    }

    fn write(&mut self, message: &[u8]) -> io::Result<()> {
        let block = self.seal.wrap(message).map_err(|why| io::Error::other(BadBlock(why)))?;
        let length = u32::try_from(block.len())
            .map_err(|_| io::Error::other(BadBlock("it is too long".to_owned())))?;
        self.socket.get_mut().write_all(&[&length.to_be_bytes(), block.as_slice()].concat())
    }
}

impl Read for Sealed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read >= self.plain.len() {
            match self.next() {
                // It ended between two blocks, or within one: either way nothing more comes.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(0),
                other => other?,
            }
        }
        let count = (&self.plain[self.read..]).read(buffer)?;
        self.read += count;
        Ok(count)
    }
}

impl Read for Link {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(link) => link.read(buffer),
            Self::Tls(link) => link.read(buffer),
            Self::Sealed(link) => link.read(buffer),
        }
    }
}

/// Messages to and from a server.
pub(super) struct Stream {
    link: Option<Link>,
    timeout: Duration,
    message: Vec<u8>,
    /// What was being done when the last byte was waited for.
    pub(super) doing: &'static str,
}

impl Stream {
    pub(super) fn new(socket: Socket) -> Self {
        Self {
            timeout: socket.timeout,
            link: Some(Link::Plain(BufReader::with_capacity(1 << 16, socket))),
            message: Vec::new(),
            doing: "connecting",
        }
    }

    /// Whether nobody else reads along.
    pub(super) fn is_protected(&self) -> bool {
        matches!(self.link, Some(Link::Tls(_) | Link::Sealed(_)))
    }

    /// What binds a sign-in to the server's certificate, where there is one.
    pub(super) fn binding(&self) -> Option<Vec<u8>> {
        let Some(Link::Tls(link)) = &self.link else { return None };
        link.get_ref().binding()
    }

    /// Everything from here on is sealed by this.
    pub(super) fn seal(&mut self, seal: Box<dyn Seal>) -> Result<(), Error> {
        let Some(Link::Plain(socket)) = self.link.take() else {
            return Err(Error::Unexpected("it was to be sealed twice"));
        };
        // What came before it began was said by somebody who cannot prove who he is.
        if !socket.buffer().is_empty() {
            return Err(Error::Unexpected("it speaks before the protection has begun"));
        }
        let sealed = Sealed { socket, seal, block: Vec::new(), plain: Vec::new(), read: 0 };
        self.link = Some(Link::Sealed(Box::new(sealed)));
        Ok(())
    }

    /// Everything must be over by then.
    pub(super) fn must_end(&mut self, ends: Instant) {
        match &mut self.link {
            Some(Link::Plain(link)) => link.get_mut().ends = ends,
            Some(Link::Tls(link)) => link.get_mut().socket().ends = ends,
            Some(Link::Sealed(link)) => link.socket.get_mut().ends = ends,
            None => {}
        }
    }

    /// Everything from here on is TLS.
    pub(super) fn start_tls(&mut self, config: tls::Config, name: &str) -> Result<(), Error> {
        let Some(Link::Plain(plain)) = self.link.take() else {
            return Err(Error::Unexpected("TLS was asked for twice"));
        };
        // What came before TLS began was said by somebody who cannot prove who he is.
        if !plain.buffer().is_empty() {
            return Err(Error::Unexpected("it speaks before TLS has begun"));
        }
        let link = Tls::agree(config, name, plain.into_inner());
        let link = link.map_err(|error| self.lost(&error, Some(name)))?;
        self.link = Some(Link::Tls(Box::new(BufReader::with_capacity(1 << 16, link))));
        Ok(())
    }

    /// Sends a message.
    pub(super) fn send(&mut self, message: &[u8]) -> Result<(), Error> {
        let written = match &mut self.link {
            Some(Link::Plain(link)) => link.get_mut().write_all(message),
            Some(Link::Tls(link)) => link.get_mut().write_all(message).and_then(|()| link.get_mut().flush()),
            Some(Link::Sealed(link)) => link.write(message),
            None => return Err(Error::Lost("it is closed".to_owned())),
        };
        written.map_err(|error| self.lost(&error, None))
    }

    /// The next answer.
    pub(super) fn receive(&mut self) -> Result<Answer, Error> {
        let length = self.head()?;
        if length > LARGEST_MESSAGE {
            return Err(Error::TooLong(length));
        }
        let mut message = std::mem::take(&mut self.message);
        message.clear();
        // It grows with what comes, not with what was announced.
        let read = match self.by_ref().take(length as u64).read_to_end(&mut message) {
            Ok(read) => read,
            Err(error) => return Err(self.lost(&error, None)),
        };
        if read < length {
            return Err(Error::Lost("the other side ended it within an answer".to_owned()));
        }
        let answer = Answer::decode(&message);
        self.message = message;
        Ok(answer?)
    }

    /// Reads the head of a message, and tells how long its content is.
    fn head(&mut self) -> Result<usize, Error> {
        let mut bytes = [0; 6];
        for filled in 0..bytes.len() {
            let mut byte = [0];
            match self.read(&mut byte) {
                Ok(0) => return Err(Error::Lost("the other side ended it".to_owned())),
                Ok(_) => bytes[filled] = byte[0],
                Err(error) => return Err(self.lost(&error, None)),
            }
            if bytes[0] != SEQUENCE {
                let defect = Defect::Tag { expected: SEQUENCE, found: bytes[0] };
                return Err(Malformed { offset: 0, defect }.into());
            }
            match asn1::head(&bytes[..=filled]) {
                Ok(head) => return Ok(head.length),
                Err(Malformed { defect: Defect::Truncated { .. }, .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        // A head of six bytes is complete.
        Err(Malformed { offset: 0, defect: Defect::Length(bytes[1]) }.into())
    }

    fn lost(&self, error: &io::Error, name: Option<&str>) -> Error {
        if let Some(failure) = tls::failure(error, name.unwrap_or("that was asked for")) {
            return failure.into();
        }
        if let Some(BadBlock(why)) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
            return Error::Sealing(why.clone());
        }
        match error.kind() {
            io::ErrorKind::QuotaExceeded => Error::OutOfTime,
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                Error::TimedOut { what: self.doing.to_owned(), after: self.timeout }
            }
            io::ErrorKind::UnexpectedEof => Error::Lost("the other side ended it".to_owned()),
            _ => Error::Lost(error.to_string()),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.link {
            Some(link) => link.read(buffer),
            None => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}
