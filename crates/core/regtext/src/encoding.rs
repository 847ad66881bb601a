//! Detection of the encoding of a text file from its first bytes, and its physical lines.

use std::borrow::Cow;
use std::ops::Range;

use crate::text::{Text, units_le};

/// An 8-bit Windows code page ("ANSI"): one whose first 128 characters are ASCII.
///
/// ```
/// use regtext::CodePage;
/// assert_eq!(CodePage::for_label("windows-1251"), CodePage::for_number(1251));
/// assert_eq!(CodePage::for_label("utf-16"), None);
/// assert_eq!(CodePage::default(), CodePage::WINDOWS_1252);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodePage(&'static encoding_rs::Encoding);

impl CodePage {
    /// Western European, the default.
    pub const WINDOWS_1252: Self = Self(encoding_rs::WINDOWS_1252);

    /// Returns the code page for a WHATWG encoding label such as `windows-1251`, `cp1250`, `shift_jis`, `gbk`
    /// or `utf-8`.
    ///
    /// `None` if the label is unknown, or names an encoding that is not a superset of ASCII (UTF-16,
    /// ISO-2022-JP).
    pub fn for_label(label: &str) -> Option<Self> {
        encoding_rs::Encoding::for_label(label.as_bytes()).and_then(Self::for_encoding)
    }

    /// Returns the code page for a Windows number: 874, 932, 936, 949, 950, 1250 to 1258, 866, 54936, 65001.
    pub fn for_number(number: u16) -> Option<Self> {
        let encoding = match number {
            866 => encoding_rs::IBM866,
            874 => encoding_rs::WINDOWS_874,
            932 => encoding_rs::SHIFT_JIS,
            936 => encoding_rs::GBK,
            949 => encoding_rs::EUC_KR,
            950 => encoding_rs::BIG5,
            1250 => encoding_rs::WINDOWS_1250,
            1251 => encoding_rs::WINDOWS_1251,
            1252 => encoding_rs::WINDOWS_1252,
            1253 => encoding_rs::WINDOWS_1253,
            1254 => encoding_rs::WINDOWS_1254,
            1255 => encoding_rs::WINDOWS_1255,
            1256 => encoding_rs::WINDOWS_1256,
            1257 => encoding_rs::WINDOWS_1257,
            1258 => encoding_rs::WINDOWS_1258,
            54936 => encoding_rs::GB18030,
            65001 => encoding_rs::UTF_8,
            _ => return None,
        };
        Some(Self(encoding))
    }

    /// Returns the code page for an `encoding_rs` encoding; `None` if that is not a superset of ASCII.
    pub fn for_encoding(encoding: &'static encoding_rs::Encoding) -> Option<Self> {
        encoding.is_ascii_compatible().then_some(Self(encoding))
    }

    /// The WHATWG name, such as `windows-1252`.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Decodes `bytes`. The flag is true if invalid bytes were replaced by U+FFFD.
    pub(crate) fn decode(self, bytes: &[u8]) -> (Cow<'_, str>, bool) {
        self.0.decode_without_bom_handling(bytes)
    }

    /// Encodes `text`; `None` if the code page lacks a character, or would decode it as a different one.
    pub(crate) fn encode(self, text: &str) -> Option<Vec<u8>> {
        let (bytes, _, lossy) = self.0.encode(text);
        (!lossy && self.decode(&bytes) == (Cow::Borrowed(text), false)).then(|| bytes.into_owned())
    }
}

impl Default for CodePage {
    fn default() -> Self {
        Self::WINDOWS_1252
    }
}

/// The encoding of a text file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-16LE, as regedit writes it.
    Utf16Le {
        /// Whether the file starts with a byte order mark (`FF FE`).
        bom: bool,
    },
    /// UTF-16BE. Not written by any version of regedit.
    Utf16Be {
        /// Whether the file starts with a byte order mark (`FE FF`).
        bom: bool,
    },
    /// UTF-8.
    Utf8 {
        /// Whether the file starts with a byte order mark (`EF BB BF`).
        bom: bool,
    },
    /// An 8-bit code page. It is not stored in the file but set by the caller.
    Ansi(CodePage),
}

