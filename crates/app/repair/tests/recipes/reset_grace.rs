use repair::{Arguments, History, Identity, PastAct, Plan, Refusal};
use snapshot::{FileTime, OriginKind};

use crate::{plan, plan_after, shown};

fn because(reason: &str) -> Arguments {
    Arguments::default().with("reason", reason)
}

fn ticket() -> Arguments {
    because("cals-bought-pending").with("ticket", "PO-4711")
}

/// A session host whose grace record was written 130 days before the judgment.
const HOST: &str = r#"
;; source: licensing.md 2.4; a record made up but for its layout
;; covers: HKLM\SYSTEM
;; covers: HKLM\SOFTWARE
;; at: 2026-03-01T08:00:00Z
;; last-write: HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod = 2025-10-22T08:00:00Z
;; security: HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod = O:NSG:NSD:(A;;KA;;;NS)(A;;KA;;;SY)

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ComputerName\ActiveComputerName]
"ComputerName"="RDSH01"

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod]
"L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588"=hex:01,00,00,00,d0,8c,9d,df,01,15,d1,11,8c,7a,00,c0,4f,c2,97,eb,\
  01,00,00,00,67,45,23,01,ef,cd,ab,89,33,22,11,00,77,66,55,44,04,00,00,00,02,00,00,00,00,00,\
  10,66,00,00,00,01,00,00,20,00,00,00,\
  cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,\
  00,00,00,00,0e,80,00,00,00,02,00,00,20,00,00,00,\
  cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,\
  10,00,00,00,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,40,00,00,00,\
  cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,\
  cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc,cc

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core]
"LicensingMode"=dword:00000004

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters]
"Domain"="one.example"

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermService\Parameters\LicenseServers]
"SpecifiedLicenseServers"=hex(7):72,00,64,00,6c,00,73,00,31,00,00,00,00,00

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="6.3"
"CurrentBuild"="17763"
"ProductName"="Windows Server 2019 Standard"
"#;

/// The host with its grace record written on this day.
fn written(day: &str) -> String {
    HOST.replace("= 2025-10-22T", &format!("= {day}T"))
}

fn refusal(arguments: &Arguments, host: &str) -> String {
    let result = plan("reset-grace", arguments, host);
    assert!(matches!(&result, Err(Refusal::Guard { .. })), "{}", shown(&result));
    shown(&result)
}

#[test]
fn one_value_is_deleted_and_nothing_is_written() {
    let result = plan("reset-grace", &ticket(), HOST);
    let plan: &Plan = result.as_ref().unwrap();
    assert_eq!(plan.steps.len(), 1);
    assert!(plan.changes().all(|change| change.kind() == snapshot::ChangeKind::DeleteValue));
    insta::assert_snapshot!(shown(&result));
}

#[test]
fn each_reason_is_for_what_it_says() {
    for reason in ["lab", "cals-bought-pending", "rebuilt-host"] {
        assert!(plan("reset-grace", &because(reason), HOST).is_ok(), "{reason}");
        // 100 days remain.
        let early = written("2026-02-09");
        assert!(
            matches!(plan("reset-grace", &because(reason), &early), Err(Refusal::Guard { .. })),
            "{reason}"
        );
    }
    insta::assert_snapshot!("readable", refusal(&because("unreadable-record"), HOST));
    insta::assert_snapshot!("no_image", refusal(&because("sealing-image"), HOST));
    insta::assert_snapshot!("early", refusal(&because("lab"), &written("2026-02-09")));
}

#[test]
fn without_a_reason_nothing_is_done() {
    insta::assert_snapshot!(shown(&plan("reset-grace", &Arguments::default(), HOST)), @"refused: one --reason is required: sealing-image, lab, cals-bought-pending, rebuilt-host or unreadable-record");
    assert!(matches!(plan("reset-grace", &because("more-time"), HOST), Err(Refusal::Usage(_))));
    assert!(matches!(
        plan("reset-grace", &because("lab").with("reason", "lab"), HOST),
        Err(Refusal::Usage(_))
    ));
}

