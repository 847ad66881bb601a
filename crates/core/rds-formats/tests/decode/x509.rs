//! Certificates, against the published samples, against made ones, and against x509-parser.

use rds_formats::x509::{Certificate, SignatureCheck};
use rds_formats::{Certainty, ErrorKind, UnusableKey};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::vectors::{CLIENT_LICENSE, LICENSE_SERVER, TERMINAL_SERVER};

/// The license itself, as it is in the published SignedData.
const LICENSE: std::ops::Range<usize> = 802..802 + 1141;
/// The license server's certificate in the same.
const LICENSE_ISSUER: std::ops::Range<usize> = 45..45 + 757;

#[test]
fn the_license_servers_certificates() {
    for (bytes, serial, not_before, not_after) in [
        (LICENSE_SERVER, "019e24a2f2ae9080", "1970-05-27T01:11:03Z", "2049-05-27T01:11:03Z"),
        (&CLIENT_LICENSE[LICENSE_ISSUER], "019e274d68aced20", "1970-05-30T10:36:18Z", "2049-05-30T10:36:18Z"),
    ] {
        let certificate = Certificate::decode(bytes).unwrap();
        assert_eq!((certificate.offset, certificate.length), (0, 757));
        assert_eq!(certificate.version, 3);
        assert_eq!(certificate.serial_number.to_string(), serial);
        assert_eq!(certificate.signature_algorithm.oid, "1.3.14.3.2.29");
        assert_eq!(certificate.signature_algorithm.name, Some("sha1RSA (OIW)"));
        assert_eq!(certificate.issuer.to_string(), "CN=RODENT+L=WORKGROUP");
        assert_eq!(certificate.subject, certificate.issuer);
        assert_eq!(certificate.subject.common_name(), Some("RODENT"));
        assert_eq!(certificate.subject.locality(), Some("WORKGROUP"));
        assert!(certificate.is_self_issued());
        assert_eq!(certificate.validity.not_before.to_string(), not_before);
        assert_eq!(certificate.validity.not_after.to_string(), not_after);
        assert!(!certificate.validity.ends_at_time_t_limit());
        let key = certificate.public_key.rsa.as_ref().unwrap();
        assert_eq!((key.bits, key.exponent.to_string()), (2048, "010001".to_owned()));
        assert_eq!(certificate.public_key.algorithm.name, Some("rsaEncryption"));
        let names: Vec<_> = certificate.extensions.iter().map(|found| (found.name, found.critical)).collect();
        assert_eq!(names, [(Some("basicConstraints"), false)]);
        let constraints = certificate.basic_constraints().unwrap();
        assert_eq!((constraints.is_ca, constraints.path_length), (true, Some(0)));
        // The serial number is the FILETIME of the first moment.
        let time = certificate.serial_number_as_time().unwrap();
        assert_eq!(time.unix_seconds(), certificate.validity.not_before.unix_seconds());
        assert_eq!(certificate.check_signature(&certificate), SignatureCheck::Good);
    }
}

