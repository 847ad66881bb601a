//! Recognizing the roots of key paths in exports of hives that were loaded under another name.
//!
//! Offline servicing loads hives as `HKEY_LOCAL_MACHINE\OFFLINE`, HiveSwarming writes `(HiveRoot)`, and
//! hivexregedit and RegFileExport write no root. Such a root is recognized by the names directly below it:
//! every SYSTEM hive has `ControlSet001`, every SOFTWARE hive has `Microsoft`.

use std::collections::BTreeMap;

use crate::coverage::{MappedRoot, UnknownRoot};
use crate::{KeyPath, Name, RootKey};

/// The hives that Windows mounts below `HKEY_LOCAL_MACHINE`.
///
/// Source: Microsoft Learn, *Registry Hives*; measured on Windows 11 for the last five.
const MOUNTS: [&str; 10] = [
    "SYSTEM",
    "SOFTWARE",
    "SAM",
    "SECURITY",
    "HARDWARE",
    "BCD00000000",
    "COMPONENTS",
    "DRIVERS",
    "SCHEMA",
    "WindowsAppLockerCache",
];

/// Names directly below the root of a SYSTEM hive, beside the control sets.
const SYSTEM: [&str; 8] = [
    "Select",
    "MountedDevices",
    "WPA",
    "ResourceManager",
    "HardwareConfig",
    "DriverDatabase",
    "ActivationBroker",
    "Setup",
];

/// Names directly below the root of a SOFTWARE hive.
const SOFTWARE: [&str; 6] =
    ["Microsoft", "Policies", "WOW6432Node", "Classes", "RegisteredApplications", "ODBC"];

/// Names directly below the root of a user's hive (NTUSER.DAT).
const USER: [&str; 9] = [
    "Software",
    "Control Panel",
    "Environment",
    "Volatile Environment",
    "Console",
    "AppEvents",
    "Keyboard Layout",
    "Printers",
    "Network",
];

/// Names below a control set.
const CONTROL_SET: [&str; 2] = ["Control", "Services"];

/// Names that programs write for the root of a hive: HiveSwarming, and the root keys of hives as stored
/// (measured in the hives of the test corpus).
const PLACEHOLDERS: [&str; 5] = ["(HiveRoot)", "ROOT", "$$$PROTO.HIV", "REGISTRY", "Computer"];

/// The roots of one source.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    /// For each root as written, in folded form: the names of its prefix, and the key that it stands for.
    known: BTreeMap<String, KeyPath>,
    mapped: Vec<MappedRoot>,
    unknown: Vec<UnknownRoot>,
}

/// A key path in the spelling of a source.
enum Written {
    /// A path below a predefined key.
    Path(KeyPath),
    /// The root as written, and the names below it.
    Loaded(String, Vec<Name>),
}

