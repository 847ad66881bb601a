//! Judging: the catalog run over machines.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use rds_formats::Signatures;
use serde::Serialize;
use snapshot::{ControlSets, FileTime, Note, Origin, OriginKind, Snapshot, Unread};

use crate::answer::Answer;
use crate::baseline::{Baseline, Comparison, Identity, MachineComparison};
use crate::decisions::{Decisions, UsedConfiguration};
use crate::evidence::{Need, Unknown};
use crate::examined::Examined;
use crate::knowledge::products::KNOWN_UNTIL;
use crate::model::{
    self, ClientStores, FleetKey, Grace, HostCertificates, LicenseServer, LicensingMode, Machine, Product,
    Profile, ReportedFact, Role, ServerEntry, Setting, UnansweredQuery,
};
use crate::rules::{self, Family, Finding, Rule, Scope, Severity};

/// The schema of [`Report`] in JSON.
pub const REPORT_SCHEMA: &str = "rdscal.report/1";

/// The rule on a host that accepts no connections at all.
const REFUSES: &str = "connections-refused";

/// The rule on missing security updates.
const MISSING_FIX: &str = "license-server-unpatched";

/// How to judge.
#[derive(Clone, Debug)]
pub struct Options {
    /// Judge as of this time, where the snapshot does not say when it was made.
    pub now: FileTime,
    /// Judge as of this time, regardless of the time in the snapshot.
    pub at: Option<FileTime>,
    /// What the machines are.
    pub profile: Profile,
    /// Only these rules (ids, names or aliases); all where empty.
    pub only: Vec<String>,
    /// Not these rules.
    pub ignore: Vec<String>,
    /// Compare machines of one group only ([`FleetKey::group`]), even in one domain.
    pub separate_groups: bool,
    /// Keep everything that was decoded, for showing; a judgment alone needs little of it.
    pub details: bool,
    /// Severities and acceptances of a configuration.
    pub decisions: Arc<Decisions>,
    /// An earlier report to compare with.
    pub baseline: Option<Arc<Baseline>>,
    /// What was computed of signatures; clones of the options share it.
    pub signatures: Signatures,
}

impl Options {
    /// Every rule, as of this time.
    #[must_use]
    pub fn at(now: FileTime) -> Self {
        Self {
            now,
            at: None,
            profile: Profile::Auto,
            only: Vec::new(),
            ignore: Vec::new(),
            separate_groups: false,
            details: false,
            decisions: Arc::default(),
            baseline: None,
            signatures: Signatures::default(),
        }
    }

    /// The day on which the report is made, by which acceptances expire. A snapshot may be older.
    fn today(&self) -> FileTime {
        self.at.unwrap_or(self.now)
    }

    pub(crate) fn wants(&self, rule: &Rule) -> bool {
        let named = |list: &[String]| list.iter().any(|name| rule.answers_to(name));
        (self.only.is_empty() || named(&self.only)) && !named(&self.ignore)
    }
}

/// A rule that could not answer.
#[derive(Clone, Debug, Serialize)]
pub struct UndecidedRule {
    /// Its id.
    pub rule: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it would need.
    pub needs: Vec<Need>,
}

/// Whether the rules that the user selected (`only`) say anything about a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// At least one applies, or none was selected.
    Applies,
    /// No selected rule applies, so that the machine is not judged.
    AppliesToNothing,
}

