//! The registry of the server, method by method.

use crate::association::{Association, Traffic};
use crate::error::Error;
use crate::ndr::Terminated;
use crate::pipe::Pipe;
use crate::winreg::{
    self, Access, Code, CreateOptions, Created, Fetched, Handle, KeyInfo, LARGEST_DATA, LARGEST_DESCRIPTOR,
    OpenOptions, Operation, Room, Root, SecurityInformation, SubkeyEntry, ValueEntry,
};

/// A connection to the registry of a machine.
///
/// Names are UTF-16 code units, as the registry holds them: a name that is no well-formed text still names its key.
///
/// No answer makes a method loop or allocate without bound: an answer may be as large as what was asked for, and what must be
/// asked for again because it grew is asked for a few times only.
#[derive(Debug)]
pub struct Client<P> {
    association: Association<P>,
    largest_data: u32,
}

/// Answers without data of a variable length have no more bytes than this; those with names add [`NAMES`].
const SMALL: usize = 128;
/// A name and a class at their longest, twice over.
const NAMES: usize = 0x4_0000;

/// Rooms of names and classes to begin with, and at most, in bytes.
const NAME_ROOM: u16 = 0x0400;
const MOST_NAME_ROOM: u16 = 0xfffe;

/// The first room for data where nothing is known of its length. It costs the server memory, the network nothing.
const DATA_ROOM: u32 = 4096;
/// The first room for a security descriptor.
const DESCRIPTOR_ROOM: u32 = 1024;

/// What must be asked for again because it did not fit is asked for so many times.
const TRIES: usize = 6;

impl<P: Pipe> Client<P> {
    /// Asks for the registry's interface on this pipe.
    pub fn bind(pipe: P) -> Result<Self, Error> {
        let association = Association::bind(pipe, winreg::WINREG)?;
        Ok(Self { association, largest_data: LARGEST_DATA })
    }

    /// Takes no data of a value that is larger than this.
    #[must_use]
    pub fn with_largest_data(mut self, bytes: u32) -> Self {
        self.largest_data = bytes.min(LARGEST_DATA);
        self
    }

    /// What the calls have cost so far.
    pub fn traffic(&self) -> Traffic {
        self.association.traffic()
    }

    /// What made the connection useless, where something did: nothing more is to be had from it.
    pub fn broken(&self) -> Option<&Error> {
        self.association.broken()
    }

    /// The pipe.
    pub fn pipe(&self) -> &P {
        self.association.pipe()
    }

