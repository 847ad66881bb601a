//! Security descriptors.

use super::acl::Acl;
use super::bytes::Window;
use super::control::Control;
use super::error::{SecurityError, SecurityProblem};
use super::sid::Sid;

/// A security descriptor in self-relative form ([MS-DTYP] 2.4.6): owner, group, DACL and SACL.
///
/// A descriptor that was read keeps its bytes until it is changed, so [`to_bytes`](Self::to_bytes) returns
/// them with their original gaps and order. Two descriptors are equal if their contents are equal,
/// independent of the position of their parts.
#[derive(Debug, Clone, Default)]
pub struct SecurityDescriptor {
    control: Control,
    resource_manager: u8,
    owner: Option<Sid>,
    group: Option<Sid>,
    dacl: Option<Acl>,
    sacl: Option<Acl>,
    /// The bytes that were read, until something is changed.
    raw: Option<Box<[u8]>>,
}

const HEADER: usize = 20;

impl SecurityDescriptor {
    /// A descriptor with an owner, a group and a DACL.
    #[must_use]
    pub fn new(owner: Sid, group: Sid, dacl: Acl) -> Self {
        let mut descriptor = Self::default();
        descriptor.set_owner(Some(owner));
        descriptor.set_group(Some(group));
        descriptor.set_dacl(Some(dacl));
        descriptor
    }

    /// Reads the stored form. Parts may be in any order, with gaps, and may share bytes.
    ///
    /// # Errors
    /// [`SecurityError`] with the offset of the first error.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SecurityError> {
        let window = Window::new(bytes);
        let revision = window.u8(0, "a security descriptor")?;
        if revision != 1 {
            return Err(SecurityProblem::Revision {
                what: "a security descriptor",
                found: revision,
                expected: "1",
            }
            .at(0));
        }
        let resource_manager = window.u8(1, "a security descriptor")?;
        let control = Control(window.u16(2, "a security descriptor")?);
        if !control.contains(Control::SELF_RELATIVE) {
            return Err(SecurityProblem::NotSelfRelative(control.0).at(2));
        }
        let part = |field: usize, what: &'static str| -> Result<Option<Window<'_>>, SecurityError> {
            let found = window.u32(field, "a security descriptor")?;
            match usize::try_from(found) {
                Ok(0) => Ok(None),
                Ok(offset) if offset >= HEADER => window.from(offset, what).map(Some),
                _ => Err(SecurityProblem::Offset { what, found }.at(field)),
            }
        };
        let owner = part(4, "the owner")?.map(Sid::read).transpose()?;
        let group = part(8, "the group")?.map(Sid::read).transpose()?;
        // Without the flag, Windows ignores the offset.
        let list = |field, flag, what| match part(field, what)? {
            Some(window) if control.contains(flag) => Acl::read(window, what).map(Some),
            _ => Ok(None),
        };
        let sacl = list(12, Control::SACL_PRESENT, "the SACL")?;
        let dacl = list(16, Control::DACL_PRESENT, "the DACL")?;
        Ok(Self { control, resource_manager, owner, group, dacl, sacl, raw: Some(bytes.into()) })
    }

    /// The bytes that were read, if nothing was changed since; otherwise those of [`encode`](Self::encode).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.raw.as_deref().map_or_else(|| self.encode(), <[u8]>::to_vec)
    }

    /// The bytes that were read, if nothing was changed since.
    #[must_use]
    pub fn raw(&self) -> Option<&[u8]> {
        self.raw.as_deref()
    }

    /// The stored form in the order that Windows uses in hives: header, SACL, DACL, owner, group, without
    /// gaps except the padding of each part to a multiple of four bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![0; HEADER];
        let sacl = self.sacl.as_ref().map_or(0, |acl| place(&mut out, |out| acl.write(out)));
        let dacl = self.dacl.as_ref().map_or(0, |acl| place(&mut out, |out| acl.write(out)));
        let owner = self.owner.as_ref().map_or(0, |sid| place(&mut out, |out| sid.write(out)));
        let group = self.group.as_ref().map_or(0, |sid| place(&mut out, |out| sid.write(out)));
        let mut header = vec![1, self.resource_manager];
        header.extend(self.control.with(Control::SELF_RELATIVE, true).0.to_le_bytes());
        for offset in [owner, group, sacl, dacl] {
            header.extend(offset.to_le_bytes());
        }
        out[..HEADER].copy_from_slice(&header);
        out
    }

    /// The control flags.
    #[must_use]
    pub fn control(&self) -> Control {
        self.control
    }

    /// The resource manager's byte; only meaningful with [`Control::RM_CONTROL_VALID`].
    #[must_use]
    pub fn resource_manager(&self) -> u8 {
        self.resource_manager
    }

    /// The owner, if the descriptor has one.
    #[must_use]
    pub fn owner(&self) -> Option<&Sid> {
        self.owner.as_ref()
    }

    /// The primary group, if the descriptor has one.
    #[must_use]
    pub fn group(&self) -> Option<&Sid> {
        self.group.as_ref()
    }

    /// The DACL, which grants and denies access. `None`: everyone has full access.
    #[must_use]
    pub fn dacl(&self) -> Option<&Acl> {
        self.dacl.as_ref()
    }

    /// The SACL, which contains audit ACEs and labels.
    #[must_use]
    pub fn sacl(&self) -> Option<&Acl> {
        self.sacl.as_ref()
    }

    /// Changes the owner.
    pub fn set_owner(&mut self, owner: Option<Sid>) {
        self.raw = None;
        self.owner = owner;
    }

    /// Changes the group.
    pub fn set_group(&mut self, group: Option<Sid>) {
        self.raw = None;
        self.group = group;
    }

    /// Changes the DACL and its *present* flag.
    pub fn set_dacl(&mut self, dacl: Option<Acl>) {
        self.raw = None;
        self.control = self.control.with(Control::DACL_PRESENT, dacl.is_some());
        self.dacl = dacl;
    }

    /// Changes the SACL and its *present* flag.
    pub fn set_sacl(&mut self, sacl: Option<Acl>) {
        self.raw = None;
        self.control = self.control.with(Control::SACL_PRESENT, sacl.is_some());
        self.sacl = sacl;
    }

    /// Sets or clears control flags. An existing list stays present, and the form stays self-relative.
    pub fn set_control(&mut self, flags: Control, set: bool) {
        self.raw = None;
        let mut control = self.control.with(flags, set).with(Control::SELF_RELATIVE, true);
        if self.dacl.is_some() {
            control = control.with(Control::DACL_PRESENT, true);
        }
        if self.sacl.is_some() {
            control = control.with(Control::SACL_PRESENT, true);
        }
        self.control = control;
    }
}

/// Writes a part at the next multiple of four and returns its offset.
///
/// There are at most two lists of 65,535 bytes and two SIDs, so the offsets fit in 32 bits.
#[allow(clippy::cast_possible_truncation)]
fn place(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) -> u32 {
    out.resize(out.len().next_multiple_of(4), 0);
    let offset = out.len() as u32;
    write(out);
    offset
}

impl PartialEq for SecurityDescriptor {
    fn eq(&self, other: &Self) -> bool {
        // Compares everything except the bytes read, and SELF_RELATIVE, which is always set in the stored
        // form.
        let control = |descriptor: &Self| descriptor.control.with(Control::SELF_RELATIVE, true);
        control(self) == control(other)
            && self.resource_manager == other.resource_manager
            && self.owner == other.owner
            && self.group == other.group
            && self.dacl == other.dacl
            && self.sacl == other.sacl
    }
}

impl Eq for SecurityDescriptor {}
