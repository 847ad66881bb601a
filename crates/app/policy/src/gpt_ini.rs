//! `gpt.ini`: the version of an object's files ([MS-GPOL] 2.2.4).

use crate::object::HalfVersion;

/// The content of `gpt.ini`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GptIni {
    /// `Version`: the user's half in the upper 16 bits, the computer's in the lower.
    pub(crate) version: Option<u32>,
    /// `displayName`. It is the object's name only if it was written manually: the console does not write it.
    pub(crate) name: Option<String>,
}

impl GptIni {
    /// Parses the file. Lines with other names are ignored.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let text = crate::xml::text(bytes);
        let mut ini = Self::default();
        for line in text.lines() {
            let Some((name, value)) = line.split_once('=') else { continue };
            match name.trim().to_ascii_lowercase().as_str() {
                "version" => ini.version = value.trim().parse().ok(),
                "displayname" => {
                    ini.name = Some(value.trim().to_owned()).filter(|name| {
                        !name.is_empty() && !name.eq_ignore_ascii_case("New Group Policy Object")
                    });
                }
                _ => {}
            }
        }
        ini
    }

    /// The versions of both halves, that of the computer first.
    pub(crate) fn halves(&self) -> Option<(HalfVersion, HalfVersion)> {
        let (machine, user) = halves(self.version?);
        let half = |version| HalfVersion { directory: None, sysvol: Some(version) };
        Some((half(machine), half(user)))
    }
}

/// The computer's and the user's half of a version number.
pub(crate) fn halves(version: u32) -> (u16, u16) {
    let [a, b, c, d] = version.to_le_bytes();
    (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves() {
        let ini = GptIni::read(b"[General]\r\nVersion=131075\r\ndisplayName=New Group Policy Object\r\n");
        let half = |version| HalfVersion { directory: None, sysvol: Some(version) };
        assert_eq!(ini.halves(), Some((half(3), half(2))));
        assert_eq!(ini.name, None);
        assert_eq!(GptIni::read(b"\xff\xfe[\0").halves(), None);
    }
}
