//! Computes which object wins on a computer, and why. Pure.
//!
//! [MS-GPOL] 3.2.5.1: links are collected from the nearest organizational unit up to the domain, then from
//! the site. Links that are not enforced are applied from the farthest to the nearest, so that the nearest
//! wins; above a unit that blocks inheritance only enforced links apply. Enforced links are applied last,
//! from the nearest to the farthest, so that the farthest wins. Within one scope the link with the lowest
//! link order wins.
//!
//! An object is skipped if its half is disabled, if its version is 0, or if the computer does not have the
//! right to apply it. A WMI filter is evaluated on the computer itself, so its result is unknown here.

use nt::security::Sid;
use serde::Serialize;

use crate::object::{Half, HalfVersion, ObjectKind, PolicyObject, ValueAction};
use crate::pol::known_values;

/// A scope of management: a site, a domain, an organizational unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// Its name, as a path from the domain's name down: `corp.example/Servers/RDSH`; for a site the site's
    /// name.
    pub path: String,
    /// Its kind.
    pub kind: ScopeKind,
    /// True if it blocks inheritance; `None` if not known.
    pub blocks_inheritance: Option<bool>,
    /// The links of this scope.
    pub links: Vec<Link>,
}

/// The kind of a scope of management.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeKind {
    /// An organizational unit.
    Unit,
    /// A domain.
    Domain,
    /// A site.
    Site,
}

/// A link from a scope to an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The object's GUID, in braces and capitals.
    pub object: String,
    /// False if the link is disabled.
    pub enabled: bool,
    /// True if the link is enforced and cannot be blocked.
    pub enforced: bool,
    /// The link order: 1 wins over 2; `None` if not known.
    pub order: Option<u32>,
}

/// A computer with its scopes and SIDs.
#[derive(Clone, Debug)]
pub struct Computer {
    /// Its name; `None` for any computer in the unit.
    pub name: Option<String>,
    /// Its scopes, the nearest first; the domain after the units, and the site last.
    pub scopes: Vec<Scope>,
    /// Its own SID and those of its groups; `None` if not known.
    pub token: Option<Vec<Sid>>,
    /// Assumptions that were made.
    pub assumptions: Vec<String>,
}

/// The effect of the objects on a computer.
#[derive(Clone, Debug, Serialize)]
pub struct Resolution {
    /// The computer's name.
    pub computer: Option<String>,
    /// The organizational unit of the computer.
    pub unit: Option<String>,
    /// The scopes, the nearest first.
    pub scopes: Vec<Scope>,
    /// Assumptions that were made.
    pub assumptions: Vec<String>,
    /// Every licensing value that an object sets or deletes.
    pub values: Vec<ResolvedValue>,
}

/// The result for one value.
#[derive(Clone, Debug, Serialize)]
pub struct ResolvedValue {
    /// Its name.
    pub name: String,
    /// The data; `None` if it is not set.
    pub data: Option<String>,
    /// The meaning of the data.
    pub meaning: Option<String>,
    /// False if an unknown WMI filter, link order or descriptor could change the result.
    pub certain: bool,
    /// Every linked object that sets or deletes it, the one with the highest precedence first.
    pub candidates: Vec<Candidate>,
}

/// An object that sets or deletes a value.
#[derive(Clone, Debug, Serialize)]
pub struct Candidate {
    /// The object's name.
    pub object: String,
    /// Its GUID.
    pub id: Option<String>,
    /// The scope to which it is linked.
    pub scope: String,
    /// Its effect on the value.
    pub action: ValueAction,
    /// The data.
    pub data: String,
    /// Its standing.
    pub standing: Standing,
    /// The reason for the standing.
    pub reason: String,
}

/// The standing of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is in force.
    Wins,
    /// It would win if a condition holds that is not known here.
    Conditional,
    /// It is applied, but another one is in force.
    Overridden,
    /// It is not applied.
    NotApplied,
}

