//! Plans of every kind, written as `.reg` and imported: the result is the planned state, and the undo
//! restores the old one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::process::Command;

use proptest::prelude::*;
use regtext::pol::{PolicyFile, RecordError};
use regtext::reg::{Document, Op, Options};
use snapshot::{
    Capture, Change, Extent, Key, KeyPath, Origin, OriginKind, RootKey, Snapshot, State, Value, ValueType,
};

use super::{Emitted, each_key, reg};
use crate::{Arguments, Draft, Identity, Plan, TextError, change_pol, change_reg};

const TOP: &str = r"SYSTEM\CurrentControlSet\Services\TermService";

/// Every key with its values. Names are in lower case because the registry ignores case.
type Model = BTreeMap<String, BTreeMap<String, (u32, Vec<u8>)>>;

fn model(path: &KeyPath, key: Option<&Key>) -> Model {
    let mut model = Model::new();
    if let Some(key) = key {
        each_key(path, key, &mut |path, key| {
            let values = key.values.iter();
            let values = values
                .map(|value| (value.name.to_string().to_lowercase(), (value.kind.0, value.bytes().to_vec())));
            model.insert(path.to_string().to_lowercase(), values.collect());
        });
    }
    model
}

/// Simulates the import of the file by regedit.
fn import(model: &mut Model, bytes: &[u8]) {
    let document = Document::parse(bytes, &Options::default());
    assert_eq!(document.problems(), [], "{}", String::from_utf8_lossy(bytes));
    for section in document.sections() {
        let path = KeyPath::from_utf16(section.path.units()).unwrap().to_string().to_lowercase();
        if section.delete {
            model.retain(|key, _| *key != path && !key.starts_with(&format!("{path}\\")));
            continue;
        }
        let values = model.entry(path).or_default();
        for entry in &section.entries {
            let name = entry.name.to_string().to_lowercase();
            match &entry.op {
                Op::Delete => drop(values.remove(&name)),
                Op::Set(value) => drop(values.insert(name, (value.ty, value.as_written().to_vec()))),
            }
        }
    }
}

fn snapshot(path: &KeyPath, key: Key) -> Snapshot {
    let origin = Origin { kind: OriginKind::Hives, locator: "made".to_owned(), files: Vec::new() };
    let mut snapshot = Snapshot::new(origin);
    let state = State::Key(Box::new(key));
    snapshot.captures.push(Capture { path: path.clone(), extent: Extent::Tree, state });
    snapshot
}

fn plan(draft: &Draft<'_>) -> Plan {
    let machine =
        Identity { name: Some("HOST1".to_owned()), kind: OriginKind::Hives, place: "made".to_owned() };
    let made_at = "2026-03-01T08:00:00Z".parse().unwrap();
    let title = "whatever is asked".to_owned();
    let plan = Plan {
        tool: "rdscal test".to_owned(),
        steps: draft.steps.clone(),
        safety: "safe".to_owned(),
        license_effect: "none".to_owned(),
        notes: vec!["a note\nwith a break".to_owned()],
        ..Plan::empty("made-up", title, Arguments::default(), machine, made_at)
    };
    plan.sealed()
}

#[derive(Clone, Debug)]
enum Wish {
    Set(&'static str, &'static str, u32, Vec<u8>),
    Unset(&'static str, &'static str),
    Create(&'static str),
    Delete(&'static str),
}

fn wish() -> impl Strategy<Value = Wish> {
    let below = || prop::sample::select(vec!["", "A", "a\\B", "New", "New\\]odd[", "New\\C"]);
    let name = || prop::sample::select(vec!["", "x", "X", "sp ace", "quo\"te\\", "é"]);
    let text = "[a-z;\"\\\\é]{0,8}".prop_map(|text| snapshot::Text::encode(&text));
    let data = prop_oneof![
        (Just(1_u32), text.clone()),
        (Just(2_u32), text.clone()),
        (
            Just(7_u32),
            text.prop_map(|mut list| {
                list.extend([0, 0]);
                list
            })
        ),
        (Just(4_u32), prop::collection::vec(any::<u8>(), 4)),
        (prop::sample::select(vec![0_u32, 1, 3, 4, 11, 0x1234]), prop::collection::vec(any::<u8>(), 0..60)),
    ];
    prop_oneof![
        4 => (below(), name(), data).prop_map(|(below, name, (ty, data))| Wish::Set(below, name, ty, data)),
        2 => (below(), name()).prop_map(|(below, name)| Wish::Unset(below, name)),
        1 => below().prop_map(Wish::Create),
        1 => below().prop_map(Wish::Delete),
    ]
}

fn before() -> Key {
    let value = |name: &str, number: u8| Value::new(name, ValueType::DWORD, [number, 0, 0, 0]);
    let b = Key { name: "B".into(), values: vec![value("x", 1), value("", 2)], ..Key::default() };
    let a = Key { name: "A".into(), values: vec![value("quo\"te\\", 3)], subkeys: vec![b], ..Key::default() };
    let text = Value::new("Sp ace", ValueType::SZ, snapshot::Text::encode("a \"b\" \\c"));
    let odd = Value::new("x", ValueType::SZ, *b"x\0y");
    Key { name: "TermService".into(), values: vec![text, odd], subkeys: vec![a], ..Key::default() }
}

fn draft<'s>(snapshot: &'s Snapshot, wishes: &[Wish]) -> Draft<'s> {
    let top = KeyPath::hklm(TOP);
    let mut draft = Draft::new(snapshot);
    for wish in wishes {
        match wish {
            Wish::Set(below, name, ty, data) => {
                draft
                    .set_value(&top.join(below), Value::new(*name, ValueType(*ty), data.clone()), "why")
                    .unwrap();
            }
            Wish::Unset(below, name) => draft.delete_value(&top.join(below), &(*name).into(), "why").unwrap(),
            Wish::Create(below) => draft.create_key(&top.join(below), "why").unwrap(),
            Wish::Delete(below) => draft.delete_key(&top.join(below), "why").unwrap(),
        }
    }
    draft
}

