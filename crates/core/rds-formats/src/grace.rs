//! The grace record of a session host: the value in `Control\Terminal Server\RCM\GracePeriod`.
//!
//! Since Windows Server 2008 it is a DPAPI envelope around eight bytes, the FILETIME at which the grace
//! period ends. Before, the same eight bytes are in clear in an LSA secret of the same name. Neither the
//! format nor its place is documented by Microsoft; the names come from public tools, the sizes from the
//! sibling values in `RCM\Secrets`, and no real record was available: see [`Certainty`] in what is returned.

use nt::{Date, FileTime};
use serde::Serialize;

use super::dpapi::{self, DpapiEnvelope};
use super::error::{DecodeError, ErrorKind};
use super::reader::Reader;
use crate::Certainty;

/// Name of the value on release builds.
pub const RELEASE_NAME: &str = "L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588";
/// Name of the value on pre-release builds.
pub const PRE_RELEASE_NAME: &str = "L$GracePeriodTimeBomb_1320153D-8DA3-4e8e-B27B-0D888223A588";

/// Size of the envelope around eight bytes with AES-256 and SHA-512, the algorithms of Windows 7 and later.
///
/// Inferred: 214 bytes of envelope (measured on the sibling values) and one cipher block.
pub const EXPECTED_LENGTH: usize = 230;

/// What a value's name makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordName {
    /// The record of a release build.
    Release,
    /// The record of a pre-release build.
    PreRelease,
    /// Neither of the two names that are known.
    Unknown,
}

impl RecordName {
    /// Recognizes a value's name; upper and lower case are the same, as everywhere in the registry. Blanks
    /// around the name make it another one.
    #[must_use]
    pub fn recognize(name: &str) -> Self {
        if name.eq_ignore_ascii_case(RELEASE_NAME) {
            Self::Release
        } else if name.eq_ignore_ascii_case(PRE_RELEASE_NAME) {
            Self::PreRelease
        } else {
            Self::Unknown
        }
    }
}

/// The record's data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum GraceRecord {
    /// Windows Server 2008 and later: encrypted.
    Enciphered {
        /// The envelope.
        envelope: DpapiEnvelope,
        /// Whether the encrypted part has the size of one FILETIME; `None` for an unknown cipher.
        holds_eight_bytes: Option<bool>,
    },
    /// Windows Server 2003 and before: the end of the grace period in clear.
    Plain {
        /// When the grace period ends.
        expires: FileTime,
        /// False for a moment before 1995 or after 2100, which no clock of such a host showed.
        plausible: bool,
    },
}

/// Something that can, or cannot, be read from a record without the machine that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct OfflineFact {
    /// The statement.
    pub statement: &'static str,
    /// How sure it is.
    pub certainty: Certainty,
}

/// What a record shows offline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfflineKnowledge {
    /// When the grace period ends, where that can be read.
    pub expires: Option<FileTime>,
    /// What can be known.
    pub known: Vec<OfflineFact>,
    /// What cannot.
    pub unknown: Vec<OfflineFact>,
}

impl GraceRecord {
    /// Decodes a record's data.
    ///
    /// # Errors
    ///
    /// Where the bytes are neither eight bytes nor a DPAPI envelope that fills them exactly.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() == 8 {
            let mut reader = Reader::new(bytes);
            let expires = FileTime(u64::from_le_bytes(reader.array("FILETIME")?));
            let start_of = |year| FileTime::from_utc(Date { year, month: 1, day: 1 }, 0, 0, 0);
            let plausible = start_of(1995).is_some_and(|first| expires >= first)
                && start_of(2100).is_some_and(|last| expires <= last);
            return Ok(Self::Plain { expires, plausible });
        }
        if bytes.is_empty() || !dpapi::PREFIX.starts_with(head(bytes)) {
            let expected = "a DPAPI envelope (01000000d08c9ddf…) or the 8 bytes of a FILETIME";
            let found = format!("{} bytes, {}", bytes.len(), hex::encode(head(bytes)));
            return Err(DecodeError::new(ErrorKind::NotThis, "grace record", 0, expected, found));
        }
        let envelope = dpapi::decode(bytes)?;
        let holds_eight_bytes = envelope.block_length().map(|block| {
            // The cipher pads to whole blocks, by at least one byte.
            envelope.data_length == (8 / block + 1) * block
        });
        Ok(Self::Enciphered { envelope, holds_eight_bytes })
    }

    /// What the record shows without the machine that wrote it.
    #[must_use]
    pub fn known_offline(&self) -> OfflineKnowledge {
        let fact = |statement, certainty| OfflineFact { statement, certainty };
        match self {
            Self::Plain { expires, plausible } => OfflineKnowledge {
                expires: plausible.then_some(*expires),
                known: vec![fact("the time at which the grace period ends", Certainty::Code)],
                unknown: vec![fact("whether a license server was reached since then", Certainty::Inferred)],
            },
            Self::Enciphered { .. } => OfflineKnowledge {
                expires: None,
                known: vec![
                    fact("that a grace record exists and its envelope is intact", Certainty::Measured),
                    fact("the master key and the algorithms that protect it", Certainty::Measured),
                    fact(
                        "approximately when it was written: the key's last-write time, because nothing else writes there",
                        Certainty::Inferred,
                    ),
                ],
                unknown: vec![
                    fact(
                        "the time at which the grace period ends, which is encrypted for the machine's own service",
                        Certainty::Code,
                    ),
                    fact("whether the machine can still decrypt it", Certainty::Inferred),
                ],
            },
        }
    }
}

