//! Windows registry hive files (regf): read without copying, recover from transaction logs.
#![forbid(unsafe_code)]

pub mod build;
mod bytes;
pub mod deleted;
pub mod disk;
mod error;
pub mod hash;
mod hive;
mod image;
mod key;
pub mod log;
mod lookup;
mod marks;
mod name;
pub mod security;
mod subkeys;
pub mod time;
pub mod upcase;
mod value;
pub mod walk;

pub use disk::{BaseBlock, CellOffset, KeyFlags, LayerSemantics};
pub use error::{Error, Problem, Result, Structure};
pub use hive::{Dirty, Hive};
pub use image::{FileImage, Image, ImageError, Overlay, PAGE, ReadAt};
pub use key::{Key, MAX_DEPTH};
pub use name::{Name, Units};
pub use subkeys::Subkeys;
pub use time::FileTime;
pub use value::{Value, Values};
