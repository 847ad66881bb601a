//! `rdscal watch`: report changes of the running registry as they occur.

use std::sync::Arc;
use std::time::Duration;

use licensing::decisions::Decisions;
use licensing::knowledge::capture;
use licensing::{Compared, MachineReport, Options, Verdict, judge};
use snapshot::diff::{Difference, diff};

use report::text::Change;
use serde::Serialize;
use snapshot::{FileTime, Selector, Snapshot};
use sources::{ReadError, Watch, Woken};

use super::load;
use crate::args::{self, Format, WatchArgs};
use crate::exit::{Exit, Failure};
use crate::output;

/// Changes within this interval are reported together, since one setting consists of several values.
const QUIET: Duration = Duration::from_millis(300);
/// A registry that keeps changing is reported after this many changes.
const LONGEST: u32 = 10;

/// Runs the command.
pub fn run(args: &WatchArgs, decisions: &Arc<Decisions>) -> Result<Exit, Failure> {
    let place = sources::this_machine().ok_or_else(|| {
        Failure::usage("watch runs only on Windows").advice("Compare two states with rdscal diff A B.")
    })?;
    let options = load::options(&args.judge, decisions)?;
    if let Some(used) = decisions.used() {
        output::note(format_args!("configuration: {}", report::text::configuration(&used)));
    }
    let (selectors, watched) = (capture::scope(), capture::watched());
    let mut watch = match place.watch(&watched) {
        Some(Ok(watch)) => watch,
        Some(Err(reason)) => return Err(reason.into()),
        None => return Err(Failure::usage(format!("{} cannot be watched", place.locator()))),
    };
    let look = || Ok(load::captured(&place, &selectors)?);
    let mut watching = Watching {
        options: &options,
        watched: &watched,
        format: args.format.unwrap_or(Format::Text),
        state: None,
    };
    let last = watching.run(watch.as_mut(), look, args.once)?;
    Ok(if args.fail_on.is_reached(last.worst()) { Exit::Findings } else { Exit::Fine })
}

/// The state of the watch.
struct Watching<'a> {
    options: &'a Options,
    watched: &'a [Selector],
    format: Format,
    state: Option<(Snapshot, MachineReport)>,
}

/// One line of the JSON output.
#[derive(Serialize)]
struct Line<'a> {
    schema: &'static str,
    time: FileTime,
    name: Option<&'a str>,
    verdict: Verdict,
    differences: &'a [Difference],
    findings: Compared,
}

impl Watching<'_> {
    /// Captures, judges and reports, and repeats this after every change. Ends after the first change if
    /// `once` is set, when the user interrupts, or when the reader closes the pipe. Returns the last report.
    fn run(
        &mut self,
        watch: &mut dyn Watch,
        look: impl Fn() -> Result<Snapshot, Failure>,
        once: bool,
    ) -> Result<MachineReport, Failure> {
        let unheard = watch.listen()?;
        for ReadError { place: path, cause: reason } in unheard {
            output::note(format_args!("{path} is not watched: {reason}"));
        }
        let mut told = self.tell(look()?)?;
        while told.reader_listens && !(once && told.is_change) && settled(watch)? {
            told = self.tell(look()?)?;
        }
        let (_, report) =
            self.state.take().ok_or_else(|| Failure::unreadable("nothing was read".to_owned()))?;
        Ok(report)
    }

    /// Prints what changed since the last capture: the verdict the first time, and later nothing if nothing
    /// differs.
    fn tell(&mut self, snapshot: Snapshot) -> Result<MachineRecord, Failure> {
        let report = judge(&snapshot, self.options);
        let (differences, findings) = match &self.state {
            Some((before, judged)) => (self.changes(before, &snapshot), Compared::between(judged, &report)),
            None => (Vec::new(), Compared::default()),
        };
        let is_change = !differences.is_empty();
        let is_news = is_change || self.state.is_none();
        let time = snapshot.captured_at.unwrap_or_else(args::now);
        let reader_listens =
            !is_news || output::print(&self.words(&report, time, &differences, findings)?)?;
        self.state = Some((snapshot, report));
        Ok(MachineRecord { is_change, reader_listens })
    }

    /// The text or JSON line of a change.
    fn words(
        &self,
        report: &MachineReport,
        time: FileTime,
        differences: &[Difference],
        findings: Compared,
    ) -> Result<String, Failure> {
        if self.format != Format::Json {
            let change = Change { time, differences, findings: &findings };
            return Ok(report::text::change(report, &change, output::width()));
        }
        Ok(report::json::line(&Line {
            schema: "rdscal.watch/1",
            time,
            name: report.name.as_deref(),
            verdict: Verdict::of(report),
            differences,
            findings,
        })?)
    }

    /// The differences below the watched keys.
    fn changes(&self, before: &Snapshot, after: &Snapshot) -> Vec<Difference> {
        let mut differences = diff(before, after);
        differences
            .retain(|difference| self.watched.iter().any(|selector| selector.covers(&difference.path)));
        differences
    }
}

/// The result of one capture.
struct MachineRecord {
    /// A watched key or value changed.
    is_change: bool,
    /// The reader has not closed the pipe.
    reader_listens: bool,
}

