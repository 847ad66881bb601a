//! Status codes of fault PDUs.

use std::fmt;

/// The status of a fault PDU (C706 appendix E, [MS-RPCE] 2.2.2.8 and 3.1.1.5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultStatus(pub u32);

impl FaultStatus {
    /// `nca_s_op_rng_error`: the server does not have the operation.
    pub const NO_SUCH_OPERATION: Self = Self(0x1c01_0002);
    /// `nca_s_fault_context_mismatch`: the handle is not one of this association.
    pub const UNKNOWN_HANDLE: Self = Self(0x1c00_001a);
    /// `ERROR_ACCESS_DENIED`
    pub const ACCESS_DENIED: Self = Self(5);

    /// The meaning of common codes.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            5 => "access denied",
            0x1c01_0002 => "the server does not have this operation",
            0x1c01_0003 => "the server does not know the interface",
            0x1c01_000b => "the server reports a protocol error",
            0x1c00_001a => "the server does not know the handle",
            0x1c00_0013 => "the server could not execute the call",
            0x1c00_001b => "the server ran out of memory",
            0x1c00_0017 => "the server rejected the call as malformed",
            0x0000_06f7 => "the server could not decode the call",
            _ => return None,
        })
    }
}

impl fmt::Display for FaultStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} (fault {:#010x})", self.0),
            None => write!(f, "fault {:#010x}", self.0),
        }
    }
}
