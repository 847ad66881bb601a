//! The commit: an order of writes that applies all changes to a hive or none.
//!
//! The steps for a clean hive:
//!
//! 1. Write the log: a header and one entry with all changed pages (new format), or the changed sectors with
//!    their bitmap (old format). Windows ignores the logs of a clean hive, so the old state still applies.
//! 2. Extend the file if it must grow, and write pages beyond the previous end of the data, to which nothing
//!    refers yet. A full disk fails here at the latest.
//! 3. Write the base block with the primary sequence number raised. From now on the hive is dirty and the log
//!    completes it. A torn base block has a wrong checksum and is restored from the log.
//! 4. Write the other pages.
//! 5. Write the base block with both sequence numbers raised.
//!
//! Each step is flushed before the next one begins. A dirty hive is first brought to the state recovered from
//! its logs, which do not change meanwhile: pages, flush, clean base block, flush. After that it is a clean
//! hive.
//!
//! # Sequence numbers and the choice of the log
//!
//! The sequence number of the entry is larger than all numbers in the hive and in both logs. The secondary
//! number of the hive in step 3 is larger than all numbers in the logs. So no entry that remains in the other
//! log, or after the new entry, applies. A sector of zeros ends the log.
//!
//! In the new format, the log that does not contain the newest entry is written (the first log if neither
//! contains it). In the old format, it is the first log, or `.LOG` if only that is in use. The time in an old
//! log must equal that of the hive, so the last-written time in the base block is not changed.

use super::error::{CommitError, EditResult, Invalid, Refusal};
use super::storage::{Files, Storage};
use crate::disk::{BASE_BLOCK_LEN, BaseBlock, SECTOR, base_block_at};
use crate::error::Structure;
use crate::hash::marvin32;
use crate::image::{Image, Overlay};
use crate::log::{DIRTY_PAGE, Entry, Format, Log, OldLog, Outcome, Report, entry_at};

/// A file that takes part in a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// The hive itself.
    Hive,
    /// The first log (`.LOG1`).
    Log1,
    /// The second log (`.LOG2`).
    Log2,
    /// The only log (`.LOG`) of Windows XP and before.
    Log,
}

/// A step of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Extend a file to this length.
    SetLen {
        /// The file.
        target: Target,
        /// Its length in bytes.
        len: u64,
    },
    /// Write bytes at an offset.
    Write {
        /// The file.
        target: Target,
        /// The offset in the file.
        offset: u64,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Flush a file to the disk.
    Flush {
        /// The file.
        target: Target,
    },
}

/// The writes and flushes that make a change durable, in order.
#[derive(Clone, Debug)]
pub struct Commit {
    steps: Vec<Step>,
    /// The first step after which the hive has the new state, if necessary by recovery from the log.
    point_of_no_return: usize,
}

impl Commit {
    /// The steps. Empty if nothing was changed.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The number of bytes written, to the log and to the hive.
    #[must_use]
    pub fn bytes_written(&self) -> u64 {
        let len = |step: &Step| if let Step::Write { bytes, .. } = step { bytes.len() as u64 } else { 0 };
        self.steps.iter().map(len).sum()
    }

    /// Performs the steps.
    ///
    /// # Errors
    ///
    /// If a step fails; the error reports which state applies. After an error the hive must be opened again.
    pub fn apply(&self, files: &mut impl Files) -> Result<(), CommitError> {
        for (number, step) in self.steps.iter().enumerate() {
            let done = match step {
                Step::SetLen { target, len } => files.storage(*target).and_then(|file| file.set_len(*len)),
                Step::Write { target, offset, bytes } => {
                    files.storage(*target).and_then(|file| file.write_at(*offset, bytes))
                }
                Step::Flush { target } => files.storage(*target).and_then(Storage::sync),
            };
            done.map_err(|source| CommitError { is_new_state: number >= self.point_of_no_return, source })?;
        }
        Ok(())
    }
}

/// The parameters of the next commit, from the hive and its logs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer {
    format: Format,
    target: Target,
    /// The file type in the log's header.
    log_type: u32,
    /// The sequence numbers of the hive before the commit, and of the commit.
    before: u32,
    sequence: u32,
}

