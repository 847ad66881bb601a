//! Registries with transactions: the changes of a transaction are visible completely or not at all. If a
//! transaction fails, the plan is applied without one.

use std::cell::RefCell;
use std::rc::Rc;

use diagnostic::Code;
use licensing::places;
use repair::target::{CallError, Calls, KeyedTarget, Need, Parts, Reach};
use repair::{Applied, ApplyError, Journal, Location, Plan, Recovered};
use snapshot::{Change, Key, KeyPath, Name, Security, Value};

use crate::keyed::{Memory, OPEN, UNLIMITED, same};
use crate::machine::{Host, NOW, core, dword, set};

/// A registry in memory with transactions: changes are made in an invisible copy, which replaces the registry
/// on commit.
struct Transacted {
    outside: Memory,
    inside: Option<Memory>,
    /// The commit of a transaction fails.
    commit_fails: bool,
    /// Keys cannot be deleted in a transaction.
    deletes_outside_alone: bool,
    /// The visible state after each modifying call.
    seen: Rc<RefCell<Vec<Key>>>,
}

impl Transacted {
    fn over(memory: &Memory) -> Self {
        Self {
            outside: memory.clone(),
            inside: None,
            commit_fails: false,
            deletes_outside_alone: false,
            seen: Rc::default(),
        }
    }

    fn now(&mut self) -> &mut Memory {
        self.inside.as_mut().unwrap_or(&mut self.outside)
    }

    fn called(&mut self, call: impl FnOnce(&mut Memory) -> Result<(), CallError>) -> Result<(), CallError> {
        let done = call(self.now());
        self.seen.borrow_mut().push(self.outside.state());
        done
    }
}

impl Calls for Transacted {
    fn begin(&mut self) -> Result<bool, CallError> {
        assert!(self.inside.is_none(), "one at a time");
        self.inside = Some(self.outside.apart());
        Ok(true)
    }

    fn commit(&mut self) -> Result<(), CallError> {
        let inside = self.inside.take().unwrap();
        if self.commit_fails {
            return Err(CallError::refused(Code::Rejected, "somebody changed it from outside"));
        }
        self.outside.flush(&places::terminal_server())?;
        self.outside.become_as(&inside);
        Ok(())
    }

    fn roll_back(&mut self) {
        self.inside = None;
    }

    fn key(&self, key: &KeyPath, reach: Reach) -> Result<Option<Key>, CallError> {
        self.outside.key(key, reach)
    }

    fn allows(&self, key: &KeyPath, need: Need) -> Result<bool, CallError> {
        self.outside.allows(key, need)
    }

    fn gives_owners_back(&self) -> Result<bool, CallError> {
        self.outside.gives_owners_back()
    }

    fn create_key(&mut self, key: &KeyPath, class: Option<&Name>) -> Result<(), CallError> {
        self.called(|memory| memory.create_key(key, class))
    }

    fn set_value(&mut self, key: &KeyPath, value: &Value) -> Result<(), CallError> {
        self.called(|memory| memory.set_value(key, value))
    }

    fn delete_value(&mut self, key: &KeyPath, name: &Name) -> Result<(), CallError> {
        self.called(|memory| memory.delete_value(key, name))
    }

    fn delete_key(&mut self, key: &KeyPath) -> Result<(), CallError> {
        if self.inside.is_some() && self.deletes_outside_alone {
            return Err(CallError::refused(Code::Rejected, "not in a transaction"));
        }
        self.called(|memory| memory.delete_key(key))
    }

    fn set_security(&mut self, key: &KeyPath, new: &Security, parts: Parts) -> Result<(), CallError> {
        assert!(self.inside.is_none(), "from outside it would end the transaction");
        self.called(|memory| memory.set_security(key, new, parts))
    }

    fn flush(&mut self, hive: &KeyPath) -> Result<(), CallError> {
        self.outside.flush(hive)
    }
}

/// Administrators own the key, and so may change the access list, but not the values.
const READ_ONLY: &str = "O:BAG:SYD:P(A;CI;KR;;;BA)(A;CI;KA;;;SY)";

fn machine(core_list: &str) -> Memory {
    let store = places::client_store().join("Store");
    Memory::new()
        .with(&core(), core_list, &[dword("First", 1), dword("LicensingMode", 5)])
        .with(&store, OPEN, &[])
        .with(&store.join("LICENSE000"), OPEN, &[dword("ClientLicense", 1)])
        .with(&store.join("LICENSE000").join("deep"), OPEN, &[dword("x", 1)])
}

fn plan(memory: &Memory) -> Plan {
    let store = places::client_store().join("Store");
    let whole = memory.key(&store, Reach::Tree).unwrap().map(Box::new);
    Host::new().plan_of(vec![
        set(&core(), "First", Some(&dword("First", 1)), None),
        set(&core(), "LicensingMode", Some(&dword("", 5)), Some(&dword("", 4))),
        Change::Key { key: store, before: whole, after: None },
    ])
}

