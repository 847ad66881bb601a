//! The decision which logs apply to a hive, and their application.

use super::{Entry, Log, NewLog, OldLog};
use crate::disk::{BASE_BLOCK_LEN, BIN_HEADER_LEN, BaseBlock, BinHeader, CellOffset, SECTOR, base_block_at};
use crate::error::{Error, Problem, Result, Structure};
use crate::hive::{Dirty, Hive, dirt};
use crate::image::{Image, Overlay};
use nt::FileTime;

/// What [`recover`] made of a hive and its logs.
#[derive(Debug)]
pub struct Recovery<I> {
    /// The hive with the logs applied. Its base block says that it is clean, unless nothing could be applied.
    pub image: Overlay<I>,
    /// What was done and why.
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

/// How recovery went. Logs are named by their place in the list given.
#[derive(Clone, Debug)]
pub struct Report {
    /// Why the hive was dirty; `None` for a clean one, whose logs are ignored.
    pub dirty: Option<Dirty>,
    /// The result.
    pub outcome: Outcome,
    /// What was found in each log, in the order given.
    pub logs: Vec<LogReport>,
    /// What was applied, in that order.
    pub applied: Vec<Applied>,
    /// The log from which the base block was restored, if that of the hive was invalid.
    pub base_block_from: Option<usize>,
    /// Hive bins written by the logs that are not sound. Windows puts an empty bin in the place of such a
    /// one.
    pub broken_bins: Vec<Error>,
}

/// The result of a recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The hive was clean: nothing to do.
    Clean,
    /// Logs were applied: the hive is as new as they are.
    Recovered,
    /// The hive is dirty, and no log applies: what is read may be outdated or inconsistent.
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

/// What was found in a log.
#[derive(Clone, Debug, Default)]
pub struct LogReport {
    /// True for a file without any bytes, which is what most logs of clean hives, and all `.LOG` beside
    /// `.LOG1` are.
    pub is_empty: bool,
    /// The format; `None` if the file is not a valid log.
    pub format: Option<Format>,
    /// The sequence numbers of the first and the last sound entry (new format), or that of the header, twice
    /// (old format).
    pub sequences: Option<(u32, u32)>,
    /// How many entries of it were applied; a log of the old format counts as one.
    pub applied: usize,
    /// Why no more of it was applied. `None` when it was used up.
    pub stopped: Option<Stop>,
}

/// Why a log, or the rest of it, was not applied.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Stop {
    /// It is damaged there.
    #[error("{0}")]
    Damaged(Error),
    /// Its first entry has another sequence number than its header.
    #[error("its first entry has the sequence number {entry}, its header {header}")]
    FirstEntry {
        /// The entry's number.
        entry: u32,
        /// The header's number.
        header: u32,
    },
    /// What it holds is in the hive already.
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
        /// The last entry applied.
        last: u32,
        /// The entry found.
        found: u32,
    },
    /// It holds no entries.
    #[error("it holds no entries")]
    NoEntries,
    /// It was written at another time than the hive (old format).
    #[error("it was written at {log}, the hive at {hive}")]
    OtherTime {
        /// The time in the log.
        log: FileTime,
        /// The time in the hive.
        hive: FileTime,
    },
    /// Another log is the one to be used.
    #[error("another log holds newer data")]
    NotNewest,
    /// Logs of the new format were applied, this one is of the old.
    #[error("it is of the old format, and logs of the new one were applied")]
    OtherFormat,
}

/// An entry that was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The log it came from.
    pub log: usize,
    /// Its sequence number (for a log of the old format, that of the header).
    pub sequence: u32,
    /// Its number of pages: of any size in the new format, of 512 bytes in the old one.
    pub pages: usize,
    /// Its bytes of hive bins data.
    pub bytes: u64,
}

/// Recovers a dirty hive from its logs, which may be given in any order, with empty and foreign files among
/// them.
///
/// The base image is not changed, the result is an overlay over it, so the cost is that of the logs. A clean hive is
/// left as it is, whatever its logs hold, as Windows does. If no log applies, the outcome is
/// [`Outcome::StillDirty`], and the hive can still be read as it is on the disk.
///
/// # Errors
///
/// Only when the image cannot be read. Damaged logs are not errors: what was applied up to the damage stays,
/// and the report tells.
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

/// A file without any bytes of hive bins data is not a hive that a log could be meant for.
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

    /// Takes over the base block of a log for that of the hive.
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
            // Without its own base block the hive is brought to the state of the newest log alone.
            self.restore_base_block(index, log.header());
            for (other, ..) in logs {
                self.stop(other, Stop::NotNewest);
            }
            self.entries(index, log, &mut last)?;
        }
        Ok(())
    }

    /// Applies the entries of one log; `last` is the number of the last entry applied from any.
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
    /// A log belongs to the hive when both were written at the same time; where there are two sound logs, the
    /// newer one does so too if it is newer than the hive, for it then repeats what the older one holds
    /// (Windows 8 and later, and Windows 7 with its update of March 2016). Windows takes the time of a hive
    /// whose base block is invalid from the first bin; the base block's own is as good when it agrees with
    /// the log's to the tick.
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
        // The first of those that are equally new.
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

    /// When the hive was last written, by its base block or, if that is invalid, by its first bin.
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

    /// Writes the base block of a clean hive, with a sequence number that no entry of any log has yet.
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

    /// Looks at the headers of bins that begin on a changed page.
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
                // The inside of a bin of several pages, or the first bin destroyed.
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
