//! Why a place could not be read, for whoever may try again.

/// Why a place could not be read, or not to the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// A name for programs, which stays the same: `timed_out`, `wrong_password`; `unreadable` for whatever lies in files.
    pub class: &'static str,
    /// What went wrong and what may help, in a sentence.
    pub message: String,
    /// What is to be expected of another attempt.
    pub prospect: Prospect,
}

/// What is to be expected of another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prospect {
    /// The next one, a little later, may succeed.
    Passing,
    /// There was no answer: that may have been a lost packet or a busy moment, but a host that is off costs the same time again.
    NoAnswer,
    /// It will fail again until somebody changes something.
    Lasting,
    /// The host refused the account: each further attempt may lock it.
    Refused,
    /// Nobody knows: it was stopped from this side, or not begun.
    NotTried,
}

impl Fault {
    /// Of what lies in files.
    pub(super) fn unreadable(message: String) -> Self {
        Self { class: "unreadable", message, prospect: Prospect::Lasting }
    }
}

#[cfg(feature = "remote")]
mod remote {
    use diagnostic::{Code, Diagnostic, Message, Retry};
    use msrpc::Error;
    use smb::ConnectError;

    use super::{Fault, Prospect};

    impl From<ConnectError> for Fault {
        fn from(error: ConnectError) -> Self {
            Self::of(&error)
        }
    }

    impl Fault {
        /// Of a connection that broke at a call.
        pub(crate) fn broken(error: &Error) -> Self {
            Self::of(error)
        }

        fn of(error: &impl Diagnostic) -> Self {
            let prospect = match error.retry() {
                Retry::Transient => Prospect::Passing,
                Retry::NoResponse => Prospect::NoAnswer,
                Retry::Permanent => Prospect::Lasting,
                Retry::CredentialsRejected => Prospect::Refused,
                Retry::NotAttempted | Retry::Cancelled => Prospect::NotTried,
            };
            Self { class: class(error.code()), message: Message::of(error).one_line(), prospect }
        }
    }

    /// The name of a code in the formats of version 0.1.
    fn class(code: Code) -> &'static str {
        match code {
            Code::NameNotFound => "name_not_found",
            Code::ConnectionRefused => "refused",
            Code::TimedOut => "timed_out",
            Code::TimeLimit => "out_of_time",
            Code::ConnectionLost => "lost",
            Code::WrongProtocol => "not_smb",
            Code::WrongPassword => "wrong_password",
            Code::NotAttempted => "not_tried",
            Code::Cancelled => "stopped",
            Code::AccountLocked => "account_locked",
            Code::AccountRestricted => "account_restricted",
            Code::LogonTypeNotGranted => "logon_type_not_granted",
            Code::NtlmBlocked => "ntlm_blocked",
            Code::ClockSkew => "clock_skew",
            Code::NoDomainController => "no_domain",
            Code::SessionDenied => "session_denied",
            Code::NotProtected => "signing",
            Code::AccessDenied => "access_denied",
            Code::ShareNotFound => "no_share",
            Code::ServiceNotRunning => "not_running",
            Code::ServiceStarting => "starting",
            Code::Rejected => "status",
            Code::InterfaceUnavailable => "no_registry",
            Code::LocalResources => "local",
            Code::Malformed => "not_understood",
            other => other.as_str(),
        }
    }
}
