//! Locates the services of a domain by DNS SRV records (RFC 2782): its domain controllers ([`CONTROLLERS`])
//! and its KDCs ([`KDCS`]).
//!
//! DNS answers are not authenticated. They only say where to connect; the server then proves by its
//! certificate or its Kerberos key that it belongs to the domain. Hosts outside the domain are dropped.
//!
//! Messages and transport are those of the crate `domain`. This crate adds the time limit, the limits on
//! hosts and addresses, and the rule about foreign hosts.
#![forbid(unsafe_code)]

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::{Duration, Instant};

use domain::base::iana::{Rcode, Rtype};
use domain::base::name::{Name, RelativeName};
use domain::resolv::StubResolver;
use domain::resolv::lookup::host::FoundHosts;
use domain::resolv::stub::conf::{ResolvConf, ServerConf, Transport};

/// The name server to ask.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Nameserver {
    /// The name servers of `/etc/resolv.conf`. If they know no service, the caller resolves the domain's own
    /// name.
    #[default]
    System,
    /// This one and no other, on a machine whose own name servers do not know the domain.
    At(SocketAddr),
}

/// The text is not the address of a name server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name server is named by its address: 10.0.0.5, 10.0.0.5:5353, fd00::5 or [fd00::5]:5353")]
pub struct BadNameserver;

impl FromStr for Nameserver {
    type Err = BadNameserver;

    fn from_str(text: &str) -> Result<Self, BadNameserver> {
        let address = text.parse::<IpAddr>().map(|address| SocketAddr::new(address, PORT));
        address.or_else(|_| text.parse::<SocketAddr>()).map(Self::At).map_err(|_| BadNameserver)
    }
}

/// The domain controllers of an Active Directory domain, as LDAP servers ([MS-ADTS] 6.3.2.3).
pub const CONTROLLERS: &str = "_ldap._tcp.dc._msdcs";
/// The KDCs of a realm, over TCP (RFC 4120, 7.2.3.2).
pub const KDCS: &str = "_kerberos._tcp";

const PORT: u16 = 53;
/// The limit of resolvers (resolv.conf(5): MAXNS).
const MAX_SERVERS: usize = 3;
/// The time limit of one query.
const QUERY: Duration = Duration::from_secs(1);
/// The time limit of everything, so that a name in a hosts file is found even if no name server answers.
const MAX_TIME: Duration = Duration::from_secs(4);
/// SRV records beyond these are ignored.
const MAX_HOSTS: usize = 64;

/// Why nothing was located.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// There is no such name, or no such record of it.
    #[error("the name server knows no such name")]
    None,
    /// The name server refuses.
    #[error("the name server refuses the query ({0})")]
    Refused(String),
    /// No answer in time, or an invalid one.
    #[error("the name server does not answer")]
    Silent,
}

/// The addresses of a service of a domain, in the order to try them, at most `max`.
///
/// Without SRV records, and with an explicit name server, these are the addresses of the domain's own name
/// with `port`.
///
/// # Errors
/// If there are none, or no name server answers in time.
pub fn services(
    service: &str,
    domain: &str,
    port: u16,
    server: &Nameserver,
    max: usize,
    by: Instant,
) -> Result<Vec<SocketAddr>, Failure> {
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    let mut found = Vec::new();
    let done = run(server, by, async |resolvers| {
        // A name without a dot is a host, which the system completes.
        if !domain.contains('.') {
            return Ok(());
        }
        for (host, port) in hosts(&resolvers, service, &domain, port).await? {
            // A host without an address does not keep from the next one.
            let _ = add_addresses(&resolvers, &host, port, &mut found).await;
            if found.len() >= max {
                break;
            }
        }
        Ok(())
    });
    found.truncate(max);
    match (found.is_empty(), server) {
        // Also if the time was over before the last host.
        (false, _) => Ok(found),
        (true, Nameserver::System) => done.and(Err(Failure::None)),
        (true, Nameserver::At(_)) => done.and_then(|()| addresses(&domain, port, server, max, by)),
    }
}

/// The addresses of a host, each with this port, at most `max`.
///
/// # Errors
/// If it has none, or no name server answers in time.
pub fn addresses(
    host: &str,
    port: u16,
    server: &Nameserver,
    max: usize,
    by: Instant,
) -> Result<Vec<SocketAddr>, Failure> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let mut found = Vec::new();
    run(server, by, async |resolvers| add_addresses(&resolvers, &host, port, &mut found).await)?;
    found.truncate(max);
    if found.is_empty() { Err(Failure::None) } else { Ok(found) }
}

/// Runs the queries on a runtime of this thread, within the time limit.
fn run(
    server: &Nameserver,
    by: Instant,
    work: impl AsyncFnOnce(Resolvers) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut conf = ResolvConf::new();
    match server {
        Nameserver::At(address) => conf.servers.push(ServerConf::new(*address, Transport::UdpTcp)),
        // Without the file there are no servers, as on Windows.
        Nameserver::System => drop(conf.parse_file("/etc/resolv.conf")),
    }
    conf.servers.truncate(MAX_SERVERS);
    if conf.servers.is_empty() {
        return Err(Failure::None);
    }
    conf.options.timeout = QUERY;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|_| Failure::Silent)?;
    let by = by.min(Instant::now() + MAX_TIME);
    runtime.block_on(async {
        let mut over_tcp = conf.clone();
        over_tcp.options.use_vc = true;
        let work = work(Resolvers([conf, over_tcp].map(StubResolver::from_conf)));
        tokio::time::timeout_at(by.into(), work).await.unwrap_or(Err(Failure::Silent))
    })
}

