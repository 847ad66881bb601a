//! Failures of a connection, with their advice.

use std::fmt;
use std::io;
use std::time::Duration;

use diagnostic::{Code, Diagnostic, Message};
use msrpc::{Error, PipeError};
use smolder_core::error::CoreError;

/// How far a connection got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `SMB2 NEGOTIATE`
    Negotiate,
    /// `SMB2 SESSION_SETUP`
    SessionSetup,
    /// `SMB2 TREE_CONNECT` to `IPC$`
    IpcShare,
    /// `SMB2 CREATE` of a named pipe
    Pipe,
    /// `SMB2 TREE_CONNECT` to a share with files
    FileShare,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Negotiate => "negotiating SMB",
            Self::SessionSetup => "authenticating",
            Self::IpcShare => "connecting to the share IPC$",
            Self::Pipe => "opening the named pipe",
            Self::FileShare => "connecting to the share",
        })
    }
}

/// Why an account with the right password may not sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountProblem {
    /// Too many wrong passwords.
    LockedOut,
    /// Disabled by an administrator.
    Disabled,
    /// The account has an end date, which has passed.
    Expired,
    /// The maximum password age is exceeded.
    PasswordExpired,
    /// The password must be changed at the next logon.
    PasswordMustChange,
    /// The logon hours exclude the present time.
    LogonHours,
    /// The account may sign in from other workstations only.
    Workstation,
    /// An account restriction, which Windows does not name.
    Restriction,
    /// An authentication policy of the domain.
    AuthenticationPolicy,
    /// Disabled, locked out or expired: a KDC does not report which.
    Revoked,
}

impl fmt::Display for AccountProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LockedOut => "the account is locked out",
            Self::Disabled => "the account is disabled",
            Self::Expired => "the account has expired",
            Self::PasswordExpired => "the password has expired",
            Self::PasswordMustChange => "the password must be changed first",
            Self::LogonHours => "the account may not sign in at this time",
            Self::Workstation => "the account may not sign in from this machine",
            Self::Restriction => {
                "an account restriction applies (empty password over the network, or member of Protected Users)"
            }
            Self::AuthenticationPolicy => "an authentication policy of the domain excludes this account",
            Self::Revoked => "the account is disabled, locked out or expired",
        })
    }
}

/// A failed connection to a host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The name does not resolve.
    #[error("the name does not resolve ({0})")]
    NameNotFound(String),
    /// Nothing listens at the port.
    #[error("connection refused: nothing listens at this port")]
    Refused,
    /// No route to the host.
    #[error("the host is unreachable ({0})")]
    Unreachable(String),
    /// No response in time.
    #[error("no response within {} s while {what}", seconds(*.after))]
    TimedOut {
        /// The step that did not finish.
        what: String,
        /// The time limit.
        after: Duration,
    },
    /// The connection broke.
    #[error("the connection was lost while {step}: {reason}")]
    Lost {
        /// How far the connection got.
        step: Step,
        /// The error of the operating system.
        reason: String,
    },
    /// The peer is not an SMB server, or does not offer SMB 2.1 or later.
    #[error("no acceptable SMB response while {step}: {reason}")]
    NotSmb {
        /// How far the connection got.
        step: Step,
        /// What is wrong with the response.
        reason: String,
    },
    /// User name or password is wrong.
    #[error("user name or password is wrong (the server does not say which)")]
    WrongPassword,
    /// Not attempted, because other hosts rejected the account before ([`signin::LockoutGuard`]).
    #[error(
        "not attempted: {rejections} hosts in a row rejected the account, and another attempt may lock it"
    )]
    NotAttempted {
        /// Consecutive hosts that rejected the account.
        rejections: u32,
    },
    /// Cancelled from this side ([`signin::CancelToken`]).
    #[error("cancelled")]
    Cancelled,
    /// The account may not sign in now.
    #[error("{0}")]
    Account(AccountProblem),
    /// The account lacks the right to sign in over the network.
    #[error("the account may not sign in over the network")]
    LogonTypeNotGranted,
    /// No ticket, for another reason than a wrong password.
    #[error("Kerberos failed: {0}")]
    Kerberos(Message),
    /// NTLM is blocked.
    #[error("the server or its domain does not accept NTLM")]
    NtlmBlocked,
    /// The clocks differ by more than Kerberos allows.
    #[error("the clocks of this machine and of the domain differ too much")]
    ClockSkew,
    /// The server reaches no domain controller, or its trust is broken.
    #[error("the server cannot authenticate against its domain: {0}")]
    NoDomain(&'static str),
    /// The server signed the account in as a guest.
    #[error("the server signed the account in as a guest, which proves no identity")]
    Guest,
    /// The session was refused.
    #[error("the server denied the session")]
    SessionDenied,
    /// One side requires signing, and the other does not offer it.
    #[error("the session cannot be signed: {0}")]
    Signing(String),
    /// The share or the pipe may not be opened.
    #[error("access is denied while {0}")]
    AccessDenied(Step),
    /// The server has no share of this name.
    #[error("the server has no share of this name")]
    NoShare,
    /// The pipe does not exist.
    #[error("the named pipe does not exist: the service (RemoteRegistry for winreg) is not running")]
    NotRunning,
    /// The pipe does not exist yet.
    #[error("the service RemoteRegistry is still starting")]
    Starting,
    /// The server has no capacity for connections.
    #[error("the server accepts no more connections at present (status {0:#010x})")]
    Busy(u32),
    /// A status without a variant.
    #[error("the server returned status {status:#010x} while {step}")]
    Status {
        /// How far the connection got.
        step: Step,
        /// The NTSTATUS.
        status: u32,
    },
    /// The RPC interface could not be bound on the open pipe.
    #[error("the remote registry interface is unavailable: {0}")]
    Interface(Error),
    /// This machine lacks a resource.
    #[error("this machine could not open a connection: {0}")]
    Local(String),
}

