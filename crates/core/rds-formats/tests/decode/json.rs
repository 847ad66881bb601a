//! The JSON of each result, whose field names are stable.

use nt::FileTime;
use rds_formats::client_license::{ClientLicense, from_any};
use rds_formats::grace::GraceRecord;
use rds_formats::strings::{ServerList, reg_multi_sz};
use rds_formats::x509::HostCertificates;
use rds_formats::{hardware_id, rdp_certificate};

use crate::vectors;

#[test]
fn client_license() {
    let license = ClientLicense::decode(vectors::CLIENT_LICENSE).unwrap();
    insta::assert_json_snapshot!("client_license", license);
    insta::assert_json_snapshot!("standing", license.standing(FileTime(128_300_000_000_000_000)));
    let hardware = hardware_id::decode(vectors::HARDWARE_ID).unwrap();
    insta::assert_json_snapshot!("hardware", (&hardware, license.binding_to(&hardware)));
}

#[test]
fn recognized() {
    insta::assert_json_snapshot!("product_info", from_any(vectors::PRODUCT_INFO).unwrap());
    let mut broken = vectors::NEW_LICENSE_INFO.to_vec();
    broken.splice(82..86, 3_u32.to_le_bytes());
    broken.truncate(89);
    insta::assert_json_snapshot!("broken_license", from_any(&broken).unwrap());
}

#[test]
fn host_certificates() {
    let host = HostCertificates::decode(&crate::wire_chain()).unwrap();
    insta::assert_json_snapshot!("host_certificates", (&host.form, &host.chain, &host.licensing));
    insta::assert_json_snapshot!("proprietary_certificate", rdp_certificate::examine(vectors::WINXP));
    insta::assert_json_snapshot!("malformed_certificate", rdp_certificate::examine(&vectors::WINXP[..20]));
}

#[test]
fn grace() {
    let plain = GraceRecord::decode(&[0x00, 0xf2, 0xd1, 0x31, 0xe2, 0x11, 0xd3, 0x01]).unwrap();
    insta::assert_json_snapshot!("plain_grace_record", (&plain, plain.known_offline()));
}

#[test]
fn texts() {
    let list = reg_multi_sz(b"a\0\0\0\0\0 \0b\0\0\0\0\0");
    insta::assert_json_snapshot!("multi_text", list);
    insta::assert_json_snapshot!("server_list", ServerList::from_policy(" rdls1;https://rdls2:135, RDLS1,"));
}
