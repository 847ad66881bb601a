//! Whether license servers may write to a user object.

use licensing::per_user::{Rights, RightsMissing};
use nt::Guid;
use nt::security::{Ace, AceBody, AceFlags, AceKind, SecurityDescriptor, Sid};

use crate::users::{DISABLED, account};
use ldap::{Entry, Search};

/// The property set *Terminal Server License Server* ([MS-ADA2], `attributeSecurityGUID` of the attributes
/// below).
const PROPERTY_SET: &str = "5805bc62-bdc9-4428-a5e2-856a0f4c185e";
/// The attributes that a license server writes: `msTSExpireDate`, `msTSLicenseVersion`, `msTSManagingLS`, by
/// their `schemaIDGUID`.
const ATTRIBUTES: [&str; 3] = [
    "70004ef5-25c3-446a-97c8-996ae8566776",
    "0ae94a89-372f-4df2-ae8a-c64a2bc47278",
    "f3bcc547-85b0-432c-9ac0-304506bf2c83",
];
/// The classes of user objects for inherited ACEs: user, and its superclasses (top, person,
/// organizationalPerson).
const CLASSES: [&str; 1] = ["bf967aba-0de6-11d0-a285-00aa003049e2"];

/// `RIGHT_DS_WRITE_PROPERTY` ([MS-ADTS] 5.1.3.2).
const WRITE_PROPERTY: u32 = 0x20;
/// `GENERIC_WRITE` and `GENERIC_ALL`, which include it.
const GENERIC: u32 = 0x4000_0000 | 0x1000_0000;

/// *Terminal Server License Servers*.
pub const LICENSE_SERVERS: &str = "S-1-5-32-561";
/// Every member of the group also has the SIDs *Everyone* and *Authenticated Users*.
const EVERYBODY: [&str; 2] = ["S-1-1-0", "S-1-5-11"];
/// *Principal Self*
const SELF: &str = "S-1-5-10";

/// Evaluates access lists.
#[derive(Clone, Debug)]
pub struct Judge {
    set: Guid,
    attributes: Vec<Guid>,
    classes: Vec<Guid>,
    servers: Vec<Sid>,
    oneself: Vec<Sid>,
}

impl Judge {
    /// ACEs for these SIDs, such as the license servers' own accounts, count like ACEs for the group.
    #[must_use]
    pub fn new(servers: &[Sid]) -> Self {
        let guids = |texts: &[&str]| texts.iter().filter_map(|text| text.parse().ok()).collect();
        let sids = |texts: &[&str]| texts.iter().filter_map(|text| text.parse().ok()).collect::<Vec<Sid>>();
        let mut group = sids(&[LICENSE_SERVERS]);
        group.extend(sids(&EVERYBODY));
        group.extend_from_slice(servers);
        let mut oneself = sids(&[SELF]);
        oneself.extend(sids(&EVERYBODY));
        Self {
            set: PROPERTY_SET.parse().unwrap_or(Guid::from_bytes([0; 16])),
            attributes: guids(&ATTRIBUTES),
            classes: guids(&CLASSES),
            servers: group,
            oneself,
        }
    }

    /// True if a license server may write all of the attributes of an object with this descriptor.
    #[must_use]
    pub fn servers_may_write(&self, descriptor: &SecurityDescriptor) -> bool {
        self.may_write(descriptor, &self.servers)
    }

    /// True if the user may write the attributes, which Windows Server 2019 requires.
    #[must_use]
    pub fn oneself_may_write(&self, descriptor: &SecurityDescriptor) -> bool {
        self.may_write(descriptor, &self.oneself)
    }

    fn may_write(&self, descriptor: &SecurityDescriptor, who: &[Sid]) -> bool {
        // A descriptor without a DACL grants everything to everyone.
        let Some(dacl) = descriptor.dacl() else { return true };
        let of_object = |ace: &&Ace| !ace.flags.contains(AceFlags::INHERIT_ONLY);
        self.attributes.iter().all(|attribute| {
            let decisive =
                dacl.aces().iter().filter(of_object).find_map(|ace| self.decides(ace, *attribute, who));
            decisive.unwrap_or(false)
        })
    }

