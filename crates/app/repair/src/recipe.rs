//! What a recipe is.

use licensing::Machine;
use snapshot::FileTime;

use crate::{Arguments, Draft, History, Identity, Plan, Refusal};

/// A repair: from a machine and what is asked to a plan.
///
/// Each stands in a file of its own, whose first comment is its page in the documentation.
#[derive(Debug)]
pub struct Recipe {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it does, in a few words.
    pub title: &'static str,
    /// What may be asked.
    pub parameters: &'static [Parameter],
    /// What it means for licenses, where the draft says nothing else.
    pub license_effect: &'static str,
    /// How safe it is.
    pub safety: &'static str,
    /// True where Group Policy has a setting for the same thing, so that the plan can be written as a policy.
    pub has_policy: bool,
    /// An example of its use, after `rdscal fix`.
    pub example: &'static str,
    /// The page of the documentation, in Markdown: the comment at the top of the recipe's file (`build.rs`).
    pub page: &'static str,
    /// Drafts the plan.
    pub(crate) draft: fn(&Request<'_>, &mut Draft<'_>) -> Result<(), Refusal>,
}

/// Something that may be asked of a recipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name: of an option, without the dashes.
    pub name: &'static str,
    /// What it is.
    pub help: &'static str,
    /// What it takes.
    pub kind: ParameterKind,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// One of these words, after the source.
    Word(&'static [&'static str]),
    /// One text, after the source.
    Operand,
    /// One text or more, after the source.
    Operands,
    /// An option without a value.
    Flag,
    /// An option with a text.
    Text,
    /// An option with one of these words.
    Choice(&'static [&'static str]),
}

/// What a recipe is asked.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The machine.
    pub machine: &'a Machine<'a>,
    /// What was asked.
    pub arguments: &'a Arguments,
    /// What was done before.
    pub history: &'a History,
    /// The present time.
    pub now: FileTime,
}

impl Recipe {
    /// The plan for this machine, or why there is none.
    pub fn plan(&self, request: &Request<'_>) -> Result<Plan, Refusal> {
        self.check_arguments(request.arguments)?;
        let mut draft = Draft::new(request.machine.snapshot());
        (self.draft)(request, &mut draft)?;
        if draft.steps.is_empty() && draft.checklist.is_empty() {
            return Err(Refusal::NothingToDo("everything is already as it would be afterwards".to_owned()));
        }
        let machine = Identity::of(request.machine);
        let plan = Plan {
            steps: draft.steps,
            checklist: draft.checklist,
            safety: self.safety.to_owned(),
            license_effect: draft.license_effect.unwrap_or_else(|| self.license_effect.to_owned()),
            follow_up: draft.follow_up,
            notes: draft.notes,
            ..Plan::empty(self.name, self.title.to_owned(), request.arguments.clone(), machine, request.now)
        };
        Ok(plan.sealed())
    }

    /// How it is asked for, after `rdscal`: `fix set-mode SOURCE per-device|per-user`. What may be left out is not named.
    #[must_use]
    pub fn usage(&self) -> String {
        let mut usage = format!("fix {} SOURCE", self.name);
        for parameter in self.parameters {
            let name = parameter.name.to_uppercase();
            let shown = match parameter.kind {
                ParameterKind::Word(words) => words.join("|"),
                ParameterKind::Operand => name,
                ParameterKind::Operands => name + "...",
                ParameterKind::Flag | ParameterKind::Text | ParameterKind::Choice(_) => continue,
            };
            usage.extend([" ", &shown]);
        }
        usage
    }

    fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// Arguments may come from a file, so they are checked here and not only on the command line.
    fn check_arguments(&self, arguments: &Arguments) -> Result<(), Refusal> {
        for (name, values) in arguments.iter() {
            let Some(parameter) = self.parameter(name) else {
                return Err(Refusal::Usage(format!("{} takes no “{name}”", self.name)));
            };
            match parameter.kind {
                ParameterKind::Word(words) | ParameterKind::Choice(words) => {
                    if let Some(odd) = values.iter().find(|value| !words.contains(&value.as_str())) {
                        let words = words.join(", ");
                        return Err(Refusal::Usage(format!("{name} “{odd}” is none of: {words}")));
                    }
                }
                ParameterKind::Flag if !values.is_empty() => {
                    return Err(Refusal::Usage(format!("--{name} takes no value")));
                }
                _ => {}
            }
        }
        for parameter in self.parameters {
            let needed = match parameter.kind {
                ParameterKind::Word(_) | ParameterKind::Operand | ParameterKind::Operands => true,
                ParameterKind::Flag | ParameterKind::Text | ParameterKind::Choice(_) => false,
            };
            if needed && arguments.all(parameter.name).is_empty() {
                let help = parameter.help;
                return Err(Refusal::Usage(format!("{} needs {}: {help}", self.name, parameter.name)));
            }
        }
        Ok(())
    }
}
