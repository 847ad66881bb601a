#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use sources::PolicyContent;

use super::*;
use crate::{Filtering, PolicyFormat, pol};

const KEY: &str = r"SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services";

/// An object that sets the licensing mode.
fn object(name: &str, mode: u32) -> PolicyObject {
    let mut file = regtext::pol::PolicyFile::new();
    file.set(KEY, "LicensingMode", 4, &mode.to_le_bytes()).unwrap();
    with(name, &file)
}

fn with(name: &str, file: &regtext::pol::PolicyFile) -> PolicyObject {
    let mut object = PolicyObject::at(ObjectKind::Sysvol, name.to_owned());
    object.id = Some(name.to_uppercase());
    object.name = Some(name.to_owned());
    let content = PolicyContent::decode(&file.to_bytes(), false);
    let path = format!("{name}/Registry.pol");
    object.files.push(pol::read(path, Half::Machine, PolicyFormat::RegistryPol, content));
    object
}

fn link(object: &str, order: u32) -> Link {
    Link { object: object.to_uppercase(), enabled: true, enforced: false, order: Some(order) }
}

fn enforced(object: &str, order: u32) -> Link {
    Link { enforced: true, ..link(object, order) }
}

fn scope(path: &str, kind: ScopeKind, links: Vec<Link>) -> Scope {
    Scope { path: path.to_owned(), kind, blocks_inheritance: Some(false), links }
}

/// A computer in `corp/Servers/RDSH`, with the links of the unit, its parent, the domain and the site.
fn computer([near, far, domain, site]: [Vec<Link>; 4]) -> Computer {
    Computer {
        name: Some("RDSH01".to_owned()),
        scopes: vec![
            scope("corp/Servers/RDSH", ScopeKind::Unit, near),
            scope("corp/Servers", ScopeKind::Unit, far),
            scope("corp", ScopeKind::Domain, domain),
            scope("Site", ScopeKind::Site, site),
        ],
        token: None,
        assumptions: Vec::new(),
    }
}

fn outcome(objects: &[PolicyObject], computer: Computer) -> (Option<String>, bool, Vec<(String, Standing)>) {
    let mut resolution = resolve(objects, computer);
    let value = resolution.values.pop().expect("one value");
    assert!(value.candidates.iter().all(|candidate| !candidate.reason.is_empty()));
    let candidates = value.candidates.into_iter().map(|c| (c.object, c.standing)).collect();
    (value.data, value.certain, candidates)
}

fn row(name: &str, standing: Standing) -> (String, Standing) {
    (name.to_owned(), standing)
}

use Standing::{Conditional, NotApplied, Overridden, Wins};

#[test]
fn the_nearest_wins_and_the_site_loses_to_the_domain() {
    let objects = [object("near", 2), object("far", 4), object("domain", 4), object("site", 4)];
    let links = [vec![link("near", 1)], vec![link("far", 1)], vec![link("domain", 1)], vec![link("site", 1)]];
    let (data, certain, candidates) = outcome(&objects, computer(links));
    assert_eq!((data.as_deref(), certain), (Some("2"), true));
    let expected =
        [row("near", Wins), row("far", Overridden), row("domain", Overridden), row("site", Overridden)];
    assert_eq!(candidates, expected);
}

#[test]
fn of_enforced_links_the_farthest_wins() {
    let objects = [object("near", 2), object("far", 4), object("domain", 6), object("other", 2)];
    let links = [
        vec![enforced("near", 1), link("other", 2)],
        vec![enforced("far", 1)],
        vec![enforced("domain", 1)],
        vec![],
    ];
    let (data, _, candidates) = outcome(&objects, computer(links));
    assert_eq!(data.as_deref(), Some("6"));
    let expected =
        [row("domain", Wins), row("far", Overridden), row("near", Overridden), row("other", Overridden)];
    assert_eq!(candidates, expected);
}

#[test]
fn of_one_place_the_lowest_link_order_wins() {
    let objects = [object("a", 2), object("b", 4)];
    for links in [vec![link("a", 2), link("b", 1)], vec![enforced("a", 2), enforced("b", 1)]] {
        let (data, certain, candidates) = outcome(&objects, computer([links, vec![], vec![], vec![]]));
        assert_eq!((data.as_deref(), certain), (Some("4"), true));
        assert_eq!(candidates, [row("b", Wins), row("a", Overridden)]);
    }
    let unknown = |name| Link { order: None, ..link(name, 0) };
    let (_, certain, _) =
        outcome(&objects, computer([vec![unknown("a"), unknown("b")], vec![], vec![], vec![]]));
    assert!(!certain);
}

#[test]
fn who_blocks_inheritance_blocks_what_is_not_enforced() {
    let objects = [object("near", 2), object("far", 4), object("domain", 6)];
    let mut computer = computer([vec![], vec![link("far", 1)], vec![link("domain", 1)], vec![]]);
    computer.scopes[0].blocks_inheritance = Some(true);
    let (data, _, candidates) = outcome(&objects, computer.clone());
    assert_eq!(data, None);
    assert_eq!(candidates, [row("far", NotApplied), row("domain", NotApplied)]);
    computer.scopes[2].links = vec![enforced("domain", 1)];
    let (data, _, candidates) = outcome(&objects, computer);
    assert_eq!(data.as_deref(), Some("6"));
    assert_eq!(candidates, [row("domain", Wins), row("far", NotApplied)]);
}

