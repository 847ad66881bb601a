//! What `explain` answers first, and its exit code.

use crate::support::{Run, rdscal};

fn explain(topic: &str) -> Run {
    rdscal(["explain", "--width=200", topic])
}

fn first_line(run: &Run) -> &str {
    run.stdout.lines().next().unwrap_or_default()
}

/// The page of a rule quotes names that begin with asterisks as code.
#[test]
fn asterisks_of_a_code_span_are_shown() {
    let run = explain("RDSL-197");
    assert_eq!(run.code, Some(0));
    let flat = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("names that begin with ** (such as **del.LicenseServers)"), "{flat}");
    assert!(flat.contains("commands: delete this value, delete all values"), "{flat}");
}

/// The list of the other license servers on a license server (case 42).
#[test]
fn the_list_of_a_license_server_is_known() {
    let run = explain(
        r"HKLM\SYSTEM\CurrentControlSet\Services\TermServLicensing\Parameters\SpecifiedLicenseServers",
    );
    assert_eq!(run.code, Some(0));
    assert!(first_line(&run).starts_with("SpecifiedLicenseServers in HKLM"), "{}", first_line(&run));
    assert!(run.stdout.contains("other license servers"), "{}", run.stdout);
}

/// The nickname belongs to one advisory (case 60).
#[test]
fn advisories_are_known_by_number_and_nickname() {
    for topic in ["CVE-2024-38077", "MadLicense", "is my server open to madlicense?"] {
        let run = explain(topic);
        assert_eq!(run.code, Some(0), "{topic}");
        assert!(
            first_line(&run).starts_with("CVE-2024-38077, called MadLicense"),
            "{topic}: {}",
            first_line(&run)
        );
    }
}

#[test]
fn a_message_about_something_else_is_said_to_be_one() {
    for topic in [
        "RDP disconnected! 260 Remote Desktop can't find the computer \"server1.contoso.com\".",
        "Error code: 0x108 The connection timed out",
        "An authentication error has occurred. The function requested is not supported",
        "Quelle: Microsoft-Windows-TerminalServices-LocalSessionManager Ereignis-ID: 21",
        "Le Bureau à distance ne trouve pas l’ordinateur « SRV01 ».",
    ] {
        let run = explain(topic);
        assert_eq!(run.code, Some(0), "{topic}");
        assert!(first_line(&run).starts_with("not a licensing message: "), "{topic}: {}", first_line(&run));
    }
    let run = explain("Event ID 1163 Citrix Broker Service: No connection license available");
    assert!(first_line(&run).starts_with("not a Remote Desktop licensing message: "), "{}", first_line(&run));
}

#[test]
fn what_is_unknown_is_said_to_be_unknown() {
    let run = explain("qqqqzzzz");
    assert_eq!(run.code, Some(1));
    assert!(
        run.stdout.starts_with("Nothing is known about “qqqqzzzz”. If the message shows a number"),
        "{}",
        run.stdout
    );
    let run = explain("RDSL-999");
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains("rdscal rules lists the rules"), "{}", run.stdout);
}
