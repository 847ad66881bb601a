//! Remote machines: resolves names and lists of names to places, with credentials and time limits.

use std::path::PathBuf;
use std::time::Duration;

#[cfg(not(feature = "remote"))]
pub use built_without::Network;
#[cfg(feature = "remote")]
pub use remote::Network;

/// How remote machines are reached.
#[derive(Clone, Debug)]
pub struct NetworkOptions {
    /// The credentials file; by default, the one in the environment.
    pub credentials: Option<PathBuf>,
    /// Kerberos instead of a password.
    pub kerberos: Option<KerberosOptions>,
    /// Time limit for a connection.
    pub timeout: Duration,
    /// Time limit for all requests to one machine.
    pub host_timeout: Duration,
    /// Keeps using an account after it was rejected, which may lock it.
    pub ignore_lockout: bool,
}

/// Where Kerberos tickets come from.
#[derive(Clone, Debug)]
pub struct KerberosOptions {
    /// The realm: the DNS name of the domain.
    pub realm: String,
    /// The key distribution center (KDC); by default, DNS provides it.
    pub kdc: Option<String>,
    /// The keytab; by default, the one in the environment.
    pub keytab: Option<PathBuf>,
}

#[cfg(feature = "remote")]
mod remote {
    use std::collections::HashMap;
    use std::path::Path;
    use std::sync::Arc;

    #[cfg(windows)]
    use sources::SMB_PORT;
    use sources::{
        BadTarget, Credentials, LockoutGuard, ReadError, RegistrySource, SharedContext, Target, Timeouts,
    };

    use super::NetworkOptions;
    use crate::credentials::Accounts;
    use crate::error::{Error, HostListError};
    use crate::{hosts, interrupt};

    /// Resolves names to machines, with the credentials and time limits for each.
    pub struct Network {
        accounts: Accounts,
        timeouts: Timeouts,
        /// The lockout guard of each account; `None` if accounts are used even after they were rejected.
        guards: Option<HashMap<String, Arc<LockoutGuard>>>,
    }

    impl Network {
        /// Reads the credentials file and the environment. A password is prompted for when it is first
        /// needed.
        pub fn new(options: &NetworkOptions) -> Result<Self, Error> {
            let defaults = Timeouts::default();
            let timeouts = Timeouts {
                connect: options.timeout,
                // The timeout for a connection also extends the one for responses.
                request: defaults.request.max(options.timeout),
                machine: options.host_timeout,
            };
            let accounts = Accounts::new(options.credentials.as_deref())?;
            let accounts = match &options.kerberos {
                #[cfg(feature = "kerberos")]
                Some(kerberos) => accounts.by_kerberos(kerberos)?,
                #[cfg(not(feature = "kerberos"))]
                Some(_) => return Err(Error::NotBuilt("Kerberos")),
                None => accounts,
            };
            let guards = (!options.ignore_lockout).then(HashMap::new);
            Ok(Self { accounts, timeouts, guards })
        }

        /// True if no account, password or ticket was given.
        pub fn has_no_account(&self) -> bool {
            self.accounts.is_empty()
        }

        /// The Kerberos sign-in as this account, if Kerberos is used.
        #[cfg(feature = "kerberos")]
        pub fn ticket_sign_in(&self, credentials: &Credentials) -> Option<gssapi::SignIn> {
            self.accounts.ticket_sign_in(credentials)
        }

        /// The time limits for each machine.
        pub fn timeouts(&self) -> Timeouts {
            self.timeouts
        }

        /// The machine that a SOURCE names; `None` if it names something else.
        pub fn place(&mut self, source: &Path) -> Result<Option<Result<RegistrySource, ReadError>>, Error> {
            let Some(text) = source.to_str().filter(|text| Target::looks_like(text)) else {
                return Ok(None);
            };
            match Target::parse(text) {
                Ok(target) => Ok(Some(Ok(self.sign_in(target)?))),
                // Windows opens it as a file.
                Err(BadTarget::Path | BadTarget::Form) if cfg!(windows) && text.starts_with(r"\\") => {
                    Ok(None)
                }
                Err(cause @ BadTarget::Password) => Err(Error::Name { name: None, cause }),
                Err(error) => {
                    let place = source.display().to_string();
                    Ok(Some(Err(ReadError::new(place, error))))
                }
            }
        }

        /// The machine of this name or address.
        pub fn machine(&mut self, host: &str, port: u16) -> Result<RegistrySource, Error> {
            self.sign_in(Target { port, ..Target::host(host) })
        }

        /// The machines of these DNS or NetBIOS names.
        pub fn named(&mut self, hosts: &[String]) -> Result<Vec<Result<RegistrySource, ReadError>>, Error> {
            hosts
                .iter()
                .map(|host| match Target::parse(&format!("smb://{host}")) {
                    Ok(target) => self.sign_in(target).map(Ok),
                    Err(error) => Ok(Err(ReadError::new(host.clone(), error))),
                })
                .collect()
        }

