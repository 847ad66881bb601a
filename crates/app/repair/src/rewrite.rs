//! A `.reg` file or a `Registry.pol` with changes made in it: bytes in, bytes out.
//!
//! A deleted key is removed from the file. Everything else is preserved byte for byte: comments, order,
//! encoding, line endings, instructions of a policy. Each change checks the expected value;
//! [`crate::apply()`] checks the other expectations.

use regtext::Text;
use regtext::pol::{Action, PolicyFile, Record, RecordError};
use regtext::reg::{Document, EditError, Op};
use snapshot::roots::Roots;
use snapshot::{Change, Data, Key, KeyPath, Name, Placed, RootKey};

/// Why a text file cannot represent a change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// Such a file has no security descriptors or class names.
    #[error("{key}: {what} cannot be stored in a {file}; change the machine or its hives instead")]
    NoPlace {
        /// The key.
        key: KeyPath,
        /// Help text.
        what: &'static str,
        /// What kind of file.
        file: &'static str,
    },
    /// The data of a change was withheld.
    #[error("{key} contains a secret, which is never read, and cannot be written")]
    Secret {
        /// The key.
        key: KeyPath,
    },
    /// The file does not contain the key of the value.
    #[error("{key} is not in the file, so the value {name} cannot be set")]
    NoKey {
        /// The key.
        key: KeyPath,
        /// The value.
        name: Name,
    },
    /// The file does not have the state that the change expects.
    #[error(
        "{key}\\{name} is not in the state that the plan expects; the file was changed since. Make a new plan"
    )]
    Differs {
        /// The key.
        key: KeyPath,
        /// The value.
        name: Name,
    },
    /// The file contains instructions that delete the key.
    #[error(
        "the file deletes {key}; it is an import script rather than an export of a machine, and is not changed"
    )]
    Script {
        /// The key.
        key: KeyPath,
    },
    /// The key is outside the policy's part of the registry.
    #[error("{key} is outside of {root}, to which this policy applies")]
    OtherRoot {
        /// The key.
        key: KeyPath,
        /// The root key of the policy.
        root: &'static str,
    },
    /// The `.reg` file cannot represent the change.
    #[error(transparent)]
    Reg(#[from] EditError),
    /// The policy cannot represent the change.
    #[error(transparent)]
    Policy(#[from] RecordError),
}

/// The `.reg` file with the changes made.
///
/// `control_set` is the numbered set that stands for `CurrentControlSet` (`snapshot::ControlSets::resolved`), where the file holds
/// numbered sets only. A value that exists is changed in place, a new one follows the others of its key, a new key follows the
/// nearest key that it lies below, a key that is deleted takes all its sections with it.
///
/// # Errors
/// [`TextError`]; nothing has been changed then.
pub fn change_reg(
    document: &Document,
    control_set: Option<&str>,
    changes: &[Change],
) -> Result<Vec<u8>, TextError> {
    let mut file = Reg { document: document.clone(), control_set };
    for change in changes {
        file.apply(change)?;
    }
    Ok(file.document.to_bytes())
}

/// Number of names of the deepest key in the file at or above the given key. Of several exports of one
/// machine, the one with the largest number receives the change.
#[must_use]
pub fn reg_reach(document: &Document, control_set: Option<&str>, key: &KeyPath) -> Option<usize> {
    let paths = paths(document, control_set).into_iter();
    paths.filter(|(_, path)| key.starts_with(path)).map(|(_, path)| path.parts().len()).max()
}

/// The sections with values, each with its key.
fn paths(document: &Document, control_set: Option<&str>) -> Vec<(usize, KeyPath)> {
    let roots = roots(document);
    let live = document.sections().iter().enumerate().filter(|(_, section)| !section.delete);
    live.filter_map(|(index, section)| Some((index, called(roots.path(section.path.units())?, control_set))))
        .collect()
}

/// The roots of the file, which may name a hive that was loaded under another name.
pub(crate) fn roots(document: &Document) -> Roots {
    Roots::of(document.sections().iter().map(|section| section.path.units()))
}

/// The path with `CurrentControlSet` instead of the number of the current set.
pub(crate) fn called(path: KeyPath, control_set: Option<&str>) -> KeyPath {
    let system = KeyPath::hklm("SYSTEM");
    match (path.below(&system), control_set) {
        (Some([set, below @ ..]), Some(current)) if set.matches(current) => {
            let top = system.join("CurrentControlSet");
            below.iter().fold(top, |path, name| path.child(name))
        }
        _ => path,
    }
}

/// A `.reg` file that is being edited.
struct Reg<'s> {
    document: Document,
    control_set: Option<&'s str>,
}