struct Run {
    memory: Memory,
    folder: tempfile::TempDir,
}

impl Run {
    fn new(core_list: &str) -> Self {
        Self { memory: machine(core_list), folder: tempfile::tempdir().unwrap() }
    }

    fn journal(&self) -> Journal {
        Journal::open(self.folder.path()).unwrap()
    }

    fn apply(&self, calls: Transacted, plan: &Plan, undoes: Option<u64>) -> Result<Applied, ApplyError> {
        let place = Location::Policy { file: "in memory".into() };
        repair::apply(plan, &place, undoes, &mut KeyedTarget::new(calls), &mut self.journal(), NOW)
    }

    /// Applies and undoes the plan with these calls. Returns the remarks and the visible state after each
    /// call.
    fn there_and_back(&self, calls: impl Fn() -> Transacted) -> (Vec<String>, Vec<Key>, Key) {
        let old = self.memory.state();
        let first = calls();
        let seen = Rc::clone(&first.seen);
        let applied = self.apply(first, &plan(&self.memory), None).unwrap();
        let new = self.memory.state();
        assert!(!same(&old, &new));
        assert!(self.memory.key(&places::client_store().join("Store"), Reach::Alone).unwrap().is_none());
        let back = repair::undo::plan(&self.journal().record(1).unwrap(), NOW).unwrap();
        self.apply(calls(), &back, Some(1)).unwrap();
        assert!(same(&self.memory.state(), &old), "{:#?}", self.memory.state());
        (applied.remarks, seen.borrow().clone(), new)
    }
}

#[test]
fn nobody_sees_a_half_of_it() {
    let run = Run::new(OPEN);
    let old = run.memory.state();
    let (remarks, seen, new) = run.there_and_back(|| Transacted::over(&run.memory));
    assert_eq!(remarks, Vec::<String>::new());
    assert!(seen.len() >= 5, "each value and key took a call");
    assert!(seen.iter().all(|seen| same(seen, &old)), "before it was committed nothing was to be seen");
    assert!(!same(&old, &new));
}

/// Access to a protected key is granted before the transaction, and revoked after it.
#[test]
fn lists_are_changed_outside() {
    let run = Run::new(READ_ONLY);
    let limited = || Transacted::over(&run.memory.without_restoring());
    let old = run.memory.state();
    let (_, seen, new) = run.there_and_back(limited);
    assert!(!seen.iter().all(|seen| same(seen, &old)), "the list was changed");
    let key = |root: &Key| {
        let parts = core();
        parts
            .parts()
            .iter()
            .try_fold(root.clone(), |key, name| key.subkeys.into_iter().find(|key| key.name.same(name)))
    };
    let (was, is) = (key(&old).unwrap(), key(&new).unwrap());
    assert!(was.security.unwrap().is_same(&is.security.unwrap()), "closed again");
}

#[test]
fn what_does_not_go_through_is_made_one_by_one() {
    let run = Run::new(OPEN);
    let (remarks, ..) =
        run.there_and_back(|| Transacted { commit_fails: true, ..Transacted::over(&run.memory) });
    assert!(
        remarks[0].starts_with("the changes could not be made in a transaction (")
            && remarks[0].contains("somebody changed it from outside")
            && remarks[0].ends_with("made one by one"),
        "{remarks:?}"
    );
    let run = Run::new(OPEN);
    let (remarks, ..) =
        run.there_and_back(|| Transacted { deletes_outside_alone: true, ..Transacted::over(&run.memory) });
    assert!(remarks[0].contains("not in a transaction"), "{remarks:?}");
}

/// The program is interrupted after each of its calls; the changes of the transaction are then discarded.
#[test]
fn whichever_call_is_the_last() {
    for list in [OPEN, READ_ONLY] {
        let mut outcomes = [0; 2];
        for stop in 1.. {
            let run = Run::new(list);
            let old = run.memory.state();
            let calls = Transacted::over(&run.memory.without_restoring());
            let plan = plan(&run.memory);
            run.memory.limit(stop);
            let applied = run.apply(calls, &plan, None);
            run.memory.limit(UNLIMITED);
            if applied.is_ok() {
                break;
            }
            let Some(record) = run.journal().record(1).filter(|record| record.end.is_none()) else {
                panic!("the journal knows of it: {applied:?}");
            };
            let mut target = KeyedTarget::new(Transacted::over(&run.memory.without_restoring()));
            let recovered = repair::recover(&record, &mut target, &mut run.journal(), NOW).unwrap();
            let is_old = same(&run.memory.state(), &old);
            match recovered {
                Recovered::Complete => assert!(!is_old),
                Recovered::Nothing | Recovered::PutBack => {
                    assert!(is_old, "{stop}: {:#?}", run.memory.state());
                }
                Recovered::Left { because } => panic!("{stop}: {because}"),
            }
            outcomes[usize::from(is_old)] += 1;
        }
        assert!(outcomes.iter().all(|&count| count > 0), "{outcomes:?}");
    }
}