fn files(emitted: &Emitted) -> (&[u8], &[u8]) {
    let [does, undoes] = emitted.files.as_slice() else { panic!("{emitted:?}") };
    (&does.bytes, &undoes.bytes)
}

proptest! {
    #[test]
    fn the_import_is_the_plan_and_the_undo_takes_it_back(wishes in prop::collection::vec(wish(), 1..8)) {
        let top = KeyPath::hklm(TOP);
        let snapshot = snapshot(&top, before());
        let draft = draft(&snapshot, &wishes);
        prop_assume!(!draft.is_empty());
        let after = model(&top, draft.key(&top).unwrap().as_ref());
        let emitted = reg(&plan(&draft)).unwrap();
        let (does, undoes) = files(&emitted);
        let mut state = model(&top, Some(&before()));
        import(&mut state, does);
        prop_assert_eq!(&state, &after);
        import(&mut state, undoes);
        prop_assert_eq!(&state, &model(&top, Some(&before())));
        // The script contains the same as data; this test only checks that it can be written, and its
        // characters.
        let script = super::powershell(&plan(&draft)).unwrap();
        prop_assert!(script.files[0].bytes.is_ascii());
    }
}

proptest! {
    #[test]
    fn a_file_changed_is_the_plan_and_back(wishes in prop::collection::vec(wish(), 1..8)) {
        let top = KeyPath::hklm(TOP);
        let snapshot = snapshot(&top, before());
        let draft = draft(&snapshot, &wishes);
        let after = model(&top, draft.key(&top).unwrap().as_ref());
        let changes: Vec<Change> = draft.steps.iter().map(|step| step.change.clone()).collect();
        let undo: Vec<Change> = changes.iter().rev().map(Change::inverse).collect();

        let mut export = regtext::reg::Writer::new();
        export.comment("an export").key("HKEY_LOCAL_MACHINE\\SYSTEM\\Setup").unwrap();
        each_key(&top, &before(), &mut |path, key| {
            export.key(path.to_long_string()).unwrap();
            for value in &key.values {
                export.set(crate::rewrite::text_of(&value.name), value.kind.0, value.bytes()).unwrap();
            }
        });
        export.key("HKEY_LOCAL_MACHINE\\SYSTEM\\Z").unwrap();
        let read = |bytes: &[u8]| {
            let mut state = Model::new();
            import(&mut state, bytes);
            assert!(state.remove("hklm\\system\\setup").is_some() && state.remove("hklm\\system\\z").is_some());
            state
        };
        let changed = change_reg(&export.into_document(), None, &changes).unwrap();
        prop_assert_eq!(read(&changed), after);
        let back = change_reg(&Document::parse(&changed, &Options::default()), None, &undo).unwrap();
        prop_assert_eq!(read(&back), model(&top, Some(&before())));
    }

    #[test]
    fn a_policy_changed_is_the_plan_and_back(wishes in prop::collection::vec(wish(), 1..8)) {
        let top = KeyPath::hklm(TOP);
        let snapshot = snapshot(&top, before());
        let draft = draft(&snapshot, &wishes);
        // A policy has no keys without values to tell of, nor an empty nameless value of type 0.
        let valued = |mut model: Model| {
            model.retain(|_, values| !values.is_empty());
            model
        };
        let after = valued(model(&top, draft.key(&top).unwrap().as_ref()));
        let changes: Vec<Change> = draft.steps.iter().map(|step| step.change.clone()).collect();
        let undo: Vec<Change> = changes.iter().rev().map(Change::inverse).collect();
        let mut policy = PolicyFile::new();
        policy.set("Software\\Policies\\Other", "kept", 1, b"x\0\0\0").unwrap();
        each_key(&top, &before(), &mut |path, key| {
            for value in &key.values {
                let below = path.to_string().replacen("HKLM\\", "", 1);
                policy.set(below, crate::rewrite::text_of(&value.name), value.kind.0, value.bytes()).unwrap();
            }
        });
        let read = |bytes: &[u8]| {
            let policy = PolicyFile::parse(bytes).unwrap();
            let mut state = Model::new();
            for key in policy.keys() {
                let values = policy.outcome(key).values.into_iter().map(|value| {
                    let regtext::pol::State::Set { ty, data } = value.state else { panic!("{value:?}") };
                    (value.name.to_string().to_lowercase(), (ty, data.to_vec()))
                });
                state.insert(format!("hklm\\{key}").to_lowercase(), values.collect());
            }
            assert!(state.remove("hklm\\software\\policies\\other").is_some());
            valued(state)
        };
        match change_pol(&policy, RootKey::LocalMachine, &changes) {
            Err(TextError::Policy(RecordError::Command { .. })) => {}
            Err(error) => panic!("{error}"),
            Ok(changed) => {
                prop_assert_eq!(read(&changed), after);
                let changed = PolicyFile::parse(&changed).unwrap();
                let back = change_pol(&changed, RootKey::LocalMachine, &undo).unwrap();
                prop_assert_eq!(read(&back), read(&policy.to_bytes()));
            }
        }
    }
}

