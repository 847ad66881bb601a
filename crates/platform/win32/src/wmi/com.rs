//! The part of COM that WMI needs, with memory that is freed on drop. Its DLLs are loaded with the first
//! query, because few runs use WMI.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::ptr::{NonNull, null, null_mut};
use std::sync::OnceLock;

use windows_sys::Win32::System::Com::{
    CLSCTX_INPROC_SERVER, COINIT_MULTITHREADED, EOAC_NONE, RPC_C_AUTHN_LEVEL_DEFAULT,
    RPC_C_AUTHN_LEVEL_PKT_PRIVACY, RPC_C_IMP_LEVEL_IMPERSONATE, SAFEARRAY,
};
use windows_sys::Win32::System::Rpc::{RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE};
use windows_sys::Win32::System::Variant::{
    VARENUM, VARIANT, VARIANT_0, VARIANT_0_0, VARIANT_0_0_0, VT_ARRAY, VT_BOOL, VT_BSTR, VT_EMPTY, VT_I4,
    VT_NULL, VT_R8,
};
use windows_sys::core::{BSTR, GUID, HRESULT};

use super::Fault;
use crate::lazy;

/// Limit for the items of an array; a larger one is not read.
const MOST_ITEMS: i64 = 100_000;
/// `RPC_E_TOO_LATE`: the security of the process is already initialized.
const TOO_LATE: u32 = 0x8001_0119;
/// `E_OUTOFMEMORY`
const NO_MEMORY: Fault = Fault::Code(0x8007_000e);

/// Checks an `HRESULT`: values below zero are errors.
pub(super) fn check(result: HRESULT) -> Result<(), Fault> {
    if result < 0 { Err(Fault::Code(result.cast_unsigned())) } else { Ok(()) }
}

lazy::functions! {
    /// Types as declared in combaseapi.h and oleauto.h.
    pub(super) struct Com;
    initialize = "ole32.dll" c"CoInitializeEx": fn(*const c_void, u32) -> HRESULT;
    uninitialize = "ole32.dll" c"CoUninitialize": fn();
    initialize_security = "ole32.dll" c"CoInitializeSecurity":
        fn(*const c_void, i32, *const c_void, *const c_void, u32, u32, *const c_void, u32, *const c_void) -> HRESULT;
    create_instance = "ole32.dll" c"CoCreateInstance":
        fn(*const GUID, *mut c_void, u32, *const GUID, *mut *mut c_void) -> HRESULT;
    set_proxy_blanket = "ole32.dll" c"CoSetProxyBlanket":
        fn(*mut c_void, u32, u32, *const u16, u32, u32, *const c_void, u32) -> HRESULT;
    alloc_string = "oleaut32.dll" c"SysAllocStringLen": fn(*const u16, u32) -> BSTR;
    free_string = "oleaut32.dll" c"SysFreeString": fn(BSTR);
    string_length = "oleaut32.dll" c"SysStringLen": fn(BSTR) -> u32;
    clear = "oleaut32.dll" c"VariantClear": fn(*mut VARIANT) -> HRESULT;
    array_dimensions = "oleaut32.dll" c"SafeArrayGetDim": fn(*const SAFEARRAY) -> u32;
    array_from = "oleaut32.dll" c"SafeArrayGetLBound": fn(*const SAFEARRAY, u32, *mut i32) -> HRESULT;
    array_to = "oleaut32.dll" c"SafeArrayGetUBound": fn(*const SAFEARRAY, u32, *mut i32) -> HRESULT;
    array_item = "oleaut32.dll" c"SafeArrayGetElement": fn(*const SAFEARRAY, *const i32, *mut c_void) -> HRESULT;
    array_put = "oleaut32.dll" c"SafeArrayPutElement": fn(*const SAFEARRAY, *const i32, *const c_void) -> HRESULT;
    array_new = "oleaut32.dll" c"SafeArrayCreateVector": fn(VARENUM, i32, u32) -> *mut SAFEARRAY;
}

