//! Reading what WMI answered.

use serde_json::Value as Json;
use snapshot::{Wmi, WmiClass, WmiError, WmiObject};

/// The one instance of a class that has one.
pub(super) fn only(wmi: &mut dyn Wmi, class: WmiClass, properties: &[&str]) -> Result<WmiObject, WmiError> {
    wmi.instances(class, properties)?.into_iter().next().ok_or(WmiError::Missing(class.name))
}

/// Calls a method that returns 0 where it could do what it is for; gives the one of its output parameters
/// that is named.
pub(super) fn called(
    wmi: &mut dyn Wmi,
    class: WmiClass,
    method: &'static str,
    input: &[(&str, &str)],
    output: &str,
) -> Result<WmiObject, WmiError> {
    let input = input.iter().map(|&(name, value)| (name.to_owned(), value.into())).collect();
    let output = wmi.call(class, method, input, &["ReturnValue", output])?;
    // Some providers fail by their number alone.
    match number(&output, "ReturnValue", method)? {
        0 => Ok(output),
        code => Err(WmiError::Refused { method, code }),
    }
}

/// An unsigned number of 32 bits. COM knows signed ones only, so that some providers give the largest one as
/// -1.
pub(super) fn number(object: &WmiObject, name: &str, shape: &'static str) -> Result<u32, WmiError> {
    let found = object.get(name);
    let plain = found.and_then(Json::as_u64).and_then(|number| u32::try_from(number).ok());
    let signed = || found?.as_i64().and_then(|number| i32::try_from(number).ok()).map(i32::cast_unsigned);
    plain.or_else(signed).ok_or(WmiError::Shape(shape))
}

/// A boolean, which some classes give as a number: 0 no, 1 yes, anything else (2, *don't know*) nothing.
pub(super) fn flag(object: &WmiObject, name: &str) -> Option<bool> {
    match object.get(name)? {
        Json::Bool(truth) => Some(*truth),
        Json::Number(number) => match number.as_u64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        _ => None,
    }
}

/// A text that is not empty.
pub(super) fn text<'o>(object: &'o WmiObject, name: &str) -> Option<&'o str> {
    object.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// A list, which is null where nothing is in it.
pub(super) fn list<'o>(
    object: &'o WmiObject,
    name: &str,
    shape: &'static str,
) -> Result<&'o [Json], WmiError> {
    match object.get(name) {
        Some(Json::Array(items)) => Ok(items),
        Some(Json::Null) | None => Ok(&[]),
        Some(_) => Err(WmiError::Shape(shape)),
    }
}
