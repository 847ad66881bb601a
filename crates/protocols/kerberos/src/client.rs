//! An account, what proves it, and the tickets that it gets.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use zeroize::Zeroizing;

use crate::cache::Cache;
use crate::center::Center;
use crate::crypto::{Enctype, Key};
use crate::error::{Error, code};
use crate::keytab::Keytab;
use crate::messages::{self, Along, KdcAnswer, KdcRequest, PA_TGS_REQ, Refusal, Showing, Way, usage};
use crate::name::{self, NT_ENTERPRISE, NT_PRINCIPAL, Principal};
use crate::time::Stamp;

/// What proves an account.
#[derive(Clone)]
pub enum Proof {
    /// Its password, which is overwritten when this is dropped.
    Password(Zeroizing<String>),
    /// Its keys.
    Keytab(Arc<Keytab>),
    /// Tickets that it got already. Whose they are they say themselves.
    Cache(Arc<Cache>),
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password(_) => f.write_str("Password"),
            Self::Keytab(keytab) => write!(f, "Keytab({keytab:?})"),
            Self::Cache(cache) => write!(f, "{cache:?}"),
        }
    }
}

/// A ticket is not used any more when it ends within so many seconds.
const ABOUT_TO_END: u64 = 60;
/// No more accounts are remembered.
const MOST_REMEMBERED: usize = 1000;

/// The tickets for tickets that accounts got, so that each proves itself once however many services it asks for. Clones are one store.
#[derive(Clone, Default)]
pub struct Store(Arc<Mutex<Vec<Remembered>>>);

struct Remembered {
    account: Principal,
    ticket: Arc<Ticket>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    fn of(&self, account: &Principal, now: u64) -> Option<Arc<Ticket>> {
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fit =
            remembered.iter().filter(|one| one.account.is(account) && one.ticket.ends > now + ABOUT_TO_END);
        fit.max_by_key(|one| one.ticket.ends).map(|one| Arc::clone(&one.ticket))
    }

    fn keep(&self, account: Principal, ticket: &Arc<Ticket>) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.retain(|one| !one.account.is(&account));
        if remembered.len() < MOST_REMEMBERED {
            remembered.push(Remembered { account, ticket: Arc::clone(ticket) });
        }
    }
}

/// An account of a realm, with what proves it.
#[derive(Clone, Debug)]
pub struct Client {
    account: String,
    realm: String,
    proof: Proof,
    store: Store,
    clock: fn() -> SystemTime,
}

/// A ticket for a service, with its key. The key is overwritten when this is dropped.
#[derive(Clone)]
pub struct Ticket {
    /// Whom it names.
    pub(crate) client: Principal,
    pub(crate) service: Principal,
    /// As the center gave it.
    pub(crate) bytes: Vec<u8>,
    pub(crate) key: Key,
    /// In seconds since 1970.
    ends: u64,
    pub(crate) clock: fn() -> SystemTime,
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ticket({} for {})", self.service, self.client)
    }
}

impl Client {
    /// This account, `user` or `user@domain`, in this realm.
    ///
    /// With a keytab the account may be empty where that has the keys of one alone; with a cache it is not looked at.
    #[must_use]
    pub fn new(account: &str, realm: &str, proof: Proof) -> Self {
        Self {
            account: account.to_owned(),
            realm: realm.to_owned(),
            proof,
            store: Store::default(),
            clock: SystemTime::now,
        }
    }

    /// With a store that it shares with others.
    #[must_use]
    pub fn remembering(mut self, store: &Store) -> Self {
        self.store = store.clone();
        self
    }

    /// By another clock than the system's.
    #[must_use]
    pub fn by_clock(mut self, clock: fn() -> SystemTime) -> Self {
        self.clock = clock;
        self
    }

    /// The realm that tickets are asked for in.
    #[must_use]
    pub fn realm(&self) -> &str {
        match &self.proof {
            Proof::Cache(cache) => &cache.owner().realm,
            _ => &self.realm,
        }
    }