impl Roots {
    /// Recognizes the roots of these key paths, which are UTF-16 code units with backslashes.
    #[must_use]
    pub fn of<'p>(paths: impl Iterator<Item = &'p [u16]>) -> Self {
        let mut below: BTreeMap<String, Loaded> = BTreeMap::new();
        let mut taken: Vec<KeyPath> = Vec::new();
        for units in paths {
            match written(units) {
                Written::Path(path) => {
                    let mount = path.parts().first().filter(|_| path.root_key() == RootKey::LocalMachine);
                    if let Some(mount) = mount {
                        let mount = KeyPath::root(RootKey::LocalMachine).child(mount);
                        if !taken.contains(&mount) {
                            taken.push(mount);
                        }
                    }
                }
                Written::Loaded(root, names) => {
                    let loaded = below.entry(root.to_lowercase()).or_insert_with(|| Loaded::new(root));
                    loaded.add(&names);
                }
            }
        }
        let mut roots = Self::default();
        for (folded, loaded) in below {
            let Some(key) = loaded.key() else {
                roots.unknown.push(UnknownRoot { written: loaded.written, keys: loaded.keys, second: None });
                continue;
            };
            if taken.contains(&key) {
                // Two hives of one kind are two machines, and are not merged.
                let (written, keys) = (loaded.written, loaded.keys);
                roots.unknown.push(UnknownRoot { written, keys, second: Some(key) });
                continue;
            }
            taken.push(key.clone());
            roots.known.insert(folded, key.clone());
            roots.mapped.push(MappedRoot { written: loaded.written, key });
        }
        roots
    }

    /// The roots that were recognized, each once.
    #[must_use]
    pub fn mapped(&self) -> &[MappedRoot] {
        &self.mapped
    }

    /// The roots that were not recognized.
    #[must_use]
    pub fn unknown(&self) -> &[UnknownRoot] {
        &self.unknown
    }

    /// The path with its predefined key; `None` under an unknown root.
    #[must_use]
    pub fn path(&self, units: &[u16]) -> Option<KeyPath> {
        match written(units) {
            Written::Path(path) => Some(path),
            Written::Loaded(root, names) => {
                let key = self.known.get(&root.to_lowercase())?;
                Some(names.iter().fold(key.clone(), |path, name| path.child(name)))
            }
        }
    }

    /// The path in the spelling of the source, with a long root name.
    #[must_use]
    pub fn spelled(&self, path: &KeyPath) -> Vec<u16> {
        let mapped = self.mapped.iter().find_map(|root| Some((root, path.below(&root.key)?)));
        let (mut text, names) = match mapped {
            Some((root, below)) => (root.written.encode_utf16().collect::<Vec<_>>(), below),
            None => (path.root_key().long().encode_utf16().collect(), path.parts()),
        };
        for name in names {
            if !text.is_empty() && text.last() != Some(&u16::from(b'\\')) {
                text.push(u16::from(b'\\'));
            }
            text.extend(name.to_utf16());
        }
        text
    }
}

/// The hive that the first key below a root belongs to, the least conclusive first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    /// The names below a control set, without the control set.
    ControlSet,
    User,
    Software,
    System,
}

impl Shape {
    fn of(names: &[Name]) -> Option<Self> {
        let first = names.first()?;
        let is_one_of = |table: &[&str]| table.iter().any(|name| first.matches(name));
        if is_control_set(first) || is_one_of(&SYSTEM) {
            Some(Self::System)
        } else if is_one_of(&SOFTWARE) {
            Some(Self::Software)
        } else if is_one_of(&USER) {
            Some(Self::User)
        } else {
            (is_one_of(&CONTROL_SET) && names.len() > 1).then_some(Self::ControlSet)
        }
    }

    /// The key at which Windows mounts such a hive.
    fn key(self) -> KeyPath {
        match self {
            Self::System => KeyPath::hklm("SYSTEM"),
            Self::Software => KeyPath::hklm("SOFTWARE"),
            Self::User => KeyPath::root(RootKey::CurrentUser),
            Self::ControlSet => KeyPath::hklm(r"SYSTEM\CurrentControlSet"),
        }
    }
}

/// What is known of a loaded hive.
struct Loaded {
    written: String,
    keys: usize,
    shape: Option<Shape>,
}

impl Loaded {
    fn new(written: String) -> Self {
        Self { written, keys: 0, shape: None }
    }

    fn add(&mut self, names: &[Name]) {
        self.keys += 1;
        self.shape = self.shape.max(Shape::of(names));
    }

    fn key(&self) -> Option<KeyPath> {
        self.shape.map(Shape::key)
    }
}

fn is_control_set(name: &Name) -> bool {
    let numbered = |name: &str| {
        name.len() == 13
            && name.get(..10).is_some_and(|head| head.eq_ignore_ascii_case("ControlSet"))
            && name.bytes().skip(10).all(|byte| byte.is_ascii_digit())
    };
    name.as_str().is_some_and(|name| name.eq_ignore_ascii_case("CurrentControlSet") || numbered(name))
}

