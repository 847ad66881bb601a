//! Keys, and what is done with them.

use std::fmt;

use aes::cipher::generic_array::GenericArray;
use aes::cipher::{BlockDecrypt as _, BlockEncrypt as _};
use aes::{Aes128, Aes256};
use hmac::digest::{KeyInit as MacInit, Output};
use hmac::{Hmac, Mac as _};
use md4::Md4;
use md5::{Digest as _, Md5};
use sha1::Sha1;
use zeroize::{Zeroize as _, Zeroizing};

use crate::error::Error;

/// A way to encipher ([RFC 3961]); the numbers are those that IANA keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Enctype {
    /// `aes256-cts-hmac-sha1-96`
    Aes256 = 18,
    /// `aes128-cts-hmac-sha1-96`
    Aes128 = 17,
    /// `rc4-hmac`, for accounts that have nothing better.
    Rc4 = 23,
}

impl Enctype {
    /// All, the best first.
    pub const ALL: [Self; 3] = [Self::Aes256, Self::Aes128, Self::Rc4];

    /// The way of this number.
    ///
    /// # Errors
    /// Where it is not known here.
    pub fn of(number: i64) -> Result<Self, Error> {
        let found = Self::ALL.into_iter().find(|enctype| *enctype as i64 == number);
        found.ok_or(Error::Enctype(i32::try_from(number).unwrap_or(i32::MAX)))
    }

    /// Bytes of a key.
    #[must_use]
    pub fn key_length(self) -> usize {
        match self {
            Self::Aes256 => 32,
            Self::Aes128 | Self::Rc4 => 16,
        }
    }

    /// The number of its checksum.
    pub(crate) fn checksum(self) -> i64 {
        match self {
            Self::Aes256 => 16,
            Self::Aes128 => 15,
            Self::Rc4 => -138,
        }
    }
}

/// A key. It is overwritten when it is dropped, and no form of display shows it.
#[derive(Clone)]
pub struct Key {
    enctype: Enctype,
    bytes: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?})", self.enctype)
    }
}

/// Rounds of PBKDF2 where the center names no number ([RFC 3962] 4).
const ROUNDS: u32 = 4096;
/// Nobody asks for more; a center that does wants this machine to be busy.
const MOST_ROUNDS: u32 = 1 << 17;

impl Key {
    /// A key of this kind.
    ///
    /// # Errors
    /// Where it has not the length of one.
    pub fn new(enctype: Enctype, bytes: &[u8]) -> Result<Self, Error> {
        let expected = enctype.key_length();
        if bytes.len() != expected {
            return Err(Error::KeyLength { expected, found: bytes.len() });
        }
        Ok(Self { enctype, bytes: Zeroizing::new(bytes.to_vec()) })
    }

    /// What it is for.
    #[must_use]
    pub fn enctype(&self) -> Enctype {
        self.enctype
    }

    /// Its bytes. They are to be shown to nobody.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The key that a password stands for. The salt and the number of rounds (four bytes, the highest first) are the center's to tell;
    /// RC4 has neither.
    ///
    /// # Errors
    /// Where the number of rounds is fewer than was ever thought safe, or outrageous.
    pub fn of_password(
        enctype: Enctype,
        password: &str,
        salt: &[u8],
        rounds: Option<&[u8]>,
    ) -> Result<Self, Error> {
        if enctype == Enctype::Rc4 {
            let text: Zeroizing<Vec<u8>> =
                Zeroizing::new(password.encode_utf16().flat_map(u16::to_le_bytes).collect());
            return Self::new(enctype, &Md4::digest(text.as_slice()));
        }
        let rounds = match rounds {
            None => ROUNDS,
            Some(bytes) => <[u8; 4]>::try_from(bytes).map(u32::from_be_bytes).unwrap_or_default(),
        };
        if !(ROUNDS..=MOST_ROUNDS).contains(&rounds) {
            return Err(Error::Broken("the number of rounds for a key is out of proportion"));
        }
        Self::derived_of_password(enctype, password, salt, rounds)
    }

    fn derived_of_password(
        enctype: Enctype,
        password: &str,
        salt: &[u8],
        rounds: u32,
    ) -> Result<Self, Error> {
        let raw = pbkdf2(password.as_bytes(), salt, rounds, enctype.key_length());
        let raw = Self::new(enctype, &raw)?;
        raw.derived(b"kerberos")
    }

