//! Applies a script of edits to a hive, with its logs: `edit HIVE [--accept-dirty] [--accept-transactions]
//! [--old-log] [--stop N] < SCRIPT`.
//!
//! Each line of the script is one edit, its fields separated by tabs; keys are paths from the root, data is
//! in hexadecimal:
//!
//! ```text
//! key     PATH                    create the key and all above it
//! new     PATH  CLASS  DATA       create a key with a class name and a security descriptor, each of them or none
//! set     PATH  NAME  TYPE  DATA  set a value (an empty name is the default value)
//! insert  PATH  PLACE  NAME  TYPE  DATA   add a value at a place in the order of values
//! unset   PATH  NAME              delete a value
//! delete  PATH                    delete a key with all below it
//! class   PATH  TEXT              set the class name
//! sddl    PATH  SDDL              set the security descriptor
//! secure  PATH  DATA              set the security descriptor, as bytes
//! ```
//!
//! `--stop N` performs only the first N steps of the commit, to simulate a power failure. The writes are
//! printed to standard error. The exit code is 1 if an edit fails, or would violate a rule that the hive did
//! not violate before.

use std::error::Error;
use std::io::Read;

use nt::FileTime;
use nt::security::SecurityDescriptor;
use regf::ToUnits as _;
use regf::edit::{Editor, HiveFiles, KeyOptions, Options, Step, check};
use regf::log::Format;

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
        ["new", path, class, data] => {
            let (above, name) = path.rsplit_once('\\').unwrap_or(("", path));
            let (above, descriptor) = (key(editor, above)?, bytes(data)?);
            let security = (!descriptor.is_empty()).then_some(&descriptor[..]);
            let options = KeyOptions { security, class: &class.to_units() };
            editor.create_key(above, name, &options, time)?;
        }
        ["set", path, name, kind, data] => {
            let key = key(editor, path)?;
            editor.set_value(key, name, kind.parse::<u32>()?, &bytes(data)?, time)?;
        }
        ["insert", path, place, name, kind, data] => {
            let key = key(editor, path)?;
            editor.insert_value(key, place.parse()?, name, kind.parse::<u32>()?, &bytes(data)?, time)?;
        }
        ["unset", path, name] => {
            let key = key(editor, path)?;
            if !editor.delete_value(key, name, time)? {
                return Err(format!("there is no value {name}").into());
            }
        }
        ["delete", path] => {
            let key = key(editor, path)?;
            editor.delete_tree(key, time)?;
        }
        ["class", path, text] => {
            let key = key(editor, path)?;
            editor.set_class(key, text, time)?;
        }
        ["sddl", path, text] => {
            let key = key(editor, path)?;
            editor.set_security(key, &text.parse::<SecurityDescriptor>()?.to_bytes(), time)?;
        }
        ["secure", path, data] => {
            let key = key(editor, path)?;
            editor.set_security(key, &bytes(data)?, time)?;
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
    let mut new = false;
    for fault in check(&editor.hive()?) {
        let old = before.contains(&fault);
        new |= !old;
        eprintln!("{}: {fault}", if old { "as before" } else { "NEW" });
    }
    if new {
        return Err("the edits would break rules that the hive kept before".into());
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
