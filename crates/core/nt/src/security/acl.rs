//! Access control lists (ACLs).

use super::ace::{Ace, AceBody};
use super::bytes::Window;
use super::error::{SecurityError, SecurityProblem};

/// A list of ACEs in the order in which they are evaluated ([MS-DTYP] 2.4.5).
///
/// It always fits its stored form: at most 65,535 bytes, header included.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Acl {
    revision: u8,
    aces: Vec<Ace>,
}

const HEADER: usize = 8;

impl Acl {
    /// The revision of lists without object-specific ACEs.
    pub const REVISION: u8 = 2;
    /// The revision of lists that may contain object-specific ACEs.
    pub const REVISION_DS: u8 = 4;

    /// A list of these ACEs, with revision 2, or 4 if one of them is object-specific.
    ///
    /// # Errors
    /// If the ACEs take more than 65,535 bytes, the maximum size of a list.
    pub fn new(aces: impl Into<Vec<Ace>>) -> Result<Self, SecurityError> {
        let aces = aces.into();
        let object = aces.iter().any(|ace| matches!(ace.body, AceBody::Object { .. }));
        let acl = Self { revision: if object { Self::REVISION_DS } else { Self::REVISION }, aces };
        let most = usize::from(u16::MAX);
        match acl.stored_len() {
            len if len > most => Err(SecurityProblem::TooLarge { what: "an ACL", needed: len, most }.at(0)),
            _ => Ok(acl),
        }
    }

    /// The revision: 2, or 4; older lists may have 1 or 3.
    #[must_use]
    pub fn revision(&self) -> u8 {
        self.revision
    }

    /// The ACEs in order.
    #[must_use]
    pub fn aces(&self) -> &[Ace] {
        &self.aces
    }

    /// The length of the stored form in bytes, without slack after the last ACE.
    #[must_use]
    pub fn stored_len(&self) -> usize {
        self.aces.iter().fold(HEADER, |len, ace| len.saturating_add(ace.stored_len()))
    }

    pub(super) fn read(window: Window<'_>, what: &'static str) -> Result<Self, SecurityError> {
        let revision = window.u8(0, what)?;
        if !(1..=4).contains(&revision) {
            return Err(
                SecurityProblem::Revision { what, found: revision, expected: "1 to 4" }.at(window.start())
            );
        }
        let size = usize::from(window.u16(2, what)?);
        if size < HEADER {
            return Err(SecurityProblem::Size { what, found: size, least: HEADER }.at(window.start() + 2));
        }
        let count = window.u16(4, what)?;
        let mut rest = window.to(size, what)?.from(HEADER, what)?;
        let mut aces = Vec::new();
        for _ in 0..count {
            let (ace, len) = Ace::read(rest)?;
            rest = rest.from(len, "an ACE")?;
            aces.push(ace);
        }
        Ok(Self { revision, aces })
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        // Checked when the list was created; each ACE takes at least four bytes, so the count fits too.
        #[allow(clippy::cast_possible_truncation)]
        let (size, count) = (self.stored_len() as u16, self.aces.len() as u16);
        out.extend([self.revision, 0]);
        out.extend(size.to_le_bytes());
        out.extend(count.to_le_bytes());
        out.extend([0, 0]);
        for ace in &self.aces {
            ace.write(out);
        }
    }
}
