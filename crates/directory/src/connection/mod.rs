//! A connection to a directory.

mod stream;
mod trust;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use self::stream::{Socket, Stream};
pub use self::trust::Trust;
use crate::dn;
use crate::entry::Entry;
use crate::error::{Error, Rejection, refused_sign_in};
use crate::protocol::{Answer, Body, Outcome, Request};
use crate::search::{Entries, Scope, Search};
use crate::target::{Security, Target};

/// Who signs in.
#[derive(Clone)]
pub enum SignIn {
    /// Nobody. Active Directory then tells its root and nothing else.
    Anonymous,
    /// An account with its password, over TLS alone. The password is overwritten when this is dropped.
    Password {
        /// `user@domain`, `DOMAIN\user`, or a distinguished name.
        account: String,
        /// Its password.
        password: Zeroizing<String>,
    },
    /// A token of Kerberos' instead of a password, over TLS alone: see [`SignIn::ticket`].
    Ticket(Ticket),
}

/// Fetches a token for the controller of this DNS name, or says why not.
type Ticket = Arc<dyn Fn(&str) -> Result<Vec<u8>, String> + Send + Sync>;

impl SignIn {
    /// Signs in by GSS-SPNEGO ([MS-ADTS] 5.1.1.1.2) with the one token that this function makes for the domain controller of a DNS
    /// name. It asks for no protection of what follows, which TLS gives.
    #[must_use]
    pub fn ticket(fetch: impl Fn(&str) -> Result<Vec<u8>, String> + Send + Sync + 'static) -> Self {
        Self::Ticket(Arc::new(fetch))
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("Anonymous"),
            Self::Ticket(_) => f.write_str("Ticket"),
            Self::Password { account, .. } => write!(f, "Password({account})"),
        }
    }
}

/// How a directory is asked.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whose certificates are trusted.
    pub trust: Trust,
    /// Without TLS: for a server without a certificate, on a network that is trusted. A password is then not sent.
    pub plaintext: bool,
    /// How long one step may take.
    pub timeout: Duration,
    /// How long everything may take.
    pub whole: Duration,
    /// Entries to a page. Active Directory gives 1,000 at most.
    pub page: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            trust: Trust::default(),
            plaintext: false,
            timeout: Duration::from_secs(10),
            whole: Duration::from_mins(5),
            page: 1000,
        }
    }
}

/// What a directory says of itself, to anybody (`rootDSE`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// `dnsHostName`: the domain controller that answers.
    pub host: String,
    /// `defaultNamingContext`: the distinguished name of its domain.
    pub domain: String,
    /// `configurationNamingContext`: what the forest has in common, such as its sites.
    pub configuration: String,
    /// `rootDomainNamingContext`: the distinguished name of the forest's first domain.
    pub forest: String,
}

/// A connection to a domain controller, signed in. It ends when this is dropped.
pub struct Connection {
    stream: Stream,
    root: Root,
    page: u32,
    last_id: i32,
    /// Set while an answer is due that nobody fetched: what comes next answers something else.
    broken: bool,
}

impl Connection {
    /// Connects, protects the connection, and signs in.
    ///
    /// Where a domain is named instead of one of its controllers, the certificate is expected to be for the controller that
    /// answers, if its name lies in that domain.
    pub fn open(target: &Target, options: &Options, sign_in: &SignIn) -> Result<Self, Error> {
        let ends = Instant::now() + options.whole;
        let mut stream = Stream::new(Socket::connect(&target.host, target.port, options.timeout, ends)?);
        let root = Root {
            host: target.host.clone(),
            domain: String::new(),
            configuration: String::new(),
            forest: String::new(),
        };
        match target.security {
            Security::Tls => {
                stream.doing = "agreeing on TLS";
                stream.start_tls(options.trust.config()?, &target.host)?;
                let mut connection = Self { stream, root, page: options.page, last_id: 0, broken: false };
                connection.root = connection.read_root()?;
                connection.sign_in(sign_in)?;
                Ok(connection)
            }
            Security::StartTls => {
                let mut connection = Self { stream, root, page: options.page, last_id: 0, broken: false };
                connection.root = connection.read_root()?;
                if !options.plaintext {
                    connection.start_tls(target, options)?;
                    // What was said before was not protected.
                    connection.root = connection.read_root()?;
                }
                connection.sign_in(sign_in)?;
                Ok(connection)
            }
        }
    }

    fn start_tls(&mut self, target: &Target, options: &Options) -> Result<(), Error> {
        let config = options.trust.config()?;
        self.stream.doing = "asking for TLS";
        match self.ask(Request::StartTls)?.body {
            Body::Extended(outcome, _) if outcome.code == 0 => {}
            Body::Extended(outcome, _) => return Err(Error::NoTls(outcome.message)),
            _ => return Err(Error::Unexpected("it answers StartTLS with something else")),
        }
        self.stream.doing = "agreeing on TLS";
        let name = expected_name(&target.host, &self.root.host).to_owned();
        self.stream.start_tls(config, &name)
    }