#[test]
fn the_terminal_servers_certificate() {
    let certificate = Certificate::decode(TERMINAL_SERVER).unwrap();
    assert_eq!((certificate.version, certificate.length), (3, 1277));
    assert_eq!(certificate.serial_number.to_string(), "0100000002");
    assert_eq!(certificate.issuer.to_string(), "CN=RODENT+L=WORKGROUP");
    assert_eq!(certificate.subject.common_name(), Some("ncalrpc:RODENT"));
    assert_eq!(certificate.subject.locality(), Some("ncalrpc:RODENT"));
    assert_eq!(certificate.subject.attributes.len(), 3);
    assert!(certificate.subject.attributes.iter().all(|attribute| attribute.rdn == 0));
    assert_eq!(certificate.validity.not_before.to_string(), "2007-05-26T12:45:53Z");
    assert_eq!(certificate.validity.not_after.to_string(), "2038-01-19T03:14:07Z");
    assert!(certificate.validity.ends_at_time_t_limit());
    assert_eq!(certificate.public_key.algorithm.oid, "1.3.14.3.2.15");
    assert_eq!(certificate.public_key.rsa.as_ref().unwrap().bits, 2048);
    let extensions: Vec<_> = certificate
        .extensions
        .iter()
        .map(|found| (found.oid.as_str(), found.name_certainty, found.critical, found.value.len()))
        .collect();
    let documented = Some(Certainty::Documented);
    assert_eq!(
        extensions,
        [
            ("1.3.6.1.4.1.311.18.4", documented, true, 4),
            ("1.3.6.1.4.1.311.18.2", documented, true, 44),
            ("1.3.6.1.4.1.311.18.5", documented, true, 188),
            ("1.3.6.1.4.1.311.18.6", documented, true, 94),
            ("2.5.29.35", documented, true, 27),
        ]
    );
    assert_eq!(certificate.extensions[0].offset, 580);
    let authority = certificate.authority_key_id().unwrap();
    assert_eq!(authority.issuer.as_deref(), Some("RODENT"));
    assert_eq!(authority.serial_number.unwrap(), certificate.serial_number, "its own, not the issuer's");
    let issuer = Certificate::decode(LICENSE_SERVER).unwrap();
    assert!(certificate.names_as_issuer(&issuer));
    assert_eq!(certificate.check_signature(&issuer), SignatureCheck::Good);
    // Another license server of the same name: the certificate of section 4.6.
    let other = Certificate::decode(&CLIENT_LICENSE[LICENSE_ISSUER]).unwrap();
    assert!(certificate.names_as_issuer(&other));
    assert_eq!(certificate.check_signature(&other), SignatureCheck::Good, "renewed with the same key");
}

#[test]
fn signatures_of_every_hash() {
    for (bytes, algorithm) in [
        (&include_bytes!("../vectors/x509/rsa-md5.der")[..], "md5WithRSAEncryption"),
        (include_bytes!("../vectors/x509/rsa-sha1.der"), "sha1WithRSAEncryption"),
        (include_bytes!("../vectors/x509/rsa-sha256.der"), "sha256WithRSAEncryption"),
        (include_bytes!("../vectors/x509/rsa-sha384.der"), "sha384WithRSAEncryption"),
        (include_bytes!("../vectors/x509/rsa-sha512.der"), "sha512WithRSAEncryption"),
    ] {
        let certificate = Certificate::decode(bytes).unwrap();
        assert_eq!(certificate.signature_algorithm.name, Some(algorithm));
        assert_eq!(certificate.check_signature(&certificate), SignatureCheck::Good, "{algorithm}");
        assert_eq!(certificate.serial_number.to_string(), "0102030405060708");
        assert!(certificate.subject.to_string().starts_with("DC=example, L=WORKGROUP+CN=made for a test ("));
        let rdns: Vec<_> = certificate.subject.attributes.iter().map(|attribute| attribute.rdn).collect();
        assert_eq!(rdns, [0, 1, 1]);
        assert!(certificate.validity.not_after.to_string().starts_with("2109-01-"), "a GeneralizedTime");
        for at in changed_bytes(bytes) {
            let mut changed = bytes.to_vec();
            changed[at] ^= 1;
            if let Ok(changed) = Certificate::decode(&changed) {
                assert!(!changed.check_signature(&certificate).is_good(), "{algorithm}, byte {at}");
            }
        }
    }
}

#[test]
fn keys_and_signatures_that_cannot_be_checked() {
    let elliptic = Certificate::decode(include_bytes!("../vectors/x509/ec.der")).unwrap();
    assert_eq!(elliptic.public_key.rsa, None);
    assert_eq!(
        elliptic.check_signature(&elliptic),
        SignatureCheck::UnusableKey { reason: UnusableKey::NotRsa }
    );
    let pss = Certificate::decode(include_bytes!("../vectors/x509/rsa-pss.der")).unwrap();
    assert_eq!(
        pss.check_signature(&pss),
        SignatureCheck::UnknownAlgorithm { oid: "1.2.840.113549.1.1.10".to_owned() }
    );
}

/// Positions of everything that a signature covers or consists of.
fn changed_bytes(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let (_, certificate) = X509Certificate::from_der(bytes).unwrap();
    let signed = certificate.tbs_certificate.as_ref().len();
    let signature = certificate.signature_value.data.len();
    (4..4 + signed).chain(bytes.len() - signature..bytes.len())
}

