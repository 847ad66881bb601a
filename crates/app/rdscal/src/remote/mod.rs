//! Machines across the network: which they are, and how to sign in there.

mod credentials;
mod hosts;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use policy::Sysvol;
#[cfg(windows)]
use sources::SMB_PORT;
use sources::{BadTarget, Credentials, LockoutGuard, Place, ReadError, SharedContext, Target, Timeouts};

use self::credentials::Accounts;
use crate::args::NetworkArgs;
use crate::exit::Failure;
use crate::interrupt;

/// Signs in, and knows how long to wait.
pub struct Network {
    accounts: Accounts,
    timeouts: Timeouts,
    /// The care that is taken of each account; none where it is to be used however often it is refused.
    cautions: Option<HashMap<String, Arc<LockoutGuard>>>,
}

impl Network {
    /// From the arguments and the environment. Nothing is asked for before it is needed.
    pub fn new(args: &NetworkArgs) -> Result<Self, Failure> {
        let connect = Duration::from_secs(args.timeout);
        let defaults = Timeouts::default();
        let timeouts = Timeouts {
            connect,
            // Who waits longer for a host waits longer for its answers.
            request: defaults.request.max(connect),
            machine: Duration::from_secs(args.host_timeout),
        };
        let accounts = Accounts::new(args.credentials.as_deref())?;
        #[cfg(feature = "kerberos")]
        let accounts = match &args.kerberos {
            Some(realm) => accounts.by_kerberos(realm, args.kdc.as_deref(), args.keytab.as_deref())?,
            None => accounts,
        };
        #[cfg(not(feature = "kerberos"))]
        if args.kerberos.is_some() {
            return Err(Failure::Usage(
                "this rdscal was built without Kerberos; it is built with it by cargo's --features kerberos"
                    .to_owned(),
            ));
        }
        Ok(Self { accounts, timeouts, cautions: Some(HashMap::new()) })
    }

    /// Whether nobody said whom to sign in as, nor how.
    #[cfg(feature = "directory")]
    pub fn names_nobody(&self) -> bool {
        self.accounts.is_empty()
    }

    /// The sign-in with Kerberos as this account, if Kerberos is to be used.
    #[cfg(all(feature = "kerberos", feature = "directory"))]
    pub fn ticket_sign_in(&self, credentials: &Credentials) -> Option<gssapi::SignIn> {
        self.accounts.ticket_sign_in(credentials)
    }

    /// From now on an account is used however often it is refused.
    pub fn keep_trying(&mut self) {
        self.cautions = None;
    }

    /// The machine that a SOURCE names: `None` where it names something else.
    pub fn place(&mut self, source: &Path) -> Result<Option<Result<Place, ReadError>>, Failure> {
        let Some(text) = source.to_str().filter(|text| Target::looks_like(text)) else {
            return Ok(None);
        };
        match Target::parse(text) {
            Ok(target) => Ok(Some(Ok(self.sign_in(target)?))),
            // What Windows opens as a file is read as one.
            Err(BadTarget::Path | BadTarget::Form) if cfg!(windows) && text.starts_with(r"\\") => Ok(None),
            Err(BadTarget::Password) => {
                // The text is not repeated: it holds a password.
                Err(Failure::Usage(BadTarget::Password.to_string()))
            }
            Err(error) => Ok(Some(Err(ReadError::new(source.display().to_string(), error)))),
        }
    }

    /// The machine of this name or address.
    pub fn machine(&mut self, host: &str, port: u16) -> Result<Place, Failure> {
        self.sign_in(Target { port, ..Target::host(host) })
    }

    /// The machines of these DNS or NetBIOS names.
    pub fn named(&mut self, hosts: &[String]) -> Result<Vec<Result<Place, ReadError>>, Failure> {
        hosts
            .iter()
            .map(|host| match Target::parse(&format!("smb://{host}")) {
                Ok(target) => self.sign_in(target).map(Ok),
                Err(error) => Ok(Err(ReadError::new(host.clone(), error))),
            })
            .collect()
    }

