//! Hives on a disk: a file in use, a file that cannot be written, a full disk.
#![allow(clippy::unwrap_used)]

mod disks;

use std::io;
use std::path::Path;
use std::process::Command;

use disks::{Disk, dump};
use nt::FileTime;
use nt::security::SecurityDescriptor;
use regf::build::{NewKey, build};
use regf::edit::{Editor, Files, HiveFiles, OpenError, Options, Step, Storage, Target, check};
use regf::log::Format;
use regf::{Hive, Image};

const T: FileTime = FileTime(134_000_000_000_000_000);

fn hive() -> Vec<u8> {
    let security = "O:BAG:SYD:P(A;CI;KA;;;BA)".parse::<SecurityDescriptor>().unwrap().to_bytes();
    build(&NewKey { security, ..NewKey::new("ROOT") }, "test").unwrap()
}

/// A change that needs more space than the hive has.
fn grow<I: Image>(editor: &mut Editor<I>) {
    let key = editor.create_path(r"A\B", T).unwrap();
    for number in 0..40 {
        editor.set_value(key, &format!("v{number}"), 3, &[7; 3000], T).unwrap();
    }
}

fn files_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut files: Vec<_> = entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn a_hive_in_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("SYSTEM");
    std::fs::write(&path, hive()).unwrap();
    let first = HiveFiles::open(&path).unwrap();
    let second = HiveFiles::open(&path);
    assert!(matches!(&second, Err(OpenError::InUse(named)) if *named == path), "{second:?}");
    assert!(second.unwrap_err().to_string().contains("in use"));
    drop(first);
    HiveFiles::open(&path).unwrap();
    assert_eq!(files_of(folder.path()), [("SYSTEM".to_owned(), hive())], "opening leaves nothing behind");
}

#[test]
fn edits_reach_the_disk_and_the_log_lies_beside() {
    for (name, format, log) in
        [("SYSTEM", Format::New, "SYSTEM.LOG1"), ("NTUSER.DAT", Format::Old, "ntuser.dat.log1")]
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, hive()).unwrap();
        // The log's name is matched case-insensitively.
        std::fs::write(folder.path().join(log), b"").unwrap();
        for round in 0..3_u32 {
            let mut files = HiveFiles::open(&path).unwrap();
            let mut editor = files.edit(Options { log_format: Some(format), ..Options::default() }).unwrap();
            grow(&mut editor);
            let key = editor.create_path(&format!("R{round}"), T).unwrap();
            editor.set_value(key, &[], 4, &round.to_le_bytes(), T).unwrap();
            let new = dump(&editor.hive().unwrap());
            editor.commit().unwrap().apply(&mut files).unwrap();
            let hive = Hive::open(std::fs::read(&path).unwrap()).unwrap();
            assert!(!hive.is_dirty());
            assert_eq!(dump(&hive), new);
            assert_eq!(check(&hive), []);
        }
        let names: Vec<_> = files_of(folder.path()).into_iter().map(|(name, _)| name).collect();
        // Both logs exist, even if the second was not written.
        let mut expected = vec![name.to_owned(), log.to_owned(), format!("{name}.LOG2")];
        expected.sort();
        assert_eq!(names, expected);
    }
}

/// Files of which one write or one extension fails; a failed write is partly done.
struct Failing {
    disk: Disk,
    /// The number of writes before the failure, and how much of the failed one is done.
    left: usize,
    part: usize,
    error: io::ErrorKind,
    target: Target,
}

impl Failing {
    fn fails(&mut self) -> bool {
        let now = self.left == 0;
        self.left = self.left.wrapping_sub(1);
        now
    }
}

impl Files for Failing {
    fn storage(&mut self, target: Target) -> io::Result<&mut dyn Storage> {
        self.target = target;
        Ok(self)
    }
}

impl Storage for Failing {
    fn read_at(&self, _: u64, _: &mut [u8]) -> io::Result<usize> {
        unreachable!("a commit does not read")
    }

    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let fails = self.fails();
        let len = if fails { self.part.min(bytes.len()) } else { bytes.len() };
        self.disk.storage(self.target)?.write_at(offset, &bytes[..len])?;
        if fails { Err(self.error.into()) } else { Ok(()) }
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        if self.fails() {
            return Err(self.error.into());
        }
        self.disk.storage(self.target)?.set_len(len)
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.fails() { Err(self.error.into()) } else { Ok(()) }
    }
}

/// Whichever step fails, the error reports the state, that state is complete, and the same change succeeds
/// afterwards.
#[test]
fn a_failed_write_leaves_the_old_state_or_the_new_one_and_says_which() {
    for format in [Format::New, Format::Old] {
        let options = Options { log_format: Some(format), ..Options::default() };
        let before = Disk::new(hive());
        let old = dump(&before.recovered());
        let mut editor = before.edit(options);
        grow(&mut editor);
        let new = dump(&editor.hive().unwrap());
        let commit = editor.commit().unwrap();
        drop(editor);
        let mut told = Vec::new();
        for left in 0..commit.steps().len() {
            for part in [0, 1, 300, 512, 4096, 70_000] {
                let error = io::ErrorKind::StorageFull;
                let mut failing = Failing { disk: before.clone(), left, part, error, target: Target::Hive };
                let failed = commit.apply(&mut failing).unwrap_err();
                assert_eq!(failed.source.kind(), error);
                let disk = failing.disk;
                let stands = dump(&disk.recovered());
                let begun = failed.is_new_state;
                told.push(begun);
                // A part of the block that marks the beginning may be on disk; then either state is possible.
                let marks = commit.steps().iter().position(is_mark) == Some(left);
                assert!(
                    stands == if begun { &new[..] } else { &old[..] } || marks && stands == old,
                    "{format:?}, step {left}, {part} bytes, begun {begun}"
                );
                assert_eq!(check(&disk.recovered()), []);
                if !begun {
                    assert!(!Hive::open(disk.hive()).unwrap().is_dirty(), "the hive itself is as it was");
                }
                // Once there is space again.
                let mut disk = disk;
                let mut editor = disk.edit(options);
                grow(&mut editor);
                editor.create_path("Later", T).unwrap();
                let later = dump(&editor.hive().unwrap());
                let commit = editor.commit().unwrap();
                drop(editor);
                disk.apply(&commit);
                assert_eq!(dump(&Hive::open(disk.hive()).unwrap()), later);
            }
        }
        assert!(told.contains(&true) && told.contains(&false));
        assert!(told.is_sorted(), "from old to new once");
    }
}

