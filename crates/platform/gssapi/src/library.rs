//! The functions of MIT's library, and the C structures that they use.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_long, c_void};
use std::sync::OnceLock;

use crate::error::Error;

/// A pointer to a structure that only the library knows.
pub(crate) type Handle = *mut c_void;

#[cfg(unix)]
const LIBRARY: &std::ffi::CStr = c"libgssapi_krb5.so.2";

/// Declares the functions with the types of `krb5.h`, `profile.h`, `gssapi.h` and `gssapi_ext.h` (MIT 1.18
/// and newer).
macro_rules! functions {
    ($($name:ident: fn($($argument:ty),* $(,)?) $(-> $result:ty)?;)*) => {
        #[allow(clippy::struct_field_names)] // the names that the headers use
        pub(crate) struct Functions {
            $(pub(crate) $name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
        }

        #[cfg(unix)]
        impl Functions {
            /// # Safety
            /// `library` must be a handle of `dlopen` that is never closed.
            unsafe fn of(library: Handle) -> Result<Self, Error> {
                Ok(Self {
                    $($name: {
                        let name = concat!(stringify!($name), "\0");
                        // SAFETY: the handle is valid, and the name ends with a NUL.
                        let function = unsafe { libc::dlsym(library, name.as_ptr().cast()) };
                        if function.is_null() {
                            return Err(Error::Library {
                                reason: format!("it has no function {}", stringify!($name)),
                            });
                        }
                        // SAFETY: the header declares the function of this name with this type.
                        unsafe {
                            std::mem::transmute::<
                                Handle,
                                unsafe extern "C" fn($($argument),*) $(-> $result)?,
                            >(function)
                        }
                    },)*
                })
            }
        }
    };
}

functions! {
    profile_init_path: fn(*const c_char, *mut Handle) -> c_long;
    profile_release: fn(Handle);
    krb5_init_context: fn(*mut Handle) -> i32;
    krb5_init_context_profile: fn(Handle, i32, *mut Handle) -> i32;
    krb5_free_context: fn(Handle);
    krb5_get_error_message: fn(Handle, i32) -> *const c_char;
    krb5_free_error_message: fn(Handle, *const c_char);
    krb5_parse_name_flags: fn(Handle, *const c_char, c_int, *mut Handle) -> i32;
    krb5_unparse_name: fn(Handle, Handle, *mut *mut c_char) -> i32;
    krb5_free_unparsed_name: fn(Handle, *mut c_char);
    krb5_free_principal: fn(Handle, Handle);
    krb5_cc_new_unique: fn(Handle, *const c_char, *const c_char, *mut Handle) -> i32;
    krb5_cc_resolve: fn(Handle, *const c_char, *mut Handle) -> i32;
    krb5_cc_default: fn(Handle, *mut Handle) -> i32;
    krb5_cc_get_full_name: fn(Handle, Handle, *mut *mut c_char) -> i32;
    krb5_free_string: fn(Handle, *mut c_char);
    krb5_cc_get_principal: fn(Handle, Handle, *mut Handle) -> i32;
    krb5_cc_close: fn(Handle, Handle) -> i32;
    krb5_cc_destroy: fn(Handle, Handle) -> i32;
    krb5_kt_resolve: fn(Handle, *const c_char, *mut Handle) -> i32;
    krb5_kt_close: fn(Handle, Handle) -> i32;
    krb5_kt_start_seq_get: fn(Handle, Handle, *mut Handle) -> i32;
    krb5_kt_next_entry: fn(Handle, Handle, *mut KeytabEntry, *mut Handle) -> i32;
    krb5_kt_end_seq_get: fn(Handle, Handle, *mut Handle) -> i32;
    krb5_free_keytab_entry_contents: fn(Handle, *mut KeytabEntry) -> i32;
    krb5_get_init_creds_opt_alloc: fn(Handle, *mut Handle) -> i32;
    krb5_get_init_creds_opt_set_out_ccache: fn(Handle, Handle, Handle) -> i32;
    krb5_get_init_creds_opt_set_etype_list: fn(Handle, *const i32, c_int);
    krb5_get_init_creds_opt_free: fn(Handle, Handle);
    krb5_get_init_creds_password: fn(
        Handle, *mut Creds, Handle, *const c_char, Handle, Handle, i32, *const c_char, Handle,
    ) -> i32;
    krb5_get_init_creds_keytab: fn(Handle, *mut Creds, Handle, Handle, i32, *const c_char, Handle) -> i32;
    krb5_get_credentials: fn(Handle, i32, Handle, *mut Creds, *mut *mut Creds) -> i32;
    krb5_free_creds: fn(Handle, *mut Creds);
    krb5_free_cred_contents: fn(Handle, *mut Creds);
    gss_import_name: fn(*mut u32, *const Buffer, *const Oid, *mut Handle) -> u32;
    gss_release_name: fn(*mut u32, *mut Handle) -> u32;
    gss_acquire_cred_from: fn(
        *mut u32, Handle, u32, *const OidSet, c_int, *const KeyValueSet, *mut Handle, *mut Handle, *mut u32,
    ) -> u32;
    gss_release_cred: fn(*mut u32, *mut Handle) -> u32;
    gss_set_neg_mechs: fn(*mut u32, Handle, *const OidSet) -> u32;
    gss_set_cred_option: fn(*mut u32, *mut Handle, *const Oid, *const Buffer) -> u32;
    gss_init_sec_context: fn(
        *mut u32, Handle, *mut Handle, Handle, *const Oid, u32, u32, *const ChannelBindings, *const Buffer,
        *mut *const Oid, *mut Buffer, *mut u32, *mut u32,
    ) -> u32;
    gss_delete_sec_context: fn(*mut u32, *mut Handle, *mut Buffer) -> u32;
    gss_wrap: fn(*mut u32, Handle, c_int, u32, *const Buffer, *mut c_int, *mut Buffer) -> u32;
    gss_unwrap: fn(*mut u32, Handle, *const Buffer, *mut Buffer, *mut c_int, *mut u32) -> u32;
    gss_inquire_sec_context_by_oid: fn(*mut u32, Handle, *const Oid, *mut *mut BufferSet) -> u32;
    gss_release_buffer_set: fn(*mut u32, *mut *mut BufferSet) -> u32;
    gss_release_buffer: fn(*mut u32, *mut Buffer) -> u32;
    gss_display_status: fn(*mut u32, u32, c_int, *const Oid, *mut u32, *mut Buffer) -> u32;
}

/// The functions. The first call loads the library, which is never unloaded.
pub(crate) fn functions() -> Result<&'static Functions, Error> {
    static FUNCTIONS: OnceLock<Result<Functions, Error>> = OnceLock::new();
    #[cfg(unix)]
    let load = || load(LIBRARY);
    #[cfg(not(unix))]
    let load = || Err(Error::Library { reason: "MIT's library is used on Unix systems only".to_owned() });
    FUNCTIONS.get_or_init(load).as_ref().map_err(Clone::clone)
}

