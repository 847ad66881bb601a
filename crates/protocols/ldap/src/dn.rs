//! Distinguished names as text (RFC 4514).

/// The name without its first RDN; empty if there is no other.
#[must_use]
pub fn parent(dn: &str) -> &str {
    split(dn).1
}

/// The value of the first RDN, unescaped.
#[must_use]
pub fn name(dn: &str) -> String {
    let first = split(dn).0;
    let value = first.split_once('=').map_or(first, |(_, value)| value);
    let mut plain = Vec::with_capacity(value.len());
    let mut bytes = value.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            plain.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        match (bytes.next(), bytes.peek().copied()) {
            (Some(high), Some(low)) if digit(high).is_some() && digit(low).is_some() => {
                bytes.next();
                let code = digit(high).unwrap_or_default() << 4 | digit(low).unwrap_or_default();
                plain.push(u8::try_from(code).unwrap_or_default());
            }
            (Some(other), _) => plain.push(other),
            (None, _) => {}
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// The DNS name of the domain of a distinguished name, from its `DC=` components.
#[must_use]
pub fn dns_domain(dn: &str) -> String {
    let mut rest = dn;
    let mut parts = Vec::new();
    while !rest.is_empty() {
        let (first, behind) = split(rest);
        match first.trim().split_once('=') {
            Some((kind, value)) if kind.eq_ignore_ascii_case("DC") => parts.push(value.to_ascii_lowercase()),
            _ => parts.clear(),
        }
        rest = behind;
    }
    parts.join(".")
}

/// The first RDN and the rest.
fn split(dn: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, byte) in dn.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b',' => return (&dn[..at], &dn[at + 1..]),
            _ => {}
        }
    }
    (dn, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components() {
        let dn = r"CN=Doe\, Jane \C3\A4,OU=Sales,DC=corp,DC=Example";
        assert_eq!(parent(dn), "OU=Sales,DC=corp,DC=Example");
        assert_eq!(name(dn), "Doe, Jane ä");
        assert_eq!(dns_domain(dn), "corp.example");
        assert_eq!((parent(""), name("").as_str(), dns_domain("").as_str()), ("", "", ""));
        assert_eq!(name(r"CN=a\"), "a");
        assert_eq!(dns_domain("DC=ForestDnsZones,DC=corp,DC=example"), "forestdnszones.corp.example");
        assert_eq!(parent(r"CN=a\\,DC=b"), "DC=b");
    }
}
