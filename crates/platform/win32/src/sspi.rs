//! Authentication to servers with Windows' own credentials, and message encryption (SSPI, package
//! *Negotiate*): Kerberos if a domain controller is available, otherwise NTLM.

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
    /// Types as declared in sspi.h.
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

/// Requested: signing, encryption, replay and sequence detection, and mutual authentication if the package
/// supports it.
const WISHES: u32 = ISC_REQ_MUTUAL_AUTH
    | ISC_REQ_CONFIDENTIALITY
    | ISC_REQ_INTEGRITY
    | ISC_REQ_SEQUENCE_DETECT
    | ISC_REQ_REPLAY_DETECT;

/// The attributes that must be granted. Sequence detection follows from these in both packages.
const NEEDS: u32 = ISC_RET_CONFIDENTIALITY | ISC_RET_INTEGRITY;

/// Prefix and length in bytes of the signature of a message sealed by NTLM ([MS-NLMP] 2.2.2.9).
const NTLM: (&[u8], usize) = (&[1, 0, 0, 0], 16);

/// Limit for a token: `MaxTokenSize` of Windows can be set to 65,535 bytes at most.
const LARGEST_TOKEN: usize = 1 << 16;

/// An account other than the one that runs the program. The fields are borrowed and not copied here.
#[derive(Clone, Copy)]
pub struct Account<'a> {
    /// User name, in UTF-16 without a NUL, as the other two fields.
    pub user: &'a [u16],
    /// Domain; may be empty.
    pub domain: &'a [u16],
    /// Password.
    pub password: &'a [u16],
}

/// A credential handle.
pub struct Credential {
    functions: Functions,
    handle: SecHandle,
}

impl Credential {
    /// Acquires the credentials of the account, or of the current user if there is none. No server is
    /// contacted yet.
    pub fn new(account: Option<Account<'_>>) -> Result<Self, Error> {
        const CALL: &str = "AcquireCredentialsHandleW";
        let functions = Functions::load()?;
        let length = |text: &[u16]| u32::try_from(text.len()).map_err(|_| Error::too_large(CALL));
        let identity = match account {
            None => None,
            // The call takes writable pointers, but does not write to them.
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
        // SAFETY: the package's name is NUL-terminated; the identity, if present, describes texts that
        // outlive the call; null selects the current user and omits optional parameters; the last two are
        // writable.
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
        // SAFETY: the handle belongs to this value, and is freed once; contexts keep the value alive.
        unsafe { (self.functions.free)(&raw const self.handle) };
    }
}

/// A security context, during or after the handshake.
pub struct Context {
    credential: Arc<Credential>,
    /// `ldap/dc1.corp.example`, NUL-terminated.
    target: Vec<u16>,
    /// `None` before the first step.
    handle: Option<SecHandle>,
    granted: u32,
    complete: bool,
}

impl Context {
    /// Prepares authentication to the service with this principal name, such as `ldap/dc1.corp.example`.
    /// Nothing is sent.
    #[must_use]
    pub fn new(credential: Arc<Credential>, service: &str) -> Self {
        let target = service.encode_utf16().filter(|&unit| unit != 0).chain([0]).collect();
        Self { credential, target, handle: None, granted: 0, complete: false }
    }

    /// Processes the server's token, empty at first, and returns the next token for the server; `None` if the
    /// handshake is complete.
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
        // SAFETY: the credential is held; the context, if present, belongs to this value; the target is
        // NUL-terminated; the input is only read, and omitted at first, as the call requires; everything else
        // is writable.
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

    /// True if the handshake is complete, with signing and encryption, and the account is not anonymous.
    #[must_use]
    pub fn seals(&self) -> bool {
        let mut told = SecPkgContext_Flags::default();
        // SAFETY: this attribute is written to `told`. It is queried because the handshake itself does not
        // return the granted attributes under Wine.
        let asked = unsafe { self.query(SECPKG_ATTR_FLAGS, (&raw mut told).cast()) };
        let flags = self.granted | if asked.is_ok() { told.Flags } else { 0 };
        self.complete && flags & NEEDS == NEEDS && flags & ISC_RET_NULL_SESSION == 0
    }

