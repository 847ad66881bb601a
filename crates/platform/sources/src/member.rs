//! Members of `.zip` archives, read with an eye on bombs.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::Problem;
use super::blob::Blob;

/// An archive with more members than this is not looked through.
const MOST_MEMBERS: usize = 200_000;

/// A member that unpacks to more than this, and to more than [`HIGHEST_RATIO`] times its packed size, is a bomb: deflate packs
/// real hives to a tenth, and at most to a thousandth of anything.
const SUSPICIOUS_SIZE: u64 = 64 << 20;
const HIGHEST_RATIO: u64 = 200;

/// A member of an archive with its first bytes.
pub(super) type Listed = (Blob, io::Result<Vec<u8>>);

/// The members of an archive that are files, each with at most `head` of its first bytes.
pub(super) fn list(archive: &Path, head: u64) -> Result<(Vec<Listed>, Vec<Problem>), String> {
    let mut zip = open(archive).map_err(|error| error.to_string())?;
    if zip.len() > MOST_MEMBERS {
        return Err(format!("the archive has {} members, more than {MOST_MEMBERS}", zip.len()));
    }
    let mut members = Vec::new();
    let mut problems = Vec::new();
    for index in 0..zip.len() {
        let mut refuse = |name: String, message: String| {
            problems.push(Problem { place: format!("{}!{name}", archive.display()), message });
        };
        let (name, size) = match zip.by_index_raw(index) {
            Err(error) => {
                refuse(format!("#{index}"), format!("damaged archive member: {error}"));
                continue;
            }
            Ok(member) if member.is_dir() => continue,
            Ok(member) => {
                let name = match member.name() {
                    Ok(name) => name.replace('\\', "/"),
                    Err(error) => {
                        refuse(format!("#{index}"), format!("damaged archive member: {error}"));
                        continue;
                    }
                };
                let (size, packed) = (member.size(), member.compressed_size());
                if member.encrypted() {
                    refuse(name, "is encrypted; unpack the archive first".to_owned());
                    continue;
                }
                if size > SUSPICIOUS_SIZE && size / packed.max(1) > HIGHEST_RATIO {
                    let message =
                        format!("unpacks {packed} bytes to {size}: refused as a decompression bomb");
                    refuse(name, message);
                    continue;
                }
                (name, size)
            }
        };
        let first = first_bytes(&mut zip, index, head);
        members.push((Blob::Member { archive: archive.to_owned(), index, name, size }, first));
    }
    Ok((members, problems))
}

/// At most `length` of a member's first bytes.
pub(super) fn head(archive: &Path, index: usize, length: u64) -> io::Result<Vec<u8>> {
    first_bytes(&mut open(archive)?, index, length)
}

/// The whole of a member, which must not be longer than the archive claims.
pub(super) fn read(archive: &Path, index: usize, claimed: u64) -> io::Result<Vec<u8>> {
    // What is unpacked is counted, so that a false claim gains nothing.
    let bytes = first_bytes(&mut open(archive)?, index, claimed + 1)?;
    if bytes.len() as u64 > claimed {
        return Err(io::Error::other(
            "unpacks to more than the archive says: refused as a decompression bomb",
        ));
    }
    Ok(bytes)
}

type Archive = zip::ZipArchive<BufReader<File>>;

fn first_bytes(zip: &mut Archive, index: usize, length: u64) -> io::Result<Vec<u8>> {
    let member = zip.by_index(index).map_err(io::Error::other)?;
    let mut bytes = Vec::with_capacity(usize::try_from(length.min(member.size() + 1)).unwrap_or(0));
    member.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn open(archive: &Path) -> io::Result<Archive> {
    zip::ZipArchive::new(BufReader::new(File::open(archive)?)).map_err(io::Error::other)
}
