//! Failures of a connection or search, with their advice.

use std::fmt;
use std::time::Duration;

use diagnostic::{Code, Diagnostic, Message};

use crate::filter::BadFilter;
use crate::protocol::asn1::Malformed;

/// A failed connection, authentication or search.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name does not resolve.
    #[error("the name does not resolve ({0})")]
    NameNotFound(String),
    /// Nothing listens at the port.
    #[error("connection refused: no LDAP server listens at this port, or a firewall rejects the connection")]
    Refused,
    /// No response in time.
    #[error("no response within {} s while {what}", after.as_secs())]
    TimedOut {
        /// The step that did not finish.
        what: String,
        /// The time limit.
        after: Duration,
    },
    /// The total time for this server is spent.
    #[error("the total time limit for this server is reached")]
    TimeLimit,
    /// The connection broke.
    #[error("the connection to the directory server was lost: {0}")]
    Lost(String),
    /// The TLS handshake failed.
    #[error("TLS failed: {0}")]
    Tls(#[from] TlsFailure),
    /// The server rejected StartTLS.
    #[error("the server rejected StartTLS, so it probably has no certificate: {0}")]
    NoTls(String),
    /// A password would cross the network unprotected.
    #[error("a password is not sent without TLS")]
    Unprotected,
    /// The server rejected the credentials or the account.
    #[error("the directory server rejected the sign-in: {0}")]
    SignIn(SignInProblem),
    /// A mechanism such as Kerberos failed.
    #[error("the sign-in failed: {0}")]
    Handshake(Message),
    /// A received block is not sealed as negotiated. The connection was closed.
    #[error("the connection is no longer protected and was closed: {0}")]
    Sealing(Message),
    /// The server rejected a request.
    #[error("{0}")]
    Rejected(#[from] Rejection),
    /// The server returned a referral instead of a result.
    #[error("the server returned referrals, which are not followed: {}", .0.join(", "))]
    Referral(Vec<String>),
    /// The response is not valid LDAP.
    #[error("the server's response is not valid LDAP: {0}")]
    Malformed(#[from] Malformed),
    /// The response exceeds [`crate::protocol::MAX_MESSAGE`].
    #[error("the server announces a response of {0} bytes, which exceeds the limit")]
    TooLong(usize),
    /// A valid message at a point where the protocol does not allow it.
    #[error("the server violates the protocol: {0}")]
    Unexpected(&'static str),
    /// The filter is invalid.
    #[error(transparent)]
    Filter(#[from] BadFilter),
    /// An attribute of the rootDSE is missing.
    #[error("the rootDSE has no {0}: the server is not Active Directory, or requires a sign-in")]
    Root(&'static str),
}

/// Why the server rejected a sign-in.
///
/// LDAP has one result code for all of them, 49. Active Directory adds the Win32 error in a field of the
/// diagnostic message, whose format has not changed since Windows 2000: `80090308: LdapErr: DSID-XXXXXXXX,
/// comment: ..., data 52e, vXXXX`. LDAP has no other channel. A message of any other format means
/// [`SignInProblem::WrongPassword`], the cautious reading: it counts towards a lockout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInProblem {
    /// The account name or the password is empty, so nothing was sent.
    Empty,
    /// `ERROR_LOGON_FAILURE` (52e), or an unknown code.
    WrongPassword,
    /// `ERROR_NO_SUCH_USER` (525)
    NoSuchAccount,
    /// `ERROR_INVALID_LOGON_HOURS` (530)
    LogonHours,
    /// `ERROR_INVALID_WORKSTATION` (531)
    Workstation,
    /// `ERROR_PASSWORD_EXPIRED` (532)
    PasswordExpired,
    /// `ERROR_ACCOUNT_DISABLED` (533)
    Disabled,
    /// `ERROR_ACCOUNT_EXPIRED` (701)
    Expired,
    /// `ERROR_PASSWORD_MUST_CHANGE` (773)
    PasswordMustChange,
    /// `ERROR_ACCOUNT_LOCKED_OUT` (775)
    LockedOut,
}

impl SignInProblem {
    /// The problem behind the diagnostic message of result code 49.
    pub(crate) fn of(message: &str) -> Self {
        let fields = message.strip_prefix("80090308: LdapErr: DSID-").map(|fields| fields.split(", "));
        let data = fields.and_then(|mut fields| fields.find_map(|field| field.strip_prefix("data ")));
        match data.and_then(|data| u32::from_str_radix(data, 16).ok()) {
            Some(0x525) => Self::NoSuchAccount,
            Some(0x530) => Self::LogonHours,
            Some(0x531) => Self::Workstation,
            Some(0x532) => Self::PasswordExpired,
            Some(0x533) => Self::Disabled,
            Some(0x701) => Self::Expired,
            Some(0x773) => Self::PasswordMustChange,
            Some(0x775) => Self::LockedOut,
            _ => Self::WrongPassword,
        }
    }
}

impl fmt::Display for SignInProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the account or the password is empty",
            Self::WrongPassword => "the account or the password is wrong",
            Self::NoSuchAccount => "no such account",
            Self::LogonHours => "the account may not sign in at this time",
            Self::Workstation => "the account may not sign in from this machine",
            Self::PasswordExpired => "the password has expired",
            Self::Disabled => "the account is disabled",
            Self::Expired => "the account has expired",
            Self::PasswordMustChange => "the password must be changed first",
            Self::LockedOut => "the account is locked out",
        })
    }
}

