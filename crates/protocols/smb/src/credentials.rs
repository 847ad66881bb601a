//! An account and its password.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::mechanism::Mechanism;

/// An account and its password. The password is overwritten when this is dropped, and no form of display
/// shows it.
#[derive(Clone)]
pub struct Credentials {
    domain: String,
    user: String,
    password: Zeroizing<String>,
    mechanism: Option<Arc<dyn Mechanism>>,
}

impl Credentials {
    /// The account as people write it, `user`, `DOMAIN\user` or `user@domain`, with its password.
    #[must_use]
    pub fn new(account: &str, password: Zeroizing<String>) -> Self {
        let (domain, user) = account.split_once('\\').unwrap_or(("", account));
        Self { domain: domain.to_owned(), user: user.to_owned(), password, mechanism: None }
    }

    /// The same with this domain, where the account does not name one itself.
    #[must_use]
    pub fn with_domain(mut self, domain: &str) -> Self {
        if self.domain.is_empty() && !self.user.contains('@') {
            domain.clone_into(&mut self.domain);
        }
        self
    }

    /// The same with this mechanism instead of NTLM.
    #[must_use]
    pub fn with_mechanism(mut self, mechanism: Arc<dyn Mechanism>) -> Self {
        self.mechanism = Some(mechanism);
        self
    }

    /// The mechanism to use instead of NTLM.
    pub(crate) fn mechanism(&self) -> Option<&Arc<dyn Mechanism>> {
        self.mechanism.as_ref()
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

    /// The password, for what authenticates: here, and elsewhere with the same account. It is to be shown to
    /// nobody.
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