impl Com {
    /// Loads the functions, once per process.
    pub(super) fn get() -> Result<&'static Self, Fault> {
        static LOADED: OnceLock<Result<Com, crate::Error>> = OnceLock::new();
        LOADED.get_or_init(Self::load).as_ref().map_err(|error| Fault::Other(error.to_string()))
    }
}

/// Membership of this thread in the multithreaded apartment, until drop. COM objects must be dropped before
/// it.
pub(super) struct Apartment {
    pub(super) com: &'static Com,
    /// Not `Send`: it belongs to the thread that entered.
    thread: PhantomData<*mut ()>,
}

impl Apartment {
    pub(super) fn enter() -> Result<Self, Fault> {
        let com = Com::get()?;
        // SAFETY: the first parameter must be null.
        check(unsafe { (com.initialize)(null(), COINIT_MULTITHREADED.cast_unsigned()) })?;
        // From here on the apartment is left on every path.
        let apartment = Self { com, thread: PhantomData };
        // SAFETY: nulls select no descriptor, authentication services chosen by COM, and the reserved
        // parameters.
        let secured = unsafe {
            (com.initialize_security)(
                null(),
                -1,
                null(),
                null(),
                RPC_C_AUTHN_LEVEL_DEFAULT,
                RPC_C_IMP_LEVEL_IMPERSONATE,
                null(),
                EOAC_NONE.cast_unsigned(),
                null(),
            )
        };
        match check(secured) {
            Ok(()) | Err(Fault::Code(TOO_LATE)) => Ok(apartment),
            Err(fault) => Err(fault),
        }
    }

    /// A new object of an in-process class.
    pub(super) fn create<T: Table>(&self, class: &GUID) -> Result<Pointer<T>, Fault> {
        let create = |into: *mut *mut c_void| {
            // SAFETY: class and interface outlive the call, `into` is writable, and null selects no outer
            // object.
            unsafe { (self.com.create_instance)(class, null_mut(), CLSCTX_INPROC_SERVER, &T::ID, into) }
        };
        Pointer::filled(create)
    }
}

impl Drop for Apartment {
    fn drop(&mut self) {
        // SAFETY: the thread entered once per value, and values do not move between threads.
        unsafe { (self.com.uninitialize)() };
    }
}

/// The methods of `IUnknown`, with which every interface begins.
#[repr(C)]
pub(super) struct Unknown {
    query: unsafe extern "system" fn(*mut c_void, *const GUID, *mut *mut c_void) -> HRESULT,
    add: unsafe extern "system" fn(*mut c_void) -> u32,
    release: unsafe extern "system" fn(*mut c_void) -> u32,
}

/// The method table of an interface.
///
/// # Safety
/// The type must begin with [`Unknown`] and have the layout of the interface with this id.
pub(super) unsafe trait Table {
    /// The id of the interface.
    const ID: GUID;
}

// SAFETY: every interface begins with it, and this is its id.
unsafe impl Table for Unknown {
    const ID: GUID = GUID::from_u128(0x0000_0000_0000_0000_c000_0000_0000_0046);
}

/// A counted reference to a COM object. It stays on its thread, as the object may require.
pub(super) struct Pointer<T: Table> {
    object: NonNull<*const T>,
}

impl<T: Table> Pointer<T> {
    /// Takes ownership of a counted reference; `None` for null.
    ///
    /// # Safety
    /// `object` must be a reference to an object of this interface that nothing else releases.
    pub(super) unsafe fn own(object: *mut c_void) -> Option<Self> {
        NonNull::new(object.cast()).map(|object| Self { object })
    }

    /// The object that a call wrote through its parameter; `None` if it succeeded without one.
    pub(super) fn optional(call: impl FnOnce(*mut *mut c_void) -> HRESULT) -> Result<Option<Self>, Fault> {
        let mut object: *mut c_void = null_mut();
        let result = call(&raw mut object);
        // SAFETY: this is the reference that the call returned. It is owned even if the call failed, so that
        // it is released.
        let object = unsafe { Self::own(object) };
        check(result)?;
        Ok(object)
    }