/// A hive as the tests of the hive crate build them.
fn hive(key: &Key) -> Vec<u8> {
    use regf::build::{NewKey, NewValue};
    fn convert(key: &Key) -> NewKey {
        let value = |value: &Value| NewValue {
            name: value.name.to_utf16(),
            kind: value.kind.0,
            data: value.bytes().to_vec(),
        };
        NewKey {
            name: key.name.to_utf16(),
            values: key.values.iter().map(value).collect(),
            subkeys: key.subkeys.iter().map(convert).collect(),
            ..NewKey::default()
        }
    }
    let security = "O:BAG:SYD:P(A;CI;KA;;;BA)".parse::<nt::security::SecurityDescriptor>().unwrap();
    let mut root = convert(key);
    root.security = security.to_bytes();
    regf::build::build(&root, "SYSTEM").unwrap()
}

fn read(bytes: &[u8]) -> Model {
    fn convert<I: regf::Image>(key: regf::Key<'_, I>) -> Key {
        let value = |value: regf::Value<'_, I>| {
            let name: Vec<u16> = value.name().units().collect();
            let data = value.data().unwrap().into_owned();
            Value::new(snapshot::Name::from_utf16(&name), ValueType(value.data_type().0), data)
        };
        Key {
            name: snapshot::Name::from_utf16(&key.name().units().collect::<Vec<_>>()),
            values: key.values().map(|it| value(it.unwrap())).collect(),
            subkeys: key.subkeys().map(|it| convert(it.unwrap())).collect(),
            ..Key::default()
        }
    }
    let hive = regf::Hive::open(bytes).unwrap();
    let root = convert(hive.root().unwrap());
    model(&KeyPath::hklm("SYSTEM"), Some(&root))
}

/// hivex imports the same files into a real hive. It takes UTF-8 with LF, as its manual says.
#[test]
fn hivex_imports_it_into_a_hive() {
    if Command::new("hivexregedit").arg("--help").output().is_err() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "no hivexregedit");
        eprintln!("skipped: no hivexregedit (Debian's libwin-hivex-perl)");
        return;
    }
    let wishes = [
        Wish::Set("", "x", 4, vec![7, 0, 0, 0]),
        Wish::Set("New\\C", "list", 7, snapshot::MultiString::encode(&["rdls1", "rdls2.example.com"])),
        Wish::Set("New\\C", "", 1, snapshot::Text::encode("a \"quoted\" \\ text")),
        Wish::Unset("A\\B", "x"),
        Wish::Set("A", "b", 3, (0..100).collect()),
        Wish::Delete("A\\B"),
    ];
    let top = KeyPath::hklm(TOP);
    let snapshot = snapshot(&top, before());
    let draft = draft(&snapshot, &wishes);
    let emitted = reg(&plan(&draft)).unwrap();
    let (does, undoes) = files(&emitted);
    let parents = TOP.split('\\').rev().skip(1);
    let root =
        parents.fold(before(), |key, name| Key { name: name.into(), subkeys: vec![key], ..Key::default() });

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("SYSTEM");
    std::fs::write(&path, hive(&root)).unwrap();
    let untouched = read(&std::fs::read(&path).unwrap());
    for (file, expected) in [(does, draft.key(&top).unwrap()), (undoes, Some(before()))] {
        let text = regtext::Text::from_utf16le(&file[2..]).to_string().replace("\r\n", "\n");
        let script = folder.path().join("change.reg");
        std::fs::write(&script, text).unwrap();
        let done = Command::new("hivexregedit")
            .args(["--merge", "--prefix", r"HKEY_LOCAL_MACHINE\SYSTEM"])
            .args([&path, &script])
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let mut wanted = untouched.clone();
        wanted.retain(|key, _| !key.starts_with(&top.to_string().to_lowercase()));
        wanted.extend(model(&top, expected.as_ref()));
        assert_eq!(read(&std::fs::read(&path).unwrap()), wanted);
    }
}