    /// `DK(key, constant)` ([RFC 3961] 5.1); for AES alone.
    fn derived(&self, constant: &[u8]) -> Result<Self, Error> {
        let aes = Aes::new(self)?;
        let mut block = fold(constant);
        let mut bytes = Zeroizing::new(Vec::with_capacity(32));
        while bytes.len() < self.bytes.len() {
            aes.encrypt(&mut block);
            bytes.extend_from_slice(&block);
        }
        block.zeroize();
        bytes.truncate(self.bytes.len());
        Self::new(self.enctype, &bytes)
    }

    /// Enciphers for this usage ([RFC 4120] 7.5.1).
    pub(crate) fn seal(&self, usage: u32, plain: &[u8]) -> Result<Vec<u8>, Error> {
        match self.enctype {
            Enctype::Rc4 => rc4_seal(&self.bytes, usage, plain),
            _ => Sealing::new(self, usage)?.seal(plain),
        }
    }

    /// Deciphers what was enciphered for this usage.
    pub(crate) fn open(&self, usage: u32, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        match self.enctype {
            Enctype::Rc4 => rc4_open(&self.bytes, usage, sealed),
            _ => Sealing::new(self, usage)?.open(sealed),
        }
    }

    /// The checksum of [`Enctype::checksum`] for this usage.
    pub(crate) fn checksum(&self, usage: u32, data: &[u8]) -> Result<Vec<u8>, Error> {
        if self.enctype == Enctype::Rc4 {
            let signing = mac::<Hmac<Md5>>(&self.bytes, &[b"signaturekey\0"]);
            let inner = Md5::new().chain_update(rc4_usage(usage)).chain_update(data).finalize();
            return Ok(mac::<Hmac<Md5>>(&signing, &[&inner]).to_vec());
        }
        let key = self.derived(&constant(usage, 0x99))?;
        Ok(mac::<Hmac<Sha1>>(&key.bytes, &[data])[..TAG].to_vec())
    }
}

/// Bytes of a checksum that are sent.
const TAG: usize = 12;
/// Bytes of a block of AES, and of what is put before a message so that no two are alike.
const BLOCK: usize = 16;
type Block = [u8; BLOCK];

fn constant(usage: u32, kind: u8) -> [u8; 5] {
    let [a, b, c, d] = usage.to_be_bytes();
    [a, b, c, d, kind]
}

/// A key of AES, prepared for one usage.
pub(crate) struct Sealing {
    cipher: Aes,
    integrity: Key,
}

impl Sealing {
    /// # Errors
    /// Where the key is for RC4.
    pub(crate) fn new(key: &Key, usage: u32) -> Result<Self, Error> {
        Ok(Self {
            cipher: Aes::new(&key.derived(&constant(usage, 0xAA))?)?,
            integrity: key.derived(&constant(usage, 0x55))?,
        })
    }

    pub(crate) fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, Error> {
        let mut confounder = [0; BLOCK];
        getrandom::fill(&mut confounder).map_err(|error| Error::Random(error.to_string()))?;
        let mut bytes = Vec::with_capacity(BLOCK + plain.len() + TAG);
        bytes.extend_from_slice(&confounder);
        bytes.extend_from_slice(plain);
        let tag = mac::<Hmac<Sha1>>(&self.integrity.bytes, &[&bytes]);
        self.cipher.encrypt_stealing(&mut bytes);
        bytes.extend_from_slice(&tag[..TAG]);
        Ok(bytes)
    }

    pub(crate) fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        if sealed.len() < BLOCK + TAG {
            return Err(Error::Integrity);
        }
        let (sealed, tag) = sealed.split_at(sealed.len() - TAG);
        let mut bytes = Zeroizing::new(sealed.to_vec());
        self.cipher.decrypt_stealing(&mut bytes);
        let mut mac = keyed::<Hmac<Sha1>>(&self.integrity.bytes);
        mac.update(&bytes);
        mac.verify_truncated_left(tag).map_err(|_| Error::Integrity)?;
        bytes.drain(..BLOCK);
        Ok(bytes)
    }
}

#[allow(clippy::large_enum_variant)] // both are keys, one of each connection
enum Aes {
    Of128(Aes128),
    Of256(Aes256),
}

