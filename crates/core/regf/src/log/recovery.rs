//! Selection and application of logs.

use super::{Entry, Log, NewLog, OldLog};
use crate::disk::{BASE_BLOCK_LEN, BIN_HEADER_LEN, BaseBlock, BinHeader, CellOffset, SECTOR, base_block_at};
use crate::error::{Error, Problem, Result, Structure};
use crate::hive::{Dirty, Hive, dirt};
use crate::image::{Image, Overlay};
use nt::FileTime;

/// The result of [`recover`].
#[derive(Debug)]
pub struct Recovery<I> {
    /// The hive with the logs applied. Its base block is that of a clean hive, unless no log applied.
    pub image: Overlay<I>,
    /// What was applied, and the reasons.
    pub report: Report,
}

impl<I: Image> Recovery<I> {
    /// Opens the recovered hive.
    ///
    /// # Errors
    ///
    /// As [`Hive::open`].
    pub fn into_hive(self) -> Result<Hive<Overlay<I>>> {
        Hive::open(self.image)
    }
}

/// The report of a recovery. Logs are identified by their index in the given list.
#[derive(Clone, Debug)]
pub struct Report {
    /// The reason why the hive was dirty; `None` for a clean one, whose logs are ignored.
    pub dirty: Option<Dirty>,
    /// The result.
    pub outcome: Outcome,
    /// The state of each log, in the given order.
    pub logs: Vec<LogReport>,
    /// The applied entries, in order.
    pub applied: Vec<Applied>,
    /// The log from which the base block was restored, if that of the hive was invalid.
    pub base_block_from: Option<usize>,
    /// Invalid hive bins that the logs wrote. Windows replaces such a bin by an empty one.
    pub broken_bins: Vec<Error>,
}

/// The result of a recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The hive was clean: no log was needed.
    Clean,
    /// Logs were applied: the hive is up to date.
    Recovered,
    /// The hive is dirty, and no log applies: its contents may be outdated or inconsistent.
    StillDirty,
}

/// The format of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Bitmap and pages (`DIRT`).
    Old,
    /// Entries (`HvLE`).
    New,
}

/// The state of a log.
#[derive(Clone, Debug, Default)]
pub struct LogReport {
    /// True for an empty file. Most logs of clean hives are empty, and so is every `.LOG` beside `.LOG1`.
    pub is_empty: bool,
    /// The format; `None` if the file is not a valid log.
    pub format: Option<Format>,
    /// The sequence numbers of the first and the last valid entry (new format), or that of the header, twice
    /// (old format).
    pub sequences: Option<(u32, u32)>,
    /// The number of its entries that were applied; a log of the old format counts as one.
    pub applied: usize,
    /// The reason why the rest was not applied. `None` if all of it was.
    pub stopped: Option<Stop>,
}

/// The reason why a log, or the rest of it, was not applied.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Stop {
    /// It is damaged.
    #[error("{0}")]
    Damaged(Error),
    /// The sequence number of its first entry differs from that in its header.
    #[error("its first entry has the sequence number {entry}, its header {header}")]
    FirstEntry {
        /// The entry's number.
        entry: u32,
        /// The header's number.
        header: u32,
    },
    /// The hive already contains the entry.
    #[error("its first entry, number {entry}, is older than the hive, which is at {hive}")]
    Older {
        /// The entry's number.
        entry: u32,
        /// The hive's secondary sequence number.
        hive: u32,
    },
    /// The next entry does not follow the last one applied: a remnant of earlier use, or a gap.
    #[error("entry {found} does not follow entry {last}")]
    Gap {
        /// The number of the last entry applied.
        last: u32,
        /// The number of the entry found.
        found: u32,
    },
    /// It contains no entries.
    #[error("it holds no entries")]
    NoEntries,
    /// Its time differs from that of the hive (old format).
    #[error("it was written at {log}, the hive at {hive}")]
    OtherTime {
        /// The time in the log.
        log: FileTime,
        /// The time in the hive.
        hive: FileTime,
    },
    /// Another log is used.
    #[error("another log holds newer data")]
    NotNewest,
    /// Logs of the new format were applied, this one has the old format.
    #[error("it is of the old format, and logs of the new one were applied")]
    OtherFormat,
}

