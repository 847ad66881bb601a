//! Showing a ticket to a service by GSS-API, and what is said under its protection ([RFC 4121]).

use std::fmt;

use crate::messages::INCOMPLETE;
use asn1::{OID, Reader, Writer};
use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

use crate::client::{Ticket, random};
use crate::crypto::{Enctype, Key, Sealing};
use crate::error::Error;
use crate::messages::{Proven, Refusal, Showing, usage};
use crate::time::Stamp;

/// `1.2.840.113554.1.2.2`
const KERBEROS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 0x01, 0x02, 0x02];

const AP_REQ: [u8; 2] = [1, 0];
const AP_REP: [u8; 2] = [2, 0];
const KRB_ERROR: [u8; 2] = [3, 0];
const WRAP: [u8; 2] = [5, 4];

/// Flags of a context ([RFC 4121] 4.1.1.1).
mod flag {
    pub(super) const MUTUAL: u32 = 2;
    pub(super) const REPLAY: u32 = 4;
    pub(super) const SEQUENCE: u32 = 8;
    pub(super) const CONFIDENTIAL: u32 = 16;
    pub(super) const INTEGRITY: u32 = 32;
}

/// The checksum of an authenticator that carries what GSS-API has to say.
const GSS_CHECKSUM: i64 = 0x8003;

/// What a context shall do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes<'a> {
    /// Messages shall be signed, encrypted and counted.
    pub sealed: bool,
    /// What the context is bound to: the application data of [RFC 5929], such as `tls-server-end-point:` and the hash of a certificate.
    ///
    /// [RFC 5929]: https://www.rfc-editor.org/rfc/rfc5929
    pub binding: Option<&'a [u8]>,
}

/// A context that waits for the service's answer.
pub struct Initiator {
    /// The key of the ticket.
    key: Key,
    subkey: Key,
    now: Stamp,
    sequence: u32,
}

/// A context: who is at the other end is proven, and there is a key that both have and nobody else.
pub struct Context {
    key: Key,
    /// Absent with RC4.
    sealing: Option<Directions>,
    /// Whether the key is the service's choice.
    by_acceptor: bool,
    sends: u64,
    receives: u64,
}

struct Directions {
    out: Sealing,
    back: Sealing,
}

impl fmt::Debug for Initiator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Initiator").finish_non_exhaustive()
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

impl Ticket {
    /// The token that shows the ticket to its service, and what understands the answer. The service is always asked to prove itself.
    ///
    /// # Errors
    /// Where messages are to be sealed, and the ticket's key is for RC4.
    pub fn initiate(&self, wishes: Wishes<'_>) -> Result<(Vec<u8>, Initiator), Error> {
        if wishes.sealed && self.key.enctype() == Enctype::Rc4 {
            return Err(Error::Weak);
        }
        let mut flags = flag::MUTUAL;
        if wishes.sealed {
            flags |= flag::REPLAY | flag::SEQUENCE | flag::CONFIDENTIAL | flag::INTEGRITY;
        }
        let mut bytes = Zeroizing::new(vec![0; self.key.enctype().key_length()]);
        getrandom::fill(&mut bytes).map_err(|error| Error::Random(error.to_string()))?;
        let initiator = Initiator {
            key: self.key.clone(),
            subkey: Key::new(self.key.enctype(), &bytes)?,
            now: Stamp::of((self.clock)()),
            // Some take a number with the highest bits for a negative one.
            sequence: random()? & 0x3FFF_FFFF,
        };
        let checksum = [&16_u32.to_le_bytes()[..], &binding(wishes.binding), &flags.to_le_bytes()].concat();
        let showing = Showing {
            client: &self.client,
            ticket: &self.bytes,
            key: &self.key,
            usage: usage::AP_AUTHENTICATOR,
            now: initiator.now,
            checksum: (GSS_CHECKSUM, &checksum),
            subkey: Some(&initiator.subkey),
            sequence: Some(initiator.sequence),
            mutual: true,
        };
        let request = showing.encode()?;
        let mut token = Writer::default();
        token.within(0x60, |token| {
            token.element(OID, KERBEROS);
            token.raw(&AP_REQ);
            token.raw(&request);
        });
        Ok((token.into_bytes(), initiator))
    }
}

