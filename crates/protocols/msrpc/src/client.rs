//! The methods of the Remote Registry Protocol as calls.

use crate::association::{Association, Traffic};
use crate::error::Error;
use crate::ndr::Terminated;
use crate::pipe::Pipe;
use crate::winreg::{
    self, Access, CreateOptions, Created, ErrorCode, Fetched, Handle, KeyInfo, MAX_DATA, MAX_DESCRIPTOR,
    OpenOptions, Operation, Room, Root, SecurityInformation, SubkeyEntry, ValueEntry,
};

/// A connection to the registry of a machine.
///
/// Names are UTF-16 code units, as the registry stores them; they need not be well-formed.
///
/// A response is at most as large as the buffer in its request, and a call is repeated at most a few times if
/// the data outgrew the buffer. So no response makes a method loop or allocate without bound.
#[derive(Debug)]
pub struct Client<P> {
    association: Association<P>,
    max_data: u32,
}

/// Maximum size of a response without variable-length data; [`NAMES`] is added for names.
const SMALL: usize = 128;
/// Twice the maximum size of a name and a class.
const NAMES: usize = 0x4_0000;

/// First and largest buffer for names and classes, in bytes.
const NAME_BUFFER: u16 = 0x0400;
const MAX_NAME_BUFFER: u16 = 0xfffe;

/// First buffer for data of unknown length. It costs memory of the server, but no network traffic.
const DATA_BUFFER: u32 = 4096;
/// First buffer for a security descriptor.
const DESCRIPTOR_BUFFER: u32 = 1024;

/// Attempts with growing buffers.
const MAX_ATTEMPTS: usize = 6;

impl<P: Pipe> Client<P> {
    /// Binds the interface `winreg` on this pipe.
    pub fn bind(pipe: P) -> Result<Self, Error> {
        let association = Association::bind(pipe, winreg::WINREG)?;
        Ok(Self { association, max_data: MAX_DATA })
    }

    /// Limits the data of one value; larger values are an error.
    #[must_use]
    pub fn with_max_data(mut self, bytes: u32) -> Self {
        self.max_data = bytes.min(MAX_DATA);
        self
    }

    /// The network traffic so far.
    pub fn traffic(&self) -> Traffic {
        self.association.traffic()
    }

    /// The error that made the connection unusable, if one did.
    pub fn broken(&self) -> Option<&Error> {
        self.association.broken()
    }

    /// The pipe.
    pub fn pipe(&self) -> &P {
        self.association.pipe()
    }

    fn call(&mut self, operation: Operation, stub: &[u8], max: usize) -> Result<Vec<u8>, Error> {
        self.association.call(operation, stub, max)
    }

    fn status(&mut self, operation: Operation, stub: &[u8]) -> Result<(), Error> {
        let answer = self.call(operation, stub, SMALL)?;
        Ok(winreg::read_status(&answer)?.check()?)
    }

    /// Opens a predefined key.
    pub fn open_root(&mut self, root: Root, access: Access) -> Result<Handle, Error> {
        let answer = self.call(root.operation(), &winreg::open_root(access), SMALL)?;
        Ok(winreg::read_handle(&answer)??)
    }

    /// Opens the key at this path, relative to `key`, separated by backslashes. The empty path opens `key`
    /// again.
    pub fn open_key(
        &mut self,
        key: Handle,
        path: &[u16],
        options: OpenOptions,
        access: Access,
    ) -> Result<Handle, Error> {
        let stub = winreg::open_key(&key, name(path)?, options, access);
        let answer = self.call(winreg::OPEN_KEY, &stub, SMALL)?;
        Ok(winreg::read_handle(&answer)??)
    }

    /// Opens a key in the registry view of 64-bit or 32-bit programs: [`Access::VIEW_64`] or
    /// [`Access::VIEW_32`].
    ///
    /// # Errors
    ///
    /// [`Error::ViewNotOffered`] if the server reports a single view (version 5, MS-RRP 3.1.5.24). Such a
    /// server may answer a request for a view with "access denied" (Samba does) or with the key of its only
    /// view.
    pub fn open_key_in_view(
        &mut self,
        key: Handle,
        path: &[u16],
        options: OpenOptions,
        access: Access,
        view: Access,
    ) -> Result<Handle, Error> {
        if self.version(key)? < winreg::VERSION_WITH_VIEWS {
            return Err(Error::ViewNotOffered);
        }
        self.open_key(key, path, options, access.and(view))
    }

    /// Closes a key. The server closes all remaining handles when the connection ends.
    pub fn close_key(&mut self, key: Handle) -> Result<(), Error> {
        let answer = self.call(winreg::CLOSE_KEY, &winreg::close_key(&key), SMALL)?;
        Ok(winreg::read_close_key(&answer)?.check()?)
    }