impl Diagnostic for Error {
    fn code(&self) -> Code {
        match self {
            Self::NameNotFound(_) => Code::NameNotFound,
            Self::Refused => Code::ConnectionRefused,
            Self::TimedOut { .. } => Code::TimedOut,
            Self::TimeLimit => Code::TimeLimit,
            Self::Lost(_) => Code::ConnectionLost,
            Self::Tls(_) | Self::NoTls(_) => Code::Tls,
            Self::Unprotected | Self::Sealing(_) => Code::NotProtected,
            Self::SignIn(problem) => match problem {
                SignInProblem::Empty => Code::InvalidArgument,
                SignInProblem::WrongPassword | SignInProblem::NoSuchAccount => Code::WrongPassword,
                SignInProblem::LockedOut => Code::AccountLocked,
                _ => Code::AccountRestricted,
            },
            Self::Handshake(message) => message.code,
            Self::Rejected(rejection) => rejection.code(),
            Self::Referral(_) => Code::Referral,
            Self::Malformed(_) | Self::Unexpected(_) => Code::WrongProtocol,
            Self::TooLong(_) => Code::TooLarge,
            Self::Filter(_) => Code::InvalidArgument,
            Self::Root(_) => Code::Unsupported,
        }
    }

    fn advice(&self) -> Option<String> {
        let advice = match self {
            Self::NameNotFound(_) => "Check the spelling, or use the address of a domain controller.",
            Self::Refused => "Check that the host is a domain controller.",
            Self::TimedOut { .. } => {
                "Check that the host is up, is a domain controller, and that no firewall blocks the port. For a slow link, \
                 use a longer --timeout."
            }
            Self::TimeLimit => "Allow more time with --host-timeout.",
            Self::Lost(_) => "Retry.",
            Self::Tls(failure) => return failure.advice().map(str::to_owned),
            Self::NoTls(_) => {
                "Give the domain controller a certificate, or use Kerberos, which needs none (--kerberos REALM without \
                 --ca)."
            }
            Self::Unprotected => "Omit --plaintext, or use Kerberos (--kerberos REALM).",
            Self::SignIn(SignInProblem::WrongPassword | SignInProblem::NoSuchAccount) => {
                "Check account and password. Do not retry repeatedly: the domain may lock the account."
            }
            Self::SignIn(SignInProblem::Empty) => "Give an account and its password.",
            Self::SignIn(_) => "Correct the account in its domain, or use another account.",
            Self::Handshake(message) | Self::Sealing(message) => return message.advice.clone(),
            Self::Rejected(rejection) => return rejection.advice(),
            Self::Referral(_) => "Query one of these servers.",
            Self::Root(_) => "Query a domain controller, with an account.",
            _ => return None,
        };
        Some(advice.to_owned())
    }
}

/// A result code other than success (RFC 4511 4.1.9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// `resultCode`
    pub code: u32,
    /// `diagnosticMessage`, as the server words it.
    pub message: String,
}

