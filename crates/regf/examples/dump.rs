//! Prints a hive in a canonical form, for comparison with other readers.
//!
//! `dump HIVE [--deleted] [--recover LOG...]` prints one line for each key and value, sorted:
//!
//! ```text
//! K <tab> path <tab> last write (FILETIME, hexadecimal)
//! V <tab> path <tab> name <tab> type <tab> length of data <tab> SHA-256 of data
//! ```
//!
//! Paths and names are UTF-8; unpaired surrogates are printed as `\uXXXX`, tab, line feed, carriage return and NUL as `\t`,
//! `\n`, `\r`, `\0`, and a backslash inside a name as `\\`. What cannot be read goes to standard error, and the exit code
//! is 1 then. With `--deleted`, what was deleted follows in the order of the file, in a form for people.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use regf::{Hive, Image, Name};
use sha2::{Digest, Sha256};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(path) = arguments.next() else {
        eprintln!("usage: dump HIVE [--deleted] [--recover LOG...]");
        return ExitCode::from(2);
    };
    let (options, logs): (Vec<_>, Vec<_>) =
        arguments.partition(|argument| argument == "--recover" || argument == "--deleted");
    let deleted = options.iter().any(|option| option == "--deleted");
    match run(path.as_ref(), &logs, deleted) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(path: &Path, logs: &[OsString], deleted: bool) -> Result<usize, Box<dyn std::error::Error>> {
    let logs = logs.iter().map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
    let mut dump = Dump { deleted, ..Dump::default() };
    if logs.is_empty() {
        dump.hive(&Hive::open(std::fs::read(path)?)?)?;
    } else {
        let logs: Vec<&[u8]> = logs.iter().map(Vec::as_slice).collect();
        let recovery = regf::log::recover(std::fs::read(path)?, &logs)?;
        eprintln!("{}: {:?}", path.display(), recovery.report);
        dump.hive(&recovery.into_hive()?)?;
    }
    dump.lines.sort_unstable();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in dump.lines.iter().chain(&dump.found) {
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(dump.errors)
}

#[derive(Default)]
struct Dump {
    lines: Vec<String>,
    found: Vec<String>,
    deleted: bool,
    errors: usize,
}

impl Dump {
    fn error(&mut self, path: &str, error: &regf::Error) {
        eprintln!("{path}: {error}");
        self.errors += 1;
    }

    fn hive<I: Image>(&mut self, hive: &Hive<I>) -> regf::Result<()> {
        if self.deleted {
            self.found = regf::deleted::deleted(hive).map(|found| format!("{found:?}")).collect();
        }
        self.key(&hive.root()?, "");
        Ok(())
    }

    fn key<I: Image>(&mut self, key: &regf::Key<'_, I>, path: &str) {
        self.lines.push(format!("K\t{path}\t{:016x}", key.last_write().0));
        for value in key.values() {
            match value {
                Ok(value) => self.value(&value, path),
                Err(error) => self.error(path, &error),
            }
        }
        for subkey in key.subkeys() {
            match subkey {
                Ok(subkey) => {
                    let name = escaped(subkey.name());
                    let path = if path.is_empty() { name } else { format!("{path}\\{name}") };
                    if path.matches('\\').count() < 600 {
                        self.key(&subkey, &path);
                    }
                }
                Err(error) => self.error(path, &error),
            }
        }
    }

    fn value<I: Image>(&mut self, value: &regf::Value<'_, I>, path: &str) {
        match value.data() {
            Ok(data) => {
                let digest = hex(&Sha256::digest(&data));
                let (name, kind) = (escaped(value.name()), value.data_type());
                self.lines.push(format!("V\t{path}\t{name}\t{kind}\t{}\t{digest}", data.len()));
            }
            Err(error) => self.error(&format!("{path}: {}", value.name()), &error),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn escaped(name: Name<'_>) -> String {
    let mut text = String::new();
    for c in char::decode_utf16(name.units()) {
        match c {
            Ok('\t') => text.push_str("\\t"),
            Ok('\n') => text.push_str("\\n"),
            Ok('\r') => text.push_str("\\r"),
            Ok('\0') => text.push_str("\\0"),
            Ok('\\') => text.push_str("\\\\"),
            Ok(c) => text.push(c),
            Err(error) => {
                let _ = write!(text, "\\u{:04x}", error.unpaired_surrogate());
            }
        }
    }
    text
}
