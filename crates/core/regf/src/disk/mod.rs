//! The on-disk structures: positions and readers of their fields.
//!
//! This module works on bytes only and is independent of files, hives and iteration. Field positions are
//! public so that writers of hives use the same numbers. All numbers are little-endian; all positions count
//! from the beginning of the structure, which for records in cells is the first byte after the cell header.
//!
//! Source, unless a field says otherwise: Maxim Suhanov, "Windows registry file format specification" (CC-BY
//! 4.0).

mod base_block;
mod big_data;
mod bin;
mod cell;
mod key_node;
mod key_security;
mod key_value;
mod subkey_list;

pub use base_block::{BASE_BLOCK_LEN, BaseBlock, FileType, SECTOR, base_block_at, checksum};
pub use big_data::{BigData, SEGMENT_LEN};
pub use bin::{BIN_ALIGNMENT, BIN_HEADER_LEN, BinHeader, bin_at};
pub use cell::{CellOffset, CellSize, Layout};
pub use key_node::{KeyFlags, KeyNode, LayerSemantics, key_node_at};
pub use key_security::{KeySecurity, key_security_at};
pub use key_value::{KeyValue, ValueFlags, key_value_at};
pub use subkey_list::{ListElement, ListKind, SubkeyList};
