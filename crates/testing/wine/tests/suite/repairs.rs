//! Repairs under Wine: each recipe runs on the live machine and, on Linux, on its hives, with equal results.
//! Every repair is undone, after which the machine is unchanged.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value as Json;
use snapshot::{Key, KeyPath, Snapshot, State};

use crate::cases::{Case, REQUESTS, Request};
use crate::contents::Contents;
use crate::machines::{self, Machine, on_linux};
use crate::programs::{self, Run};

/// A machine that can be repaired.
struct Side<'m> {
    /// The live machine; `None` for the hives.
    live: Option<&'m Machine>,
    /// The program for Linux.
    program: &'m Path,
    hives: PathBuf,
    journal: PathBuf,
}

/// The answer of the program to a request.
#[derive(Debug, PartialEq)]
enum Answer {
    /// A plan with these changes.
    Plan(BTreeSet<String>),
    /// Nothing to do.
    Nothing,
    Refused,
}

impl Side<'_> {
    fn command(&self) -> Command {
        match self.live {
            Some(machine) => machine.prefix.wine(&machine.program),
            None => Command::new(self.program),
        }
    }

    fn run(&self, arguments: &[&str]) -> Result<Run> {
        let mut command = self.command();
        Run::of(command.args(arguments).arg("--journal").arg(&self.journal))
    }

    fn fix<'a>(&'a self, request: &Request, more: &[&'a str]) -> Result<Run> {
        let source = match self.live {
            Some(_) => ".",
            None => self.hives.to_str().context("the path is not UTF-8")?,
        };
        let arguments = [&["fix", request.recipe, source], request.arguments, &["--format", "json"], more];
        self.run(&arguments.concat())
    }

    fn undo(&self) -> Result<Run> {
        self.run(&["undo", "--apply", "--format", "json"])
    }

    fn state(&self) -> Result<MachineState> {
        let snapshot = match self.live {
            Some(machine) => machine.snapshot()?,
            None => on_linux(&self.hives)?,
        };
        Ok(MachineState { contents: Contents::of(&snapshot), descriptors: descriptors(&snapshot) })
    }
}

/// The state that an undo must restore: names, types, data, owners and access lists.
#[derive(PartialEq)]
struct MachineState {
    contents: Contents,
    descriptors: BTreeMap<String, Vec<u8>>,
}

