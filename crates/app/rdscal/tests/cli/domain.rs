//! A Samba domain: its policies over SMB and LDAP, and whether it is a license server.
#![cfg(all(feature = "remote", unix))]

use std::process::Command;

use samba::{DOMAIN_ADMINISTRATOR, DOMAIN_NAME, PASSWORD, Server};

use crate::policies::{KEY, pol, text};
use crate::support::{rdscal_with, run::Run, write};

const GUID: &str = "{5A1F1C4E-0000-4000-8000-0000000000AA}";
const OTHER: &str = "{5A1F1C4E-0000-4000-8000-0000000000BB}";

fn signed_in(password: &str, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rdscal"));
    command
        .args(arguments)
        .env("RDSCAL_PASSWORD", password)
        .env("RDSCAL_USER", format!(r"RDS\{DOMAIN_ADMINISTRATOR}"));
    command.env_remove("RDSCAL_CREDENTIALS");
    let run = rdscal_with(command);
    assert!(!format!("{run:?}").contains(PASSWORD), "a password came out: {run:?}");
    run
}

/// Writes two GPOs that set the mode. One is linked to the OU of the hosts. The other is linked to the domain
/// and enforced, but does not apply to everyone.
fn furnish(server: &Server) {
    let container = |guid: &str, name: &str, mode: u8| {
        let at = server.folder().join("state/sysvol/rds.test/Policies").join(guid);
        write(at.join("GPT.INI"), "[General]\r\nVersion=1\r\n");
        let mode = [mode, 0, 0, 0];
        let servers = text("rdls1.rds.test");
        let policy = pol(&[(KEY, "LicensingMode", 4, &mode), (KEY, "LicenseServers", 1, &servers)]);
        write(at.join("Machine/Registry.pol"), policy);
        format!(
            "dn: CN={guid},CN=Policies,CN=System,{DOMAIN_NAME}\nobjectClass: groupPolicyContainer\ndisplayName: {name}\n\
             gPCFileSysPath: \\\\rds.test\\sysvol\\rds.test\\Policies\\{guid}\nversionNumber: 1\nflags: 0\n\
             gPCFunctionalityVersion: 2\ngPCMachineExtensionNames: \
             [{{35378EAC-683F-11D2-A89A-00C04FBBCFA2}}{{D02B1F72-3407-48AE-BA88-E8213C6761F1}}]\n\n"
        )
    };
    let link =
        |guid: &str, options: u8| format!("[LDAP://cn={guid},cn=policies,cn=system,{DOMAIN_NAME};{options}]");
    let ldif = [
        container(GUID, "RDS Licensing", 4),
        container(OTHER, "Old hosts", 2),
        format!("dn: OU=RDSH,{DOMAIN_NAME}\nobjectClass: organizationalUnit\ngPLink: {}\n\n", link(GUID, 0)),
        format!(
            "dn: OU=Old,{DOMAIN_NAME}\nobjectClass: organizationalUnit\ngPOptions: 1\ngPLink: {}\n\n",
            link(OTHER, 0)
        ),
        format!(
            "dn: CN=RDSH01,OU=RDSH,{DOMAIN_NAME}\nobjectClass: computer\nsAMAccountName: RDSH01$\nuserAccountControl: 4096\n\n"
        ),
        format!(
            "dn: CN=OLD01,OU=Old,{DOMAIN_NAME}\nobjectClass: computer\nsAMAccountName: OLD01$\nuserAccountControl: 4096\n\n"
        ),
        format!("dn: {DOMAIN_NAME}\nchangetype: modify\nreplace: gPLink\ngPLink: {}\n\n", link(OTHER, 1)),
    ];
    server.ldif(&ldif.concat()).unwrap();
}

