//! Search filters: from text (RFC 4515) to BER (RFC 4511).

use crate::protocol::asn1::Writer;

/// Maximum nesting of a filter.
const MAX_DEPTH: usize = 50;

/// A syntax error in a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{filter}” is not an LDAP filter: {problem} at character {at}; an example is (&(objectClass=computer)(name=RDSH*))"
)]
pub struct BadFilter {
    /// The text.
    pub filter: String,
    /// What is wrong.
    pub problem: &'static str,
    /// Position in characters, from 1.
    pub at: usize,
}

/// Escapes the special characters of a filter.
#[must_use]
pub fn escape(text: &str) -> String {
    escape_bytes_where(text.as_bytes(), |byte| matches!(byte, b'*' | b'(' | b')' | b'\\' | 0))
}

/// Escapes every byte.
#[must_use]
pub fn escape_bytes(bytes: &[u8]) -> String {
    escape_bytes_where(bytes, |_| true)
}

fn escape_bytes_where(bytes: &[u8], special: impl Fn(u8) -> bool) -> String {
    let mut escaped = Vec::with_capacity(bytes.len());
    for &byte in bytes {
        if special(byte) {
            escaped.extend_from_slice(format!("\\{byte:02x}").as_bytes());
        } else {
            escaped.push(byte);
        }
    }
    // Only ASCII was replaced, so what was UTF-8 still is.
    String::from_utf8_lossy(&escaped).into_owned()
}

/// Encodes a filter. The outermost parentheses are optional.
pub fn encode(text: &str) -> Result<Vec<u8>, BadFilter> {
    let trimmed = text.trim();
    let whole = if trimmed.starts_with('(') { trimmed.to_owned() } else { format!("({trimmed})") };
    let mut parser = Parser { text: &whole, at: 0 };
    let mut writer = Writer::default();
    let problem = match parser.filter(&mut writer, 0) {
        Ok(()) if parser.at == whole.len() => return Ok(writer.into_bytes()),
        Ok(()) => "something follows its end",
        Err(problem) => problem,
    };
    let before = whole.get(..parser.at).unwrap_or(&whole).chars().count();
    Err(BadFilter { filter: text.to_owned(), problem, at: before + 1 })
}
struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, what: char) -> bool {
        let there = self.rest().starts_with(what);
        self.at += if there { what.len_utf8() } else { 0 };
        there
    }

    fn filter(&mut self, writer: &mut Writer, depth: usize) -> Result<(), &'static str> {
        if depth > MAX_DEPTH {
            return Err("it nests too deep");
        }
        if !self.take('(') {
            return Err("an opening parenthesis is missing");
        }
        if self.take('&') {
            self.list(writer, 0xA0, depth)?;
        } else if self.take('|') {
            self.list(writer, 0xA1, depth)?;
        } else if self.take('!') {
            let mut inner = Writer::default();
            self.filter(&mut inner, depth + 1)?;
            writer.element(0xA2, &inner.into_bytes());
        } else {
            self.item(writer)?;
        }
        if self.take(')') { Ok(()) } else { Err("a closing parenthesis is missing") }
    }

    fn list(&mut self, writer: &mut Writer, tag: u8, depth: usize) -> Result<(), &'static str> {
        let mut inner = Writer::default();
        while self.rest().starts_with('(') {
            self.filter(&mut inner, depth + 1)?;
        }
        writer.element(tag, &inner.into_bytes());
        Ok(())
    }

    fn item(&mut self, writer: &mut Writer) -> Result<(), &'static str> {
        let rest = self.rest();
        let end = rest.find(['=', '(', ')']).filter(|&at| rest[at..].starts_with('='));
        let end = end.ok_or("a comparison with = is missing")?;
        let name = &rest[..end];
        let (name, tag) = match name.chars().last() {
            Some('>') => (&name[..name.len() - 1], 0xA5),
            Some('<') => (&name[..name.len() - 1], 0xA6),
            Some('~') => (&name[..name.len() - 1], 0xA8),
            Some(':') => (&name[..name.len() - 1], 0xA9),
            _ => (name, 0xA3),
        };
        let (name, rule) = match name.split_once(':') {
            Some((name, rule)) if tag == 0xA9 => (name, Some(rule)),
            _ => (name, None),
        };
        let named = |name: &str| {
            name.chars().all(|c| c.is_ascii_alphanumeric() || "-;.".contains(c)) && !name.is_empty()
        };
        if !(named(name) || (name.is_empty() && rule.is_some())) || !rule.is_none_or(named) {
            return Err("the name of an attribute is missing or wrong");
        }
        self.at += end + 1;
        let value = self.rest();
        let end = value.find(['(', ')']).unwrap_or(value.len());
        let value = &value[..end];
        if tag == 0xA3 && value == "*" {
            writer.element(0x87, name.as_bytes());
        } else if tag == 0xA3 && value.contains('*') {
            substrings(writer, name, value)?;
        } else if tag == 0xA9 {
            let value = unescape(value)?;
            writer.within(tag, |matching| {
                if let Some(rule) = rule {
                    matching.element(0x81, rule.as_bytes());
                }
                if !name.is_empty() {
                    matching.element(0x82, name.as_bytes());
                }
                matching.element(0x83, &value);
            });
        } else {
            let value = unescape(value)?;
            writer.within(tag, |assertion| {
                assertion.octets(name);
                assertion.octets(&value);
            });
        }
        self.at += end;
        Ok(())
    }
}

