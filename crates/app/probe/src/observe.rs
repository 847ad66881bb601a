//! Observes the path to a license server.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use diagnostic::{Code, Message};
use licensing::probe::{
    BindAnswer, HostObservations, MapperAnswer, NameAnswer, PipeAnswer, PortState, ServicePort,
};
use msrpc::epm::{self, Endpoint, MapError};
use msrpc::rpc::{Interface, Syntax};
use msrpc::{Association, Error, TcpPipe};

/// A service with a dynamic port and a named pipe.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// Its RPC interface.
    pub interface: Interface,
    /// Its named pipe.
    pub pipe: &'static str,
}

/// Remote Desktop licensing; interface and pipe are from published lists of RPC interfaces.
pub const LICENSING: Service = Service {
    interface: Syntax { uuid: 0x3d26_7954_eeb7_11d1_b94e_00c0_4fa3_080d, version: 1 },
    pipe: "HydraLsPipe",
};

/// Time limits.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// For a name to resolve, and for a TCP connection.
    pub connect: Duration,
    /// For all requests on one connection.
    pub answer: Duration,
}

/// The account for the pipe. Without the feature `smb` there is none.
#[cfg(feature = "smb")]
pub type Account = smb::Credentials;
/// The account for the pipe: there is none without the feature `smb`.
#[cfg(not(feature = "smb"))]
pub type Account = std::convert::Infallible;

/// Limit for the addresses of a host that are tried.
const MOST_ADDRESSES: usize = 4;

/// Probes the path to the service on this host. SMB is tried at this port, and its pipe if an account is
/// given.
#[must_use]
pub fn observe(
    host: &str,
    smb: u16,
    service: Service,
    account: Option<&Account>,
    times: Times,
) -> HostObservations {
    let started = Instant::now();
    let observed = observe_host(host, smb, service, account, times);
    let (name, port) = (&observed.name, &observed.smb_port);
    let (mapper, registered) = (&observed.mapper_port, &observed.mapper);
    tracing::info!(host, ?name, ?mapper, ?registered, smb = ?port, elapsed = ?started.elapsed(), "probe");
    observed
}

fn observe_host(
    host: &str,
    smb: u16,
    service: Service,
    account: Option<&Account>,
    times: Times,
) -> HostObservations {
    let (name, addresses) = resolve(host, times.connect);
    let mut observed = HostObservations {
        name,
        mapper_number: epm::PORT,
        mapper_port: PortState::Silent,
        smb_number: smb,
        smb_port: PortState::Silent,
        mapper: None,
        service: None,
        pipe: None,
    };
    if addresses.is_empty() {
        return observed;
    }
    // Both at the same time, so that an unreachable host costs only one timeout.
    let (mapper, smb_port) = thread::scope(|scope| {
        let other = scope.spawn(|| dial(&addresses, smb, times.connect).map(drop));
        (dial(&addresses, epm::PORT, times.connect), other.join())
    });
    observed.smb_port = match smb_port {
        Ok(Ok(())) => PortState::Open,
        Ok(Err(state)) => state,
        Err(_) => PortState::Local(Message::new(Code::LocalResources, "a thread ended early")),
    };
    match mapper {
        Err(state) => observed.mapper_port = state,
        Ok(stream) => {
            observed.mapper_port = PortState::Open;
            // If an address answered, its other ports are tried at the same address.
            let address = stream.peer_addr().map(|peer| peer.ip());
            let answer = ask_mapper(stream, service.interface, times.answer);
            if let (MapperAnswer::Listens(ports), Ok(address)) = (&answer, address)
                && let Some(&port) = ports.first()
            {
                observed.service = Some(service_port(address, port, service.interface, times));
            }
            observed.mapper = Some(answer);
        }
    }
    if let (Some(account), PortState::Open) = (account, &observed.smb_port) {
        observed.pipe = Some(try_pipe(host, smb, service.pipe, account, times));
    }
    observed
}

/// The addresses of a name. The system's resolver cannot be cancelled; after the time limit its thread is
/// abandoned.
fn resolve(host: &str, within: Duration) -> (NameAnswer, Vec<IpAddr>) {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return (NameAnswer::IsAddress, vec![address]);
    }
    let (send, receive) = mpsc::sync_channel(1);
    let name = host.to_owned();
    let lookup = move || {
        // After a timeout the receiver is gone.
        let _ = send.send((name.as_str(), 0).to_socket_addrs().map(Iterator::collect::<Vec<SocketAddr>>));
    };
    if let Err(error) = thread::Builder::new().name("lookup".to_owned()).spawn(lookup) {
        return (NameAnswer::NotFound(of_io(&error)), Vec::new());
    }
    match receive.recv_timeout(within) {
        Err(_) => (NameAnswer::Late, Vec::new()),
        Ok(Err(error)) if is_unanswered(bare, &error, within) => (NameAnswer::Late, Vec::new()),
        Ok(Err(error)) => {
            (NameAnswer::NotFound(Message::new(Code::NameNotFound, error.to_string())), Vec::new())
        }
        Ok(Ok(found)) => {
            let mut addresses: Vec<IpAddr> = found.into_iter().map(|address| address.ip()).collect();
            addresses.dedup();
            addresses.truncate(MOST_ADDRESSES);
            if addresses.is_empty() {
                let reason = Message::new(Code::NameNotFound, "it has no address");
                return (NameAnswer::NotFound(reason), addresses);
            }
            (NameAnswer::Resolved(addresses.iter().map(ToString::to_string).collect()), addresses)
        }
    }
}

