//! Repairs under Wine: what is asked of the hives of a machine on Linux is asked of the same machine as it runs there, and must lead
//! to the same; what was done is taken back, and the machine is what it was.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value as Json;
use snapshot::{Key, KeyPath, Snapshot, State};

use super::cases::{ASKED, Asked, Case};
use super::contents::Contents;
use super::machines::{Machine, on_linux};

/// A machine that can be repaired.
struct Side<'m> {
    /// The running one, or none for the hives.
    live: Option<&'m Machine>,
    /// The program as it is built for Linux.
    program: &'m Path,
    /// The hives.
    hives: PathBuf,
    journal: PathBuf,
}

/// What the program said to a wish.
#[derive(Debug, PartialEq)]
enum Told {
    /// It has a plan of these changes.
    Plan(BTreeSet<String>),
    /// There is nothing to do.
    Nothing,
    /// It refuses.
    Refused,
}

struct Ran {
    code: Option<i32>,
    stdout: Vec<u8>,
    stderr: String,
}

impl Ran {
    fn json(&self) -> Result<Json> {
        serde_json::from_slice(&self.stdout).with_context(|| format!("{:?}: {}", self.code, self.stderr))
    }

    fn done(self, what: &str) -> Result<Self> {
        ensure!(self.code == Some(0), "{what}: {:?}: {}", self.code, self.stderr);
        Ok(self)
    }
}

impl Side<'_> {
    fn command(&self) -> Command {
        match self.live {
            Some(machine) => machine.prefix.wine(&machine.program),
            None => Command::new(self.program),
        }
    }

    fn run(&self, arguments: &[&str]) -> Result<Ran> {
        let mut command = self.command();
        let output =
            command.args(arguments).arg("--journal").arg(&self.journal).stdin(Stdio::null()).output()?;
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok(Ran { code: output.status.code(), stdout: output.stdout, stderr })
    }

    fn fix<'a>(&'a self, asked: &Asked, more: &[&'a str]) -> Result<Ran> {
        let source = match self.live {
            Some(_) => ".",
            None => self.hives.to_str().context("a path that is no text")?,
        };
        let arguments = [&["fix", asked.recipe, source], asked.arguments, &["--format", "json"], more];
        self.run(&arguments.concat())
    }

    fn undo(&self) -> Result<Ran> {
        self.run(&["undo", "--apply", "--format", "json"])
    }

    fn state(&self) -> Result<Machinery> {
        let snapshot = match self.live {
            Some(machine) => machine.snapshot()?,
            None => on_linux(&self.hives)?,
        };
        Ok(Machinery { contents: Contents::of(&snapshot), descriptors: descriptors(&snapshot) })
    }
}

/// What counts of a machine: names, types, data, owners and access lists.
#[derive(PartialEq)]
struct Machinery {
    contents: Contents,
    descriptors: BTreeMap<String, Vec<u8>>,
}

impl Machinery {
    fn is_again(&self, before: &Self, what: &str) -> Result<()> {
        let mut lines = before.contents.differences(&self.contents);
        for (path, descriptor) in &before.descriptors {
            if self.descriptors.get(path) != Some(descriptor) {
                lines.push(format!("{path}: another owner or access list"));
            }
        }
        ensure!(lines.is_empty() && self == before, "{what}:\n  {}", lines.join("\n  "));
        Ok(())
    }
}

/// The descriptors of all captured keys, byte for byte.
fn descriptors(snapshot: &Snapshot) -> BTreeMap<String, Vec<u8>> {
    fn add(path: &KeyPath, key: &Key, all: &mut BTreeMap<String, Vec<u8>>) {
        if let Some(security) = &key.security {
            all.insert(path.to_string().to_lowercase(), security.bytes().to_vec());
        }
        key.subkeys.iter().for_each(|sub| add(&path.child(&sub.name), sub, all));
    }
    let mut all = BTreeMap::new();
    for capture in &snapshot.captures {
        if let State::Key(key) = &capture.state {
            add(&capture.path, key, &mut all);
        }
    }
    all
}

fn told_by(ran: &Ran) -> Result<Told> {
    match ran.code {
        Some(1) => Ok(Told::Refused),
        Some(0) => {
            let plan = ran.json()?;
            let is_empty = |part: &str| plan[part].as_array().is_none_or(Vec::is_empty);
            let nothing = is_empty("steps") && is_empty("checklist");
            Ok(if nothing { Told::Nothing } else { Told::Plan(changes(&plan["steps"])) })
        }
        code => bail!("{code:?}: {}", ran.stderr),
    }
}

