//! The recipes as subcommands of `fix`, from what each says of itself.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, Subcommand};
use repair::{Arguments, Parameter, ParameterKind, Recipe};

use crate::args::{RepairArgs, SOURCES};

/// A recipe, with what it was asked.
#[derive(Debug)]
pub struct FixRecipe {
    /// The recipe.
    pub recipe: &'static Recipe,
    /// What it was asked.
    pub arguments: Arguments,
    /// What every recipe takes.
    pub common: RepairArgs,
}

impl FromArgMatches for FixRecipe {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let missing = || clap::Error::raw(clap::error::ErrorKind::MissingSubcommand, "name a recipe\n");
        let (name, matches) = matches.subcommand().ok_or_else(missing)?;
        let recipe = repair::by_name(name).ok_or_else(missing)?;
        let mut arguments = Arguments::default();
        for parameter in recipe.parameters {
            take(parameter, matches, &mut arguments);
        }
        Ok(Self { recipe, arguments, common: RepairArgs::from_arg_matches(matches)? })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn take(parameter: &Parameter, matches: &ArgMatches, arguments: &mut Arguments) {
    if parameter.kind == ParameterKind::Flag {
        if matches.get_flag(parameter.name) {
            arguments.set_flag(parameter.name);
        }
        return;
    }
    for value in matches.get_many::<String>(parameter.name).into_iter().flatten() {
        arguments.push(parameter.name, value.as_str());
    }
}

impl Subcommand for FixRecipe {
    fn augment_subcommands(command: Command) -> Command {
        repair::all().fold(command, |command, recipe| command.subcommand(subcommand(recipe)))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        repair::by_name(name).is_some()
    }
}

fn subcommand(recipe: &'static Recipe) -> Command {
    let command = RepairArgs::augment_args(Command::new(recipe.name));
    // What stands alone would be taken for the operand otherwise.
    let takes_operands = recipe.parameters.iter().any(|parameter| {
        matches!(parameter.kind, ParameterKind::Word(_) | ParameterKind::Operand | ParameterKind::Operands)
    });
    let command = command.mut_arg("source", |source| source.required(takes_operands));
    let command = recipe
        .parameters
        .iter()
        .zip(2..)
        .fold(command, |command, (parameter, index)| command.arg(argument(parameter, index)));
    let title = recipe.title;
    let sentence: String =
        title.chars().take(1).flat_map(char::to_uppercase).chain(title.chars().skip(1)).collect();
    command
        .about(sentence)
        .long_about(about(recipe))
        .after_help(format!("Example:\n  rdscal fix {}\n\n{SOURCES}", recipe.example))
}

/// The recipe's page for a screen: headings as plain lines, and each paragraph on one line, which is wrapped to the screen's width.
fn about(recipe: &Recipe) -> String {
    let mut text = String::new();
    let mut flowing = false;
    for line in recipe.page.lines() {
        let (line, heading) = line.strip_prefix("# ").map_or((line, false), |heading| (heading, true));
        if flowing && !line.is_empty() && !line.starts_with("* ") {
            text.push(' ');
        } else if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line.trim_start());
        if heading {
            text.push(':');
        }
        flowing = !heading && !line.is_empty();
    }
    text.replace('`', "")
}

fn argument(parameter: &'static Parameter, index: usize) -> Arg {
    let arg = Arg::new(parameter.name).help(parameter.help);
    let operand =
        |arg: Arg| arg.value_name(parameter.name.to_uppercase()).index(index).required_unless_present("plan");
    match parameter.kind {
        ParameterKind::Word(words) => operand(arg).value_parser(words.to_vec()),
        ParameterKind::Operand => operand(arg),
        ParameterKind::Operands => operand(arg).num_args(1..),
        ParameterKind::Flag => arg.long(parameter.name).action(ArgAction::SetTrue),
        ParameterKind::Text => arg.long(parameter.name).value_name("TEXT").action(ArgAction::Append),
        ParameterKind::Choice(words) => arg.long(parameter.name).value_parser(words.to_vec()),
    }
}
