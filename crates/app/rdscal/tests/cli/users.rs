//! Active Directory: a real Samba domain, queried over LDAP. The contents of its objects were made up for
//! these tests; the format of the license attributes is that of a public dump of a directory.
#![cfg(all(feature = "directory", unix))]

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use samba::{DOMAIN_ADMINISTRATOR, DOMAIN_NAME, PASSWORD, Server};
use serde_json::{Value, json};

use crate::support::{HOST, folder, rdscal_with, run::Run, write_hives};
use crate::{schemas, support, trace};

/// The date of all verdicts.
const AT: &str = "2026-02-01";
const SITE: &str = "CN=Default-First-Site-Name,CN=Sites,CN=Configuration,DC=rds,DC=test";
const LS: &str = "00377-70517-40386-AT629";

/// Users by name: date, version, whether they are enabled, and other attributes.
const USERS: [(&str, &str, &str, bool, &str); 8] = [
    ("ann", "20260325093000.0Z", "655361", true, ""),
    ("bob", "20260131093000.0Z", "655361", true, ""),
    ("carl", "20260325093000.0Z", "393216", false, ""),
    ("dora", "20260208093000.0Z", "393218", true, ""),
    ("eve", "20260325093000.0Z", "720896", true, ""),
    (
        "fred",
        "20260325093000.0Z",
        "393216",
        true,
        "msTSLicenseVersion2: 7\nmsTSLicenseVersion3: C50-6.00-S\n",
    ),
    ("gina", "", "655361", true, "displayName:: R2luYSBNw7xsbGVy\n"),
    ("hal", "20260325093000.0Z", "655361", true, "displayName: =1+1\n"),
];

fn seed(server: &Server) {
    let mut ldif = format!("dn: OU=Staff,{DOMAIN_NAME}\nobjectClass: organizationalUnit\n\n");
    for (name, expires, version, enabled, more) in USERS {
        let flags = if enabled { 544 } else { 546 };
        let expires = if expires.is_empty() { String::new() } else { format!("msTSExpireDate: {expires}\n") };
        writeln!(
            ldif,
            "dn: CN={name},OU=Staff,{DOMAIN_NAME}\nobjectClass: user\nsAMAccountName: {name}\nuserAccountControl: {flags}\n\
             msTSManagingLS: {LS}\nmsTSLicenseVersion: {version}\n{expires}{more}",
        )
        .unwrap();
    }
    // A user without a license, who is not in the report.
    writeln!(
        ldif,
        "dn: CN=ida,OU=Staff,{DOMAIN_NAME}\nobjectClass: user\nsAMAccountName: ida\nuserAccountControl: 544\n"
    )
    .unwrap();
    for (name, system, version, flags) in [
        ("RDSH01", "Windows Server 2022 Standard", "10.0 (20348)", 4096),
        ("RDSH02", "Windows Server 2022 Standard", "10.0 (20348)", 4098),
        ("LS1", "Windows Server 2019 Standard", "10.0 (17763)", 4096),
        ("LSOLD", "Windows Server 2008 R2 Standard", "6.1 (7601)", 4096),
        ("PC7", "Windows 11 Pro", "10.0 (22631)", 4096),
    ] {
        writeln!(
            ldif,
            "dn: CN={name},CN=Computers,{DOMAIN_NAME}\nobjectClass: computer\nsAMAccountName: {name}$\nuserAccountControl: {flags}\n\
             dNSHostName: {}.rds.test\noperatingSystem: {system}\noperatingSystemVersion: {version}\n",
            name.to_lowercase()
        )
        .unwrap();
    }
    write!(
        ldif,
        "dn: CN=TermServLicensing,CN=LS1,CN=Computers,{DOMAIN_NAME}\nobjectClass: serviceConnectionPoint\nkeywords: 1.0\n\n\
         dn: CN=TS-Enterprise-License-Server,{SITE}\nobjectClass: licensingSiteSettings\n\
         siteServer: CN=LS1,CN=Computers,{DOMAIN_NAME}\nsiteServer: CN=LSOLD,CN=Computers,{DOMAIN_NAME}\n\n\
         dn: CN=Terminal Server License Servers,CN=Builtin,{DOMAIN_NAME}\nchangetype: modify\nadd: member\n\
         member: CN=LS1,CN=Computers,{DOMAIN_NAME}\nmember: <SID=S-1-5-20>\n-\n\n\
         dn: CN=LSOLD,CN=Computers,{DOMAIN_NAME}\nchangetype: delete\n\n\
         dn: CN=dora,OU=Staff,{DOMAIN_NAME}\nchangetype: modify\nreplace: nTSecurityDescriptor\n\
         nTSecurityDescriptor: O:DAG:DAD:P(A;;RPWPCRCCDCLCLORCWOWDSDDTSW;;;DA)(A;;RPLCLORC;;;AU)\n-\n\n"
    )
    .unwrap();
    server.ldif(&ldif).unwrap();
}

