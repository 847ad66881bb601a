//! Public-key RSA, for checking only.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use serde::Serialize;

use super::bytes::HexBytes;

/// Largest modulus that is worked with. Real keys have 512 to 2048 bits; the bound keeps crafted ones from
/// costing time.
const MAX_BITS: u64 = 4096;
/// Largest exponent that is worked with, in bits. 65537 needs 17, the Terminal Services signing key 32.
const MAX_EXPONENT_BITS: u32 = 33;

/// An RSA public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RsaKey {
    /// Length of the modulus in bits.
    pub bits: u64,
    /// The modulus, big-endian, without leading zeros.
    pub modulus: HexBytes,
    /// The public exponent, big-endian, without leading zeros.
    pub exponent: HexBytes,
}

/// Why a key cannot check anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnusableKey {
    /// The modulus is even or zero.
    EvenModulus,
    /// The modulus has more than 4096 bits.
    LargeModulus,
    /// The exponent is zero, one, or has more than 33 bits.
    Exponent,
    /// The key is not an RSA key.
    NotRsa,
}

impl RsaKey {
    /// A key from big-endian numbers; leading zeros are dropped.
    pub(super) fn new(modulus: &[u8], exponent: &[u8]) -> Self {
        let modulus = HexBytes::from(significant(modulus));
        let bits = modulus.first().map_or(0, |first| {
            u64::try_from(modulus.len()).unwrap_or(u64::MAX) * 8 - u64::from(first.leading_zeros())
        });
        Self { bits, modulus, exponent: HexBytes::from(significant(exponent)) }
    }

    /// The public operation, `signature ^ exponent mod modulus`, all big-endian.
    ///
    /// The result has as many bytes as the modulus. `None` where the signature is not below the modulus: no
    /// signature of this key is.
    fn open(&self, signature: &[u8]) -> Result<Option<Vec<u8>>, UnusableKey> {
        if self.bits > MAX_BITS {
            return Err(UnusableKey::LargeModulus);
        }
        let number = |bytes: &[u8]| {
            let bits = u32::try_from(self.modulus.len() * 8).unwrap_or(u32::MAX);
            BoxedUint::from_be_slice(bytes, bits).unwrap_or_default()
        };
        let modulus = number(&self.modulus);
        let modulus = Option::<Odd<_>>::from(modulus.to_odd()).ok_or(UnusableKey::EvenModulus)?;
        if self.exponent.len() > 8 {
            return Err(UnusableKey::Exponent);
        }
        let exponent = self.exponent.iter().fold(0_u64, |number, &digit| (number << 8) | u64::from(digit));
        let exponent_bits = u64::BITS - exponent.leading_zeros();
        if !(2..=MAX_EXPONENT_BITS).contains(&exponent_bits) {
            return Err(UnusableKey::Exponent);
        }
        let digits = significant(signature);
        if (digits.len(), digits) >= (self.modulus.len(), &self.modulus) {
            return Ok(None);
        }
        let modulus = BoxedMontyParams::new_vartime(modulus);
        let signature = BoxedMontyForm::new(number(digits), &modulus);
        // All numbers are public: multiplying where the exponent has a bit is enough.
        let mut power = signature.clone();
        for bit in (0..exponent_bits - 1).rev() {
            power = power.square();
            if exponent >> bit & 1 == 1 {
                power *= &signature;
            }
        }
        let opened = power.retrieve().to_be_bytes();
        let padding = opened.len().saturating_sub(self.modulus.len());
        Ok(Some(opened.get(padding..).unwrap_or_default().to_vec()))
    }

    /// Whether `signature` (big-endian) is this key's PKCS #1 v1.5 signature of a digest.
    ///
    /// `prefix` is the DER of DigestInfo up to the digest (RFC 8017, 9.2, note 1).
    pub(super) fn signed(
        &self,
        prefix: &[u8],
        digest: &[u8],
        signature: &[u8],
        signatures: &Signatures,
    ) -> Result<bool, UnusableKey> {
        let Some(opened) = signatures.open(self, signature)? else { return Ok(false) };
        let tail = prefix.len() + digest.len();
        // 00 01 FF.. 00, at least eight FF bytes (RFC 8017, 9.2).
        let Some(fill) = opened.len().checked_sub(tail + 3).filter(|&fill| fill >= 8) else {
            return Ok(false);
        };
        let mut expected = Vec::with_capacity(opened.len());
        expected.extend_from_slice(&[0, 1]);
        expected.resize(2 + fill, 0xff);
        expected.push(0);
        expected.extend_from_slice(prefix);
        expected.extend_from_slice(digest);
        Ok(*opened == expected)
    }
}

