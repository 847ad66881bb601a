//! Security contexts by GSS-API (RFC 2743, RFC 2744), negotiated by SPNEGO (RFC 4178).
#![allow(unsafe_code)]

use std::ffi::{CString, c_int};
use std::fmt;
use std::ptr::{null, null_mut};

use zeroize::Zeroizing;

use crate::error::{Error, Failure};
use crate::library::{
    self, Buffer, BufferSet, ChannelBindings, Functions, Handle, KERBEROS, KeyValue, KeyValueSet,
    NO_CI_FLAGS, Oid, OidSet, PRINCIPAL_NAME, SESSION_KEY, SPNEGO,
};

const MUTUAL: u32 = 2;
const REPLAY: u32 = 4;
const SEQUENCE: u32 = 8;
const CONFIDENTIAL: u32 = 16;
const INTEGRITY: u32 = 32;

const INITIATE: c_int = 1;
const CONTINUE_NEEDED: u32 = 1;
/// A major status is an error if one of these bits is set; the others are information.
const ERRORS: u32 = 0xFFFF_0000;
const GSS_CODE: c_int = 1;
const MECH_CODE: c_int = 2;

/// What a security context protects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection<'a> {
    /// Nothing itself: the session key is for another protocol, such as SMB.
    SessionKey,
    /// Each message is signed, encrypted and counted ([`Context::wrap`]).
    Sealed,
    /// Nothing, since TLS does. The context is bound to this application data of RFC 5929, such as
    /// `tls-server-end-point:` and a hash.
    Tls(Option<&'a [u8]>),
}

/// A security context of the initiator. Its methods take and return the tokens and messages; it sends
/// nothing.
pub struct Context {
    functions: &'static Functions,
    credential: Handle,
    target: Handle,
    handle: Handle,
    request: u32,
    granted: u32,
    binding: Option<Vec<u8>>,
    is_complete: bool,
}

// SAFETY: the library allows to use these objects on any thread, on one at a time, which `&mut self` ensures.
unsafe impl Send for Context {}

impl Context {
    /// Starts a context with the ticket for this principal in this credential cache.
    pub(crate) fn initiate(
        cache: &str,
        service: &str,
        protection: Protection<'_>,
    ) -> Result<(Self, Vec<u8>), Error> {
        let functions = library::functions()?;
        let (request, binding) = match protection {
            Protection::SessionKey => (MUTUAL, None),
            Protection::Sealed => (MUTUAL | REPLAY | SEQUENCE | CONFIDENTIAL | INTEGRITY, None),
            Protection::Tls(binding) => (MUTUAL, binding.map(<[u8]>::to_vec)),
        };
        let mut context = Self {
            functions,
            credential: null_mut(),
            target: null_mut(),
            handle: null_mut(),
            request,
            granted: 0,
            binding,
            is_complete: false,
        };
        context.import(service)?;
        context.acquire(cache)?;
        if matches!(protection, Protection::Tls(_)) {
            context.request_no_protection()?;
        }
        let token = context.step(&[])?.ok_or(Error::Unprotected)?;
        Ok((context, token))
    }

    fn import(&mut self, service: &str) -> Result<(), Error> {
        let name = Buffer::of(service.as_bytes());
        // SAFETY: the name outlives the call, and the target is writable.
        self.call("the name of the service", |functions, minor, this| unsafe {
            (functions.gss_import_name)(
                minor,
                &raw const name,
                &raw const PRINCIPAL_NAME,
                &raw mut this.target,
            )
        })
    }

    /// The tickets of a credential cache as a credential for SPNEGO, with Kerberos as its only mechanism.
    fn acquire(&mut self, cache: &str) -> Result<(), Error> {
        let value = CString::new(cache).map_err(|_| Error::Name(cache.to_owned()))?;
        let element = KeyValue { key: c"ccache".as_ptr(), value: value.as_ptr() };
        let store = KeyValueSet { count: 1, elements: &raw const element };
        let (spnego, kerberos) = (OidSet::one(&SPNEGO), OidSet::one(&KERBEROS));
        // SAFETY: the sets and the store outlive the call, the credential is writable, and null stands for
        // the owner of the cache and for results that are not needed.
        self.call("reading the credential cache", |functions, minor, this| unsafe {
            (functions.gss_acquire_cred_from)(
                minor,
                null_mut(),
                u32::MAX,
                &raw const spnego,
                INITIATE,
                &raw const store,
                &raw mut this.credential,
                null_mut(),
                null_mut(),
            )
        })?;
        // SAFETY: the credential is valid, and the set outlives the call.
        self.call("selecting Kerberos", |functions, minor, this| unsafe {
            (functions.gss_set_neg_mechs)(minor, this.credential, &raw const kerberos)
        })
    }

