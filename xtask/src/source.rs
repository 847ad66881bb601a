//! Rust source text, divided into code, comments and string literals, with tests marked.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// A line of a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    /// The code, without comments; string literals are empty.
    pub(crate) code: String,
    /// The text of comments, markers included.
    pub(crate) comment: String,
    /// The text of string literals.
    pub(crate) string: String,
    /// Whether it belongs to an item under `#[cfg(test)]`.
    pub(crate) is_test: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Code,
    LineComment,
    /// A block comment with its depth of nesting.
    BlockComment(u32),
    Text,
    /// A raw string with its number of `#`.
    RawText(usize),
}

/// Divides the lines of a file.
pub(crate) fn lines(text: &str) -> Vec<Line> {
    let mut mode = Mode::Code;
    let mut all: Vec<_> = text.lines().map(|line| divide(line, &mut mode)).collect();
    mark_tests(&mut all);
    all
}

fn divide(text: &str, mode: &mut Mode) -> Line {
    let chars: Vec<char> = text.chars().collect();
    let mut line = Line::default();
    let mut at = 0;
    if *mode == Mode::LineComment {
        *mode = Mode::Code;
    }
    while at < chars.len() {
        let rest = &chars[at..];
        let next = rest.get(1).copied();
        let mut used = 1;
        match *mode {
            Mode::Code if rest[0] == '/' && next == Some('/') => {
                *mode = Mode::LineComment;
                line.comment.push('/');
            }
            Mode::Code if rest[0] == '/' && next == Some('*') => *mode = Mode::BlockComment(1),
            Mode::Code if rest[0] == '"' => {
                *mode = Mode::Text;
                line.code.push('"');
            }
            Mode::Code => match (raw_text(rest, line.code.chars().last()), character(rest)) {
                (Some(marks), _) => {
                    *mode = Mode::RawText(marks);
                    line.code.push('"');
                    used = rest.iter().position(|&c| c == '"').map_or(1, |quote| quote + 1);
                }
                (None, Some(length)) => {
                    line.code.push_str("' '");
                    used = length;
                }
                (None, None) => line.code.push(rest[0]),
            },
            Mode::LineComment => line.comment.push(rest[0]),
            Mode::BlockComment(depth) => match (rest[0], next) {
                ('*', Some('/')) => {
                    *mode = if depth == 1 { Mode::Code } else { Mode::BlockComment(depth - 1) };
                    used = 2;
                }
                ('/', Some('*')) => {
                    *mode = Mode::BlockComment(depth + 1);
                    used = 2;
                }
                (other, _) => line.comment.push(other),
            },
            Mode::Text => match rest[0] {
                '\\' => {
                    line.string.push(' ');
                    used = 2;
                }
                '"' => {
                    *mode = Mode::Code;
                    line.code.push('"');
                    line.string.push('\n');
                }
                other => line.string.push(other),
            },
            Mode::RawText(marks) => {
                if rest[0] == '"' && rest[1..].iter().take_while(|&&c| c == '#').count() >= marks {
                    *mode = Mode::Code;
                    line.code.push('"');
                    line.string.push('\n');
                    used = marks + 1;
                } else {
                    line.string.push(rest[0]);
                }
            }
        }
        at += used;
    }
    line
}

/// The number of `#`, if a raw string begins here.
fn raw_text(rest: &[char], before: Option<char>) -> Option<usize> {
    if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let prefix = match rest {
        ['r', ..] => 1,
        ['b' | 'c', 'r', ..] => 2,
        _ => return None,
    };
    let marks = rest[prefix..].iter().take_while(|&&c| c == '#').count();
    (rest.get(prefix + marks) == Some(&'"')).then_some(marks)
}

/// The length of the character literal that begins here; `None` for a lifetime.
fn character(rest: &[char]) -> Option<usize> {
    match rest {
        ['\'', '\\', _, tail @ ..] => Some(3 + tail.iter().position(|&c| c == '\'')? + 1),
        ['\'', _, '\'', ..] => Some(3),
        _ => None,
    }
}

/// Marks the items under `#[cfg(test)]`.
fn mark_tests(lines: &mut [Line]) {
    let mut at = 0;
    while at < lines.len() {
        if lines[at].code.contains("#[cfg(test)]") || lines[at].code.contains("#[cfg(all(test") {
            let end = item_end(lines, at);
            for line in &mut lines[at..=end] {
                line.is_test = true;
            }
            at = end;
        }
        at += 1;
    }
}

/// The last line of the item that begins at or after line `start`: the end of its first block, or its first
/// `;` before one.
pub(crate) fn item_end(lines: &[Line], start: usize) -> usize {
    let (mut depth, mut brackets) = (0_i32, 0_i32);
    for (number, line) in lines.iter().enumerate().skip(start) {
        for c in line.code.chars() {
            match c {
                '(' | '[' => brackets += 1,
                ')' | ']' => brackets -= 1,
                '{' => depth += 1,
                '}' => {
                    depth -= 1;
                    if depth <= 0 {
                        return number;
                    }
                }
                ';' if depth == 0 && brackets == 0 => return number,
                _ => {}
            }
        }
    }
    lines.len().saturating_sub(1)
}

/// The Rust files below a folder, sorted, without build output.
pub(crate) fn rust_files(folder: &Path) -> Result<Vec<PathBuf>> {
    files(folder, "rs")
}

/// The files with this extension below a folder, sorted, without build output and hidden folders.
pub(crate) fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if name != "target" && !name.starts_with('.') {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|it| it == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_comments_and_strings_are_separated() {
        let text = "let a = \"// no { comment\"; // a comment }\nlet b = r#\"raw \" } text\"#; let c = '\"'; /* {\n } */ fn f<'a>() {}";
        let lines = lines(text);
        assert_eq!(lines[0].code, "let a = \"\"; ");
        assert_eq!(lines[0].comment, "// a comment }");
        assert_eq!(lines[0].string, "// no { comment\n");
        assert_eq!(lines[1].code, "let b = \"\"; let c = ' '; ");
        assert_eq!(lines[2].code, " fn f<'a>() {}");
    }

    #[test]
    fn test_modules_are_marked_to_their_last_brace() {
        let lines =
            lines("fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { let _ = \"}\"; }\n}\nfn c() {}");
        let marked: Vec<_> = lines.iter().map(|line| line.is_test).collect();
        assert_eq!(marked, [false, true, true, true, true, false]);
    }
}
