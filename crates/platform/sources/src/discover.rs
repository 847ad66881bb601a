//! Finding machines in files, folders and archives.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::blob::Blob;
use super::event_log::EventLog;
use super::hive::{self, HiveFiles};
use super::recognize::{self, Format, HEAD};
use super::{Content, Found, RegistrySource, export, member};
use crate::error::{Cause, ContentError, FileError, ReadError};

/// Limit on the depth of folders.
const DEEPEST: usize = 24;

pub(super) fn discover(path: &Path) -> Found {
    let mut search = Search::default();
    match fs::metadata(path) {
        Err(_) if let Some((archive, member)) = member::split(path) => {
            search.member = Some(member);
            search.archive(&archive);
            search.finish(path);
        }
        Err(error) => search.problem(path, FileError::new(path, error)),
        Ok(metadata) if metadata.is_dir() => {
            search.root = path.canonicalize().ok();
            search.folder(path, 0);
            search.finish(path);
        }
        Ok(metadata) if metadata.is_file() => {
            search.single(path, metadata.len());
            search.finish(path);
        }
        Ok(_) => search.problem(path, ContentError::NotAFile),
    }
    search.found.places.sort_by(|a, b| a.locator.cmp(&b.locator));
    search.found
}

#[derive(Default)]
struct Search {
    found: Found,
    /// The canonical path of the folder that is searched.
    root: Option<PathBuf>,
    hives: Vec<Blob>,
    logs: Vec<Blob>,
    exports: Vec<Blob>,
    policies: Vec<Blob>,
    event_logs: Vec<EventLog>,
    /// Hives other than SYSTEM, SOFTWARE and SECURITY.
    other_hives: usize,
    /// The file or folder of the archive that the path names.
    member: Option<String>,
    /// Whether the path names a single hive. Its result is then reported for any hive.
    named: bool,
}

impl Search {
    fn problem(&mut self, place: &Path, cause: impl Into<Cause>) {
        self.found.problems.push(ReadError::new(place.display().to_string(), cause));
    }

    fn problem_of(&mut self, blob: &Blob, cause: impl Into<Cause>) {
        self.found.problems.push(ReadError::new(blob.shown(), cause));
    }

    /// Examines a file that the user named. Its result is reported for any content.
    fn single(&mut self, path: &Path, size: u64) {
        let blob = Blob::File { path: path.to_owned(), size };
        let head = blob.head(HEAD);
        match head.as_deref().map(recognize::recognize) {
            Err(cause) => self.problem(path, cause.clone()),
            Ok(Format::Other) if size == 0 => self.problem(path, ContentError::Empty),
            Ok(Format::Other) => self.problem(path, ContentError::UnknownFormat),
            Ok(Format::HiveLog) => self.problem(path, ContentError::Log),
            Ok(Format::Archive) => self.archive(path),
            Ok(Format::Hive) => {
                self.named = true;
                self.logs = logs_beside(path);
                self.hives.push(blob);
            }
            Ok(Format::EventLog) => match EventLog::identify(blob) {
                Ok(Some(log)) => self.event_logs.push(log),
                Ok(None) => self.problem(path, ContentError::OtherLog),
                Err(cause) => self.problem(path, cause),
            },
            Ok(format) => self.sort_in(blob, format),
        }
    }

    fn folder(&mut self, folder: &Path, depth: usize) {
        // For a mounted Windows volume, only `config` and the event logs are searched.
        if let Some(config) = config_folder(folder) {
            let logs = config.parent().and_then(|above| subfolder(&subfolder(above, "winevt")?, "logs"));
            for (path, kind) in
                [Some(config), logs].iter().flatten().flat_map(|at| self.entries(at)).collect::<Vec<_>>()
            {
                if !kind.is_dir() {
                    self.file(&path);
                }
            }
            return;
        }
        for (path, kind) in self.entries(folder) {
            if kind.is_symlink() {
                self.link(&path);
            } else if !kind.is_dir() {
                self.file(&path);
            } else if depth < DEEPEST {
                self.folder(&path, depth + 1);
            } else {
                self.problem(&path, ContentError::TooDeep(DEEPEST));
            }
        }
    }

