//! Local groups.

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::{ERROR_INSUFFICIENT_BUFFER, ERROR_NONE_MAPPED};
use windows_sys::core::BOOL;

use crate::buffer::Buffer;
use crate::{Error, lazy};

lazy::functions! {
    /// Types as declared in winbase.h, lmaccess.h and lmapibuf.h.
    struct Functions;
    look_up = "advapi32.dll" c"LookupAccountSidW":
        fn(*const u16, *const c_void, *mut u16, *mut u32, *mut u16, *mut u32, *mut i32) -> BOOL;
    members = "netapi32.dll" c"NetLocalGroupGetMembers":
        fn(*const u16, *const u16, u32, *mut *mut u8, u32, *mut u32, *mut u32, *mut usize) -> u32;
    buffer_free = "netapi32.dll" c"NetApiBufferFree": fn(*const c_void) -> u32;
}

/// `NERR_GroupNotFound` (lmerr.h)
const GROUP_NOT_FOUND: u32 = 2220;
/// `ERROR_NO_SUCH_ALIAS`
const NO_SUCH_ALIAS: u32 = 1376;
/// `MAX_PREFERRED_LENGTH` (lmcons.h): all members at once.
const ALL: u32 = u32::MAX;

/// The number of direct members of the local group with this binary SID; `None` if the group does not exist.
pub fn members(sid: &[u8]) -> Result<Option<u32>, Error> {
    let functions = Functions::load()?;
    let Some(name) = name_of(&functions, sid)? else { return Ok(None) };
    let (mut found, mut count, mut total) = (null_mut(), 0, 0);
    // SAFETY: null selects this machine and no resume handle; the name is NUL-terminated; level 0 has SIDs
    // only; the other pointers are writable.
    let code = unsafe {
        let name = name.as_ptr();
        (functions.members)(null(), name, 0, &raw mut found, ALL, &raw mut count, &raw mut total, null_mut())
    };
    if !found.is_null() {
        // SAFETY: the call allocated it for this function to free; it is freed here, once.
        unsafe { (functions.buffer_free)(found.cast_const().cast()) };
    }
    match code {
        0 => Ok(Some(count)),
        GROUP_NOT_FOUND | NO_SUCH_ALIAS => Ok(None),
        code => Err(Error::win32("NetLocalGroupGetMembers", code)),
    }
}

/// The account name of a SID, NUL-terminated; `None` if no account has it.
fn name_of(functions: &Functions, sid: &[u8]) -> Result<Option<Vec<u16>>, Error> {
    // A SID is aligned like its sub-authorities.
    let mut aligned = Buffer::with_bytes(sid.len());
    // SAFETY: the buffer is writable for the length of the SID, and the two do not overlap.
    unsafe { std::ptr::copy_nonoverlapping(sid.as_ptr(), aligned.pointer().cast::<u8>(), sid.len()) };
    let (mut name, mut domain) = (vec![0_u16; 256], vec![0_u16; 256]);
    let (mut name_size, mut domain_size, mut kind) = (256, 256, 0);
    // SAFETY: null selects this machine; the SID is complete and aligned; both buffers are writable for their
    // sizes, and the other pointers are writable.
    let done = unsafe {
        (functions.look_up)(
            null(),
            aligned.pointer().cast_const().cast(),
            name.as_mut_ptr(),
            &raw mut name_size,
            domain.as_mut_ptr(),
            &raw mut domain_size,
            &raw mut kind,
        )
    };
    if done != 0 {
        return Ok(Some(name));
    }
    let error = Error::last("LookupAccountSidW");
    match error.code() {
        Some(ERROR_NONE_MAPPED) => Ok(None),
        Some(ERROR_INSUFFICIENT_BUFFER) => Err(Error::too_large("LookupAccountSidW")),
        _ => Err(error),
    }
}
