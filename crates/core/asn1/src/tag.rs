//! Identifier octets.

/// A tag of one byte: class, form and number together.
pub type Tag = u8;

/// `BOOLEAN`
pub const BOOLEAN: Tag = 0x01;
/// `INTEGER`
pub const INTEGER: Tag = 0x02;
/// `BIT STRING`
pub const BIT_STRING: Tag = 0x03;
/// `OCTET STRING`
pub const OCTET_STRING: Tag = 0x04;
/// `OBJECT IDENTIFIER`
pub const OID: Tag = 0x06;
/// `ENUMERATED`
pub const ENUMERATED: Tag = 0x0A;
/// `UTF8String`
pub const UTF8_STRING: Tag = 0x0C;
/// `PrintableString`
pub const PRINTABLE_STRING: Tag = 0x13;
/// `TeletexString`
pub const TELETEX_STRING: Tag = 0x14;
/// `IA5String`
pub const IA5_STRING: Tag = 0x16;
/// `UTCTime`
pub const UTC_TIME: Tag = 0x17;
/// `GeneralizedTime`
pub const GENERALIZED_TIME: Tag = 0x18;
/// `UniversalString`, UTF-32BE
pub const UNIVERSAL_STRING: Tag = 0x1C;
/// `BMPString`, UTF-16BE
pub const BMP_STRING: Tag = 0x1E;
/// `SEQUENCE`
pub const SEQUENCE: Tag = 0x30;
/// `SET`
pub const SET: Tag = 0x31;

/// `[number]`, constructed; `number` is at most 30.
#[must_use]
pub const fn context(number: u8) -> Tag {
    0xA0 | number
}