    /// The entries of a folder, sorted by name. Unreadable ones are added to the problems.
    fn entries(&mut self, folder: &Path) -> Vec<(PathBuf, fs::FileType)> {
        let mut listed = Vec::new();
        match fs::read_dir(folder) {
            Err(error) => self.problem(folder, FileError::new(folder, error)),
            Ok(entries) => {
                for entry in entries {
                    match entry.and_then(|entry| Ok((entry.path(), entry.file_type()?))) {
                        Ok(entry) => listed.push(entry),
                        Err(error) => self.problem(folder, FileError::new(folder, error)),
                    }
                }
            }
        }
        listed.sort_by(|a, b| a.0.cmp(&b.0));
        listed
    }

    /// Follows links to files. Links to folders are not followed, because they can form loops; if that could
    /// leave out a part of the source, it is reported.
    fn link(&mut self, path: &Path) {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {}
            _ => return self.file(path),
        }
        let (target, here) = (path.canonicalize(), path.parent().map(Path::canonicalize));
        let (Ok(target), Some(Ok(here))) = (target, here) else { return };
        if here.starts_with(&target) {
            self.problem(path, ContentError::LinkLoop);
        } else if !self.root.as_ref().is_some_and(|root| target.starts_with(root)) {
            self.problem(path, ContentError::LinkElsewhere(target));
        }
    }

    fn file(&mut self, path: &Path) {
        // Devices and sockets are skipped.
        let size = match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => metadata.len(),
            Ok(_) => return,
            Err(error) => return self.problem(path, FileError::new(path, error)),
        };
        let blob = Blob::File { path: path.to_owned(), size };
        let head = blob.head(HEAD);
        match head.as_deref().map(recognize::recognize) {
            Err(cause) => self.problem(path, cause.clone()),
            // Documents and programs can be archives, too; damaged ones do not matter here.
            Ok(Format::Archive) if !is_zip(&blob) && member::list(path, 0).is_err() => {}
            Ok(Format::Archive) => self.archive(path),
            Ok(format) => self.sort_in(blob, format),
        }
    }

    fn sort_in(&mut self, blob: Blob, format: Format) {
        match format {
            Format::Hive => self.hives.push(blob),
            Format::HiveLog => self.logs.push(blob),
            Format::Export => self.exports.push(blob),
            Format::Policy => self.policies.push(blob),
            Format::EventLog => {
                let shown = blob.shown();
                match EventLog::identify(blob) {
                    Ok(log) => self.event_logs.extend(log),
                    // Windows creates a file for each log, and most stay empty.
                    Err(Cause::Content(ContentError::NoEvents)) => {}
                    Err(cause) => self.found.problems.push(ReadError::new(shown, cause)),
                }
            }
            Format::Snapshot => {
                self.found.places.push(RegistrySource::new(blob.shown(), Content::Snapshot(blob)));
            }
            Format::Archive if is_zip(&blob) => {
                self.problem_of(&blob, ContentError::NestedArchive);
            }
            Format::Other if is_called_a_hive(&blob) && !is_backup(&blob) => {
                self.problem_of(&blob, ContentError::NotAHive { is_empty: blob.size() == 0 });
            }
            Format::Archive | Format::Other => {}
        }
    }

    fn archive(&mut self, path: &Path) {
        match member::list(path, HEAD as u64) {
            Err(cause) => self.problem(path, cause),
            Ok((members, problems)) => {
                let wanted = self.member.clone().unwrap_or_default();
                let is_wanted = |name: &str| wanted.is_empty() || member::is_wanted(name, &wanted);
                let prefix = format!("{}!", path.display());
                let of_member =
                    |problem: &ReadError| problem.place.strip_prefix(&prefix).is_none_or(is_wanted);
                self.found.problems.extend(problems.into_iter().filter(of_member));
                let members: Vec<_> = members
                    .into_iter()
                    .filter(|(blob, _)| matches!(blob, Blob::Member { name, .. } if is_wanted(name)))
                    .collect();
                let is_named = |(blob, _): &member::Listed| matches!(blob, Blob::Member { name, .. } if name.eq_ignore_ascii_case(&wanted));
                self.named = members.iter().any(is_named);
                if members.is_empty() && !wanted.is_empty() && self.found.problems.is_empty() {
                    return self.problem(path, ContentError::NoMember(wanted));
                }
                for (blob, head) in members {
                    match head.as_deref().map(recognize::recognize) {
                        Ok(format) => self.sort_in(blob, format),
                        Err(cause) => self.problem_of(&blob, cause.clone()),
                    }
                }
            }
        }
    }

    /// Groups the files by machine.
    fn group(&mut self) {
        let hives = std::mem::take(&mut self.hives);
        // By folder: a fleet has thousands of logs, and each is beside its hive.
        let mut logs: HashMap<String, Vec<Blob>> = HashMap::new();
        for log in std::mem::take(&mut self.logs) {
            logs.entry(log.folder()).or_default().push(log);
        }
        let folders: HashSet<String> = hives.iter().map(Blob::folder).collect();
        let mut files: Vec<HiveFiles> = Vec::new();
        for primary in hives {
            // Windows keeps older copies of its hives in `RegBack`.
            if is_backup(&primary) && parent(&primary.folder()).is_some_and(|above| folders.contains(above)) {
                continue;
            }
            let beside = logs.get(&primary.folder()).into_iter().flatten();
            let logs = beside.filter(|log| is_log_of(log, &primary)).cloned().collect();
            match HiveFiles::open(primary.clone(), logs) {
                Ok(file) if file.role.is_machine() || self.named => {
                    if file.missing > 0 {
                        self.problem_of(&primary, ContentError::Truncated(file.missing));
                    }
                    files.push(file);
                }
                Ok(_) => self.other_hives += 1,
                Err(cause) => self.problem_of(&primary, cause),
            }
        }
        let machines = hive::group(files);
        let mut in_folder: HashMap<String, usize> = HashMap::new();
        for machine in &machines {
            if let Some(file) = machine.first() {
                *in_folder.entry(file.primary.folder()).or_default() += 1;
            }
        }
        for machine in machines {
            let blobs: Vec<_> = machine.iter().map(|file| &file.primary).collect();
            let alone = blobs.first().is_some_and(|blob| in_folder.get(&blob.folder()) == Some(&1));
            self.found.places.push(RegistrySource::new(locator(&blobs, alone), Content::Hives(machine)));
        }
        for machine in export::group(std::mem::take(&mut self.exports)) {
            let blobs: Vec<_> = machine.iter().collect();
            self.found.places.push(RegistrySource::new(locator(&blobs, true), Content::Exports(machine)));
        }
        for blob in std::mem::take(&mut self.policies) {
            self.found.places.push(RegistrySource::new(blob.shown(), Content::Policy(blob)));
        }
        self.group_logs();
    }

    /// Adds the event logs to the machines that they belong to: to the only registry in the same folder, or
    /// on the same mounted volume, or of the whole source. Logs without such a registry are machines of their
    /// own.
    fn group_logs(&mut self) {
        let mut groups: BTreeMap<(String, String), Vec<EventLog>> = BTreeMap::new();
        for log in std::mem::take(&mut self.event_logs) {
            groups.entry((volume(&log.blob.folder()).to_owned(), log.host())).or_default().push(log);
        }
        let registries: Vec<usize> = self
            .found
            .places
            .iter()
            .enumerate()
            .filter_map(|(index, place)| {
                matches!(place.content, Content::Hives(_) | Content::Exports(_)).then_some(index)
            })
            .collect();
        let folders: Vec<String> = groups.keys().map(|(folder, _)| folder.clone()).collect();
        let is_only_host = groups.keys().all(|(_, host)| groups.keys().all(|(_, other)| other == host));
        for ((folder, _), logs) in groups {
            let is_only = folders.iter().filter(|other| **other == folder).count() == 1;
            let here: Vec<_> = registries
                .iter()
                .filter(|index| {
                    self.found
                        .places
                        .get(**index)
                        .and_then(RegistrySource::folder)
                        .is_some_and(|at| volume(&at) == folder)
                })
                .collect();
            let owner = match (here.as_slice(), registries.as_slice()) {
                ([only], _) if is_only => Some(**only),
                ([], [only]) if is_only_host => Some(*only),
                _ => None,
            };
            if let Some(place) = owner.and_then(|index| self.found.places.get_mut(index)) {
                place.logs.extend(logs);
            } else {
                let blobs: Vec<_> = logs.iter().map(|log| &log.blob).collect();
                let mut place = RegistrySource::new(locator(&blobs, is_only), Content::EventLogs);
                place.logs = logs;
                self.found.places.push(place);
            }
        }
    }

    /// Groups the files; reports if there are none.
    fn finish(&mut self, path: &Path) {
        self.group();
        if self.found.places.is_empty() && self.found.problems.is_empty() {
            self.problem(path, ContentError::Nothing { other_hives: self.other_hives });
        }
    }
}

