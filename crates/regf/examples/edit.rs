//! Applies a script of edits to a hive, with its logs: `edit HIVE [--accept-dirty] [--accept-transactions] [--old-log] [--stop N] < SCRIPT`.
//!
//! Each line of the script is one edit, its fields separated by tabs; keys are paths from the root, data is in hexadecimal:
//!
//! ```text
//! key     PATH                    create the key and all above it
//! set     PATH  NAME  TYPE  DATA  set a value (an empty name is the default value)
//! unset   PATH  NAME              delete a value
//! delete  PATH                    delete a key with all below it
//! class   PATH  TEXT              set the class name
//! sddl    PATH  SDDL              set the security descriptor
//! ```
//!
//! `--stop N` carries out only the first N steps of the commit, as if the power had failed. What was written is told on
//! standard error.

use std::error::Error;
use std::io::Read;

use regf::FileTime;
use regf::edit::{Editor, HiveFiles, Options, Step, check};
use regf::log::Format;
use regf::security::SecurityDescriptor;

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn bytes(hex: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let digits: Vec<u32> =
        hex.chars().map(|c| c.to_digit(16)).collect::<Option<_>>().ok_or("data is not hexadecimal")?;
    Ok(digits
        .chunks(2)
        .map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | u8::try_from(*digit).unwrap_or(0)))
        .collect())
}

fn apply<I: regf::Image>(editor: &mut Editor<I>, line: &str, time: FileTime) -> Result<(), Box<dyn Error>> {
    let fields: Vec<&str> = line.split('\t').collect();
    let key = |editor: &Editor<I>, path: &str| -> Result<_, Box<dyn Error>> {
        Ok(editor.find(path)?.ok_or_else(|| format!("there is no key {path}"))?)
    };
    match fields[..] {
        ["key", path] => {
            editor.create_path(path, time)?;
        }
        ["set", path, name, kind, data] => {
            let key = key(editor, path)?;
            editor.set_value(key, &units(name), kind.parse()?, &bytes(data)?, time)?;
        }
        ["unset", path, name] => {
            let key = key(editor, path)?;
            editor.delete_value(key, &units(name), time)?;
        }
        ["delete", path] => {
            let key = key(editor, path)?;
            editor.delete_tree(key, time)?;
        }
        ["class", path, text] => {
            let key = key(editor, path)?;
            editor.set_class(key, &units(text), time)?;
        }
        ["sddl", path, text] => {
            let key = key(editor, path)?;
            editor.set_security(key, &text.parse::<SecurityDescriptor>()?.to_bytes(), time)?;
        }
        _ => return Err(format!("not understood: {line}").into()),
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("which hive?")?;
    let (mut options, mut stop) = (Options::default(), usize::MAX);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--accept-dirty" => options.accept_dirty = true,
            "--accept-transactions" => options.accept_transactions = true,
            "--old-log" => options.log_format = Some(Format::Old),
            "--stop" => stop = args.next().ok_or("--stop at which step?")?.parse()?,
            _ => return Err(format!("{arg}?").into()),
        }
    }
    let mut script = String::new();
    std::io::stdin().read_to_string(&mut script)?;
    let mut files = HiveFiles::open(&path)?;
    let mut editor = files.edit(options)?;
    let time = FileTime(134_000_000_000_000_000);
    for line in script.lines().filter(|line| !line.is_empty()) {
        apply(&mut editor, line, time)?;
    }
    let commit = editor.commit()?;
    let pages = editor.hive()?.image().base().base().pages_touched();
    eprintln!("{} steps, {} bytes written, {pages} pages read", commit.steps().len(), commit.bytes_written());
    let before = check(&editor.original()?);
    for fault in check(&editor.hive()?) {
        let old = if before.contains(&fault) { "as before" } else { "NEW" };
        eprintln!("{old}: {fault}");
    }
    if stop == usize::MAX {
        commit.apply(&mut files)?;
        return Ok(());
    }
    for step in commit.steps().iter().take(stop) {
        use regf::edit::Files as _;
        match step {
            Step::SetLen { target, len } => files.storage(*target)?.set_len(*len)?,
            Step::Write { target, offset, bytes } => files.storage(*target)?.write_at(*offset, bytes)?,
            Step::Flush { target } => files.storage(*target)?.sync()?,
        }
    }
    Ok(())
}
