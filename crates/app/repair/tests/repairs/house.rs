//! Only this crate may use the writing half of the lower crates.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn only_this_crate_reaches_the_writing_half() {
    let tiers = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().parent().unwrap();
    let mut seen = 0;
    let crates = fs::read_dir(tiers).unwrap().flat_map(|tier| fs::read_dir(tier.unwrap().path()).unwrap());
    for entry in crates.map(Result::unwrap) {
        let name = entry.file_name();
        let src = entry.path().join("src");
        if name == "regf" || name == "repair" || !src.is_dir() {
            continue;
        }
        let mut files = Vec::new();
        sources(&src, &mut files);
        for file in files {
            let text = fs::read_to_string(&file).unwrap();
            seen += 1;
            for writing in [
                "regf::edit",
                "dyn Target",
                "HiveTarget",
                "TextTarget",
                "KeyedTarget",
                "impl Calls",
                ".commit()",
            ] {
                assert!(!text.contains(writing), "{} speaks of {writing}", file.display());
            }
        }
    }
    assert!(seen > 100, "only {seen} files were looked at");
}