/// Runs the program as the administrator of the domain.
fn asked(server: &Server, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rdscal"));
    command.args(arguments).arg("--ca").arg(server.authority());
    command.env("RDSCAL_USER", DOMAIN_ADMINISTRATOR).env("RDSCAL_PASSWORD", PASSWORD);
    command.env_remove("RDSCAL_CREDENTIALS").env_remove("USERDNSDOMAIN");
    let run = rdscal_with(command);
    assert!(!format!("{run:?}").contains(PASSWORD), "a password came out: {run:?}");
    run
}

#[test]
fn a_domain_and_its_users() {
    let Some(server) = Server::start_domain() else { return };
    // Before the users are added.
    let run = asked(&server, &["users", "127.0.0.1", "--format", "json"]);
    assert_eq!(run.json()["users"], json!([]));
    assert!(run.stdout.contains("S-1-5-32-561"), "an empty group is told");
    assert_eq!(run.code, Some(1), "{run:?}");
    seed(&server);
    holders(&server);
    forms(&server);
    exit_codes(&server);
    #[cfg(feature = "kerberos")]
    tickets(&server);
    machines(&server);
}

fn holders(server: &Server) {
    let run = asked(server, &["users", "ldaps://127.0.0.1", "--at", AT, "--rights", "--format", "json"]);
    let report = run.json();
    schemas::check(&schemas::validator("users-1.json"), &report);
    let users = report["users"].as_array().unwrap();
    let mut standings: Vec<_> = users
        .iter()
        .map(|user| format!("{} {}", user["user"].as_str().unwrap(), user["standing"].as_str().unwrap()))
        .collect();
    standings.sort();
    assert_eq!(
        standings,
        [
            r"RDS\ann valid",
            r"RDS\bob expired",
            r"RDS\carl valid",
            r"RDS\dora expiring",
            r"RDS\eve valid",
            r"RDS\fred valid",
            r"RDS\gina no_date",
            r"RDS\hal valid",
        ]
    );
    let user = |name: &str| users.iter().find(|user| user["user"] == format!(r"RDS\{name}")).unwrap();
    assert_eq!(user("ann")["days_left"], 52);
    assert_eq!(user("ann")["managing_server"], LS);
    assert_eq!(user("ann")["version"]["name"], "Windows Server 2019 RDS CAL");
    assert_eq!(user("eve")["version"]["name"], "CAL of unknown version 11.00");
    assert_eq!(user("carl")["enabled"], false);
    assert_eq!(user("gina")["name"], "Gina Müller");
    assert_eq!(user("fred")["further"][0]["version"]["found"], "7");
    let summary = &report["summary"];
    assert_eq!((summary["holders"].as_u64(), summary["expired_enabled"].as_u64()), (Some(8), Some(1)));
    assert_eq!(summary["disabled_holding"], 1);
    assert_eq!(summary["by_version"]["CAL of unknown version 11.00"]["valid"], 1);
    assert_eq!(summary["by_server"][LS], json!({"valid": 7, "expired": 1}));

    let servers = report["license_servers"].as_array().unwrap();
    let of = |name: &str| servers.iter().find(|server| server["computer"]["name"] == name).unwrap();
    assert_eq!(servers.len(), 2, "{servers:?}");
    let ls1 = of("LS1");
    assert_eq!(
        (&ls1["connection_point"], &ls1["in_group"], &ls1["exists"]),
        (&json!(true), &json!(true), &json!(true))
    );
    assert_eq!(ls1["sites"], json!(["Default-First-Site-Name"]));
    assert_eq!(of("LSOLD")["exists"], false);
    let mut members: Vec<_> = report["group"]["members"].as_array().unwrap().clone();
    members.sort_by_key(ToString::to_string);
    assert_eq!(members, ["LS1", "S-1-5-20"]);

    let rights = &report["rights"];
    assert_eq!(rights["missing"], 1, "{rights}");
    assert_eq!(rights["containers"], json!([{"container": format!("OU=Staff,{DOMAIN_NAME}"), "users": 1}]));
    assert_eq!(rights["examples"], json!([r"RDS\dora"]));
    // In Samba, AdminSDHolder has no access control list of its own.
    assert_eq!((&rights["admin_sd_holder"], &rights["unreadable"]), (&json!(false), &json!(0)));
    assert!(rights["self_may_write"].is_number());
    assert_eq!(run.code, Some(1), "a missing right is an error");
}

