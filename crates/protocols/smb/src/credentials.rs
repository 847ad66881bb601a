//! An account and its password.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::mechanism::Mechanism;

/// An account and its password. The password is overwritten on drop, and is not part of any output.
#[derive(Clone)]
pub struct Credentials {
    domain: String,
    user: String,
    password: Zeroizing<String>,
    mechanism: Option<Arc<dyn Mechanism>>,
}

impl Credentials {
    /// Parses an account, `user`, `DOMAIN\user` or `user@domain`, with its password.
    #[must_use]
    pub fn new(account: &str, password: Zeroizing<String>) -> Self {
        let (domain, user) = account.split_once('\\').unwrap_or(("", account));
        Self { domain: domain.to_owned(), user: user.to_owned(), password, mechanism: None }
    }

    /// Sets the domain if the account does not name one.
    #[must_use]
    pub fn with_domain(mut self, domain: &str) -> Self {
        if self.domain.is_empty() && !self.user.contains('@') {
            domain.clone_into(&mut self.domain);
        }
        self
    }

    /// Sets the mechanism to use instead of NTLM.
    #[must_use]
    pub fn with_mechanism(mut self, mechanism: Arc<dyn Mechanism>) -> Self {
        self.mechanism = Some(mechanism);
        self
    }

    /// The mechanism to use instead of NTLM.
    pub(crate) fn mechanism(&self) -> Option<&Arc<dyn Mechanism>> {
        self.mechanism.as_ref()
    }

    /// The account as shown to users, `DOMAIN\user`.
    #[must_use]
    pub fn account(&self) -> String {
        if self.domain.is_empty() { self.user.clone() } else { format!(r"{}\{}", self.domain, self.user) }
    }

    /// The domain; empty if none was given.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The user's name, or `user@domain`.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The password, for authentication here and to other services with the same account. It must not be
    /// shown.
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
