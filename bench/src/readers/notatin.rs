//! notatin 1.0 (Apache-2.0): replays transaction logs of the new format correctly, ignores those of the old
//! format.

use std::any::Any;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use anyhow::Result;
use notatin::parser::{Parser, ParserIterator};
use notatin::parser_builder::ParserBuilder;

use crate::{Reader, Totals, canonical};

/// notatin, which loads the whole file in any case.
pub const READER: Reader = Reader { name: "notatin 1.0", look_up, walk };

fn open(path: &Path, logs: &[String]) -> Result<Parser> {
    let mut builder = ParserBuilder::from_path(PathBuf::from(path));
    builder.recover_deleted(false);
    for log in logs {
        builder.with_transaction_log(PathBuf::from(log));
    }
    Ok(builder.build()?)
}

fn look_up(path: &Path, values: &[(&str, &str)]) -> Result<Totals> {
    let mut parser = open(path, &[])?;
    let mut totals = Totals::default();
    for (key, name) in values {
        let Some(key) = parser.get_key(key, false)? else { continue };
        totals.keys += 1;
        if let Some(value) = key.get_value(name) {
            totals.value(&value.detail.value_bytes().unwrap_or_default());
        }
    }
    Ok(totals)
}

fn walk(bytes: Vec<u8>) -> Result<(Totals, Box<dyn Any>)> {
    let parser = ParserBuilder::from_file(Cursor::new(bytes)).build()?;
    let mut totals = Totals::default();
    for key in ParserIterator::new(&parser).iter() {
        totals.keys += 1;
        for value in key.value_iter() {
            totals.value(&value.detail.value_bytes().unwrap_or_default());
        }
    }
    Ok((totals, Box::new(parser)))
}

/// The canonical lines, after replay of these logs.
pub fn dump(path: &Path, logs: &[String]) -> Result<Vec<String>> {
    let parser = open(path, logs)?;
    let mut lines = Vec::new();
    for (at, key) in ParserIterator::new(&parser).iter().enumerate() {
        // The root comes first; only its own path contains its name.
        let path = if at == 0 { "" } else { key.get_pretty_path() };
        lines.push(canonical::key(path, key.detail.last_key_written_date_and_time()));
        for value in key.value_iter() {
            let data = value.detail.value_bytes().unwrap_or_default();
            lines.push(canonical::value(
                path,
                &value.detail.value_name(),
                value.detail.data_type_raw(),
                &data,
            ));
        }
    }
    Ok(lines)
}
