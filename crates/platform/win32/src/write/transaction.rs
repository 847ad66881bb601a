//! Transactions of the registry, which combine several changes into one.
//!
//! The functions are those of the Kernel Transaction Manager that Microsoft documents (`ZwCreateTransaction`
//! and related functions), called by their user-mode names. Some Windows versions do not support transactions
//! on the registry, and Wine accepts the calls without effect; so [`Transaction::are_to_be_had`] tests them.

use std::ffi::c_void;
use std::ptr::{null, null_mut};
use std::sync::OnceLock;

use windows_sys::Wdk::Foundation::OBJECT_ATTRIBUTES;
use windows_sys::Win32::Foundation::{HANDLE, NTSTATUS, OBJ_CASE_INSENSITIVE, UNICODE_STRING};

use super::key::{Key, Rights, With};
use crate::handle::Handle;
use crate::key::{Counted, absent_or};
use crate::{Error, Reach, Root, lazy};

/// `TRANSACTION_ALL_ACCESS`.
const ALL_ACCESS: u32 = 0x0012_003f;
/// The call blocks until it is complete.
const WAIT: u8 = 1;

lazy::functions! {
    /// Types as declared in wdm.h and ntifs.h. All of them exist since Windows 7.
    struct Functions;
    create = "ntdll.dll" c"NtCreateTransaction": fn(
        *mut HANDLE, u32, *const OBJECT_ATTRIBUTES, *const c_void, HANDLE, u32, u32, u32, *const i64, *const UNICODE_STRING
    ) -> NTSTATUS;
    commit = "ntdll.dll" c"NtCommitTransaction": fn(HANDLE, u8) -> NTSTATUS;
    roll_back = "ntdll.dll" c"NtRollbackTransaction": fn(HANDLE, u8) -> NTSTATUS;
    open_key = "ntdll.dll" c"NtOpenKeyTransactedEx":
        fn(*mut HANDLE, u32, *const OBJECT_ATTRIBUTES, u32, HANDLE) -> NTSTATUS;
    create_key = "ntdll.dll" c"NtCreateKeyTransacted": fn(
        *mut HANDLE, u32, *const OBJECT_ATTRIBUTES, u32, *const UNICODE_STRING, u32, HANDLE, *mut u32
    ) -> NTSTATUS;
}

/// A transaction. Changes through keys opened in it become effective together on commit, and are discarded
/// otherwise, also if the program ends before.
#[derive(Debug)]
pub struct Transaction {
    handle: Handle,
}

fn functions() -> Result<&'static Functions, Error> {
    static LOADED: OnceLock<Result<Functions, Error>> = OnceLock::new();
    LOADED.get_or_init(Functions::load).as_ref().map_err(|error| *error)
}

impl Transaction {
    /// Begins a transaction.
    pub fn begin() -> Result<Self, Error> {
        const CALL: &str = "NtCreateTransaction";
        let functions = functions()?;
        let mut handle = null_mut();
        // SAFETY: `handle` is written on success only and then owned here; nulls select no name, no unit of
        // work, the default manager, no timeout and no description.
        let status = unsafe {
            (functions.create)(
                &raw mut handle,
                ALL_ACCESS,
                null(),
                null(),
                null_mut(),
                0,
                0,
                0,
                null(),
                null(),
            )
        };
        Error::of_status(CALL, status)?;
        Ok(Self { handle: Handle::own(handle) })
    }

    /// Commits all changes of the transaction, or none if that fails.
    pub fn commit_changes(self) -> Result<(), Error> {
        let functions = functions()?;
        // SAFETY: the handle is an open transaction.
        Error::of_status("NtCommitTransaction", unsafe { (functions.commit)(self.handle.raw(), WAIT) })
    }

    /// Discards all changes. Dropping the transaction does the same, without reporting errors.
    pub fn roll_back(self) -> Result<(), Error> {
        let functions = functions()?;
        // SAFETY: the handle is an open transaction.
        Error::of_status("NtRollbackTransaction", unsafe { (functions.roll_back)(self.handle.raw(), WAIT) })
    }