impl Reg<'_> {
    fn paths(&self) -> Vec<(usize, KeyPath)> {
        paths(&self.document, self.control_set)
    }

    /// The path in the spelling of the file.
    fn spelled(&self, path: &KeyPath) -> Text {
        let current = KeyPath::hklm(r"SYSTEM\CurrentControlSet");
        let numbered = self.control_set.map(|set| KeyPath::hklm("SYSTEM").join(set));
        let path = match (path.below(&current), numbered) {
            (Some(below), Some(top)) => below.iter().fold(top, |path, name| path.child(name)),
            _ => path.clone(),
        };
        Text::from_units(roots(&self.document).spelled(&path))
    }

    /// The sections of a key.
    fn sections_of(&self, key: &KeyPath) -> Vec<usize> {
        self.paths().into_iter().filter(|(_, path)| path == key).map(|(index, _)| index).collect()
    }

    /// Refuses if the file deletes the key or the value, because the result then depends on the order of its
    /// lines.
    fn refuse_deletions(&self, key: &KeyPath, name: Option<&Name>) -> Result<(), TextError> {
        let roots = roots(&self.document);
        for section in self.document.sections() {
            let Some(path) = roots.path(section.path.units()).map(|path| called(path, self.control_set))
            else {
                continue;
            };
            let of_value = |entry: &regtext::reg::Entry| {
                entry.op == Op::Delete && name.is_none_or(|name| name_of(&entry.name).same(name))
            };
            let deletes = if section.delete {
                key.starts_with(&path) || path.starts_with(key)
            } else {
                path == *key && section.entries.iter().any(of_value)
            };
            if deletes {
                return Err(TextError::Script { key: key.clone() });
            }
        }
        Ok(())
    }

    fn apply(&mut self, change: &Change) -> Result<(), TextError> {
        match change {
            Change::Security { key, .. } => Err(no_security(key, ".reg file")),
            Change::Value { key, name, before, after } => {
                self.value(key, name, before.as_ref(), after.as_ref())
            }
            Change::Key { key, before, after } => {
                self.refuse_deletions(key, None)?;
                if before.is_some() {
                    self.delete_key(key)?;
                }
                match after {
                    Some(after) => self.create_key(key, after),
                    None => Ok(()),
                }
            }
        }
    }

    fn value(
        &mut self,
        key: &KeyPath,
        name: &Name,
        before: Option<&Placed>,
        after: Option<&Placed>,
    ) -> Result<(), TextError> {
        self.refuse_deletions(key, Some(name))?;
        let sections = self.sections_of(key);
        let mut found = Vec::new();
        for &section in &sections {
            for (entry, value) in self.document.sections()[section].entries.iter().enumerate() {
                if let Op::Set(data) = &value.op
                    && name_of(&value.name).same(name)
                {
                    found.push((section, entry, data));
                }
            }
        }
        // The last one wins, as in an import.
        let now = found.last().map(|(_, _, value)| value);
        let is_as_expected = match (now, before) {
            (None, None) => true,
            (Some(value), Some(before)) => {
                before.kind.0 == value.ty && before.data == Data::Bytes(value.as_written().to_vec())
            }
            _ => false,
        };
        if !is_as_expected {
            return Err(TextError::Differs { key: key.clone(), name: name.clone() });
        }
        let place = found.last().map(|&(section, _, _)| section);
        let Some(after) = after else {
            let gone: Vec<_> = found.iter().map(|&(section, entry, _)| (section, entry)).collect();
            self.document = self.document.without_values(&gone)?;
            return Ok(());
        };
        let section = match place.or_else(|| sections.last().copied()) {
            Some(section) => section,
            None => self.implied(key, name)?,
        };
        self.set(section, key, name, after)
    }

    /// A section for a key of which the file contains only subkeys.
    fn implied(&mut self, key: &KeyPath, name: &Name) -> Result<usize, TextError> {
        if self.paths().iter().any(|(_, path)| path.starts_with(key)) {
            self.new_section(key)
        } else {
            Err(TextError::NoKey { key: key.clone(), name: name.clone() })
        }
    }

    fn set(&mut self, section: usize, key: &KeyPath, name: &Name, value: &Placed) -> Result<(), TextError> {
        let Data::Bytes(bytes) = &value.data else { return Err(TextError::Secret { key: key.clone() }) };
        self.document = self.document.with_value(section, &text_of(name), value.kind.0, bytes)?;
        Ok(())
    }

    fn new_section(&mut self, key: &KeyPath) -> Result<usize, TextError> {
        // After the last section of its nearest parent in the file, or of that parent's subkeys.
        let paths: Vec<_> = self.paths().into_iter().collect();
        let mut above = key.parent();
        let after = loop {
            let Some(top) = above else { break None };
            match paths.iter().rev().find(|(_, path)| path.starts_with(&top)) {
                Some((index, _)) if !top.parts().is_empty() => break Some(*index),
                _ => above = top.parent(),
            }
        };
        self.document = self.document.with_section(after, &self.spelled(key))?;
        Ok(after.map_or(self.document.sections().len().saturating_sub(1), |after| after + 1))
    }

    fn create_key(&mut self, path: &KeyPath, key: &Key) -> Result<(), TextError> {
        check_plain(path, key, ".reg file")?;
        let section = match self.sections_of(path).last() {
            Some(&section) => section,
            None => self.new_section(path)?,
        };
        for value in &key.values {
            self.set(section, path, &value.name, &Placed::of(value))?;
        }
        for subkey in &key.subkeys {
            self.create_key(&path.child(&subkey.name), subkey)?;
        }
        Ok(())
    }

    fn delete_key(&mut self, key: &KeyPath) -> Result<(), TextError> {
        let paths = self.paths().into_iter();
        let gone: Vec<_> = paths.filter(|(_, path)| path.starts_with(key)).map(|(index, _)| index).collect();
        self.document = self.document.without_sections(&gone)?;
        Ok(())
    }
}