/// At least 1, so that no message says "0 s".
fn seconds(time: Duration) -> u64 {
    time.as_secs().max(1)
}

impl Diagnostic for ConnectError {
    fn code(&self) -> Code {
        match self {
            Self::NameNotFound(_) => Code::NameNotFound,
            Self::Refused => Code::ConnectionRefused,
            Self::Unreachable(_) => Code::Unreachable,
            Self::TimedOut { .. } => Code::TimedOut,
            Self::Lost { .. } => Code::ConnectionLost,
            Self::NotSmb { .. } => Code::WrongProtocol,
            Self::WrongPassword => Code::WrongPassword,
            Self::NotAttempted { .. } => Code::NotAttempted,
            Self::Cancelled => Code::Cancelled,
            Self::Account(AccountProblem::LockedOut) => Code::AccountLocked,
            Self::Account(_) => Code::AccountRestricted,
            Self::LogonTypeNotGranted => Code::LogonTypeNotGranted,
            Self::Kerberos(message) => message.code,
            Self::NtlmBlocked => Code::NtlmBlocked,
            Self::ClockSkew => Code::ClockSkew,
            Self::NoDomain(_) => Code::NoDomainController,
            Self::Guest => Code::Guest,
            Self::SessionDenied => Code::SessionDenied,
            Self::Signing(_) => Code::NotProtected,
            Self::AccessDenied(_) => Code::AccessDenied,
            Self::NoShare => Code::ShareNotFound,
            Self::NotRunning => Code::ServiceNotRunning,
            Self::Starting => Code::ServiceStarting,
            Self::Busy(_) => Code::Busy,
            Self::Status { .. } => Code::Rejected,
            Self::Interface(error) => match error {
                Error::Pipe(_) | Error::Broken(_) => error.code(),
                _ => Code::InterfaceUnavailable,
            },
            Self::Local(_) => Code::LocalResources,
        }
    }

    fn advice(&self) -> Option<String> {
        if let Self::Kerberos(message) = self {
            return message.advice.clone();
        }
        self.hint().map(str::to_owned)
    }
}

