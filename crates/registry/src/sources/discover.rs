//! Looking through files, folders and archives.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::blob::Blob;
use super::hive::{self, HiveFiles};
use super::recognize::{self, Format, HEAD};
use super::{Content, Found, Place, Problem, export, member};

/// Folders deeper than this are not looked into.
const DEEPEST: usize = 24;

pub(super) fn discover(path: &Path) -> Found {
    let mut search = Search::default();
    match fs::metadata(path) {
        Err(error) => search.problem(path, &describe(&error)),
        Ok(metadata) if metadata.is_dir() => {
            search.folder(path, 0);
            search.group();
            if search.found.places.is_empty() && search.found.problems.is_empty() {
                let message = match search.other_hives {
                    0 => "holds no hive, .reg export, Registry.pol, snapshot or .zip".to_owned(),
                    count => format!("holds {count} hives, none of which is a SYSTEM or SOFTWARE hive"),
                };
                search.problem(path, &message);
            }
        }
        Ok(metadata) => search.single(path, metadata.len()),
    }
    search.found
}

#[derive(Default)]
struct Search {
    found: Found,
    hives: Vec<Blob>,
    logs: Vec<Blob>,
    exports: Vec<Blob>,
    policies: Vec<Blob>,
    /// Hives that are neither SYSTEM, SOFTWARE nor SECURITY.
    other_hives: usize,
    /// The path itself was named, so whatever is in it shall be accounted for.
    named: bool,
}

impl Search {
    fn problem(&mut self, place: &Path, message: &str) {
        self.found.problems.push(Problem { place: place.display().to_string(), message: message.to_owned() });
    }

    /// A file that was named by itself: whatever it is, it is answered for.
    fn single(&mut self, path: &Path, size: u64) {
        self.named = true;
        let blob = Blob::File { path: path.to_owned(), size };
        match self.sort_in(blob.clone()) {
            Err(error) => self.problem(path, &describe(&error)),
            Ok(Format::Other) if size == 0 => self.problem(path, "is an empty file"),
            Ok(Format::Other) => {
                self.problem(
                    path,
                    "is no hive, .reg export, Registry.pol, snapshot or .zip, going by its content",
                );
            }
            Ok(Format::HiveLog) => {
                self.problem(
                    path,
                    "is a transaction log; name the hive that it belongs to, its logs are found beside it",
                );
            }
            Ok(Format::Hive) => self.logs = logs_beside(path),
            Ok(Format::Archive) => {
                if self.found.places.is_empty() && self.nothing_pending() && self.found.problems.is_empty() {
                    self.problem(path, "holds no hive, .reg export, Registry.pol or snapshot");
                }
            }
            Ok(_) => {}
        }
        self.group();
    }

    fn nothing_pending(&self) -> bool {
        self.hives.is_empty() && self.exports.is_empty() && self.policies.is_empty()
    }

    fn folder(&mut self, folder: &Path, depth: usize) {
        // A mounted Windows volume need not be walked through.
        if let Some(config) = config_folder(folder) {
            self.files_of(&config);
            return;
        }
        let Some(entries) = self.entries(folder) else { return };
        for (path, kind) in entries {
            // Links to folders are not followed: they are how loops are made. Links to files are.
            if kind.is_dir() {
                if depth >= DEEPEST {
                    self.problem(
                        &path,
                        &format!("lies more than {DEEPEST} folders deep and was not looked into"),
                    );
                } else {
                    self.folder(&path, depth + 1);
                }
            } else {
                self.file(&path);
            }
        }
    }

    fn files_of(&mut self, folder: &Path) {
        for (path, kind) in self.entries(folder).unwrap_or_default() {
            if !kind.is_dir() {
                self.file(&path);
            }
        }
    }

