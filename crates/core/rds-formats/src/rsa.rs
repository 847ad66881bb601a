//! Public-key RSA, for checking only.

use num_bigint::BigUint;
use serde::Serialize;

use super::bytes::HexBytes;

/// Largest modulus that is worked with. Real keys have 512 to 2048 bits; the bound keeps crafted ones from
/// costing time.
const MAX_BITS: u64 = 4096;
/// Largest exponent that is worked with, in bits. 65537 needs 17, the Terminal Services signing key 32.
const MAX_EXPONENT_BITS: u64 = 33;

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
        let strip = |bytes: &[u8]| {
            let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
            HexBytes::from(bytes.get(zeros..).unwrap_or_default())
        };
        let modulus = strip(modulus);
        let bits = modulus.first().map_or(0, |first| {
            u64::try_from(modulus.len()).unwrap_or(u64::MAX) * 8 - u64::from(first.leading_zeros())
        });
        Self { bits, modulus, exponent: strip(exponent) }
    }

    /// The public operation, `signature ^ exponent mod modulus`, all big-endian.
    ///
    /// The result has as many bytes as the modulus. `None` where the signature is not below the modulus: no
    /// signature of this key is.
    pub(super) fn open(&self, signature: &[u8]) -> Result<Option<Vec<u8>>, UnusableKey> {
        if self.bits > MAX_BITS {
            return Err(UnusableKey::LargeModulus);
        }
        let modulus = BigUint::from_bytes_be(&self.modulus);
        if !modulus.bit(0) {
            return Err(UnusableKey::EvenModulus);
        }
        let exponent = BigUint::from_bytes_be(self.exponent.get(..self.exponent.len().min(8)).unwrap_or(&[]));
        if self.exponent.len() > 8 || !(2..=MAX_EXPONENT_BITS).contains(&exponent.bits()) {
            return Err(UnusableKey::Exponent);
        }
        let zeros = signature.iter().take_while(|&&byte| byte == 0).count();
        let digits = signature.get(zeros..).unwrap_or_default();
        if digits.len() > self.modulus.len() {
            return Ok(None);
        }
        let signature = BigUint::from_bytes_be(digits);
        if signature >= modulus {
            return Ok(None);
        }
        let opened = signature.modpow(&exponent, &modulus).to_bytes_be();
        let mut padded = vec![0; self.modulus.len().saturating_sub(opened.len())];
        padded.extend_from_slice(&opened);
        Ok(Some(padded))
    }

    /// Whether `signature` (big-endian) is this key's PKCS #1 v1.5 signature of a digest.
    ///
    /// `prefix` is the DER of DigestInfo up to the digest (RFC 8017, 9.2, note 1).
    pub(super) fn signed(&self, prefix: &[u8], digest: &[u8], signature: &[u8]) -> Result<bool, UnusableKey> {
        let Some(opened) = self.open(signature)? else { return Ok(false) };
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
        Ok(opened == expected)
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
}
