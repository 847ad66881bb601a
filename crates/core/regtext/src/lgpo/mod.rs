//! LGPO text: the format that Microsoft's `LGPO.exe` writes with `/parse` and reads with `/t` and `/r`.
//!
//! A setting has four lines: the scope, the key below the root key, the value name, and the action. Empty
//! lines and lines that start with `;` may be between settings. The file is 8-bit or UTF-16LE with a byte
//! order mark. Source: LGPO.pdf of the Microsoft Security Compliance Toolkit. Public files use `DWORD`, `SZ`,
//! `DELETE` and `DELETEALLVALUES`. Two details are assumed: the notation of `BINARY` (hexadecimal digits),
//! and that `DELETEKEYS` has its list of subkeys in the line of the value name, separated by semicolons.
//!
//! ```
//! use regtext::lgpo::{self, Scope};
//! use regtext::pol::PolicyFile;
//!
//! const KEY: &str = r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services";
//! let mut policy = PolicyFile::new();
//! policy.set(KEY, "LicensingMode", 4, &[4, 0, 0, 0])?;
//! policy.delete(KEY, "LicenseServers")?;
//!
//! let settings = lgpo::from_policy(&policy, &Scope::Computer)?;
//! let text = lgpo::print(&settings)?;
//! assert!(text.to_string().ends_with("\r\nLicenseServers\r\nDELETE\r\n\r\n"));
//! let parsed = lgpo::parse(&lgpo::to_bytes(&text), Default::default());
//! assert_eq!(lgpo::to_policy(&parsed.settings, &Scope::Computer)?, policy);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod action;
mod policy;

use std::fmt;

use crate::encoding::{CodePage, Encoding};
use crate::text::Text;

pub use action::Action;
pub use policy::{from_policy, to_policy};

/// One setting: four lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The scope.
    pub scope: Scope,
    /// The key path below the root key.
    pub key: Text,
    /// The value name; `*` if the action does not concern a single value.
    pub name: Text,
    /// The action.
    pub action: Action,
    /// The first line in the file, counted from 1; 0 if the setting is not from a file.
    pub line: usize,
}

/// The scope of a setting: computer or users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// `Computer`: `HKEY_LOCAL_MACHINE`.
    Computer,
    /// `User`: `HKEY_CURRENT_USER` of all users.
    User,
    /// `User:<name>`: the policy of one user or group.
    UserNamed(Text),
}

/// The result of parsing a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The encoding of the text.
    pub encoding: Encoding,
    /// The settings, in order.
    pub settings: Vec<Setting>,
    /// The range of each setting in the file, in bytes.
    pub places: Vec<std::ops::Range<usize>>,
    /// The lines that are not part of a setting.
    pub problems: Vec<LgpoProblem>,
}

/// A line that does not belong to a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LgpoProblem {
    /// The line, counted from 1.
    pub line: usize,
    /// What is expected there.
    pub expected: &'static str,
}

impl fmt::Display for LgpoProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: expected {}", self.line, self.expected)
    }
}

/// A setting that LGPO text cannot express.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} of {key:?} cannot be written as LGPO text: {why}")]
pub struct PrintError {
    /// The key path.
    pub key: Text,
    /// The value name.
    pub name: Text,
    /// The reason.
    pub why: &'static str,
}

/// Parses a file. Lines that are not a setting are returned as [`LgpoProblem`]s; `code_page` is used for
/// 8-bit text.
pub fn parse(bytes: &[u8], code_page: CodePage) -> Parsed {
    let encoding = Encoding::from_start(bytes, code_page);
    let mut lines = Lines { bytes, encoding, next: encoding.bom_len(), number: 0, lossy: Vec::new() };
    let (mut settings, mut places, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        let start = lines.next;
        let Some(text) = lines.next() else { break };
        if matches!(text.units(), [] | [0x3B, ..]) || is_blank(&text) {
            continue;
        }
        let line = lines.number;
        let Some(scope) = Scope::parse(&text) else {
            problems.push(LgpoProblem { line, expected: "Computer, User or User:name" });
            continue;
        };
        let (key, name, action) = (lines.next(), lines.next(), lines.next());
        match (key, name, action.and_then(|text| Action::parse(&text))) {
            (Some(key), Some(name), Some(action)) => {
                settings.push(Setting { scope, key, name, action, line });
                places.push(start..lines.next);
            }
            _ => problems
                .push(LgpoProblem { line: lines.number, expected: "an action, such as DWORD:1 or DELETE" }),
        }
    }
    problems.extend(
        lines.lossy.into_iter().map(|line| LgpoProblem { line, expected: "bytes that the encoding defines" }),
    );
    problems.sort_by_key(|problem| problem.line);
    Parsed { encoding, settings, places, problems }
}