#[test]
fn a_month_before_the_end_is_the_bound() {
    // 120 days after 2025-12-01 08:00 is 2026-03-31 08:00: 30 days after the judgment.
    assert!(plan("reset-grace", &ticket(), &written("2025-12-01")).is_err());
    assert!(plan("reset-grace", &ticket(), &written("2025-11-30")).is_ok());
    // The days that the host reports take precedence over the last-write time of the key.
    let told = format!("{}\n;; fact: wmi.grace-days = 12\n", written("2026-02-28"));
    assert!(plan("reset-grace", &ticket(), &told).is_ok());
    let told = format!("{HOST}\n;; fact: wmi.grace-days = 90\n");
    insta::assert_snapshot!(refusal(&ticket(), &told));
}

#[test]
fn where_the_days_are_not_known_a_note_says_so() {
    let host: String = HOST
        .lines()
        .filter(|line| !line.starts_with(";; last-write"))
        .fold(String::new(), |text, line| text + line + "\n");
    insta::assert_snapshot!(shown(&plan("reset-grace", &ticket(), &host)));
}

#[test]
fn mode_and_server_come_first() {
    let mode = HOST.replace("dword:00000004", "dword:00000005");
    insta::assert_snapshot!("no_mode", refusal(&ticket(), &mode));
    let server = HOST.replace("72,00,64,00,6c,00,73,00,31,00,00,00,00,00", "00,00");
    insta::assert_snapshot!("no_server", refusal(&ticket(), &server));
    // It must be known whether a policy overrides the setting.
    let unseen = HOST.replace(";; covers: HKLM\\SOFTWARE\n", "");
    insta::assert_snapshot!("policy_unseen", shown(&plan("reset-grace", &ticket(), &unseen)));
}

#[test]
fn a_policy_that_contradicts_is_settled_first() {
    let policy = |values: &str| {
        format!(
            "{HOST}\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services]\n{values}\n"
        )
    };
    insta::assert_snapshot!("other_mode", refusal(&ticket(), &policy("\"LicensingMode\"=dword:00000002")));
    insta::assert_snapshot!("odd_mode", refusal(&ticket(), &policy("\"LicensingMode\"=dword:00000003")));
    insta::assert_snapshot!("other_servers", refusal(&ticket(), &policy("\"LicenseServers\"=\"rdls2\"")));
    let same = policy("\"LicensingMode\"=dword:00000004\n\"LicenseServers\"=\"rdls1\"");
    assert!(
        plan("reset-grace", &ticket(), &same).is_ok(),
        "{}",
        shown(&plan("reset-grace", &ticket(), &same))
    );
}

#[test]
fn causes_are_named_first() {
    let host = HOST.replace(
        "72,00,64,00,6c,00,73,00,31,00,00,00,00,00",
        "20,00,72,00,64,00,6c,00,73,00,31,00,00,00,00,00",
    );
    let result = plan("reset-grace", &ticket(), &host);
    let plan = result.as_ref().unwrap();
    assert!(plan.notes[0].starts_with("cause to fix first (RDSL-021)"), "{:?}", plan.notes);
    insta::assert_snapshot!(shown(&result));
}

fn act(recipe: &str, machine: Option<&str>, at: &str, undone: bool) -> History {
    let machine =
        Identity { name: machine.map(str::to_owned), kind: OriginKind::Hives, place: "fixture".to_owned() };
    let at: FileTime = at.parse().unwrap();
    let reason = Some("lab".to_owned());
    History(vec![PastAct { id: 7, recipe: recipe.to_owned(), machine, at, reason, undone }])
}

