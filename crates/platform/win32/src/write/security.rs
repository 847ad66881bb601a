//! Validated security descriptors.

use std::ffi::c_void;

use windows_sys::Win32::Security::{
    DACL_SECURITY_INFORMATION, GROUP_SECURITY_INFORMATION, OWNER_SECURITY_INFORMATION,
    SE_DACL_AUTO_INHERIT_REQ, SE_DACL_AUTO_INHERITED, SE_SELF_RELATIVE,
};

use crate::Error;
use crate::buffer::Buffer;

/// Offsets in a self-relative descriptor ([MS-DTYP] 2.4.6): revision, one reserved byte, control, then the
/// offsets of owner, group, SACL and DACL.
const CONTROL: usize = 2;
const OWNER: usize = 4;
const GROUP: usize = 8;
const SACL: usize = 12;
const DACL: usize = 16;
const HEADER: usize = 20;

/// Length of a SID before its sub-authorities, and of an access list before its entries, in bytes.
const HEAD: usize = 8;

/// Parts of a security descriptor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The owner.
    pub owner: bool,
    /// The group.
    pub group: bool,
    /// The access list.
    pub dacl: bool,
}

impl Parts {
    /// The parts as `SECURITY_INFORMATION`.
    pub(crate) fn bits(self) -> u32 {
        [
            (self.owner, OWNER_SECURITY_INFORMATION),
            (self.group, GROUP_SECURITY_INFORMATION),
            (self.dacl, DACL_SECURITY_INFORMATION),
        ]
        .into_iter()
        .fold(0, |bits, (set, bit)| if set { bits | bit } else { bits })
    }
}

/// A self-relative descriptor whose parts are all within it, in memory aligned for the system.
pub(crate) struct Descriptor {
    memory: Buffer,
}

impl Descriptor {
    /// Validates the bytes. The system itself validates the content of the lists. The positions of the parts
    /// are checked here, because functions of the system read them before that.
    pub(crate) fn new(call: &'static str, bytes: &[u8]) -> Result<Self, Error> {
        let broken = || Error::bad_descriptor(call);
        let mut bytes = bytes.to_vec();
        let mut control = u16_at(&bytes, CONTROL).ok_or_else(broken)?;
        if bytes.len() < HEADER || bytes.first() != Some(&1) || control & SE_SELF_RELATIVE == 0 {
            return Err(broken());
        }
        let is_whole = |field: usize, length_of: fn(&[u8]) -> Option<usize>| match u32_at(&bytes, field) {
            // An absent part.
            None | Some(0) => Ok(()),
            Some(at) => {
                let part = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).ok_or_else(broken)?;
                let length = length_of(part).ok_or_else(broken)?;
                if length <= part.len() { Ok(()) } else { Err(broken()) }
            }
        };
        for (field, length_of) in [
            (OWNER, sid_length as fn(&[u8]) -> Option<usize>),
            (GROUP, sid_length),
            (SACL, list_length),
            (DACL, list_length),
        ] {
            is_whole(field, length_of)?;
        }
        // Windows keeps the flag for inheritance of the list only if it is requested together with the list;
        // the request flag is not stored.
        if control & SE_DACL_AUTO_INHERITED != 0 {
            control |= SE_DACL_AUTO_INHERIT_REQ;
        }
        if let Some(place) = bytes.get_mut(CONTROL..CONTROL + 2) {
            place.copy_from_slice(&control.to_le_bytes());
        }
        Ok(Self { memory: Buffer::of(&bytes) })
    }

    pub(crate) fn get(&self) -> *const c_void {
        self.memory.bytes().as_ptr().cast()
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// Layout: revision, number of sub-authorities, six bytes of authority; then the sub-authorities, four bytes
/// each.
fn sid_length(bytes: &[u8]) -> Option<usize> {
    Some(HEAD + 4 * usize::from(*bytes.get(1)?))
}

/// Layout: revision, a reserved byte, the length of the whole list.
fn list_length(bytes: &[u8]) -> Option<usize> {
    u16_at(bytes, 2).map(usize::from).filter(|&length| length >= HEAD)
}