    /// A key's class, counts, largest sizes and last-write time.
    pub fn info(&mut self, key: Handle) -> Result<KeyInfo, Error> {
        let mut room = NAME_BUFFER;
        loop {
            let answer = self.call(winreg::QUERY_INFO_KEY, &winreg::query_info_key(&key, room), NAMES)?;
            match winreg::read_query_info_key(&answer)? {
                Err(code) if code.is_buffer_too_small() && room < MAX_NAME_BUFFER => room = MAX_NAME_BUFFER,
                info => return Ok(info?),
            }
        }
    }

    /// The subkey at this index; `None` after the last one. Indexes are not stable while the key changes.
    pub fn subkey_at(&mut self, key: Handle, index: u32) -> Result<Option<SubkeyEntry>, Error> {
        let mut room = NAME_BUFFER;
        loop {
            let answer = self.call(winreg::ENUM_KEY, &winreg::enum_key(&key, index, room, room), NAMES)?;
            match winreg::read_enum_key(&answer)? {
                Ok(entry) => return Ok(Some(entry)),
                Err(ErrorCode::NO_MORE_ITEMS) => return Ok(None),
                Err(code) if code.is_buffer_too_small() && room < MAX_NAME_BUFFER => room = MAX_NAME_BUFFER,
                Err(code) => return Err(code.into()),
            }
        }
    }