/// The `Registry.pol` with the changes made. `root` is `HKEY_LOCAL_MACHINE` in a folder `Machine`,
/// `HKEY_CURRENT_USER` in a folder `User`.
///
/// Other instructions are preserved byte for byte. A deleted value is removed from the policy (*not
/// configured*). An empty key is written only if no later change sets a value in it, because a value implies
/// its key. A value that is set replaces a `**del.` instruction, which an undo does not restore.
///
/// # Errors
/// [`TextError`]; nothing has been changed then.
pub fn change_pol(policy: &PolicyFile, root: RootKey, changes: &[Change]) -> Result<Vec<u8>, TextError> {
    let mut policy = policy.clone();
    for (index, change) in changes.iter().enumerate() {
        let later = changes.get(index + 1..).unwrap_or_default();
        match change {
            Change::Security { key, .. } => return Err(no_security(key, "Registry.pol")),
            Change::Value { key, name, before, after } => {
                let (path, value) = (below_root(key, root)?, text_of(name));
                let path = known_spelling(&policy, path);
                check_policy_value(&policy, &path, key, name, before.as_ref())?;
                match after {
                    None => drop(policy.forget(&path, &value)),
                    Some(after) => set_policy(&mut policy, &path, key, name, after)?,
                }
            }
            Change::Key { key, before, after } => {
                let path = known_spelling(&policy, below_root(key, root)?);
                if before.is_some() {
                    policy.forget_key(&path);
                }
                if let Some(after) = after {
                    create_policy_key(&mut policy, root, key, after, later)?;
                }
            }
        }
    }
    Ok(policy.to_bytes())
}

fn check_policy_value(
    policy: &PolicyFile,
    path: &Text,
    key: &KeyPath,
    name: &Name,
    before: Option<&Placed>,
) -> Result<(), TextError> {
    use regtext::pol::State;
    let outcome = policy.outcome(path);
    let now = match outcome.values.iter().find(|value| name_of(&value.name).same(name)).map(|it| it.state) {
        Some(State::Set { ty, data } | State::SetIfAbsent { ty, data }) => Some((ty, data)),
        Some(State::Deleted) | None => None,
    };
    let expected = before.map(|before| (before.kind.0, &before.data));
    let same = match (now, expected) {
        (None, None) => true,
        (Some((ty, data)), Some((kind, Data::Bytes(bytes)))) => ty == kind && data == bytes.as_slice(),
        _ => false,
    };
    if same { Ok(()) } else { Err(TextError::Differs { key: key.clone(), name: name.clone() }) }
}

fn set_policy(
    policy: &mut PolicyFile,
    path: &Text,
    key: &KeyPath,
    name: &Name,
    value: &Placed,
) -> Result<(), TextError> {
    let Data::Bytes(bytes) = &value.data else { return Err(TextError::Secret { key: key.clone() }) };
    Ok(policy.set(path, text_of(name), value.kind.0, bytes)?)
}

