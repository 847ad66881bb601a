//! Buffers the parts of a report until the part before them is known.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::ReportError;

/// Storage of a spool: a temporary file or memory.
pub trait Store: Read + Write + Seek + Send {}

impl<S: Read + Write + Seek + Send> Store for S {}

/// Buffer for the parts of a report. Parts are appended in order of arrival and read in any order.
pub struct Spool {
    store: Box<dyn Store>,
    end: u64,
}

/// Position of a part in the spool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    start: u64,
    length: u64,
}

impl Segment {
    /// Splits at this length, at most at the end.
    #[must_use]
    pub fn split(self, length: u64) -> (Self, Self) {
        let length = length.min(self.length);
        (Self { length, ..self }, Self { start: self.start + length, length: self.length - length })
    }
}

/// Size of the copy buffer.
const BUFFER: usize = 16 << 10;

impl Spool {
    /// Creates a spool in an empty store.
    #[must_use]
    pub fn new(store: impl Store + 'static) -> Self {
        Self { store: Box::new(store), end: 0 }
    }

    /// Appends a part. The error is [`ReportError::Spool`].
    pub fn put(&mut self, part: &[u8]) -> Result<Segment, ReportError> {
        self.append(part).map_err(ReportError::Spool)
    }

    fn append(&mut self, part: &[u8]) -> io::Result<Segment> {
        let segment = Segment { start: self.end, length: part.len() as u64 };
        // The last read or failed write may have moved the position.
        self.store.seek(SeekFrom::Start(self.end))?;
        self.store.write_all(part)?;
        self.end += segment.length;
        Ok(segment)
    }

    /// Copies a part to `out`. The error is [`ReportError::Spool`] if it could not be read, and
    /// [`ReportError::Io`] if it could not be written.
    pub fn copy(&mut self, segment: Segment, out: &mut dyn Write) -> Result<(), ReportError> {
        self.store.seek(SeekFrom::Start(segment.start)).map_err(ReportError::Spool)?;
        let mut rest = (&mut self.store).take(segment.length);
        let mut buffer = [0; BUFFER];
        while rest.limit() > 0 {
            match rest.read(&mut buffer) {
                Ok(0) => return Err(ReportError::Spool(io::ErrorKind::UnexpectedEof.into())),
                Ok(length) => out.write_all(&buffer[..length])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ReportError::Spool(error)),
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Spool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spool").field("end", &self.end).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn fetched(spool: &mut Spool, segment: Segment) -> Vec<u8> {
        let mut out = Vec::new();
        spool.copy(segment, &mut out).unwrap();
        out
    }

    #[test]
    fn parts_are_fetched_in_any_order_and_put_between() {
        let mut spool = Spool::new(Cursor::new(Vec::new()));
        let long = vec![b'x'; BUFFER * 2 + 1];
        let (first, second, empty) =
            (spool.put(b"first").unwrap(), spool.put(&long).unwrap(), spool.put(b"").unwrap());
        assert_eq!(fetched(&mut spool, second), long);
        let third = spool.put(b"third").unwrap();
        assert_eq!(fetched(&mut spool, first), b"first");
        assert_eq!(fetched(&mut spool, third), b"third");
        assert_eq!(fetched(&mut spool, empty), b"");
        let (head, tail) = third.split(2);
        assert_eq!((fetched(&mut spool, head), fetched(&mut spool, tail)), (b"th".into(), b"ird".into()));
        assert_eq!(third.split(6).0, third);
    }

    /// A store with a limited capacity.
    struct Full(Cursor<Vec<u8>>, usize);

    impl Write for Full {
        fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
            let room = self.1 - self.0.get_ref().len();
            if room == 0 {
                Err(io::ErrorKind::StorageFull.into())
            } else {
                self.0.write(&buffer[..room.min(buffer.len())])
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Read for Full {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }

    impl Seek for Full {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    #[test]
    fn a_full_store_and_a_full_output_are_told_apart() {
        let mut spool = Spool::new(Full(Cursor::new(Vec::new()), 7));
        let first = spool.put(b"first").unwrap();
        let error = spool.put(b"second").unwrap_err();
        assert!(
            matches!(&error, ReportError::Spool(error) if error.kind() == io::ErrorKind::StorageFull),
            "{error}"
        );
        assert_eq!(fetched(&mut spool, first), b"first");
        let mut small = [0; 3];
        let error = spool.copy(first, &mut small.as_mut_slice()).unwrap_err();
        assert!(matches!(error, ReportError::Io(_)), "{error}");
        let beyond = Segment { start: 6, length: 4 };
        let error = spool.copy(beyond, &mut Vec::new()).unwrap_err();
        assert!(matches!(error, ReportError::Spool(_)), "{error}");
    }
}
