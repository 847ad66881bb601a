//! `cargo xtask new-rule FAMILY NAME ID`: makes the folder of a rule, with its page, check and fixtures.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::run::root;

/// The arguments of the task.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The family, which is the folder: mode, servers, grace, ...
    family: String,
    /// The rule's name in kebab-case: says the fault, such as `server-list-has-blanks`
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
        |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    ensure!(
        well_formed(&args.name) && !args.name.is_empty(),
        "the name must be in kebab-case: {}",
        args.name
    );
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
            let rule = rule?.path().join("mod.rs");
            if rule.is_file() && fs::read_to_string(&rule)?.contains(&format!("\"{}\"", args.id)) {
                bail!("{} is used by {}", args.id, rule.display());
            }
        }
    }
    let retired = fs::read_to_string(rules.join("mod.rs"))?.contains(&format!("\"{}\"", args.id));
    ensure!(!retired, "{} is the id of a retired rule", args.id);
    families.sort();
    ensure!(families.contains(&args.family), "the families are {}", families.join(", "));

    let module = args.name.replace('-', "_");
    let folder = rules.join(&args.family).join(&module);
    ensure!(!folder.exists(), "{} exists", folder.display());
    fs::create_dir_all(&folder)?;
    let file = folder.join("mod.rs");
    fs::write(&file, RULE.replace("{id}", &args.id).replace("{name}", &args.name))?;
    println!("{}", file.display());
    declare(&rules.join(&args.family).join("mod.rs"), &module)?;
    for (kind, extra) in [("fires", ";; expect: warning\n"), ("silent", ""), ("unknown", "")] {
        let path = folder.join(kind).with_extension("reg");
        let covers =
            if kind == "unknown" { "" } else { ";; covers: HKLM\\SYSTEM\n;; covers: HKLM\\SOFTWARE\n" };
        fs::write(&path, FIXTURE.replace("{kind}", kind).replace("{lines}", &format!("{covers}{extra}")))?;
        println!("{}", path.display());
    }
    println!("\nFill in every TODO, then: cargo nextest run -p rdscal-licensing {}", args.name);
    Ok(())
}

/// Adds the rule's line to the modules of its family.
fn declare(file: &Path, module: &str) -> Result<()> {
    let text = fs::read_to_string(file)?;
    let (mut modules, mut head): (Vec<_>, Vec<_>) =
        text.lines().partition(|line| line.starts_with("pub(crate) mod "));
    let line = format!("pub(crate) mod {module};");
    modules.push(&line);
    modules.sort_unstable();
    head.extend(modules);
    fs::write(file, head.join("\n") + "\n")?;
    println!("{}", file.display());
    Ok(())
}
