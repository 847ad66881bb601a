//! The interfaces of WMI in use, with their methods in the order of `wbemcli.h`. Methods that are not called
//! are placeholders.

use std::ffi::c_void;
use std::ptr::null_mut;

use windows_sys::Win32::System::Variant::VARIANT;
use windows_sys::Win32::System::Wmi::{
    CIM_BOOLEAN, CIM_CHAR16, CIM_FLAG_ARRAY, CIM_SINT8, CIM_SINT16, CIM_SINT32, CIM_SINT64, CIM_UINT8,
    CIM_UINT16, CIM_UINT32, CIM_UINT64, WBEM_FLAG_CONNECT_USE_MAX_WAIT, WBEM_FLAG_FORWARD_ONLY,
    WBEM_FLAG_NONSYSTEM_ONLY, WBEM_FLAG_RETURN_IMMEDIATELY, WBEM_INFINITE, WBEM_S_NO_MORE_DATA, WbemLocator,
};
use windows_sys::core::{BSTR, GUID, HRESULT, PCWSTR};

use super::com::{Apartment, Com, Content, Pointer, Table, Text, Unknown, Variant, check};
use super::{Fault, Object, Value};

/// Number of instances fetched per call.
const BATCH: u32 = 32;
/// Limit for the depth of embedded objects.
const DEEPEST: usize = 8;
/// `WBEM_E_NOT_FOUND`: the property does not exist.
const NO_PROPERTY: u32 = 0x8004_1002;

/// Placeholder for a method that is not called.
type Unused = unsafe extern "system" fn();

#[repr(C)]
struct LocatorTable {
    unknown: Unknown,
    connect_server: unsafe extern "system" fn(
        *mut c_void,
        BSTR,
        BSTR,
        BSTR,
        BSTR,
        i32,
        BSTR,
        *mut c_void,
        *mut *mut c_void,
    ) -> HRESULT,
}

// SAFETY: the layout of IWbemLocator.
unsafe impl Table for LocatorTable {
    const ID: GUID = GUID::from_u128(0xdc12_a687_737f_11cf_884d_00aa_004b_2e24);
}

#[repr(C)]
struct ServicesTable {
    unknown: Unknown,
    /// `OpenNamespace`, `CancelAsyncCall`, `QueryObjectSink`.
    before: [Unused; 3],
    get_object: unsafe extern "system" fn(
        *mut c_void,
        BSTR,
        i32,
        *mut c_void,
        *mut *mut c_void,
        *mut c_void,
    ) -> HRESULT,
    /// `GetObjectAsync` to `CreateInstanceEnumAsync`.
    between: [Unused; 13],
    exec_query:
        unsafe extern "system" fn(*mut c_void, BSTR, BSTR, i32, *mut c_void, *mut *mut c_void) -> HRESULT,
    /// `ExecQueryAsync`, `ExecNotificationQuery`, `ExecNotificationQueryAsync`.
    queries: [Unused; 3],
    exec_method: unsafe extern "system" fn(
        *mut c_void,
        BSTR,
        BSTR,
        i32,
        *mut c_void,
        *mut c_void,
        *mut *mut c_void,
        *mut c_void,
    ) -> HRESULT,
    exec_method_async: Unused,
}

// SAFETY: the layout of IWbemServices.
unsafe impl Table for ServicesTable {
    const ID: GUID = GUID::from_u128(0x9556_dc99_828c_11cf_a37e_00aa_0032_40c7);
}

#[repr(C)]
struct EnumTable {
    unknown: Unknown,
    reset: Unused,
    next: unsafe extern "system" fn(*mut c_void, i32, u32, *mut *mut c_void, *mut u32) -> HRESULT,
    /// `NextAsync`, `Clone`, `Skip`.
    after: [Unused; 3],
}

// SAFETY: the layout of IEnumWbemClassObject.
unsafe impl Table for EnumTable {
    const ID: GUID = GUID::from_u128(0x0279_47e1_d731_11ce_a357_0000_0000_0001);
}