type Change = fn(&mut PolicyObject);

#[test]
fn what_is_not_applied_and_why() {
    let zero = HalfVersion { directory: Some(0), sysvol: Some(0) };
    let rows: [(&str, Change); 3] = [
        ("disabled", |object| object.machine_disabled = Some(true)),
        ("version", |object| {
            object.machine_version = Some(HalfVersion { directory: Some(0), sysvol: Some(0) });
        }),
        ("extension", |object| object.registry_extension = Some(false)),
    ];
    assert!(is_zero(zero) && !is_zero(HalfVersion { directory: None, sysvol: Some(3) }));
    for (what, change) in rows {
        let mut objects = [object("a", 2), object("b", 4)];
        change(&mut objects[0]);
        let links = [vec![link("a", 1)], vec![link("b", 1)], vec![], vec![]];
        let (data, certain, candidates) = outcome(&objects, computer(links));
        assert_eq!((data.as_deref(), certain), (Some("4"), true), "{what}");
        assert_eq!(candidates, [row("a", NotApplied), row("b", Wins)], "{what}");
    }
    let disabled = Link { enabled: false, ..link("a", 1) };
    let (data, _, candidates) =
        outcome(&[object("a", 2)], computer([vec![disabled], vec![], vec![], vec![]]));
    assert_eq!((data, candidates), (None, vec![row("a", NotApplied)]));
}

#[test]
fn filters_by_descriptor_and_by_wmi() {
    let filter = |sddl: &str| Filtering::of(&sddl.parse().unwrap(), |_| None);
    let apply = "edacfd8f-ffb3-11d1-b41d-00a0c968f939";
    let hosts = "S-1-5-21-1-2-3-1105";
    let mut objects = [object("a", 2), object("b", 4)];
    objects[0].filtering = Some(filter(&format!("D:(OA;;CR;{apply};;{hosts})")));
    objects[1].filtering = Some(filter(&format!("D:(OA;;CR;{apply};;AU)")));
    let links = || [vec![link("a", 1)], vec![link("b", 1)], vec![], vec![]];
    // The computer's SIDs are not known.
    let (data, certain, candidates) = outcome(&objects, computer(links()));
    assert_eq!((data.as_deref(), certain), (Some("4"), false));
    assert_eq!(candidates, [row("a", Conditional), row("b", Wins)]);
    let token = |sids: &[&str]| Some(sids.iter().map(|sid| sid.parse().unwrap()).collect());
    let known = Computer { token: token(&["S-1-5-11", "S-1-5-21-1-2-3-9"]), ..computer(links()) };
    let (data, certain, candidates) = outcome(&objects, known);
    assert_eq!((data.as_deref(), certain), (Some("4"), true));
    assert_eq!(candidates, [row("a", NotApplied), row("b", Wins)]);
    let member = Computer { token: token(&["S-1-5-11", hosts]), ..computer(links()) };
    let (data, _, candidates) = outcome(&objects, member.clone());
    assert_eq!((data.as_deref(), candidates), (Some("2"), vec![row("a", Wins), row("b", Overridden)]));
    objects[0].wmi_filter = Some(Some("servers only".to_owned()));
    let (data, certain, candidates) = outcome(&objects, member);
    assert_eq!((data.as_deref(), certain), (Some("4"), false));
    assert_eq!(candidates, [row("a", Conditional), row("b", Wins)]);
}

#[test]
fn a_deletion_wins_like_a_value_and_a_soft_one_yields() {
    let mut file = regtext::pol::PolicyFile::new();
    file.delete(KEY, "LicensingMode").unwrap();
    let objects = [with("deletes", &file), object("sets", 4)];
    let links = || [vec![link("deletes", 1)], vec![link("sets", 1)], vec![], vec![]];
    let (data, certain, candidates) = outcome(&objects, computer(links()));
    assert_eq!((data, certain), (None, true));
    assert_eq!(candidates, [row("deletes", Wins), row("sets", Overridden)]);
    let mut soft = regtext::pol::PolicyFile::new();
    soft.push(regtext::pol::Record::new(KEY, "**soft.LicensingMode", 4, &[2, 0, 0, 0]).unwrap());
    let objects = [with("deletes", &soft), object("sets", 4)];
    let (data, _, candidates) = outcome(&objects, computer(links()));
    assert_eq!(data.as_deref(), Some("4"));
    assert_eq!(candidates, [row("deletes", Overridden), row("sets", Wins)]);
    let mut all = regtext::pol::PolicyFile::new();
    all.push(regtext::pol::Record::new(KEY, "**delvals.", 1, b" \0\0\0").unwrap());
    let objects = [with("deletes", &all), object("sets", 4)];
    assert_eq!(outcome(&objects, computer(links())).0, None);
}

#[test]
fn names_of_units_either_way() {
    for (name, expected) in [
        ("OU=RDSH,OU=Servers,DC=corp,DC=example", "corp.example/Servers/RDSH"),
        (r"ou=A\, B,dc=corp,dc=example", "corp.example/A, B"),
        ("DC=corp,DC=example", "corp.example"),
        ("corp.example/Servers/", "corp.example/Servers"),
    ] {
        assert_eq!(canonical(name), expected);
    }
}