#[cfg(unix)]
fn load(name: &std::ffi::CStr) -> Result<Functions, Error> {
    // SAFETY: the name ends with a NUL; the library's initialization has no requirements.
    let library = unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
    if library.is_null() {
        // SAFETY: `dlerror` returns null or a text that is valid until this thread calls it again.
        let reason = unsafe { text(libc::dlerror()) };
        return Err(Error::Library { reason });
    }
    // The symbols of libkrb5 and of its profile reader are found through the same handle: `dlsym` searches
    // dependencies. SAFETY: the handle was just opened, and is never closed.
    unsafe { Functions::of(library) }
}

/// A copy of a C text; empty for null.
///
/// # Safety
/// `text` must be null or point to a text that ends with a NUL.
pub(crate) unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: as the caller promises.
    unsafe { std::ffi::CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// `gss_buffer_desc`
#[repr(C)]
pub(crate) struct Buffer {
    pub(crate) length: usize,
    pub(crate) value: *mut c_void,
}

impl Buffer {
    pub(crate) const EMPTY: Self = Self { length: 0, value: std::ptr::null_mut() };

    /// Borrows the bytes. The library does not write to the buffers that it takes as input.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self { length: bytes.len(), value: bytes.as_ptr().cast_mut().cast() }
    }

    /// The bytes.
    ///
    /// # Safety
    /// The buffer must come from the library and not be released yet.
    pub(crate) unsafe fn bytes(&self) -> &[u8] {
        if self.value.is_null() {
            return &[];
        }
        // SAFETY: as the caller promises.
        unsafe { std::slice::from_raw_parts(self.value.cast(), self.length) }
    }
}

/// `gss_buffer_set_desc`
#[repr(C)]
pub(crate) struct BufferSet {
    pub(crate) count: usize,
    pub(crate) elements: *mut Buffer,
}

/// `gss_OID_desc`, of DER content bytes.
#[repr(C)]
pub(crate) struct Oid {
    length: u32,
    elements: *const c_void,
}

