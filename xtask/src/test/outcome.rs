//! What the checks came to, and the table of it.

use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::run::{self, Done};

/// What a check came to.
pub(crate) struct Outcome {
    verdict: Verdict,
    /// One line.
    note: String,
    /// The end of the log, shown at once when it failed.
    detail: Option<String>,
    /// Parts that could not run, each with its reason.
    could_not_run: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Passed,
    Failed,
    CouldNotRun,
    /// An extra that is run only where its tools are there; never a failure.
    LeftOut,
}

impl Outcome {
    /// It ran, and all is well.
    pub(crate) fn passed(note: impl Into<String>) -> Self {
        Self { verdict: Verdict::Passed, note: note.into(), detail: None, could_not_run: Vec::new() }
    }

    /// It ran and found something, or broke.
    pub(crate) fn failed(note: impl Into<String>, log: Option<&Done>) -> Self {
        let detail =
            log.map(|done| format!("{}\n(all of it: {})", done.tail(100), run::below_root(&done.log)));
        Self { verdict: Verdict::Failed, note: note.into(), detail, could_not_run: Vec::new() }
    }

    /// It ran and found something that these lines of its log say best.
    pub(crate) fn failed_showing(note: impl Into<String>, lines: &str, log: &Done) -> Self {
        let detail = format!("{lines}\n(all of it: {})", run::below_root(&log.log));
        Self { verdict: Verdict::Failed, note: note.into(), detail: Some(detail), could_not_run: Vec::new() }
    }

    /// It could not run.
    pub(crate) fn could_not_run(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::CouldNotRun, note: why.into(), detail: None, could_not_run: Vec::new() }
    }

    /// It is an extra whose tools are not there.
    pub(crate) fn left_out(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::LeftOut, note: why.into(), detail: None, could_not_run: Vec::new() }
    }

    /// Passed or failed by a program's exit code.
    pub(crate) fn of(done: &Done, note: impl Into<String>) -> Self {
        if done.ok { Self::passed(note) } else { Self::failed(done.complaint(), Some(done)) }
    }

    /// Adds parts that could not run.
    pub(crate) fn without(mut self, parts: Vec<String>) -> Self {
        self.could_not_run.extend(parts);
        self
    }
}

/// The outcomes so far.
pub(crate) struct Report {
    ci: bool,
    start: Instant,
    rows: Vec<(String, Duration, Outcome)>,
    missing: Vec<String>,
}

impl Report {
    pub(crate) fn new(ci: bool) -> Self {
        Self { ci, start: Instant::now(), rows: Vec::new(), missing: Vec::new() }
    }

    /// Says which peers and tools could not be had.
    pub(crate) fn prepared(&mut self, time: Duration, missing: &[String]) {
        println!("{:<26} {:>7}", "peers and tools", shown(time));
        self.missing = missing.to_vec();
        for line in missing {
            println!("    not there: {line}");
        }
    }

    /// Says that a check runs.
    pub(crate) fn begin(name: &str) {
        print!("{name:<26} ");
        let _ = std::io::stdout().flush();
    }

    /// Says what it came to.
    pub(crate) fn end(&mut self, name: &str, time: Duration, outcome: Outcome) {
        println!("{:>7}  {}", shown(time), self.line(&outcome));
        if let Some(detail) = &outcome.detail {
            println!("{}", indented(detail));
        }
        self.rows.push((name.to_owned(), time, outcome));
    }

    fn line(&self, outcome: &Outcome) -> String {
        let word = match outcome.verdict {
            Verdict::Passed if !outcome.could_not_run.is_empty() && self.ci => "FAILED: parts could not run",
            Verdict::Passed if !outcome.could_not_run.is_empty() => "passed, in part",
            Verdict::Passed => "passed",
            Verdict::Failed => "FAILED",
            Verdict::CouldNotRun if self.ci => "FAILED: could not run",
            Verdict::CouldNotRun => "could not run",
            Verdict::LeftOut => "left out",
        };
        if outcome.note.is_empty() { word.to_owned() } else { format!("{word}: {}", outcome.note) }
    }

    /// Prints the table, what could not run, and the closing line. True when nothing failed.
    pub(crate) fn print(&self) -> bool {
        println!("\n{:<26} {:>7}  result", "check", "time");
        for (name, time, outcome) in &self.rows {
            println!("{name:<26} {:>7}  {}", shown(*time), self.line(outcome));
        }
        println!("{:<26} {:>7}", "all", shown(self.start.elapsed()));

        let mut could_not_run = Vec::new();
        for (name, _, outcome) in &self.rows {
            if outcome.verdict == Verdict::CouldNotRun {
                could_not_run.push(format!("{name}: {}", outcome.note));
            }
            could_not_run.extend(outcome.could_not_run.iter().map(|part| format!("{name}: {part}")));
        }
        if could_not_run.is_empty() {
            println!("\nNothing that should run was left out.");
        } else {
            println!("\nCould not run{}:", if self.ci { ", a failure since CI=true" } else { "" });
            for line in &could_not_run {
                println!("  {line}");
            }
            for line in &self.missing {
                println!("  (not there: {line})");
            }
        }
        for (name, _, outcome) in
            self.rows.iter().filter(|(_, _, outcome)| outcome.verdict == Verdict::LeftOut)
        {
            println!("Left out, an extra: {name}: {}", outcome.note);
        }

        let broken = |outcome: &Outcome| {
            let short = outcome.verdict == Verdict::CouldNotRun || !outcome.could_not_run.is_empty();
            outcome.verdict == Verdict::Failed || (self.ci && short)
        };
        let failed = self.rows.iter().filter(|(_, _, outcome)| broken(outcome)).count();
        let passed = self
            .rows
            .iter()
            .filter(|(_, _, outcome)| outcome.verdict == Verdict::Passed && !broken(outcome))
            .count();
        println!("\nchecks: {passed} passed, {failed} failed, {} skipped", self.rows.len() - passed - failed);
        failed == 0
    }
}

fn shown(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 100 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{}:{:02} m", seconds / 60, seconds % 60)
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}
