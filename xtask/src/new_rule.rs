//! `cargo xtask new-rule FAMILY NAME ID`: makes the file of a rule and its fixtures.

use std::fs;

use anyhow::{Context, Result, bail, ensure};

use crate::run::root;

/// What to make.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The family, which is the folder: mode, servers, grace, ...
    family: String,
    /// The rule's name in snake_case, which is the file: says the fault, such as `server-list-has-blanks`
    name: String,
    /// The rule's id: RDSL-nnn, never used before
    id: String,
}

const RULE: &str = include_str!("../templates/rule.rs.txt");
const FIXTURE: &str = include_str!("../templates/fixture.reg.txt");

/// Makes the files.
pub fn run(args: &Args) -> Result<()> {
    let rules = root().join("crates/core/licensing/src/rules");
    let well_formed =
        |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    ensure!(well_formed(&args.name) && !args.name.is_empty(), "the name is in snake_case: {}", args.name);
    let number = args.id.strip_prefix("RDSL-").context("the id is RDSL-nnn")?;
    ensure!(number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit()), "the id is RDSL-nnn");
    let mut families = Vec::new();
    for family in fs::read_dir(&rules)? {
        let family = family?.path();
        if !family.is_dir() {
            continue;
        }
        families.push(family.file_name().unwrap_or_default().to_string_lossy().into_owned());
        for rule in fs::read_dir(&family)? {
            let rule = rule?.path();
            if rule.is_file() && fs::read_to_string(&rule)?.contains(&format!("\"{}\"", args.id)) {
                bail!("{} is used by {}", args.id, rule.display());
            }
        }
    }
    families.sort();
    ensure!(families.contains(&args.family), "the families are {}", families.join(", "));

    let file = rules.join(&args.family).join(&args.name).with_extension("rs");
    ensure!(!file.exists(), "{} exists", file.display());
    let family = pascal(&args.family);
    fs::write(
        &file,
        RULE.replace("{id}", &args.id).replace("{name}", &args.name).replace("{family}", &family),
    )?;
    println!("{}", file.display());
    let fixtures = rules.join(&args.family).join(&args.name);
    fs::create_dir_all(&fixtures)?;
    for (kind, extra) in [("fires", ";; expect: warning\n"), ("silent", ""), ("unknown", "")] {
        let path = fixtures.join(kind).with_extension("reg");
        let covers =
            if kind == "unknown" { "" } else { ";; covers: HKLM\\SYSTEM\n;; covers: HKLM\\SOFTWARE\n" };
        fs::write(&path, FIXTURE.replace("{kind}", kind).replace("{lines}", &format!("{covers}{extra}")))?;
        println!("{}", path.display());
    }
    println!("\nFill in every TODO, then: cargo test -p rdscal-licensing --test rules");
    Ok(())
}

/// `license_server` as `LicenseServer`.
fn pascal(snake: &str) -> String {
    snake
        .split('_')
        .map(|word| {
            let mut chars = word.chars();
            chars
                .next()
                .map_or(String::new(), |first| first.to_ascii_uppercase().to_string() + chars.as_str())
        })
        .collect()
}
