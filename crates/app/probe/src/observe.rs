//! Walking the way to a license server, and writing down what is met.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use msrpc::epm::{self, Endpoint, MapError};
use msrpc::rpc::{Interface, Syntax};
use msrpc::{Association, Error, TcpPipe};
use serde::Serialize;

/// A service that listens at a port of its own choice, and at a pipe.
#[derive(Clone, Copy, Debug)]
pub struct Service {
    /// Its interface.
    pub interface: Interface,
    /// Its named pipe.
    pub pipe: &'static str,
}

/// Remote Desktop licensing: interface and pipe as published lists of RPC interfaces have them.
pub const LICENSING: Service = Service {
    interface: Syntax { uuid: 0x3d26_7954_eeb7_11d1_b94e_00c0_4fa3_080d, version: 1 },
    pipe: "HydraLsPipe",
};

/// How long to wait.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// For a name to resolve, and for a TCP connection.
    pub connect: Duration,
    /// For everything that is asked on one connection.
    pub answer: Duration,
}

/// Whom to sign in as for the pipe. Without the feature `smb` there is none.
#[cfg(feature = "smb")]
pub type Account = smb::Credentials;
/// Whom to sign in as for the pipe: there is none without the feature `smb`.
#[cfg(not(feature = "smb"))]
pub type Account = std::convert::Infallible;

/// What was met on the way to one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HostObservations {
    /// Whether the name resolves.
    pub name: NameAnswer,
    /// The port of the endpoint mapper, 135.
    pub mapper_number: u16,
    /// What that port does.
    pub mapper_port: PortState,
    /// The port of SMB, 445 unless another one was named.
    pub smb_number: u16,
    /// What that port does.
    pub smb_port: PortState,
    /// What the endpoint mapper says; `None` where its port is not open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mapper: Option<MapperAnswer>,
    /// The service's own port; `None` where the mapper named none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<ServicePort>,
    /// What the service's pipe does; `None` where it was not tried: without an account, or where SMB's port is not open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pipe: Option<PipeAnswer>,
}

/// Whether a name resolves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NameAnswer {
    /// It is an address already.
    IsAddress,
    /// To these addresses.
    Resolved(Vec<String>),
    /// It does not; what the system says.
    NotFound(String),
    /// Nobody answered in time.
    Late,
}

/// What a TCP port does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PortState {
    /// It takes a connection.
    Open,
    /// It is refused: the machine, or a firewall, says no.
    Refused,
    /// Nothing comes back.
    Silent,
    /// Somebody on the way says that it cannot be reached.
    NoRoute(String),
    /// This machine could not try.
    Local(String),
}

/// What the endpoint mapper says of the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MapperAnswer {
    /// It listens at these TCP ports.
    Listens(Vec<u16>),
    /// It is not registered.
    NotRegistered,
    /// The mapper does not answer this caller.
    Denied,
    /// It gave no answer.
    Failed(String),
}

/// The port that the mapper named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServicePort {
    /// Its number.
    pub port: u16,
    /// What it does.
    pub state: PortState,
    /// What the service says to hello; `None` where the port is not open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bind: Option<BindAnswer>,
}

/// What a service says to hello.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BindAnswer {
    /// It is the service.
    Bound,
    /// It is another one.
    Unknown,
    /// It does not talk to this caller.
    Denied,
    /// It gave no answer.
    Failed(String),
}

/// What a named pipe does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PipeAnswer {
    /// It opens.
    Opened,
    /// It is not there.
    NotThere,
    /// The account may not open it, or not reach it; how far it came.
    Denied(String),
    /// Nobody could be signed in; why.
    SignIn(String),
    /// It could not be tried to the end; why.
    Failed(String),
}

/// No more addresses of a host are tried.
const MOST_ADDRESSES: usize = 4;

