//! Reports that are rendered while their machines are judged.

use std::cmp::Reverse;
use std::io::{Cursor, Write};
use std::sync::{Mutex, PoisonError};

use licensing::model::FleetKey;
use licensing::{MachineReport, MachineSummary, Report};

use crate::{ReportError, Segment, Spool};

/// A format in which a report can be rendered machine by machine.
///
/// What a report says of a machine is rendered as soon as it is judged, by whoever judged it, and waits in a [`Spool`]. When all of
/// them are there, and with them what stands at the top (a count, an overview, the rules that found something), the report is put
/// together. So memory holds one machine at a time, whatever the format's order, and whatever the order in which they are judged.
pub trait Format: Sync {
    /// What must be known of a machine, beyond its [`MachineSummary`], when the report is put together.
    type Memo: Send;

    /// What the report says of this machine.
    fn part(&self, machine: &MachineReport) -> Result<(Vec<u8>, Self::Memo), ReportError>;

    /// Writes the report, with the parts from the spool.
    fn put_together(
        &self,
        report: &Report<Kept<Self::Memo>>,
        spool: &mut Spool,
        out: &mut dyn Write,
    ) -> Result<(), ReportError>;
}

/// What is kept of a machine when its part of the report has been rendered.
#[derive(Debug)]
pub struct Kept<M> {
    /// What any format may need.
    pub brief: MachineSummary,
    /// What this one needs.
    pub memo: M,
    /// Where its part is.
    pub segment: Segment,
}

impl<M> Kept<M> {
    /// The machine's name, else its source.
    pub(crate) fn label(&self) -> &str {
        &self.brief.fleet_key.label
    }
}

impl<M> AsRef<FleetKey> for Kept<M> {
    fn as_ref(&self) -> &FleetKey {
        self.brief.as_ref()
    }
}

/// The worst first; equals stay in the order in which they were found.
pub(crate) fn worst_first<M>(machines: &[Kept<M>]) -> Vec<&Kept<M>> {
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
    /// A report in this format, whose parts wait there.
    #[must_use]
    pub fn new(format: F, spool: Spool) -> Self {
        Self { format, spool: Mutex::new(spool) }
    }

    /// Renders what the report says of a machine. Several threads may do so at once: the order of the report is that in which
    /// [`Stream::finish`] is given what this returns.
    pub fn add(&self, machine: &MachineReport) -> Result<Kept<F::Memo>, ReportError> {
        let (part, memo) = self.format.part(machine)?;
        // What a thread that panicked has left behind is overwritten.
        let segment = self.spool.lock().unwrap_or_else(PoisonError::into_inner).put(&part)?;
        Ok(Kept { brief: MachineSummary::of(machine), memo, segment })
    }

    /// Writes the report.
    pub fn finish(self, report: &Report<Kept<F::Memo>>, out: &mut dyn Write) -> Result<(), ReportError> {
        let mut spool = self.spool.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.format.put_together(report, &mut spool, out)
    }
}

/// A report whose machines are all at hand, in this format.
pub fn whole<F: Format>(format: F, report: &Report) -> Result<String, ReportError> {
    let stream = Stream::new(format, Spool::new(Cursor::new(Vec::new())));
    let machines = report.machines.iter().map(|machine| stream.add(machine)).collect::<Result<_, _>>()?;
    let mut text = Vec::new();
    stream.finish(&report.with(machines), &mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
