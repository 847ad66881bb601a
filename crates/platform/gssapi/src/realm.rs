//! Realms: where tickets come from, and the tickets obtained so far.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::account::Account;
use crate::context::{Context, Protection};
use crate::error::Error;
use crate::krb5::{KeytabKey, Obtained, Owned, RC4, Secret, Session};

/// A ticket-granting ticket is replaced when it ends within this time.
const ENDS_SOON: u64 = 60;

/// A Kerberos realm. Clones share the ticket-granting tickets, so that each account signs in once for all
/// services.
#[derive(Clone)]
pub struct Realm(Arc<Inner>);

struct Inner {
    name: String,
    profile: Option<Profile>,
    signed_in: Mutex<HashMap<String, Arc<Mutex<Option<Tickets>>>>>,
}

/// A `krb5.conf` for explicit KDCs, in a file without a name.
struct Profile {
    /// The files to read: this one by its number, then those of the system.
    files: String,
    /// Keeps the number valid.
    _file: File,
}

/// A credential cache in memory. It is destroyed together with this value.
struct Tickets(Obtained);

impl Drop for Tickets {
    fn drop(&mut self) {
        // A cache that cannot be destroyed ends with the process.
        let _ = Session::new(None).and_then(|session| session.destroy(&self.0.cache));
    }
}

/// A service, and how it is used.
#[derive(Clone, Copy, Debug)]
pub struct Service<'a> {
    /// The service class, such as `cifs` or `ldap`.
    pub class: &'a str,
    /// The host, by its full DNS name. It is not resolved or canonicalized.
    pub host: &'a str,
    /// What the security context protects.
    pub protection: Protection<'a>,
}

impl Realm {
    /// The realm of this name, which is the domain's DNS name in capitals. Its KDCs are those of the system's
    /// `krb5.conf`, or of the realm's SRV records.
    ///
    /// # Errors
    /// If the name contains other characters than letters, digits, `.`, `-` and `_`.
    pub fn new(name: &str) -> Result<Self, Error> {
        Self::with_kdcs(name, &[] as &[&str])
    }

