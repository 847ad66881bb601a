//! `rdscal fix RECIPE SOURCE --emit FORM`: the plan as files for another machine.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use licensing::model::ServerEntry;
use licensing::{Machine, MachineReport, Profile, judge};
use repair::emit::{self, Emitted};
use repair::{Arguments, Journal, Plan, Recipe, Refusal};

use super::load;
use super::planning::{self, Subject};
use crate::args::{self, EmitForm, NetworkArgs, OutputArgs};
use crate::exit::{Exit, Failure};
use crate::output;

/// Runs the command.
pub fn run(
    form: EmitForm,
    recipe: &Recipe,
    arguments: &Arguments,
    subject: &Subject<'_>,
    journal: &Journal,
    args: &OutputArgs,
) -> Result<Exit, Failure> {
    let machine = subject.machine();
    let planned = match planning::make_plan(recipe, &machine, arguments, journal) {
        // A policy can be useful even if the setting is already in force or set by another policy.
        Err(Refusal::Guard { .. } | Refusal::NothingToDo(_)) if is_policy(form) && recipe.has_policy => {
            let ground = emit::ground(recipe.name, &machine);
            let policy = Machine::new(&ground, args::now(), Profile::Auto);
            planning::make_plan(recipe, &policy, arguments, journal)
        }
        planned => planned,
    };
    let Some(plan) = planning::accept(recipe, &machine, planned)? else { return Ok(Exit::Fine) };
    let emitted = written(form, &plan).map_err(Failure::not_done)?;
    // Clap requires the folder.
    let folder = args.output.clone().unwrap_or_default();
    write(&emitted, &folder, args.force)?;
    let mut text = format!("Written to {}:\n", folder.display());
    for file in &emitted.files {
        let _ = writeln!(text, "  {}", file.path);
    }
    for lack in &emitted.lacks {
        let _ = writeln!(text, "Not included: {lack}");
    }
    if matches!(form, EmitForm::Pol | EmitForm::Gpo) {
        text.push_str(&read_back(&folder)?);
    }
    output::print(&text)?;
    Ok(Exit::Fine)
}

fn is_policy(form: EmitForm) -> bool {
    matches!(form, EmitForm::Pol | EmitForm::Lgpo | EmitForm::Gpo)
}

/// The plan in this form.
pub fn written(form: EmitForm, plan: &Plan) -> Result<Emitted, emit::EmitError> {
    match form {
        EmitForm::Reg => emit::reg(plan),
        EmitForm::Powershell => emit::powershell(plan),
        EmitForm::Pol => emit::pol(plan),
        EmitForm::Lgpo => emit::lgpo(plan),
        EmitForm::Gpo => emit::gpo(plan),
    }
}

/// Writes the files. Existing files are replaced only with `--force`.
pub fn write(emitted: &Emitted, folder: &Path, force: bool) -> Result<(), Failure> {
    for file in &emitted.files {
        let path = folder.join(&file.path);
        let write = || {
            fs::create_dir_all(path.parent().unwrap_or(folder))?;
            output::create(&path, force)?.write_all(&file.bytes)
        };
        write().map_err(|error| output::write_failure(&path, &error))?;
    }
    Ok(())
}

/// The verdict of `doctor` on the policy that was written.
fn read_back(folder: &Path) -> Result<String, Failure> {
    let found = load::discover(&[folder.to_owned()], None, &NetworkArgs::none())?;
    let options = licensing::Options::at(args::now());
    let (reports, problems) =
        load::for_each(found, NetworkArgs::none().survey(), |read| Ok(judge(&read.snapshot, &options)))?;
    let mut text = String::new();
    for report in &reports {
        let _ = writeln!(text, "Read back: {}", settings(report));
    }
    for problem in &problems {
        let _ = writeln!(text, "Could not be read back: {}: {}", problem.source, problem.message);
    }
    Ok(text)
}

fn settings(report: &MachineReport) -> String {
    let mut settings = Vec::new();
    if let Some(mode) = report.settings.licensing_mode.effective.value() {
        settings.push(format!("licensing mode {mode}"));
    }
    if let Some(servers) = report.settings.license_servers.effective.value() {
        let names: Vec<_> = servers.iter().map(|ServerEntry(name)| name.as_str()).collect();
        settings.push(format!("license servers {}", names.join(", ")));
    }
    if settings.is_empty() { "no setting".to_owned() } else { settings.join("; ") }
}
