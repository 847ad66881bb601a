//! A connection to a directory server.

#[cfg(all(feature = "tls", not(windows)))]
mod binding;
mod sealing;
mod stream;
#[cfg(all(feature = "tls", not(windows)))]
mod tls;
#[cfg(not(all(feature = "tls", not(windows))))]
#[path = "no_tls.rs"]
mod tls;
mod trust;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use diagnostic::{Code, Message};
use locate::Nameserver;
use zeroize::Zeroizing;

use self::sealing::MAX_ROUNDS;
pub use self::sealing::{Handshake, Mechanism, Peer, Protection, Seal};
use self::stream::{Socket, Stream};
pub use self::trust::Trust;
use crate::dn;
use crate::entry::Entry;
use crate::error::{Error, Rejection, SignInProblem};
use crate::protocol::{Answer, Body, Outcome, Request};
use crate::search::{Entries, Scope, Search};
use crate::target::{Security, Target};

/// The credentials of a connection.
#[derive(Clone)]
pub enum SignIn {
    /// No account. Active Directory then shows only its rootDSE.
    Anonymous,
    /// An account with its password, over TLS only. The password is zeroed on drop.
    Password {
        /// `user@domain`, `DOMAIN\user`, or a distinguished name.
        account: String,
        /// Its password.
        password: Zeroizing<String>,
    },
    /// A GSS-API mechanism, with or without TLS: see [`SignIn::by`].
    Mechanism(Arc<dyn Mechanism>),
}

impl SignIn {
    /// Signs in by GSS-SPNEGO with this mechanism, which also authenticates the server. Without TLS it seals
    /// the connection.
    #[must_use]
    pub fn by(mechanism: impl Mechanism + 'static) -> Self {
        Self::Mechanism(Arc::new(mechanism))
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("Anonymous"),
            Self::Mechanism(_) => f.write_str("Mechanism"),
            Self::Password { account, .. } => write!(f, "Password({account})"),
        }
    }
}

/// Options of a connection.
#[derive(Clone, Debug)]
pub struct Options {
    /// The trusted authorities.
    pub trust: Trust,
    /// No TLS, for a server without a certificate. A mechanism then seals the connection; a password is not
    /// sent.
    pub plaintext: bool,
    /// The DNS server that locates the controllers of a domain.
    pub nameserver: Nameserver,
    /// The system's own means to locate the nearest controller of a domain, if it has any.
    pub locator: Option<fn(&str) -> Option<String>>,
    /// Time limit of one step.
    pub timeout: Duration,
    /// Time limit of the whole connection.
    pub whole: Duration,
    /// Entries per page. Active Directory returns at most 1,000.
    pub page: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            trust: Trust::default(),
            plaintext: false,
            nameserver: Nameserver::default(),
            locator: None,
            timeout: Duration::from_secs(10),
            whole: Duration::from_mins(5),
            page: 1000,
        }
    }
}

/// Attributes of the rootDSE (RFC 4512 5.1), which needs no account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// `dnsHostName`: the name of the responding domain controller.
    pub host: String,
    /// `defaultNamingContext`: the distinguished name of its domain.
    pub domain: String,
    /// `configurationNamingContext`: data of the forest, such as its sites.
    pub configuration: String,
    /// `rootDomainNamingContext`: the distinguished name of the root domain of the forest.
    pub forest: String,
}

/// An authenticated connection to a domain controller. Dropping it closes it.
pub struct Connection {
    stream: Stream,
    root: Root,
    page: u32,
    last_id: i32,
    /// True while a response is outstanding: the next message belongs to an earlier request.
    broken: bool,
}

impl Connection {
    /// Connects, protects the connection, and signs in.
    ///
    /// If the target is a domain, its controllers are located by DNS (`_ldap._tcp.dc._msdcs`) and tried in
    /// order; without SRV records, the address of the domain is used. The certificate must then be valid for
    /// the controller that responds, and its name must be in that domain.
    pub fn open(target: &Target, options: &Options, sign_in: &SignIn) -> Result<Self, Error> {
        let started = Instant::now();
        let opened = Self::connect(target, options, sign_in);
        let (host, elapsed) = (&target.host, started.elapsed());
        match &opened {
            Ok(connection) => {
                tracing::info!(host, server = connection.root.host, ?elapsed, "open and bind: done");
            }
            Err(error) => tracing::info!(host, ?elapsed, "open and bind: {error}"),
        }
        opened
    }