#[test]
fn it_is_done_once_in_120_days() {
    let after = |history: &History| plan_after("reset-grace", &ticket(), HOST, history);
    // Judged on 2026-03-01: 120 days before is 2025-11-01.
    for (history, allowed) in [
        (act("reset-grace", Some("RDSH01"), "2025-11-01T08:00:01Z", false), false),
        (act("reset-grace", Some("RDSH01"), "2025-11-01T08:00:00Z", false), true),
        (act("reset-grace", Some("rdsh01"), "2026-02-01T08:00:00Z", false), false),
        (act("seal-image", Some("RDSH01"), "2026-02-01T08:00:00Z", false), false),
        (act("reset-grace", Some("RDSH01"), "2026-02-01T08:00:00Z", true), true),
        (act("reset-grace", Some("RDSH02"), "2026-02-01T08:00:00Z", false), true),
        (act("set-mode", Some("RDSH01"), "2026-02-01T08:00:00Z", false), true),
        // Setting the clock back does not permit it.
        (act("reset-grace", Some("RDSH01"), "2026-09-01T08:00:00Z", false), false),
    ] {
        assert_eq!(after(&history).is_ok(), allowed, "{history:?}");
    }
    insta::assert_snapshot!(shown(&after(&act(
        "reset-grace",
        Some("RDSH01"),
        "2026-02-01T08:00:00Z",
        false
    ))));
}

#[test]
fn no_reason_gets_around_the_120_days() {
    let history = act("reset-grace", Some("RDSH01"), "2026-02-01T08:00:00Z", false);
    for reason in ["lab", "cals-bought-pending", "rebuilt-host", "sealing-image", "unreadable-record"] {
        let host = format!("{HOST}{GENERALIZED}");
        assert!(plan_after("reset-grace", &because(reason), &host, &history).is_err(), "{reason}");
    }
}

const GENERALIZED: &str = "\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\State]\n\"ImageState\"=\"IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE\"\n";

#[test]
fn an_image_needs_neither_mode_nor_server() {
    let image = written("2026-02-09")
        .replace("dword:00000004", "dword:00000005")
        .replace("72,00,64,00,6c,00,73,00,31,00,00,00,00,00", "00,00");
    insta::assert_snapshot!(shown(&plan(
        "reset-grace",
        &because("sealing-image"),
        &format!("{image}{GENERALIZED}")
    )));
}

#[test]
fn a_host_that_was_licensed_needs_no_tolerance() {
    let host = format!(
        "{HOST}\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\TermService\\Parameters]\n\"LicensingGracePeriodEnded\"=dword:00000001\n"
    );
    insta::assert_snapshot!(refusal(&ticket(), &host));
}

#[test]
fn a_routine_is_not_helped() {
    let task = include_str!("../../../../core/licensing/src/rules/grace/grace_reset_scheduled/fires.reg");
    let lines = task.lines().skip_while(|line| !line.starts_with("[HKEY_LOCAL_MACHINE\\SOFTWARE"));
    let task = lines.fold(String::new(), |text, line| text + line + "\n");
    assert!(!task.is_empty());
    insta::assert_snapshot!(refusal(&ticket(), &format!("{HOST}\n{task}")));
}

#[test]
fn old_windows_clients_and_hosts_without_a_record() {
    insta::assert_snapshot!("windows_2003", refusal(&ticket(), &HOST.replace("\"6.3\"", "\"5.2\"")));
    let client = format!(
        "{HOST}\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\ProductOptions]\n\"ProductType\"=\"WinNT\"\n"
    );
    assert!(matches!(plan("reset-grace", &ticket(), &client), Err(Refusal::Guard { .. })));
    let none = HOST.replace("L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588", "L$Other");
    insta::assert_snapshot!("no_record", shown(&plan("reset-grace", &ticket(), &none)));
}

#[test]
fn a_value_that_nobody_knows_stays() {
    let other = "\"Mine\"=dword:00000001\n\"L$RTMTIMEBOMB_1320153D";
    let host = HOST.replace("\"L$RTMTIMEBOMB_1320153D", other);
    let result = plan("reset-grace", &ticket(), &host);
    assert_eq!(result.as_ref().unwrap().steps.len(), 1);
    assert!(shown(&result).contains("the value “Mine” beside the record is kept"));
}

#[test]
fn a_key_that_could_not_be_read_is_left_alone() {
    let unread = ";; unread: HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\RCM\\GracePeriod = access denied\n";
    insta::assert_snapshot!(shown(&plan("reset-grace", &ticket(), &format!("{HOST}{unread}"))));
}