    /// A ticket for a service at a host, such as `cifs` and the host's full DNS name.
    ///
    /// A cache that has one needs no center.
    ///
    /// # Errors
    /// Where there is none to be had.
    pub fn ticket(&self, service: &str, host: &str, center: &mut dyn Center) -> Result<Ticket, Error> {
        let service = [service.to_owned(), host.to_owned()];
        let granting = if let Proof::Cache(cache) = &self.proof {
            if let Some(ticket) = self.cached(cache, &service) {
                return Ok(ticket);
            }
            let granting = self.cached(cache, &granting_service(self.realm()));
            granting.map(Arc::new).ok_or_else(|| Error::NoTicket { realm: self.realm().to_owned() })?
        } else {
            let account = self.account()?;
            if let Some(granting) = self.store.of(&account, self.now().seconds) {
                granting
            } else {
                let granting = Arc::new(self.prove(&account, center)?);
                self.store.keep(account, &granting);
                granting
            }
        };
        self.exchange(&granting, &service, center)
    }

    fn now(&self) -> Stamp {
        Stamp::of((self.clock)())
    }

    fn cached(&self, cache: &Cache, service: &[String]) -> Option<Ticket> {
        let cached = cache.ticket(service, self.now().seconds + ABOUT_TO_END)?;
        Some(Ticket {
            client: cache.owner().clone(),
            service: cached.service.clone(),
            bytes: cached.ticket.clone(),
            key: cached.key.clone(),
            ends: cached.ends,
            clock: self.clock,
        })
    }

    /// Who it is.
    fn account(&self) -> Result<Principal, Error> {
        if let Proof::Keytab(keytab) = &self.proof {
            let all = keytab.principals();
            if !self.account.is_empty() {
                // What is behind the sign is the realm, or another name of it.
                let name = self.account.split('@').next().unwrap_or_default();
                let parts = name.split('/').map(str::to_owned).collect();
                let wanted = Principal { realm: self.realm.clone(), parts };
                // The center wants the realm as it is written in the file.
                return Ok(all.into_iter().find(|one| one.is(&wanted)).cloned().unwrap_or(wanted));
            }
            return match all.as_slice() {
                [one] => Ok((*one).clone()),
                _ => Err(Error::WhichAccount(all.into_iter().map(ToString::to_string).collect())),
            };
        }
        Ok(Principal { realm: self.realm.clone(), parts: vec![self.account.clone()] })
    }

    /// Proves the account, and gets the ticket that others are asked for with ([RFC 4120] 3.1).
    fn prove(&self, account: &Principal, center: &mut dyn Center) -> Result<Ticket, Error> {
        let keys = match &self.proof {
            Proof::Keytab(keytab) => keytab.keys(account)?,
            _ => Vec::new(),
        };
        let own: Vec<Enctype> = keys.iter().map(Key::enctype).collect();
        let enctypes = if own.is_empty() { Enctype::ALL.as_slice() } else { own.as_slice() };
        // A name with the domain in it is known throughout the forest, and need not be the account's name in the realm.
        let kind =
            if account.parts.iter().any(|part| part.contains('@')) { NT_ENTERPRISE } else { NT_PRINCIPAL };
        let service = granting_service(&account.realm);
        let request = KdcRequest {
            client: Some((kind, &account.parts)),
            realm: &account.realm,
            service: &service,
            nonce: nonce()?,
            enctypes,
        };
        let mut answer = center.ask(&request.encode(&[messages::with_pac()]))?;
        let mut shown = None;
        if Refusal::is(&answer) {
            let refusal = Refusal::read(&answer)?;
            if refusal.code != code::PROVE {
                return Err(refusal.into());
            }
            let key = self.key(&keys, &refusal.ways(), enctypes, account)?;
            let proof = messages::proof(&key, self.now())?;
            answer = center.ask(&request.encode(&[proof, messages::with_pac()]))?;
            shown = Some(key);
        }
        let answer = KdcAnswer::read(&answer, true)?;
        let enctype = answer.enctype()?;
        let key = match shown.filter(|key| key.enctype() == enctype) {
            Some(key) => key,
            None => self.key(&keys, &answer.ways, &[enctype], account)?,
        };
        let granted = answer.open(&key, usage::AS_REP)?;
        if granted.nonce != i64::from(request.nonce) {
            return Err(Error::Broken("the answer is to another request"));
        }
        if !name::same(&granted.service.parts, &service) {
            return Err(Error::Broken("the ticket is for another service"));
        }
        Ok(Ticket {
            client: answer.client,
            service: granted.service,
            bytes: answer.ticket,
            key: granted.key,
            ends: granted.ends,
            clock: self.clock,
        })
    }

