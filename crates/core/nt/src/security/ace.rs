//! Access control entries (ACEs).

use std::fmt;

use super::bytes::Window;
use super::error::{SecurityError, SecurityProblem};
use super::rights::AccessMask;
use super::sid::Sid;
use crate::guid::Guid;

/// The type of an ACE ([MS-DTYP] 2.4.4.1; `TRUST_LABEL` and `ACCESS_FILTER` are only in the Windows headers).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AceKind(pub u8);

impl AceKind {
    /// Grants rights.
    pub const ALLOWED: Self = Self(0x00);
    /// Denies rights.
    pub const DENIED: Self = Self(0x01);
    /// Audits the use of rights.
    pub const AUDIT: Self = Self(0x02);
    /// Reserved.
    pub const ALARM: Self = Self(0x03);
    /// Grants rights on an object type.
    pub const ALLOWED_OBJECT: Self = Self(0x05);
    /// Denies rights on an object type.
    pub const DENIED_OBJECT: Self = Self(0x06);
    /// Audits the use of rights on an object type.
    pub const AUDIT_OBJECT: Self = Self(0x07);
    /// Reserved.
    pub const ALARM_OBJECT: Self = Self(0x08);
    /// Grants rights under a condition.
    pub const ALLOWED_CALLBACK: Self = Self(0x09);
    /// Denies rights under a condition.
    pub const DENIED_CALLBACK: Self = Self(0x0A);
    /// Grants rights on an object type, under a condition.
    pub const ALLOWED_CALLBACK_OBJECT: Self = Self(0x0B);
    /// Denies rights on an object type, under a condition.
    pub const DENIED_CALLBACK_OBJECT: Self = Self(0x0C);
    /// Audits the use of rights under a condition.
    pub const AUDIT_CALLBACK: Self = Self(0x0D);
    /// Audits the use of rights on an object type, under a condition.
    pub const AUDIT_CALLBACK_OBJECT: Self = Self(0x0F);
    /// The integrity level that writing (or reading) requires.
    pub const MANDATORY_LABEL: Self = Self(0x11);
    /// A resource attribute of the object, for conditions.
    pub const RESOURCE_ATTRIBUTE: Self = Self(0x12);
    /// The central access policy of the object.
    pub const SCOPED_POLICY_ID: Self = Self(0x13);
    /// The protection level that access requires.
    pub const TRUST_LABEL: Self = Self(0x14);
    /// An access filter with a condition.
    pub const ACCESS_FILTER: Self = Self(0x15);

    fn shape(self) -> Shape {
        match self {
            Self::ALLOWED
            | Self::DENIED
            | Self::AUDIT
            | Self::ALARM
            | Self::ALLOWED_CALLBACK
            | Self::DENIED_CALLBACK
            | Self::AUDIT_CALLBACK
            | Self::MANDATORY_LABEL
            | Self::RESOURCE_ATTRIBUTE
            | Self::SCOPED_POLICY_ID
            | Self::TRUST_LABEL
            | Self::ACCESS_FILTER => Shape::Simple,
            Self::ALLOWED_OBJECT
            | Self::DENIED_OBJECT
            | Self::AUDIT_OBJECT
            | Self::ALARM_OBJECT
            | Self::ALLOWED_CALLBACK_OBJECT
            | Self::DENIED_CALLBACK_OBJECT
            | Self::AUDIT_CALLBACK_OBJECT => Shape::Object,
            _ => Shape::Unknown,
        }
    }

    /// Whether the bytes after the SID contain a condition or an attribute, which then determines the meaning
    /// of the ACE.
    pub(super) fn has_application_data(self) -> bool {
        matches!(self.0, 0x09..=0x10) || self == Self::RESOURCE_ATTRIBUTE || self == Self::ACCESS_FILTER
    }
}

impl fmt::Debug for AceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AceKind(0x{:02X})", self.0)
    }
}

/// The layout after the header of a known type.
enum Shape {
    /// Mask, SID, data.
    Simple,
    /// Mask, flags, up to two GUIDs, SID, data.
    Object,
    /// Unknown: bytes.
    Unknown,
}

