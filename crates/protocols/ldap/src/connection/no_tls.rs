//! There is no TLS without the feature `tls`, and none in the program for Windows: what follows a sign-in is
//! sealed by its keys there, which needs no certificate.

use std::convert::Infallible;
use std::io::{self, Read, Write};

use super::Trust;
use super::stream::Socket;
use crate::error::TlsFailure;

/// There is none.
pub(super) type Config = Infallible;

/// Refuses.
pub(super) fn config(_: &Trust) -> Result<Config, TlsFailure> {
    Err(TlsFailure::NotBuilt)
}

/// There is none.
pub(super) struct Tls(Infallible);

impl Tls {
    pub(super) fn agree(config: Config, _: &str, _: Socket) -> io::Result<Self> {
        match config {}
    }

    pub(super) fn binding(&self) -> Option<Vec<u8>> {
        match self.0 {}
    }

    pub(super) fn socket(&mut self) -> &mut Socket {
        match self.0 {}
    }
}

impl Read for Tls {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match self.0 {}
    }
}

impl Write for Tls {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        match self.0 {}
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0 {}
    }
}

/// It is never what failed.
pub(super) fn failure(_: &io::Error, _: &str) -> Option<TlsFailure> {
    None
}
