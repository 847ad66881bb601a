//! Errors of system calls.

use std::fmt;

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, NTSTATUS, RtlNtStatusToDosError, STATUS_ACCESS_DENIED, STATUS_KEY_DELETED,
    STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_NOT_FOUND, WIN32_ERROR,
};

/// A system call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    call: &'static str,
    code: Code,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    Status(NTSTATUS),
    Win32(WIN32_ERROR),
    /// The result exceeds the size limit, or it grew with every attempt.
    TooLarge,
    /// The name has more code units than a counted string can hold.
    NameTooLong,
    /// The object to be created exists already.
    Exists,
    /// Not a valid security descriptor.
    BadDescriptor,
}

impl Error {
    pub(crate) fn status(call: &'static str, status: NTSTATUS) -> Self {
        Self { call, code: Code::Status(status) }
    }

    pub(crate) fn win32(call: &'static str, code: WIN32_ERROR) -> Self {
        Self { call, code: Code::Win32(code) }
    }

    /// The last error of this thread.
    pub(crate) fn last(call: &'static str) -> Self {
        let code = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
        Self::win32(call, code.cast_unsigned())
    }

    pub(crate) fn too_large(call: &'static str) -> Self {
        Self { call, code: Code::TooLarge }
    }

    /// Checks the status of a native system service: values below zero are errors.
    pub(crate) fn of_status(call: &'static str, status: NTSTATUS) -> Result<(), Self> {
        if status < 0 { Err(Self::status(call, status)) } else { Ok(()) }
    }

    pub(crate) fn exists(call: &'static str) -> Self {
        Self { call, code: Code::Exists }
    }

    pub(crate) fn bad_descriptor(call: &'static str) -> Self {
        Self { call, code: Code::BadDescriptor }
    }

    pub(crate) fn name_too_long(call: &'static str) -> Self {
        Self { call, code: Code::NameTooLong }
    }

    /// The access list denies it, or it requires elevation.
    #[must_use]
    pub fn is_access_denied(&self) -> bool {
        matches!(self.code, Code::Status(STATUS_ACCESS_DENIED) | Code::Win32(ERROR_ACCESS_DENIED))
    }

    /// The key or value does not exist, or there are no more.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(
            self.code,
            Code::Status(STATUS_OBJECT_NAME_NOT_FOUND | STATUS_OBJECT_PATH_NOT_FOUND | STATUS_KEY_DELETED)
        )
    }

    /// The Win32 error code, such as 5 for *access denied*; `None` if the call itself did not fail.
    #[must_use]
    pub fn code(&self) -> Option<WIN32_ERROR> {
        match self.code {
            // SAFETY: accepts any number and touches no memory of ours.
            Code::Status(status) => Some(unsafe { RtlNtStatusToDosError(status) }),
            Code::Win32(code) => Some(code),
            Code::TooLarge | Code::NameTooLong | Code::Exists | Code::BadDescriptor => None,
        }
    }
}

/// The call, the code, and the system's message in the language of Windows.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_access_denied() {
            return write!(f, "access is denied ({})", self.call);
        }
        match (self.code, self.code()) {
            (_, Some(0)) => write!(f, "{} failed, and Windows does not say why", self.call),
            (Code::NameTooLong, _) => f.write_str("the name is longer than any key's"),
            (Code::Exists, _) => write!(f, "{}: it is there already", self.call),
            (Code::BadDescriptor, _) => write!(f, "{}: no security descriptor", self.call),
            (_, Some(code)) => {
                let error = std::io::Error::from_raw_os_error(code.cast_signed());
                write!(f, "{}: {error}", self.call)
            }
            (_, None) => write!(f, "{}: the answer is too large, or grows while it is read", self.call),
        }
    }
}

impl std::error::Error for Error {}