fn create_policy_key(
    policy: &mut PolicyFile,
    root: RootKey,
    key: &KeyPath,
    after: &Key,
    later: &[Change],
) -> Result<(), TextError> {
    check_plain(key, after, "Registry.pol")?;
    let path = below_root(key, root)?;
    let is_made = |change: &Change| match change {
        Change::Value { key: of, after: Some(_), .. } => of.starts_with(key),
        _ => false,
    };
    for value in &after.values {
        set_policy(policy, &path, key, &value.name, &Placed::of(value))?;
    }
    for subkey in &after.subkeys {
        create_policy_key(policy, root, &key.child(&subkey.name), subkey, &[])?;
    }
    let creates = Record::new(&path, "", 0, &[])?;
    debug_assert_eq!(creates.action(), Action::CreateKey);
    if after.values.is_empty() && after.subkeys.is_empty() && !later.iter().any(is_made) {
        policy.push(creates);
    }
    Ok(())
}

/// The path below the root key, as a policy names it.
fn below_root(key: &KeyPath, root: RootKey) -> Result<Text, TextError> {
    if key.root_key() != root {
        return Err(TextError::OtherRoot { key: key.clone(), root: root.long() });
    }
    let names: Vec<_> = key.parts().iter().map(Name::to_utf16).collect();
    Ok(Text::from_units(names.join(&u16::from(b'\\'))))
}

/// The key in the spelling of the policy.
fn known_spelling(policy: &PolicyFile, key: Text) -> Text {
    let known = policy.records().iter().find(|record| record.key().eq_ignore_case(&key));
    known.map_or(key, |record| record.key().clone())
}

fn check_plain(path: &KeyPath, key: &Key, file: &'static str) -> Result<(), TextError> {
    if key.security.is_some() {
        return Err(no_security(path, file));
    }
    if key.class.as_ref().is_some_and(|class| !class.is_empty()) {
        return Err(TextError::NoPlace { key: path.clone(), what: "a class name", file });
    }
    Ok(())
}

fn no_security(key: &KeyPath, file: &'static str) -> TextError {
    TextError::NoPlace { key: key.clone(), what: "an owner and access list", file }
}

/// A name in the form of the text crate.
pub(crate) fn text_of(name: &Name) -> Text {
    Text::from_units(name.to_utf16())
}

fn name_of(text: &Text) -> Name {
    Name::from_utf16(text.units())
}

