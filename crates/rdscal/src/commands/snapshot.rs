//! `rdscal snapshot`: capture to a file.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use registry::Snapshot;

use super::load;
use crate::args::SnapshotArgs;
use crate::exit::{Exit, Failure};

/// Runs the command.
pub fn run(args: &SnapshotArgs) -> Result<Exit, Failure> {
    let found = load::discover(std::slice::from_ref(&args.source))?;
    let many = found.places.len() > 1;
    if many {
        std::fs::create_dir_all(&args.output).map_err(|error| write_failure(&args.output, error))?;
    }
    let (written, problems) = load::for_each(found, |snapshot| {
        let path = if many { args.output.join(file_name(&snapshot)) } else { args.output.clone() };
        save(&snapshot, &path, args.force).map(|()| path)
    });
    for path in written {
        anstream::println!("{}", path?.display());
    }
    for problem in &problems {
        anstream::eprintln!("rdscal: {}: {}", problem.source, problem.message);
    }
    Ok(if problems.is_empty() { Exit::Fine } else { Exit::Unreadable })
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

fn write_failure(path: &Path, error: std::io::Error) -> Failure {
    let exists = error.kind() == std::io::ErrorKind::AlreadyExists;
    let target = if exists {
        format!("{} (--force overwrites it)", path.display())
    } else {
        path.display().to_string()
    };
    Failure::Write { target, error }
}

/// The computer's name, or the source's, as a file name.
fn file_name(snapshot: &Snapshot) -> PathBuf {
    let name = licensing::model::computer_name(snapshot).unwrap_or_else(|| snapshot.origin.locator.clone());
    let safe: String =
        name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    PathBuf::from(format!("{}.json", safe.trim_matches(['_', '.'])))
}