/// One link, in the order of precedence.
struct Step<'o> {
    object: &'o PolicyObject,
    scope: &'o Scope,
    link: &'o Link,
    /// Why it is not applied.
    out: Option<String>,
    /// A condition that is not known.
    condition: Option<String>,
}

/// Computes the effect of the objects on the computer.
#[must_use]
pub fn resolve(objects: &[PolicyObject], computer: Computer) -> Resolution {
    let steps = steps(objects, &computer);
    let names = known_values().map(|row| row.name);
    let values = names.filter_map(|name| value(name, &steps)).collect();
    let mut assumptions = computer.assumptions;
    let missing = computer
        .scopes
        .iter()
        .flat_map(|scope| &scope.links)
        .filter(|link| object(objects, &link.object).is_none());
    let mut missing: Vec<_> = missing.map(|link| link.object.clone()).collect();
    missing.sort();
    missing.dedup();
    if !missing.is_empty() {
        assumptions.push(format!("linked objects that could not be read here: {}", missing.join(", ")));
    }
    Resolution {
        computer: computer.name,
        unit: computer.scopes.first().map(|scope| scope.path.clone()),
        scopes: computer.scopes,
        assumptions,
        values,
    }
}

/// The object with this GUID: that of SYSVOL, or else the newest backup.
fn object<'o>(objects: &'o [PolicyObject], id: &str) -> Option<&'o PolicyObject> {
    let alike =
        objects.iter().filter(|object| object.id.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(id)));
    alike.max_by_key(|object| {
        let time = object.backup.as_ref().and_then(|backup| backup.time.clone());
        (!object.files.is_empty(), object.kind == ObjectKind::Sysvol, time)
    })
}

/// Every link whose object was read, the one with the highest precedence first.
fn steps<'o>(objects: &'o [PolicyObject], computer: &'o Computer) -> Vec<Step<'o>> {
    let (mut enforced, mut others) = (Vec::new(), Vec::new());
    let mut blocked: Option<&Scope> = None;
    for scope in &computer.scopes {
        let mut links: Vec<&Link> = scope.links.iter().collect();
        links.sort_by_key(|link| link.order.unwrap_or(u32::MAX));
        let unordered = links.iter().filter(|link| link.order.is_none()).count() > 1;
        let mut forced = Vec::new();
        for link in links {
            let Some(object) = object(objects, &link.object) else { continue };
            let out = if !link.enabled {
                Some(format!("its link to {} is disabled", scope.path))
            } else if let Some(blocking) = blocked.filter(|_| !link.enforced) {
                Some(format!("{} blocks inheritance, and the link is not enforced", blocking.path))
            } else {
                denied(object, computer)
            };
            let mut condition = condition(object, computer);
            if unordered {
                condition = condition
                    .or_else(|| Some(format!("the order of the links to {} is not known here", scope.path)));
            }
            let step = Step { object, scope, link, out, condition };
            if link.enforced { forced.push(step) } else { others.push(step) }
        }
        // Among enforced links the farthest wins; within one scope the link order applies as usual.
        forced.append(&mut enforced);
        enforced = forced;
        if blocked.is_none() && scope.blocks_inheritance == Some(true) {
            blocked = Some(scope);
        }
    }
    enforced.append(&mut others);
    enforced
}

/// Why an object is not applied at all, or not to this computer.
fn denied(object: &PolicyObject, computer: &Computer) -> Option<String> {
    if object.machine_disabled == Some(true) {
        return Some("its half for computers is disabled".to_owned());
    }
    if object.machine_version.is_some_and(is_zero) {
        return Some("its version for computers is 0: clients take it for empty".to_owned());
    }
    if object.registry_extension == Some(false) {
        return Some(
            "it does not list the registry extension, so clients do not read its Registry.pol".to_owned(),
        );
    }
    match (&object.filtering, &computer.token) {
        (Some(filtering), Some(token)) if !filtering.applies_to(token) => {
            let of = |list: &[crate::Trustee]| {
                list.iter().map(|one| one.shown().to_owned()).collect::<Vec<_>>().join(", ")
            };
            Some(match (filtering.allowed.is_empty(), filtering.denied.is_empty()) {
                (true, _) => "no account has the right to apply it".to_owned(),
                (false, true) => format!("it applies only to {}", of(&filtering.allowed)),
                (false, false) => {
                    format!(
                        "it applies only to {}, and not to {}",
                        of(&filtering.allowed),
                        of(&filtering.denied)
                    )
                }
            })
        }
        _ => None,
    }
}

