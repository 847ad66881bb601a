//! `rdscal cal`: decode client licenses.

use std::path::Path;

use diagnostic::{Code, Message};
use licensing::cal::{self, CAL_SCHEMA, CalReport, FoundLicense};
use licensing::knowledge::capture;
use snapshot::FileTime;
use sources::{Blob, ReadError};

use crate::args::{self, CalArgs, Format, TEXT_OR_JSON};
use crate::exit::{Exit, Failure};
use crate::output;

/// Size limit of a file in bytes. A license has about two kilobytes, and no encoding of it is a thousand
/// times longer.
const LARGEST_LICENSE: u64 = 16 << 20;

/// Runs the command.
pub fn run(args: &CalArgs) -> Result<Exit, Failure> {
    let format = args.output.format(args.format, TEXT_OR_JSON)?;
    let judged_at = args.at.unwrap_or_else(args::now);
    let mut whole = true;
    let mut licenses = Vec::new();
    for file in &args.files {
        match decode(file, judged_at) {
            Ok(found) => licenses.extend(found),
            Err(message) => {
                output::message(&message.about(file.display()));
                whole = false;
            }
        }
    }
    whole &= licenses.iter().all(|license| license.content.is_ok());
    let worst = licenses.iter().filter_map(FoundLicense::severity).max();
    let report = CalReport { schema: CAL_SCHEMA, judged_at, licenses };
    let text = match format {
        Format::Json => report::json::render(&report)?,
        _ => report::text::cal(&report, output::width()),
    };
    output::write(&text, &args.output)?;
    Ok(Exit::of(whole, args.fail_on.is_reached(worst)))
}

/// The licenses of a registry source, or of a file that contains one license.
fn decode(path: &Path, at: FileTime) -> Result<Vec<FoundLicense>, Message> {
    let of = |problem: ReadError| Message::of(&problem.cause);
    let found = sources::discover(path);
    if !found.places.is_empty() {
        let scope = capture::scope();
        let mut licenses = Vec::new();
        for place in &found.places {
            let snapshot = place.capture(&scope).map_err(of)?;
            licenses.extend(cal::from_snapshot(&snapshot, at));
        }
        return if licenses.is_empty() {
            Err(Message::new(Code::NotFound, "contains no client license: MSLicensing\\Store has none"))
        } else {
            Ok(licenses)
        };
    }
    if path.is_dir() {
        let is_not = || Message::new(Code::UnknownFormat, "is not a file");
        return Err(found.problems.into_iter().next().map_or_else(is_not, of));
    }
    let blob = Blob::open(path).map_err(of)?;
    if blob.size() == 0 {
        return Err(Message::new(Code::UnknownFormat, "is an empty file"));
    }
    let bytes = blob.read_at_most(LARGEST_LICENSE).map_err(of)?;
    Ok(vec![cal::from_file(&path.display().to_string(), &bytes, at)])
}
