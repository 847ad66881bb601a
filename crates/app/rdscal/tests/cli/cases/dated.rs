//! Facts that were missing or too narrow: own addresses, repeating hardware ids, tasks, fixes of old servers.

use super::{doctor, first_line};

#[test]
fn a_host_that_lists_its_own_address_is_its_own_license_server() {
    let run = doctor("36-own-address-as-server/input", []);
    assert!(!run.stdout.contains("RDSL-125"), "{}", run.stdout);
    assert!(!run.stdout.contains("RDSL-023"), "{}", run.stdout);
}

#[test]
fn a_hardware_id_of_one_repeated_byte_is_not_random() {
    let run = doctor("83-repeating-hardware-id", []);
    assert!(
        run.stdout.contains("the client's hardware ID repeats a pattern, which random bytes do not"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_scheduled_reset_shows_the_command_that_runs() {
    let run = doctor("52-scheduled-reset-by-script/named", []);
    let command = r"powershell.exe -ExecutionPolicy Bypass -File C:\Scripts\reset-rds-grace-period.ps1";
    assert!(
        run.stdout.contains(&format!(r"the scheduled task “\Reset-RDS-GracePeriod” runs “{command}”")),
        "{}",
        run.stdout
    );
}

#[test]
fn a_license_server_of_2012_r2_without_fixes_does_not_pass() {
    let run = doctor("60-license-server-2012r2/input", []);
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert!(!first_line(&run).contains("NO FINDINGS"), "{}", run.stdout);
    for text in [
        "build 9600.9000 lacks the fixes of CVE-2024-38077, ",
        "install 9600.23132 or later",
        "out of support since 2023-10-10",
        "Extended Security Updates",
    ] {
        assert!(run.stdout.contains(text), "{text}: {}", run.stdout);
    }
}
