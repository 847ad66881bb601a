//! Data that the machine enciphered for itself.

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Cryptography::{
    CRYPT_INTEGER_BLOB, CRYPTPROTECT_PROMPTSTRUCT, CRYPTPROTECT_UI_FORBIDDEN,
};
use windows_sys::core::{BOOL, PWSTR};

use crate::{Error, lazy};

lazy::functions! {
    /// As dpapi.h has it.
    struct Functions;
    unprotect = "crypt32.dll" c"CryptUnprotectData": fn(
        *const CRYPT_INTEGER_BLOB,
        *mut PWSTR,
        *const CRYPT_INTEGER_BLOB,
        *const c_void,
        *const CRYPTPROTECT_PROMPTSTRUCT,
        u32,
        *mut CRYPT_INTEGER_BLOB
    ) -> BOOL;
}

/// What `CryptProtectData` enciphered, deciphered. It succeeds where a key of the machine protects the data, or one of the account that
/// runs the program. Nobody is asked on a screen.
pub fn unprotect(data: &[u8]) -> Result<Vec<u8>, Error> {
    const CALL: &str = "CryptUnprotectData";
    let functions = Functions::load()?;
    let length = u32::try_from(data.len()).map_err(|_| Error::too_large(CALL))?;
    // The call takes a writable pointer, and does not write there.
    let input = CRYPT_INTEGER_BLOB { cbData: length, pbData: data.as_ptr().cast_mut() };
    let mut output = CRYPT_INTEGER_BLOB::default();
    // SAFETY: `input` describes bytes that outlive the call, `output` is writable; null stands for no description, no entropy, nothing
    // reserved and no prompt.
    let done = unsafe {
        (functions.unprotect)(
            &raw const input,
            null_mut(),
            null(),
            null(),
            null(),
            CRYPTPROTECT_UI_FORBIDDEN,
            &raw mut output,
        )
    };
    if done == 0 {
        return Err(Error::last(CALL));
    }
    if output.pbData.is_null() {
        return Ok(Vec::new());
    }
    let length = usize::try_from(output.cbData).unwrap_or(0);
    // SAFETY: the call succeeded, so that so many bytes are there, initialized, until they are freed below.
    let plain = unsafe { std::slice::from_raw_parts(output.pbData, length) }.to_vec();
    // SAFETY: the call allocated them so that they are freed here, once.
    unsafe { LocalFree(output.pbData.cast()) };
    Ok(plain)
}
