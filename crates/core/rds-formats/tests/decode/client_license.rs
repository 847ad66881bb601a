//! The client access license of [MS-RDPELE] 4.6.

use nt::FileTime;
use rds_formats::client_license::{ClientLicense, EncipheredLicense, LicenseFile, LicenseMessage, from_any};
use rds_formats::x509::{LicenseFamily, LicenseSource, Phase, SignatureCheck};
use rds_formats::{Certainty, ErrorKind, hardware_id};

use crate::vectors::{
    CLIENT_LICENSE, ENCIPHERED, HARDWARE_ID, LICENSE_SERVER, NEW_LICENSE_INFO, PRODUCT_INFO, TERMINAL_SERVER,
    WIN7,
};

/// The certificates in the sample: where each starts, how long it is, and how long its signed part is.
const CERTIFICATES: [(usize, usize, usize); 2] = [(45, 757, 481), (802, 1141, 865)];

fn sample() -> ClientLicense {
    ClientLicense::decode(CLIENT_LICENSE).unwrap()
}

/// Noon on a day of 2007.
fn day(month: u8, day: u8) -> FileTime {
    // 2007-01-01 12:00 UTC.
    let start = FileTime::from_unix_seconds(1_167_652_800).unwrap();
    let before: i64 =
        [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].iter().take(usize::from(month) - 1).sum();
    start.checked_add_days(before + i64::from(day) - 1).unwrap()
}

#[test]
fn who_and_from_whom() {
    let license = sample();
    assert_eq!(license.client.machine.as_deref(), Some("RODENT"));
    assert_eq!(license.client.user.as_deref(), Some("Administrator"));
    assert_eq!(
        license.client.hardware_binding.as_ref().unwrap().to_string(),
        "d4170a79dcb692b3b8fcc0832c8d401d970f89ab"
    );
    assert_eq!(license.issuer.license_server.as_deref(), Some("RODENT"));
    assert_eq!(license.issuer.scope.as_deref(), Some("WORKGROUP"));
    assert!(license.degenerate);
    let found: Vec<_> =
        license.certificates.iter().map(|certificate| (certificate.offset, certificate.length)).collect();
    assert_eq!(found, CERTIFICATES.map(|(offset, length, _)| (offset, length)));
    assert_eq!(license.leaf().unwrap().serial_number.to_string(), "030000000f");
    assert_eq!(license.leaf().unwrap().subject.serial_number(), Some("1BcKedy2krO4/MCDLI1AHZcPias=\r\n"));
}

#[test]
fn what_it_licenses() {
    let license = sample();
    assert_eq!(license.licensing.manufacturer.as_deref(), Some("Microsoft Corporation"));
    assert_eq!(license.licensing.certificate_version, Some(0x0005_0001));
    assert_eq!(license.licensing.product_specific, None);
    assert_eq!(license.licensing.faults, []);
    let product = license.product().unwrap();
    assert_eq!(product.version, 0x3000);
    assert_eq!(product.license_count, 1);
    assert_eq!(product.platform_id, 0xff);
    assert_eq!(product.language_id, 0x400);
    assert_eq!(product.requested.text, "A02");
    assert_eq!(product.requested.version, None);
    assert_eq!(product.adjusted.text, "A02-6.00-S");
    assert_eq!(product.adjusted.family, LicenseFamily::PerDevice);
    assert_eq!(product.adjusted.version, Some((6, 0)));
    assert_eq!(product.adjusted.source, Some(LicenseSource::Sold));
    assert_eq!(product.trailing[..], [0; 4]);
    assert_eq!(product.versions.len(), 1);
    let version = license.version().unwrap();
    assert_eq!((version.major, version.minor, version.flags), (6, 0, 0x8064_8000));
    assert!(version.enforced && version.temporary);
    assert!(!version.rtm, "issued by a beta");
    assert_eq!(version.undocumented_flags, 0x0064_0000);
    assert_eq!(version.release.unwrap().name, "Windows Server 2008 or 2008 R2");
    let server = license.licensing.license_server.as_ref().unwrap();
    assert_eq!(server.version, 0x3000);
    assert_eq!(server.issuer, "RODENT");
    assert_eq!(server.issuer_id.as_deref(), Some("78440-006-5867045-70347"));
    assert_eq!(server.scope, "WORKGROUP");
    assert_eq!(license.is_accepted_by(6, 0), Some(true));
    assert_eq!(license.is_accepted_by(5, 2), Some(true));
    assert_eq!(license.is_accepted_by(6, 2), Some(false));
}

