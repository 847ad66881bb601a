//! Trustees to which an object applies: the right *Apply Group Policy* in its security descriptor ([MS-GPOL]
//! 3.2.5.1.6, [MS-ADTS] 5.1.3.2.1).

use nt::security::{Ace, AceBody, AceFlags, AceKind, SecurityDescriptor, Sid};
use serde::Serialize;

use crate::object::Trustee;

/// The control access right *Apply Group Policy*.
const APPLY: &str = "edacfd8f-ffb3-11d1-b41d-00a0c968f939";

/// `RIGHT_DS_CONTROL_ACCESS`: the right with the ACE's GUID, or every such right if the ACE has none.
const CONTROL_ACCESS: u32 = 0x100;
/// `GENERIC_ALL`
const GENERIC_ALL: u32 = 0x1000_0000;

/// Trustees to which an object applies, according to its descriptor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Filtering {
    /// Trustees that may apply it.
    pub allowed: Vec<Trustee>,
    /// Trustees that are denied.
    pub denied: Vec<Trustee>,
    /// The ACEs in their order: true if the ACE grants, and its SID.
    #[serde(skip)]
    pub(crate) entries: Vec<(bool, Sid)>,
}

impl Filtering {
    /// Reads a descriptor; `name` looks up names.
    pub(crate) fn of(descriptor: &SecurityDescriptor, name: impl Fn(&Sid) -> Option<String>) -> Self {
        let mut filtering = Self::default();
        // A descriptor without a DACL grants everything to everyone.
        let Some(acl) = descriptor.dacl() else {
            if let Ok(everyone) = Sid::new(1, vec![0]) {
                filtering.push(true, &everyone, &name);
            }
            return filtering;
        };
        for ace in acl.aces() {
            if let Some((grants, sid)) = about_applying(ace) {
                filtering.push(grants, sid, &name);
            }
        }
        filtering
    }

    fn push(&mut self, grants: bool, sid: &Sid, name: impl Fn(&Sid) -> Option<String>) {
        let list = if grants { &mut self.allowed } else { &mut self.denied };
        let trustee = Trustee { sid: sid.to_string(), name: sid.name().or_else(|| name(sid)) };
        if !list.contains(&trustee) {
            list.push(trustee);
        }
        self.entries.push((grants, sid.clone()));
    }

    /// True if an account with these SIDs may apply the object: the first ACE for one of them decides.
    #[must_use]
    pub fn applies_to(&self, token: &[Sid]) -> bool {
        self.entries.iter().find(|(_, sid)| token.contains(sid)).is_some_and(|(grants, _)| *grants)
    }
}

/// For an ACE about applying the object: whether it grants, and its SID.
fn about_applying(ace: &Ace) -> Option<(bool, &Sid)> {
    let grants = match ace.kind {
        AceKind::ALLOWED | AceKind::ALLOWED_OBJECT => true,
        AceKind::DENIED | AceKind::DENIED_OBJECT => false,
        _ => return None,
    };
    let named = match &ace.body {
        AceBody::Object { object_type: Some(guid), .. } => guid.to_string() == APPLY,
        AceBody::Object { .. } | AceBody::Simple { .. } => true,
        AceBody::Unknown(_) => false,
    };
    let has_right = ace.mask().is_some_and(|mask| mask.0 & (CONTROL_ACCESS | GENERIC_ALL) != 0);
    if ace.flags.contains(AceFlags::INHERIT_ONLY) || !named || !has_right {
        return None;
    }
    Some((grants, ace.sid()?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn filtering(sddl: &str) -> Filtering {
        Filtering::of(&sddl.parse().unwrap(), |_| None)
    }

    fn sids(list: &[&str]) -> Vec<Sid> {
        list.iter().map(|sid| sid.parse().unwrap()).collect()
    }

    #[test]
    fn the_first_entry_about_somebody_decides() {
        let hosts = "S-1-5-21-1-2-3-1105";
        let sddl = format!(
            "D:PAI(OD;CI;CR;{APPLY};;{hosts})(OA;CI;CR;{APPLY};;AU)(A;CI;LCRPLORC;;;ED)\
             (A;CI;CCDCLCSWRPWPDTLOSDRCWDWO;;;SY)(A;CIIO;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;CO)\
             (OA;CI;CR;00299570-246d-11d0-a768-00aa006e0529;;BA)"
        );
        let filtering = filtering(&sddl);
        let shown = |list: &[Trustee]| list.iter().map(|t| t.shown().to_owned()).collect::<Vec<_>>();
        assert_eq!(shown(&filtering.allowed), [r"NT AUTHORITY\Authenticated Users"]);
        assert_eq!(shown(&filtering.denied), [hosts]);
        assert!(filtering.applies_to(&sids(&["S-1-5-21-1-2-3-1200", "S-1-5-11"])));
        assert!(!filtering.applies_to(&sids(&["S-1-5-21-1-2-3-1200", "S-1-5-11", hosts])));
        assert!(!filtering.applies_to(&sids(&["S-1-5-32-544"])));
    }
}