// SAFETY: it points to static bytes that nobody writes.
unsafe impl Sync for Oid {}

impl Oid {
    #[allow(clippy::cast_possible_truncation)] // object identifiers are short
    const fn of(der: &'static [u8]) -> Self {
        Self { length: der.len() as u32, elements: der.as_ptr().cast() }
    }
}

/// 1.3.6.1.5.5.2
pub(crate) static SPNEGO: Oid = Oid::of(b"\x2b\x06\x01\x05\x05\x02");
/// 1.2.840.113554.1.2.2
pub(crate) static KERBEROS: Oid = Oid::of(b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02");
/// `GSS_KRB5_NT_PRINCIPAL_NAME`, 1.2.840.113554.1.2.2.1
pub(crate) static PRINCIPAL_NAME: Oid = Oid::of(b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01");
/// `GSS_C_INQ_SSPI_SESSION_KEY`, 1.2.840.113554.1.2.2.5.5
pub(crate) static SESSION_KEY: Oid = Oid::of(b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x05\x05");
/// `GSS_KRB5_CRED_NO_CI_FLAGS_X`, 1.2.752.43.13.29
pub(crate) static NO_CI_FLAGS: Oid = Oid::of(b"\x2a\x85\x70\x2b\x0d\x1d");

/// `gss_OID_set_desc`
#[repr(C)]
pub(crate) struct OidSet {
    pub(crate) count: usize,
    pub(crate) elements: *const Oid,
}

impl OidSet {
    pub(crate) fn one(oid: &'static Oid) -> Self {
        Self { count: 1, elements: oid }
    }
}

/// `gss_key_value_element_desc`
#[repr(C)]
pub(crate) struct KeyValue {
    pub(crate) key: *const c_char,
    pub(crate) value: *const c_char,
}

/// `gss_key_value_set_desc`
#[repr(C)]
pub(crate) struct KeyValueSet {
    pub(crate) count: u32,
    pub(crate) elements: *const KeyValue,
}

/// `gss_channel_bindings_struct`. Address types are 0: Active Directory hashes zeros for the addresses.
#[repr(C)]
pub(crate) struct ChannelBindings {
    pub(crate) initiator_type: u32,
    pub(crate) initiator: Buffer,
    pub(crate) acceptor_type: u32,
    pub(crate) acceptor: Buffer,
    pub(crate) application_data: Buffer,
}

/// `krb5_keyblock`
#[repr(C)]
pub(crate) struct Keyblock {
    magic: i32,
    pub(crate) enctype: i32,
    length: u32,
    contents: Handle,
}

/// `krb5_data`
#[repr(C)]
#[expect(clippy::struct_field_names, reason = "the names are those of the C structure")]
struct Data {
    magic: i32,
    length: u32,
    data: Handle,
}

/// `krb5_creds`
#[repr(C)]
pub(crate) struct Creds {
    magic: i32,
    pub(crate) client: Handle,
    pub(crate) server: Handle,
    pub(crate) key: Keyblock,
    /// `authtime`, `starttime`, `endtime`, `renew_till`, in seconds since 1970 modulo 2^32
    pub(crate) times: [u32; 4],
    is_skey: u32,
    ticket_flags: i32,
    addresses: Handle,
    ticket: Data,
    second_ticket: Data,
    authdata: Handle,
}

/// `krb5_keytab_entry`
#[repr(C)]
pub(crate) struct KeytabEntry {
    magic: i32,
    pub(crate) principal: Handle,
    timestamp: u32,
    pub(crate) version: u32,
    pub(crate) key: Keyblock,
}

#[cfg(all(test, unix))]
mod tests {
    use diagnostic::Diagnostic as _;

    use super::*;

    #[test]
    fn a_missing_library_names_its_package() {
        let Err(error) = load(c"libgssapi_krb5.so.9999") else { panic!("there is such a library") };
        let cause = error.to_string();
        assert!(cause.contains("libgssapi_krb5.so.9999: cannot open shared object file"), "{cause}");
        assert_eq!(error.code(), diagnostic::Code::Unavailable);
        let advice = error.advice().unwrap_or_default();
        assert!(advice.contains("libgssapi-krb5-2") && advice.contains("krb5-libs"), "{advice}");
    }

    #[test]
    fn another_library_lacks_the_functions() {
        let Err(error) = load(c"libc.so.6") else { panic!("libc has Kerberos") };
        assert!(error.to_string().contains("no function profile_init_path"), "{error}");
    }
}
