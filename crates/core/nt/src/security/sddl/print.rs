//! Printing of SDDL.

use std::fmt::Write as _;

use super::tokens::{ACE_FLAGS, COMBINED_RIGHTS, KINDS, LABEL_RIGHTS, LIST_FLAGS, NULL_ACL, RIGHTS};
use super::{SddlProblem, Unprintable};
use crate::security::{Ace, AceBody, AceFlags, AceKind, Acl, Control, SecurityDescriptor, Sid};

impl SecurityDescriptor {
    /// The descriptor as SDDL: `O:SYG:SYD:AI(A;ID;KA;;;SY)…`.
    ///
    /// Accounts that have the same SID on every machine are printed as aliases. Rights are printed as the
    /// letters of a registry key (`KA`, `KR`, `KW`), those of the single rights, or one hexadecimal number.
    ///
    /// # Errors
    /// [`Unprintable`] if an ACE has a condition or an attribute, or a type or flag without letters.
    pub fn to_sddl(&self) -> Result<String, Unprintable> {
        let mut text = String::new();
        if let Some(owner) = self.owner() {
            text.push_str("O:");
            sid(&mut text, owner);
        }
        if let Some(group) = self.group() {
            text.push_str("G:");
            sid(&mut text, group);
        }
        if self.control().contains(Control::DACL_PRESENT) {
            text.push_str("D:");
            list_flags(&mut text, self.control(), |(letters, dacl, _)| (letters, dacl));
            list(&mut text, self.dacl(), "DACL")?;
        }
        if self.control().contains(Control::SACL_PRESENT) {
            text.push_str("S:");
            list_flags(&mut text, self.control(), |(letters, _, sacl)| (letters, sacl));
            list(&mut text, self.sacl(), "SACL")?;
        }
        Ok(text)
    }
}

impl Sid {
    /// The SID in SDDL: its alias if it has one (`SY`), otherwise `S-1-…`.
    #[must_use]
    pub fn to_sddl(&self) -> String {
        let mut text = String::new();
        sid(&mut text, self);
        text
    }

    /// Parses a SID in SDDL: an alias (`SY`), or `S-1-…`.
    ///
    /// # Errors
    /// [`SddlProblem`] for unknown letters, an alias that depends on a domain, or a malformed SID.
    pub fn from_sddl(text: &str) -> Result<Self, SddlProblem> {
        super::parse::sid(text)
    }
}

fn sid(text: &mut String, sid: &Sid) {
    match sid.well_known().and_then(crate::security::WellKnown::alias) {
        Some(alias) => text.push_str(alias),
        // Writing to a String cannot fail.
        None => drop(write!(text, "{sid}")),
    }
}

type ListFlag = (&'static str, Control, Control);

fn list_flags(text: &mut String, control: Control, pick: impl Fn(ListFlag) -> (&'static str, Control)) {
    for (letters, flag) in LIST_FLAGS.into_iter().map(pick) {
        if control.contains(flag) {
            text.push_str(letters);
        }
    }
}

fn list(text: &mut String, acl: Option<&Acl>, list: &'static str) -> Result<(), Unprintable> {
    let Some(acl) = acl else {
        text.push_str(NULL_ACL);
        return Ok(());
    };
    for (index, ace) in acl.aces().iter().enumerate() {
        entry(text, ace).ok_or(Unprintable { list, index, kind: ace.kind })?;
    }
    Ok(())
}

/// `None` if the ACE has no text form.
fn entry(text: &mut String, ace: &Ace) -> Option<()> {
    let (letters, _) = KINDS.into_iter().find(|&(_, kind)| kind == ace.kind)?;
    let (mask, object_type, inherited_object_type, account) = match &ace.body {
        AceBody::Simple { mask, sid, .. } => (mask, None, None, sid),
        // An object ACE without object types would be parsed as a plain ACE, or with other flags.
        AceBody::Object { mask, other_flags: 0, object_type, inherited_object_type, sid, .. }
            if object_type.is_some() || inherited_object_type.is_some() =>
        {
            (mask, *object_type, *inherited_object_type, sid)
        }
        _ => return None,
    };
    let _ = write!(text, "({letters};");
    let mut named = AceFlags::default();
    for (letters, flag) in ACE_FLAGS {
        if ace.flags.contains(flag) {
            text.push_str(letters);
            named = named | flag;
        }
    }
    if named != ace.flags {
        return None;
    }
    text.push(';');
    rights(text, ace.kind, mask.0);
    text.push(';');
    for guid in [object_type, inherited_object_type] {
        if let Some(guid) = guid {
            let _ = write!(text, "{guid}");
        }
        text.push(';');
    }
    sid(text, account);
    text.push(')');
    Some(())
}

fn rights(text: &mut String, kind: AceKind, mask: u32) {
    if kind == AceKind::MANDATORY_LABEL {
        return single_rights(text, mask, &LABEL_RIGHTS);
    }
    match COMBINED_RIGHTS.into_iter().find(|&(_, rights)| rights == mask) {
        Some((letters, _)) => text.push_str(letters),
        None => single_rights(text, mask, &RIGHTS),
    }
}

fn single_rights(text: &mut String, mask: u32, table: &[(&str, u32)]) {
    let named = table.iter().fold(0, |all, (_, right)| all | right);
    if mask & !named != 0 {
        let _ = write!(text, "0x{mask:x}");
        return;
    }
    for (letters, right) in table {
        if mask & right != 0 {
            text.push_str(letters);
        }
    }
}
