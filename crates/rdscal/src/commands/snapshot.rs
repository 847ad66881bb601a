//! `rdscal snapshot`: capture to a file.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use registry::Snapshot;

use super::load;
use crate::args::{self, SnapshotArgs};
use crate::exit::{Exit, Failure};
use crate::output;

/// Runs the command.
pub fn run(args: &SnapshotArgs) -> Result<Exit, Failure> {
    let found = load::discover(args.source.as_slice(), Some(&args.hosts), &args.network)?;
    let many = found.places.len() > 1;
    if many {
        fs::create_dir_all(&args.output).map_err(|error| write_failure(&args.output, error))?;
    }
    let now = args::now();
    let count = AtomicUsize::new(0);
    let (written, problems) = load::for_each(found, args.network.at_once, |mut snapshot| {
        // Without a time, the file would be judged as of whenever it is read.
        snapshot.captured_at.get_or_insert(now);
        if !many {
            return Ok(save(&snapshot, &args.output, args.force).map(|()| Written::InPlace));
        }
        // Which of two machines of one name comes first is not known before all of them are there.
        let number = count.fetch_add(1, Ordering::Relaxed);
        let path = args.output.join(format!(".{}-{number}.partial", std::process::id()));
        // One that cannot be saved does not cost the others.
        Ok(save(&snapshot, &path, true).map(|()| Written::Aside { path, stem: stem(&snapshot) }))
    })?;
    let mut exit = if problems.is_empty() { Exit::Fine } else { Exit::Unreadable };
    let mut names = Names::default();
    let mut listed = Vec::new();
    for written in written {
        let path = match written {
            Ok(Written::InPlace) => Ok(args.output.clone()),
            Ok(Written::Aside { path, stem }) => {
                let target = args.output.join(names.unused(&stem));
                put_in_place(&path, &target, args.force).map(|()| target)
            }
            Err(failure) => Err(failure),
        };
        match path {
            Ok(path) => listed.push(format!("{}\n", path.display())),
            Err(failure) => {
                output::complain(&failure);
                exit = exit.max(failure.exit());
            }
        }
    }
    for problem in &problems {
        output::complain(&format_args!("{}: {}", problem.source, problem.message));
    }
    output::write(&listed.concat(), None)?;
    Ok(exit)
}

/// A snapshot that was saved.
enum Written {
    /// Under the name that was asked for.
    InPlace,
    /// Under a name of its own, beside the files that are to be.
    Aside {
        path: PathBuf,
        /// The wished name, without extension.
        stem: String,
    },
}

/// The names that were given, of which no two may be equal.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    /// A name that was not given before.
    fn unused(&mut self, stem: &str) -> PathBuf {
        let mut name = stem.to_owned();
        let mut number = 1;
        // Some file systems take names that differ only in case for the same.
        while !self.0.insert(name.to_lowercase()) {
            number += 1;
            name = format!("{stem}-{number}");
        }
        PathBuf::from(format!("{name}.json"))
    }
}

/// The computer's name, or the source's, as a file name without extension.
fn stem(snapshot: &Snapshot) -> String {
    let name = licensing::model::computer_name(snapshot).unwrap_or_else(|| snapshot.origin.locator.clone());
    let safe: String =
        name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    match safe.trim_matches(['_', '.']) {
        "" => "machine".to_owned(),
        name => name.chars().take(100).collect(),
    }
}

fn save(snapshot: &Snapshot, path: &Path, force: bool) -> Result<(), Failure> {
    let json = snapshot.to_json().map_err(|error| Failure::Unreadable(error.to_string()))?;
    let mut open = OpenOptions::new();
    open.write(true);
    if force {
        open.create(true).truncate(true);
    } else {
        open.create_new(true);
    }
    let mut file = open.open(path).map_err(|error| write_failure(path, error))?;
    file.write_all(&json).map_err(|error| write_failure(path, error))
}

fn put_in_place(from: &Path, to: &Path, force: bool) -> Result<(), Failure> {
    let moved =
        if !force && to.exists() { Err(io::ErrorKind::AlreadyExists.into()) } else { fs::rename(from, to) };
    moved.map_err(|error| {
        // It is of no use under that name; that it could not be put in place is what matters.
        let _ = fs::remove_file(from);
        write_failure(to, error)
    })
}

fn write_failure(path: &Path, error: io::Error) -> Failure {
    let exists = error.kind() == io::ErrorKind::AlreadyExists;
    let target = if exists {
        format!("{} (--force overwrites it)", path.display())
    } else {
        path.display().to_string()
    };
    Failure::Write { target, error }
}
