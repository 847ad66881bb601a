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
;; source: a service that runs in svchost; MaxVerPages by KB3167312
;; covers: HKLM\SYSTEM
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermServLicensing]
"Start"=dword:00000002

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\TermServLicensing\Parameters]
"ServiceDll"="C:\\Windows\\System32\\lserver.dll"
"MaxVerPages"=dword:00000200

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="6.3"
"CurrentBuild"="20348"
"#;

const TOLD: &str = "\n;; fact: wmi.database-path = \"C:\\\\Windows\\\\system32\\\\LServer\"\n";

#[test]
fn a_backup_is_a_checklist() {
    insta::assert_snapshot!(shown(&plan("license-server-database", &none(), &format!("{SERVER}{TOLD}"))));
    let old = SERVER.replace("\"6.3\"", "\"5.2\"");
    insta::assert_snapshot!("on_2003", shown(&plan("license-server-database", &none(), &old)));
}

#[test]
fn a_move_is_a_checklist_and_changes_no_value() {
    for server in [SERVER.to_owned(), format!("{SERVER}{TOLD}")] {
        for path in [r"C:\\Windows\\System32\\lserver.dll", r"C:\\Windows\\System32\\LServer", r"D:\\LServer"]
        {
            let server = server.replace(r"C:\\Windows\\System32\\lserver.dll", path);
            let plan = plan("license-server-database", &move_to(r"E:\LServer"), &server).unwrap();
            assert!(plan.steps.is_empty(), "{path}: {:?}", plan.steps);
        }
    }
    insta::assert_snapshot!(shown(&plan(
        "license-server-database",
        &move_to(r"E:\LServer"),
        &format!("{SERVER}{TOLD}")
    )));
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
