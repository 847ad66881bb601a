//! Asking a key distribution center.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::messages::INCOMPLETE;

use dns::Nameserver;

use crate::error::Error;

/// The port of a key distribution center.
const PORT: u16 = 88;
/// Answers are a ticket or two. Active Directory limits what an account belongs to, which is most of it, to 64 KiB.
const LARGEST: usize = 1 << 20;
/// No more addresses of a center are tried.
const MOST_ADDRESSES: usize = 4;

/// A key distribution center.
pub trait Center {
    /// Sends a request and returns the answer.
    ///
    /// # Errors
    /// Where there is none.
    fn ask(&mut self, request: &[u8]) -> Result<Vec<u8>, Error>;
}

/// Where the key distribution centers of a realm are. Clones share what was found out, and begin with the one that answered last.
#[derive(Clone, Debug)]
pub struct Centers {
    place: Place,
    found: Arc<Mutex<Vec<SocketAddr>>>,
}

#[derive(Clone, Debug)]
enum Place {
    At(String),
    OfRealm(String, Nameserver),
}

impl Centers {
    /// The one at `HOST` or `HOST:PORT`, an IPv6 address in brackets where a port follows.
    #[must_use]
    pub fn at(address: &str) -> Self {
        Self::new(Place::At(address.to_owned()))
    }

    /// Those that DNS names (`_kerberos._tcp.REALM`); where it names none, at the addresses of the realm's own name: in Active Directory
    /// they are those of its controllers.
    #[must_use]
    pub fn of_realm(realm: &str) -> Self {
        Self::new(Place::OfRealm(realm.to_lowercase(), Nameserver::System))
    }

    /// The same, but this name server is asked.
    #[must_use]
    pub fn by(&self, nameserver: &Nameserver) -> Self {
        match &self.place {
            Place::OfRealm(realm, other) if other != nameserver => {
                Self::new(Place::OfRealm(realm.clone(), nameserver.clone()))
            }
            _ => self.clone(),
        }
    }

    fn new(place: Place) -> Self {
        Self { place, found: Arc::default() }
    }

    /// Their addresses.
    fn addresses(&self, by: Instant) -> io::Result<Vec<SocketAddr>> {
        let known = self.known().clone();
        if !known.is_empty() {
            return Ok(known);
        }
        let found = match &self.place {
            Place::At(address) => {
                let (host, port) = host_and_port(address).ok_or_else(|| {
                    io::Error::new(io::ErrorKind::InvalidInput, "the port is a number from 1 to 65535")
                })?;
                (host, port).to_socket_addrs()?.take(MOST_ADDRESSES).collect()
            }
            Place::OfRealm(realm, nameserver) => {
                match dns::services(dns::CENTERS, realm, PORT, nameserver, MOST_ADDRESSES, by) {
                    Ok(found) => found,
                    Err(_) if *nameserver == Nameserver::System => {
                        (realm.as_str(), PORT).to_socket_addrs()?.take(MOST_ADDRESSES).collect()
                    }
                    Err(failure) => return Err(io::Error::new(io::ErrorKind::NotFound, failure)),
                }
            }
        };
        self.known().clone_from(&found);
        Ok(found)
    }

    /// This one answered: it is the first to be asked from now on. None did: they are looked up anew.
    fn learn(&self, answered: Option<SocketAddr>) {
        let mut known = self.known();
        match answered.and_then(|address| known.iter().position(|&other| other == address)) {
            Some(index) => known.swap(0, index),
            None => known.clear(),
        }
    }

    fn known(&self) -> MutexGuard<'_, Vec<SocketAddr>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Centers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.place {
            Place::At(address) => address,
            Place::OfRealm(realm, _) => realm,
        })
    }
}

/// A key distribution center across the network, asked over TCP ([RFC 4120] 7.2.2): every one in a domain of Active Directory listens
/// there, and UDP has no room for the tickets of accounts in many groups.
///
/// [RFC 4120]: https://www.rfc-editor.org/rfc/rfc4120
#[derive(Clone, Debug)]
pub struct Network {
    centers: Centers,
    within: Duration,
}

impl Network {
    /// The first of these that takes the connection. Everything about one request has this time, but for looking up a name by the system, which takes
    /// the time that the system gives it.
    #[must_use]
    pub fn new(centers: &Centers, within: Duration) -> Self {
        Self { centers: centers.clone(), within }
    }

    fn failed(&self, error: &io::Error) -> Error {
        let center = self.centers.to_string();
        match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => {
                Error::TimedOut { center, after: self.within }
            }
            _ => Error::Unreachable { center, reason: error.to_string() },
        }
    }

    fn exchange(&self, request: &[u8]) -> io::Result<Result<Vec<u8>, Error>> {
        let ends = Instant::now() + self.within;
        // No more than half of the time, so that the rest is left for what was found.
        let addresses = self.centers.addresses(Instant::now() + self.within / 2)?;
        let left = || {
            let left = ends.saturating_duration_since(Instant::now());
            if left.is_zero() { Err(io::Error::from(io::ErrorKind::TimedOut)) } else { Ok(left) }
        };
        let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        let mut connected = None;
        for (index, address) in addresses.iter().enumerate() {
            // Each address has its share of what time is left.
            let share = left()? / u32::try_from(addresses.len() - index).unwrap_or(1);
            match TcpStream::connect_timeout(address, share) {
                Ok(stream) => {
                    connected = Some(stream);
                    break;
                }
                Err(error) => failure = error,
            }
        }
        let Some(mut stream) = connected else { return Err(failure) };
        let Ok(length) = u32::try_from(request.len()) else {
            return Ok(Err(Error::Broken("the request is too long to be sent")));
        };
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(left()?))?;
        stream.write_all(&[&length.to_be_bytes(), request].concat())?;
        let mut read = |bytes: &mut [u8]| -> io::Result<bool> {
            let mut filled = 0;
            while filled < bytes.len() {
                stream.set_read_timeout(Some(left()?))?;
                match stream.read(&mut bytes[filled..]) {
                    Ok(0) => return Ok(false),
                    Ok(count) => filled += count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(true)
        };
        let mut length = [0; 4];
        if !read(&mut length)? {
            return Ok(Err(INCOMPLETE.into()));
        }
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length > LARGEST {
            return Ok(Err(Error::Broken("it announces an answer that is out of proportion")));
        }
        let mut answer = vec![0; length];
        if !read(&mut answer)? {
            return Ok(Err(INCOMPLETE.into()));
        }
        self.centers.learn(stream.peer_addr().ok());
        Ok(Ok(answer))
    }
}