impl Aes {
    fn new(key: &Key) -> Result<Self, Error> {
        let length = |_| Error::KeyLength { expected: key.enctype.key_length(), found: key.bytes.len() };
        match key.enctype {
            Enctype::Aes128 => Aes128::new_from_slice(&key.bytes).map(Self::Of128).map_err(length),
            Enctype::Aes256 => Aes256::new_from_slice(&key.bytes).map(Self::Of256).map_err(length),
            Enctype::Rc4 => Err(Error::Weak),
        }
    }

    fn encrypt(&self, block: &mut Block) {
        let block = GenericArray::from_mut_slice(block);
        match self {
            Self::Of128(aes) => aes.encrypt_block(block),
            Self::Of256(aes) => aes.encrypt_block(block),
        }
    }

    fn decrypt(&self, block: &mut Block) {
        let block = GenericArray::from_mut_slice(block);
        match self {
            Self::Of128(aes) => aes.decrypt_block(block),
            Self::Of256(aes) => aes.decrypt_block(block),
        }
    }

    /// CBC from a vector of zeros, the last two blocks exchanged and the last one cut to what it needs ([RFC 3962] 5). There is one
    /// whole block at least: the confounder.
    fn encrypt_stealing(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        bytes.resize(length.next_multiple_of(BLOCK), 0);
        let mut before = [0; BLOCK];
        let (blocks, _) = bytes.as_chunks_mut::<BLOCK>();
        for block in &mut *blocks {
            exclusive_or(block, &before);
            self.encrypt(block);
            before = *block;
        }
        if let [.., last_but_one, last] = blocks {
            std::mem::swap(last_but_one, last);
            bytes.truncate(length);
        }
    }

    /// The way back. There is one whole block at least.
    fn decrypt_stealing(&self, bytes: &mut [u8]) {
        let whole = bytes.len().div_ceil(BLOCK).saturating_sub(2) * BLOCK;
        let (front, back) = bytes.split_at_mut(whole);
        let mut before = [0; BLOCK];
        for block in front.as_chunks_mut::<BLOCK>().0 {
            let sealed = *block;
            self.decrypt(block);
            exclusive_or(block, &before);
            before = sealed;
        }
        let Some((head, tail)) = back.split_first_chunk_mut::<BLOCK>() else { return };
        if tail.is_empty() {
            self.decrypt(head);
            exclusive_or(head, &before);
            return;
        }
        // What stands first here is the last block of CBC; it was enciphered over the other one, the end of which it still holds.
        let mut last = *head;
        self.decrypt(&mut last);
        let mut other = last;
        other[..tail.len()].copy_from_slice(tail);
        for (plain, sealed) in last.iter_mut().zip(&other) {
            *plain ^= sealed;
        }
        tail.copy_from_slice(&last[..tail.len()]);
        self.decrypt(&mut other);
        exclusive_or(&mut other, &before);
        *head = other;
    }
}

fn exclusive_or(block: &mut Block, with: &Block) {
    block.iter_mut().zip(with).for_each(|(byte, with)| *byte ^= with);
}

/// A code of authentication takes keys of any length, so that making one cannot fail.
fn keyed<M: hmac::Mac + MacInit>(key: &[u8]) -> M {
    match <M as hmac::Mac>::new_from_slice(key) {
        Ok(mac) => mac,
        // A key of no length at all would be padded with the same zeros.
        Err(_) => <M as MacInit>::new(&GenericArray::default()),
    }
}

fn mac<M: hmac::Mac + MacInit>(key: &[u8], parts: &[&[u8]]) -> Output<M> {
    let mut mac = keyed::<M>(key);
    for part in parts {
        hmac::Mac::update(&mut mac, part);
    }
    mac.finalize().into_bytes()
}

/// [RFC 8018] 5.2, over HMAC-SHA-1.
fn pbkdf2(password: &[u8], salt: &[u8], rounds: u32, length: usize) -> Zeroizing<Vec<u8>> {
    let keyed = keyed::<Hmac<Sha1>>(password);
    let mut bytes = Zeroizing::new(Vec::with_capacity(length + 20));
    for number in 1_u32.. {
        if bytes.len() >= length {
            break;
        }
        let mut round =
            keyed.clone().chain_update(salt).chain_update(number.to_be_bytes()).finalize().into_bytes();
        let mut sum = round;
        for _ in 1..rounds {
            round = keyed.clone().chain_update(round).finalize().into_bytes();
            sum.iter_mut().zip(&round).for_each(|(sum, byte)| *sum ^= byte);
        }
        bytes.extend_from_slice(&sum);
    }
    bytes.truncate(length);
    bytes
}

