//! Repairs of a running machine where something is in the way: rights, a policy, a service, the end of the program.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};

use super::cases::Asked;
use super::machines::{Machine, utf16};
use super::manners::own_program;
use super::{Prefix, repairs};

/// How often each repair is killed.
const KILLS: u32 = 24;

/// The host that the program's tests have.
const HOST: &str = "crates/app/rdscal/tests/cli/machines/host.reg";
const GOLDEN: &str = "xtask/samples/golden.reg";

const CORE: &str = r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core";
const RECORD: &str = r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod";
const STORE: &str = r"SOFTWARE\Microsoft\MSLicensing";

type Trial = fn(&Prefix, &Path, &Path) -> Result<()>;

/// Tries everything; gives one line for each that failed, and how many there were.
pub(super) fn run(template: &Prefix, program: &Path) -> (usize, Vec<String>) {
    let trials: [(&str, Trial); 5] = [
        ("a value in a closed key, killed at any moment", |template, program, folder| {
            let asked = Asked { recipe: "set-mode", arguments: &["per-device"] };
            killed(template, program, folder, HOST, &[CORE], &asked)
        }),
        ("a closed key with all that is in it, killed at any moment", |template, program, folder| {
            let asked = Asked { recipe: "seal-image", arguments: &["--confirm-image"] };
            killed(template, program, folder, GOLDEN, &[RECORD, STORE], &asked)
        }),
        ("a key that belongs to another", foreign),
        ("services, and who is signed in", services),
        ("the machine's own journal", journal),
    ];
    let folder = crate::root().join("target/windows/living");
    // The copies of the prefix differ in their registries alone.
    let failed: Vec<_> = std::thread::scope(|scope| {
        let running: Vec<_> = trials
            .iter()
            .enumerate()
            .map(|(number, (name, trial))| {
                let folder = folder.join(number.to_string());
                (name, scope.spawn(move || trial(template, program, &folder)))
            })
            .collect();
        let ended = running.into_iter().map(|(name, thread)| (name, thread.join()));
        ended
            .filter_map(|(name, result)| match result {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(format!("{name}: {error:#}")),
                Err(_) => Some(format!("{name}: panicked")),
            })
            .collect()
    });
    (trials.len(), failed)
}

/// The machine of this text, as it runs.
fn machine(template: &Prefix, program: &Path, folder: &Path, text: &str) -> Result<Machine> {
    let machine = Machine::start(template, program, folder)?;
    let text = fs::read_to_string(crate::root().join(text))?
        .replace(r"SYSTEM\ControlSet001", r"SYSTEM\CurrentControlSet");
    let file = machine.write("machine.reg", &utf16(&text))?;
    machine.import(&file)?;
    Ok(machine)
}

fn killed(
    template: &Prefix,
    program: &Path,
    folder: &Path,
    text: &str,
    closed: &[&str],
    asked: &Asked,
) -> Result<()> {
    let machine = machine(template, program, folder, text)?;
    machine.close(closed)?;
    let killed = repairs::killed(&machine, &own_program()?, folder, asked, KILLS)?;
    ensure!(killed > KILLS / 3, "only {killed} of {KILLS} runs were killed before their end");
    Ok(())
}

struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn ran(command: &mut Command) -> Result<Ran> {
    let output = command.stdin(Stdio::null()).output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Ran { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) })
}

/// Wine grants the privileges to restore and to take ownership, and nothing with them: so nothing can be done about a key that belongs
/// to another, and that is said, with everything as it was.
fn foreign(template: &Prefix, program: &Path, folder: &Path) -> Result<()> {
    let machine = machine(template, program, folder, HOST)?;
    machine.describe(&[CORE], "O:NSG:NSD:P(A;CI;KA;;;NS)(A;CI;KR;;;WD)")?;
    let before = machine.snapshot()?;
    let journal = folder.join("journal");
    let mut fix = machine.prefix.wine(program);
    fix.args(["fix", "set-mode", ".", "per-device", "--apply", "--journal"]).arg(&journal);
    let refused = ran(&mut fix)?;
    ensure!(
        refused.code == Some(1)
            && refused.stderr.contains("access is denied")
            && refused.stderr.contains("Licensing Core"),
        "{:?} {}",
        refused.code,
        refused.stderr
    );
    let after = machine.snapshot()?;
    ensure!(before.captures == after.captures, "something was changed all the same");
    let mut shown = machine.prefix.wine(program);
    let shown = ran(shown.args(["journal", "show", "--journal"]).arg(&journal))?;
    ensure!(!shown.stdout.contains("interrupted"), "{}", shown.stdout);
    Ok(())
}

