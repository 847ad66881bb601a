//! Effective access by the DACL.

use super::ace::{AceBody, AceFlags, AceKind};
use super::descriptor::SecurityDescriptor;
use super::rights::AccessMask;
use super::sid::Sid;

impl SecurityDescriptor {
    /// The access rights on the key that the DACL grants to a token with these SIDs (account and groups).
    ///
    /// Each right is decided by the first ACE that contains it and one of the SIDs, in the stored order of
    /// the ACEs ([MS-DTYP] 2.5.3.2). Generic rights are mapped to the rights on a key. The owner may read the
    /// descriptor and change the DACL, unless an ACE for OWNER RIGHTS (`S-1-3-4`) specifies other rights.
    ///
    /// Not considered: privileges (backup, restore, take ownership), integrity and trust labels, and
    /// conditional ACEs, which depend on more than SIDs; see [`has_conditions`](Self::has_conditions).
    #[must_use]
    pub fn granted(&self, sids: &[Sid]) -> AccessMask {
        let Some(dacl) = self.dacl() else { return AccessMask::KEY_ALL_ACCESS };
        let owner_rights = Sid::known(3, &[4]);
        let owns = self.owner().is_some_and(|owner| sids.contains(owner));
        let speaks_of_owner = |ace: &super::Ace| {
            !ace.flags.contains(AceFlags::INHERIT_ONLY) && ace.sid() == Some(&owner_rights)
        };
        let mut allowed = AccessMask::default();
        let mut denied = AccessMask::default();
        if owns && !dacl.aces().iter().any(speaks_of_owner) {
            allowed = AccessMask::READ_CONTROL | AccessMask::WRITE_DAC;
        }
        for ace in dacl.aces() {
            if ace.flags.contains(AceFlags::INHERIT_ONLY) {
                continue;
            }
            let allows = match (ace.kind, &ace.body) {
                (AceKind::ALLOWED, _)
                | (AceKind::ALLOWED_OBJECT, AceBody::Object { object_type: None, .. }) => true,
                (AceKind::DENIED, _)
                | (AceKind::DENIED_OBJECT, AceBody::Object { object_type: None, .. }) => false,
                _ => continue,
            };
            let (Some(mask), Some(sid)) = (ace.mask(), ace.sid()) else { continue };
            if !(sids.contains(sid) || (owns && *sid == owner_rights)) {
                continue;
            }
            let undecided = mask.mapped_to_key() & !(allowed | denied);
            if allows {
                allowed |= undecided;
            } else {
                denied |= undecided;
            }
        }
        allowed
    }

    /// Whether the DACL grants all of these rights to a token with these SIDs; see
    /// [`granted`](Self::granted).
    #[must_use]
    pub fn grants(&self, sids: &[Sid], rights: AccessMask) -> bool {
        self.granted(sids).contains(rights.mapped_to_key())
    }

    /// Whether the DACL has ACEs that depend on a condition or are of an unknown type, so that
    /// [`granted`](Self::granted) may be incomplete.
    #[must_use]
    pub fn has_conditions(&self) -> bool {
        self.dacl().is_some_and(|dacl| {
            dacl.aces()
                .iter()
                .any(|ace| ace.kind.has_application_data() || matches!(ace.body, AceBody::Unknown(_)))
        })
    }
}