/// The path as `.reg` files have it, without loss.
pub(crate) fn long_text(path: &KeyPath) -> Text {
    let mut units: Vec<u16> = path.root_key().long().encode_utf16().collect();
    for name in path.parts() {
        units.push(u16::from(b'\\'));
        units.extend(name.to_utf16());
    }
    Text::from_units(units)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use regtext::reg::Options;
    use snapshot::{Value, ValueType};

    use super::*;

    const CORE: &str = r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core";

    const FILE: &str = "Windows Registry Editor Version 5.00\r\n\r\n\
        [HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002\\Control\\Terminal Server\\RCM]\r\n\"Certificate\"=hex:01\r\n\r\n\
        ; the mode\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002\\Control\\Terminal Server\\RCM\\Licensing Core]\r\n\
        \"LicensingMode\"=dword:00000005 ; ours\r\n\r\n\
        [HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002\\Services\\TermService]\r\n\"Start\"=dword:00000003\r\n";

    fn placed(number: u8) -> Placed {
        Placed::of(&Value::new("", ValueType::DWORD, [number, 0, 0, 0]))
    }

    fn value(key: &KeyPath, name: &str, before: Option<u8>, after: Option<u8>) -> Change {
        let (before, after) = (before.map(placed), after.map(placed));
        Change::Value { key: key.clone(), name: name.into(), before, after }
    }

    fn new_key(key: &KeyPath) -> Change {
        let name = key.last().cloned().unwrap();
        Change::Key { key: key.clone(), before: None, after: Some(Box::new(Key { name, ..Key::default() })) }
    }

    fn document(text: &str) -> Document {
        Document::parse(text.as_bytes(), &Options::default())
    }

    #[test]
    fn a_numbered_set_is_the_current_one_where_that_is_said() {
        let core = KeyPath::hklm(CORE);
        let changes = [value(&core, "licensingmode", Some(5), Some(4))];
        let bytes = change_reg(&document(FILE), Some("ControlSet002"), &changes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text, FILE.replace("dword:00000005", "dword:00000004"));
        let error = change_reg(&document(FILE), None, &changes).unwrap_err();
        assert!(matches!(error, TextError::Differs { .. }), "{error}");
        let reach = |set| reg_reach(&document(FILE), set, &core.join("x"));
        assert_eq!((reach(Some("ControlSet002")), reach(None)), (Some(6), None));
    }

    #[test]
    fn keys_come_where_they_belong_and_go_without_a_trace() {
        let set = Some("ControlSet002");
        let servers = KeyPath::hklm(r"SYSTEM\CurrentControlSet\Services\TermService\Parameters");
        let changes = [new_key(&servers), value(&servers, "A", None, Some(1))];
        let bytes = change_reg(&document(FILE), set, &changes).unwrap();
        let added = "\r\n[HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002\\Services\\TermService\\Parameters]\r\n\"A\"=dword:00000001\r\n";
        assert_eq!(String::from_utf8(bytes.clone()).unwrap(), format!("{FILE}{added}"));
        let undo: Vec<_> = changes.iter().rev().map(Change::inverse).collect();
        let back = change_reg(&Document::parse(&bytes, &Options::default()), set, &undo).unwrap();
        assert_eq!(String::from_utf8(back).unwrap(), FILE);

        let rcm = KeyPath::hklm(r"SYSTEM\CurrentControlSet\Control\Terminal Server\RCM");
        let gone = Change::Key { key: rcm, before: Some(Box::default()), after: None };
        let text = String::from_utf8(change_reg(&document(FILE), set, &[gone]).unwrap()).unwrap();
        assert!(
            !text.contains("RCM") && text.contains("; the mode") && text.contains("TermService"),
            "{text}"
        );
    }

    #[test]
    fn what_a_text_cannot_hold_is_refused() {
        let core = KeyPath::hklm(CORE);
        let refused = |text: &str, change: Change| {
            change_reg(&document(text), Some("ControlSet002"), &[change]).unwrap_err().to_string()
        };
        let security = snapshot::Security::new([1]);
        let secured = Change::Security { key: core.clone(), before: security.clone(), after: security };
        assert!(refused(FILE, secured).contains("owner and access list"));
        let withheld = Placed { data: Data::Withheld { length: 4 }, ..placed(0) };
        let name = Name::from("X");
        let secret = Change::Value { key: core.clone(), name, before: None, after: Some(withheld) };
        assert!(refused(FILE, secret).contains("secret"));
        assert!(refused(FILE, value(&core.join("New"), "X", None, Some(1))).contains("is not in the file"));
        let script =
            format!("{FILE}[-HKEY_LOCAL_MACHINE\\SYSTEM\\ControlSet002\\Control\\Terminal Server]\r\n");
        assert!(refused(&script, value(&core, "LicensingMode", Some(5), Some(4))).contains("script"));
    }

    #[test]
    fn a_policy_takes_changes_and_gives_them_back() {
        const POLICY: &str = r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services";
        let mut policy = PolicyFile::new();
        policy.set("Software\\Policies\\Other", "x", 1, b"y\0\0\0").unwrap();
        let key = KeyPath::hklm(POLICY);
        let changes = [new_key(&key), value(&key, "LicensingMode", None, Some(4))];
        let bytes = change_pol(&policy, RootKey::LocalMachine, &changes).unwrap();
        let changed = PolicyFile::parse(&bytes).unwrap();
        assert_eq!(changed.records().len(), 2);
        assert!(bytes.starts_with(&policy.to_bytes()));
        let undo: Vec<_> = changes.iter().rev().map(Change::inverse).collect();
        assert_eq!(change_pol(&changed, RootKey::LocalMachine, &undo).unwrap(), policy.to_bytes());
        // An empty key that stays empty is an instruction of its own.
        let bytes = change_pol(&policy, RootKey::LocalMachine, &changes[..1]).unwrap();
        assert_eq!(PolicyFile::parse(&bytes).unwrap().records()[1].action(), Action::CreateKey);
        let error = change_pol(&changed, RootKey::LocalMachine, &changes[1..]).unwrap_err();
        assert!(matches!(error, TextError::Differs { .. }), "{error}");
        let error = change_pol(&policy, RootKey::CurrentUser, &changes).unwrap_err();
        assert!(matches!(error, TextError::OtherRoot { .. }), "{error}");
    }
}
