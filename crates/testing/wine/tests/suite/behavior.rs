//! Behavior that differs between Windows and Linux: consoles, pipes, arguments, waiting for changes, memory.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};

use crate::machines::Machine;
use crate::programs::{self, Run};

/// The memory for judging a machine in kB, Wine's included, without the pages of the program file. Those are
/// less than 8 MB in the distributed program; the one under test has debug information and many more.
const MAX_MEMORY: u64 = 14_000;

const CORE: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core";

#[test]
#[ignore = "needs rdscal.exe and Wine: cargo xtask windows test"]
fn without_source_it_reads_this_machine() -> Result<()> {
    let machine = Machine::start("without_source_it_reads_this_machine")?;
    let (prefix, program) = (&machine.prefix, &machine.program);
    for command in ["doctor", "show"] {
        let at = ["--at", "2026-01-01", "-v"];
        let none = Run::of(prefix.wine(program).arg(command).args(at))?;
        let dot = Run::of(prefix.wine(program).arg(command).arg(".").args(at))?;
        let text = String::from_utf8(none.stdout)?;
        ensure!(text.contains("this machine, as it runs"), "{command}: {text}");
        ensure!(text.as_bytes() == dot.stdout, "{command} and {command} . differ");
        ensure!(none.code == dot.code, "{:?} and {:?}", none.code, dot.code);
    }
    let file = prefix.folder().join("none.json");
    let taken = Run::of(prefix.wine(program).args(["snapshot", "-o"]).arg(&file))?;
    ensure!(taken.code == Some(0), "snapshot: {:?} {}", taken.code, taken.stderr);
    let snapshot = snapshot::Snapshot::from_json(&fs::read(&file)?)?;
    ensure!(snapshot.origin.kind == snapshot::OriginKind::Live, "{:?}", snapshot.origin);
    ensure!(snapshot.captured_at.is_some(), "the capture has no time");
    ensure!(snapshot.facts.contains_key("service.term-service"), "{:?}", snapshot.facts.keys());
    Ok(())
}

