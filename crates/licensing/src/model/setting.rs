//! A setting: every place that names a value, which one wins, and why.

use registry::KeyPath;
use serde::Serialize;

use crate::evidence::{Evidence, Need};

/// What kind of place a candidate stands in, in the order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Group Policy.
    Policy,
    /// The documented place of this generation of Windows.
    Local,
    /// A second documented spelling of the local place.
    LocalVariant,
    /// The documented place of an older generation.
    Legacy,
    /// A place that Windows never reads.
    Stray,
}

impl Place {
    /// The place in words.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Policy => "Group Policy",
            Self::Local => "local setting",
            Self::LocalVariant => "local setting, second spelling",
            Self::Legacy => "place of an older Windows",
            Self::Stray => "place that Windows never reads",
        }
    }
}

/// How a candidate fares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// This one is in force.
    Wins,
    /// Valid, but another place has precedence.
    Overridden,
    /// Windows reads it and cannot use it.
    Invalid,
    /// Windows never reads it.
    NeverRead,
}

/// One place that names a value for the setting.
#[derive(Clone, Debug, Serialize)]
pub struct Candidate<T> {
    /// What kind of place it is.
    pub place: Place,
    /// The key.
    #[serde(skip)]
    pub path: KeyPath,
    /// The value as decoded; `None` where it could not be.
    pub value: Option<T>,
    /// What was found there.
    pub evidence: Evidence,
    /// How it fares.
    pub standing: Standing,
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

    /// True where nothing that could not be seen can change it.
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
    /// Every place that names a value, the winner first where there is one.
    pub candidates: Vec<Candidate<T>>,
    /// Places that could not be seen and could name a value.
    pub unseen: Vec<Need>,
}

impl<T: Clone> Setting<T> {
    /// Decides who wins: of the usable candidates, given in the order of precedence, the first.
    ///
    /// `unseen` are the places that could not be looked at; `outranks` says whether one of them could override the winner.
    pub(super) fn decide(mut candidates: Vec<Candidate<T>>, unseen: Vec<Need>, outranks: bool) -> Self {
        let winner = candidates.iter().position(|c| c.standing == Standing::Wins);
        let effective = match winner.and_then(|index| candidates.get(index)).and_then(|c| c.value.clone()) {
            Some(value) if outranks => Effective::Unless(value),
            Some(value) => Effective::Value(value),
            None if unseen.is_empty() => Effective::NotSet,
            None => Effective::Unknown,
        };
        if let Some(index) = winner {
            let first = candidates.remove(index);
            candidates.insert(0, first);
        }
        Self { effective, candidates, unseen }
    }

    /// The candidate that is in force.
    #[must_use]
    pub fn winner(&self) -> Option<&Candidate<T>> {
        self.candidates.iter().find(|candidate| candidate.standing == Standing::Wins)
    }

    /// The candidates in this kind of place.
    pub fn at(&self, place: Place) -> impl Iterator<Item = &Candidate<T>> {
        self.candidates.iter().filter(move |candidate| candidate.place == place)
    }

    /// The value in force; unknown where nothing was seen and something could not be.
    pub fn known(&self) -> Result<Option<&T>, crate::Unknown> {
        match &self.effective {
            Effective::Value(value) | Effective::Unless(value) => Ok(Some(value)),
            Effective::NotSet => Ok(None),
            Effective::Unknown => Err(crate::Unknown { needs: self.unseen.clone() }),
        }
    }
}
