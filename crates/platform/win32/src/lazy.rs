//! Functions of system DLLs that few runs need. They are loaded on first use, so that other runs do not pay
//! for them.

use std::ffi::CStr;
use std::ptr::null_mut;

use windows_sys::Win32::System::LibraryLoader::{
    GetProcAddress, LOAD_LIBRARY_SEARCH_SYSTEM32, LoadLibraryExW,
};

use crate::Error;

/// A function pointer as the loader returns it; the caller casts it to its real type.
pub(crate) type Function = unsafe extern "system" fn() -> isize;

/// Loads this function from a DLL in the system directory. The DLL stays loaded.
pub(crate) fn function(dll: &str, name: &'static CStr) -> Result<Function, Error> {
    let dll: Vec<u16> = dll.encode_utf16().chain([0]).collect();
    // SAFETY: the name is NUL-terminated and outlives the call; DLLs of the system are safe to load.
    let module = unsafe { LoadLibraryExW(dll.as_ptr(), null_mut(), LOAD_LIBRARY_SEARCH_SYSTEM32) };
    if module.is_null() {
        return Err(Error::last("LoadLibraryExW"));
    }
    // SAFETY: the module is loaded and never freed, the name is NUL-terminated.
    let function = unsafe { GetProcAddress(module, name.as_ptr().cast()) };
    function.ok_or_else(|| Error::last("GetProcAddress"))
}

/// Declares a struct of functions that are loaded together, each with its DLL, its name and its type as
/// declared in the Windows headers. `load` loads them.
macro_rules! functions {
    (
        $(#[$doc:meta])*
        $visibility:vis struct $functions:ident;
        $($field:ident = $dll:literal $name:literal : fn($($argument:ty),*) $(-> $result:ty)?;)*
    ) => {
        $(#[$doc])*
        $visibility struct $functions {
            $($field: unsafe extern "system" fn($($argument),*) $(-> $result)?,)*
        }

        impl $functions {
            fn load() -> Result<Self, $crate::Error> {
                Ok(Self {
                    $($field: {
                        let function = $crate::lazy::function($dll, $name)?;
                        // SAFETY: the function of this name has this type, as its header declares it.
                        unsafe {
                            std::mem::transmute::<
                                $crate::lazy::Function,
                                unsafe extern "system" fn($($argument),*) $(-> $result)?,
                            >(function)
                        }
                    },)*
                })
            }
        }
    };
}

pub(crate) use functions;
