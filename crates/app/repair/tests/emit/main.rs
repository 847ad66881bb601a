//! Plans emitted as files for use elsewhere: their text, and how our own readers and other programs read
//! them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::Command;

use licensing::model::{Layer, LicensingMode};
use licensing::{Machine, Options, Profile};
use repair::emit::{self, EmitError, Emitted, Wanted};
use repair::{Arguments, History, Plan, Request, Step};
use snapshot::{Change, Data, Key, MultiString, Placed, Security, Snapshot, Value, ValueType};

const HOST: &str = r#"
;; source: licensing.md 2.1; keys as on a session host of Windows Server 2019
;; covers: HKLM\SYSTEM
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName]
"ComputerName"="RDSH1"

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ComputerName\ActiveComputerName]
"ComputerName"="RDSH1"

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core]
"LicensingMode"=dword:00000005

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters]
"Other"=dword:00000001

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ProductOptions]
"ProductType"="ServerNT"

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="6.3"
"ProductName"="Windows Server 2019 Standard"
"#;

fn set_mode(snapshot: &Snapshot) -> Plan {
    let now = "2026-03-01T08:00:00.5Z".parse().unwrap();
    let machine = Machine::new(snapshot, now, Profile::Auto);
    let arguments = Arguments::default().with("mode", "per-user");
    let history = History::default();
    let recipe = repair::by_name("set-mode").unwrap();
    recipe.plan(&Request { machine: &machine, arguments: &arguments, history: &history, now }).unwrap()
}

fn host() -> Plan {
    set_mode(&fixture::parse(HOST).unwrap().machines[0])
}

/// The plan extended by a server list, as from a recipe for both settings.
fn with_servers(servers: &[&str]) -> Plan {
    let mut plan = host();
    let key = licensing::places::license_servers();
    let new = Key { name: "LicenseServers".into(), ..Key::default() };
    let list = Value::new("", ValueType::MULTI_SZ, MultiString::encode(servers));
    let changes = [
        Change::Key { key: key.clone(), before: None, after: Some(Box::new(new)) },
        Change::Value {
            key,
            name: "SpecifiedLicenseServers".into(),
            before: None,
            after: Some(Placed::of(&list)),
        },
    ];
    plan.steps.extend(changes.map(|change| Step { change, why: "no server is named".to_owned() }));
    plan.fingerprint = plan.fingerprint_now();
    plan
}

/// A file as text, preceded by its name.
fn shown(emitted: &Emitted) -> String {
    let mut out = String::new();
    for file in &emitted.files {
        out.push_str("==== ");
        out.push_str(&file.path);
        out.push('\n');
        let text = match file.bytes.strip_prefix(&[0xFF, 0xFE]) {
            Some(wide) => regtext::Text::from_utf16le(wide).to_string(),
            None if file.bytes.starts_with(b"PReg") => hex::encode(&file.bytes),
            None => String::from_utf8(file.bytes.clone()).unwrap(),
        };
        out.push_str(&text.replace("\r\n", "\n"));
        out.push('\n');
    }
    for lack in &emitted.lacks {
        out.push_str("lacks: ");
        out.push_str(lack);
        out.push('\n');
    }
    out
}

#[test]
fn reg_files_say_what_they_are() {
    let plan = with_servers(&["rdls1", "rdls2.example.com"]);
    let emitted = emit::reg(&plan).unwrap();
    assert!(emitted.files.iter().all(|file| file.bytes.starts_with(&[0xFF, 0xFE])));
    insta::assert_snapshot!(shown(&emitted));
}

#[test]
fn a_script_is_data_and_the_same_code() {
    let plan = with_servers(&["rdls1", "rdls2.example.com"]);
    let emitted = emit::powershell(&plan).unwrap();
    let text = shown(&emitted);
    let (data, code) = text.split_once("# --- what works on it").unwrap();
    insta::assert_snapshot!(data);
    assert!(emitted.files[0].bytes.is_ascii());
    // The code does not depend on the plan.
    let other = shown(&emit::powershell(&host()).unwrap());
    assert_eq!(other.split_once("# --- what works on it").unwrap().1, code);
}