#[test]
fn its_signatures() {
    let license = sample();
    assert!(license.chain.intact);
    assert!(!license.chain.has_bad_signature());
    let links: Vec<_> = license.chain.links.iter().map(|link| (link.certificate, link.issuer)).collect();
    assert_eq!(links, [(0, Some(0)), (1, Some(0))]);
}

#[test]
fn no_changed_byte_goes_unnoticed() {
    for (offset, length, signed) in CERTIFICATES {
        for at in (offset + 4..offset + 4 + signed).chain(offset + length - 256..offset + length) {
            let mut changed = CLIENT_LICENSE.to_vec();
            changed[at] ^= 1 << (at % 8);
            if let Ok(license) = ClientLicense::decode(&changed) {
                assert!(!license.chain.intact, "byte {at}");
            }
        }
    }
}

#[test]
fn every_cut_is_located() {
    for length in 0..CLIENT_LICENSE.len() {
        let error = ClientLicense::decode(&CLIENT_LICENSE[..length]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Truncated, "{error}");
        assert!(error.offset <= length, "{length}: {error}");
    }
    let error = ClientLicense::decode(&[CLIENT_LICENSE, &[0]].concat()).unwrap_err();
    assert_eq!((error.kind, error.offset), (ErrorKind::Trailing, 1945));
}

#[test]
fn where_it_stands() {
    let license = sample();
    assert_eq!(license.validity.not_before.to_string(), "2007-06-20T14:51:35Z");
    assert_eq!(license.validity.not_after.to_string(), "2007-09-18T14:51:35Z");
    assert_eq!(license.validity.days(), 90);
    for (at, phase, left) in [
        (day(6, 20), Phase::NotYetValid, 90),
        (day(6, 21), Phase::Valid, 89),
        (day(9, 11), Phase::Valid, 7),
        (day(9, 12), Phase::Renewal, 6),
        (day(9, 18), Phase::Renewal, 0),
        (day(9, 19), Phase::Expired, -1),
    ] {
        let standing = license.standing(at);
        assert_eq!((standing.phase, standing.days_left), (phase, left), "{at}");
        assert_eq!(standing.at, at);
        assert_eq!(standing.wants_upgrade, Some(true), "a temporary license always does");
    }
    assert_eq!(license.standing(day(7, 1)).renewal_from.to_string(), "2007-09-11T14:51:35Z");
}

/// The license with the flag TEMPORARY_LICENSE taken out; its signature then fails, which is not asked here.
#[test]
fn a_permanent_license_wants_an_upgrade_only_at_its_end() {
    let mut bytes = CLIENT_LICENSE.to_vec();
    let flags = 1448 + 2 + 62;
    assert_eq!(bytes[flags..flags + 4], [0x00, 0x80, 0x64, 0x80]);
    bytes[flags + 3] = 0;
    let license = ClientLicense::decode(&bytes).unwrap();
    assert_eq!(license.is_temporary(), Some(false));
    assert_eq!(license.chain.links[1].signature, SignatureCheck::Mismatch);
    assert!(license.chain.has_bad_signature());
    for (at, wants) in [(day(7, 1), false), (day(9, 12), true), (day(12, 1), true)] {
        assert_eq!(license.standing(at).wants_upgrade, Some(wants), "{at}");
    }
}

#[test]
fn the_hardware_that_it_belongs_to() {
    let hardware = hardware_id::decode(HARDWARE_ID).unwrap();
    let binding = sample().binding_to(&hardware).unwrap();
    assert!(binding.fits && binding.platform_fits);
    assert_eq!(binding.certainty, Certainty::Inferred);
    for at in 0..20 {
        let mut other = HARDWARE_ID.to_vec();
        other[at] ^= 1;
        let binding = sample().binding_to(&hardware_id::decode(&other).unwrap()).unwrap();
        assert!(!binding.fits);
        assert_eq!(binding.platform_fits, at >= 4, "{at}");
    }
}

