//! `rdscal policy`: show and check Group Policy objects.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use policy::applied::{self, MachinePolicy};
use policy::lint::Choice;
use policy::report::PolicyReport;
use policy::{Disk, FileEntry, Files, FilesError, Found, Problem, resolve};

use super::load;
use crate::args::{self, Format, LINT_FORMATS, NetworkArgs, POLICY_FORMATS, PolicyLintArgs, PolicyShowArgs};
use crate::exit::{Exit, Failure};
use crate::output;
use sources::Blob;
#[cfg(feature = "remote")]
use sources::{BadTarget, Target};
use survey::Network;

/// Runs `policy show`.
pub fn show(args: &PolicyShowArgs) -> Result<Exit, Failure> {
    let format = args.output.format(args.format, POLICY_FORMATS)?;
    let mut network = Network::new(&args.network.options())?;
    let mut found = Found::default();
    let mut machines = Vec::new();
    for source in &sources(args, &network)? {
        if let Some(share) = sysvol(source, &mut network)? {
            add(&mut found, share);
            continue;
        }
        if !is_machine(source) {
            let objects = on_disk(source);
            if !objects.objects.is_empty() {
                add(&mut found, objects);
                continue;
            }
        }
        let (read, problems) = read_machines(source, &args.network)?;
        machines.extend(read);
        found.problems.extend(problems);
    }
    let computer = match (&args.directory, &args.unit) {
        (Some(server), _) => from_directory(server, args, &mut network, &mut found)?,
        (None, Some(unit)) => Some(resolve::offline(&found.objects, unit)),
        (None, None) => None,
    };
    let resolution = computer.map(|computer| resolve::resolve(&found.objects, computer));
    let report = PolicyReport::new(found.objects, machines, resolution, found.problems, args.all);
    let text = match format {
        Format::Json => report::json::render(&report)?,
        Format::Csv => report::policy_csv(&report)?,
        _ => report::text::policy(&report, output::width()),
    };
    output::write(&text, &args.output)?;
    let whole = report.problems.is_empty() && report.damaged() == 0;
    Ok(if whole { Exit::Fine } else { Exit::Unreadable })
}

/// The sources of the arguments; by default the SYSVOL share of the domain controller.
#[cfg(feature = "directory")]
fn sources(args: &PolicyShowArgs, network: &Network) -> Result<Vec<PathBuf>, Failure> {
    match &args.directory {
        Some(server) if args.sources.is_empty() => {
            let target = ldap::Target::parse(server).map_err(Failure::usage)?;
            let host = target.host;
            let share = match host.contains(':') {
                true => format!("smb://[{host}]/SYSVOL"),
                // Windows signs in as the user who runs the program.
                false if cfg!(windows) && network.has_no_account() => format!(r"\\{host}\SYSVOL"),
                false => format!("smb://{host}/SYSVOL"),
            };
            Ok(vec![PathBuf::from(share)])
        }
        _ => Ok(args.sources.clone()),
    }
}

#[cfg(not(feature = "directory"))]
#[allow(clippy::unnecessary_wraps)] // same signature as above
fn sources(args: &PolicyShowArgs, _: &Network) -> Result<Vec<PathBuf>, Failure> {
    Ok(args.sources.clone())
}

/// Runs `policy lint`.
pub fn lint(args: &PolicyLintArgs) -> Result<Exit, Failure> {
    let format = args.output.format(args.format, LINT_FORMATS)?;
    load::check_rules(args.only.iter().chain(&args.ignore))?;
    let mut found = Found::default();
    for path in &args.paths {
        add(&mut found, on_disk(path));
    }
    let choice = Choice { only: args.only.clone(), ignore: args.ignore.clone() };
    let report = policy::lint(found, &choice, args::now());
    let text = match format {
        Format::Json => report::json::render(&report)?,
        Format::Sarif => report::lint_sarif(&report)?,
        _ => report::text::lint(&report, output::width()),
    };
    output::write(&text, &args.output)?;
    let worst = report.findings.iter().map(|located| located.finding.severity).max();
    Ok(Exit::of(report.problems.is_empty(), args.fail_on.is_reached(worst)))
}

fn add(all: &mut Found, found: Found) {
    all.objects.extend(found.objects);
    all.problems.extend(found.problems);
}

