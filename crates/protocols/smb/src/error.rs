//! Why a machine's registry cannot be reached, and what to do about it.

use std::fmt;
use std::io;
use std::time::Duration;

use smolder_core::error::CoreError;

use msrpc::Error;
use msrpc::PipeError;

/// How far a connection got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Agreeing on a version of SMB.
    Negotiate,
    /// Authentication.
    Session,
    /// The share `IPC$`.
    Share,
    /// The pipe `winreg`.
    Pipe,
    /// A share that holds files.
    Files,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Negotiate => "agreeing on a version of SMB",
            Self::Session => "signing in",
            Self::Share => r"opening the share IPC$",
            Self::Pipe => "opening the pipe winreg",
            Self::Files => "opening the share",
        })
    }
}

/// The registry of a machine could not be reached. [`ConnectError::advice`] says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The name does not resolve.
    #[error("the name does not resolve ({0})")]
    NameNotFound(String),
    /// Nobody listens there.
    #[error("the connection was refused: nothing listens at this port")]
    Refused,
    /// There is no way there.
    #[error("the host cannot be reached ({0})")]
    Unreachable(String),
    /// No answer in time.
    #[error("no answer within {} s while {what}", seconds(*.after))]
    TimedOut {
        /// What was waited for.
        what: String,
        /// How long.
        after: Duration,
    },
    /// The connection broke.
    #[error("the connection was lost while {step}: {reason}")]
    Lost {
        /// How far it had got.
        step: Step,
        /// What the system said.
        reason: String,
    },
    /// What answers is no SMB server of version 2.1 or later, or it does not agree with what is required here.
    #[error("the server does not speak SMB as is required here while {step}: {reason}")]
    NotSmb {
        /// How far it had got.
        step: Step,
        /// What was wrong.
        reason: String,
    },
    /// User name or password is wrong.
    #[error("user name or password is wrong (the server does not say which)")]
    WrongPassword,
    /// Nothing was tried, for so many other machines in a row refused the account ([`signin::LockoutGuard`]).
    #[error(
        "signing in was not tried: {refusals} hosts in a row refused the account, and more wrong passwords may lock it"
    )]
    NotTried {
        /// The refusals.
        refusals: u32,
    },
    /// It was given up from this side ([`signin::CancelToken`]).
    #[error("it was given up, as everything that was under way")]
    Stopped,
    /// The account may not sign in now.
    #[error("the account may not sign in: {0}")]
    Account(&'static str),
    /// The account may not sign in over the network.
    #[error("the account may not sign in over the network")]
    LogonTypeNotGranted,
    /// No ticket could be had, for another reason than a wrong password.
    #[error("Kerberos gave no ticket: {0}")]
    Kerberos(String),
    /// NTLM is not accepted.
    #[error("the server or its domain does not accept NTLM")]
    NtlmBlocked,
    /// The clocks differ too much.
    #[error("the clocks of this machine and of the domain differ too much")]
    ClockSkew,
    /// No domain controller answers the server.
    #[error("the server could not ask its domain: {0}")]
    NoDomain(&'static str),
    /// The server took the account for a guest.
    #[error("the server signed the account in as a guest, which proves nothing and is refused here")]
    Guest,
    /// The session was refused.
    #[error("the server refuses the session")]
    SessionDenied,
    /// Signing is required on one side and cannot be had.
    #[error("the session cannot be signed: {0}")]
    Signing(String),
    /// `IPC$` or the pipe may not be opened.
    #[error("access is denied while {0}")]
    AccessDenied(Step),
    /// There is no share of this name.
    #[error("the server has no share of this name")]
    NoShare,
    /// The pipe is not there.
    #[error("the pipe winreg is not there: the service RemoteRegistry does not run")]
    NotRunning,
    /// The pipe is still not there after waiting for the service to start.
    #[error("the service RemoteRegistry was asked to start and is not ready yet")]
    Starting,
    /// The server has no more room for connections.
    #[error("the server takes no more connections at present (status {0:#010x})")]
    Busy(u32),
    /// Any other refusal.
    #[error("the server refused with status {status:#010x} while {step}")]
    Status {
        /// How far the connection had got.
        step: Step,
        /// The NTSTATUS.
        status: u32,
    },
    /// The interface could not be bound on the open pipe.
    #[error("the registry's interface is not to be had: {0}")]
    Interface(Error),
    /// This machine could not do its part.
    #[error("this machine could not open a connection: {0}")]
    Local(String),
}

/// Of an account that has had too many wrong passwords.
const LOCKED: &str = "it is locked out";

/// At least one second is said, so that nobody reads "0 s".
fn seconds(time: Duration) -> u64 {
    time.as_secs().max(1)
}

impl ConnectError {
    /// What to do next, in a sentence.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::NameNotFound(_) => {
                "check the spelling, give the full name (host.domain) or the address, and see which DNS this machine asks"
            }
            Self::NotTried { .. } => "see that account and password are right, then ask this host again",
            Self::Stopped => "ask this host again",
            Self::Refused => {
                "see that it is the right host, that its Server service runs, and that its port is 445 \
                 (another one is named as smb://HOST:PORT)"
            }
            Self::Unreachable(_) => {
                "see that the host is up and that a route leads there (VPN, subnet, firewall)"
            }
            Self::TimedOut { .. } => {
                "see that the host is up and that TCP port 445 is open from here \
                 (on Windows the firewall rule \"File and Printer Sharing (SMB-In)\"); a slow link may need a longer --timeout"
            }
            Self::Lost { step: Step::Negotiate, .. } => {
                "the host may speak SMB 1 only, or something between closes the connection; see what listens at this port"
            }
            Self::Lost { .. } => "try again; where it happens each time, look into the host's System log",
            Self::NotSmb { .. } => {
                "SMB 2.1 or later with signing is needed; see what listens at this port, and that the host is not limited to SMB 1"
            }
            Self::WrongPassword => {
                "check the account (DOMAIN\\user, or HOST\\user for one of the host itself) and its password; do not try \
                 again and again, the domain may lock the account"
            }
            Self::Account(_) => "have it put right in the domain or on the host, or use another account",
            Self::LogonTypeNotGranted => {
                "give the account the right \"Access this computer from the network\" on the host, take it out of the \
                 matching deny right, or use another account"
            }
            Self::Kerberos(_) => {
                "name the host by its full DNS name, as the domain knows it; see that a domain controller can be reached at port 88 and \
                 that the realm is the domain's DNS name in capitals"
            }
            Self::NtlmBlocked => {
                "allow NTLM for this host (policy \"Network security: Restrict NTLM\"), or run rdscal on the host itself and \
                 bring the snapshot"
            }
            Self::ClockSkew => "set both clocks right (w32tm /resync, chrony); five minutes are too many",
            Self::NoDomain(_) => {
                "see that the host reaches a domain controller, or use a local account (HOST\\user)"
            }
            Self::Guest => "name an account that exists on the host or in its domain",
            Self::SessionDenied => {
                "the host may ask for encryption or a newer SMB than could be agreed on, or refuse this account; its \
                 log Microsoft-Windows-SMBServer/Security says which"
            }
            Self::Signing(_) => {
                "rdscal does not talk to a registry over connections that anybody between could change; allow signing on the host \
                 (policy \"Microsoft network server: Digitally sign communications\")"
            }
            Self::NoShare => "see that it is a domain controller: those have the share SYSVOL",
            Self::AccessDenied(Step::Files) => {
                "use an account of the domain: every one may read SYSVOL, unless somebody changed that"
            }
            Self::AccessDenied(_) => {
                "use an administrator of the host; a local account other than Administrator is filtered unless \
                 LocalAccountTokenFilterPolicy is 1, and HKLM\\SYSTEM\\CurrentControlSet\\SharedContext\\SecurePipeServers\\winreg \
                 says who else may"
            }
            Self::NotRunning => {
                "start it on the host (Start-Service RemoteRegistry; where it is disabled, Set-Service RemoteRegistry \
                 -StartupType Manual first), or run rdscal there and bring the snapshot"
            }
            Self::Starting => "try again in a moment",
            Self::Busy(_) => "try again later, or with fewer hosts at once",
            Self::Status { .. } => {
                "look the status up ([MS-ERREF]) and into the host's System and Security logs"
            }
            Self::Interface(_) => "see that the host is Windows or Samba and offers its registry",
            Self::Local(_) => "see how many files and threads a process may have here (ulimit)",
        }
    }

    /// True where another attempt a little later may succeed.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Starting | Self::Busy(_) | Self::Lost { .. } | Self::TimedOut { .. })
    }

    /// True where the host said no to the account or its password, so that asking more hosts may lock it.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::WrongPassword | Self::Account(LOCKED))
    }

    /// A name for programs, which stays the same.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match self {
            Self::NameNotFound(_) => "name_not_found",
            Self::Refused => "refused",
            Self::Unreachable(_) => "unreachable",
            Self::TimedOut { .. } => "timed_out",
            Self::Lost { .. } => "lost",
            Self::NotSmb { .. } => "not_smb",
            Self::WrongPassword => "wrong_password",
            Self::NotTried { .. } => "not_tried",
            Self::Stopped => "stopped",
            Self::Account(LOCKED) => "account_locked",
            Self::Account(_) => "account_restricted",
            Self::LogonTypeNotGranted => "logon_type_not_granted",
            Self::Kerberos(_) => "kerberos",
            Self::NtlmBlocked => "ntlm_blocked",
            Self::ClockSkew => "clock_skew",
            Self::NoDomain(_) => "no_domain",
            Self::Guest => "guest",
            Self::SessionDenied => "session_denied",
            Self::Signing(_) => "signing",
            Self::NoShare => "no_share",
            Self::AccessDenied(_) => "access_denied",
            Self::NotRunning => "not_running",
            Self::Starting => "starting",
            Self::Busy(_) => "busy",
            Self::Status { .. } => "status",
            Self::Interface(_) => "no_registry",
            Self::Local(_) => "local",
        }
    }

    /// An error of the system while a TCP connection was made.
    pub(crate) fn of_connecting(error: &io::Error, waited: Duration) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::TimedOut => Self::TimedOut { what: "connecting".to_owned(), after: waited },
            io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::AddrNotAvailable => Self::Unreachable(error.to_string()),
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => {
                Self::Lost { step: Step::Negotiate, reason: error.to_string() }
            }
            _ => Self::Local(error.to_string()),
        }
    }

    /// An error of SMB at this step.
    pub(crate) fn of_smb(error: CoreError, step: Step, waited: Duration) -> Self {
        match error {
            CoreError::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                Self::NotSmb { step, reason: error.to_string() }
            }
            CoreError::Io(error) => Self::Lost { step, reason: plain(&error) },
            CoreError::Timeout(_) => Self::TimedOut { what: step.to_string(), after: waited },
            CoreError::UnexpectedStatus { status, .. } => Self::of_status(status, step),
            CoreError::InvalidResponse(reason)
                if reason.contains("guest") || reason.contains("null session") =>
            {
                Self::Guest
            }
            CoreError::InvalidResponse(reason) if reason.contains("sign") => Self::Signing(reason.to_owned()),
            other => Self::NotSmb { step, reason: detail(&other) },
        }
    }

    /// What Windows says of a pipe that it was to open as itself; the codes are those of [MS-ERREF] 2.2.
    #[cfg(any(windows, test))]
    pub(crate) fn of_windows(error: &io::Error) -> Self {
        match error.raw_os_error() {
            Some(2) => Self::NotRunning,
            Some(5) => Self::AccessDenied(Step::Pipe),
            Some(51 | 53 | 64 | 67 | 121 | 1231 | 1232) => Self::Unreachable(error.to_string()),
            Some(86 | 1326) => Self::WrongPassword,
            Some(231) => Self::Starting,
            Some(1272) => Self::Guest,
            Some(1311 | 1355) => Self::NoDomain("no domain controller answers"),
            Some(1787..=1790) => Self::NoDomain("its trust in the domain is broken"),
            Some(1327) => Self::Account(
                "a restriction applies (an empty password over the network, or membership in Protected Users)",
            ),
            Some(1328) => Self::Account("not at this hour"),
            Some(1329) => Self::Account("not from this machine"),
            Some(1330) => Self::Account("its password has expired"),
            Some(1331) => Self::Account("it is disabled"),
            Some(1793) => Self::Account("it has expired"),
            Some(1907) => Self::Account("its password must be changed first"),
            Some(1909) => Self::Account("it is locked out"),
            Some(1385) => Self::LogonTypeNotGranted,
            Some(1398) => Self::ClockSkew,
            _ => Self::Local(error.to_string()),
        }
    }

    fn of_status(status: u32, step: Step) -> Self {
        match (status, step) {
            (0xc000_006d | 0xc000_006a | 0xc000_0064, _) => Self::WrongPassword,
            (0xc000_0234, _) => Self::Account(LOCKED),
            (0xc000_0072, _) => Self::Account("it is disabled"),
            (0xc000_0193, _) => Self::Account("it has expired"),
            (0xc000_0071, _) => Self::Account("its password has expired"),
            (0xc000_0224, _) => Self::Account("its password must be changed first"),
            (0xc000_006f, _) => Self::Account("not at this hour"),
            (0xc000_0070, _) => Self::Account("not from this machine"),
            (0xc000_006e, _) => Self::Account(
                "a restriction applies (an empty password over the network, or membership in Protected Users)",
            ),
            (0xc000_0413, _) => {
                Self::Account("an authentication policy of the domain does not allow it here")
            }
            (0xc000_015b, _) => Self::LogonTypeNotGranted,
            (0xc000_0418 | 0xc000_00bb, Step::Session) => Self::NtlmBlocked,
            (0xc000_0133, _) => Self::ClockSkew,
            (0xc000_005e, _) => Self::NoDomain("no domain controller answers"),
            (0xc000_018d | 0xc000_018b | 0xc000_018c | 0xc000_0190, _) => {
                Self::NoDomain("its trust in the domain is broken")
            }
            (0xc000_00cc, Step::Files) => Self::NoShare,
            (0xc000_0022, Step::Session) => Self::SessionDenied,
            (0xc000_0022, step) => Self::AccessDenied(step),
            (0xc000_0034 | 0xc000_003a | 0xc000_000f, Step::Pipe) => Self::NotRunning,
            // The last is Samba's, where what serves the registry has too much to do: the pipe was there, and was closed at once.
            (0xc000_00ac | 0xc000_00b1 | 0xc000_020c, Step::Pipe) => Self::Starting,
            (0xc000_00ab | 0xc000_00ae | 0xc000_00d0 | 0xc000_0205 | 0xc000_00ce | 0xc000_009a, _) => {
                Self::Busy(status)
            }
            _ => Self::Status { step, status },
        }
    }
}

