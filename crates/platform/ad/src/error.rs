//! Failed searches.

use std::fmt;

use diagnostic::{Code, Diagnostic};

/// A failed search, and what it was to find.
#[derive(Debug)]
pub struct Error {
    /// The object of the search, such as `the license servers`.
    pub reading: &'static str,
    /// The error of the connection.
    pub cause: ldap::Error,
}

impl Error {
    /// For `map_err`.
    pub(crate) fn reading(reading: &'static str) -> impl Fn(ldap::Error) -> Self {
        move |cause| Self { reading, cause }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} could not be read: {}", self.reading, self.cause)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

impl Diagnostic for Error {
    fn code(&self) -> Code {
        self.cause.code()
    }

    fn advice(&self) -> Option<String> {
        self.cause.advice()
    }
}
