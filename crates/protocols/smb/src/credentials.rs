//! An account and its password.

use std::fmt;

use zeroize::Zeroizing;

/// An account and its password. The password is overwritten when this is dropped, and no form of display shows it.
#[derive(Clone)]
pub struct Credentials {
    domain: String,
    user: String,
    password: Zeroizing<String>,
    #[cfg(feature = "kerberos")]
    kerberos: Option<crate::Kerberos>,
}

impl Credentials {
    /// The account as people write it, `user`, `DOMAIN\user` or `user@domain`, with its password.
    #[must_use]
    pub fn new(account: &str, password: Zeroizing<String>) -> Self {
        let (domain, user) = account.split_once('\\').unwrap_or(("", account));
        Self {
            domain: domain.to_owned(),
            user: user.to_owned(),
            password,
            #[cfg(feature = "kerberos")]
            kerberos: None,
        }
    }

    /// The same with this domain, where the account does not name one itself.
    #[must_use]
    pub fn with_domain(mut self, domain: &str) -> Self {
        if self.domain.is_empty() && !self.user.contains('@') {
            domain.clone_into(&mut self.domain);
        }
        self
    }

    /// The same by Kerberos instead of NTLM.
    #[cfg(feature = "kerberos")]
    #[must_use]
    pub fn with_kerberos(mut self, kerberos: crate::Kerberos) -> Self {
        self.kerberos = Some(kerberos);
        self
    }

    /// Where tickets come from, where Kerberos is to be used.
    #[cfg(feature = "kerberos")]
    #[must_use]
    pub fn kerberos(&self) -> Option<&crate::Kerberos> {
        self.kerberos.as_ref()
    }

    /// True where the password is shown to a key distribution center instead of the host.
    #[cfg_attr(not(feature = "kerberos"), allow(clippy::unused_self))] // without it nobody has a ticket
    pub(crate) fn by_ticket(&self) -> bool {
        #[cfg(feature = "kerberos")]
        let by_ticket = self.kerberos.is_some();
        #[cfg(not(feature = "kerberos"))]
        let by_ticket = false;
        by_ticket
    }

    /// The account for people, `DOMAIN\user`.
    #[must_use]
    pub fn account(&self) -> String {
        if self.domain.is_empty() { self.user.clone() } else { format!(r"{}\{}", self.domain, self.user) }
    }

    /// The domain; empty where none was named.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The user's name, or `user@domain`.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The password, for what authenticates: here, and elsewhere with the same account. It is to be shown to nobody.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({})", self.account())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_as_people_write_them() {
        let account = |text: &str| Credentials::new(text, Zeroizing::default()).with_domain("CORP").account();
        assert_eq!(account("admin"), r"CORP\admin");
        assert_eq!(account(r"OTHER\admin"), r"OTHER\admin");
        assert_eq!(account("admin@corp.example"), "admin@corp.example");
    }

    #[test]
    fn no_display_shows_the_password() {
        let credentials = Credentials::new("admin", Zeroizing::new("hunter2".to_owned()));
        assert!(!format!("{credentials:?}").contains("hunter2"));
    }
}
