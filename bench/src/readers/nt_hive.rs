//! nt-hive 0.3 (GPL-2.0-or-later): the fastest reader measured. Used without validation, because with it
//! dirty hives are rejected.

use std::any::Any;
use std::path::Path;

use anyhow::Result;
use nt_hive::{Hive, KeyNode, KeyValue};

use crate::{Reader, Totals};

/// nt-hive, which loads the whole file in any case.
pub const READER: Reader = Reader { name: "nt-hive 0.3", look_up, walk };

fn look_up(path: &Path, values: &[(&str, &str)]) -> Result<Totals> {
    let bytes = std::fs::read(path)?;
    let hive = Hive::without_validation(bytes.as_slice())?;
    let root = hive.root_key_node()?;
    let mut totals = Totals::default();
    for (key, name) in values {
        let Some(key) = root.subpath(key).transpose()? else { continue };
        totals.keys += 1;
        if let Some(value) = key.value(name).transpose()? {
            count(&value, &mut totals)?;
        }
    }
    Ok(totals)
}

fn walk(bytes: Vec<u8>) -> Result<(Totals, Box<dyn Any>)> {
    let mut totals = Totals::default();
    visit(&Hive::without_validation(bytes.as_slice())?.root_key_node()?, &mut totals)?;
    Ok((totals, Box::new(bytes)))
}

fn count(value: &KeyValue<'_, &[u8]>, totals: &mut Totals) -> Result<()> {
    match value.data()? {
        nt_hive::KeyValueData::Small(data) => totals.value(data),
        // nt-hive does not join the segments of big data in place; a vector is its own way to return the
        // data.
        big @ nt_hive::KeyValueData::Big(_) => totals.value(&big.into_vec()?),
    }
    Ok(())
}

fn visit(key: &KeyNode<'_, &[u8]>, totals: &mut Totals) -> Result<()> {
    totals.keys += 1;
    if let Some(values) = key.values().transpose()? {
        for value in values {
            count(&value?, totals)?;
        }
    }
    if let Some(subkeys) = key.subkeys().transpose()? {
        for subkey in subkeys {
            visit(&subkey?, totals)?;
        }
    }
    Ok(())
}
