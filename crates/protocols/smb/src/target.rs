//! Names of machines.

use std::fmt;

/// The port of SMB over TCP.
pub const SMB_PORT: u16 = 445;

/// A machine, and the account to use there if it is part of the name.
///
/// Written as `\\HOST` or `smb://[[DOMAIN;]USER@]HOST[:PORT]`. A password is not accepted: other processes
/// can read the command line, and the shell stores it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Host name or address; an IPv6 address without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Domain of the account.
    pub domain: Option<String>,
    /// User name of the account.
    pub user: Option<String>,
}

/// Why a text is not a valid target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadTarget {
    /// It has neither form.
    #[error(r"a machine is named as \\HOST or smb://[[DOMAIN;]USER@]HOST[:PORT]")]
    Form,
    /// It contains a password.
    #[error(
        "a password must not be typed on the command line, where other programs and the shell's history see it: leave it \
         out, and it is asked for, or taken from RDSCAL_PASSWORD or a credentials file"
    )]
    Password,
    /// A path follows the host.
    #[error("only the machine is named, no share or path: the registry is not in a share")]
    Path,
    /// The port is not a number from 1 to 65535.
    #[error("the port is a number from 1 to 65535")]
    Port,
    /// It contains a character that is not valid in host names or accounts.
    #[error("the name of the host or account holds a character that none has")]
    Character,
}

impl Target {
    /// A machine at the default port.
    #[must_use]
    pub fn host(host: impl Into<String>) -> Self {
        Self { host: host.into(), port: SMB_PORT, domain: None, user: None }
    }

    /// True if the text has the form of a target, valid or not.
    #[must_use]
    pub fn looks_like(text: &str) -> bool {
        text.starts_with(r"\\") || text.get(..6).is_some_and(|head| head.eq_ignore_ascii_case("smb://"))
    }

    /// Parses `\\HOST` or `smb://[[DOMAIN;]USER@]HOST[:PORT]`.
    pub fn parse(text: &str) -> Result<Self, BadTarget> {
        if let Some(rest) = text.strip_prefix(r"\\") {
            let host = rest.trim_end_matches('\\');
            if host.contains('\\') {
                return Err(BadTarget::Path);
            }
            return Ok(Self { host: checked_host(host)?, port: SMB_PORT, domain: None, user: None });
        }
        if !Self::looks_like(text) {
            return Err(BadTarget::Form);
        }
        let rest = text.get(6..).unwrap_or_default().trim_end_matches('/');
        let (account, place) = match rest.rsplit_once('@') {
            Some((account, place)) => (Some(account), place),
            None => (None, rest),
        };
        // In a URL, text after a colon in the account is a password.
        if account.is_some_and(|account| account.contains(':')) {
            return Err(BadTarget::Password);
        }
        if place.contains(['/', '\\']) {
            return Err(BadTarget::Path);
        }
        let (host, port) = split_port(place)?;
        let (domain, user) = match account.map(|account| account.split_once(';')) {
            None => (None, None),
            Some(Some((domain, user))) => (Some(checked(domain)?), Some(checked(user)?)),
            Some(None) => (None, account.map(checked).transpose()?),
        };
        Ok(Self { host: checked_host(host)?, port, domain, user })
    }
}

fn split_port(place: &str) -> Result<(&str, u16), BadTarget> {
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, behind) = rest.split_once(']').ok_or(BadTarget::Form)?;
            match behind.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if behind.is_empty() => (host, None),
                None => return Err(BadTarget::Form),
            }
        }
        None => match place.split_once(':') {
            // More than one colon means an IPv6 address without brackets.
            Some((_, port)) if port.contains(':') => (place, None),
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    let port = match port {
        None => SMB_PORT,
        Some(port) => port.parse().ok().filter(|&port| port != 0).ok_or(BadTarget::Port)?,
    };
    Ok((host, port))
}

fn checked_host(host: &str) -> Result<String, BadTarget> {
    match host {
        // `\\.` and `\\?` are prefixes of device and file paths of this machine.
        "" | "." | "?" => Err(BadTarget::Form),
        host if host.chars().all(|c| c.is_alphanumeric() || "-_.:%".contains(c)) => Ok(host.to_owned()),
        _ => Err(BadTarget::Character),
    }
}

fn checked(name: &str) -> Result<String, BadTarget> {
    let wrong = |c: char| c.is_control() || r#""/\[]:;|=,+*?<>"#.contains(c);
    if name.is_empty() || name.contains(wrong) { Err(BadTarget::Character) } else { Ok(name.to_owned()) }
}

/// The form that can be parsed again; the short form if it suffices.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.port == SMB_PORT && self.user.is_none() {
            return write!(f, r"\\{}", self.host);
        }
        f.write_str("smb://")?;
        if let Some(user) = &self.user {
            if let Some(domain) = &self.domain {
                write!(f, "{domain};")?;
            }
            write!(f, "{user}@")?;
        }
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?;
        } else {
            f.write_str(&self.host)?;
        }
        if self.port == SMB_PORT { Ok(()) } else { write!(f, ":{}", self.port) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(host: &str, port: u16, domain: Option<&str>, user: Option<&str>) -> Target {
        Target { host: host.into(), port, domain: domain.map(Into::into), user: user.map(Into::into) }
    }

    #[test]
    fn both_forms() {
        let rows = [
            (r"\\RDSH01", target("RDSH01", 445, None, None)),
            (r"\\rdsh01.corp.example", target("rdsh01.corp.example", 445, None, None)),
            (r"\\10.0.0.7\", target("10.0.0.7", 445, None, None)),
            ("smb://RDSH01", target("RDSH01", 445, None, None)),
            ("SMB://RDSH01/", target("RDSH01", 445, None, None)),
            ("smb://rdsh01:14450", target("rdsh01", 14450, None, None)),
            ("smb://admin@rdsh01", target("rdsh01", 445, None, Some("admin"))),
            ("smb://CORP;admin@rdsh01:4450", target("rdsh01", 4450, Some("CORP"), Some("admin"))),
            ("smb://admin@corp.example@rdsh01", target("rdsh01", 445, None, Some("admin@corp.example"))),
            ("smb://[fe80::1]:4450", target("fe80::1", 4450, None, None)),
            ("smb://fe80::1", target("fe80::1", 445, None, None)),
        ];
        for (text, expected) in rows {
            let parsed = Target::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(parsed, expected, "{text}");
            assert_eq!(Target::parse(&parsed.to_string()).as_ref(), Ok(&parsed), "{text} shown as {parsed}");
        }
    }

    #[test]
    fn what_names_no_machine() {
        let rows = [
            ("RDSH01", BadTarget::Form),
            (r"\\", BadTarget::Form),
            (r"\\.", BadTarget::Form),
            (r"\\?\C:\hives", BadTarget::Path),
            (r"\\host\share", BadTarget::Path),
            ("smb://host/share", BadTarget::Path),
            ("smb://admin:secret@host", BadTarget::Password),
            ("smb://CORP;admin:secret@host", BadTarget::Password),
            ("smb://host:0", BadTarget::Port),
            ("smb://host:smb", BadTarget::Port),
            ("smb://ho st", BadTarget::Character),
            ("smb://;admin@host", BadTarget::Character),
        ];
        for (text, expected) in rows {
            assert_eq!(Target::parse(text), Err(expected), "{text}");
        }
    }

    #[test]
    fn a_password_that_was_typed_is_not_repeated() {
        let error = Target::parse("smb://admin:hunter2@host").unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}
