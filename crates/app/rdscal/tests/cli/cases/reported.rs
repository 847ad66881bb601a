//! What the running host reports, and what it logged.

use super::{doctor, first_line};
use crate::support::Run;

/// The severities and rules of the findings, from the JSON report.
fn findings(run: &Run) -> Vec<(String, String)> {
    let report: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let found = report["machines"][0]["findings"].as_array().unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    found.iter().map(|finding| (text(&finding["severity"]), text(&finding["rule"]))).collect()
}

fn worst(run: &Run, rules: &[&str]) -> Vec<String> {
    findings(run)
        .into_iter()
        .filter(|(_, rule)| rules.contains(&rule.as_str()))
        .map(|(worst, _)| worst)
        .collect()
}

#[test]
fn a_license_server_refuses_hosts_that_are_not_in_its_group_84() {
    let run = doctor("84-license-server-refuses-hosts", []);
    let expected = "RDLS1: ERROR - the license server refuses session hosts whose accounts are not in the local group that a policy requires (events 71, 4140 and 4141, 90 times, last on 2026-11-22)";
    assert!(first_line(&run).starts_with(expected), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
}

#[test]
fn the_build_of_the_license_server_is_compared_with_the_host_85() {
    let run = doctor("85-server-older-than-host-by-directory", []);
    let expected = "RDSH25: ERROR - the license server “RDLS22.corp.contoso.com” runs Windows Server 2022 and cannot hold licenses for this host (Windows Server 2025)";
    assert!(first_line(&run).starts_with(expected), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
}

#[test]
fn entra_per_user_needs_no_license_server_86() {
    let run = doctor("86-entra-per-user-mode", []);
    let expected = "AZ25: WARNING - licensing mode Entra ID Per User (6) needs a service plan of each user and no license server";
    assert!(first_line(&run).starts_with(expected), "{}", run.stdout);
    assert!(run.stdout.contains("deprecated on Windows 11 and above"), "{}", run.stdout);
    let json = doctor("86-entra-per-user-mode", ["--format=json"]);
    assert!(worst(&json, &["RDSL-020", "RDSL-030", "RDSL-040", "RDSL-041"]).is_empty(), "{}", json.stdout);
    assert_eq!(run.code, Some(0));
}

#[test]
fn a_licensing_policy_is_the_fault_on_multi_session_windows_33_87() {
    for (case, name) in
        [("87-multisession-with-server-policy", "AVD-MS-02"), ("33-avd-multisession-policy-mode/input", "")]
    {
        let run = doctor(case, []);
        let expected = "WARNING - a policy sets the licensing mode Per User (4) on multi-session Windows, which needs no RDS licenses";
        assert!(first_line(&run).contains(expected), "{}", run.stdout);
        assert!(first_line(&run).contains(name), "{}", run.stdout);
        let json = doctor(case, ["--format=json"]);
        let severe = findings(&json)
            .into_iter()
            .filter(|(severity, _)| matches!(severity.as_str(), "error" | "critical"));
        assert_eq!(severe.count(), 0, "{}", json.stdout);
        assert_eq!(run.code, Some(0));
    }
}

#[test]
fn old_events_do_not_outrank_what_the_host_says_now_88() {
    let run = doctor("88-old-events-against-present-facts", []);
    assert!(first_line(&run).starts_with("RMM-1: WARNING - "), "{}", run.stdout);
    let all = doctor("88-old-events-against-present-facts", ["--fail-on=error"]);
    assert_eq!(all.code, Some(0), "{}", all.stdout);
    assert!(
        run.stdout.contains(
            "no license server was specified for the host (event 1130, 2 times, last on 2026-11-22)"
        ),
        "{}",
        run.stdout
    );
    let json = doctor("88-old-events-against-present-facts", ["--format=json"]);
    assert_eq!(worst(&json, &["RDSL-152"]), ["warning", "warning"], "{}", json.stdout);
    assert_eq!(run.code, Some(0));
}

#[test]
fn a_broker_deployment_sets_what_the_registry_does_not_contain_89() {
    let case = "89-brokered-host-tells-its-mode";
    let json = doctor(case, ["--format=json"]);
    assert!(worst(&json, &["RDSL-001", "RDSL-020"]).is_empty(), "{}", json.stdout);
    let report: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let settings = &report["machines"][0]["settings"];
    for setting in ["licensing_mode", "license_servers"] {
        assert_eq!(settings[setting]["winner"], "reported", "{setting}");
        assert_eq!(settings[setting]["candidates"][0]["layer"], "reported", "{setting}");
    }
    let run = doctor(case, []);
    assert!(
        run.stdout.contains("a connection broker's deployment sets the licensing of this host: the mode Per User (4) and the servers “rdls01.corp.contoso.com”"),
        "{}",
        run.stdout
    );
    assert_eq!(run.code, Some(0));
}

#[test]
fn users_without_a_license_get_sixty_minutes_on_2019_90() {
    let run = doctor("90-soft-enforcement", []);
    assert!(first_line(&run).starts_with("SOFT19: ERROR - "), "{}", run.stdout);
    assert!(run.stdout.contains("users without a license get sessions of 60 minutes"), "{}", run.stdout);
    assert_eq!(run.code, Some(1));
}

#[test]
fn a_host_that_refuses_all_connections_is_not_well_59() {
    let service = doctor("59-session-host-with-service-disabled/service-disabled", []);
    let expected = "WARNING - the service Remote Desktop Services is disabled: no one can connect";
    assert!(first_line(&service).contains(expected), "{}", service.stdout);
    let refused = doctor("59-session-host-with-service-disabled/refused", []);
    let expected = "refuses all Remote Desktop connections: no one can connect";
    assert!(first_line(&refused).contains(expected), "{}", refused.stdout);
    assert_eq!((service.code, refused.code), (Some(0), Some(0)));
}
