//! `cargo xtask docs`: writes the pages of the rules, and their index, to `docs/rules/` from the rules themselves.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use licensing::rules::{self, Rule};

use crate::root;

/// How to run.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write nothing; fail where a page is out of date
    #[arg(long)]
    check: bool,
}

/// Writes (or checks) every page.
pub fn run(args: &Args) -> Result<()> {
    if args.check {
        return check();
    }
    let (folder, pages) = (folder(), pages());
    fs::create_dir_all(&folder)?;
    for stale in extra(&folder, &pages)? {
        fs::remove_file(folder.join(stale))?;
    }
    for (name, text) in &pages {
        fs::write(folder.join(name), text)?;
    }
    println!("docs/rules: {} pages", pages.len());
    Ok(())
}

fn folder() -> PathBuf {
    root().join("docs/rules")
}

/// Every page: file name and text.
fn pages() -> Vec<(String, String)> {
    let mut pages = vec![("README.md".to_owned(), index())];
    pages.extend(rules::all().map(|rule| (format!("{}.md", rule.id), page(rule))));
    pages
}

/// Fails where a page is not what the rules say.
pub fn check() -> Result<()> {
    let (folder, pages) = (folder(), pages());
    let stale: Vec<_> = pages
        .iter()
        .filter(|(name, text)| fs::read_to_string(folder.join(name)).ok().as_ref() != Some(text))
        .map(|(name, _)| name.clone())
        .chain(extra(&folder, &pages)?)
        .collect();
    if !stale.is_empty() {
        bail!("out of date, run `cargo xtask docs`: docs/rules/{}", stale.join(", "));
    }
    Ok(())
}

/// Files in the folder that belong to no rule.
fn extra(folder: &Path, pages: &[(String, String)]) -> Result<Vec<String>> {
    let mut extra = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !pages.iter().any(|(page, _)| *page == name) {
            extra.push(name);
        }
    }
    Ok(extra)
}

fn index() -> String {
    let mut text = String::from(
        "# Rules\n\nWritten by `cargo xtask docs` from the rules themselves. `rdscal explain RDSL-nnn` shows the same pages.\n\n\
         | id | severity | confidence | what |\n|---|---|---|---|\n",
    );
    for rule in rules::all() {
        let _ = writeln!(
            text,
            "| [{id}]({id}.md) | {} | {} | {} |",
            lower(rule.severity),
            lower(rule.confidence),
            rule.title,
            id = rule.id,
        );
    }
    text
}

fn page(rule: &Rule) -> String {
    let doc = rule.doc();
    let mut text = format!("# {} {}\n\n{}\n\n", rule.id, rule.title, doc.summary);
    let mut row = |label: &str, value: &str| {
        let _ = writeln!(text, "| {label} | {value} |");
    };
    row("name", &format!("`{}`", rule.name));
    row("---", "---");
    if !rule.aliases.is_empty() {
        row("aliases", &rule.aliases.join(", "));
    }
    row("severity", &lower(rule.severity));
    row("confidence", &lower(rule.confidence));
    row("looked for on", &words(&format!("{:?}", rule.scope)));
    row("Windows", rule.products);
    row("needs", &rule.needs.join("; "));
    row(
        "repair recipe (not in this release)",
        rule.recipe.map_or_else(|| "none".to_owned(), |recipe| format!("`{recipe}`")).as_str(),
    );
    for (heading, section) in [
        ("What it looks at", doc.looks_at),
        ("Why it matters", doc.why),
        ("How it can be wrong", doc.can_be_wrong),
        ("Fix", doc.fix),
        ("Fix safety", doc.fix_safety),
        ("Verify", doc.verify),
    ] {
        let _ = write!(text, "\n## {heading}\n\n{section}\n");
    }
    text.push_str("\n## Sources\n\n");
    for source in rule.sources {
        let _ = match source.url {
            "" => writeln!(text, "* {}", source.title),
            url => writeln!(text, "* [{}]({url})", source.title),
        };
    }
    text
}

fn lower(value: impl std::fmt::Debug) -> String {
    format!("{value:?}").to_lowercase()
}

/// `SessionHost` as `session host`.
fn words(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}