/// `Bnd`: the hash of a `gss_channel_bindings_struct` without addresses ([RFC 4121] 4.1.1.2); zeros where it is bound to nothing.
fn binding(data: Option<&[u8]>) -> [u8; 16] {
    let Some(data) = data else { return [0; 16] };
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    // Kinds and lengths of two addresses that are none.
    Md5::new().chain_update([0; 16]).chain_update(length.to_le_bytes()).chain_update(data).finalize().into()
}

impl Initiator {
    /// Takes the service's answer.
    ///
    /// # Errors
    /// Where the service says no, or does not prove that it has the ticket's key.
    pub fn complete(self, token: &[u8]) -> Result<Context, Error> {
        let token = if token.first() == Some(&0x60) {
            let mut reader = Reader::new(token).within(0x60)?;
            if reader.content(OID)? != KERBEROS {
                return Err(Error::Broken("the answer is by another mechanism"));
            }
            reader.rest()
        } else {
            token
        };
        let (kind, message) = token.split_first_chunk::<2>().ok_or(INCOMPLETE)?;
        match *kind {
            AP_REP => {}
            KRB_ERROR => return Err(Refusal::read(message)?.into()),
            _ => return Err(Error::Broken("the answer is of another kind than the one that is due")),
        }
        let proven = Proven::read(message, &self.key)?;
        if proven.time != self.now.text() || proven.micros != i64::from(self.now.micros) {
            return Err(Error::Broken("the proof is an answer to somebody else"));
        }
        let by_acceptor = proven.subkey.is_some();
        let key = proven.subkey.unwrap_or(self.subkey);
        let sealing = match key.enctype() {
            Enctype::Rc4 => None,
            _ => {
                Some(Directions { out: Sealing::new(&key, SEAL_OUT)?, back: Sealing::new(&key, SEAL_BACK)? })
            }
        };
        Ok(Context {
            key,
            sealing,
            by_acceptor,
            sends: self.sequence.into(),
            receives: proven.sequence.unwrap_or(0).into(),
        })
    }
}

/// What the service's messages are enciphered for ([RFC 4121] 2).
const SEAL_BACK: u32 = 22;
/// What ours are.
const SEAL_OUT: u32 = 24;

/// Flags of a token ([RFC 4121] 4.2.2).
const BY_ACCEPTOR: u8 = 1;
const SEALED: u8 = 2;
const ACCEPTORS_KEY: u8 = 4;

/// Bytes of the head of a token.
const HEAD: usize = 16;

/// The head of a token with this many bytes of filling, not turned.
fn head(flags: u8, filling: u16, number: u64) -> [u8; HEAD] {
    let mut head = [0; HEAD];
    head[..2].copy_from_slice(&WRAP);
    head[2] = flags;
    head[3] = 0xFF;
    head[4..6].copy_from_slice(&filling.to_be_bytes());
    head[8..].copy_from_slice(&number.to_be_bytes());
    head
}

impl Context {
    /// More than a message grows by in [`Context::seal`].
    pub const OVERHEAD: usize = 2 * HEAD + 16 + 12;

    /// The key of the session. It is to be shown to nobody.
    #[must_use]
    pub fn session_key(&self) -> &[u8] {
        self.key.bytes()
    }

    fn flags(&self) -> u8 {
        SEALED | if self.by_acceptor { ACCEPTORS_KEY } else { 0 }
    }

    /// Signs, encrypts and counts a message ([RFC 4121] 4.2.4).
    ///
    /// # Errors
    /// Where the key is for RC4.
    pub fn seal(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let directions = self.sealing.as_ref().ok_or(Error::Weak)?;
        let head = head(self.flags(), 0, self.sends);
        let sealed = directions.out.seal(&[message, &head].concat())?;
        self.sends = self.sends.wrapping_add(1);
        Ok([&head, sealed.as_slice()].concat())
    }

