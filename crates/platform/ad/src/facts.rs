//! Facts about machines (`licensing::model::facts`) that a directory provides.

use licensing::model::facts::ReportedServer;
use licensing::model::{Role, ServerEntry, UserLicense, facts};
use licensing::per_user::Rights;
use licensing::{Machine, Profile};
use serde::Serialize;
use snapshot::{Fact, FileTime, Snapshot};

use crate::Error;
use crate::computers::Computer;
use crate::domain::Domain;
use crate::rights::{self, Judge, Survey};
use crate::servers::Servers;
use crate::users;
use ldap::Connection;

/// Domain-wide facts, read once for all machines.
#[derive(Clone, Debug)]
pub struct Gathered {
    domain: Domain,
    servers: Servers,
    users: Vec<UserLicense>,
    rights: Rights,
    without_ace: Vec<String>,
    host: String,
}

/// Limit for the users in one fact. `rdscal users` counts the holders of a larger domain without keeping
/// them.
const MAX_USERS: usize = 100_000;

impl Gathered {
    /// Reads all domain-wide facts.
    pub fn read(connection: &mut Connection) -> Result<Self, Error> {
        let domain = Domain::read(connection)?;
        let servers = Servers::read(connection)?;
        let mut holders = Vec::new();
        let reading = Error::reading("the users");
        for entry in connection.search(&users::search(&domain.dn)).map_err(&reading)?.take(MAX_USERS) {
            holders.push(UserLicense::from(&users::holder(&entry.map_err(&reading)?, &domain.netbios)));
        }
        let (rights, without_ace) = survey(connection, &domain, &servers)?;
        let host = connection.root().host.clone();
        Ok(Self { domain, servers, users: holders, rights, without_ace, host })
    }

    /// The domain that was read.
    #[must_use]
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Adds the facts about its machine to a snapshot. Adds the domain-wide facts if `at_large` is set or the
    /// machine is a license server. Facts that the machine reported are kept.
    ///
    /// Nothing is added for a machine that is not in this domain.
    pub fn add(
        &self,
        connection: &mut Connection,
        snapshot: &mut Snapshot,
        at_large: bool,
    ) -> Result<(), Error> {
        let Some(name) = licensing::model::computer_name(snapshot) else { return Ok(()) };
        let (own_domain, is_server, first_server, own_id) = {
            let machine = Machine::new(snapshot, FileTime::ZERO, Profile::Auto);
            let servers = machine.license_servers().known().ok().flatten().cloned().unwrap_or_default();
            (
                machine.dns_domain().ok(),
                machine.roles().holds(Role::LicenseServer) == Ok(true),
                servers.first().map(ServerEntry::folded),
                snapshot.facts.get(facts::LICENSE_SERVER.name).and_then(|fact| {
                    serde_json::from_value::<ReportedServer>(fact.value.clone()).ok()?.product_id
                }),
            )
        };
        // Machines with the same name in two domains are different machines.
        let elsewhere =
            own_domain.is_some_and(|own| !own.is_empty() && !own.eq_ignore_ascii_case(&self.domain.dns));
        if elsewhere {
            return Ok(());
        }
        let Some(computer) = Computer::find(connection, &name)? else { return Ok(()) };
        let mut adding = Adding { snapshot, host: &self.host };
        if self.servers.group.known {
            adding.fact(facts::TSLS_MEMBERS.name, "members of S-1-5-32-561", &self.servers.group.members);
        }
        if is_server {
            if self.servers.group.known {
                adding.fact(
                    facts::IN_TSLS_GROUP.name,
                    "membership in S-1-5-32-561",
                    &self.servers.is_in_group(&computer.dn),
                );
            }
            adding.fact(facts::ON_DOMAIN_CONTROLLER.name, "userAccountControl", &computer.controller);
            // The directory does not contain ids. If it has only one license server, that server's own id is
            // the complete list.
            if let Some(id) = own_id.filter(|_| self.domain.forest.len() == 1)
                && self.servers.is_the_only(&computer.dn)
            {
                adding.fact(
                    facts::FOREST_LICENSE_SERVERS.name,
                    "the only license server, as it says itself",
                    &[id],
                );
            }
            let point = self.servers.has_connection_point(&computer.dn);
            adding.fact(facts::REGISTERED_TO_SCP.name, "serviceConnectionPoint TermServLicensing", &point);
        }
        if let Some(server) = first_server {
            if let Some(trust) = self.domain.trust_with(&server) {
                adding.fact(facts::TRUST.name, "trustedDomain and crossRef objects", &trust);
            }
            let same = !server.contains('.') || self.domain.trust_with(&server) == Some("same-forest");
            if let (true, Some(build)) =
                (same, Computer::find(connection, &server)?.and_then(|server| server.build()))
            {
                adding.fact(facts::LICENSE_SERVER_BUILD.name, "operatingSystemVersion", &build);
            }
        }
        if is_server || at_large {
            adding.fact(facts::USERS.name, "msTSManagingLS, msTSExpireDate", &self.users);
            adding.fact(facts::STALE_SITE_SERVERS.name, "TS-Enterprise-License-Server", &self.servers.stale);
            // If access lists cannot be read, nothing follows from them.
            if self.rights.looked_at > 0 && self.rights.unreadable == 0 {
                adding.fact(facts::USERS_WITHOUT_ACE.name, "nTSecurityDescriptor", &self.without_ace);
            }
        }
        Ok(())
    }
}

struct Adding<'a> {
    snapshot: &'a mut Snapshot,
    host: &'a str,
}

impl Adding<'_> {
    fn fact(&mut self, name: &str, source: &str, value: &impl Serialize) {
        let Ok(value) = serde_json::to_value(value) else { return };
        let source = format!("directory ({}): {source}", self.host);
        self.snapshot.facts.entry(name.to_owned()).or_insert(Fact { value, source });
    }
}

/// Checks the access lists of all enabled users.
pub fn survey(
    connection: &mut Connection,
    domain: &Domain,
    servers: &Servers,
) -> Result<(Rights, Vec<String>), Error> {
    let holder = format!("CN=AdminSDHolder,CN=System,{}", domain.dn);
    let search =
        ldap::Search::new(&holder).scope(ldap::Scope::Base).attributes(&["nTSecurityDescriptor"]).security();
    let reading = Error::reading("the access lists of users");
    let admin = match connection.first(&search) {
        Ok(entry) => entry.as_ref().and_then(rights::descriptor),
        Err(ldap::Error::Rejected(_)) => None,
        Err(error) => return Err(reading(error)),
    };
    let mut survey = Survey::new(Judge::new(&servers.sids()), admin.as_ref());
    for entry in connection.search(&rights::search(&domain.dn)).map_err(&reading)? {
        survey.look_at(&entry.map_err(&reading)?, &domain.netbios);
    }
    Ok(survey.finish())
}