    /// True if an ACE grants, false if it denies, writing this attribute to any of these SIDs; `None` if it
    /// does not apply. Conditional ACEs are skipped, because their conditions cannot be evaluated here.
    fn decides(&self, ace: &Ace, attribute: Guid, who: &[Sid]) -> Option<bool> {
        let grants = match ace.kind {
            AceKind::ALLOWED | AceKind::ALLOWED_OBJECT => true,
            AceKind::DENIED | AceKind::DENIED_OBJECT => false,
            _ => return None,
        };
        if ace.mask()?.0 & (WRITE_PROPERTY | GENERIC) == 0 || !who.contains(ace.sid()?) {
            return None;
        }
        if let AceBody::Object { object_type, inherited_object_type, .. } = &ace.body {
            let about = object_type.is_none_or(|guid| guid == self.set || guid == attribute);
            let inherited = ace.flags.contains(AceFlags::INHERITED);
            // Inherited ACEs for objects of another class do not apply; explicit ACEs have no inherited
            // class.
            let class = !inherited || inherited_object_type.is_none_or(|class| self.classes.contains(&class));
            if !about || !class {
                return None;
            }
        }
        Some(grants)
    }
}

/// The search for the security descriptors of all enabled users of a domain.
#[must_use]
pub fn search(domain: &str) -> Search<'_> {
    Search::new(domain)
        // The bit test leaves out disabled accounts, which do not receive licenses.
        .filter(format!(
            "(&(objectCategory=person)(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:={DISABLED})))"
        ))
        .attributes(&["sAMAccountName", "adminCount", "nTSecurityDescriptor"])
        .security()
}

/// The security descriptor of an entry; `None` if it may not be read or is invalid.
#[must_use]
pub fn descriptor(entry: &Entry) -> Option<SecurityDescriptor> {
    entry.bytes("nTSecurityDescriptor").and_then(|bytes| SecurityDescriptor::from_bytes(bytes).ok())
}

/// Limit for the accounts and containers that are named; all of them are counted.
const MAX_NAMED: usize = 1000;
/// Number of accounts in the report.
const SHOWN: usize = 20;

/// The result of checking users one by one.
#[derive(Debug)]
pub struct Survey {
    judge: Judge,
    rights: Rights,
    containers: std::collections::BTreeMap<String, u64>,
    /// Accounts to which the group may not write, up to the limit.
    named: Vec<String>,
}

impl Survey {
    /// A survey without users.
    #[must_use]
    pub fn new(judge: Judge, admin_sd_holder: Option<&SecurityDescriptor>) -> Self {
        let granted = admin_sd_holder.map(|descriptor| judge.servers_may_write(descriptor));
        let rights = Rights { admin_sd_holder: granted, ..Rights::default() };
        Self { judge, rights, containers: std::collections::BTreeMap::new(), named: Vec::new() }
    }

    /// Checks a user of the domain with this NetBIOS name.
    pub fn look_at(&mut self, entry: &Entry, domain: &str) {
        let Some(descriptor) = descriptor(entry) else {
            self.rights.unreadable += 1;
            return;
        };
        self.rights.looked_at += 1;
        self.rights.self_may_write += u64::from(self.judge.oneself_may_write(&descriptor));
        if self.judge.servers_may_write(&descriptor) {
            return;
        }
        self.rights.missing += 1;
        self.rights.missing_protected += u64::from(entry.number("adminCount") == Some(1));
        if self.named.len() < MAX_NAMED {
            self.named.push(account(entry, domain));
        }
        let container = ldap::dn::parent(entry.dn());
        if self.containers.len() < MAX_NAMED || self.containers.contains_key(container) {
            *self.containers.entry(container.to_owned()).or_default() += 1;
        }
    }