/// Prints settings in order, with CRLF and an empty line after each.
///
/// # Errors
/// [`PrintError`] for the first setting that would be read back differently.
pub fn print(settings: &[Setting]) -> Result<Text, PrintError> {
    let mut out = Vec::new();
    for setting in settings {
        let fail = |why| PrintError { key: setting.key.clone(), name: setting.name.clone(), why };
        let action = setting.action.print().map_err(fail)?;
        for line in [setting.scope.print(), setting.key.clone(), setting.name.clone(), action, Text::new()] {
            if line.units().iter().any(|unit| matches!(unit, 0x00 | 0x0A | 0x0D)) {
                return Err(fail("it holds a line break or NUL"));
            }
            out.extend_from_slice(line.units());
            out.extend("\r\n".encode_utf16());
        }
    }
    Ok(Text::from_units(out))
}

/// The bytes of a file: UTF-16LE with a byte order mark.
pub fn to_bytes(text: &Text) -> Vec<u8> {
    [vec![0xFF, 0xFE], text.to_utf16le()].concat()
}

impl Scope {
    fn parse(line: &Text) -> Option<Self> {
        let is = |word: &str| line.strip_ascii_prefix(word).is_some_and(<[u16]>::is_empty);
        if is("Computer") {
            Some(Self::Computer)
        } else if is("User") {
            Some(Self::User)
        } else {
            line.strip_ascii_prefix("User:").map(|name| Self::UserNamed(name.into()))
        }
    }

    fn print(&self) -> Text {
        match self {
            Self::Computer => "Computer".into(),
            Self::User => "User".into(),
            Self::UserNamed(name) => "User:".encode_utf16().chain(name.units().iter().copied()).collect(),
        }
    }
}

fn is_blank(text: &Text) -> bool {
    text.units().iter().all(|unit| matches!(unit, 0x20 | 0x09))
}

struct Lines<'a> {
    bytes: &'a [u8],
    encoding: Encoding,
    next: usize,
    /// The number of the line that was returned last.
    number: usize,
    /// The lines with invalid bytes that were replaced by U+FFFD.
    lossy: Vec<usize>,
}

impl Iterator for Lines<'_> {
    type Item = Text;

    fn next(&mut self) -> Option<Text> {
        let line = self.encoding.line_at(self.bytes, self.next)?;
        self.next = line.next;
        self.number += 1;
        let (text, lossy) = self.encoding.decode(self.bytes.get(line.content)?);
        if lossy {
            self.lossy.push(self.number);
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ty: u32, data: &[u8]) -> Action {
        Action::Set { ty, data: data.to_vec() }
    }

    #[test]
    fn a_file_is_settings_of_four_lines() {
        let text = "; ------\r\n; PARSING Computer POLICY\r\n\r\nComputer\r\nSoftware\\K\r\nv\r\nDWORD:1\r\n\r\n\
                    user:Ann\r\nSoftware\\K\r\n\r\nSZ:; x\r\nUser\r\nSoftware\\K\r\n*\r\nDELETEALLVALUES\r\n\r\n\
                    junk\r\nComputer\r\nSoftware\\K\r\nw\r\nWORD:1\r\nComputer\r\nSoftware\\K";
        for bytes in [text.as_bytes().to_vec(), to_bytes(&text.into())] {
            let parsed = parse(&bytes, CodePage::default());
            let setting = |scope, name: &str, action, line| Setting {
                scope,
                key: "Software\\K".into(),
                name: name.into(),
                action,
                line,
            };
            assert_eq!(
                parsed.settings,
                [
                    setting(Scope::Computer, "v", set(4, &[1, 0, 0, 0]), 4),
                    setting(Scope::UserNamed("Ann".into()), "", set(1, b";\0 \0x\0\0\0"), 9),
                    setting(Scope::User, "*", Action::DeleteAllValues, 13),
                ]
            );
            let lines: Vec<usize> = parsed.problems.iter().map(|problem| problem.line).collect();
            assert_eq!(lines, [18, 22, 24]);
            assert_eq!(parsed.problems[0].to_string(), "line 18: expected Computer, User or User:name");
        }
    }

    #[test]
    fn a_setting_that_cannot_be_written_is_named() {
        let setting = Setting {
            scope: Scope::Computer,
            key: "K".into(),
            name: "v".into(),
            action: set(1, b"a\0\n\0\0\0"),
            line: 0,
        };
        let error = print(&[setting]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"v\" of \"K\" cannot be written as LGPO text: it holds a line break or NUL"
        );
    }

    #[test]
    fn bytes_without_meaning_are_reported() {
        let parsed = parse(b"\xEF\xBB\xBFComputer\nK\nv\nSZ:\xFF\n", CodePage::default());
        assert_eq!(parsed.settings[0].action, set(1, b"\xFD\xFF\0\0"));
        assert_eq!(parsed.problems, [LgpoProblem { line: 4, expected: "bytes that the encoding defines" }]);
    }
}
