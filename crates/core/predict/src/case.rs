//! Who connects: the client and user that are asked for, or each class of them.

use licensing::Machine;
use licensing::model::ServerEntry;
use serde::Serialize;

use crate::evidence::Known;
use crate::facts::{Account, Condition, Fact, License, Mode, Session, Store};

/// What is asked about the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked<'a> {
    /// An administrative session.
    pub is_admin: bool,
    /// A local account.
    pub is_local: bool,
    /// Name of the user, such as `CORP\anna`.
    pub user: Option<&'a str>,
}

/// A class of clients or users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The client, user and session that were asked for.
    Asked,
    /// A device without a license, whose user may write its store.
    NewDevice,
    /// A device with a valid permanent license.
    ValidLicense,
    /// A device with an expired license, whose user may write its store.
    ExpiredLicense,
    /// A user with a domain account.
    DomainUser,
    /// A user with a local account.
    LocalAccount,
    /// An administrative session.
    Administrator,
}

impl Class {
    /// The classes of a host.
    pub const ALL: [Self; 6] = [
        Self::NewDevice,
        Self::ValidLicense,
        Self::ExpiredLicense,
        Self::DomainUser,
        Self::LocalAccount,
        Self::Administrator,
    ];

    /// The class in words.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Asked => "the connection",
            Self::NewDevice => "new device",
            Self::ValidLicense => "device with a valid license",
            Self::ExpiredLicense => "device with an expired license",
            Self::DomainUser => "domain user",
            Self::LocalAccount => "local account",
            Self::Administrator => "administrator (mstsc /admin)",
        }
    }

    /// Whether the class differs from others in this mode.
    #[must_use]
    pub fn matters(self, mode: Condition) -> bool {
        match self {
            Self::NewDevice | Self::ValidLicense | Self::ExpiredLicense => mode != Mode::PerUser.is(),
            Self::DomainUser | Self::LocalAccount => mode != Mode::PerDevice.is(),
            Self::Asked | Self::Administrator => true,
        }
    }

    /// The facts that the class has, and those that are assumed, in place of what the sources show. A class
    /// keeps what defines it.
    #[must_use]
    pub fn facts(self, host: &Machine<'_>, asked: Asked<'_>, assumed: &[Condition]) -> Vec<Known> {
        let own = self.own_facts(host, asked);
        let assumed = crate::evidence::assumed(assumed).into_iter();
        let is_own = |known: &Known| own.iter().any(|one| one.is.fact == known.is.fact);
        let added: Vec<_> = assumed.filter(|known| self == Self::Asked || !is_own(known)).collect();
        own.into_iter().chain(added).collect()
    }

    fn own_facts(self, host: &Machine<'_>, asked: Asked<'_>) -> Vec<Known> {
        let is_admin = asked.is_admin || self == Self::Administrator;
        let session = if is_admin { Session::Administrative } else { Session::Ordinary };
        let why = match (self, asked.is_admin) {
            (Self::Asked, true) => "--admin",
            (Self::Asked, false) => "without --admin",
            _ => "by the class",
        };
        let mut facts = vec![Known::new(session.is(), why), self.account(host, asked)];
        let license = match self {
            Self::NewDevice => Some(License::Absent),
            Self::ValidLicense => Some(License::Permanent),
            Self::ExpiredLicense => Some(License::Expired),
            _ => None,
        };
        if let Some(license) = license {
            facts.push(Known::new(license.is(), "by the class"));
            facts.push(Known::new(Store::Writable.is(), "by the class"));
        }
        facts
    }

    fn account(self, host: &Machine<'_>, asked: Asked<'_>) -> Known {
        let in_domain = host.membership().map(|member| member.in_domain);
        if in_domain == Ok(false) {
            return Known::new(Account::Local.is(), "the host is in a workgroup: every account is local");
        }
        let of_name = asked.user.and_then(|user| of_name(user, host));
        match (self, asked.is_local, of_name) {
            (Self::LocalAccount, ..) => Known::new(Account::Local.is(), "by the class"),
            (Self::DomainUser, ..) => Known::new(Account::Domain.is(), "by the class"),
            (_, true, _) => Known::new(Account::Local.is(), "--local-account"),
            (_, _, Some(account)) => Known::new(account.is(), "by the name of the user"),
            _ if in_domain == Ok(true) => {
                Known::new(Account::Domain.is(), "the host is in a domain, and --local-account is not given")
            }
            _ => Known::missing(
                Fact::Account.unknown(),
                "whether the host is in a domain was not seen",
                "rdscal snapshot . -o host.json",
                "on the session host, as administrator",
            ),
        }
    }
}

/// What the name of a user shows of its account: `DOMAIN\name`, `name@domain`, `HOST\name` or `.\name`.
fn of_name(user: &str, host: &Machine<'_>) -> Option<Account> {
    let Some((domain, _)) = user.split_once('\\') else {
        return user.contains('@').then_some(Account::Domain);
    };
    let own =
        host.name().is_some_and(|name| ServerEntry(name).is_same_server(&ServerEntry(domain.to_owned())));
    Some(if domain == "." || own { Account::Local } else { Account::Domain })
}