    fn connect(target: &Target, options: &Options, sign_in: &SignIn) -> Result<Self, Error> {
        let ends = Instant::now() + options.whole;
        let mut stream = Stream::new(Socket::connect(target, options, ends)?);
        let root = Root {
            host: target.host.clone(),
            domain: String::new(),
            configuration: String::new(),
            forest: String::new(),
        };
        match target.security {
            Security::Tls => {
                stream.doing = "negotiating TLS";
                stream.start_tls(tls::config(&options.trust)?, &target.host)?;
                let mut connection = Self { stream, root, page: options.page, last_id: 0, broken: false };
                connection.root = connection.read_root()?;
                connection.sign_in(target, sign_in)?;
                Ok(connection)
            }
            Security::StartTls => {
                let mut connection = Self { stream, root, page: options.page, last_id: 0, broken: false };
                connection.root = connection.read_root()?;
                if !options.plaintext {
                    connection.start_tls(target, options)?;
                    // The first rootDSE was not protected.
                    connection.root = connection.read_root()?;
                }
                connection.sign_in(target, sign_in)?;
                Ok(connection)
            }
        }
    }

    fn start_tls(&mut self, target: &Target, options: &Options) -> Result<(), Error> {
        let config = tls::config(&options.trust)?;
        self.stream.doing = "requesting TLS";
        match self.ask(Request::StartTls)?.body {
            Body::Extended(outcome, _) if outcome.code == 0 => {}
            Body::Extended(outcome, _) => return Err(Error::NoTls(outcome.message)),
            _ => return Err(Error::Unexpected("unexpected response to StartTLS")),
        }
        self.stream.doing = "negotiating TLS";
        let name = expected_name(&target.host, &self.root.host).to_owned();
        self.stream.start_tls(config, &name)
    }

    fn sign_in(&mut self, target: &Target, sign_in: &SignIn) -> Result<(), Error> {
        self.stream.doing = "signing in";
        match sign_in {
            SignIn::Anonymous => Ok(()),
            SignIn::Mechanism(mechanism) => self.shake_hands(target, mechanism.as_ref()),
            SignIn::Password { account, password } => {
                if !self.stream.is_protected() {
                    return Err(Error::Unprotected);
                }
                // An empty password is an unauthenticated bind, which succeeds (RFC 4513 5.1.2).
                if password.is_empty() || account.is_empty() {
                    return Err(Error::SignIn(SignInProblem::Empty));
                }
                let account = full_name(account, &self.root.domain);
                match self.ask(Request::SimpleBind { name: &account, password })?.body {
                    Body::Bind(outcome, _) => signed_in(outcome),
                    _ => Err(Error::Unexpected("unexpected response to a bind")),
                }
            }
        }
    }

    fn shake_hands(&mut self, target: &Target, mechanism: &dyn Mechanism) -> Result<(), Error> {
        let sealed = !self.stream.is_protected();
        let binding = self.stream.binding();
        let protection = if sealed { Protection::Sealed } else { Protection::Tls(binding.as_deref()) };
        let host = if sealed {
            // The server that sent this name is not authenticated yet.
            name_to_prove(&target.host, &self.root.host, mechanism.realm().unwrap_or_default()).to_owned()
        } else {
            self.root.host.clone()
        };
        let mut handshake = mechanism.begin(&Peer { host: &host, protection }).map_err(Error::Handshake)?;
        let mut said = Vec::new();
        for _ in 0..MAX_ROUNDS {
            let token = handshake.step(&said).map_err(Error::Handshake)?;
            let request = Request::SaslBind { mechanism: "GSS-SPNEGO", token: token.as_deref() };
            let Body::Bind(outcome, token) = self.ask(request)?.body else {
                return Err(Error::Unexpected("unexpected response to a bind"));
            };
            said = token.unwrap_or_default();
            if outcome.code == IN_PROGRESS {
                continue;
            }
            signed_in(outcome)?;
            if !said.is_empty() && handshake.step(&said).map_err(Error::Handshake)?.is_some() {
                return Err(Error::Unexpected("the bind succeeded before the sign-in was complete"));
            }
            let seal = handshake.finish().map_err(Error::Handshake)?;
            return match (sealed, seal) {
                (false, None) => Ok(()),
                (true, Some(seal)) => {
                    self.stream.seal(seal)?;
                    // The first rootDSE was not protected.
                    self.root = self.read_root()?;
                    Ok(())
                }
                _ => Err(Error::Handshake(Message::new(
                    Code::NotProtected,
                    "the mechanism did not negotiate the requested protection",
                ))),
            };
        }
        Err(Error::Unexpected("the sign-in takes too many rounds"))
    }

