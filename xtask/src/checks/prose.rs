//! `cargo xtask prose`: the parts of STYLE.md that a program can check.
//!
//! In comments, messages and documents: words that STYLE.md replaces, lines that are too wide, doc comments
//! that repeat the name of their item. `xtask/prose.tsv` holds the number of existing violations per file. A
//! file may not have more, and the number must be lowered when violations are removed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use crate::source::{self, Line};
use crate::{run, run::root};

/// Arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// List every violation in files whose paths contain this text
    #[arg(long, value_name = "PATH")]
    list: Option<String>,
    /// Lower the stored numbers to the present ones
    #[arg(long)]
    update: bool,
    /// With --update: raise them too
    #[arg(long, requires = "update")]
    raise: bool,
}

/// Words and phrases, each with a replacement. Each begins at the start of a word and ends at the end of one.
const WORDS: &[(&str, &str)] = &[
    ("is no", "is not a"),
    ("are no", "are not"),
    ("it is that", "it is"),
    ("told", "reported"),
    ("tells of", "reports"),
    ("whoever", "name the actor"),
    ("whatever", "any"),
    ("so many", "the number"),
    ("at hand", "available"),
    ("by itself", "automatically, alone"),
    ("nobody", "no one; name the actor"),
    ("anybody", "anyone; name the actor"),
    ("somebody", "someone; name the actor"),
    ("shall", "must, should"),
    ("blanks", "spaces"),
    ("enciphered", "encrypted"),
    ("deciphered", "decrypted"),
    ("otherwise than", "differently from"),
    ("takes back", "undoes"),
    ("taken back", "undone"),
    ("take back", "undo"),
    ("mended", "fixed"),
    ("handed out", "distributed"),
    ("put right", "fixed"),
    ("broken off", "interrupted"),
    ("written down", "recorded"),
    ("goes away", "is removed"),
    ("stands in", "is in"),
    ("lies in", "is in"),
    ("lie in", "are in"),
    ("lies at", "is at"),
    ("lies below", "is below"),
    ("gone by", "expired"),
    ("run out", "expired"),
    ("asks anybody", "connects to"),
    ("wherein", "in which"),
    ("thereof", "of it"),
    ("for ever", "permanently"),
    ("as ever", "as usual"),
    ("chore", "task"),
    ("please", "(omit)"),
];

const MAX_WIDTH: usize = 110;

/// A violation: its line, and the rule.
type Violation = (usize, String);

/// Runs the task.
pub(crate) fn run(args: &Args) -> Result<()> {
    let found = all()?;
    if let Some(part) = &args.list {
        for (file, violations) in found.iter().filter(|(file, _)| file.contains(part.as_str())) {
            for (line, what) in violations {
                println!("{file}:{line}: {what}");
            }
        }
        return Ok(());
    }
    if args.update {
        return update(&found, args.raise);
    }
    println!("{}", verdict(&found, &stored()?)?);
    Ok(())
}

/// Fails with one line per file; returns the number of remaining violations.
pub(crate) fn check() -> Result<String> {
    verdict(&all()?, &stored()?)
}

fn verdict(found: &BTreeMap<String, Vec<Violation>>, stored: &BTreeMap<String, usize>) -> Result<String> {
    let mut lines = Vec::new();
    for (file, violations) in found {
        let allowed = stored.get(file).copied().unwrap_or_default();
        if violations.len() > allowed {
            lines.push(format!(
                "{file}: {} violations, {allowed} allowed; --list {file} shows them",
                violations.len()
            ));
        }
    }
    for (file, allowed) in stored {
        let count = found.get(file).map_or(0, Vec::len);
        if count < *allowed {
            lines.push(format!(
                "{file}: {count} violations, {allowed} stored; lower it by cargo xtask prose --update"
            ));
        }
    }
    if !lines.is_empty() {
        bail!("{}", lines.join("\n"));
    }
    let remaining: usize = stored.values().sum();
    Ok(format!("{remaining} known violations in {} files", stored.len()))
}

fn list_file() -> PathBuf {
    root().join("xtask/prose.tsv")
}

fn stored() -> Result<BTreeMap<String, usize>> {
    let text = std::fs::read_to_string(list_file()).unwrap_or_default();
    let rows = text.lines().map(|line| {
        let (file, count) = line.split_once('\t').with_context(|| format!("xtask/prose.tsv: {line}"))?;
        Ok((file.to_owned(), count.parse()?))
    });
    rows.collect()
}

fn update(found: &BTreeMap<String, Vec<Violation>>, raise: bool) -> Result<()> {
    let before = stored()?;
    let mut text = String::new();
    for (file, violations) in found {
        let allowed = before.get(file).copied().unwrap_or_default();
        let count = if raise { violations.len() } else { violations.len().min(allowed) };
        if count > 0 {
            writeln!(text, "{file}\t{count}")?;
        }
    }
    std::fs::write(list_file(), text)?;
    println!("xtask/prose.tsv is written");
    Ok(())
}

/// The violations of every file, by its path; files without any are left out.
fn all() -> Result<BTreeMap<String, Vec<Violation>>> {
    let root = root();
    let mut found = BTreeMap::new();
    for folder in ["crates", "xtask", "bench", "fuzz"] {
        for file in source::rust_files(&root.join(folder))? {
            let name = run::below_root(&file);
            let violations = in_rust(&std::fs::read_to_string(&file)?, name.starts_with(QUOTATIONS));
            found.insert(name, violations);
        }
    }
    let mut documents = source::files(&root, "md")?;
    // Generated pages are checked in the sources that they are generated from; the list of the words has all
    // of them.
    documents.retain(|file| {
        let shown = run::below_root(file);
        !["docs/rules/", "docs/recipes/"].iter().any(|folder| shown.starts_with(folder))
            && shown != "STYLE.md"
    });
    for file in documents {
        found.insert(run::below_root(&file), in_document(&std::fs::read_to_string(&file)?));
    }
    found.retain(|file, violations| !violations.is_empty() && file != "xtask/src/checks/prose.rs");
    Ok(found)
}

