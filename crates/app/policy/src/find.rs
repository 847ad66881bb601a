//! Searches a tree for group policy objects.

use crate::files::{FileEntry, Files};
use crate::gpt_ini::GptIni;
use crate::object::{Half, ObjectKind, PolicyObject};
use crate::{Problem, backup, pol};

/// Limit for the depth of folders.
const DEEPEST: usize = 16;
/// Limit for the number of folders: SYSVOL of a large domain has some ten thousand.
const MOST_FOLDERS: usize = 200_000;
/// Limit for a policy file: real ones have some kilobytes.
const LARGEST_POLICY: u64 = 64 << 20;
/// Limit for an XML file: reports of large objects have some megabytes.
const LARGEST_DESCRIPTION: u64 = 64 << 20;

/// Folders with many files and no objects, which are skipped.
const PASSED_OVER: [&str; 4] =
    [".git", "PolicyDefinitions", "DfsrPrivate", "DO_NOT_REMOVE_NtFrs_PreInstall_Directory"];

/// Result of a search.
#[derive(Debug, Default)]
pub struct Found {
    /// The objects, by place.
    pub objects: Vec<PolicyObject>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// Searches a tree. Never fails: errors are recorded as problems.
pub fn find(files: &mut dyn Files) -> Found {
    let mut search = Search { files, found: Found::default(), folders: 0 };
    search.folder("", 0);
    search.finish("")
}

/// Reads one policy file, with its object if the folder is that of one.
pub fn find_file(files: &mut dyn Files, name: &str) -> Found {
    let mut search = Search { files, found: Found::default(), folders: 0 };
    search.loose(name, "");
    search.finish(name)
}

/// Adds the content of a file to an object.
type Take = fn(&mut PolicyObject, &[u8]) -> Result<(), String>;

struct Search<'f> {
    files: &'f mut dyn Files,
    found: Found,
    folders: usize,
}