/// The hosts of a service in the order of RFC 2782, without those of other domains.
async fn hosts(
    resolvers: &Resolvers,
    service: &str,
    domain: &str,
    port: u16,
) -> Result<Vec<(String, u16)>, Failure> {
    let name = name(domain)?;
    let service = RelativeName::<Vec<u8>>::from_str(service).map_err(|_| Failure::None)?;
    let found = resolvers.ask(async |resolver| resolver.lookup_srv(&service, &name, port).await).await;
    // `None` is the record of a domain that does not offer the service.
    let Some(found) = found.map_err(|_| Failure::Silent)? else { return Ok(Vec::new()) };
    let found = found.into_srvs().map(|srv| (srv.target().to_string(), srv.port()));
    Ok(of_domain(found, domain))
}

/// The hosts below this domain. The domain itself is what `domain` returns if there are no records.
fn of_domain(hosts: impl Iterator<Item = (String, u16)>, domain: &str) -> Vec<(String, u16)> {
    let below = format!(".{domain}");
    hosts
        .map(|(host, port)| (host.trim_end_matches('.').to_ascii_lowercase(), port))
        .filter(|(host, port)| host.ends_with(&below) && *port != 0)
        .take(MAX_HOSTS)
        .collect()
}

async fn add_addresses(
    resolvers: &Resolvers,
    host: &str,
    port: u16,
    to: &mut Vec<SocketAddr>,
) -> Result<(), Failure> {
    let name = name(host)?;
    let ask = async |kind| resolvers.ask(async |resolver| resolver.query((&name, kind)).await).await;
    let (v4, v6) = tokio::join!(ask(Rtype::A), ask(Rtype::AAAA));
    let v4 = v4.map_err(|_| Failure::Silent)?;
    match v4.header().rcode() {
        Rcode::NOERROR | Rcode::NXDOMAIN => {}
        other => return Err(Failure::Refused(other.to_string())),
    }
    let found = FoundHosts::<StubResolver>::new(v6, Ok(v4)).map_err(|_| Failure::Silent)?;
    for address in found.port_iter(port) {
        if !to.contains(&address) {
            to.push(address);
        }
    }
    Ok(())
}

fn name(text: &str) -> Result<Name<Vec<u8>>, Failure> {
    Name::from_str(text).map_err(|_| Failure::None)
}

/// The same name servers over UDP (TCP for answers that are marked as truncated), and over TCP alone.
struct Resolvers([StubResolver; 2]);

impl Resolvers {
    /// A datagram may be lost, or cut by the size of the receive buffer. `domain` does not repeat such a
    /// query, so it is repeated over TCP here.
    async fn ask<T, E>(&self, query: impl AsyncFn(&StubResolver) -> Result<T, E>) -> Result<T, E> {
        let [over_udp, over_tcp] = &self.0;
        match query(over_udp).await {
            Err(_) => query(over_tcp).await,
            answered => answered,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    #[test]
    fn name_servers_as_they_are_written() {
        let one = Nameserver::At("10.0.0.1:53".parse().unwrap());
        assert_eq!("10.0.0.1".parse(), Ok(one.clone()));
        assert_eq!("10.0.0.1:53".parse(), Ok(one));
        assert_eq!("dc1".parse::<Nameserver>(), Err(BadNameserver));
    }

    #[test]
    fn hosts_of_other_domains_are_dropped() {
        let hosts = [
            ("dc1.corp.example", 389),
            ("dc1.evilcorp.example", 389),
            ("corp.example", 389),
            ("dc.elsewhere.test", 389),
            ("DC2.child.corp.example.", 389),
            ("dc3.corp.example", 0),
        ];
        let hosts = hosts.map(|(host, port)| (host.to_owned(), port));
        let found = of_domain(hosts.into_iter(), "corp.example");
        let found: Vec<_> = found.iter().map(|(host, _)| host.as_str()).collect();
        assert_eq!(found, ["dc1.corp.example", "dc2.child.corp.example"]);
    }

    #[test]
    fn hosts_are_limited() {
        let hosts = (0..1000).map(|number| (format!("dc{number}.corp.example"), 389));
        assert_eq!(of_domain(hosts, "corp.example").len(), MAX_HOSTS);
    }

    #[test]
    fn a_silent_name_server_costs_the_time_limit() {
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = Nameserver::At(silent.local_addr().unwrap());
        let started = Instant::now();
        let by = started + Duration::from_millis(300);
        let found = services(CONTROLLERS, "corp.example", 389, &server, 8, by);
        assert_eq!(found, Err(Failure::Silent));
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    }

    /// Answers each query with its own question and this code.
    #[test]
    fn a_name_server_that_refuses() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = Nameserver::At(socket.local_addr().unwrap());
        std::thread::spawn(move || {
            let mut query = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut query) {
                query[2] |= 0x80;
                query[3] = 5;
                let _ = socket.send_to(&query[..length], from);
            }
        });
        let by = Instant::now() + Duration::from_secs(4);
        let found = services(CONTROLLERS, "corp.example", 389, &server, 8, by);
        assert_eq!(found, Err(Failure::Refused("REFUSED".to_owned())));
    }
}