/// The Group Policy objects of a folder, or of one policy file.
fn on_disk(path: &Path) -> Found {
    if path.is_dir() {
        return policy::find(&mut Disk::new(path));
    }
    let named =
        if is_archive(path) { Some((path.to_owned(), String::new())) } else { Blob::in_archive(path) };
    if let Some((archive, member)) = named {
        return in_archive(&archive, member);
    }
    if let Err(error) = path.metadata() {
        let message = match error.kind() {
            std::io::ErrorKind::NotFound => "does not exist".to_owned(),
            _ => format!("cannot be opened: {error}"),
        };
        let problem = Problem { source: path.display().to_string(), message };
        return Found { objects: Vec::new(), problems: vec![problem] };
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    match path.file_name().and_then(|name| name.to_str()) {
        Some(name) => policy::find_file(&mut Disk::new(folder), name),
        None => Found::default(),
    }
}

/// The Group Policy objects of an archive, of a folder in it, or of one policy file in it.
fn in_archive(archive: &Path, member: String) -> Found {
    let members = match Blob::members(archive) {
        Ok(members) => members,
        Err(error) => {
            let problem = Problem { source: error.place.clone(), message: error.message() };
            return Found { objects: Vec::new(), problems: vec![problem] };
        }
    };
    let mut files = ArchiveFiles { archive: archive.to_owned(), root: member, members };
    if !files.members.iter().any(|blob| name_of(blob) == files.root) {
        return policy::find(&mut files);
    }
    let (folder, name) = match files.root.rsplit_once('/') {
        Some((folder, name)) => (folder.to_owned(), name.to_owned()),
        None => (String::new(), files.root.clone()),
    };
    files.root = folder;
    policy::find_file(&mut files, &name)
}

/// A folder in an archive.
struct ArchiveFiles {
    archive: PathBuf,
    /// Empty for the whole archive.
    root: String,
    members: Vec<Blob>,
}

fn name_of(blob: &Blob) -> &str {
    match blob {
        Blob::Member { name, .. } => name,
        Blob::File { .. } => "",
    }
}

impl ArchiveFiles {
    fn at(&self, path: &str) -> String {
        [self.root.as_str(), path].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
    }
}

impl Files for ArchiveFiles {
    fn list(&mut self, folder: &str) -> Result<Vec<FileEntry>, FilesError> {
        let folder = self.at(folder);
        let mut listed = BTreeSet::new();
        for blob in &self.members {
            let below = match name_of(blob).strip_prefix(&folder) {
                Some(below) if folder.is_empty() => below,
                Some(below) => match below.strip_prefix('/') {
                    Some(below) => below,
                    None => continue,
                },
                None => continue,
            };
            let (name, is_folder) = below.split_once('/').map_or((below, false), |(name, _)| (name, true));
            listed.insert(FileEntry { name: name.to_owned(), is_folder });
        }
        if listed.is_empty() { Err(FilesError::NotInArchive) } else { Ok(listed.into_iter().collect()) }
    }

    fn read(&mut self, file: &str, most: u64) -> Result<Vec<u8>, FilesError> {
        let path = self.at(file);
        let found = self.members.iter().find(|blob| name_of(blob) == path);
        let blob = found.ok_or(FilesError::NotInArchive)?;
        Ok(blob.read_at_most(most)?)
    }

    fn shown(&self, path: &str) -> String {
        let at = self.at(path);
        let archive = self.archive.display();
        if at.is_empty() { archive.to_string() } else { format!("{archive}!{at}") }
    }
}

/// True for a file that begins like a .zip archive.
fn is_archive(path: &Path) -> bool {
    path.is_file() && head(path).starts_with(b"PK\x03\x04")
}

/// True for a SOURCE that cannot contain Group Policy objects: the running machine, a remote machine, or a
/// file that is not a policy file.
fn is_machine(source: &Path) -> bool {
    let text = source.to_string_lossy();
    let is_remote = (text.starts_with(r"\\") || text.starts_with("smb://")) && share_of(&text).is_none();
    let is_other_file = source.is_file()
        && !source.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("pol"))
        && !policy::is_policy_file(&head(source));
    // A mounted Windows volume is a machine, although it contains policy files.
    let is_volume = ["Windows", "WINDOWS", "windows", "WINNT"]
        .iter()
        .any(|name| source.join(name).join("System32/config").is_dir());
    let is_other_member = Blob::in_archive(source)
        .is_some_and(|(archive, member)| in_archive(&archive, member).objects.is_empty());
    is_remote
        || is_other_file
        || is_other_member
        || is_volume
        || cfg!(windows) && source.as_os_str() == sources::THIS_MACHINE
}

/// The first bytes of a file; empty if it cannot be read, which its reader then reports.
fn head(file: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(file).and_then(|file| file.take(4096).read_to_end(&mut bytes));
    if read.is_ok() { bytes } else { Vec::new() }
}

/// The policies that are recorded in the registries of the machines of a source.
fn read_machines(
    source: &Path,
    network: &NetworkArgs,
) -> Result<(Vec<MachinePolicy>, Vec<Problem>), Failure> {
    let found = load::discover(&[source.to_owned()], None, network)?;
    let mut machines = Vec::new();
    let mut problems: Vec<Problem> = found
        .problems
        .into_iter()
        .map(|problem| Problem { message: problem.message(), source: problem.place })
        .collect();
    for place in found.places {
        match place.capture(&applied::scope()) {
            Ok(snapshot) => machines.push(applied::read(&snapshot)),
            Err(problem) => problems.push(Problem { message: problem.message(), source: problem.place }),
        }
    }
    Ok((machines, problems))
}

