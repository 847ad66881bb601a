//! `rdscal users`: Per User licenses in every format. Holders are rendered one at a time and buffered in the
//! spool, because the part before them is known only after the last one.

mod csv;
mod html;
mod json;
mod lines;
mod text;

use std::io::Write;

use licensing::per_user::{Holder, HolderStatus, UsersReport};
use snapshot::FileTime;

pub use self::csv::UsersCsv;
pub use self::html::UsersHtml;
pub use self::json::UsersJson;
pub use self::text::UsersText;
use crate::{ReportError, Segment, Spool};

/// A holder and how the license stands.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// The holder.
    pub holder: &'a Holder,
    /// Standing of the license.
    pub standing: HolderStatus,
    /// Time of judgment.
    pub at: FileTime,
}

/// A format of the report.
pub trait UsersFormat {
    /// Writes a holder; `first` for the first one.
    fn row(&self, judged: Judged<'_>, first: bool, out: &mut Vec<u8>) -> Result<(), ReportError>;

    /// Writes the part before the holders.
    fn before(&self, report: &UsersReport, out: &mut dyn Write) -> Result<(), ReportError>;

    /// Writes the part after the holders.
    fn after(&self, report: &UsersReport, out: &mut dyn Write) -> Result<(), ReportError>;
}

/// Number of bytes that are written to the spool at once.
const CHUNK: usize = 64 << 10;

/// A report that is being written.
pub struct UsersStream<'f> {
    format: &'f dyn UsersFormat,
    spool: Spool,
    chunks: Vec<Segment>,
    rows: Vec<u8>,
    first: bool,
}

impl<'f> UsersStream<'f> {
    /// Creates an empty report in this format with this spool.
    #[must_use]
    pub fn new(format: &'f dyn UsersFormat, spool: Spool) -> Self {
        Self { format, spool, chunks: Vec::new(), rows: Vec::with_capacity(CHUNK + 4096), first: true }
    }

    /// Adds a holder.
    pub fn add(&mut self, judged: Judged<'_>) -> Result<(), ReportError> {
        self.format.row(judged, self.first, &mut self.rows)?;
        self.first = false;
        if self.rows.len() >= CHUNK {
            self.chunks.push(self.spool.put(&self.rows)?);
            self.rows.clear();
        }
        Ok(())
    }

    /// Writes the report.
    pub fn finish(mut self, report: &UsersReport, out: &mut dyn Write) -> Result<(), ReportError> {
        self.format.before(report, out)?;
        for chunk in &self.chunks {
            self.spool.copy(*chunk, out)?;
        }
        out.write_all(&self.rows)?;
        self.format.after(report, out)
    }
}

impl std::fmt::Debug for UsersStream<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UsersStream").field("chunks", &self.chunks.len()).finish_non_exhaustive()
    }
}