    fn sign_in(&mut self, sign_in: &SignIn) -> Result<(), Error> {
        self.stream.doing = "signing in";
        match sign_in {
            SignIn::Anonymous => Ok(()),
            SignIn::Ticket(fetch) => {
                if !self.stream.is_protected() {
                    return Err(Error::Unprotected);
                }
                let token = fetch(&self.root.host).map_err(Error::Kerberos)?;
                let request = Request::SaslBind { mechanism: "GSS-SPNEGO", token: Some(&token) };
                match self.ask(request)?.body {
                    Body::Bind(outcome, _) if outcome.code == 14 => {
                        Err(Error::Kerberos("the directory asks for more than a ticket".to_owned()))
                    }
                    Body::Bind(outcome, _) => signed_in(outcome),
                    _ => Err(Error::Unexpected("it answers a sign-in with something else")),
                }
            }
            SignIn::Password { account, password } => {
                if !self.stream.is_protected() {
                    return Err(Error::Unprotected);
                }
                // An empty password would be a sign-in as nobody, which succeeds (RFC 4513, 5.1.2).
                if password.is_empty() || account.is_empty() {
                    return Err(Error::SignIn("the account or the password is empty".to_owned()));
                }
                let account = full_name(account, &self.root.domain);
                match self.ask(Request::SimpleBind { name: &account, password })?.body {
                    Body::Bind(outcome, _) => signed_in(outcome),
                    _ => Err(Error::Unexpected("it answers a sign-in with something else")),
                }
            }
        }
    }

    /// Allows so much time from now on for everything to come.
    pub fn allow(&mut self, whole: Duration) {
        self.stream.must_end(Instant::now() + whole);
    }

    /// What the directory says of itself.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.root
    }

    fn read_root(&mut self) -> Result<Root, Error> {
        const NAMES: [&str; 4] =
            ["dnsHostName", "defaultNamingContext", "configurationNamingContext", "rootDomainNamingContext"];
        self.stream.doing = "asking what it is";
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

    /// Searches; the entries come one by one, fetched page by page as they are asked for.
    pub fn search<'c>(&'c mut self, search: &Search<'_>) -> Result<Entries<'c>, Error> {
        if self.broken {
            return Err(Error::Unexpected("an earlier answer was left unread"));
        }
        self.stream.doing = "searching";
        Entries::start(self, search, self.page)
    }

    /// The only entry, or the first one; `None` where there is none.
    pub fn first(&mut self, search: &Search<'_>) -> Result<Option<Entry>, Error> {
        let mut entries = self.search(search)?;
        let mut first = None;
        while let Some(entry) = entries.next_entry()? {
            first.get_or_insert(entry);
        }
        Ok(first)
    }

    /// One object with these attributes; `None` where there is no such object.
    pub fn read(&mut self, dn: &str, attributes: &[&str]) -> Result<Option<Entry>, Error> {
        match self.first(&Search::new(dn).scope(Scope::Base).attributes(attributes)) {
            Err(Error::Rejected(Rejection { code: 32, .. })) => Ok(None),
            other => other,
        }
    }

    /// All values of an object's attribute, however many there are: Active Directory gives 1,500 at a time.
    ///
    /// # Errors
    /// Also where there is no such object.
    pub fn values(&mut self, dn: &str, attribute: &str) -> Result<Vec<Vec<u8>>, Error> {
        const MOST: usize = 1 << 20;
        let mut all = Vec::new();
        let mut name = attribute.to_owned();
        loop {
            let search = Search::new(dn).scope(Scope::Base).attributes(&[&name]);
            let entry =
                self.first(&search)?.ok_or(Error::Unexpected("an object was gone while it was read"))?;
            let Some((values, next)) = entry.part(attribute) else {
                all.extend_from_slice(entry.values(attribute));
                return Ok(all);
            };
            all.extend_from_slice(values);
            match next {
                Some(next) if !values.is_empty() && all.len() < MOST => {
                    name = format!("{attribute};range={next}-*");
                }
                Some(_) => return Err(Error::Unexpected("an attribute has no end")),
                None => return Ok(all),
            }
        }
    }

    /// Sends a request and waits for its answer.
    fn ask(&mut self, request: Request<'_>) -> Result<Answer, Error> {
        self.send(request)?;
        self.receive()
    }

    pub(crate) fn send(&mut self, request: Request<'_>) -> Result<(), Error> {
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        self.broken = true;
        self.stream.send(&request.encode(self.last_id))
    }

    /// The next answer to the last request.
    pub(crate) fn receive(&mut self) -> Result<Answer, Error> {
        let answer = self.stream.receive()?;
        match answer.body {
            // A notice of disconnection has the number 0 (RFC 4511, 4.4.1).
            Body::Extended(outcome, _) if answer.id == 0 => {
                Err(Error::Lost(format!("it says goodbye: {}", outcome.message)))
            }
            _ if answer.id != i64::from(self.last_id) => {
                Err(Error::Unexpected("it answers what was not asked"))
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

/// The name that a certificate must be for. A domain's name leads to its controllers, whose certificates name the controller; whoever
/// answers says which one it is, and is believed where that lies in the domain that was asked for: the certificate then proves it.
fn expected_name<'a>(asked: &'a str, answers: &'a str) -> &'a str {
    let lies_in = answers.len() > asked.len() + 1
        && answers.is_char_boundary(answers.len() - asked.len())
        && answers[answers.len() - asked.len()..].eq_ignore_ascii_case(asked)
        && answers.as_bytes()[answers.len() - asked.len() - 1] == b'.';
    if lies_in && asked.contains('.') && asked.parse::<std::net::IpAddr>().is_err() { answers } else { asked }
}

/// Active Directory knows no bare account names: one is taken for that of the domain which is asked.
fn full_name(account: &str, domain: &str) -> String {
    if account.contains(['\\', '@', '=']) {
        return account.to_owned();
    }
    format!("{account}@{}", dn::dns_domain(domain))
}

fn signed_in(outcome: Outcome) -> Result<(), Error> {
    match outcome.code {
        0 => Ok(()),
        49 => Err(Error::SignIn(refused_sign_in(&outcome.message))),
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
