//! The generated documents: the pages of rules and recipes with their indexes, the index of the schemas, and
//! the table of contents of the site.

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

fn folders() -> Result<[Folder; 4]> {
    let mut of_rules = vec![("README.md".to_owned(), index())];
    of_rules.extend(rules::all().map(|rule| (format!("{}.md", rule.id), page(rule))));
    let mut of_recipes = vec![("README.md".to_owned(), recipe_index())];
    of_recipes.extend(repair::all().map(|recipe| (format!("{}.md", recipe.name), recipe_page(recipe))));
    let schemas = vec![("README.md".to_owned(), schema_index()?)];
    let summary = vec![
        ("prediction-table.md".to_owned(), crate::prediction::page()),
        ("SUMMARY.md".to_owned(), summary()?),
    ];
    Ok([
        Folder { name: "rules", pages: of_rules },
        Folder { name: "recipes", pages: of_recipes },
        Folder { name: "schema", pages: schemas },
        Folder { name: "", pages: summary },
    ])
}

/// The schemas, with their descriptions.
fn schema_index() -> Result<String> {
    let mut text = String::from(
        "# JSON schemas\n\nWritten by `cargo xtask docs`. Each document names its schema in its field `schema`.\n\n\
         | schema | describes |\n|---|---|\n",
    );
    let mut files: Vec<_> =
        fs::read_dir(root().join("docs/schema"))?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    for file in files {
        let schema: serde_json::Value = serde_json::from_slice(&fs::read(&file)?)?;
        let field = |name: &str| schema[name].as_str().unwrap_or_default().replace('|', "\\|");
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let _ = writeln!(text, "| [{}]({name}) | {} |", field("title"), field("description"));
    }
    Ok(text)
}

/// The table of contents of the site: the documents by hand, then the generated ones.
fn summary() -> Result<String> {
    let mut text = String::from("# Summary\n\n[rdscal](README.md)\n\n");
    let mut files: Vec<_> = fs::read_dir(root().join("docs"))?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_>>()?;
    files.retain(|name| {
        let is_page = Path::new(name).extension().is_some_and(|extension| extension == "md");
        is_page && !["README.md", "SUMMARY.md"].contains(&name.as_str())
    });
    files.sort();
    for name in files {
        let page = fs::read_to_string(root().join("docs").join(&name))?;
        let title = page.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or(&name);
        let _ = writeln!(text, "* [{title}]({name})");
    }
    text.push_str("* [JSON schemas](schema/README.md)\n* [Recipes](recipes/README.md)\n");
    for recipe in repair::all() {
        let _ = writeln!(text, "  * [{name}](recipes/{name}.md)", name = recipe.name);
    }
    text.push_str("* [Rules](rules/README.md)\n");
    for rule in rules::all() {
        let _ = writeln!(text, "  * [{id} {}](rules/{id}.md)", rule.title, id = rule.id);
    }
    Ok(text)
}

/// Writes every page, and removes stale ones.
pub(crate) fn write() -> Result<()> {
    for folder in folders()? {
        let path = folder.path();
        fs::create_dir_all(&path)?;
        for stale in stale(&folder)? {
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
    for folder in folders()? {
        let path = folder.path();
        let outdated: Vec<_> = folder
            .pages
            .iter()
            .filter(|(name, text)| fs::read_to_string(path.join(name)).ok().as_ref() != Some(text))
            .map(|(name, _)| name.clone())
            .chain(stale(&folder)?)
            .collect();
        if !outdated.is_empty() {
            bail!("out of date, run `cargo xtask docs`: docs/{}/{}", folder.name, outdated.join(", "));
        }
    }
    Ok(())
}

/// The files of a generated folder that are not one of its pages. The other folders also have documents by
/// hand.
fn stale(folder: &Folder) -> Result<Vec<String>> {
    let mut stale = Vec::new();
    if ["rules", "recipes"].contains(&folder.name) {
        for entry in fs::read_dir(folder.path()).into_iter().flatten() {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if !folder.pages.iter().any(|(page, _)| *page == name) {
                stale.push(name);
            }
        }
    }
    Ok(stale)
}

fn recipe_index() -> String {
    let mut text = String::from(
        "# Recipes\n\nWritten by `cargo xtask docs` from the recipes themselves. `rdscal fix RECIPE --help` shows the same pages. \
         Every recipe prints a plan and changes nothing; `--apply` carries the plan out, and `rdscal undo` reverts it.\n\n\
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
            let _ = writeln!(
                text,
                "| `{}` | {} |",
                parameter.name,
                parameter.help.replace('|', "\\|").replace("\n\n", ". ")
            );
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
    text.push_str(
        "\n## Retired rules\n\nTheir ids are not used again.\n\n| id | name | why |\n|---|---|---|\n",
    );
    for rule in rules::RETIRED {
        let _ = writeln!(text, "| {} | {} | {} |", rule.id, rule.name, rule.reason);
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
