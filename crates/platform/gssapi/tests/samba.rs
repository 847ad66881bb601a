//! Samba's domain controller as the KDC, and MIT's library as the service.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use diagnostic::{Diagnostic as _, Retry};
use gssapi::{Account, Context, Error, Failure, Keytab, Protection, Realm, Service, cache_owner};
use samba::{DOMAIN_ADMINISTRATOR, DOMAIN_CONTROLLER, DOMAIN_NAME, PASSWORD, REALM, Server};

const WITHIN: Duration = Duration::from_mins(1);

/// One controller for all, since it takes seconds to start and no two run at once.
#[test]
fn a_domain() {
    let Some(server) = Server::start_domain() else { return };
    passwords(&server);
    wrong_password_is_tried_once(&server);
    caches(&server);
    keytabs(&server);
    server.export_keytab(&format!("ldap/{DOMAIN_CONTROLLER}")).unwrap();
    bindings(&server);
    sealing(&server);
    session_key(&server);
}

fn realm(server: &Server) -> Realm {
    Realm::with_kdcs(REALM, &[format!("127.0.0.1:{}", server.kdc_port().unwrap())]).unwrap()
}

fn password(name: &str, password: &str) -> Account {
    Account::Password { name: name.to_owned(), password: password.to_owned().into() }
}

fn try_ticket(realm: &Realm, account: &Account) -> Result<(), Error> {
    let service = Service { class: "ldap", host: DOMAIN_CONTROLLER, protection: Protection::SessionKey };
    realm.initiate(account, service, WITHIN).map(drop)
}

