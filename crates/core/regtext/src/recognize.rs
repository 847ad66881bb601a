//! Detection of file formats by content.

use crate::encoding::CodePage;
use crate::pol;
use crate::reg::{self, Version};

/// The version of a `.reg` file by its header, in any encoding; `None` if regedit would not accept the
/// header.
///
/// ```
/// use regtext::{looks_like_reg, reg::Version};
/// assert_eq!(looks_like_reg(b"REGEDIT4\r\n"), Some(Version::Regedit4));
/// assert_eq!(looks_like_reg(b"\xFF\xFER\0E\0G\0E\0D\0I\0T\0\r\0\n\0"), Some(Version::Regedit3));
/// assert_eq!(looks_like_reg(b"REGEDIT5\r\n"), None);
/// ```
pub fn looks_like_reg(bytes: &[u8]) -> Option<Version> {
    reg::version_of(bytes)
}

/// Whether the bytes start with the signature of a `Registry.pol` file, `PReg`. [`pol::PolicyFile::parse`]
/// checks the rest.
///
/// ```
/// assert!(regtext::looks_like_pol(b"PReg\x01\0\0\0"));
/// assert!(!regtext::looks_like_pol(b"regf"));
/// ```
pub fn looks_like_pol(bytes: &[u8]) -> bool {
    bytes.starts_with(&pol::SIGNATURE)
}
/// True if the start of a file looks like LGPO text: it begins with a complete setting, whose key has at
/// least two names. A file that begins with more comments than `head` contains is not recognized.
pub fn looks_like_lgpo(head: &[u8]) -> bool {
    let parsed = crate::lgpo::parse(head, CodePage::default());
    let Some(first) = parsed.settings.first() else { return false };
    parsed.problems.iter().all(|problem| problem.line > first.line) && first.key.units().contains(&0x5C)
}
