//! The facts that decide, each with a small set of values, and partly known combinations of them.

use serde::Serialize;

/// A condition on one fact: it has one of these values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The fact.
    pub fact: Fact,
    /// The values, one bit each, in the order of the enum of the fact.
    pub values: u16,
}

impl Condition {
    /// Either condition.
    ///
    /// # Panics
    ///
    /// If the conditions are about two facts, a mistake in the table that its compilation finds.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        assert!(self.fact as usize == other.fact as usize, "conditions on two facts");
        Self { fact: self.fact, values: self.values | other.values }
    }

    /// The values that are not among these.
    #[must_use]
    pub const fn not(self) -> Self {
        Self { fact: self.fact, values: self.fact.all() & !self.values }
    }

    /// The values in words.
    #[must_use]
    pub fn labels(self) -> Vec<&'static str> {
        let labels = self.fact.labels().iter().enumerate();
        labels.filter(|(index, _)| self.values >> index & 1 == 1).map(|(_, label)| *label).collect()
    }

    /// The values as they are named in JSON.
    #[must_use]
    pub fn keys(self) -> Vec<&'static str> {
        let keys = self.fact.keys().iter().enumerate();
        keys.filter(|(index, _)| self.values >> index & 1 == 1).map(|(_, key)| *key).collect()
    }

    /// The condition that the fact with this key has the value with this key, as JSON names them. Case does
    /// not matter, and hyphens can be written for underscores.
    #[must_use]
    pub fn named(fact: &str, value: &str) -> Option<Self> {
        let same = |key: &str, text: &str| key.eq_ignore_ascii_case(&text.replace('-', "_"));
        let fact = Fact::ALL.iter().copied().find(|known| same(known.key(), fact))?;
        let index = fact.keys().iter().position(|key| same(key, value))?;
        Some(Self { fact, values: 1 << index })
    }

    /// Each value alone.
    pub fn each(self) -> impl Iterator<Item = Self> {
        (0..16)
            .map(move |bit| Self { values: self.values & (1 << bit), ..self })
            .filter(|one| one.values != 0)
    }

    /// Whether it allows exactly one value.
    #[must_use]
    pub const fn is_known(self) -> bool {
        self.values.is_power_of_two()
    }
}

/// Declares each fact as an enum of its values, with the words for reports and the keys for JSON.
macro_rules! facts {
    ($($(#[$doc:meta])* $fact:ident, $key:literal, $name:literal, $what:literal {
        $($(#[$value_doc:meta])* $value:ident, $value_key:literal, $label:literal;)*
    })*) => {
        /// A fact that decides.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fact {
            $($(#[$doc])* $fact,)*
        }

        impl Fact {
            /// Every fact.
            pub const ALL: &[Self] = &[$(Self::$fact),*];

            /// The fact as part of a sentence.
            #[must_use]
            pub const fn what(self) -> &'static str {
                match self { $(Self::$fact => $what,)* }
            }

            /// The fact as a label.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$fact => $name,)* }
            }

            /// The name in JSON.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$fact => $key,)* }
            }

            /// The words of its values.
            #[must_use]
            pub const fn labels(self) -> &'static [&'static str] {
                match self { $(Self::$fact => &[$($label),*],)* }
            }

            /// The names of its values in JSON.
            #[must_use]
            pub const fn keys(self) -> &'static [&'static str] {
                match self { $(Self::$fact => &[$($value_key),*],)* }
            }
        }

        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub enum $fact {
                $($(#[$value_doc])* $value,)*
            }

            impl $fact {
                /// The condition that the fact has this value.
                #[must_use]
                pub const fn is(self) -> Condition {
                    Condition { fact: Fact::$fact, values: 1 << self as u16 }
                }
            }
        )*
    };
}

