//! Where the services of a domain listen, by DNS (RFC 2782): its controllers ([`CONTROLLERS`]), its key distribution centers
//! ([`CENTERS`]).
//!
//! Nothing that DNS says is believed: it tells where to knock, and whoever opens proves by its certificate or its key that it is of the
//! domain. Hosts outside of the domain are not even knocked at.
//!
//! [`packet`] is bytes in, bytes out; the rest asks name servers, over UDP, and over TCP where an answer is too long for that.
#![forbid(unsafe_code)]

pub mod packet;

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use self::packet::{Answer, Data, Kind, Record};

/// Who is asked about names.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Nameserver {
    /// The name servers of `/etc/resolv.conf`. Where they know no services, the system's own look-up finds the domain's address.
    #[default]
    System,
    /// This one, and nobody else: on a machine whose own name servers do not know the domain.
    At(SocketAddr),
}

/// The text names no name server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name server is named by its address: 10.0.0.5, 10.0.0.5:5353, fd00::5 or [fd00::5]:5353")]
pub struct BadNameserver;

impl std::str::FromStr for Nameserver {
    type Err = BadNameserver;

    fn from_str(text: &str) -> Result<Self, BadNameserver> {
        let address = text.parse::<IpAddr>().map(|address| SocketAddr::new(address, PORT));
        address.or_else(|_| text.parse::<SocketAddr>()).map(Self::At).map_err(|_| BadNameserver)
    }
}

/// The controllers of a domain of Active Directory, as servers of LDAP ([MS-ADTS] 6.3.2.3).
pub const CONTROLLERS: &str = "_ldap._tcp.dc._msdcs";
/// The key distribution centers of a realm, over TCP (RFC 4120, 7.2.3.2).
pub const CENTERS: &str = "_kerberos._tcp";

const PORT: u16 = 53;
/// What resolvers take from `resolv.conf` (resolv.conf(5): MAXNS).
const MOST_SERVERS: usize = 3;
/// Each server has this long for an answer, as often as this.
const PATIENCE: Duration = Duration::from_secs(1);
const TRIES: u32 = 2;
/// All of it takes no longer than this, so that a name that stands in a file is found where no name server answers.
const MOST_TIME: Duration = Duration::from_secs(4);
/// More hosts than this are not looked at.
const MOST_HOSTS: usize = 64;

/// A name server does not help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// It says that there is no such name, or no such record of it.
    #[error("the name server knows no such name")]
    None,
    /// It refuses.
    #[error("the name server refuses to say (code {0})")]
    Refused(u8),
    /// It does not answer, or not what was asked.
    #[error("the name server does not answer")]
    Silent,
}

/// Where a service of a domain listens, those to be tried first first, no more than this many, all within this time. Where a name has
/// none, and a name server is named, its own addresses with this port: it may be the host of such a service itself.
///
/// # Errors
/// Where nothing is known of it, or nobody answers.
pub fn services(
    service: &str,
    domain: &str,
    port: u16,
    server: &Nameserver,
    most: usize,
    by: Instant,
) -> Result<Vec<SocketAddr>, Failure> {
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    let asking = Asking::new(server, by);
    let mut found = Vec::new();
    // A name without a dot is one of a host, which the system completes.
    let records = if domain.contains('.') {
        asking.ask(&format!("{service}.{domain}"), Kind::Srv)
    } else {
        Err(Failure::None)
    };
    match records {
        Ok(records) => {
            for (host, port) in in_order(of_domain(&records, &domain), random) {
                asking.addresses(&host, port, &records, &mut found);
                if found.len() >= most {
                    break;
                }
            }
        }
        Err(Failure::None) => {}
        Err(failure) => return Err(failure),
    }
    found.truncate(most);
    match (found.is_empty(), server) {
        (false, _) => Ok(found),
        (true, Nameserver::System) => Err(Failure::None),
        (true, Nameserver::At(_)) => addresses(&domain, port, server, most, by),
    }
}

/// The addresses of a host, each with this port.
///
/// # Errors
/// Where it has none, or nobody answers.
pub fn addresses(
    host: &str,
    port: u16,
    server: &Nameserver,
    most: usize,
    by: Instant,
) -> Result<Vec<SocketAddr>, Failure> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let asking = Asking::new(server, by);
    let mut found = Vec::new();
    asking.addresses(&host, port, &asking.ask(&host, Kind::A)?, &mut found);
    found.truncate(most);
    if found.is_empty() { Err(Failure::None) } else { Ok(found) }
}