/// The location of a machine for display: its only file, else its folder if no other machine is there, else
/// its files.
fn locator(blobs: &[&Blob], alone: bool) -> String {
    match blobs {
        [only] => only.shown(),
        [first, ..] if alone => first.folder(),
        [first, others @ ..] => {
            others.iter().fold(first.shown(), |shown, other| format!("{shown} + {}", other.name()))
        }
        [] => String::new(),
    }
}

fn is_zip(blob: &Blob) -> bool {
    blob.name().to_lowercase().ends_with(".zip")
}

/// True for names such as `SYSTEM` or `HOST1_SOFTWARE`: users expect that a file with such a name is read.
fn is_called_a_hive(blob: &Blob) -> bool {
    let name = blob.name().to_lowercase();
    name.rsplit(['_', '-', ' ']).next().is_some_and(|last| matches!(last, "system" | "software"))
}

/// True for a file in a folder `RegBack`.
fn is_backup(blob: &Blob) -> bool {
    let folder = blob.folder();
    folder.rsplit(['/', '\\', '!']).next().is_some_and(|last| last.eq_ignore_ascii_case("RegBack"))
}

/// A folder without its end `config` or `winevt/Logs`: equal for the hives and the event logs of one Windows.
fn volume(folder: &str) -> &str {
    let lower = folder.to_ascii_lowercase().replace('\\', "/");
    let end = ["/winevt/logs", "/config"].into_iter().find(|end| lower.ends_with(end)).unwrap_or_default();
    folder.get(..folder.len() - end.len()).unwrap_or(folder)
}

