//! Shell completions and man pages. Both are generated from the definition of the command line, so that they
//! always agree with it.

use std::fs;
use std::io;
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::args::{Cli, CompletionsArgs, ManArgs};
use crate::exit::{Exit, Failure};
use crate::output;

/// Prints the completions of one shell.
pub fn completions(args: &CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "rdscal", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Fine)
}

/// Writes a man page for the program and each of its commands.
pub fn man(args: &ManArgs) -> Result<Exit, Failure> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    fs::create_dir_all(&args.folder)
        .and_then(|()| pages(&command, "rdscal", &args.folder))
        .map_err(|error| Failure::write(args.folder.display(), &error))?;
    Ok(Exit::Fine)
}

/// The page of a command, and of every command below it.
fn pages(command: &Command, name: &str, folder: &Path) -> io::Result<()> {
    fs::write(folder.join(format!("{name}.1")), page(command, name)?)?;
    command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .try_for_each(|command| pages(command, &format!("{name}-{}", command.get_name()), folder))
}

fn page(command: &Command, name: &str) -> io::Result<Vec<u8>> {
    let long = |text: Option<&clap::builder::StyledStr>| text.map(ToString::to_string).unwrap_or_default();
    let (about, after) = (long(command.get_long_about()), long(command.get_after_long_help()));
    let about = if about.is_empty() { long(command.get_about()) } else { about };
    let man = Man::new(command.clone().name(name.to_owned()).display_name(name.to_owned()));
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    page.extend(format!(".SH DESCRIPTION\n{}", prose(&about)).bytes());
    if command.get_arguments().next().is_some() {
        man.render_options_section(&mut page)?;
    }
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    page.extend(sections(&after).bytes());
    man.render_version_section(&mut page)?;
    Ok(page)
}

/// Paragraphs and lists, filled to the width of the page.
fn prose(text: &str) -> String {
    let line = |line: &str| match line.strip_prefix("* ") {
        Some(item) => format!(".IP \\(bu 2\n{}\n", escape(item)),
        None if line.is_empty() => ".PP\n".to_owned(),
        None => format!("{}\n", escape(line)),
    };
    text.lines().map(line).collect()
}

/// The blocks of a text, separated by empty lines. The first line of a block is the heading of a section. The
/// lines below it are not filled, since they are examples and tables.
fn sections(text: &str) -> String {
    let block = |block: &str| {
        let mut lines = block.lines();
        let first = lines.next().unwrap_or_default();
        let (heading, rest) = match first.split_once(':') {
            _ if first.starts_with("A SOURCE is") => ("SOURCES", String::new()),
            Some((heading, rest)) if heading.len() < 20 => (heading, rest.trim().to_owned()),
            _ => ("NOTES", first.to_owned()),
        };
        let body: String = [rest.as_str()]
            .into_iter()
            .filter(|rest| !rest.is_empty())
            .chain(lines)
            .map(|line| escape(line) + "\n")
            .collect();
        format!(".SH {}\n.nf\n{body}.fi\n", escape(&heading.to_uppercase()))
    };
    text.split("\n\n").filter(|text| !text.trim().is_empty()).map(block).collect()
}

/// Escapes text so that roff prints it literally.
fn escape(text: &str) -> String {
    let text = text.replace('\\', r"\e").replace('-', r"\-");
    if text.starts_with(['.', '\'']) { format!(r"\&{text}") } else { text }
}