#[test]
#[ignore = "needs rdscal.exe and Wine: cargo xtask windows test"]
fn folders_are_read_by_every_spelling() -> Result<()> {
    let machine = Machine::start("folders_are_read_by_every_spelling")?;
    let (prefix, program) = (&machine.prefix, &machine.program);
    let sample = programs::root().join("samples/rdsh02-locked-out");
    for here in [r".\", "./"] {
        let run =
            Run::of(prefix.wine(program).args(["doctor", "--format", "csv", here]).current_dir(&sample))?;
        let text = String::from_utf8(run.stdout)?;
        ensure!(text.contains("RDSH02"), "{here}: {text} {}", run.stderr);
    }
    // The same folder with a drive letter and backslashes.
    let by_drive = format!("Z:{}", sample.display()).replace('/', r"\");
    let run = Run::of(prefix.wine(program).args(["doctor", "--format", "csv", &by_drive]))?;
    let ours = Run::of(Command::new(programs::linux()?).args(["doctor", "--format", "csv"]).arg(&sample))?;
    let rules = |csv: &[u8]| -> Vec<String> {
        let text = String::from_utf8_lossy(csv).into_owned();
        text.split(',').filter(|cell| cell.starts_with("RDSL-")).map(str::to_owned).collect()
    };
    ensure!(!rules(&run.stdout).is_empty(), "{by_drive}: nothing found; {}", run.stderr);
    ensure!(rules(&run.stdout) == rules(&ours.stdout), "{by_drive}: findings differ from Linux");
    Ok(())
}

#[test]
#[ignore = "needs rdscal.exe and Wine: cargo xtask windows test"]
fn exit_codes_are_those_of_linux() -> Result<()> {
    let machine = Machine::start("exit_codes_are_those_of_linux")?;
    let (prefix, program) = (&machine.prefix, &machine.program);
    let bad = programs::root().join("samples/rdsh02-locked-out");
    let code = |arguments: &[&str]| -> Result<Option<i32>> {
        Ok(Run::of(prefix.wine(program).args(arguments).current_dir(&bad))?.code)
    };
    ensure!(code(&["rules"])? == Some(0), "rules");
    ensure!(code(&["doctor", r".\"])? == Some(1), "findings");
    ensure!(code(&["doctor", "--fail-on", "never", r".\"])? == Some(0), "--fail-on never");
    ensure!(code(&["--no-such-option"])? == Some(2), "wrong usage");
    ensure!(code(&["doctor", r"C:\nosuch"])? == Some(3), "a missing source");
    Ok(())
}

#[test]
#[ignore = "needs rdscal.exe and Wine: cargo xtask windows test"]
fn output_is_utf8_and_colored_on_request() -> Result<()> {
    let machine = Machine::start("output_is_utf8_and_colored_on_request")?;
    let (prefix, program) = (&machine.prefix, &machine.program);
    let sample = programs::root().join("samples/rdsh03-conflicts");
    let text = String::from_utf8(Run::of(prefix.wine(program).arg("doctor").arg(&sample))?.stdout)
        .context("not UTF-8 in a pipe")?;
    ensure!(text.contains('“'), "no character outside ASCII: {text}");
    ensure!(!text.contains('\u{1b}'), "colors in a pipe");
    let colored = Run::of(prefix.wine(program).arg("doctor").arg(&sample).env("CLICOLOR_FORCE", "1"))?;
    ensure!(colored.stdout.contains(&0x1b), "no colors with CLICOLOR_FORCE");
    Ok(())
}

/// Windows reports 109, 232 or 233 instead of EPIPE. None of them is an error, and the findings determine the
/// exit code.
#[test]
#[ignore = "needs rdscal.exe and Wine: cargo xtask windows test"]
fn a_closed_pipe_is_not_an_error() -> Result<()> {
    let machine = Machine::start("a_closed_pipe_is_not_an_error")?;
    let (prefix, program) = (&machine.prefix, &machine.program);
    let sample = programs::root().join("samples/rdsh02-locked-out");
    let mut child = prefix
        .wine(program)
        .args(["doctor", "--format", "json"])
        .arg(sample)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // The reader closes the pipe before the first byte.
    drop(child.stdout.take());
    let output = child.wait_with_output()?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.code() == Some(1) && stderr.is_empty(), "{:?} {stderr}", output.status.code());
    Ok(())
}

#[test]
#[ignore = "needs rdscal.exe and Wine: cargo xtask windows test"]
fn names_beyond_the_code_page() -> Result<()> {
    let machine = Machine::start("names_beyond_the_code_page")?;
    let (prefix, program) = (&machine.prefix, &machine.program);
    let folder = prefix.folder().join("Größe 漢字 é");
    fs::create_dir_all(&folder)?;
    let sample = programs::root().join("samples/rdsh02-locked-out");
    for hive in ["SYSTEM", "SOFTWARE"] {
        fs::copy(sample.join(hive), folder.join(hive))?;
    }
    let run = Run::of(prefix.wine(program).args(["doctor", "--format", "csv"]).arg(&folder))?;
    let text = String::from_utf8(run.stdout)?;
    ensure!(text.contains("Größe 漢字 é") && text.contains("RDSH02"), "{text} {}", run.stderr);
    Ok(())
}

/// The limit for one line of output.
const MAX_WAIT: Duration = Duration::from_mins(2);

/// A program that prints a JSON document per line. Dropping it ends it.
struct LineReader {
    child: Child,
    lines: Receiver<String>,
}

impl Drop for LineReader {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl LineReader {
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
        let line = self.lines.recv_timeout(MAX_WAIT).context("no line within the time limit")?;
        serde_json::from_str(&line).with_context(|| line)
    }

    /// The differences up to the line in which `hex` is the new data of a value. On a slow machine, one write
    /// may be reported in several lines.
    fn until(&self, hex: &str) -> Result<Vec<serde_json::Value>> {
        let mut reported = Vec::new();
        loop {
            let line = self.line()?;
            let differences = line["differences"].as_array().context("no differences")?;
            reported.extend(differences.iter().cloned());
            if differences.iter().any(|difference| difference["new"]["hex"] == hex) {
                return Ok(reported);
            }
        }
    }
}

/// `watch` reports the state of the machine, then the changes that `reg.exe` makes in a key that did not
/// exist.
#[test]
#[ignore = "needs rdscal.exe and Wine: cargo xtask windows test"]
fn watch_reports_changes() -> Result<()> {
    let machine = Machine::start("watch_reports_changes")?;
    let (prefix, program) = (&machine.prefix, &machine.program);
    let set = |mode: &str| -> Result<()> {
        let added = Run::of(
            prefix
                .wine("reg")
                .args(["add", CORE, "/v", "LicensingMode", "/t", "REG_DWORD"])
                .args(["/d", mode, "/f"]),
        )?;
        ensure!(added.code == Some(0), "reg add: {}", added.stderr);
        Ok(())
    };
    let watching = LineReader::start(prefix.wine(program).args(["watch", "--format", "json"]))?;
    let first = watching.line()?;
    ensure!(first["schema"] == "rdscal.watch/1" && first["differences"] == serde_json::json!([]), "{first}");
    set("4")?;
    let appeared = watching.until("04000000")?;
    ensure!(appeared[0]["change"] == "key_added", "{appeared:?}");
    set("2")?;
    let changed = watching.until("02000000")?;
    let [change] = changed.as_slice() else { bail!("more than one change: {changed:?}") };
    ensure!(change["path"] == CORE && change["old"]["hex"] == "04000000", "{change}");
    let deleted = Run::of(prefix.wine("reg").args(["delete", CORE, "/f"]))?;
    ensure!(deleted.code == Some(0), "reg delete: {}", deleted.stderr);
    let removed = watching.line()?;
    ensure!(removed["differences"][0]["change"] == "key_removed", "{removed}");
    set("2")?;
    watching.until("02000000")?;
    drop(watching);

    let mut once = LineReader::start(prefix.wine(program).args([
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

/// `watch` waits after judging the machine, so its memory can be read.
#[test]
#[ignore = "needs rdscal.exe and Wine: cargo xtask windows test"]
fn judging_needs_little_memory() -> Result<()> {
    let machine = Machine::start("judging_needs_little_memory")?;
    let (prefix, program) = (&machine.prefix, &machine.program);
    let watching = LineReader::start(prefix.wine(program).args(["watch", "--format", "json"]))?;
    watching.line()?;
    let program = fs::canonicalize(program)?;
    let maps = fs::read_to_string(format!("/proc/{}/smaps", watching.child.id()))?;
    let (mut all, mut is_program) = (0, false);
    for line in maps.lines() {
        if let Some(size) = line.strip_prefix("Rss:") {
            let size: u64 = size.trim().trim_end_matches("kB").trim().parse()?;
            all += if is_program { 0 } else { size };
        } else if line.contains('-') && !line.split(' ').next().is_some_and(|word| word.ends_with(':')) {
            is_program = line.ends_with(&*program.to_string_lossy());
        }
    }
    ensure!(all > 1_000, "/proc reports {all} kB, which cannot be the total");
    ensure!(
        all <= MAX_MEMORY,
        "judging the machine took {all} kB without the program file, more than {MAX_MEMORY}"
    );
    Ok(())
}