/// The parent of a folder as [`Blob::folder`] returns it.
fn parent(folder: &str) -> Option<&str> {
    folder.rfind(['/', '\\', '!']).and_then(|at| folder.get(..at))
}

/// `Windows\System32\config` below this folder, which may itself be `Windows` or `System32`. Case is ignored.
fn config_folder(folder: &Path) -> Option<PathBuf> {
    const PATH: [&str; 3] = ["windows", "system32", "config"];
    let name = folder.file_name().map(|name| name.to_string_lossy().to_lowercase());
    let within = PATH.iter().position(|part| name.as_deref() == Some(part)).and_then(|at| PATH.get(at + 1..));
    // A volume can be mounted at a folder that is named `Windows`.
    let ways = [Some(PATH.as_slice()), within.filter(|rest| !rest.is_empty())];
    ways.into_iter()
        .flatten()
        .find_map(|way| way.iter().try_fold(folder.to_owned(), |folder, wanted| subfolder(&folder, wanted)))
}

/// The subfolder of this name, given in lower case; case is ignored. Returned with its name in the file
/// system.
fn subfolder(folder: &Path, wanted: &str) -> Option<PathBuf> {
    let exact = folder.join(wanted);
    let is_there = exact.is_dir();
    let named: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().eq_ignore_ascii_case(wanted))
        .map(|entry| entry.path())
        .collect();
    // A case-insensitive file system finds the folder by any spelling; the listing has the actual name.
    if is_there && (named.is_empty() || named.contains(&exact)) {
        return Some(exact);
    }
    named.into_iter().find(|path| path.is_dir())
}

/// The transaction logs beside a hive.
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

/// True for `NAME.LOG`, `NAME.LOG1` or `NAME.LOG2` beside `NAME`. Case is ignored.
fn is_log_of(log: &Blob, primary: &Blob) -> bool {
    let (log_name, name) = (log.name().to_lowercase(), primary.name().to_lowercase());
    log.folder() == primary.folder()
        && log_name.strip_prefix(&name).is_some_and(|rest| matches!(rest, ".log" | ".log1" | ".log2"))
}
