//! Signing in to servers by what Windows knows of accounts, and sealing what is said (SSPI, the package *Negotiate*): Kerberos where a
//! domain can be asked, NTLM elsewhere.

use std::ffi::c_void;
use std::ptr::{null, null_mut};
use std::sync::Arc;

use windows_sys::Win32::Foundation::{SEC_E_OK, SEC_I_CONTINUE_NEEDED};
use windows_sys::Win32::Security::Authentication::Identity::{
    ISC_REQ_CONFIDENTIALITY, ISC_REQ_INTEGRITY, ISC_REQ_MUTUAL_AUTH, ISC_REQ_REPLAY_DETECT,
    ISC_REQ_SEQUENCE_DETECT, ISC_RET_CONFIDENTIALITY, ISC_RET_INTEGRITY, ISC_RET_NULL_SESSION,
    SECBUFFER_DATA, SECBUFFER_PADDING, SECBUFFER_STREAM, SECBUFFER_TOKEN, SECBUFFER_VERSION,
    SECPKG_ATTR_FLAGS, SECPKG_ATTR_SIZES, SECPKG_CRED_OUTBOUND, SECURITY_NATIVE_DREP, SecBuffer,
    SecBufferDesc, SecPkgContext_Flags, SecPkgContext_Sizes,
};
use windows_sys::Win32::Security::Credentials::SecHandle;
use windows_sys::Win32::System::Rpc::{SEC_WINNT_AUTH_IDENTITY_UNICODE, SEC_WINNT_AUTH_IDENTITY_W};

use crate::{Error, lazy};

lazy::functions! {
    /// As sspi.h has them.
    struct Functions;
    acquire = "secur32.dll" c"AcquireCredentialsHandleW": fn(
        *const u16,
        *const u16,
        u32,
        *const c_void,
        *const c_void,
        *const c_void,
        *const c_void,
        *mut SecHandle,
        *mut i64
    ) -> i32;
    free = "secur32.dll" c"FreeCredentialsHandle": fn(*const SecHandle) -> i32;
    initialize = "secur32.dll" c"InitializeSecurityContextW": fn(
        *const SecHandle,
        *const SecHandle,
        *const u16,
        u32,
        u32,
        u32,
        *const SecBufferDesc,
        u32,
        *mut SecHandle,
        *mut SecBufferDesc,
        *mut u32,
        *mut i64
    ) -> i32;
    delete = "secur32.dll" c"DeleteSecurityContext": fn(*const SecHandle) -> i32;
    query = "secur32.dll" c"QueryContextAttributesW": fn(*const SecHandle, u32, *mut c_void) -> i32;
    encrypt = "secur32.dll" c"EncryptMessage": fn(*const SecHandle, u32, *const SecBufferDesc, u32) -> i32;
    decrypt = "secur32.dll" c"DecryptMessage": fn(*const SecHandle, *const SecBufferDesc, u32, *mut u32) -> i32;
}

/// Everything is signed, encrypted and counted, and both sides say who they are, where the package can.
const WISHES: u32 = ISC_REQ_MUTUAL_AUTH
    | ISC_REQ_CONFIDENTIALITY
    | ISC_REQ_INTEGRITY
    | ISC_REQ_SEQUENCE_DETECT
    | ISC_REQ_REPLAY_DETECT;

/// What must have been granted of it. That both sides count follows from it in either package.
const NEEDS: u32 = ISC_RET_CONFIDENTIALITY | ISC_RET_INTEGRITY;

/// The signature of a message that NTLM sealed begins so, and has so many bytes ([MS-NLMP] 2.2.2.9).
const NTLM: (&[u8], usize) = (&[1, 0, 0, 0], 16);

/// A token is not larger: 65,535 bytes are the most that Windows may be set to (`MaxTokenSize`).
const LARGEST_TOKEN: usize = 1 << 16;

/// An account of another name than the one that runs the program. Nothing is kept of it here.
#[derive(Clone, Copy)]
pub struct Account<'a> {
    /// In UTF-16, without a NUL, as the other two.
    pub user: &'a [u16],
    /// Its domain; may be empty.
    pub domain: &'a [u16],
    /// Its password.
    pub password: &'a [u16],
}

/// Somebody who can sign in.
pub struct Credential {
    functions: Functions,
    handle: SecHandle,
}

