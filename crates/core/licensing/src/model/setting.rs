//! A setting: the candidates in all layers, which one wins, and why.

use serde::Serialize;
use snapshot::{KeyPath, Snapshot, Value};

use super::{Found, key};
use crate::evidence::{Evidence, Need, Unknown};
use crate::places;

/// The layer of a candidate, in order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// What the running host itself reports (WMI).
    Reported,
    /// Group Policy.
    Policy,
    /// The documented key of this generation of Windows.
    Local,
    /// A second documented form of the local setting.
    LocalVariant,
    /// The documented key of an older generation.
    Legacy,
    /// A key that Windows never reads.
    Stray,
}

impl Layer {
    /// The layer as text.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Reported => "reported by the host",
            Self::Policy => "Group Policy",
            Self::Local => "local setting",
            Self::LocalVariant => "local setting, second spelling",
            Self::Legacy => "place of an earlier Windows",
            Self::Stray => "place that Windows does not read",
        }
    }
}

/// Why Windows never reads a candidate of [`Layer::Stray`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stray {
    /// `SpecifiedLicenseServers` in `TermService\Parameters` instead of `LicenseServers` below it: a slip
    /// that a Microsoft article once had (SupportArticles-docs issue 687).
    OneKeyTooHigh,
    /// A list of servers beside the licensing mode, in `RCM\Licensing Core`.
    InLicensingCore,
    /// The value's name begins or ends with a space.
    BlankInName,
    /// Below a key whose name is misspelt: `TermServices`, `TerminalServer`.
    MisspeltKey,
    /// Any other key, real or invented, that is not the setting's.
    WrongKey,
}

/// What becomes of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CandidateStatus {
    /// This one is in force.
    Wins,
    /// Valid, but another layer has precedence.
    Overridden,
    /// Windows reads it but cannot use it.
    Invalid,
    /// Windows never reads it.
    NeverRead,
}

/// One value for the setting, found in one layer.
#[derive(Clone, Debug, Serialize)]
pub struct Candidate<T> {
    /// Its layer.
    #[serde(rename = "layer")]
    pub place: Layer,
    /// Why it is never read, for [`Layer::Stray`].
    #[serde(skip)]
    pub stray: Option<Stray>,
    /// The key.
    #[serde(skip)]
    pub path: KeyPath,
    /// The value as decoded; `None` where it could not be.
    pub value: Option<T>,
    /// What was found there.
    pub evidence: Evidence,
    /// How it fares.
    pub standing: CandidateStatus,
    /// Why.
    pub reason: String,
}

/// What is in force.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effective<T> {
    /// This value, for certain.
    Value(T),
    /// This value, unless a place that could not be seen says otherwise.
    Unless(T),
    /// No place names a value.
    NotSet,
    /// No place that could be seen names one; others could not be seen.
    Unknown,
}

impl<T> Effective<T> {
    /// The value, certain or not.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) | Self::Unless(value) => Some(value),
            Self::NotSet | Self::Unknown => None,
        }
    }

    /// Whether nothing that could not be seen can change it.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        matches!(self, Self::Value(_) | Self::NotSet)
    }
}

/// A setting with all its candidates.
#[derive(Clone, Debug, Serialize)]
pub struct Setting<T> {
    /// What is in force.
    pub effective: Effective<T>,
    /// The kind of place that it comes from.
    pub winner: Option<Layer>,
    /// Every place that names a value, the winner first where there is one.
    pub candidates: Vec<Candidate<T>>,
    /// Places that could not be seen and could change what is in force.
    pub unseen: Vec<Need>,
}

/// Why a value of [`Stray::BlankInName`] is never read.
pub(super) const BLANK: &str = "the value's name has an extra space; Windows looks for the exact name";

/// The values of a key that would have this name but for spaces around it.
pub(super) fn with_blanks<'s>(snapshot: &'s Snapshot, path: &KeyPath, name: &str) -> Vec<Found<'s>> {
    let Ok(Some(key)) = key(snapshot, path) else { return Vec::new() };
    let alike = |value: &&Value| {
        value.name.as_str().is_some_and(|text| text.trim() != text && text.trim().eq_ignore_ascii_case(name))
    };
    key.values.iter().filter(alike).map(|value| Found { path: path.clone(), key, value }).collect()
}

/// Places that could not be looked at.
#[derive(Debug, Default)]
pub(super) struct Unseen {
    /// Those that have precedence over every local setting.
    pub(super) policy: Vec<Need>,
    /// The others that this Windows reads.
    pub(super) local: Vec<Need>,
}

