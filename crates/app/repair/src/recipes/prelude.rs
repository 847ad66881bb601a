//! Imports of every recipe.

pub(super) use licensing::model::{Era, Kind, Layer, LicensingMode, Setting};
pub(super) use licensing::{Machine, Profile, places};
pub(super) use snapshot::{KeyPath, Lookup, Name, OriginKind, Value, ValueType};

pub(super) use super::support;
pub(super) use crate::recipe::{Parameter, ParameterKind, Recipe, Request};
pub(super) use crate::{Draft, FollowUp, Refusal};