/// Splits a path into its root as written and the names below it.
fn written(units: &[u16]) -> Written {
    let names: Vec<Name> = units
        .split(|&unit| unit == u16::from(b'\\'))
        .filter(|name| !name.is_empty())
        .map(Name::from_utf16)
        .collect();
    let text = |name: &Name| name.as_str().and_then(RootKey::parse);
    // A predefined key comes first, or follows `Computer` or `My Computer` in the notation of regedit.
    let start = names.iter().take(2).position(|name| text(name).is_some());
    if let Some((start, root)) = start.and_then(|at| Some((at, text(names.get(at)?)?))) {
        return below_root(root, names.get(start + 1..).unwrap_or_default());
    }
    // `\REGISTRY\MACHINE` is the name of HKEY_LOCAL_MACHINE in the kernel.
    if let [registry, machine, rest @ ..] = names.as_slice()
        && registry.matches("REGISTRY")
        && machine.matches("MACHINE")
    {
        return below_root(RootKey::LocalMachine, rest);
    }
    rootless(&names, units.first() == Some(&u16::from(b'\\')))
}

/// A path below a predefined key, which may contain a hive under another name.
fn below_root(root: RootKey, names: &[Name]) -> Written {
    let path = |names: &[Name]| names.iter().fold(KeyPath::root(root), |path, name| path.child(name));
    let Some((first, rest)) = names.split_first() else { return Written::Path(path(names)) };
    let is_loaded = match root {
        RootKey::LocalMachine => !MOUNTS.iter().any(|mount| first.matches(mount)),
        RootKey::Users => !first
            .as_str()
            .is_some_and(|name| name.eq_ignore_ascii_case(".DEFAULT") || name.starts_with("S-1-")),
        RootKey::CurrentUser | RootKey::ClassesRoot | RootKey::CurrentConfig => false,
    };
    if is_loaded {
        Written::Loaded(format!(r"{}\{first}", root.long()), rest.to_vec())
    } else {
        Written::Path(path(names))
    }
}