impl MachineState {
    fn ensure_equals(&self, before: &Self, what: &str) -> Result<()> {
        let mut lines = before.contents.differences(&self.contents);
        for (path, descriptor) in &before.descriptors {
            if self.descriptors.get(path) != Some(descriptor) {
                lines.push(format!("{path}: owner or access list differs"));
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

fn answer(run: &Run) -> Result<Answer> {
    match run.code {
        Some(1) => Ok(Answer::Refused),
        Some(0) => {
            let plan = run.json()?;
            let is_empty = |part: &str| plan[part].as_array().is_none_or(Vec::is_empty);
            let nothing = is_empty("steps") && is_empty("checklist");
            Ok(if nothing { Answer::Nothing } else { Answer::Plan(changes(&plan["steps"])) })
        }
        code => bail!("{code:?}: {}", run.stderr),
    }
}

/// The changes of a plan, without the parts that depend on the storage: order, times, owners and access
/// lists.
fn changes(steps: &Json) -> BTreeSet<String> {
    fn stripped(value: &Json) -> Json {
        match value {
            Json::Object(fields) => fields
                .iter()
                .filter(|(name, _)| !["at", "why", "last_write", "security"].contains(&name.as_str()))
                .map(|(name, value)| (name.clone(), stripped(value)))
                .collect(),
            Json::Array(items) => {
                let mut items: Vec<_> = items.iter().map(stripped).collect();
                items.sort_by_key(ToString::to_string);
                items.into()
            }
            other => other.clone(),
        }
    }
    let steps = steps.as_array().map(Vec::as_slice).unwrap_or_default();
    let of_values = steps.iter().filter(|step| step["of"] != "security");
    of_values.map(|step| stripped(step).to_string().to_lowercase()).collect()
}

/// Rules that judge properties of Wine: its workgroup, its stopped services, the last-write times of imported
/// keys, its access lists.
const OF_WINE: &[&str] =
    &["RDSL-012", "RDSL-040", "RDSL-042", "RDSL-047", "RDSL-050", "RDSL-067", "RDSL-125"];

/// The rules that stop firing after a repair, and those that start. A finding that only changes is neither:
/// its severity can depend on the version of Windows, which is Wine's.
fn effect(repair: &Json) -> [BTreeSet<String>; 2] {
    let [fixed, new]: [BTreeSet<String>; 2] = ["fixed", "new"].map(|which| {
        let lines = repair["findings"][which].as_array().map(Vec::as_slice).unwrap_or_default();
        let rules = lines.iter().filter_map(|line| line.as_str()?.split([' ', ':']).next());
        rules.filter(|rule| !OF_WINE.contains(rule)).map(str::to_owned).collect()
    });
    [&fixed - &new, &new - &fixed]
}

/// Runs every recipe on a machine under Wine and on hives of the same content.
pub(super) fn check(case: &Case, text: &str, machine: &Machine, folder: &Path) -> Result<()> {
    let program = programs::linux()?;
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
        program: &program,
        hives: hives.clone(),
        journal: folder.join("journals").join(name),
    };
    let (disk, running) = (side(None, "disk"), side(Some(machine), "running"));
    let (disk_before, running_before) = (disk.state()?, running.state()?);
    let (mut made, mut faults) = (0, Vec::new());
    for request in REQUESTS {
        match compare(case, request, &[(&running, &running_before), (&disk, &disk_before)]) {
            Ok(repairs) => made += repairs,
            Err(fault) => faults.push(format!("{}: {fault:#}", request.recipe)),
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n  "));
    ensure!(made > 0, "no recipe had anything to do");
    running.run(&["journal", "verify"])?.success("journal verify")?;
    Ok(())
}

/// Runs one recipe on the live machine and on its hives; returns the number of repairs made and undone.
fn compare(case: &Case, request: &Request, sides: &[(&Side<'_>, &MachineState); 2]) -> Result<usize> {
    let runs = sides.iter().map(|(side, _)| side.fix(request, &[])).collect::<Result<Vec<_>>>()?;
    let answers = runs.iter().map(answer).collect::<Result<Vec<_>>>()?;
    let known = case.differing.iter().find(|(recipe, _)| *recipe == request.recipe);
    ensure!(
        (answers[0] == answers[1]) == known.is_none(),
        "live {:?} ({}), on its hives {:?} ({}); expected difference: {known:?}",
        answers[0],
        runs[0].stderr.trim(),
        answers[1],
        runs[1].stderr.trim()
    );
    let mut effects = Vec::new();
    for ((side, before), answer) in sides.iter().zip(&answers) {
        if !matches!(answer, Answer::Plan(_)) {
            continue;
        }
        let fixed = side.fix(request, &["--apply", "--manual-steps-done"])?;
        // Some plans consist of manual steps.
        if fixed.code == Some(1) && fixed.stderr.contains("must be done manually") {
            continue;
        }
        effects.push(effect(&fixed.success("fix --apply")?.json()?));
        ensure!(side.state()? != **before, "nothing was changed");
        side.undo()?.success("undo")?;
        side.state()?.ensure_equals(before, "after the undo")?;
    }
    if let ([one, other], None) = (effects.as_slice(), known) {
        ensure!(one == other, "effect on the live machine {one:?}, on its hives {other:?}");
    }
    Ok(effects.len())
}

/// Imports the `.reg` of each backup by Wine and exports it again: the result is what the backup holds.
pub(super) fn check_backups(machine: &Machine, folder: &Path) -> Result<()> {
    let backups = folder.join("journals/running/backups");
    let mut imported = 0;
    for backup in fs::read_dir(&backups).with_context(|| backups.display().to_string())? {
        let file = backup?.path().join("before.reg");
        let text = on_linux(&file);
        // A backup of keys that did not exist holds only comments.
        let Ok(text) = text else { continue };
        let wanted = Contents::of(&text);
        if wanted.size().1 == 0 {
            continue;
        }
        machine.import(&file)?;
        for (number, top) in machines::tops(&text).iter().enumerate() {
            let exported = machine.export(top, &format!("backup-{number}.reg"))?;
            let found = Contents::of(&on_linux(&exported)?).below(std::slice::from_ref(top));
            let wanted = wanted.below(std::slice::from_ref(top));
            let missing: Vec<_> =
                wanted.differences(&found).into_iter().filter(|line| !line.contains("unexpected")).collect();
            ensure!(missing.is_empty(), "{}:\n  {}", file.display(), missing.join("\n  "));
        }
        imported += 1;
    }
    ensure!(imported > 0, "no backup has a value");
    Ok(())
}

/// A deterministic pseudorandom generator (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit.max(1)
    }
}

/// Kills a repair and its undo at random moments. The next run completes or undoes what it finds, after which
/// the machine is unchanged, owners and access lists included. Returns how many runs were killed before their
/// end.
pub(super) fn kill(machine: &Machine, folder: &Path, request: &Request, kills: u32) -> Result<u32> {
    let journal = folder.join("journals").join(format!("killed-{}", request.recipe));
    let _ = fs::remove_dir_all(&journal);
    let program = programs::linux()?;
    let side = Side { live: Some(machine), program: &program, hives: PathBuf::new(), journal };
    let before = side.state()?;
    // The duration of a whole run.
    let begin = Instant::now();
    side.fix(request, &["--apply"])?.success("the whole run")?;
    let mut length = u64::try_from(begin.elapsed().as_micros())?;
    side.undo()?.success("undo")?;
    side.state()?.ensure_equals(&before, "before the first kill")?;
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let mut killed = 0;
    for round in 0..kills {
        let undoes = round % 2 == 1;
        let mut command = side.command();
        if undoes {
            side.fix(request, &["--apply"])?.success("the run to be undone")?;
            command.args(["undo", "--apply"]);
        } else {
            command.args(["fix", request.recipe, "."]).args(request.arguments).arg("--apply");
        }
        command.arg("--journal").arg(&side.journal);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        // The last part of a run, in which it writes, is killed more often than the first part.
        thread::sleep(Duration::from_micros(length / 4 + random.below(length)));
        child.kill()?;
        // The duration of a run changes with the load.
        if child.wait()?.success() {
            length -= length / 6;
        } else {
            length += length / 12;
            killed += 1;
        }
        // This recovers the interrupted run, then undoes the repair if it is complete.
        let next = side.undo()?;
        ensure!(
            next.code == Some(0) || next.stderr.contains("no repair that can be reverted"),
            "round {round}: {}",
            next.stderr
        );
        side.state()?.ensure_equals(&before, &format!("round {round}"))?;
    }
    side.run(&["journal", "verify"])?.success("journal verify")?;
    let shown = side.run(&["journal", "show"])?.success("journal show")?;
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    ensure!(!shown.contains("interrupted;"), "{shown}");
    Ok(killed)
}