/// Waits for a change, and then until none follows for [`QUIET`]. The next notification is registered before
/// it returns. False if the user interrupted.
fn settled(watch: &mut dyn Watch) -> Result<bool, Failure> {
    let mut woken = watch.wait(None)?;
    for _ in 0..LONGEST {
        if woken != Woken::Changed {
            break;
        }
        watch.listen()?;
        woken = watch.wait(Some(QUIET))?;
    }
    if woken == Woken::Changed {
        // The registry keeps changing. The notification is registered before the capture, so that no change
        // is missed.
        watch.listen()?;
    }
    Ok(woken != Woken::Interrupt)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::VecDeque;

    use snapshot::{Capture, Extent, Key, KeyPath, Origin, OriginKind, State, Value, ValueType};

    use super::*;

    /// Returns the scripted events, then an interrupt.
    struct Scripted {
        wakes: VecDeque<Woken>,
        listened: usize,
    }

    impl Watch for Scripted {
        fn listen(&mut self) -> Result<Vec<ReadError>, ReadError> {
            self.listened += 1;
            Ok(Vec::new())
        }

        fn wait(&mut self, limit: Option<Duration>) -> Result<Woken, ReadError> {
            match self.wakes.pop_front() {
                Some(Woken::Time) => {
                    assert!(limit.is_some(), "nobody waits forever for nothing");
                    Ok(Woken::Time)
                }
                Some(woken) => Ok(woken),
                None => Ok(Woken::Interrupt),
            }
        }
    }

    fn with_mode(mode: u8) -> Snapshot {
        let origin = Origin { kind: OriginKind::Live, locator: ".".to_owned(), files: Vec::new() };
        let mut snapshot = Snapshot::new(origin);
        snapshot.captures.push(Capture {
            path: KeyPath::hklm(r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core"),
            extent: Extent::Tree,
            state: State::Key(Box::new(Key {
                name: "Licensing Core".into(),
                values: vec![Value::new("LicensingMode", ValueType::DWORD, [mode, 0, 0, 0])],
                ..Key::default()
            })),
        });
        // This value changes often and does not belong to licensing.
        snapshot.captures.push(Capture {
            path: KeyPath::hklm(r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters"),
            extent: Extent::Values,
            state: State::Key(Box::new(Key {
                name: "Parameters".into(),
                values: vec![Value::new("DhcpDomain", ValueType::SZ, [mode, 0, 0, 0])],
                ..Key::default()
            })),
        });
        snapshot
    }

    /// Watches a machine whose mode takes these values in turn. Returns the number of captures and of
    /// registrations.
    fn watched(modes: &[u8], wakes: &[Woken], once: bool) -> (usize, usize) {
        let options = Options::at(FileTime(0));
        let selectors = capture::watched();
        let mut watching =
            Watching { options: &options, watched: &selectors, format: Format::Json, state: None };
        let mut watch = Scripted { wakes: wakes.iter().copied().collect(), listened: 0 };
        let looks = RefCell::new(0);
        let look = || {
            let mut looks = looks.borrow_mut();
            *looks += 1;
            Ok(with_mode(modes[*looks - 1]))
        };
        watching.run(&mut watch, look, once).unwrap();
        (looks.into_inner(), watch.listened)
    }

    #[test]
    fn what_changes_together_is_looked_at_once() {
        use Woken::{Changed, Time};
        assert_eq!(watched(&[2], &[], false), (1, 1), "ended before anything changed");
        assert_eq!(watched(&[2, 4], &[Changed, Changed, Changed, Time], false), (2, 4));
        assert_eq!(watched(&[2, 4, 2], &[Changed, Time, Changed, Time], false), (3, 3));
        let restless = vec![Changed; 11];
        assert_eq!(watched(&[2, 4], &restless, false), (2, 12), "it is told of although it never rests");
    }

    #[test]
    fn once_is_the_first_change_that_matters() {
        use Woken::{Changed, Time};
        let woken_twice = [Changed, Time, Changed, Time, Changed, Time];
        assert_eq!(watched(&[2, 2, 4, 9], &woken_twice, true).0, 3);
    }

    #[test]
    fn what_is_not_of_licensing_is_no_change() {
        let selectors = capture::watched();
        let options = Options::at(FileTime(0));
        let mut watching =
            Watching { options: &options, watched: &selectors, format: Format::Json, state: None };
        let changes = watching.changes(&with_mode(2), &with_mode(4));
        let [change] = changes.as_slice() else { panic!("{changes:?}") };
        assert!(change.path.to_string().ends_with("Licensing Core"));

        let report = judge(&with_mode(4), &options);
        let now = args::now();
        let line = watching.words(&report, now, &changes, Compared::default()).unwrap();
        assert_eq!(line.matches('\n').count(), 1, "{line}");
        let schema = include_str!("../../../../../docs/schema/watch-1.json").parse().unwrap();
        let errors: Vec<_> = jsonschema::draft202012::new(&schema)
            .unwrap()
            .iter_errors(&line.parse().unwrap())
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}");

        watching.format = Format::Text;
        let text = watching.words(&report, now, &changes, Compared::default()).unwrap();
        assert!(text.contains("1 change") && text.contains("LicensingMode = REG_DWORD 4"), "{text}");
    }
}
