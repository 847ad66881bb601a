//! Windows methods are tried before registry calls. For any behavior of a method, the plan is applied
//! exactly, and the undo is complete.

use licensing::places;
use repair::target::{CallError, Calls as _, KeyedTarget, MethodResult, Reach, Setter, WmiFirst, WmiSetters};
use repair::{Applied, ApplyError, Journal, Location, Plan, Recovered};
use snapshot::{KeyPath, MultiString, Value, ValueType};

use crate::keyed::{Memory, OPEN, UNLIMITED, same};
use crate::machine::{Host, NOW, core, dword, set};

/// The behavior of a method in the simulated Windows.
type Does = fn(&mut Memory, &Setter) -> Result<MethodResult, CallError>;

struct Scripted {
    memory: Memory,
    does: Does,
    called: Vec<&'static str>,
}

impl WmiSetters for Scripted {
    fn call(&mut self, setter: &Setter) -> MethodResult {
        self.called.push(setter.method());
        (self.does)(&mut self.memory, setter).unwrap_or_else(|error| MethodResult::Refused(error.to_string()))
    }
}

fn list(names: &[&str]) -> Value {
    Value::new("SpecifiedLicenseServers", ValueType::MULTI_SZ, MultiString::encode(names))
}

fn machine() -> Memory {
    Memory::new().with(&core(), OPEN, &[dword("First", 1), dword("LicensingMode", 5)]).with(
        &places::license_servers(),
        OPEN,
        &[list(&["OLD"])],
    )
}

fn changes() -> Plan {
    let (old, new) = (list(&["OLD"]), list(&["LS1", "LS2"]));
    Host::new().plan_of(vec![
        set(&core(), "LicensingMode", Some(&dword("", 5)), Some(&dword("", 4))),
        set(&places::license_servers(), "SpecifiedLicenseServers", Some(&old), Some(&new)),
    ])
}

/// The documented behavior of the methods.
fn properly(memory: &mut Memory, setter: &Setter) -> Result<MethodResult, CallError> {
    let (key, value): (KeyPath, Value) = match setter {
        Setter::Mode(mode) => (places::licensing_core(), dword("LicensingMode", *mode)),
        Setter::Servers(names) => {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            (places::license_servers(), list(&names))
        }
    };
    memory.set_value(&key, &value)?;
    Ok(MethodResult::Done)
}

struct Run {
    memory: Memory,
    folder: tempfile::TempDir,
    does: Does,
}

impl Run {
    fn new(does: Does) -> Self {
        Self { memory: machine(), folder: tempfile::tempdir().unwrap(), does }
    }

    fn target(&self) -> KeyedTarget<WmiFirst<Memory, Scripted>> {
        let methods = Scripted { memory: self.memory.clone(), does: self.does, called: Vec::new() };
        KeyedTarget::new(WmiFirst::new(self.memory.clone(), methods))
    }

    fn journal(&self) -> Journal {
        Journal::open(self.folder.path()).unwrap()
    }

    fn apply(&self, plan: &Plan, undoes: Option<u64>, calls: usize) -> Result<Applied, ApplyError> {
        self.memory.limit(calls);
        let place = Location::Policy { file: "in memory".into() };
        let applied = repair::apply(plan, &place, undoes, &mut self.target(), &mut self.journal(), NOW);
        self.memory.limit(UNLIMITED);
        applied
    }

    fn value(&self, key: &KeyPath, name: &str) -> Option<Value> {
        let key = self.memory.key(key, Reach::Alone).unwrap().unwrap();
        key.values.into_iter().find(|value| value.name.to_string() == name)
    }

    /// Applies the plan, checks that exactly its changes are made, undoes it, and checks that the original
    /// state is restored. Returns the remarks.
    fn there_and_back(&self) -> Vec<String> {
        let old = self.memory.state();
        let applied = self.apply(&changes(), None, UNLIMITED).unwrap();
        assert_eq!(self.value(&core(), "LicensingMode"), Some(dword("LicensingMode", 4)));
        assert_eq!(self.value(&core(), "First"), Some(dword("First", 1)));
        let servers = self.value(&places::license_servers(), "SpecifiedLicenseServers");
        assert_eq!(servers, Some(list(&["LS1", "LS2"])));
        assert_eq!(self.memory.key(&core(), Reach::Alone).unwrap().unwrap().values.len(), 2);
        let back = repair::undo::plan(&self.journal().record(1).unwrap(), NOW).unwrap();
        self.apply(&back, Some(1), UNLIMITED).unwrap();
        assert!(same(&self.memory.state(), &old), "{:#?}", self.memory.state());
        applied.remarks
    }
}

