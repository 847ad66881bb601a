//! Temporary keys for tests.

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use windows_sys::Wdk::Foundation::OBJECT_ATTRIBUTES;
use windows_sys::Wdk::System::Registry::{NtCreateKey, NtDeleteKey};
use windows_sys::Win32::Foundation::UNICODE_STRING;
use windows_sys::Win32::Security::{
    ACL, ACL_REVISION, DACL_SECURITY_INFORMATION, InitializeAcl, InitializeSecurityDescriptor,
    SECURITY_DESCRIPTOR, SetSecurityDescriptorDacl,
};
use windows_sys::Win32::System::Registry::{
    HKEY, HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE, KEY_ALL_ACCESS, KEY_WOW64_32KEY, REG_LINK,
    REG_OPTION_CREATE_LINK, RegCloseKey, RegCreateKeyExW, RegDeleteKeyExW, RegDeleteTreeW, RegSetKeySecurity,
    RegSetValueExW,
};

/// NUL-terminated UTF-16.
pub fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// A key below `HKCU` that is deleted on drop.
pub struct Scratch {
    path: String,
    key: HKEY,
}

impl Scratch {
    pub fn new(name: &str) -> Self {
        Self::at(&format!("Software\\rdscal-test-{name}-{}", std::process::id()))
    }

    /// Creates the key at this path below `HKCU`, which must be unique.
    pub fn at(path: &str) -> Self {
        Self { path: path.to_owned(), key: create(HKEY_CURRENT_USER, path, 0) }
    }

    /// The components of its path.
    pub fn names(&self) -> Vec<Vec<u16>> {
        self.path.split('\\').map(|name| name.encode_utf16().collect()).collect()
    }

    pub fn set(&self, name: &str, kind: u32, data: &[u8]) {
        let length = u32::try_from(data.len()).unwrap();
        let data = if data.is_empty() { null() } else { data.as_ptr() };
        let code = unsafe { RegSetValueExW(self.key, wide(name).as_ptr(), 0, kind, data, length) };
        assert_eq!(code, 0, "{name}");
    }

    pub fn subkey(&self, name: &str) {
        unsafe { RegCloseKey(create(self.key, name, 0)) };
    }

    pub fn delete(&self, name: &str) {
        assert_eq!(unsafe { RegDeleteTreeW(self.key, wide(name).as_ptr()) }, 0, "{name}");
    }

    /// Creates a subkey by the native call, which accepts every name.
    pub fn native_subkey(&self, name: &[u16]) {
        let mut name = name.to_vec();
        let length = u16::try_from(name.len() * 2).unwrap();
        let string = UNICODE_STRING { Length: length, MaximumLength: length, Buffer: name.as_mut_ptr() };
        let attributes = OBJECT_ATTRIBUTES {
            Length: u32::try_from(size_of::<OBJECT_ATTRIBUTES>()).unwrap(),
            RootDirectory: self.key,
            ObjectName: &raw const string,
            Attributes: 0x40,
            ..OBJECT_ATTRIBUTES::default()
        };
        let mut key: *mut c_void = null_mut();
        let status = unsafe {
            NtCreateKey(&raw mut key, KEY_ALL_ACCESS, &raw const attributes, 0, null(), 0, null_mut())
        };
        assert_eq!(status, 0);
        unsafe { RegCloseKey(key) };
    }

    /// Creates a subkey that is a link to the key with this full path; the link is deleted on drop.
    pub fn link(&self, name: &str, target: &[u16]) -> impl Drop {
        struct Link(HKEY);
        impl Drop for Link {
            fn drop(&mut self) {
                unsafe {
                    NtDeleteKey(self.0);
                    RegCloseKey(self.0);
                }
            }
        }
        let mut key = null_mut();
        let code = unsafe {
            RegCreateKeyExW(
                self.key,
                wide(name).as_ptr(),
                0,
                null(),
                REG_OPTION_CREATE_LINK,
                KEY_ALL_ACCESS,
                null(),
                &raw mut key,
                null_mut(),
            )
        };
        assert_eq!(code, 0);
        let length = u32::try_from(target.len() * 2).unwrap();
        let value = wide("SymbolicLinkValue");
        let code =
            unsafe { RegSetValueExW(key, value.as_ptr(), 0, REG_LINK, target.as_ptr().cast(), length) };
        assert_eq!(code, 0);
        Link(key)
    }

    /// Replaces the access list of a subkey with one that grants nothing.
    pub fn close(&self, name: &str) {
        let key = create(self.key, name, 0);
        let mut list = ACL::default();
        let mut descriptor = SECURITY_DESCRIPTOR::default();
        let at = (&raw mut descriptor).cast();
        unsafe {
            assert_ne!(
                InitializeAcl(&raw mut list, u32::try_from(size_of::<ACL>()).unwrap(), ACL_REVISION),
                0
            );
            assert_ne!(InitializeSecurityDescriptor(at, 1), 0);
            assert_ne!(SetSecurityDescriptorDacl(at, 1, &raw const list, 0), 0);
            assert_eq!(RegSetKeySecurity(key, DACL_SECURITY_INFORMATION, at), 0);
            RegCloseKey(key);
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A subkey without access remains in the registry, which is temporary.
        unsafe {
            RegCloseKey(self.key);
            RegDeleteTreeW(HKEY_CURRENT_USER, wide(&self.path).as_ptr());
        }
    }
}

fn create(parent: HKEY, path: &str, view: u32) -> HKEY {
    let mut key = null_mut();
    let code = unsafe {
        RegCreateKeyExW(
            parent,
            wide(path).as_ptr(),
            0,
            null(),
            0,
            KEY_ALL_ACCESS | view,
            null(),
            &raw mut key,
            null_mut(),
        )
    };
    assert_eq!(code, 0, "{path}");
    key
}

/// A key of `HKEY_LOCAL_MACHINE` in the 32-bit view, which is deleted on drop.
pub fn machine_key_32(path: &str) -> impl Drop {
    struct Made(String);
    impl Drop for Made {
        fn drop(&mut self) {
            unsafe { RegDeleteKeyExW(HKEY_LOCAL_MACHINE, wide(&self.0).as_ptr(), KEY_WOW64_32KEY, 0) };
        }
    }
    unsafe { RegCloseKey(create(HKEY_LOCAL_MACHINE, path, KEY_WOW64_32KEY)) };
    Made(path.to_owned())
}
