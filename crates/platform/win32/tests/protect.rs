//! Data encrypted by the machine.
#![cfg(windows)]
// Windows encrypts what the test decrypts.
#![allow(unsafe_code, clippy::unwrap_used)]

use std::ptr::{null, null_mut};

use win32::protect::unprotect;
use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Cryptography::{
    CRYPT_INTEGER_BLOB, CRYPTPROTECT_LOCAL_MACHINE, CRYPTPROTECT_UI_FORBIDDEN, CryptProtectData,
};

fn protect(plain: &[u8], flags: u32) -> Vec<u8> {
    let input =
        CRYPT_INTEGER_BLOB { cbData: plain.len().try_into().unwrap(), pbData: plain.as_ptr().cast_mut() };
    let mut output = CRYPT_INTEGER_BLOB::default();
    let flags = flags | CRYPTPROTECT_UI_FORBIDDEN;
    // SAFETY: `input` describes bytes that outlive the call, which does not write to them; `output` is
    // writable.
    let done =
        unsafe { CryptProtectData(&raw const input, null(), null(), null(), null(), flags, &raw mut output) };
    assert_ne!(done, 0);
    let length = usize::try_from(output.cbData).unwrap();
    // SAFETY: the call returned this many bytes, which are freed once.
    unsafe {
        let bytes = std::slice::from_raw_parts(output.pbData, length).to_vec();
        LocalFree(output.pbData.cast());
        assert_eq!(LocalFree(null_mut()), null_mut());
        bytes
    }
}

/// A time in the format of the grace record.
const PLAIN: [u8; 8] = [0x00, 0xf2, 0xd1, 0x31, 0xe2, 0x11, 0xd3, 0x01];

#[test]
fn what_this_machine_enciphered_it_deciphers() {
    for flags in [0, CRYPTPROTECT_LOCAL_MACHINE] {
        let enciphered = protect(&PLAIN, flags);
        assert!(!enciphered.windows(8).any(|window| window == PLAIN), "in clear");
        assert_eq!(unprotect(&enciphered).unwrap(), PLAIN);
    }
    assert_eq!(unprotect(&protect(&[7; 300], 0)).unwrap(), [7; 300]);
}

#[test]
fn what_nobody_enciphered_is_refused() {
    let enciphered = protect(&PLAIN, 0);
    let last = enciphered.len() - 1;
    let mut changed = enciphered.clone();
    changed[last] ^= 1;
    for data in [&[][..], &[0; 230], &enciphered[..last], &changed] {
        let error = unprotect(data).unwrap_err();
        assert!(error.to_string().contains("CryptUnprotectData"), "{error}");
    }
}