#[repr(C)]
struct ClassObjectTable {
    unknown: Unknown,
    get_qualifier_set: Unused,
    get: unsafe extern "system" fn(*mut c_void, PCWSTR, i32, *mut VARIANT, *mut i32, *mut i32) -> HRESULT,
    put: unsafe extern "system" fn(*mut c_void, PCWSTR, i32, *const VARIANT, i32) -> HRESULT,
    /// `Delete`, `GetNames`.
    names: [Unused; 2],
    begin_enumeration: unsafe extern "system" fn(*mut c_void, i32) -> HRESULT,
    next: unsafe extern "system" fn(*mut c_void, i32, *mut BSTR, *mut VARIANT, *mut i32, *mut i32) -> HRESULT,
    /// `EndEnumeration` to `SpawnDerivedClass`.
    between: [Unused; 5],
    spawn_instance: unsafe extern "system" fn(*mut c_void, i32, *mut *mut c_void) -> HRESULT,
    /// `CompareTo`, `GetPropertyOrigin`, `InheritsFrom`.
    relations: [Unused; 3],
    get_method:
        unsafe extern "system" fn(*mut c_void, PCWSTR, i32, *mut *mut c_void, *mut *mut c_void) -> HRESULT,
    /// `PutMethod` to `GetMethodOrigin`.
    after: [Unused; 7],
}

// SAFETY: the layout of IWbemClassObject.
unsafe impl Table for ClassObjectTable {
    const ID: GUID = GUID::from_u128(0xdc12_a681_737f_11cf_884d_00aa_004b_2e24);
}

fn wide(name: &str) -> Vec<u16> {
    name.encode_utf16().chain([0]).collect()
}

/// A connected namespace.
pub(super) struct Services {
    services: Pointer<ServicesTable>,
    com: &'static Com,
}

impl Services {
    /// Connects to a namespace of this machine, such as `root\CIMV2`.
    pub(super) fn connect(apartment: &Apartment, namespace: &str) -> Result<Self, Fault> {
        let com = apartment.com;
        let locator = apartment.create::<LocatorTable>(&WbemLocator)?;
        let namespace = Text::new(com, namespace)?;
        let services = Pointer::filled(|into| {
            // SAFETY: the text outlives the call, `into` is writable; nulls select the current user, the
            // current locale and no context.
            unsafe {
                (locator.methods().connect_server)(
                    locator.this(),
                    namespace.raw(),
                    null_mut(),
                    null_mut(),
                    null_mut(),
                    WBEM_FLAG_CONNECT_USE_MAX_WAIT,
                    null_mut(),
                    null_mut(),
                    into,
                )
            }
        })?;
        let services: Pointer<ServicesTable> = services;
        // The namespace of Terminal Services refuses lower authentication levels.
        services.protect(com)?;
        Ok(Self { services, com })
    }

    /// Visits the instances of a class, in the order of the enumeration, until the visitor stops.
    pub(super) fn each(
        &self,
        class: &str,
        mut visit: impl FnMut(&Instance) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        let language = Text::new(self.com, "WQL")?;
        let query = Text::new(self.com, &format!("SELECT * FROM {class}"))?;
        let found: Pointer<EnumTable> = Pointer::filled(|into| {
            // SAFETY: the texts outlive the call, `into` is writable, null selects no context.
            unsafe {
                (self.services.methods().exec_query)(
                    self.services.this(),
                    language.raw(),
                    query.raw(),
                    WBEM_FLAG_FORWARD_ONLY | WBEM_FLAG_RETURN_IMMEDIATELY,
                    null_mut(),
                    into,
                )
            }
        })?;
        // If it is not a proxy, there is nothing to protect; if it is, a server that requires protection
        // reports it.
        let _ = found.protect(self.com);
        loop {
            let mut batch = [null_mut(); BATCH as usize];
            let mut count = 0;
            // SAFETY: the number of places is passed to the call, and all are writable.
            let next = unsafe {
                (found.methods().next)(found.this(), WBEM_INFINITE, BATCH, batch.as_mut_ptr(), &raw mut count)
            };
            // All objects are owned first, so that each is released.
            let taken = batch.into_iter().filter_map(|object| {
                // SAFETY: it is null, as before the call, or a reference that the call returned.
                unsafe { Pointer::<ClassObjectTable>::own(object) }
            });
            let taken: Vec<_> = taken.collect();
            check(next)?;
            if taken.is_empty() {
                return Ok(());
            }
            for object in taken {
                if !visit(&Instance { object, com: self.com })? {
                    return Ok(());
                }
            }
        }
    }