#[test]
fn nothing_in_a_plan_is_run() {
    let emitted = emit::powershell(&nasty()).unwrap();
    let text = String::from_utf8(emitted.files[0].bytes.clone()).unwrap();
    assert!(text.is_ascii());
    let (data, _) = text.split_once("# --- what works on it").unwrap();
    for line in data.lines().map(str::trim_start).filter(|line| !line.starts_with('#')) {
        // Outside of string literals there are only names, numbers and brackets.
        let outside: Vec<_> = line.split('\'').step_by(2).collect();
        assert!(!outside.concat().contains(['`', '"', ';', '&', '|']) || line.contains("; "), "{line}");
        assert!(line.matches('\'').count().is_multiple_of(2), "{line}");
        assert!(!outside.iter().any(|part| part.contains("Stop-Computer")), "{line}");
    }
    insta::assert_snapshot!(data);
}

/// A plan in which every string tries to escape from its quotes.
fn nasty() -> Plan {
    const NASTY: &str = "x'; Stop-Computer; '\u{2019} $(Stop-Computer) `\n#> \"@\n'@ Stop-Computer";
    let mut plan = host();
    NASTY.clone_into(&mut plan.title);
    plan.notes = vec![NASTY.to_owned()];
    plan.checklist = vec![NASTY.to_owned()];
    plan.machine.name = Some(NASTY.to_owned());
    plan.recipe = format!("../{NASTY}");
    let key = licensing::places::term_service_parameters().join("it's \u{201B}$(Stop-Computer)");
    let value = Value::new(NASTY, ValueType::SZ, snapshot::Text::encode(NASTY));
    let tree = Key { name: key.last().cloned().unwrap(), values: vec![value.clone()], ..Key::default() };
    let changes = [
        Change::Key { key: key.clone(), before: Some(Box::new(tree)), after: None },
        Change::Value {
            key: licensing::places::term_service_parameters(),
            name: NASTY.into(),
            before: None,
            after: Some(Placed::of(&value)),
        },
    ];
    plan.steps.extend(changes.map(|change| Step { change, why: NASTY.to_owned() }));
    plan
}

#[test]
fn policy_forms_say_what_was_asked() {
    let plan = with_servers(&["rdls1", "rdls2.example.com"]);
    insta::assert_snapshot!("lgpo", shown(&emit::lgpo(&plan).unwrap()));
    insta::assert_snapshot!("gpo", shown(&emit::gpo(&plan).unwrap()));
    // The same plan produces the same bytes; another plan produces other ids.
    assert_eq!(emit::gpo(&plan).unwrap(), emit::gpo(&plan).unwrap());
    assert_ne!(emit::gpo(&plan).unwrap().files[1].path, emit::gpo(&host()).unwrap().files[1].path);
}

fn write(folder: &Path, emitted: &Emitted) {
    for file in &emitted.files {
        let path = folder.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &file.bytes).unwrap();
    }
}

#[test]
fn our_own_sources_read_the_policy_back() {
    let plan = with_servers(&["rdls1", "rdls2.example.com"]);
    let lgpo = emit::lgpo(&plan).unwrap().files.remove(0).bytes;
    let parsed = regtext::lgpo::parse(&lgpo, regtext::CodePage::default());
    assert_eq!(parsed.problems, []);
    let from_lgpo = regtext::lgpo::to_policy(&parsed.settings, &regtext::lgpo::Scope::Computer).unwrap();
    let mut lgpo = emit::pol(&plan).unwrap();
    assert_eq!(from_lgpo.to_bytes(), lgpo.files[0].bytes);
    lgpo.files[0].bytes = from_lgpo.to_bytes();

    for emitted in [emit::pol(&plan).unwrap(), lgpo, emit::gpo(&plan).unwrap()] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &emitted);
        let found = sources::discover(folder.path());
        assert!(found.problems.is_empty(), "{:?}", found.problems);
        let [place] = found.places.as_slice() else { panic!("{found:?}") };
        let snapshot = place.capture(&licensing::knowledge::capture::scope()).unwrap();
        assert_eq!(snapshot.notes, []);
        let report = licensing::judge(&snapshot, &Options::at(plan.made_at));
        let mode = report.settings.licensing_mode.winner().unwrap();
        assert_eq!((mode.place, mode.value), (Layer::Policy, Some(LicensingMode::PerUser)));
        let servers = report.settings.license_servers.winner().unwrap();
        let names: Vec<_> = servers.value.iter().flatten().map(|entry| entry.0.as_str()).collect();
        assert_eq!((servers.place, names), (Layer::Policy, vec!["rdls1", "rdls2.example.com"]));
    }
    // It contains only the requested settings.
    assert_eq!(
        regtext::pol::PolicyFile::parse(&emit::pol(&host()).unwrap().files[0].bytes).unwrap().records().len(),
        1
    );
}

