//! What nearly every rule uses.

pub(super) use super::outcome::conclude;
pub(super) use super::words::{contents, counted};
pub(super) use super::{Check, Confidence, Family, Outcome, Rule, Scope, Severity, Source};
pub(super) use crate::evidence::{Evidence, Need, Unknown};

pub(super) use crate::model::{Era, Machine, Place, Standing, Stray, Traits};
pub(super) use crate::places;