/// A path without a predefined key.
fn rootless(names: &[Name], has_backslash: bool) -> Written {
    let none = if has_backslash { r"\" } else { "" }.to_owned();
    let Some((first, rest)) = names.split_first() else { return Written::Loaded(none, Vec::new()) };
    let is_one_of = |table: &[&str]| table.iter().any(|name| first.matches(name));
    if PLACEHOLDERS.iter().any(|name| first.matches(name)) || is_hive_root(first) {
        return Written::Loaded(format!("{none}{first}"), rest.to_vec());
    }
    // `SYSTEM\ControlSet001`, `SOFTWARE\Microsoft`: the mount point without HKEY_LOCAL_MACHINE. A user's hive
    // has `Software`, too, but no licensing key that a machine also has.
    if is_one_of(&["SYSTEM", "SOFTWARE"]) {
        return Written::Path(names.iter().fold(KeyPath::root(RootKey::LocalMachine), |p, n| p.child(n)));
    }
    let is_top = is_control_set(first)
        || is_one_of(&SYSTEM)
        || is_one_of(&SOFTWARE)
        || is_one_of(&USER)
        || is_one_of(&CONTROL_SET);
    if is_top {
        return Written::Loaded(none, names.to_vec());
    }
    Written::Loaded(format!("{none}{first}"), rest.to_vec())
}

/// The name of the root key of a hive, as setup creates it: `CMI-CreateHive{GUID}`.
fn is_hive_root(name: &Name) -> bool {
    name.as_str()
        .is_some_and(|name| name.starts_with("CMI-CreateHive") || name.starts_with("CsiTool-CreateHive"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(path: &str) -> Vec<u16> {
        path.encode_utf16().collect()
    }

    /// The paths as they are read.
    fn read(paths: &[&str]) -> Vec<String> {
        let paths: Vec<_> = paths.iter().map(|path| units(path)).collect();
        let roots = Roots::of(paths.iter().map(Vec::as_slice));
        paths
            .iter()
            .map(|path| roots.path(path).map_or("unknown".to_owned(), |path| path.to_string()))
            .collect()
    }

    #[test]
    fn hives_under_another_name_are_recognized_by_their_shape() {
        for name in ["OFFLINE", "OFFLINE_SYSTEM", "zSYSTEM", "Mounted Image 7", "SYSTEM_OLD"] {
            for root in ["HKEY_LOCAL_MACHINE", "HKLM", "HKEY_USERS", "Computer\\HKEY_LOCAL_MACHINE"] {
                let path = format!(r"{root}\{name}\ControlSet001\Control\Terminal Server\RCM");
                assert_eq!(
                    read(&[&path]),
                    [r"HKLM\SYSTEM\ControlSet001\Control\Terminal Server\RCM"],
                    "{path}"
                );
            }
        }
        assert_eq!(
            read(&[
                r"HKEY_LOCAL_MACHINE\TempSoftware",
                r"HKEY_LOCAL_MACHINE\TempSoftware\Policies\Microsoft"
            ]),
            [r"HKLM\SOFTWARE", r"HKLM\SOFTWARE\Policies\Microsoft"]
        );
        assert_eq!(read(&[r"HKEY_USERS\X\Control Panel\Desktop"]), [r"HKCU\Control Panel\Desktop"]);
        assert_eq!(read(&[r"HKEY_USERS\.DEFAULT\Software\Microsoft"]), [r"HKU\.DEFAULT\Software\Microsoft"]);
    }

    #[test]
    fn roots_can_be_missing() {
        for (path, expected) in [
            (r"(HiveRoot)\ControlSet001\Services", r"HKLM\SYSTEM\ControlSet001\Services"),
            (r"ControlSet002\Services", r"HKLM\SYSTEM\ControlSet002\Services"),
            (r"\ControlSet001\Services", r"HKLM\SYSTEM\ControlSet001\Services"),
            (r"\Microsoft\Windows NT\CurrentVersion", r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"),
            (r"Policies\Microsoft\Windows NT", r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT"),
            (r"SYSTEM\ControlSet001\Control", r"HKLM\SYSTEM\ControlSet001\Control"),
            (r"\REGISTRY\MACHINE\SYSTEM\Select", r"HKLM\SYSTEM\Select"),
            (r"\Registry\Machine\SOFTWARE\Microsoft", r"HKLM\SOFTWARE\Microsoft"),
            (r"Control\Terminal Server", r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server"),
            (
                r"CMI-CreateHive{2A7FB991-7BBE-4F9D-B91E-7CB51D4737F5}\ControlSet001\Control",
                r"HKLM\SYSTEM\ControlSet001\Control",
            ),
            (r"HKEY_LOCAL_MACHINE\FOO\Bar", "unknown"),
            (r"Licensing Core", "unknown"),
        ] {
            assert_eq!(read(&[path]), [expected], "{path}");
        }
    }

    #[test]
    fn two_hives_of_one_kind_are_not_merged() {
        let paths = [
            r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control",
            r"HKEY_LOCAL_MACHINE\OFFLINE\ControlSet001\Control",
        ];
        assert_eq!(read(&paths), [r"HKLM\SYSTEM\CurrentControlSet\Control", "unknown"]);
        let paths = paths.map(units);
        let roots = Roots::of(paths.iter().map(Vec::as_slice));
        assert_eq!(roots.unknown()[0].second, Some(KeyPath::hklm("SYSTEM")));
    }

    #[test]
    fn a_path_is_spelled_as_in_the_source() {
        for path in
            [r"HKEY_LOCAL_MACHINE\OFFLINE\ControlSet001\Control", r"\ControlSet001\Control", r"Microsoft\X"]
        {
            let units = units(path);
            let roots = Roots::of(std::iter::once(units.as_slice()));
            let read = roots.path(&units).unwrap();
            assert_eq!(String::from_utf16(&roots.spelled(&read)).unwrap(), path);
        }
    }
}
