//! The tokens of SDDL.

use crate::security::ace::{AceFlags, AceKind};
use crate::security::control::Control;

/// Replaces the ACEs of a null list.
pub(super) const NULL_ACL: &str = "NO_ACCESS_CONTROL";

/// ACE types that text can represent. `TL` is only in the Windows headers (`SDDL_PROCESS_TRUST_LABEL`).
pub(super) const KINDS: [(&str, AceKind); 11] = [
    ("A", AceKind::ALLOWED),
    ("D", AceKind::DENIED),
    ("AU", AceKind::AUDIT),
    ("AL", AceKind::ALARM),
    ("OA", AceKind::ALLOWED_OBJECT),
    ("OD", AceKind::DENIED_OBJECT),
    ("OU", AceKind::AUDIT_OBJECT),
    ("OL", AceKind::ALARM_OBJECT),
    ("ML", AceKind::MANDATORY_LABEL),
    ("SP", AceKind::SCOPED_POLICY_ID),
    ("TL", AceKind::TRUST_LABEL),
];

/// ACE types that have a token in SDDL, but contain more than a mask and a SID.
pub(super) const KINDS_NOT_IN_TEXT: [&str; 6] = ["XA", "XD", "XU", "ZA", "RA", "FL"];

/// In the order in which Windows prints them.
pub(super) const ACE_FLAGS: [(&str, AceFlags); 7] = [
    ("OI", AceFlags::OBJECT_INHERIT),
    ("CI", AceFlags::CONTAINER_INHERIT),
    ("NP", AceFlags::NO_PROPAGATE_INHERIT),
    ("IO", AceFlags::INHERIT_ONLY),
    ("ID", AceFlags::INHERITED),
    ("SA", AceFlags::SUCCESSFUL_ACCESS),
    ("FA", AceFlags::FAILED_ACCESS),
];

/// Combinations of rights with a token, those of registry keys first. `KX` is the same as `KR`, so it is
/// never printed.
pub(super) const COMBINED_RIGHTS: [(&str, u32); 8] = [
    ("KA", 0x000F_003F),
    ("KR", 0x0002_0019),
    ("KW", 0x0002_0006),
    ("KX", 0x0002_0019),
    ("FA", 0x001F_01FF),
    ("FR", 0x0012_0089),
    ("FW", 0x0012_0116),
    ("FX", 0x0012_00A0),
];

/// Single rights, in the order in which Windows prints them. The first nine are named after rights on
/// directory objects; `KEY_QUERY_VALUE` of a key is `CC`.
pub(super) const RIGHTS: [(&str, u32); 17] = [
    ("CC", 0x0001),
    ("DC", 0x0002),
    ("LC", 0x0004),
    ("SW", 0x0008),
    ("RP", 0x0010),
    ("WP", 0x0020),
    ("DT", 0x0040),
    ("LO", 0x0080),
    ("CR", 0x0100),
    ("SD", 0x0001_0000),
    ("RC", 0x0002_0000),
    ("WD", 0x0004_0000),
    ("WO", 0x0008_0000),
    ("GA", 0x1000_0000),
    ("GX", 0x2000_0000),
    ("GW", 0x4000_0000),
    ("GR", 0x8000_0000),
];

/// The mask of a mandatory label contains what is denied to lower levels.
pub(super) const LABEL_RIGHTS: [(&str, u32); 3] = [("NW", 0x1), ("NR", 0x2), ("NX", 0x4)];

/// Accounts whose SID depends on the domain or the machine.
pub(super) const DOMAIN_ALIASES: [&str; 17] =
    ["DA", "DG", "DU", "DD", "DC", "LA", "LG", "SA", "CA", "RS", "EA", "PA", "RO", "CN", "AP", "EK", "KA"];

/// The flags before the ACEs of a list, for the DACL and the SACL, in the order in which Windows prints them.
pub(super) const LIST_FLAGS: [(&str, Control, Control); 3] = [
    ("P", Control::DACL_PROTECTED, Control::SACL_PROTECTED),
    ("AR", Control::DACL_AUTO_INHERIT_REQ, Control::SACL_AUTO_INHERIT_REQ),
    ("AI", Control::DACL_AUTO_INHERITED, Control::SACL_AUTO_INHERITED),
];
