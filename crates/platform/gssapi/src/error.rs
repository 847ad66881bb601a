//! Errors.

use std::time::Duration;

use diagnostic::{Code, Diagnostic};

/// Why there is no ticket or no security context.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The library is missing or too old.
    #[error("the system's Kerberos library cannot be loaded: {reason}")]
    Library {
        /// The message of the dynamic linker.
        reason: String,
    },
    /// `libkrb5` reports an error, often on behalf of a KDC.
    #[error("Kerberos: {what}: {text} (code {number})")]
    Krb5 {
        /// What the error is about, such as the account or the service.
        what: String,
        /// The library's message.
        text: String,
        /// `krb5_error_code`
        number: i32,
        /// The meaning of the number.
        failure: Failure,
    },
    /// The security context cannot be established or used.
    #[error("{what}: {text}")]
    Gss {
        /// The step that failed.
        what: &'static str,
        /// The library's messages for the major and the minor status.
        text: String,
        /// The meaning of the minor status.
        failure: Failure,
    },
    /// The KDCs did not respond in time.
    #[error("no KDC of realm {realm} responded within {} s", after.as_secs())]
    TimedOut {
        /// The realm.
        realm: String,
        /// The time limit.
        after: Duration,
    },
    /// The keytab has no key for the account.
    #[error("the keytab has no key for {wanted}, but for {}", listed(found))]
    NotInKeytab {
        /// The account.
        wanted: String,
        /// The principals of the keytab.
        found: Vec<String>,
    },
    /// The keytab has keys of several accounts, and none was selected.
    #[error("the keytab has keys for several accounts: {}", listed(.0))]
    WhichAccount(Vec<String>),
    /// The session key of the ticket is an RC4 key, which is not accepted for sealing.
    #[error("the KDC issued a ticket with an RC4 key, which is too weak to protect messages")]
    Weak,
    /// The server agreed to less protection than requested.
    #[error("the server does not agree to mutual authentication, signing and encryption")]
    Unprotected,
    /// A message was replayed, omitted or reordered, or was not encrypted.
    #[error("a protected message is not the next one: one was replayed, omitted or reordered")]
    Sequence,
    /// The text cannot be part of a principal or of a profile.
    #[error("{0:?} is not a valid name for Kerberos")]
    Name(String),
    /// This system lacks a thread or a temporary file.
    #[error("{0}")]
    Local(String),
}

/// The meaning of an error number of `libkrb5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Failure {
    /// Password or key is wrong, or the account does not exist.
    Rejected,
    /// The account is disabled, locked out or expired.
    Revoked,
    /// The password has expired.
    PasswordExpired,
    /// The realm does not know the service.
    UnknownService,
    /// Client and KDC have no encryption type in common.
    EncryptionType,
    /// The ticket has expired.
    TicketExpired,
    /// The clocks differ too much.
    ClockSkew,
    /// The service has another key than the one that its ticket is encrypted with.
    WrongServiceKey,
    /// No KDC is known, or none responds.
    NoKdc,
    /// The credential cache does not exist or has no suitable ticket.
    NoCredentials,
    /// Any other.
    Other,
}

/// `ERROR_TABLE_BASE_krb5`. The codes of a KRB-ERROR (RFC 4120, 7.5.9) follow it in their order, then those
/// of the library.
const BASE: i32 = -1_765_328_384;

impl Failure {
    pub(crate) fn of(number: i32) -> Self {
        match number.wrapping_sub(BASE) {
            6 | 24 | 31 => Self::Rejected,
            18 => Self::Revoked,
            1 | 23 => Self::PasswordExpired,
            7 => Self::UnknownService,
            14 => Self::EncryptionType,
            32 => Self::TicketExpired,
            // KRB_AP_ERR_SKEW, KRB5_KDCREP_SKEW
            37 | 148 => Self::ClockSkew,
            // KRB_AP_ERR_NOT_US, KRB_AP_ERR_MODIFIED
            35 | 41 => Self::WrongServiceKey,
            // KRB5_REALM_UNKNOWN, KRB5_KDC_UNREACH, KRB5_REALM_CANT_RESOLVE
            154 | 156 | 220 => Self::NoKdc,
            // KRB5_CC_NOTFOUND, KRB5_CC_END, KRB5_NO_TKT_SUPPLIED, KRB5_FCC_NOFILE
            141..=143 | 195 => Self::NoCredentials,
            _ => Self::Other,
        }
    }

    fn code(self) -> Code {
        match self {
            Self::Rejected => Code::WrongPassword,
            Self::Revoked | Self::PasswordExpired => Code::AccountRestricted,
            Self::ClockSkew => Code::ClockSkew,
            Self::NoKdc => Code::NoDomainController,
            _ => Code::Kerberos,
        }
    }

    fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::Rejected => {
                "Check the account and its password. A keytab is outdated once the password changes. Repeated attempts \
                 may lock the account."
            }
            Self::Revoked => "Check whether the account is disabled, locked out or expired.",
            Self::PasswordExpired => "Change the password of the account.",
            Self::UnknownService => "Name the host by its full DNS name, as the domain knows it.",
            Self::EncryptionType => "Give the account AES keys; a keytab may lack them.",
            Self::TicketExpired | Self::NoCredentials => "Get a ticket with kinit.",
            Self::ClockSkew => "Synchronize the clocks; Kerberos accepts a difference of five minutes.",
            Self::WrongServiceKey => {
                "Another host may respond under this name. Check name resolution, and the service principal names of the host."
            }
            Self::NoKdc => {
                "Check the name of the realm and the DNS servers of this machine, or name a KDC with --kdc."
            }
            Self::Other => return None,
        })
    }
}

impl Error {
    /// The meaning of the library's error number, if it comes from the library.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        match self {
            Self::Krb5 { failure, .. } | Self::Gss { failure, .. } => Some(*failure),
            _ => None,
        }
    }
}

impl Diagnostic for Error {
    fn code(&self) -> Code {
        match self {
            Self::Library { .. } => Code::Unavailable,
            Self::Krb5 { failure, .. } | Self::Gss { failure, .. } => failure.code(),
            Self::TimedOut { .. } => Code::TimedOut,
            Self::NotInKeytab { .. } | Self::WhichAccount(_) => Code::Kerberos,
            Self::Name(_) => Code::InvalidArgument,
            Self::Weak | Self::Unprotected | Self::Sequence => Code::NotProtected,
            Self::Local(_) => Code::LocalResources,
        }
    }

    fn advice(&self) -> Option<String> {
        let advice = match self {
            Self::Library { .. } if cfg!(unix) => {
                "Install MIT Kerberos: the package libgssapi-krb5-2 on Debian and Ubuntu, krb5-libs on RHEL, Fedora and \
                 SUSE. A statically linked rdscal cannot load it."
            }
            Self::Library { .. } => "Leave --kerberos out: Windows signs in itself.",
            Self::Krb5 { failure, .. } | Self::Gss { failure, .. } => failure.advice()?,
            Self::WhichAccount(_) => "Name the account to use.",
            Self::NotInKeytab { .. } => "Name an account of the keytab; the realm is part of its name.",
            Self::Weak => "Give the account and the server AES keys.",
            _ => return None,
        };
        Some(advice.to_owned())
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "no account".to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use diagnostic::Retry;

    use super::*;

    #[test]
    fn numbers_of_krb5_h() {
        for (number, failure, code) in [
            (-1_765_328_378, Failure::Rejected, Code::WrongPassword), // KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN
            (-1_765_328_360, Failure::Rejected, Code::WrongPassword), // KRB5KDC_ERR_PREAUTH_FAILED
            (-1_765_328_353, Failure::Rejected, Code::WrongPassword), // KRB5KRB_AP_ERR_BAD_INTEGRITY
            (-1_765_328_366, Failure::Revoked, Code::AccountRestricted), // KRB5KDC_ERR_CLIENT_REVOKED
            (-1_765_328_361, Failure::PasswordExpired, Code::AccountRestricted), // KRB5KDC_ERR_KEY_EXP
            (-1_765_328_377, Failure::UnknownService, Code::Kerberos), // KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN
            (-1_765_328_352, Failure::TicketExpired, Code::Kerberos), // KRB5KRB_AP_ERR_TKT_EXPIRED
            (-1_765_328_347, Failure::ClockSkew, Code::ClockSkew),    // KRB5KRB_AP_ERR_SKEW
            (-1_765_328_236, Failure::ClockSkew, Code::ClockSkew),    // KRB5_KDCREP_SKEW
            (-1_765_328_343, Failure::WrongServiceKey, Code::Kerberos), // KRB5KRB_AP_ERR_MODIFIED
            (-1_765_328_230, Failure::NoKdc, Code::NoDomainController), // KRB5_REALM_UNKNOWN
            (-1_765_328_228, Failure::NoKdc, Code::NoDomainController), // KRB5_KDC_UNREACH
            (-1_765_328_164, Failure::NoKdc, Code::NoDomainController), // KRB5_REALM_CANT_RESOLVE
            (-1_765_328_243, Failure::NoCredentials, Code::Kerberos), // KRB5_CC_NOTFOUND
            (-1_765_328_189, Failure::NoCredentials, Code::Kerberos), // KRB5_FCC_NOFILE
            (2, Failure::Other, Code::Kerberos),                      // ENOENT
        ] {
            assert_eq!((Failure::of(number), failure.code()), (failure, code), "{number}");
        }
    }

    #[test]
    fn only_rejected_credentials_count_towards_a_lockout() {
        let retry =
            |failure| Error::Krb5 { what: String::new(), text: String::new(), number: 0, failure }.retry();
        assert_eq!(retry(Failure::Rejected), Retry::CredentialsRejected);
        assert_eq!(retry(Failure::NoKdc), Retry::Permanent);
        assert_eq!(retry(Failure::Revoked), Retry::Permanent);
    }
}
