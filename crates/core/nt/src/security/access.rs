//! What somebody may do.

use super::ace::{AceBody, AceFlags, AceKind};
use super::descriptor::SecurityDescriptor;
use super::rights::AccessMask;
use super::sid::Sid;

impl SecurityDescriptor {
    /// The rights on the key that somebody has whose token holds these SIDs (account and groups), by the DACL
    /// alone.
    ///
    /// Each right is decided by the first entry that names it and one of the SIDs, in the order in which the
    /// entries are stored ([MS-DTYP] 2.5.3.2). Generic rights count as the rights on a key that they mean.
    /// The owner may read the descriptor and change the DACL, unless an entry for OWNER RIGHTS (`S-1-3-4`)
    /// says otherwise.
    ///
    /// Not looked at: privileges (backup, restore, take ownership), integrity and trust labels, and
    /// conditional entries, which depend on more than SIDs; see [`has_conditions`](Self::has_conditions).
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

    /// Whether somebody whose token holds these SIDs has all of these rights, by the DACL alone; see
    /// [`granted`](Self::granted).
    #[must_use]
    pub fn grants(&self, sids: &[Sid], rights: AccessMask) -> bool {
        self.granted(sids).contains(rights.mapped_to_key())
    }

    /// Whether the DACL has entries whose effect depends on a condition (or of a type not known), so that
    /// [`granted`](Self::granted) may miss something.
    #[must_use]
    pub fn has_conditions(&self) -> bool {
        self.dacl().is_some_and(|dacl| {
            dacl.aces()
                .iter()
                .any(|ace| ace.kind.has_application_data() || matches!(ace.body, AceBody::Unknown(_)))
        })
    }
}
