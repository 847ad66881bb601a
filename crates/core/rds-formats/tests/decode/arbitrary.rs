//! Bytes that nobody meant to be decoded.

use std::fmt::Debug;

use nt::FileTime;
use proptest::collection::vec;
use proptest::prelude::*;
use rds_formats::client_license::{ClientLicense, from_any};
use rds_formats::grace::GraceRecord;
use rds_formats::new_license_info::NewLicenseInfo;
use rds_formats::product_info::ProductInfo;
use rds_formats::strings::{ServerList, guess, reg_multi_sz, reg_sz};
use rds_formats::x509::{Certificate, HostCertificates, LicenseServerInfo, LicensedProduct};
use rds_formats::{DecodeError, dpapi, hardware_id, rdp_certificate};
use serde::Serialize;

use crate::vectors;

/// An error lies within the input (or, for an offset field, within reach of 32 bits) and says something; a
/// result can be written as JSON.
fn check<T: Serialize + Debug>(input: &[u8], result: &Result<T, DecodeError>) {
    match result {
        Ok(decoded) => {
            serde_json::to_string(decoded).unwrap();
        }
        Err(error) => {
            assert!(error.offset <= input.len() + 0x1_0000, "{error}");
            assert!(!error.what.is_empty() && !error.expected.is_empty() && !error.found.is_empty());
        }
    }
}

fn everything(bytes: &[u8]) {
    check(bytes, &from_any(bytes));
    check(bytes, &ClientLicense::decode(bytes));
    if let Ok(license) = ClientLicense::decode(bytes) {
        for at in [FileTime(0), FileTime(u64::MAX)] {
            serde_json::to_string(&license.standing(at)).unwrap();
        }
        if let Ok(hardware) = hardware_id::decode(vectors::HARDWARE_ID) {
            let _ = license.binding_to(&hardware);
        }
        let _ = license.certificates.iter().map(Certificate::authority_key_id).count();
    }
    check(bytes, &HostCertificates::decode(bytes));
    check(bytes, &Certificate::decode(bytes));
    if let Ok(certificate) = Certificate::decode(bytes) {
        let _ = (certificate.authority_key_id(), certificate.basic_constraints());
    }
    check(bytes, &LicensedProduct::decode(bytes));
    check(bytes, &LicenseServerInfo::decode(bytes));
    check(bytes, &NewLicenseInfo::decode(bytes));
    check(bytes, &ProductInfo::decode(bytes));
    check(bytes, &hardware_id::decode(bytes));
    check(bytes, &GraceRecord::decode(bytes));
    check(bytes, &dpapi::decode(bytes));
    check(bytes, &rdp_certificate::decode(bytes));
    serde_json::to_string(&rdp_certificate::examine(bytes)).unwrap();
    let (text, list) = (reg_sz(bytes), reg_multi_sz(bytes));
    serde_json::to_string(&(&text, &list, guess(bytes))).unwrap();
    serde_json::to_string(&ServerList::from_policy(&text.content)).unwrap();
    serde_json::to_string(&ServerList::from_items(&list.items)).unwrap();
}

proptest! {
    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..600)) {
        everything(&bytes);
    }

    /// A published structure with a few bytes changed, cut or made longer: gets deeper than random bytes.
    #[test]
    fn damaged_vectors(
        which in 0..vectors::ALL.len(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        tail in vec(any::<u8>(), 0..4),
        keep_whole in any::<bool>(),
    ) {
        let mut bytes = vectors::ALL[which].to_vec();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if !keep_whole {
            bytes.truncate(cut.index(bytes.len()));
            bytes.extend(tail);
        }
        everything(&bytes);
    }

    /// Words of lists of servers, in any order.
    #[test]
    fn any_list(text in r#"([a-c.]{0,3}|[,; "\\/:\[\]\r\n]|http://|10\.0\.0\.1|:?[12]|::1|\u{0}|ü){0,30}"#) {
        let list = ServerList::from_policy(&text);
        let joined: Vec<_> = list.entries.iter().map(|entry| entry.text.as_str()).collect();
        prop_assert_eq!(joined.join(","), text, "nothing is lost");
        for name in list.intended() {
            prop_assert!(!name.is_empty() && !name.contains([',', ';', ' ', '\r', '\n']), "{:?}", name);
        }
        // What was meant is a list without spaces, empty entries and wrong separators.
        let again = ServerList::from_items(&list.intended());
        prop_assert_eq!(again.intended(), list.intended());
    }

    /// Text survives its encoding, and clean text has no faults.
    #[test]
    fn text_both_ways(text in "[a-zA-Z0-9äöü\u{1f600}]{0,20}") {
        let bytes: Vec<u8> = text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        let decoded = reg_sz(&bytes);
        prop_assert_eq!(&decoded.content, &text);
        prop_assert_eq!(decoded.faults, []);
    }
}

#[test]
fn every_cut_of_every_vector() {
    for bytes in vectors::ALL {
        for length in 0..bytes.len().min(300) {
            everything(&bytes[..length]);
        }
    }
}