/// The changes of a plan without what depends on how a registry stores things: order, times, owners and lists.
fn changes(steps: &Json) -> BTreeSet<String> {
    fn bare(value: &Json) -> Json {
        match value {
            Json::Object(fields) => fields
                .iter()
                .filter(|(name, _)| !["at", "why", "last_write", "security"].contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), bare(value)))
                .collect(),
            Json::Array(items) => {
                let mut items: Vec<_> = items.iter().map(bare).collect();
                items.sort_by_key(ToString::to_string);
                items.into()
            }
            other => other.clone(),
        }
    }
    let steps = steps.as_array().map(Vec::as_slice).unwrap_or_default();
    let of_values = steps.iter().filter(|step| step["of"] != "security");
    of_values.map(|step| bare(step).to_string().to_lowercase()).collect()
}

/// Rules that look at what Wine says of itself: that it is in a workgroup, that its services are stopped, that its keys were written just
/// now, whom its access lists name.
const OF_WINE: &[&str] =
    &["RDSL-012", "RDSL-040", "RDSL-042", "RDSL-047", "RDSL-050", "RDSL-067", "RDSL-125"];

/// The rules that a repair mended, and those that it brought.
fn led_to(repair: &Json) -> [BTreeSet<String>; 2] {
    ["mended", "new"].map(|which| {
        let lines = repair["findings"][which].as_array().map(Vec::as_slice).unwrap_or_default();
        let rules = lines.iter().filter_map(|line| line.as_str()?.split([' ', ':']).next());
        rules.filter(|rule| !OF_WINE.contains(rule)).map(str::to_owned).collect()
    })
}

