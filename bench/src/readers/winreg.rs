//! winreg-core 0.2 (Apache-2.0): the most accurate of the measured readers with a permissive license.

use std::any::Any;
use std::io::Cursor;
use std::path::Path;

use anyhow::Result;
use winreg_core::hive::Hive;
use winreg_core::key::Key;
use winreg_format::flags::ValueType;

use crate::{Reader, Totals, canonical};

/// winreg-core, which loads the whole file in any case.
pub const READER: Reader = Reader { name: "winreg-core 0.2", look_up, walk };

type OpenKey<'h> = Key<'h>;

fn open(path: &Path) -> Result<Hive<Cursor<Vec<u8>>>> {
    Ok(Hive::from_path(path)?)
}

fn look_up(path: &Path, values: &[(&str, &str)]) -> Result<Totals> {
    let hive = open(path)?;
    let mut totals = Totals::default();
    for (key, name) in values {
        let Some(key) = hive.open_key(key)? else { continue };
        totals.keys += 1;
        if let Some(value) = key.value(name)? {
            totals.value(&value.raw_data()?);
        }
    }
    Ok(totals)
}

fn walk(bytes: Vec<u8>) -> Result<(Totals, Box<dyn Any>)> {
    let hive = Hive::from_bytes(bytes)?;
    let mut totals = Totals::default();
    visit(&hive.root_key()?, &mut totals)?;
    Ok((totals, Box::new(hive)))
}

fn visit(key: &OpenKey<'_>, totals: &mut Totals) -> Result<()> {
    totals.keys += 1;
    for value in key.values()? {
        totals.value(&value.raw_data()?);
    }
    for subkey in key.subkeys()? {
        visit(&subkey, totals)?;
    }
    Ok(())
}

/// The canonical lines.
pub fn dump(path: &Path) -> Result<Vec<String>> {
    let hive = open(path)?;
    let mut lines = Vec::new();
    dump_key(&hive.root_key()?, "", &mut lines)?;
    Ok(lines)
}

fn dump_key(key: &OpenKey<'_>, path: &str, lines: &mut Vec<String>) -> Result<()> {
    lines.push(canonical::key(path, key.last_written_raw()));
    for value in key.values()? {
        lines.push(canonical::value(path, &value.name(), raw_type(value.data_type()), &value.raw_data()?));
    }
    for subkey in key.subkeys()? {
        dump_key(&subkey, &canonical::below(path, &subkey.name()), lines)?;
    }
    Ok(())
}

fn raw_type(kind: ValueType) -> u32 {
    match kind {
        ValueType::None => 0,
        ValueType::Sz => 1,
        ValueType::ExpandSz => 2,
        ValueType::Binary => 3,
        ValueType::Dword => 4,
        ValueType::DwordBigEndian => 5,
        ValueType::Link => 6,
        ValueType::MultiSz => 7,
        ValueType::ResourceList => 8,
        ValueType::FullResourceDescriptor => 9,
        ValueType::ResourceRequirementsList => 10,
        ValueType::Qword => 11,
        ValueType::Unknown(raw) => raw,
    }
}