/// Inheritance flags, and audit flags of an audit ACE ([MS-DTYP] 2.4.4.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct AceFlags(pub u8);

impl AceFlags {
    /// `OI`: inherited by objects that are not containers; without effect on keys, which always are
    /// containers.
    pub const OBJECT_INHERIT: Self = Self(0x01);
    /// `CI`: inherited by subkeys.
    pub const CONTAINER_INHERIT: Self = Self(0x02);
    /// `NP`: inherited by subkeys, but not by their subkeys.
    pub const NO_PROPAGATE_INHERIT: Self = Self(0x04);
    /// `IO`: only for inheritance; does not apply to this key.
    pub const INHERIT_ONLY: Self = Self(0x08);
    /// `ID`: inherited from the parent.
    pub const INHERITED: Self = Self(0x10);
    /// `SA`: audit successful use.
    pub const SUCCESSFUL_ACCESS: Self = Self(0x40);
    /// `FA`: audit failed attempts.
    pub const FAILED_ACCESS: Self = Self(0x80);

    /// Whether all of `other` is set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl std::ops::BitOr for AceFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for AceFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AceFlags(0x{:02X})", self.0)
    }
}

/// An access control entry ([MS-DTYP] 2.4.4).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ace {
    /// Its type.
    pub kind: AceKind,
    /// Its inheritance and audit flags.
    pub flags: AceFlags,
    /// The contents after the header.
    pub body: AceBody,
}

/// The contents of an ACE after its four-byte header.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AceBody {
    /// A mask and a SID: all types but those below.
    Simple {
        /// The rights.
        mask: AccessMask,
        /// The SID to which the ACE applies.
        sid: Sid,
        /// Bytes after the SID: the condition of a callback ACE, the attribute of a resource ACE; meaningless
        /// in other types (plain ACEs of real hives contain remnants of memory there).
        data: Vec<u8>,
    },
    /// An object-specific ACE ([MS-DTYP] 2.4.4.3). Registry keys have no object types; no such ACE has been
    /// seen on a key.
    Object {
        /// The rights.
        mask: AccessMask,
        /// The flags field without the two bits that say which GUIDs follow; zero unless an unknown bit is
        /// set.
        other_flags: u32,
        /// The type of object or property to which the rights apply.
        object_type: Option<Guid>,
        /// The type of object that inherits the ACE.
        inherited_object_type: Option<Guid>,
        /// The SID to which the ACE applies.
        sid: Sid,
        /// Bytes after the SID.
        data: Vec<u8>,
    },
    /// The body of an unknown type, as stored.
    Unknown(Vec<u8>),
}

const OBJECT_TYPE_PRESENT: u32 = 1;
const INHERITED_OBJECT_TYPE_PRESENT: u32 = 2;
const HEADER: usize = 4;

impl Ace {
    /// An ACE of a type that has a mask and a SID.
    #[must_use]
    pub fn new(kind: AceKind, flags: AceFlags, mask: AccessMask, sid: Sid) -> Self {
        Self { kind, flags, body: AceBody::Simple { mask, sid, data: Vec::new() } }
    }

    /// An ACE that grants rights on this key only.
    #[must_use]
    pub fn allow(mask: AccessMask, sid: Sid) -> Self {
        Self::new(AceKind::ALLOWED, AceFlags::default(), mask, sid)
    }

    /// The rights, unless the type is unknown.
    #[must_use]
    pub fn mask(&self) -> Option<AccessMask> {
        match self.body {
            AceBody::Simple { mask, .. } | AceBody::Object { mask, .. } => Some(mask),
            AceBody::Unknown(_) => None,
        }
    }

    /// The SID to which the ACE applies, unless the type is unknown.
    #[must_use]
    pub fn sid(&self) -> Option<&Sid> {
        match &self.body {
            AceBody::Simple { sid, .. } | AceBody::Object { sid, .. } => Some(sid),
            AceBody::Unknown(_) => None,
        }
    }

