//! Benchmarks of rdscal and `regf` against other implementations, side by side, as ratios: `cargo xtask
//! bench`.

mod harness;
mod suite;

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use clap::Parser as _;
use harness as run;
use suite::{editor, fleet, hosts, process, remote, users};

/// Compare rdscal and regf with other implementations
#[derive(Debug, clap::Parser)]
struct Args {
    /// Only this part
    #[arg(value_enum)]
    part: Option<Part>,
    /// Rounds of each race; the readers alternate within each
    #[arg(long, default_value_t = 21)]
    rounds: u32,
    /// Machines of the fleet to judge
    #[arg(long, default_value_t = 1000)]
    machines: u32,
    /// An earlier build of rdscal that judges the same fleet, side by side
    #[arg(long, value_name = "PROGRAM")]
    earlier: Option<std::path::PathBuf>,
    /// Our program, instead of building the distributed one; with the profile of the earlier one
    #[arg(long, value_name = "PROGRAM")]
    program: Option<std::path::PathBuf>,
    /// Hosts across the network to ask, a tenth of them dead
    #[arg(long, default_value_t = 10_000)]
    hosts: u32,
    /// Only the race over the network
    #[arg(long)]
    remote: bool,
    /// The hive to race on, instead of the corpus' Windows 10 SYSTEM
    #[arg(long)]
    hive: Option<std::path::PathBuf>,
}

/// A part of the bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// The readers of hives, in one process
    Readers,
    /// The editor of hives: what one value costs, and whether many grow worse than in proportion
    Editor,
    /// The doctor against hivexget, as processes
    Process,
    /// Many machines: speed, and whether memory is flat
    Fleet,
    /// Many hosts across the network, a tenth of them dead: some 20 minutes, and only where it is asked for
    Hosts,
    /// Users of a domain, over LDAP
    Users,
}

/// Runs the benchmarks and prints the tables; fails if a target is missed.
fn main() -> Result<()> {
    let args = &Args::parse();
    ensure!(args.rounds > 0 && args.machines > 1, "at least one round and two machines");
    if args.remote {
        ensure!(remote::race()? != Some(false), "bars missed: the network");
        return Ok(());
    }
    if args.part == Some(Part::Hosts) {
        ensure!(args.hosts >= 100, "at least 100 hosts");
        ensure!(hosts::ask(args.hosts)? != Some(false), "bars missed: the hosts");
        return Ok(());
    }
    if args.part == Some(Part::Users) {
        let program = doctor()?.context("there is no rdscal doctor")?;
        ensure!(users::read(&program)? != Some(false), "bars missed: the users of a domain");
        return Ok(());
    }
    let corpus = run::corpus().context("no folder of public hives: set RDSCAL_SHARED")?;
    let hive = match &args.hive {
        Some(hive) => hive.canonicalize().with_context(|| hive.display().to_string())?,
        None => corpus.join("hives/win10-1709/SYSTEM"),
    };

    let wanted = |part| args.part.is_none_or(|only| only == part);
    let mut missed = Vec::new();
    if wanted(Part::Readers) || wanted(Part::Editor) {
        build()?;
    }
    if wanted(Part::Readers) && !readers(&hive, args.rounds)? {
        missed.push("the readers in one process");
    }
    if wanted(Part::Editor) && !editor::race(&hive, args.rounds)? {
        missed.push("the editor");
    }
    let alone = matches!(args.part, Some(Part::Readers | Part::Editor));
    let program = match &args.program {
        _ if alone => None,
        Some(program) => Some(Some(program.canonicalize().with_context(|| program.display().to_string())?)),
        None => Some(doctor()?),
    };
    match program {
        None => {}
        Some(Some(program)) => {
            if wanted(Part::Process) && !process::race(&program, &hive, args.rounds)? {
                missed.push("the doctor against hivexget");
            }
            let earlier = args.earlier.as_deref();
            if wanted(Part::Fleet)
                && !fleet::judge(&program, earlier, &corpus, args.machines, args.rounds.min(3))?
            {
                missed.push("the fleet");
            }
            if wanted(Part::Users) && users::read(&program)? == Some(false) {
                missed.push("the users of a domain");
            }
        }
        Some(None) => {
            println!("\nnot run: the doctor against hivexget, and the fleet: there is no rdscal doctor yet");
        }
    }
    if args.part.is_none() && remote::race()? == Some(false) {
        missed.push("the network");
    }
    if !missed.is_empty() {
        eprintln!("\nbars missed: {}", missed.join(", "));
        std::process::exit(1);
    }
    Ok(())
}

/// Builds the programs of the bench workspace.
fn build() -> Result<()> {
    let build = ["build", "--release", "--manifest-path", "bench/Cargo.toml", "--bins", "--locked"];
    let done = run::logged("bench-release", &mut run::cargo(build))?;
    ensure!(done.ok, "the bench workspace does not build:\n{}", done.tail(40));
    Ok(())
}

/// The race in one process, run by the program `race` of the bench workspace.
fn readers(hive: &Path, rounds: u32) -> Result<bool> {
    let status = Command::new(run::target().join("release/race"))
        .arg(hive)
        .arg(rounds.to_string())
        .status()
        .context("race")?;
    match status.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => bail!("the race broke: {status}"),
    }
}

/// The distributed program, if it has the command `doctor`.
fn doctor() -> Result<Option<std::path::PathBuf>> {
    let build = ["build", "--profile", "dist", "--package", "rdscal", "--locked"];
    let done = run::logged("rdscal-dist", &mut run::cargo(build))?;
    ensure!(done.ok, "rdscal does not build:\n{}", done.tail(40));
    let program = run::target().join("dist/rdscal");
    let help = run::printed(&program, &["doctor", "--help"]).unwrap_or_default();
    Ok((!help.is_empty()).then_some(program))
}