    pub(super) fn filled(call: impl FnOnce(*mut *mut c_void) -> HRESULT) -> Result<Self, Fault> {
        Self::optional(call)?.ok_or_else(|| Fault::Other("a call succeeded, and gave no object".to_owned()))
    }

    /// The object pointer, which is the first argument of its methods.
    pub(super) fn this(&self) -> *mut c_void {
        self.object.as_ptr().cast()
    }

    pub(super) fn methods(&self) -> &T {
        // SAFETY: the object lives as long as this reference, and begins with the address of its method
        // table, which has this layout (`Table`).
        unsafe { &**self.object.as_ptr() }
    }

    /// The same object by another interface.
    pub(super) fn query<U: Table>(&self) -> Result<Pointer<U>, Fault> {
        let this = self.object.cast::<*const Unknown>();
        Pointer::filled(|into| {
            // SAFETY: every table begins with this method, the object lives, the id outlives the call, and
            // `into` is writable.
            unsafe { ((**this.as_ptr()).query)(self.this(), &U::ID, into) }
        })
    }

    /// Sets encryption and impersonation of the current user for calls through this proxy.
    pub(super) fn protect(&self, com: &Com) -> Result<(), Fault> {
        // SAFETY: the object lives; nulls select the default principal name and the identity of the process.
        let done = unsafe {
            (com.set_proxy_blanket)(
                self.this(),
                RPC_C_AUTHN_WINNT,
                RPC_C_AUTHZ_NONE,
                null(),
                RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
                RPC_C_IMP_LEVEL_IMPERSONATE,
                null(),
                EOAC_NONE.cast_unsigned(),
            )
        };
        check(done)
    }
}

impl<T: Table> Drop for Pointer<T> {
    fn drop(&mut self) {
        let this = self.object.cast::<*const Unknown>();
        // SAFETY: every table begins with these three methods, the object lives, and only this value releases
        // the reference.
        unsafe { ((**this.as_ptr()).release)(self.this()) };
    }
}

/// A `BSTR`.
pub(super) struct Text {
    text: BSTR,
    com: &'static Com,
}

impl Text {
    pub(super) fn new(com: &'static Com, text: &str) -> Result<Self, Fault> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let length = u32::try_from(units.len()).map_err(|_| NO_MEMORY)?;
        // SAFETY: the buffer has this many units.
        let text = unsafe { (com.alloc_string)(units.as_ptr(), length) };
        if text.is_null() { Err(NO_MEMORY) } else { Ok(Self { text, com }) }
    }

    /// The text that a call writes through its parameter.
    pub(super) fn filled(
        com: &'static Com,
        call: impl FnOnce(*mut BSTR) -> HRESULT,
    ) -> Result<(Self, HRESULT), Fault> {
        let mut text = Self { text: null_mut(), com };
        let result = call(&raw mut text.text);
        check(result)?;
        Ok((text, result))
    }

    pub(super) fn raw(&self) -> BSTR {
        self.text
    }

    pub(super) fn read(&self) -> String {
        // SAFETY: it is a `BSTR`, or null, which is the empty one.
        unsafe { read(self.com, self.text) }
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        // SAFETY: it is a `BSTR` or null, and only this value frees it.
        unsafe { (self.com.free_string)(self.text) };
    }
}

/// # Safety
/// `text` must be a valid `BSTR` or null.
unsafe fn read(com: &Com, text: BSTR) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: the caller guarantees a valid `BSTR`.
    let length = usize::try_from(unsafe { (com.string_length)(text) }).unwrap_or(0);
    // SAFETY: the text has this many units.
    String::from_utf16_lossy(unsafe { std::slice::from_raw_parts(text, length) })
}

/// A `VARIANT` that is cleared on drop.
pub(super) struct Variant {
    raw: VARIANT,
    com: &'static Com,
}