impl Credential {
    /// The account, or whoever runs the program. No server is asked yet.
    pub fn new(account: Option<Account<'_>>) -> Result<Self, Error> {
        const CALL: &str = "AcquireCredentialsHandleW";
        let functions = Functions::load()?;
        let length = |text: &[u16]| u32::try_from(text.len()).map_err(|_| Error::too_large(CALL));
        let identity = match account {
            None => None,
            // The call takes writable pointers, and does not write there.
            Some(Account { user, domain, password }) => Some(SEC_WINNT_AUTH_IDENTITY_W {
                User: user.as_ptr().cast_mut(),
                UserLength: length(user)?,
                Domain: domain.as_ptr().cast_mut(),
                DomainLength: length(domain)?,
                Password: password.as_ptr().cast_mut(),
                PasswordLength: length(password)?,
                Flags: SEC_WINNT_AUTH_IDENTITY_UNICODE,
            }),
        };
        let package: Vec<u16> = "Negotiate\0".encode_utf16().collect();
        let mut handle = SecHandle::default();
        let mut expires = 0;
        // SAFETY: the package's name ends with a NUL; the identity, where there is one, describes texts that outlive the call; null
        // stands for whoever runs the program and for what is not used; the last two are writable.
        let status = unsafe {
            (functions.acquire)(
                null(),
                package.as_ptr(),
                SECPKG_CRED_OUTBOUND,
                null(),
                identity.as_ref().map_or(null(), |identity| (&raw const *identity).cast()),
                null(),
                null(),
                &raw mut handle,
                &raw mut expires,
            )
        };
        of(CALL, status)?;
        Ok(Self { functions, handle })
    }
}

impl Drop for Credential {
    fn drop(&mut self) {
        // SAFETY: the handle was given to this value alone, and is freed once; contexts hold the value.
        unsafe { (self.functions.free)(&raw const self.handle) };
    }
}

/// A sign-in that goes on, or what came of it.
pub struct Context {
    credential: Arc<Credential>,
    /// `ldap/dc1.corp.example`, with a NUL at its end.
    target: Vec<u16>,
    /// None before the first step.
    handle: Option<SecHandle>,
    granted: u32,
    complete: bool,
}

impl Context {
    /// Begins a sign-in at the service of this principal name, such as `ldap/dc1.corp.example`. Nothing is sent.
    #[must_use]
    pub fn new(credential: Arc<Credential>, service: &str) -> Self {
        let target = service.encode_utf16().filter(|&unit| unit != 0).chain([0]).collect();
        Self { credential, target, handle: None, granted: 0, complete: false }
    }

    /// Takes the server's token, empty at first, and gives the next one for it; `None` where nothing is left to be said.
    pub fn step(&mut self, token: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        const CALL: &str = "InitializeSecurityContextW";
        let functions = &self.credential.functions;
        let mut token = token.to_vec();
        let mut input = [buffer(SECBUFFER_TOKEN, &mut token)?];
        let inputs = description(&mut input);
        let mut said = vec![0; LARGEST_TOKEN];
        let mut output = [buffer(SECBUFFER_TOKEN, &mut said)?];
        let mut outputs = description(&mut output);
        let mut new = self.handle.unwrap_or_default();
        let mut expires = 0;
        // SAFETY: the credential is held; the context, where there is one, is this value's; the target ends with a NUL; the input is
        // read alone, and none is given at first, as the call wants it; everything else is writable.
        let status = unsafe {
            (functions.initialize)(
                &raw const self.credential.handle,
                self.handle.as_ref().map_or(null(), |handle| &raw const *handle),
                self.target.as_ptr(),
                WISHES,
                0,
                SECURITY_NATIVE_DREP,
                if self.handle.is_none() && token.is_empty() { null() } else { &raw const inputs },
                0,
                &raw mut new,
                &raw mut outputs,
                &raw mut self.granted,
                &raw mut expires,
            )
        };
        if !matches!(status, SEC_E_OK | SEC_I_CONTINUE_NEEDED) {
            return Err(failed(CALL, status));
        }
        self.handle = Some(new);
        self.complete = status == SEC_E_OK;
        said.truncate(used(&output[0]));
        Ok(if said.is_empty() { None } else { Some(said) })
    }

    /// Whether the sign-in has come to its end, and everything will be signed and encrypted, for somebody.
    #[must_use]
    pub fn seals(&self) -> bool {
        let mut told = SecPkgContext_Flags::default();
        // The sign-in itself says what it granted, but not under Wine, where it is told when it is asked for.
        // SAFETY: `told` is what this attribute is written to.
        let asked = unsafe { self.query(SECPKG_ATTR_FLAGS, (&raw mut told).cast()) };
        let flags = self.granted | if asked.is_ok() { told.Flags } else { 0 };
        self.complete && flags & NEEDS == NEEDS && flags & ISC_RET_NULL_SESSION == 0
    }

    /// Asks what the context is like.
    ///
    /// # Safety
    /// `to` is what this attribute is written to.
    unsafe fn query(&self, attribute: u32, to: *mut c_void) -> Result<(), Error> {
        let handle = self.handle.unwrap_or_default();
        // SAFETY: the context is this value's; whoever calls gives what the attribute needs.
        let status = unsafe { (self.credential.functions.query)(&raw const handle, attribute, to) };
        of("QueryContextAttributesW", status)
    }

