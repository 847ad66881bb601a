//! What can go wrong.

use std::time::Duration;

use asn1::Malformed;

/// Codes of a key distribution center or a server ([RFC 4120] 7.5.9), of those that are told apart here.
///
/// [RFC 4120]: https://www.rfc-editor.org/rfc/rfc4120
pub mod code {
    /// No such account.
    pub const CLIENT_UNKNOWN: i32 = 6;
    /// No such service.
    pub const SERVICE_UNKNOWN: i32 = 7;
    /// None of the offered ways to encipher.
    pub const ENCTYPE: i32 = 14;
    /// The account is disabled, locked out or expired.
    pub const REVOKED: i32 = 18;
    /// The password has expired.
    pub const PASSWORD_EXPIRED: i32 = 23;
    /// The password or the key is wrong.
    pub const WRONG_PASSWORD: i32 = 24;
    /// The account must prove itself first; the answer says how.
    pub const PROVE: i32 = 25;
    /// The ticket has expired.
    pub const TICKET_EXPIRED: i32 = 32;
    /// The clocks differ too much.
    pub const SKEW: i32 = 37;
    /// The ticket is for somebody else, or enciphered by another key than the server has.
    pub const MODIFIED: i32 = 41;
    /// Another realm has the account or the service.
    pub const WRONG_REALM: i32 = 68;
}

/// Why there is no ticket, or no context.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The key distribution center cannot be reached.
    #[error("the key distribution center {center} cannot be reached: {reason}")]
    Unreachable {
        /// As it was named.
        center: String,
        /// What the system says.
        reason: String,
    },
    /// It does not answer.
    #[error("the key distribution center {center} does not answer within {} s", after.as_secs())]
    TimedOut {
        /// As it was named.
        center: String,
        /// The time that was allowed.
        after: Duration,
    },
    /// The center, or the server, says no.
    #[error("{}", refusal(*code, text))]
    Refused {
        /// See [`code`].
        code: i32,
        /// Its own words.
        text: String,
    },
    /// The answer is no Kerberos.
    #[error("what answers does not speak Kerberos, or breaks off: {0}")]
    Malformed(#[from] Malformed),
    /// The answer is none to what was asked.
    #[error("what answers does not keep to Kerberos: {0}")]
    Broken(&'static str),
    /// The answer cannot be deciphered with the key that is there.
    #[error(
        "the answer cannot be deciphered: the password or the key is wrong, or the answer was changed on its way"
    )]
    Integrity,
    /// A message of the peer is not the one that is due.
    #[error(
        "a sealed message is not the one that is due: one was repeated, left out or put in another place"
    )]
    Sequence,
    /// No common way to encipher.
    #[error("it enciphers in a way that is not known here (number {0}): AES with HMAC-SHA-1 and RC4 are")]
    Enctype(i32),
    /// RC4 seals no messages here.
    #[error(
        "the ticket has a key for RC4 alone, which is not used to protect messages; give the account or the service keys for AES"
    )]
    Weak,
    /// A key has another length than its kind.
    #[error("a key of {found} bytes where one of {expected} belongs")]
    KeyLength {
        /// Bytes of such a key.
        expected: usize,
        /// Bytes that are there.
        found: usize,
    },
    /// The keytab has no key for the account.
    #[error("the keytab has no key for {wanted}, but for {}", there(found))]
    NotInKeytab {
        /// The account.
        wanted: String,
        /// The accounts that it has keys for.
        found: Vec<String>,
    },
    /// The keytab has keys for several accounts, and none was named.
    #[error("the keytab has keys for several accounts ({}): name the one to use", there(.0))]
    WhichAccount(Vec<String>),
    /// The cache has no ticket that could be used.
    #[error("the cache has no ticket of realm {realm} that is still valid; kinit gets one")]
    NoTicket {
        /// The realm.
        realm: String,
    },
    /// The service is in another realm.
    #[error("the service is in realm {0}, and tickets are asked for in one realm alone: name that one")]
    OtherRealm(String),
    /// The system has no random numbers.
    #[error("this system gives no random numbers: {0}")]
    Random(String),
}

fn there(found: &[String]) -> String {
    if found.is_empty() { "nobody".to_owned() } else { found.join(", ") }
}

fn refusal(number: i32, text: &str) -> String {
    let known = match number {
        code::CLIENT_UNKNOWN => "the realm has no such account",
        code::SERVICE_UNKNOWN => {
            "the realm has no such service: name the host by its full DNS name, as the domain knows it"
        }
        code::ENCTYPE => {
            "account and key distribution center have no way to encipher in common: a keytab may lack the keys for AES"
        }
        code::REVOKED => "the account is disabled, locked out or expired",
        code::PASSWORD_EXPIRED => "the password has expired",
        code::WRONG_PASSWORD => {
            "the password or the key is wrong; one of a keytab is outdated by a change of the password"
        }
        code::PROVE => "the account must prove itself in a way that is not known here, such as a smart card",
        code::TICKET_EXPIRED => "the ticket has expired",
        code::SKEW => "the clocks differ too much; five minutes are too many",
        code::MODIFIED => {
            "the service has another key than its ticket: another host may answer under its name"
        }
        code::WRONG_REALM => "another realm has the account",
        _ => "it refuses",
    };
    if text.is_empty() {
        format!("{known} (code {number})")
    } else {
        format!("{known} (code {number}: {text})")
    }
}

impl Error {
    /// The code, where the center or the server said no.
    #[must_use]
    pub fn code(&self) -> Option<i32> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }
}
