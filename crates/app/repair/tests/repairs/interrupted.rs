//! Repairs that stop midway: at any point, the next run detects it and completes or reverts the repair.

use regf::edit::{Files as _, HiveFiles, Options, Step};
use repair::journal::{Begin, Entry};
use repair::{Arguments, Plan, Recovered};
use snapshot::Change;

use crate::machine::{Host, NOW, core, dword, set};

/// Writes the begin record of the journal, as a run that was killed directly after it.
fn begin(host: &Host, plan: &Plan) {
    let begin = Begin {
        id: 1,
        undoes: None,
        location: host.location(),
        plan: plan.clone(),
        changes: plan.changes().cloned().collect(),
        backup: "backups/none".to_owned(),
    };
    host.journal().append(Entry::Begin(Box::new(begin)), NOW).unwrap();
}

fn recover(host: &Host) -> Recovered {
    let mut journal = host.journal();
    let record = journal.record(1).unwrap();
    assert_eq!(record.end, None);
    let keys = record.begin.changes.iter().map(Change::key);
    let mut target = record.begin.location.open(keys).unwrap();
    let recovered = repair::recover(&record, target.as_mut(), &mut journal, NOW).unwrap();
    assert!(journal.record(1).unwrap().end.is_some());
    recovered
}

#[test]
fn the_power_may_fail_at_every_write() {
    let mut complete = 0;
    for stop in 0.. {
        let host = Host::new();
        let old = host.state_of_hives();
        let plan = host.plan("set-mode", &Arguments::default().with("mode", "per-user"));
        begin(&host, &plan);
        let mut files = HiveFiles::open(host.hives().join("SYSTEM")).unwrap();
        let mut editor = files.edit(Options::default()).unwrap();
        let key = editor.find(r"ControlSet001\Control\Terminal Server\RCM\Licensing Core").unwrap().unwrap();
        let name: Vec<u16> = "LicensingMode".encode_utf16().collect();
        editor.set_value(key, &name, 4, &[4, 0, 0, 0], NOW).unwrap();
        let commit = editor.commit().unwrap();
        let ended = stop >= commit.steps().len();
        for step in commit.steps().iter().take(stop) {
            match step {
                Step::SetLen { target, len } => files.storage(*target).unwrap().set_len(*len).unwrap(),
                Step::Write { target, offset, bytes } => {
                    files.storage(*target).unwrap().write_at(*offset, bytes).unwrap();
                }
                Step::Flush { .. } => {}
            }
        }
        drop((files, editor));
        match recover(&host) {
            Recovered::Nothing => assert_eq!(host.state_of_hives().differences(&old), Vec::<String>::new()),
            Recovered::Complete => {
                complete += 1;
                assert_eq!(host.state_of_hives().differences(&old).len(), 1);
                // A complete repair can be undone.
                host.undo(1).unwrap();
                assert_eq!(host.state_of_hives().differences(&old), Vec::<String>::new());
            }
            other => panic!("after {stop} steps: {other:?}"),
        }
        if ended {
            break;
        }
    }
    assert!(complete > 1, "only the whole commit was found complete");
}

/// Two hives are committed one after the other: between the commits the machine has half of the changes.
#[test]
fn what_was_done_in_one_hive_only_is_put_back() {
    let host = Host::new();
    let old = host.state_of_hives();
    let software = snapshot::KeyPath::hklm(r"SOFTWARE\Microsoft\Windows NT\CurrentVersion");
    let in_system = set(&core(), "LicensingMode", Some(&dword("", 5)), Some(&dword("", 4)));
    let in_software = set(&software, "Test", None, Some(&dword("", 1)));
    for done in [&in_system, &in_software] {
        let other = Host::new();
        let location = host.location();
        let mut target = location.open([done.key()].into_iter()).unwrap();
        let plan = host.plan_of(vec![done.clone()]);
        repair::apply(&plan, &location, None, target.as_mut(), &mut other.journal(), NOW).unwrap();
        drop(target);
        let _ = std::fs::remove_dir_all(host.state());
        begin(&host, &host.plan_of(vec![in_system.clone(), in_software.clone()]));
        assert_eq!(recover(&host), Recovered::PutBack);
        assert_eq!(host.state_of_hives().differences(&old), Vec::<String>::new());
    }
}

#[test]
fn what_somebody_else_changed_meanwhile_is_left_alone() {
    let host = Host::new();
    let plan = host.plan("set-mode", &Arguments::default().with("mode", "per-user"));
    let other = Host::new();
    let location = host.location();
    let mut target = location.open([&core()].into_iter()).unwrap();
    let change = set(&core(), "LicensingMode", Some(&dword("", 5)), Some(&dword("", 2)));
    repair::apply(&host.plan_of(vec![change]), &location, None, target.as_mut(), &mut other.journal(), NOW)
        .unwrap();
    drop(target);
    begin(&host, &plan);
    let Recovered::Left { because } = recover(&host) else { panic!() };
    assert!(because.contains("found REG_DWORD 2"), "{because}");
    // The journal has no open repair, so further repairs are possible.
    host.apply(&host.plan("set-mode", &Arguments::default().with("mode", "per-user"))).unwrap();
}