impl Search<'_> {
    fn problem(&mut self, path: &str, message: impl Into<String>) {
        let source = self.files.shown(path);
        self.found.problems.push(Problem { source, message: message.into() });
    }

    fn finish(mut self, path: &str) -> Found {
        if self.found.objects.is_empty() && self.found.problems.is_empty() {
            self.problem(
                path,
                "holds no group policy object: neither gpt.ini (SYSVOL), nor bkupInfo.xml (a backup), nor a Registry.pol",
            );
        }
        self.found.objects.sort_by(|a, b| a.place.cmp(&b.place));
        self.found
    }

    fn list(&mut self, folder: &str) -> Vec<FileEntry> {
        match self.files.list(folder) {
            Ok(mut listed) => {
                listed.sort();
                listed
            }
            Err(message) => {
                self.problem(folder, message);
                Vec::new()
            }
        }
    }

    fn folder(&mut self, folder: &str, depth: usize) {
        self.folders += 1;
        if depth > DEEPEST || self.folders > MOST_FOLDERS {
            if self.folders <= MOST_FOLDERS {
                self.problem(
                    folder,
                    format!("lies more than {DEEPEST} folders deep and was not looked into"),
                );
            }
            return;
        }
        let listed = self.list(folder);
        let file = |name: &str| listed.iter().find(|e| !e.is_folder && e.name.eq_ignore_ascii_case(name));
        let has_folder = |name: &str| listed.iter().any(|e| e.is_folder && e.name.eq_ignore_ascii_case(name));
        if file("bkupInfo.xml").is_some() || file("Backup.xml").is_some() && has_folder("DomainSysvol") {
            return self.backup(folder, &listed);
        }
        if file("gpt.ini").is_some() {
            return self.sysvol(folder, &listed);
        }
        if let Some(manifest) = file("manifest.xml") {
            self.manifest(&join(folder, &manifest.name), &listed);
        }
        for entry in &listed {
            let path = join(folder, &entry.name);
            if !entry.is_folder {
                if is_policy(&entry.name) {
                    self.loose(&path, folder);
                }
            } else if !PASSED_OVER.iter().any(|name| entry.name.eq_ignore_ascii_case(name)) {
                self.folder(&path, depth + 1);
            }
        }
    }

    /// Reads an object in SYSVOL.
    fn sysvol(&mut self, folder: &str, listed: &[FileEntry]) {
        let mut object = PolicyObject::at(ObjectKind::Sysvol, self.files.shown(folder));
        object.id = guid(folder);
        // \\domain\SYSVOL\domain\Policies\{GUID}
        let mut above = folder.rsplit('/').skip(1);
        if above.next().is_some_and(|name| name.eq_ignore_ascii_case("Policies")) {
            object.domain = above.next().filter(|name| name.contains('.')).map(str::to_owned);
        }
        if let Some(bytes) = self.described(folder, listed, "gpt.ini") {
            let ini = GptIni::read(&bytes);
            object.name.clone_from(&ini.name);
            if let Some((machine, user)) = ini.halves() {
                (object.machine_version, object.user_version) = (Some(machine), Some(user));
            }
        }
        self.halves(&mut object, folder, listed);
        self.found.objects.push(object);
    }

    /// Reads a backup of an object.
    fn backup(&mut self, folder: &str, listed: &[FileEntry]) {
        let mut object = PolicyObject::at(ObjectKind::Backup, self.files.shown(folder));
        let descriptions: [(&str, Take); 3] = [
            ("bkupInfo.xml", backup::info),
            ("Backup.xml", backup::description),
            ("gpreport.xml", backup::report),
        ];
        for (name, take) in descriptions {
            if let Some(bytes) = self.described(folder, listed, name)
                && let Err(error) = take(&mut object, &bytes)
            {
                self.problem(&join(folder, name), format!("could not be read as XML: {error}"));
            }
        }
        let mut inner = folder.to_owned();
        for name in ["DomainSysvol", "GPO"] {
            let listed = self.list(&inner);
            let Some(found) = listed.iter().find(|e| e.is_folder && e.name.eq_ignore_ascii_case(name)) else {
                break;
            };
            inner = join(&inner, &found.name);
        }
        if inner != folder {
            let listed = self.list(&inner);
            self.halves(&mut object, &inner, &listed);
        }
        self.found.objects.push(object);
    }

    /// Reads `Machine\Registry.pol` and `User\Registry.pol`, ignoring case.
    fn halves(&mut self, object: &mut PolicyObject, folder: &str, listed: &[FileEntry]) {
        for (name, half) in [("Machine", Half::Machine), ("User", Half::User)] {
            let Some(found) = listed.iter().find(|e| e.is_folder && e.name.eq_ignore_ascii_case(name)) else {
                continue;
            };
            let inner = join(folder, &found.name);
            for entry in self.list(&inner) {
                if !entry.is_folder && entry.name.eq_ignore_ascii_case("Registry.pol") {
                    self.policy(object, &join(&inner, &entry.name), half);
                }
            }
        }
    }

    /// Reads a policy file without an object. The folder determines its half.
    fn loose(&mut self, path: &str, folder: &str) {
        let mut object = PolicyObject::at(ObjectKind::File, self.files.shown(path));
        let shown = self.files.shown(folder);
        let parent = shown.rsplit(['/', '\\']).next().unwrap_or_default();
        let half = if parent.eq_ignore_ascii_case("User") { Half::User } else { Half::Machine };
        self.policy(&mut object, path, half);
        if !object.files.is_empty() {
            self.found.objects.push(object);
        }
    }

    fn policy(&mut self, object: &mut PolicyObject, path: &str, half: Half) {
        match self.files.read(path, LARGEST_POLICY) {
            Err(message) => self.problem(path, message),
            // The console leaves empty files behind; Windows accepts them as empty.
            Ok(bytes) if bytes.is_empty() => {}
            Ok(bytes) => object.files.push(pol::read(self.files.shown(path), half, bytes)),
        }
    }

    fn described(&mut self, folder: &str, listed: &[FileEntry], name: &str) -> Option<Vec<u8>> {
        let entry = listed.iter().find(|e| !e.is_folder && e.name.eq_ignore_ascii_case(name))?;
        let path = join(folder, &entry.name);
        match self.files.read(&path, LARGEST_DESCRIPTION) {
            Ok(bytes) => Some(bytes),
            Err(message) => {
                self.problem(&path, message);
                None
            }
        }
    }

    /// Reports backups that a manifest lists and its folder does not contain.
    fn manifest(&mut self, path: &str, listed: &[FileEntry]) {
        match self.files.read(path, LARGEST_DESCRIPTION).and_then(|bytes| backup::listed(&bytes)) {
            Err(message) => self.problem(path, format!("could not be read: {message}")),
            Ok(backups) => {
                for id in backups {
                    if !listed.iter().any(|entry| entry.is_folder && entry.name.eq_ignore_ascii_case(&id)) {
                        self.problem(path, format!("lists the backup {id}, which is not beside it"));
                    }
                }
            }
        }
    }
}

fn is_policy(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("pol"))
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The GUID in the name of a folder.
fn guid(folder: &str) -> Option<String> {
    let name = folder.rsplit('/').next()?;
    let is_guid = name.len() == 38 && name.starts_with('{') && name.ends_with('}');
    is_guid.then(|| name.to_uppercase())
}
