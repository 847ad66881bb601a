//! Which deleted keys and values are of licensing, and which of them are secrets.

use serde::Serialize;
use snapshot::Name;
use snapshot::recovered::{Candidate, FormerPath, Recovery, Wanted};

use crate::explain::{components_match, wildcard};
use crate::judge::UnreadSource;
use crate::knowledge::{Role, capture, keys, values};
use crate::places;

/// The schema of [`DeletedReport`] in JSON.
pub const DELETED_SCHEMA: &str = "rdscal.deleted/1";

/// What was recovered from all sources.
#[derive(Debug, Serialize)]
pub struct DeletedReport {
    /// [`DELETED_SCHEMA`].
    pub schema: &'static str,
    /// Whether everything is listed, or what licensing knows.
    pub everything: bool,
    /// The hives of each machine.
    pub sources: Vec<Recovery>,
    /// What could not be searched.
    pub problems: Vec<UnreadSource>,
}

/// What is asked about each record that a source recovers.
///
/// Built once for a run: the tables are spelled for comparison here.
#[derive(Debug)]
pub struct Filter {
    everything: bool,
    /// Keys below which everything is of licensing.
    trees: Vec<Vec<String>>,
    /// Single keys, with the names of the values that are known there.
    keys: Vec<(Vec<String>, Vec<String>)>,
    /// Names that belong to licensing in any key.
    names: Vec<String>,
    /// Names of values whose data is never shown.
    secret_names: Vec<String>,
}

/// Last components of paths that belong to licensing even where the parent path is lost.
const TELLING: [&str; 9] = [
    "rcm",
    "licensing core",
    "graceperiod",
    "licenseservers",
    "specifiedlicenseservers",
    "termservlicensing",
    "terminal services",
    "mslicensing",
    "license0*",
];

/// Names of known values that many other keys have too.
const COMMON: [&str; 7] =
    ["start", "imagepath", "objectname", "servicedll", "productid", "productversion", "instanceid"];

impl Filter {
    /// A filter for what licensing knows, or for everything. Secrets stay secret in both.
    #[must_use]
    pub fn new(everything: bool) -> Self {
        let folklore = keys::all().filter(|row| matches!(row.role, Role::Folklore | Role::Secret));
        let trees = places::licensing().iter().map(ToString::to_string).collect::<Vec<_>>();
        let trees = trees.iter().map(String::as_str).chain(folklore.map(|row| row.path));
        let known =
            |row: &keys::KeyRow| values::of_key(row.id).map(|value| value.name.to_lowercase()).collect();
        let secret = values::all().filter(|row| row.never_touch).map(|row| row.name);
        let omitted = capture::SELECTORS.iter().flat_map(|selector| selector.omit.iter().copied());
        let names =
            values::all().filter(|row| row.role != Role::Context && !row.name.trim_matches('*').is_empty());
        Self {
            everything,
            trees: trees.map(spelled).collect(),
            keys: keys::all().map(|row| (spelled(row.path), known(row))).collect(),
            names: names
                .map(|row| row.name.to_lowercase())
                .filter(|name| !COMMON.contains(&name.as_str()))
                .collect(),
            secret_names: secret.chain(omitted).map(str::to_lowercase).collect(),
        }
    }

    /// Whether a record is to be listed, and whether its data is a secret.
    #[must_use]
    pub fn wanted(&self, candidate: Candidate<'_>) -> Wanted {
        let parts = Parts::of(candidate.key);
        let value = candidate.value.map(lower);
        Wanted {
            listed: self.everything || self.knows(&parts, value.as_deref()),
            secret: self.is_secret(candidate.hive, &parts, value.as_deref()),
        }
    }

