//! MIT's library as the service: what it accepts, and what is said under the protection of its context.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use kerberos::{Centers, Client, Error, Network, Proof, Ticket, Wishes};
use samba::{DOMAIN_ADMINISTRATOR, DOMAIN_CONTROLLER, PASSWORD, REALM, Server};

/// Python's own binding to MIT's library: a context bound to the second argument, where there is one. Each line is a message, in
/// hexadecimal digits; the first is the token.
const SERVICE: &str = r#"
import sys
import gssapi
from gssapi.raw import ChannelBindings
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
while True:
    message = hear()
    if not message:
        break
    plain = context.unwrap(message)
    assert plain.encrypted
    say(context.wrap(plain.message[::-1], True).message.hex())
"#;

/// The service; it ends when this is dropped.
struct Service {
    child: Child,
    hears: ChildStdin,
    says: BufReader<ChildStdout>,
}

impl Service {
    fn start(server: &Server, binding: Option<&[u8]>) -> Self {
        let keytab = server.folder().join(format!("ldap-{DOMAIN_CONTROLLER}.keytab"));
        let script = server.folder().join("service.py");
        fs::write(&script, SERVICE).unwrap();
        let configuration = server.folder().join("krb5.conf");
        fs::write(&configuration, format!("[libdefaults]\n default_realm = {REALM}\n rdns = false\n"))
            .unwrap();
        // The binding is installed for Debian's own Python, whichever stands first on the path.
        let mut command = Command::new("/usr/bin/python3");
        command.arg(script).arg(format!("ldap/{DOMAIN_CONTROLLER}@{REALM}")).args(binding.map(hex::encode));
        let mut child = command
            .env("KRB5_KTNAME", keytab)
            .env("KRB5_CONFIG", configuration)
            // It would remember tokens in a place of everybody's.
            .env("KRB5RCACHENAME", "none:")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (hears, says) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, hears, says }
    }

    fn tell(&mut self, message: &[u8]) {
        writeln!(self.hears, "{}", hex::encode(message)).unwrap();
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.says.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn bytes(&mut self) -> Vec<u8> {
        let line = self.line();
        hex::decode(&line).unwrap_or_else(|_| panic!("{line}"))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ticket(server: &Server) -> Ticket {
    let client = Client::new(DOMAIN_ADMINISTRATOR, REALM, Proof::Password(PASSWORD.to_owned().into()));
    let center = format!("127.0.0.1:{}", server.kdc_port().unwrap());
    client
        .ticket("ldap", DOMAIN_CONTROLLER, &mut Network::new(&Centers::at(&center), Duration::from_mins(1)))
        .unwrap()
}

#[test]
fn what_mit_accepts() {
    let Some(server) = Server::start_domain() else { return };
    let there = Command::new("/usr/bin/python3").args(["-c", "import gssapi"]).output();
    if !there.is_ok_and(|done| done.status.success()) {
        let reason = "no Python binding of GSS-API (Debian: apt-get install python3-gssapi)";
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{reason}");
        println!("skipped: {reason}");
        return;
    }
    server.export_keytab(&format!("ldap/{DOMAIN_CONTROLLER}")).unwrap();
    let ticket = ticket(&server);
    bound(&server, &ticket);
    sealed(&server, &ticket);
}

fn bound(server: &Server, ticket: &Ticket) {
    let (right, wrong) = (&b"tls-server-end-point:the right one"[..], &b"tls-server-end-point:another"[..]);
    let shown = |theirs: Option<&[u8]>, ours: Option<&[u8]>| {
        let mut service = Service::start(server, theirs);
        let (token, initiator) = ticket.initiate(Wishes { sealed: false, binding: ours }).unwrap();
        service.tell(&token);
        let line = service.line();
        let Ok(answer) = hex::decode(&line) else { return Err(line) };
        initiator.complete(&answer).unwrap();
        Ok(service.line())
    };
    assert_eq!(shown(None, None).as_deref(), Ok("bare"));
    assert_eq!(shown(Some(right), Some(right)).as_deref(), Ok("bare"));
    let refused = Err("refused BadChannelBindingsError".to_owned());
    assert_eq!(shown(Some(right), Some(wrong)), refused);
}

fn sealed(server: &Server, ticket: &Ticket) {
    let mut service = Service::start(server, None);
    let (token, initiator) = ticket.initiate(Wishes { sealed: true, binding: None }).unwrap();
    service.tell(&token);
    let mut context = initiator.complete(&service.bytes()).unwrap();
    assert_eq!(service.line(), "sealed");
    let mut last = Vec::new();
    for length in [1, 2, 15, 16, 17, 31, 32, 33, 1000, 65535] {
        let message: Vec<u8> = (0..length).map(|index: u32| index.to_le_bytes()[0]).collect();
        service.tell(&context.seal(&message).unwrap());
        last = service.bytes();
        let answer = context.open(&last).unwrap();
        assert!(answer.iter().eq(message.iter().rev()), "{length}");
    }
    assert_eq!(context.open(&last), Err(Error::Sequence));
    // Another service's answer is no proof.
    let (_, initiator) = ticket.initiate(Wishes::default()).unwrap();
    let mut service = Service::start(server, None);
    service.tell(&ticket.initiate(Wishes::default()).unwrap().0);
    let error = initiator.complete(&service.bytes()).unwrap_err();
    assert!(matches!(error, Error::Broken(_) | Error::Integrity), "{error}");
}
