//! Answers of a key distribution center that means no good.

use kerberos::{Center, Client, Error, Proof};

/// Says the same to everything.
struct Parrot<'a>(&'a [u8]);

impl Center for Parrot<'_> {
    fn ask(&mut self, _: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(self.0.to_vec())
    }
}

/// The bytes answer every question. The seeds are what Samba's center answered; the account is another one,
/// so that no ticket opens.
pub fn target(data: &[u8]) {
    let client = Client::new("ann", "RDS.TEST", Proof::Password("not theirs".to_owned().into()));
    assert!(client.ticket("ldap", "dc1.rds.test", &mut Parrot(data)).is_err(), "a ticket out of thin air");
}
