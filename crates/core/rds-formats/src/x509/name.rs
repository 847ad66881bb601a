//! Distinguished names.

use std::fmt;

use serde::Serialize;

use super::super::error::{DecodeError, ErrorKind, Named};
use super::super::text::latin1;

/// A distinguished name: its attributes in the order of the encoding, those of a multi-valued RDN one after
/// the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Name {
    /// The attributes.
    pub attributes: Vec<Attribute>,
}

/// One attribute of a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Attribute {
    /// The object identifier of its type.
    pub oid: String,
    /// The short name of its type (RFC 4514 and X.520), where it has one.
    pub name: Option<&'static str>,
    /// The value as text; bytes that are not text in hexadecimal after `#`.
    pub value: String,
    /// Counts from 0: attributes of one multi-valued RDN have the same number.
    pub rdn: usize,
}

const COMMON_NAME: &str = "2.5.4.3";
const SERIAL_NUMBER: &str = "2.5.4.5";
const LOCALITY: &str = "2.5.4.7";

fn short_name(oid: &str) -> Option<&'static str> {
    Some(match oid {
        COMMON_NAME => "CN",
        SERIAL_NUMBER => "serialNumber",
        "2.5.4.6" => "C",
        LOCALITY => "L",
        "2.5.4.8" => "ST",
        "2.5.4.10" => "O",
        "2.5.4.11" => "OU",
        "0.9.2342.19200300.100.1.25" => "DC",
        "1.2.840.113549.1.9.1" => "emailAddress",
        _ => return None,
    })
}

impl Name {
    /// The first attribute of this type.
    #[must_use]
    pub fn first(&self, oid: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|attribute| attribute.oid == oid)
            .map(|attribute| attribute.value.as_str())
    }

    /// CN. In licensing certificates: the machine that the certificate is for, or the license server.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.first(COMMON_NAME)
    }

    /// L. In licensing certificates: the user, or the license server's domain or workgroup.
    #[must_use]
    pub fn locality(&self) -> Option<&str> {
        self.first(LOCALITY)
    }

    /// The attribute serialNumber, which is not the certificate's serial number.
    #[must_use]
    pub fn serial_number(&self) -> Option<&str> {
        self.first(SERIAL_NUMBER)
    }

    pub(super) fn read(element: &asn1::Element<'_>) -> Result<Self, DecodeError> {
        let mut attributes = Vec::new();
        let mut rdns = element.children();
        let mut rdn = 0;
        while !rdns.is_empty() {
            let mut set = rdns.require(asn1::SET).named("RelativeDistinguishedName")?.children();
            while !set.is_empty() {
                let mut pair = set.require(asn1::SEQUENCE).named("AttributeTypeAndValue")?.children();
                let oid = pair.require(asn1::OID).named("AttributeType")?.oid().named("AttributeType")?;
                let value = text(&pair.element().named("AttributeValue")?)?;
                pair.finish().named("end of AttributeTypeAndValue")?;
                attributes.push(Attribute { name: short_name(&oid), oid, value, rdn });
            }
            rdn += 1;
        }
        Ok(Self { attributes })
    }
}

impl fmt::Display for Name {
    /// `CN=RODENT+L=WORKGROUP`: as RFC 4514, but in the order of the encoding and with control characters
    /// left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut previous = None;
        for attribute in &self.attributes {
            match previous {
                None => {}
                Some(rdn) if rdn == attribute.rdn => f.write_str("+")?,
                Some(_) => f.write_str(", ")?,
            }
            previous = Some(attribute.rdn);
            f.write_str(attribute.name.unwrap_or(&attribute.oid))?;
            f.write_str("=")?;
            for character in attribute.value.chars().filter(|character| !character.is_control()) {
                if matches!(character, ',' | '+' | '"' | '\\' | '<' | '>' | ';') {
                    f.write_str("\\")?;
                }
                write!(f, "{character}")?;
            }
        }
        Ok(())
    }
}

/// The text of a string type; unpaired surrogates and other impossible characters are replaced.
fn text(element: &asn1::Element<'_>) -> Result<String, DecodeError> {
    let content = element.content;
    let uneven = |unit: usize| {
        DecodeError::new(
            ErrorKind::Syntax,
            "AttributeValue",
            element.content_offset,
            format!("a multiple of {unit} bytes"),
            format!("{} bytes", content.len()),
        )
    };
    Ok(match element.tag {
        asn1::BMP_STRING => {
            if content.len() % 2 == 1 {
                return Err(uneven(2));
            }
            let units: Vec<u16> =
                content.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        asn1::UNIVERSAL_STRING => {
            if !content.len().is_multiple_of(4) {
                return Err(uneven(4));
            }
            content
                .chunks_exact(4)
                .map(|four| u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
                .map(|number| char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect()
        }
        asn1::UTF8_STRING => String::from_utf8_lossy(content).into_owned(),
        asn1::PRINTABLE_STRING | asn1::TELETEX_STRING | asn1::IA5_STRING => latin1(content),
        _ => format!("#{}", hex::encode(content)),
    })
}
