//! Machines under Wine: each is imported, captured and judged there. The results must equal those of Linux on
//! the same text.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail, ensure};
use licensing::knowledge::capture;
use licensing::{MachineReport, Options, Verdict, judge};
use nt::security::SecurityDescriptor;

use regtext::reg::Writer;
use snapshot::{Data, KeyPath, Snapshot, State};

use wine::Prefix;

use crate::cases::Case;
use crate::contents::Contents;
use crate::{programs, repairs};

/// Imports a machine, captures, exports, judges and repairs it.
pub(super) fn check(name: &str, case: &Case) -> Result<()> {
    let folder = programs::folder(name);
    let fresh = Machine::start(&format!("{name}/fresh"))?;
    let untouched = fresh.snapshot()?;
    drop(fresh);
    // A running machine names its current control set CurrentControlSet. Wine has no link from it to a
    // numbered one.
    let original = fs::read_to_string(programs::root().join(case.file))?;
    let text = original.replace(r"SYSTEM\ControlSet001", r"SYSTEM\CurrentControlSet");
    let machine = Machine::start(&format!("{name}/imported"))?;
    let file = machine.write("machine.reg", &utf16(&text))?;
    machine.import(&file)?;

    // It has the keys and values of the text, and those that Wine had before.
    let export = on_linux(&file)?;
    let live = machine.snapshot()?;
    let imported = Contents::of(&export);
    let expected = Contents::of(&untouched).overlaid(&imported);
    same("the captured machine against its text", &expected, &Contents::of(&live))?;
    ensure!(imported.size().1 > 0, "no value of the text is captured");

    // rdscal reads what Wine exports.
    let tops = tops(&export);
    let mut exported = Contents::default();
    for (number, top) in tops.iter().enumerate() {
        let file = machine.export(top, &format!("export-{number}.reg"))?;
        exported = exported.overlaid(&Contents::of(&on_linux(&file)?));
    }
    let wanted = Contents::of(&live).below(&tops).without(case.exported_differently);
    let exported = exported.below(&tops).without(case.exported_differently);
    same("Wine's export against the captured machine", &wanted, &exported)?;

    // Wine imports what rdscal writes, and the result is the same machine.
    let again = Machine::start(&format!("{name}/written"))?;
    again.import(&again.write("ours.reg", &written(&imported)?)?)?;
    same(
        "the machine from a .reg by rdscal against the first",
        &expected,
        &Contents::of(&again.snapshot()?),
    )?;
    drop(again);

    judged(case, &machine, &export, &live)?;
    if !case.is_repaired {
        return Ok(());
    }
    repairs::check(case, &original, &machine, &folder)?;
    // An import cannot write to a closed key.
    machine.describe(case.closed, "O:BAG:SYD:P(A;CI;KA;;;WD)")?;
    repairs::check_backups(&machine, &folder)
}

/// The findings under Wine equal those of Linux on the same capture, and differ from those on the export as
/// the case says.
fn judged(case: &Case, machine: &Machine, export: &Snapshot, live: &Snapshot) -> Result<()> {
    // Importing set all last-write times, so the time in the text cannot be used.
    let at = live.captured_at.context("the capture has no time")?;
    let options = Options { at: Some(at), ..Options::at(at) };
    let wine = machine.rdscal(&["doctor", "--at", &at.to_string(), "--format", "json"])?;
    let wine: BTreeSet<String> = wine["machines"][0]["findings"]
        .as_array()
        .context("the report has no findings")?
        .iter()
        .filter_map(|finding| Some(finding["rule"].as_str()?.to_owned()))
        .collect();
    let linux = judge(live, &options);
    ensure!(
        wine == rules(&linux),
        "findings under Wine {wine:?}, on Linux of the same capture {:?}",
        rules(&linux)
    );

    // Without the facts: Wine reports a workgroup and stopped services.
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
        "the machine has {more:?} more and {less:?} fewer findings than its export; expected more: {:?}",
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

/// The snapshot that Linux takes of this file.
pub(super) fn on_linux(file: &Path) -> Result<Snapshot> {
    let mut found = sources::discover(file);
    if let Some(problem) = found.problems.first() {
        bail!("{problem}");
    }
    let place = found.places.pop().context("the export is empty")?;
    Ok(place.capture(&capture::scope())?)
}

/// The captured keys that exist and are not below another one.
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

/// The keys as a `.reg` file. Withheld data becomes zeros of the same length.
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

/// The text as a `.reg` file of Windows: UTF-16 with a byte order mark, CR LF.
pub(super) fn utf16(text: &str) -> Vec<u8> {
    let text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// A Wine prefix in the role of a machine. Dropping it ends its programs.
pub(super) struct Machine {
    pub(super) prefix: Prefix,
    pub(super) program: PathBuf,
    /// Sets security descriptors.
    helper: PathBuf,
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.prefix.end();
    }
}

impl Machine {
    /// With a fresh registry.
    pub(super) fn start(folder: &str) -> Result<Self> {
        let program = programs::windows()?;
        let prefix = programs::prefix(folder)?;
        // Each start of its server writes the host name into the registry, so the server starts once, before
        // everything else.
        prefix.start()?;
        let helper = program.with_file_name("examples").join("describe.exe");
        Ok(Self { prefix, program, helper })
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
        // Wine's own program can fail under load. It is not under test here.
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

    /// Lets everyone read these keys and only the system change them. Administrators own them, as they own
    /// most keys.
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

    /// The snapshot of `rdscal.exe snapshot .`.
    pub(super) fn snapshot(&self) -> Result<Snapshot> {
        let file = self.prefix.folder().join("live.json");
        let mut command = self.prefix.wine(&self.program);
        command.args(["snapshot", ".", "--force", "-o"]).arg(&file);
        let run = programs::Run::of(&mut command)?;
        ensure!(run.code == Some(0), "rdscal.exe snapshot ended with {:?}: {}", run.code, run.stderr.trim());
        Ok(Snapshot::from_json(&fs::read(file)?)?)
    }

    /// The JSON that `rdscal.exe` prints.
    fn rdscal(&self, arguments: &[&str]) -> Result<serde_json::Value> {
        programs::Run::of(self.prefix.wine(&self.program).args(arguments))?.json()
    }
}
