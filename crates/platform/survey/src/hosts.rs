//! A file that lists hosts, one per line.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use sources::{BadTarget, Target};

use crate::error::HostListError;

const MAX_SIZE: u64 = 16 << 20;

/// A line's number, and the host that it names.
type Line = (usize, Result<Target, BadTarget>);

/// The lines that name a host, with their numbers. Empty lines and comments (`#`) are skipped; a host that is
/// listed twice is returned once. A list without a host is an error.
pub(crate) fn read(file: &Path) -> Result<Vec<Line>, HostListError> {
    let size = fs::metadata(file)?.len();
    if size > MAX_SIZE {
        return Err(HostListError::TooLarge(size));
    }
    let text = String::from_utf8(fs::read(file)?).map_err(|_| HostListError::NotText)?;
    let lines = parse(&text);
    if lines.is_empty() { Err(HostListError::Empty) } else { Ok(lines) }
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
    fn hosts_are_listed_one_per_line_in_any_form() {
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

    #[test]
    fn a_list_without_a_host_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hosts");
        fs::write(&file, "# nobody\n\n").unwrap();
        assert!(matches!(read(&file), Err(HostListError::Empty)));
    }
}