/// One machine, judged.
#[derive(Debug, Serialize)]
pub struct MachineReport {
    /// Where the snapshot came from.
    pub source: Origin,
    /// The computer's name.
    pub name: Option<String>,
    /// What distinguishes it from other machines of its name.
    pub identity: Identity,
    /// Judged as of this time.
    pub judged_at: FileTime,
    /// Roles that it holds for certain.
    pub roles: Vec<Role>,
    /// Product, version, build.
    pub product: Product,
    /// How `CurrentControlSet` was resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_sets: Option<ControlSets>,
    /// The settings, with who wins.
    pub settings: Settings,
    /// The grace period, where the machine is a session host or has a record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace: Option<Grace>,
    /// Everything else that was decoded, where it was asked for.
    #[serde(flatten)]
    pub details: Option<Details>,
    /// Facts that the running machine reported beside its registry.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reported: Vec<ReportedFact>,
    /// Queries that it did not answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unanswered: Vec<UnansweredQuery>,
    /// Whether licensing works, and until when.
    pub answer: Answer,
    /// What was found, the worst first.
    pub findings: Vec<Finding>,
    /// What was found and is accepted, so that it does not count; the worst first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<Finding>,
    /// How it compares with the baseline of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<MachineComparison>,
    /// Rules that could not answer.
    pub unknown: Vec<UndecidedRule>,
    /// Keys that could not be read.
    pub unread: Vec<Unread>,
    /// What else a reader should know.
    pub notes: Vec<Note>,
    /// How many rules looked at the machine and found nothing.
    pub passed: usize,
    /// Whether a selected rule applies to the machine.
    #[serde(skip)]
    pub selection: Selection,
    /// What the source can show about licensing, and what of it was lost.
    #[serde(flatten)]
    pub examined: Examined,
    /// What the fleet rules compare.
    #[serde(skip)]
    pub fleet_key: FleetKey,
}

/// The settings of one machine.
#[derive(Debug, Serialize)]
pub struct Settings {
    /// Licensing mode.
    pub licensing_mode: Setting<LicensingMode>,
    /// License servers.
    pub license_servers: Setting<Vec<ServerEntry>>,
}

/// Decoded facts of one machine, for showing.
#[derive(Debug, Serialize)]
pub struct Details {
    /// The session host's certificates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificates: Option<HostCertificates>,
    /// The client's license stores.
    pub client: ClientStores,
    /// The license server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license_server: Option<LicenseServer>,
}

impl MachineReport {
    /// The worst severity found; `None` where nothing was.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// True if the source is complete and contains none of the keys that licensing uses. An event log
    /// contains no keys.
    #[must_use]
    pub fn has_no_licensing_keys(&self) -> bool {
        self.examined.is_complete
            && !self.examined.holds_licensing_keys
            && self.findings.is_empty()
            && self.accepted.is_empty()
            && self.source.kind != OriginKind::EventLogs
    }
}

impl AsRef<FleetKey> for MachineReport {
    fn as_ref(&self) -> &FleetKey {
        &self.fleet_key
    }
}

/// Everything of one run.
///
/// `M` is what is held of each machine: all of it, or, where the rest has been passed on already, as little
/// as a [`MachineSummary`](crate::MachineSummary).
#[derive(Debug, Serialize)]
pub struct Report<M = MachineReport> {
    /// [`REPORT_SCHEMA`].
    pub schema: &'static str,
    /// Program and version.
    pub tool: &'static str,
    /// When the run was.
    pub judged_at: FileTime,
    /// The date of the tables of fixes; later ones are not known.
    pub known_until: &'static str,
    /// Each machine.
    pub machines: Vec<M>,
    /// What the machines together show.
    pub fleet_findings: Vec<Finding>,
    /// What they show and is accepted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fleet_accepted: Vec<Finding>,
    /// Fleet rules that could not answer.
    pub fleet_unknown: Vec<UndecidedRule>,
    /// Sources, or parts of them, that could not be read.
    pub problems: Vec<UnreadSource>,
    /// The configuration that took part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configuration: Option<UsedConfiguration>,
    /// How the run compares with its baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Comparison>,
}

/// A source, or a part of one, that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnreadSource {
    /// The place as named or found.
    pub source: String,
    /// What went wrong, and what to do, in a sentence.
    pub message: String,
}

impl<M: AsRef<FleetKey>> Report<M> {
    /// Puts the machines together and runs the fleet rules over them.
    #[must_use]
    pub fn new(machines: Vec<M>, problems: Vec<UnreadSource>, options: &Options) -> Self {
        let keys: Vec<_> = machines.iter().map(AsRef::as_ref).collect();
        let FleetJudgment { findings, accepted, unknown } = judge_fleet(&keys, options);
        Self {
            schema: REPORT_SCHEMA,
            tool: concat!("rdscal ", env!("CARGO_PKG_VERSION")),
            judged_at: options.today(),
            known_until: KNOWN_UNTIL,
            machines,
            fleet_findings: findings,
            fleet_accepted: accepted,
            fleet_unknown: unknown,
            problems,
            configuration: options.decisions.used(),
            baseline: None,
        }
    }
}

