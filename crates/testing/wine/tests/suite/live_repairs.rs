//! Repairs of a live machine under difficult conditions: access lists, other owners, services, interruption.

use std::fs;

use anyhow::{Result, ensure};

use crate::cases::Request;
use crate::machines::{Machine, utf16};
use crate::programs::{self, Run};
use crate::repairs;

/// How often each repair is killed.
const KILLS: u32 = 24;

/// The host of the command-line tests.
const HOST: &str = "crates/app/rdscal/tests/cli/machines/host.reg";
const GOLDEN: &str = "crates/testing/generate/samples/golden.reg";

const CORE: &str = r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core";
const RECORD: &str = r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod";
const STORE: &str = r"SOFTWARE\Microsoft\MSLicensing";

#[test]
#[ignore = "needs rdscal.exe and Wine: cargo xtask windows test"]
fn a_value_in_a_closed_key_survives_kills() -> Result<()> {
    let request = Request { recipe: "set-mode", arguments: &["per-device"] };
    survives_kills("kills_set_mode", HOST, &[CORE], &request)
}

#[test]
#[ignore = "needs rdscal.exe and Wine: cargo xtask windows test"]
fn a_closed_tree_survives_kills() -> Result<()> {
    let request = Request { recipe: "seal-image", arguments: &["--confirm-image"] };
    survives_kills("kills_seal_image", GOLDEN, &[RECORD, STORE], &request)
}

/// A live machine with the registry of this text.
fn machine(folder: &str, text: &str) -> Result<Machine> {
    let machine = Machine::start(&format!("{folder}/prefix"))?;
    // An earlier run may have left these.
    for left in ["data", "journal", "journals"] {
        let _ = fs::remove_dir_all(programs::folder(folder).join(left));
    }
    let text = fs::read_to_string(programs::root().join(text))?
        .replace(r"SYSTEM\ControlSet001", r"SYSTEM\CurrentControlSet");
    let file = machine.write("machine.reg", &utf16(&text))?;
    machine.import(&file)?;
    Ok(machine)
}

fn survives_kills(folder: &str, text: &str, closed: &[&str], request: &Request) -> Result<()> {
    let machine = machine(folder, text)?;
    machine.close(closed)?;
    let killed = repairs::kill(&machine, &programs::folder(folder), request, KILLS)?;
    ensure!(killed > KILLS / 3, "only {killed} of {KILLS} runs were killed before their end");
    Ok(())
}

/// Wine grants the privileges to restore and to take ownership, but they have no effect. The repair is
/// refused with that reason, and nothing changes.
#[test]
#[ignore = "needs rdscal.exe and Wine: cargo xtask windows test"]
fn a_key_of_another_owner_is_refused() -> Result<()> {
    let machine = machine("a_key_of_another_owner_is_refused", HOST)?;
    let (program, folder) = (&machine.program, programs::folder("a_key_of_another_owner_is_refused"));
    machine.describe(&[CORE], "O:NSG:NSD:P(A;CI;KA;;;NS)(A;CI;KR;;;WD)")?;
    let before = machine.snapshot()?;
    let journal = folder.join("journal");
    let mut fix = machine.prefix.wine(program);
    fix.args(["fix", "set-mode", ".", "per-device", "--apply", "--journal"]).arg(&journal);
    let refused = Run::of(&mut fix)?;
    ensure!(
        refused.code == Some(1)
            && refused.stderr.contains("access is denied")
            && refused.stderr.contains("Licensing Core"),
        "{:?} {}",
        refused.code,
        refused.stderr
    );
    let after = machine.snapshot()?;
    ensure!(before.captures == after.captures, "the refused repair changed something");
    let mut shown = machine.prefix.wine(program);
    let shown = Run::of(shown.args(["journal", "show", "--journal"]).arg(&journal))?;
    ensure!(!shown.text().contains("interrupted"), "{}", shown.text());
    Ok(())
}

