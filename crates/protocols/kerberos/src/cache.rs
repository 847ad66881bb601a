//! Caches of tickets, as `kinit` fills them.
//!
//! The format is that of MIT's documentation, *The Kerberos Credential Cache Binary File Format*, versions 3 and 4: numbers with their
//! highest byte first.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::{fmt, io};

use zeroize::Zeroizing;

use crate::crypto::{Enctype, Key};
use crate::keytab::Bytes;
use crate::name::{self, Principal};

/// A cache of more bytes than this is something else.
const LARGEST: u64 = 16 << 20;
/// No account has more, and none is looked at beyond.
const MOST_TICKETS: usize = 100_000;

/// A cache of tickets. Their keys are overwritten when it is dropped, and no form of display shows them.
pub struct Cache {
    owner: Principal,
    tickets: Vec<Cached>,
}

/// A ticket of a cache.
pub(crate) struct Cached {
    pub(crate) service: Principal,
    pub(crate) key: Key,
    /// In seconds since 1970.
    pub(crate) ends: u64,
    /// As the center gave it.
    pub(crate) ticket: Vec<u8>,
}

/// Why a file is no cache that could be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadCache {
    /// It cannot be read.
    #[error("{0}; kinit makes one")]
    Unreadable(#[from] io::Error),
    /// It is no file.
    #[error("is no file")]
    NoFile,
    /// It is too large.
    #[error("has {0} bytes, more than any cache of tickets")]
    TooLarge(u64),
    /// It begins with something else.
    #[error("is no cache of tickets of version 3 or 4")]
    Form,
    /// It ends within a ticket.
    #[error("is damaged: it ends within what begins at byte {0}")]
    Damaged(usize),
}

impl Cache {
    /// Reads a file.
    ///
    /// # Errors
    /// Where it is no cache.
    pub fn load(path: &Path) -> Result<Self, BadCache> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(BadCache::NoFile);
        }
        if metadata.len() > LARGEST {
            return Err(BadCache::TooLarge(metadata.len()));
        }
        let mut bytes =
            Zeroizing::new(Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default() + 1));
        file.take(LARGEST).read_to_end(&mut bytes)?;
        Self::parse(&bytes)
    }

    /// Reads the content of a cache. What is no ticket, and what has a key of a kind that is not known here, is left out.
    ///
    /// # Errors
    /// Where it is none, or damaged.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadCache> {
        let mut rest = Bytes { bytes };
        match rest.array() {
            Some([5, 4]) => {
                let length = rest.array().map(u16::from_be_bytes).ok_or(BadCache::Damaged(2))?;
                rest.take(length.into()).ok_or(BadCache::Damaged(2))?;
            }
            Some([5, 3]) => {}
            _ => return Err(BadCache::Form),
        }
        let at = |rest: &Bytes<'_>| BadCache::Damaged(bytes.len() - rest.bytes.len());
        let start = at(&rest);
        let owner = principal(&mut rest).ok_or(start)?;
        let mut tickets = Vec::new();
        for _ in 0..MOST_TICKETS {
            if rest.bytes.is_empty() {
                break;
            }
            let start = at(&rest);
            tickets.extend(Cached::parse(&mut rest).ok_or(start)?);
        }
        Ok(Self { owner, tickets })
    }

    /// Whose tickets they are.
    #[must_use]
    pub fn owner(&self) -> &Principal {
        &self.owner
    }

    /// The ticket for a service, in whichever realm, that lasts longest beyond this time.
    pub(crate) fn ticket(&self, parts: &[String], now: u64) -> Option<&Cached> {
        let fit = self
            .tickets
            .iter()
            .filter(|cached| name::same(&cached.service.parts, parts) && cached.ends > now);
        fit.max_by_key(|cached| cached.ends)
    }
}

impl Cached {
    /// `Some(None)` where it is no ticket that could be used.
    #[allow(clippy::option_option)]
    fn parse(rest: &mut Bytes<'_>) -> Option<Option<Self>> {
        principal(rest)?; // the owner again
        let service = principal(rest)?;
        let enctype = rest.array().map(u16::from_be_bytes)?;
        let key = counted(rest)?;
        rest.take(8)?; // since when
        let ends = rest.array().map(u32::from_be_bytes)?;
        rest.take(4)?; // until when it can be renewed
        rest.take(1)?; // whether its key is that of another ticket
        rest.take(4)?; // flags
        // Addresses, then what the center decides by: both pairs of a kind and bytes.
        for _ in 0..2 {
            let count = rest.array().map(u32::from_be_bytes)?;
            for _ in 0..count {
                rest.take(2)?;
                counted(rest)?;
            }
        }
        let ticket = counted(rest)?.to_vec();
        counted(rest)?; // a second ticket
        let key = Enctype::of(enctype.into()).and_then(|enctype| Key::new(enctype, key));
        // Settings are kept like tickets of a realm that cannot be one.
        if service.realm == "X-CACHECONF:" || ticket.first() != Some(&0x61) {
            return Some(None);
        }
        Some(key.ok().map(|key| Self { service, key, ends: ends.into(), ticket }))
    }
}