impl Encoding {
    /// The encoding that the byte order mark of `bytes` declares, if there is one.
    pub(crate) fn from_bom(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xFE, ..] => Some(Self::Utf16Le { bom: true }),
            [0xFE, 0xFF, ..] => Some(Self::Utf16Be { bom: true }),
            [0xEF, 0xBB, 0xBF, ..] => Some(Self::Utf8 { bom: true }),
            _ => None,
        }
    }

    /// The encoding according to the byte order mark, otherwise to the position of the zero byte in the first
    /// character, which is ASCII in all formats of this crate; otherwise `code_page`.
    pub(crate) fn from_start(bytes: &[u8], code_page: CodePage) -> Self {
        Self::from_bom(bytes).unwrap_or(match bytes {
            [low, 0, ..] if *low != 0 => Self::Utf16Le { bom: false },
            [0, low, ..] if *low != 0 => Self::Utf16Be { bom: false },
            _ => Self::Ansi(code_page),
        })
    }

    /// The length of the byte order mark, in bytes.
    pub(crate) const fn bom_len(self) -> usize {
        match self {
            Self::Utf16Le { bom: true } | Self::Utf16Be { bom: true } => 2,
            Self::Utf8 { bom: true } => 3,
            _ => 0,
        }
    }

    /// Decodes `bytes`, which must not begin with a byte order mark. The flag is true if invalid bytes were
    /// replaced by U+FFFD.
    pub(crate) fn decode(self, bytes: &[u8]) -> (Text, bool) {
        match self {
            Self::Utf16Le { .. } => with_odd_byte(units_le(bytes).collect(), bytes),
            Self::Utf16Be { .. } => with_odd_byte(units_le(bytes).map(u16::swap_bytes).collect(), bytes),
            Self::Utf8 { .. } => from_str(encoding_rs::UTF_8.decode_without_bom_handling(bytes)),
            Self::Ansi(code_page) => from_str(code_page.decode(bytes)),
        }
    }

    /// Encodes `text`, without byte order mark; `None` if this encoding cannot represent it.
    pub(crate) fn encode(self, text: &[u16]) -> Option<Vec<u8>> {
        match self {
            Self::Utf16Le { .. } => Some(text.iter().flat_map(|unit| unit.to_le_bytes()).collect()),
            Self::Utf16Be { .. } => Some(text.iter().flat_map(|unit| unit.to_be_bytes()).collect()),
            Self::Utf8 { .. } => String::from_utf16(text).ok().map(String::into_bytes),
            Self::Ansi(code_page) => code_page.encode(&String::from_utf16(text).ok()?),
        }
    }

    /// Returns the physical line that starts at byte `start` of `bytes`; `None` at the end of the file.
    ///
    /// A line ends at LF, CR or CRLF. In the multi-byte code pages no trail byte has the value of CR or LF.
    pub(crate) fn line_at(self, bytes: &[u8], start: usize) -> Option<Line> {
        let rest = bytes.get(start..).filter(|rest| !rest.is_empty())?;
        let (content, ending) = match self {
            Self::Utf16Le { .. } => find_ending(units_le(rest), 2),
            Self::Utf16Be { .. } => find_ending(units_le(rest).map(u16::swap_bytes), 2),
            Self::Utf8 { .. } | Self::Ansi(_) => find_ending(rest.iter().map(|&byte| u16::from(byte)), 1),
        }
        // Without a line ending, the line contains all remaining bytes, including an odd last byte.
        .unwrap_or((rest.len(), None));
        let unit = if matches!(self, Self::Utf16Le { .. } | Self::Utf16Be { .. }) { 2 } else { 1 };
        let next = start + content + ending.map_or(0, |ending| ending.len() * unit);
        Some(Line { content: start..start + content, next, ending })
    }
}

/// One physical line, as offsets in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The bytes without the line ending.
    pub(crate) content: Range<usize>,
    /// The start of the next line.
    pub(crate) next: usize,
    /// The line ending; the last line may have none.
    pub(crate) ending: Option<LineEnding>,
}

/// A line ending. All three are valid, even mixed within one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnding {
    /// CR LF, what Windows writes.
    CrLf,
    /// LF alone.
    Lf,
    /// CR alone.
    Cr,
}

impl LineEnding {
    /// The characters.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::CrLf => "\r\n",
            Self::Lf => "\n",
            Self::Cr => "\r",
        }
    }

    /// The length in characters.
    const fn len(self) -> usize {
        match self {
            Self::CrLf => 2,
            Self::Lf | Self::Cr => 1,
        }
    }
}

/// The number of bytes before the first line ending, and that ending.
fn find_ending(units: impl Iterator<Item = u16>, width: usize) -> Option<(usize, Option<LineEnding>)> {
    const CR: u16 = 0x0D;
    const LF: u16 = 0x0A;
    let mut units = units.enumerate();
    let (at, unit) = units.find(|(_, unit)| matches!(*unit, CR | LF))?;
    let ending = match unit {
        LF => LineEnding::Lf,
        _ if units.next().is_some_and(|(_, unit)| unit == LF) => LineEnding::CrLf,
        _ => LineEnding::Cr,
    };
    Some((at * width, Some(ending)))
}