    /// The realm of this name with these KDCs, each `HOST` or `HOST:PORT`, and no others. Without any, as
    /// [`Realm::new`].
    ///
    /// # Errors
    /// If a name contains characters that do not belong into one, or no temporary file can be made.
    pub fn with_kdcs(name: &str, kdcs: &[impl AsRef<str>]) -> Result<Self, Error> {
        let valid = |text: &str, further: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || further.contains(c))
        };
        if !valid(name, ".-_") {
            return Err(Error::Name(name.to_owned()));
        }
        if let Some(bad) = kdcs.iter().find(|kdc| !valid(kdc.as_ref(), ".-_:[]%")) {
            return Err(Error::Name(bad.as_ref().to_owned()));
        }
        let profile = if kdcs.is_empty() { None } else { Some(Profile::new(name, kdcs)?) };
        Ok(Self(Arc::new(Inner { name: name.to_owned(), profile, signed_in: Mutex::default() })))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Gets a ticket for a service and starts a security context with it. Returns the context and its first
    /// token.
    ///
    /// This blocks for at most the given time. Accounts with a password or a keytab sign in at most once at a
    /// time.
    ///
    /// # Errors
    /// If there is no ticket, or the time is over. [`diagnostic::Diagnostic::retry`] distinguishes rejected
    /// credentials.
    pub fn initiate(
        &self,
        account: &Account,
        service: Service<'_>,
        within: Duration,
    ) -> Result<(Context, Vec<u8>), Error> {
        let host = service.host;
        if host.is_empty() || !host.chars().all(|c| c.is_alphanumeric() || ".-_:%".contains(c)) {
            return Err(Error::Name(host.to_owned()));
        }
        // The empty realm lets the KDC find the realm of the service.
        let name = format!("{}/{host}@", service.class);
        let sealed = matches!(service.protection, Protection::Sealed);
        let (realm, account) = (self.clone(), account.clone());
        let (sender, receiver) = mpsc::channel();
        let ask = move || realm.ticket(&account, &name, sealed);
        // The library has no time limit of its own. An abandoned thread ends when the library gives up.
        std::thread::Builder::new()
            .name("kerberos".to_owned())
            .spawn(move || {
                let _ = sender.send(ask());
            })
            .map_err(|error| Error::Local(format!("no thread for Kerberos: {error}")))?;
        let ticket = receiver.recv_timeout(within).map_err(|error| match error {
            mpsc::RecvTimeoutError::Timeout => Error::TimedOut { realm: self.0.name.clone(), after: within },
            mpsc::RecvTimeoutError::Disconnected => Error::Local("the thread for Kerberos ended".to_owned()),
        });
        let (cache, service_name) = ticket??;
        Context::initiate(&cache, &service_name, service.protection)
    }

    /// A credential cache with a ticket for the service, and the service's full principal.
    fn ticket(&self, account: &Account, service: &str, sealed: bool) -> Result<(String, String), Error> {
        let session = Session::new(self.0.profile.as_ref().map(|profile| profile.files.as_str()))?;
        let name = match account {
            Account::Cache(name) => session.cache_name(&session.cache(name.as_deref())?)?,
            Account::Password { name, password } => {
                let principal = session.account(name, &self.0.name)?;
                self.signed_in(&session, &principal, name, &Secret::Password(password))?
            }
            Account::Keytab { keytab, name } => {
                let path = keytab.path().display().to_string();
                let opened = session.keytab(&path)?;
                let keys = session.keytab_keys(&opened, &path)?;
                let mut found: Vec<_> = keys.iter().map(|key| key.principal.clone()).collect();
                found.sort();
                found.dedup();
                let name = self.select(name, found)?;
                let secret = Secret::Keytab(opened, newest(&keys, &name));
                self.signed_in(&session, &session.named(&name)?, &name, &secret)?
            }
        };
        let ticket = session.ticket(service, &session.cache(Some(&name))?)?;
        if sealed && ticket.has_rc4_key {
            return Err(Error::Weak);
        }
        Ok((name, ticket.service))
    }

    /// The principal of a keytab that an account names, as the keytab spells it.
    fn select(&self, name: &str, mut found: Vec<String>) -> Result<String, Error> {
        if name.is_empty() {
            return match found.len() {
                1 => Ok(found.remove(0)),
                _ => Err(Error::WhichAccount(found)),
            };
        }
        // After the @ is the realm, or another name of the domain.
        let wanted = format!("{}@{}", name.split('@').next().unwrap_or_default(), self.0.name);
        match found.iter().position(|one| one.eq_ignore_ascii_case(&wanted)) {
            Some(index) => Ok(found.remove(index)),
            None => Err(Error::NotInKeytab { wanted, found }),
        }
    }

    /// The credential cache of an account that has signed in, or does so now.
    fn signed_in(
        &self,
        session: &Session,
        principal: &Owned<'_>,
        name: &str,
        secret: &Secret<'_>,
    ) -> Result<String, Error> {
        let slot = Arc::clone(lock(&self.0.signed_in).entry(name.to_lowercase()).or_default());
        // Held during the exchange: no account signs in twice at the same time.
        let mut slot = lock(&slot);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        if let Some(Tickets(obtained)) = &*slot
            && u64::from(obtained.ends) > now + ENDS_SOON
        {
            return Ok(obtained.cache.clone());
        }
        let obtained = session.sign_in(principal, secret)?;
        let cache = obtained.cache.clone();
        *slot = Some(Tickets(obtained));
        Ok(cache)
    }
}

/// The encryption types of the newest keys of a principal; without RC4 if there is another one.
fn newest(keys: &[KeytabKey], principal: &str) -> Vec<i32> {
    let own = || keys.iter().filter(|key| key.principal == principal);
    let version = own().map(|key| key.version).max();
    let mut types: Vec<i32> =
        own().filter(|key| Some(key.version) == version).map(|key| key.enctype).collect();
    // AES with 256 bits has a higher number than with 128; RC4 is 23.
    types.sort_unstable_by_key(|&enctype| (RC4.contains(&enctype), -enctype));
    if types.first().is_some_and(|best| !RC4.contains(best)) {
        types.retain(|enctype| !RC4.contains(enctype));
    }
    types
}

impl fmt::Debug for Realm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Realm({})", self.0.name)
    }
}

