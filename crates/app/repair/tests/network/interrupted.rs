//! A connection that breaks before and after each modifying call of a repair: the journal records it, and the
//! next run completes or reverts the repair.

use std::cell::RefCell;
use std::rc::Rc;

use licensing::places;
use msrpc::Pipe;
use repair::target::{CallError, Calls, KeyedTarget, Need, Parts, Reach, Remote};
use repair::{Applied, ApplyError, Arguments, Plan, Recovered, Step};
use samba::{ADMINISTRATOR, Cut, Relay};
use snapshot::{Change, Key, KeyPath, Name, Placed, Security, Value, ValueType};

use crate::machine::{Host, NOW, PATIENT, same};

/// Records the number of messages before each modifying call.
struct Watched<'r, P> {
    calls: Remote<P>,
    relay: &'r Relay,
    met: Rc<RefCell<Vec<u64>>>,
}

impl<P: Pipe> Watched<'_, P> {
    fn changing(&mut self) -> &mut Remote<P> {
        self.met.borrow_mut().push(self.relay.questions());
        &mut self.calls
    }
}

impl<P: Pipe> Calls for Watched<'_, P> {
    fn key(&self, key: &KeyPath, reach: Reach) -> Result<Option<Key>, CallError> {
        self.calls.key(key, reach)
    }

    fn allows(&self, key: &KeyPath, need: Need) -> Result<bool, CallError> {
        self.calls.allows(key, need)
    }

    fn gives_owners_back(&self) -> Result<bool, CallError> {
        self.calls.gives_owners_back()
    }

    fn create_key(&mut self, key: &KeyPath, class: Option<&Name>) -> Result<(), CallError> {
        self.changing().create_key(key, class)
    }

    fn set_value(&mut self, key: &KeyPath, value: &Value) -> Result<(), CallError> {
        self.changing().set_value(key, value)
    }

    fn delete_value(&mut self, key: &KeyPath, name: &Name) -> Result<(), CallError> {
        self.changing().delete_value(key, name)
    }

    fn delete_key(&mut self, key: &KeyPath) -> Result<(), CallError> {
        self.changing().delete_key(key)
    }

    fn set_security(&mut self, key: &KeyPath, security: &Security, parts: Parts) -> Result<(), CallError> {
        self.changing().set_security(key, security, parts)
    }

    fn flush(&mut self, hive: &KeyPath) -> Result<(), CallError> {
        self.changing().flush(hive)
    }
}

/// A plan with every kind of change.
fn everything(host: &Host) -> Plan {
    let mut plan = host.plan("set-mode", &Arguments::default().with("mode", "per-device")).unwrap();
    let target = host.target();
    let core = places::licensing_core();
    let dword = |number: u32| Placed::of(&Value::new("", ValueType::DWORD, number.to_le_bytes()));
    let value = |name: &str, before: Option<Placed>, after: Option<Placed>| Change::Value {
        key: core.clone(),
        name: name.into(),
        before,
        after,
    };
    let store = places::client_store();
    let before = target.key(&store, Reach::Tree).unwrap().map(Box::new);
    let security = target.key(&core, Reach::Alone).unwrap().unwrap().security.unwrap();
    let open = "O:BAG:BAD:(A;CI;KA;;;BA)(A;CI;KR;;;WD)".parse::<nt::security::SecurityDescriptor>().unwrap();
    let new = core.child(&"below".into());
    let made = Key { name: "below".into(), ..Key::default() };
    let changes = [
        value("First", Some(dword(1)), None),
        value("New", None, Some(dword(7))),
        Change::Key { key: new.clone(), before: None, after: Some(Box::new(made)) },
        Change::Value { key: new, name: "x".into(), before: None, after: Some(dword(1)) },
        Change::Key { key: store, before, after: None },
        Change::Security { key: core, before: security, after: Security::new(open.to_bytes()) },
    ];
    plan.steps.extend(changes.map(|change| Step { change, why: "a test".to_owned() }));
    plan.fingerprint = plan.fingerprint_now();
    plan
}

/// Applies the plan through the relay. Returns the number of messages before each modifying call.
fn apply(host: &Host, relay: &Relay, plan: &Plan) -> (Result<Applied, ApplyError>, Vec<u64>) {
    let start = relay.questions();
    let met = Rc::<RefCell<Vec<u64>>>::default();
    let place = Host::place_by(ADMINISTRATOR, relay.port());
    let client = place.connect(PATIENT.machine).unwrap().unwrap();
    let mut target = KeyedTarget::new(Watched { calls: Remote::new(client), relay, met: Rc::clone(&met) });
    let applied = repair::apply(plan, &host.location(), None, &mut target, &mut host.journal(), NOW);
    let met = met.borrow().iter().map(|questions| questions - start).collect();
    (applied, met)
}

#[test]
fn wherever_the_connection_breaks() {
    let Some(host) = Host::start() else { return };
    let relay = Relay::start(host.port()).unwrap();
    let plan = everything(&host);
    let old = host.state();
    let (applied, calls) = apply(&host, &relay, &plan);
    applied.unwrap();
    let new = host.state();
    host.undo(1).unwrap();
    assert!(same(&host.state(), &old));
    println!("{} calls change something", calls.len());
    assert!(calls.len() > plan.steps.len());

    let (mut complete, mut put_back, mut nothing) = (0, 0, 0);
    for (index, questions) in calls.iter().enumerate() {
        for cut in [Cut::Before, Cut::After] {
            let at = format!("cut {cut:?} call {index}");
            host.forget();
            // The first message opens the key, the second is the call.
            relay.cut_at(questions + 2, cut);
            let (applied, _) = apply(&host, &relay, &plan);
            let error = applied.expect_err(&at);
            assert!(matches!(error, ApplyError::Lost { id: 1, .. }), "{at}: {error}");
            let advice = diagnostic::Diagnostic::advice(&error).unwrap_or_default();
            assert!(advice.contains("completes or reverts it"), "{error}: {advice}");
            relay.mend();

            // The journal contains the repair, and no other repair is allowed before it is resolved.
            let record = host.journal().record(1).unwrap();
            assert_eq!(record.end, None, "{at}");
            if index == 0 {
                let refused = host.apply(&plan, None).unwrap_err();
                assert!(matches!(refused, ApplyError::Unfinished(1)), "{at}: {refused}");
            }
            let recovered =
                repair::recover(&record, host.target().as_mut(), &mut host.journal(), NOW).unwrap();
            match recovered {
                Recovered::Complete => {
                    complete += 1;
                    assert!(same(&host.state(), &new), "{at}");
                    host.undo(1).unwrap();
                }
                Recovered::PutBack => put_back += 1,
                Recovered::Nothing => nothing += 1,
                Recovered::Left { because } => panic!("{at}: {because}"),
            }
            assert!(host.journal().record(1).unwrap().end.is_some());
            assert!(same(&host.state(), &old), "{at}: {recovered:?}");
        }
    }
    println!("{complete} complete, {put_back} put back, {nothing} with nothing changed");
    assert!(complete > 0 && put_back > 0 && nothing > 0);
}