fn with_odd_byte(mut units: Vec<u16>, bytes: &[u8]) -> (Text, bool) {
    let odd = bytes.len() % 2 == 1;
    if odd {
        units.push(0xFFFD);
    }
    (Text::from_units(units), odd)
}

fn from_str((text, lossy): (Cow<'_, str>, bool)) -> (Text, bool) {
    (Text::from(text.as_ref()), lossy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_file_tells_its_encoding() {
        let cases: [(&[u8], Encoding); 8] = [
            (b"\xFF\xFEW\0", Encoding::Utf16Le { bom: true }),
            (b"\xFE\xFF\0W", Encoding::Utf16Be { bom: true }),
            (b"\xEF\xBB\xBFW", Encoding::Utf8 { bom: true }),
            (b"W\0i\0", Encoding::Utf16Le { bom: false }),
            (b"\0W\0i", Encoding::Utf16Be { bom: false }),
            (b"Win", Encoding::Ansi(CodePage::WINDOWS_1252)),
            (b"", Encoding::Ansi(CodePage::WINDOWS_1252)),
            (b"\0\0", Encoding::Ansi(CodePage::WINDOWS_1252)),
        ];
        for (bytes, expected) in cases {
            assert_eq!(Encoding::from_start(bytes, CodePage::default()), expected, "{bytes:x?}");
        }
    }

    #[test]
    fn lines_end_at_cr_lf_or_both() {
        fn lines(encoding: Encoding, bytes: &[u8]) -> Vec<(String, Option<LineEnding>)> {
            let mut at = 0;
            let mut found = Vec::new();
            while let Some(line) = encoding.line_at(bytes, at) {
                let (text, _) = encoding.decode(&bytes[line.content]);
                found.push((text.to_string(), line.ending));
                at = line.next;
            }
            found
        }
        let expected = [
            ("a".to_owned(), Some(LineEnding::Lf)),
            ("b".to_owned(), Some(LineEnding::CrLf)),
            (String::new(), Some(LineEnding::Cr)),
            ("c".to_owned(), Some(LineEnding::Cr)),
            ("d".to_owned(), None),
        ];
        let text = "a\nb\r\n\rc\rd";
        let wide = |swap: bool| -> Vec<u8> {
            text.encode_utf16()
                .flat_map(|unit| if swap { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect()
        };
        assert_eq!(lines(Encoding::Utf8 { bom: false }, text.as_bytes()), expected);
        assert_eq!(lines(Encoding::Ansi(CodePage::default()), text.as_bytes()), expected);
        assert_eq!(lines(Encoding::Utf16Le { bom: false }, &wide(false)), expected);
        assert_eq!(lines(Encoding::Utf16Be { bom: false }, &wide(true)), expected);
    }

    #[test]
    fn an_odd_last_byte_stays_in_the_last_line_and_is_reported() {
        let encoding = Encoding::Utf16Le { bom: false };
        let line = encoding.line_at(b"a\0\n\0b\0c", 4).unwrap();
        assert_eq!(line, Line { content: 4..7, next: 7, ending: None });
        assert_eq!(encoding.decode(b"b\0c"), (Text::from("b\u{FFFD}"), true));
        assert_eq!(encoding.line_at(b"a\0\n\0b", 4), Some(Line { content: 4..5, next: 5, ending: None }));
    }

    #[test]
    fn code_pages_decode_what_windows_shows() {
        let decode = |number, bytes: &[u8]| {
            let (text, lossy) = CodePage::for_number(number).unwrap().decode(bytes);
            (text.into_owned(), lossy)
        };
        assert_eq!(decode(1252, b"caf\xE9 \x80\x81"), ("café €\u{81}".to_owned(), false));
        assert_eq!(decode(1251, b"\xCB\xE8\xF6"), ("Лиц".to_owned(), false));
        // The trail byte of 0x95 0x5C has the value of a backslash.
        assert_eq!(decode(932, b"\x95\x5C"), ("表".to_owned(), false));
        assert_eq!(decode(65001, b"\xFF"), ("\u{FFFD}".to_owned(), true));
        assert_eq!(CodePage::for_number(437), None);
        assert_eq!(CodePage::for_label("iso-2022-jp"), None);
    }
}
