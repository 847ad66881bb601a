//! The first line answers the question, and names what is missing.

use super::{doctor, first_line};

#[test]
fn a_system_hive_alone_names_the_other_hive_43() {
    let run = doctor("43-system-hive-only/input", []);
    assert!(first_line(&run).starts_with("RDSH01: "), "{}", run.stdout);
    assert!(first_line(&run).contains("the SOFTWARE hive is missing from this source"), "{}", run.stdout);
    assert!(first_line(&run).contains("unless a Group Policy"), "{}", run.stdout);
    assert!(run.stdout.contains("\n  Next       reg save HKLM\\SOFTWARE SOFTWARE\n"), "{}", run.stdout);
    assert_ne!(run.code, Some(0));
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
