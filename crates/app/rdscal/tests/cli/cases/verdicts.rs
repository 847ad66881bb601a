//! The first line answers the question, and names what is missing.

use super::{doctor, first_line, folder};
use crate::support::{rdscal, rdscal_in};

#[test]
fn a_system_hive_alone_names_the_other_hive_43() {
    let run = doctor("43-system-hive-only/input", []);
    assert!(first_line(&run).starts_with("RDSH01: "), "{}", run.stdout);
    assert!(first_line(&run).contains("the SOFTWARE hive is missing from this source"), "{}", run.stdout);
    assert!(first_line(&run).contains("unless a Group Policy"), "{}", run.stdout);
    assert!(
        run.stdout.contains(
            "\n  Next       reg save HKLM\\SOFTWARE SOFTWARE\n             on the machine, as administrator\n"
        ),
        "{}",
        run.stdout
    );
    assert_ne!(run.code, Some(0));
}

/// No policy changes a certificate whose signature is invalid.
#[test]
fn the_condition_belongs_to_the_mode_and_not_to_another_fault() {
    let export = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testing/generate/samples/rdsh02.reg");
    let run = rdscal(["doctor", "--width=1000", export]);
    assert!(
        first_line(&run).ends_with(
            "more findings); the mode is not configured (5), unless a Group Policy, which this source does not \
             show, says otherwise; the Group Policy is missing from this source"
        ),
        "{}",
        run.stdout
    );
}

/// A fault of the access list is more severe here, and refuses no user.
#[test]
fn the_reason_of_a_refusal_is_named_and_not_the_most_severe_fault_41() {
    let run = rdscal_in(&folder(), ["doctor", "--width=1000", "41-policy-servers-as-subkeys/input"]);
    assert_eq!(
        first_line(&run),
        "RDSH01: ERROR - users are locked out as soon as the grace period is over: no license server is configured \
         on this session host (and 3 more findings); the end of the grace period is missing from this source"
    );
    assert!(run.stdout.contains("RDSL-067"), "{}", run.stdout);
}

#[test]
fn an_extract_is_not_called_healthy_82() {
    let run = doctor("82-mode-in-a-partial-export", []);
    assert!(run.stdout.contains("not configured (5)"), "{}", run.stdout);
    assert!(run.stdout.contains("unless a Group Policy"), "{}", run.stdout);
    assert!(!run.stdout.contains("nothing is wrong"), "{}", run.stdout);
    assert_ne!(run.code, Some(0));
}

#[test]
fn a_host_that_works_in_the_registry_was_not_tested() {
    let run = doctor("59-session-host-with-service-disabled/refused", []);
    assert!(!run.stdout.contains("nothing is wrong"), "{}", run.stdout);
}

#[test]
fn a_hardware_id_alone_does_not_show_the_license_45() {
    let run = doctor("45-reg-of-the-hardware-id-alone/hwid.reg", []);
    assert!(
        first_line(&run).contains("cannot be determined: the license store is missing"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("HKLM\\SOFTWARE\\Microsoft\\MSLicensing"), "{}", run.stdout);
    assert_eq!(run.code, Some(3));
}

#[test]
fn the_end_of_the_grace_period_is_what_decides_39() {
    let run = doctor("39-policy-value-LicenseMode/input", []);
    assert!(
        first_line(&run).contains("the end of the grace period is missing from this source"),
        "{}",
        run.stdout
    );
}

/// One machine fits a screen: 24 lines of 80 columns.
#[test]
fn the_short_form_of_every_case_fits_a_screen() {
    for case in std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()) {
        if !case.is_dir() {
            continue;
        }
        let run = rdscal_in(&folder(), ["doctor", "--width=80", "--format=text", &case.to_string_lossy()]);
        let count = run.stdout.matches("checks passed").count() + run.stdout.matches("check passed").count();
        assert!(count != 1 || run.stdout.lines().count() <= 24, "{}", run.stdout);
    }
}