    /// Otherwise the library asks for signing and encryption unasked, which Active Directory refuses inside
    /// TLS.
    fn request_no_protection(&mut self) -> Result<(), Error> {
        let no_value = Buffer::EMPTY;
        // SAFETY: the credential is valid, and the option takes no value.
        self.call("selecting protection", |functions, minor, this| unsafe {
            (functions.gss_set_cred_option)(
                minor,
                &raw mut this.credential,
                &raw const NO_CI_FLAGS,
                &raw const no_value,
            )
        })
    }

    /// Takes the token of the server and returns the next one for it, or `None` if there is none.
    ///
    /// # Errors
    /// If the server refuses the ticket, is not the one that the ticket is for, or does not agree to the
    /// protection.
    pub fn step(&mut self, token: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        if self.is_complete {
            return Err(Error::Unprotected);
        }
        let input = Buffer::of(token);
        let bindings = self.binding.as_deref().map(|data| ChannelBindings {
            initiator_type: 0,
            initiator: Buffer::EMPTY,
            acceptor_type: 0,
            acceptor: Buffer::EMPTY,
            application_data: Buffer::of(data),
        });
        let (mut minor, mut output) = (0, Buffer::EMPTY);
        // SAFETY: credential and target are valid, the context is null or valid, the other inputs outlive the
        // call, the outputs are writable, and null stands for no bindings and for results that are not
        // needed.
        let major = unsafe {
            (self.functions.gss_init_sec_context)(
                &raw mut minor,
                self.credential,
                &raw mut self.handle,
                self.target,
                &raw const SPNEGO,
                self.request,
                0,
                bindings.as_ref().map_or(null(), std::ptr::from_ref),
                &raw const input,
                null_mut(),
                &raw mut output,
                &raw mut self.granted,
                null_mut(),
            )
        };
        let token = self.taken(&mut output);
        self.check("signing in", major & ERRORS, minor)?;
        self.is_complete = major & CONTINUE_NEEDED == 0;
        if self.is_complete && self.granted & self.request != self.request {
            return Err(Error::Unprotected);
        }
        Ok(if token.is_empty() { None } else { Some(token) })
    }

    /// Whether both sides have authenticated, and the requested protection is in place.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The session key, as SSPI exports it (`GSS_C_INQ_SSPI_SESSION_KEY`). It is overwritten when it is
    /// dropped.
    ///
    /// # Errors
    /// If the context is not complete.
    pub fn session_key(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        if !self.is_complete {
            return Err(Error::Unprotected);
        }
        let (mut minor, mut set): (u32, *mut BufferSet) = (0, null_mut());
        // SAFETY: the context is valid, and `set` is writable.
        let major = unsafe {
            (self.functions.gss_inquire_sec_context_by_oid)(
                &raw mut minor,
                self.handle,
                &raw const SESSION_KEY,
                &raw mut set,
            )
        };
        self.check("reading the session key", major, minor)?;
        // SAFETY: the library just made the set; its first element is the key (the second names its kind). It
        // is copied and then released, once.
        let key = unsafe {
            let key = match set.as_ref() {
                Some(set) if set.count > 0 => Zeroizing::new((*set.elements).bytes().to_vec()),
                _ => Zeroizing::default(),
            };
            (self.functions.gss_release_buffer_set)(&raw mut minor, &raw mut set);
            key
        };
        if key.is_empty() { Err(Error::Unprotected) } else { Ok(key) }
    }

