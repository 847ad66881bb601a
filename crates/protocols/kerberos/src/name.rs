//! Names of accounts and services ([RFC 4120] 6.2).

use std::fmt;

/// A name in a realm.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Principal {
    /// The realm, in capitals by custom.
    pub realm: String,
    /// The parts, such as `cifs` and `host.corp.example`.
    pub parts: Vec<String>,
}

/// An account.
pub(crate) const NT_PRINCIPAL: i64 = 1;
/// A service, and the instance of it.
pub(crate) const NT_SRV_INST: i64 = 2;
/// An account by the name that it has throughout a forest ([RFC 6806]).
pub(crate) const NT_ENTERPRISE: i64 = 10;

/// A name has no more parts than this many.
const MOST_PARTS: usize = 16;

impl Principal {
    /// A service at a host.
    #[must_use]
    pub fn service(realm: &str, service: &str, host: &str) -> Self {
        Self { realm: realm.to_owned(), parts: vec![service.to_owned(), host.to_owned()] }
    }

    /// Whether both are the same, in whatever case: to Active Directory they are.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.realm.eq_ignore_ascii_case(&other.realm) && same(&self.parts, &other.parts)
    }
}

/// The same name in whatever case.
pub(crate) fn same(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.eq_ignore_ascii_case(other))
}

/// `service/host@REALM`
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.parts.join("/"), self.realm)
    }
}

/// `PrincipalName`
pub(crate) fn write(writer: &mut asn1::Writer, kind: i64, parts: &[String]) {
    writer.within(asn1::SEQUENCE, |name| {
        name.within(0xA0, |tagged| tagged.number(asn1::INTEGER, kind));
        name.within(0xA1, |tagged| {
            tagged.within(asn1::SEQUENCE, |list| {
                for part in parts {
                    list.element(crate::messages::GENERAL_STRING, part.as_bytes());
                }
            });
        });
    });
}

/// The parts of a `PrincipalName`.
pub(crate) fn read(reader: &mut asn1::Reader<'_>) -> Result<Vec<String>, asn1::Malformed> {
    let mut name = reader.within(asn1::SEQUENCE)?;
    name.content(0xA0)?;
    let mut list = name.within(0xA1)?.within(asn1::SEQUENCE)?;
    let mut parts = Vec::new();
    while !list.is_empty() && parts.len() < MOST_PARTS {
        parts.push(list.text(crate::messages::GENERAL_STRING)?.to_owned());
    }
    Ok(parts)
}
