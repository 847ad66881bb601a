//! The DNS server of a Samba domain controller.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::HashSet;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use locate::{CONTROLLERS, Failure, KDCS, Nameserver, addresses, services};
use samba::{DOMAIN_CONTROLLER, Server};

const MAX: usize = 8;

fn by() -> Instant {
    Instant::now() + Duration::from_secs(4)
}

#[test]
fn a_domain() {
    let Some(server) = Server::start_domain() else { return };
    let nameserver: Nameserver = format!("127.0.0.1:{}", server.dns_port().unwrap()).parse().unwrap();
    let find = |service: &str, port| services(service, "RDS.test.", port, &nameserver, MAX, by());
    let at = |text: &str| -> SocketAddr { text.parse().unwrap() };
    server.dns_records("dc1.rds.test 127.0.0.1").unwrap();
    assert_eq!(find(CONTROLLERS, 389), Ok(vec![at("127.0.0.1:389")]));
    assert_eq!(find(KDCS, 88), Ok(vec![at("127.0.0.1:88")]));
    assert_eq!(addresses(DOMAIN_CONTROLLER, 636, &nameserver, MAX, by()), Ok(vec![at("127.0.0.1:636")]));
    assert_eq!(addresses("nobody.rds.test", 636, &nameserver, MAX, by()), Err(Failure::None));
    assert_eq!(services(CONTROLLERS, "nobody.test", 389, &nameserver, MAX, by()).ok(), None);

    // Sorted by priority, and randomly within one priority; hosts of other domains are dropped; more records
    // than a datagram can hold.
    let mut records = String::new();
    for number in 1..=3 {
        writeln!(records, "kdc{number}.rds.test 127.0.0.{}", 10 + number).unwrap();
    }
    let name = "_test._tcp.rds.test";
    writeln!(records, "{name} 0 0 1001 localhost.elsewhere.test").unwrap();
    writeln!(records, "{name} 0 50 1001 kdc1.rds.test\n{name} 0 50 1002 kdc2.rds.test").unwrap();
    writeln!(records, "{name} 50 100 1003 kdc3.rds.test").unwrap();
    for number in 0..40 {
        writeln!(records, "{name} 200 100 88 one-with-a-long-name-and-no-address-{number}.rds.test").unwrap();
    }
    server.dns_records(&records).unwrap();
    let mut first = HashSet::new();
    for _ in 0..20 {
        let found = find("_test._tcp", 88).unwrap();
        let (equal, rest) = found.split_at(2);
        assert_eq!(
            equal.iter().collect::<HashSet<_>>(),
            [&at("127.0.0.11:1001"), &at("127.0.0.12:1002")].into()
        );
        assert_eq!(rest, [at("127.0.0.13:1003")]);
        first.insert(found[0]);
    }
    assert_eq!(first.len(), 2, "chance decides between equals");
    // Not more than the limit.
    assert_eq!(services("_test._tcp", "rds.test", 88, &nameserver, 1, by()).unwrap().len(), 1);
}
