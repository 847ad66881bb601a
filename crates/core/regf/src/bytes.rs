//! Little-endian fields in arrays of fixed size.
//!
//! Every structure is first split into a fixed-size head (an array) and the rest, so that reading a field
//! cannot fail and needs no bounds check.

/// The `u16` at `at`.
///
/// Positions are constants of the layout; `N` is the fixed size of the structure.
#[inline]
pub(crate) const fn u16_at<const N: usize>(head: &[u8; N], at: usize) -> u16 {
    u16::from_le_bytes([head[at], head[at + 1]])
}

/// The `u32` at `at`.
#[inline]
pub(crate) const fn u32_at<const N: usize>(head: &[u8; N], at: usize) -> u32 {
    u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]])
}

/// The `u64` at `at`.
#[inline]
pub(crate) const fn u64_at<const N: usize>(head: &[u8; N], at: usize) -> u64 {
    (u32_at(head, at) as u64) | ((u32_at(head, at + 4) as u64) << 32)
}

/// The elements of an array of `u32`; trailing bytes are ignored.
#[inline]
pub(crate) fn u32s(bytes: &[u8]) -> impl ExactSizeIterator<Item = u32> + DoubleEndedIterator + Clone + '_ {
    bytes.as_chunks::<4>().0.iter().map(|chunk| u32::from_le_bytes(*chunk))
}