/// The content of a `VARIANT`.
pub(super) enum Content {
    Nothing,
    Text(String),
    /// An integer with this number of bits, whose signedness is not known yet.
    Bits(u64, u32),
    /// An integer of a type that COM defines as signed.
    Signed(i64, u32),
    Real(f64),
    Bool(bool),
    List(Vec<Variant>),
    Object(Pointer<Unknown>),
    /// A type that WMI does not use.
    Other(VARENUM),
}

impl Variant {
    /// `VT_EMPTY`
    pub(super) fn empty(com: &'static Com) -> Self {
        Self::new(com, VT_EMPTY, VARIANT_0_0_0 { llVal: 0 })
    }

    pub(super) fn null(com: &'static Com) -> Self {
        Self::new(com, VT_NULL, VARIANT_0_0_0 { llVal: 0 })
    }

    pub(super) fn bool(com: &'static Com, truth: bool) -> Self {
        Self::new(com, VT_BOOL, VARIANT_0_0_0 { boolVal: if truth { -1 } else { 0 } })
    }

    pub(super) fn number(com: &'static Com, number: i32) -> Self {
        Self::new(com, VT_I4, VARIANT_0_0_0 { lVal: number })
    }

    pub(super) fn real(com: &'static Com, real: f64) -> Self {
        Self::new(com, VT_R8, VARIANT_0_0_0 { dblVal: real })
    }

    pub(super) fn text(com: &'static Com, text: &str) -> Result<Self, Fault> {
        let text = Text::new(com, text)?;
        let value = Self::new(com, VT_BSTR, VARIANT_0_0_0 { bstrVal: text.raw() });
        // The variant owns the text from here on.
        std::mem::forget(text);
        Ok(value)
    }

    pub(super) fn texts(com: &'static Com, texts: &[String]) -> Result<Self, Fault> {
        let length = u32::try_from(texts.len()).map_err(|_| NO_MEMORY)?;
        // SAFETY: every type and length is allowed; the result is null if memory is exhausted.
        let array = unsafe { (com.array_new)(VT_BSTR, 0, length) };
        if array.is_null() {
            return Err(NO_MEMORY);
        }
        let value = Self::new(com, VT_ARRAY | VT_BSTR, VARIANT_0_0_0 { parray: array });
        for (index, text) in (0_i32..).zip(texts) {
            let text = Text::new(com, text)?;
            // SAFETY: the array is owned by `value` and contains texts, the index is within it, and the call
            // copies the text.
            check(unsafe { (com.array_put)(array, &raw const index, text.raw().cast()) })?;
        }
        Ok(value)
    }

    fn new(com: &'static Com, kind: VARENUM, content: VARIANT_0_0_0) -> Self {
        let inner = VARIANT_0_0 { vt: kind, wReserved1: 0, wReserved2: 0, wReserved3: 0, Anonymous: content };
        Self { raw: VARIANT { Anonymous: VARIANT_0 { Anonymous: inner } }, com }
    }

