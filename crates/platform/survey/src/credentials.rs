//! Credentials from a file, the environment or a prompt, never from the command line.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, IsTerminal, Read as _};
use std::path::{Path, PathBuf};
#[cfg(feature = "kerberos")]
use std::sync::Arc;

#[cfg(feature = "kerberos")]
use gssapi::{Account, Keytab, Realm, SignIn};
use sources::{Credentials, Target};
use zeroize::Zeroizing;

use crate::error::{CredentialsFileError, Error};
#[cfg(feature = "kerberos")]
use crate::network::KerberosOptions;

/// The variable with the account, as `user`, `DOMAIN\user` or `user@domain`.
const USER: &str = "RDSCAL_USER";
/// The variable with its password.
const PASSWORD: &str = "RDSCAL_PASSWORD";
/// The variable with the path of a credentials file.
const FILE: &str = "RDSCAL_CREDENTIALS";
/// The variable with the path of a keytab.
#[cfg(feature = "kerberos")]
const KEYTAB: &str = "RDSCAL_KEYTAB";

const MAX_SIZE: u64 = 64 << 10;

/// The accounts and passwords that were given.
pub(crate) struct Accounts {
    known: Vec<Known>,
    /// Passwords entered at the prompt, by account.
    asked: HashMap<String, Credentials>,
    #[cfg(feature = "kerberos")]
    kerberos: Option<Kerberos>,
}

/// Kerberos instead of NTLM or a password.
#[cfg(feature = "kerberos")]
#[derive(Clone)]
struct Kerberos {
    realm: Realm,
    source: TicketSource,
}

/// What authenticates the account to a KDC.
#[cfg(feature = "kerberos")]
#[derive(Clone)]
enum TicketSource {
    /// The password of the credentials.
    Password,
    Keytab(Keytab),
    /// The default credential cache, which contains the account.
    Cache,
}

#[cfg(feature = "kerberos")]
impl Kerberos {
    fn sign_in(&self, credentials: &Credentials) -> SignIn {
        let name = credentials.user().to_owned();
        let account = match &self.source {
            TicketSource::Password => {
                Account::Password { name, password: Zeroizing::new(credentials.password().to_owned()) }
            }
            TicketSource::Keytab(keytab) => Account::Keytab { keytab: keytab.clone(), name },
            TicketSource::Cache => Account::Cache(None),
        };
        SignIn { realm: self.realm.clone(), account }
    }
}

/// An account, or a password for the account that the target names.
struct Known {
    account: Option<String>,
    domain: Option<String>,
    password: Option<Zeroizing<String>>,
    origin: String,
}

impl Accounts {
    /// Reads the environment and the credentials file, either the given one or the one in the environment.
    pub(crate) fn new(file: Option<&Path>) -> Result<Self, Error> {
        let mut known = Vec::new();
        let named = file.map(Path::to_owned).or_else(|| std::env::var_os(FILE).map(PathBuf::from));
        if let Some(path) = named {
            known.push(read_file(&path).map_err(|cause| Error::CredentialsFile { path, cause })?);
        }
        let variable = |name| match std::env::var(name) {
            Ok(text) if text.is_empty() => Ok(None),
            Ok(text) => Ok(Some(text)),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => Err(Error::NotUnicode { variable: name }),
        };
        let (account, password) = (variable(USER)?, variable(PASSWORD)?.map(Zeroizing::new));
        if account.is_some() || password.is_some() {
            known.push(Known { account, domain: None, password, origin: USER.to_owned() });
        }
        Ok(Self {
            known,
            asked: HashMap::new(),
            #[cfg(feature = "kerberos")]
            kerberos: None,
        })
    }

    /// True if no account, password or ticket was given.
    pub(crate) fn is_empty(&self) -> bool {
        #[cfg(feature = "kerberos")]
        if self.kerberos.is_some() {
            return false;
        }
        self.known.is_empty()
    }

    /// Uses Kerberos. Tickets come from the first of these: the keytab of the options or the environment, a
    /// known password, the default credential cache, a password that is prompted for.
    #[cfg(feature = "kerberos")]
    pub(crate) fn by_kerberos(mut self, options: &KerberosOptions) -> Result<Self, Error> {
        let keytab = options.keytab.clone().or_else(|| std::env::var_os(KEYTAB).map(PathBuf::from));
        let source = if let Some(path) = keytab {
            TicketSource::Keytab(Keytab::open(&path).map_err(|cause| Error::Keytab { path, cause })?)
        } else if self.known.iter().any(|known| known.password.is_some()) {
            TicketSource::Password
        } else {
            match gssapi::cache_owner(None) {
                Ok(_) => TicketSource::Cache,
                Err(error @ gssapi::Error::Library { .. }) => return Err(error.into()),
                // A cache that is named must be usable; the default cache need not exist.
                Err(error) if std::env::var_os("KRB5CCNAME").is_some() => return Err(error.into()),
                Err(_) => TicketSource::Password,
            }
        };
        let realm = Realm::with_kdcs(&options.realm.to_uppercase(), options.kdc.as_slice())?;
        self.kerberos = Some(Kerberos { realm, source });
        Ok(self)
    }