/// Every recipe on a machine under Wine, which holds what the text holds, and on its hives.
pub(super) fn tried(case: &Case, text: &str, machine: &Machine, ours: &Path, folder: &Path) -> Result<()> {
    let hives = folder.join("hives");
    let _ = fs::remove_dir_all(folder.join("journals"));
    let _ = fs::remove_dir_all(&hives);
    fs::create_dir_all(&hives)?;
    let mut fixture = fixture::parse(text).map_err(|error| anyhow::anyhow!("{error}"))?;
    let snapshot = fixture.machines.remove(0);
    for (name, bytes) in fixture::hives::hives(&snapshot).map_err(|error| anyhow::anyhow!("{error}"))? {
        fs::write(hives.join(name), bytes)?;
    }
    machine.close(case.closed)?;
    let side = |live, name: &str| Side {
        live,
        program: ours,
        hives: hives.clone(),
        journal: folder.join("journals").join(name),
    };
    let (disk, running) = (side(None, "disk"), side(Some(machine), "running"));
    let (disk_before, running_before) = (disk.state()?, running.state()?);
    let (mut made, mut faults) = (0, Vec::new());
    for asked in ASKED {
        match one(case, asked, &[(&running, &running_before), (&disk, &disk_before)]) {
            Ok(repairs) => made += repairs,
            Err(fault) => faults.push(format!("{}: {fault:#}", asked.recipe)),
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n  "));
    ensure!(made > 0, "not one recipe found anything to do");
    running.run(&["journal", "verify"])?.done("journal verify")?;
    Ok(())
}

/// One recipe on the machine as it runs and on its hives; gives how many repairs were made and taken back.
fn one(case: &Case, asked: &Asked, sides: &[(&Side<'_>, &Machinery); 2]) -> Result<usize> {
    let told = sides.iter().map(|(side, _)| side.fix(asked, &[])).collect::<Result<Vec<_>>>()?;
    let words = told.iter().map(told_by).collect::<Result<Vec<_>>>()?;
    let known = case.otherwise.iter().find(|(recipe, _)| *recipe == asked.recipe);
    ensure!(
        (words[0] == words[1]) == known.is_none(),
        "{:?} ({}), and on its hives {:?} ({}); of this is known {known:?}",
        words[0],
        told[0].stderr.trim(),
        words[1],
        told[1].stderr.trim()
    );
    let mut led = Vec::new();
    for ((side, before), told) in sides.iter().zip(&words) {
        if !matches!(told, Told::Plan(_)) {
            continue;
        }
        let fixed = side.fix(asked, &["--apply", "--by-hand-done"])?;
        // Some plans are lists of what people must do.
        if fixed.code == Some(1) && fixed.stderr.contains("must be done by hand") {
            continue;
        }
        led.push(led_to(&fixed.done("carrying it out")?.json()?));
        ensure!(side.state()? != **before, "nothing was changed");
        side.undo()?.done("taking it back")?;
        side.state()?.is_again(before, "taken back")?;
    }
    if let ([one, other], None) = (led.as_slice(), known) {
        ensure!(one == other, "mended and brought {one:?}, and on its hives {other:?}");
    }
    Ok(led.len())
}

/// The `.reg` that stands in a backup, imported by Wine, is what was there before; exported by Wine, it is the same again.
pub(super) fn backups(machine: &Machine, folder: &Path) -> Result<()> {
    let backups = folder.join("journals/running/backups");
    let mut imported = 0;
    for backup in fs::read_dir(&backups).with_context(|| backups.display().to_string())? {
        let file = backup?.path().join("before.reg");
        let text = on_linux(&file);
        // One of keys that did not exist holds comments alone.
        let Ok(text) = text else { continue };
        let wanted = Contents::of(&text);
        if wanted.size().1 == 0 {
            continue;
        }
        machine.import(&file)?;
        for (number, top) in super::machines::tops(&text).iter().enumerate() {
            let exported = machine.export(top, &format!("backup-{number}.reg"))?;
            let found = Contents::of(&on_linux(&exported)?).below(std::slice::from_ref(top));
            let wanted = wanted.below(std::slice::from_ref(top));
            let missing: Vec<_> = wanted
                .differences(&found)
                .into_iter()
                .filter(|line| !line.contains("should not be there"))
                .collect();
            ensure!(missing.is_empty(), "{}:\n  {}", file.display(), missing.join("\n  "));
        }
        imported += 1;
    }
    ensure!(imported > 0, "no backup holds a value");
    Ok(())
}

/// Numbers that look random and are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit.max(1)
    }
}

/// A repair and its undo, each killed at some moment, so often: the next run completes or takes back what it finds, and then the
/// machine is what it was, owners and access lists included. Gives how many were killed before their end.
pub(super) fn killed(
    machine: &Machine,
    ours: &Path,
    folder: &Path,
    asked: &Asked,
    kills: u32,
) -> Result<u32> {
    let journal = folder.join("journals").join(format!("killed-{}", asked.recipe));
    let _ = fs::remove_dir_all(&journal);
    let side = Side { live: Some(machine), program: ours, hives: PathBuf::new(), journal };
    let before = side.state()?;
    // How long a whole run takes.
    let begin = Instant::now();
    side.fix(asked, &["--apply"])?.done("the whole run")?;
    let mut length = u64::try_from(begin.elapsed().as_micros())?;
    side.undo()?.done("taking it back")?;
    side.state()?.is_again(&before, "before anything is killed")?;
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    let mut killed = 0;
    for round in 0..kills {
        let undoes = round % 2 == 1;
        let mut command = side.command();
        if undoes {
            side.fix(asked, &["--apply"])?.done("the run to be taken back")?;
            command.args(["undo", "--apply"]);
        } else {
            command.args(["fix", asked.recipe, "."]).args(asked.arguments).arg("--apply");
        }
        command.arg("--journal").arg(&side.journal);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        // The last part of a run, in which it writes, is killed more often than the first.
        thread::sleep(Duration::from_micros(length / 4 + dice.below(length)));
        child.kill()?;
        // How long a run takes changes with what else the machine does.
        if child.wait()?.success() {
            length -= length / 6;
        } else {
            length += length / 12;
            killed += 1;
        }
        // What was interrupted is settled first; then what stands is taken back, or nothing is left to be.
        let next = side.undo()?;
        ensure!(
            next.code == Some(0) || next.stderr.contains("no repair that could be taken back"),
            "round {round}: {}",
            next.stderr
        );
        side.state()?.is_again(&before, &format!("round {round}"))?;
    }
    side.run(&["journal", "verify"])?.done("journal verify")?;
    let shown = side.run(&["journal", "show"])?.done("journal show")?;
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    ensure!(!shown.contains("interrupted:"), "{shown}");
    Ok(killed)
}
