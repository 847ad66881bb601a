//! Transport: a socket with deadlines, TLS or sealing above it, one message at a time.

use std::io::{self, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use diagnostic::{Code, Message};
use locate::Nameserver;

use super::Options;
use super::sealing::{MAX_BLOCK, Seal};
use super::tls::{self, Tls};
use crate::error::Error;
use crate::protocol::asn1::{self, Defect, Malformed, SEQUENCE};
use crate::protocol::{Answer, MAX_MESSAGE};
use crate::target::{LDAP_PORT, Security, Target};

/// Addresses of a name that are tried.
const MAX_ADDRESSES: usize = 8;

/// A socket with a time limit for each read and write.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    /// Time limit of one read or write.
    timeout: Duration,
    /// End of the time for the whole connection.
    ends: Instant,
}

impl Socket {
    /// Resolves the name and connects to the first address that responds, within the time limit of one step.
    pub(super) fn connect(target: &Target, options: &Options, ends: Instant) -> Result<Self, Error> {
        let (host, timeout) = (&target.host, options.timeout);
        let by = ends.min(Instant::now() + timeout);
        let addresses = match controllers(target, options, by) {
            Some(found) => found?,
            None => resolve(target, options.locator, by, timeout)?,
        };
        let mut failure = Error::NameNotFound("it has no address".to_owned());
        for (index, address) in addresses.iter().enumerate() {
            // Each address gets an equal share of the remaining time.
            let left = by.saturating_duration_since(Instant::now());
            let share = left / u32::try_from(addresses.len() - index).unwrap_or(1);
            let late = || Error::TimedOut { what: format!("connecting to {host}"), after: timeout };
            if share.is_zero() {
                return Err(late());
            }
            failure = match TcpStream::connect_timeout(address, share) {
                Ok(stream) => {
                    // Requests are small writes that wait for a response.
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

/// The controllers of a domain; `None` if the resolver of the system must be used. A non-standard port means
/// a single server.
fn controllers(target: &Target, options: &Options, by: Instant) -> Option<Result<Vec<SocketAddr>, Error>> {
    let alone = options.nameserver != Nameserver::System;
    let is_domain = is_domain(target);
    if !is_domain && !alone || target.host.parse::<IpAddr>().is_ok() {
        return None;
    }
    // At most half of the time: the connection needs the rest.
    let by = by.min(Instant::now() + options.timeout / 2);
    let found = if is_domain {
        locate::services(
            locate::CONTROLLERS,
            &target.host,
            target.port,
            &options.nameserver,
            MAX_ADDRESSES,
            by,
        )
    } else {
        locate::addresses(&target.host, target.port, &options.nameserver, MAX_ADDRESSES, by)
    };
    match found {
        Ok(found) => Some(Ok(found)),
        Err(failure) if alone => Some(Err(Error::NameNotFound(failure.to_string()))),
        Err(_) => None,
    }
}

/// True if the name may be that of a domain.
fn is_domain(target: &Target) -> bool {
    target.security == Security::StartTls && target.port == LDAP_PORT
}

/// The nearest controller of a domain, from the system.
fn nearest(target: &Target, locator: Option<fn(&str) -> Option<String>>) -> Option<String> {
    let may_be = is_domain(target) && target.host.contains('.') && target.host.parse::<IpAddr>().is_err();
    if may_be { locator?(&target.host) } else { None }
}

/// The resolver of the system has no time limit, so it runs in its own thread.
fn resolve(
    target: &Target,
    locator: Option<fn(&str) -> Option<String>>,
    by: Instant,
    timeout: Duration,
) -> Result<Vec<SocketAddr>, Error> {
    let (tell, told) = mpsc::channel();
    let (host, asked) = (&target.host, target.clone());
    std::thread::spawn(move || {
        let name = nearest(&asked, locator).unwrap_or(asked.host);
        let found = (name.as_str(), asked.port).to_socket_addrs();
        let _ = tell.send(found.map(|addresses| addresses.take(MAX_ADDRESSES).collect::<Vec<_>>()));
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

/// A connection in sealed blocks.
struct Sealed {
    socket: BufReader<Socket>,
    seal: Box<dyn Seal>,
    /// The sealed block.
    block: Vec<u8>,
    /// Content of the last block, and how much of it was consumed.
    plain: Vec<u8>,
    read: usize,
}

/// A block that cannot be unsealed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct BadBlock(Message);

impl BadBlock {
    fn because(cause: impl Into<String>) -> io::Error {
        Self::of(Message::new(Code::NotProtected, cause))
    }

    fn of(message: Message) -> io::Error {
        io::Error::other(Self(message))
    }
}

impl Sealed {
    fn next(&mut self) -> io::Result<()> {
        let mut length = [0; 4];
        self.socket.read_exact(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > MAX_BLOCK {
            return Err(BadBlock::because(format!("a block of {length} bytes exceeds the limit")));
        }
        self.block.clear();
        // Memory grows with the data received, not with the announced length.
        let came = self.socket.by_ref().take(length as u64).read_to_end(&mut self.block)?;
        if came < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.plain = self.seal.unwrap(&self.block).map_err(BadBlock::of)?;
        self.read = 0;
        // Empty blocks are refused: a server could send them forever.
        if self.plain.is_empty() { Err(BadBlock::because("a block is empty")) } else { Ok(()) }
    }

    fn write(&mut self, message: &[u8]) -> io::Result<()> {
        let block = self.seal.wrap(message).map_err(BadBlock::of)?;
        let length = u32::try_from(block.len()).map_err(|_| BadBlock::because("a message is too long"))?;
        self.socket.get_mut().write_all(&[&length.to_be_bytes(), block.as_slice()].concat())
    }
}

impl Read for Sealed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read >= self.plain.len() {
            match self.next() {
                // End of the connection.
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

/// A stream of LDAP messages.
pub(super) struct Stream {
    link: Option<Link>,
    timeout: Duration,
    message: Vec<u8>,
    /// The current step, for error messages.
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

    /// True with TLS or sealing.
    pub(super) fn is_protected(&self) -> bool {
        matches!(self.link, Some(Link::Tls(_) | Link::Sealed(_)))
    }

    /// The channel binding of the TLS connection, if there is one.
    pub(super) fn binding(&self) -> Option<Vec<u8>> {
        let Some(Link::Tls(link)) = &self.link else { return None };
        link.get_ref().binding()
    }

    /// Seals all further messages.
    pub(super) fn seal(&mut self, seal: Box<dyn Seal>) -> Result<(), Error> {
        let Some(Link::Plain(socket)) = self.link.take() else {
            return Err(Error::Unexpected("the connection is sealed already"));
        };
        // Earlier data is not authenticated.
        if !socket.buffer().is_empty() {
            return Err(Error::Unexpected("data before the protection begins"));
        }
        let sealed = Sealed { socket, seal, block: Vec::new(), plain: Vec::new(), read: 0 };
        self.link = Some(Link::Sealed(Box::new(sealed)));
        Ok(())
    }

    /// Sets the end of the time for the connection.
    pub(super) fn must_end(&mut self, ends: Instant) {
        match &mut self.link {
            Some(Link::Plain(link)) => link.get_mut().ends = ends,
            Some(Link::Tls(link)) => link.get_mut().socket().ends = ends,
            Some(Link::Sealed(link)) => link.socket.get_mut().ends = ends,
            None => {}
        }
    }

    /// Starts TLS.
    pub(super) fn start_tls(&mut self, config: tls::Config, name: &str) -> Result<(), Error> {
        let Some(Link::Plain(plain)) = self.link.take() else {
            return Err(Error::Unexpected("TLS is active already"));
        };
        // Earlier data is not authenticated.
        if !plain.buffer().is_empty() {
            return Err(Error::Unexpected("data before TLS begins"));
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

    /// The next message.
    pub(super) fn receive(&mut self) -> Result<Answer, Error> {
        let length = self.head()?;
        if length > MAX_MESSAGE {
            return Err(Error::TooLong(length));
        }
        let mut message = std::mem::take(&mut self.message);
        message.clear();
        // Memory grows with the data received, not with the announced length.
        let read = match self.by_ref().take(length as u64).read_to_end(&mut message) {
            Ok(read) => read,
            Err(error) => return Err(self.lost(&error, None)),
        };
        if read < length {
            return Err(Error::Lost("the server closed it within a response".to_owned()));
        }
        let answer = Answer::decode(&message);
        self.message = message;
        Ok(answer?)
    }

    /// Reads the header of a message and returns the length of its content.
    fn head(&mut self) -> Result<usize, Error> {
        let mut bytes = [0; 6];
        for filled in 0..bytes.len() {
            let mut byte = [0];
            match self.read(&mut byte) {
                Ok(0) => return Err(Error::Lost("the server closed it".to_owned())),
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
        if let Some(failure) = tls::failure(error, name.unwrap_or("of the server")) {
            return failure.into();
        }
        if let Some(BadBlock(why)) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
            return Error::Sealing(why.clone());
        }
        match error.kind() {
            io::ErrorKind::QuotaExceeded => Error::TimeLimit,
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                Error::TimedOut { what: self.doing.to_owned(), after: self.timeout }
            }
            io::ErrorKind::UnexpectedEof => Error::Lost("the server closed it".to_owned()),
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