fn forms(server: &Server) {
    let text = asked(server, &["users", "127.0.0.1", "--at", AT, "--rights"]).stdout;
    let first = text.lines().next().unwrap();
    assert!(
        first.starts_with("rds.test: ERROR - 7 users hold a Per User license, 1 license expired"),
        "{text}"
    );
    for part in [
        "license servers lack permission to write to 1 of",
        r"RDS\bob                  expired    2026-01-31 (1 d ago)",
        "Windows Server 2019 RDS CAL, from 00377-70517-40386-AT629",
        "account disabled",
        "series 3: version “C50-6.00-S”",
        "DELETED",
        "in the group",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let csv = asked(server, &["users", "127.0.0.1", "--at", AT, "--format", "csv"]).stdout;
    assert_eq!(csv.lines().count(), 1 + USERS.len(), "{csv}");
    assert!(csv.contains("Gina Müller") && csv.contains(",-1,"), "{csv}");
    assert!(csv.contains(",'=1+1,"), "no spreadsheet shall compute that: {csv}");
    let folder = folder();
    let file = folder.path().join("users.html");
    let run = asked(server, &["users", "127.0.0.1", "--format", "html", "-o", file.to_str().unwrap()]);
    assert_eq!(run.stdout, "");
    let html = std::fs::read_to_string(file).unwrap();
    assert!(
        html.contains("Gina Müller") && html.trim_end().ends_with("</html>") && !html.contains("<script")
    );
}

fn exit_codes(server: &Server) {
    let code =
        |arguments: &[&str]| asked(server, &[&["users", "127.0.0.1", "--at", AT], arguments].concat()).code;
    assert_eq!(code(&[]), Some(0), "an expired license is a warning");
    assert_eq!(code(&["--fail-on", "warning"]), Some(1));
    assert_eq!(code(&["--fail-on", "never", "--rights"]), Some(0));
    assert_eq!(code(&["--at", "2026-01-01", "--fail-on", "warning"]), Some(2), "a time is given once");
    let run = asked(server, &["users", "127.0.0.1", "-vv"]);
    assert!(run.stderr.contains("open and bind: done") && run.stderr.contains("filter="), "{run:?}");
    trace::assert_no_secret(&run.stderr);
    let run = asked(server, &["users", "localhost"]);
    assert_eq!(run.code, Some(3));
    assert!(run.stderr.contains("not valid for the name localhost"), "{run:?}");
    let run = asked(server, &["users", "127.0.0.1", "--plaintext"]);
    assert!(run.code == Some(3) && run.stderr.contains("without TLS"), "{run:?}");
    let mut nobody = Command::new(env!("CARGO_BIN_EXE_rdscal"));
    for variable in ["RDSCAL_USER", "RDSCAL_PASSWORD", "RDSCAL_CREDENTIALS"] {
        nobody.env_remove(variable);
    }
    let run = rdscal_with({
        nobody.args(["users", "127.0.0.1"]);
        nobody
    });
    assert!(run.code == Some(2) && run.stderr.contains("RDSCAL_USER"), "{run:?}");
}

/// The host name of the controller does not resolve, so the tickets are for its address, which is also
/// registered in the domain.
#[cfg(feature = "kerberos")]
fn tickets(server: &Server) {
    let kdc = format!("127.0.0.1:{}", server.kdc_port().unwrap());
    let by_ticket = ["users", "127.0.0.1", "--format", "csv", "--kerberos", samba::REALM, "--kdc", &kdc];
    let run = asked(server, &by_ticket);
    assert_eq!((run.code, run.stdout.lines().count()), (Some(0), 1 + USERS.len()), "{run:?}");
    // Kerberos encrypts the connection, so TLS is not needed.
    let run = asked(server, &[&by_ticket[..], &["--plaintext", "-vv"]].concat());
    trace::assert_no_secret(&run.stderr);
    assert_eq!((run.code, run.stdout.lines().count()), (Some(0), 1 + USERS.len()), "{run:?}");
}

const LICENSE_SERVER: &str = r#"Windows Registry Editor Version 5.00
;; source: made up for these tests: a license server
;; covers: HKLM\SYSTEM
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SYSTEM\Select]
"Current"=dword:00000001

