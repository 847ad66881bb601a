//! The negotiation of a mechanism ([RFC 4178]), in which one alone is offered.
//!
//! [RFC 4178]: https://www.rfc-editor.org/rfc/rfc4178

use asn1::{ENUMERATED, OCTET_STRING, OID, Reader, SEQUENCE, Writer};

use crate::error::Error;

/// `1.3.6.1.5.5.2`
const SPNEGO: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x02];
/// `1.2.840.48018.1.2.2`: Kerberos under the number that Windows gave it by mistake, and still prefers ([MS-SPNG] 3.1.5.2).
const KERBEROS: &[u8] = &[0x2A, 0x86, 0x48, 0x82, 0xF7, 0x12, 0x01, 0x02, 0x02];

/// A token of Kerberos', offered as the only mechanism.
#[must_use]
pub fn offer(token: &[u8]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.within(0x60, |writer| {
        writer.element(OID, SPNEGO);
        writer.within(0xA0, |writer| {
            writer.within(SEQUENCE, |init| {
                init.within(0xA0, |writer| writer.within(SEQUENCE, |list| list.element(OID, KERBEROS)));
                init.within(0xA2, |writer| writer.octets(token));
            });
        });
    });
    writer.into_bytes()
}

/// The mechanism's token in an answer; `None` where it brings none.
///
/// # Errors
/// Where the other side refuses, or wants another mechanism.
pub fn answer(bytes: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    const REJECT: i64 = 2;
    let mut response = Reader::new(bytes).within(0xA1)?.within(SEQUENCE)?;
    let (mut token, mut rejected) = (None, false);
    while !response.is_empty() {
        let field = response.element()?;
        match field.tag {
            0xA0 => rejected = field.children().number(ENUMERATED)? == REJECT,
            0xA2 => token = Some(field.children().content(OCTET_STRING)?.to_vec()),
            _ => {}
        }
    }
    // A refusal often brings the mechanism's own reason, which says more.
    if rejected && token.is_none() {
        return Err(Error::Broken("it refuses Kerberos"));
    }
    Ok(token)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_answer_with_a_token() {
        // accept-completed, the mechanism, a token of two bytes
        let bytes = hex::decode("a1173015a0030a0100a10b06092a864882f712010202a20404020708").unwrap();
        assert!(answer(&bytes).is_err(), "lengths that do not fit");
        let bytes = hex::decode("a11a3018a0030a0100a10b06092a864882f712010202a20404020708").unwrap();
        assert_eq!(answer(&bytes), Ok(Some(vec![7, 8])));
        assert_eq!(answer(&hex::decode("a1073005a0030a0100").unwrap()), Ok(None));
        assert!(matches!(answer(&hex::decode("a1073005a0030a0102").unwrap()), Err(Error::Broken(_))));
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = answer(&bytes);
        }
    }
}