impl Center for Network {
    fn ask(&mut self, request: &[u8]) -> Result<Vec<u8>, Error> {
        let answer = self.exchange(request);
        // One that connects and says nothing is not to be the first again.
        if !matches!(answer, Ok(Ok(_))) {
            self.centers.learn(None);
        }
        answer.map_err(|error| self.failed(&error))?
    }
}

/// `None` where the port is none.
fn host_and_port(address: &str) -> Option<(&str, u16)> {
    let (host, port) = match address.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, behind)) => (host, Some(behind.strip_prefix(':')?)),
        // More than one colon is an IPv6 address that somebody wrote without its brackets.
        None if address.matches(':').count() == 1 => {
            address.split_once(':').map(|(host, port)| (host, Some(port)))?
        }
        None => (address, None),
    };
    match port {
        None => Some((host, PORT)),
        Some(port) => port.parse().ok().filter(|port| *port != 0).map(|port| (host, port)),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn where_a_center_is() {
        for (text, host, port) in [
            ("corp.example", "corp.example", 88),
            ("dc1:8888", "dc1", 8888),
            ("[fe80::1]:8888", "fe80::1", 8888),
            ("[fe80::1]", "fe80::1", 88),
            ("fe80::1", "fe80::1", 88),
        ] {
            assert_eq!(host_and_port(text), Some((host, port)));
        }
        for text in ["dc1:", "dc1:0", "dc1:kdc", "[fe80::1]8888"] {
            assert_eq!(host_and_port(text), None, "{text}");
        }
    }

    /// A center that answers with these bytes.
    fn says(bytes: &'static [u8]) -> Result<Vec<u8>, Error> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let served = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 8];
            stream.read_exact(&mut request).unwrap();
            stream.write_all(bytes).unwrap();
            // Until the other side has had enough, where it waits for more.
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            if bytes.is_empty() {
                let _ = stream.read(&mut request);
            }
        });
        let answer = Network::new(&Centers::at(&address), Duration::from_millis(300)).ask(b"asks");
        served.join().unwrap();
        answer
    }

    #[test]
    fn answers_that_are_none() {
        assert_eq!(says(&[0, 0, 0, 2, 7, 8]), Ok(vec![7, 8]));
        assert_eq!(says(&[0, 0]), Err(INCOMPLETE.into()));
        assert_eq!(says(&[0, 0, 0, 9, 1]), Err(INCOMPLETE.into()));
        assert!(matches!(says(&[0xFF; 4]), Err(Error::Broken(_))));
        assert!(matches!(says(b"HTTP/1.1 400 Bad Request"), Err(Error::Broken(_))));
        assert!(matches!(says(b""), Err(Error::TimedOut { .. })), "silence");
        let nobody = Network::new(&Centers::at("127.0.0.1:1"), Duration::from_millis(300)).ask(b"asks");
        assert!(matches!(nobody, Err(Error::Unreachable { .. })));
    }

    #[test]
    fn the_one_that_answered_is_asked_first() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let answers = listener.local_addr().unwrap();
        let served = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.read_exact(&mut [0; 8]).unwrap();
            stream.write_all(&[0, 0, 0, 1, 7]).unwrap();
        });
        let centers = Centers::of_realm("CORP.EXAMPLE");
        assert_eq!(centers.to_string(), "corp.example");
        *centers.known() = vec![silent, answers];
        let mut network = Network::new(&centers, Duration::from_secs(5));
        assert_eq!(network.ask(b"asks"), Ok(vec![7]));
        served.join().unwrap();
        assert_eq!(*centers.known(), [answers, silent], "clones share what was found out");
        // Nobody is left: the next one to ask looks them up anew.
        assert!(matches!(network.ask(b"asks"), Err(Error::Unreachable { .. })));
        assert!(centers.known().is_empty());
        // So does one that takes the question and gives no answer.
        let mute = TcpListener::bind("127.0.0.1:0").unwrap();
        *centers.known() = vec![mute.local_addr().unwrap(), answers];
        let mut impatient = Network::new(&centers, Duration::from_millis(200));
        assert!(matches!(impatient.ask(b"asks"), Err(Error::TimedOut { .. })));
        assert!(centers.known().is_empty());
        // Another name server may know others.
        *centers.known() = vec![answers];
        assert!(centers.by(&Nameserver::At("127.0.0.1:1".parse().unwrap())).known().is_empty());
        assert_eq!(centers.by(&Nameserver::System).known().len(), 1);
    }
}