/// An entry that was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The index of its log.
    pub log: usize,
    /// Its sequence number (for a log of the old format, that of the header).
    pub sequence: u32,
    /// Its number of pages: of any size in the new format, of 512 bytes in the old format.
    pub pages: usize,
    /// Its number of bytes of hive bins data.
    pub bytes: u64,
}

/// Recovers a dirty hive from its logs, which may be in any order and include empty and unrelated files.
///
/// The base image is not changed; the result is an overlay, so the cost is that of the logs. A clean hive is
/// not changed, regardless of its logs, as in Windows. If no log applies, the outcome is
/// [`Outcome::StillDirty`], and the hive can still be read as it is on disk.
///
/// # Errors
///
/// Only if the image cannot be read. Damaged logs are not errors: entries before the damage are applied, and
/// the report contains the reason.
pub fn recover<I: Image>(image: I, logs: &[&[u8]]) -> Result<Recovery<I>> {
    let mut sector = [0; SECTOR];
    let available = image.size().min(SECTOR as u64);
    let len = usize::try_from(available).unwrap_or(0);
    let bytes = image.slice(0, len).map_err(|e| e.locate(Structure::BaseBlock, 0, available, available))?;
    for (to, from) in sector.iter_mut().zip(bytes) {
        *to = *from;
    }
    let base = BaseBlock::from_sector(sector);
    let dirty = dirt(&base);
    let report = Report {
        dirty,
        outcome: if dirty.is_some() { Outcome::StillDirty } else { Outcome::Clean },
        logs: Vec::new(),
        applied: Vec::new(),
        base_block_from: None,
        broken_bins: Vec::new(),
    };
    let parsed: Vec<_> = logs.iter().map(|log| Log::parse(log)).collect();
    let mut replay = Replay { image: Overlay::new(image), base, report };
    for (bytes, log) in logs.iter().zip(&parsed) {
        replay.report.logs.push(LogReport::of(bytes, log));
    }
    if dirty.is_none() || bytes_are_missing(&replay.image) {
        return Ok(Recovery { image: replay.image, report: replay.report });
    }
    replay.new_logs(&parsed)?;
    replay.old_logs(&parsed)?;
    replay.finish(&parsed)?;
    Ok(Recovery { image: replay.image, report: replay.report })
}

/// No log can apply to a file without hive bins data.
fn bytes_are_missing<I: Image>(image: &Overlay<I>) -> bool {
    image.size() <= BASE_BLOCK_LEN as u64
}

impl LogReport {
    fn of(bytes: &[u8], log: &Result<Log<'_>>) -> Self {
        let mut report = Self { is_empty: bytes.is_empty(), ..Self::default() };
        match log {
            Err(error) => {
                if !report.is_empty {
                    report.stopped = Some(Stop::Damaged(error.clone()));
                }
            }
            Ok(Log::Old(log)) => {
                let sequence = log.header().primary_sequence();
                report.format = Some(Format::Old);
                report.sequences = Some((sequence, sequence));
            }
            Ok(Log::New(log)) => {
                report.format = Some(Format::New);
                let mut entries = log.entries().map_while(Result::ok).map(|entry| entry.sequence());
                report.sequences = entries.next().map(|first| (first, entries.last().unwrap_or(first)));
            }
        }
        report
    }
}

struct Replay<I> {
    image: Overlay<I>,
    base: BaseBlock,
    report: Report,
}

