//! Reports that are rendered while their machines are judged.

use std::cmp::Reverse;
use std::io::{Cursor, Write};
use std::sync::{Mutex, PoisonError};

use licensing::model::FleetKey;
use licensing::{MachineReport, MachineSummary, Report};

use crate::{ReportError, Segment, Spool};

/// A report format that is rendered machine by machine.
///
/// The part of a machine is rendered as soon as it is judged, on the same thread, and is buffered in a
/// [`Spool`]. When all machines are judged, the data at the top is known (a count, an overview, the rules
/// that fired), and the report is assembled. So memory contains one machine at a time, in any order of the
/// format and of judging.
pub trait Format: Sync {
    /// What must be known of a machine, beyond its [`MachineSummary`], when the report is put together.
    type Memo: Send;

    /// Whether it shows where evidence is in its file ([`licensing::Evidence::position`]), which takes time.
    const SHOWS_POSITIONS: bool = false;

    /// Renders the part of this machine.
    fn part(&self, machine: &MachineReport) -> Result<(Vec<u8>, Self::Memo), ReportError>;

    /// Writes the report with the parts from the spool.
    fn assemble(
        &self,
        report: &Report<Rendered<Self::Memo>>,
        spool: &mut Spool,
        out: &mut dyn Write,
    ) -> Result<(), ReportError>;
}

/// A machine whose part of the report has been rendered.
#[derive(Debug)]
pub struct Rendered<M> {
    /// Data for any format.
    pub brief: MachineSummary,
    /// Data for this format.
    pub memo: M,
    /// Position of its part.
    pub segment: Segment,
}

impl<M> Rendered<M> {
    /// The machine's name, otherwise its source.
    pub(crate) fn label(&self) -> &str {
        &self.brief.fleet_key.label
    }
}

impl<M> AsRef<FleetKey> for Rendered<M> {
    fn as_ref(&self) -> &FleetKey {
        self.brief.as_ref()
    }
}

/// Sorts by severity, stable.
pub(crate) fn worst_first<M>(machines: &[Rendered<M>]) -> Vec<&Rendered<M>> {
    let mut machines: Vec<_> = machines.iter().collect();
    machines.sort_by_key(|machine| Reverse(machine.brief.verdict.standing));
    machines
}

/// A report that is being rendered.
#[derive(Debug)]
pub struct Stream<F> {
    format: F,
    spool: Mutex<Spool>,
}

impl<F: Format> Stream<F> {
    /// Creates a report in this format with this spool.
    #[must_use]
    pub fn new(format: F, spool: Spool) -> Self {
        Self { format, spool: Mutex::new(spool) }
    }

    /// Renders what the report says of a machine. Several threads may do so at once: the order of the report is that in which
    /// [`Stream::finish`] is given what this returns.
    pub fn add(&self, machine: &MachineReport) -> Result<Rendered<F::Memo>, ReportError> {
        let (part, memo) = self.format.part(machine)?;
        // A partial write of a panicked thread is overwritten.
        let segment = self.spool.lock().unwrap_or_else(PoisonError::into_inner).put(&part)?;
        Ok(Rendered { brief: MachineSummary::of(machine), memo, segment })
    }

    /// Writes the report.
    pub fn finish(self, report: &Report<Rendered<F::Memo>>, out: &mut dyn Write) -> Result<(), ReportError> {
        let mut spool = self.spool.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.format.assemble(report, &mut spool, out)
    }
}

/// Renders a complete report in this format.
pub fn whole<F: Format>(format: F, report: &Report) -> Result<String, ReportError> {
    let stream = Stream::new(format, Spool::new(Cursor::new(Vec::new())));
    let machines = report.machines.iter().map(|machine| stream.add(machine)).collect::<Result<_, _>>()?;
    let mut text = Vec::new();
    stream.finish(&report.with(machines), &mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
