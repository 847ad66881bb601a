//! Error codes.

use std::fmt;
use std::io;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Retry;

/// Declares each code once: its documentation, variant, text, and retry class.
macro_rules! codes {
    ($( $(#[$doc:meta])* $variant:ident = $text:literal, $retry:ident; )*) => {
        /// What kind of failure an error is. Programs decide by it; its text is stable.
        ///
        /// The text is kebab-case, in `Display`, `FromStr` and JSON alike.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $( $(#[$doc])* $variant, )* }

        impl Code {
            /// Every code, in the order of their declaration.
            pub const ALL: &[Self] = &[ $( Self::$variant, )* ];

            /// The stable text, such as `wrong-password`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$variant => $text, )* }
            }

            /// Whether another attempt can succeed after this kind of failure.
            #[must_use]
            pub const fn retry(self) -> Retry {
                match self { $( Self::$variant => Retry::$retry, )* }
            }
        }
    };
}

codes! {
    // Requests
    /// An argument has no meaning, or contradicts another one.
    InvalidArgument = "invalid-argument", Permanent;
    /// This build or operating system does not have the function.
    Unavailable = "unavailable", Permanent;
    /// The function exists, but not for this kind of source or version.
    Unsupported = "unsupported", Permanent;

    // Files and registries
    /// The file, folder, key or object does not exist.
    NotFound = "not-found", Permanent;
    /// Reading or writing failed for a reason that has no code of its own.
    Io = "io", Permanent;
    /// The account may not do this.
    AccessDenied = "access-denied", Permanent;
    /// The file or key is in use by another program.
    InUse = "in-use", Transient;
    /// The input or answer exceeds a limit that protects this machine.
    TooLarge = "too-large", Permanent;
    /// The content is none of the formats that the program reads.
    UnknownFormat = "unknown-format", Permanent;
    /// The content or answer violates its own format.
    Malformed = "malformed", Permanent;
    /// What is there differs from what a plan or journal expects.
    Changed = "changed", Permanent;
    /// A change was made only in part, and could not be completed or reverted.
    Incomplete = "incomplete", Permanent;

    // Network
    /// The name does not resolve.
    NameNotFound = "name-not-found", Permanent;
    /// Nothing listens at this port.
    ConnectionRefused = "connection-refused", Permanent;
    /// No route leads to the host.
    Unreachable = "unreachable", Permanent;
    /// The host did not respond within the timeout.
    TimedOut = "timed-out", NoResponse;
    /// The total time for this host is spent.
    TimeLimit = "time-limit", Permanent;
    /// The connection was lost.
    ConnectionLost = "connection-lost", Transient;
    /// The server has no capacity at present.
    Busy = "busy", Transient;
    /// The peer does not speak the protocol, or no acceptable version of it.
    WrongProtocol = "wrong-protocol", Permanent;
    /// The connection cannot be signed, sealed or encrypted as required.
    NotProtected = "not-protected", Permanent;
    /// TLS failed: certificate, name, validity or version.
    Tls = "tls", Permanent;
    /// The server rejected the session for a reason that has no code of its own.
    SessionDenied = "session-denied", Permanent;
    /// The server rejected a request with a status that has no code of its own.
    Rejected = "rejected", Permanent;
    /// The server refers to other servers, which are not contacted without a request.
    Referral = "referral", Permanent;
    /// The server has no share of this name.
    ShareNotFound = "share-not-found", Permanent;
    /// The service is not running on the host.
    ServiceNotRunning = "service-not-running", Permanent;
    /// The service is starting on the host.
    ServiceStarting = "service-starting", Transient;
    /// The host does not offer the interface, such as the remote registry.
    InterfaceUnavailable = "interface-unavailable", Permanent;

    // Authentication
    /// User name or password is wrong.
    WrongPassword = "wrong-password", CredentialsRejected;
    /// The account is locked out.
    AccountLocked = "account-locked", CredentialsRejected;
    /// The account is disabled, expired, or restricted in time or place.
    AccountRestricted = "account-restricted", Permanent;
    /// The account lacks the right to log on over the network.
    LogonTypeNotGranted = "logon-type-not-granted", Permanent;
    /// The server treats the account as a guest.
    Guest = "guest", Permanent;
    /// Kerberos failed for a reason other than a wrong password.
    Kerberos = "kerberos", Permanent;
    /// The server or its domain blocks NTLM.
    NtlmBlocked = "ntlm-blocked", Permanent;
    /// The clocks of this machine and the domain differ by more than Kerberos allows.
    ClockSkew = "clock-skew", Permanent;
    /// No domain controller is available to the host or to this machine.
    NoDomainController = "no-domain-controller", Permanent;

    // This side
    /// No attempt was made, because too many hosts rejected the credentials before.
    NotAttempted = "not-attempted", NotAttempted;
    /// The user or the program cancelled the operation.
    Cancelled = "cancelled", Cancelled;
    /// This machine lacks memory, file handles, threads or another resource.
    LocalResources = "local-resources", Permanent;
}

impl Code {
    /// The code of an error that the operating system or the standard library reports.
    #[must_use]
    pub fn of_io(kind: io::ErrorKind) -> Self {
        match kind {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::PermissionDenied => Self::AccessDenied,
            io::ErrorKind::FileTooLarge => Self::TooLarge,
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => Self::Malformed,
            io::ErrorKind::InvalidInput => Self::InvalidArgument,
            io::ErrorKind::Unsupported => Self::Unsupported,
            io::ErrorKind::ResourceBusy | io::ErrorKind::ExecutableFileBusy => Self::InUse,
            io::ErrorKind::OutOfMemory | io::ErrorKind::StorageFull => Self::LocalResources,
            io::ErrorKind::ConnectionRefused => Self::ConnectionRefused,
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::NotConnected
            | io::ErrorKind::BrokenPipe => Self::ConnectionLost,
            io::ErrorKind::TimedOut => Self::TimedOut,
            io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::AddrNotAvailable => Self::Unreachable,
            _ => Self::Io,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The text is not the text of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCode(pub String);

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "“{}” is not an error code", self.0)
    }
}

impl std::error::Error for UnknownCode {}

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == text)
            .ok_or_else(|| UnknownCode(text.to_owned()))
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn code_texts_are_unique_and_kebab_case() {
        let mut seen = HashSet::new();
        for code in Code::ALL {
            let text = code.as_str();
            assert!(seen.insert(text), "{text} is the text of two codes");
            let is_kebab =
                text.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()));
            assert!(is_kebab, "{text} is not kebab-case");
        }
    }

    /// Scripts compare these texts. A code may be added here; a text may not change.
    #[test]
    fn code_texts_are_stable() {
        let texts: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(
            texts.join(" "),
            "invalid-argument unavailable unsupported not-found io access-denied in-use too-large unknown-format \
             malformed changed incomplete name-not-found connection-refused unreachable timed-out time-limit \
             connection-lost busy wrong-protocol not-protected tls session-denied rejected referral share-not-found \
             service-not-running service-starting interface-unavailable wrong-password account-locked \
             account-restricted logon-type-not-granted guest kerberos ntlm-blocked clock-skew no-domain-controller \
             not-attempted cancelled local-resources"
        );
    }

    #[test]
    fn texts_and_json_lead_back_to_the_code() {
        for &code in Code::ALL {
            assert_eq!(code.to_string().parse(), Ok(code));
            let json = serde_json::to_string(&code).unwrap();
            assert_eq!(json, format!("\"{code}\""));
            assert_eq!(serde_json::from_str::<Code>(&json).unwrap(), code);
        }
        assert_eq!("Busy".parse::<Code>(), Err(UnknownCode("Busy".to_owned())));
        assert!(serde_json::from_str::<Code>("\"wrong_password\"").is_err());
    }

    /// A retry after one of these may lock an account.
    #[test]
    fn only_rejected_credentials_count_towards_a_lockout() {
        let rejected: Vec<_> =
            Code::ALL.iter().filter(|code| code.retry() == Retry::CredentialsRejected).collect();
        assert_eq!(rejected, [&Code::WrongPassword, &Code::AccountLocked]);
    }

    #[test]
    fn errors_of_the_system_have_codes() {
        let of = |kind| Code::of_io(kind);
        assert_eq!(of(io::ErrorKind::NotFound), Code::NotFound);
        assert_eq!(of(io::ErrorKind::BrokenPipe).retry(), Retry::Transient);
        assert_eq!(of(io::ErrorKind::TimedOut).retry(), Retry::NoResponse);
        assert_eq!(of(io::ErrorKind::Other), Code::Io);
    }
}