/// The servers that `resolv.conf` lists.
fn listed(text: &str) -> Vec<SocketAddr> {
    let addresses = text.lines().filter_map(|line| {
        let mut words = line.split_ascii_whitespace();
        (words.next()? == "nameserver").then_some(())?;
        words.next()?.parse::<IpAddr>().ok()
    });
    addresses.take(MOST_SERVERS).map(|address| SocketAddr::new(address, PORT)).collect()
}

/// A service of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Service {
    priority: u16,
    weight: u16,
    port: u16,
    host: String,
}

/// The hosts that records name, as far as they are of this domain.
fn of_domain(records: &[Record], domain: &str) -> Vec<Service> {
    let within = format!(".{domain}");
    let services = records.iter().filter_map(|record| match &record.data {
        Data::Service { priority, weight, port, host } if host.ends_with(&within) && *port != 0 => {
            Some(Service { priority: *priority, weight: *weight, port: *port, host: host.clone() })
        }
        _ => None,
    });
    services.take(MOST_HOSTS).collect()
}

/// Hosts and ports in the order of RFC 2782: by priority, and by chance within one, those of more weight rather first. `random` gives a
/// number from 0 to its argument, both included.
fn in_order(mut services: Vec<Service>, mut random: impl FnMut(u32) -> u32) -> Vec<(String, u16)> {
    // Those without weight stand first, so that they have a small chance.
    services.sort_by_key(|service| (service.priority, service.weight != 0));
    let mut order = Vec::new();
    while let Some(first) = services.first() {
        let alike = services.iter().take_while(|service| service.priority == first.priority);
        let weights: Vec<u32> = alike.map(|service| u32::from(service.weight)).collect();
        let chosen = random(weights.iter().sum());
        let mut sum = 0;
        let index = weights.iter().position(|weight| {
            sum += weight;
            sum >= chosen
        });
        let service = services.remove(index.unwrap_or(0));
        order.push((service.host, service.port));
    }
    order
}

fn random(most: u32) -> u32 {
    // Without chance the order is still one.
    getrandom::u32().map_or(0, |number| number % (most + 1))
}

struct Asking {
    servers: Vec<SocketAddr>,
    by: Instant,
}

impl Asking {
    fn new(server: &Nameserver, by: Instant) -> Self {
        let servers = match server {
            Nameserver::At(address) => vec![*address],
            Nameserver::System => {
                fs::read_to_string("/etc/resolv.conf").map(|text| listed(&text)).unwrap_or_default()
            }
        };
        Self { servers, by: by.min(Instant::now() + MOST_TIME) }
    }

    /// Adds the addresses of a host: those that came along, or else those that the server gives when it is asked.
    fn addresses(&self, host: &str, port: u16, along: &[Record], to: &mut Vec<SocketAddr>) {
        let mut add = |records: &[Record]| {
            let before = to.len();
            for record in records.iter().filter(|record| record.name == host) {
                if let Data::Address(address) = record.data {
                    let address = SocketAddr::new(address, port);
                    if !to.contains(&address) {
                        to.push(address);
                    }
                }
            }
            to.len() > before
        };
        if add(along) {
            return;
        }
        for kind in [Kind::A, Kind::Aaaa] {
            if self.ask(host, kind).is_ok_and(|records| add(&records)) {
                return;
            }
        }
    }

    /// The records that the first server to know something gives.
    fn ask(&self, name: &str, kind: Kind) -> Result<Vec<Record>, Failure> {
        let mut failure = Failure::Silent;
        for _ in 0..TRIES {
            for server in &self.servers {
                match self.ask_one(*server, name, kind) {
                    Ok(Answer::Records(records)) => return Ok(records),
                    Ok(Answer::NoSuchName) => return Err(Failure::None),
                    Ok(Answer::Refused(code)) => failure = Failure::Refused(code),
                    Ok(Answer::CutOff) | Err(_) => {}
                }
            }
            if matches!(failure, Failure::Refused(_)) {
                break;
            }
        }
        Err(failure)
    }

