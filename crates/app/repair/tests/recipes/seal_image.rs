use repair::{Arguments, History, Identity, PastAct};
use snapshot::{FileTime, OriginKind};

use crate::{plan, plan_after, shown};

fn confirmed() -> Arguments {
    Arguments::default().with_flag("confirm-image")
}

/// An image of a session host that ran the client and was once licensed.
const IMAGE: &str = r#"
;; source: licensing.md 2.3, 2.4 and 3.1; data made up
;; covers: HKLM\SYSTEM
;; covers: HKLM\SOFTWARE
;; at: 2026-03-01T08:00:00Z
;; last-write: HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod = 2026-02-20T08:00:00Z

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ComputerName\ActiveComputerName]
"ComputerName"="GOLD01"

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM]
"Certificate"=hex:01
"CertificateOld"=hex:02
"X509 Certificate"=hex:03
"X509 Certificate ID"=hex:04

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\GracePeriod]
"L$RTMTIMEBOMB_1320153D-8DA3-4e8e-B27B-0D888223A588"=hex:01,00,00,00,d0,8c,9d,df

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core]
"LicensingMode"=dword:00000004

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\MSLicensing]

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\MSLicensing\HardwareID]
"ClientHWID"=hex:02,00,00,00,f1,59,87,3e,c9,d8,98,af,24,02,f8,f3,29,3a,f0,26

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\MSLicensing\Store\LICENSE000]
"ClientLicense"=hex:30,82

[HKEY_LOCAL_MACHINE\SOFTWARE\WOW6432Node\Microsoft\MSLicensing\HardwareID]
"ClientHWID"=hex:02,00,00,00,f1,59,87,3e,c9,d8,98,af,24,02,f8,f3,29,3a,f0,26

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentVersion"="6.3"
"CurrentBuild"="20348"
"#;

/// The image after sealing.
fn clean() -> String {
    let mut text = String::new();
    let mut skip = false;
    for line in IMAGE.lines() {
        if line.starts_with('[') {
            skip = line.contains("HardwareID") || line.contains("LICENSE000");
        }
        if !skip && !line.starts_with("\"X509") && !line.starts_with("\"L$") {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

#[test]
fn one_plan_over_both_hives() {
    insta::assert_snapshot!(shown(&plan("seal-image", &confirmed(), IMAGE)));
}

#[test]
fn a_clean_image_is_left_alone() {
    // The certificate that each host creates itself is kept.
    assert!(clean().contains("\"Certificate\""));
    insta::assert_snapshot!(shown(&plan("seal-image", &confirmed(), &clean())), @"refused: nothing to do: the image has no grace record, no client license or hardware ID, and no issued certificate");
}

#[test]
fn a_machine_that_nobody_called_an_image_is_none() {
    insta::assert_snapshot!(shown(&plan("seal-image", &Arguments::default(), IMAGE)));
}

#[test]
fn a_generalized_machine_is_an_image() {
    let image = format!(
        "{IMAGE}\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Setup\\State]\n\"ImageState\"=\"IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE\"\n"
    );
    let plan = plan("seal-image", &Arguments::default(), &image).unwrap();
    assert!(
        plan.notes.iter().any(|note| note.contains("IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE")),
        "{:?}",
        plan.notes
    );
}

#[test]
fn half_of_an_image_is_not_sealed() {
    let half = |hive: &str| IMAGE.replace(&format!(";; covers: HKLM\\{hive}\n"), "");
    insta::assert_snapshot!("without_software", shown(&plan("seal-image", &confirmed(), &half("SOFTWARE"))));
    // The same applies if the SYSTEM hive was not available.
    let text = half("SYSTEM");
    let (head, rest) = text.split_once("[HKEY_LOCAL_MACHINE\\SYSTEM").unwrap();
    let (_, software) = rest.split_once("[HKEY_LOCAL_MACHINE\\SOFTWARE").unwrap();
    let head: String = head
        .lines()
        .filter(|line| !line.contains("last-write"))
        .fold(String::new(), |text, line| text + line + "\n");
    let text = format!("{head}[HKEY_LOCAL_MACHINE\\SOFTWARE{software}");
    insta::assert_snapshot!("without_system", shown(&plan("seal-image", &confirmed(), &text)));
}

#[test]
fn the_grace_record_goes_once_in_120_days() {
    let act = |recipe: &str| {
        let machine =
            Identity { name: Some("GOLD01".to_owned()), kind: OriginKind::Hives, place: String::new() };
        let at: FileTime = "2026-02-01T08:00:00Z".parse().unwrap();
        History(vec![PastAct { id: 3, recipe: recipe.to_owned(), machine, at, reason: None, undone: false }])
    };
    insta::assert_snapshot!(
        "left",
        shown(&plan_after("seal-image", &confirmed(), IMAGE, &act("seal-image")))
    );
    let record = IMAGE.lines().find(|line| line.starts_with("\"L$")).unwrap();
    let only = format!(
        "{}\n[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\RCM\\GracePeriod]\n{record}\n",
        clean()
    );
    assert!(plan("seal-image", &confirmed(), &only).is_ok());
    insta::assert_snapshot!(
        "nothing_else",
        shown(&plan_after("seal-image", &confirmed(), &only, &act("reset-grace")))
    );
}

#[test]
fn an_image_that_is_sealed_every_month_loses_its_record_every_120_days() {
    let act = |id: u64, at: &str| {
        let machine =
            Identity { name: Some("GOLD01".to_owned()), kind: OriginKind::Hives, place: String::new() };
        PastAct {
            id,
            recipe: "seal-image".to_owned(),
            machine,
            at: at.parse().unwrap(),
            reason: None,
            undone: false,
        }
    };
    let sealed = |days: &[&str]| {
        History(days.iter().zip(1..).map(|(day, id)| act(id, &format!("{day}T08:00:00Z"))).collect())
    };
    let removes_record = |history: &History| {
        let plan = plan_after("seal-image", &confirmed(), IMAGE, history).unwrap();
        plan.changes().any(|change| change.to_string().contains("GracePeriod"))
    };
    // Judged on 2026-03-01. Runs after the first one left the record unchanged.
    assert!(removes_record(&sealed(&["2025-11-01", "2025-12-01", "2026-01-01", "2026-02-01"])));
    assert!(!removes_record(&sealed(&["2025-11-02", "2025-12-01", "2026-01-01", "2026-02-01"])));
    assert!(!removes_record(&sealed(&["2025-07-01", "2025-10-01", "2025-11-15"])));
}