    fn knows(&self, parts: &Parts, value: Option<&str>) -> bool {
        let named = |names: &[String], value: &str| names.iter().any(|name| wildcard(name, value));
        match parts {
            Parts::Whole(parts) => {
                self.trees.iter().any(|tree| begins(tree, parts))
                    || self
                        .keys
                        .iter()
                        .any(|(key, names)| same(key, parts) && value.is_none_or(|value| named(names, value)))
            }
            Parts::Tail(tail) => {
                self.trees.iter().any(|tree| meets(tree, tail, true))
                    || self.keys.iter().any(|(key, names)| {
                        meets(key, tail, false) && value.is_none_or(|value| named(names, value))
                    })
            }
            Parts::Elsewhere(_) => false,
            Parts::None => value.is_some_and(|value| named(&self.names, value)),
        }
    }

    fn is_secret(&self, hive: Option<&str>, parts: &Parts, value: Option<&str>) -> bool {
        // Passwords and keys of the machine, and nothing else that matters here.
        if hive.is_some_and(|hive| hive == "SECURITY" || hive == "SAM") {
            return true;
        }
        let path = match parts {
            Parts::Whole(path) | Parts::Tail(path) | Parts::Elsewhere(path) => path.as_slice(),
            Parts::None => &[],
        };
        let in_path = path.windows(2).any(|pair| {
            pair.last().is_some_and(|last| last == "secrets")
                && pair.first().is_some_and(|first| first == "rcm" || first == "policy")
        });
        // Of a tail it is not known what stood before.
        let first = matches!(parts, Parts::Tail(_))
            && path.first().is_some_and(|first| {
                matches!(first.as_str(), "secrets" | "currval" | "oldval") || first.starts_with("l$")
            });
        let by_name = value.is_some_and(|value| {
            value.starts_with("l$") && !path.iter().any(|name| name == "graceperiod")
                || self.secret_names.iter().any(|name| wildcard(name, value))
        });
        in_path || first || by_name
    }
}

/// No path of the tables has half as many names; those behind are not looked at.
const DEEPEST: usize = 24;

/// A path's names in lower case, its control set as the current one.
enum Parts {
    Whole(Vec<String>),
    Tail(Vec<String>),
    /// In a hive without licensing keys.
    Elsewhere(Vec<String>),
    None,
}

impl Parts {
    fn of(path: &FormerPath) -> Self {
        let text = |path: &str| path.split('\\').take(DEEPEST).map(str::to_lowercase).collect::<Vec<_>>();
        match path {
            FormerPath::Full(path) => {
                let mut parts: Vec<_> = path.parts().iter().take(DEEPEST).map(lower).collect();
                if let [hive, set, ..] = parts.as_mut_slice()
                    && hive == "system"
                    && set.strip_prefix("controlset").is_some_and(|number| number.parse::<u16>().is_ok())
                {
                    "currentcontrolset".clone_into(set);
                }
                Self::Whole(parts)
            }
            FormerPath::InHive(path) => Self::Elsewhere(text(path)),
            FormerPath::Partial(path) => Self::Tail(text(path)),
            FormerPath::Unknown => Self::None,
        }
    }
}

fn lower(name: &Name) -> String {
    name.to_string().to_lowercase()
}

/// The names of a path of the tables, below `HKLM`.
fn spelled(path: &str) -> Vec<String> {
    path.split('\\').skip(1).map(str::to_lowercase).collect()
}

fn same(pattern: &[String], parts: &[String]) -> bool {
    let pattern: Vec<&str> = pattern.iter().map(String::as_str).collect();
    components_match(&pattern, parts)
}

fn begins(pattern: &[String], parts: &[String]) -> bool {
    if pattern.iter().any(|name| name == "**") {
        return pattern.last().is_some_and(|last| parts.contains(last));
    }
    parts.get(..pattern.len()).is_some_and(|head| same(pattern, head))
}

/// Whether a tail may be the end of this path or, with `below`, of a path below it. At least two names must
/// match, or one that is distinctive.
fn meets(pattern: &[String], tail: &[String], below: bool) -> bool {
    if pattern.iter().any(|name| name == "**") {
        return pattern.last().is_some_and(|last| tail.contains(last));
    }
    (1..pattern.len()).any(|start| {
        let Some(end) = pattern.get(start..) else { return false };
        let telling = end.len() > 1 || end.first().is_some_and(|only| TELLING.contains(&only.as_str()));
        telling && if below { begins(end, tail) } else { same(end, tail) }
    })
}

