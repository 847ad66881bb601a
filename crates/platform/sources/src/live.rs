//! Reading the running machine.

use win32::token::{self, Privilege};
use win32::{Error, Key as Open, Reach, Root};

use super::control_sets::{self, Select};
use crate::error::{KeyError, Part};
use crate::{Registry, capture as capture_subtrees};
use snapshot::{
    Data, FileTime, KeyPath, Name, Note, Origin, OriginKind, RootKey, Security, Selector, Snapshot, Value,
    ValueType,
};

/// One second in units of 100 ns.
const SECOND: u64 = 10_000_000;

pub(super) fn capture(locator: &str, scope: &[Selector]) -> Snapshot {
    let mut snapshot =
        Snapshot::new(Origin { kind: OriginKind::Live, locator: locator.to_owned(), files: Vec::new() });
    let now = FileTime::from(std::time::SystemTime::now());
    snapshot.captured_at = Some(FileTime(now.0 / SECOND * SECOND));
    let machine = Machine { rights: Rights::take() };
    snapshot.control_sets = machine.control_sets(&mut snapshot.notes);
    capture_subtrees(&machine, scope, &mut snapshot);
    if let Some(text) = machine.rights.what_is_missing(snapshot.unread.len()) {
        snapshot.notes.insert(0, Note { about: "this machine".to_owned(), text });
    }
    snapshot
}

/// The data of the first value whose name satisfies `is_it`, read with the available privileges; `None` if
/// the key or value does not exist.
pub(super) fn value(path: &KeyPath, is_it: fn(&str) -> bool) -> Result<Option<Vec<u8>>, KeyError> {
    let machine = Machine { rights: Rights::take() };
    let refusal = |error| machine.rights.refusal(error);
    let Some(key) = machine.open(path)? else { return Ok(None) };
    let key = key.0?;
    for (name, _) in key.values().map_err(refusal)? {
        if is_it(&Name::from_utf16(&name).to_string()) {
            return key.value(&name).map(|value| value.map(|value| value.data)).map_err(refusal);
        }
    }
    Ok(None)
}

/// The access rights of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rights {
    /// Rights of a standard user.
    Plain,
    /// Rights of an elevated administrator.
    Elevated,
    /// The backup privilege: read access regardless of access lists.
    Backup,
}

impl Rights {
    /// Enables the available privileges.
    fn take() -> Self {
        // If elevation is unknown, read what is permitted and report what is denied.
        let elevated = token::is_elevated().unwrap_or(false);
        match token::enable(Privilege::Backup) {
            Ok(true) => Self::Backup,
            _ if elevated => Self::Elevated,
            _ => Self::Plain,
        }
    }

    /// A note that elevation is missing, if it made this number of keys unreadable.
    fn what_is_missing(self, unread: usize) -> Option<String> {
        let keys = match unread {
            1 => "1 key".to_owned(),
            _ => format!("{unread} keys"),
        };
        (self == Self::Plain && unread > 0).then(|| {
            format!(
                "rdscal was not started elevated, and {keys} could not be read without; what rests on that stays unknown. Start it \
                 from an elevated prompt (Run as administrator) to have it judged, too"
            )
        })
    }

    /// Why a key could not be read, with a suggested remedy.
    fn refusal(self, error: Error) -> KeyError {
        if error.is_access_denied() { KeyError::Denied(self.hint()) } else { error.into() }
    }

    /// The remedy for this process if access is denied.
    fn hint(self) -> &'static str {
        match self {
            Self::Plain => "; start rdscal elevated (Run as administrator) to have it read",
            Self::Elevated => {
                ", and this account lacks the right to make backups (SeBackupPrivilege); run rdscal as a member of \
                 Administrators or Backup Operators, or as SYSTEM"
            }
            Self::Backup => {
                " even with the right to make backups (SeBackupPrivilege); where a security product guards the key, \
                 read the hive from a copy of the disk"
            }
        }
    }
}