    /// Opens the next message of the service.
    ///
    /// # Errors
    /// Where it was changed, or is not the one that is due.
    pub fn open(&mut self, token: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let directions = self.sealing.as_ref().ok_or(Error::Weak)?;
        let (front, sealed) = token.split_first_chunk::<HEAD>().ok_or(INCOMPLETE)?;
        let [kind_0, kind_1, flags, filler, filling_0, filling_1, turned_0, turned_1, number @ ..] = *front;
        if [kind_0, kind_1] != WRAP || filler != 0xFF {
            return Err(Error::Broken("a message is no sealed one"));
        }
        // One that is only signed, or of our own, or by the key that was given up.
        if flags != BY_ACCEPTOR | self.flags() {
            return Err(Error::Broken("a message is not sealed as it was agreed on"));
        }
        let filling = u16::from_be_bytes([filling_0, filling_1]);
        let turned = usize::from(u16::from_be_bytes([turned_0, turned_1]));
        let number = u64::from_be_bytes(number);
        let mut plain = if sealed.is_empty() {
            return Err(Error::Integrity);
        } else {
            let mut sealed = sealed.to_vec();
            let turned = turned % sealed.len();
            sealed.rotate_left(turned);
            directions.back.open(&sealed)?
        };
        let behind = HEAD + usize::from(filling);
        let length = plain.len().checked_sub(behind).ok_or(Error::Integrity)?;
        if plain[plain.len() - HEAD..] != head(flags, filling, number) {
            return Err(Error::Integrity);
        }
        if number != self.receives {
            return Err(Error::Sequence);
        }
        self.receives = self.receives.wrapping_add(1);
        plain.truncate(length);
        Ok(plain)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn context(receives: u64) -> Context {
        let key = Key::new(Enctype::Aes256, &[7; 32]).unwrap();
        let sealing = Directions {
            out: Sealing::new(&key, SEAL_OUT).unwrap(),
            back: Sealing::new(&key, SEAL_BACK).unwrap(),
        };
        Context { key, sealing: Some(sealing), by_acceptor: true, sends: 7, receives }
    }

    /// A message as a service sends it, turned and filled as Windows may.
    fn sent(message: &[u8], number: u64, filling: u16, turned: u16) -> Vec<u8> {
        let mut head = head(BY_ACCEPTOR | SEALED | ACCEPTORS_KEY, filling, number);
        let key = Key::new(Enctype::Aes256, &[7; 32]).unwrap();
        let plain = [message, &vec![0; filling.into()], &head].concat();
        let mut sealed = Sealing::new(&key, SEAL_BACK).unwrap().seal(&plain).unwrap();
        let by = usize::from(turned) % sealed.len();
        sealed.rotate_right(by);
        head[6..8].copy_from_slice(&turned.to_be_bytes());
        [&head, sealed.as_slice()].concat()
    }

    #[test]
    fn messages_in_their_order_alone() {
        let mut context = context(41);
        let (first, second) = (sent(b"first", 41, 0, 0), sent(b"second", 42, 16, 28));
        assert_eq!(context.open(&second), Err(Error::Sequence), "one was left out");
        assert_eq!(context.open(&first).unwrap().as_slice(), b"first");
        assert_eq!(context.open(&first), Err(Error::Sequence), "one was repeated");
        assert_eq!(context.open(&second).unwrap().as_slice(), b"second");
        assert_eq!(context.open(&sent(b"", 43, 0, 60000)).unwrap().as_slice(), b"");
        let own = context.seal(b"third").unwrap();
        assert!(own.len() <= 5 + Context::OVERHEAD);
        assert!(matches!(context.open(&own), Err(Error::Broken(_))), "our own, sent back");
    }

    #[test]
    fn what_is_no_sealed_message() {
        let mut context = context(41);
        let good = sent(b"first", 41, 0, 0);
        for length in 0..good.len() {
            assert!(context.open(&good[..length]).is_err(), "{length}");
        }
        for at in 0..good.len() {
            let mut changed = good.clone();
            changed[at] ^= 0x10;
            assert!(context.open(&changed).is_err(), "{at}");
        }
        let mut longer = good.clone();
        longer.push(0);
        assert_eq!(context.open(&longer), Err(Error::Integrity));
        // More filling than there is message.
        let head = head(BY_ACCEPTOR | SEALED | ACCEPTORS_KEY, 60, 41);
        let key = Key::new(Enctype::Aes256, &[7; 32]).unwrap();
        let sealed = Sealing::new(&key, SEAL_BACK).unwrap().seal(&[b"x", head.as_slice()].concat()).unwrap();
        assert_eq!(context.open(&[&head, sealed.as_slice()].concat()), Err(Error::Integrity));
        // Nothing of it was taken for the message.
        assert_eq!(context.open(&good).unwrap().as_slice(), b"first");
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(context(41).open(&bytes).is_err());
            let mut with_head = head(BY_ACCEPTOR | SEALED | ACCEPTORS_KEY, 0, 41).to_vec();
            with_head.extend(&bytes);
            prop_assert!(context(41).open(&with_head).is_err());
        }
    }
}