impl<I: Image> Replay<I> {
    fn stop(&mut self, log: usize, why: Stop) {
        if let Some(report) = self.report.logs.get_mut(log) {
            report.stopped = Some(why);
        }
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<()> {
        let position = CellOffset(offset).file_offset();
        let (end, limit) = (position + bytes.len() as u64, self.image.size());
        self.image.write(position, bytes).map_err(|error| error.locate(Structure::Bin, position, end, limit))
    }

    /// Restores the base block of the hive from a log.
    fn restore_base_block(&mut self, log: usize, header: &BaseBlock) {
        self.base = header.clone();
        self.base.set_u32(base_block_at::FILE_TYPE, 0);
        self.report.base_block_from = Some(log);
    }

    fn new_logs(&mut self, parsed: &[Result<Log<'_>>]) -> Result<()> {
        let mut logs: Vec<(usize, u32, &NewLog<'_>)> = Vec::new();
        for (index, log) in parsed.iter().enumerate() {
            let Ok(Log::New(log)) = log else { continue };
            match log.entries().next() {
                Some(Ok(first)) => logs.push((index, first.sequence(), log)),
                Some(Err(error)) => self.stop(index, Stop::Damaged(error)),
                None => self.stop(index, Stop::NoEntries),
            }
        }
        logs.sort_by_key(|&(_, first, _)| first);
        let mut last = None;
        if self.base.is_valid() {
            for (index, _, log) in logs {
                self.entries(index, log, &mut last)?;
            }
        } else if let Some((index, _, log)) = logs.pop() {
            // Without its own base block, the hive is brought to the state of the newest log alone.
            self.restore_base_block(index, log.header());
            for (other, ..) in logs {
                self.stop(other, Stop::NotNewest);
            }
            self.entries(index, log, &mut last)?;
        }
        Ok(())
    }

    /// Applies the entries of one log; `last` is the number of the last entry applied from any log.
    fn entries(&mut self, index: usize, log: &NewLog<'_>, last: &mut Option<u32>) -> Result<()> {
        for entry in log.entries() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.stop(index, Stop::Damaged(error));
                    break;
                }
            };
            let found = entry.sequence();
            let (header, hive) = (log.header().primary_sequence(), self.base.secondary_sequence());
            let why = match *last {
                Some(last) if found != last.wrapping_add(1) => Some(Stop::Gap { last, found }),
                None if found != header => Some(Stop::FirstEntry { entry: found, header }),
                None if self.report.base_block_from.is_none() && found < hive => {
                    Some(Stop::Older { entry: found, hive })
                }
                _ => None,
            };
            if let Some(why) = why {
                self.stop(index, why);
                break;
            }
            self.entry(index, &entry)?;
            *last = Some(found);
        }
        Ok(())
    }

    fn entry(&mut self, index: usize, entry: &Entry<'_>) -> Result<()> {
        let mut applied = Applied { log: index, sequence: entry.sequence(), pages: 0, bytes: 0 };
        for page in entry.pages() {
            self.write(page.offset, page.bytes)?;
            applied.pages += 1;
            applied.bytes += page.bytes.len() as u64;
        }
        self.base.set_u32(base_block_at::BINS_SIZE, entry.bins_size());
        let flags = self.base.flags() & !1 | entry.flags() & 1;
        self.base.set_u32(base_block_at::FLAGS, flags);
        self.count(applied);
        Ok(())
    }

    fn count(&mut self, applied: Applied) {
        if let Some(report) = self.report.logs.get_mut(applied.log) {
            report.applied += 1;
        }
        self.report.applied.push(applied);
    }

