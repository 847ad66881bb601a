//! The documents in `docs/` as a site: every relative link leads to a file of the repository, every page is
//! in the table of contents, and mdBook builds it.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Result, bail};

use crate::run::root;
use crate::{run, source};

/// The table of contents, relative to the root.
const SUMMARY: &str = "docs/SUMMARY.md";

/// Fails with one line per broken link or missing page; returns a summary.
pub(crate) fn links() -> Result<String> {
    let root = root();
    let mut violations = Vec::new();
    let mut count = 0;
    for file in source::files(&root, "md")? {
        let shown = run::below_root(&file);
        // They hold text that is checked by their own tests.
        if shown.starts_with("crates/") && shown.contains("/tests/") {
            continue;
        }
        let text = std::fs::read_to_string(&file)?;
        let folder = file.parent().unwrap_or(&root);
        for (line, target) in targets(&text) {
            count += 1;
            if let Err(why) = leads(folder, &file, &target) {
                violations.push(format!("{shown}:{line}: {target}: {why}"));
            }
        }
    }
    let summary = std::fs::read_to_string(root.join(SUMMARY)).unwrap_or_default();
    let listed: BTreeSet<_> = targets(&summary).into_iter().map(|(_, target)| target).collect();
    for page in source::files(&root.join("docs"), "md")? {
        let name = page.strip_prefix(root.join("docs"))?.to_string_lossy().into_owned();
        if name != "SUMMARY.md" && !listed.contains(&name) {
            violations.push(format!("{SUMMARY}: {name} is not in it"));
        }
    }
    if !violations.is_empty() {
        bail!("{}", violations.join("\n"));
    }
    Ok(format!("{count} links, {} pages", listed.len()))
}

/// The relative links of a document outside of code, with their lines.
fn targets(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut is_code = false;
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        let outside: String = line.split('`').step_by(2).collect();
        for (start, _) in outside.match_indices("](") {
            let rest = &outside[start + 2..];
            let target = rest.split([')', ' ']).next().unwrap_or_default();
            if !target.contains("://") && !target.starts_with("mailto:") && !target.is_empty() {
                found.push((at + 1, target.to_owned()));
            }
        }
    }
    found
}

/// Whether a link from this file leads to a file and, with `#`, to a heading of it.
fn leads(folder: &Path, file: &Path, target: &str) -> Result<()> {
    let (path, heading) =
        target.split_once('#').map_or((target, None), |(path, heading)| (path, Some(heading)));
    let to = if path.is_empty() { file.to_owned() } else { folder.join(path) };
    if !to.exists() {
        bail!("no such file");
    }
    if let Some(heading) = heading
        && to.extension().is_some_and(|extension| extension == "md")
    {
        let text = std::fs::read_to_string(&to)?;
        let is_there = text.lines().filter(|line| line.starts_with('#')).any(|line| anchor(line) == heading);
        if !is_there {
            bail!("no such heading");
        }
    }
    Ok(())
}

/// The anchor of a heading, as GitHub and mdBook make it.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    text.chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_links_outside_of_code_are_found() {
        let text = "a [b](c.md#d) and [e](https://example.com) `[f](g)`\n```\n[h](i)\n```\n[j](k)";
        assert_eq!(targets(text), [(1, "c.md#d".to_owned()), (5, "k".to_owned())]);
        assert_eq!(anchor("## What it refuses: `fix`"), "what-it-refuses-fix");
    }
}
