//! An unreadable file causes one error and exit code 3; everything else is still reported.

use std::fs::{self, File};
use std::io::{Read, Seek, Write};
use std::path::Path;
#[cfg(unix)]
use std::process::Command;

use insta::assert_snapshot;
use zip::write::SimpleFileOptions;

#[cfg(unix)]
use crate::support::rdscal_with;
use crate::support::{HOST, folder, machine, rdscal, rdscal_in, write, write_hives};

/// One rule and one date, so that new rules and the current time do not change the output.
const DOCTOR: [&str; 5] = ["doctor", "--only", "RDSL-001", "--at", "2026-01-01"];

/// The current folder of the program. On Windows, `.` is the running machine.
const HERE: &str = "./";

/// Judges a path in a folder. Returns the text for a snapshot.
fn doctor(folder: &Path, path: &str) -> String {
    rdscal_in(folder, DOCTOR.into_iter().chain([path])).shown()
}

fn zip(path: &Path, members: &[(&str, &[u8])]) {
    let mut zip = zip::ZipWriter::new(File::create(path).unwrap());
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

/// A valid base block for a hive whose bins have this size.
fn base_block(bins: u32) -> Vec<u8> {
    let mut block = vec![0; 4096];
    block[..4].copy_from_slice(b"regf");
    for (at, number) in [(4, 1), (8, 1), (20, 1), (24, 5), (32, 1), (36, 32), (40, bins), (44, 1)] {
        block[at..at + 4].copy_from_slice(&u32::to_le_bytes(number));
    }
    let sum = block[..508].chunks(4).fold(0, |sum, word| sum ^ u32::from_le_bytes(word.try_into().unwrap()));
    block[508..512].copy_from_slice(&sum.to_le_bytes());
    block
}

/// Runs the program with no more than 512 MiB of address space.
#[cfg(target_os = "linux")]
fn doctor_in_little_memory(folder: &Path, path: &str) -> String {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v 524288 && exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_rdscal")]);
    command.args(DOCTOR).arg(path).current_dir(folder);
    rdscal_with(command).shown()
}

#[test]
fn files_that_are_nothing() {
    let folder = folder();
    write(folder.path().join("empty"), b"");
    write(folder.path().join("SYSTEM"), b"This is the SYSTEM hive, honestly.\n");
    write(folder.path().join("short"), b"regf");
    assert_snapshot!(doctor(folder.path(), "empty"), @r"
    exit code 3
    --- stdout
    Could not be read
      empty: is an empty file
    ");
    assert_snapshot!(doctor(folder.path(), "SYSTEM"), @r"
    exit code 3
    --- stdout
    Could not be read
      SYSTEM: its content is not a hive, .reg export, Registry.pol, LGPO text, event log, snapshot or
        .zip
    ");
    assert_snapshot!(doctor(folder.path(), "short"), @r"
    exit code 3
    --- stdout
    Could not be read
      short: cannot be read as a hive: base block at offset 0x0: needs 512 bytes, has 4
    ");
    assert_snapshot!(doctor(folder.path(), "no such file"), @r"
    exit code 3
    --- stdout
    Could not be read
      no such file: does not exist
    ");
    assert_snapshot!(doctor(folder.path(), HERE), @r"
    exit code 3
    --- stdout
    Could not be read
      ./SYSTEM: has a hive's name, but its content is not a hive
      ./short: cannot be read as a hive: base block at offset 0x0: needs 512 bytes, has 4
    ");
}

#[test]
fn an_empty_folder() {
    let folder = folder();
    assert_snapshot!(doctor(folder.path(), HERE), @r"
    exit code 3
    --- stdout
    Could not be read
      ./: contains no hive, .reg export, Registry.pol, event log or snapshot
    ");
}

#[test]
fn a_log_named_by_itself() {
    let folder = folder();
    let mut log = base_block(0);
    log[28] = 6;
    write(folder.path().join("SYSTEM.LOG1"), &log[..512]);
    assert_snapshot!(doctor(folder.path(), "SYSTEM.LOG1"), @r"
    exit code 3
    --- stdout
    Could not be read
      SYSTEM.LOG1: is a transaction log. Use the hive that it belongs to; the logs next to a hive are
        found.
    ");
}

#[test]
fn a_truncated_hive_is_read_as_far_as_it_goes() {
    let folder = folder();
    write_hives(folder.path(), "", &machine(HOST));
    let system = folder.path().join("SYSTEM");
    let bytes = fs::read(&system).unwrap();
    // The subkey list of the root is at the end.
    fs::write(&system, &bytes[..bytes.len() - 2000]).unwrap();
    assert_snapshot!(doctor(folder.path(), "SYSTEM"), @r"
    exit code 3
    --- stdout
    Could not be read
      SYSTEM: is truncated by 2000 bytes: subkey list at offset 0x19f0: would end at 0x19f4, but the
        data ends at 0x1830
    ");
    fs::write(&system, &bytes[..4096]).unwrap();
    assert_snapshot!(doctor(folder.path(), "SYSTEM"), @r"
    exit code 3
    --- stdout
    Could not be read
      SYSTEM: is truncated by 4096 bytes: key node at offset 0x1020: would end at 0x1024, but the data
        ends at 0x1000
    ");
    // The other files of the folder are still reported.
    assert_snapshot!(doctor(folder.path(), HERE), @r"
    exit code 3
    --- stdout
    ./SOFTWARE: UNDETERMINED - cannot be determined: the SYSTEM hive is missing from this source
      Next       reg save HKLM\SYSTEM SYSTEM
                 on the machine, as administrator
      Machine    Windows Server 2022 Standard, build 20348.2924, RD Session Host

      0 checks passed, 1 check not made. -v shows evidence, reasons and what is missing.

    Could not be read
      ./SYSTEM: is truncated by 4096 bytes: key node at offset 0x1020: would end at 0x1024, but the data
        ends at 0x1000
    ");
    // A hive that lacks only a part that is not read.
    let longer = base_block(u32::try_from(bytes.len()).unwrap());
    fs::write(&system, [&longer[..], &bytes[4096..]].concat()).unwrap();
    assert_snapshot!(doctor(folder.path(), "SYSTEM"), @r"
    exit code 3
    --- stdout
    HOST: UNDETERMINED - cannot be determined: the SOFTWARE hive is missing from this source; the mode
      is Per User (4)
      Next       reg save HKLM\SOFTWARE SOFTWARE
                 on the machine, as administrator
      Machine    RD Session Host
      Mode       Per User (4) (local setting), unless a policy that this source does not show overrides
                 it
      Servers    rdls01.contoso.example (local setting), unless a policy that this source does not show
                 overrides it

      1 check passed. -v shows evidence and reasons.

    Could not be read
      SYSTEM: is truncated: 4096 bytes are missing at its end; the rest was read
    ");
}

#[cfg(target_os = "linux")]
#[test]
fn sparse_files_of_four_gibibytes() {
    let folder = folder();
    for (name, head) in [
        ("nothing", Vec::new()),
        ("SYSTEM", base_block(0xFFFF_F000)),
        ("export.reg", b"REGEDIT4\r\n".to_vec()),
    ] {
        let mut file = File::create(folder.path().join(name)).unwrap();
        file.write_all(&head).unwrap();
        file.set_len(4 << 30).unwrap();
    }
    assert_snapshot!(doctor_in_little_memory(folder.path(), "nothing"), @r"
    exit code 3
    --- stdout
    Could not be read
      nothing: its content is not a hive, .reg export, Registry.pol, LGPO text, event log, snapshot or
        .zip
    ");
    assert_snapshot!(doctor_in_little_memory(folder.path(), "SYSTEM"), @r"
    exit code 3
    --- stdout
    Could not be read
      SYSTEM: cannot be identified as a hive of a machine: key node at offset 0x1020: a cell cannot have
        the size 0
    ");
    assert_snapshot!(doctor_in_little_memory(folder.path(), "export.reg"), @r"
    exit code 3
    --- stdout
    Could not be read
      export.reg: is larger than 512 MiB, which no registry file of this kind is
    ");
    assert_snapshot!(doctor_in_little_memory(folder.path(), "."), @r"
    exit code 3
    --- stdout
    Could not be read
      ./SYSTEM: cannot be identified as a hive of a machine: key node at offset 0x1020: a cell cannot
        have the size 0
      ./export.reg: is larger than 512 MiB, which no registry file of this kind is
    ");
}

/// A `.zip` whose only member is `head` and one gibibyte of zeros, about one mebibyte compressed.
#[cfg(target_os = "linux")]
fn bomb(path: &Path, name: &str, head: &[u8]) {
    let mut zip = zip::ZipWriter::new(File::create(path).unwrap());
    zip.start_file(name, SimpleFileOptions::default()).unwrap();
    zip.write_all(head).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..1024 {
        zip.write_all(&zeros).unwrap();
    }
    zip.finish().unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn zip_bombs() {
    let folder = folder();
    bomb(&folder.path().join("zeros.zip"), "zeros", b"");
    bomb(&folder.path().join("hive.zip"), "SYSTEM", &base_block(1 << 30));
    insta::with_settings!({filters => vec![(r"from \d+", "from [packed]")]}, {
        assert_snapshot!(doctor_in_little_memory(folder.path(), "zeros.zip"), @r"
        exit code 3
        --- stdout
        Could not be read
          zeros.zip!zeros: unpacks from [packed] to 1073741824 bytes, and was rejected as a decompression
            bomb
        ");
        assert_snapshot!(doctor_in_little_memory(folder.path(), "hive.zip"), @r"
        exit code 3
        --- stdout
        Could not be read
          hive.zip!SYSTEM: unpacks from [packed] to 1073745920 bytes, and was rejected as a decompression
            bomb
        ");
    });
    // The same with a forged size: both headers claim 8 KiB.
    let path = folder.path().join("hive.zip");
    let mut bytes = fs::read(&path).unwrap();
    let claimed = u32::try_from((1_u64 << 30) + 4096).unwrap().to_le_bytes();
    let mut lies = 0;
    for at in 0..bytes.len() - 4 {
        if bytes[at..at + 4] == claimed {
            bytes[at..at + 4].copy_from_slice(&8192_u32.to_le_bytes());
            lies += 1;
        }
    }
    assert_eq!(lies, 2, "local and central header");
    fs::write(&path, bytes).unwrap();
    assert_snapshot!(doctor_in_little_memory(folder.path(), "hive.zip"), @r"
    exit code 3
    --- stdout
    Could not be read
      hive.zip!SYSTEM: cannot be read: File is larger than its declared uncompressed size
    ");
}

#[test]
fn an_archive_within_an_archive() {
    let folder = folder();
    write_hives(folder.path(), "", &machine(HOST));
    let (inner, outer) = (folder.path().join("inner.zip"), folder.path().join("outer.zip"));
    zip(&inner, &[("SYSTEM", &fs::read(folder.path().join("SYSTEM")).unwrap())]);
    zip(&outer, &[("collected/inner.zip", &fs::read(&inner).unwrap())]);
    assert_snapshot!(doctor(folder.path(), "outer.zip"), @r"
    exit code 3
    --- stdout
    Could not be read
      outer.zip!collected/inner.zip: is an archive within an archive, and was not unpacked. Unpack the
        archive first.
    ");
}

#[test]
fn archives_that_hold_nothing_or_are_damaged() {
    let folder = folder();
    zip(&folder.path().join("none.zip"), &[("readme.txt", b"hello")]);
    assert_snapshot!(doctor(folder.path(), "none.zip"), @r"
    exit code 3
    --- stdout
    Could not be read
      none.zip: contains no hive, .reg export, Registry.pol, event log or snapshot
    ");
    let mut file = File::open(folder.path().join("none.zip")).unwrap();
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    write(folder.path().join("cut.zip"), &bytes[..bytes.len() / 2]);
    assert_snapshot!(doctor(folder.path(), "cut.zip"), @r"
    exit code 3
    --- stdout
    Could not be read
      cut.zip: cannot be read as a .zip: invalid Zip archive: Could not find EOCD
    ");
}

#[cfg(unix)]
#[test]
fn links_that_lead_in_circles_or_elsewhere() {
    use std::os::unix::fs::symlink;
    let (folder, elsewhere) = (folder(), folder());
    let inside = folder.path().join("machine");
    write_hives(&inside, "", &machine(HOST));
    symlink("..", inside.join("up")).unwrap();
    symlink("b", folder.path().join("a")).unwrap();
    symlink("a", folder.path().join("b")).unwrap();
    symlink("gone", folder.path().join("dangling")).unwrap();
    symlink(elsewhere.path(), folder.path().join("out")).unwrap();
    symlink(&inside, folder.path().join("same")).unwrap();
    let elsewhere = elsewhere.path().canonicalize().unwrap();
    insta::with_settings!({filters => vec![(regex(&elsewhere).as_str(), "[elsewhere]")]}, {
        assert_snapshot!(doctor(folder.path(), HERE), @r"
        exit code 3
        --- stdout
        HOST: CONFIGURED - configured correctly: Per User (4), licenses from “rdls01.contoso.example”;
          whether the license server answers was not examined
          Next       rdscal probe rdls01.contoso.example
                     in the network of the host
          Machine    Windows Server 2022 Standard, build 20348.2924, RD Session Host
          Mode       Per User (4) (local setting)
          Servers    rdls01.contoso.example (local setting)

          1 check passed. -v shows evidence and reasons.

        Could not be read
          ./a: is a broken link: Too many levels of symbolic links (os error 40)
          ./b: is a broken link: Too many levels of symbolic links (os error 40)
          ./dangling: is a link to something that does not exist
          ./machine/up: is a link to a folder that contains it, and was not followed
          ./out: is a link to [elsewhere], and was not followed. To read the target, use
            [elsewhere] as the source.
        ");
    });
    assert_snapshot!(doctor(folder.path(), "a"), @r"
    exit code 3
    --- stdout
    Could not be read
      a: is a broken link: Too many levels of symbolic links (os error 40)
    ");
}

#[cfg(unix)]
fn regex(path: &Path) -> String {
    path.to_string_lossy().replace('.', r"\.")
}

#[cfg(unix)]
#[test]
fn what_is_neither_file_nor_folder() {
    let folder = folder();
    let status = Command::new("mkfifo").arg(folder.path().join("pipe")).status();
    if !status.is_ok_and(|status| status.success()) {
        eprintln!("not run: there is no mkfifo");
        return;
    }
    assert_snapshot!(doctor(folder.path(), "pipe"), @r"
    exit code 3
    --- stdout
    Could not be read
      pipe: is neither a file nor a folder
    ");
    assert_snapshot!(doctor(folder.path(), HERE), @r"
    exit code 3
    --- stdout
    Could not be read
      ./: contains no hive, .reg export, Registry.pol, event log or snapshot
    ");
}

/// A command that runs the program as a user who cannot read everything. `None` if that is not possible,
/// which is printed to stderr.
#[cfg(target_os = "linux")]
fn as_nobody() -> Option<Command> {
    let program = env!("CARGO_BIN_EXE_rdscal");
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", program]);
    let mut trial = Command::new("setpriv");
    trial.args(["--reuid=65534", "--regid=65534", "--clear-groups", program, "--version"]);
    if trial.output().is_ok_and(|output| output.status.success()) {
        return Some(command);
    }
    let me = Command::new("id").arg("-u").output().ok()?;
    if me.stdout == b"0\n" {
        eprintln!("not run: root may read everything, and setpriv cannot make anybody else of it");
        return None;
    }
    Some(Command::new(program))
}

#[cfg(target_os = "linux")]
#[test]
fn what_may_not_be_read_lies_beside_what_may() {
    use std::os::unix::fs::PermissionsExt;
    let Some(command) = as_nobody() else { return };
    let folder = folder();
    let may = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    may(folder.path(), 0o755);
    for host in ["HOST1", "HOST2", "HOST3"] {
        write_hives(folder.path().join(host), "", &machine(HOST));
        may(&folder.path().join(host), 0o755);
        for hive in ["SYSTEM", "SOFTWARE"] {
            may(&folder.path().join(host).join(hive), 0o644);
        }
    }
    may(&folder.path().join("HOST2"), 0o000);
    may(&folder.path().join("HOST3/SYSTEM"), 0o000);
    let doctor = |name: &str| {
        let mut run = Command::new(command.get_program());
        run.args(command.get_args()).args(DOCTOR).arg(name).current_dir(folder.path());
        rdscal_with(run).shown()
    };
    assert_snapshot!(doctor("HOST2"), @r"
    exit code 3
    --- stdout
    Could not be read
      HOST2: access is denied. Run rdscal as a user who may read it, or copy it first.
    ");
    assert_snapshot!(doctor("HOST3/SYSTEM"), @r"
    exit code 3
    --- stdout
    Could not be read
      HOST3/SYSTEM: access is denied. Run rdscal as a user who may read it, or copy it first.
    ");
    assert_snapshot!(doctor(""), @r"
    exit code 2
    --- stderr
    error: a value is required for '[SOURCE]...' but none was supplied

    For more information, try '--help'.
    ");
    may(&folder.path().join("HOST2"), 0o755);
}

#[test]
fn wrong_usage() {
    let folder = folder();
    write_hives(folder.path(), "", &machine(HOST));
    let run = |args: &[&str]| rdscal_in(folder.path(), args.iter().chain([&"."])).shown();
    assert_snapshot!(run(&["doctor", "--only", "NOSUCH"]), @r"
    exit code 2
    --- stderr
    error: no rule is named “NOSUCH”
    hint: `rdscal rules` lists the rules.
    ");
    assert_snapshot!(run(&["doctor", "--ignore", "RDSL-9999"]), @r"
    exit code 2
    --- stderr
    error: no rule is named “RDSL-9999”
    hint: `rdscal rules` lists the rules.
    ");
    assert_snapshot!(run(&["doctor", "--at", "yesterday"]), @r"
    exit code 2
    --- stderr
    error: invalid value 'yesterday' for '--at <TIME>': “yesterday” is not a valid time; write 2026-03-01 or 2026-03-01T08:00:00Z

    For more information, try '--help'.
    ");
    assert_snapshot!(run(&["doctor", "--format", "xml"]), @r"
    exit code 2
    --- stderr
    error: invalid value 'xml' for '--format <FORMAT>'
      [possible values: text, json, jsonl, csv, html, sarif]

      tip: a similar value exists: 'html'

    For more information, try '--help'.
    ");
    // On Windows, this would judge the machine that runs the tests.
    #[cfg(not(windows))]
    assert_snapshot!(rdscal(["doctor"]).shown(), @r"
    exit code 2
    --- stderr
    error: SOURCE is missing
    hint: Name one, such as a folder, a hive, an export or \\HOST; `rdscal doctor --help` lists the forms.
    ");
}

#[test]
fn one_bad_source_does_not_cost_the_others() {
    let folder = folder();
    write_hives(folder.path().join("good"), "", &machine(HOST));
    let run = rdscal([
        "doctor".into(),
        "--format=json".into(),
        folder.path().join("good"),
        folder.path().join("missing"),
    ]);
    assert_eq!(run.code, Some(3));
    let report = run.json();
    assert_eq!(report["machines"][0]["name"], "HOST");
    assert_eq!(report["problems"][0]["message"], "does not exist");
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let folder = folder();
    write_hives(folder.path(), "", &machine(HOST));
    for command in [
        "doctor --only RDSL-001 \"$1\"",
        "rules",
        "doctor --only RDSL-001 --format=json \"$1\"",
        "doctor --help",
        "snapshot \"$1\" -o \"$1/s.json\"",
    ] {
        let mut shell = Command::new("sh");
        // The reader exits before the program begins to write.
        shell.args(["-c", &format!("{{ sleep 0.2; \"$0\" {command}; echo $? >&2; }} | :")]);
        let run = rdscal_with({
            shell.arg(env!("CARGO_BIN_EXE_rdscal")).arg(folder.path());
            shell
        });
        assert_eq!(run.stderr, "0\n", "{command}");
    }
}
