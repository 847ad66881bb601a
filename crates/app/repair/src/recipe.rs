//! Recipes.

use licensing::Machine;
use snapshot::FileTime;

use crate::{Arguments, Draft, History, Identity, Plan, Refusal};

/// A repair: makes a plan from a machine and arguments.
///
/// Each has its own file, whose first comment is its page in the documentation.
#[derive(Debug)]
pub struct Recipe {
    /// Name on the command line.
    pub name: &'static str,
    /// Short description.
    pub title: &'static str,
    /// What the user must or may give, in the order of the usage line.
    pub parameters: &'static [Parameter],
    /// Effect on licenses, unless the draft states another.
    pub license_effect: &'static str,
    /// Safety.
    pub safety: &'static str,
    /// True if Group Policy has an equivalent setting, so that the plan can be written as a policy.
    pub has_policy: bool,
    /// Example arguments of `rdscal fix`.
    pub example: &'static str,
    /// The page of the documentation, in Markdown: the comment at the top of the recipe's file (`build.rs`).
    pub page: &'static str,
    /// Drafts the plan.
    pub(crate) draft: fn(&Request<'_>, &mut Draft<'_>) -> Result<(), Refusal>,
}

/// What a recipe needs to know from the user: an operand or an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Name; of an option, without dashes.
    pub name: &'static str,
    /// Help text.
    pub help: &'static str,
    /// Kind.
    pub kind: ParameterKind,
}

/// Where the command line has it, and which texts it accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// One of these words, after the source.
    Word(&'static [&'static str]),
    /// One text, after the source; these words are known.
    Operand(&'static [&'static str]),
    /// One text or more, after the source.
    Operands,
    /// An option without a value.
    Flag,
    /// An option with a text.
    Text,
    /// An option with one of these words.
    Choice(&'static [&'static str]),
}

impl ParameterKind {
    /// True for a parameter that a command cannot omit.
    pub(crate) fn is_required(self) -> bool {
        match self {
            Self::Word(_) | Self::Operand(_) | Self::Operands => true,
            Self::Flag | Self::Text | Self::Choice(_) => false,
        }
    }
}

/// Input of a recipe.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The machine.
    pub machine: &'a Machine<'a>,
    /// The arguments.
    pub arguments: &'a Arguments,
    /// Earlier repairs.
    pub history: &'a History,
    /// The present time.
    pub now: FileTime,
}

impl Recipe {
    /// Makes the plan for this machine, or states why there is none.
    pub fn plan(&self, request: &Request<'_>) -> Result<Plan, Refusal> {
        self.check_arguments(request.arguments)?;
        let mut draft = Draft::new(request.machine.snapshot());
        (self.draft)(request, &mut draft)?;
        if draft.steps.is_empty() && draft.checklist.is_empty() {
            return Err(Refusal::NothingToDo("the desired state is already in place".to_owned()));
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

    /// Usage after `rdscal`: `fix set-mode SOURCE per-device|per-user`, without optional parameters.
    #[must_use]
    pub fn usage(&self) -> String {
        let mut usage = format!("fix {} SOURCE", self.name);
        for parameter in self.parameters {
            let name = parameter.name.to_uppercase();
            let shown = match parameter.kind {
                ParameterKind::Word(words) => words.join("|"),
                ParameterKind::Operand(_) => name,
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

    /// Arguments may come from a file, so they are also checked here.
    fn check_arguments(&self, arguments: &Arguments) -> Result<(), Refusal> {
        for (name, values) in arguments.iter() {
            let Some(parameter) = self.parameter(name) else {
                return Err(Refusal::Usage(format!("{} does not accept “{name}”", self.name)));
            };
            match parameter.kind {
                ParameterKind::Word(words) | ParameterKind::Choice(words) => {
                    if let Some(odd) = values.iter().find(|value| !words.contains(&value.as_str())) {
                        let words = words.join(", ");
                        return Err(Refusal::Usage(format!("{name} “{odd}” is not one of: {words}")));
                    }
                }
                ParameterKind::Flag if !values.is_empty() => {
                    return Err(Refusal::Usage(format!("--{name} does not accept a value")));
                }
                _ => {}
            }
        }
        for parameter in self.parameters {
            if parameter.kind.is_required() && arguments.all(parameter.name).is_empty() {
                let help = parameter.help;
                return Err(Refusal::Usage(format!("{} needs {}: {help}", self.name, parameter.name)));
            }
        }
        Ok(())
    }
}
