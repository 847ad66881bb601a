//! Deleted keys and values of hives.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use regf::deleted::{
    self as remains, DataState as Remains, Recovered as Record, RecoveredPath, RecoveredValue, deleted,
};

use super::hive::{AnyHive, Bytes, HiveFiles, name_of};
use crate::error::Cause;
use snapshot::recovered::{
    Candidate, Confidence, DataState, FormerPath, FoundIn, Recovered, Recovery, Wanted, What,
};
use snapshot::{Data, KeyPath, Name, Note, Value, ValueType};

/// Limit on listed records.
const MOST_RECORDS: usize = 100_000;
/// Limit on the total bytes of paths, names and data.
const MOST_BYTES: usize = 32 << 20;
/// Limit on the data of one value; data of more bytes is left out.
const LARGEST_DATA: u32 = 1 << 20;

/// Recovers the deleted keys and values of a machine. Fails if none of its hives can be read.
pub(super) fn recover(
    locator: &str,
    files: &[HiveFiles],
    wanted: &dyn Fn(Candidate<'_>) -> Wanted,
) -> Result<Recovery, Cause> {
    let mut room = Room { records: MOST_RECORDS, bytes: MOST_BYTES };
    let mut recovery =
        Recovery { source: locator.to_owned(), entries: Vec::new(), left_off: 0, notes: Vec::new() };
    let mut unread = None;
    let mut read = false;
    for file in files {
        match file.hive(&mut recovery.notes) {
            Ok(hive) => {
                read = true;
                let mut entries = Vec::new();
                recovery.left_off += of_hive(file, &hive, wanted, &mut room, &mut entries);
                // Order: by path, a key before its values, records without a path last.
                entries.sort_by_cached_key(|entry| {
                    let unknown = entry.key == FormerPath::Unknown;
                    let value = matches!(entry.what, What::Value { .. });
                    (unknown, entry.key.to_string().to_lowercase(), value, entry.offset)
                });
                recovery.entries.extend(entries);
            }
            Err(reason) => {
                recovery
                    .notes
                    .push(Note { about: file.primary.shown(), text: format!("was not read: {reason}") });
                unread = Some(reason);
            }
        }
    }
    match unread {
        Some(reason) if !read => Err(reason),
        _ => Ok(recovery),
    }
}

/// The remaining limits of a recovery.
struct Room {
    records: usize,
    bytes: usize,
}

impl Room {
    fn take(&mut self, bytes: usize) -> bool {
        let (Some(records), Some(bytes)) = (self.records.checked_sub(1), self.bytes.checked_sub(bytes))
        else {
            return false;
        };
        (self.records, self.bytes) = (records, bytes);
        true
    }
}

/// Lists the records of one hive; returns how many exceeded the limits.
fn of_hive(
    file: &HiveFiles,
    hive: &AnyHive,
    wanted: &dyn Fn(Candidate<'_>) -> Wanted,
    room: &mut Room,
    entries: &mut Vec<Recovered>,
) -> u64 {
    let mount = file.role.mount();
    // SAM has no licensing state, but its secrets must be recognized.
    let sam = || hive.find(r"SAM\Domains").is_ok_and(|key| key.is_some()).then_some("SAM");
    let named = mount.or_else(sam);
    let unknown = Rc::new(FormerPath::Unknown);
    let mut owners = HashMap::new();
    let mut listed = Vec::new();
    let mut secrets = HashSet::new();
    for record in deleted(hive) {
        let (path, name) = match &record {
            Record::Key(key) => (Rc::new(former(mount, &key.path)), None),
            Record::Value(value) => {
                let path = value.owner.as_ref().map_or_else(
                    || unknown.clone(),
                    |owner| {
                        // Many values may belong to one key with a long path.
                        owners.entry(owner.key).or_insert_with(|| Rc::new(former(mount, &owner.path))).clone()
                    },
                );
                (path, Some(name_of(value.name())))
            }
        };
        let want = wanted(Candidate { hive: named, key: &path, value: name.as_ref() });
        if let (true, Record::Value(value)) = (want.secret, &record)
            && !value.record().is_resident()
        {
            secrets.insert(value.record().data_offset());
        }
        if want.listed {
            listed.push((record, path, name, want.secret));
        }
    }
    let mut left_off = 0;
    for (record, key, name, secret) in listed {
        // A UTF-16 code unit has at most three bytes in UTF-8.
        let name_len = name.as_ref().map_or(0, |name| name.as_str().map_or(3 * 255, str::len));
        if !room.take(key.text_len() + name_len) {
            left_off += 1;
            continue;
        }
        let file = file.primary.shown();
        let key = (*key).clone();
        entries.push(match record {
            Record::Key(found) => Recovered {
                key,
                what: What::Key { last_write: found.last_write() },
                confidence: confidence(found.confidence),
                found_in: found_in(found.origin),
                file,
                offset: found.offset().file_offset(),
            },
            Record::Value(found) => {
                let shares =
                    || !found.record().is_resident() && secrets.contains(&found.record().data_offset());
                let (bytes, data) =
                    if secret || shares() { (None, DataState::Secret) } else { data_of(&found, room) };
                let data_bytes = match bytes {
                    Some(bytes) => Data::Bytes(bytes),
                    None => Data::Withheld { length: u64::from(found.record().data_len()) },
                };
                let name = name.unwrap_or_default();
                let value = Value { name, kind: ValueType(found.data_type()), data: data_bytes };
                let key_deleted = found.owner.as_ref().map(|owner| owner.deleted);
                Recovered {
                    key,
                    what: What::Value { value, data, key_deleted },
                    confidence: confidence(found.confidence),
                    found_in: found_in(found.origin),
                    file,
                    offset: found.offset().file_offset(),
                }
            }
        });
    }
    left_off
}

/// The data, if its bytes may still be those of the value.
fn data_of(found: &RecoveredValue<'_, Bytes>, room: &mut Room) -> (Option<Vec<u8>>, DataState) {
    let state = match found.data_state {
        Remains::InRecord => DataState::InRecord,
        Remains::Unowned => DataState::Unowned,
        // The bytes there belong to another record now, and may be a secret.
        Remains::Reused => return (None, DataState::Reused),
        Remains::Lost => return (None, DataState::Lost),
    };
    let len = found.record().data_len();
    let fits = usize::try_from(len).is_ok_and(|len| len <= room.bytes);
    if len > LARGEST_DATA || !fits {
        return (None, DataState::TooLarge);
    }
    match found.data() {
        Ok(bytes) => {
            room.bytes = room.bytes.saturating_sub(bytes.len());
            (Some(bytes.into_owned()), state)
        }
        Err(_) => (None, DataState::Lost),
    }
}

fn former(mount: Option<&str>, path: &RecoveredPath) -> FormerPath {
    match (path, mount) {
        (RecoveredPath::Full(path), Some(mount)) => {
            let names = path.split('\\').filter(|name| !name.is_empty());
            FormerPath::Full(names.fold(KeyPath::hklm(mount), |path, name| path.child(&Name::from(name))))
        }
        (RecoveredPath::Full(path), None) => FormerPath::InHive((**path).to_owned()),
        (RecoveredPath::Partial(path), _) => FormerPath::Partial((**path).to_owned()),
    }
}

fn confidence(confidence: remains::Confidence) -> Confidence {
    match confidence {
        remains::Confidence::Low => Confidence::Low,
        remains::Confidence::Medium => Confidence::Medium,
        remains::Confidence::High => Confidence::High,
    }
}

fn found_in(origin: remains::Origin) -> FoundIn {
    match origin {
        remains::Origin::Free => FoundIn::FreeCell,
        remains::Origin::Slack => FoundIn::Slack,
        remains::Origin::Unreferenced => FoundIn::Unreferenced,
        remains::Origin::Broken => FoundIn::BrokenBin,
        remains::Origin::Tail => FoundIn::Tail,
    }
}
