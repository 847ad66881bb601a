use rds_formats::ErrorKind;
use rds_formats::rdp_certificate::{CertificateState, decode, examine};

use crate::vectors::{WIN7, WIN7_OLD, WIN10, WIN10_OLD, WINXP};

#[test]
fn the_values_of_real_hives_are_intact() {
    for (bytes, size, bits) in [
        (WIN7, 376, 2048),
        (WIN10, 376, 2048),
        (WIN7_OLD, 184, 512),
        (WIN10_OLD, 184, 512),
        (WINXP, 184, 512),
    ] {
        assert_eq!(bytes.len(), size);
        let state = examine(bytes);
        assert!(state.is_intact(), "{state:?}");
        let certificate = state.certificate().unwrap();
        assert_eq!(
            (certificate.version, certificate.signature_algorithm, certificate.key_algorithm),
            (1, 1, 1)
        );
        assert_eq!(certificate.key_bits, bits);
        assert_eq!(certificate.key_data_length, bits / 8 - 1);
        assert_eq!(certificate.public_exponent, 0x1_0001);
        let modulus = usize::try_from(bits / 8).unwrap();
        assert_eq!(certificate.modulus[..], bytes[36..36 + modulus]);
        let signature = 36 + modulus + 8 + 4;
        assert_eq!(certificate.signature[..], bytes[signature..signature + 64]);
        assert!(certificate.signature_good);
    }
}

#[test]
fn no_changed_byte_goes_unnoticed() {
    for bytes in [WIN7, WIN7_OLD, WIN10, WIN10_OLD, WINXP] {
        for at in 0..bytes.len() {
            for mask in [1 << (at % 8), 0xff] {
                let mut changed = bytes.to_vec();
                changed[at] ^= mask;
                let state = examine(&changed);
                assert!(!state.is_intact(), "byte {at} ^ {mask:#x}");
                if let CertificateState::Malformed { error } = state {
                    // An error may stand at a field that fits no more because of the changed one.
                    assert!(error.offset <= 36 + 256 + 8 + 4, "{error}");
                }
            }
        }
    }
}

#[test]
fn a_changed_modulus_or_signature_is_told_from_a_broken_layout() {
    for at in [36, 36 + 63, 36 + 64 + 8 + 4, 36 + 64 + 8 + 4 + 71] {
        let mut changed = WIN7_OLD.to_vec();
        changed[at] ^= 1;
        assert!(matches!(examine(&changed), CertificateState::BadSignature(_)), "{at}");
    }
}

#[test]
fn every_broken_field_is_named() {
    for (at, what, kind) in [
        (0, "dwVersion", ErrorKind::Constant),
        (4, "dwSigAlgId", ErrorKind::Constant),
        (8, "dwKeyAlgId", ErrorKind::Constant),
        (12, "wPublicKeyBlobType", ErrorKind::Constant),
        (14, "wPublicKeyBlobLen", ErrorKind::Length),
        (16, "magic", ErrorKind::Constant),
        (20, "keylen", ErrorKind::Length),
        (24, "bitlen", ErrorKind::Length),
        (28, "datalen", ErrorKind::Length),
        (100, "padding of the modulus", ErrorKind::Constant),
        (108, "wSignatureBlobType", ErrorKind::Constant),
        (110, "wSignatureBlobLen", ErrorKind::Length),
    ] {
        let mut changed = WINXP.to_vec();
        changed[at] ^= 0x41;
        let error = decode(&changed).unwrap_err();
        assert_eq!((error.what, error.offset, error.kind), (what, at, kind), "{error}");
    }
    // Half a key: the fields agree with each other, but not with the size of the blob.
    let mut changed = WIN7.to_vec();
    changed[20..28].copy_from_slice(&[0x48, 0, 0, 0, 0, 2, 0, 0]);
    changed[28..32].copy_from_slice(&[0x3f, 0, 0, 0]);
    changed[100..108].fill(0);
    let error = decode(&changed).unwrap_err();
    assert_eq!((error.what, error.offset), ("wPublicKeyBlobLen", 14), "{error}");
}

#[test]
fn every_cut_is_located() {
    for bytes in [WIN7, WINXP] {
        for length in 0..bytes.len() {
            let error = decode(&bytes[..length]).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Truncated, "{length}: {error}");
            assert!(error.offset <= length, "{length}: {error}");
        }
        let error = decode(&[bytes, &[0]].concat()).unwrap_err();
        assert_eq!((error.kind, error.offset), (ErrorKind::Trailing, bytes.len()));
    }
}

#[test]
fn other_structures_are_told_apart() {
    let error = decode(&crate::wire_chain()).unwrap_err();
    assert_eq!((error.what, error.offset), ("dwVersion", 0));
    assert!(error.to_string().contains("X.509 certificate chain"), "{error}");
    assert_eq!(
        decode(&[2, 0, 0, 0]).unwrap_err().to_string(),
        "dwVersion at byte 0: expected 0x1 (CERT_CHAIN_VERSION_1), found 0x2, an X.509 certificate chain"
    );
}