    fn entries(&mut self, folder: &Path) -> Option<Vec<(PathBuf, fs::FileType)>> {
        let listed = fs::read_dir(folder).and_then(|entries| {
            let mut listed: Vec<_> = entries
                .map(|entry| entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))))
                .collect::<io::Result<_>>()?;
            listed.sort_by(|a, b| a.0.cmp(&b.0));
            Ok(listed)
        });
        match listed {
            Ok(listed) => Some(listed),
            Err(error) => {
                self.problem(folder, &describe(&error));
                None
            }
        }
    }

    fn file(&mut self, path: &Path) {
        // Devices, sockets and links to folders are passed over.
        let size = match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => metadata.len(),
            Ok(_) => return,
            Err(error) => return self.problem(path, &describe(&error)),
        };
        if size == 0 {
            return;
        }
        if let Err(error) = self.sort_in(Blob::File { path: path.to_owned(), size }) {
            self.problem(path, &describe(&error));
        }
    }

    fn sort_in(&mut self, blob: Blob) -> io::Result<Format> {
        let format = recognize::recognize(&blob.head(HEAD)?);
        match format {
            Format::Hive => self.hives.push(blob),
            Format::HiveLog => self.logs.push(blob),
            Format::Export => self.exports.push(blob),
            Format::Policy => self.policies.push(blob),
            Format::Snapshot => {
                self.found.places.push(Place::new(blob.shown(), Content::Snapshot(blob)));
            }
            Format::Archive => {
                // An archive within an archive is not unpacked.
                if let Some(path) = blob.file() {
                    self.archive(path);
                }
            }
            Format::Other => {}
        }
        Ok(format)
    }

    fn archive(&mut self, path: &Path) {
        match member::list(path) {
            Err(message) => self.problem(path, &format!("could not be read as a .zip: {message}")),
            Ok((blobs, problems)) => {
                self.found.problems.extend(problems);
                for blob in blobs {
                    if let Err(error) = self.sort_in(blob.clone()) {
                        self.found.problems.push(Problem { place: blob.shown(), message: describe(&error) });
                    }
                }
            }
        }
    }

    /// Puts together what belongs to one machine.
    fn group(&mut self) {
        let hives = std::mem::take(&mut self.hives);
        let logs = std::mem::take(&mut self.logs);
        let mut files: Vec<HiveFiles> = Vec::new();
        for primary in hives {
            let logs = logs.iter().filter(|log| is_log_of(log, &primary)).cloned().collect();
            match HiveFiles::open(primary.clone(), logs) {
                Ok(file) if file.role.is_machine() || self.named => files.push(file),
                Ok(_) => self.other_hives += 1,
                Err(message) => self.found.problems.push(Problem { place: primary.shown(), message }),
            }
        }
        for machine in hive::group(files) {
            let locator = match machine.as_slice() {
                [only] => only.primary.shown(),
                _ => machine.first().map(|file| file.primary.folder()).unwrap_or_default(),
            };
            self.found.places.push(Place::new(locator, Content::Hives(machine)));
        }
        for machine in export::group(std::mem::take(&mut self.exports)) {
            let locator = match machine.as_slice() {
                [only] => only.shown(),
                _ => machine.first().map(Blob::folder).unwrap_or_default(),
            };
            self.found.places.push(Place::new(locator, Content::Exports(machine)));
        }
        for blob in std::mem::take(&mut self.policies) {
            self.found.places.push(Place::new(blob.shown(), Content::Policy(blob)));
        }
    }
}

/// `Windows\System32\config` below this folder, whatever its case.
fn config_folder(volume: &Path) -> Option<PathBuf> {
    ["windows", "system32", "config"].iter().try_fold(volume.to_owned(), |folder, wanted| {
        let exact = folder.join(wanted);
        if exact.is_dir() {
            return Some(exact);
        }
        fs::read_dir(&folder)
            .ok()?
            .filter_map(Result::ok)
            .find(|entry| entry.file_name().to_string_lossy().eq_ignore_ascii_case(wanted))
            .map(|entry| entry.path())
            .filter(|path| path.is_dir())
    })
}

/// The transaction logs that lie beside a hive.
fn logs_beside(primary: &Path) -> Vec<Blob> {
    let folder = primary.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let size = fs::metadata(primary).map_or(0, |metadata| metadata.len());
    let hive = Blob::File { path: primary.to_owned(), size };
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut logs: Vec<_> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let size = fs::metadata(entry.path()).ok().filter(fs::Metadata::is_file)?.len();
            let path = primary.with_file_name(entry.file_name());
            Some(Blob::File { path, size })
        })
        .filter(|blob| blob.size() > 0 && is_log_of(blob, &hive))
        .collect();
    logs.sort_by_key(Blob::shown);
    logs
}

/// `NAME.LOG`, `NAME.LOG1` or `NAME.LOG2` beside `NAME`, in any case.
fn is_log_of(log: &Blob, primary: &Blob) -> bool {
    let (log_name, name) = (log.name().to_lowercase(), primary.name().to_lowercase());
    log.folder() == primary.folder()
        && log_name.strip_prefix(&name).is_some_and(|rest| matches!(rest, ".log" | ".log1" | ".log2"))
}

/// An error of the file system, with what may help.
fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "may not be read with your rights; run as a user who may, or copy it first".to_owned()
        }
        _ => format!("could not be read: {error}"),
    }
}
