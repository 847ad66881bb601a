//! Windows registry hive files (regf): read without copying, recover from transaction logs, change safely.
//!
//! A hive is the file in which Windows keeps a part of its registry: `SYSTEM`, `SOFTWARE`, `NTUSER.DAT`. This crate reads
//! every version that Windows has written since NT 3.1 (1.1 to 1.6), on any operating system, and asks nothing of Windows.
//!
//! ```no_run
//! use regf::{FileImage, Hive};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let hive = Hive::open(FileImage::open("SYSTEM")?)?;
//! if let Some(why) = hive.dirty() {
//!     eprintln!("newer data may lie in the logs: {why}");
//! }
//! if let Some(key) = hive.find(r"ControlSet001\Control\ProductOptions")? {
//!     println!("last written {}", key.last_write());
//!     for value in key.values() {
//!         let value = value?;
//!         println!("{} (type {}): {} bytes", value.name(), value.data_type(), value.data()?.len());
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What to use for what
//!
//! * [`Hive`] over an [`Image`]: a byte slice, or a [`FileImage`], which reads from a file only the pages that are looked at.
//! * [`Hive::find`], [`Key::subkey`], [`Key::value`]: single things. `Ok(None)` means that it is not there; where damage
//!   makes that uncertain, the answer is an error.
//! * [`Key::subkeys`], [`Key::values`]: iteration. A damaged element yields an error, the rest follows.
//! * [`Hive::walk`] and [`walk::Visitor`]: whole trees, at some 10 nanoseconds for each key or value, safe against loops.
//!   Never recurse over `subkeys` on hives of unknown origin: a forged hive has paths without end.
//! * [`log::recover`]: a dirty hive together with its logs. Recent versions of Windows leave up to an hour of changes in
//!   the logs alone.
//! * [`deleted::deleted`]: keys and values that were deleted and not yet overwritten.
//! * [`edit::Editor`]: changes to a hive, and the commit that makes them durable as a whole or not at all.
//! * [`disk`], [`hash`]: the structures themselves, for those who write hives or look into damaged ones.
//!
//! # What can be relied on
//!
//! * Nothing in a hive or a log makes this crate panic, loop, recurse without bound, or allocate more than a small multiple
//!   of what it was given.
//! * Damage is local. Every [`Error`] says where in the file it lies and what was expected there.
//! * Bytes come out as they are: names as their UTF-16 units, types as numbers, data untouched.
//! * It is pure: apart from [`FileImage`] and [`edit::HiveFiles`], bytes go in and facts come out.
//!
//! # Sources
//!
//! Maxim Suhanov's "Windows registry file format specification" (CC-BY 4.0) for the structures and the recovery; Microsoft's
//! "Registry element size limits" for limits; the Unicode Character Database for upper case; and real hives, on which all of
//! it was checked.
#![forbid(unsafe_code)]

pub mod build;
mod bytes;
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

pub use disk::{BaseBlock, CellOffset, KeyFlags, LayerSemantics};
pub use error::{Error, Problem, Result, Structure};
pub use hive::{Dirty, Hive};
pub use image::{FileImage, Image, ImageError, Overlay, PAGE, ReadAt};
pub use key::{Key, MAX_DEPTH};
pub use name::{Name, Units};
pub use nt::FileTime;
pub use subkeys::Subkeys;
pub use value::{Value, Values};
