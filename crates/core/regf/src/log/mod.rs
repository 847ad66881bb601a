//! Transaction logs, and the recovery of a dirty hive from them.
//!
//! A hive writer first writes changed pages to a log beside the hive (`SYSTEM.LOG1`, `SYSTEM.LOG2`; before
//! Vista `SYSTEM.LOG`), then to the hive. From Windows 8.1 on, the second step may follow an hour later, so
//! the newest data of a disk image is often only in the logs. [`recover`] does what Windows does when it
//! loads a dirty hive.
//!
//! There are two formats. The old one (`DIRT`, Windows NT to 8) is a bitmap of dirty pages and their
//! contents. The new one (`HvLE`, Windows 8.1 and later) is a series of entries with sequence numbers and
//! hashes, in two files.
//!
//! Source: Maxim Suhanov, "Windows registry file format specification", sections on transaction log files,
//! dirty state and multiple log files (CC-BY 4.0).

mod new;
mod old;
mod recovery;

pub use new::{Entries, Entry, NewLog, PageRef, entry_at};
pub use old::{DIRTY_PAGE, OldLog};
pub use recovery::{Applied, Format, LogReport, Outcome, Recovery, Report, Stop, recover};

use crate::disk::{BaseBlock, FileType};
use crate::error::{Error, Problem, Result, Structure};

/// A transaction log of either format.
#[derive(Clone, Debug)]
pub enum Log<'a> {
    /// The old format.
    Old(OldLog<'a>),
    /// The new format.
    New(NewLog<'a>),
}

impl<'a> Log<'a> {
    /// Reads the header of a log. The rest is read and checked when it is used.
    ///
    /// # Errors
    ///
    /// If there are too few bytes, they do not begin with the copy of a base block with a correct checksum,
    /// or the file type is not that of a log. Windows ignores such a log.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let fault = |problem| Error::new(Structure::BaseBlock, 0, problem);
        let Some(header) = BaseBlock::new(bytes) else {
            return Err(fault(Problem::TooShort { needed: 512, found: bytes.len() as u64 }));
        };
        if header.signature() != BaseBlock::SIGNATURE {
            return Err(fault(Problem::Signature { expected: "regf", found: header.signature() }));
        }
        let (stored, computed) = (header.stored_checksum(), header.computed_checksum());
        if stored != computed {
            return Err(fault(Problem::Checksum { stored: stored.into(), computed: computed.into() }));
        }
        match header.file_type() {
            FileType::OldLog => OldLog::new(header, bytes).map(Self::Old),
            FileType::NewLog => Ok(Self::New(NewLog::new(header, bytes))),
            FileType::Primary => Err(fault(Problem::Field { name: "file type", value: 0 })),
            FileType::Other(value) => Err(fault(Problem::Field { name: "file type", value: value.into() })),
        }
    }

    /// The copy of the base block that the log begins with.
    #[must_use]
    pub fn header(&self) -> &BaseBlock {
        match self {
            Self::Old(log) => log.header(),
            Self::New(log) => log.header(),
        }
    }
}