#[test]
fn on_a_machine_the_policy_wins() {
    let policy = Wanted::of(&with_servers(&["rdls1", "rdls2"])).unwrap().policy().unwrap();
    // The values that Windows writes at a policy refresh, together with local settings of a host.
    let mut delivered = regtext::reg::Writer::new();
    for record in policy.records() {
        delivered.key(format!("HKEY_LOCAL_MACHINE\\{}", record.key())).unwrap();
        delivered.set(record.value(), record.ty(), record.data()).unwrap();
    }
    let text = delivered.text().to_string();
    let (_, keys) = text.split_once("\r\n").unwrap();
    let local = "\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters\\LicenseServers]\n\
                 \"SpecifiedLicenseServers\"=hex(7):61,00,00,00,00,00\n";
    let fixture = fixture::parse(&format!("{HOST}{local}{}", keys.replace("\r\n", "\n"))).unwrap();
    let report = licensing::judge(&fixture.machines[0], &Options::at(fixture.at));
    let mode = &report.settings.licensing_mode;
    assert_eq!(mode.certain().unwrap(), Some(&LicensingMode::PerUser));
    let servers = &report.settings.license_servers;
    let names: Vec<_> = servers.certain().unwrap().into_iter().flatten().map(|it| it.0.as_str()).collect();
    assert_eq!(names, ["rdls1", "rdls2"]);
    assert!(
        [mode.winner().unwrap().place, servers.winner().unwrap().place].iter().all(|it| *it == Layer::Policy)
    );
    // The local settings still exist and are overridden.
    assert_eq!((mode.at(Layer::Local).count(), servers.at(Layer::Local).count()), (1, 1));
}

#[test]
fn a_machine_under_a_policy_can_be_given_another() {
    let governed = format!(
        "{HOST}\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services]\n\"LicensingMode\"=dword:00000002\n\"LicenseServers\"=\"a,b\"\n"
    );
    let snapshot = fixture::parse(&governed).unwrap().machines.remove(0);
    let machine = Machine::new(&snapshot, "2026-03-01T08:00:00Z".parse().unwrap(), Profile::Auto);
    let plan = set_mode(&emit::ground("set-mode", &machine));
    let wanted = Wanted { mode: Some(LicensingMode::PerUser), servers: None };
    assert_eq!(Wanted::of(&plan).unwrap(), wanted);
    let refused = emit::reg(&plan).unwrap_err().to_string();
    assert!(refused.contains("Group Policy"), "{refused}");
    // Recipes that extend a list start from the list in force.
    let ground = emit::ground("add-server", &machine);
    let key = ground.key(&licensing::places::policy()).unwrap();
    assert_eq!(key.values.len(), 1);
    assert_eq!(key.value("LicenseServers").unwrap().as_text().unwrap().content, "a,b");
}

