//! Reading a Group Policy file.

use super::blob::Blob;
use crate::Snapshot;