/// Walks the way to the service on this host. SMB is tried at this port, its pipe where an account is given.
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
    // Both at once: dead hosts are waited for only one time.
    let (mapper, smb_port) = thread::scope(|scope| {
        let other = scope.spawn(|| dial(&addresses, smb, times.connect).map(drop));
        (dial(&addresses, epm::PORT, times.connect), other.join())
    });
    observed.smb_port = match smb_port {
        Ok(Ok(())) => PortState::Open,
        Ok(Err(state)) => state,
        Err(_) => PortState::Local("a thread ended early".to_owned()),
    };
    match mapper {
        Err(state) => observed.mapper_port = state,
        Ok(stream) => {
            observed.mapper_port = PortState::Open;
            // Where one address answered, so will its other ports.
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

/// The addresses of a name. The system's own lookup cannot be told to hurry; it is left alone where it takes too long.
fn resolve(host: &str, within: Duration) -> (NameAnswer, Vec<IpAddr>) {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return (NameAnswer::IsAddress, vec![address]);
    }
    let (send, receive) = mpsc::sync_channel(1);
    let name = host.to_owned();
    let lookup = move || {
        // Nobody listens any longer where it took too long.
        let _ = send.send((name.as_str(), 0).to_socket_addrs().map(Iterator::collect::<Vec<SocketAddr>>));
    };
    if let Err(error) = thread::Builder::new().name("lookup".to_owned()).spawn(lookup) {
        return (NameAnswer::NotFound(error.to_string()), Vec::new());
    }
    match receive.recv_timeout(within) {
        Err(_) => (NameAnswer::Late, Vec::new()),
        Ok(Err(error)) if is_passing(&error) => (NameAnswer::Late, Vec::new()),
        Ok(Err(error)) => (NameAnswer::NotFound(error.to_string()), Vec::new()),
        Ok(Ok(found)) => {
            let mut addresses: Vec<IpAddr> = found.into_iter().map(|address| address.ip()).collect();
            addresses.dedup();
            addresses.truncate(MOST_ADDRESSES);
            if addresses.is_empty() {
                return (NameAnswer::NotFound("it has no address".to_owned()), addresses);
            }
            (NameAnswer::Resolved(addresses.iter().map(ToString::to_string).collect()), addresses)
        }
    }
}

/// True where nobody could say whether there is such a name: `WSATRY_AGAIN` of Windows; elsewhere `EAI_AGAIN`, whose number the standard
/// library keeps to itself.
fn is_passing(error: &io::Error) -> bool {
    error.raw_os_error() == Some(11002) || error.to_string().contains("Temporary failure in name resolution")
}

/// Connects to the first address that answers, all within this time; the state that says most where none does.
fn dial(addresses: &[IpAddr], port: u16, within: Duration) -> Result<TcpStream, PortState> {
    let started = Instant::now();
    let mut worst = PortState::Silent;
    for (index, &address) in addresses.iter().enumerate() {
        // Each address has its share of what time is left.
        let left = within.saturating_sub(started.elapsed());
        let share = left / u32::try_from(addresses.len() - index).unwrap_or(1);
        if share.is_zero() {
            break;
        }
        let state = match TcpStream::connect_timeout(&SocketAddr::new(address, port), share) {
            Ok(stream) => return Ok(stream),
            Err(error) => state_of(&error),
        };
        // A word from somebody says more than silence.
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
        // What a Linux firewall that rejects with `icmp-admin-prohibited` comes out as.
        | io::ErrorKind::PermissionDenied | io::ErrorKind::AddrNotAvailable => PortState::NoRoute(error.to_string()),
        _ => PortState::Local(error.to_string()),
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
        Err(error) => MapperAnswer::Failed(error.to_string()),
    }
}

/// Says hello at the port: the interface is asked for, and nothing of it called.
fn service_port(address: IpAddr, port: u16, interface: Interface, times: Times) -> ServicePort {
    let stream = match dial(&[address], port, times.connect) {
        Ok(stream) => stream,
        Err(state) => return ServicePort { port, state, bind: None },
    };
    let bound = TcpPipe::new(stream, times.answer)
        .map_err(|error| error.to_string())
        .map(|pipe| Association::bind(pipe, interface).map(drop));
    let answer = match bound {
        Err(error) => BindAnswer::Failed(error),
        Ok(Ok(())) => BindAnswer::Bound,
        // Asked for an interface that it does not have, a server says so; one that wants an account refuses the association.
        Ok(Err(Error::BindRejected(msrpc::rpc::BindRejection::Interface { reason: 1, .. }))) => {
            BindAnswer::Unknown
        }
        Ok(Err(Error::BindRejected(_))) => BindAnswer::Denied,
        Ok(Err(error)) if error.is_access_denied() => BindAnswer::Denied,
        Ok(Err(error)) => BindAnswer::Failed(error.to_string()),
    };
    ServicePort { port, state: PortState::Open, bind: Some(answer) }
}

#[cfg(feature = "smb")]
fn try_pipe(host: &str, port: u16, pipe: &str, account: &Account, times: Times) -> PipeAnswer {
    use smb::{ConnectError, Step, Target, Timeouts};

    let target = Target { port, ..Target::host(host) };
    let timeouts = Timeouts { connect: times.connect, request: times.answer, machine: times.answer * 3 };
    match smb::try_pipe(&target, account, timeouts, pipe) {
        // Where all its ends are in use, the service has it all the same.
        Ok(()) | Err(ConnectError::Starting) => PipeAnswer::Opened,
        // What the error says of one pipe holds of each.
        Err(ConnectError::NotRunning) => PipeAnswer::NotThere,
        Err(ConnectError::AccessDenied(Step::Pipe)) => {
            PipeAnswer::Denied("the account may not open it".to_owned())
        }
        Err(error @ (ConnectError::AccessDenied(_) | ConnectError::SessionDenied)) => {
            PipeAnswer::Denied(error.to_string())
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
        ) => PipeAnswer::SignIn(error.to_string()),
        Err(error) => PipeAnswer::Failed(error.to_string()),
    }
}

#[cfg(not(feature = "smb"))]
fn try_pipe(_: &str, _: u16, _: &str, account: &Account, _: Times) -> PipeAnswer {
    match *account {}
}