    /// Queries an attribute of the context.
    ///
    /// # Safety
    /// `to` must point to the structure of this attribute.
    unsafe fn query(&self, attribute: u32, to: *mut c_void) -> Result<(), Error> {
        let handle = self.handle.unwrap_or_default();
        // SAFETY: the context belongs to this value; the caller passes the structure of the attribute.
        let status = unsafe { (self.credential.functions.query)(&raw const handle, attribute, to) };
        of("QueryContextAttributesW", status)
    }

    /// Encrypts a message. Returns the package's token, the encrypted message and the padding, concatenated
    /// as by `GSS_Wrap`.
    pub fn seal(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        const CALL: &str = "EncryptMessage";
        let handle = self.handle.unwrap_or_default();
        let functions = &self.credential.functions;
        let mut sizes = SecPkgContext_Sizes::default();
        // SAFETY: this attribute is written to `sizes`.
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
        // SAFETY: every buffer has its declared number of bytes, all writable, and outlives the call.
        let status = unsafe { (functions.encrypt)(&raw const handle, 0, &raw const named, 0) };
        of(CALL, status)?;
        let mut sealed = Vec::with_capacity(token.len() + data.len() + padding.len());
        for (bytes, buffer) in [&token, &data, &padding].into_iter().zip(&buffers) {
            sealed.extend_from_slice(bytes.get(..used(buffer)).ok_or(Error::too_large(CALL))?);
        }
        Ok(sealed)
    }

    /// Decrypts a message of the server.
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
            // Kerberos locates the message in the stream itself.
            [buffer(SECBUFFER_STREAM, &mut block)?, buffer(SECBUFFER_DATA, &mut [])?]
        };
        let named = description(&mut buffers);
        let mut quality = 0;
        // SAFETY: every buffer has its declared number of bytes, all writable, and outlives the call; an
        // empty one has length 0.
        let status = unsafe { (functions.decrypt)(&raw const handle, &raw const named, 0, &raw mut quality) };
        of(CALL, status)?;
        // The peers agreed on encryption; a message that is only signed is refused.
        if quality != 0 {
            return Err(Error::win32(CALL, SEC_E_QOP_NOT_SUPPORTED));
        }
        // The call returns the position of the message within the block.
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
            // SAFETY: the handle belongs to this value, and is deleted once.
            unsafe { (self.credential.functions.delete)(&raw const handle) };
        }
    }
}

/// A buffer of all these bytes. An empty one gets a null pointer, as the calls require if they set it.
fn buffer(kind: u32, bytes: &mut [u8]) -> Result<SecBuffer, Error> {
    let length = u32::try_from(bytes.len()).map_err(|_| Error::too_large("SecBuffer"))?;
    let bytes = if bytes.is_empty() { null_mut() } else { bytes.as_mut_ptr().cast() };
    Ok(SecBuffer { cbBuffer: length, BufferType: kind, pvBuffer: bytes })
}

/// A descriptor of these buffers, which must outlive it.
fn description(buffers: &mut [SecBuffer]) -> SecBufferDesc {
    let count = u32::try_from(buffers.len()).unwrap_or(0);
    SecBufferDesc { ulVersion: SECBUFFER_VERSION, cBuffers: count, pBuffers: buffers.as_mut_ptr() }
}

/// Number of bytes of the buffer that the call used.
fn used(buffer: &SecBuffer) -> usize {
    usize::try_from(buffer.cbBuffer).unwrap_or(usize::MAX)
}

fn of(call: &'static str, status: i32) -> Result<(), Error> {
    if status == SEC_E_OK { Ok(()) } else { Err(failed(call, status)) }
}

fn failed(call: &'static str, status: i32) -> Error {
    Error::win32(call, status.cast_unsigned())
}