    /// The Kerberos sign-in as this account, if Kerberos is used.
    #[cfg(feature = "kerberos")]
    pub(crate) fn ticket_sign_in(&self, credentials: &Credentials) -> Option<SignIn> {
        self.kerberos.as_ref().map(|kerberos| kerberos.sign_in(credentials))
    }

    /// The account whose keys the keytab must contain; its first account if none is named.
    #[cfg(feature = "kerberos")]
    fn with_keytab(&self, target: Option<&Target>) -> Credentials {
        let named = target.and_then(|target| target.user.clone());
        let known = || self.known.iter().find_map(|known| known.account.clone());
        Credentials::new(&named.or_else(known).unwrap_or_default(), Zeroizing::default())
    }

    /// True if an account for this machine is known, even if its password must be prompted for.
    pub(crate) fn has_account_for(&self, target: &Target) -> bool {
        #[cfg(feature = "kerberos")]
        if self.kerberos.as_ref().is_some_and(|kerberos| !matches!(kerberos.source, TicketSource::Password)) {
            return true;
        }
        target.user.is_some() || self.known.iter().any(|known| known.account.is_some())
    }

    /// The credentials for this machine. An unknown password is prompted for, once per account.
    pub(crate) fn of(&mut self, target: &Target) -> Result<Credentials, Error> {
        #[cfg(feature = "kerberos")]
        if let Some(kerberos) = self.kerberos.clone() {
            let credentials = match kerberos.source {
                TicketSource::Password => self.with_password(target)?,
                TicketSource::Keytab(_) => self.with_keytab(Some(target)),
                TicketSource::Cache => Credentials::new("", Zeroizing::default()),
            };
            let sign_in = kerberos.sign_in(&credentials);
            return Ok(credentials.with_mechanism(Arc::new(sign_in)));
        }
        self.with_password(target)
    }

    /// The credentials for a directory server if no SOURCE names an account.
    pub(crate) fn for_directory(&mut self, host: &str) -> Result<Credentials, Error> {
        #[cfg(feature = "kerberos")]
        if self.kerberos.as_ref().is_some_and(|kerberos| !matches!(kerberos.source, TicketSource::Password)) {
            return self.of(&Target::host(host));
        }
        if self.known.iter().all(|known| known.account.is_none()) {
            return Err(Error::NoDirectoryAccount { host: host.to_owned() });
        }
        self.of(&Target::host(host))
    }

    fn with_password(&mut self, target: &Target) -> Result<Credentials, Error> {
        let (account, domain) = match &target.user {
            Some(user) => (user.clone(), target.domain.clone()),
            None => self
                .known
                .iter()
                .find_map(|known| Some((known.account.clone()?, known.domain.clone())))
                .ok_or_else(|| Error::NoAccount { host: target.host.clone() })?,
        };
        let known: Vec<_> =
            self.known.iter().filter(|known| known.is_of(&account, domain.as_deref())).collect();
        let domain =
            domain.or_else(|| known.iter().find_map(|known| known.domain.clone())).unwrap_or_default();
        // A password belongs to the account in the same place, or, if there is none, to any account.
        if let Some(password) = known.iter().find_map(|known| known.password.clone()) {
            return Ok(Credentials::new(&account, password).with_domain(&domain));
        }
        let shown = Credentials::new(&account, Zeroizing::default()).with_domain(&domain).account();
        if let Some(credentials) = self.asked.get(&shown) {
            return Ok(credentials.clone());
        }
        let password = ask(&shown)?;
        let credentials = Credentials::new(&account, password).with_domain(&domain);
        self.asked.insert(shown, credentials.clone());
        Ok(credentials)
    }
}

impl Known {
    /// True if this is the account, or a password that applies to any account.
    fn is_of(&self, account: &str, domain: Option<&str>) -> bool {
        let Some(there) = &self.account else { return true };
        let whole = |account: &str, domain: Option<&str>| {
            Credentials::new(account, Zeroizing::default()).with_domain(domain.unwrap_or_default())
        };
        let (there, wanted) = (whole(there, self.domain.as_deref()), whole(account, domain));
        there.user().eq_ignore_ascii_case(wanted.user())
            && (wanted.domain().is_empty() || there.domain().eq_ignore_ascii_case(wanted.domain()))
    }
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "account from {}", self.origin)
    }
}

fn ask(account: &str) -> Result<Zeroizing<String>, Error> {
    // A test must not wait for input.
    if cfg!(test) || !io::stdin().is_terminal() {
        return Err(Error::NoPassword { account: account.to_owned() });
    }
    rpassword::prompt_password(format!("Password of {account}: "))
        .map(Zeroizing::new)
        .map_err(|cause| Error::Prompt { account: account.to_owned(), cause })
}