/// The registry of the running machine in the 64-bit view.
struct Machine {
    rights: Rights,
}

/// An existing key: open, or the reason why it cannot be read.
struct LiveKey(Result<Open, KeyError>);

impl Machine {
    /// Opens with the granted rights; if denied, with the backup privilege.
    fn open_with(
        &self,
        open: impl Fn(Reach) -> Result<Option<Open>, Error>,
    ) -> Result<Option<Open>, KeyError> {
        let mut opened = open(Reach::Granted);
        if self.rights == Rights::Backup && opened.as_ref().is_err_and(Error::is_access_denied) {
            opened = open(Reach::Backup);
        }
        opened.map_err(|error| self.rights.refusal(error))
    }

    /// How Windows resolved `CurrentControlSet` at startup.
    fn control_sets(&self, notes: &mut Vec<Note>) -> Option<snapshot::ControlSets> {
        let system = self.open(&KeyPath::hklm("SYSTEM")).ok()??.0.ok()?;
        let available = system
            .subkeys()
            .ok()?
            .iter()
            .filter_map(|name| control_sets::numbered(&Name::from_utf16(name)).map(str::to_owned))
            .collect();
        let select = self.open(&KeyPath::hklm(r"SYSTEM\Select")).ok().flatten().and_then(|key| key.0.ok());
        let select = Select::read(|name| {
            let value = select.as_ref()?.value(&Name::from(name).to_utf16()).ok()??;
            Some(u32::from_le_bytes(value.data.try_into().ok()?))
        });
        select.resolve(available, notes)
    }

    fn value(&self, key: &Open, name: &[u16], kind: u32, wanted: bool) -> Option<Result<Value, KeyError>> {
        let shown = Name::from_utf16(name);
        let fault = |error: Error| self.rights.refusal(error).at(Part::Data(shown.clone()));
        if !wanted {
            let length = match key.value_len(name) {
                Ok(length) => u64::from(length?),
                Err(error) => return Some(Err(fault(error))),
            };
            let data = Data::Withheld { length };
            return Some(Ok(Value { name: shown, kind: ValueType(kind), data }));
        }
        match key.value(name) {
            // The type may have changed after the enumeration.
            Ok(value) => {
                let value = value?;
                Some(Ok(Value::new(shown, ValueType(value.kind), value.data)))
            }
            Err(error) => Some(Err(fault(error))),
        }
    }
}

fn root(key: RootKey) -> Option<Root> {
    match key {
        RootKey::LocalMachine => Some(Root::LocalMachine),
        RootKey::Users => Some(Root::Users),
        RootKey::CurrentUser => Some(Root::CurrentUser),
        // Windows composes these two from keys below the others.
        RootKey::ClassesRoot | RootKey::CurrentConfig => None,
    }
}

impl Registry for Machine {
    type Key = LiveKey;

    fn open(&self, path: &KeyPath) -> Result<Option<LiveKey>, KeyError> {
        let Some(root) = root(path.root_key()) else { return Ok(None) };
        let names: Vec<_> = path.parts().iter().map(Name::to_utf16).collect();
        let key = self.open_with(|reach| Open::open(root, &names, reach))?;
        // The target of a link is elsewhere, and is read there: `WOW6432Node\Policies` links to `Policies`. A
        // hive has nothing below a link either.
        Ok(key.filter(|key| lies_at(key, path.parts())).map(|key| LiveKey(Ok(key))))
    }

    fn covers(&self, path: &KeyPath) -> bool {
        root(path.root_key()).is_some()
    }

    fn closed(&self, key: &LiveKey) -> Option<KeyError> {
        key.0.as_ref().err().cloned()
    }

    fn last_write(&self, key: &LiveKey) -> Option<FileTime> {
        key.0.as_ref().ok()?.last_write().ok().map(FileTime)
    }

