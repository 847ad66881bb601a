//! Who owns a key, and who may change it.

use nt::security::{AccessMask, AceFlags, AceKind, Acl, SecurityDescriptor, Sid};
use snapshot::KeyPath;

use super::Machine;
use crate::evidence::{Evidence, Need, Unknown};

/// A key's security descriptor, decoded.
#[derive(Clone, Debug)]
pub struct KeySecurity {
    /// The descriptor.
    pub descriptor: SecurityDescriptor,
    /// The key with owner and access list in SDDL.
    pub evidence: Evidence,
}

impl KeySecurity {
    /// The owner as text; `nobody` where there is none.
    #[must_use]
    pub fn owner(&self) -> String {
        self.descriptor.owner().map_or_else(|| "nobody".to_owned(), account)
    }

    /// Whether the owner is one of these.
    #[must_use]
    pub fn is_owned_by(&self, accounts: &[Sid]) -> bool {
        self.descriptor.owner().is_some_and(|owner| accounts.contains(owner))
    }

    /// The accounts that an entry of the access list allows at least one of these rights on the key or on
    /// keys made below it, each once.
    #[must_use]
    pub fn allowed_any(&self, rights: AccessMask) -> Vec<Sid> {
        let mut accounts = Vec::new();
        for ace in self.descriptor.dacl().map(Acl::aces).unwrap_or_default() {
            let (Some(mask), Some(sid)) = (ace.mask(), ace.sid()) else { continue };
            let here = ace.kind == AceKind::ALLOWED && !ace.flags.contains(AceFlags::INHERIT_ONLY);
            let allows = here && mask.mapped_to_key().intersects(rights);
            if allows && !accounts.contains(sid) {
                accounts.push(sid.clone());
            }
        }
        accounts
    }
}

/// Every right that changes a key: its values, its subkeys, its access list, its owner, or that it exists.
#[must_use]
pub fn change() -> AccessMask {
    AccessMask::KEY_SET_VALUE
        | AccessMask::KEY_CREATE_SUB_KEY
        | AccessMask::DELETE
        | AccessMask::WRITE_DAC
        | AccessMask::WRITE_OWNER
}

/// An account for people: its name where that is the same on every Windows, else its SID.
#[must_use]
pub fn account(sid: &Sid) -> String {
    sid.name().unwrap_or_else(|| sid.to_string())
}

/// Accounts given by their SIDs, and services given by their names.
#[must_use]
pub fn accounts(sids: &[&str], services: &[&str]) -> Vec<Sid> {
    let fixed = sids.iter().filter_map(|sid| sid.parse().ok());
    fixed.chain(services.iter().map(|service| Sid::of_service(service))).collect()
}

impl Machine<'_> {
    /// Owner and access list of a key; `None` where there is no such key, unknown where the source holds no
    /// descriptors.
    pub fn security(&self, path: &KeyPath) -> Result<Option<KeySecurity>, Unknown> {
        let Some(key) = self.protected_key(path)? else { return Ok(None) };
        let stored = key.security.as_ref().ok_or_else(|| Need::Security(path.to_string()))?;
        let descriptor = SecurityDescriptor::from_bytes(stored.bytes()).map_err(|error| {
            let because = format!("its security descriptor is damaged: {error}");
            Need::Readable { key: path.to_string(), because }
        })?;
        let sddl = descriptor.to_sddl().unwrap_or_else(|_| hex::encode(stored.bytes()));
        Ok(Some(KeySecurity { evidence: Evidence::key(path, key, sddl), descriptor }))
    }
}
