//! How the program behaves where Windows differs from Linux: what it is made of, and what it does with consoles, pipes and arguments.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use super::Prefix;
use super::machines::Machine;
use crate::run;

/// DLLs that come with every Windows since 10, and that are loaded whenever the program starts. All others are loaded when they are needed
/// (`lazy.rs` in `winreg`).
const SYSTEM: &[&str] = &[
    "advapi32.dll",
    "bcrypt.dll",
    "bcryptprimitives.dll",
    "kernel32.dll",
    "msvcrt.dll",
    "ntdll.dll",
    "userenv.dll",
    "ws2_32.dll",
];

/// Judging a machine takes at most so many kilobytes of memory beside the program's own pages, Wine's included. The program that is handed
/// out has less than 6 MB of those, which makes 20 MB; one with what debuggers want has many more, which nobody is handed.
const MOST_MEMORY: u64 = 14_000;

/// What the program carries and what it loads.
pub fn made(program: &Path) -> Result<()> {
    let bytes = fs::read(program).with_context(|| program.display().to_string())?;
    let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    for part in ["asInvoker", "UTF-8", "longPathAware", "8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a"] {
        ensure!(holds(part.as_bytes()), "the manifest lacks {part}");
    }
    let version: Vec<u8> = "OriginalFilename\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    ensure!(holds(&version), "the program has no version resource");
    let listed = Command::new("x86_64-w64-mingw32-objdump").arg("-p").arg(program).output()?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let loaded: Vec<_> = listed
        .lines()
        .filter_map(|line| line.trim().strip_prefix("DLL Name: "))
        .map(str::to_lowercase)
        .collect();
    ensure!(!loaded.is_empty(), "objdump lists no DLL");
    let strange: Vec<_> = loaded
        .iter()
        .filter(|name| !SYSTEM.contains(&name.as_str()) && !name.starts_with("api-ms-win-"))
        .collect();
    ensure!(strange.is_empty(), "it loads what not every Windows has: {strange:?}");
    Ok(())
}

/// Looks at one thing that the program does.
type Manner = fn(&Prefix, &Path) -> Result<()>;

/// Tries everything; gives one line for each that failed, and how many there were.
pub(super) fn run(template: &Prefix, program: &Path) -> Result<(usize, Vec<String>)> {
    let folder = crate::root().join("target/windows/manners");
    let machine = Machine::start(template, program, &folder)?;
    let tried: [(&str, Manner); 8] = [
        ("no SOURCE is this machine", no_source),
        ("a folder is a folder", folders),
        ("exit codes", exit_codes),
        ("UTF-8, and colors on screens alone", output),
        ("a reader that leaves", closed_pipe),
        ("names beyond the code page", names),
        ("a change that is waited for", watch),
        ("memory", memory),
    ];
    let mut failed = Vec::new();
    for (name, check) in tried {
        if let Err(error) = check(&machine.prefix, program) {
            failed.push(format!("{name}: {error:#}"));
        }
    }
    Ok((tried.len(), failed))
}

struct Ran {
    code: Option<i32>,
    stdout: Vec<u8>,
    stderr: String,
}

fn ran(command: &mut Command) -> Result<Ran> {
    let output = command.stdin(Stdio::null()).output()?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(Ran { code: output.status.code(), stdout: output.stdout, stderr })
}

fn no_source(prefix: &Prefix, program: &Path) -> Result<()> {
    for command in ["doctor", "show"] {
        let at = ["--at", "2026-01-01"];
        let none = ran(prefix.wine(program).arg(command).args(at))?;
        let dot = ran(prefix.wine(program).arg(command).arg(".").args(at))?;
        let text = String::from_utf8(none.stdout)?;
        ensure!(text.contains("this machine, as it runs"), "{command}: {text}");
        ensure!(text.as_bytes() == dot.stdout, "{command} and {command} . differ");
        ensure!(none.code == dot.code, "{:?} and {:?}", none.code, dot.code);
    }
    let file = prefix.folder().join("none.json");
    let taken = ran(prefix.wine(program).args(["snapshot", "-o"]).arg(&file))?;
    ensure!(taken.code == Some(0), "snapshot: {:?} {}", taken.code, taken.stderr);
    let snapshot = snapshot::Snapshot::from_json(&fs::read(&file)?)?;
    ensure!(snapshot.origin.kind == snapshot::OriginKind::Live, "{:?}", snapshot.origin);
    ensure!(snapshot.captured_at.is_some(), "a capture without a time");
    ensure!(snapshot.facts.contains_key("service.term-service"), "{:?}", snapshot.facts.keys());
    Ok(())
}

