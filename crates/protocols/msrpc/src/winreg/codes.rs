//! Windows error codes, as methods return them ([MS-ERREF] 2.2).

use std::fmt;

/// The return value of a method; 0 is success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ErrorCode(pub u32);

impl ErrorCode {
    /// `ERROR_SUCCESS`
    pub const SUCCESS: Self = Self(0);
    /// `ERROR_FILE_NOT_FOUND`: the key or value does not exist.
    pub const NOT_FOUND: Self = Self(2);
    /// `ERROR_PATH_NOT_FOUND`
    pub const PATH_NOT_FOUND: Self = Self(3);
    /// `ERROR_ACCESS_DENIED`
    pub const ACCESS_DENIED: Self = Self(5);
    /// `ERROR_INVALID_HANDLE`
    pub const INVALID_HANDLE: Self = Self(6);
    /// `ERROR_INVALID_PARAMETER`
    pub const INVALID_PARAMETER: Self = Self(87);
    /// `ERROR_INSUFFICIENT_BUFFER`
    pub const INSUFFICIENT_BUFFER: Self = Self(122);
    /// `ERROR_BAD_PATHNAME`
    pub const BAD_PATH: Self = Self(161);
    /// `ERROR_MORE_DATA`
    pub const MORE_DATA: Self = Self(234);
    /// `ERROR_NO_MORE_ITEMS`
    pub const NO_MORE_ITEMS: Self = Self(259);
    /// `ERROR_KEY_DELETED`
    pub const KEY_DELETED: Self = Self(1018);

    /// This code as an error, unless it is success.
    pub fn check(self) -> Result<(), Self> {
        if self == Self::SUCCESS { Ok(()) } else { Err(self) }
    }

    /// True if a larger buffer may help; MS-RRP 3.1.5.11 and 3.1.5.13 use different codes for it.
    #[must_use]
    pub fn is_buffer_too_small(self) -> bool {
        self == Self::MORE_DATA || self == Self::INSUFFICIENT_BUFFER
    }

    /// The meaning of common codes.
    #[must_use]
    pub fn meaning(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "success",
            2 => "there is no such key or value",
            3 => "there is no such path",
            5 => "access is denied",
            6 => "the handle is not valid",
            8 | 14 => "the server is out of memory",
            19 => "the server is shutting down",
            50 => "the server does not support this",
            87 => "a parameter is not valid",
            120 => "the server does not have this method",
            122 => "the buffer is too small",
            161 => "the path is not valid",
            183 => "it exists already",
            234 => "there is more data than room",
            259 => "there are no more items",
            1011 => "the registry could not be opened",
            1012 => "the registry could not be read",
            1013 => "the registry could not be written",
            1016 => "the registry met an input or output error",
            1018 => "the key is marked for deletion",
            1020 => "a volatile key cannot hold a stable one",
            1021 => "the key cannot hold stable subkeys",
            1314 => "a privilege is missing",
            1450 => "the server is out of resources",
            1717 => "the interface is not known",
            _ => return None,
        })
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.meaning() {
            Some(meaning) => write!(f, "{meaning} (error {})", self.0),
            None => write!(f, "error {}", self.0),
        }
    }
}
