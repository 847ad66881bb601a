//! The configuration file: where it is, and how it changes the arguments.

use std::env;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use clap::parser::ValueSource;
use config::{Configuration, FILE_NAME, FailOn};
use licensing::decisions::Decisions;

use crate::args::{Cli, Defaults, GlobalArgs, Level};
use crate::exit::Failure;

/// Limit on the size of the file, many times what a large organization writes.
const MAX_SIZE: u64 = 4 << 20;

/// Finds the configuration, and applies its defaults to the arguments that the command line does not state.
/// Returns its decisions, none without a configuration. Commands that it does not affect do not read it.
pub fn apply(cli: &mut Cli, matches: &ArgMatches) -> Result<Decisions, Failure> {
    let Cli { command, global } = cli;
    let Some(arguments) = command.defaults() else { return Ok(Decisions::default()) };
    let Some(file) = find(global) else { return Ok(Decisions::default()) };
    let configuration = read(&file)?;
    let mut innermost = matches;
    while let Some((_, below)) = innermost.subcommand() {
        innermost = below;
    }
    let is_given = |name: &str| {
        matches!(innermost.value_source(name), Some(ValueSource::CommandLine | ValueSource::EnvVariable))
    };
    Ok(fill(arguments, configuration, file.display().to_string(), is_given))
}

fn fill(
    arguments: Defaults<'_>,
    configuration: Configuration,
    file: String,
    is_given: impl Fn(&str) -> bool,
) -> Decisions {
    /// Overwrites a default.
    fn put<T>(target: Option<&mut T>, value: Option<T>, is_given: bool) {
        if let (Some(target), Some(value), false) = (target, value, is_given) {
            *target = value;
        }
    }
    let Defaults { judge, profile, fail_on, hosts, retries, network, nameserver } = arguments;
    let mut ignored = Vec::new();
    let mut profile = profile;
    if let Some(judge) = judge {
        // A rule that the command line asks for is applied.
        if !is_given("ignore") && !is_given("only") {
            ignored.clone_from(&configuration.ignore);
            judge.ignore = ignored.iter().map(|rule| rule.id.to_owned()).collect();
        }
        profile = Some(&mut judge.profile);
    }
    if let (Some(profile), Some(name), false) = (profile, configuration.profile, is_given("name")) {
        name.clone_into(profile.name_mut());
    }
    let level = configuration.fail_on.map(|level| match level {
        FailOn::Severity(severity) => Level::from(severity),
        FailOn::Never => Level::Never,
    });
    put(fail_on, level, is_given("fail_on"));
    let defaults = &configuration.network;
    put(hosts.map(|hosts| &mut hosts.jobs), defaults.jobs, is_given("jobs"));
    put(retries, defaults.retries, is_given("retries"));
    if let Some(network) = network {
        put(Some(&mut network.timeout), defaults.timeout, is_given("timeout"));
        put(Some(&mut network.host_timeout), defaults.host_timeout, is_given("host_timeout"));
    }
    put(nameserver, defaults.nameserver.clone().map(Some), is_given("nameserver"));
    configuration.decisions(file, ignored)
}

/// The file that the arguments name, or the first one in a folder from the working directory upward, or the
/// one in the user's configuration folder.
fn find(args: &GlobalArgs) -> Option<PathBuf> {
    if args.no_config {
        return None;
    }
    if args.config.is_some() {
        return args.config.clone();
    }
    let here = env::current_dir().unwrap_or_default();
    let above = here.ancestors().map(|folder| folder.join(FILE_NAME));
    let user = user_folder().map(|folder| folder.join("rdscal").join(FILE_NAME));
    above.chain(user).find(|file| file.is_file() && is_trusted(file))
}

/// The folder of the user's configuration files.
fn user_folder() -> Option<PathBuf> {
    let named = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if cfg!(windows) {
        return named("APPDATA");
    }
    // The XDG specification allows only absolute paths here.
    let folder = named("XDG_CONFIG_HOME").filter(|folder| folder.is_absolute());
    folder.or_else(|| named("HOME").map(|home| home.join(".config")))
}

/// False for a file that every user of the machine can write or replace, as in a folder for temporary files:
/// it could hide findings, or direct a sign-in to another name server.
#[cfg(unix)]
fn is_trusted(file: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    const WRITABLE_BY_ALL: u32 = 0o002;
    let is_open = |path: &Path| path.metadata().is_ok_and(|data| data.mode() & WRITABLE_BY_ALL != 0);
    let is_trusted = !is_open(file) && !file.parent().is_some_and(is_open);
    if !is_trusted {
        crate::output::note(format_args!(
            "{} is not used, because every user can write it; --config {0} uses it",
            file.display()
        ));
    }
    is_trusted
}

#[cfg(not(unix))]
fn is_trusted(_: &Path) -> bool {
    true
}

fn read(path: &Path) -> Result<Configuration, Failure> {
    let shown = path.display();
    let unreadable = |error: std::io::Error| {
        Failure::unreadable(format_args!("could not read the configuration {shown}: {error}"))
            .advice("--no-config runs without a configuration.")
    };
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(MAX_SIZE + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    let text = match String::from_utf8(bytes) {
        Ok(text) if text.len() as u64 <= MAX_SIZE => text,
        Ok(_) => return Err(Failure::usage(format_args!("{shown} is too large for a configuration"))),
        Err(error) => {
            let line = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
            let line = line.filter(|byte| **byte == b'\n').count() + 1;
            return Err(Failure::usage(format_args!("{shown}:{line}: the file is not UTF-8 text"))
                .advice("Save it with the encoding UTF-8."));
        }
    };
    Configuration::parse(&text).map_err(|faults| {
        let lines: Vec<_> = faults.iter().map(|fault| format!("{shown}:{fault}")).collect();
        Failure::usage(lines.join("\nerror: ")).advice("--no-config runs without a configuration.")
    })
}
