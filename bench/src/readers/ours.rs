//! The reader of this project: regf.

use std::any::Any;
use std::path::Path;

use anyhow::Result;
use regf::walk::{Step, Trail, Visitor};
use regf::{FileImage, Hive, Image, Value};

use crate::{Reader, Totals};

/// regf: lookups read the file page by page, walks check every cell.
pub const READER: Reader = Reader { name: "regf (ours)", look_up, walk };

fn look_up(path: &Path, values: &[(&str, &str)]) -> Result<Totals> {
    Ok(look_up_and_count_pages(path, values)?.0)
}

/// The same, with the number of pages read from the file.
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

fn walk(bytes: Vec<u8>) -> Result<(Totals, Box<dyn Any>)> {
    // Over borrowed bytes, as nt-hive.
    let mut count = Count::default();
    Hive::open(bytes.as_slice())?.walk(&mut count)?;
    match count.damage {
        Some(error) => Err(error.into()),
        None => Ok((count.totals, Box::new(bytes))),
    }
}

#[derive(Default)]
struct Count {
    totals: Totals,
    damage: Option<regf::Error>,
}

impl<'h, I: Image> Visitor<'h, I> for Count {
    fn key(&mut self, _: &Trail<'h, I>) -> Step {
        self.totals.keys += 1;
        Step::Continue
    }

    // Inlined, as nt-hive's counterpart is.
    #[inline]
    fn value(&mut self, _: &Trail<'h, I>, _: &Value<'h, I>, data: regf::Result<&[u8]>) -> Step {
        match data {
            Ok(data) => self.totals.value(data),
            Err(error) => self.damage = Some(error),
        }
        Step::Continue
    }

    fn damage(&mut self, _: &Trail<'h, I>, error: regf::Error) {
        self.damage = Some(error);
    }
}
