//! `rdscal fix RECIPE SOURCE --emit FORM`: the plan as files to carry elsewhere.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use licensing::model::ServerEntry;
use licensing::{Machine, MachineReport, Profile, judge};
use repair::emit::{self, Emitted};
use repair::{Arguments, Journal, Plan, Recipe, Refusal};

use super::fix::{Subject, draw_up, refused};
use super::load;
use crate::args::{self, EmitForm, NetworkArgs, RepairArgs};
use crate::exit::{Exit, Failure};
use crate::output;
use crate::survey::Pace;

/// Runs the command.
pub(super) fn run(
    form: EmitForm,
    recipe: &Recipe,
    arguments: &Arguments,
    subject: &Subject<'_>,
    journal: &Journal,
    common: &RepairArgs,
) -> Result<Exit, Failure> {
    let machine = subject.machine();
    let plan = match draw_up(recipe, &machine, arguments, journal) {
        // What a policy governs, or what is so already, can still be wanted as a policy.
        Err(Refusal::Guard { .. } | Refusal::NothingToDo(_)) if is_policy(form) && recipe.has_policy => {
            let ground = emit::ground(recipe.name, &machine);
            let policy = Machine::new(&ground, args::now(), Profile::Auto);
            draw_up(recipe, &policy, arguments, journal)
        }
        drawn => drawn,
    };
    let plan = match plan {
        Ok(plan) => plan,
        Err(refusal @ Refusal::NothingToDo(_)) => {
            output::complain(&refusal);
            return Ok(Exit::Fine);
        }
        Err(refusal) => return Err(refused(recipe, &machine, &refusal)),
    };
    let emitted = written(form, &plan).map_err(|error| Failure::NotDone(error.to_string()))?;
    // Clap requires the folder.
    let folder = common.output.output.clone().unwrap_or_default();
    write(&emitted, &folder)?;
    let mut text = format!("Written to {}:\n", folder.display());
    for file in &emitted.files {
        let _ = writeln!(text, "  {}", file.path);
    }
    for lack in &emitted.lacks {
        let _ = writeln!(text, "Not in it: {lack}");
    }
    if matches!(form, EmitForm::Pol | EmitForm::Gpo) {
        text.push_str(&read_back(&folder)?);
    }
    output::write(&text, None)?;
    Ok(Exit::Fine)
}

fn is_policy(form: EmitForm) -> bool {
    matches!(form, EmitForm::Pol | EmitForm::Lgpo | EmitForm::Gpo)
}

fn written(form: EmitForm, plan: &Plan) -> Result<Emitted, emit::EmitError> {
    match form {
        EmitForm::Reg => emit::reg(plan),
        EmitForm::Powershell => emit::powershell(plan),
        EmitForm::Pol => emit::pol(plan),
        EmitForm::Lgpo => emit::lgpo(plan),
        EmitForm::Gpo => emit::gpo(plan),
    }
}

/// Writes the files; one that is there already is not overwritten.
fn write(emitted: &Emitted, folder: &Path) -> Result<(), Failure> {
    for file in &emitted.files {
        let path = folder.join(&file.path);
        let write = || {
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            let mut new = fs::File::create_new(&path)?;
            std::io::Write::write_all(&mut new, &file.bytes)
        };
        write().map_err(|error| Failure::Write { target: path.display().to_string(), error })?;
    }
    Ok(())
}

/// What the doctor reads in the policy that was just written.
fn read_back(folder: &Path) -> Result<String, Failure> {
    let found = load::discover(&[folder.to_owned()], None, &NetworkArgs::none())?;
    let options = licensing::Options::at(args::now());
    let (reports, problems) =
        load::for_each(found, Pace::few(&NetworkArgs::none()), |read| Ok(judge(&read.snapshot, &options)))?;
    let mut text = String::new();
    for report in &reports {
        let _ = writeln!(text, "Read back: {}", settings(report));
    }
    for problem in &problems {
        let _ = writeln!(text, "Cannot be read back: {}: {}", problem.source, problem.message);
    }
    Ok(text)
}

fn settings(report: &MachineReport) -> String {
    let mut said = Vec::new();
    if let Some(mode) = report.settings.licensing_mode.effective.value() {
        said.push(format!("licensing mode {mode}"));
    }
    if let Some(servers) = report.settings.license_servers.effective.value() {
        let names: Vec<_> = servers.iter().map(|ServerEntry(name)| name.as_str()).collect();
        said.push(format!("license servers {}", names.join(", ")));
    }
    if said.is_empty() { "no setting".to_owned() } else { said.join("; ") }
}