[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\ComputerName\ComputerName]
"ComputerName"="LS1"

[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Control\ProductOptions]
"ProductType"="ServerNT"

[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\Tcpip\Parameters]
"Domain"="rds.test"

[HKEY_LOCAL_MACHINE\SYSTEM\ControlSet001\Services\TermServLicensing]
"Start"=dword:00000002

[HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion]
"CurrentBuild"="17763"
"InstallationType"="Server"
"#;

fn machines(server: &Server) {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    write_hives(at("ls1"), "", &support::machine(LICENSE_SERVER));
    let host = HOST.replace("\"HOST\"", "\"RDSH01\"").replace("contoso.example", "rds.test");
    write_hives(at("rdsh01"), "", &support::machine(&host));
    let stranger = HOST.replace("\"HOST\"", "\"RDSH01\"");
    write_hives(at("stranger"), "", &support::machine(&stranger));

    // The snapshot of a license server contains the facts about the domain, so it is judged without the
    // directory.
    let file = at("ls1.json");
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let run = asked(server, &["snapshot", &path(&at("ls1")), "-o", &path(&file), "--directory", "127.0.0.1"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let report = support::rdscal(["doctor", "--format", "json", "--at", AT, &path(&file)]).json();
    assert_eq!(fired(&report, 0), ["RDSL-130", "RDSL-132", "RDSL-135"]);
    let finding = report["machines"][0]["findings"].to_string();
    assert!(finding.contains(r"RDS\\dora") && finding.contains("LSOLD"), "{finding}");
    assert_eq!(unknown(&report, 0, &["RDSL-113", "RDSL-114", "RDSL-115", "RDSL-130", "RDSL-134"]), [""; 0]);

    // RDSL-131 needs the product id of the license server, which this snapshot does not contain.
    assert_eq!(unknown(&report, 0, &["RDSL-131"]), ["RDSL-131"]);
    let plain = at("plain.json");
    let run = support::rdscal(["snapshot", &path(&at("ls1")), "-o", &path(&plain)]);
    assert_eq!(run.code, Some(0), "{run:?}");
    for (id, expected) in [
        (LS, &["RDSL-130", "RDSL-132", "RDSL-135"][..]),
        ("00252-70000-00000-AT111", &["RDSL-130", "RDSL-131", "RDSL-132", "RDSL-135"]),
    ] {
        let mut snapshot: Value = serde_json::from_str(&std::fs::read_to_string(&plain).unwrap()).unwrap();
        snapshot["facts"]["wmi.license-server"] =
            json!({ "value": { "product_id": id }, "source": "WMI Win32_TSLicenseServer" });
        std::fs::write(&file, snapshot.to_string()).unwrap();
        let judged = ["doctor", "--format=json", "--at", AT, "--directory", "127.0.0.1", &path(&file)];
        assert_eq!(fired(&asked(server, &judged).json(), 0), expected);
    }

    // A session host among several machines gets no facts about the domain, and one of another domain gets
    // none of this domain.
    let run = asked(
        server,
        &[
            "doctor",
            "--format=json",
            "--at",
            AT,
            "--directory",
            "127.0.0.1",
            &path(&at("rdsh01")),
            &path(&at("stranger")),
        ],
    );
    let report = run.json();
    assert_eq!(unknown(&report, 0, &["RDSL-134", "RDSL-136", "RDSL-130"]), ["RDSL-130"]);
    assert_eq!(unknown(&report, 1, &["RDSL-134", "RDSL-136"]), ["RDSL-134", "RDSL-136"]);
    // Its license server is rdls01.contoso.example, which is in no domain that this one trusts.
    assert_eq!(fired(&report, 0), ["RDSL-136"]);

    // The hosts that the directory lists: one cannot be reached, one is disabled, one is not a server.
    let list = ["doctor", "--format=json", "--directory", "127.0.0.1", "--timeout=1", "--from-ad"];
    let run = asked(server, &[&list[..], &["(name=RDSH*)"]].concat());
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.stderr.contains("1 computer; 1 disabled account is left out"), "{run:?}");
    let problems = run.json()["problems"].clone();
    assert!(
        problems.to_string().contains("rdsh01.rds.test") && problems.as_array().unwrap().len() == 1,
        "{problems}"
    );
    let run = asked(server, &[&list[..], &["servers"]].concat());
    let problems = run.json()["problems"].to_string();
    assert!(problems.contains("ls1.rds.test") && !problems.contains("pc7"), "{problems}");
    let run = asked(server, &[&list[..], &["(name=RDSH*"]].concat());
    assert!(run.code == Some(2) && run.stderr.contains("parenthesis"), "{run:?}");

    // Without the directory, the machines are still judged.
    let run = asked(server, &["doctor", "--directory", "127.0.0.1:1", &path(&at("rdsh01"))]);
    assert!(run.code == Some(3) && run.stderr.contains("refused"), "{run:?}");
}

/// The directory rules that fired on a machine of a report.
fn fired(report: &Value, machine: usize) -> Vec<String> {
    let findings = report["machines"][machine]["findings"].as_array().unwrap();
    let mut ids: Vec<_> = findings
        .iter()
        .map(|finding| finding["rule"].as_str().unwrap().to_owned())
        .filter(|rule| rule.starts_with("RDSL-13"))
        .collect();
    ids.sort();
    ids
}

/// The given rules that are unknown for a machine.
fn unknown(report: &Value, machine: usize, rules: &[&str]) -> Vec<String> {
    let unknown = report["machines"][machine]["unknown"].as_array().unwrap();
    let mut ids: Vec<_> = unknown
        .iter()
        .map(|rule| rule["rule"].as_str().unwrap().to_owned())
        .filter(|rule| rules.contains(&rule.as_str()))
        .collect();
    ids.sort();
    ids
}