    fn security(&self, key: &LiveKey) -> Result<Option<Security>, KeyError> {
        let Ok(key) = &key.0 else { return Ok(None) };
        let bytes = key.security().map_err(|error| self.rights.refusal(error).at(Part::Security))?;
        Ok(Some(Security::new(bytes)))
    }

    fn values<'a>(
        &'a self,
        key: &'a LiveKey,
        wanted: &'a dyn Fn(&Name) -> bool,
    ) -> impl Iterator<Item = Result<Value, KeyError>> + 'a {
        let (key, listed, fault) =
            listed(key, |key| key.values().map_err(|error| self.rights.refusal(error)));
        let values = listed
            .into_iter()
            .filter_map(move |(name, kind)| self.value(key?, &name, kind, wanted(&Name::from_utf16(&name))));
        fault.map(Err).into_iter().chain(values)
    }

    fn subkeys<'a>(
        &'a self,
        key: &'a LiveKey,
    ) -> impl Iterator<Item = Result<(Name, LiveKey), KeyError>> + 'a {
        let (key, listed, fault) =
            listed(key, |key| key.subkeys().map_err(|error| self.rights.refusal(error)));
        let subkeys = listed.into_iter().filter_map(move |name| {
            let key = key?;
            let opened = self.open_with(|reach| key.subkey_with(&name, reach));
            let shown = Name::from_utf16(&name);
            let opened = match opened {
                // Deleted after the enumeration.
                Ok(None) => return None,
                Ok(Some(key)) if !lies_at(&key, std::slice::from_ref(&shown)) => Err(KeyError::Link),
                Ok(Some(key)) => Ok(key),
                Err(reason) => Err(reason),
            };
            Some(Ok((shown, LiveKey(opened))))
        });
        fault.map(Err).into_iter().chain(subkeys)
    }
}

/// True if the path of the open key ends with these names, so that no link was followed. The link from
/// `CurrentControlSet` to the current set does not count.
fn lies_at(key: &Open, names: &[Name]) -> bool {
    // If the kernel does not report the path, assume that no link was followed.
    let Ok(path) = key.path() else { return true };
    let Some(skip) = path.len().checked_sub(names.len()) else { return false };
    let found: Vec<_> = path.iter().skip(skip).map(|name| Name::from_utf16(name)).collect();
    found.iter().zip(names).all(|(found, name)| {
        found.same(name) || name.matches("CurrentControlSet") && control_sets::numbered(found).is_some()
    })
}

/// The open key and its listed entries, or why they could not be listed.
fn listed<T>(
    key: &LiveKey,
    list: impl Fn(&Open) -> Result<Vec<T>, KeyError>,
) -> (Option<&Open>, Vec<T>, Option<KeyError>) {
    match key.0.as_ref().map_err(Clone::clone).and_then(|key| Ok((key, list(key)?))) {
        Ok((key, listed)) => (Some(key), listed, None),
        Err(reason) => (None, Vec::new(), Some(reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyError, Rights};

    #[test]
    fn who_is_refused_is_told_what_to_do_next() {
        assert!(Rights::Plain.hint().contains("Run as administrator"));
        assert!(Rights::Elevated.hint().contains("Backup Operators"));
        assert!(Rights::Backup.hint().contains("copy of the disk"));
        for rights in [Rights::Plain, Rights::Elevated, Rights::Backup] {
            assert!(KeyError::Denied(rights.hint()).to_string().starts_with("access is denied"));
        }
    }

    #[test]
    fn that_elevation_is_missing_is_said_where_it_cost_something() {
        let told = Rights::Plain.what_is_missing(1).unwrap_or_default();
        assert!(told.contains("not started elevated, and 1 key could"), "{told}");
        assert_eq!(Rights::Plain.what_is_missing(0), None);
        assert_eq!(Rights::Elevated.what_is_missing(3), None);
        assert_eq!(Rights::Backup.what_is_missing(3), None);
    }
}