    /// The value at this index; `None` after the last one. `likely` is the expected maximum length of its
    /// data, such as
    /// [`KeyInfo::longest_data`]: if it is large enough, one call suffices.
    pub fn value_at(&mut self, key: Handle, index: u32, likely: u32) -> Result<Option<ValueEntry>, Error> {
        let read = |client: &mut Self, room: Room, max: usize| {
            let answer = client.call(winreg::ENUM_VALUE, &winreg::enum_value(&key, index, room), max)?;
            Ok(winreg::read_enum_value(&answer)?)
        };
        match self.with_room(likely, read) {
            Ok(entry) => Ok(Some(entry)),
            Err(error) if error.returned() == Some(ErrorCode::NO_MORE_ITEMS) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Name, type and length of the value at this index, without its data. `None` after the last one.
    pub fn value_head_at(&mut self, key: Handle, index: u32) -> Result<Option<ValueEntry>, Error> {
        let answer = self.call(winreg::ENUM_VALUE, &winreg::enum_value(&key, index, Room::NoData), NAMES)?;
        match winreg::read_enum_value(&answer)? {
            Ok(entry) => Ok(Some(entry)),
            Err((ErrorCode::NO_MORE_ITEMS, _)) => Ok(None),
            Err((code, _)) => Err(code.into()),
        }
    }

    /// The value of this name (empty: the default value of the key); `None` if it does not exist. For
    /// `likely` see [`Client::value_at`].
    pub fn value(&mut self, key: Handle, value: &[u16], likely: u32) -> Result<Option<Fetched>, Error> {
        let value = name(value)?;
        let read = |client: &mut Self, room: Room, max: usize| {
            let answer = client.call(winreg::QUERY_VALUE, &winreg::query_value(&key, value, room), max)?;
            Ok(winreg::read_query_value(&answer)?)
        };
        match self.with_room(likely, read) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.returned() == Some(ErrorCode::NOT_FOUND) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Repeats a call with a larger buffer until the data fits.
    fn with_room<T>(
        &mut self,
        likely: u32,
        read: impl Fn(&mut Self, Room, usize) -> Result<Result<T, (ErrorCode, u32)>, Error>,
    ) -> Result<T, Error> {
        let max = self.max_data;
        let mut room = likely.clamp(DATA_BUFFER.min(max), max);
        for _ in 0..MAX_ATTEMPTS {
            let response_max = usize::try_from(room).unwrap_or(usize::MAX).saturating_add(NAMES);
            match read(self, Room::Bytes(room), response_max)? {
                Ok(value) => return Ok(value),
                Err((code, length)) if code.is_buffer_too_small() => {
                    if room == max || length > max {
                        let length = u64::from(length.max(room));
                        return Err(Error::TooLarge { length, max: u64::from(max) });
                    }
                    // A server that does not report the length gets ever larger buffers.
                    room = length.max(room.saturating_mul(16)).min(max);
                }
                Err((code, _)) => return Err(code.into()),
            }
        }
        Err(Error::KeptChanging)
    }

    /// Parts of the security descriptor of a key, self-relative. `likely` is its expected maximum length,
    /// such as [`KeyInfo::security`].
    pub fn security(
        &mut self,
        key: Handle,
        parts: SecurityInformation,
        likely: u32,
    ) -> Result<Vec<u8>, Error> {
        let mut room = likely.clamp(DESCRIPTOR_BUFFER, MAX_DESCRIPTOR);
        for _ in 0..MAX_ATTEMPTS {
            let stub = winreg::get_key_security(&key, parts, room);
            let response_max = usize::try_from(room).unwrap_or(usize::MAX).saturating_add(SMALL);
            let answer = self.call(winreg::GET_KEY_SECURITY, &stub, response_max)?;
            match winreg::read_get_key_security(&answer)? {
                Ok(descriptor) => return Ok(descriptor),
                Err((code, needed)) if code.is_buffer_too_small() => {
                    if room == MAX_DESCRIPTOR || needed > MAX_DESCRIPTOR {
                        let max = u64::from(MAX_DESCRIPTOR);
                        return Err(Error::TooLarge { length: u64::from(needed.max(room)), max });
                    }
                    room = needed.max(room.saturating_mul(16)).min(MAX_DESCRIPTOR);
                }
                Err((code, _)) => return Err(code.into()),
            }
        }
        Err(Error::KeptChanging)
    }

    /// The version of the registry ([`winreg::read_version`]).
    pub fn version(&mut self, key: Handle) -> Result<u32, Error> {
        let answer = self.call(winreg::GET_VERSION, &winreg::get_version(&key), SMALL)?;
        Ok(winreg::read_version(&answer)??)
    }

    /// Creates a key and its missing parents, or opens it. `security` is a self-relative descriptor; without
    /// one the key inherits.
    pub fn create_key(
        &mut self,
        key: Handle,
        path: &[u16],
        options: CreateOptions,
        access: Access,
        security: Option<&[u8]>,
    ) -> Result<Created, Error> {
        self.create_key_of_class(key, path, None, options, access, security)
    }

    /// Creates a key as [`Client::create_key`] does, of this class.
    pub fn create_key_of_class(
        &mut self,
        key: Handle,
        path: &[u16],
        class: Option<&[u16]>,
        options: CreateOptions,
        access: Access,
        security: Option<&[u8]>,
    ) -> Result<Created, Error> {
        let class = class.map(name).transpose()?;
        if let Some(descriptor) = security {
            fits(descriptor, MAX_DESCRIPTOR)?;
        }
        let stub = winreg::create_key(&key, name(path)?, class, options, access, security);
        let answer = self.call(winreg::CREATE_KEY, &stub, SMALL)?;
        Ok(winreg::read_create_key(&answer)??)
    }

    /// Sets a value; the empty name is the default value of the key.
    pub fn set_value(&mut self, key: Handle, value: &[u16], kind: u32, data: &[u8]) -> Result<(), Error> {
        fits(data, MAX_DATA)?;
        self.status(winreg::SET_VALUE, &winreg::set_value(&key, name(value)?, kind, data))
    }

    /// Deletes a value.
    pub fn delete_value(&mut self, key: Handle, value: &[u16]) -> Result<(), Error> {
        self.status(winreg::DELETE_VALUE, &winreg::delete_value(&key, name(value)?))
    }

    /// Deletes a key without subkeys.
    pub fn delete_key(&mut self, key: Handle, path: &[u16]) -> Result<(), Error> {
        self.status(winreg::DELETE_KEY, &winreg::delete_key(&key, name(path)?))
    }

    /// Deletes a key without subkeys in the view [`Access::VIEW_64`] or [`Access::VIEW_32`].
    pub fn delete_key_in_view(&mut self, key: Handle, path: &[u16], view: Access) -> Result<(), Error> {
        self.status(winreg::DELETE_KEY_EX, &winreg::delete_key_ex(&key, name(path)?, view))
    }

    /// Sets parts of the security descriptor of a key. Windows keeps the other parts; Samba replaces all of
    /// them (measured).
    pub fn set_security(
        &mut self,
        key: Handle,
        parts: SecurityInformation,
        descriptor: &[u8],
    ) -> Result<(), Error> {
        fits(descriptor, MAX_DESCRIPTOR)?;
        self.status(winreg::SET_KEY_SECURITY, &winreg::set_key_security(&key, parts, descriptor))
    }

    /// Makes the server write the key to its disk.
    pub fn flush(&mut self, key: Handle) -> Result<(), Error> {
        self.status(winreg::FLUSH_KEY, &winreg::flush_key(&key))
    }
}

fn name(units: &[u16]) -> Result<Terminated<'_>, Error> {
    Terminated::new(units).ok_or(Error::NameTooLong(units.len()))
}

fn fits(bytes: &[u8], max: u32) -> Result<(), Error> {
    if bytes.len() as u64 > u64::from(max) {
        return Err(Error::TooLarge { length: bytes.len() as u64, max: u64::from(max) });
    }
    Ok(())
}