impl Writer {
    pub(super) fn new(
        block: &BaseBlock,
        logs: &[&[u8]; 3],
        report: &Report,
        log_format: Option<Format>,
    ) -> EditResult<Self> {
        let parsed: Vec<Option<Log<'_>>> = logs.iter().map(|log| Log::parse(log).ok()).collect();
        let newest_of = |index: usize| {
            let header = parsed.get(index)?.as_ref()?.header().primary_sequence();
            let entries = report.logs.get(index).and_then(|log| log.sequences).map_or(0, |(_, last)| last);
            Some(header.max(entries))
        };
        let in_logs = (0..3).filter_map(newest_of).max();
        let in_hive = block.primary_sequence().max(block.secondary_sequence());
        let clean = report.outcome != Outcome::StillDirty && in_logs.is_none_or(|log| log < in_hive);
        let before = if clean { Some(in_hive) } else { in_logs.unwrap_or(0).max(in_hive).checked_add(1) };
        let before = before.ok_or(Refusal::Sequence)?;
        let sequence = before.checked_add(1).ok_or(Refusal::Sequence)?;
        let is_old = |index: usize| matches!(parsed.get(index), Some(Some(Log::Old(_))));
        let is_new = |index: usize| matches!(parsed.get(index), Some(Some(Log::New(_))));
        let format = log_format.unwrap_or({
            let old = (0..3).any(is_old) && !(0..3).any(is_new);
            if old { Format::Old } else { Format::New }
        });
        let target = match format {
            // `None`, the minimum, means that a log has no newest entry.
            Format::New if newest_of(0) > newest_of(1) => Target::Log2,
            Format::Old if is_old(2) && !is_old(0) && !is_old(1) => Target::Log,
            Format::New | Format::Old => Target::Log1,
        };
        let log_type = match format {
            Format::New => 6,
            Format::Old => 1,
        };
        Ok(Self { format, target, log_type, before, sequence })
    }

    /// Converts a base block to that of a clean hive before the commit.
    pub(super) fn declare_clean(&self, block: &mut BaseBlock) {
        number(block, self.before, self.before);
    }

    fn header(&self, block: &BaseBlock) -> BaseBlock {
        let mut header = block.clone();
        header.set_u32(base_block_at::FILE_TYPE, self.log_type);
        number(&mut header, self.sequence, self.sequence);
        header
    }

    /// A log with one entry.
    fn new_log(&self, block: &BaseBlock, runs: &[Run]) -> EditResult<Vec<u8>> {
        let too_large = |_| Invalid::TooLarge;
        let mut body = Vec::new();
        for run in runs {
            body.extend(run.bins_offset()?.to_le_bytes());
            body.extend(u32::try_from(run.bytes.len()).map_err(too_large)?.to_le_bytes());
        }
        for run in runs {
            body.extend(&run.bytes);
        }
        let len = (entry_at::PAGES + body.len()).next_multiple_of(SECTOR);
        body.resize(len - entry_at::PAGES, 0);
        let mut entry = Entry::SIGNATURE.to_vec();
        for field in [
            u32::try_from(len).map_err(too_large)?,
            block.flags() & 1,
            self.sequence,
            block.bins_size(),
            u32::try_from(runs.len()).map_err(too_large)?,
        ] {
            entry.extend(field.to_le_bytes());
        }
        entry.extend(marvin32(&body).to_le_bytes());
        entry.extend(marvin32(&entry).to_le_bytes());
        entry.extend(body);
        let mut log = self.header(block).sector().to_vec();
        log.extend(entry);
        // The end of the log, regardless of the bytes after it.
        log.extend([0; SECTOR]);
        Ok(log)
    }

    /// A log of the old format.
    fn old_log(&self, block: &BaseBlock, runs: &[Run], before: &impl Image) -> EditResult<Vec<u8>> {
        let mut block = block.clone();
        block.set_u32(base_block_at::CLUSTERING, 1);
        let mut log = self.header(&block).sector().to_vec();
        let mut bitmap = vec![0_u8; (block.bins_size() as usize / DIRTY_PAGE).div_ceil(8)];
        let mut pages: Vec<u8> = Vec::new();
        for run in runs {
            let first = run.bins_offset()? as usize / DIRTY_PAGE;
            for (index, page) in run.bytes.chunks(DIRTY_PAGE).enumerate() {
                let mut old = [0; DIRTY_PAGE];
                let position = run.offset + (index * DIRTY_PAGE) as u64;
                if before.copy_to(position, &mut old).is_ok() && old == page {
                    continue;
                }
                let bit = first + index;
                if let Some(byte) = bitmap.get_mut(bit / 8) {
                    *byte |= 1 << (bit % 8);
                    pages.extend(page);
                }
            }
        }
        log.extend(OldLog::SIGNATURE);
        log.extend(bitmap);
        log.resize(log.len().next_multiple_of(SECTOR), 0);
        log.extend(pages);
        Ok(log)
    }
}

