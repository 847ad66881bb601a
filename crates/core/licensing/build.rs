//! Collects the rules: for each folder `src/rules/<family>/<rule>/`, puts its `RULE` into the catalog and
//! turns the doc comment at the top of its `mod.rs` into the rule's page. A rule without one of the fixed
//! headings does not build.

// A build script has no better way to fail than to panic with a clear sentence.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

const HEADINGS: [(&str, &str); 6] = [
    ("What it looks at", "looks_at"),
    ("Why it matters", "why"),
    ("How it can be wrong", "can_be_wrong"),
    ("Fix", "fix"),
    ("Fix safety", "fix_safety"),
    ("Verify", "verify"),
];

/// What pages may abbreviate: one definition for each phrase that many of them use.
const PHRASES: [(&str, &str); 1] = [(
    "{gpo:licensing}",
    "Computer Configuration, Administrative Templates, Windows Components, Remote Desktop Services, \
     Remote Desktop Session Host, Licensing",
)];

fn main() {
    let rules = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("src/rules");
    println!("cargo::rerun-if-changed={}", rules.display());
    let mut catalog = Vec::new();
    let mut pages = Vec::new();
    for family in folders(&rules) {
        let family_name = name(&family);
        let modules = fs::read_to_string(family.join("mod.rs")).expect("the modules of a family");
        for folder in folders(&family) {
            let rule = name(&folder);
            let file = folder.join("mod.rs");
            let declared = modules.contains(&format!("mod {rule};"));
            assert!(declared, "{family_name}/mod.rs: add `pub(crate) mod {rule};`");
            let text = fs::read_to_string(&file).expect("a readable rule");
            catalog.push((id(&text, &file), format!("&{family_name}::{rule}::RULE")));
            let needs = fs::read_to_string(folder.join("needs.txt")).unwrap_or_default();
            let needs: Vec<_> = needs.lines().collect();
            let key = rule.replace('_', "-");
            let (family, doc) = (pascal(&family_name), page(&text, &file));
            let page =
                format!("Page {{ name: {key:?}, family: Family::{family}, needs: &{needs:?}, doc: {doc} }}");
            pages.push((key, page));
        }
    }
    catalog.sort();
    pages.sort();
    let list = |rows: Vec<(String, String)>| {
        rows.into_iter().map(|(_, row)| row).collect::<Vec<_>>().join(",\n    ")
    };
    let out = format!(
        "/// Every rule, by id.\nstatic CATALOG: &[&Rule] = &[\n    {}\n];\n\n/// Every page, by the rule's name.\n\
         static PAGES: &[Page] = &[\n    {}\n];\n",
        list(catalog),
        list(pages)
    );
    let target = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it")).join("catalog.rs");
    fs::write(target, out).expect("a writable OUT_DIR");
}

/// The folders in this one, by name.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("a folder of rules")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

/// `license_server` as `LicenseServer`.
fn pascal(snake: &str) -> String {
    let mut upper = true;
    let mut pascal = String::new();
    for c in snake.chars() {
        match c {
            '_' => upper = true,
            c if std::mem::take(&mut upper) => pascal.push(c.to_ascii_uppercase()),
            c => pascal.push(c),
        }
    }
    pascal
}

fn id(text: &str, file: &Path) -> String {
    let after = text.split("id: \"").nth(1).unwrap_or_else(|| panic!("{}: no id", file.display()));
    after.split('"').next().unwrap_or_default().to_owned()
}

fn page(text: &str, file: &Path) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    let mut sections = vec![String::new()];
    let mut expected = HEADINGS.iter();
    for line in lines {
        let line = line.strip_prefix(' ').unwrap_or(line);
        if let Some(heading) = line.strip_prefix("# ") {
            let next = expected.next().map(|(title, _)| *title);
            assert_eq!(Some(heading.trim()), next, "{}: headings out of order", file.display());
            sections.push(String::new());
        } else if let Some(section) = sections.last_mut() {
            section.push_str(&expand(line));
            section.push('\n');
        }
    }
    assert!(expected.next().is_none(), "{}: a heading is missing", file.display());
    let mut page = format!("RuleDoc {{ summary: {:?}", sections[0].trim());
    for ((title, field), section) in HEADINGS.iter().zip(&sections[1..]) {
        assert!(!section.trim().is_empty(), "{}: “{title}” is empty", file.display());
        write!(page, ", {field}: {:?}", section.trim()).unwrap();
    }
    page + " }"
}

/// The line with its phrases spelled out, wrapped as the rest of the page is.
fn expand(line: &str) -> String {
    const WIDTH: usize = 106;
    let mut text = line.to_owned();
    for (short, phrase) in PHRASES {
        text = text.replace(short, phrase);
    }
    assert!(!text.contains("{gpo"), "unknown phrase: {line}");
    let indent = line.find(|c: char| c.is_alphabetic() || c == '*').unwrap_or_default();
    let mut wrapped = String::new();
    while text.chars().count() > WIDTH && text != line {
        let limit = text.char_indices().nth(WIDTH).map_or(text.len(), |(at, _)| at);
        let Some(space) = text[..limit].rfind(' ').filter(|at| *at > indent) else { break };
        wrapped.push_str(&text[..space]);
        wrapped.push('\n');
        text = " ".repeat(indent) + &text[space + 1..];
    }
    wrapped + &text
}
