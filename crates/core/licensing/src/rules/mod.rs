//! The rules: one folder each, `<family>/<rule>/`.
//!
//! A rule is a [`Rule`] constant with a check that returns findings, nothing, or [`Unknown`]. The doc comment
//! at the top of its `mod.rs` has fixed headings and is the rule's page: `build.rs` collects it, so that
//! `rdscal explain`, the reports and the documentation show the same text. The other files of the folder are
//! test machines (`fires*.reg`, `silent*.reg`, `unknown*.reg`) and what the rule needs to see (`needs.txt`).

mod certificates;
mod client;
mod directory;
mod doc;
mod events;
mod finding;
mod fleet;
mod folklore;
mod grace;
mod image;
mod license_server;
mod mode;
mod outcome;
mod policy;
mod prelude;
mod servers;
mod shared;
mod topics;
mod words;

use serde::{Deserialize, Serialize};

use crate::evidence::Unknown;
use crate::knowledge::Source;
use crate::model::FleetKey;
use crate::model::Machine;

use doc::Page;
pub use doc::RuleDoc;
pub use finding::{Finding, RepairCommand};
pub use topics::explain;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing needs to be done.
    Info,
    /// Works, but may fail later or is not what was intended.
    Warning,
    /// Something does not work.
    Error,
    /// Users are locked out, or will be.
    Critical,
}

/// How certain the findings of a rule are.
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

/// What a rule is about: the folder that holds the rule's folder.
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
    /// Policy files, as found in SYSVOL, in backups and in git.
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

/// What a check returns: findings (none when all is well), or what it would have needed.
pub type Outcome = Result<Vec<Finding>, Unknown>;