fn principal(rest: &mut Bytes<'_>) -> Option<Principal> {
    rest.take(4)?; // the kind of name
    let count = rest.array().map(u32::from_be_bytes)?;
    let text = |rest: &mut Bytes<'_>| Some(String::from_utf8_lossy(counted(rest)?).into_owned());
    let realm = text(rest)?;
    // Each part takes four bytes at least, so that the count cannot make this long.
    let parts = (0..count).map(|_| text(rest)).collect::<Option<Vec<_>>>()?;
    Some(Principal { realm, parts })
}

/// With a length of four bytes before it.
fn counted<'a>(rest: &mut Bytes<'a>) -> Option<&'a [u8]> {
    let length = rest.array().map(u32::from_be_bytes)?;
    rest.take(usize::try_from(length).ok()?)
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cache({}, {} tickets)", self.owner, self.tickets.len())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counted(bytes: &[u8]) -> Vec<u8> {
        [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
    }

    fn principal(name: &str) -> Vec<u8> {
        let (name, realm) = name.split_once('@').unwrap();
        let parts: Vec<_> = name.split('/').collect();
        let mut bytes = [1_u32.to_be_bytes(), u32::try_from(parts.len()).unwrap().to_be_bytes()].concat();
        bytes.extend(counted(realm.as_bytes()));
        for part in parts {
            bytes.extend(counted(part.as_bytes()));
        }
        bytes
    }

    fn ticket(service: &str, ends: u32, ticket: &[u8]) -> Vec<u8> {
        let mut bytes =
            [principal("ann@RDS.TEST"), principal(service), vec![0, 18], counted(&[7; 32])].concat();
        bytes.extend([0; 8]);
        bytes.extend(ends.to_be_bytes());
        bytes.extend([0; 9]);
        bytes.extend([0, 0, 0, 1, 0, 2, 0, 0, 0, 4, 127, 0, 0, 1]);
        bytes.extend([0; 4]);
        bytes.extend(counted(ticket));
        bytes.extend([0; 4]);
        bytes
    }

    fn file() -> Vec<u8> {
        [
            vec![5, 4, 0, 12, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0],
            principal("ann@RDS.TEST"),
            ticket("krb5_ccache_conf_data/pa_type/krbtgt@X-CACHECONF:", 0, b"2"),
            ticket("krbtgt/RDS.TEST@RDS.TEST", 1000, b"\x61first"),
            ticket("krbtgt/RDS.TEST@RDS.TEST", 2000, b"\x61second"),
            ticket("cifs/dc1.rds.test@RDS.TEST", 500, b"\x61third"),
        ]
        .concat()
    }

    #[test]
    fn the_ticket_that_lasts_longest() {
        let cache = Cache::parse(&file()).unwrap();
        assert_eq!(cache.owner().to_string(), "ann@RDS.TEST");
        let found = |name: &str, now| {
            let parts: Vec<_> = name.split('/').map(str::to_owned).collect();
            cache.ticket(&parts, now).map(|cached| cached.ticket.clone())
        };
        assert_eq!(found("krbtgt/RDS.TEST", 999), Some(b"\x61second".to_vec()));
        assert_eq!(found("krbtgt/RDS.TEST", 2000), None);
        assert_eq!(found("cifs/DC1.rds.test", 0), Some(b"\x61third".to_vec()));
        assert_eq!(found("ldap/dc1.rds.test", 0), None);
        assert_eq!(format!("{cache:?}"), "Cache(ann@RDS.TEST, 3 tickets)");
    }

    #[test]
    fn what_is_no_cache() {
        assert!(matches!(Cache::parse(b""), Err(BadCache::Form)));
        assert!(matches!(Cache::parse(&[5, 2, 0, 0]), Err(BadCache::Form)));
        let bytes = file();
        for length in 2..bytes.len() {
            // But for where a ticket ends.
            if let Err(error) = Cache::parse(&bytes[..length]) {
                assert!(matches!(error, BadCache::Damaged(_)), "{length}: {error}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_damaged_cache_is_one_or_none(at in any::<proptest::sample::Index>(), byte in any::<u8>(), cut in any::<proptest::sample::Index>()) {
            let mut bytes = file();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes.truncate(cut.index(bytes.len()).max(at));
            let _ = Cache::parse(&bytes);
        }
    }
}
