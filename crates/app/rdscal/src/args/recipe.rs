//! The recipes as subcommands of `fix`, generated from the catalog of recipes.

use std::fmt::Write as _;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, Subcommand};
use repair::{Arguments, Parameter, ParameterKind, Recipe};

use super::repair::RepairArgs;
use super::sources;

/// The subcommand that carries out all safe repairs.
const RECOMMENDED: &str = "recommended";

/// A recipe with its arguments.
#[derive(Debug)]
pub struct FixRecipe {
    /// `None` for all safe repairs.
    pub recipe: Option<&'static Recipe>,
    pub arguments: Arguments,
    /// The options of every recipe.
    pub common: RepairArgs,
}

impl FromArgMatches for FixRecipe {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let missing = || clap::Error::raw(clap::error::ErrorKind::MissingSubcommand, "name a recipe\n");
        let (name, matches) = matches.subcommand().ok_or_else(missing)?;
        if name == RECOMMENDED {
            let common = RepairArgs::from_arg_matches(matches)?;
            return Ok(Self { recipe: None, arguments: Arguments::default(), common });
        }
        let recipe = repair::by_name(name).ok_or_else(missing)?;
        let mut arguments = Arguments::default();
        for parameter in recipe.parameters {
            take(parameter, matches, &mut arguments);
        }
        Ok(Self { recipe: Some(recipe), arguments, common: RepairArgs::from_arg_matches(matches)? })
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
        let command = command.subcommand(recommended());
        repair::all().fold(command, |command, recipe| command.subcommand(subcommand(recipe)))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        name == RECOMMENDED || repair::by_name(name).is_some()
    }
}

fn recommended() -> Command {
    RepairArgs::augment_args(Command::new(RECOMMENDED))
        .next_help_heading(None)
        .mut_arg("plan", |plan| plan.hide(true))
        .mut_arg("manual_steps_done", |done| done.hide(true))
        .about("Repair all that needs no decision")
        .long_about(
            "Plans all repairs of the machine that need no decision, in the required order, and names the findings \
             that they leave.\n\nA repair is safe if a finding offers it, its plan is accepted, the evidence decides all \
             of its parameters, and it removes no license and no certificate. The grace record is left: the time of its \
             last change is evidence. With --apply each is one entry in the journal, and can be undone alone. With --emit each is a folder below that of --output.",
        )
        .after_long_help(format!("Example:\n  rdscal fix recommended /mnt/c\n\n{}\n\n{EXIT_CODES}", sources!()))
}

const EXIT_CODES: &str = "Exit codes:\n  0  planned or carried out; also if there was nothing to do\n  1  refused, or not \
                          carried out\n  2  wrong usage\n  3  the machine could not be read, or output could not be written";

fn subcommand(recipe: &'static Recipe) -> Command {
    // Options that follow must not be listed under the heading of the network options.
    let command = RepairArgs::augment_args(Command::new(recipe.name)).next_help_heading(None);
    // A SOURCE that may be missing would be taken for the operand.
    let takes_operands = recipe.parameters.iter().any(|parameter| {
        matches!(parameter.kind, ParameterKind::Word(_) | ParameterKind::Operand(_) | ParameterKind::Operands)
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
    let example = recipe.example;
    let command = if takes_operands { command.override_usage(usage(recipe)) } else { command };
    command
        .about(sentence)
        .long_about(about(recipe))
        .after_long_help(format!("Example:\n  rdscal fix {example}\n\n{}\n\n{EXIT_CODES}", sources!()))
}

/// The usage with the operands. They may be missing only with --plan, and clap would show them as optional.
fn usage(recipe: &Recipe) -> String {
    let mut usage = format!("rdscal fix {} [OPTIONS] <SOURCE>", recipe.name);
    for parameter in recipe.parameters {
        let repeated = match parameter.kind {
            ParameterKind::Word(_) | ParameterKind::Operand(_) => "",
            ParameterKind::Operands => "...",
            _ => continue,
        };
        let _ = write!(usage, " <{}>{repeated}", parameter.name.to_uppercase());
    }
    usage
}

/// The page of a recipe as plain text. Each paragraph is one line, which is wrapped when it is printed; a row of a table becomes
/// a list item.
fn about(recipe: &Recipe) -> String {
    let mut text = String::new();
    let mut is_paragraph = false;
    let mut rows = 0;
    for line in recipe.page.lines() {
        let row = table_row(line);
        rows = if row.is_some() { rows + 1 } else { 0 };
        let line = match row {
            // The header, and the line below it.
            Some(_) if rows <= 2 => continue,
            Some(item) => item,
            None => line.to_owned(),
        };
        let heading = line.strip_prefix("# ");
        let is_item = line.starts_with("* ");
        if is_paragraph && !line.is_empty() && !is_item {
            text.push(' ');
        } else if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(heading.unwrap_or(&line).trim_start());
        if heading.is_some() {
            text.push(':');
        }
        is_paragraph = heading.is_none() && !line.is_empty();
    }
    text.replace('`', "")
}

/// `| a | b |` as `* a: b`.
fn table_row(line: &str) -> Option<String> {
    let cells = line.strip_prefix('|')?.trim_end().strip_suffix('|')?;
    let cells: Vec<_> = cells.split('|').map(str::trim).collect();
    let (first, rest) = cells.split_first()?;
    Some(format!("* {first}: {}", rest.join("; ")))
}

fn argument(parameter: &'static Parameter, index: usize) -> Arg {
    let short = parameter.help.split("\n\n").next().unwrap_or_default();
    let arg = Arg::new(parameter.name).help(short).long_help(parameter.help);
    let operand =
        |arg: Arg| arg.value_name(parameter.name.to_uppercase()).index(index).required_unless_present("plan");
    match parameter.kind {
        ParameterKind::Word(words) => operand(arg).value_parser(words.to_vec()),
        ParameterKind::Operand(_) => operand(arg),
        ParameterKind::Operands => operand(arg).num_args(1..),
        ParameterKind::Flag => arg.long(parameter.name).action(ArgAction::SetTrue),
        ParameterKind::Text => arg.long(parameter.name).value_name("TEXT").action(ArgAction::Append),
        ParameterKind::Choice(words) => arg.long(parameter.name).value_parser(words.to_vec()),
    }
}
