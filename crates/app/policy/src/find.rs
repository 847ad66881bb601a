//! Searches a tree for group policy objects.

use sources::PolicyContent;

use crate::files::{FileEntry, Files};
use crate::gpt_ini::GptIni;
use crate::object::{Half, ObjectKind, PolicyFormat, PolicyObject};
use crate::{Problem, backup, pol, preferences, xml};

/// Limit for the depth of folders.
const DEEPEST: usize = 16;
/// Limit for the number of folders: SYSVOL of a large domain has some ten thousand.
const MOST_FOLDERS: usize = 200_000;
/// Limit for a policy file: real ones have some kilobytes.
const LARGEST_POLICY: u64 = 64 << 20;
/// Limit for a text file that may be LGPO text.
const LARGEST_TEXT: u64 = 4 << 20;
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
    search.loose(name, "", true);
    search.finish(name)
}

/// Adds the content of a file to an object.
type Take = fn(&mut PolicyObject, &[u8]) -> Result<(), roxmltree::Error>;

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
                "has no group policy object: neither gpt.ini (SYSVOL), nor bkupInfo.xml (a backup), nor a policy file",
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
            Err(error) => {
                self.problem(folder, error.to_string());
                Vec::new()
            }
        }
    }

    fn folder(&mut self, folder: &str, depth: usize) {
        self.folders += 1;
        if depth > DEEPEST || self.folders > MOST_FOLDERS {
            if self.folders <= MOST_FOLDERS {
                self.problem(folder, format!("is nested more than {DEEPEST} folders deep, and was not read"));
            }
            return;
        }
        let listed = self.list(folder);
        let file = |name: &str| listed.iter().find(|entry| is_file(entry, name));
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
                if is_policy(&entry.name, &listed) {
                    self.loose(&path, folder, false);
                } else if is_text(&entry.name) {
                    self.text(&path, folder);
                }
            } else if !PASSED_OVER.iter().any(|name| entry.name.eq_ignore_ascii_case(name)) {
                self.folder(&path, depth + 1);
            }
        }
    }

    /// Reads an object in SYSVOL, or in a backup by samba-tool.
    fn sysvol(&mut self, folder: &str, listed: &[FileEntry]) {
        let is_copy =
            listed.iter().any(|entry| is_file(entry, "gpt.ini") && plain(&entry.name) != entry.name);
        let kind = if is_copy { ObjectKind::Backup } else { ObjectKind::Sysvol };
        let mut object = PolicyObject::at(kind, self.files.shown(folder));
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

    /// Reads the policy files of both halves, ignoring case: `Machine\Registry.pol`, and
    /// `Machine\Preferences\Registry\Registry.xml`.
    fn halves(&mut self, object: &mut PolicyObject, folder: &str, listed: &[FileEntry]) {
        for (name, half) in [("Machine", Half::Machine), ("User", Half::User)] {
            let Some((inner, listed)) = self.subfolder(folder, listed, name) else { continue };
            for entry in listed.iter().filter(|entry| {
                is_file(entry, "Registry.pol")
                    || entry.name.eq_ignore_ascii_case("Registry.pol.xml") && is_policy(&entry.name, &listed)
            }) {
                self.policy(object, &join(&inner, &entry.name), half, false);
            }
            let preferences = self
                .subfolder(&inner, &listed, "Preferences")
                .and_then(|(inner, listed)| self.subfolder(&inner, &listed, "Registry"));
            if let Some((inner, listed)) = preferences {
                for entry in listed.iter().filter(|entry| is_file(entry, "Registry.xml")) {
                    self.policy(object, &join(&inner, &entry.name), half, false);
                }
            }
        }
    }

    /// A subfolder and its entries; case is ignored.
    fn subfolder(
        &mut self,
        folder: &str,
        listed: &[FileEntry],
        name: &str,
    ) -> Option<(String, Vec<FileEntry>)> {
        let found = listed.iter().find(|entry| entry.is_folder && entry.name.eq_ignore_ascii_case(name))?;
        let inner = join(folder, &found.name);
        let listed = self.list(&inner);
        Some((inner, listed))
    }

    /// Reads a policy file without an object. The folder determines its half. A file that the user named is
    /// recognized by its content.
    fn loose(&mut self, path: &str, folder: &str, named: bool) {
        let mut object = PolicyObject::at(ObjectKind::File, self.files.shown(path));
        let half = self.half_of(folder);
        self.policy(&mut object, path, half, named);
        if !object.files.is_empty() {
            self.found.objects.push(object);
        }
    }

    /// Reads a text file if it is LGPO text. Others are none of the search's concern.
    fn text(&mut self, path: &str, folder: &str) {
        let Ok(bytes) = self.files.read(path, LARGEST_TEXT) else { return };
        if regtext::looks_like_lgpo(&bytes) {
            let mut object = PolicyObject::at(ObjectKind::File, self.files.shown(path));
            let half = self.half_of(folder);
            self.decoded(&mut object, path, half, &bytes);
            self.found.objects.push(object);
        }
    }

    fn half_of(&self, folder: &str) -> Half {
        let shown = self.files.shown(folder);
        let parent = shown.rsplit(['/', '\\']).next().unwrap_or_default();
        if parent.eq_ignore_ascii_case("User") { Half::User } else { Half::Machine }
    }

    fn policy(&mut self, object: &mut PolicyObject, path: &str, half: Half, named: bool) {
        match self.files.read(path, LARGEST_POLICY) {
            Err(error) => self.problem(path, error.to_string()),
            // The console leaves empty files behind; Windows accepts them as empty.
            Ok(bytes) if bytes.is_empty() => {}
            Ok(bytes) if named && !is_pol_name(path) && !is_policy_file(&bytes) => {
                self.problem(path, UNKNOWN);
            }
            Ok(bytes) => self.decoded(object, path, half, &bytes),
        }
    }

    /// Adds the files that the bytes are: one, or two for LGPO text with settings of both halves.
    fn decoded(&mut self, object: &mut PolicyObject, path: &str, half: Half, bytes: &[u8]) {
        let is_user = half == Half::User;
        let shown = self.files.shown(path);
        if is_xml(bytes) {
            let read = preferences::read(bytes).and_then(|content| match content {
                Some(content) => Ok(Some((PolicyFormat::Preferences, content))),
                None => preferences::read_samba(bytes, is_user)
                    .map(|content| content.map(|content| (PolicyFormat::RegistryPol, content))),
            });
            match read {
                Ok(Some((format, content))) => object.files.push(pol::read(shown, half, format, content)),
                Ok(None) => self.problem(path, UNKNOWN),
                Err(error) => self.problem(path, format!("could not be read as XML: {error}")),
            }
            return;
        }
        let content = PolicyContent::decode(bytes, is_user);
        if !regtext::looks_like_lgpo(bytes) {
            object.files.push(pol::read(shown, half, PolicyFormat::RegistryPol, content));
            return;
        }
        for problem in &content.problems {
            self.problem(path, problem.as_str());
        }
        for (half, is_user) in [(Half::Machine, false), (Half::User, true)] {
            let mut own = content.clone();
            own.entries.retain(|entry| entry.is_user == is_user);
            if !own.entries.is_empty() {
                object.files.push(pol::read(shown.clone(), half, PolicyFormat::LgpoText, own));
            }
        }
    }

    fn described(&mut self, folder: &str, listed: &[FileEntry], name: &str) -> Option<Vec<u8>> {
        let entry = listed.iter().find(|entry| is_file(entry, name))?;
        let path = join(folder, &entry.name);
        match self.files.read(&path, LARGEST_DESCRIPTION) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                self.problem(&path, error.to_string());
                None
            }
        }
    }

    /// Reports backups that a manifest lists and its folder does not contain.
    fn manifest(&mut self, path: &str, listed: &[FileEntry]) {
        let bytes = match self.files.read(path, LARGEST_DESCRIPTION) {
            Ok(bytes) => bytes,
            Err(error) => return self.problem(path, error.to_string()),
        };
        match backup::listed(&bytes) {
            Err(error) => self.problem(path, format!("could not be read as XML: {error}")),
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

/// The suffix of the copies in a backup by `samba-tool gpo backup`. Beside each is a file `NAME.xml`.
const SAMBA: &str = ".SAMBABACKUP";

/// The name without the suffix of Samba's copies.
fn plain(name: &str) -> &str {
    let at = name.len().saturating_sub(SAMBA.len());
    match name.get(at..) {
        Some(suffix) if suffix.eq_ignore_ascii_case(SAMBA) => name.get(..at).unwrap_or(name),
        _ => name,
    }
}

/// True for a file of this name, or Samba's copy of one; case is ignored.
fn is_file(entry: &FileEntry, name: &str) -> bool {
    !entry.is_folder && plain(&entry.name).eq_ignore_ascii_case(name)
}

fn has_extension(name: &str, wanted: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case(wanted))
}

fn is_pol_name(path: &str) -> bool {
    has_extension(plain(path), "pol")
}

/// True for the name of a policy file: `*.pol`, `Registry.xml`, and Samba's XML unless the copy that it was
/// made of is beside it.
fn is_policy(name: &str, listed: &[FileEntry]) -> bool {
    let of_samba = || {
        let pol = name.get(..name.len().saturating_sub(4)).filter(|pol| has_extension(pol, "pol"));
        has_extension(name, "xml") && pol.is_some_and(|pol| !listed.iter().any(|entry| is_file(entry, pol)))
    };
    is_pol_name(name) || plain(name).eq_ignore_ascii_case("Registry.xml") || of_samba()
}

fn is_text(name: &str) -> bool {
    has_extension(name, "txt") || has_extension(name, "lgpo")
}

fn is_xml(bytes: &[u8]) -> bool {
    xml::text(bytes.get(..bytes.len().min(64)).unwrap_or_default()).trim_start().starts_with('<')
}

/// True if the start of a file is that of a policy file: `Registry.pol`, LGPO text, `Registry.xml` of Group
/// Policy Preferences, or the XML that Samba makes of a `Registry.pol`.
#[must_use]
pub fn is_policy_file(head: &[u8]) -> bool {
    let has_root = || {
        let text = xml::text(head);
        ["<RegistrySettings", "<PolFile"].iter().any(|root| text.contains(root))
    };
    regtext::looks_like_pol(head) || regtext::looks_like_lgpo(head) || is_xml(head) && has_root()
}

/// The problem of a file that is not a policy file.
const UNKNOWN: &str =
    "is not a policy file: neither Registry.pol, nor LGPO text, nor Registry.xml of Group Policy Preferences";

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The GUID in the name of a folder.
fn guid(folder: &str) -> Option<String> {
    let name = folder.rsplit('/').next()?;
    let is_guid = name.len() == 38 && name.starts_with('{') && name.ends_with('}');
    is_guid.then(|| name.to_uppercase())
}
