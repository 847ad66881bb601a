//! Whether a license belongs to a hardware identification.

use serde::Serialize;

use super::super::hardware_id::HardwareId;
use crate::Certainty;

/// What the 20 bytes in a license's subject are combined with.
///
/// Worked out from the one published pair of a license and a hardware identification ([MS-RDPELE] 4.5 and
/// 4.6), and from the terminal server's certificate (4.1), whose platform id is masked in the same way. Used
/// for checking only.
const MASK: [u8; super::BINDING_SIZE] = [
    0xd6, 0x17, 0x0a, 0x79, 0x2d, 0xef, 0x15, 0x8d, 0x71, 0x24, 0x58, 0x2c, 0x08, 0x8f, 0xb8, 0xee, 0xbe,
    0x35, 0x79, 0x8d,
];

/// How a license and a hardware identification fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct HardwareBinding {
    /// Whether all 20 bytes fit.
    pub fits: bool,
    /// Whether the platform id fits, also when the rest does not.
    pub platform_fits: bool,
    /// Always [`Certainty::Inferred`]: the relation follows from a single published pair. A finding that
    /// rests on it must be worded as a hint.
    pub certainty: Certainty,
}

/// Compares the 20 bytes of a license's subject with a hardware identification.
pub(super) fn check(binding: &[u8; super::BINDING_SIZE], hardware: &HardwareId) -> HardwareBinding {
    let fits = |range: std::ops::Range<usize>| {
        range.into_iter().all(|at| match (binding.get(at), MASK.get(at), hardware.bytes.get(at)) {
            (Some(bound), Some(mask), Some(byte)) => bound ^ mask == *byte,
            _ => false,
        })
    };
    HardwareBinding {
        fits: fits(0..super::BINDING_SIZE),
        platform_fits: fits(0..4),
        certainty: Certainty::Inferred,
    }
}
