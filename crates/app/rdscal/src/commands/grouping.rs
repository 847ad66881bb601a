//! Groups of machines: the folders and archives that stand for their owners.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use licensing::{MachineReport, MachineSummary};

/// How machines are grouped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum GroupBy {
    /// By domain; without a domain, by folder or archive
    #[default]
    Auto,
    /// All machines are one group
    None,
    /// By the first folder below the SOURCE, or the folder of a file
    Folder,
    /// By archive; files that are in none, by SOURCE
    Archive,
    /// By DNS domain
    Domain,
}

/// The groups of one run.
#[derive(Debug)]
pub struct Grouping {
    by: GroupBy,
    sources: Vec<String>,
}

impl Grouping {
    pub fn new(by: GroupBy, sources: &[PathBuf]) -> Self {
        let mut sources: Vec<_> = sources.iter().map(|path| shown(path)).collect();
        // The longest one that contains a place is its source.
        sources.sort_by_key(|source| std::cmp::Reverse(source.len()));
        Self { by, sources }
    }

    /// True if machines of different groups are never compared, even in one domain.
    pub fn is_strict(&self) -> bool {
        !matches!(self.by, GroupBy::Auto | GroupBy::None)
    }

    /// Records the group of a judged machine.
    pub fn assign(&self, machine: &mut MachineReport) {
        let key = &mut machine.fleet_key;
        let place = machine.source.files.first().map_or(&machine.source.locator, |file| &file.path);
        key.group = match self.by {
            GroupBy::None => String::new(),
            GroupBy::Auto | GroupBy::Folder => self.folder(place),
            GroupBy::Archive => self.archive(place),
            GroupBy::Domain => key.domain.clone().unwrap_or_default(),
        };
    }

    /// The source that contains this place, and the rest of its path.
    fn split<'p>(&self, place: &'p str) -> Option<(&str, &'p str)> {
        self.sources.iter().find_map(|source| {
            let rest = place.strip_prefix(source.as_str())?;
            let is_whole = rest.is_empty() || rest.starts_with(SEPARATORS) || source.ends_with(SEPARATORS);
            is_whole.then(|| (source.as_str(), rest.trim_start_matches(SEPARATORS)))
        })
    }

    fn folder(&self, place: &str) -> String {
        match self.split(place) {
            // Machines on the network.
            None => String::new(),
            Some((source, rest)) => match rest.split_once(SEPARATORS) {
                Some((first, _)) => {
                    let end = place.len() - rest.len() + first.len();
                    place.get(..end).unwrap_or(source).to_owned()
                }
                None if rest.is_empty() => parent(source),
                None => source.to_owned(),
            },
        }
    }

    fn archive(&self, place: &str) -> String {
        match (place.split_once('!'), self.split(place)) {
            (Some((archive, _)), _) => archive.to_owned(),
            (None, Some((source, ""))) => parent(source),
            (None, Some((source, _))) => source.to_owned(),
            (None, None) => String::new(),
        }
    }
}

const SEPARATORS: [char; 3] = ['/', '\\', '!'];

fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    text.trim_end_matches(['/', '\\']).to_owned()
}

fn parent(path: &str) -> String {
    path.rsplit_once(SEPARATORS).map(|(above, _)| above.to_owned()).unwrap_or_default()
}

/// Adds the group to labels that occur more than once, or the place if that is not sufficient.
pub fn distinguish<'m>(machines: impl Iterator<Item = &'m mut MachineSummary>) {
    let mut machines: Vec<_> = machines.collect();
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for machine in &machines {
        let key = &machine.fleet_key;
        groups.entry(key.label.to_lowercase()).or_default().push(key.group.clone());
    }
    for machine in &mut machines {
        let key = &mut machine.fleet_key;
        let Some(others) = groups.get(&key.label.to_lowercase()).filter(|others| others.len() > 1) else {
            continue;
        };
        if key.label == key.locator {
            continue;
        }
        let is_unique = others.iter().filter(|group| **group == key.group).count() == 1;
        let apart = if is_unique && !key.group.is_empty() { &key.group } else { &key.locator };
        key.label = format!("{} ({apart})", key.label);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_folder_below_the_source_is_the_group() {
        let grouping =
            |by, sources: &[&str]| Grouping::new(by, &sources.iter().map(PathBuf::from).collect::<Vec<_>>());
        let folders = grouping(GroupBy::Folder, &["customers/", "one/server.reg", "all.zip"]);
        for (place, expected) in [
            ("customers/a/host1/SYSTEM", "customers/a"),
            ("customers/b.zip!host1/SYSTEM", "customers/b.zip"),
            ("customers/host1.reg", "customers"),
            ("one/server.reg", "one"),
            ("all.zip!shop1/SYSTEM", "all.zip!shop1"),
            (r"\\rdsh01", ""),
        ] {
            assert_eq!(folders.folder(place), expected, "{place}");
        }
        let archives = grouping(GroupBy::Archive, &["customers"]);
        assert_eq!(archives.archive("customers/b.zip!host1/SYSTEM"), "customers/b.zip");
        assert_eq!(archives.archive("customers/a/SYSTEM"), "customers");
    }
}