/// Reads a file of lines `username = …`, `password = …`, `domain = …`, the format of smbclient's option `-A`.
fn read_file(path: &Path) -> Result<Known, CredentialsFileError> {
    let file = File::open(path)?;
    // The metadata of the open file: the file behind the path could be replaced after a check.
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(CredentialsFileError::NotAFile);
    }
    if metadata.len() > MAX_SIZE {
        return Err(CredentialsFileError::TooLarge(metadata.len()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(CredentialsFileError::Mode(mode));
        }
    }
    let size = usize::try_from(metadata.len()).unwrap_or_default();
    // Allocated at once, since growing would leave copies of the password in freed memory.
    let mut text = Zeroizing::new(String::with_capacity(size + 1));
    file.take(MAX_SIZE).read_to_string(&mut text)?;
    let mut known = Known { account: None, domain: None, password: None, origin: path.display().to_string() };
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        if line.trim().is_empty() || line.trim_start().starts_with(['#', ';']) {
            continue;
        }
        let (name, value) = line.split_once('=').ok_or(CredentialsFileError::Form(number))?;
        // A password may begin or end with a space; one space after the equals sign does not belong to it.
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name.trim().to_ascii_lowercase().as_str() {
            "username" | "user" => known.account = Some(value.trim().to_owned()),
            "domain" => known.domain = Some(value.trim().to_owned()).filter(|domain| !domain.is_empty()),
            "password" => known.password = Some(Zeroizing::new(value.to_owned())),
            _ => return Err(CredentialsFileError::Name(number)),
        }
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use diagnostic::Diagnostic as _;

    use super::*;

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials");
        fs::write(&path, text).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        }
        // Other systems have no file modes.
        #[cfg(not(unix))]
        let _ = mode;
        (folder, path)
    }

    #[test]
    fn a_file_in_the_format_of_smbclient_is_read() {
        let (_folder, path) = file("# farm\nusername = admin\nPassword =  two words \ndomain=CORP\n", 0o600);
        let known = read_file(&path).unwrap();
        assert_eq!(known.account.as_deref(), Some("admin"));
        assert_eq!(known.domain.as_deref(), Some("CORP"));
        assert_eq!(known.password.as_ref().map(|password| password.as_str()), Some(" two words "));
        assert!(!format!("{known:?}").contains("two words"));
    }

    #[test]
    fn errors_do_not_repeat_the_password() {
        let (_folder, path) = file("username = admin\nhunter2\n", 0o600);
        let error = read_file(&path).unwrap_err();
        assert_eq!(error.to_string(), "line 2 is not of the form NAME = VALUE");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_rejected() {
        let (_folder, path) = file("username = admin\npassword = hunter2\n", 0o640);
        let cause = read_file(&path).unwrap_err();
        assert!(matches!(cause, CredentialsFileError::Mode(0o640)), "{cause}");
        let error = Error::CredentialsFile { path, cause };
        assert!(error.advice().unwrap().contains("chmod 600"), "{error:?}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn a_password_is_used_for_its_own_account_only() {
        let known = |account: &str, domain: Option<&str>, password: &str| Known {
            account: Some(account.to_owned()),
            domain: domain.map(str::to_owned),
            password: Some(Zeroizing::new(password.to_owned())),
            origin: "test".to_owned(),
        };
        let mut accounts = Accounts {
            known: vec![known("admin", Some("CORP"), "a")],
            asked: HashMap::new(),
            #[cfg(feature = "kerberos")]
            kerberos: None,
        };
        let target = |text: &str| Target::parse(text).unwrap();
        assert_eq!(accounts.of(&target(r"\\h")).unwrap().account(), r"CORP\admin");
        assert_eq!(accounts.of(&target("smb://ADMIN@h")).unwrap().account(), r"CORP\ADMIN");
        assert_eq!(accounts.of(&target("smb://corp;admin@h")).unwrap().account(), r"corp\admin");
        // A test cannot ask for an unknown password.
        assert!(accounts.of(&target("smb://other@h")).is_err());
        assert!(accounts.of(&target("smb://LAB;admin@h")).is_err());

        // An account without a password does not get the password of another.
        let nameless = Known { password: None, ..known("admin", None, "") };
        accounts.known = vec![nameless, known("other", None, "b")];
        assert!(accounts.of(&target(r"\\h")).is_err());
        assert_eq!(accounts.of(&target("smb://other@h")).unwrap().account(), "other");
        // A password without an account belongs to any account.
        accounts.known = vec![Known { account: None, ..known("", None, "c") }];
        assert_eq!(accounts.of(&target("smb://LAB;admin@h")).unwrap().account(), r"LAB\admin");
        assert!(accounts.of(&target(r"\\h")).is_err());
    }
}