    /// Seals a message: the package's token, what became of the message, and what filled it up, one behind the other, as
    /// `GSS_Wrap` has them.
    pub fn seal(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        const CALL: &str = "EncryptMessage";
        let handle = self.handle.unwrap_or_default();
        let functions = &self.credential.functions;
        let mut sizes = SecPkgContext_Sizes::default();
        // SAFETY: `sizes` is what this attribute is written to.
        unsafe { self.query(SECPKG_ATTR_SIZES, (&raw mut sizes).cast()) }?;
        let room = |count: u32| vec![0; usize::try_from(count).unwrap_or(0)];
        let mut token = room(sizes.cbSecurityTrailer);
        let mut data = message.to_vec();
        let mut padding = room(sizes.cbBlockSize);
        let mut buffers = [
            buffer(SECBUFFER_TOKEN, &mut token)?,
            buffer(SECBUFFER_DATA, &mut data)?,
            buffer(SECBUFFER_PADDING, &mut padding)?,
        ];
        let named = description(&mut buffers);
        // SAFETY: every buffer has as many bytes as it says, all writable, and outlives the call.
        let status = unsafe { (functions.encrypt)(&raw const handle, 0, &raw const named, 0) };
        of(CALL, status)?;
        let mut sealed = Vec::with_capacity(token.len() + data.len() + padding.len());
        for (bytes, buffer) in [&token, &data, &padding].into_iter().zip(&buffers) {
            sealed.extend_from_slice(bytes.get(..used(buffer)).ok_or(Error::too_large(CALL))?);
        }
        Ok(sealed)
    }

    /// Opens a message of the server.
    pub fn open(&mut self, block: &[u8]) -> Result<Vec<u8>, Error> {
        const CALL: &str = "DecryptMessage";
        let handle = self.handle.unwrap_or_default();
        let functions = &self.credential.functions;
        let mut block = block.to_vec();
        let start = block.as_ptr() as usize;
        let (mark, signature) = NTLM;
        let mut buffers = if block.starts_with(mark) && block.len() >= signature {
            let (token, data) = block.split_at_mut(signature);
            [buffer(SECBUFFER_TOKEN, token)?, buffer(SECBUFFER_DATA, data)?]
        } else {
            // Where the message lies in it, Kerberos finds out by itself.
            [buffer(SECBUFFER_STREAM, &mut block)?, buffer(SECBUFFER_DATA, &mut [])?]
        };
        let named = description(&mut buffers);
        let mut quality = 0;
        // SAFETY: every buffer has as many bytes as it says, all writable, and outlives the call; one of none says so.
        let status = unsafe { (functions.decrypt)(&raw const handle, &raw const named, 0, &raw mut quality) };
        of(CALL, status)?;
        // What was signed and not encrypted was not agreed on.
        if quality != 0 {
            return Err(Error::win32(CALL, SEC_E_QOP_NOT_SUPPORTED));
        }
        // The message lies in the block; the call says where.
        let from = (buffers[1].pvBuffer as usize).checked_sub(start);
        let until = from.and_then(|from| from.checked_add(used(&buffers[1])));
        let message = from.zip(until).and_then(|(from, until)| block.get(from..until)).map(<[u8]>::to_vec);
        message.ok_or(Error::too_large(CALL))
    }
}

/// The quality of protection is not supported.
const SEC_E_QOP_NOT_SUPPORTED: u32 = 0x8009_030A;

impl Drop for Context {
    fn drop(&mut self) {
        if let Some(handle) = self.handle {
            // SAFETY: the handle was given to this value alone, and is deleted once.
            unsafe { (self.credential.functions.delete)(&raw const handle) };
        }
    }
}

/// All of these bytes. An empty one has no address, as the calls want it where they are to set it.
fn buffer(kind: u32, bytes: &mut [u8]) -> Result<SecBuffer, Error> {
    let length = u32::try_from(bytes.len()).map_err(|_| Error::too_large("SecBuffer"))?;
    let bytes = if bytes.is_empty() { null_mut() } else { bytes.as_mut_ptr().cast() };
    Ok(SecBuffer { cbBuffer: length, BufferType: kind, pvBuffer: bytes })
}

/// Names all of these buffers, which must outlive it.
fn description(buffers: &mut [SecBuffer]) -> SecBufferDesc {
    let count = u32::try_from(buffers.len()).unwrap_or(0);
    SecBufferDesc { ulVersion: SECBUFFER_VERSION, cBuffers: count, pBuffers: buffers.as_mut_ptr() }
}

/// How much of it the call used.
fn used(buffer: &SecBuffer) -> usize {
    usize::try_from(buffer.cbBuffer).unwrap_or(usize::MAX)
}

fn of(call: &'static str, status: i32) -> Result<(), Error> {
    if status == SEC_E_OK { Ok(()) } else { Err(failed(call, status)) }
}

fn failed(call: &'static str, status: i32) -> Error {
    Error::win32(call, status.cast_unsigned())
}
