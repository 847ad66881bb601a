//! One entry of an access list.

use std::fmt;

use super::bytes::Window;
use super::error::{Problem, SecurityError};
use super::rights::AccessMask;
use super::sid::Sid;
use crate::guid::Guid;

/// The type byte of an entry ([MS-DTYP] 2.4.4.1; `TRUST_LABEL` and `ACCESS_FILTER` are in Windows' headers
/// only).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AceKind(pub u8);

impl AceKind {
    /// Grants rights.
    pub const ALLOWED: Self = Self(0x00);
    /// Denies rights.
    pub const DENIED: Self = Self(0x01);
    /// Has use of rights logged.
    pub const AUDIT: Self = Self(0x02);
    /// Reserved.
    pub const ALARM: Self = Self(0x03);
    /// Grants rights on an object type.
    pub const ALLOWED_OBJECT: Self = Self(0x05);
    /// Denies rights on an object type.
    pub const DENIED_OBJECT: Self = Self(0x06);
    /// Has use of rights on an object type logged.
    pub const AUDIT_OBJECT: Self = Self(0x07);
    /// Reserved.
    pub const ALARM_OBJECT: Self = Self(0x08);
    /// Grants rights on a condition.
    pub const ALLOWED_CALLBACK: Self = Self(0x09);
    /// Denies rights on a condition.
    pub const DENIED_CALLBACK: Self = Self(0x0A);
    /// Grants rights on an object type, on a condition.
    pub const ALLOWED_CALLBACK_OBJECT: Self = Self(0x0B);
    /// Denies rights on an object type, on a condition.
    pub const DENIED_CALLBACK_OBJECT: Self = Self(0x0C);
    /// Has use of rights logged on a condition.
    pub const AUDIT_CALLBACK: Self = Self(0x0D);
    /// Has use of rights on an object type logged, on a condition.
    pub const AUDIT_CALLBACK_OBJECT: Self = Self(0x0F);
    /// The integrity level that writing (or reading) asks for.
    pub const MANDATORY_LABEL: Self = Self(0x11);
    /// A property of the object, for conditions.
    pub const RESOURCE_ATTRIBUTE: Self = Self(0x12);
    /// The central access policy of the object.
    pub const SCOPED_POLICY_ID: Self = Self(0x13);
    /// The protection level that access asks for.
    pub const TRUST_LABEL: Self = Self(0x14);
    /// A filter on a condition.
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

    /// Whether the bytes behind the SID carry a condition or an attribute, which then decides what the entry
    /// means.
    pub(super) fn has_application_data(self) -> bool {
        matches!(self.0, 0x09..=0x10) || self == Self::RESOURCE_ATTRIBUTE || self == Self::ACCESS_FILTER
    }
}

impl fmt::Debug for AceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AceKind(0x{:02X})", self.0)
    }
}

/// What is behind the header of a known type.
enum Shape {
    /// Mask, SID, data.
    Simple,
    /// Mask, flags, up to two GUIDs, SID, data.
    Object,
    /// Not known: bytes.
    Unknown,
}

/// How an entry is inherited, and what an audit entry logs ([MS-DTYP] 2.4.4.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct AceFlags(pub u8);

impl AceFlags {
    /// `OI`: inherited by objects that hold no others; keys always can, so this means nothing to them.
    pub const OBJECT_INHERIT: Self = Self(0x01);
    /// `CI`: inherited by subkeys.
    pub const CONTAINER_INHERIT: Self = Self(0x02);
    /// `NP`: inherited by subkeys, but not by theirs.
    pub const NO_PROPAGATE_INHERIT: Self = Self(0x04);
    /// `IO`: only for those that inherit it; says nothing about this key.
    pub const INHERIT_ONLY: Self = Self(0x08);
    /// `ID`: came from the parent.
    pub const INHERITED: Self = Self(0x10);
    /// `SA`: log successful use.
    pub const SUCCESSFUL_ACCESS: Self = Self(0x40);
    /// `FA`: log failed attempts.
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

/// One entry of an access list ([MS-DTYP] 2.4.4).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ace {
    /// Its type.
    pub kind: AceKind,
    /// Its inheritance and audit flags.
    pub flags: AceFlags,
    /// What it says.
    pub body: AceBody,
}

/// What is behind an entry's four-byte header.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum AceBody {
    /// A mask and a SID: all types but those below.
    Simple {
        /// The rights.
        mask: AccessMask,
        /// Whom it is about.
        sid: Sid,
        /// Bytes behind the SID: the condition of a callback entry, the attribute of a resource entry;
        /// elsewhere of no meaning (plain entries of real hives carry remnants of memory there).
        data: Vec<u8>,
    },
    /// An object-specific entry ([MS-DTYP] 2.4.4.3). Registry keys have no object types; none has been seen
    /// there.
    Object {
        /// The rights.
        mask: AccessMask,
        /// The flags field less the two bits that say which GUIDs follow; zero unless something unknown is
        /// set.
        other_flags: u32,
        /// What kind of object or property the rights are about.
        object_type: Option<Guid>,
        /// What kind of object inherits the entry.
        inherited_object_type: Option<Guid>,
        /// Whom it is about.
        sid: Sid,
        /// Bytes behind the SID.
        data: Vec<u8>,
    },
    /// The body of a type that this module does not know, as stored.
    Unknown(Vec<u8>),
}

const OBJECT_TYPE_PRESENT: u32 = 1;
const INHERITED_OBJECT_TYPE_PRESENT: u32 = 2;
const HEADER: usize = 4;

impl Ace {
    /// An entry of a type that has a mask and a SID.
    #[must_use]
    pub fn new(kind: AceKind, flags: AceFlags, mask: AccessMask, sid: Sid) -> Self {
        Self { kind, flags, body: AceBody::Simple { mask, sid, data: Vec::new() } }
    }

    /// An entry that grants rights on this key alone.
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

    /// Whom the entry is about, unless the type is unknown.
    #[must_use]
    pub fn sid(&self) -> Option<&Sid> {
        match &self.body {
            AceBody::Simple { sid, .. } | AceBody::Object { sid, .. } => Some(sid),
            AceBody::Unknown(_) => None,
        }
    }

    /// Bytes that the stored form takes.
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

    /// Reads the entry at the start of the window and returns the number of bytes that it takes.
    pub(super) fn read(window: Window<'_>) -> Result<(Self, usize), SecurityError> {
        let kind = AceKind(window.u8(0, "an ACE header")?);
        let flags = AceFlags(window.u8(1, "an ACE header")?);
        let size = usize::from(window.u16(2, "an ACE header")?);
        if size < HEADER {
            return Err(Problem::Size { what: "an ACE", found: size, least: HEADER }.at(window.start() + 2));
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
        // `Acl` takes only entries that fit its own 16-bit size.
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