#[test]
fn a_broken_extension_costs_only_itself() {
    let mut bytes = CLIENT_LICENSE.to_vec();
    // The version of LICENSED_PRODUCT_INFO's neighbor MS_LICENSE_SERVER_INFO.
    let version = 1536 + 2;
    bytes[version + 1] = 0x77;
    let license = ClientLicense::decode(&bytes).unwrap();
    assert_eq!(license.licensing.license_server, None);
    assert!(license.product().is_some());
    let [fault] = license.licensing.faults.as_slice() else { panic!("{:?}", license.licensing.faults) };
    assert_eq!((fault.what, fault.offset), ("Version", version), "{fault}");
}

#[test]
fn what_some_bytes_are() {
    let recognized = |bytes: &[u8]| from_any(bytes).unwrap();
    assert_eq!(recognized(CLIENT_LICENSE), LicenseFile::ClientLicense(Box::new(sample())));
    let LicenseFile::NewLicenseInfo { info, license } = recognized(NEW_LICENSE_INFO) else { panic!() };
    assert_eq!(info.scope, "microsoft.com");
    assert_eq!(*license.unwrap(), sample());
    assert!(matches!(recognized(LICENSE_SERVER), LicenseFile::Certificate(_)));
    assert!(matches!(recognized(TERMINAL_SERVER), LicenseFile::Certificate(_)));
    assert!(matches!(recognized(&crate::wire_chain()), LicenseFile::HostCertificates(_)));
    assert!(matches!(recognized(PRODUCT_INFO), LicenseFile::ProductInfo(_)));
    for (bytes, message) in [
        (ENCIPHERED, Some(LicenseMessage::NewLicense)),
        (&ENCIPHERED[4..], Some(LicenseMessage::NewLicense)),
        (&ENCIPHERED[8..], None),
    ] {
        let expected = EncipheredLicense { message, blob_type: 9, length: NEW_LICENSE_INFO.len() };
        assert_eq!(recognized(bytes), LicenseFile::Enciphered(expected));
    }
    let mut upgrade = ENCIPHERED[4..].to_vec();
    upgrade[0] = 4;
    let LicenseFile::Enciphered(enciphered) = recognized(&upgrade) else { panic!() };
    assert_eq!(enciphered.message, Some(LicenseMessage::UpgradeLicense));
    for bytes in [&b""[..], b"MZ\x90\0", WIN7, HARDWARE_ID, &[0xff; 64]] {
        let error = from_any(bytes).unwrap_err();
        assert_eq!((error.kind, error.offset), (ErrorKind::NotThis, 0), "{error}");
    }
    // Near misses get the exact error.
    let error = from_any(&NEW_LICENSE_INFO[..2000]).unwrap_err();
    assert_eq!((error.what, error.kind), ("pbLicenseInfo", ErrorKind::Truncated));
    let error = from_any(&CLIENT_LICENSE[..1000]).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Truncated);
    // A broken license in a whole wrapper.
    let mut bytes = NEW_LICENSE_INFO.to_vec();
    bytes[86] = 0;
    let LicenseFile::NewLicenseInfo { license, .. } = recognized(&bytes) else { panic!() };
    assert_eq!(license.unwrap_err().what, "ContentInfo");
}

#[test]
fn other_kinds_of_pkcs_7() {
    let mut bytes = CLIENT_LICENSE.to_vec();
    bytes[14] = 0x03;
    let error = ClientLicense::decode(&bytes).unwrap_err();
    assert_eq!((error.what, error.kind), ("contentType", ErrorKind::NotThis));
    assert!(error.found.contains("1.2.840.113549.1.7.3"), "{error}");
    // SignedData without any certificate.
    let empty = [
        0x30, 0x23, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2, 0xa0, 0x16, 0x30, 0x14, 2, 1, 1, 0x31,
        0, 0x30, 0x0b, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1, 0x31, 0,
    ];
    let error = ClientLicense::decode(&empty).unwrap_err();
    assert_eq!((error.what, error.kind), ("certificates", ErrorKind::Length));
}