    /// The class or instance at this path.
    pub(super) fn object(&self, path: &str) -> Result<Instance, Fault> {
        let path = Text::new(self.com, path)?;
        let object = Pointer::filled(|into| {
            // SAFETY: the text outlives the call, `into` is writable, nulls select no context and a
            // synchronous call.
            unsafe {
                (self.services.methods().get_object)(
                    self.services.this(),
                    path.raw(),
                    0,
                    null_mut(),
                    into,
                    null_mut(),
                )
            }
        })?;
        Ok(Instance { object, com: self.com })
    }

    /// Calls a method of a class or an instance; returns its output parameters.
    pub(super) fn execute(
        &self,
        path: &str,
        method: &str,
        input: Option<&Instance>,
    ) -> Result<Option<Instance>, Fault> {
        let path = Text::new(self.com, path)?;
        let method = Text::new(self.com, method)?;
        let output = Pointer::optional(|into| {
            // SAFETY: texts and input outlive the call, `into` is writable, nulls select no context, no input
            // and a synchronous call.
            unsafe {
                (self.services.methods().exec_method)(
                    self.services.this(),
                    path.raw(),
                    method.raw(),
                    0,
                    null_mut(),
                    input.map_or(null_mut(), |input| input.object.this()),
                    into,
                    null_mut(),
                )
            }
        })?;
        Ok(output.map(|object| Instance { object, com: self.com }))
    }
}

/// An instance, a class, or the parameters of a method.
pub(super) struct Instance {
    object: Pointer<ClassObjectTable>,
    com: &'static Com,
}