/// `n-fold` to one block ([RFC 3961] 5.1): copies, each turned right by 13 bits more, are added with the carry going round.
fn fold(constant: &[u8]) -> Block {
    let mut folded = [0; BLOCK];
    let size = constant.len();
    if size == 0 {
        return folded;
    }
    let bits = size * 8;
    // As many bytes as both lengths divide.
    let all = size * BLOCK / common(size, BLOCK);
    let mut sum: u32 = 0;
    for at in (0..all).rev() {
        let turned = 13 * (at / size) % bits;
        // The bit at which the byte begins in the constant before it was turned.
        let bit = (at % size * 8 + bits - turned) % bits;
        let pair = u16::from(constant[bit / 8]) << 8 | u16::from(constant[(bit / 8 + 1) % size]);
        sum += u32::from(pair >> (8 - bit % 8) & 0xFF) + u32::from(folded[at % BLOCK]);
        folded[at % BLOCK] = sum.to_le_bytes()[0];
        sum >>= 8;
    }
    for byte in folded.iter_mut().rev() {
        sum += u32::from(*byte);
        *byte = sum.to_le_bytes()[0];
        sum >>= 8;
    }
    folded
}

/// The greatest common divisor.
fn common(one: usize, other: usize) -> usize {
    if other == 0 { one } else { common(other, one % other) }
}

/// What a usage is called among those who use RC4 ([RFC 4757] 3).
fn rc4_usage(usage: u32) -> [u8; 4] {
    match usage {
        3 | 9 => 8_u32,
        other => other,
    }
    .to_le_bytes()
}

fn rc4_seal(key: &[u8], usage: u32, plain: &[u8]) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; 8];
    getrandom::fill(&mut bytes).map_err(|error| Error::Random(error.to_string()))?;
    bytes.extend_from_slice(plain);
    let key = mac::<Hmac<Md5>>(key, &[&rc4_usage(usage)]);
    let tag = mac::<Hmac<Md5>>(&key, &[&bytes]);
    rc4(&mac::<Hmac<Md5>>(&key, &[&tag]), &mut bytes);
    Ok([tag.as_slice(), &bytes].concat())
}

fn rc4_open(key: &[u8], usage: u32, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let (tag, sealed) =
        sealed.split_at_checked(16).filter(|(_, sealed)| sealed.len() >= 8).ok_or(Error::Integrity)?;
    let key = mac::<Hmac<Md5>>(key, &[&rc4_usage(usage)]);
    let mut bytes = Zeroizing::new(sealed.to_vec());
    rc4(&mac::<Hmac<Md5>>(&key, &[tag]), &mut bytes);
    let mut mac = keyed::<Hmac<Md5>>(&key);
    mac.update(&bytes);
    mac.verify_slice(tag).map_err(|_| Error::Integrity)?;
    bytes.drain(..8);
    Ok(bytes)
}

