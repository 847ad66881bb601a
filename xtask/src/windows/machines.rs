//! Machines under Wine: each is imported, captured and judged there, and must be what Linux says of the same text.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result, bail, ensure};
use licensing::knowledge::capture;
use licensing::{MachineReport, Options, Verdict, judge};
use nt::security::SecurityDescriptor;

use regtext::reg::Writer;
use snapshot::{Data, KeyPath, Snapshot, State};

use super::cases::{CASES, Case};
use super::contents::Contents;
use super::manners::own_program;
use super::{Prefix, repairs};

/// Tries the cases whose names hold this text; gives one line for each that failed, and how many there were.
pub(super) fn run(template: &Prefix, program: &Path, only: Option<&str>) -> Result<(usize, Vec<String>)> {
    let folder = crate::root().join("target/windows/machines");
    let fresh = Machine::start(template, program, &folder.join("fresh"))?;
    let untouched = fresh.snapshot()?;
    drop(fresh);
    let ours = own_program()?;
    let cases: Vec<_> =
        CASES.iter().filter(|case| only.is_none_or(|only| case.name.contains(only))).collect();
    let next = AtomicUsize::new(0);
    let failed = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let folder = folder.join(case.name.replace(|c: char| !c.is_alphanumeric(), "-"));
                    if let Err(error) = one(case, template, program, &ours, &folder, &untouched)
                        && let Ok(mut failed) = failed.lock()
                    {
                        failed.push(format!("{}: {error:#}", case.name));
                    }
                }
            });
        }
    });
    Ok((cases.len(), failed.into_inner().unwrap_or_default()))
}

fn one(
    case: &Case,
    template: &Prefix,
    program: &Path,
    ours: &Path,
    folder: &Path,
    untouched: &Snapshot,
) -> Result<()> {
    // A running machine has its current control set by that name; Wine has no link from it to a numbered one.
    let original = fs::read_to_string(crate::root().join(case.file))?;
    let text = original.replace(r"SYSTEM\ControlSet001", r"SYSTEM\CurrentControlSet");
    let machine = Machine::start(template, program, &folder.join("imported"))?;
    let file = machine.write("machine.reg", &utf16(&text))?;
    machine.import(&file)?;

    // Its keys and values are those of the text, and those that were there before.
    let export = on_linux(&file)?;
    let live = machine.snapshot()?;
    let told = Contents::of(&export);
    let expected = Contents::of(untouched).overlaid(&told);
    same("the captured machine against its text", &expected, &Contents::of(&live))?;
    ensure!(told.size().1 > 0, "the text holds no value that anybody captures");

    // What Wine exports, we read.
    let tops = tops(&export);
    let mut exported = Contents::default();
    for (number, top) in tops.iter().enumerate() {
        let file = machine.export(top, &format!("export-{number}.reg"))?;
        exported = exported.overlaid(&Contents::of(&on_linux(&file)?));
    }
    let wanted = Contents::of(&live).below(&tops).without(case.exported_otherwise);
    let exported = exported.below(&tops).without(case.exported_otherwise);
    same("Wine's export against the captured machine", &wanted, &exported)?;

    // What we write, Wine imports, and it is the same machine.
    let again = Machine::start(template, program, &folder.join("written"))?;
    again.import(&again.write("ours.reg", &written(&told)?)?)?;
    same("the machine from a .reg of ours against the first", &expected, &Contents::of(&again.snapshot()?))?;
    drop(again);

    judged(case, &machine, &export, &live)?;
    if !case.is_repaired {
        return Ok(());
    }
    repairs::tried(case, &original, &machine, ours, folder)?;
    // An import opens no closed key.
    machine.describe(case.closed, "O:BAG:SYD:P(A;CI;KA;;;WD)")?;
    repairs::backups(&machine, folder)
}

/// The verdict there is the verdict here, and differs from that on the export by what the table says.
fn judged(case: &Case, machine: &Machine, export: &Snapshot, live: &Snapshot) -> Result<()> {
    // Its keys were written just now, so it cannot be judged as of the text's own time.
    let at = live.captured_at.context("a capture without a time")?;
    let options = Options { at: Some(at), ..Options::at(at) };
    let there = machine.rdscal(&["doctor", "--at", &at.to_string(), "--format", "json"])?;
    let there: BTreeSet<String> = there["machines"][0]["findings"]
        .as_array()
        .context("a report without findings")?
        .iter()
        .filter_map(|finding| Some(finding["rule"].as_str()?.to_owned()))
        .collect();
    let here = judge(live, &options);
    ensure!(there == rules(&here), "found there {there:?}, here on the same capture {:?}", rules(&here));

    // Wine says of itself that it is in a workgroup, and that its services are stopped.
    let mut silent = live.clone();
    silent.facts.clear();
    let (silent, export) = (judge(&silent, &options), judge(export, &options));
    let (found, wanted) = (rules(&silent), rules(&export));
    let known = case.more.iter().map(|(rule, why)| ((*rule).to_owned(), *why));
    let more: BTreeSet<_> = found.difference(&wanted).collect();
    let less: BTreeSet<_> = wanted.difference(&found).collect();
    ensure!(
        less.is_empty()
            && more.iter().copied().eq(known.clone().map(|(rule, _)| rule).collect::<BTreeSet<_>>().iter()),
        "the machine has {more:?} more and {less:?} less than its export; of this is known {:?}",
        known.collect::<Vec<_>>()
    );
    if found == wanted {
        let (found, wanted) = (Verdict::of(&silent).standing, Verdict::of(&export).standing);
        ensure!(found == wanted, "the verdict is {found:?}, and {wanted:?} on the export");
    }
    Ok(())
}

fn rules(report: &MachineReport) -> BTreeSet<String> {
    report.findings.iter().map(|finding| finding.rule.id.to_owned()).collect()
}

