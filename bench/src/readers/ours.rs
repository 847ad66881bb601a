//! This project's regf.

use std::path::Path;

use anyhow::Result;
use regf::{FileImage, Hive, Image, Key};

use crate::{Reader, Totals};

/// regf: page by page from the file to look something up, the whole file to walk.
pub const READER: Reader = Reader { name: "regf (ours)", look_up, walk };

fn look_up(path: &Path, values: &[(&str, &str)]) -> Result<Totals> {
    Ok(look_up_and_count_pages(path, values)?.0)
}

/// The same, and how many pages of the file were read.
pub fn look_up_and_count_pages(path: &Path, values: &[(&str, &str)]) -> Result<(Totals, u64)> {
    let hive = Hive::open(FileImage::open(path)?)?;
    let mut totals = Totals::default();
    for (key, name) in values {
        let Some(key) = hive.find(key)? else { continue };
        totals.keys += 1;
        if let Some(value) = key.value(name)? {
            totals.value(&value.data()?);
        }
    }
    Ok((totals, hive.image().pages_touched()))
}

fn walk(path: &Path) -> Result<Totals> {
    let hive = Hive::open(std::fs::read(path)?)?;
    let mut totals = Totals::default();
    visit(&hive.root()?, &mut totals)?;
    Ok(totals)
}

fn visit<I: Image>(key: &Key<'_, I>, totals: &mut Totals) -> Result<()> {
    totals.keys += 1;
    for value in key.values() {
        totals.value(&value?.data()?);
    }
    for subkey in key.subkeys() {
        visit(&subkey?, totals)?;
    }
    Ok(())
}