    /// The best key of these kinds.
    fn key(
        &self,
        keys: &[Key],
        ways: &[Way],
        enctypes: &[Enctype],
        account: &Principal,
    ) -> Result<Key, Error> {
        let offered = |enctype: Enctype| {
            enctypes.contains(&enctype) && (ways.is_empty() || ways.iter().any(|way| way.enctype == enctype))
        };
        let Proof::Password(password) = &self.proof else {
            let fit = keys.iter().find(|key| offered(key.enctype()));
            return fit.or(keys.first()).cloned().ok_or(Error::Integrity);
        };
        let enctype = Enctype::ALL.into_iter().find(|enctype| offered(*enctype));
        // Only such as were not asked for.
        let enctype =
            enctype.ok_or_else(|| Error::Enctype(ways.first().map_or(0, |way| way.enctype as i32)))?;
        let way = ways.iter().find(|way| way.enctype == enctype);
        let usual = || [account.realm.as_str(), &account.parts.concat()].concat().into_bytes();
        let salt = way.and_then(|way| way.salt.clone()).unwrap_or_else(usual);
        Key::of_password(enctype, password, &salt, way.and_then(|way| way.rounds.as_deref()))
    }

    /// Gets the ticket for a service ([RFC 4120] 3.3).
    fn exchange(
        &self,
        granting: &Ticket,
        service: &[String],
        center: &mut dyn Center,
    ) -> Result<Ticket, Error> {
        let realm = granting.service.parts.get(1).unwrap_or(&granting.service.realm);
        let request = KdcRequest { client: None, realm, service, nonce: nonce()?, enctypes: &Enctype::ALL };
        let sum = granting.key.checksum(usage::TGS_CHECKSUM, &request.body())?;
        let showing = Showing {
            client: &granting.client,
            ticket: &granting.bytes,
            key: &granting.key,
            usage: usage::TGS_AUTHENTICATOR,
            now: self.now(),
            checksum: (granting.key.enctype().checksum(), &sum),
            subkey: None,
            sequence: None,
            mutual: false,
        };
        let along = Along { kind: PA_TGS_REQ, value: showing.encode()? };
        let answer = KdcAnswer::read(&center.ask(&request.encode(&[along]))?, false)?;
        let granted = answer.open(&granting.key, usage::TGS_REP)?;
        if granted.nonce != i64::from(request.nonce) {
            return Err(Error::Broken("the answer is to another request"));
        }
        if !name::same(&granted.service.parts, service) {
            // A ticket for the center of another realm, which has the service.
            return match granted.service.parts.as_slice() {
                [kind, realm] if kind == GRANTING => Err(Error::OtherRealm(realm.clone())),
                _ => Err(Error::Broken("the ticket is for another service")),
            };
        }
        Ok(Ticket {
            client: granting.client.clone(),
            service: granted.service,
            bytes: answer.ticket,
            key: granted.key,
            ends: granted.ends,
            clock: self.clock,
        })
    }
}

/// The service that gives tickets.
const GRANTING: &str = "krbtgt";

fn granting_service(realm: &str) -> [String; 2] {
    [GRANTING.to_owned(), realm.to_owned()]
}

/// Some take a number with the highest bit for a negative one.
fn nonce() -> Result<u32, Error> {
    random().map(|number| number & 0x7FFF_FFFF)
}

pub(crate) fn random() -> Result<u32, Error> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|error| Error::Random(error.to_string()))?;
    Ok(u32::from_be_bytes(bytes))
}
