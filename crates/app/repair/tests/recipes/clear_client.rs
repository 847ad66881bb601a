use repair::{Arguments, Refusal};

use crate::{plan, shown};

fn none() -> Arguments {
    Arguments::default()
}

fn all() -> Arguments {
    Arguments::default().with_flag("all-licenses")
}

fn with_id() -> Arguments {
    Arguments::default().with_flag("also-hardware-id")
}

/// A fixture of a rule of the client family.
macro_rules! client {
    ($name:literal) => {
        include_str!(concat!("../../../../core/licensing/src/rules/client/", $name, ".reg"))
    };
}

/// The fixture, judged at a time when the published license was valid.
fn while_valid(text: &str) -> String {
    format!("{text}\n;; at: 2007-07-01T00:00:00Z\n")
}

#[test]
fn an_expired_license_goes_and_the_id_stays() {
    insta::assert_snapshot!(shown(&plan("clear-client", &none(), client!("client_license_expired/fires"))));
}

#[test]
fn of_two_for_the_same_one_stays() {
    let client = while_valid(client!("client_licenses_duplicate/fires"));
    insta::assert_snapshot!(shown(&plan("clear-client", &none(), &client)));
}

#[test]
fn the_hardware_id_goes_only_with_every_license() {
    insta::assert_snapshot!(shown(&plan(
        "clear-client",
        &with_id(),
        client!("client_stores_differ/fires_ids")
    )));
}

#[test]
fn nothing_faulty_is_nothing_to_do() {
    insta::assert_snapshot!(shown(&plan("clear-client", &none(), client!("client_license_expired/silent"))));
}

/// The client recorded a failed license negotiation; the fixtures are judged at different times.
const FAILED: &str = r#"fact: client.licensing-failures = [{"event": 1026, "code": 2056, "newest": "2007-08-01T09:00:00Z", "count": 1}]"#;

#[test]
fn recorded_failures_lead_to_all_licenses() {
    let client = format!("{};; {FAILED}\n", client!("client_license_expired/silent"));
    insta::assert_snapshot!(shown(&plan("clear-client", &none(), &client)));
}

#[test]
fn a_license_of_another_device_goes_where_the_client_was_refused_for_it() {
    let client = while_valid(client!("client_license_of_other_device/fires"));
    assert!(matches!(plan("clear-client", &none(), &client), Err(Refusal::NothingToDo(_))));
    let refused = format!("{client};; {FAILED}\n");
    insta::assert_snapshot!(shown(&plan("clear-client", &none(), &refused)));
}

#[test]
fn everything_of_both_stores() {
    let client = while_valid(client!("client_stores_differ/fires_licenses"));
    insta::assert_snapshot!(shown(&plan("clear-client", &with_id(), &client)));
}

#[test]
fn a_license_that_is_not_there_is_not_removed() {
    let asked = Arguments::default().with("license", "LICENSE007");
    insta::assert_snapshot!(shown(&plan(
        "clear-client",
        &asked,
        client!("client_stores_differ/fires_licenses")
    )));
}

#[test]
fn a_store_that_nobody_saw_is_not_called_clean() {
    insta::assert_snapshot!(shown(&plan("clear-client", &none(), client!("client_license_expired/unknown"))));
}

#[test]
fn a_faulty_hardware_id_is_named() {
    insta::assert_snapshot!(shown(&plan(
        "clear-client",
        &none(),
        client!("hardware_id_constant/fires_zero")
    )));
}

#[test]
fn licenses_are_named_or_all_taken() {
    let both = all().with("license", "LICENSE000");
    insta::assert_snapshot!(shown(&plan("clear-client", &both, client!("client_license_expired/fires"))), @"refused: specify licenses with --license, or all of them, not both");
}
