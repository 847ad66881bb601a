//! Little-endian fields out of bytes whose length is known.
//!
//! Every structure is first split into a fixed-size head (an array) and the rest, so that reading a field can
//! neither fail nor cost a bounds check.

/// The `u16` at `at`.
///
/// Positions are constants of the structure's layout; `N` is its fixed size.
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

/// The elements of an array of `u32`; bytes after the last whole one are left out.
#[inline]
pub(crate) fn u32s(bytes: &[u8]) -> impl ExactSizeIterator<Item = u32> + DoubleEndedIterator + Clone + '_ {
    bytes.as_chunks::<4>().0.iter().map(|chunk| u32::from_le_bytes(*chunk))
}