fn same(what: &str, expected: &Contents, found: &Contents) -> Result<()> {
    let differences = expected.differences(found);
    ensure!(differences.is_empty(), "{what}:\n  {}", differences.join("\n  "));
    Ok(())
}

/// The snapshot that this program, on Linux, takes of the file.
pub(super) fn on_linux(file: &Path) -> Result<Snapshot> {
    let mut found = sources::discover(file);
    if let Some(problem) = found.problems.first() {
        bail!("{}: {}", problem.place, problem.message);
    }
    let place = found.places.pop().context("nothing in the export")?;
    place
        .capture(&capture::scope())
        .map_err(|problem| anyhow::anyhow!("{}: {}", problem.place, problem.message))
}

/// The captured keys that exist and lie below none of the others.
pub(super) fn tops(snapshot: &Snapshot) -> Vec<KeyPath> {
    let mut tops: Vec<KeyPath> = Vec::new();
    for capture in snapshot.captures.iter().filter(|capture| matches!(capture.state, State::Key(_))) {
        if !tops.iter().any(|top| capture.path.starts_with(top)) {
            tops.retain(|top| !top.starts_with(&capture.path));
            tops.push(capture.path.clone());
        }
    }
    tops
}

/// The keys as a `.reg` of ours. What is withheld becomes zeros, as many as there were.
fn written(contents: &Contents) -> Result<Vec<u8>> {
    let mut writer = Writer::new();
    for (path, values) in contents.keys() {
        writer.key(path.to_long_string().as_str())?;
        for value in values {
            let name = value.name.to_string();
            match &value.data {
                Data::Bytes(bytes) => writer.set(name.as_str(), value.kind.0, bytes)?,
                Data::Withheld { length } => {
                    writer.set(name.as_str(), value.kind.0, &vec![0; usize::try_from(*length)?])?
                }
            };
        }
    }
    Ok(writer.into_bytes())
}

pub(super) fn utf16(text: &str) -> Vec<u8> {
    let text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// A Wine that stands for a machine, and ends with the value.
pub(super) struct Machine {
    pub(super) prefix: Prefix,
    pub(super) program: PathBuf,
    /// What gives keys descriptors, beside the program.
    helper: PathBuf,
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.prefix.end();
    }
}

impl Machine {
    /// With a fresh registry.
    pub(super) fn start(template: &Prefix, program: &Path, folder: &Path) -> Result<Self> {
        let prefix = template.copy(folder)?;
        // Whenever its server starts, Wine writes its own host name into the registry: so it starts once, before all else.
        prefix.start()?;
        let helper = program.with_file_name("examples").join("describe.exe");
        Ok(Self { prefix, program: program.to_owned(), helper })
    }

    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let file = self.prefix.folder().join(name);
        fs::write(&file, bytes)?;
        Ok(file)
    }

    pub(super) fn import(&self, file: &Path) -> Result<()> {
        let output = self.prefix.wine("reg").arg("import").arg(file).stdin(Stdio::null()).output()?;
        ensure!(
            output.status.success(),
            "Wine could not import {}: {}",
            file.display(),
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(())
    }

    pub(super) fn export(&self, top: &KeyPath, name: &str) -> Result<PathBuf> {
        let file = self.prefix.folder().join(name);
        let export = || {
            let mut reg = self.prefix.wine("reg");
            reg.args(["export", &top.to_long_string()]).arg(&file).arg("/y").stdin(Stdio::null()).output()
        };
        // Wine's own program failed once where the machine had much else to do. It is not what is tried here.
        let mut output = export()?;
        for _ in 0..2 {
            if output.status.success() && file.is_file() {
                break;
            }
            output = export()?;
        }
        ensure!(
            output.status.success() && file.is_file(),
            "Wine could not export {top} ({}): {} {}",
            output.status,
            String::from_utf8_lossy(&output.stdout).trim(),
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(file)
    }

    /// Lets everybody read these keys, and nobody but the system change them. Administrators own them, as they own most keys.
    pub(super) fn close(&self, keys: &[&str]) -> Result<()> {
        self.describe(keys, "O:BAG:SYD:P(A;CI;KA;;;SY)(A;CI;KR;;;WD)")
    }

    /// Gives keys below `HKLM` this security descriptor.
    pub(super) fn describe(&self, keys: &[&str], descriptor: &str) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let descriptor: SecurityDescriptor = descriptor.parse()?;
        let hex: Vec<_> = descriptor.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let hex = hex.concat();
        let mut helper = self.prefix.wine(&self.helper);
        for key in keys {
            helper.args([key, hex.as_str()]);
        }
        let output = helper.stdin(Stdio::null()).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(())
    }

    /// What `rdscal.exe snapshot .` takes of it.
    pub(super) fn snapshot(&self) -> Result<Snapshot> {
        let file = self.prefix.folder().join("live.json");
        let output = self
            .prefix
            .wine(&self.program)
            .args(["snapshot", ".", "--force", "-o"])
            .arg(&file)
            .stdin(Stdio::null())
            .output()?;
        ensure!(
            output.status.success(),
            "rdscal.exe snapshot ended with {:?}: {}",
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).trim()
        );
        Ok(Snapshot::from_json(&fs::read(file)?)?)
    }

    /// What `rdscal.exe` prints as JSON.
    fn rdscal(&self, arguments: &[&str]) -> Result<serde_json::Value> {
        let output = self.prefix.wine(&self.program).args(arguments).stdin(Stdio::null()).output()?;
        serde_json::from_slice(&output.stdout).with_context(|| {
            format!("rdscal.exe: {:?}: {}", output.status.code(), String::from_utf8_lossy(&output.stderr))
        })
    }
}