    fn call(&mut self, operation: Operation, stub: &[u8], most: usize) -> Result<Vec<u8>, Error> {
        self.association.call(operation, stub, most)
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

    /// Opens the key at this path below another; names are separated by backslashes. The empty path opens the same key again.
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

    /// Opens a key in the view of 64-bit programs or in that of 32-bit ones, `view` being [`Access::VIEW_64`] or [`Access::VIEW_32`].
    ///
    /// # Errors
    ///
    /// [`Error::ViewNotOffered`] where the server says that it has one view only (version 5, MS-RRP 3.1.5.24). Asked all the same, such
    /// a server may refuse the key as if rights were missing (Samba does), or give that of its only view for another.
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

    /// Closes a key. What is left open is closed by the server when the connection ends.
    pub fn close_key(&mut self, key: Handle) -> Result<(), Error> {
        let answer = self.call(winreg::CLOSE_KEY, &winreg::close_key(&key), SMALL)?;
        Ok(winreg::read_close_key(&answer)?.check()?)
    }

    /// A key's class, counts, largest sizes and last-write time.
    pub fn info(&mut self, key: Handle) -> Result<KeyInfo, Error> {
        let mut room = NAME_ROOM;
        loop {
            let answer = self.call(winreg::QUERY_INFO_KEY, &winreg::query_info_key(&key, room), NAMES)?;
            match winreg::read_query_info_key(&answer)? {
                Err(code) if code.wants_more_room() && room < MOST_NAME_ROOM => room = MOST_NAME_ROOM,
                info => return Ok(info?),
            }
        }
    }

    /// The subkey with this index; `None` behind the last. Any change of the key may give another subkey the index.
    pub fn subkey_at(&mut self, key: Handle, index: u32) -> Result<Option<SubkeyEntry>, Error> {
        let mut room = NAME_ROOM;
        loop {
            let answer = self.call(winreg::ENUM_KEY, &winreg::enum_key(&key, index, room, room), NAMES)?;
            match winreg::read_enum_key(&answer)? {
                Ok(entry) => return Ok(Some(entry)),
                Err(Code::NO_MORE_ITEMS) => return Ok(None),
                Err(code) if code.wants_more_room() && room < MOST_NAME_ROOM => room = MOST_NAME_ROOM,
                Err(code) => return Err(code.into()),
            }
        }
    }

    /// The value with this index; `None` behind the last. `likely` is the length that its data probably does not exceed, as
    /// [`KeyInfo::longest_data`] tells it: where that is right, one call does.
    pub fn value_at(&mut self, key: Handle, index: u32, likely: u32) -> Result<Option<ValueEntry>, Error> {
        let read = |client: &mut Self, room: Room, most: usize| {
            let answer = client.call(winreg::ENUM_VALUE, &winreg::enum_value(&key, index, room), most)?;
            Ok(winreg::read_enum_value(&answer)?)
        };
        match self.with_room(likely, read) {
            Ok(entry) => Ok(Some(entry)),
            Err(error) if error.code() == Some(Code::NO_MORE_ITEMS) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Name, type and length of the value with this index; none of its data crosses the network. `None` behind the last.
    pub fn value_head_at(&mut self, key: Handle, index: u32) -> Result<Option<ValueEntry>, Error> {
        let answer = self.call(winreg::ENUM_VALUE, &winreg::enum_value(&key, index, Room::NoData), NAMES)?;
        match winreg::read_enum_value(&answer)? {
            Ok(entry) => Ok(Some(entry)),
            Err((Code::NO_MORE_ITEMS, _)) => Ok(None),
            Err((code, _)) => Err(code.into()),
        }
    }

    /// The value of this name, the empty one for the key's default value; `None` where there is none. `likely` is as with
    /// [`Client::value_at`].
    pub fn value(&mut self, key: Handle, value: &[u16], likely: u32) -> Result<Option<Fetched>, Error> {
        let value = name(value)?;
        let read = |client: &mut Self, room: Room, most: usize| {
            let answer = client.call(winreg::QUERY_VALUE, &winreg::query_value(&key, value, room), most)?;
            Ok(winreg::read_query_value(&answer)?)
        };
        match self.with_room(likely, read) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.code() == Some(Code::NOT_FOUND) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Asks, and asks again with more room for as long as the data does not fit.
    fn with_room<T>(
        &mut self,
        likely: u32,
        read: impl Fn(&mut Self, Room, usize) -> Result<Result<T, (Code, u32)>, Error>,
    ) -> Result<T, Error> {
        let most = self.largest_data;
        let mut room = likely.clamp(DATA_ROOM.min(most), most);
        for _ in 0..TRIES {
            let answer_most = usize::try_from(room).unwrap_or(usize::MAX).saturating_add(NAMES);
            match read(self, Room::Bytes(room), answer_most)? {
                Ok(value) => return Ok(value),
                Err((code, length)) if code.wants_more_room() => {
                    if room == most || length > most {
                        let length = u64::from(length.max(room));
                        return Err(Error::TooLarge { length, most: u64::from(most) });
                    }
                    // A server that does not say how much it needs is offered ever more.
                    room = length.max(room.saturating_mul(16)).min(most);
                }
                Err((code, _)) => return Err(code.into()),
            }
        }
        Err(Error::KeptChanging)
    }

    /// Parts of the security descriptor of a key, self-relative. `likely` is the length that it probably does not exceed, as
    /// [`KeyInfo::security`] tells it.
    pub fn security(
        &mut self,
        key: Handle,
        parts: SecurityInformation,
        likely: u32,
    ) -> Result<Vec<u8>, Error> {
        let mut room = likely.clamp(DESCRIPTOR_ROOM, LARGEST_DESCRIPTOR);
        for _ in 0..TRIES {
            let stub = winreg::get_key_security(&key, parts, room);
            let answer_most = usize::try_from(room).unwrap_or(usize::MAX).saturating_add(SMALL);
            let answer = self.call(winreg::GET_KEY_SECURITY, &stub, answer_most)?;
            match winreg::read_get_key_security(&answer)? {
                Ok(descriptor) => return Ok(descriptor),
                Err((code, needed)) if code.wants_more_room() => {
                    if room == LARGEST_DESCRIPTOR || needed > LARGEST_DESCRIPTOR {
                        let most = u64::from(LARGEST_DESCRIPTOR);
                        return Err(Error::TooLarge { length: u64::from(needed.max(room)), most });
                    }
                    room = needed.max(room.saturating_mul(16)).min(LARGEST_DESCRIPTOR);
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

    /// Creates a key with all that is missing on the way to it, or opens it. `security` is a self-relative descriptor; without it
    /// the key inherits.
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
            fits(descriptor, LARGEST_DESCRIPTOR)?;
        }
        let stub = winreg::create_key(&key, name(path)?, class, options, access, security);
        let answer = self.call(winreg::CREATE_KEY, &stub, SMALL)?;
        Ok(winreg::read_create_key(&answer)??)
    }

    /// Sets a value; the empty name is the key's default value.
    pub fn set_value(&mut self, key: Handle, value: &[u16], kind: u32, data: &[u8]) -> Result<(), Error> {
        fits(data, LARGEST_DATA)?;
        self.status(winreg::SET_VALUE, &winreg::set_value(&key, name(value)?, kind, data))
    }

    /// Deletes a value.
    pub fn delete_value(&mut self, key: Handle, value: &[u16]) -> Result<(), Error> {
        self.status(winreg::DELETE_VALUE, &winreg::delete_value(&key, name(value)?))
    }

    /// Deletes a key below another, which must have no subkeys.
    pub fn delete_key(&mut self, key: Handle, path: &[u16]) -> Result<(), Error> {
        self.status(winreg::DELETE_KEY, &winreg::delete_key(&key, name(path)?))
    }

    /// Deletes a key as [`Client::delete_key`] does, in the view that [`Access::VIEW_64`] or [`Access::VIEW_32`] names.
    pub fn delete_key_in_view(&mut self, key: Handle, path: &[u16], view: Access) -> Result<(), Error> {
        self.status(winreg::DELETE_KEY_EX, &winreg::delete_key_ex(&key, name(path)?, view))
    }

    /// Sets parts of the security descriptor of a key. What the descriptor does not hold is not touched on Windows; Samba
    /// replaces all of it (measured).
    pub fn set_security(
        &mut self,
        key: Handle,
        parts: SecurityInformation,
        descriptor: &[u8],
    ) -> Result<(), Error> {
        fits(descriptor, LARGEST_DESCRIPTOR)?;
        self.status(winreg::SET_KEY_SECURITY, &winreg::set_key_security(&key, parts, descriptor))
    }

    /// Has the server write the key to its disk.
    pub fn flush(&mut self, key: Handle) -> Result<(), Error> {
        self.status(winreg::FLUSH_KEY, &winreg::flush_key(&key))
    }
}

fn name(units: &[u16]) -> Result<Terminated<'_>, Error> {
    Terminated::new(units).ok_or(Error::NameTooLong(units.len()))
}

fn fits(bytes: &[u8], most: u32) -> Result<(), Error> {
    if bytes.len() as u64 > u64::from(most) {
        return Err(Error::TooLarge { length: bytes.len() as u64, most: u64::from(most) });
    }
    Ok(())
}
