//! Windows registry hive files (regf): read without copying, recover from transaction logs, edit safely.
//!
//! A hive is a file in which Windows stores a part of its registry: `SYSTEM`, `SOFTWARE`, `NTUSER.DAT`. This
//! crate reads all versions since NT 3.1 (1.1 to 1.6), on any operating system. It calls no Windows API.
//!
//! ```
//! use regf::build::{NewKey, build};
//! use regf::{DataType, Hive};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let security = "O:BAG:SYD:(A;CI;KA;;;BA)".parse::<nt::security::SecurityDescriptor>()?.to_bytes();
//! let core = NewKey::new("Licensing Core").value("LicensingMode", 4_u32);
//! let bytes = build(&NewKey { security, ..NewKey::new("ROOT") }.subkey(core), "SYSTEM")?;
//!
//! let hive = Hive::open(bytes)?;
//! assert_eq!(hive.dirty(), None);
//! let key = hive.find("licensing core")?.ok_or("no such key")?;
//! for value in key.values() {
//!     let value = value?;
//!     assert_eq!((value.name().to_string(), value.data_type()), ("LicensingMode".into(), DataType::DWORD));
//!     assert_eq!(value.as_u32()?, Some(4));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Entry points
//!
//! * [`Hive`] over an [`Image`]: a byte slice, or a [`FileImage`], which reads pages of a file on demand.
//! * [`Hive::find`], [`Key::subkey`], [`Key::value`]: single keys and values. `Ok(None)` means that it does
//!   not exist; if damage makes that uncertain, the result is an error.
//! * [`Key::subkeys`], [`Key::values`]: iteration. A damaged element yields an error, and the iteration
//!   continues.
//! * [`Value::data`], and typed: [`Value::as_u32`], [`Value::as_str`], [`Value::as_multi_str`].
//! * [`Hive::walk`] and [`walk::Visitor`]: whole trees, safe against loops. Do not recurse over `subkeys` in
//!   hives of unknown origin: a forged hive can have endless paths.
//! * [`log::recover`]: a dirty hive together with its logs. Recent versions of Windows keep up to an hour of
//!   changes only in the logs.
//! * [`deleted::deleted`]: deleted keys and values that are not overwritten yet.
//! * [`edit::Editor`]: changes to a hive, and the commit that writes all of them or none.
//! * [`build::build`]: new hives from a tree of keys.
//! * [`disk`], [`hash`]: the structures themselves.
//!
//! # Guarantees
//!
//! * No hive and no log causes a panic, an endless loop, unbounded recursion, or an allocation of more than a
//!   small multiple of its size.
//! * Damage is local. Every [`Error`] has the file offset and what was expected there.
//! * Bytes are returned as stored: names as UTF-16 units, types as numbers, data unchanged.
//! * Only [`FileImage`] and [`edit::HiveFiles`] perform I/O. No function reads a clock.
//!
//! # Sources
//!
//! Maxim Suhanov, "Windows registry file format specification" (CC-BY 4.0), for structures and recovery;
//! Microsoft, "Registry element size limits", for limits; measurements on real hives.
#![forbid(unsafe_code)]

pub mod build;
mod bytes;
mod data;
pub mod deleted;
pub mod disk;
pub mod edit;
mod error;
pub mod hash;
mod hive;
mod image;
mod key;
pub mod log;
mod lookup;
mod marks;
mod name;
mod subkeys;
mod value;
pub mod walk;

pub use data::{Data, DataType, ToUnits};
pub use disk::{BaseBlock, CellOffset, KeyFlags, LayerSemantics};
pub use error::{Error, Problem, Result, Structure};
pub use hive::{Dirty, Hive};
pub use image::{FileImage, Image, ImageError, Overlay, PAGE, ReadAt};
pub use key::{Key, MAX_DEPTH};
pub use name::{Name, Units};
pub use nt::FileTime;
pub use subkeys::Subkeys;
pub use value::{Value, Values};
