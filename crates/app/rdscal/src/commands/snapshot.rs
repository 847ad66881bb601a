//! `rdscal snapshot`: capture machines to files.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use licensing::Profile;
use snapshot::Snapshot;
use sources::{Found, RegistrySource};

use super::external::ExternalEvidence;
use super::load;
use crate::args::{self, SnapshotArgs};
use crate::exit::{Exit, Failure};
use crate::output;
use survey::Reading;

/// Runs the command.
pub fn run(args: &SnapshotArgs) -> Result<Exit, Failure> {
    let external = ExternalEvidence::new(&args.directory, &args.network)?;
    let mut found = load::discover_with(&args.sources, Some(&args.survey), &args.network, &external)?;
    let alone = found.places.len() == 1;
    let many = found.places.len() > 1
        || args.survey.hosts.hosts.is_some()
        || args.directory.from_ad.is_some()
        || args.output.is_dir();
    if many {
        fs::create_dir_all(&args.output).map_err(|error| output::write_failure(&args.output, &error))?;
    }
    let mut shelf =
        Shelf { folder: &args.output, many, args, names: Names::default(), hosts: HashMap::new() };
    shelf.name_hosts(&mut found);
    let now = args::now();
    let count = AtomicUsize::new(0);
    let survey = args.survey.options(&args.network);
    let (written, problems) = load::for_each(found, survey, |mut read| {
        // Without a capture time, the file would be judged as of the time at which it is read.
        read.snapshot.captured_at.get_or_insert(now);
        external.add(&mut read.snapshot, Profile::Auto, alone);
        // A snapshot that cannot be saved does not end the run.
        Ok(shelf.save(&read, &count))
    })?;
    let mut exit = if problems.is_empty() { Exit::Fine } else { Exit::Unreadable };
    let mut listed = Vec::new();
    for written in written {
        match written.and_then(|written| shelf.in_place(written)) {
            Ok(Some(path)) => listed.push(format!("{}\n", path.display())),
            Ok(None) => {}
            Err(failure) => {
                output::failure(&failure);
                exit = exit.max(failure.exit());
            }
        }
    }
    for problem in &problems {
        output::error(format_args!("{}: {}", problem.source, problem.message));
    }
    output::print(&listed.concat())?;
    Ok(exit)
}

/// Where the snapshots are written.
struct Shelf<'a> {
    folder: &'a Path,
    many: bool,
    args: &'a SnapshotArgs,
    names: Names,
    /// The file names of the hosts, by the locators of their places.
    hosts: HashMap<String, PathBuf>,
}

/// A snapshot that was saved.
enum Written {
    /// Under its final name.
    InPlace(PathBuf),
    /// Under a temporary name beside the final files. Which of two machines with the same name comes first is
    /// known only when all are captured.
    Aside {
        path: PathBuf,
        /// The intended name, without extension.
        stem: String,
    },
}

impl Shelf<'_> {
    /// Assigns a file name to each host before it is read. With `--resume`, removes the hosts whose files
    /// exist.
    fn name_hosts(&mut self, found: &mut Found) {
        if !self.many {
            if self.args.resume && self.folder.is_file() {
                found.places.clear();
            }
            return;
        }
        found.places.retain(|place| {
            let Some(stem) = host_stem(place) else { return true };
            let name = self.names.unused(&stem);
            let there = self.args.resume && self.folder.join(&name).is_file();
            self.hosts.insert(place.locator().to_owned(), name);
            !there
        });
    }

    fn save(&self, read: &Reading<'_>, count: &AtomicUsize) -> Result<Written, Failure> {
        let snapshot = &read.snapshot;
        if !self.many {
            save(snapshot, self.folder, self.args.force)?;
            return Ok(Written::InPlace(self.folder.to_owned()));
        }
        if let Some(name) = self.hosts.get(read.place) {
            let (whole, part) = (self.folder.join(name), self.folder.join(name.with_extension(PART)));
            // A resumed run must not take an incomplete snapshot for a complete one.
            let target = if read.broken_off.is_some() { &part } else { &whole };
            let aside = self.folder.join(format!(".{}.partial", name.display()));
            save(snapshot, &aside, true)?;
            let overwrite = self.args.force || self.args.resume;
            put_in_place(&aside, target, overwrite)?;
            if read.broken_off.is_none() && overwrite {
                // The file exists only if an earlier capture was incomplete.
                let _ = fs::remove_file(&part);
            }
            return Ok(Written::InPlace(target.clone()));
        }
        let number = count.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.join(format!(".{}-{number}.partial", std::process::id()));
        save(snapshot, &path, true)?;
        Ok(Written::Aside { path, stem: stem(snapshot) })
    }

    /// The path of the snapshot; `None` if the file already existed.
    fn in_place(&mut self, written: Written) -> Result<Option<PathBuf>, Failure> {
        let (path, stem) = match written {
            Written::InPlace(path) => return Ok(Some(path)),
            Written::Aside { path, stem } => (path, stem),
        };
        let target = self.folder.join(self.names.unused(&stem));
        if self.args.resume && target.is_file() {
            // The existing file is kept.
            let _ = fs::remove_file(path);
            return Ok(None);
        }
        put_in_place(&path, &target, self.args.force).map(|()| Some(target))
    }
}

/// The extension of an incomplete snapshot.
const PART: &str = "partial.json";

/// The name of a host as a file name without extension; `None` for other places.
#[cfg_attr(not(feature = "remote"), allow(unused_variables))]
fn host_stem(place: &RegistrySource) -> Option<String> {
    #[cfg(feature = "remote")]
    return place.host().map(|(host, port)| match port {
        Some(port) => safe(&format!("{host}-{port}")),
        None => safe(host),
    });
    #[cfg(not(feature = "remote"))]
    None
}

/// The names in use; no two are equal.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    /// A file name that is not in use.
    fn unused(&mut self, stem: &str) -> PathBuf {
        let mut name = stem.to_owned();
        let mut number = 1;
        // Some file systems do not distinguish names by case.
        while !self.0.insert(name.to_lowercase()) {
            number += 1;
            name = format!("{stem}-{number}");
        }
        PathBuf::from(format!("{name}.json"))
    }
}

/// The name of the computer, or of the source, as a file name without extension.
fn stem(snapshot: &Snapshot) -> String {
    let name = licensing::model::computer_name(snapshot).unwrap_or_else(|| snapshot.origin.locator.clone());
    safe(&name)
}

/// The name with all characters replaced that are not safe in a file name.
fn safe(name: &str) -> String {
    let safe: String =
        name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    match safe.trim_matches(['_', '.']) {
        "" => "machine".to_owned(),
        name => name.chars().take(100).collect(),
    }
}

fn save(snapshot: &Snapshot, path: &Path, force: bool) -> Result<(), Failure> {
    let json = snapshot.to_json().map_err(|error| Failure::unreadable(error.to_string()))?;
    let mut file = output::create(path, force).map_err(|error| output::write_failure(path, &error))?;
    file.write_all(&json).and_then(|()| file.sync_all()).map_err(|error| output::write_failure(path, &error))
}

fn put_in_place(from: &Path, to: &Path, force: bool) -> Result<(), Failure> {
    let moved =
        if !force && to.exists() { Err(io::ErrorKind::AlreadyExists.into()) } else { fs::rename(from, to) };
    moved.map_err(|error| {
        // The temporary file is not needed. A failure to remove it would hide the real error.
        let _ = fs::remove_file(from);
        output::write_failure(to, &error)
    })
}
