//! The endpoint mapper: at which port a service listens (C706 appendixes L, N and O; [MS-RPCE] 2.2.1.2).
//!
//! Services with dynamic ports register them with the endpoint mapper of their machine at TCP 135. This
//! client sends one request, `ept_map`, for one interface over TCP. It needs no account.

use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use diagnostic::{Code, Diagnostic};

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

/// Towers requested: a service has one per transport.
const MAX_TOWERS: u32 = 8;

/// A tower for TCP has five floors; other transports have fewer or a few more.
const MAX_FLOORS: u16 = 16;

/// Protocol identifiers at the beginning of a floor (C706 appendix I, [MS-RPCE] 2.1.1).
mod protocol {
    pub(super) const UUID: u8 = 0x0d;
    pub(super) const CONNECTION_ORIENTED: u8 = 0x0b;
    pub(super) const TCP: u8 = 0x07;
    pub(super) const IP: u8 = 0x09;
    pub(super) const NAMED_PIPE: u8 = 0x0f;
}

/// An endpoint of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Endpoint {
    /// A TCP port.
    Tcp {
        /// The port.
        port: u16,
        /// The address; 0.0.0.0 for every address of the machine.
        address: Ipv4Addr,
    },
    /// A named pipe, such as `\pipe\lsass`.
    Pipe(String),
    /// Another transport, by the protocol identifier of its fourth floor.
    Other(u8),
}

/// The status of `ept_map`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u32);

impl Status {
    /// `ept_s_not_registered`: no service has registered this interface.
    pub const NOT_REGISTERED: Self = Self(0x16c9_a0d6);
    /// `EPT_S_NOT_REGISTERED`, the Win32 code for the same.
    pub const NOT_REGISTERED_WINDOWS: Self = Self(1753);
    /// `ERROR_ACCESS_DENIED`
    pub const ACCESS_DENIED: Self = Self(5);
}

/// Maps an interface to its TCP endpoints; none if it is not registered.
pub fn map_interface(
    stream: TcpStream,
    interface: Interface,
    within: Duration,
) -> Result<Vec<Endpoint>, MapError> {
    let pipe = TcpPipe::new(stream, within).map_err(|error| MapError::Local(error.to_string()))?;
    let mut association = Association::bind(pipe, EPM)?;
    // The handle, three counts, a status, and each tower with its lengths.
    let most = 64 + usize::try_from(MAX_TOWERS).unwrap_or_default() * 1024;
    let answer = association.call(MAP, &map(interface), most)?;
    match read_map(&answer).map_err(Error::from)? {
        Ok(endpoints) => Ok(endpoints),
        Err(Status::NOT_REGISTERED | Status::NOT_REGISTERED_WINDOWS) => Ok(Vec::new()),
        Err(Status::ACCESS_DENIED) => Err(MapError::Denied),
        Err(status) => Err(MapError::Status(status.0)),
    }
}

/// No usable response of the endpoint mapper.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MapError {
    /// The mapper requires an account.
    #[error("the endpoint mapper requires an account")]
    Denied,
    /// The mapper returned this status.
    #[error("the endpoint mapper returned status {0:#010x}")]
    Status(u32),
    /// The service at this port is not an endpoint mapper.
    #[error("the service at this port is not an endpoint mapper")]
    NotAMapper,
    /// The call failed.
    #[error("{0}")]
    Call(Error),
    /// This machine lacks a resource.
    #[error("{0}")]
    Local(String),
}

impl Diagnostic for MapError {
    fn code(&self) -> Code {
        match self {
            Self::Denied => Code::AccessDenied,
            Self::Status(_) => Code::Rejected,
            Self::NotAMapper => Code::WrongProtocol,
            Self::Call(error) => error.code(),
            Self::Local(_) => Code::LocalResources,
        }
    }
}

impl From<Error> for MapError {
    fn from(error: Error) -> Self {
        match error {
            Error::BindRejected(_) | Error::Malformed(_) => Self::NotAMapper,
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
    // The object: Windows sends a pointer to the nil UUID, and some mappers require it.
    stub.pointer();
    stub.bytes(&[0; 16]);
    stub.pointer();
    stub.u32(length);
    stub.u32(length);
    stub.bytes(&tower);
    // The null handle begins a lookup.
    stub.align(4);
    stub.bytes(&[0; 20]);
    stub.u32(MAX_TOWERS);
    stub.into_bytes()
}

/// The tower of an interface over TCP: interface, transfer syntax, connection-oriented RPC, any port, any
/// address.
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

/// Reads the response to [`map`].
pub fn read_map(stub: &[u8]) -> Result<Result<Vec<Endpoint>, Status>, Malformed> {
    let mut reader = Reader::new(stub);
    reader.bytes(20)?;
    let given = reader.u32()?;
    let (room, first, count) = (reader.u32()?, reader.u32()?, reader.u32()?);
    if first != 0 || count > room || count > MAX_TOWERS || given > count {
        return Err(reader.malformed("more towers than requested"));
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
            return Err(reader.malformed("a tower longer than its buffer"));
        }
        let tower = reader.bytes(room)?;
        reader.align(4);
        endpoints.extend(read_tower(tower.get(..length).unwrap_or(tower))?);
    }
    let status = reader.u32()?;
    reader.finish()?;
    Ok(if status == 0 { Ok(endpoints) } else { Err(Status(status)) })
}

/// The endpoint of a tower; `None` if no floor names one.
fn read_tower(tower: &[u8]) -> Result<Option<Endpoint>, Malformed> {
    let mut reader = Reader::new(tower);
    let floors = u16::from_le_bytes(reader.array()?);
    if floors > MAX_FLOORS {
        return Err(reader.malformed("a tower with too many floors"));
    }
    let mut endpoint = None;
    for index in 0..floors {
        let left = part(&mut reader)?;
        let right = part(&mut reader)?;
        // The first two are interface and transfer syntax, the third is the RPC protocol.
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

/// One half of a floor: a 16-bit length and its bytes.
fn part<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    let length = u16::from_le_bytes(reader.array()?);
    reader.bytes(usize::from(length))
}