fn services(template: &Prefix, program: &Path, folder: &Path) -> Result<()> {
    let machine = machine(template, program, folder, HOST)?;
    let journal = folder.join("journal");
    let fix = |mode: &str, more: &[&str]| -> Result<Ran> {
        let mut command = machine.prefix.wine(program);
        command.args(["fix", "set-mode", ".", mode]).args(more).arg("--journal").arg(&journal);
        ran(&mut command)
    };
    // Without having been told to, it says what must follow and whom that concerns.
    let planned = fix("per-device", &[])?;
    ensure!(planned.stderr.contains("must be restarted, which ends"), "{}", planned.stderr);
    ensure!(planned.stdout.contains("restart the service TermService"), "{}", planned.stdout);
    // Stopped, it needs no restart.
    let stopped = fix("per-device", &["--apply", "--restart-services"])?;
    ensure!(stopped.code == Some(0), "{:?} {}", stopped.code, stopped.stderr);
    ensure!(stopped.stdout.contains("it reads the change when it starts"), "{}", stopped.stdout);
    ensure!(stopped.stderr.contains("is restarted after the change, which ends"), "{}", stopped.stderr);
    // Running, it is stopped and started again.
    let started = ran(machine.prefix.wine("net").args(["start", "TermService"]))?;
    ensure!(started.code == Some(0), "Wine could not start the service: {}", started.stdout);
    let restarted = fix("per-user", &["--apply", "--restart-services", "--format", "json"])?;
    ensure!(restarted.code == Some(0), "{:?} {} {}", restarted.code, restarted.stdout, restarted.stderr);
    let json: serde_json::Value = serde_json::from_str(&restarted.stdout)?;
    ensure!(json["services"][0]["outcome"] == "restarted", "{}", json["services"]);
    // Hives have no services.
    let mut elsewhere = machine.prefix.wine(program);
    elsewhere.args(["fix", "set-mode"]).arg(crate::root().join("samples/rdsh01-works")).arg("per-user");
    elsewhere.args(["--apply", "--restart-services", "--journal"]).arg(&journal);
    let elsewhere = ran(&mut elsewhere)?;
    ensure!(elsewhere.code == Some(2), "{:?} {}", elsewhere.code, elsewhere.stderr);
    Ok(())
}

/// `%ProgramData%\rdscal` is made, used, and trusted again.
fn journal(template: &Prefix, program: &Path, folder: &Path) -> Result<()> {
    let machine = machine(template, program, folder, HOST)?;
    let data = folder.join("data");
    fs::create_dir_all(&data)?;
    let data_there = format!("Z:{}", data.display()).replace('/', r"\");
    let run = |arguments: &str| -> Result<Ran> {
        let program = format!("Z:{}", program.display()).replace('/', r"\");
        // Wine gives programs a %ProgramData% of its own.
        let line = format!("set ProgramData={data_there}&& {program} {arguments}");
        ran(machine.prefix.wine("cmd").args(["/c", &line]).env_remove("RDSCAL_JOURNAL"))
    };
    let empty = run("journal show")?;
    ensure!(empty.code == Some(0) && !data.join("rdscal").exists(), "{:?} {}", empty.code, empty.stderr);
    let fixed = run("fix set-mode . per-device --apply")?;
    ensure!(fixed.code == Some(0), "{:?} {}", fixed.code, fixed.stderr);
    ensure!(data.join("rdscal/journal.jsonl").is_file(), "no journal in {}", data.display());
    let shown = run("journal show")?;
    ensure!(shown.code == Some(0) && shown.stdout.contains("set-mode"), "{:?} {}", shown.code, shown.stderr);
    let undone = run("undo --apply")?;
    ensure!(undone.code == Some(0), "{:?} {}", undone.code, undone.stderr);
    // What is no file of ours is not trusted.
    fs::remove_file(data.join("rdscal/journal.jsonl"))?;
    fs::create_dir(data.join("rdscal/journal.jsonl"))?;
    let refused = run("undo --apply")?;
    ensure!(
        refused.code == Some(1) && refused.stderr.contains("is not trusted"),
        "{:?} {}",
        refused.code,
        refused.stderr
    );
    Ok(())
}
