//! Outcomes of the checks, the progress display, and the closing table.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::run::{self, Done};

/// The result of a check.
pub(crate) struct Outcome {
    verdict: Verdict,
    /// One line.
    note: String,
    /// The end of the log, shown at once if the check failed.
    detail: Option<String>,
    /// Parts of the check that could not run, each with its reason.
    could_not_run: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Passed,
    Failed,
    CouldNotRun,
}

impl Outcome {
    /// The check passed.
    pub(crate) fn passed(note: impl Into<String>) -> Self {
        Self { verdict: Verdict::Passed, note: note.into(), detail: None, could_not_run: Vec::new() }
    }

    /// The check failed; the end of the log is shown.
    pub(crate) fn failed(note: impl Into<String>, log: Option<&Done>) -> Self {
        let detail =
            log.map(|done| format!("{}\n(complete log: {})", done.tail(100), run::below_root(&done.log)));
        Self { verdict: Verdict::Failed, note: note.into(), detail, could_not_run: Vec::new() }
    }

    /// The check failed; these lines of the log are shown.
    pub(crate) fn failed_showing(note: impl Into<String>, lines: &str, log: &Done) -> Self {
        let detail = format!("{lines}\n(complete log: {})", run::below_root(&log.log));
        Self { verdict: Verdict::Failed, note: note.into(), detail: Some(detail), could_not_run: Vec::new() }
    }

    /// The check failed; these lines are shown.
    pub(crate) fn failed_with(note: impl Into<String>, lines: &str) -> Self {
        let detail = Some(lines.to_owned());
        Self { verdict: Verdict::Failed, note: note.into(), detail, could_not_run: Vec::new() }
    }

    /// The check could not run.
    pub(crate) fn could_not_run(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::CouldNotRun, note: why.into(), detail: None, could_not_run: Vec::new() }
    }

    /// The check passed or failed, by the exit code of a program.
    pub(crate) fn of(done: &Done, note: impl Into<String>) -> Self {
        if done.ok { Self::passed(note) } else { Self::failed(done.complaint(), Some(done)) }
    }

    /// Adds parts that could not run.
    pub(crate) fn without(mut self, parts: Vec<String>) -> Self {
        self.could_not_run.extend(parts);
        self
    }
}

/// The outcomes of the checks that have ended.
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

    /// Records and prints which tools are missing.
    pub(crate) fn prepared(&mut self, time: Duration, missing: &[String]) {
        println!("tools prepared in {}", shown(time));
        self.missing = missing.to_vec();
        for line in missing {
            println!("  missing: {line}");
        }
    }

    /// Announces a check, and shows its progress until the result is dropped.
    pub(crate) fn begin(name: &str, number: usize, count: usize) -> Progress {
        println!("[{number}/{count}] {name} ...");
        Progress::start()
    }

    /// Records and prints the outcome of a check.
    pub(crate) fn end(&mut self, name: &str, time: Duration, outcome: Outcome) {
        println!("    {name}: {}, {}", shown(time), self.line(&outcome));
        if let Some(detail) = &outcome.detail {
            println!("{}", indented(detail));
        }
        self.rows.push((name.to_owned(), time, outcome));
    }

    fn line(&self, outcome: &Outcome) -> String {
        let word = match outcome.verdict {
            Verdict::Passed if !outcome.could_not_run.is_empty() && self.ci => "FAILED, parts could not run",
            Verdict::Passed if !outcome.could_not_run.is_empty() => "passed, in part",
            Verdict::Passed => "passed",
            Verdict::Failed => "FAILED",
            Verdict::CouldNotRun if self.ci => "FAILED, could not run",
            Verdict::CouldNotRun => "could not run",
        };
        if outcome.note.is_empty() { word.to_owned() } else { format!("{word}: {}", outcome.note) }
    }

    /// Prints the table, the parts that could not run, and the closing line. True if nothing failed.
    pub(crate) fn print(&self) -> bool {
        println!("\n{:<30} {:>7}  result", "check", "time");
        for (name, time, outcome) in &self.rows {
            println!("{name:<30} {:>7}  {}", shown(*time), self.line(outcome));
        }
        println!("{:<30} {:>7}", "total", shown(self.start.elapsed()));

        let mut could_not_run = Vec::new();
        for (name, _, outcome) in &self.rows {
            if outcome.verdict == Verdict::CouldNotRun {
                could_not_run.push(format!("{name}: {}", outcome.note));
            }
            could_not_run.extend(outcome.could_not_run.iter().map(|part| format!("{name}: {part}")));
        }
        if could_not_run.is_empty() {
            println!("\nEverything could run.");
        } else {
            println!("\nCould not run{}:", if self.ci { " (a failure, because CI=true is set)" } else { "" });
            for line in &could_not_run {
                println!("  {line}");
            }
            for line in &self.missing {
                println!("  missing: {line}");
            }
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
        println!(
            "\nchecks: {passed} passed, {failed} failed, {} could not run",
            self.rows.len() - passed - failed
        );
        failed == 0
    }
}

/// Prints every 30 seconds how long a check has run and the last line of its log. Dropping it stops the
/// display.
pub(crate) struct Progress {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Starts a display.
    pub(crate) fn start() -> Self {
        let (end, ended) = mpsc::channel();
        let start = Instant::now();
        let thread = std::thread::spawn(move || {
            while ended.recv_timeout(Duration::from_secs(30)) == Err(RecvTimeoutError::Timeout) {
                let line: String = run::current_line().chars().take(90).collect();
                println!("    {} {line}", shown(start.elapsed()));
            }
        });
        Self { end: Some(end), thread: Some(thread) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the display does not change an outcome.
            let _ = thread.join();
        }
    }
}

/// A duration in a readable form.
pub(crate) fn shown(time: Duration) -> String {
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