    /// The account for a directory at this host: that of a SOURCE, where it names one, as whoever signs in to a share signs in to the
    /// directory. `None` is whoever runs the program, whom Windows knows.
    #[cfg(feature = "directory")]
    pub fn account_for_directory(
        &mut self,
        host: &str,
        source: Option<&str>,
    ) -> Result<Option<Credentials>, Failure> {
        match source.and_then(|source| Target::parse(source).ok()).filter(|target| target.user.is_some()) {
            Some(target) => self.accounts.of(&Target { host: host.to_owned(), ..target }).map(Some),
            None if cfg!(windows) && self.names_nobody() => Ok(None),
            None => self.accounts.for_directory(host).map(Some),
        }
    }

    /// The machines that a file lists.
    pub fn listed(&mut self, file: &Path) -> Result<Vec<Result<Place, ReadError>>, Failure> {
        let lines = hosts::read(file)
            .map_err(|message| Failure::Usage(format!("the list of hosts {}: {message}", file.display())))?;
        lines
            .into_iter()
            .map(|(line, target)| match target {
                Ok(target) => self.sign_in(target).map(Ok),
                Err(BadTarget::Password) => Err(Failure::Usage(format!(
                    "line {line} of {} holds a password; leave it out, and take it from RDSCAL_PASSWORD or a credentials file",
                    file.display()
                ))),
                Err(error) => {
                    Ok(Err(ReadError::new(format!("{}:{line}", file.display()), error)))
                }
            })
            .collect()
    }

    /// The host that a name, an address or an SMB address names, with the account to use there, where one is known.
    pub fn host(&mut self, text: &str) -> Result<(Target, Option<Credentials>), Failure> {
        let parsed = if Target::looks_like(text) {
            Target::parse(text)
        } else {
            Target::parse(&format!("smb://{text}"))
        };
        // The text is not repeated where it holds a password.
        let target = parsed.map_err(|error| match error {
            BadTarget::Password => Failure::Usage(error.to_string()),
            error => Failure::Usage(format!("{text}: {error}")),
        })?;
        self.with_account(target)
    }

    /// The hosts that a file lists, as [`Network::host`].
    pub fn hosts(&mut self, file: &Path) -> Result<Vec<(Target, Option<Credentials>)>, Failure> {
        let wrong =
            |message: String| Failure::Usage(format!("the list of hosts {}: {message}", file.display()));
        let lines = hosts::read(file).map_err(wrong)?;
        lines
            .into_iter()
            .map(|(line, target)| {
                self.with_account(target.map_err(|error| wrong(format!("line {line}: {error}")))?)
            })
            .collect()
    }

    fn with_account(&mut self, target: Target) -> Result<(Target, Option<Credentials>), Failure> {
        let account = if self.accounts.knows_whom(&target) { Some(self.accounts.of(&target)?) } else { None };
        Ok((target, account))
    }

    /// The share SYSVOL of this server.
    pub fn sysvol(&mut self, server: &str) -> Result<Result<Sysvol, ReadError>, Failure> {
        let target = match Target::parse(server) {
            Ok(target) => target,
            Err(BadTarget::Password) => return Err(Failure::Usage(BadTarget::Password.to_string())),
            Err(error) => return Ok(Err(ReadError::new(server.to_owned(), error))),
        };
        let credentials = self.accounts.of(&target)?;
        Ok(Sysvol::open(&target, &credentials, self.timeouts)
            .map_err(|error| ReadError::new(target.to_string(), diagnostic::Message::of(&error))))
    }

    fn sign_in(&mut self, target: Target) -> Result<Place, Failure> {
        // Whoever runs the program is known to Windows, and usually the one who may.
        #[cfg(windows)]
        if target.user.is_none() && target.port == SMB_PORT && self.accounts.is_empty() {
            return Ok(Place::remote_as_user(target, self.timeouts));
        }
        let credentials = self.accounts.of(&target)?;
        let account = credentials.account().to_lowercase();
        let lockout = self.cautions.as_mut().map(|cautions| Arc::clone(cautions.entry(account).or_default()));
        let control = SharedContext { cancel: interrupt::stop().clone(), lockout };
        Ok(Place::remote(target, credentials, self.timeouts).under(control))
    }
}