/// What the machine that wrote a record deciphers it to: when the grace period ends.
///
/// # Errors
///
/// Where the bytes are not the eight of a FILETIME, or their moment is one that no host of our time would
/// write.
pub fn deciphered(plain: &[u8]) -> Result<FileTime, DecodeError> {
    let wanted = "the 8 bytes of a FILETIME between 1995 and 2100";
    match GraceRecord::decode(plain) {
        Ok(GraceRecord::Plain { expires, plausible: true }) => Ok(expires),
        Ok(GraceRecord::Plain { expires, .. }) => Err(DecodeError::new(
            ErrorKind::NotThis,
            "decrypted grace record",
            0,
            wanted,
            expires.to_string(),
        )),
        _ => {
            let found = format!("{} bytes", plain.len());
            Err(DecodeError::new(ErrorKind::NotThis, "decrypted grace record", 0, wanted, found))
        }
    }
}

/// As many bytes as the prefix has.
fn head(bytes: &[u8]) -> &[u8] {
    bytes.get(..bytes.len().min(dpapi::PREFIX.len())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An envelope as the sibling values have it, made up but for its layout.
    fn envelope(cipher: u32, data: usize) -> Vec<u8> {
        let mut bytes = dpapi::PREFIX.to_vec();
        let mut number = |number: u32| bytes.extend_from_slice(&number.to_le_bytes());
        number(1);
        number(0x0123_4567);
        number(0x89ab_cdef);
        number(0x0011_2233);
        number(0x4455_6677);
        number(dpapi::FLAG_LOCAL_MACHINE);
        number(2);
        bytes.extend_from_slice(&[0, 0]);
        let mut number = |number: u32, blob: usize| {
            bytes.extend_from_slice(&number.to_le_bytes());
            bytes.resize(bytes.len() + blob, 0xcc);
        };
        number(cipher, 0);
        number(256, 0);
        number(32, 32);
        number(0, 0);
        number(0x800e, 0);
        number(512, 0);
        number(32, 32);
        number(u32::try_from(data).unwrap(), data);
        number(64, 64);
        bytes
    }

    #[test]
    fn names() {
        for (name, expected) in [
            (RELEASE_NAME, RecordName::Release),
            ("l$rtmtimebomb_1320153d-8da3-4E8E-b27b-0d888223a588", RecordName::Release),
            (PRE_RELEASE_NAME, RecordName::PreRelease),
            ("L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588 ", RecordName::Unknown),
            (" L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588", RecordName::Unknown),
            ("L$RTMTIMEBOMB", RecordName::Unknown),
            ("L$host.example.com", RecordName::Unknown),
            ("", RecordName::Unknown),
        ] {
            assert_eq!(RecordName::recognize(name), expected, "{name}");
        }
    }

    #[test]
    fn an_envelope_around_eight_bytes() {
        let bytes = envelope(0x6610, 16);
        assert_eq!(bytes.len(), EXPECTED_LENGTH);
        let GraceRecord::Enciphered { envelope, holds_eight_bytes } = GraceRecord::decode(&bytes).unwrap()
        else {
            panic!("not an envelope")
        };
        assert_eq!(holds_eight_bytes, Some(true));
        assert_eq!(
            envelope,
            DpapiEnvelope {
                version: 1,
                provider: "df9d8cd0-1501-11d1-8c7a-00c04fc297eb".to_owned(),
                master_key_version: 1,
                master_key: "01234567-cdef-89ab-3322-110077665544".to_owned(),
                flags: 4,
                description: String::new(),
                cipher: dpapi::DpapiAlgorithm { id: 0x6610, name: Some("AES-256"), bits: 256 },
                hash: dpapi::DpapiAlgorithm { id: 0x800e, name: Some("SHA-512"), bits: 512 },
                salt_length: 32,
                strong_length: 0,
                mac_salt_length: 32,
                data_length: 16,
                signature_length: 64,
                length: 230,
            }
        );
        assert!(envelope.is_machine_scope());
        let record = GraceRecord::decode(&bytes).unwrap();
        let offline = record.known_offline();
        assert_eq!(offline.expires, None);
        assert!(offline.unknown.iter().any(|fact| fact.statement.contains("ends")));
    }

    #[test]
    fn other_payloads_are_told_apart() {
        for (cipher, data, expected) in [
            (0x6610, 32, Some(false)),
            (0x6603, 16, Some(true)),
            (0x6603, 8, Some(false)),
            (0x1234, 16, None),
        ] {
            let record = GraceRecord::decode(&envelope(cipher, data)).unwrap();
            let GraceRecord::Enciphered { holds_eight_bytes, .. } = record else { panic!("not an envelope") };
            assert_eq!(holds_eight_bytes, expected, "{cipher:#x}, {data}");
        }
    }

    #[test]
    fn every_cut_is_located() {
        let bytes = envelope(0x6610, 16);
        for length in (0..bytes.len()).filter(|&length| length != 8) {
            let error = GraceRecord::decode(&bytes[..length]).unwrap_err();
            assert!(error.offset <= length, "{length}: {error}");
            let kind = if length == 0 { ErrorKind::NotThis } else { ErrorKind::Truncated };
            assert_eq!(error.kind, kind, "{length}: {error}");
        }
        let longer = [&bytes[..], &[0]].concat();
        let error = GraceRecord::decode(&longer).unwrap_err();
        assert_eq!((error.kind, error.offset), (ErrorKind::Trailing, 230));
    }

    #[test]
    fn every_byte_of_the_prefix_counts() {
        for at in 0..dpapi::PREFIX.len() {
            let mut bytes = envelope(0x6610, 16);
            bytes[at] ^= 0x20;
            assert_eq!(GraceRecord::decode(&bytes).unwrap_err().kind, ErrorKind::NotThis, "{at}");
        }
    }

    /// Two records of Windows Server 2003 and before, as printed in public dumps of LSA secrets.
    #[test]
    fn plain_records() {
        for (bytes, text) in [
            ([0x00, 0xf2, 0xd1, 0x31, 0xe2, 0x11, 0xd3, 0x01], "2017-08-10T14:08:52"),
            ([0x00, 0x92, 0x50, 0x34, 0x0a, 0x93, 0xc7, 0x01], "2007-05-10T13:50:44"),
        ] {
            let record = GraceRecord::decode(&bytes).unwrap();
            let GraceRecord::Plain { expires, plausible } = record else { panic!("not plain") };
            assert!(plausible);
            assert!(expires.to_string().starts_with(text), "{expires}");
            assert_eq!(record.known_offline().expires, Some(expires));
        }
        assert_eq!(
            deciphered(&[0x00, 0xf2, 0xd1, 0x31, 0xe2, 0x11, 0xd3, 0x01]).unwrap().0,
            0x01d3_11e2_31d1_f200
        );
        for bytes in [&[][..], &[0; 8], &[0xff; 8], &[0x31; 7], &[0x31; 16], &dpapi::PREFIX] {
            assert_eq!(deciphered(bytes).unwrap_err().kind, ErrorKind::NotThis, "{bytes:x?}");
        }
        let absurd = GraceRecord::decode(&[0xff; 8]).unwrap();
        assert_eq!(absurd, GraceRecord::Plain { expires: FileTime(u64::MAX), plausible: false });
        assert_eq!(absurd.known_offline().expires, None);
    }
}
