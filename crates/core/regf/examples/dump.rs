//! Prints a hive in a canonical form, for comparison with other readers.
//!
//! `dump HIVE [--deleted] [--whole] [--recover LOG...]` prints one line for each key and value, sorted:
//!
//! ```text
//! K <tab> path <tab> last write (FILETIME, hexadecimal)
//! V <tab> path <tab> name <tab> type <tab> length of data <tab> SHA-256 of data
//! ```
//!
//! Paths and names are UTF-8; unpaired surrogates are printed as `\uXXXX`, tab, line feed, carriage return
//! and NUL as `\t`, `\n`, `\r`, `\0`, and a backslash inside a name as `\\`. Errors are printed to standard
//! error, and the exit code is 1 then. With `--deleted`, recovered records follow in file order, in a
//! readable form.
//!
//! With `--whole`, these lines are printed too:
//!
//! ```text
//! O <tab> path <tab> K or V <tab> names of the subkeys or values in their order, a tab between them
//! C <tab> path <tab> class name
//! S <tab> path <tab> SHA-256 of the security descriptor
//! D <tab> SHA-256 <tab> the descriptor, hexadecimal <tab> its parts <tab> the descriptor as SDDL
//! ```
//!
//! The parts of a descriptor are owner, group, control, and the ACEs of DACL and SACL as
//! `type:flags:mask:SID`, with hexadecimal numbers; an absent part is `-`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use nt::security::{Ace, Acl, SecurityDescriptor, Sid};
use regf::{Hive, Image, Name};
use sha2::{Digest, Sha256};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(path) = arguments.next() else {
        eprintln!("usage: dump HIVE [--deleted] [--whole] [--recover LOG...]");
        return ExitCode::from(2);
    };
    let (options, logs): (Vec<_>, Vec<_>) = arguments
        .partition(|argument| ["--recover", "--deleted", "--whole"].iter().any(|option| argument == option));
    let given = |name: &str| options.iter().any(|option| option == name);
    let dump = Dump { deleted: given("--deleted"), whole: given("--whole"), ..Dump::default() };
    match run(path.as_ref(), &logs, dump) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(path: &Path, logs: &[OsString], mut dump: Dump) -> Result<usize, Box<dyn std::error::Error>> {
    let logs = logs.iter().map(std::fs::read).collect::<Result<Vec<_>, _>>()?;
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
    for line in dump.lines.iter().chain(&dump.descriptors).chain(&dump.found) {
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
    whole: bool,
    descriptors: BTreeSet<String>,
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
        if self.whole {
            self.more(key, path);
        }
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

    /// Lines that are printed only with `--whole`.
    fn more<I: Image>(&mut self, key: &regf::Key<'_, I>, path: &str) {
        let subkeys: Vec<_> = key.subkeys().flatten().map(|key| escaped(key.name())).collect();
        let values: Vec<_> = key.values().flatten().map(|value| escaped(value.name())).collect();
        for (kind, names) in [("K", subkeys), ("V", values)] {
            if !names.is_empty() {
                self.lines.push(format!("O\t{path}\t{kind}\t{}", names.join("\t")));
            }
        }
        match key.class_name() {
            Ok(Some(class)) => self.lines.push(format!("C\t{path}\t{}", escaped(class))),
            Ok(None) => {}
            Err(error) => self.error(path, &error),
        }
        match key.security_bytes() {
            Ok(Some(bytes)) => {
                let digest = hex(&Sha256::digest(bytes));
                self.lines.push(format!("S\t{path}\t{digest}"));
                let parsed = SecurityDescriptor::from_bytes(bytes);
                let parts = parsed.as_ref().map(parts).unwrap_or_default();
                let sddl = parsed.ok().and_then(|it| it.to_sddl().ok()).unwrap_or_default();
                self.descriptors.insert(format!("D\t{digest}\t{}\t{parts}\t{sddl}", hex(bytes)));
            }
            Ok(None) => {}
            Err(error) => self.error(path, &error),
        }
    }

    fn value<I: Image>(&mut self, value: &regf::Value<'_, I>, path: &str) {
        match value.data() {
            Ok(data) => {
                let digest = hex(&Sha256::digest(&data));
                let (name, kind) = (escaped(value.name()), value.data_type().0);
                self.lines.push(format!("V\t{path}\t{name}\t{kind}\t{}\t{digest}", data.len()));
            }
            Err(error) => self.error(&format!("{path}: {}", value.name()), &error),
        }
    }
}

fn parts(descriptor: &SecurityDescriptor) -> String {
    let sid = |sid: Option<&Sid>| sid.map_or_else(|| "-".to_owned(), ToString::to_string);
    let list = |list: Option<&Acl>| {
        let entry = |ace: &Ace| {
            let mask = ace.mask().map_or(0, |mask| mask.0);
            format!("{:x}:{:x}:{mask:x}:{}", ace.kind.0, ace.flags.0, sid(ace.sid()))
        };
        let entries = |list: &Acl| list.aces().iter().map(entry).collect::<Vec<_>>().join(",");
        list.map_or_else(|| "-".to_owned(), entries)
    };
    let (owner, group) = (sid(descriptor.owner()), sid(descriptor.group()));
    let control = descriptor.control().0;
    format!("{owner} {group} {control:x} {} {}", list(descriptor.dacl()), list(descriptor.sacl()))
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
