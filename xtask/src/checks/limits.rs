//! No function is longer than 100 lines, and no file longer than 800.

use std::path::Path;

use anyhow::{Result, bail};

use crate::{run, source};

const MAX_FUNCTION: usize = 100;
const MAX_FILE: usize = 800;

/// The folders with Rust code.
const FOLDERS: [&str; 4] = ["crates", "xtask", "bench", "fuzz"];

/// Fails with one line per violation; returns the greatest lengths.
pub(crate) fn check() -> Result<String> {
    let mut violations = Vec::new();
    let (mut longest_function, mut longest_file) = (0, 0);
    for folder in FOLDERS {
        for file in source::rust_files(&run::root().join(folder))? {
            let text = std::fs::read_to_string(&file)?;
            let lines = source::lines(&text);
            let shown = run::below_root(Path::new(&file));
            longest_file = longest_file.max(lines.len());
            if lines.len() > MAX_FILE {
                violations.push(format!("{shown} has {} lines, more than {MAX_FILE}", lines.len()));
            }
            for (name, start, length) in functions(&lines) {
                longest_function = longest_function.max(length);
                if length > MAX_FUNCTION {
                    violations.push(format!(
                        "{shown}:{start}: {name} has {length} lines, more than {MAX_FUNCTION}"
                    ));
                }
            }
        }
    }
    if !violations.is_empty() {
        bail!("{}", violations.join("\n"));
    }
    Ok(format!("longest function {longest_function} lines, longest file {longest_file}"))
}

/// The functions of a file: name, first line, and number of lines.
fn functions(lines: &[source::Line]) -> Vec<(String, usize, usize)> {
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let padded = format!(" {}", line.code);
        let Some((before, rest)) = padded.split_once(" fn ") else { continue };
        // `fn` after anything but qualifiers is a type.
        let is_item = before.chars().all(|c| c.is_alphanumeric() || " _()\":".contains(c));
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        if is_item && !name.is_empty() {
            found.push((name, number + 1, source::item_end(lines, number) - number + 1));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_measured_to_their_last_brace() {
        let text = "trait T {\n    fn a(&self) -> [u8; 4];\n    pub(crate) fn b(&self,\n        f: fn(u8),\n    ) {\n        if true { }\n    }\n}\ntype F = fn (u8);";
        let found = functions(&source::lines(text));
        assert_eq!(found, [("a".to_owned(), 2, 1), ("b".to_owned(), 3, 5)]);
    }
}
