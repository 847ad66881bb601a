//! The endpoint mapper: which port a service listens at (C706 appendixes L, N and O; [MS-RPCE] 2.2.1.2).
//!
//! Services that take any free port tell it to the endpoint mapper of their machine, which answers at TCP 135. One question is
//! asked here, `ept_map`, for one interface over TCP or named pipes; no account is needed for it.

use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use crate::association::Association;
use crate::error::Error;
use crate::ndr::{Malformed, Reader, Writer};
use crate::rpc::{Interface, Syntax};
use crate::tcp::TcpPipe;

/// The port of the endpoint mapper.
pub const PORT: u16 = 135;

/// The interface `ept`, version 3.0.
pub const EPM: Interface = Syntax { uuid: 0xe1af_8308_5d1f_11c9_91a4_0800_2b14_a0fa, version: 3 };

/// `ept_map`
pub const MAP: u16 = 3;

/// So many answers are asked for: a service has one port, and one for each further transport.
const MOST_TOWERS: u32 = 8;

/// A tower has five floors, or three and those of a transport of its own; none that is met has more.
const MOST_FLOORS: u16 = 16;

/// Protocol identifiers at the beginning of a floor (C706 appendix I, [MS-RPCE] 2.1.1).
mod protocol {
    pub(super) const UUID: u8 = 0x0d;
    pub(super) const CONNECTION_ORIENTED: u8 = 0x0b;
    pub(super) const TCP: u8 = 0x07;
    pub(super) const IP: u8 = 0x09;
    pub(super) const NAMED_PIPE: u8 = 0x0f;
}

/// Where a service listens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Endpoint {
    /// At a TCP port.
    Tcp {
        /// The port.
        port: u16,
        /// The address; 0.0.0.0 for all of the machine's.
        address: Ipv4Addr,
    },
    /// At a named pipe, such as `\pipe\lsass`.
    Pipe(String),
    /// Somewhere else, by the protocol of its fourth floor.
    Other(u8),
}

/// Why the mapper named no endpoint: its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u32);

impl Status {
    /// `ept_s_not_registered`: no service of this interface has registered.
    pub const NOT_REGISTERED: Self = Self(0x16c9_a0d6);
    /// The same as Windows names it, `EPT_S_NOT_REGISTERED`.
    pub const NOT_REGISTERED_WINDOWS: Self = Self(1753);
    /// `ERROR_ACCESS_DENIED`
    pub const ACCESS_DENIED: Self = Self(5);
}

/// Asks the mapper on this connection where the interface listens over TCP; no endpoint where it is not registered.
pub fn ask(stream: TcpStream, interface: Interface, within: Duration) -> Result<Vec<Endpoint>, MapError> {
    let pipe = TcpPipe::new(stream, within).map_err(|error| MapError::Local(error.to_string()))?;
    let mut association = Association::bind(pipe, EPM)?;
    // The handle, three counts, a status, and each tower with its lengths.
    let most = 64 + usize::try_from(MOST_TOWERS).unwrap_or_default() * 1024;
    let answer = association.call(MAP, &map(interface), most)?;
    match read_map(&answer).map_err(Error::from)? {
        Ok(endpoints) => Ok(endpoints),
        Err(Status::NOT_REGISTERED | Status::NOT_REGISTERED_WINDOWS) => Ok(Vec::new()),
        Err(Status::ACCESS_DENIED) => Err(MapError::Denied),
        Err(status) => Err(MapError::Status(status.0)),
    }
}

/// The mapper gave no answer that says anything of the service.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MapError {
    /// It does not answer this caller.
    #[error("the endpoint mapper refuses a caller without an account")]
    Denied,
    /// It returned this status.
    #[error("the endpoint mapper returned status {0:#010x}")]
    Status(u32),
    /// It is no endpoint mapper.
    #[error("what answers there is no endpoint mapper")]
    NotOne,
    /// The call failed.
    #[error("{0}")]
    Call(Error),
    /// This machine could not do its part.
    #[error("{0}")]
    Local(String),
}

impl From<Error> for MapError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(_) | Error::Malformed(_) => Self::NotOne,
            error if error.is_access_denied() => Self::Denied,
            error => Self::Call(error),
        }
    }
}