impl Instance {
    /// A property; `None` if the object does not have it.
    pub(super) fn property(&self, name: &str) -> Result<Option<Value>, Fault> {
        let name = wide(name);
        let (mut found, mut kind) = (Variant::empty(self.com), 0);
        // SAFETY: the name is NUL-terminated, value and type are writable, and the optional origin is not
        // requested.
        let got = unsafe {
            (self.object.methods().get)(
                self.object.this(),
                name.as_ptr(),
                0,
                found.raw_mut(),
                &raw mut kind,
                null_mut(),
            )
        };
        match check(got) {
            Ok(()) => value(&found, kind, 0).map(Some),
            Err(Fault::Code(NO_PROPERTY)) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Those of the wanted properties that exist.
    pub(super) fn some(&self, wanted: &[String]) -> Result<Object, Fault> {
        let mut found = Vec::new();
        for name in wanted {
            if let Some(value) = self.property(name)? {
                found.push((name.clone(), value));
            }
        }
        Ok(found)
    }

    /// All properties except the system properties of WMI.
    fn all(&self, depth: usize) -> Result<Object, Fault> {
        let (this, methods) = (self.object.this(), self.object.methods());
        // SAFETY: the object lives.
        check(unsafe { (methods.begin_enumeration)(this, WBEM_FLAG_NONSYSTEM_ONLY) })?;
        let mut found = Vec::new();
        loop {
            let (mut held, mut kind) = (Variant::empty(self.com), 0);
            let (name, result) = Text::filled(self.com, |name| {
                // SAFETY: name, value and type are writable, and the optional origin is not requested.
                unsafe { (methods.next)(this, 0, name, held.raw_mut(), &raw mut kind, null_mut()) }
            })?;
            if result == WBEM_S_NO_MORE_DATA {
                return Ok(found);
            }
            found.push((name.read(), value(&held, kind, depth)?));
        }
    }

    /// An instance of the input parameters of a method; `None` if it has none.
    pub(super) fn parameters(&self, method: &str) -> Result<Option<Self>, Fault> {
        let method = wide(method);
        let mut output: *mut c_void = null_mut();
        let input: Option<Pointer<ClassObjectTable>> = Pointer::optional(|into| {
            // SAFETY: the name is NUL-terminated, and both outputs are writable.
            unsafe {
                (self.object.methods().get_method)(
                    self.object.this(),
                    method.as_ptr(),
                    0,
                    into,
                    &raw mut output,
                )
            }
        })?;
        // SAFETY: the unused output signature is null, as before the call, or a reference that the call
        // returned.
        drop(unsafe { Pointer::<ClassObjectTable>::own(output) });
        let Some(input) = input else { return Ok(None) };
        let object = Pointer::filled(|into| {
            // SAFETY: the object lives, and `into` is writable.
            unsafe { (input.methods().spawn_instance)(input.this(), 0, into) }
        })?;
        Ok(Some(Self { object, com: self.com }))
    }

    pub(super) fn put(&self, name: &str, value: Value) -> Result<(), Fault> {
        let name = wide(name);
        let value = variant(self.com, value)?;
        // SAFETY: the name is NUL-terminated, name and value outlive the call, which copies them; 0 selects
        // the type of the property.
        check(unsafe { (self.object.methods().put)(self.object.this(), name.as_ptr(), 0, value.raw(), 0) })
    }
}

/// Converts a variant by the type of its property (`CIMTYPE`). COM passes numbers in few types; the
/// property's type determines the signedness, and whether a text is a 64-bit number.
fn value(found: &Variant, kind: i32, depth: usize) -> Result<Value, Fault> {
    let kind = kind & !CIM_FLAG_ARRAY;
    Ok(match found.content()? {
        Content::Nothing => Value::Null,
        Content::Text(text) => number(&text, kind).unwrap_or(Value::Text(text)),
        Content::Bits(bits, width) => integer(bits, width, kind, false),
        Content::Signed(signed, width) => integer(signed.cast_unsigned(), width, kind, true),
        Content::Real(real) => Value::Real(real),
        Content::Bool(truth) => Value::Bool(truth),
        Content::List(items) => {
            Value::List(items.iter().map(|item| value(item, kind, depth)).collect::<Result<_, _>>()?)
        }
        Content::Object(_) if depth >= DEEPEST => {
            return Err(Fault::Other(format!("objects lie more than {DEEPEST} deep in each other")));
        }
        Content::Object(object) => {
            let object = Instance { object: object.query()?, com: found.com() };
            Value::Object(object.all(depth + 1)?)
        }
        Content::Other(other) => return Err(Fault::Other(format!("a value of COM's type {other}"))),
    })
}

/// Parses a 64-bit number, which COM passes as text.
fn number(text: &str, kind: i32) -> Option<Value> {
    match kind {
        CIM_SINT64 => text.parse().ok().map(Value::Signed),
        CIM_UINT64 => text.parse().ok().map(Value::Unsigned),
        _ => None,
    }
}

fn integer(bits: u64, width: u32, kind: i32, is_signed: bool) -> Value {
    let unused = 64 - width;
    let unsigned = (bits << unused) >> unused;
    let signed = (bits << unused).cast_signed() >> unused;
    match kind {
        CIM_BOOLEAN => Value::Bool(unsigned != 0),
        CIM_UINT8 | CIM_UINT16 | CIM_UINT32 | CIM_UINT64 | CIM_CHAR16 => Value::Unsigned(unsigned),
        CIM_SINT8 | CIM_SINT16 | CIM_SINT32 | CIM_SINT64 => Value::Signed(signed),
        _ if is_signed => Value::Signed(signed),
        _ => Value::Unsigned(unsigned),
    }
}

/// A parameter as a variant. WMI expects 32-bit numbers as signed ones, independent of the method's type.
fn variant(com: &'static Com, value: Value) -> Result<Variant, Fault> {
    let number = |fits: Option<i32>| {
        fits.map(|number| Variant::number(com, number))
            .ok_or_else(|| Fault::Other("a number of more than 32 bits".to_owned()))
    };
    match value {
        Value::Null => Ok(Variant::null(com)),
        Value::Bool(truth) => Ok(Variant::bool(com, truth)),
        Value::Signed(signed) => number(i32::try_from(signed).ok()),
        Value::Unsigned(unsigned) => number(u32::try_from(unsigned).ok().map(u32::cast_signed)),
        Value::Real(real) => Ok(Variant::real(com, real)),
        Value::Text(text) => Variant::text(com, &text),
        Value::List(items) => {
            let texts = items.into_iter().map(|item| match item {
                Value::Text(text) => Ok(text),
                _ => Err(Fault::Other("only lists of texts are passed".to_owned())),
            });
            Variant::texts(com, &texts.collect::<Result<Vec<_>, _>>()?)
        }
        Value::Object(_) => Err(Fault::Other("objects are not passed".to_owned())),
    }
}