impl<M> Report<M> {
    /// Compares with the baseline of the options. `part` returns what is known of a machine.
    pub fn compare<'m>(
        &'m mut self,
        options: &Options,
        part: impl Fn(&'m M) -> Option<&'m MachineComparison>,
    ) {
        let Some(baseline) = &options.baseline else { return };
        let compared = self.machines.iter().filter_map(part);
        self.baseline = Some(baseline.summarize(
            &mut self.fleet_findings,
            &mut self.fleet_accepted,
            &self.fleet_unknown,
            options,
            compared,
        ));
    }

    /// The same report with this in place of the machines.
    #[must_use]
    pub fn with<N>(&self, machines: Vec<N>) -> Report<N> {
        Report {
            schema: self.schema,
            tool: self.tool,
            judged_at: self.judged_at,
            known_until: self.known_until,
            machines,
            fleet_findings: self.fleet_findings.clone(),
            fleet_accepted: self.fleet_accepted.clone(),
            fleet_unknown: self.fleet_unknown.clone(),
            problems: self.problems.clone(),
            configuration: self.configuration.clone(),
            baseline: self.baseline.clone(),
        }
    }
}

/// Judges one machine.
#[must_use]
pub fn judge(snapshot: &Snapshot, options: &Options) -> MachineReport {
    let at = options.at.or(snapshot.captured_at).unwrap_or(options.now);
    let machine = Machine::with_signatures(snapshot, at, options.profile, options.signatures.clone());
    let mut findings = Vec::new();
    let mut unknown = Vec::new();
    let mut passed = 0;
    for rule in rules::all().filter(|rule| options.wants(rule)) {
        let Some(check) = rule.check.machine() else { continue };
        let outcome = match in_scope(rule, &machine) {
            Ok(true) => check(&machine),
            Ok(false) => continue,
            Err(unknown) => Err(unknown),
        };
        match outcome {
            Ok(found) if found.is_empty() => passed += 1,
            Ok(found) => findings.extend(found),
            Err(Unknown { needs }) => unknown.push(UndecidedRule { rule: rule.id, title: rule.title, needs }),
        }
    }
    let roles: Vec<_> = machine.roles().held().collect();
    let fleet_key = FleetKey::of(&machine, &roles);
    let (mut findings, mut accepted) = options.decisions.apply(findings, &[&fleet_key], options.today());
    let order = |finding: &Finding| (Reverse(finding.severity), distance(finding));
    findings.sort_by_key(order);
    accepted.sort_by_key(order);
    let grace = machine.grace();
    let is_judged = options.only.is_empty() || passed > 0 || !findings.is_empty() || !unknown.is_empty();
    let has_fleet_rule = rules::all().any(|rule| options.wants(rule) && rule.check.fleet().is_some());
    let grace_matters = grace.key.is_some() || roles.contains(&Role::SessionHost);
    let details = options.details.then(|| Details {
        certificates: machine.host_certificates().ok().flatten().cloned(),
        client: machine.client_stores().clone(),
        license_server: machine.license_server().ok().flatten(),
    });
    let mut report = MachineReport {
        identity: Identity::of(&fleet_key),
        source: snapshot.origin.clone(),
        name: machine.name(),
        judged_at: at,
        examined: Examined::of(snapshot),
        fleet_key,
        roles,
        product: machine.product().clone(),
        control_sets: snapshot.control_sets.clone(),
        settings: Settings {
            licensing_mode: machine.licensing_mode().clone(),
            license_servers: machine.license_servers().clone(),
        },
        grace: grace_matters.then_some(grace),
        details,
        reported: model::reported(snapshot),
        unanswered: model::unanswered(snapshot),
        answer: Answer::of(&machine),
        findings,
        accepted,
        baseline: None,
        unknown,
        unread: snapshot.unread.clone(),
        notes: snapshot.notes.clone(),
        selection: if is_judged || has_fleet_rule { Selection::Applies } else { Selection::AppliesToNothing },
        passed,
    };
    if let Some(baseline) = &options.baseline {
        report.baseline = Some(baseline.compare(&mut report, options));
    }
    report
}

