//! `cargo xtask fuzz`: builds the targets of `fuzz/` for libFuzzer with any toolchain, and runs them.
//!
//! The coverage instrumentation for libFuzzer is LLVM's own pass, which does not require a nightly toolchain
//! or cargo-fuzz.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result, bail};

use crate::run::{self, Done};
use crate::windows::need;

/// The workspace.
pub const MANIFEST: &str = "fuzz/Cargo.toml";

/// Coverage of blocks, edges and comparisons.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

/// Arguments of the task.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Targets; default: all
    names: Vec<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// Install nothing, and use what is installed
    #[arg(long)]
    no_install: bool,
}

/// Runs the task.
pub fn run(args: &Args) -> Result<()> {
    let all = targets();
    if let Some(unknown) = args.names.iter().find(|name| !all.contains(name)) {
        bail!("there is no target {unknown}: {}", all.join(", "));
    }
    let names = if args.names.is_empty() { all } else { args.names.clone() };
    let folder = match built(args.no_install)? {
        Ok(folder) => folder,
        Err(done) => bail!("{}\n{}", done.complaint(), done.tail(40)),
    };
    let fed = feed(&folder, &names, args.seconds)?;
    for Fed { name, runs, done } in &fed {
        println!("{name}: {runs} runs{}", if done.ok { "" } else { ", FAILED" });
    }
    match fed.iter().find(|fed| !fed.done.ok) {
        Some(Fed { name, done, .. }) => bail!("{name}: {}\n{}", reason(done), done.tail(30)),
        None => Ok(()),
    }
}

/// The names of the targets: the files in `fuzz/fuzz_targets`.
pub fn targets() -> Vec<String> {
    let files = std::fs::read_dir(run::root().join("fuzz/fuzz_targets")).into_iter().flatten().flatten();
    let mut names: Vec<_> = files
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
}

/// Builds the targets with overflow checks; returns their folder, or the failed build.
///
/// # Errors
/// One line that names what is missing.
pub fn built(no_install: bool) -> Result<Result<PathBuf, Done>> {
    // libFuzzer is C++.
    need(&["c++"], &["g++"], no_install)?;
    let version = run::printed("rustc", &["-vV"]).context("rustc cannot be run")?;
    let host =
        version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc reports no host")?;
    let folder = run::target().join("fuzz");
    // With --target, the flags do not apply to build scripts and macros.
    let mut command =
        run::cargo(["build", "--manifest-path", MANIFEST, "--locked", "--bins", "--features", "libfuzzer"]);
    command.args(["--target", host, "--target-dir"]).arg(&folder).env("RUSTFLAGS", COVERAGE);
    let done = run::logged("fuzz-build", &mut command)?;
    Ok(if done.ok { Ok(folder.join(host).join("debug")) } else { Err(done) })
}

/// The result of a target.
pub struct Fed {
    /// Its name.
    pub name: String,
    /// The number of executions.
    pub runs: u64,
    /// Its exit code and log.
    pub done: Done,
}

/// Runs each target for this number of seconds, one per processor at a time. The inputs are the seeds and the
/// results of earlier runs.
pub fn feed(folder: &Path, names: &[String], seconds: u32) -> Result<Vec<Fed>> {
    let next = AtomicUsize::new(0);
    let fed = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || -> Result<()> {
        while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
            let one = feed_one(folder, name, seconds)?;
            if let Ok(mut fed) = fed.lock() {
                fed.push(one);
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        running.into_iter().try_for_each(|worker| match worker.join() {
            Ok(result) => result,
            Err(_) => bail!("a worker panicked"),
        })
    })?;
    let mut fed = fed.into_inner().unwrap_or_default();
    fed.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(fed)
}

fn feed_one(folder: &Path, name: &str, seconds: u32) -> Result<Fed> {
    let root = run::root();
    let found = run::target().join("fuzz/found").join(name);
    std::fs::create_dir_all(&found)?;
    let mut command = Command::new(folder.join(name));
    command
        .arg(&found)
        .arg(root.join("fuzz/seeds").join(name))
        .arg(format!("-max_total_time={seconds}"))
        .args(["-timeout=10", "-rss_limit_mb=2048", "-max_len=65536"])
        // libFuzzer stores the failing inputs here.
        .arg(format!("-artifact_prefix={}/", found.with_extension("broken").display()));
    std::fs::create_dir_all(found.with_extension("broken"))?;
    let done = run::logged(&format!("fuzz-{name}"), &mut command)?;
    let output = done.output();
    let runs =
        output.lines().rev().find_map(|line| line.strip_prefix("Done ")?.split(' ').next()?.parse().ok());
    Ok(Fed { name: name.to_owned(), runs: runs.unwrap_or(0), done })
}

/// The cause of a failure: libFuzzer prints it in a separate line after the message of the panic.
pub fn reason(done: &Done) -> String {
    let output = done.output();
    let is_one = |line: &&str| line.contains("panicked at") || line.starts_with("SUMMARY:");
    output.lines().find(is_one).map_or_else(|| done.last_line(), |line| line.trim().to_owned())
}