/// The stub of `ept_map` for this interface over TCP and IP.
#[must_use]
pub fn map(interface: Interface) -> Vec<u8> {
    let tower = tower(interface);
    let length = u32::try_from(tower.len()).unwrap_or(u32::MAX);
    let mut stub = Writer::new();
    // The object: none, but Windows' own callers point to a nil UUID, and some mappers want one.
    stub.pointer();
    stub.bytes(&[0; 16]);
    stub.pointer();
    stub.u32(length);
    stub.u32(length);
    stub.bytes(&tower);
    // The handle of a lookup that begins.
    stub.align(4);
    stub.bytes(&[0; 20]);
    stub.u32(MOST_TOWERS);
    stub.into_bytes()
}

/// The tower that asks for an interface over TCP: which interface, which transfer syntax, connection-oriented RPC, any port, any address.
fn tower(interface: Interface) -> Vec<u8> {
    let mut tower = Vec::with_capacity(75);
    let mut floor = |left: &[u8], right: &[u8]| {
        for part in [left, right] {
            tower.extend(u16::try_from(part.len()).unwrap_or(u16::MAX).to_le_bytes());
            tower.extend_from_slice(part);
        }
    };
    for syntax in [interface, Syntax::NDR] {
        let bytes = syntax.to_bytes();
        let (major, minor) = bytes[16..].split_at(2);
        floor(&[&[protocol::UUID][..], &bytes[..16], major].concat(), minor);
    }
    floor(&[protocol::CONNECTION_ORIENTED], &[0, 0]);
    floor(&[protocol::TCP], &PORT.to_be_bytes());
    floor(&[protocol::IP], &[0; 4]);
    [&5u16.to_le_bytes()[..], &tower].concat()
}

/// Reads the answer to [`map`].
pub fn read_map(stub: &[u8]) -> Result<Result<Vec<Endpoint>, Status>, Malformed> {
    let mut reader = Reader::new(stub);
    reader.bytes(20)?;
    let given = reader.u32()?;
    let (room, first, count) = (reader.u32()?, reader.u32()?, reader.u32()?);
    if first != 0 || count > room || count > MOST_TOWERS || given > count {
        return Err(reader.malformed("more towers than were asked for"));
    }
    let mut there = Vec::new();
    for _ in 0..count {
        there.push(reader.pointer()?);
    }
    let mut endpoints = Vec::new();
    for _ in there.into_iter().filter(|there| *there) {
        let room = reader.count()?;
        let length = reader.count()?;
        if length > room {
            return Err(reader.malformed("a tower longer than its room"));
        }
        let tower = reader.bytes(room)?;
        reader.align(4);
        endpoints.extend(read_tower(tower.get(..length).unwrap_or(tower))?);
    }
    let status = reader.u32()?;
    reader.finish()?;
    Ok(if status == 0 { Ok(endpoints) } else { Err(Status(status)) })
}

/// The endpoint of a tower; `None` where it has no floor that names one.
fn read_tower(tower: &[u8]) -> Result<Option<Endpoint>, Malformed> {
    let mut reader = Reader::new(tower);
    let floors = u16::from_le_bytes(reader.array()?);
    if floors > MOST_FLOORS {
        return Err(reader.malformed("a tower with more floors than any has"));
    }
    let mut endpoint = None;
    for index in 0..floors {
        let left = part(&mut reader)?;
        let right = part(&mut reader)?;
        // The first two name interface and transfer syntax, the third the kind of RPC.
        let Some(&protocol) = left.first().filter(|_| index >= 3) else { continue };
        match (protocol, &mut endpoint) {
            (protocol::TCP, None) => {
                let port = right.try_into().map_err(|_| reader.malformed("a port that is not two bytes"))?;
                let port = u16::from_be_bytes(port);
                endpoint = Some(Endpoint::Tcp { port, address: Ipv4Addr::UNSPECIFIED });
            }
            (protocol::IP, Some(Endpoint::Tcp { address, .. })) => {
                let bytes: [u8; 4] =
                    right.try_into().map_err(|_| reader.malformed("an address that is not four bytes"))?;
                *address = bytes.into();
            }
            (protocol::NAMED_PIPE, None) => {
                let name = right.split(|&byte| byte == 0).next().unwrap_or_default();
                endpoint = Some(Endpoint::Pipe(String::from_utf8_lossy(name).into_owned()));
            }
            (other, None) => endpoint = Some(Endpoint::Other(other)),
            _ => {}
        }
    }
    Ok(endpoint)
}

/// One half of a floor: two bytes of length, and so many bytes.
fn part<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    let length = u16::from_le_bytes(reader.array()?);
    reader.bytes(usize::from(length))
}
