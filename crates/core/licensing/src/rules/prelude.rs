//! Imports that nearly every rule needs.

pub(super) use super::outcome::{conclude, conclude_script};
pub(super) use super::shared::{
    Logged, counted_events, differ, logged, never, one_per_event, stray_list, unless_policy,
};
pub(super) use super::words::{contents, counted};
pub(super) use super::{Confidence, Outcome, Rule, Scope, Severity};
pub(super) use crate::evidence::{Evidence, Need, Unknown};
pub(super) use crate::knowledge::sources;

pub(super) use crate::model::{CandidateStatus, Era, FleetKey, Layer, Machine, Stray, facts};
pub(super) use crate::places;