/// One test with one controller: it takes seconds to start, and two cannot run in parallel.
#[test]
fn a_domain() {
    let Some(server) = Server::start_domain() else { return };
    furnish(&server);
    let share = format!("smb://127.0.0.1:{}/SYSVOL", server.port());
    let authority = server.authority();
    let on_disk = server.folder().join("state/sysvol");

    // The network shows the same as the disk.
    let json = |arguments: &[&str]| {
        let run =
            signed_in(PASSWORD, &[&["policy", "show", "--all", "--format", "json"], arguments].concat());
        assert_eq!(run.code, Some(0), "{run:?}");
        run.json()
    };
    let (remote, local) = (json(&[&share]), json(&[on_disk.to_str().unwrap()]));
    let set = |report: &serde_json::Value| {
        let objects = report["objects"].as_array().unwrap().iter();
        let mut set: Vec<_> = objects
            .map(|object| {
                (
                    object["id"].to_string(),
                    object["machine_version"].to_string(),
                    object["files"][0]["values"].to_string(),
                )
            })
            .collect();
        set.sort();
        set
    };
    assert_eq!(set(&remote), set(&local));
    assert_eq!(remote["objects_read"], 4, "two of the domain's own, and two more: {remote}");

    // With the directory: names, links and precedence.
    let asked = ["--directory", "127.0.0.1", "--ca", authority.to_str().unwrap()];
    let report = json(&[&[share.as_str()], &asked[..], &["--computer", "RDSH01"]].concat());
    // If only a controller is named, its SYSVOL share is read too, on the standard SMB port.
    let alone = json(&[&asked[..], &["--computer", "RDSH01"]].concat());
    assert_eq!(set(&alone), set(&report));
    assert_eq!(alone["resolution"]["values"], report["resolution"]["values"]);
    let object = report["objects"].as_array().unwrap().iter().find(|object| object["id"] == GUID).unwrap();
    assert_eq!(
        (object["name"].as_str(), object["domain"].as_str()),
        (Some("RDS Licensing"), Some("rds.test"))
    );
    assert_eq!(
        (&object["links"][0]["path"], &object["links"][0]["order"]),
        (&"rds.test/RDSH".into(), &1.into())
    );
    assert_eq!(object["filtering"]["allowed"][0]["name"], r"NT AUTHORITY\Authenticated Users");
    let value = &report["resolution"]["values"][0];
    let fared = |value: &serde_json::Value| {
        let candidates = value["candidates"].as_array().unwrap().iter();
        candidates.map(|c| format!("{} {}", c["object"], c["standing"])).collect::<Vec<_>>().join("; ")
    };
    assert_eq!((value["data"].as_str(), value["certain"].as_bool()), (Some("4"), Some(true)), "{value}");
    assert_eq!(
        fared(value),
        r#""RDS Licensing" "wins"; "Old hosts" "not_applied""#,
        "the link to the domain is disabled"
    );
    let old = json(&[&[share.as_str()], &asked[..], &["--computer", "old01.rds.test"]].concat());
    let value = &old["resolution"]["values"][0];
    assert_eq!(
        (value["data"].as_str(), fared(value)),
        (Some("2"), r#""Old hosts" "wins"; "Old hosts" "not_applied""#.to_owned())
    );
    let text =
        signed_in(PASSWORD, &[&["policy", "show", &share], &asked[..], &["--computer", "RDSH01"]].concat());
    assert!(text.stdout.contains("LicensingMode = 4 (Per User (4))"), "{}", text.stdout);
    let nobody =
        signed_in(PASSWORD, &[&["policy", "show", &share], &asked[..], &["--computer", "RDSH99"]].concat());
    assert_eq!(nobody.code, Some(3), "{nobody:?}");
    assert!(nobody.stdout.contains("has no computer RDSH99"), "{nobody:?}");

    let stranger = signed_in("wrong", &["policy", "show", &share]);
    assert_eq!(stranger.code, Some(3), "{stranger:?}");
    assert!(stranger.stdout.contains("password is wrong"), "{stranger:?}");

    // The controller has an endpoint mapper, but no licensing service.
    let host = format!("smb://127.0.0.1:{}", server.port());
    let probed = signed_in(PASSWORD, &["probe", &host, "--format", "json"]);
    assert_eq!(probed.code, Some(1), "{probed:?}");
    let host = &probed.json()["hosts"][0];
    assert_eq!(
        (host["verdict"].as_str(), host["observed"]["mapper"].as_str()),
        (Some("service_not_there"), Some("not_registered"))
    );
    assert_eq!(host["observed"]["pipe"], "not_there", "{host}");

    #[cfg(feature = "kerberos")]
    tickets(&server, &share);
}

/// The same with a keytab, without a password or a certificate.
#[cfg(feature = "kerberos")]
fn tickets(server: &Server, share: &str) {
    let keytab = server.export_keytab(DOMAIN_ADMINISTRATOR).unwrap();
    let center = format!("127.0.0.1:{}", server.kdc_port().unwrap());
    let run = |arguments: &[&str], keytab: &str, by: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rdscal"));
        command
            .args(arguments)
            .args(["--kerberos", "rds.test", "--kdc", &center, "--keytab", keytab])
            .args(by);
        for variable in
            ["RDSCAL_CREDENTIALS", "RDSCAL_USER", "RDSCAL_PASSWORD", "RDSCAL_KEYTAB", "KRB5CCNAME"]
        {
            command.env_remove(variable);
        }
        rdscal_with(command)
    };
    let authority = server.authority();
    let tls = ["--ca", authority.to_str().unwrap()];
    let name = keytab.to_str().unwrap();
    let host = format!("smb://127.0.0.1:{}", server.port());
    for by in [&[][..], &tls] {
        let shown =
            ["policy", "show", share, "--directory", "127.0.0.1", "--computer", "RDSH01", "--format", "json"];
        let shown = run(&shown, name, by);
        assert_eq!(shown.code, Some(0), "{shown:?}");
        assert_eq!(shown.json()["resolution"]["values"][0]["data"], "4");
        let users = run(&["users", "127.0.0.1", "--fail-on", "never", "--format", "json"], name, by);
        assert_eq!(
            (users.code, users.json()["directory"]["host"].as_str()),
            (Some(0), Some(samba::DOMAIN_CONTROLLER)),
            "{users:?}"
        );
        let listed =
            ["doctor", &host, "--directory", "127.0.0.1", "--from-ad", "(name=NONE*)", "--format", "json"];
        let listed = run(&[&listed[..], &["--fail-on", "never"]].concat(), name, by);
        // A filter without a match is never reported as success.
        assert_eq!(listed.code, Some(3), "{listed:?}");
        assert!(listed.stderr.contains("has no computer that matches (name=NONE*)"), "{listed:?}");
    }
    // Only the domain is named: its DNS leads to the controller and the KDC.
    let port = server.kdc_port().unwrap();
    let records = format!("dc1.rds.test 127.0.0.1\n_kerberos._tcp.rds.test 0 100 {port} dc1.rds.test\n");
    server.dns_records(&records).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rdscal"));
    let nameserver = format!("127.0.0.1:{}", server.dns_port().unwrap());
    command.args([
        "users",
        "rds.test",
        "--kerberos",
        "rds.test",
        "--keytab",
        name,
        "--nameserver",
        &nameserver,
    ]);
    command
        .args(["--fail-on", "never", "--format", "json"])
        .env_remove("RDSCAL_USER")
        .env_remove("RDSCAL_PASSWORD");
    let users = rdscal_with(command);
    assert_eq!(users.code, Some(0), "{users:?}");
    assert_eq!(users.json()["directory"]["host"], samba::DOMAIN_CONTROLLER);
    let other = ["policy", "show", "smb://nobody@127.0.0.1/SYSVOL", "--directory", "127.0.0.1"];
    let other = run(&other, name, &[]);
    assert!(format!("{other:?}").contains("no key for nobody@RDS.TEST"), "{other:?}");
    // A keytab that other users can read is rejected.
    std::fs::set_permissions(&keytab, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let open = run(&["users", "127.0.0.1"], name, &[]);
    assert_eq!(open.code, Some(2), "{open:?}");
    assert!(open.stderr.contains("chmod 600"), "{open:?}");
    let none = run(&["users", "127.0.0.1"], "/dev/null", &[]);
    assert!(none.stderr.contains("/dev/null: is not a file"), "{none:?}");
}