/// The stream of RC4 over these bytes; the key is not empty.
fn rc4(key: &[u8], bytes: &mut [u8]) {
    let mut state: [u8; 256] = std::array::from_fn(|index| u8::try_from(index).unwrap_or_default());
    let mut other = 0_u8;
    for index in 0..256 {
        other = other.wrapping_add(state[index]).wrapping_add(key[index % key.len()]);
        state.swap(index, other.into());
    }
    let (mut index, mut other) = (0_u8, 0_u8);
    for byte in bytes {
        index = index.wrapping_add(1);
        other = other.wrapping_add(state[usize::from(index)]);
        state.swap(index.into(), other.into());
        *byte ^= state[usize::from(state[usize::from(index)].wrapping_add(state[usize::from(other)]))];
    }
    state.zeroize();
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// [RFC 3961], A.1, those that are of this length.
    #[test]
    fn folding() {
        assert_eq!(hex::encode(fold(b"kerberos")), "6b65726265726f737b9b5b2b93132b93");
    }

    /// [RFC 3962], B.
    #[test]
    fn keys_of_passwords() {
        let rows = [
            (
                1,
                "42263c6e89f4fc28b8df68ee09799f15",
                "fe697b52bc0d3ce14432ba036a92e65bbb52280990a2fa27883998d72af30161",
            ),
            (
                1200,
                "4c01cd46d632d01e6dbe230a01ed642a",
                "55a6ac740ad17b4846941051e1e8b0a7548d93b0ab30a8bc3ff16280382b8c2a",
            ),
        ];
        for (rounds, short, long) in rows {
            let of = |enctype| {
                let key = Key::derived_of_password(enctype, "password", b"ATHENA.MIT.EDUraeburn", rounds);
                hex::encode(key.unwrap().bytes())
            };
            assert_eq!(of(Enctype::Aes128), short);
            assert_eq!(of(Enctype::Aes256), long);
        }
        // The hash of Windows' passwords, as everybody knows it.
        let key = Key::of_password(Enctype::Rc4, "password", b"", None).unwrap();
        assert_eq!(hex::encode(key.bytes()), "8846f7eaee8fb117ad06bdd830b7586c");
    }

    #[test]
    fn a_center_cannot_keep_this_machine_busy() {
        for rounds in [&[0, 0, 0, 1][..], &[0xFF; 4], &[0; 4], &[0x10, 0]] {
            assert!(Key::of_password(Enctype::Aes256, "password", b"", Some(rounds)).is_err());
        }
    }

    /// [RFC 3962], B: CBC with stolen ciphertext.
    #[test]
    fn stealing() {
        let key = Key::new(Enctype::Aes128, b"chicken teriyaki").unwrap();
        let aes = Aes::new(&key).unwrap();
        let text = b"I would like the General Gau's Chicken, please, and wonton soup.";
        let rows = [
            (17, "c6353568f2bf8cb4d8a580362da7ff7f97"),
            (31, "fc00783e0efdb2c1d445d4c8eff7ed2297687268d6ecccc0c07b25e25ecfe5"),
            (32, "39312523a78662d5be7fcbcc98ebf5a897687268d6ecccc0c07b25e25ecfe584"),
            (
                47,
                "97687268d6ecccc0c07b25e25ecfe584b3fffd940c16a18c1b5549d2f838029e39312523a78662d5be7fcbcc98ebf5",
            ),
            (
                64,
                "97687268d6ecccc0c07b25e25ecfe58439312523a78662d5be7fcbcc98ebf5a84807efe836ee89a526730dbc2f7bc8409dad8bbb96c4cdc03bc103e1a194bbd8",
            ),
        ];
        for (length, sealed) in rows {
            let mut bytes = text[..length].to_vec();
            aes.encrypt_stealing(&mut bytes);
            assert_eq!(hex::encode(&bytes), sealed);
            aes.decrypt_stealing(&mut bytes);
            assert_eq!(bytes, text[..length]);
        }
    }

    /// [RFC 6229]'s first key of 128 bits.
    #[test]
    fn the_stream_of_rc4() {
        let key: Vec<u8> = (1..=16).collect();
        let mut bytes = [0; 16];
        rc4(&key, &mut bytes);
        assert_eq!(hex::encode(bytes), "9ac7cc9a609d1ef7b2932899cde41b97");
    }

    #[test]
    fn no_display_shows_a_key() {
        let key = Key::new(Enctype::Aes128, b"chicken teriyaki").unwrap();
        assert_eq!(format!("{key:?}"), "Key(Aes128)");
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_once_it_is_whole(
            plain in proptest::collection::vec(any::<u8>(), 0..100),
            at in any::<proptest::sample::Index>(),
            bit in 0..8,
        ) {
            for enctype in Enctype::ALL {
                let key = Key::new(enctype, &vec![7; enctype.key_length()]).unwrap();
                let sealed = key.seal(3, &plain).unwrap();
                let opened = key.open(3, &sealed).unwrap();
                prop_assert_eq!(opened.as_slice(), plain.as_slice());
                prop_assert_eq!(key.open(4, &sealed), Err(Error::Integrity));
                let mut changed = sealed.clone();
                let at = at.index(changed.len());
                changed[at] ^= 1_u8 << bit;
                prop_assert_eq!(key.open(3, &changed), Err(Error::Integrity));
                prop_assert_eq!(key.open(3, &sealed[..at]), Err(Error::Integrity));
            }
        }
    }
}