    /// The result, and the names of the accounts.
    #[must_use]
    pub fn finish(self) -> (Rights, Vec<String>) {
        let Self { mut rights, containers, named, .. } = self;
        let mut missing: Vec<_> =
            containers.into_iter().map(|(container, users)| RightsMissing { container, users }).collect();
        missing.sort_by(|a, b| b.users.cmp(&a.users).then_with(|| a.container.cmp(&b.container)));
        missing.truncate(SHOWN);
        rights.containers = missing;
        rights.examples = named.iter().take(SHOWN).cloned().collect();
        (rights, named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn may_write(sddl: &str) -> (bool, bool) {
        let descriptor = sddl.parse::<SecurityDescriptor>().unwrap_or_else(|error| panic!("{sddl}: {error}"));
        let judge = Judge::new(&["S-1-5-21-1-2-3-1101".parse().unwrap()]);
        (judge.servers_may_write(&descriptor), judge.oneself_may_write(&descriptor))
    }

    const SET: &str = PROPERTY_SET;
    const TSLS: &str = LICENSE_SERVERS;

    #[test]
    fn the_grant_of_the_schema_and_of_the_delegation() {
        // The default of the class user, and as delegated by dsacls.
        assert_eq!(may_write(&format!("D:(OA;;RPWP;{SET};;{TSLS})")), (true, false));
        assert_eq!(
            may_write(&format!("D:(OA;CIID;RPWP;{SET};bf967aba-0de6-11d0-a285-00aa003049e2;{TSLS})")),
            (true, false)
        );
        // KB4547091: *Principal Self*.
        assert_eq!(may_write(&format!("D:(OA;;RPWP;{SET};;PS)")), (false, true));
        // For the server's own account, or for everyone who is authenticated.
        assert_eq!(may_write(&format!("D:(OA;;WP;{SET};;S-1-5-21-1-2-3-1101)")), (true, false));
        assert_eq!(may_write("D:(A;;GA;;;AU)"), (true, true));
    }

    #[test]
    fn what_does_not_reach() {
        let no = (false, false);
        assert_eq!(may_write("D:(A;;RPWPCR;;;BA)"), no, "others may");
        assert_eq!(may_write(&format!("D:(OA;;RP;{SET};;{TSLS})")), no, "it may only read");
        assert_eq!(may_write(&format!("D:(OA;CIIO;RPWP;{SET};;{TSLS})")), no, "for children alone");
        assert_eq!(
            may_write(&format!("D:(OA;CIID;RPWP;{SET};bf967a86-0de6-11d0-a285-00aa003049e2;{TSLS})")),
            no,
            "for computers"
        );
        assert_eq!(
            may_write(&format!("D:(OD;;WP;{SET};;{TSLS})(OA;;RPWP;{SET};;{TSLS})")),
            no,
            "denied first"
        );
        // Windows Server 2003 used another property set: terminalServer, which is no longer written.
        assert_eq!(may_write(&format!("D:(OA;;RPWP;6db69a1c-9422-11d1-aebd-0000f80367c1;;{TSLS})")), no);
        // All three attributes are needed; one is not enough.
        let attribute = |guid: &str| format!("(OA;;WP;{guid};;{TSLS})");
        assert_eq!(may_write(&format!("D:{}", attribute(ATTRIBUTES[0]))), no);
        assert_eq!(may_write(&format!("D:{}", ATTRIBUTES.map(attribute).concat())), (true, false));
        assert_eq!(may_write("O:BAG:BA"), (true, true), "no list at all");
    }

    #[test]
    fn users_are_counted_by_container() {
        let descriptor = |sddl: &str| sddl.parse::<SecurityDescriptor>().unwrap().to_bytes();
        let (with, without) = (format!("D:(OA;;RPWP;{SET};;{TSLS})"), "D:(A;;RP;;;AU)".to_owned());
        let entry = |name: &str, ou: &str, sddl: &str, admin: bool| {
            let mut attributes = vec![
                ("sAMAccountName".to_owned(), vec![name.as_bytes().to_vec()]),
                ("nTSecurityDescriptor".to_owned(), vec![descriptor(sddl)]),
            ];
            if admin {
                attributes.push(("adminCount".to_owned(), vec![b"1".to_vec()]));
            }
            Entry::new(format!("CN={name},OU={ou},DC=a"), attributes)
        };
        let mut survey = Survey::new(Judge::new(&[]), Some(&without.parse().unwrap()));
        survey.look_at(&entry("ann", "Old", &without, false), "A");
        survey.look_at(&entry("bob", "Old", &without, false), "A");
        survey.look_at(&entry("eve", "Admins", &without, true), "A");
        survey.look_at(&entry("new", "New", &with, false), "A");
        survey.look_at(&Entry::new("CN=x,DC=a", Vec::new()), "A");
        let (rights, named) = survey.finish();
        assert_eq!(
            (rights.looked_at, rights.unreadable, rights.missing, rights.missing_protected),
            (4, 1, 3, 1)
        );
        assert_eq!(rights.admin_sd_holder, Some(false));
        assert_eq!(rights.containers[0], RightsMissing { container: "OU=Old,DC=a".to_owned(), users: 2 });
        assert_eq!(named, [r"A\ann", r"A\bob", r"A\eve"]);
    }

    proptest! {
        #[test]
        fn any_descriptor_is_judged_or_unreadable(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut survey = Survey::new(Judge::new(&[]), None);
            let attributes = vec![("nTSecurityDescriptor".to_owned(), vec![bytes])];
            survey.look_at(&Entry::new("CN=a", attributes), "A");
            let (rights, _) = survey.finish();
            prop_assert_eq!(rights.looked_at + rights.unreadable, 1);
        }
    }
}