    /// Opens a key in the transaction.
    pub(super) fn open_key(
        &self,
        parent: Option<&Handle>,
        name: &[u16],
        access: u32,
        options: u32,
    ) -> Result<Handle, Error> {
        const CALL: &str = "NtOpenKeyTransactedEx";
        let (functions, name) = (functions()?, Counted::new(CALL, name)?);
        let attributes = attributes(parent.map_or(null_mut(), Handle::raw), &name);
        let mut key = null_mut();
        // SAFETY: `attributes` and what it points to outlive the call, parent and transaction are open, `key`
        // is written on success only and then owned here.
        let status = unsafe {
            (functions.open_key)(&raw mut key, access, &raw const attributes, options, self.handle.raw())
        };
        Error::of_status(CALL, status)?;
        Ok(Handle::own(key))
    }

    /// Creates a key in the transaction, or opens an existing one; the number returned is the disposition.
    pub(super) fn create_key(
        &self,
        parent: &Handle,
        name: &Counted,
        class: &Counted,
        access: u32,
        options: u32,
    ) -> Result<(Handle, u32), Error> {
        const CALL: &str = "NtCreateKeyTransacted";
        let functions = functions()?;
        let attributes = attributes(parent.raw(), name);
        let (mut key, mut disposition) = (null_mut(), 0);
        // SAFETY: as in `open_key`; `class` outlives the call, and `disposition` is writable.
        let status = unsafe {
            (functions.create_key)(
                &raw mut key,
                access,
                &raw const attributes,
                0,
                class.get(),
                options,
                self.handle.raw(),
                &raw mut disposition,
            )
        };
        Error::of_status(CALL, status)?;
        Ok((Handle::own(key), disposition))
    }

    /// True if transactions of the registry work on this machine. The test uses an empty volatile key below
    /// `HKLM\SOFTWARE`, which is removed before this returns. A key created in a transaction must be visible
    /// inside it and not outside, be gone after a rollback, and be visible to all after a commit.
    #[must_use]
    pub fn are_to_be_had() -> bool {
        let name: Vec<u16> = format!("rdscal-trial-{}", std::process::id()).encode_utf16().collect();
        let path =
            [["SOFTWARE"].map(|name| name.encode_utf16().collect()).to_vec(), vec![name.clone()]].concat();
        let is_there =
            || crate::Key::open(Root::LocalMachine, &path, Reach::Granted).map(|key| key.is_some());
        let tried = tried(&path, &name, is_there);
        // The key is removed on every path.
        if let Ok(Some(key)) = Key::open(Root::LocalMachine, &path, Rights::DELETE, With::Grant) {
            let _ = key.delete();
        }
        tried.is_ok_and(|works| works) && is_there().is_ok_and(|there| !there)
    }
}

fn tried(path: &[Vec<u16>], name: &[u16], is_there: impl Fn() -> Result<bool, Error>) -> Result<bool, Error> {
    if is_there()? {
        return Ok(false);
    }
    let create = |transaction: &Transaction| -> Result<bool, Error> {
        let above = path.get(..1).unwrap_or_default();
        let above =
            Key::open_in(Some(transaction), Root::LocalMachine, above, Rights::CREATE_SUBKEY, With::Grant)?;
        let Some(above) = above else { return Ok(false) };
        above.create_volatile(transaction, name)?;
        let inside = Key::open_in(Some(transaction), Root::LocalMachine, path, Rights::NONE, With::Grant)?;
        Ok(inside.is_some() && !is_there()?)
    };
    let first = Transaction::begin()?;
    if !create(&first)? {
        return Ok(false);
    }
    first.roll_back()?;
    if is_there()? {
        return Ok(false);
    }
    let second = Transaction::begin()?;
    if !create(&second)? {
        return Ok(false);
    }
    second.commit_changes()?;
    is_there()
}

fn attributes(parent: HANDLE, name: &Counted) -> OBJECT_ATTRIBUTES {
    OBJECT_ATTRIBUTES {
        Length: u32::try_from(size_of::<OBJECT_ATTRIBUTES>()).unwrap_or(0),
        RootDirectory: parent,
        ObjectName: name.get(),
        Attributes: OBJ_CASE_INSENSITIVE,
        SecurityDescriptor: null(),
        SecurityQualityOfService: null(),
    }
}

/// Like [`absent_or`], for a key opened by a transaction.
pub(super) fn opened(result: Result<Handle, Error>) -> Result<Option<Handle>, Error> {
    match result {
        Ok(handle) => Ok(Some(handle)),
        Err(error) => absent_or(error),
    }
}