fn in_scope(rule: &Rule, machine: &Machine<'_>) -> Result<bool, Unknown> {
    // It needs no license server, so a fault in its list has no effect.
    if machine.product().is_multi_session_client() && rule.family() == Family::Servers {
        return Ok(false);
    }
    if rule.in_service && machine.profile() == Profile::Image {
        return Ok(false);
    }
    match rule.scope {
        Scope::Any => Ok(true),
        Scope::SessionHost => machine.roles().holds(Role::SessionHost),
        Scope::LicenseServer => machine.roles().holds(Role::LicenseServer),
        Scope::Client => machine.roles().holds(Role::Client),
        Scope::Image => Ok(machine.profile() == Profile::Image),
        Scope::PolicyFile => Ok(machine.snapshot().origin.kind == OriginKind::Policy),
        Scope::Fleet => Ok(false),
    }
}

/// How the findings of a machine changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// Found before, and not any more: rule and title.
    pub fixed: Vec<String>,
    /// Not found before.
    pub new: Vec<String>,
    /// How many were found before and are now.
    pub still: usize,
}

impl Compared {
    /// Compares two judgments of one machine.
    #[must_use]
    pub fn between(before: &MachineReport, after: &MachineReport) -> Self {
        let named = |report: &MachineReport| -> Vec<String> {
            report.findings.iter().map(|finding| format!("{} {}", finding.rule.id, finding.title)).collect()
        };
        let (was, is) = (named(before), named(after));
        Self {
            fixed: was.iter().filter(|rule| !is.contains(rule)).cloned().collect(),
            new: is.iter().filter(|rule| !was.contains(rule)).cloned().collect(),
            still: is.iter().filter(|rule| was.contains(rule)).count(),
        }
    }
}

/// What several machines show together.
#[derive(Debug, Default)]
pub struct FleetJudgment {
    /// What counts, the worst first.
    pub findings: Vec<Finding>,
    /// What is accepted.
    pub accepted: Vec<Finding>,
    /// Rules that could not answer.
    pub unknown: Vec<UndecidedRule>,
}

/// How far a finding is from the reason for which users are refused. Among findings of the same severity the
/// nearest comes first, since the verdict names it.
fn distance(finding: &Finding) -> u8 {
    match finding.rule.name {
        REFUSES => 0,
        // A missing fix hinders no user.
        MISSING_FIX => 3,
        _ if matches!(finding.rule.family(), Family::Mode | Family::Servers | Family::Grace) => 1,
        _ => 2,
    }
}

/// Runs the rules that compare machines.
#[must_use]
pub fn judge_fleet(machines: &[&FleetKey], options: &Options) -> FleetJudgment {
    let (findings, unknown) = compare(machines, options);
    let (mut findings, mut accepted) = options.decisions.apply(findings, machines, options.today());
    findings.sort_by_key(|finding| Reverse(finding.severity));
    accepted.sort_by_key(|finding| Reverse(finding.severity));
    FleetJudgment { findings, accepted, unknown }
}

fn compare(machines: &[&FleetKey], options: &Options) -> (Vec<Finding>, Vec<UndecidedRule>) {
    let mut findings = Vec::new();
    let mut unknown = Vec::new();
    if machines.len() < 2 {
        return (findings, unknown);
    }
    if options.separate_groups {
        let mut groups: BTreeMap<&str, Vec<&FleetKey>> = BTreeMap::new();
        for machine in machines {
            groups.entry(&machine.group).or_default().push(machine);
        }
        let together = Options { separate_groups: false, ..options.clone() };
        for group in groups.into_values() {
            let (found, open) = compare(&group, &together);
            findings.extend(found);
            unknown.extend(open);
        }
        unknown.sort_by_key(|open: &UndecidedRule| open.rule);
        unknown.dedup_by_key(|open| open.rule);
        return (findings, unknown);
    }
    for rule in rules::all().filter(|rule| options.wants(rule)) {
        let Some(check) = rule.check.fleet() else { continue };
        match check(machines) {
            Ok(found) => findings.extend(found),
            Err(Unknown { needs }) => unknown.push(UndecidedRule { rule: rule.id, title: rule.title, needs }),
        }
    }
    (findings, unknown)
}
