//! A file that lists hosts, one on a line.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use sources::{BadTarget, Target};

/// A list of more bytes than this is something else.
const LARGEST: u64 = 16 << 20;

/// A line's number, and the host that it names.
type Line = (usize, Result<Target, BadTarget>);

/// The lines that name a host, with their numbers. Blank lines, and what follows a `#`, are passed over; a host that is listed twice is
/// read once.
pub fn read(file: &Path) -> Result<Vec<Line>, String> {
    let metadata = fs::metadata(file).map_err(|error| error.to_string())?;
    if metadata.len() > LARGEST {
        return Err(format!("has {} bytes, more than any list of hosts", metadata.len()));
    }
    let bytes = fs::read(file).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())?;
    Ok(parse(&text))
}

fn parse(text: &str) -> Vec<Line> {
    let mut met = HashSet::new();
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    lines
        .map(|(index, line)| (index + 1, line.split('#').next().unwrap_or_default().trim()))
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| {
            let target = if Target::looks_like(line) {
                Target::parse(line)
            } else {
                Target::parse(&format!("smb://{line}"))
            };
            (number, target)
        })
        .filter(|(_, target)| target.as_ref().map_or(true, |target| met.insert(target.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_on_a_line_however_it_is_written() {
        let text = "\u{feff}# the farm\nRDSH01\n\\\\RDSH02  # the second\r\n\nsmb://CORP;admin@RDSH03:4450\nRDSH01\nno host\n";
        let parsed = parse(text);
        let shown: Vec<_> = parsed
            .iter()
            .map(|(number, target)| {
                (*number, target.as_ref().map_or_else(ToString::to_string, ToString::to_string))
            })
            .collect();
        assert_eq!(
            shown,
            [
                (2, r"\\RDSH01".to_owned()),
                (3, r"\\RDSH02".to_owned()),
                (5, "smb://CORP;admin@RDSH03:4450".to_owned()),
                (7, BadTarget::Character.to_string()),
            ]
        );
    }
}