    fn ask_one(&self, server: SocketAddr, name: &str, kind: Kind) -> io::Result<Answer> {
        let id = getrandom::u32().map_err(io::Error::other)?.to_be_bytes();
        let query = packet::query(u16::from_be_bytes([id[0], id[1]]), name, kind)
            .ok_or(io::ErrorKind::InvalidInput)?;
        let by = self.by.min(Instant::now() + PATIENCE);
        match over_udp(server, &query, by)? {
            Answer::CutOff => over_tcp(server, &query, by),
            answer => Ok(answer),
        }
    }
}

fn left(by: Instant) -> io::Result<Duration> {
    let left = by.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

/// Datagrams that answer something else are passed over: whoever knows the port can send them.
fn over_udp(server: SocketAddr, query: &[u8], by: Instant) -> io::Result<Answer> {
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    // The system chooses the port by chance; what comes from elsewhere it drops.
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(server)?;
    socket.send(query)?;
    let mut buffer = [0; 4096];
    loop {
        socket.set_read_timeout(Some(left(by)?))?;
        let length = socket.recv(&mut buffer)?;
        if let Some(answer) = buffer.get(..length).and_then(|packet| packet::answer(query, packet)) {
            return Ok(answer);
        }
    }
}

/// The same with a length of two bytes before each message (RFC 1035, 4.2.2).
fn over_tcp(server: SocketAddr, query: &[u8], by: Instant) -> io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&server, left(by)?)?;
    let length = u16::try_from(query.len()).map_err(io::Error::other)?;
    stream.set_write_timeout(Some(left(by)?))?;
    stream.write_all(&[&length.to_be_bytes()[..], query].concat())?;
    let mut read = |count: usize| -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        let mut filled = 0;
        while filled < count {
            stream.set_read_timeout(Some(left(by)?))?;
            match stream.read(&mut bytes[filled..])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                more => filled += more,
            }
        }
        Ok(bytes)
    };
    let head = read(2)?;
    let packet = read(usize::from(u16::from_be_bytes([head[0], head[1]])))?;
    match packet::answer(query, &packet) {
        Some(Answer::CutOff) | None => Err(io::ErrorKind::InvalidData.into()),
        Some(answer) => Ok(answer),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn servers_as_the_system_lists_them() {
        let text = "# nameserver 9.9.9.9\nsearch corp.example\nnameserver 10.0.0.1\n nameserver fd00::1 \nnameserver x\n";
        assert_eq!(listed(text), ["10.0.0.1:53".parse().unwrap(), "[fd00::1]:53".parse().unwrap()]);
        let one = Nameserver::At("10.0.0.1:53".parse().unwrap());
        assert_eq!("10.0.0.1".parse(), Ok(one.clone()));
        assert_eq!("10.0.0.1:53".parse(), Ok(one));
        assert_eq!("dc1".parse::<Nameserver>(), Err(BadNameserver));
    }

    fn service(priority: u16, weight: u16, host: &str) -> Service {
        Service { priority, weight, port: 389, host: host.to_owned() }
    }

    #[test]
    fn by_priority_and_by_weight_within_one() {
        let all =
            || vec![service(9, 0, "last"), service(0, 10, "a"), service(0, 0, "none"), service(0, 90, "b")];
        let hosts = |random: fn(u32) -> u32| -> Vec<String> {
            in_order(all(), random).into_iter().map(|(host, _)| host).collect()
        };
        assert_eq!(hosts(|_| 0), ["none", "a", "b", "last"]);
        assert_eq!(hosts(|most| most), ["b", "a", "none", "last"]);
        assert_eq!(hosts(|most| most.min(11)), ["b", "a", "none", "last"]);
    }

    #[test]
    fn hosts_of_other_domains_are_left_out() {
        let hosts = [
            "dc1.corp.example",
            "dc1.evilcorp.example",
            "corp.example",
            "dc.elsewhere.test",
            "dc2.child.corp.example",
        ];
        let records = hosts.map(|host| Record {
            name: "_ldap._tcp.dc._msdcs.corp.example".to_owned(),
            data: Data::Service { priority: 0, weight: 0, port: 389, host: host.to_owned() },
        });
        let found = of_domain(&records, "corp.example");
        let found: Vec<_> = found.iter().map(|service| service.host.as_str()).collect();
        assert_eq!(found, ["dc1.corp.example", "dc2.child.corp.example"]);
    }
}