    /// Signs and encrypts a message.
    ///
    /// # Errors
    /// If the context was not requested to seal, or is not complete.
    pub fn wrap(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.needs_sealing()?;
        let input = Buffer::of(message);
        let (mut minor, mut is_encrypted, mut output) = (0, 0, Buffer::EMPTY);
        // SAFETY: the context is valid, the message outlives the call, and the outputs are writable.
        let major = unsafe {
            (self.functions.gss_wrap)(
                &raw mut minor,
                self.handle,
                1,
                0,
                &raw const input,
                &raw mut is_encrypted,
                &raw mut output,
            )
        };
        let sealed = self.taken(&mut output);
        self.check("sealing a message", major, minor)?;
        if is_encrypted == 0 { Err(Error::Unprotected) } else { Ok(sealed) }
    }

    /// Decrypts and checks the next message of the server.
    ///
    /// # Errors
    /// If it is damaged, not encrypted, or not the next one.
    pub fn unwrap(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.needs_sealing()?;
        let input = Buffer::of(message);
        let (mut minor, mut is_encrypted, mut output) = (0, 0, Buffer::EMPTY);
        // SAFETY: the context is valid, the message outlives the call, the outputs are writable, and null
        // stands for the quality of protection, which is not needed.
        let major = unsafe {
            (self.functions.gss_unwrap)(
                &raw mut minor,
                self.handle,
                &raw const input,
                &raw mut output,
                &raw mut is_encrypted,
                null_mut(),
            )
        };
        let opened = self.taken(&mut output);
        self.check("a sealed message", major & ERRORS, minor)?;
        // A replayed, old, or out-of-sequence message is reported in the other bits, together with its
        // content.
        if major != 0 || is_encrypted == 0 { Err(Error::Sequence) } else { Ok(opened) }
    }

    fn needs_sealing(&self) -> Result<(), Error> {
        let is_sealing = self.is_complete && self.request & CONFIDENTIAL != 0;
        if is_sealing { Ok(()) } else { Err(Error::Unprotected) }
    }

    /// Copies an output of the library and releases it.
    fn taken(&self, buffer: &mut Buffer) -> Vec<u8> {
        let mut minor = 0;
        // SAFETY: the buffer is empty or was filled by the library; it is copied and then released, once.
        unsafe {
            let bytes = buffer.bytes().to_vec();
            (self.functions.gss_release_buffer)(&raw mut minor, buffer);
            bytes
        }
    }

    fn call(
        &mut self,
        what: &'static str,
        work: impl FnOnce(&Functions, *mut u32, &mut Self) -> u32,
    ) -> Result<(), Error> {
        let mut minor = 0;
        let major = work(self.functions, &raw mut minor, self);
        self.check(what, major, minor)
    }

    fn check(&self, what: &'static str, major: u32, minor: u32) -> Result<(), Error> {
        if major & ERRORS == 0 {
            return Ok(());
        }
        let mut text = self.text(major, GSS_CODE, &SPNEGO);
        if minor != 0 {
            text = format!("{text}: {}", self.text(minor, MECH_CODE, &SPNEGO));
        }
        Err(Error::Gss { what, text, failure: Failure::of(minor.cast_signed()) })
    }

    /// The library's messages for a status, usually one.
    fn text(&self, status: u32, kind: c_int, mechanism: &'static Oid) -> String {
        /// More than any status has.
        const MAX_MESSAGES: usize = 8;
        let mut messages = Vec::new();
        let mut more = 0;
        for _ in 0..MAX_MESSAGES {
            let (mut minor, mut message) = (0, Buffer::EMPTY);
            // SAFETY: the mechanism is static, and the outputs are writable.
            let major = unsafe {
                (self.functions.gss_display_status)(
                    &raw mut minor,
                    status,
                    kind,
                    mechanism,
                    &raw mut more,
                    &raw mut message,
                )
            };
            let text = self.taken(&mut message);
            if major != 0 {
                break;
            }
            messages.push(String::from_utf8_lossy(&text).into_owned());
            if more == 0 {
                break;
            }
        }
        messages.join("; ")
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        let mut minor = 0;
        // SAFETY: each handle is null, which these functions accept, or valid, and released once.
        unsafe {
            (self.functions.gss_delete_sec_context)(&raw mut minor, &raw mut self.handle, null_mut());
            (self.functions.gss_release_cred)(&raw mut minor, &raw mut self.credential);
            (self.functions.gss_release_name)(&raw mut minor, &raw mut self.target);
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("is_complete", &self.is_complete).finish_non_exhaustive()
    }
}
