//! NEW_LICENSE_INFO, PRODUCT_INFO, CLIENT_HARDWARE_ID.

use rds_formats::hardware_id::{self, ClientSystem, ClientVendor, Origin};
use rds_formats::new_license_info::NewLicenseInfo;
use rds_formats::product_info::{ProductInfo, ProtocolVersion};
use rds_formats::x509::LicenseFamily;
use rds_formats::{Certainty, ErrorKind};

use crate::vectors::{CLIENT_LICENSE, HARDWARE_ID, NEW_LICENSE_INFO, PRODUCT_INFO};

#[test]
fn new_license_info() {
    let info = NewLicenseInfo::decode(NEW_LICENSE_INFO).unwrap();
    assert_eq!(info.version.raw, 0x0006_0000);
    assert_eq!((info.version.major, info.version.minor), (6, 0));
    assert_eq!(info.scope, "microsoft.com");
    assert_eq!(info.company, "Microsoft Corporation");
    assert_eq!(info.product.text, "A02");
    assert_eq!(info.product.family, LicenseFamily::PerDevice);
    assert_eq!(info.license_offset, 86);
    assert_eq!(info.license[..], *CLIENT_LICENSE);
}

#[test]
fn product_info() {
    let info = ProductInfo::decode(PRODUCT_INFO).unwrap();
    assert_eq!(info.version, ProtocolVersion::new(0x0006_0000));
    assert_eq!(info.version.windows, Some("Windows Server 2008, 2008 R2 or 2012"));
    assert_eq!(info.company, "Microsoft Corporation");
    assert_eq!(info.product.text, "A02");
}

#[test]
fn hardware_id() {
    let id = hardware_id::decode(HARDWARE_ID).unwrap();
    assert_eq!(id.platform.raw, 2);
    assert_eq!(
        (id.platform.system, id.platform.vendor, id.platform.low),
        (ClientSystem::None, ClientVendor::None, 2)
    );
    assert_eq!(id.data.to_string(), "f159873ec9d898af2402f8f3293af026");
    assert_eq!(id.bytes.to_string(), "02000000f159873ec9d898af2402f8f3293af026");
    assert_eq!((id.origin, id.origin_certainty), (Origin::WindowsRegistry, Certainty::Measured));
    assert_eq!(id.flaw, None);
}

#[test]
fn every_cut_is_located() {
    for length in 0..NEW_LICENSE_INFO.len() {
        let error = NewLicenseInfo::decode(&NEW_LICENSE_INFO[..length]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Truncated, "{error}");
        assert!(error.offset <= length, "{length}: {error}");
    }
    for length in 0..PRODUCT_INFO.len() {
        let error = ProductInfo::decode(&PRODUCT_INFO[..length]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Truncated, "{error}");
        assert!(error.offset <= length, "{length}: {error}");
    }
    for length in 0..HARDWARE_ID.len() {
        assert!(hardware_id::decode(&HARDWARE_ID[..length]).is_err());
    }
    let longer = |bytes: &[u8]| [bytes, &[0]].concat();
    let error = NewLicenseInfo::decode(&longer(NEW_LICENSE_INFO)).unwrap_err();
    assert_eq!((error.kind, error.offset), (ErrorKind::Trailing, 2031));
    let error = ProductInfo::decode(&longer(PRODUCT_INFO)).unwrap_err();
    assert_eq!((error.kind, error.offset), (ErrorKind::Trailing, 64));
    let error = hardware_id::decode(&longer(HARDWARE_ID)).unwrap_err();
    assert_eq!((error.kind, error.offset), (ErrorKind::Trailing, 20));
}

#[test]
fn texts_must_end_where_their_length_says() {
    let mut bytes = PRODUCT_INFO.to_vec();
    bytes[8 + 42] = b'x';
    let error = ProductInfo::decode(&bytes).unwrap_err();
    assert_eq!((error.what, error.offset, error.kind), ("pbCompanyName", 8, ErrorKind::Syntax), "{error}");
    let mut bytes = PRODUCT_INFO.to_vec();
    bytes[52] = 0;
    let error = ProductInfo::decode(&bytes).unwrap_err();
    assert_eq!((error.what, error.offset, error.kind), ("cbProductId", 52, ErrorKind::Length), "{error}");
    let mut bytes = NEW_LICENSE_INFO.to_vec();
    bytes[8 + 9] = 0;
    let error = NewLicenseInfo::decode(&bytes).unwrap_err();
    assert_eq!((error.what, error.offset, error.kind), ("pbScope", 8, ErrorKind::Syntax), "{error}");
}