        /// The machines that a file lists.
        pub fn listed(&mut self, file: &Path) -> Result<Vec<Result<RegistrySource, ReadError>>, Error> {
            let wrong = |cause| Error::HostList { path: file.to_owned(), cause };
            let lines = hosts::read(file).map_err(wrong)?;
            lines
                .into_iter()
                .map(|(line, target)| match target {
                    Ok(target) => self.sign_in(target).map(Ok),
                    Err(BadTarget::Password) => Err(wrong(HostListError::Password { line })),
                    Err(error) => {
                        let place = format!("{}:{line}", file.display());
                        Ok(Err(ReadError::new(place, error)))
                    }
                })
                .collect()
        }

        /// The host that a name, an address or an SMB address names, with its account if one was given.
        pub fn host(&mut self, text: &str) -> Result<(Target, Option<Credentials>), Error> {
            let parsed = if Target::looks_like(text) {
                Target::parse(text)
            } else {
                Target::parse(&format!("smb://{text}"))
            };
            let target = parsed.map_err(|cause| Error::Name {
                name: (cause != BadTarget::Password).then(|| text.to_owned()),
                cause,
            })?;
            self.with_account(target)
        }

        /// The hosts that a file lists, as [`Network::host`].
        pub fn hosts(&mut self, file: &Path) -> Result<Vec<(Target, Option<Credentials>)>, Error> {
            let wrong = |cause| Error::HostList { path: file.to_owned(), cause };
            let lines = hosts::read(file).map_err(wrong)?;
            lines
                .into_iter()
                .map(|(line, target)| {
                    let target = target.map_err(|cause| wrong(HostListError::Line { line, cause }))?;
                    self.with_account(target)
                })
                .collect()
        }

        /// The credentials for a server.
        pub fn credentials(&mut self, target: &Target) -> Result<Credentials, Error> {
            self.accounts.of(target)
        }

        /// The account for a directory server: that of `source`, a share on the same server, if it names one.
        /// On Windows, `None` is the user who runs the program.
        pub fn directory_credentials(
            &mut self,
            host: &str,
            source: Option<&str>,
        ) -> Result<Option<Credentials>, Error> {
            let named = source.and_then(|source| Target::parse(source).ok());
            match named.filter(|target| target.user.is_some()) {
                Some(target) => self.accounts.of(&Target { host: host.to_owned(), ..target }).map(Some),
                None if cfg!(windows) && self.has_no_account() => Ok(None),
                None => self.accounts.for_directory(host).map(Some),
            }
        }

        fn with_account(&mut self, target: Target) -> Result<(Target, Option<Credentials>), Error> {
            let is_known = self.accounts.has_account_for(&target);
            let account = if is_known { Some(self.accounts.of(&target)?) } else { None };
            Ok((target, account))
        }

        fn sign_in(&mut self, target: Target) -> Result<RegistrySource, Error> {
            // Windows signs in as the user who runs the program, who usually has the permission.
            #[cfg(windows)]
            if target.user.is_none() && target.port == SMB_PORT && self.accounts.is_empty() {
                return Ok(RegistrySource::remote_as_user(target, self.timeouts));
            }
            let credentials = self.accounts.of(&target)?;
            let account = credentials.account().to_lowercase();
            let lockout = self.guards.as_mut().map(|guards| Arc::clone(guards.entry(account).or_default()));
            let control = SharedContext { cancel: interrupt::stop().clone(), lockout };
            Ok(RegistrySource::remote(target, credentials, self.timeouts).under(control))
        }
    }
}

#[cfg(not(feature = "remote"))]
mod built_without {
    use std::path::Path;

    use sources::{ReadError, RegistrySource};

    use super::NetworkOptions;
    use crate::error::Error;

    const NOT_BUILT: Error = Error::NotBuilt("machines across the network");

    /// Rejects remote machines, since the feature is not built in.
    pub struct Network;

    // The signatures are those of the variant with the feature.
    #[allow(clippy::unused_self, clippy::unnecessary_wraps, clippy::missing_errors_doc, missing_docs)]
    impl Network {
        pub fn new(_: &NetworkOptions) -> Result<Self, Error> {
            Ok(Self)
        }

        pub fn place(&mut self, source: &Path) -> Result<Option<Result<RegistrySource, ReadError>>, Error> {
            let text = source.to_string_lossy();
            let is_host = text.starts_with("smb://") || (text.starts_with(r"\\") && !cfg!(windows));
            if is_host { Err(NOT_BUILT) } else { Ok(None) }
        }

        pub fn machine(&mut self, _: &str, _: u16) -> Result<RegistrySource, Error> {
            Err(NOT_BUILT)
        }

        pub fn named(&mut self, _: &[String]) -> Result<Vec<Result<RegistrySource, ReadError>>, Error> {
            Ok(Vec::new())
        }

        pub fn listed(&mut self, _: &Path) -> Result<Vec<Result<RegistrySource, ReadError>>, Error> {
            Err(NOT_BUILT)
        }
    }
}