fn is_zero(version: HalfVersion) -> bool {
    matches!((version.directory, version.sysvol), (Some(0), Some(0) | None) | (None, Some(0)))
}

/// The unknown condition on which the application of an object depends.
fn condition(object: &PolicyObject, computer: &Computer) -> Option<String> {
    if let Some(Some(filter)) = &object.wmi_filter {
        return Some(format!("its WMI filter “{filter}” is evaluated on the computer itself"));
    }
    // If every authenticated account has the right, the computer's SIDs do not matter.
    let for_all = |filtering: &crate::Filtering| {
        filtering.denied.is_empty()
            && filtering.allowed.iter().any(|one| one.sid == "S-1-5-11" || one.sid == "S-1-1-0")
    };
    match (&object.filtering, &computer.token) {
        (Some(filtering), None) if !for_all(filtering) => {
            let allowed: Vec<_> = filtering.allowed.iter().map(crate::Trustee::shown).collect();
            Some(format!(
                "it applies only to {}, and the groups of the computer are not known here",
                allowed.join(", ")
            ))
        }
        _ => None,
    }
}

/// The result for a value; `None` if no linked object sets or deletes it.
fn value(name: &str, steps: &[Step<'_>]) -> Option<ResolvedValue> {
    let mut resolved = ResolvedValue {
        name: name.to_owned(),
        data: None,
        meaning: None,
        certain: true,
        candidates: Vec::new(),
    };
    let named: Vec<_> = steps.iter().filter_map(|step| Some((step, said(step.object, name)?))).collect();
    let mut winner: Option<&Step<'_>> = None;
    for (index, (step, (action, data, meaning))) in named.iter().enumerate() {
        let below = named.get(index + 1..).unwrap_or_default();
        let (standing, reason) = match (&step.out, winner, &step.condition) {
            (Some(out), ..) => (Standing::NotApplied, out.clone()),
            (None, Some(winner), _) => (Standing::Overridden, overridden(step, winner)),
            (None, None, _)
                if *action == ValueAction::SetIfAbsent
                    && below.iter().any(|(step, said)| step.out.is_none() && said.0 == ValueAction::Set) =>
            {
                (
                    Standing::Overridden,
                    "it sets the value only where there is none, and another object sets it".to_owned(),
                )
            }
            (None, None, Some(condition)) => {
                resolved.certain = false;
                (Standing::Conditional, condition.clone())
            }
            (None, None, None) => {
                winner = Some(step);
                if *action != ValueAction::Delete {
                    (resolved.data, resolved.meaning) = (Some(data.clone()), meaning.clone());
                }
                (Standing::Wins, wins(step))
            }
        };
        resolved.candidates.push(Candidate {
            object: step.object.label().to_owned(),
            id: step.object.id.clone(),
            scope: step.scope.path.clone(),
            action: *action,
            data: data.clone(),
            standing,
            reason,
        });
    }
    (!resolved.candidates.is_empty()).then_some(resolved)
}

type Said = (ValueAction, String, Option<String>);

/// The effect of an object on a value of the computer's half.
fn said(object: &PolicyObject, name: &str) -> Option<Said> {
    if let Some(value) = object.values(Half::Machine).find(|value| value.name == name) {
        return Some((value.action, value.data.clone(), value.meaning.clone()));
    }
    let deletes = object.files.iter().any(|file| file.half == Half::Machine && file.deletes_others);
    deletes.then(|| (ValueAction::Delete, String::new(), None))
}

fn wins(step: &Step<'_>) -> String {
    let order = step.link.order.map(|order| format!(", link order {order}")).unwrap_or_default();
    if step.link.enforced {
        format!("enforced at {}{order}", step.scope.path)
    } else {
        format!("linked to {}{order}", step.scope.path)
    }
}

fn overridden(step: &Step<'_>, winner: &Step<'_>) -> String {
    let name = winner.object.label();
    match (winner.link.enforced, step.link.enforced) {
        (true, false) => format!("“{name}” is enforced at {}", winner.scope.path),
        (true, true) if winner.scope.path != step.scope.path => {
            format!("“{name}” is enforced farther up, at {}", winner.scope.path)
        }
        _ if winner.scope.path == step.scope.path => {
            let order = winner.link.order.map_or("a lower number".to_owned(), |order| order.to_string());
            format!("“{name}” is linked to the same place with link order {order}")
        }
        _ => format!("“{name}” is linked nearer, to {}", winner.scope.path),
    }
}

/// The scopes of a unit, from the objects' own reports: no site, no blocked inheritance, no link order.
#[must_use]
pub fn offline(objects: &[PolicyObject], unit: &str) -> Computer {
    let unit = canonical(unit);
    let mut scopes = Vec::new();
    let mut path = unit.as_str();
    loop {
        let links = objects.iter().filter_map(|object| {
            let id = object.id.clone()?;
            // Only the newest of several backups contains the current links.
            let newest = self::object(objects, &id)?;
            let link = newest.links.iter().flatten().find(|link| link.path.eq_ignore_ascii_case(path))?;
            Some(Link { object: id, enabled: link.enabled, enforced: link.enforced, order: link.order })
        });
        let mut links: Vec<Link> = links.collect();
        links.dedup_by(|a, b| a.object == b.object);
        let above = path.rsplit_once('/').map(|(above, _)| above);
        let kind = if above.is_some() { ScopeKind::Unit } else { ScopeKind::Domain };
        scopes.push(Scope { path: path.to_owned(), kind, blocks_inheritance: None, links });
        match above {
            Some(above) => path = above,
            None => break,
        }
    }
    let mut assumptions = vec![
        "the links are those of the objects' reports, at the time of the backup".to_owned(),
        "no unit blocks inheritance, and no object is linked to the site".to_owned(),
    ];
    let silent: Vec<_> = objects
        .iter()
        .filter(|object| object.links.is_none() && object.concerns_licensing())
        .map(|object| format!("“{}”", object.label()))
        .collect();
    if !silent.is_empty() {
        assumptions.push(format!(
            "the links of these objects are not known, so they are left out: {}",
            silent.join(", ")
        ));
    }
    Computer { name: None, scopes, token: None, assumptions }
}

/// Converts a distinguished name to a path from the domain's name down; a path is unchanged.
#[must_use]
pub fn canonical(name: &str) -> String {
    let parts: Vec<_> = split_dn(name);
    if !name.contains('=') || parts.is_empty() {
        return name.trim_matches('/').to_owned();
    }
    let mut domain = Vec::new();
    let mut units = Vec::new();
    for part in parts {
        let Some((kind, value)) = part.split_once('=') else { continue };
        let value = value.replace('\\', "");
        if kind.trim().eq_ignore_ascii_case("DC") { domain.push(value) } else { units.push(value) }
    }
    units.push(domain.join("."));
    units.reverse();
    units.join("/")
}

/// The RDNs of a distinguished name; a comma after a backslash belongs to a value.
pub(crate) fn split_dn(name: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (index, c) in name.char_indices() {
        if c == ',' && !escaped {
            parts.push(name.get(start..index).unwrap_or_default());
            start = index + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    parts.push(name.get(start..).unwrap_or_default());
    parts
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