/// A big-endian number without leading zeros.
fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// Opened signatures, so that each is computed once: all machines of a site have the certificates of its
/// license server. Clones share their content.
#[derive(Clone, Debug, Default)]
pub struct Signatures(Arc<Mutex<HashMap<Box<[u8]>, Opened>>>);

/// What a signature opens to; see [`RsaKey::open`].
type Opened = Option<Arc<[u8]>>;

/// The most signatures that are kept, which need at most 2 MB. After that the collection starts again.
const MAX_SIGNATURES: usize = 1024;

impl Signatures {
    /// [`RsaKey::open`], computed only the first time.
    pub(super) fn open(&self, key: &RsaKey, signature: &[u8]) -> Result<Opened, UnusableKey> {
        let signature = significant(signature);
        // What is refused at once is not worth a place.
        if key.bits > MAX_BITS || signature.len() > key.modulus.len() {
            return Ok(key.open(signature)?.map(Arc::from));
        }
        // The lengths keep two keys from sharing a name.
        let lengths = [key.modulus.len().to_le_bytes(), signature.len().to_le_bytes()].concat();
        let name = [&lengths, &key.modulus[..], signature, &key.exponent[..]].concat();
        if let Some(opened) = self.lock().get(&name[..]) {
            return Ok(opened.clone());
        }
        let opened = key.open(signature)?.map(Arc::from);
        let mut kept = self.lock();
        if kept.len() >= MAX_SIGNATURES {
            kept.clear();
        }
        kept.insert(name.into_boxed_slice(), opened.clone());
        Ok(opened)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<[u8]>, Opened>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn textbook_numbers() {
        // p = 61, q = 53, e = 17, d = 413: the example of many textbooks.
        let key = RsaKey::new(&[0, 0x0c, 0xa1], &[17]);
        assert_eq!(key.bits, 12);
        assert_eq!(key.open(&[65]).unwrap(), Some(vec![0x0a, 0xe6]), "65 ^ 17 mod 3233 = 2790");
        assert_eq!(key.open(&[0x0c, 0xa1]).unwrap(), None, "not below the modulus");
        assert_eq!(key.open(&[1, 0, 0]).unwrap(), None, "longer than the modulus");
        assert_eq!(key.open(&[0, 0, 0, 0, 1]).unwrap(), Some(vec![0, 1]));
    }

    #[test]
    fn crafted_keys_are_refused() {
        assert_eq!(RsaKey::new(&[], &[3]).open(&[1]), Err(UnusableKey::EvenModulus));
        assert_eq!(RsaKey::new(&[4], &[3]).open(&[1]), Err(UnusableKey::EvenModulus));
        assert_eq!(RsaKey::new(&[0xff; 513], &[3]).open(&[1]), Err(UnusableKey::LargeModulus));
        for exponent in [&[][..], &[0], &[1], &[0xff; 5], &[0xff; 9], &[0xff; 10_000]] {
            assert_eq!(RsaKey::new(&[0xff], exponent).open(&[1]), Err(UnusableKey::Exponent));
        }
    }

    proptest::proptest! {
        /// Another implementation computes the same.
        #[test]
        fn agrees_with_num_bigint(
            mut modulus in proptest::collection::vec(proptest::num::u8::ANY, 1..300),
            exponent in 2_u64..1 << 33,
            signature in proptest::collection::vec(proptest::num::u8::ANY, 0..300),
        ) {
            *modulus.last_mut().unwrap() |= 1;
            let key = RsaKey::new(&modulus, &exponent.to_be_bytes());
            let number = num_bigint::BigUint::from_bytes_be;
            let theirs = (number(&signature) < number(&modulus)).then(|| {
                number(&signature).modpow(&exponent.into(), &number(&modulus))
            });
            let ours = key.open(&signature).unwrap();
            assert_eq!(ours.as_deref().map(number), theirs);
            assert!(ours.is_none_or(|ours| ours.len() == key.modulus.len()));
        }
    }

    #[test]
    fn a_second_answer_equals_the_first() {
        let signatures = Signatures::default();
        let key = RsaKey::new(&[0x0c, 0xa1], &[17]);
        let other = RsaKey::new(&[0x0c, 0xa1], &[5]);
        for _ in 0..2 {
            assert_eq!(signatures.open(&key, &[65]).unwrap().as_deref(), Some(&[0x0a, 0xe6][..]));
            assert_eq!(signatures.open(&key, &[0x0c, 0xa1]).unwrap(), None);
            assert_eq!(signatures.open(&key, &[1; 3]).unwrap(), None);
            assert_ne!(signatures.open(&other, &[65]).unwrap(), signatures.open(&key, &[65]).unwrap());
        }
        assert_eq!(signatures.lock().len(), 3);
        for signature in 0..=u16::MAX {
            let _ = signatures.open(&key, &signature.to_be_bytes());
            assert!(signatures.lock().len() <= MAX_SIGNATURES);
        }
    }
}