fn folders(prefix: &Prefix, program: &Path) -> Result<()> {
    let sample = crate::root().join("samples/rdsh02-locked-out");
    for here in [r".\", "./"] {
        let run = ran(prefix.wine(program).args(["doctor", "--format", "csv", here]).current_dir(&sample))?;
        let text = String::from_utf8(run.stdout)?;
        ensure!(text.contains("RDSH02"), "{here}: {text} {}", run.stderr);
    }
    // Windows' own way to write the same folder.
    let by_drive = format!("Z:{}", sample.display()).replace('/', r"\");
    let run = ran(prefix.wine(program).args(["doctor", "--format", "csv", &by_drive]))?;
    let ours = ran(Command::new(own_program()?).args(["doctor", "--format", "csv"]).arg(&sample))?;
    let rules = |csv: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(csv).into_owned();
        text.split(',').filter(|cell| cell.starts_with("RDSL-")).map(str::to_owned).collect()
    };
    ensure!(!rules(&run.stdout).is_empty(), "{by_drive}: nothing found; {}", run.stderr);
    ensure!(rules(&run.stdout) == rules(&ours.stdout), "{by_drive}: other findings than on Linux");
    Ok(())
}

/// The program as it is built for Linux.
pub(super) fn own_program() -> Result<std::path::PathBuf> {
    let built = run::logged("rdscal", &mut run::cargo(["build", "--package", "rdscal", "--locked"]))?;
    ensure!(built.ok, "{}", built.complaint());
    Ok(crate::root().join("target/debug/rdscal"))
}