fn number(block: &mut BaseBlock, primary: u32, secondary: u32) {
    block.set_u32(base_block_at::PRIMARY_SEQUENCE, primary);
    block.set_u32(base_block_at::SECONDARY_SEQUENCE, secondary);
    block.update_checksum();
}

/// Consecutive pages.
struct Run {
    /// The file offset.
    offset: u64,
    bytes: Vec<u8>,
}

impl Run {
    fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }

    fn bins_offset(&self) -> EditResult<u32> {
        let offset = self.offset.checked_sub(BASE_BLOCK_LEN as u64);
        offset.and_then(|offset| u32::try_from(offset).ok()).ok_or(Invalid::TooLarge.into())
    }

    fn step(self) -> Step {
        Step::Write { target: Target::Hive, offset: self.offset, bytes: self.bytes }
    }
}

/// The changed pages of hive bins data, up to the end of the data; a run restarts at `cut`.
fn runs<I: Image>(image: &Overlay<I>, cut: u64, end: u64) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (offset, page) in image.changed_pages() {
        if offset < BASE_BLOCK_LEN as u64 || offset >= end {
            continue;
        }
        match runs.last_mut() {
            Some(run) if run.end() == offset && offset != cut => run.bytes.extend(page),
            _ => runs.push(Run { offset, bytes: page.to_vec() }),
        }
    }
    runs
}

/// The length of the file for `needed` bytes: in steps of 256 KiB if it was a multiple of that, as in recent
/// versions of Windows.
fn grown(old: u64, needed: u64) -> u64 {
    const STEP: u64 = 256 << 10;
    if needed <= old {
        old
    } else if old.is_multiple_of(STEP) {
        needed.next_multiple_of(STEP)
    } else {
        needed
    }
}

fn sector_of<I: Image>(image: &I) -> EditResult<BaseBlock> {
    let mut sector = [0; SECTOR];
    image
        .copy_to(0, &mut sector)
        .map_err(|error| error.locate(Structure::BaseBlock, 0, SECTOR as u64, image.size()))?;
    Ok(BaseBlock::from_sector(sector))
}

impl Writer {
    /// The steps from the hive on disk to the edited hive. Two overlays contain the data recovered from the
    /// logs, and the edits.
    pub(super) fn commit<I: Image>(&self, image: &Overlay<Overlay<I>>) -> EditResult<Commit> {
        let recovered = image.base();
        let hive = Target::Hive;
        let block_step =
            |block: &BaseBlock| Step::Write { target: hive, offset: 0, bytes: block.sector().to_vec() };
        let mut steps = Vec::new();
        let before = sector_of(recovered)?;
        let old_end = BASE_BLOCK_LEN as u64 + u64::from(before.bins_size());
        if !recovered.is_unchanged() {
            if recovered.size() > recovered.base().size() {
                steps.push(Step::SetLen { target: hive, len: recovered.size() });
            }
            steps.extend(runs(recovered, 0, old_end).into_iter().map(Run::step));
            steps.extend([Step::Flush { target: hive }, block_step(&before), Step::Flush { target: hive }]);
        }
        if image.is_unchanged() {
            let point_of_no_return = steps.len();
            return Ok(Commit { steps, point_of_no_return });
        }
        let mut block = sector_of(image)?;
        let new_end = BASE_BLOCK_LEN as u64 + u64::from(block.bins_size());
        let changed = runs(image, old_end, new_end);
        let log = match self.format {
            Format::New => self.new_log(&block, &changed)?,
            Format::Old => self.old_log(&block, &changed, recovered)?,
        };
        steps.push(Step::Write { target: self.target, offset: 0, bytes: log });
        steps.push(Step::Flush { target: self.target });
        let (beyond, within): (Vec<_>, Vec<_>) = changed.into_iter().partition(|run| run.offset >= old_end);
        let len = grown(recovered.size(), new_end);
        if len > recovered.size() {
            steps.push(Step::SetLen { target: hive, len });
        }
        if !beyond.is_empty() {
            steps.extend(beyond.into_iter().map(Run::step));
            steps.push(Step::Flush { target: hive });
        }
        let point_of_no_return = steps.len();
        let mut dirty = before;
        number(&mut dirty, self.sequence, self.before);
        steps.extend([block_step(&dirty), Step::Flush { target: hive }]);
        if !within.is_empty() {
            steps.extend(within.into_iter().map(Run::step));
            steps.push(Step::Flush { target: hive });
        }
        number(&mut block, self.sequence, self.sequence);
        steps.extend([block_step(&block), Step::Flush { target: hive }]);
        Ok(Commit { steps, point_of_no_return })
    }
}