impl ConnectError {
    fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NameNotFound(_) => {
                "Check the spelling and the DNS server of this machine, or use the full name (host.domain) or the address."
            }
            Self::NotAttempted { .. } => "Check account and password, then retry this host.",
            Self::Kerberos(_) | Self::Cancelled => return None,
            Self::Refused => {
                "Check that it is the right host, that its Server service runs, and that its port is 445 \
                 (otherwise use smb://HOST:PORT)."
            }
            Self::Unreachable(_) => {
                "Check that the host is up and that a route leads to it (VPN, subnet, firewall)."
            }
            Self::TimedOut { .. } => {
                "Check that the host is up and that TCP port 445 is open from here (firewall rule \"File and Printer \
                 Sharing (SMB-In)\"). For a slow link, use a longer --timeout."
            }
            Self::Lost { step: Step::Negotiate, .. } => {
                "Check what listens at this port: the host may offer SMB 1 only, or a device on the path may close the \
                 connection."
            }
            Self::Lost { .. } => "Retry. If it happens again, check the System log of the host.",
            Self::NotSmb { .. } => {
                "Check what listens at this port, and that the host offers SMB 2.1 or later with signing."
            }
            Self::WrongPassword => {
                "Check the account (DOMAIN\\user, or HOST\\user for a local one) and its password. Do not retry \
                 repeatedly: the domain may lock the account."
            }
            Self::Account(_) => "Correct the account in its domain or on the host, or use another account.",
            Self::LogonTypeNotGranted => {
                "Grant the right \"Access this computer from the network\" on the host, remove the account from the \
                 matching deny right, or use another account."
            }
            Self::NtlmBlocked => {
                "Use --kerberos, allow NTLM for this host (policy \"Network security: Restrict NTLM\"), or run `rdscal \
                 snapshot` on the host and read the file here."
            }
            Self::ClockSkew => "Set both clocks (w32tm /resync, chrony). Kerberos allows five minutes.",
            Self::NoDomain(_) => {
                "Check that the host reaches a domain controller, or use a local account (HOST\\user)."
            }
            Self::Guest => "Use an account that exists on the host or in its domain.",
            Self::SessionDenied => {
                "Check the log Microsoft-Windows-SMBServer/Security of the host: it may require encryption or a newer SMB \
                 version, or deny this account."
            }
            Self::Signing(_) => {
                "Allow signing on the host (policy \"Microsoft network server: Digitally sign communications\"). Without \
                 signing, anyone on the path could change what is read."
            }
            Self::NoShare => "Check that the host is a domain controller: those have the share SYSVOL.",
            Self::AccessDenied(Step::FileShare) => {
                "Use a domain account: every one may read SYSVOL by default."
            }
            Self::AccessDenied(_) => {
                "Use an administrator of the host. A local account other than Administrator needs \
                 LocalAccountTokenFilterPolicy = 1; the access list of \
                 HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurePipeServers\\winreg names who else may connect."
            }
            Self::NotRunning => {
                "Start it on the host (Start-Service RemoteRegistry; if it is disabled, first Set-Service RemoteRegistry \
                 -StartupType Manual), or run `rdscal snapshot` there and read the file here."
            }
            Self::Starting => "Retry in a moment.",
            Self::Busy(_) => "Retry later, or read fewer hosts in parallel.",
            Self::Status { .. } => {
                "Look the status up in [MS-ERREF], and check the System and Security logs of the host."
            }
            Self::Interface(_) => "Check that the host is Windows or Samba and offers its registry.",
            Self::Local(_) => "Check how many files and threads a process may have here (ulimit).",
        })
    }

    /// True if the host rejected the account or its password, so that another attempt may lock it.
    #[must_use]
    pub fn is_rejection(&self) -> bool {
        matches!(self, Self::WrongPassword | Self::Account(AccountProblem::LockedOut))
    }

    /// An operating system error during the TCP connect.
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

    /// An SMB error in this step.
    pub(crate) fn of_smb(error: CoreError, step: Step, waited: Duration) -> Self {
        match error {
            CoreError::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                Self::NotSmb { step, reason: error.to_string() }
            }
            CoreError::Io(error) => Self::Lost { step, reason: io_cause(&error) },
            CoreError::Timeout(_) => Self::TimedOut { what: step.to_string(), after: waited },
            CoreError::UnexpectedStatus { status, .. } => Self::of_status(status, step),
            other => Self::NotSmb { step, reason: with_source(&other) },
        }
    }

    /// An error of Windows' own SMB client; the codes are those of [MS-ERREF] 2.2.
    #[cfg(any(windows, test))]
    pub(crate) fn of_windows(error: &io::Error) -> Self {
        match error.raw_os_error() {
            Some(2) => Self::NotRunning,
            Some(5) => Self::AccessDenied(Step::Pipe),
            Some(51 | 53 | 64 | 67 | 121 | 1231 | 1232) => Self::Unreachable(error.to_string()),
            Some(86 | 1326) => Self::WrongPassword,
            Some(231) => Self::Starting,
            Some(1272) => Self::Guest,
            Some(1311 | 1355) => Self::NoDomain(NO_CONTROLLER),
            Some(1787..=1790) => Self::NoDomain(BROKEN_TRUST),
            Some(1327) => Self::Account(AccountProblem::Restriction),
            Some(1328) => Self::Account(AccountProblem::LogonHours),
            Some(1329) => Self::Account(AccountProblem::Workstation),
            Some(1330) => Self::Account(AccountProblem::PasswordExpired),
            Some(1331) => Self::Account(AccountProblem::Disabled),
            Some(1793) => Self::Account(AccountProblem::Expired),
            Some(1907) => Self::Account(AccountProblem::PasswordMustChange),
            Some(1909) => Self::Account(AccountProblem::LockedOut),
            Some(1385) => Self::LogonTypeNotGranted,
            Some(1398) => Self::ClockSkew,
            _ => Self::Local(error.to_string()),
        }
    }

    fn of_status(status: u32, step: Step) -> Self {
        match (status, step) {
            (0xc000_006d | 0xc000_006a | 0xc000_0064, _) => Self::WrongPassword,
            (0xc000_0234, _) => Self::Account(AccountProblem::LockedOut),
            (0xc000_0072, _) => Self::Account(AccountProblem::Disabled),
            (0xc000_0193, _) => Self::Account(AccountProblem::Expired),
            (0xc000_0071, _) => Self::Account(AccountProblem::PasswordExpired),
            (0xc000_0224, _) => Self::Account(AccountProblem::PasswordMustChange),
            (0xc000_006f, _) => Self::Account(AccountProblem::LogonHours),
            (0xc000_0070, _) => Self::Account(AccountProblem::Workstation),
            (0xc000_006e, _) => Self::Account(AccountProblem::Restriction),
            (0xc000_0413, _) => Self::Account(AccountProblem::AuthenticationPolicy),
            (0xc000_015b, _) => Self::LogonTypeNotGranted,
            (0xc000_0418 | 0xc000_00bb, Step::SessionSetup) => Self::NtlmBlocked,
            (0xc000_0133, _) => Self::ClockSkew,
            (0xc000_005e, _) => Self::NoDomain(NO_CONTROLLER),
            (0xc000_018d | 0xc000_018b | 0xc000_018c | 0xc000_0190, _) => Self::NoDomain(BROKEN_TRUST),
            (0xc000_00cc, Step::FileShare) => Self::NoShare,
            (0xc000_0022, Step::SessionSetup) => Self::SessionDenied,
            (0xc000_0022, step) => Self::AccessDenied(step),
            (0xc000_0034 | 0xc000_003a | 0xc000_000f, Step::Pipe) => Self::NotRunning,
            // Samba returns the last one if its registry process is overloaded: the pipe existed, and was
            // closed at once.
            (0xc000_00ac | 0xc000_00b1 | 0xc000_020c, Step::Pipe) => Self::Starting,
            (0xc000_00ab | 0xc000_00ae | 0xc000_00d0 | 0xc000_0205 | 0xc000_00ce | 0xc000_009a, _) => {
                Self::Busy(status)
            }
            _ => Self::Status { step, status },
        }
    }
}

