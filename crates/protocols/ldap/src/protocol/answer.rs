//! Responses.

use super::PAGED_RESULTS;
use crate::Entry;
use asn1::{BOOLEAN, Defect, ENUMERATED, Element, INTEGER, Malformed, OCTET_STRING, Reader, SEQUENCE, SET};

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Message ID of the request; 0 for an unsolicited notification.
    pub id: i64,
    /// The operation.
    pub body: Body,
    /// The controls.
    pub controls: Vec<Control>,
}

/// The operation of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// `BindResponse`, with the server credentials of SASL.
    Bind(Outcome, Option<Vec<u8>>),
    /// `SearchResultEntry`
    Entry(Entry),
    /// `SearchResultReference`, as URLs.
    Reference(Vec<String>),
    /// `SearchResultDone`
    Done(Outcome),
    /// `ExtendedResponse`, with its name if present.
    Extended(Outcome, Option<String>),
    /// `IntermediateResponse`, which is ignored.
    Intermediate,
}

/// `LDAPResult`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// `resultCode`; 0 for success.
    pub code: u32,
    /// `matchedDN`
    pub matched: String,
    /// `diagnosticMessage`, as the server words it.
    pub message: String,
    /// `referral`, as URLs.
    pub referrals: Vec<String>,
}

/// A control.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// Its object identifier.
    pub oid: String,
    /// Its value.
    pub value: Vec<u8>,
}

/// URLs kept of one referral.
const MAX_REFERRALS: usize = 1000;
/// Controls kept of one response.
const MAX_CONTROLS: usize = 100;

impl Answer {
    /// Decodes the content of an `LDAPMessage`, without its outer header.
    pub fn decode(content: &[u8]) -> Result<Self, Malformed> {
        let mut message = Reader::new(content);
        let id = message.number(INTEGER)?;
        let body = body(&message.element()?)?;
        let controls = match message.peek() {
            Some(0xA0) => controls(message.within(0xA0)?)?,
            _ => Vec::new(),
        };
        Ok(Self { id, body, controls })
    }

    /// The cookie of a page; `None` after the last page, or without paging.
    #[must_use]
    pub fn cookie(&self) -> Option<Vec<u8>> {
        let control = self.controls.iter().find(|control| control.oid == PAGED_RESULTS)?;
        let mut value = Reader::new(&control.value).within(SEQUENCE).ok()?;
        value.number(INTEGER).ok()?;
        value.content(OCTET_STRING).ok().filter(|cookie| !cookie.is_empty()).map(<[u8]>::to_vec)
    }
}

fn body(element: &Element<'_>) -> Result<Body, Malformed> {
    let mut content = element.children();
    Ok(match element.tag {
        0x61 => {
            let outcome = outcome(&mut content)?;
            let token = content.optional(0x87)?.map(|token| token.content.to_vec());
            Body::Bind(outcome, token)
        }
        0x64 => Body::Entry(entry(content)?),
        0x65 => Body::Done(outcome(&mut content)?),
        0x73 => Body::Reference(urls(content)?),
        0x78 => {
            let outcome = outcome(&mut content)?;
            let name = content.optional(0x8A)?.map(|name| name.text().map(str::to_owned)).transpose()?;
            Body::Extended(outcome, name)
        }
        0x79 => Body::Intermediate,
        other => {
            return Err(Malformed { offset: element.offset, defect: Defect::Unexpected(other) });
        }
    })
}

fn outcome(content: &mut Reader<'_>) -> Result<Outcome, Malformed> {
    let offset = content.offset();
    let code = u32::try_from(content.number(ENUMERATED)?)
        .map_err(|_| Malformed { offset, defect: Defect::Range })?;
    // Diagnostic messages are not always UTF-8.
    let lossy = |content: &mut Reader<'_>| {
        content
            .content(OCTET_STRING)
            .map(|text| String::from_utf8_lossy(text).trim_end_matches('\0').trim().to_owned())
    };
    let matched = lossy(content)?;
    let message = lossy(content)?;
    let referrals = match content.peek() {
        Some(0xA3) => urls(content.within(0xA3)?)?,
        _ => Vec::new(),
    };
    Ok(Outcome { code, matched, message, referrals })
}

fn urls(mut content: Reader<'_>) -> Result<Vec<String>, Malformed> {
    let mut urls = Vec::new();
    while !content.is_empty() && urls.len() < MAX_REFERRALS {
        urls.push(content.text(OCTET_STRING)?.to_owned());
    }
    Ok(urls)
}

fn entry(mut content: Reader<'_>) -> Result<Entry, Malformed> {
    let dn = content.text(OCTET_STRING)?.to_owned();
    let mut list = content.within(SEQUENCE)?;
    let mut attributes = Vec::new();
    while !list.is_empty() {
        let mut attribute = list.within(SEQUENCE)?;
        let name = attribute.text(OCTET_STRING)?.to_owned();
        let mut set = attribute.within(SET)?;
        let mut values = Vec::new();
        while !set.is_empty() {
            values.push(set.content(OCTET_STRING)?.to_vec());
        }
        attributes.push((name, values));
    }
    Ok(Entry::new(dn, attributes))
}

fn controls(mut list: Reader<'_>) -> Result<Vec<Control>, Malformed> {
    let mut controls = Vec::new();
    while !list.is_empty() && controls.len() < MAX_CONTROLS {
        let mut control = list.within(SEQUENCE)?;
        let oid = control.text(OCTET_STRING)?.to_owned();
        control.optional(BOOLEAN)?;
        let value = if control.is_empty() { Vec::new() } else { control.content(OCTET_STRING)?.to_vec() };
        controls.push(Control { oid, value });
    }
    Ok(controls)
}

#[cfg(test)]
mod tests {
    use super::*;
    use asn1::Writer;
    use proptest::prelude::*;

    /// An entry with one attribute, as a server sends it.
    fn sent() -> Vec<u8> {
        let mut message = Writer::default();
        message.number(INTEGER, 7);
        message.within(0x64, |entry| {
            entry.octets("CN=a");
            entry.within(SEQUENCE, |list| {
                list.within(SEQUENCE, |attribute| {
                    attribute.octets("objectSid");
                    attribute.within(SET, |set| set.octets([0xFF, 0, 1]));
                });
            });
        });
        message.into_bytes()
    }

    #[test]
    fn an_entry() {
        let answer = Answer::decode(&sent()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(answer.id, 7);
        let Body::Entry(entry) = answer.body else { panic!("{answer:?}") };
        assert_eq!((entry.dn(), entry.bytes("OBJECTSID")), ("CN=a", Some(&[0xFF, 0, 1][..])));
    }

    #[test]
    fn nesting_is_not_followed() {
        let mut nested = Vec::new();
        for _ in 0..100_000 {
            // From the inside out, each head in reverse.
            let length = u32::try_from(nested.len()).unwrap_or(u32::MAX);
            nested.extend(length.to_be_bytes().iter().rev());
            nested.extend([0x84, 0x30]);
        }
        nested.reverse();
        let mut message = vec![2, 1, 1];
        message.extend(nested);
        assert_eq!(Answer::decode(&message), Err(Malformed { offset: 3, defect: Defect::Unexpected(0x30) }));
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Answer::decode(&bytes).map(|answer| answer.cookie());
        }

        #[test]
        fn a_damaged_answer_is_an_answer_or_none(at in 0_usize..40, byte in any::<u8>(), cut in 0_usize..40) {
            let mut bytes = sent();
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            bytes.truncate(cut.max(at));
            let _ = Answer::decode(&bytes).map(|answer| answer.cookie());
        }
    }
}