fn passwords(server: &Server) {
    for name in [DOMAIN_ADMINISTRATOR, "administrator", "administrator@rds.test"] {
        try_ticket(&realm(server), &password(name, PASSWORD))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let error = try_ticket(&realm(server), &password("nobody", PASSWORD)).unwrap_err();
    assert_eq!(error.retry(), Retry::CredentialsRejected, "{error}");
    // An account signs in once; the ticket-granting ticket is then used for each service.
    let realm = realm(server);
    try_ticket(&realm, &password(DOMAIN_ADMINISTRATOR, PASSWORD)).unwrap();
    let service = Service { class: "cifs", host: "127.0.0.1", protection: Protection::SessionKey };
    realm.initiate(&password(DOMAIN_ADMINISTRATOR, "not used"), service, WITHIN).unwrap();
    let service = Service { host: "other.rds.test", ..service };
    let error = realm.initiate(&password(DOMAIN_ADMINISTRATOR, PASSWORD), service, WITHIN).unwrap_err();
    assert_eq!(error.failure(), Some(Failure::UnknownService), "{error}");
    assert!(error.to_string().contains("cifs/other.rds.test"), "{error}");
}

/// Further attempts of the library itself would bring the account nearer to its lockout.
fn wrong_password_is_tried_once(server: &Server) {
    // Without a threshold Samba does not count.
    let ldif = format!(
        "dn: CN=locked,CN=Users,{DOMAIN_NAME}\nobjectClass: user\nsAMAccountName: locked\n\n\
         dn: {DOMAIN_NAME}\nchangetype: modify\nreplace: lockoutThreshold\nlockoutThreshold: 10\n\n"
    );
    server.ldif(&ldif).unwrap();
    server.set_password("locked", PASSWORD).unwrap();
    try_ticket(&realm(server), &password("locked", PASSWORD)).unwrap();
    let error = try_ticket(&realm(server), &password("locked", "wrong")).unwrap_err();
    assert_eq!(
        (error.failure(), error.retry()),
        (Some(Failure::Rejected), Retry::CredentialsRejected),
        "{error}"
    );
    assert!(!format!("{error} {error:?}").contains("wrong\""), "{error:?}");
    assert_eq!(server.attribute("locked", "badPwdCount").unwrap(), "1");
}

/// Tickets of kinit need no password. A cache knows its account.
fn caches(server: &Server) {
    let folder = server.folder().join("tickets.d");
    fs::create_dir(&folder).unwrap();
    for cache in
        [format!("FILE:{}", server.folder().join("tickets").display()), format!("DIR:{}", folder.display())]
    {
        let typed = format!("{PASSWORD}\n");
        if server.run_krb5("kinit", &["-c", &cache, DOMAIN_ADMINISTRATOR], &typed).is_none() {
            return;
        }
        assert_eq!(cache_owner(Some(&cache)).unwrap(), format!("{DOMAIN_ADMINISTRATOR}@{REALM}"));
        try_ticket(&realm(server), &Account::Cache(Some(cache.clone()))).unwrap();
        // The service ticket is in the cache now: no KDC is needed.
        let nowhere = Realm::with_kdcs(REALM, &["127.0.0.1:1"]).unwrap();
        try_ticket(&nowhere, &Account::Cache(Some(cache))).unwrap();
    }
    let short = format!("FILE:{}", server.folder().join("short").display());
    server
        .run_krb5("kinit", &["-l", "1s", "-c", &short, DOMAIN_ADMINISTRATOR], &format!("{PASSWORD}\n"))
        .unwrap();
    std::thread::sleep(Duration::from_secs(2));
    let error = try_ticket(&realm(server), &Account::Cache(Some(short))).unwrap_err();
    assert_eq!(error.failure(), Some(Failure::TicketExpired), "{error}");
    assert!(error.advice().unwrap().contains("kinit"));
}

fn keytabs(server: &Server) {
    let account = |path: &PathBuf, name: &str| Account::Keytab {
        keytab: Keytab::open(path).unwrap(),
        name: name.to_owned(),
    };
    let exported = server.export_keytab(DOMAIN_ADMINISTRATOR).unwrap();
    try_ticket(&realm(server), &account(&exported, "")).unwrap();
    try_ticket(&realm(server), &account(&exported, "administrator@rds.test")).unwrap();
    let error = try_ticket(&realm(server), &account(&exported, "krbtgt")).unwrap_err();
    assert!(
        error.to_string().contains("no key for krbtgt@RDS.TEST, but for Administrator@RDS.TEST"),
        "{error}"
    );
    // A file that is not a keytab.
    let other = server.folder().join("other.keytab");
    fs::write(&other, "[libdefaults]").unwrap();
    fs::set_permissions(&other, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let error = try_ticket(&realm(server), &account(&other, "")).unwrap_err();
    assert!(error.to_string().contains("other.keytab"), "{error}");

    // As ktutil writes it, of a password; the last one of a wrong password.
    let made = |name: &str, password: &str, enctype: &str| -> Option<PathBuf> {
        let path = server.folder().join(name);
        let salt = format!("{REALM}{DOMAIN_ADMINISTRATOR}");
        let typed = format!(
            "addent -password -p {DOMAIN_ADMINISTRATOR}@{REALM} -k 1 -e {enctype} -s {salt}\n{password}\nwkt {}\nquit\n",
            path.display()
        );
        server.run_krb5("ktutil", &[], &typed)?;
        Some(path)
    };
    for enctype in ["aes256-cts", "aes128-cts", "rc4-hmac"] {
        let Some(path) = made(enctype, PASSWORD, enctype) else { return };
        try_ticket(&realm(server), &account(&path, "")).unwrap_or_else(|error| panic!("{enctype}: {error}"));
    }
    let Some(path) = made("wrong", "another", "aes256-cts") else { return };
    let error = try_ticket(&realm(server), &account(&path, "")).unwrap_err();
    assert_eq!(error.retry(), Retry::CredentialsRejected, "{error}");
}

/// Python's binding of MIT's library. The context is bound to the second argument, if there is one. Each line
/// is a message in hexadecimal digits; the first is the token.
const SERVICE: &str = r#"
import sys
import gssapi
from gssapi.raw import ChannelBindings, OID, inquire_sec_context_by_oid
name = gssapi.Name(sys.argv[1], gssapi.NameType.kerberos_principal)
credentials = gssapi.Credentials(usage="accept", name=name)
bindings = ChannelBindings(application_data=bytes.fromhex(sys.argv[2])) if len(sys.argv) > 2 else None
gssapi.SecurityContext.__DEFER_STEP_ERRORS__ = False
context = gssapi.SecurityContext(creds=credentials, usage="accept", channel_bindings=bindings)
def hear():
    return bytes.fromhex(sys.stdin.readline().strip())
def say(text):
    print(text, flush=True)
try:
    token = context.step(hear())
except gssapi.exceptions.GSSError as error:
    say("refused " + type(error).__name__)
    print(error, file=sys.stderr)
    sys.exit()
say(token.hex())
flags = context.actual_flags
say("sealed" if flags & gssapi.RequirementFlag.confidentiality else "bare")
say(inquire_sec_context_by_oid(context, OID.from_int_seq("1.2.840.113554.1.2.2.5.5"))[0].hex())
while True:
    message = hear()
    if not message:
        break
    plain = context.unwrap(message)
    assert plain.encrypted
    say(context.wrap(plain.message[::-1], True).message.hex())
"#;

/// A service; it ends when this is dropped.
struct Peer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Peer {
    fn start(server: &Server, binding: Option<&[u8]>) -> Self {
        let keytab = server.folder().join(format!("ldap-{DOMAIN_CONTROLLER}.keytab"));
        let script = server.folder().join("service.py");
        fs::write(&script, SERVICE).unwrap();
        let configuration = server.folder().join("service.conf");
        fs::write(&configuration, format!("[libdefaults]\n default_realm = {REALM}\n rdns = false\n"))
            .unwrap();
        // The binding is installed for Debian's own Python, which may not be the first on the path.
        let mut command = Command::new("/usr/bin/python3");
        command.arg(script).arg(format!("ldap/{DOMAIN_CONTROLLER}@{REALM}")).args(binding.map(hex::encode));
        let mut child = command
            .env("KRB5_KTNAME", keytab)
            .env("KRB5_CONFIG", configuration)
            // Otherwise it keeps a replay cache in a shared folder.
            .env("KRB5RCACHENAME", "none:")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, input, output }
    }

    fn send(&mut self, message: &[u8]) {
        writeln!(self.input, "{}", hex::encode(message)).unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn bytes(&mut self) -> Vec<u8> {
        let line = self.line();
        hex::decode(&line).unwrap_or_else(|_| panic!("{line}"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn initiate(server: &Server, protection: Protection<'_>) -> (Context, Vec<u8>) {
    let service = Service { class: "ldap", host: DOMAIN_CONTROLLER, protection };
    realm(server).initiate(&password(DOMAIN_ADMINISTRATOR, PASSWORD), service, WITHIN).unwrap()
}

fn has_peer() -> bool {
    let there = Command::new("/usr/bin/python3").args(["-c", "import gssapi"]).output();
    let there = there.is_ok_and(|done| done.status.success());
    if !there {
        let reason = "no Python binding of GSS-API (Debian: apt-get install python3-gssapi)";
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{reason}");
        println!("skipped: {reason}");
    }
    there
}

fn bindings(server: &Server) {
    if !has_peer() {
        return;
    }
    let (right, wrong) = (&b"tls-server-end-point:the right one"[..], &b"tls-server-end-point:another"[..]);
    let accepted = |theirs: Option<&[u8]>, ours: Option<&[u8]>| {
        let mut peer = Peer::start(server, theirs);
        let (mut context, token) = initiate(server, Protection::Tls(ours));
        peer.send(&token);
        let line = peer.line();
        let Ok(answer) = hex::decode(&line) else { return Err(line) };
        assert_eq!(context.step(&answer), Ok(None));
        assert!(context.is_complete());
        assert_eq!(context.wrap(b"x"), Err(Error::Unprotected), "TLS protects it, not the context");
        Ok(peer.line())
    };
    assert_eq!(accepted(None, None).as_deref(), Ok("bare"));
    assert_eq!(accepted(Some(right), Some(right)).as_deref(), Ok("bare"));
    assert_eq!(accepted(Some(right), Some(wrong)), Err("refused BadChannelBindingsError".to_owned()));
}

fn sealing(server: &Server) {
    if !has_peer() {
        return;
    }
    let mut peer = Peer::start(server, None);
    let (mut context, token) = initiate(server, Protection::Sealed);
    assert_eq!(context.wrap(b"too early"), Err(Error::Unprotected));
    peer.send(&token);
    assert_eq!(context.step(&peer.bytes()), Ok(None));
    assert_eq!(peer.line(), "sealed");
    let _ = peer.line();
    let mut last = Vec::new();
    for length in [1, 2, 15, 16, 17, 31, 32, 33, 1000, 65535] {
        let message: Vec<u8> = (0..length).map(|index: u32| index.to_le_bytes()[0]).collect();
        let sealed = context.wrap(&message).unwrap();
        assert!(length < 16 || !sealed.windows(length as usize).any(|window| window == message));
        peer.send(&sealed);
        last = peer.bytes();
        let answer = context.unwrap(&last).unwrap();
        assert!(answer.iter().eq(message.iter().rev()), "{length}");
    }
    assert_eq!(context.unwrap(&last), Err(Error::Sequence), "a replay");
    let mut damaged = last;
    *damaged.last_mut().unwrap() ^= 1;
    assert!(matches!(context.unwrap(&damaged), Err(Error::Gss { .. })));
    // One message is omitted.
    peer.send(&context.wrap(b"one").unwrap());
    let _ = peer.bytes();
    peer.send(&context.wrap(b"two").unwrap());
    assert_eq!(context.unwrap(&peer.bytes()), Err(Error::Sequence), "a gap");
    // The answer of another service does not authenticate this one.
    let (mut context, _) = initiate(server, Protection::Sealed);
    let mut peer = Peer::start(server, None);
    peer.send(&initiate(server, Protection::Sealed).1);
    let error = context.step(&peer.bytes()).unwrap_err();
    assert!(matches!(error, Error::Gss { .. }), "{error}");
    assert!(!context.is_complete());
    let error = initiate(server, Protection::Sealed).0.step(b"not a token").unwrap_err();
    assert!(matches!(error, Error::Gss { .. }), "{error}");
}

/// Both sides export the same key.
fn session_key(server: &Server) {
    if !has_peer() {
        return;
    }
    let mut peer = Peer::start(server, None);
    let (mut context, token) = initiate(server, Protection::SessionKey);
    assert_eq!(context.session_key(), Err(Error::Unprotected), "too early");
    peer.send(&token);
    assert_eq!(context.step(&peer.bytes()), Ok(None));
    let _ = peer.line();
    let key = context.session_key().unwrap();
    assert_eq!(peer.bytes(), *key);
    assert!(key.len() >= 16, "{}", key.len());
}