const NO_CONTROLLER: &str = "no domain controller is available";
const BROKEN_TRUST: &str = "the trust with the domain is broken";

/// An SMB error on an open pipe.
pub(crate) fn on_pipe(error: CoreError) -> PipeError {
    match error {
        CoreError::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            PipeError::Malformed(error.to_string())
        }
        CoreError::Io(error) => PipeError::Lost(io_cause(&error)),
        CoreError::Timeout(_) => PipeError::TimedOut,
        // PIPE_BROKEN, PIPE_DISCONNECTED, FILE_CLOSED, USER_SESSION_DELETED, NETWORK_SESSION_EXPIRED
        CoreError::UnexpectedStatus { status, .. }
            if [0xc000_014b, 0xc000_00b0, 0xc000_0128, 0xc000_0203, 0xc000_035c].contains(&status) =>
        {
            PipeError::Lost(format!("the server closed the pipe or the session (status {status:#010x})"))
        }
        CoreError::UnexpectedStatus { status, .. } => PipeError::Status(status),
        CoreError::ConnectionPoisoned => PipeError::Lost("an earlier request got no response".to_owned()),
        other => PipeError::Malformed(with_source(&other)),
    }
}

fn io_cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the server closed it".to_owned(),
        _ => error.to_string(),
    }
}

fn with_source(error: &CoreError) -> String {
    let source = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
    format!("{error}{source}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both SMB clients map a failure to the same variant.
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

    #[test]
    fn only_rejections_of_credentials_count_towards_a_lockout() {
        use diagnostic::Retry;
        for status in [0xc000_006d, 0xc000_0234, 0xc000_0072, 0xc000_0022, 0xc000_00d0, 0xc000_0133] {
            let error = ConnectError::of_status(status, Step::SessionSetup);
            assert_eq!(error.is_rejection(), error.retry() == Retry::CredentialsRejected, "{error}");
        }
    }
}