#[test]
fn no_changed_byte_of_a_sample_goes_unnoticed() {
    let issuer = Certificate::decode(LICENSE_SERVER).unwrap();
    let license_issuer = Certificate::decode(&CLIENT_LICENSE[LICENSE_ISSUER]).unwrap();
    for (bytes, issuer) in
        [(LICENSE_SERVER, &issuer), (TERMINAL_SERVER, &issuer), (&CLIENT_LICENSE[LICENSE], &license_issuer)]
    {
        for at in changed_bytes(bytes) {
            for mask in [1 << (at % 8), 0xff] {
                let mut changed = bytes.to_vec();
                changed[at] ^= mask;
                if let Ok(changed) = Certificate::decode(&changed) {
                    assert!(!changed.check_signature(issuer).is_good(), "byte {at} ^ {mask:#x}");
                }
            }
        }
    }
}

#[test]
fn a_changed_outer_algorithm_is_noticed() {
    let at = LICENSE_SERVER.len() - 4 - 257 - 2 - 1;
    assert_eq!(LICENSE_SERVER[at], 0x1d, "the last arc of 1.3.14.3.2.29");
    let mut changed = LICENSE_SERVER.to_vec();
    changed[at] = 0x03;
    let changed = Certificate::decode(&changed).unwrap();
    assert_eq!(changed.check_signature(&changed), SignatureCheck::Mismatch);
}

#[test]
fn every_cut_is_located() {
    for bytes in [LICENSE_SERVER, TERMINAL_SERVER, &CLIENT_LICENSE[LICENSE]] {
        for length in 0..bytes.len() {
            let error = Certificate::decode(&bytes[..length]).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Truncated, "{error}");
            assert!(error.offset <= length, "{length}: {error}");
        }
        let error = Certificate::decode(&[bytes, &[0]].concat()).unwrap_err();
        assert_eq!((error.kind, error.offset), (ErrorKind::Trailing, bytes.len()));
    }
}

#[test]
fn the_same_as_x509_parser() {
    for bytes in [
        LICENSE_SERVER,
        TERMINAL_SERVER,
        &CLIENT_LICENSE[LICENSE],
        &CLIENT_LICENSE[LICENSE_ISSUER],
        include_bytes!("../vectors/x509/rsa-md5.der"),
        include_bytes!("../vectors/x509/rsa-sha512.der"),
        include_bytes!("../vectors/x509/rsa-pss.der"),
        include_bytes!("../vectors/x509/ec.der"),
    ] {
        let ours = Certificate::decode(bytes).unwrap();
        let (rest, theirs) = X509Certificate::from_der(bytes).unwrap();
        assert!(rest.is_empty());
        assert_eq!(ours.version, theirs.version().0 + 1);
        assert_eq!(ours.serial_number[..], *theirs.raw_serial());
        assert_eq!(ours.signature_algorithm.oid, theirs.signature_algorithm.algorithm.to_id_string());
        assert_eq!(ours.signature[..], *theirs.signature_value.data);
        assert_eq!(ours.validity.not_before.unix_seconds(), theirs.validity().not_before.timestamp());
        assert_eq!(ours.validity.not_after.unix_seconds(), theirs.validity().not_after.timestamp());
        for (ours, theirs) in [(&ours.issuer, theirs.issuer()), (&ours.subject, theirs.subject())] {
            let theirs: Vec<_> =
                theirs.iter_attributes().map(|found| found.attr_type().to_id_string()).collect();
            let ours: Vec<_> = ours.attributes.iter().map(|found| found.oid.clone()).collect();
            assert_eq!(ours, theirs);
        }
        let theirs_extensions: Vec<_> = theirs
            .extensions()
            .iter()
            .map(|found| (found.oid.to_id_string(), found.critical, found.value.to_vec()))
            .collect();
        let ours_extensions: Vec<_> = ours
            .extensions
            .iter()
            .map(|found| (found.oid.clone(), found.critical, found.value.0.clone()))
            .collect();
        assert_eq!(ours_extensions, theirs_extensions);
        assert_eq!(ours.public_key.algorithm.oid, theirs.public_key().algorithm.algorithm.to_id_string());
    }
}
