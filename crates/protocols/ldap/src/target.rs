//! Addresses of directory servers.

use std::fmt;

/// The port of LDAP.
pub(crate) const LDAP_PORT: u16 = 389;
/// The port of LDAP over TLS.
pub(crate) const LDAPS_PORT: u16 = 636;

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Security {
    /// StartTLS on the standard port, before any other request.
    StartTls,
    /// TLS from the first byte (LDAPS).
    Tls,
}

/// A domain controller or a domain.
///
/// Written as `corp.example`, `dc1.corp.example`, `ldap://HOST[:PORT]` or `ldaps://HOST[:PORT]`. It contains
/// neither account nor password.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Host or domain name, or address; an IPv6 address without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
}

/// An invalid address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadTarget {
    /// None of the forms.
    #[error("expected corp.example, dc1.corp.example, ldap://HOST[:PORT] or ldaps://HOST[:PORT]")]
    Form,
    /// It contains an account.
    #[error(
        "the address of a directory server must not contain an account: use RDSCAL_USER or a credentials file"
    )]
    Account,
    /// The port is not a number from 1 to 65535.
    #[error("the port must be a number from 1 to 65535")]
    Port,
    /// The host contains an invalid character.
    #[error("the host name contains an invalid character")]
    Character,
}

impl Target {
    /// Parses an address.
    pub fn parse(text: &str) -> Result<Self, BadTarget> {
        let (security, default, rest) = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("ldaps") => (Security::Tls, LDAPS_PORT, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("ldap") => {
                (Security::StartTls, LDAP_PORT, rest)
            }
            Some(_) => return Err(BadTarget::Form),
            None => (Security::StartTls, LDAP_PORT, text),
        };
        let rest = rest.trim_end_matches('/');
        if rest.contains('@') {
            return Err(BadTarget::Account);
        }
        let (host, port) = match rest.strip_prefix('[') {
            Some(rest) => {
                let (host, behind) = rest.split_once(']').ok_or(BadTarget::Form)?;
                (host, (!behind.is_empty()).then_some(behind))
            }
            None if rest.matches(':').count() > 1 => (rest, None),
            None => rest.find(':').map_or((rest, None), |at| (&rest[..at], Some(&rest[at..]))),
        };
        let port = match port {
            None => default,
            Some(text) => {
                let number = text.strip_prefix(':').ok_or(BadTarget::Form)?.parse().ok();
                number.filter(|&port| port != 0).ok_or(BadTarget::Port)?
            }
        };
        match host {
            "" | "." => Err(BadTarget::Form),
            host if host.chars().all(|c| c.is_alphanumeric() || "-_.:%".contains(c)) => {
                Ok(Self { host: host.to_owned(), port, security })
            }
            _ => Err(BadTarget::Character),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, usual) = match self.security {
            Security::StartTls => ("ldap", LDAP_PORT),
            Security::Tls => ("ldaps", LDAPS_PORT),
        };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        write!(f, "{scheme}://{host}")?;
        if self.port == usual { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form() {
        let rows = [
            ("corp.example", "corp.example", 389, Security::StartTls),
            ("ldap://dc1.corp.example/", "dc1.corp.example", 389, Security::StartTls),
            ("ldaps://dc1", "dc1", 636, Security::Tls),
            ("LDAPS://dc1:3269", "dc1", 3269, Security::Tls),
            ("ldap://[fe80::1]:1389", "fe80::1", 1389, Security::StartTls),
            ("127.0.0.1:10389", "127.0.0.1", 10389, Security::StartTls),
        ];
        for (text, host, port, security) in rows {
            let expected = Target { host: host.to_owned(), port, security };
            assert_eq!(Target::parse(text), Ok(expected.clone()), "{text}");
            assert_eq!(Target::parse(&expected.to_string()), Ok(expected), "{text} shown");
        }
    }

    #[test]
    fn what_names_no_directory() {
        let rows = [
            ("", BadTarget::Form),
            ("http://dc1", BadTarget::Form),
            ("ldap://admin:secret@dc1", BadTarget::Account),
            ("ldap://dc1:0", BadTarget::Port),
            ("ldap://dc1/DC=corp", BadTarget::Character),
        ];
        for (text, expected) in rows {
            assert_eq!(Target::parse(text), Err(expected), "{text}");
        }
    }
}
