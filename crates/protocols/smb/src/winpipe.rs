//! The pipe, opened by Windows itself as the current user.
//!
//! `RegConnectRegistryW` opens the same pipe. Here the same client uses it as over [`crate::connect`], so
//! that reading and writing work the same on every system. Windows' own SMB client signs in (by Kerberos if
//! the domain supports it), signs messages, and decides how long to wait for a response.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::windows::fs::OpenOptionsExt as _;
use std::time::{Duration, Instant};

use crate::connect::{MOST_ADDRESSES, NOT_FOUND_TRIES, STARTING, Timeouts};
use crate::error::ConnectError;
use crate::target::Target;
use msrpc::winreg;
use msrpc::{Pipe, PipeError};

/// The service acts with the rights of the caller (`SECURITY_IMPERSONATION` of `CreateFileW`).
const SECURITY_IMPERSONATION: u32 = 0x0002_0000;

/// Opens `\pipe\winreg` on the machine as the current user.
pub fn connect_as_user(target: &Target, timeouts: Timeouts) -> Result<WindowsPipe, ConnectError> {
    let started = Instant::now();
    // Windows waits long for an unreachable host.
    knock(target, timeouts.connect)?;
    let path = format!(r"\\{}\pipe\{}", target.host, winreg::PIPE);
    let mut pauses = STARTING.iter().enumerate();
    loop {
        let opened =
            OpenOptions::new().read(true).write(true).security_qos_flags(SECURITY_IMPERSONATION).open(&path);
        let error = match opened {
            Ok(file) => return Ok(WindowsPipe { file, ends: started.checked_add(timeouts.machine) }),
            Err(error) => ConnectError::of_windows(&error),
        };
        match (&error, pauses.next()) {
            (ConnectError::Starting, Some((_, pause))) => {
                std::thread::sleep(Duration::from_millis(*pause));
            }
            (ConnectError::NotRunning, Some((tries, pause))) if tries < NOT_FOUND_TRIES => {
                std::thread::sleep(Duration::from_millis(*pause));
            }
            _ => return Err(error),
        }
    }
}

/// Checks whether the port accepts connections, within this time.
fn knock(target: &Target, within: Duration) -> Result<(), ConnectError> {
    let addresses = (target.host.as_str(), target.port)
        .to_socket_addrs()
        .map_err(|error| ConnectError::NameNotFound(error.to_string()))?;
    let mut failure = ConnectError::NameNotFound("it has no address".to_owned());
    for address in addresses.take(MOST_ADDRESSES) {
        match TcpStream::connect_timeout(&address, within) {
            Ok(_) => return Ok(()),
            Err(error) => failure = ConnectError::of_connecting(&error, within),
        }
    }
    Err(failure)
}

/// The open pipe. Dropping it closes the pipe, and the server closes all handles.
pub struct WindowsPipe {
    file: File,
    ends: Option<Instant>,
}

impl WindowsPipe {
    fn is_in_time(&self) -> Result<(), PipeError> {
        if self.ends.is_some_and(|ends| Instant::now() >= ends) { Err(PipeError::TimeLimit) } else { Ok(()) }
    }
}

impl Pipe for WindowsPipe {
    fn write(&mut self, message: &[u8]) -> Result<(), PipeError> {
        self.is_in_time()?;
        match self.file.write(message) {
            Ok(count) if count == message.len() => Ok(()),
            Ok(_) => Err(PipeError::Malformed("a message was written in part".to_owned())),
            Err(error) => Err(PipeError::Lost(error.to_string())),
        }
    }

    fn read(&mut self, most: usize) -> Result<Vec<u8>, PipeError> {
        self.is_in_time()?;
        let mut bytes = vec![0; most];
        match self.file.read(&mut bytes) {
            Ok(0) => Err(PipeError::Lost("the server closed it".to_owned())),
            Ok(count) => {
                bytes.truncate(count);
                Ok(bytes)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => self.read(most),
            Err(error) => Err(PipeError::Lost(error.to_string())),
        }
    }
}

impl fmt::Debug for WindowsPipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WindowsPipe").finish_non_exhaustive()
    }
}