    /// Sets a new time limit, starting now.
    pub fn allow(&mut self, whole: Duration) {
        self.stream.must_end(Instant::now() + whole);
    }

    /// The rootDSE.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.root
    }

    fn read_root(&mut self) -> Result<Root, Error> {
        const NAMES: [&str; 4] =
            ["dnsHostName", "defaultNamingContext", "configurationNamingContext", "rootDomainNamingContext"];
        self.stream.doing = "reading the rootDSE";
        let search = Search::new("").scope(Scope::Base).attributes(&NAMES);
        let entry = self.first(&search)?.ok_or(Error::Root("root"))?;
        let text = |name: &'static str| entry.text(name).map(str::to_owned).ok_or(Error::Root(name));
        Ok(Root {
            host: text(NAMES[0])?,
            domain: text(NAMES[1])?,
            configuration: text(NAMES[2])?,
            forest: text(NAMES[3])?,
        })
    }

    /// Searches. The entries are fetched page by page while they are consumed.
    pub fn search<'c>(&'c mut self, search: &Search<'_>) -> Result<Entries<'c>, Error> {
        if self.broken {
            return Err(Error::Unexpected("an earlier response was not read"));
        }
        self.stream.doing = "searching";
        Entries::start(self, search, self.page)
    }

    /// The first entry; `None` if there is none.
    pub fn first(&mut self, search: &Search<'_>) -> Result<Option<Entry>, Error> {
        let mut entries = self.search(search)?;
        let mut first = None;
        while let Some(entry) = entries.next_entry()? {
            first.get_or_insert(entry);
        }
        Ok(first)
    }

    /// One object with these attributes; `None` if it does not exist.
    pub fn read(&mut self, dn: &str, attributes: &[&str]) -> Result<Option<Entry>, Error> {
        match self.first(&Search::new(dn).scope(Scope::Base).attributes(attributes)) {
            Err(Error::Rejected(Rejection { code: 32, .. })) => Ok(None),
            other => other,
        }
    }

    /// All values of an attribute. Active Directory returns them in ranges of 1,500.
    ///
    /// # Errors
    /// Also if the object does not exist.
    pub fn values(&mut self, dn: &str, attribute: &str) -> Result<Vec<Vec<u8>>, Error> {
        const MAX_VALUES: usize = 1 << 20;
        let mut all = Vec::new();
        let mut name = attribute.to_owned();
        loop {
            let search = Search::new(dn).scope(Scope::Base).attributes(&[&name]);
            let entry =
                self.first(&search)?.ok_or(Error::Unexpected("an object disappeared while it was read"))?;
            let Some((values, next)) = entry.part(attribute) else {
                all.extend_from_slice(entry.values(attribute));
                return Ok(all);
            };
            all.extend_from_slice(values);
            match next {
                Some(next) if !values.is_empty() && all.len() < MAX_VALUES => {
                    name = format!("{attribute};range={next}-*");
                }
                Some(_) => return Err(Error::Unexpected("an attribute has too many values")),
                None => return Ok(all),
            }
        }
    }

    /// Sends a request and waits for its response.
    fn ask(&mut self, request: Request<'_>) -> Result<Answer, Error> {
        self.send(request)?;
        self.receive()
    }

    pub(crate) fn send(&mut self, request: Request<'_>) -> Result<(), Error> {
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        self.broken = true;
        self.stream.send(&request.encode(self.last_id))
    }

    /// The next response to the last request.
    pub(crate) fn receive(&mut self) -> Result<Answer, Error> {
        let answer = self.stream.receive()?;
        match answer.body {
            // A notice of disconnection has the message ID 0 (RFC 4511 4.4.1).
            Body::Extended(outcome, _) if answer.id == 0 => {
                Err(Error::Lost(format!("notice of disconnection: {}", outcome.message)))
            }
            _ if answer.id != i64::from(self.last_id) => {
                Err(Error::Unexpected("a response to another request"))
            }
            Body::Entry(_) | Body::Reference(_) | Body::Intermediate => Ok(answer),
            _ => {
                self.broken = false;
                Ok(answer)
            }
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let _ = self.stream.send(&Request::Unbind.encode(self.last_id.checked_add(1).unwrap_or(1)));
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("root", &self.root).finish_non_exhaustive()
    }
}

