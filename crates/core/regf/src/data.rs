//! Value types and typed data.

use std::borrow::Cow;
use std::fmt;

use crate::error::Result;
use crate::image::Image;
use crate::name::Name;
use crate::value::Value;

/// The type of a value: any 32-bit number, of which 0 to 11 have names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataType(pub u32);

impl DataType {
    /// `REG_NONE`
    pub const NONE: Self = Self(0);
    /// `REG_SZ`: text in UTF-16LE
    pub const SZ: Self = Self(1);
    /// `REG_EXPAND_SZ`: text with environment variables
    pub const EXPAND_SZ: Self = Self(2);
    /// `REG_BINARY`
    pub const BINARY: Self = Self(3);
    /// `REG_DWORD`: a 32-bit number, little-endian
    pub const DWORD: Self = Self(4);
    /// `REG_DWORD_BIG_ENDIAN`
    pub const DWORD_BIG_ENDIAN: Self = Self(5);
    /// `REG_LINK`: the path of another key
    pub const LINK: Self = Self(6);
    /// `REG_MULTI_SZ`: texts that each end with NUL, then one more NUL
    pub const MULTI_SZ: Self = Self(7);
    /// `REG_QWORD`: a 64-bit number, little-endian
    pub const QWORD: Self = Self(11);

    /// The name in `winnt.h`; `None` for numbers without one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "REG_NONE",
            1 => "REG_SZ",
            2 => "REG_EXPAND_SZ",
            3 => "REG_BINARY",
            4 => "REG_DWORD",
            5 => "REG_DWORD_BIG_ENDIAN",
            6 => "REG_LINK",
            7 => "REG_MULTI_SZ",
            8 => "REG_RESOURCE_LIST",
            9 => "REG_FULL_RESOURCE_DESCRIPTOR",
            10 => "REG_RESOURCE_REQUIREMENTS_LIST",
            11 => "REG_QWORD",
            _ => return None,
        })
    }
}

impl fmt::Display for DataType {
    /// The name, or the number in hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "{:#x}", self.0),
        }
    }
}

impl From<u32> for DataType {
    fn from(number: u32) -> Self {
        Self(number)
    }
}

/// Type and bytes of a value to be written.
///
/// ```
/// use regf::{Data, DataType};
///
/// assert_eq!(Data::from(4_u32), Data { kind: DataType::DWORD, bytes: vec![4, 0, 0, 0] });
/// assert_eq!(Data::from("x").bytes, b"x\0\0\0");
/// assert_eq!(Data::from(["a", "b"]).bytes, b"a\0\0\0b\0\0\0\0\0");
/// assert_eq!(Data::expand("%windir%").kind, DataType::EXPAND_SZ);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Data {
    /// The type.
    pub kind: DataType,
    /// The bytes as they are stored.
    pub bytes: Vec<u8>,
}

impl Data {
    /// `REG_EXPAND_SZ` with a NUL at the end.
    #[must_use]
    pub fn expand(text: &str) -> Self {
        Self { kind: DataType::EXPAND_SZ, ..Self::from(text) }
    }
}

fn with_nul(text: &str) -> impl Iterator<Item = u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes)
}

impl From<u32> for Data {
    fn from(number: u32) -> Self {
        Self { kind: DataType::DWORD, bytes: number.to_le_bytes().to_vec() }
    }
}

impl From<u64> for Data {
    fn from(number: u64) -> Self {
        Self { kind: DataType::QWORD, bytes: number.to_le_bytes().to_vec() }
    }
}

impl From<&str> for Data {
    /// `REG_SZ` with a NUL at the end.
    fn from(text: &str) -> Self {
        Self { kind: DataType::SZ, bytes: with_nul(text).collect() }
    }
}

impl<const N: usize> From<[&str; N]> for Data {
    fn from(texts: [&str; N]) -> Self {
        Self::from(texts.as_slice())
    }
}

impl From<&[&str]> for Data {
    /// `REG_MULTI_SZ`. No text may be empty, because an empty text would end the list.
    fn from(texts: &[&str]) -> Self {
        let bytes = texts.iter().copied().flat_map(with_nul).chain([0, 0]).collect();
        Self { kind: DataType::MULTI_SZ, bytes }
    }
}