impl Profile {
    fn new(realm: &str, kdcs: &[impl AsRef<str>]) -> Result<Self, Error> {
        use std::fmt::Write as _;
        // TCP first: the tickets of accounts in many groups do not fit a datagram.
        let mut text = format!("[libdefaults]\n udp_preference_limit = 1\n[realms]\n {realm} = {{\n");
        for kdc in kdcs {
            let _ = writeln!(text, "  kdc = {}", kdc.as_ref());
        }
        // The asterisk keeps the KDCs of the system's files out.
        text.push_str(" }*\n");
        let failed = |error: std::io::Error| Error::Local(format!("no temporary krb5.conf: {error}"));
        let mut file = tempfile::tempfile().map_err(failed)?;
        file.write_all(text.as_bytes()).map_err(failed)?;
        Ok(Self { files: Self::files(&file), _file: file })
    }

    #[cfg(unix)]
    fn files(file: &File) -> String {
        use std::os::fd::AsRawFd as _;
        let system = std::env::var("KRB5_CONFIG").unwrap_or_else(|_| "/etc/krb5.conf".to_owned());
        format!("/proc/self/fd/{}:{system}", file.as_raw_fd())
    }

    #[cfg(not(unix))]
    fn files(_: &File) -> String {
        String::new()
    }
}

/// The principal of a credential cache: of this one, or of the default cache.
///
/// # Errors
/// If there is no such cache, or the library is missing.
pub fn cache_owner(name: Option<&str>) -> Result<String, Error> {
    let session = Session::new(None)?;
    session.owner_name(&session.cache(name)?)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_change_the_profile_are_refused() {
        for name in ["", "RDS.TEST }", "RDS\nTEST", "RDS TEST", "A/B"] {
            assert!(matches!(Realm::new(name), Err(Error::Name(_))), "{name:?}");
        }
        for kdc in ["", "dc1 \n", "dc1}", "dc1;x"] {
            assert!(matches!(Realm::with_kdcs("RDS.TEST", &[kdc]), Err(Error::Name(_))), "{kdc:?}");
        }
        for kdc in ["dc1.rds.test", "127.0.0.1:88", "[fe80::1%eth0]:88"] {
            assert!(Realm::with_kdcs("RDS.TEST", &[kdc]).is_ok(), "{kdc:?}");
        }
    }

    #[test]
    fn hosts_that_would_change_the_principal_are_refused() {
        let realm = Realm::new("RDS.TEST").unwrap();
        for host in ["", "dc1@OTHER.TEST", "dc1/x", "dc1\\"] {
            let service = Service { class: "ldap", host, protection: Protection::Sealed };
            let error = realm.initiate(&Account::Cache(None), service, Duration::from_secs(1)).unwrap_err();
            assert_eq!(error, Error::Name(host.to_owned()));
        }
    }

    #[test]
    fn the_newest_and_best_keys_of_a_keytab() {
        let key = |principal: &str, version, enctype| KeytabKey {
            principal: principal.to_owned(),
            version,
            enctype,
        };
        let keys = [
            key("bob@RDS.TEST", 7, 18),
            key("ann@RDS.TEST", 2, 18),
            key("ann@RDS.TEST", 300, 23),
            key("ann@RDS.TEST", 300, 17),
            key("ann@RDS.TEST", 300, 18),
            key("host/old.rds.test@RDS.TEST", 1, 23),
        ];
        assert_eq!(newest(&keys, "ann@RDS.TEST"), [18, 17]);
        assert_eq!(newest(&keys, "host/old.rds.test@RDS.TEST"), [23]);
        assert_eq!(newest(&keys, "nobody@RDS.TEST"), [0; 0]);
    }

    #[test]
    fn the_account_of_a_keytab() {
        let realm = Realm::new("RDS.TEST").unwrap();
        let found = || vec!["bob@RDS.TEST".to_owned(), "Ann@RDS.TEST".to_owned()];
        assert_eq!(realm.select("", vec!["bob@RDS.TEST".to_owned()]), Ok("bob@RDS.TEST".to_owned()));
        assert_eq!(realm.select("ann@rds.test", found()), Ok("Ann@RDS.TEST".to_owned()));
        assert_eq!(realm.select("ANN", found()), Ok("Ann@RDS.TEST".to_owned()));
        assert_eq!(realm.select("", found()), Err(Error::WhichAccount(found())));
        let error = realm.select("carl", found()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the keytab has no key for carl@RDS.TEST, but for bob@RDS.TEST, Ann@RDS.TEST"
        );
    }
}
