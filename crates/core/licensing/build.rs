//! Collects the rules: for each `src/rules/<family>/<rule>.rs`, registers its `RULE` and turns the doc comment at its
//! top into the rule's page. A rule without one of the fixed headings does not build.

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

fn main() {
    let rules = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("src/rules");
    println!("cargo::rerun-if-changed={}", rules.display());
    let mut modules = String::new();
    let mut catalog = Vec::new();
    let mut docs = String::new();
    for family in sorted(&rules).into_iter().filter(|path| path.is_dir()) {
        let family_name = stem(&family);
        writeln!(modules, "/// Rules of the family `{family_name}`.\npub mod {family_name} {{").unwrap();
        for file in sorted(&family).into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs")) {
            let name = stem(&file);
            let text = fs::read_to_string(&file).expect("a readable rule");
            writeln!(modules, "    #[path = {:?}]\n    pub mod {name};", file.display().to_string()).unwrap();
            catalog.push((id(&text, &file), format!("&{family_name}::{name}::RULE")));
            writeln!(docs, "    ({name:?}, {}),", page(&text, &file)).unwrap();
        }
        modules.push_str("}\n");
    }
    catalog.sort();
    let catalog: Vec<_> = catalog.into_iter().map(|(_, rule)| rule).collect();
    let out = format!(
        "{modules}\n/// Every rule, by id.\nstatic CATALOG: &[&Rule] = &[{}];\n\nstatic DOCS: &[(&str, RuleDoc)] = &[\n{docs}];\n",
        catalog.join(", ")
    );
    let target = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it")).join("catalog.rs");
    fs::write(target, out).expect("a writable OUT_DIR");
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("a folder of rules").map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> String {
    path.file_stem().expect("a name").to_string_lossy().into_owned()
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
            section.push_str(line);
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
