//! Names of hosts, as people write them into lists.

use std::net::IpAddr;

use serde::Serialize;

/// Length to which NetBIOS cuts a computer's name.
const NETBIOS_LENGTH: usize = 15;

/// What kind of name a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HostForm {
    /// One label: a NetBIOS name, or a DNS name that needs a suffix.
    SingleLabel,
    /// Labels with dots between them.
    FullyQualified,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// Not a name that could be looked up.
    Unusable,
}

/// Whether two names are the same host's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sameness {
    /// The same name but for upper and lower case and a dot at the end.
    Same,
    /// A single label and a full name that starts with it: one host, unless two domains have computers of one
    /// name.
    Probable,
    /// Different names. They may still lead to one host: only the network knows.
    Different,
}

/// The name without spaces around it, without a dot at its end, in lower case: what names are compared by.
#[must_use]
pub fn fold(name: &str) -> String {
    let name = name.trim();
    let name = if name == "." { name } else { name.strip_suffix('.').unwrap_or(name) };
    name.to_lowercase()
}

/// The first label of a folded name: the NetBIOS name of a full one. An IP address is its own.
#[must_use]
pub fn first_label(name: &str) -> String {
    let name = fold(name);
    if name.parse::<IpAddr>().is_ok() {
        return name;
    }
    name.split('.').next().unwrap_or_default().to_owned()
}

/// Compares two names.
#[must_use]
pub fn compare_hosts(one: &str, other: &str) -> Sameness {
    let (one, other) = (fold(one), fold(other));
    if one == other {
        return if one.is_empty() { Sameness::Different } else { Sameness::Same };
    }
    if let (Ok(one), Ok(other)) = (one.parse::<IpAddr>(), other.parse::<IpAddr>()) {
        return if one == other { Sameness::Same } else { Sameness::Different };
    }
    let (short, long) = match (HostForm::of(&one), HostForm::of(&other)) {
        (HostForm::SingleLabel, HostForm::FullyQualified) => (one, other),
        (HostForm::FullyQualified, HostForm::SingleLabel) => (other, one),
        _ => return Sameness::Different,
    };
    let label = first_label(&long);
    let cut: String = label.chars().take(NETBIOS_LENGTH).collect();
    if short == label || short == cut { Sameness::Probable } else { Sameness::Different }
}

/// True for the names that every machine has for itself: `localhost`, `.` and the loopback addresses.
#[must_use]
pub fn is_self_reference(name: &str) -> bool {
    let name = fold(name);
    name == "." || name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl HostForm {
    /// What kind of name a text without spaces around it is.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name.parse::<IpAddr>() {
            Ok(IpAddr::V4(_)) => return Self::Ipv4,
            Ok(IpAddr::V6(_)) => return Self::Ipv6,
            Err(_) => {}
        }
        let name = name.strip_suffix('.').unwrap_or(name);
        if name.is_empty() || name.len() > 255 || !name.chars().all(is_host_character) {
            return Self::Unusable;
        }
        if name.split('.').any(|label| label.is_empty() || label.len() > 63) {
            return Self::Unusable;
        }
        if name.contains('.') { Self::FullyQualified } else { Self::SingleLabel }
    }
}

/// Letters and digits of any script, hyphen, dot, and the underscore that Windows allows.
pub(super) fn is_host_character(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '.' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for (name, form) in [
            ("rdls1", HostForm::SingleLabel),
            ("RDLS1.example.com", HostForm::FullyQualified),
            ("rdls1.example.com.", HostForm::FullyQualified),
            ("10.0.0.5", HostForm::Ipv4),
            ("fe80::1", HostForm::Ipv6),
            ("", HostForm::Unusable),
            (".", HostForm::Unusable),
            ("a..b", HostForm::Unusable),
            ("rdls1 rdls2", HostForm::Unusable),
            (r"\\rdls1", HostForm::Unusable),
            ("bücher", HostForm::SingleLabel),
        ] {
            assert_eq!(HostForm::of(name), form, "{name}");
        }
        assert_eq!(HostForm::of(&"a".repeat(64)), HostForm::Unusable);
    }

    #[test]
    fn sameness() {
        for (one, other, expected) in [
            ("RDLS1", "rdls1", Sameness::Same),
            ("rdls1.example.com", "RDLS1.Example.Com.", Sameness::Same),
            (" rdls1 ", "rdls1", Sameness::Same),
            ("rdls1", "rdls1.example.com", Sameness::Probable),
            ("license-server-", "license-server-2.example.com", Sameness::Probable),
            ("rdls1", "rdls2.example.com", Sameness::Different),
            ("rdls1.a.example", "rdls1.b.example", Sameness::Different),
            ("::1", "0:0:0:0:0:0:0:1", Sameness::Same),
            ("10", "10.0.0.5", Sameness::Different),
            ("", "", Sameness::Different),
        ] {
            assert_eq!(compare_hosts(one, other), expected, "{one} {other}");
            assert_eq!(compare_hosts(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn names_for_oneself() {
        for name in ["localhost", "LOCALHOST", ".", "127.0.0.1", "127.1.2.3", "::1"] {
            assert!(is_self_reference(name), "{name}");
        }
        for name in ["rdls1", "", "10.0.0.1", "localhost2"] {
            assert!(!is_self_reference(name), "{name}");
        }
        assert_eq!(first_label("RDLS1.example.com"), "rdls1");
        assert_eq!(first_label("10.0.0.5"), "10.0.0.5");
    }
}
