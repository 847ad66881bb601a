//! Applying a plan and reporting the outcome, for `fix --apply` and `undo --apply`.

use std::path::Path;

use licensing::{Compared, MachineReport, Options, Verdict};
use repair::services::{RestartError, Restarted};
use repair::{Applied, ApplyError, Journal, Location, Plan, Recovered, apply};
use serde_json::json;
use sources::RegistrySource;

use super::planning::Subject;
use super::{relocate, services};
use crate::args::{self, Format, JOURNAL_VARIABLE, JournalFolder, OutputArgs};
use crate::exit::{Exit, Failure};
use crate::output;

/// A plan, and how it is applied.
pub struct Execution<'e> {
    pub plan: &'e Plan,
    pub place: &'e RegistrySource,
    pub location: &'e Location,
    /// The repair that it undoes.
    pub undoes: Option<u64>,
    /// Restart the services that the plan names.
    pub restart_services: bool,
    pub options: Options,
    pub journal_folder: &'e JournalFolder,
    /// The source as the user named it.
    pub source: Option<&'e Path>,
    pub format: Format,
    pub output: &'e OutputArgs,
}

impl Execution<'_> {
    /// Applies the plan and prints what was done. `before` is the report on the machine before the repair.
    pub fn run(self, before: &MachineReport, journal: &mut Journal) -> Result<Exit, Failure> {
        if self.restart_services {
            services::announce(self.plan, true);
        }
        let applied = self.apply(journal)?;
        let services = if self.restart_services { services::restart(self.plan) } else { Vec::new() };
        let undo =
            undo_command(&applied, self.journal_folder, self.source.filter(|_| self.place.is_remote()));
        let outcome = Subject::capture(self.place, self.options.clone()).and_then(|after| {
            let outcome = Outcome {
                plan: self.plan,
                applied: &applied,
                undo: &undo,
                services: &services,
                before,
                after: &after.judged(),
            };
            outcome.print(self.format, self.output)
        });
        // The change was made even if the report fails.
        outcome.map_err(|failure| {
            failure.state(format_args!(
                "The change was made; it is repair {} in the journal, and `{undo}` reverts it.",
                applied.id
            ))
        })
    }

    /// Applies the plan. After a lost connection, connects once more to complete or revert the repair.
    pub fn apply(&self, journal: &mut Journal) -> Result<Applied, Failure> {
        let keys = self.plan.changes().map(snapshot::Change::key);
        let opened = self.location.open_as(self.place, keys);
        let mut target = opened.map_err(|error| relocate::failure(&ApplyError::Target(error)))?;
        let now = args::now();
        let error = match apply(self.plan, self.location, self.undoes, target.as_mut(), journal, now) {
            Ok(applied) => return Ok(applied),
            Err(error) => error,
        };
        drop(target);
        let lost = match &error {
            ApplyError::Lost { id, .. } => journal.record(*id),
            _ => None,
        };
        let failure = relocate::failure(&error);
        let Some(record) = lost else { return Err(failure) };
        output::failure(&failure);
        match relocate::settle(&record, self.place, journal) {
            Ok(Recovered::Complete) => {
                let made =
                    journal.record(record.begin.id).and_then(|record| record.made().map(<[_]>::to_vec));
                let backup = journal.backup(&record.begin.backup);
                let changes = made.unwrap_or_default();
                Ok(Applied { id: record.begin.id, changes, backup, remarks: Vec::new() })
            }
            Ok(_) => Err(Failure::not_done("the repair was not carried out: the connection was lost")
                .advice("Try again.")),
            Err(failure) => Err(Failure::not_done(format_args!(
                "the connection could not be made again: {}",
                failure.message()
            ))),
        }
    }
}

/// A plan that was applied.
struct Outcome<'o> {
    plan: &'o Plan,
    applied: &'o Applied,
    /// The command that reverts it.
    undo: &'o str,
    services: &'o [(String, Result<Restarted, RestartError>)],
    before: &'o MachineReport,
    after: &'o MachineReport,
}

impl Outcome<'_> {
    fn print(&self, format: Format, file: &OutputArgs) -> Result<Exit, Failure> {
        let text = match format {
            Format::Json => report::json::render(&self.as_json())?,
            _ => self.as_text(output::width()),
        };
        output::write(&text, file)?;
        let restarted = self.services.iter().all(|(_, result)| result.is_ok());
        Ok(if restarted { Exit::Fine } else { Exit::Findings })
    }

    fn as_text(&self, width: usize) -> String {
        let Self { plan, applied, undo, services, before, after } = self;
        let plan = report::text::plan(plan, width);
        let applied = report::text::applied(applied, undo, before, after, width);
        format!("{plan}\n{applied}{}", report::text::restarted(services, width))
    }

    fn as_json(&self) -> serde_json::Value {
        let verdict = |report: &MachineReport| {
            let verdict = Verdict::of(report);
            json!({ "standing": verdict.standing.label(), "sentence": verdict.sentence })
        };
        let mut outcome = json!({
            "schema": "rdscal.repair/1",
            "id": self.applied.id,
            "plan": self.plan,
            "changes": self.applied.changes,
            "backup": self.applied.backup,
            "verdict": { "before": verdict(self.before), "after": verdict(self.after) },
            "findings": Compared::between(self.before, self.after),
        });
        if !self.applied.remarks.is_empty() {
            outcome["remarks"] = json!(self.applied.remarks);
        }
        if !self.services.is_empty() {
            outcome["services"] =
                self.services.iter().map(|(name, result)| services::as_json(name, result)).collect();
        }
        outcome
    }
}

/// The command that reverts a repair: with its journal, unless that is the default, and with the remote
/// machine as it was named, since the journal does not record the account.
pub fn undo_command(applied: &Applied, journal: &JournalFolder, source: Option<&Path>) -> String {
    let word = |path: &Path| {
        let text = path.display().to_string();
        if text.contains([' ', ';', '\\']) { format!("'{text}'") } else { text }
    };
    let mut command = format!("rdscal undo {} --apply", applied.id);
    let in_environment = std::env::var_os(JOURNAL_VARIABLE);
    if let Some(folder) =
        journal.folder.as_deref().filter(|&folder| in_environment.as_deref() != Some(folder.as_os_str()))
    {
        command.extend([" --journal ", &word(folder)]);
    }
    if let Some(source) = source {
        command.extend([" --source ", &word(source)]);
    }
    command
}
