use repair::Arguments;

use crate::{plan, shown};

fn none() -> Arguments {
    Arguments::default()
}

fn move_to(folder: &str) -> Arguments {
    Arguments::default().with("move-to", folder)
}

fn pages(number: &str) -> Arguments {
    Arguments::default().with("max-ver-pages", number)
}

const SERVER: &str = r#"
;; source: licensing.md 6.1; the value with the path is not documented, and made up
;; covers: HKLM\SYSTEM
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermServLicensing]
"Start"=dword:00000002

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermServLicensing\Parameters]
"DBPath"="C:\\Windows\\System32\\LServer\\"
"MaxVerPages"=dword:00000200

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="6.3"
"CurrentBuild"="20348"
"#;

const TOLD: &str = "\n;; fact: wmi.database-path = \"C:\\\\Windows\\\\system32\\\\LServer\"\n";

#[test]
fn a_backup_is_a_checklist() {
    insta::assert_snapshot!(shown(&plan("license-server-database", &none(), &format!("{SERVER}{TOLD}"))));
    let old = SERVER
        .replace("\"6.3\"", "\"5.2\"")
        .replace("\"DBPath\"=\"C:\\\\Windows\\\\System32\\\\LServer\\\\\"\n", "");
    insta::assert_snapshot!("on_2003", shown(&plan("license-server-database", &none(), &old)));
}

#[test]
fn a_move_changes_the_value_that_names_the_folder() {
    insta::assert_snapshot!(shown(&plan(
        "license-server-database",
        &move_to(r"D:\LServer"),
        &format!("{SERVER}{TOLD}")
    )));
    // The form of the value is kept: here a file, in a string with variables.
    let file = SERVER.replace("\"DBPath\"=\"C:\\\\Windows\\\\System32\\\\LServer\\\\\"", "\"File\"=hex(2):25,00,53,00,79,00,73,00,74,00,65,00,6d,00,52,00,6f,00,6f,00,74,00,25,00,5c,00,4c,00,5c,00,54,00,2e,00,65,00,64,00,62,00,00,00");
    let plan = plan("license-server-database", &move_to(r"D:\LServer\"), &file).unwrap();
    let snapshot::Change::Value { after: Some(after), .. } = &plan.steps[0].change else { panic!() };
    assert_eq!(after.kind, snapshot::ValueType::EXPAND_SZ);
    assert_eq!(after.named(&"File".into()).as_text().unwrap().content, r"D:\LServer\T.edb");
}

#[test]
fn without_such_a_value_only_the_documented_way_is_left() {
    let server = SERVER.replace("\"DBPath\"=\"C:\\\\Windows\\\\System32\\\\LServer\\\\\"\n", "");
    insta::assert_snapshot!(shown(&plan("license-server-database", &move_to(r"D:\LServer"), &server)));
    // A path that differs from the one that the server reports belongs to something else.
    let other = SERVER.replace("System32\\\\LServer", "Logs") + TOLD;
    assert!(plan("license-server-database", &move_to(r"D:\LServer"), &other).unwrap().steps.is_empty());
}

#[test]
fn of_several_paths_none_is_guessed() {
    let server = SERVER.replace("\"MaxVerPages\"", "\"Log\"=\"D:\\\\Logs\"\n\"MaxVerPages\"");
    insta::assert_snapshot!(shown(&plan("license-server-database", &move_to(r"E:\LServer"), &server)));
    let plan = plan("license-server-database", &move_to(r"E:\LServer"), &format!("{server}{TOLD}")).unwrap();
    assert!(plan.steps[0].change.to_string().ends_with("DBPath"));
}

#[test]
fn only_a_local_folder_will_do() {
    for bad in [
        r"\\nas\rds",
        "LServer",
        r"D:\",
        "D:",
        r"D:\a\..\b",
        r"D:\a/b",
        "D:\\a\tb",
        r"D:\a.",
        r"%SystemDrive%\x",
        "",
    ] {
        let result = plan("license-server-database", &move_to(bad), SERVER);
        assert!(matches!(result, Err(repair::Refusal::Usage(_))), "{bad}: {}", shown(&result));
    }
    insta::assert_snapshot!(shown(&plan("license-server-database", &move_to(r"\\nas\rds"), SERVER)), @r"refused: --move-to “\\nas\rds”: the database must not lie on another machine; specify a folder on a local drive, such as D:\LServer");
    insta::assert_snapshot!(shown(&plan("license-server-database", &move_to(r"c:\windows\system32\lserver"), SERVER)), @r"refused: nothing to do: the database is already in c:\windows\system32\lserver");
}

#[test]
fn the_version_store_has_bounds() {
    insta::assert_snapshot!(shown(&plan("license-server-database", &pages("1024"), SERVER)));
    for bad in ["255", "2049", "many", "-1", "0x400"] {
        assert!(
            matches!(plan("license-server-database", &pages(bad), SERVER), Err(repair::Refusal::Usage(_))),
            "{bad}"
        );
    }
    assert!(matches!(
        plan("license-server-database", &pages("512"), SERVER),
        Err(repair::Refusal::NothingToDo(_))
    ));
}

#[test]
fn a_machine_without_the_service_is_refused() {
    let host = SERVER.replace("TermServLicensing", "Other");
    insta::assert_snapshot!(shown(&plan("license-server-database", &none(), &host)));
}