#[cfg(test)]
mod tests {
    use snapshot::KeyPath;

    use super::*;

    fn wanted(hive: &str, key: &FormerPath, value: Option<&str>) -> Wanted {
        let value = value.map(Name::from);
        Filter::new(false).wanted(Candidate { hive: Some(hive), key, value: value.as_ref() })
    }

    fn full(path: &str) -> FormerPath {
        FormerPath::Full(KeyPath::hklm(path))
    }

    fn tail(path: &str) -> FormerPath {
        FormerPath::Partial(path.to_owned())
    }

    #[test]
    fn what_licensing_knows_is_listed() {
        let core = full(r"SYSTEM\ControlSet002\Control\Terminal Server\RCM\Licensing Core");
        let license = full(r"SOFTWARE\Microsoft\MSLicensing\Store\LICENSE007");
        for key in [&core, &license, &tail(r"RCM\GracePeriod"), &tail("LICENSE001"), &tail("GracePeriod")] {
            assert_eq!(wanted("SYSTEM", key, None), Wanted { listed: true, secret: false }, "{key}");
        }
        assert!(wanted("SYSTEM", &core, Some("anything")).listed);
        assert!(wanted("SYSTEM", &FormerPath::Unknown, Some("licensingmode")).listed);
        let product = full(r"SYSTEM\ControlSet001\Control\ProductOptions");
        assert!(wanted("SYSTEM", &product, Some("ProductType")).listed);
        assert!(!wanted("SYSTEM", &product, Some("Other")).listed);
    }

    #[test]
    fn what_others_have_is_not() {
        let others = [
            full(r"SYSTEM\ControlSet001\Services\Dhcp"),
            full(r"SOFTWARE\Microsoft\Windows"),
            tail("Parameters"),
            tail("Store"),
            tail("Secrets"),
            FormerPath::InHive(r"Software\Microsoft\MSLicensing".to_owned()),
        ];
        for key in others {
            assert!(!wanted("SYSTEM", &key, None).listed, "{key}");
        }
        assert!(!wanted("SYSTEM", &FormerPath::Unknown, Some("Start")).listed);
        assert!(!wanted("SYSTEM", &FormerPath::Unknown, Some("")).listed);
        assert!(Filter::new(true).wanted(Candidate { hive: None, key: &tail("Store"), value: None }).listed);
    }

    #[test]
    fn secrets_are_known_by_their_place_and_by_their_name() {
        let secrets = full(r"SYSTEM\ControlSet001\Control\Terminal Server\RCM\Secrets");
        let listener = full(r"SYSTEM\ControlSet001\Control\Terminal Server\WinStations\RDP-Tcp");
        for (hive, key, name) in [
            ("SYSTEM", &secrets, "anything"),
            ("SYSTEM", &tail(r"Secrets"), "anything"),
            ("SYSTEM", &tail(r"RCM\Secrets"), ""),
            ("SYSTEM", &tail(r"L$HYDRAENCKEY_1\CurrVal"), ""),
            ("SYSTEM", &FormerPath::Unknown, "L$HYDRAENCKEY_28ada6da-d622-11d1-9cb9-00c04fb16e75"),
            ("SYSTEM", &listener, "Password"),
            ("SECURITY", &FormerPath::Unknown, ""),
            ("SAM", &FormerPath::Unknown, "V"),
        ] {
            assert!(wanted(hive, key, Some(name)).secret, "{hive} {key} {name}");
        }
        let grace = full(r"SYSTEM\ControlSet001\Control\Terminal Server\RCM\GracePeriod");
        let record = "L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588";
        assert_eq!(wanted("SYSTEM", &grace, Some(record)), Wanted { listed: true, secret: false });
    }
}
