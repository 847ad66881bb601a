//! What can go wrong, each with what to do about it.

use std::time::Duration;

use crate::filter::BadFilter;
use crate::protocol::asn1::Malformed;

/// Why a directory could not be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name has no address.
    #[error(
        "the name does not resolve ({0}): check the spelling, or name a domain controller by its address"
    )]
    NameNotFound(String),
    /// Nobody listens.
    #[error("the connection was refused: no directory listens there, or a firewall answers for it")]
    Refused,
    /// Nobody answers.
    #[error(
        "no answer within {} s while {what}: the host is off, behind a firewall, or not a domain controller; --timeout waits longer",
        after.as_secs()
    )]
    TimedOut {
        /// During what.
        what: String,
        /// The time that was allowed.
        after: Duration,
    },
    /// The time for everything is spent.
    #[error("the time for this directory is spent: --host-timeout allows more")]
    OutOfTime,
    /// The connection broke.
    #[error("the connection to the directory was lost: {0}")]
    Lost(String),
    /// TLS did not come about.
    #[error("no TLS with the directory: {0}")]
    Tls(#[from] TlsFailure),
    /// The server refuses TLS.
    #[error(
        "the directory refuses StartTLS ({0}): it has no certificate. Give the domain controller one, or sign in by Kerberos, which needs none (--kerberos REALM without --ca)"
    )]
    NoTls(String),
    /// A password would have crossed the network unprotected.
    #[error(
        "no password is sent without TLS: leave --plaintext out, or sign in by Kerberos (--kerberos REALM)"
    )]
    Unprotected,
    /// The account or its password is wrong, or the account may not sign in.
    #[error("the directory refuses the sign-in: {0}")]
    SignIn(String),
    /// A sign-in by a mechanism such as Kerberos did not come about.
    #[error("the sign-in did not come about: {0}")]
    Handshake(String),
    /// What comes is not sealed as it was agreed on.
    #[error("the connection to the directory is not protected any more, and was ended: {0}")]
    Sealing(String),
    /// The server refuses what was asked.
    #[error("{0}")]
    Rejected(#[from] Rejection),
    /// Another server has what was asked for.
    #[error("the directory sends to other servers, which are not asked unbidden: {}. Ask one of them", .0.join(", "))]
    Referral(Vec<String>),
    /// The answer is none that LDAP allows.
    #[error("what answers is no directory, or a broken one: {0}")]
    Malformed(#[from] Malformed),
    /// An answer that is out of all proportion.
    #[error("the directory announces an answer of {0} bytes, which is refused")]
    TooLong(usize),
    /// An answer to something else.
    #[error("what answers is no directory, or a broken one: {0}")]
    Unexpected(&'static str),
    /// The filter is none.
    #[error(transparent)]
    Filter(#[from] BadFilter),
    /// The root of the directory does not say what it must.
    #[error("the directory does not name its {0}: it is not Active Directory, or asks for a sign-in first")]
    Root(&'static str),
}

/// The server's no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// `resultCode`
    pub code: u32,
    /// The server's own words.
    pub message: String,
}

impl std::error::Error for Rejection {}

impl std::fmt::Display for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (what, then) = match self.code {
            1 => ("the directory wants a sign-in first, or failed", "use an account"),
            3 => ("the directory's own time limit was reached", "ask for less"),
            4 => ("the directory's limit of entries was reached", "ask for less"),
            8 => ("the directory wants a stronger sign-in", "leave --plaintext out"),
            11 => ("the directory's limit for administrators was reached", "ask for less"),
            12 => ("the directory does not know how to answer in pages", "ask a domain controller"),
            13 => ("the directory wants an encrypted connection", "leave --plaintext out"),
            32 => ("the directory has no such object", "check the name"),
            50 => ("the account may not read that", "use one that may"),
            51 => ("the directory is busy", "try again later"),
            52 => ("the directory is not available", "try again later, or another domain controller"),
            53 => ("the directory is unwilling", "ask another domain controller"),
            _ => ("the directory refuses", "its own words follow"),
        };
        write!(f, "{what} (code {}): {then}", self.code)?;
        if self.message.is_empty() { Ok(()) } else { write!(f, ". It says: {}", self.message) }
    }
}

/// Why TLS did not come about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsFailure {
    /// The authority that issued the server's certificate is not trusted here.
    #[error(
        "its certificate was issued by an authority that this machine does not trust. Name the authority's certificate with --ca FILE"
    )]
    UnknownIssuer,
    /// The certificate is for another name.
    #[error("its certificate is not for the name {0}. Name the server as its certificate does")]
    OtherName(String),
    /// The certificate is not valid now.
    #[error("its certificate has expired, or is not valid yet. Renew it, and compare the clocks")]
    Expired,
    /// The server name cannot be one.
    #[error("{0} cannot be the name of a certificate")]
    BadName(String),
    /// No trusted authority could be loaded.
    #[error("this machine has no list of trusted authorities. Name the domain's with --ca FILE")]
    NoAuthorities,
    /// The file of authorities.
    #[error("the authorities in {file} could not be read: {reason}")]
    BadAuthorities {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// There is none here, as in the program for Windows.
    #[error(
        "this program was built without it, as it is for Windows: leave --ca out and name the directory without ldaps://, and what is said is sealed by the keys of the sign-in"
    )]
    NotBuilt,
    /// Nothing in common.
    #[error(
        "it offers no version or cipher that is still safe (TLS 1.2 with ECDHE and AES-GCM at least), which old Windows Server does not"
    )]
    NothingInCommon,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// What Active Directory means by the code in its message (`AcceptSecurityContext error, data 52e`): the Win32 errors of a logon.
pub(crate) fn refused_sign_in(message: &str) -> String {
    let code =
        message.split("data ").nth(1).and_then(|rest| rest.split(',').next()).unwrap_or_default().trim();
    let known = match code.to_ascii_lowercase().as_str() {
        "525" => "no such account",
        "530" => "the account may not sign in at this time of day",
        "531" => "the account may not sign in from this machine",
        "532" => "the password has expired",
        "533" => "the account is disabled",
        "701" => "the account has expired",
        "773" => "the password must be changed first",
        "775" => "the account is locked",
        // 52e, and whatever else it may be.
        _ => "the account or the password is wrong; repeated attempts may lock the account",
    };
    known.to_owned()
}