#[test]
#[ignore = "needs rdscal.exe and Wine: cargo xtask windows test"]
fn services_are_restarted_on_request() -> Result<()> {
    let machine = machine("services_are_restarted_on_request", HOST)?;
    let (program, folder) = (&machine.program, programs::folder("services_are_restarted_on_request"));
    let journal = folder.join("journal");
    let fix = |mode: &str, more: &[&str]| -> Result<Run> {
        let mut command = machine.prefix.wine(program);
        command.args(["fix", "set-mode", ".", mode]).args(more).arg("--journal").arg(&journal);
        Run::of(&mut command)
    };
    // Without --restart-services, the plan names the restart and who is affected.
    let planned = fix("per-device", &[])?;
    ensure!(planned.stderr.contains("must be restarted, which ends"), "{}", planned.stderr);
    ensure!(planned.text().contains("restart the service TermService"), "{}", planned.text());
    // A stopped service needs no restart.
    let stopped = fix("per-device", &["--apply", "--restart-services"])?;
    ensure!(stopped.code == Some(0), "{:?} {}", stopped.code, stopped.stderr);
    ensure!(stopped.text().contains("it reads the change when it starts"), "{}", stopped.text());
    ensure!(stopped.stderr.contains("is restarted after the change, which ends"), "{}", stopped.stderr);
    // A running service is restarted.
    let started = Run::of(machine.prefix.wine("net").args(["start", "TermService"]))?;
    ensure!(started.code == Some(0), "Wine could not start the service: {}", started.text());
    let restarted = fix("per-user", &["--apply", "--restart-services", "--format", "json"])?;
    ensure!(restarted.code == Some(0), "{:?} {} {}", restarted.code, restarted.text(), restarted.stderr);
    let json: serde_json::Value = serde_json::from_str(&restarted.text())?;
    ensure!(json["services"][0]["outcome"] == "restarted", "{}", json["services"]);
    // Hives have no services to restart.
    let mut elsewhere = machine.prefix.wine(program);
    elsewhere.args(["fix", "set-mode"]).arg(programs::root().join("samples/rdsh01-works")).arg("per-user");
    elsewhere.args(["--apply", "--restart-services", "--journal"]).arg(&journal);
    let elsewhere = Run::of(&mut elsewhere)?;
    ensure!(elsewhere.code == Some(2), "{:?} {}", elsewhere.code, elsewhere.stderr);
    Ok(())
}

/// `%ProgramData%\rdscal` is created and reused; a journal that is not a file is refused.
#[test]
#[ignore = "needs rdscal.exe and Wine: cargo xtask windows test"]
fn the_default_journal_is_created_and_verified() -> Result<()> {
    let machine = machine("the_default_journal_is_created_and_verified", HOST)?;
    let (program, folder) =
        (&machine.program, programs::folder("the_default_journal_is_created_and_verified"));
    let data = folder.join("data");
    fs::create_dir_all(&data)?;
    let data_there = format!("Z:{}", data.display()).replace('/', r"\");
    let run = |arguments: &str| -> Result<Run> {
        let program = format!("Z:{}", program.display()).replace('/', r"\");
        // Wine sets %ProgramData% for every program.
        let line = format!("set ProgramData={data_there}&& {program} {arguments}");
        Run::of(machine.prefix.wine("cmd").args(["/c", &line]).env_remove("RDSCAL_JOURNAL"))
    };
    let empty = run("journal show")?;
    ensure!(empty.code == Some(0) && !data.join("rdscal").exists(), "{:?} {}", empty.code, empty.stderr);
    let fixed = run("fix set-mode . per-device --apply")?;
    ensure!(fixed.code == Some(0), "{:?} {}", fixed.code, fixed.stderr);
    ensure!(data.join("rdscal/journal.jsonl").is_file(), "no journal in {}", data.display());
    let shown = run("journal show")?;
    ensure!(shown.code == Some(0) && shown.text().contains("set-mode"), "{:?} {}", shown.code, shown.stderr);
    let undone = run("undo --apply")?;
    ensure!(undone.code == Some(0), "{:?} {}", undone.code, undone.stderr);
    // A folder in place of the journal is not trusted.
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
