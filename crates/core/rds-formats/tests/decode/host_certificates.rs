//! Certificate chains of session hosts, made from the certificates of [MS-RDPELE] 4.1.

use rds_formats::x509::{ChainForm, HostCertificates, LicenseFamily, SignatureCheck};
use rds_formats::{Certainty, ErrorKind};

use crate::vectors::{CLIENT_LICENSE, LICENSE_SERVER, TERMINAL_SERVER, WIN7};
use crate::{bare_chain, wire_chain};

#[test]
fn the_chain_of_the_license_request() {
    let host = HostCertificates::decode(&wire_chain()).unwrap();
    assert_eq!(host.form, ChainForm::Wire { temporary: true, padding: 16 });
    assert_eq!(host.form_certainty, Certainty::Inferred);
    let places: Vec<_> = host.certificates.iter().map(|found| (found.offset, found.length)).collect();
    assert_eq!(places, [(12, 757), (773, 1277)]);
    assert!(host.chain.intact);
    assert_eq!(host.leaf().unwrap().subject.common_name(), Some("ncalrpc:RODENT"));
    assert_eq!(host.licensing.manufacturer.as_deref(), Some("Microsoft Corporation"));
    assert_eq!(host.licensing.certificate_version, Some(0x0005_0001));
    assert_eq!(host.licensing.faults, []);
    let product = host.licensing.product.as_ref().unwrap();
    assert_eq!((product.version, product.license_count), (0x3000, 1));
    assert_eq!((product.platform_id, product.language_id), (2, 0x409));
    for id in [&product.requested, &product.adjusted] {
        assert_eq!(id.text, "3d267954-eeb7-11d1-b94e-00c04fa3080d");
        assert_eq!(id.family, LicenseFamily::Host);
    }
    let version = product.licensed_version().unwrap();
    assert_eq!((version.major, version.minor, version.flags), (0, 0x1000, 0x0064_8000));
    assert!(version.enforced && !version.temporary && !version.rtm);
    assert_eq!(version.release, None);
    let server = host.licensing.license_server.as_ref().unwrap();
    assert_eq!(server.issuer, "RODENT");
    assert_eq!(server.issuer_id.as_deref(), Some("78440-006-5867045-70347"));
    assert_eq!(server.scope, "WORKGROUP");
}

#[test]
fn other_forms() {
    let mut permanent = wire_chain();
    permanent[3] = 0;
    let without_padding = wire_chain()[..wire_chain().len() - 16].to_vec();
    for (bytes, form) in [
        (permanent, ChainForm::Wire { temporary: false, padding: 16 }),
        (without_padding, ChainForm::Wire { temporary: true, padding: 0 }),
        (bare_chain(), ChainForm::Bare { padding: 0 }),
        ([bare_chain(), vec![0; 16]].concat(), ChainForm::Bare { padding: 16 }),
        ([LICENSE_SERVER, TERMINAL_SERVER].concat(), ChainForm::Der),
        (CLIENT_LICENSE.to_vec(), ChainForm::Pkcs7),
    ] {
        let host = HostCertificates::decode(&bytes).unwrap();
        assert_eq!(host.form, form);
        assert_eq!(host.certificates.len(), 2);
        assert!(host.chain.intact, "{form:?}");
    }
    let alone = HostCertificates::decode(TERMINAL_SERVER).unwrap();
    assert_eq!(alone.chain.links[0].signature, SignatureCheck::IssuerMissing);
    assert!(!alone.chain.intact && !alone.chain.has_bad_signature());
    assert!(HostCertificates::decode(LICENSE_SERVER).unwrap().chain.intact);
}

#[test]
fn the_order_does_not_hide_the_issuer() {
    let reversed = HostCertificates::decode(&[TERMINAL_SERVER, LICENSE_SERVER].concat()).unwrap();
    let links: Vec<_> = reversed.chain.links.iter().map(|link| link.issuer).collect();
    assert_eq!(links, [Some(1), Some(1)]);
    assert!(reversed.chain.intact);
}

#[test]
fn every_cut_is_an_error() {
    let bytes = wire_chain();
    let end = bytes.len() - 16;
    for length in (0..bytes.len()).filter(|&length| length != end) {
        let error = HostCertificates::decode(&bytes[..length]).unwrap_err();
        assert!(error.offset <= length, "{length}: {error}");
        let kind = if length < end { ErrorKind::Truncated } else { ErrorKind::Length };
        assert_eq!(error.kind, kind, "{length}: {error}");
    }
    let error = HostCertificates::decode(&[&bytes[..], &[0]].concat()).unwrap_err();
    assert_eq!((error.what, error.offset), ("Padding", end));
}

#[test]
fn no_changed_byte_goes_unnoticed() {
    let bytes = wire_chain();
    for (offset, length, signed) in [(12, 757, 481), (773, 1277, 1001)] {
        for at in (offset + 4..offset + 4 + signed).chain(offset + length - 256..offset + length) {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            if let Ok(host) = HostCertificates::decode(&changed) {
                assert!(!host.chain.intact, "byte {at}");
            }
        }
    }
}

#[test]
fn what_is_no_chain() {
    let error = HostCertificates::decode(WIN7).unwrap_err();
    assert_eq!((error.kind, error.offset), (ErrorKind::NotThis, 0));
    assert!(error.to_string().contains("a proprietary certificate"), "{error}");
    for bytes in
        [&[2, 0, 0, 0, 0, 0, 0, 0][..], &[2, 0, 0, 0, 201, 0, 0, 0], &[2, 0, 0, 0, 255, 255, 255, 255]]
    {
        let error = HostCertificates::decode(bytes).unwrap_err();
        assert_eq!((error.what, error.offset, error.kind), ("NumCertBlobs", 4, ErrorKind::Limit));
    }
    assert_eq!(HostCertificates::decode(&[]).unwrap_err().kind, ErrorKind::Truncated);
    // A blob that holds more than its certificate.
    let mut bytes = wire_chain();
    bytes.truncate(773);
    bytes[4] = 1;
    bytes.splice(8..12, 758_u32.to_le_bytes());
    bytes.splice(769.., [0]);
    let error = HostCertificates::decode(&bytes).unwrap_err();
    assert_eq!((error.what, error.kind), ("end of abCert", ErrorKind::Trailing), "{error}");
}
