//! Answers of a name server that means no good.

use ::dns::packet::{self, Answer, Data, Kind};

/// The bytes answer the question for the controllers of a domain. The seeds are what Samba's name server
/// answered.
pub fn target(data: &[u8]) {
    let query = packet::query(0x1234, "_ldap._tcp.dc._msdcs.rds.test", Kind::Srv).expect("a name");
    let Some(Answer::Records(records)) = packet::answer(&query, data) else { return };
    // A record takes its head at least, and a name no more than what DNS allows, whatever its bytes are.
    assert!(records.len() * 11 <= data.len());
    for record in records {
        assert!(record.name.len() <= 3 * 255);
        if let Data::Service { host, .. } = record.data {
            assert!(host.len() <= 3 * 255);
        }
    }
}