fn exit_codes(prefix: &Prefix, program: &Path) -> Result<()> {
    let bad = crate::root().join("samples/rdsh02-locked-out");
    let code = |arguments: &[&str]| -> Result<Option<i32>> {
        Ok(ran(prefix.wine(program).args(arguments).current_dir(&bad))?.code)
    };
    ensure!(code(&["rules"])? == Some(0), "rules");
    ensure!(code(&["doctor", r".\"])? == Some(1), "findings");
    ensure!(code(&["doctor", "--fail-on", "never", r".\"])? == Some(0), "--fail-on never");
    ensure!(code(&["--no-such-option"])? == Some(2), "wrong usage");
    ensure!(code(&["doctor", r"C:\nosuch"])? == Some(3), "a source that is not there");
    Ok(())
}

fn output(prefix: &Prefix, program: &Path) -> Result<()> {
    let sample = crate::root().join("samples/rdsh03-conflicts");
    let text = String::from_utf8(ran(prefix.wine(program).arg("doctor").arg(&sample))?.stdout)
        .context("not UTF-8 in a pipe")?;
    ensure!(text.contains('“'), "no character beyond ASCII: {text}");
    ensure!(!text.contains('\u{1b}'), "colors in a pipe");
    let colored = ran(prefix.wine(program).arg("doctor").arg(&sample).env("CLICOLOR_FORCE", "1"))?;
    ensure!(colored.stdout.contains(&0x1b), "no colors where they are asked for");
    Ok(())
}

/// Windows says 109, 232 or 233 where Linux says EPIPE; none of them is a failure, and the findings still decide.
fn closed_pipe(prefix: &Prefix, program: &Path) -> Result<()> {
    let sample = crate::root().join("samples/rdsh02-locked-out");
    let mut child = prefix
        .wine(program)
        .args(["doctor", "--format", "json"])
        .arg(sample)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // Gone before the first word.
    drop(child.stdout.take());
    let output = child.wait_with_output()?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.code() == Some(1) && stderr.is_empty(), "{:?} {stderr}", output.status.code());
    Ok(())
}

fn names(prefix: &Prefix, program: &Path) -> Result<()> {
    let folder = prefix.folder().join("Größe 漢字 é");
    fs::create_dir_all(&folder)?;
    let sample = crate::root().join("samples/rdsh02-locked-out");
    for hive in ["SYSTEM", "SOFTWARE"] {
        fs::copy(sample.join(hive), folder.join(hive))?;
    }
    let run = ran(prefix.wine(program).args(["doctor", "--format", "csv"]).arg(&folder))?;
    let text = String::from_utf8(run.stdout)?;
    ensure!(text.contains("Größe 漢字 é") && text.contains("RDSH02"), "{text} {}", run.stderr);
    Ok(())
}

/// Longer than anything takes here: so that a test that waits for nothing ends.
const PATIENCE: Duration = Duration::from_mins(2);

/// A program that is told of by its lines, and ends with the value.
struct Talking {
    child: Child,
    lines: Receiver<String>,
}

impl Drop for Talking {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Talking {
    fn start(command: &mut Command) -> Result<Self> {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()?;
        let out = child.stdout.take().context("no output")?;
        let (send, lines) = mpsc::channel();
        std::thread::spawn(move || {
            BufReader::new(out).lines().map_while(Result::ok).try_for_each(|line| send.send(line))
        });
        Ok(Self { child, lines })
    }

    fn line(&self) -> Result<serde_json::Value> {
        let line = self.lines.recv_timeout(PATIENCE).context("no line, however long one waits")?;
        serde_json::from_str(&line).with_context(|| line)
    }

    /// The differences of the lines up to the one in which `hex` is the new data of a value. What a program writes in a row it may be told
    /// of in several lines, where the machine is slow.
    fn until(&self, hex: &str) -> Result<Vec<serde_json::Value>> {
        let mut told = Vec::new();
        loop {
            let line = self.line()?;
            let differences = line["differences"].as_array().context("no differences")?;
            told.extend(differences.iter().cloned());
            if differences.iter().any(|difference| difference["new"]["hex"] == hex) {
                return Ok(told);
            }
        }
    }
}

/// `watch` says how the machine stands, and what Wine's own program changes below a key that was not there before.
fn watch(prefix: &Prefix, program: &Path) -> Result<()> {
    const CORE: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core";
    let set = |mode: &str| -> Result<()> {
        let added = ran(prefix
            .wine("reg")
            .args(["add", CORE, "/v", "LicensingMode", "/t", "REG_DWORD"])
            .args(["/d", mode, "/f"]))?;
        ensure!(added.code == Some(0), "reg add: {}", added.stderr);
        Ok(())
    };
    let talking = Talking::start(prefix.wine(program).args(["watch", "--format", "json"]))?;
    let first = talking.line()?;
    ensure!(first["schema"] == "rdscal.watch/1" && first["differences"] == serde_json::json!([]), "{first}");
    set("4")?;
    let appeared = talking.until("04000000")?;
    ensure!(appeared[0]["change"] == "key_added", "{appeared:?}");
    set("2")?;
    let changed = talking.until("02000000")?;
    let [change] = changed.as_slice() else { bail!("more than one change: {changed:?}") };
    ensure!(change["path"] == CORE && change["old"]["hex"] == "04000000", "{change}");
    let deleted = ran(prefix.wine("reg").args(["delete", CORE, "/f"]))?;
    ensure!(deleted.code == Some(0), "reg delete: {}", deleted.stderr);
    let removed = talking.line()?;
    ensure!(removed["differences"][0]["change"] == "key_removed", "{removed}");
    set("2")?;
    talking.until("02000000")?;
    drop(talking);

    let mut once = Talking::start(prefix.wine(program).args([
        "watch",
        "--format",
        "json",
        "--once",
        "--fail-on",
        "never",
    ]))?;
    once.line()?;
    set("4")?;
    once.line()?;
    let status = once.child.wait()?;
    ensure!(status.code() == Some(0), "--once ended with {:?}", status.code());
    Ok(())
}

/// The memory that it takes to judge the machine: `watch` waits when it has done so, and can be looked at.
fn memory(prefix: &Prefix, program: &Path) -> Result<()> {
    let talking = Talking::start(prefix.wine(program).args(["watch", "--format", "json"]))?;
    talking.line()?;
    let program = fs::canonicalize(program)?;
    let maps = fs::read_to_string(format!("/proc/{}/smaps", talking.child.id()))?;
    let (mut all, mut is_program) = (0, false);
    for line in maps.lines() {
        if let Some(size) = line.strip_prefix("Rss:") {
            let size: u64 = size.trim().trim_end_matches("kB").trim().parse()?;
            all += if is_program { 0 } else { size };
        } else if line.contains('-') && !line.split(' ').next().is_some_and(|word| word.ends_with(':')) {
            is_program = line.ends_with(&*program.to_string_lossy());
        }
    }
    ensure!(all > 1_000, "/proc tells of {all} kB, which cannot be all");
    ensure!(all <= MOST_MEMORY, "judging the machine took {all} kB beside the program, of {MOST_MEMORY}");
    Ok(())
}