    /// Applies one log of the old format: the newest of those that belong to the hive.
    ///
    /// A log belongs to the hive if both have the same time. If there are two valid logs, the newer one also
    /// belongs to the hive if it is newer than the hive, because it repeats the contents of the older one
    /// (Windows 8 and later, and Windows 7 with its update of March 2016). If the base block of a hive is
    /// invalid, Windows takes the time from the first bin; the time in the base block is accepted as well if
    /// it equals that of the log exactly.
    fn old_logs(&mut self, parsed: &[Result<Log<'_>>]) -> Result<()> {
        let mut logs: Vec<(usize, &OldLog<'_>)> = Vec::new();
        for (index, log) in parsed.iter().enumerate() {
            if let Ok(Log::Old(log)) = log {
                logs.push((index, log));
            }
        }
        if !self.report.applied.is_empty() {
            for (index, _) in logs {
                self.stop(index, Stop::OtherFormat);
            }
            return Ok(());
        }
        let hive = self.last_written();
        let in_base = self.base.last_written();
        let count = logs.len();
        let belongs = |log: &OldLog<'_>| {
            let time = log.header().last_written();
            time == hive || time == in_base || count > 1 && time > hive
        };
        // The first of those with the same time.
        let newest = logs
            .iter()
            .rev()
            .filter(|(_, log)| belongs(log))
            .max_by_key(|(_, log)| (log.header().last_written(), log.header().primary_sequence()))
            .copied();
        for &(index, log) in &logs {
            if newest.is_none_or(|(newest, _)| newest != index) {
                let why = if belongs(log) {
                    Stop::NotNewest
                } else {
                    Stop::OtherTime { log: log.header().last_written(), hive }
                };
                self.stop(index, why);
            }
        }
        let Some((index, log)) = newest else { return Ok(()) };
        if !self.base.is_valid() {
            self.restore_base_block(index, log.header());
        }
        let mut applied =
            Applied { log: index, sequence: log.header().primary_sequence(), pages: 0, bytes: 0 };
        for (offset, page) in log.pages() {
            self.write(offset, page)?;
            applied.pages += 1;
            applied.bytes += page.len() as u64;
        }
        self.base.set_u32(base_block_at::BINS_SIZE, log.header().bins_size());
        self.count(applied);
        Ok(())
    }

    /// The last-write time of the hive, by its base block or, if that is invalid, by its first bin.
    fn last_written(&self) -> FileTime {
        if self.base.is_valid() {
            return self.base.last_written();
        }
        self.image
            .slice(BASE_BLOCK_LEN as u64, BIN_HEADER_LEN)
            .ok()
            .and_then(BinHeader::new)
            .map_or(FileTime::ZERO, BinHeader::timestamp)
    }

    /// Writes the base block of a clean hive, with a sequence number above those of all entries.
    fn finish(&mut self, parsed: &[Result<Log<'_>>]) -> Result<()> {
        if self.report.applied.is_empty() {
            return Ok(());
        }
        let in_logs = parsed.iter().flatten().map(|log| log.header().primary_sequence());
        let in_entries = self.report.logs.iter().filter_map(|log| log.sequences).map(|(_, last)| last);
        let in_hive = [self.base.primary_sequence(), self.base.secondary_sequence()];
        let newest = in_logs.chain(in_entries).chain(in_hive).max().unwrap_or(0);
        let sequence = newest.wrapping_add(1);
        self.base.set_u32(base_block_at::PRIMARY_SEQUENCE, sequence);
        self.base.set_u32(base_block_at::SECONDARY_SEQUENCE, sequence);
        self.base.update_checksum();
        let limit = self.image.size();
        self.image
            .write(0, self.base.sector())
            .map_err(|error| error.locate(Structure::BaseBlock, 0, SECTOR as u64, limit))?;
        self.report.outcome = Outcome::Recovered;
        self.check_bins();
        Ok(())
    }

    /// Checks the headers of bins that begin on a changed page.
    fn check_bins(&mut self) {
        let mut broken = Vec::new();
        for (position, page) in self.image.changed_pages() {
            let Some(header) = BinHeader::new(page) else { continue };
            let Some(offset) =
                position.checked_sub(BASE_BLOCK_LEN as u64).and_then(|o| u32::try_from(o).ok())
            else {
                continue;
            };
            if header.signature() != BinHeader::SIGNATURE {
                // The page is inside a bin of several pages, or the first bin is destroyed.
                if offset == 0 {
                    let problem = Problem::Signature { expected: "hbin", found: header.signature() };
                    broken.push(Error::new(Structure::Bin, position, problem));
                }
            } else if !header.is_valid_at(offset) {
                let problem = if header.offset() == offset {
                    Problem::Field { name: "size", value: header.size().into() }
                } else {
                    Problem::Field { name: "offset", value: header.offset().into() }
                };
                broken.push(Error::new(Structure::Bin, position, problem));
            }
        }
        self.report.broken_bins = broken;
    }
}