/// Adds the data of the directory to the objects. Returns the location of the computer that the arguments
/// name.
#[cfg(feature = "directory")]
fn from_directory(
    server: &str,
    args: &PolicyShowArgs,
    network: &mut Network,
    found: &mut Found,
) -> Result<Option<resolve::Computer>, Failure> {
    use policy::directory;

    let failed = |error: ldap::Error| Failure::unreadable(format_args!("{server}: {error}"));
    // The account for the share is also used for the directory.
    let share = args.sources.iter().find_map(|source| share_of(source.to_str()?));
    let share = share.as_deref();
    let mut connection = crate::directory::open_as(server, share, &args.reach, &args.network, network)?;
    let policies = directory::read(&mut connection).map_err(failed)?;
    policies.add_to(&mut found.objects);
    let site = args.site.as_deref();
    if let Some(name) = &args.computer {
        let computer = directory::computer(&mut connection, &policies, name, site).map_err(failed)?;
        if computer.is_none() {
            let message = format!("has no computer {name}: check the name, and that it is of this domain");
            found.problems.push(Problem { source: server.to_owned(), message });
        }
        return Ok(computer);
    }
    // Any name in the unit does: only the path above it matters.
    Ok(args.unit.as_ref().map(|unit| policies.at(&format!("CN=any,{unit}"), site)))
}

#[cfg(not(feature = "directory"))]
#[allow(clippy::needless_pass_by_ref_mut)] // same signature as above
fn from_directory(
    _: &str,
    _: &PolicyShowArgs,
    _: &mut Network,
    _: &mut Found,
) -> Result<Option<resolve::Computer>, Failure> {
    Err(Failure::usage(super::users::NOT_BUILT.to_owned()))
}

/// The Group Policy objects of a SYSVOL share; `None` if the source does not name one.
#[cfg(feature = "remote")]
fn sysvol(source: &Path, network: &mut Network) -> Result<Option<Found>, Failure> {
    let Some(text) = source.to_str() else { return Ok(None) };
    let Some(server) = share_of(text) else { return Ok(None) };
    // Windows opens a share as a folder, with the credentials of the user.
    if cfg!(windows) && text.starts_with(r"\\") {
        return Ok(None);
    }
    let target = match Target::parse(&server) {
        Ok(target) => target,
        Err(error @ BadTarget::Password) => return Err(Failure::usage(error)),
        Err(error) => return Ok(Some(unread(server, error.to_string()))),
    };
    let credentials = network.credentials(&target)?;
    Ok(Some(match policy::Sysvol::open(&target, &credentials, network.timeouts()) {
        Ok(mut share) => policy::find(&mut share),
        Err(error) => unread(text.to_owned(), diagnostic::Message::of(&error).one_line()),
    }))
}

#[cfg(feature = "remote")]
fn unread(source: String, message: String) -> Found {
    Found { objects: Vec::new(), problems: vec![Problem { source, message }] }
}

#[cfg(not(feature = "remote"))]
#[allow(clippy::unnecessary_wraps, clippy::needless_pass_by_ref_mut)] // same signature as above
fn sysvol(_: &Path, _: &mut Network) -> Result<Option<Found>, Failure> {
    Ok(None)
}

/// The server of `smb://…/SYSVOL` or `\\DC\SYSVOL`, without the share.
#[cfg_attr(not(feature = "remote"), allow(dead_code))]
fn share_of(text: &str) -> Option<String> {
    let text = text.trim_end_matches(['/', '\\']);
    let (server, share) = text.rsplit_once(['/', '\\'])?;
    let is_server =
        server.starts_with(r"\\") || server.get(..6).is_some_and(|head| head.eq_ignore_ascii_case("smb://"));
    (is_server && share.eq_ignore_ascii_case("SYSVOL")).then(|| server.to_owned())
}

#[cfg(test)]
mod tests {
    use super::share_of;

    #[test]
    fn shares_as_people_write_them() {
        let rows = [
            ("smb://CORP;admin@dc1:4450/SYSVOL", Some("smb://CORP;admin@dc1:4450")),
            ("smb://dc1/sysvol/", Some("smb://dc1")),
            (r"\\dc1.corp.example\SYSVOL", Some(r"\\dc1.corp.example")),
            ("smb://dc1", None),
            (r"\\dc1", None),
            ("/mnt/SYSVOL", None),
            ("SYSVOL", None),
        ];
        for (text, expected) in rows {
            assert_eq!(share_of(text).as_deref(), expected, "{text}");
        }
    }
}