/// `saslBindInProgress`
const IN_PROGRESS: u32 = 14;

/// The name that a server without a certificate must prove. This is its own name if that is in the requested
/// domain or in the realm, and otherwise the requested name.
fn name_to_prove<'a>(asked: &'a str, answers: &'a str, realm: &str) -> &'a str {
    if asked.eq_ignore_ascii_case(answers) || is_in_domain(answers, asked) || is_in_domain(answers, realm) {
        answers
    } else {
        asked
    }
}

/// The name that the certificate must contain. Certificates of controllers contain the controller, not the
/// domain. The name that the server reports is used if it is in the requested domain; the certificate then
/// proves it.
fn expected_name<'a>(asked: &'a str, answers: &'a str) -> &'a str {
    if is_in_domain(answers, asked) { answers } else { asked }
}

/// True if the name of a host is in a domain.
fn is_in_domain(host: &str, domain: &str) -> bool {
    host.len() > domain.len() + 1
        && host.is_char_boundary(host.len() - domain.len())
        && host[host.len() - domain.len()..].eq_ignore_ascii_case(domain)
        && host.as_bytes()[host.len() - domain.len() - 1] == b'.'
        && domain.contains('.')
        && domain.parse::<std::net::IpAddr>().is_err()
}

/// Active Directory has no bare account names: the queried domain is added.
fn full_name(account: &str, domain: &str) -> String {
    if account.contains(['\\', '@', '=']) {
        return account.to_owned();
    }
    format!("{account}@{}", dn::dns_domain(domain))
}

fn signed_in(outcome: Outcome) -> Result<(), Error> {
    match outcome.code {
        0 => Ok(()),
        49 => Err(Error::SignIn(SignInProblem::of(&outcome.message))),
        code => Err(Rejection { code, message: outcome.message }.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_controller_speaks_for_its_own_domain_alone() {
        let rows = [
            ("corp.example", "dc1.corp.example", "dc1.corp.example"),
            ("Corp.Example", "DC1.corp.example", "DC1.corp.example"),
            ("dc1.corp.example", "dc1.corp.example", "dc1.corp.example"),
            ("dc1", "dc1.corp.example", "dc1"),
            ("corp.example", "dc1.evilcorp.example", "corp.example"),
            ("corp.example", "dc1.other.example", "corp.example"),
            ("example", "dc1.corp.example", "example"),
            ("0.0.7", "evil.0.0.7", "evil.0.0.7"),
            ("10.0.0.7", "evil.10.0.0.7", "10.0.0.7"),
        ];
        for (asked, answers, expected) in rows {
            assert_eq!(expected_name(asked, answers), expected, "{asked}");
        }
    }

    #[test]
    fn without_a_certificate_a_name_must_lie_in_the_realm() {
        let rows = [
            ("10.0.0.7", "dc1.corp.example", "CORP.EXAMPLE", "dc1.corp.example"),
            ("dc1", "dc1.corp.example", "CORP.EXAMPLE", "dc1.corp.example"),
            ("corp.example", "dc1.corp.example", "OTHER.EXAMPLE", "dc1.corp.example"),
            ("dc1.corp.example", "DC1.corp.example", "OTHER.EXAMPLE", "DC1.corp.example"),
            ("10.0.0.7", "dc1.evil.example", "CORP.EXAMPLE", "10.0.0.7"),
            ("corp.example", "dc1.evil.example", "CORP.EXAMPLE", "corp.example"),
            ("10.0.0.7", "dc1.corp.example", "", "10.0.0.7"),
        ];
        for (asked, answers, realm, expected) in rows {
            assert_eq!(name_to_prove(asked, answers, realm), expected, "{asked} {answers}");
        }
    }

    #[test]
    fn bare_accounts_are_those_of_the_domain() {
        let domain = "DC=corp,DC=example";
        assert_eq!(full_name("ann", domain), "ann@corp.example");
        for whole in ["ann@lab.example", r"LAB\ann", "CN=Ann,DC=corp,DC=example"] {
            assert_eq!(full_name(whole, domain), whole);
        }
    }

    #[test]
    fn no_display_shows_the_password() {
        let sign_in =
            SignIn::Password { account: "admin".to_owned(), password: Zeroizing::new("hunter2".to_owned()) };
        assert!(!format!("{sign_in:?}").contains("hunter2"));
    }
}
