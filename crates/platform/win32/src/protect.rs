//! Data encrypted by DPAPI.

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Cryptography::{
    CRYPT_INTEGER_BLOB, CRYPTPROTECT_PROMPTSTRUCT, CRYPTPROTECT_UI_FORBIDDEN,
};
use windows_sys::core::{BOOL, PWSTR};

use crate::{Error, lazy};

lazy::functions! {
    /// Types as declared in dpapi.h.
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

/// Decrypts the output of `CryptProtectData`. Succeeds if the data is protected by a key of the machine or of
/// the account that runs the program. No prompt is shown.
pub fn unprotect(data: &[u8]) -> Result<Vec<u8>, Error> {
    const CALL: &str = "CryptUnprotectData";
    let functions = Functions::load()?;
    let length = u32::try_from(data.len()).map_err(|_| Error::too_large(CALL))?;
    // The call takes a writable pointer, but does not write to it.
    let input = CRYPT_INTEGER_BLOB { cbData: length, pbData: data.as_ptr().cast_mut() };
    let mut output = CRYPT_INTEGER_BLOB::default();
    // SAFETY: `input` describes bytes that outlive the call, `output` is writable; null selects no
    // description, no entropy, the reserved parameter and no prompt.
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
    // SAFETY: the call succeeded, so this many initialized bytes exist until they are freed below.
    let plain = unsafe { std::slice::from_raw_parts(output.pbData, length) }.to_vec();
    // SAFETY: the call allocated them for this function to free; they are freed here, once.
    unsafe { LocalFree(output.pbData.cast()) };
    Ok(plain)
}
