//! Active Directory: the connection, the hosts that the directory lists, and its facts about machines.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ad::computers::{Computer, SERVERS};
use ad::facts::Gathered;
use diagnostic::{Code, Diagnostic, Message};
use ldap::{BadNameserver, Connection, Nameserver, Options, SignIn, Target, Trust};
use snapshot::{Note, Snapshot};
use sources::Credentials;
#[cfg(not(windows))]
use zeroize::Zeroizing;

use crate::args::{NetworkArgs, ReachArgs};
use crate::exit::{Exit, Failure};
use crate::output;
use survey::Network;

/// Connects and signs in.
pub fn open(locator: &str, reach: &ReachArgs, network: &NetworkArgs) -> Result<Connection, Failure> {
    open_as(locator, None, reach, network, &mut Network::new(&network.options())?)
}

/// [`open`] with the account of this SOURCE, if it names one.
pub fn open_as(
    locator: &str,
    source: Option<&str>,
    reach: &ReachArgs,
    network: &NetworkArgs,
    accounts: &mut Network,
) -> Result<Connection, Failure> {
    let target = Target::parse(locator).map_err(|error| Failure::usage(error.to_string()))?;
    let nameserver = reach.nameserver.as_deref().map_or(Ok(Nameserver::System), str::parse);
    let nameserver = nameserver.map_err(|error: BadNameserver| Failure::usage(error))?;
    let credentials = accounts.directory_credentials(&target.host, source)?;
    let sign_in = sign_in(credentials.as_ref(), network, accounts, &nameserver)?;
    let options = Options {
        nameserver,
        trust: reach.ca.clone().map_or(Trust::System, Trust::File),
        // Kerberos and SSPI encrypt the connection themselves, so a certificate is checked only if --ca is
        // given.
        plaintext: reach.plaintext || (network.kerberos.is_some() || cfg!(windows)) && reach.ca.is_none(),
        // A response may take a controller longer than a connection.
        timeout: Duration::from_secs(network.timeout.max(10)),
        whole: Duration::from_secs(network.host_timeout),
        #[cfg(windows)]
        locator: Some(|domain| win32::domain::controller(domain).ok()),
        ..Options::default()
    };
    Connection::open(&target, &options, &sign_in).map_err(|error| unreadable(locator, &error))
}

#[cfg_attr(not(feature = "kerberos"), allow(unused_variables, clippy::unnecessary_wraps))]
fn sign_in(
    credentials: Option<&Credentials>,
    network: &NetworkArgs,
    accounts: &Network,
    nameserver: &Nameserver,
) -> Result<SignIn, Failure> {
    let Some(credentials) = credentials else { return Ok(whoever_runs_this()) };
    #[cfg(feature = "kerberos")]
    if let Some(mut sign_in) = accounts.ticket_sign_in(credentials) {
        let within = Duration::from_secs(network.timeout.max(10));
        if network.kdc.is_none() && *nameserver != Nameserver::System {
            sign_in.realm = located(sign_in.realm.name(), nameserver, within)?;
        }
        return Ok(sign_in.to_directory(within));
    }
    Ok(with_password(credentials))
}

/// The realm with the KDCs that this name server provides. The Kerberos library queries only the name servers
/// of the system.
#[cfg(feature = "kerberos")]
fn located(realm: &str, nameserver: &Nameserver, within: Duration) -> Result<gssapi::Realm, Failure> {
    const PORT: u16 = 88;
    const MAX_KDCS: usize = 4;
    let by = std::time::Instant::now() + within / 2;
    let kdcs = locate::services(locate::KDCS, realm, PORT, nameserver, MAX_KDCS, by)
        .map_err(|failure| Failure::unreadable(format_args!("the KDCs of realm {realm}: {failure}")))?;
    let kdcs: Vec<_> = kdcs.iter().map(ToString::to_string).collect();
    gssapi::Realm::with_kdcs(realm, &kdcs).map_err(Failure::unreadable)
}

#[cfg(windows)]
fn whoever_runs_this() -> SignIn {
    win32::sign_in::own()
}

#[cfg(windows)]
fn with_password(credentials: &Credentials) -> SignIn {
    win32::sign_in::with_password(credentials.user(), credentials.domain(), credentials.password())
}

/// Other systems have no domain user who runs the program.
#[cfg(not(windows))]
fn whoever_runs_this() -> SignIn {
    SignIn::Anonymous
}

#[cfg(not(windows))]
fn with_password(credentials: &Credentials) -> SignIn {
    // A domain given by its DNS name requires the form `user@domain`.
    let account = if credentials.domain().contains('.') {
        format!("{}@{}", credentials.user(), credentials.domain())
    } else {
        credentials.account()
    };
    SignIn::Password { account, password: Zeroizing::new(credentials.password().to_owned()) }
}

/// The failure for an LDAP error, with the name of the directory.
pub fn unreadable(locator: &str, error: &impl Diagnostic) -> Failure {
    let exit = if error.code() == Code::InvalidArgument { Exit::Usage } else { Exit::Unreadable };
    Failure::with(exit, &Message::of(error).about(locator))
}

/// The hosts of a domain, and the domains that were not queried.
pub struct Listed {
    /// DNS names where known.
    pub hosts: Vec<String>,
    /// Place and message.
    pub problems: Vec<(String, Message)>,
}

/// The computers that match a filter, or `servers`. Disabled computers are left out, which is noted on
/// standard error.
pub fn computers(connection: &mut Connection, locator: &str, filter: &str) -> Result<Listed, Failure> {
    let filter = if filter.eq_ignore_ascii_case("servers") { SERVERS } else { filter };
    let found = Computer::all(connection, filter).map_err(|error| unreadable(locator, &error))?;
    let disabled = match found.disabled {
        0 => String::new(),
        1 => "; 1 disabled account is left out".to_owned(),
        count => format!("; {count} disabled accounts are left out"),
    };
    let count = match found.computers.len() {
        1 => "1 computer".to_owned(),
        count => format!("{count} computers"),
    };
    output::note(format_args!("{locator}: {count}{disabled}"));
    if found.computers.is_empty() {
        return Err(Failure::unreadable(format_args!("{locator} has no computer that matches {filter}"))
            .advice("Check the filter. Without an account that may read them, no computers are listed."));
    }
    let elsewhere = Message::new(Code::Referral, "another domain, which was not searched")
        .with_advice("Use --directory to read it.");
    Ok(Listed {
        hosts: found.computers.iter().map(ToString::to_string).collect(),
        problems: found.not_followed.into_iter().map(|url| (url, elsewhere.clone())).collect(),
    })
}

/// The facts that a domain contains about its machines.
pub struct Evidence {
    gathered: Gathered,
    /// Used for the queries about each machine.
    connection: Mutex<Connection>,
    /// Time limit for the queries about one machine.
    each: Duration,
}

impl Evidence {
    /// Reads the facts about the domain.
    pub fn gather(mut connection: Connection, network: &NetworkArgs) -> Result<Self, ad::Error> {
        connection.allow(Duration::from_secs(network.host_timeout));
        let gathered = Gathered::read(&mut connection)?;
        let each = Duration::from_secs(network.timeout.max(10));
        Ok(Self { gathered, connection: Mutex::new(connection), each })
    }

    /// Adds the facts about a machine.
    pub fn add(&self, snapshot: &mut Snapshot, alone: bool) {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        connection.allow(self.each);
        if let Err(error) = self.gathered.add(&mut connection, snapshot, alone) {
            let about = self.gathered.domain().dns.clone();
            snapshot.notes.push(Note {
                about,
                text: format!("the directory has no facts about this machine: {error}"),
            });
        }
    }
}