impl Unseen {
    /// Why a local setting wins: this, or that no policy could be looked at.
    pub(super) fn without_policy(&self, reason: &'static str) -> &'static str {
        if self.policy.is_empty() { reason } else { "this source shows no policy" }
    }
}

/// Adds the value that the running host reports.
///
/// A place in the registry that holds the same value stays in force, because a change is made there. A
/// different value is in force instead of what the registry holds. Nothing that was not captured can then
/// change it.
pub(super) fn add_report<T>(
    candidates: &mut Vec<Candidate<T>>,
    unseen: &mut Unseen,
    path: KeyPath,
    (value, evidence): (T, Evidence),
    same: impl Fn(&T, &T) -> bool,
) {
    *unseen = Unseen::default();
    let stored = candidates.iter_mut().find(|candidate| candidate.standing == CandidateStatus::Wins);
    if let Some(stored) = stored {
        if stored.value.as_ref().is_some_and(|stored| same(stored, &value)) {
            stored.reason.push_str("; the host reports the same value");
            return;
        }
        stored.standing = CandidateStatus::Overridden;
        "the running host reports another value".clone_into(&mut stored.reason);
    }
    let reported = Candidate {
        place: Layer::Reported,
        stray: None,
        path,
        value: Some(value),
        evidence,
        standing: CandidateStatus::Wins,
        reason: "the running host reports that it uses this value".to_owned(),
    };
    candidates.insert(0, reported);
}

impl<T: Clone> Setting<T> {
    /// Decides who wins: of the usable candidates, given in the order of precedence, the first.
    pub(super) fn decide(mut candidates: Vec<Candidate<T>>, unseen: Unseen) -> Self {
        let winner = candidates.iter().position(|c| c.standing == CandidateStatus::Wins);
        if let Some(index) = winner {
            let first = candidates.remove(index);
            candidates.insert(0, first);
        }
        let value = winner.and_then(|_| candidates.first()).and_then(|first| first.value.clone());
        let is_final =
            candidates.first().is_some_and(|first| matches!(first.place, Layer::Policy | Layer::Reported));
        let mut needs = match &value {
            Some(_) if is_final => Vec::new(),
            Some(_) => unseen.policy,
            None => [unseen.policy, unseen.local].concat(),
        };
        needs.sort();
        needs.dedup();
        let effective = match value {
            Some(value) if needs.is_empty() => Effective::Value(value),
            Some(value) => Effective::Unless(value),
            None if needs.is_empty() => Effective::NotSet,
            None => Effective::Unknown,
        };
        let winner = winner.and_then(|_| candidates.first()).map(|first| first.place);
        Self { effective, winner, candidates, unseen: needs }
    }

    /// The candidate that is in force.
    #[must_use]
    pub fn winner(&self) -> Option<&Candidate<T>> {
        self.candidates.iter().find(|candidate| candidate.standing == CandidateStatus::Wins)
    }

    /// The candidate that would be in force by the registry alone: a change must be made there.
    #[must_use]
    pub fn stored(&self) -> Option<&Candidate<T>> {
        self.candidates.iter().find(|candidate| {
            candidate.place != Layer::Reported
                && matches!(candidate.standing, CandidateStatus::Wins | CandidateStatus::Overridden)
        })
    }

    /// The candidate that the running host reports, where it differs from the registry.
    #[must_use]
    pub fn reported(&self) -> Option<&Candidate<T>> {
        self.winner().filter(|winner| winner.place == Layer::Reported)
    }

    /// The candidates in this kind of place.
    pub fn at(&self, place: Layer) -> impl Iterator<Item = &Candidate<T>> {
        self.candidates.iter().filter(move |candidate| candidate.place == place)
    }

    /// The candidates that are never read for this reason.
    pub fn strays(&self, stray: Stray) -> impl Iterator<Item = &Candidate<T>> {
        self.candidates.iter().filter(move |candidate| candidate.stray == Some(stray))
    }

    /// The candidates in places that Windows looks at, whatever it makes of them.
    pub fn read(&self) -> impl Iterator<Item = &Candidate<T>> {
        self.candidates.iter().filter(|candidate| candidate.standing != CandidateStatus::NeverRead)
    }

    /// The value in force, though a place that could not be seen may say otherwise; unknown where nothing was
    /// seen and something could not be.
    pub fn known(&self) -> Result<Option<&T>, Unknown> {
        match &self.effective {
            Effective::Value(value) | Effective::Unless(value) => Ok(Some(value)),
            Effective::NotSet => Ok(None),
            Effective::Unknown => Err(Unknown { needs: self.unseen.clone() }),
        }
    }

    /// The value in force; unknown where a place that could not be seen may say otherwise.
    pub fn certain(&self) -> Result<Option<&T>, Unknown> {
        match self.missing() {
            Some(unknown) => Err(unknown),
            None => self.known(),
        }
    }

    /// True if every local place was seen, and only a policy that was not could change what is in force.
    #[must_use]
    pub fn lacks_only_policy(&self) -> bool {
        let policy = places::policy();
        !self.unseen.is_empty() && self.unseen.iter().all(|need| need.is_about(&policy))
    }

    /// What could not be seen and could change what is in force.
    #[must_use]
    pub fn missing(&self) -> Option<Unknown> {
        (!self.unseen.is_empty()).then(|| Unknown { needs: self.unseen.clone() })
    }
}
