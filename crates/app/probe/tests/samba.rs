//! Probes a real server: a Samba domain controller has an endpoint mapper, services with dynamic ports, and
//! pipes. It does not have a licensing service.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::TcpListener;
use std::time::Duration;

use licensing::probe::{BindAnswer, MapperAnswer, NameAnswer, PipeAnswer, PortState, ProbeVerdict, decide};
use msrpc::rpc::Syntax;
use probe::{Account, LICENSING, Service, Times, observe};
use samba::{DOMAIN_ADMINISTRATOR, PASSWORD, Server};

/// Long limits, because test machines may be busy.
const PATIENT: Times = Times { connect: Duration::from_secs(30), answer: Duration::from_mins(1) };

/// The account manager, which Samba provides.
const SAMR: Service = Service {
    interface: Syntax { uuid: 0x1234_5778_1234_abcd_ef00_0123_4567_89ac, version: 1 },
    pipe: "samr",
};

fn account(password: &str) -> Account {
    Account::new(&format!(r"RDS\{DOMAIN_ADMINISTRATOR}"), password.to_owned().into())
}

#[test]
fn a_domain_controller() {
    let Some(server) = Server::start_domain() else { return };
    let host = "127.0.0.1";
    let seen = observe(host, server.port(), SAMR, Some(&account(PASSWORD)), PATIENT);
    let port = seen.service.as_ref().expect("the mapper names a port").port;
    assert!(port >= 1024, "{seen:?}");
    assert_eq!(seen.mapper, Some(MapperAnswer::Listens(vec![port])));
    assert_eq!(seen.service.as_ref().and_then(|service| service.bind.clone()), Some(BindAnswer::Bound));
    assert_eq!((&seen.name, &seen.pipe), (&NameAnswer::IsAddress, &Some(PipeAnswer::Opened)));
    assert_eq!(decide(&seen).verdict, ProbeVerdict::Answers);

    let absent = observe(host, server.port(), LICENSING, Some(&account(PASSWORD)), PATIENT);
    assert_eq!((&absent.mapper_port, &absent.smb_port), (&PortState::Open, &PortState::Open));
    assert_eq!((&absent.mapper, &absent.service), (&Some(MapperAnswer::NotRegistered), &None));
    assert_eq!(absent.pipe, Some(PipeAnswer::NotThere));
    assert_eq!(decide(&absent).verdict, ProbeVerdict::ServiceNotThere);

    let stranger = observe(host, server.port(), LICENSING, Some(&account("wrong")), PATIENT);
    assert!(
        matches!(&stranger.pipe, Some(PipeAnswer::SignIn(why)) if why.code == diagnostic::Code::WrongPassword),
        "{stranger:?}"
    );
    assert_eq!(decide(&stranger).verdict, ProbeVerdict::ServiceNotThere);
}

#[test]
fn where_nobody_is() {
    let quick = Times { connect: Duration::from_millis(300), answer: Duration::from_millis(300) };
    // This top-level domain never resolves (RFC 2606). A machine without DNS cannot know that.
    let nobody = observe("rdls01.invalid", 445, LICENSING, None, PATIENT);
    let verdict = if nobody.name == NameAnswer::Late {
        ProbeVerdict::Unknown
    } else {
        ProbeVerdict::NameDoesNotResolve
    };
    assert!(matches!(nobody.name, NameAnswer::NotFound(_) | NameAnswer::Late), "{nobody:?}");
    assert_eq!(decide(&nobody).verdict, verdict);
    // A local port without a listener; a domain controller of another test may listen at 135.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let refused = observe("127.0.0.2", port, LICENSING, None, PATIENT);
    assert_eq!(refused.smb_port, PortState::Refused, "{refused:?}");
    assert_eq!(refused.pipe, None);
    // The documentation network (RFC 5737) is not routed.
    let nowhere = observe("192.0.2.1", 445, LICENSING, None, quick);
    assert!(!matches!(nowhere.mapper_port, PortState::Open), "{nowhere:?}");
    assert_ne!(decide(&nowhere).verdict, ProbeVerdict::Answers);
}