fn is_mark(step: &Step) -> bool {
    matches!(step, Step::Write { target: Target::Hive, offset: 0, .. })
}

#[test]
fn on_read_only_media_nothing_is_written() {
    let before = Disk::new(hive());
    let mut editor = before.edit(Options::default());
    grow(&mut editor);
    let commit = editor.commit().unwrap();
    let error = io::ErrorKind::ReadOnlyFilesystem;
    let mut failing = Failing { disk: before.clone(), left: 0, part: 0, error, target: Target::Hive };
    let failed = commit.apply(&mut failing).unwrap_err();
    assert!(!failed.is_new_state);
    assert!(failed.to_string().starts_with("nothing was changed"), "{failed}");
    assert!(failing.disk.files.iter().zip(&before.files).all(|(after, before)| after.0 == before.0));
}

/// The log is `/dev/full`.
#[cfg(target_os = "linux")]
#[test]
fn a_log_that_cannot_be_written_leaves_the_hive_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("SYSTEM");
    std::fs::write(&path, hive()).unwrap();
    std::os::unix::fs::symlink("/dev/full", folder.path().join("SYSTEM.LOG1")).unwrap();
    let mut files = HiveFiles::open(&path).unwrap();
    let mut editor = files.edit(Options::default()).unwrap();
    grow(&mut editor);
    let failed = editor.commit().unwrap().apply(&mut files).unwrap_err();
    assert_eq!(failed.source.kind(), io::ErrorKind::StorageFull);
    assert!(!failed.is_new_state, "{failed}");
    assert_eq!(std::fs::read(&path).unwrap(), hive());
}

/// Runs one test of this file again, in a shell, with the hive's path; returns its output.
#[cfg(unix)]
fn again(shell: &str, test: &str, hive: &Path) -> Option<String> {
    let output = Command::new("sh")
        .arg("-c")
        .arg(format!(r#"{shell} "$0" --exact {test} --ignored --nocapture"#))
        .arg(std::env::current_exe().unwrap())
        .env("REGF_TEST_HIVE", hive)
        .output()
        .ok()?;
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    Some(text)
}

/// The test that [`again`] runs: edits the hive that the environment names, and prints the result.
#[cfg(unix)]
#[test]
#[ignore = "run by other tests, in a process of its own"]
fn edit_the_named_hive() {
    let Some(path) = std::env::var_os("REGF_TEST_HIVE") else { return };
    let mut files = match HiveFiles::open(&path) {
        Ok(files) => files,
        Err(error) => return println!("not opened: {error}"),
    };
    let mut editor = files.edit(Options::default()).unwrap();
    grow(&mut editor);
    match editor.commit().unwrap().apply(&mut files) {
        Ok(()) => println!("edited"),
        Err(error) => println!("failed, begun {}: {error}", error.is_new_state),
    }
}

/// Files are limited to 64 KiB; the system rejects a write midway, as on a full disk.
#[cfg(unix)]
#[test]
fn where_there_is_no_room_the_hive_stays_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("SYSTEM");
    for (blocks, edited) in [(16, false), (128, false), (100_000, true)] {
        std::fs::write(&path, hive()).unwrap();
        let said =
            again(&format!("trap '' XFSZ; ulimit -f {blocks}; exec"), "edit_the_named_hive", &path).unwrap();
        if edited {
            assert!(said.contains("edited"), "{said}");
            assert!(Hive::open(std::fs::read(&path).unwrap()).unwrap().find(r"A\B").unwrap().is_some());
        } else {
            assert!(said.contains("failed, begun false"), "{said}");
            assert_eq!(std::fs::read(&path).unwrap(), hive(), "{said}");
        }
        let _ = std::fs::remove_file(folder.path().join("SYSTEM.LOG1"));
    }
}

#[cfg(unix)]
#[test]
fn a_hive_that_must_not_be_written_is_not_opened() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("SYSTEM");
    std::fs::write(&path, hive()).unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o555)).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).unwrap();
    // Root is not subject to permissions.
    let root = std::fs::OpenOptions::new().write(true).open(&path).is_ok();
    let shell = if root { "exec setpriv --reuid 65534 --regid 65534 --clear-groups" } else { "exec" };
    if root && !Command::new("setpriv").arg("--version").output().is_ok_and(|it| it.status.success()) {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "setpriv is missing");
        eprintln!("skipped: run as root, and there is no setpriv to become somebody else");
        return;
    }
    let said = again(shell, "edit_the_named_hive", &path).unwrap();
    assert!(said.contains("not opened") && said.contains("SYSTEM"), "{said}");
    assert_eq!(files_of(folder.path()), [("SYSTEM".to_owned(), hive())]);
}