/// An error of SMB on an open pipe.
pub(crate) fn on_pipe(error: CoreError) -> PipeError {
    match error {
        CoreError::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            PipeError::Garbled(error.to_string())
        }
        CoreError::Io(error) => PipeError::Lost(plain(&error)),
        CoreError::Timeout(_) => PipeError::TimedOut,
        // PIPE_BROKEN, PIPE_DISCONNECTED, FILE_CLOSED, USER_SESSION_DELETED, NETWORK_SESSION_EXPIRED
        CoreError::UnexpectedStatus { status, .. }
            if [0xc000_014b, 0xc000_00b0, 0xc000_0128, 0xc000_0203, 0xc000_035c].contains(&status) =>
        {
            PipeError::Lost(format!("the server ended the pipe or the session (status {status:#010x})"))
        }
        CoreError::UnexpectedStatus { status, .. } => PipeError::Status(status),
        CoreError::ConnectionPoisoned => PipeError::Lost("an earlier request was not answered".to_owned()),
        other => PipeError::Garbled(detail(&other)),
    }
}

fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the server closed it".to_owned(),
        _ => error.to_string(),
    }
}

/// The error with what caused it.
fn detail(error: &CoreError) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What went wrong is the same thing, whoever opens the pipe.
    #[test]
    fn windows_codes_mean_what_the_status_means() {
        let rows = [
            (2, 0xc000_0034),
            (5, 0xc000_0022),
            (231, 0xc000_00ac),
            (1326, 0xc000_006d),
            (1327, 0xc000_006e),
            (1328, 0xc000_006f),
            (1329, 0xc000_0070),
            (1330, 0xc000_0071),
            (1331, 0xc000_0072),
            (1793, 0xc000_0193),
            (1907, 0xc000_0224),
            (1909, 0xc000_0234),
            (1385, 0xc000_015b),
            (1398, 0xc000_0133),
            (1311, 0xc000_005e),
            (1789, 0xc000_018d),
        ];
        for (code, status) in rows {
            let windows = ConnectError::of_windows(&io::Error::from_raw_os_error(code));
            assert_eq!(windows, ConnectError::of_status(status, Step::Pipe), "{code}");
        }
        let unknown = ConnectError::of_windows(&io::Error::from_raw_os_error(9_999));
        assert!(matches!(unknown, ConnectError::Local(_)));
    }
}