/// True if no name server determined whether the name exists: `WSATRY_AGAIN` of Windows.
#[cfg(windows)]
fn is_unanswered(_: &str, error: &io::Error, _: Duration) -> bool {
    error.raw_os_error() == Some(11002)
}

/// True if no name server determined whether the name exists. The standard library does not expose the number
/// of `getaddrinfo`, so the name servers are asked once more.
#[cfg(not(windows))]
fn is_unanswered(host: &str, _: &io::Error, within: Duration) -> bool {
    let found = locate::addresses(host, 0, &locate::Nameserver::System, 1, Instant::now() + within);
    matches!(found, Err(locate::Failure::Silent | locate::Failure::Refused(_)))
}

fn of_io(error: &io::Error) -> Message {
    Message::new(Code::of_io(error.kind()), error.to_string())
}

/// Connects to the first address that answers, all within this time. If none does, returns the most
/// informative state.
fn dial(addresses: &[IpAddr], port: u16, within: Duration) -> Result<TcpStream, PortState> {
    let started = Instant::now();
    let mut worst = PortState::Silent;
    for (index, &address) in addresses.iter().enumerate() {
        // The remaining time is divided among the remaining addresses.
        let left = within.saturating_sub(started.elapsed());
        let share = left / u32::try_from(addresses.len() - index).unwrap_or(1);
        if share.is_zero() {
            break;
        }
        let state = match TcpStream::connect_timeout(&SocketAddr::new(address, port), share) {
            Ok(stream) => return Ok(stream),
            Err(error) => state_of(&error),
        };
        // A response is more informative than silence.
        if worst == PortState::Silent {
            worst = state;
        }
    }
    Err(worst)
}

fn state_of(error: &io::Error) -> PortState {
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => PortState::Refused,
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => PortState::Silent,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown
        // The result of a Linux firewall that rejects with `icmp-admin-prohibited`.
        | io::ErrorKind::PermissionDenied | io::ErrorKind::AddrNotAvailable => PortState::NoRoute(Message::new(Code::Unreachable, error.to_string())),
        _ => PortState::Local(of_io(error)),
    }
}

fn ask_mapper(stream: TcpStream, interface: Interface, within: Duration) -> MapperAnswer {
    match epm::map_interface(stream, interface, within) {
        Ok(endpoints) => {
            let ports = endpoints.into_iter().filter_map(|endpoint| match endpoint {
                Endpoint::Tcp { port, .. } if port != 0 => Some(port),
                _ => None,
            });
            let mut ports: Vec<u16> = ports.collect();
            ports.dedup();
            if ports.is_empty() { MapperAnswer::NotRegistered } else { MapperAnswer::Listens(ports) }
        }
        Err(MapError::Denied) => MapperAnswer::Denied,
        Err(error) => MapperAnswer::Failed(Message::of(&error)),
    }
}

/// Binds to the interface at the port, without calling it.
fn service_port(address: IpAddr, port: u16, interface: Interface, times: Times) -> ServicePort {
    let stream = match dial(&[address], port, times.connect) {
        Ok(stream) => stream,
        Err(state) => return ServicePort { port, state, bind: None },
    };
    let bound = TcpPipe::new(stream, times.answer)
        .map_err(|error| of_io(&error))
        .map(|pipe| Association::bind(pipe, interface).map(drop));
    let answer = match bound {
        Err(error) => BindAnswer::Failed(error),
        Ok(Ok(())) => BindAnswer::Bound,
        // A server that lacks the interface rejects the bind with this reason; one that requires
        // authentication refuses the association.
        Ok(Err(Error::BindRejected(msrpc::rpc::BindRejection::Interface { reason: 1, .. }))) => {
            BindAnswer::Unknown
        }
        Ok(Err(Error::BindRejected(_))) => BindAnswer::Denied,
        Ok(Err(error)) if error.is_access_denied() => BindAnswer::Denied,
        Ok(Err(error)) => BindAnswer::Failed(Message::of(&error)),
    };
    ServicePort { port, state: PortState::Open, bind: Some(answer) }
}

#[cfg(feature = "smb")]
fn try_pipe(host: &str, port: u16, pipe: &str, account: &Account, times: Times) -> PipeAnswer {
    use smb::{ConnectError, Step, Target, Timeouts};

    let target = Target { port, ..Target::host(host) };
    let timeouts = Timeouts { connect: times.connect, request: times.answer, machine: times.answer * 3 };
    match smb::try_pipe(&target, account, timeouts, pipe) {
        // If all instances of the pipe are in use, the service exists.
        Ok(()) | Err(ConnectError::Starting) => PipeAnswer::Opened,
        // These errors apply to every pipe, not only to that of the registry service.
        Err(ConnectError::NotRunning) => PipeAnswer::NotThere,
        Err(ConnectError::AccessDenied(Step::Pipe)) => {
            PipeAnswer::Denied(Message::new(Code::AccessDenied, "the account may not open it"))
        }
        Err(error @ (ConnectError::AccessDenied(_) | ConnectError::SessionDenied)) => {
            PipeAnswer::Denied(Message::of(&error))
        }
        Err(
            error @ (ConnectError::WrongPassword
            | ConnectError::Account(_)
            | ConnectError::LogonTypeNotGranted
            | ConnectError::Kerberos(_)
            | ConnectError::NtlmBlocked
            | ConnectError::ClockSkew
            | ConnectError::NoDomain(_)
            | ConnectError::Guest),
        ) => PipeAnswer::SignIn(Message::of(&error)),
        Err(error) => PipeAnswer::Failed(Message::of(&error)),
    }
}

#[cfg(not(feature = "smb"))]
fn try_pipe(_: &str, _: u16, _: &str, account: &Account, _: Times) -> PipeAnswer {
    match *account {}
}