#[test]
fn what_a_form_cannot_carry_is_refused() {
    let refused =
        |plan: &Plan, form: fn(&Plan) -> Result<Emitted, EmitError>| form(plan).unwrap_err().to_string();
    let mut plan = host();
    plan.recipe = "reset-grace".to_owned();
    insta::assert_snapshot!(refused(&plan, emit::gpo), @"Group Policy has no setting for what reset-grace does, so it cannot be written as a policy; write it as reg or powershell, or apply it");
    let mut plan = host();
    plan.steps.clear();
    insta::assert_snapshot!(refused(&plan, emit::reg), @"the plan has no registry changes; its steps are manual and listed in the printed plan");
    insta::assert_snapshot!(refused(&with_servers(&["a,b"]), emit::lgpo), @"“a,b” cannot be a license server in a policy, where commas separate the names");
    insta::assert_snapshot!(refused(&with_servers(&[]), emit::pol), @"the list would be empty, but the policy requires a server; set the policy to Not Configured instead");

    let key = licensing::places::grace_period();
    let security = Security::new([1]);
    let mut plan = host();
    let change = Change::Security { key: key.clone(), before: security.clone(), after: security };
    plan.steps.push(Step { change, why: String::new() });
    insta::assert_snapshot!(refused(&plan, emit::powershell), @r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod: a script does not change owners and access lists; apply the plan on the machine (rdscal fix --apply) instead");
    let lacks = emit::reg(&plan).unwrap().lacks;
    assert!(lacks[0].contains("owner and access list"), "{lacks:?}");

    let secret = Placed { kind: ValueType::BINARY, data: Data::Withheld { length: 5 }, at: None };
    let mut plan = host();
    let change = Change::Value { key, name: "s".into(), before: Some(secret), after: None };
    plan.steps.push(Step { change, why: String::new() });
    for form in [emit::reg, emit::powershell] {
        assert!(refused(&plan, form).contains("never read"));
    }
}

/// A Python that has this module; otherwise `None`, with a message. With `CI=true` that is a failure.
fn python_with(module: &str) -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../target/peers/bin/python");
    let python = if own.is_file() { own } else { PathBuf::from("python3") };
    let has = Command::new(&python).args(["-c", &format!("import {module}")]).output();
    if has.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "no Python with {module}");
    eprintln!("skipped: no Python with {module} (cargo xtask test installs it)");
    None
}

/// The PowerShell parser finds no error in the script, even for a hostile plan.
#[test]
fn the_grammar_of_powershell_takes_the_script() {
    const PARSE: &str = r#"
import sys, tree_sitter, tree_sitter_pwsh
parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_pwsh.language()))
root = parser.parse(open(sys.argv[1], "rb").read()).root_node
def commands(node):
    if node.type == "command_name":
        yield node.text.decode()
    for child in node.children:
        yield from commands(child)
print(root.has_error, *sorted(set(commands(root))))
"#;
    let Some(python) = python_with("tree_sitter_pwsh") else { return };
    let mut seen = Vec::new();
    for plan in [host(), with_servers(&["rdls1", "o'hara"]), nasty()] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.ps1");
        std::fs::write(&path, &emit::powershell(&plan).unwrap().files[0].bytes).unwrap();
        let done = Command::new(&python).args(["-c", PARSE]).arg(&path).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        seen.push(String::from_utf8(done.stdout).unwrap());
    }
    assert!(seen[0].starts_with("False "), "{seen:?}");
    // No plan adds a command to those that the script runs.
    assert!(seen.iter().all(|commands| *commands == seen[0]), "{seen:?}");
    assert!(!seen[0].contains("Stop-Computer"));
}

/// An independent reader of Registry.pol.
#[test]
fn registrypol_reads_the_policy() {
    const READ: &str = r#"
import sys, registrypol
policy = registrypol.load(open(sys.argv[1], "rb"))
for value in policy.values:
    print(value.key.rstrip("\0"), value.value.rstrip("\0"), value.type, value.data.hex(), sep="|")
"#;
    let Some(python) = python_with("registrypol") else { return };
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &emit::pol(&with_servers(&["rdls1", "rdls2.example.com"])).unwrap());
    let path = folder.path().join("Registry.pol");
    let done = Command::new(python).args(["-c", READ]).arg(&path).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    insta::assert_snapshot!(String::from_utf8(done.stdout).unwrap());
}
