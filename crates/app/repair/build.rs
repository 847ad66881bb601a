//! Takes the page out of each recipe's file, the comment at its top, so that the program holds the pages and not the sources.

// A build script has no better way to fail than to panic with a clear sentence.
#![allow(clippy::expect_used)]

use std::path::Path;
use std::{env, fs};

fn main() {
    let recipes = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("src/recipes");
    let pages = env::var("OUT_DIR").expect("cargo sets it");
    println!("cargo::rerun-if-changed={}", recipes.display());
    for file in fs::read_dir(&recipes).expect("the folder of recipes") {
        let file = file.expect("an entry of the folder of recipes").path();
        let text = fs::read_to_string(&file).expect("a recipe's file");
        let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
        let page: String = lines.flat_map(|line| [line.strip_prefix(' ').unwrap_or(line), "\n"]).collect();
        let name = file.with_extension("md");
        let name = name.file_name().expect("a file has a name");
        fs::write(Path::new(&pages).join(name), page).expect("the page is written");
    }
}