impl Rejection {
    /// Cause and advice of a result code.
    fn table(&self) -> (&'static str, Option<&'static str>) {
        const NARROW: Option<&str> = Some("Request less, for example with a narrower filter.");
        match self.code {
            1 => ("operations error: the server may require a sign-in", Some("Use an account.")),
            3 => ("the time limit of the server was exceeded", NARROW),
            4 => ("the size limit of the server was exceeded", NARROW),
            8 => ("the server requires stronger authentication", Some("Omit --plaintext.")),
            11 => ("an administrative limit of the server was exceeded", NARROW),
            12 => ("the server does not support paged results", Some("Query a domain controller.")),
            13 => ("the server requires an encrypted connection", Some("Omit --plaintext.")),
            32 => ("no such object", Some("Check the name.")),
            50 => ("the account lacks the right to read this", Some("Use an account that has it.")),
            51 => ("the server is busy", Some("Retry later.")),
            52 => ("the server is unavailable", Some("Retry later, or query another domain controller.")),
            53 => {
                ("the server is unwilling to perform the request", Some("Query another domain controller."))
            }
            _ => ("the server rejected the request", None),
        }
    }
}

impl std::error::Error for Rejection {}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (result code {})", self.table().0, self.code)?;
        if self.message.is_empty() { Ok(()) } else { write!(f, ": {}", self.message) }
    }
}

impl Diagnostic for Rejection {
    fn code(&self) -> Code {
        match self.code {
            8 | 13 => Code::NotProtected,
            32 => Code::NotFound,
            50 => Code::AccessDenied,
            51 | 52 => Code::Busy,
            _ => Code::Rejected,
        }
    }

    fn advice(&self) -> Option<String> {
        self.table().1.map(str::to_owned)
    }
}

/// Why the TLS handshake failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsFailure {
    /// The issuer of the certificate is not trusted.
    #[error("the certificate was issued by an authority that this machine does not trust")]
    UnknownIssuer,
    /// The certificate is for another name.
    #[error("the certificate is not valid for the name {0}")]
    OtherName(String),
    /// The certificate has no name in `subjectAltName`. The common name is not a substitute ([RFC 9525] 2).
    ///
    /// [RFC 9525]: https://www.rfc-editor.org/rfc/rfc9525
    #[error("the certificate has no subjectAltName, so it is not valid for any name, {0} included")]
    NoAltName(String),
    /// The certificate is outside its validity period.
    #[error("the certificate has expired or is not valid yet")]
    Expired,
    /// The server name is not a valid name for a certificate.
    #[error("{0} is not a valid server name")]
    BadName(String),
    /// The system has no trusted authorities.
    #[error("this machine has no list of trusted authorities")]
    NoAuthorities,
    /// The file of authorities cannot be read.
    #[error("the authorities in {file} could not be read: {reason}")]
    BadAuthorities {
        /// The file.
        file: String,
        /// The cause.
        reason: String,
    },
    /// This build has no TLS, as on Windows.
    #[error("this program was built without TLS, as it is for Windows")]
    NotBuilt,
    /// No common version or cipher suite.
    #[error("the server offers no acceptable version or cipher (at least TLS 1.2 with ECDHE and AES-GCM)")]
    NothingInCommon,
    /// Another failure, in the words of the TLS library.
    #[error("{0}")]
    Other(String),
}

impl TlsFailure {
    fn advice(&self) -> Option<&'static str> {
        Some(match self {
            Self::UnknownIssuer => "Name the certificate of the authority with --ca FILE.",
            Self::OtherName(_) => "Use the server name that its certificate contains.",
            Self::NoAltName(_) => {
                "Issue a certificate with the name of the server in subjectAltName, as the template Kerberos \
                 Authentication does, or use Kerberos, which needs none (--kerberos REALM)."
            }
            Self::Expired => "Renew the certificate, and compare the clocks.",
            Self::NoAuthorities => "Name the authority of the domain with --ca FILE.",
            Self::NotBuilt => {
                "Omit --ca and ldaps://: the sign-in then encrypts the connection with its session key."
            }
            Self::NothingInCommon => "Enable TLS 1.2 on the server; old Windows Server versions lack it.",
            Self::BadName(_) | Self::BadAuthorities { .. } | Self::Other(_) => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_win32_error_of_a_rejected_bind() {
        let of = |code: &str| {
            SignInProblem::of(&format!(
                "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data {code}, v3839"
            ))
        };
        assert_eq!(of("52e"), SignInProblem::WrongPassword);
        assert_eq!(of("775"), SignInProblem::LockedOut);
        assert_eq!(of("533"), SignInProblem::Disabled);
        // Samba's text, and a name that imitates the field.
        for other in ["Simple Bind Failed: NT_STATUS_LOGON_FAILURE", "no account data 775, in this domain"] {
            assert_eq!(SignInProblem::of(other), SignInProblem::WrongPassword);
        }
    }
}
