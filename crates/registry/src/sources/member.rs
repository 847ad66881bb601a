//! Members of `.zip` archives, read with an eye on bombs.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::Problem;
use super::blob::{Blob, too_large};

/// An archive with more members than this is not looked through.
const MOST_MEMBERS: usize = 200_000;

/// A member that unpacks to more than this, and to more than [`HIGHEST_RATIO`] times its packed size, is a bomb.
const SUSPICIOUS_SIZE: u64 = 256 << 20;
const HIGHEST_RATIO: u64 = 200;

/// The members of an archive that are files.
pub(super) fn list(archive: &Path) -> Result<(Vec<Blob>, Vec<Problem>), String> {
    let mut zip = open(archive).map_err(|error| error.to_string())?;
    if zip.len() > MOST_MEMBERS {
        return Err(format!("the archive has {} members, more than {MOST_MEMBERS}", zip.len()));
    }
    let mut blobs = Vec::new();
    let mut problems = Vec::new();
    for index in 0..zip.len() {
        let mut refuse = |name: String, message: String| {
            problems.push(Problem { place: format!("{}!{name}", archive.display()), message });
        };
        match zip.by_index_raw(index) {
            Err(error) => refuse(format!("#{index}"), format!("damaged archive member: {error}")),
            Ok(member) if member.is_dir() => {}
            Ok(member) => {
                let name = member.name().replace('\\', "/");
                let (size, packed) = (member.size(), member.compressed_size());
                if member.encrypted() {
                    refuse(name, "is encrypted; unpack the archive first".to_owned());
                } else if size > SUSPICIOUS_SIZE && size / packed.max(1) > HIGHEST_RATIO {
                    refuse(
                        name,
                        format!("unpacks {packed} bytes to {size}: refused as a decompression bomb"),
                    );
                } else {
                    blobs.push(Blob::Member { archive: archive.to_owned(), index, name, size });
                }
            }
        }
    }
    Ok((blobs, problems))
}

/// At most `limit` bytes of a member; where `whole` is set, more than that is an error.
pub(super) fn read(archive: &Path, index: usize, limit: u64, whole: bool) -> io::Result<Vec<u8>> {
    let mut zip = open(archive)?;
    let member = zip.by_index(index).map_err(io::Error::other)?;
    // The claimed size is not believed: what is unpacked is counted.
    let mut bytes = Vec::new();
    member.take(limit + u64::from(whole)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
}

fn open(archive: &Path) -> io::Result<zip::ZipArchive<BufReader<File>>> {
    zip::ZipArchive::new(BufReader::new(File::open(archive)?)).map_err(io::Error::other)
}