    /// The length of the stored form in bytes.
    #[must_use]
    pub fn stored_len(&self) -> usize {
        let body = match &self.body {
            AceBody::Simple { sid, data, .. } => 4 + sid.stored_len() + data.len(),
            AceBody::Object { object_type, inherited_object_type, sid, data, .. } => {
                let guids = usize::from(object_type.is_some()) + usize::from(inherited_object_type.is_some());
                8 + 16 * guids + sid.stored_len() + data.len()
            }
            AceBody::Unknown(bytes) => bytes.len(),
        };
        HEADER + body
    }

    /// Reads the ACE at the start of the window and returns its length in bytes.
    pub(super) fn read(window: Window<'_>) -> Result<(Self, usize), SecurityError> {
        let kind = AceKind(window.u8(0, "an ACE header")?);
        let flags = AceFlags(window.u8(1, "an ACE header")?);
        let size = usize::from(window.u16(2, "an ACE header")?);
        if size < HEADER {
            return Err(
                SecurityProblem::Size { what: "an ACE", found: size, least: HEADER }.at(window.start() + 2)
            );
        }
        let ace = window.to(size, "an ACE")?;
        let body = match kind.shape() {
            Shape::Simple => {
                let mask = AccessMask(ace.u32(4, "an ACE")?);
                let (sid, data) = sid_and_data(ace, 8)?;
                AceBody::Simple { mask, sid, data }
            }
            Shape::Object => {
                let mask = AccessMask(ace.u32(4, "an object ACE")?);
                let flags = ace.u32(8, "an object ACE")?;
                let mut at = 12;
                let mut guid = |present: bool| -> Result<Option<Guid>, SecurityError> {
                    if !present {
                        return Ok(None);
                    }
                    let guid = Guid::from_bytes(ace.array(at, "an object type")?);
                    at += 16;
                    Ok(Some(guid))
                };
                let object_type = guid(flags & OBJECT_TYPE_PRESENT != 0)?;
                let inherited_object_type = guid(flags & INHERITED_OBJECT_TYPE_PRESENT != 0)?;
                let (sid, data) = sid_and_data(ace, at)?;
                let other_flags = flags & !(OBJECT_TYPE_PRESENT | INHERITED_OBJECT_TYPE_PRESENT);
                AceBody::Object { mask, other_flags, object_type, inherited_object_type, sid, data }
            }
            Shape::Unknown => AceBody::Unknown(ace.from(HEADER, "an ACE")?.bytes().to_vec()),
        };
        Ok((Self { kind, flags, body }, size))
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        // `Acl` accepts only ACEs that fit its own 16-bit size.
        #[allow(clippy::cast_possible_truncation)]
        let size = self.stored_len() as u16;
        out.extend([self.kind.0, self.flags.0]);
        out.extend(size.to_le_bytes());
        match &self.body {
            AceBody::Simple { mask, sid, data } => {
                out.extend(mask.0.to_le_bytes());
                sid.write(out);
                out.extend(data);
            }
            AceBody::Object { mask, other_flags, object_type, inherited_object_type, sid, data } => {
                let mut flags = other_flags & !(OBJECT_TYPE_PRESENT | INHERITED_OBJECT_TYPE_PRESENT);
                if object_type.is_some() {
                    flags |= OBJECT_TYPE_PRESENT;
                }
                if inherited_object_type.is_some() {
                    flags |= INHERITED_OBJECT_TYPE_PRESENT;
                }
                out.extend(mask.0.to_le_bytes());
                out.extend(flags.to_le_bytes());
                for guid in [object_type, inherited_object_type].into_iter().flatten() {
                    out.extend(guid.to_bytes());
                }
                sid.write(out);
                out.extend(data);
            }
            AceBody::Unknown(bytes) => out.extend(bytes),
        }
    }
}

fn sid_and_data(ace: Window<'_>, at: usize) -> Result<(Sid, Vec<u8>), SecurityError> {
    let sid = Sid::read(ace.from(at, "a SID")?)?;
    let data = ace.from(at + sid.stored_len(), "an ACE")?.bytes().to_vec();
    Ok((sid, data))
}