facts! {
    /// The kind of session.
    Session, "session", "Session", "whether the session is administrative" {
        /// A session for a user's work.
        Ordinary, "ordinary", "an ordinary session";
        /// `mstsc /admin`.
        Administrative, "administrative", "an administrative session (mstsc /admin)";
    }
    /// What the target is.
    Target, "target", "Machine", "whether the target is a session host" {
        /// A session host (terminal server).
        SessionHost, "session_host", "an RD Session Host";
        /// A personal terminal server: a client edition, or a server for remote administration.
        Personal, "personal", "a machine without the session host role";
        /// Windows 10 or 11 multi-session.
        MultiSession, "multi_session", "Windows multi-session";
        /// Windows NT 4.0 or 2000, to which the specification does not apply.
        BeforeSpecification, "before_specification", "a Windows before Server 2003";
    }
    /// The licensing mode in force.
    Mode, "mode", "Mode", "the licensing mode in force" {
        /// None that requests licenses: 0, 5, absent or not valid.
        NotConfigured, "not_configured", "not configured";
        /// 1
        Administration, "administration", "remote administration (1)";
        /// 2
        PerDevice, "per_device", "Per Device (2)";
        /// 4
        PerUser, "per_user", "Per User (4)";
        /// 6
        EntraPerUser, "entra_per_user", "Entra ID Per User (6)";
    }
    /// The grace period of the host on the day.
    Grace, "grace", "Grace", "whether the grace period is over" {
        /// It has not been exceeded.
        Running, "running", "running";
        /// It is over, or ended with the first permanent license.
        Over, "over", "over";
    }
    /// What the host obtains from the best of its license servers.
    Server, "server", "Server", "whether a license server responds to the host and serves it" {
        /// No list names one.
        NotListed, "not_listed", "none is listed";
        /// None responds.
        Unreachable, "unreachable", "none responds";
        /// It responds, but is older than the host.
        TooOld, "too_old", "older than the host";
        /// It responds, but the host is not in its group RDS Endpoint Servers.
        NotInGroup, "not_in_group", "the host is not in its group RDS Endpoint Servers";
        /// It responds and serves the host.
        Usable, "usable", "responds and serves the host";
    }
    /// What the license server has of the kind that the mode requires.
    Packs, "packs", "CALs", "which CALs the license server has for this host" {
        /// Licenses of the host's version are free.
        Free, "free", "free CALs of the host's version";
        /// Only licenses of a later version are free.
        LaterOnly, "later_only", "free CALs of a later version only";
        /// Packs are installed, and all licenses are issued.
        Exhausted, "exhausted", "all CALs issued";
        /// No pack of this kind and of the host's version or a later one.
        Missing, "missing", "no CALs of the required kind and version";
    }
    /// The policy *Prevent license upgrade* of the license server (`fPreventLicenseUpgrade`).
    Upgrade, "upgrade", "CAL upgrade", "the policy Prevent license upgrade of the license server" {
        /// Not set.
        Allowed, "allowed", "not set";
        /// Set: an older host gets no CAL of a later version.
        Prevented, "prevented", "set";
    }
    /// The license in the store of the client, on the day.
    License, "license", "License", "the license in the client's store" {
        /// None for this host, or none at all.
        Absent, "absent", "none";
        /// Permanent, valid, more than seven days left, of the host's version or later.
        Permanent, "permanent", "permanent and valid";
        /// Permanent and valid, seven days left or less.
        Renewal, "renewal", "permanent, within seven days of its expiry";
        /// Temporary and valid.
        Temporary, "temporary", "temporary and valid";
        /// Expired.
        Expired, "expired", "expired";
        /// Valid, but of an earlier version than the host.
        EarlierVersion, "earlier_version", "of an earlier version than the host";
        /// Signature, product or hardware ID do not match, or it cannot be decoded.
        Invalid, "invalid", "not valid (signature, product or hardware ID)";
    }
    /// The account of the user.
    Account, "account", "Account", "whether the account is a domain account" {
        /// Of a domain that the host belongs to or trusts.
        Domain, "domain", "a domain account";
        /// A local account; on a host in a workgroup every account is one.
        Local, "local", "a local account";
    }
    /// The generation of the host, as far as enforcement differs.
    Enforcement, "enforcement", "Windows", "the version of Windows of the host" {
        /// Before Windows Server 2016.
        Before2016, "before_2016", "before Windows Server 2016";
        /// Windows Server 2016: sessions of 60 minutes in Per Device mode.
        W2016, "w2016", "Windows Server 2016";
        /// Windows Server 2019: sessions of 60 minutes in both modes.
        W2019, "w2019", "Windows Server 2019";
        /// Windows Server 2022 or later.
        From2022, "from_2022", "Windows Server 2022 or later";
    }
    /// Whether the client may write its license store.
    Store, "store", "Store", "whether the user may write the client's license store" {
        /// It may.
        Writable, "writable", "writable";
        /// It may not.
        ReadOnly, "read_only", "not writable";
    }
}

impl Fact {
    /// All values.
    #[must_use]
    pub const fn all(self) -> u16 {
        (1 << self.labels().len()) - 1
    }

    /// Nothing is known of it.
    #[must_use]
    pub const fn unknown(self) -> Condition {
        Condition { fact: self, values: self.all() }
    }
}

impl Serialize for Fact {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}

/// For each fact, the values that are possible. No set is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts([u16; Fact::ALL.len()]);

impl Facts {
    /// Nothing is known.
    #[must_use]
    pub fn unknown() -> Self {
        let mut facts = Self([0; Fact::ALL.len()]);
        for fact in Fact::ALL {
            facts.0[*fact as usize] = fact.all();
        }
        facts
    }

    /// What is known of a fact.
    #[must_use]
    pub fn get(&self, fact: Fact) -> Condition {
        Condition { fact, values: self.0[fact as usize] }
    }

    /// With the condition in place of what is known of its fact. A condition without values changes nothing.
    #[must_use]
    pub fn with(mut self, condition: Condition) -> Self {
        let values = condition.values & condition.fact.all();
        if values != 0 {
            self.0[condition.fact as usize] = values;
        }
        self
    }

    /// What remains possible if the condition holds, and if it does not hold. `None` if nothing remains.
    #[must_use]
    pub fn split(&self, condition: Condition) -> (Option<Self>, Option<Self>) {
        let values = self.0[condition.fact as usize];
        let narrowed = |values: u16| {
            (values != 0).then(|| {
                let mut facts = *self;
                facts.0[condition.fact as usize] = values;
                facts
            })
        };
        (narrowed(values & condition.values), narrowed(values & !condition.values))
    }
}
