//! `cargo xtask docs`: writes the pages of the rules and of the recipes, with their indexes, to `docs/rules/` and
//! `docs/recipes/` from the rules and recipes themselves.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use licensing::rules::{self, Rule};
use repair::Recipe;

use crate::root;

/// A folder of pages: its name below `docs`, and each page's file name and text.
struct Folder {
    name: &'static str,
    pages: Vec<(String, String)>,
}

impl Folder {
    fn path(&self) -> PathBuf {
        root().join("docs").join(self.name)
    }
}

fn folders() -> [Folder; 2] {
    let mut of_rules = vec![("README.md".to_owned(), index())];
    of_rules.extend(rules::all().map(|rule| (format!("{}.md", rule.id), page(rule))));
    let mut of_recipes = vec![("README.md".to_owned(), recipe_index())];
    of_recipes.extend(repair::all().map(|recipe| (format!("{}.md", recipe.name), recipe_page(recipe))));
    [Folder { name: "rules", pages: of_rules }, Folder { name: "recipes", pages: of_recipes }]
}

/// Writes every page, and removes stale ones.
pub(crate) fn write() -> Result<()> {
    for folder in folders() {
        let path = folder.path();
        fs::create_dir_all(&path)?;
        for stale in extra(&path, &folder.pages)? {
            fs::remove_file(path.join(stale))?;
        }
        for (name, text) in &folder.pages {
            fs::write(path.join(name), text)?;
        }
        println!("docs/{}: {} pages", folder.name, folder.pages.len());
    }
    Ok(())
}

/// Fails if a page differs from its rule or recipe.
pub(crate) fn check() -> Result<()> {
    for folder in folders() {
        let path = folder.path();
        let stale: Vec<_> = folder
            .pages
            .iter()
            .filter(|(name, text)| fs::read_to_string(path.join(name)).ok().as_ref() != Some(text))
            .map(|(name, _)| name.clone())
            .chain(extra(&path, &folder.pages)?)
            .collect();
        if !stale.is_empty() {
            bail!("out of date, run `cargo xtask docs`: docs/{}/{}", folder.name, stale.join(", "));
        }
    }
    Ok(())
}

/// The files in the folder that are not one of these pages.
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

fn recipe_index() -> String {
    let mut text = String::from(
        "# Recipes\n\nWritten by `cargo xtask docs` from the recipes themselves. `rdscal fix RECIPE --help` shows the same pages. \
         Every recipe prints a plan and changes nothing; `--apply` carries the plan out, and `rdscal undo` takes it back.\n\n\
         | recipe | what it does |\n|---|---|\n",
    );
    for recipe in repair::all() {
        let _ = writeln!(text, "| [{name}]({name}.md) | {} |", recipe.title, name = recipe.name);
    }
    text
}

fn recipe_page(recipe: &Recipe) -> String {
    // The page's own headings are one level below its title.
    let page: String = recipe
        .page
        .lines()
        .flat_map(|line| [if line.starts_with("# ") { "#" } else { "" }, line, "\n"])
        .collect();
    let mut text = format!("# {}\n\n{}\n", recipe.name, page.trim_end());
    let _ = write!(text, "\n## How it is asked for\n\n```text\nrdscal {}\n```\n", recipe.usage());
    if !recipe.parameters.is_empty() {
        text.push_str("\n| parameter | what it is |\n|---|---|\n");
        for parameter in recipe.parameters {
            let _ = writeln!(text, "| `{}` | {} |", parameter.name, parameter.help.replace('|', "\\|"));
        }
    }
    let rules: Vec<_> = rules::all().filter(|rule| rule.recipe == Some(recipe.name)).collect();
    if !rules.is_empty() {
        text.push_str("\n## Rules that name it\n\n");
        for rule in rules {
            let _ = writeln!(text, "* [{id}](../rules/{id}.md) {}", rule.title, id = rule.id);
        }
    }
    text
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
    row("needs", &rule.needs().join("; "));
    row(
        "repair recipe",
        rule.recipe
            .map_or_else(|| "none".to_owned(), |recipe| format!("[{recipe}](../recipes/{recipe}.md)"))
            .as_str(),
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
        let title = if source.section.is_empty() { String::new() } else { format!(", {}", source.section) };
        let _ = match source.url {
            "" => writeln!(text, "* {}{title}", source.title),
            url => writeln!(text, "* [{}]({url}){title}", source.title),
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