impl From<&[u8]> for Data {
    /// `REG_BINARY`
    fn from(bytes: &[u8]) -> Self {
        Self { kind: DataType::BINARY, bytes: bytes.to_vec() }
    }
}

impl From<Vec<u8>> for Data {
    /// `REG_BINARY`
    fn from(bytes: Vec<u8>) -> Self {
        Self { kind: DataType::BINARY, bytes }
    }
}

/// Access to data as numbers and text. Each method returns `Ok(None)` if the value has another type or
/// length.
impl<I: Image> Value<'_, I> {
    /// The number of a `REG_DWORD` or `REG_DWORD_BIG_ENDIAN` of exactly four bytes.
    ///
    /// # Errors
    ///
    /// As [`Value::data`].
    pub fn as_u32(&self) -> Result<Option<u32>> {
        let data = self.data()?;
        let Ok(bytes) = <[u8; 4]>::try_from(&*data) else { return Ok(None) };
        Ok(match self.data_type() {
            DataType::DWORD => Some(u32::from_le_bytes(bytes)),
            DataType::DWORD_BIG_ENDIAN => Some(u32::from_be_bytes(bytes)),
            _ => None,
        })
    }

    /// The number of a `REG_QWORD` of exactly eight bytes.
    ///
    /// # Errors
    ///
    /// As [`Value::data`].
    pub fn as_u64(&self) -> Result<Option<u64>> {
        let data = self.data()?;
        let bytes = <[u8; 8]>::try_from(&*data).ok().filter(|_| self.data_type() == DataType::QWORD);
        Ok(bytes.map(u64::from_le_bytes))
    }

    /// The text of a `REG_SZ`, `REG_EXPAND_SZ` or `REG_LINK` up to the first NUL, with U+FFFD in place of
    /// each unpaired surrogate. A last odd byte is dropped.
    ///
    /// # Errors
    ///
    /// As [`Value::data`].
    pub fn as_str(&self) -> Result<Option<String>> {
        if !matches!(self.data_type(), DataType::SZ | DataType::EXPAND_SZ | DataType::LINK) {
            return Ok(None);
        }
        let units: Vec<u16> = Name::utf16(&self.data()?).units().take_while(|&unit| unit != 0).collect();
        Ok(Some(String::from_utf16_lossy(&units)))
    }

    /// The texts of a `REG_MULTI_SZ` up to the first empty one, each as in [`Value::as_str`].
    ///
    /// # Errors
    ///
    /// As [`Value::data`].
    pub fn as_multi_str(&self) -> Result<Option<Vec<String>>> {
        if self.data_type() != DataType::MULTI_SZ {
            return Ok(None);
        }
        let units: Vec<u16> = Name::utf16(&self.data()?).units().collect();
        let texts = units.split(|&unit| unit == 0).take_while(|text| !text.is_empty());
        Ok(Some(texts.map(String::from_utf16_lossy).collect()))
    }
}

/// A name in the editing API: text, or UTF-16 units for a name that is not valid text.
pub trait ToUnits {
    /// The UTF-16 units of the name.
    fn to_units(&self) -> Cow<'_, [u16]>;
}

impl<T: ToUnits + ?Sized> ToUnits for &T {
    fn to_units(&self) -> Cow<'_, [u16]> {
        (**self).to_units()
    }
}

impl ToUnits for str {
    fn to_units(&self) -> Cow<'_, [u16]> {
        self.encode_utf16().collect()
    }
}

impl ToUnits for String {
    fn to_units(&self) -> Cow<'_, [u16]> {
        self.as_str().to_units()
    }
}

impl ToUnits for [u16] {
    fn to_units(&self) -> Cow<'_, [u16]> {
        Cow::Borrowed(self)
    }
}

impl<const N: usize> ToUnits for [u16; N] {
    fn to_units(&self) -> Cow<'_, [u16]> {
        Cow::Borrowed(self)
    }
}

impl ToUnits for Vec<u16> {
    fn to_units(&self) -> Cow<'_, [u16]> {
        Cow::Borrowed(self)
    }
}

impl ToUnits for Name<'_> {
    fn to_units(&self) -> Cow<'_, [u16]> {
        self.units().collect()
    }
}