/// What a rule checks.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// One machine.
    Machine(fn(&Machine<'_>) -> Outcome),
    /// All machines of a run.
    Fleet(fn(&[&FleetKey]) -> Outcome),
    /// Each machine by what it shows alone, and a session host together with the license server that it
    /// lists.
    Both(fn(&Machine<'_>) -> Outcome, fn(&[&FleetKey]) -> Outcome),
}

impl Check {
    /// The check of one machine.
    #[must_use]
    pub fn machine(self) -> Option<fn(&Machine<'_>) -> Outcome> {
        match self {
            Self::Machine(check) | Self::Both(check, _) => Some(check),
            Self::Fleet(_) => None,
        }
    }

    /// The check of all machines of a run.
    #[must_use]
    pub fn fleet(self) -> Option<fn(&[&FleetKey]) -> Outcome> {
        match self {
            Self::Fleet(check) | Self::Both(_, check) => Some(check),
            Self::Machine(_) => None,
        }
    }
}

/// A rule of the catalog.
#[derive(Debug)]
pub struct Rule {
    /// `RDSL-nnn`. Never reused.
    pub id: &'static str,
    /// The name in kebab-case. The folder has it in snake_case.
    pub name: &'static str,
    /// Earlier ids and names.
    pub aliases: &'static [&'static str],
    /// One line for lists.
    pub title: &'static str,
    /// The highest severity of its findings.
    pub severity: Severity,
    /// The confidence of its findings, unless a finding has its own.
    pub confidence: Confidence,
    /// Which machines it is about.
    pub scope: Scope,
    /// Whether it is about a machine in service; such a rule does not run on an image that is prepared.
    pub in_service: bool,
    /// Which Windows versions, in words; `all` for every one.
    pub products: &'static str,
    /// The recipe that repairs it.
    pub recipe: Option<&'static str>,
    /// Where the facts come from.
    pub sources: &'static [Source],
    /// The check.
    pub check: Check,
}

impl Rule {
    /// What a rule about one machine does not say of itself.
    const fn machine(check: fn(&Machine<'_>) -> Outcome) -> Self {
        Self::base(Check::Machine(check))
    }

    /// What a rule about all machines of a run does not say of itself.
    const fn fleet(check: fn(&[&FleetKey]) -> Outcome) -> Self {
        Self { scope: Scope::Fleet, ..Self::base(Check::Fleet(check)) }
    }

    /// What a rule about one machine, or about a session host and its license server, does not say of itself.
    const fn both(machine: fn(&Machine<'_>) -> Outcome, fleet: fn(&[&FleetKey]) -> Outcome) -> Self {
        Self::base(Check::Both(machine, fleet))
    }

    const fn base(check: Check) -> Self {
        Self {
            id: "",
            name: "",
            aliases: &[],
            title: "",
            severity: Severity::Warning,
            confidence: Confidence::Medium,
            scope: Scope::Any,
            in_service: false,
            products: "all",
            recipe: None,
            sources: &[],
            check,
        }
    }

    /// The rule's page.
    #[must_use]
    pub fn doc(&self) -> &'static RuleDoc {
        &doc::of(self.name).doc
    }

    /// The family: the folder that holds the rule's folder.
    #[must_use]
    pub fn family(&self) -> Family {
        doc::of(self.name).family
    }

    /// What it needs to see, one phrase for each place: derived from its fixtures, see `needs.txt`.
    #[must_use]
    pub fn needs(&self) -> &'static [&'static str] {
        doc::of(self.name).needs
    }

    /// Whether this is the rule's id, name or an alias, in any case, with hyphens or underscores.
    #[must_use]
    pub fn answers_to(&self, text: &str) -> bool {
        let text = text.replace('_', "-");
        [self.id, self.name].iter().chain(self.aliases).any(|name| name.eq_ignore_ascii_case(&text))
    }

    /// A finding of this rule, with its default severity and confidence.
    #[must_use]
    pub fn finding(&'static self, title: impl Into<String>) -> Finding {
        Finding::new(self, &title.into())
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

/// A rule that is not in the catalog any more.
#[derive(Clone, Copy, Debug)]
pub struct RetiredRule {
    /// Its id, which no other rule gets.
    pub id: &'static str,
    /// Its name, which no other rule gets.
    pub name: &'static str,
    /// Why it was removed, as a sentence.
    pub reason: &'static str,
}

/// The retired rules, by id.
pub const RETIRED: &[RetiredRule] = &[
    retired("RDSL-014", "mode-held-by-policy", "Windows does not record the result of a refused change."),
    retired(
        "RDSL-079",
        "client-license-too-old",
        "A client does not record the version of the session host.",
    ),
    retired("RDSL-085", "client-license-not-renewed", UNRECORDED_REASON),
    retired("RDSL-086", "other-client-store", "These files are not in a registry; rdscal cal reads them."),
    retired("RDSL-110", "revocation-quota-spent", "Windows does not record the result of a revocation."),
    retired(
        "RDSL-120",
        "no-recent-backup",
        "Windows does not record which backups contain the license server.",
    ),
    retired("RDSL-122", "clearing-house-unreachable", "rdscal does not contact Microsoft."),
    retired("RDSL-153", "client-store-access-denied", UNRECORDED_REASON),
    retired("RDSL-154", "client-hardware-id-mismatch", UNRECORDED_REASON),
];

const UNRECORDED_REASON: &str =
    "The client's log does not contain extended disconnect reasons; RDSL-159 judges what it contains.";

const fn retired(id: &'static str, name: &'static str, reason: &'static str) -> RetiredRule {
    RetiredRule { id, name, reason }
}

/// The retired rule with this id or name.
#[must_use]
pub fn retired_by_name(text: &str) -> Option<&'static RetiredRule> {
    let text = text.replace('_', "-");
    RETIRED.iter().find(|rule| [rule.id, rule.name].iter().any(|name| name.eq_ignore_ascii_case(&text)))
}

/// A rule in JSON.
#[derive(Serialize)]
#[serde(rename = "Rule")]
struct Json<'a> {
    id: &'a str,
    name: &'a str,
    aliases: &'a [&'a str],
    title: &'a str,
    family: Family,
    severity: Severity,
    confidence: Confidence,
    scope: Scope,
    products: &'a str,
    needs: &'a [&'a str],
    recipe: Option<&'a str>,
    sources: &'a [Source],
}

impl Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Json {
            id: self.id,
            name: self.name,
            aliases: self.aliases,
            title: self.title,
            family: self.family(),
            severity: self.severity,
            confidence: self.confidence,
            scope: self.scope,
            products: self.products,
            needs: self.needs(),
            recipe: self.recipe,
            sources: self.sources,
        }
        .serialize(serializer)
    }
}

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