    pub(super) fn com(&self) -> &'static Com {
        self.com
    }

    pub(super) fn raw(&self) -> *const VARIANT {
        &raw const self.raw
    }

    /// Output parameter for a call. The variant must be empty, because its content would leak.
    pub(super) fn raw_mut(&mut self) -> *mut VARIANT {
        &raw mut self.raw
    }

    pub(super) fn content(&self) -> Result<Content, Fault> {
        use windows_sys::Win32::System::Variant::{
            VT_I1, VT_I2, VT_I8, VT_INT, VT_R4, VT_UI1, VT_UI2, VT_UI4, VT_UI8, VT_UINT, VT_UNKNOWN,
        };
        // SAFETY: all variants have this layout, except decimals, which have their type at the same offset.
        let inner = unsafe { &self.raw.Anonymous.Anonymous };
        let held = &inner.Anonymous;
        // SAFETY: the type selects the field that was written; texts and arrays are owned by COM and live as
        // long as the variant.
        Ok(unsafe {
            match inner.vt {
                VT_EMPTY | VT_NULL => Content::Nothing,
                VT_BSTR => Content::Text(read(self.com, held.bstrVal)),
                VT_I1 => Content::Signed(held.cVal.into(), 8),
                VT_I2 => Content::Signed(held.iVal.into(), 16),
                VT_I4 | VT_INT => Content::Signed(held.lVal.into(), 32),
                VT_I8 => Content::Signed(held.llVal, 64),
                VT_UI1 => Content::Bits(held.bVal.into(), 8),
                VT_UI2 => Content::Bits(held.uiVal.into(), 16),
                VT_UI4 | VT_UINT => Content::Bits(held.ulVal.into(), 32),
                VT_UI8 => Content::Bits(held.ullVal, 64),
                VT_R4 => Content::Real(held.fltVal.into()),
                VT_R8 => Content::Real(held.dblVal),
                VT_BOOL => Content::Bool(held.boolVal != 0),
                VT_UNKNOWN => match self.object(held.punkVal)? {
                    Some(object) => Content::Object(object),
                    None => Content::Nothing,
                },
                kind if kind & VT_ARRAY != 0 => self.items(held.parray, kind & !VT_ARRAY)?,
                kind => Content::Other(kind),
            }
        })
    }

    /// # Safety
    /// `object` must be a valid COM object or null.
    #[allow(clippy::unused_self, reason = "it lives as long as the value does")]
    unsafe fn object(&self, object: *mut c_void) -> Result<Option<Pointer<Unknown>>, Fault> {
        let Some(this) = NonNull::new(object.cast::<*const Unknown>()) else { return Ok(None) };
        Pointer::optional(|into| {
            // SAFETY: the object lives and its table begins with this method; the id outlives the call,
            // `into` is writable.
            unsafe { ((**this.as_ptr()).query)(object, &Unknown::ID, into) }
        })
    }

    /// # Safety
    /// `array` must be a valid array with items of this type, or null. Wine returns a null array where
    /// Windows returns an empty variant.
    unsafe fn items(&self, array: *const SAFEARRAY, kind: VARENUM) -> Result<Content, Fault> {
        use windows_sys::Win32::System::Variant::{VT_DECIMAL, VT_VARIANT};
        if array.is_null() {
            return Ok(Content::Nothing);
        }
        // Items of these types are larger than the value field of a variant.
        if matches!(kind, VT_DECIMAL | VT_VARIANT) {
            return Ok(Content::Other(kind | VT_ARRAY));
        }
        let (mut from, mut to) = (0, 0);
        // SAFETY: the array is valid, and the outputs are writable.
        unsafe {
            if (self.com.array_dimensions)(array) != 1 {
                return Err(Fault::Other("an array of several dimensions".to_owned()));
            }
            check((self.com.array_from)(array, 1, &raw mut from))?;
            check((self.com.array_to)(array, 1, &raw mut to))?;
        }
        if i64::from(to) - i64::from(from) >= MOST_ITEMS {
            return Err(Fault::Other(format!("an array of more than {MOST_ITEMS} items")));
        }
        let mut items = Vec::new();
        for index in from..=to {
            let mut item = Self::new(self.com, kind, VARIANT_0_0_0 { llVal: 0 });
            // SAFETY: every field of the union begins at the same address.
            let place = unsafe { &raw mut item.raw.Anonymous.Anonymous.Anonymous };
            // SAFETY: the index is within the array; the item is copied to eight bytes, enough for all types
            // except those above, and the copy is owned by the variant.
            check(unsafe { (self.com.array_item)(array, &raw const index, place.cast()) })?;
            items.push(item);
        }
        Ok(Content::List(items))
    }
}

impl Drop for Variant {
    fn drop(&mut self) {
        // SAFETY: it was created empty or written by COM, and only this value frees its content.
        unsafe { (self.com.clear)(&raw mut self.raw) };
    }
}