fn substrings(writer: &mut Writer, name: &str, value: &str) -> Result<(), &'static str> {
    let parts: Vec<Vec<u8>> = value.split('*').map(unescape).collect::<Result<_, _>>()?;
    let last = parts.len() - 1;
    writer.within(0xA4, |substrings| {
        substrings.octets(name);
        substrings.within(super::protocol::asn1::SEQUENCE, |list| {
            for (index, part) in parts.iter().enumerate().filter(|(_, part)| !part.is_empty()) {
                let tag = match index {
                    0 => 0x80,
                    index if index == last => 0x82,
                    _ => 0x81,
                };
                list.element(tag, part);
            }
        });
    });
    Ok(())
}

fn unescape(value: &str) -> Result<Vec<u8>, &'static str> {
    const PROBLEM: &str = "a backslash is not followed by two hexadecimal digits";
    let mut bytes = value.bytes();
    let mut plain = Vec::with_capacity(value.len());
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            plain.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|byte| char::from(byte).to_digit(16)).ok_or(PROBLEM);
        let (high, low) = (digit()?, digit()?);
        plain.push(u8::try_from(high << 4 | low).map_err(|_| PROBLEM)?);
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn filters_as_the_specification_encodes_them() {
        let rows: [(&str, &[u8]); 8] = [
            ("(cn=*)", b"\x87\x02cn"),
            ("cn=a", b"\xA3\x07\x04\x02cn\x04\x01a"),
            ("(cn=a*b*c)", b"\xA4\x0F\x04\x02cn\x30\x09\x80\x01a\x81\x01b\x82\x01c"),
            ("(cn=*b)", b"\xA4\x09\x04\x02cn\x30\x03\x82\x01b"),
            ("(!(cn=*))", b"\xA2\x04\x87\x02cn"),
            ("(&(a=*)(b=*))", b"\xA0\x06\x87\x01a\x87\x01b"),
            ("(a>=1)", b"\xA5\x06\x04\x01a\x04\x011"),
            ("(u:1.2:=2)", b"\xA9\x0B\x81\x031.2\x82\x01u\x83\x012"),
        ];
        for (text, bytes) in rows {
            assert_eq!(encode(text).as_deref(), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_no_filter_says_where() {
        let at = |text: &str| encode(text).map(drop).map_err(|bad| bad.at);
        assert_eq!(at("(cn=a"), Err(6));
        assert_eq!(at("(cn=a))"), Err(7));
        assert_eq!(at("(cn)"), Err(2));
        assert_eq!(at("(&(cn=a)(=b))"), Err(10));
        assert!(at(r"(cn=\zz)").is_err());
        assert!(encode(&"(!".repeat(10_000)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_a_filter_or_none(text in ".*") {
            let _ = encode(&text);
        }

        #[test]
        fn escaped_text_is_taken_literally(text in "[a-z*()\\\\äß\u{0}]{0,20}") {
            let encoded = encode(&format!("(cn={})", escape(&text))).map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert!(encoded.ends_with(text.as_bytes()));
            prop_assert_eq!(encoded[0], 0xA3);
        }
    }
}
