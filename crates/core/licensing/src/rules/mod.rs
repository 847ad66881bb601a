//! The rules: one file each, in a folder for each family.
//!
//! A rule is a [`Rule`] constant with a check that returns findings, nothing, or [`Unknown`]. The doc comment at the top
//! of its file has fixed headings and is the rule's page: `build.rs` collects it, so that `rdscal explain`, the reports
//! and the documentation all show the same text.

mod doc;
mod finding;
mod outcome;
mod prelude;
mod topics;
mod words;

use serde::{Deserialize, Serialize};

use crate::evidence::Unknown;
use crate::model::Machine;
use crate::model::Traits;

pub use doc::RuleDoc;
pub use finding::Finding;
pub use topics::explain;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing needs to be done.
    Info,
    /// Works today, may fail tomorrow, or is not what was meant.
    Warning,
    /// Something does not work.
    Error,
    /// Users are locked out, or will be.
    Critical,
}

/// How sure a rule can be when it fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// A hint: the evidence fits, other explanations fit too.
    Low,
    /// Likely, not documented in every step.
    Medium,
    /// Follows from documentation or from the bytes themselves.
    High,
}

/// The folder that a rule's file stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Licensing mode of a session host.
    Mode,
    /// List of license servers of a session host.
    Servers,
    /// Grace period.
    Grace,
    /// Certificates of a session host.
    Certificates,
    /// License store of a client.
    Client,
    /// License server.
    LicenseServer,
    /// Directory and per-user licenses.
    Directory,
    /// Events and messages.
    Events,
    /// Golden images.
    Image,
    /// Several machines at once.
    Fleet,
    /// Settings that circulate and do nothing.
    Folklore,
    /// Policy files, as they lie in SYSVOL, in backups and in git.
    Policy,
}

/// Which machines a rule is about. A rule is not run on others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Every machine.
    Any,
    /// Machines with the session host role.
    SessionHost,
    /// Machines with the license server role.
    LicenseServer,
    /// Machines with a client license store.
    Client,
    /// Machines judged as golden images (`--profile image`).
    Image,
    /// Policy files (`Registry.pol`), not what a machine made of them.
    PolicyFile,
    /// All machines of a run together.
    Fleet,
}

/// Where a rule's fact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// What it is: an article's title, a specification's section, a measured file.
    pub title: &'static str,
    /// Its public address; empty where it has none.
    pub url: &'static str,
}

/// What a check returns: findings (none when all is well), or what it would have needed.
pub type Outcome = Result<Vec<Finding>, Unknown>;

/// How a rule looks.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// At one machine.
    Machine(fn(&Machine<'_>) -> Outcome),
    /// At all machines of a run.
    Fleet(fn(&[&Traits]) -> Outcome),
}

/// A rule of the catalog.
#[derive(Debug, Serialize)]
pub struct Rule {
    /// `RDSL-nnn`. Never reused.
    pub id: &'static str,
    /// The name of the rule and of its file, in words: `mode-not-configured`.
    pub name: &'static str,
    /// Earlier ids and names.
    pub aliases: &'static [&'static str],
    /// One line for lists.
    pub title: &'static str,
    /// The family.
    pub family: Family,
    /// The highest severity that it gives.
    pub severity: Severity,
    /// The confidence of its findings, unless a finding says otherwise.
    pub confidence: Confidence,
    /// Which machines it is about.
    pub scope: Scope,
    /// Which Windows versions, in words; `all` for every one.
    pub products: &'static str,
    /// What it needs to see, in words, one phrase for each place.
    pub needs: &'static [&'static str],
    /// The repair recipe that mends it, where there is one.
    pub recipe: Option<&'static str>,
    /// Where the facts come from.
    pub sources: &'static [Source],
    /// The check.
    #[serde(skip)]
    pub check: Check,
}

impl Rule {
    /// The rule's page.
    #[must_use]
    pub fn doc(&self) -> &'static RuleDoc {
        doc::of(self.name)
    }

    /// True where this is the rule's id, name or an alias, in any case.
    #[must_use]
    pub fn answers_to(&self, text: &str) -> bool {
        [self.id, self.name].iter().chain(self.aliases).any(|name| name.eq_ignore_ascii_case(text))
    }

    /// A finding of this rule, with its default severity and confidence.
    #[must_use]
    pub fn finding(&'static self, title: impl Into<String>) -> Finding {
        Finding::new(self, title.into())
    }
}

/// The rule with this id, name or alias.
#[must_use]
pub fn by_name(text: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.answers_to(text))
}

/// Every rule, by id.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    CATALOG.iter().copied()
}

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