/// Tables of messages by other programs, whose words are theirs.
const QUOTATIONS: &str = "crates/core/licensing/src/knowledge/messages/";

/// Violations in comments and, unless they are quotations, in strings.
fn in_rust(text: &str, has_quotations: bool) -> Vec<Violation> {
    let lines = source::lines(text);
    let mut found = Vec::new();
    for (at, (line, whole)) in lines.iter().zip(text.lines()).enumerate() {
        words(at, &line.comment, &mut found);
        // A literal without a space is an identifier.
        if line.string.contains(' ') && !line.is_test && !has_quotations {
            words(at, &line.string, &mut found);
        }
        let is_comment = line.code.trim().is_empty() && !line.comment.is_empty();
        if is_comment && is_too_wide(whole) {
            found.push((at + 1, format!("comment wider than {MAX_WIDTH}")));
        }
        if let Some(name) = repeated(&lines, at) {
            found.push((at + 1, format!("the comment repeats the name {name}")));
        }
    }
    found
}

fn in_document(text: &str) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut is_code = false;
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            words(at, &without_code(line), &mut found);
            if is_too_wide(line) && !line.trim_start().starts_with('|') {
                found.push((at + 1, format!("line wider than {MAX_WIDTH}")));
            }
        }
    }
    found
}

/// Text outside of backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

/// A line with a link may be wider: links cannot be divided.
fn is_too_wide(line: &str) -> bool {
    line.chars().count() > MAX_WIDTH && !line.contains("://") && !line.contains("](")
}

fn words(at: usize, text: &str, found: &mut Vec<Violation>) {
    let lower = text.to_lowercase();
    for (word, instead) in WORDS {
        let is_whole = |start: usize| {
            let before = lower[..start].chars().next_back();
            let after = lower[start + word.len()..].chars().next();
            let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "_-`".contains(c));
            // “is no longer” and “is no more than” are plain English.
            let follows = lower[start + word.len()..].trim_start();
            !inside(before)
                && !inside(after)
                && !["longer", "more", "less"].iter().any(|it| follows.starts_with(it))
        };
        let count = lower.match_indices(word).filter(|(start, _)| is_whole(*start)).count();
        found.extend((0..count).map(|_| (at + 1, format!("“{word}”: {instead}"))));
    }
}

/// The name of the item below a doc comment of one line, if the comment says nothing but the name.
fn repeated(lines: &[Line], at: usize) -> Option<String> {
    const ITEMS: [&str; 8] = ["fn", "struct", "enum", "trait", "type", "const", "static", "mod"];
    let comment = lines[at].comment.strip_prefix("/// ")?;
    let is_doc = |at: usize| lines.get(at).is_some_and(|line| line.comment.starts_with("///"));
    if at > 0 && is_doc(at - 1) || is_doc(at + 1) {
        return None;
    }
    let item = lines[at + 1..].iter().map(|line| line.code.trim()).find(|code| !code.starts_with("#["))?;
    let mut parts = item.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|part| !part.is_empty());
    let first = parts.find(|part| ITEMS.contains(part))?;
    let name = parts.next().filter(|_| !first.is_empty())?;
    let of_name = stems(&spaced(name));
    let of_comment = stems(comment);
    (!of_comment.is_empty() && of_comment.iter().all(|stem| of_name.contains(stem))).then(|| name.to_owned())
}

/// `LicenseServer` and `license_server` as `license server`.
fn spaced(name: &str) -> String {
    name.chars()
        .flat_map(|c| c.is_uppercase().then_some(' ').into_iter().chain(c.to_lowercase()))
        .collect::<String>()
        .replace('_', " ")
}

/// Words without articles, prepositions and endings.
fn stems(text: &str) -> Vec<String> {
    const EMPTY: [&str; 14] =
        ["the", "a", "an", "of", "this", "that", "its", "it", "is", "to", "and", "returns", "whether", "get"];
    let words =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase);
    words
        .filter(|word| !EMPTY.contains(&word.as_str()))
        .map(|word| word.trim_end_matches('s').to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_widths_and_repetitions_are_found() {
        let text = format!(
            "/// The license servers.\nfn license_servers() {{}}\n// It is no server, and nobody is told.\nlet a = \"a blanket, is no longer\";\n// {}\n",
            "wide ".repeat(30)
        );
        let found: Vec<_> =
            in_rust(&text, false).into_iter().map(|(line, what)| format!("{line} {what}")).collect();
        assert_eq!(found.len(), 5, "{found:?}");
        assert!(found[0].starts_with("1 the comment repeats the name license_servers"), "{found:?}");
        assert!(found[1..4].iter().all(|it| it.starts_with("3 “")), "{found:?}");
        assert!(found[4].starts_with("5 comment wider"), "{found:?}");
    }

    #[test]
    fn numbers_may_neither_rise_nor_stay_too_high() {
        let found = BTreeMap::from([("a".to_owned(), vec![(1, "x".to_owned())])]);
        assert!(verdict(&found, &BTreeMap::from([("a".to_owned(), 1)])).is_ok());
        for allowed in [0, 2] {
            assert!(verdict(&found, &BTreeMap::from([("a".to_owned(), allowed)])).is_err());
        }
    }
}