#[test]
fn a_method_that_works_is_used_and_told() {
    let run = Run::new(properly);
    let mut target = run.target();
    let plan = changes();
    let place = Location::Policy { file: "in memory".into() };
    let applied = repair::apply(&plan, &place, None, &mut target, &mut run.journal(), NOW).unwrap();
    assert_eq!(target.calls().methods().called, ["ChangeMode", "SetSpecifiedLicenseServerList"]);
    assert_eq!(
        applied.remarks,
        [
            "LicensingMode was set by the Windows method ChangeMode",
            "SpecifiedLicenseServers was set by the Windows method SetSpecifiedLicenseServerList"
        ]
    );
    let kept = std::fs::read_to_string(run.folder.path().join("journal.jsonl")).unwrap();
    assert!(kept.contains(&applied.remarks[0]), "the journal says it too: {kept}");
    Run::new(properly).there_and_back();
}

#[test]
fn where_there_is_no_method_nothing_is_said_of_it() {
    assert_eq!(Run::new(|_, _| Ok(MethodResult::Absent)).there_and_back(), Vec::<String>::new());
}

#[test]
fn a_refusal_is_told_and_the_registry_is_next() {
    let remarks =
        Run::new(|_, _| Ok(MethodResult::Refused("it returned 0x80041016".to_owned()))).there_and_back();
    assert_eq!(
        remarks[0],
        "the Windows method ChangeMode did not set LicensingMode (it returned 0x80041016); it was set in the registry"
    );
}

/// The method reports success without setting the value; it sets the value and reports a failure.
#[test]
fn what_a_method_says_is_not_what_counts() {
    let remarks = Run::new(|_, _| Ok(MethodResult::Done)).there_and_back();
    assert!(remarks[0].contains("set LicensingMode differently than planned"), "{remarks:?}");
    let remarks = Run::new(|memory, setter| {
        properly(memory, setter)?;
        Ok(MethodResult::Refused("no answer".to_owned()))
    })
    .there_and_back();
    assert_eq!(remarks[0], "LicensingMode was set by the Windows method ChangeMode");
}

#[test]
fn what_a_method_changes_besides_is_put_back() {
    let remarks = Run::new(|memory, setter| {
        memory.set_value(&core(), &dword("First", 7))?;
        memory.set_value(&core(), &dword("Second", 7))?;
        properly(memory, setter)
    })
    .there_and_back();
    assert!(remarks.iter().any(|remark| remark.contains("ChangeMode also changed First in ")), "{remarks:?}");
    assert!(
        remarks.iter().any(|remark| remark.contains("ChangeMode also changed Second in ")),
        "{remarks:?}"
    );
    let remarks = Run::new(|memory, setter| {
        if matches!(setter, Setter::Mode(_)) {
            memory.delete_value(&core(), &"First".into())?;
        }
        properly(memory, setter)
    })
    .there_and_back();
    assert!(
        remarks
            .iter()
            .any(|remark| remark.contains("ChangeMode also changed First in ")
                && remark.ends_with("was reverted")),
        "{remarks:?}"
    );
}

/// The program is interrupted after each of its calls, including that of the method.
#[test]
fn whichever_call_is_the_last() {
    let (old, mut outcomes) = (machine().state(), [0; 2]);
    for stop in 1.. {
        let run = Run::new(properly);
        if run.apply(&changes(), None, stop).is_ok() {
            break;
        }
        let record = run.journal().record(1).unwrap();
        assert!(record.end.is_none(), "the journal knows of it");
        let recovered = repair::recover(&record, &mut run.target(), &mut run.journal(), NOW).unwrap();
        let is_old = same(&run.memory.state(), &old);
        match recovered {
            Recovered::Complete => assert!(!is_old),
            Recovered::Nothing | Recovered::PutBack => assert!(is_old, "{:#?}", run.memory.state()),
            Recovered::Left { because } => panic!("{because}"),
        }
        outcomes[usize::from(is_old)] += 1;
    }
    assert!(outcomes.iter().all(|&count| count > 0), "{outcomes:?}");
}

#[test]
fn only_what_somebody_would_choose_has_a_method() {
    let key = core();
    assert_eq!(Setter::of(&key, &dword("licensingmode", 2)), Some(Setter::Mode(2)));
    assert_eq!(Setter::of(&key, &dword("LicensingMode", 5)), None, "no mode at all");
    assert_eq!(Setter::of(&key, &dword("Other", 2)), None);
    assert_eq!(Setter::of(&places::policy(), &dword("LicensingMode", 2)), None, "a policy's");
    let servers = places::license_servers();
    assert_eq!(Setter::of(&servers, &list(&["A", "B"])), Some(Setter::Servers(vec!["A".into(), "B".into()])));
    assert_eq!(Setter::of(&servers, &list(&[])), None);
    assert_eq!(Setter::of(&servers, &list(&["A", "", "B"])), None);
}
