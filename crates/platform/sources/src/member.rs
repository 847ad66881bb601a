//! Members of `.zip` archives, with protection against decompression bombs.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use super::blob::Blob;
use crate::error::{Cause, ContentError, FileError, ReadError};

/// Limit on the members of an archive.
const MOST_MEMBERS: usize = 200_000;

/// A member that unpacks to more than this, and to more than [`HIGHEST_RATIO`] times its packed size, is
/// treated as a bomb. Deflate packs real hives to a tenth of their size, and any data to a thousandth at
/// best.
const SUSPICIOUS_SIZE: u64 = 64 << 20;
const HIGHEST_RATIO: u64 = 200;

/// Splits `ARCHIVE!MEMBER` after an archive that exists; `None` for any other path. The member is a file or a
/// folder, with `/` between folders.
pub(super) fn split(path: &Path) -> Option<(PathBuf, String)> {
    let text = path.to_str()?;
    text.match_indices('!').find_map(|(at, _)| {
        let archive = Path::new(&text[..at]);
        let member = text[at + 1..].replace('\\', "/");
        let member = member.trim_matches('/');
        (archive.is_file() && !member.is_empty()).then(|| (archive.to_owned(), member.to_owned()))
    })
}

/// Whether a name in an archive is the wanted member, is in the wanted folder, or is a transaction log of the
/// wanted hive.
pub(super) fn is_wanted(name: &str, wanted: &str) -> bool {
    let rest = name.get(..wanted.len()).filter(|head| head.eq_ignore_ascii_case(wanted));
    rest.is_some_and(|_| {
        let rest = &name[wanted.len()..];
        rest.is_empty() || rest.starts_with('/') || rest.to_ascii_uppercase().starts_with(".LOG")
    })
}

/// A member of an archive and its first bytes.
pub(super) type Listed = (Blob, Result<Vec<u8>, Cause>);

/// The file members of an archive, each with up to `head` of its first bytes.
pub(super) fn list(archive: &Path, head: u64) -> Result<(Vec<Listed>, Vec<ReadError>), Cause> {
    let mut zip = open(archive)?;
    let count = zip.len();
    if count > MOST_MEMBERS {
        return Err(ContentError::TooManyMembers { members: count, limit: MOST_MEMBERS }.into());
    }
    let mut members = Vec::new();
    let mut errors = Vec::new();
    for index in 0..count {
        let mut reject = |name: &str, cause: Cause| {
            errors.push(ReadError::new(format!("{}!{name}", archive.display()), cause));
        };
        let member = zip.by_index_raw(index).and_then(|member| {
            let name = member.name()?.replace('\\', "/");
            Ok((name, member.is_dir(), member.encrypted(), member.size(), member.compressed_size()))
        });
        let (name, size) = match member {
            Err(error) => {
                reject(&format!("#{index}"), error.into());
                continue;
            }
            Ok((_, true, ..)) => continue,
            Ok((name, _, true, ..)) => {
                reject(&name, ContentError::Encrypted.into());
                continue;
            }
            Ok((name, .., size, packed))
                if size > SUSPICIOUS_SIZE && size / packed.max(1) > HIGHEST_RATIO =>
            {
                reject(&name, ContentError::Bomb { packed, size }.into());
                continue;
            }
            Ok((name, .., size, _)) => (name, size),
        };
        let first = first_bytes(archive, &mut zip, index, head);
        members.push((Blob::Member { archive: archive.to_owned(), index, name, size }, first));
    }
    Ok((members, errors))
}

/// Up to `length` of the first bytes of a member.
pub(super) fn head(archive: &Path, index: usize, length: u64) -> Result<Vec<u8>, Cause> {
    first_bytes(archive, &mut open(archive)?, index, length)
}

/// The content of a member; an error if it is larger than the archive states.
pub(super) fn read(archive: &Path, index: usize, claimed: u64) -> Result<Vec<u8>, Cause> {
    // Unpacked bytes are counted, so that a false size has no effect.
    let bytes = first_bytes(archive, &mut open(archive)?, index, claimed + 1)?;
    if bytes.len() as u64 > claimed {
        return Err(ContentError::FalseSize(claimed).into());
    }
    Ok(bytes)
}

type Archive = zip::ZipArchive<BufReader<File>>;

fn first_bytes(archive: &Path, zip: &mut Archive, index: usize, length: u64) -> Result<Vec<u8>, Cause> {
    let member = zip.by_index(index)?;
    let mut bytes = Vec::with_capacity(usize::try_from(length.min(member.size() + 1)).unwrap_or(0));
    member.take(length).read_to_end(&mut bytes).map_err(|error| FileError::new(archive, error))?;
    Ok(bytes)
}

fn open(archive: &Path) -> Result<Archive, Cause> {
    let file = File::open(archive).map_err(|error| FileError::new(archive, error))?;
    Ok(zip::ZipArchive::new(BufReader::new(file))?)
}
