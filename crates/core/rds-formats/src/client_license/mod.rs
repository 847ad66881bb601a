//! A client access license (CAL): the value `ClientLicense` in a client's store, and `.cal` files.
//!
//! The bytes are `pbLicenseInfo` of [MS-RDPELE] 2.2.2.6.1, "opaque to the client": PKCS #7 SignedData that
//! signs nothing and carries X.509 certificates, the license server's first, the license itself last
//! (measured on the published sample). FreeRDP and rdesktop store the same bytes in files. The key in the
//! license's certificate is the license server's own (measured on the sample): the client has none.

mod hardware_binding;
mod recognize;
pub(super) mod signed_data;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use nt::FileTime;
use serde::Serialize;

use super::bytes::HexBytes;
use super::error::{DecodeError, ErrorKind};
use super::hardware_id::HardwareId;
use super::rsa::Signatures;
use super::x509::{
    Certificate, ChainCheck, LicensedProduct, LicensedVersion, LicensingExtensions, Phase, Validity,
};

pub use hardware_binding::HardwareBinding;
pub use recognize::{EncipheredLicense, LicenseFile, LicenseMessage, from_any};

/// Size of what binds a license to a client, in bytes.
const BINDING_SIZE: usize = 20;

/// Bits after the last byte need not be zero.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// Decodes padded base64; line breaks and spaces anywhere are skipped.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.replace(['\r', '\n', ' '], "")).ok()
}

/// A client access license.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClientLicense {
    /// The client that it was issued to.
    pub client: Client,
    /// The license server that issued it, from the issuer's name; see also
    /// [`LicensingExtensions::license_server`].
    pub issuer: Issuer,
    /// Its licensing extensions: product, license server, version.
    pub licensing: LicensingExtensions,
    /// From when to when it is valid.
    pub validity: Validity,
    /// Whether its certificates belong together.
    pub chain: ChainCheck,
    /// Whether the SignedData has neither content nor signers, as it should be.
    pub degenerate: bool,
    /// All certificates in their order, the license last.
    pub certificates: Vec<Certificate>,
}

/// Who a license was issued to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Client {
    /// The computer.
    pub machine: Option<String>,
    /// The user who was there when it was issued.
    pub user: Option<String>,
    /// The 20 bytes that bind it to the client's hardware identification; `None` where the subject has none,
    /// or others.
    pub hardware_binding: Option<HexBytes>,
}

/// Who issued a license.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Issuer {
    /// The license server.
    pub license_server: Option<String>,
    /// Its domain or workgroup.
    pub scope: Option<String>,
}

/// The status of a license at a certain time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LicenseStatus {
    /// The time.
    pub at: FileTime,
    /// The time relative to its validity.
    pub phase: Phase,
    /// Whole days to its end, rounded down; negative once it has passed.
    pub days_left: i64,
    /// When a permanent license starts to be renewed: seven days before its end.
    pub renewal_from: FileTime,
    /// Whether a session host will ask its license server for another one: a temporary license always, a
    /// permanent one in its last seven days and afterwards ([MS-RDPELE] 3.2.5.3). `None` where the license
    /// does not say which it is.
    pub wants_upgrade: Option<bool>,
}

impl ClientLicense {
    /// Decodes a license that fills the bytes exactly.
    ///
    /// A signature that does not verify is not an error (see [`ClientLicense::chain`]), nor is a licensing
    /// extension that cannot be decoded (see [`LicensingExtensions::faults`]).
    ///
    /// # Errors
    ///
    /// The first element that is not what a SignedData or a certificate has in its place, or no certificate
    /// at all.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::decode_with(bytes, &Signatures::default())
    }

    /// [`ClientLicense::decode`] with the signatures that were computed before.
    pub fn decode_with(bytes: &[u8], signatures: &Signatures) -> Result<Self, DecodeError> {
        let data = signed_data::decode(bytes)?;
        let Some(license) = data.certificates.last() else {
            return Err(DecodeError::new(ErrorKind::Length, "certificates", 0, "at least one", "none"));
        };
        let own = |text: Option<&str>| text.map(str::to_owned);
        let client = Client {
            machine: own(license.subject.common_name()),
            user: own(license.subject.locality()),
            hardware_binding: license
                .subject
                .serial_number()
                .and_then(decode_base64)
                .filter(|bytes| bytes.len() == BINDING_SIZE)
                .map(HexBytes),
        };
        let issuer = Issuer {
            license_server: own(license.issuer.common_name()),
            scope: own(license.issuer.locality()),
        };
        Ok(Self {
            client,
            issuer,
            licensing: LicensingExtensions::of(license),
            validity: license.validity,
            chain: ChainCheck::of(&data.certificates, signatures),
            degenerate: data.degenerate,
            certificates: data.certificates,
        })
    }

    /// The certificate that is the license, the last one.
    #[must_use]
    pub fn leaf(&self) -> Option<&Certificate> {
        self.certificates.last()
    }

    /// What is licensed.
    #[must_use]
    pub fn product(&self) -> Option<&LicensedProduct> {
        self.licensing.product.as_ref()
    }

    /// Version and kind.
    #[must_use]
    pub fn version(&self) -> Option<&LicensedVersion> {
        self.product()?.licensed_version()
    }

    /// True for a temporary license, false for a permanent one; `None` where it does not say.
    #[must_use]
    pub fn is_temporary(&self) -> Option<bool> {
        self.version().map(|version| version.temporary)
    }

    /// Whether a session host of this version accepts it: one needs a license of the same or a later version
    /// ([MS-RDPELE] note 4). `None` where it does not say its version.
    #[must_use]
    pub fn is_accepted_by(&self, major: u16, minor: u16) -> Option<bool> {
        self.version().map(|version| (version.major, version.minor) >= (major, minor))
    }

    /// Its status at a certain time.
    #[must_use]
    pub fn standing(&self, at: FileTime) -> LicenseStatus {
        let phase = self.validity.phase(at);
        let late = matches!(phase, Phase::Renewal | Phase::Expired);
        LicenseStatus {
            at,
            phase,
            days_left: self.validity.days_left(at),
            renewal_from: self.validity.renewal_from(),
            wants_upgrade: self.is_temporary().map(|temporary| temporary || late),
        }
    }

    /// Whether it belongs to a hardware identification; `None` where it is bound to none. See
    /// [`HardwareBinding::certainty`].
    #[must_use]
    pub fn binding_to(&self, hardware: &HardwareId) -> Option<HardwareBinding> {
        let binding = self.client.hardware_binding.as_ref()?;
        let binding: &[u8; BINDING_SIZE] = binding.0.first_chunk()?;
        Some(hardware_binding::check(binding, hardware))
    }
}

#[cfg(test)]
mod tests {
    use super::decode_base64;

    #[test]
    fn the_examples_of_rfc_4648() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9v\r\nYmE=\r\n", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(decode_base64(text).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        for text in ["Z", "Zg", "Zg=", "Zg==Zg==", "=", "Zm9v=", "Zm9v!", "Z===", "Zm8=v"] {
            assert_eq!(decode_base64(text), None, "{text}");
        }
    }
}
