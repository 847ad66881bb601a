//! Accounts and passwords: from a file, from the environment, or asked for. Never from the command line.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, IsTerminal, Read as _};
use std::path::{Path, PathBuf};
#[cfg(feature = "kerberos")]
use std::sync::Arc;

#[cfg(feature = "kerberos")]
use diagnostic::Message;
#[cfg(feature = "kerberos")]
use gssapi::{Account, Keytab, Realm, SignIn};
use sources::{Credentials, Target};
use zeroize::Zeroizing;

use crate::exit::Failure;

/// Names the account, as `user`, `DOMAIN\user` or `user@domain`.
const USER: &str = "RDSCAL_USER";
/// Its password.
const PASSWORD: &str = "RDSCAL_PASSWORD";
/// A credentials file.
const FILE: &str = "RDSCAL_CREDENTIALS";
/// A keytab.
#[cfg(feature = "kerberos")]
const KEYTAB: &str = "RDSCAL_KEYTAB";

/// A credentials file of more bytes than this is something else.
const LARGEST: u64 = 64 << 10;

/// The accounts that there are.
pub struct Accounts {
    known: Vec<Known>,
    /// What was asked for, by account.
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
    /// The default credential cache, which knows its account.
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

/// An account, or a password whose account the target names.
struct Known {
    account: Option<String>,
    domain: Option<String>,
    password: Option<Zeroizing<String>>,
    origin: String,
}

impl Accounts {
    /// Reads the credentials file, this one or the one that the environment names, and the environment.
    pub fn new(file: Option<&Path>) -> Result<Self, Failure> {
        let mut known = Vec::new();
        let named = file.map(Path::to_owned).or_else(|| std::env::var_os(FILE).map(PathBuf::from));
        if let Some(file) = named {
            let found = read_file(&file).map_err(|message| {
                Failure::Usage(format!("the credentials file {}: {message}", file.display()))
            })?;
            known.push(found);
        }
        let variable = |name| match std::env::var(name) {
            Ok(text) if text.is_empty() => Ok(None),
            Ok(text) => Ok(Some(text)),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(Failure::Usage(format!("{name} is not well-formed text")))
            }
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

    /// True where nobody named an account, a password or Kerberos.
    #[cfg(any(windows, feature = "directory"))]
    pub fn is_empty(&self) -> bool {
        #[cfg(feature = "kerberos")]
        if self.kerberos.is_some() {
            return false;
        }
        self.known.is_empty()
    }

    /// The same with Kerberos. Tickets come from the first of these: this keytab or the one that the
    /// environment names, a known password, the default credential cache, a password that is asked for.
    #[cfg(feature = "kerberos")]
    pub fn by_kerberos(
        mut self,
        realm: &str,
        kdc: Option<&str>,
        keytab: Option<&Path>,
    ) -> Result<Self, Failure> {
        let failed = |error: gssapi::Error| Failure::Usage(Message::of(&error).one_line());
        let keytab = keytab.map(Path::to_owned).or_else(|| std::env::var_os(KEYTAB).map(PathBuf::from));
        let source = if let Some(path) = keytab {
            let keytab = Keytab::open(&path)
                .map_err(|error| Failure::Usage(format!("the keytab {}: {error}", path.display())))?;
            TicketSource::Keytab(keytab)
        } else if self.known.iter().any(|known| known.password.is_some()) {
            TicketSource::Password
        } else {
            match gssapi::cache_owner(None) {
                Ok(_) => TicketSource::Cache,
                Err(error @ gssapi::Error::Library { .. }) => return Err(failed(error)),
                // A cache that is named is meant; the default one need not exist.
                Err(error) if std::env::var_os("KRB5CCNAME").is_some() => return Err(failed(error)),
                Err(_) => TicketSource::Password,
            }
        };
        let realm = Realm::with_kdcs(&realm.to_uppercase(), kdc.as_slice()).map_err(failed)?;
        self.kerberos = Some(Kerberos { realm, source });
        Ok(self)
    }

    /// The sign-in with Kerberos as this account, if Kerberos is to be used.
    #[cfg(all(feature = "kerberos", feature = "directory"))]
    pub fn ticket_sign_in(&self, credentials: &Credentials) -> Option<SignIn> {
        self.kerberos.as_ref().map(|kerberos| kerberos.sign_in(credentials))
    }

    /// The account that a keytab is asked for: the one that is named; none where nobody names one.
    #[cfg(feature = "kerberos")]
    fn with_keytab(&self, target: Option<&Target>) -> Credentials {
        let named = target.and_then(|target| target.user.clone());
        let known = || self.known.iter().find_map(|known| known.account.clone());
        Credentials::new(&named.or_else(known).unwrap_or_default(), Zeroizing::default())
    }

    /// True where it is known whom to sign in as on this machine, though the password may have to be asked
    /// for.
    pub fn knows_whom(&self, target: &Target) -> bool {
        #[cfg(feature = "kerberos")]
        if self.kerberos.as_ref().is_some_and(|kerberos| !matches!(kerberos.source, TicketSource::Password)) {
            return true;
        }
        target.user.is_some() || self.known.iter().any(|known| known.account.is_some())
    }

    /// The credentials for this machine. A password that is known nowhere is asked for, once for each
    /// account.
    pub fn of(&mut self, target: &Target) -> Result<Credentials, Failure> {
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

    /// The credentials for a directory at this host, which no SOURCE names an account for.
    #[cfg(feature = "directory")]
    pub fn for_directory(&mut self, host: &str) -> Result<Credentials, Failure> {
        #[cfg(feature = "kerberos")]
        if self.kerberos.as_ref().is_some_and(|kerberos| !matches!(kerberos.source, TicketSource::Password)) {
            return self.of(&Target::host(host));
        }
        if self.known.iter().all(|known| known.account.is_none()) {
            return Err(Failure::Usage(format!(
                "which account to use on the directory {host} is not known: name it in {USER}, as user@domain or DOMAIN\\user, or in a \
                 credentials file (--credentials FILE)"
            )));
        }
        self.of(&Target::host(host))
    }

    fn with_password(&mut self, target: &Target) -> Result<Credentials, Failure> {
        let (account, domain) = match &target.user {
            Some(user) => (user.clone(), target.domain.clone()),
            None => self
                .known
                .iter()
                .find_map(|known| Some((known.account.clone()?, known.domain.clone())))
                .ok_or_else(|| {
                    Failure::Usage(format!(
                        "which account to use on {} is not known: name it as smb://[DOMAIN;]USER@HOST, in {USER}, or in a \
                         credentials file (--credentials FILE)",
                        target.host
                    ))
                })?,
        };
        let known: Vec<_> =
            self.known.iter().filter(|known| known.is_of(&account, domain.as_deref())).collect();
        let domain =
            domain.or_else(|| known.iter().find_map(|known| known.domain.clone())).unwrap_or_default();
        // A password belongs to the account beside it, or to whichever account is named where none is.
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
    /// True where this is the account, or a password without an account of its own.
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

fn ask(account: &str) -> Result<Zeroizing<String>, Failure> {
    // A test must not wait for somebody to type.
    if cfg!(test) || !io::stdin().is_terminal() {
        return Err(Failure::Usage(format!(
            "the password of {account} is not known, and there is no terminal to ask for it: set {PASSWORD}, or name a \
             credentials file (--credentials FILE)"
        )));
    }
    rpassword::prompt_password(format!("Password of {account}: "))
        .map(Zeroizing::new)
        .map_err(|error| Failure::Usage(format!("the password of {account} could not be asked for: {error}")))
}

/// Reads a file of lines `username = …`, `password = …`, `domain = …`, as smbclient's `-A` takes it.
fn read_file(path: &Path) -> Result<Known, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    // Of the file that is open, so that it cannot be another one by then.
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("is no file".to_owned());
    }
    if metadata.len() > LARGEST {
        return Err(format!("has {} bytes, more than any credentials file", metadata.len()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(format!(
                "others than its owner may open it (mode {mode:03o}), so that the password in it may be known to them: \
                 chmod 600 {}",
                path.display()
            ));
        }
    }
    let size = usize::try_from(metadata.len()).unwrap_or_default();
    // Room for all of it at once, so that growing leaves no copies behind.
    let mut text = Zeroizing::new(String::with_capacity(size + 1));
    file.take(LARGEST).read_to_string(&mut text).map_err(|error| error.to_string())?;
    let mut known = Known { account: None, domain: None, password: None, origin: path.display().to_string() };
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        if line.trim().is_empty() || line.trim_start().starts_with(['#', ';']) {
            continue;
        }
        let Some((name, value)) = line.split_once('=') else {
            return Err(format!("line {} is not of the form NAME = VALUE", index + 1));
        };
        // A password may begin or end with a blank; one blank after the sign is for the eye.
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name.trim().to_ascii_lowercase().as_str() {
            "username" | "user" => known.account = Some(value.trim().to_owned()),
            "domain" => known.domain = Some(value.trim().to_owned()).filter(|domain| !domain.is_empty()),
            "password" => known.password = Some(Zeroizing::new(value.to_owned())),
            _ => return Err(format!("line {}: it has username, password and domain only", index + 1)),
        }
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use std::fs;

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
        // Elsewhere files have no mode.
        #[cfg(not(unix))]
        let _ = mode;
        (folder, path)
    }

    #[test]
    fn a_file_as_smbclient_takes_it() {
        let (_folder, path) = file("# farm\nusername = admin\nPassword =  two words \ndomain=CORP\n", 0o600);
        let known = read_file(&path).unwrap();
        assert_eq!(known.account.as_deref(), Some("admin"));
        assert_eq!(known.domain.as_deref(), Some("CORP"));
        assert_eq!(known.password.as_ref().map(|password| password.as_str()), Some(" two words "));
        assert!(!format!("{known:?}").contains("two words"));
    }

    #[test]
    fn what_is_wrong_is_told_without_the_password() {
        let (_folder, path) = file("username = admin\nhunter2\n", 0o600);
        let error = read_file(&path).unwrap_err();
        assert_eq!(error, "line 2 is not of the form NAME = VALUE");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let (_folder, path) = file("username = admin\npassword = hunter2\n", 0o640);
        let error = read_file(&path).unwrap_err();
        assert!(error.contains("chmod 600") && !error.contains("hunter2"), "{error}");
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
        // What is not known cannot be had in a test.
        assert!(accounts.of(&target("smb://other@h")).is_err());
        assert!(accounts.of(&target("smb://LAB;admin@h")).is_err());

        // One account without a password, and the password of another: they do not belong together.
        let nameless = Known { password: None, ..known("admin", None, "") };
        accounts.known = vec![nameless, known("other", None, "b")];
        assert!(accounts.of(&target(r"\\h")).is_err());
        assert_eq!(accounts.of(&target("smb://other@h")).unwrap().account(), "other");
        // A password alone is that of whichever account is named.
        accounts.known = vec![Known { account: None, ..known("", None, "c") }];
        assert_eq!(accounts.of(&target("smb://LAB;admin@h")).unwrap().account(), r"LAB\admin");
        assert!(accounts.of(&target(r"\\h")).is_err());
    }
}
