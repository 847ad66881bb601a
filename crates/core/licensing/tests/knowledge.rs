//! Consistency of the tables: every row has a statement, a source and a confidence; references have a target;
//! no secret is captured; everything that a rule needs is captured.

use std::collections::{BTreeMap, BTreeSet};

use licensing::knowledge::{
    Certainty, Generation, MachineRole, Role, Source, SourceKind, Versions,
    capture::{Depth, SELECTORS, Selector},
    claims::{self, ClaimKind},
    errors, events, keys,
    modes::{self, MODES, Mode, ModePlace},
    products::{
        self, BUILDS, CAL_VERSIONS, CalKind, CalVersion, Edition, FIXES, Fit, FixState, HARDENING, Suffix,
        TERMS, fix_state, host_accepts, parse_product_id, product, server_holds, terms_of,
    },
    sources, values,
};
use licensing::rules;

/// The common fields of the rows of all tables.
struct Common {
    id: String,
    texts: Vec<&'static str>,
    rules: &'static [&'static str],
    certainty: Certainty,
    sources: &'static [Source],
}

fn rows() -> Vec<Common> {
    let mut rows = Vec::new();
    let mut add = |id: String, texts: Vec<&'static str>, rules, certainty, sources| {
        rows.push(Common { id, texts, rules, certainty, sources });
    };
    for row in keys::all() {
        add(
            format!("key {}", row.id),
            vec![row.id, row.path, row.what, row.windows, row.deleting],
            row.rules,
            row.certainty,
            row.sources,
        );
    }
    for row in values::all() {
        let mut texts = vec![row.id, row.name, row.what, row.effect];
        texts.extend(row.data.iter().map(|datum| datum.meaning));
        add(format!("value {}", row.id), texts, row.rules, row.certainty, row.sources);
    }
    for row in events::all() {
        let mut texts = vec![row.title, row.meaning];
        texts.extend(row.providers);
        texts.extend(row.causes);
        texts.extend(row.fixes);
        add(format!("event {:?} {}", row.machine, row.id), texts, row.rules, row.certainty, row.sources);
    }
    for row in errors::all() {
        let mut texts = vec![row.id, row.title, row.meaning];
        texts.extend(row.texts);
        texts.extend(row.causes);
        texts.extend(row.fixes);
        add(format!("error {}", row.id), texts, row.rules, row.certainty, row.sources);
    }
    for row in claims::all() {
        let mut texts = vec![row.id, row.title, row.answer, row.why];
        texts.extend(row.aliases);
        texts.extend(row.causes);
        texts.extend(row.fixes);
        add(format!("claim {}", row.id), texts, row.rules, row.certainty, row.sources);
    }
    for row in MODES {
        add(format!("mode {:?} {}", row.place, row.number), vec![row.title], &[], row.certainty, row.sources);
    }
    for row in BUILDS {
        let texts = row.server.into_iter().chain(row.client).collect();
        add(format!("build {}", row.build), texts, &[], row.certainty, row.sources);
    }
    for row in TERMS {
        add(format!("term {:?}", row.versions), vec![row.note], &[], row.certainty, row.sources);
    }
    for row in CAL_VERSIONS {
        add(format!("cal {:?}", row.version), vec![row.name], &[], row.certainty, row.sources);
    }
    for row in FIXES.iter().chain(HARDENING) {
        add(format!("fix {}", row.id), vec![row.id, row.title, row.note], &[], row.certainty, row.sources);
    }
    rows
}

#[test]
fn every_row_has_texts_a_source_and_an_id_of_its_own() {
    let rows = rows();
    assert!(rows.len() > 300, "only {} rows", rows.len());
    let mut ids = BTreeSet::new();
    for row in &rows {
        assert!(!row.sources.is_empty(), "{} names no source", row.id);
        assert!(!row.texts.is_empty(), "{} says nothing", row.id);
        assert!(row.texts.iter().all(|text| !text.trim().is_empty()), "{} has an empty text", row.id);
        assert!(ids.insert(row.id.clone()), "{} is there twice", row.id);
    }
}

#[test]
fn errors_events_and_claims_say_what_to_do() {
    for row in errors::all() {
        assert!(!row.causes.is_empty() && !row.fixes.is_empty(), "{}", row.id);
        assert!(
            row.code.is_some() || !row.texts.is_empty() || !row.symbol.is_empty(),
            "{} cannot be found",
            row.id
        );
    }
    for row in events::all() {
        assert!(!row.causes.is_empty() && !row.fixes.is_empty() && !row.providers.is_empty(), "{}", row.id);
    }
    for row in claims::all() {
        assert!(!row.aliases.is_empty() && !row.fixes.is_empty(), "{}", row.id);
    }
}

#[test]
fn a_certainty_is_borne_out_by_the_kind_of_a_source() {
    let microsoft = [
        SourceKind::Documentation,
        SourceKind::Specification,
        SourceKind::KnowledgeBase,
        SourceKind::PolicyTemplate,
        SourceKind::Advisory,
    ];
    for row in rows() {
        let has = |kinds: &[SourceKind]| row.sources.iter().any(|source| kinds.contains(&source.kind));
        let borne = match row.certainty {
            Certainty::Documented => has(&microsoft),
            Certainty::Measured => has(&[SourceKind::Measurement]),
            Certainty::Code => has(&[SourceKind::Code]),
            Certainty::Reported | Certainty::Inferred => true,
        };
        assert!(borne, "{}: {:?} without a source of that kind", row.id, row.certainty);
    }
}

#[test]
fn sources_are_named_once_and_well_formed() {
    let used: Vec<Source> = rows().iter().flat_map(|row| row.sources).copied().collect();
    let mut seen = BTreeSet::new();
    for source in sources::ALL {
        assert!(seen.insert(source.title), "{} is there twice", source.title);
        let Source { section, url, .. } = source;
        assert!(!section.is_empty() || !url.is_empty(), "{}", source.title);
        assert!(url.is_empty() || url.starts_with("https://") || url.starts_with("http://"), "{url}");
        assert!(!url.contains(char::is_whitespace), "{url}");
    }
    // A row may name a section of its source.
    let is_listed = |source: &Source| {
        sources::ALL.iter().any(|listed| (listed.title, listed.url) == (source.title, source.url))
    };
    assert!(used.iter().all(is_listed));
}

/// Whether a rule of the catalog, not a retired one, has this id.
fn in_catalog(rule: &str) -> bool {
    rules::by_name(rule).is_some_and(|found| found.id == rule)
}

#[test]
fn rules_that_are_named_are_in_the_catalog() {
    assert!(in_catalog("RDSL-007") && !in_catalog("RDSL-7") && !in_catalog("RDSL-014"));
    for row in rows() {
        let mut seen = BTreeSet::new();
        for rule in row.rules {
            assert!(in_catalog(rule), "{} names {rule}", row.id);
            assert!(seen.insert(rule), "{} names {rule} twice", row.id);
        }
    }
}

#[test]
fn references_lead_somewhere() {
    for row in values::all() {
        assert!(row.key_row().is_some(), "{} lies in an unknown key {}", row.id, row.key);
    }
    let known: BTreeSet<u16> = events::all().map(|row| row.id).collect();
    for row in errors::all() {
        assert!(row.events.iter().all(|id| known.contains(id)), "{}", row.id);
    }
}

#[test]
fn what_does_nothing_says_where_it_belongs() {
    for row in keys::all().filter(|row| matches!(row.role, Role::Folklore)) {
        assert!(row.belongs.is_some(), "{}", row.id);
    }
    for row in values::all().filter(|row| matches!(row.role, Role::Folklore | Role::Legacy)) {
        assert!(row.belongs.is_some(), "{}", row.id);
    }
    // The well-known folklore settings are all included.
    let paths: Vec<String> =
        keys::all().filter(|row| row.role == Role::Folklore).map(|row| row.path.to_lowercase()).collect();
    for tail in [
        r"rcm\licenseservers",
        r"rcm\specifiedlicenseservers",
        r"\licensekeystore",
        r"computers\licenseservers",
        r"parameters\issuedlicenses",
        r"termservice\parameters\license",
        r"rdpcorets\licensing",
        r"control\terminalserver",
        r"services\termservices",
    ] {
        assert!(paths.iter().any(|path| path.ends_with(tail)), "{tail}");
    }
    let names: Vec<(&str, &str)> =
        values::all().filter(|row| row.role == Role::Folklore).map(|row| (row.key, row.name)).collect();
    for pair in [
        ("rdp-tcp", "LicensingMode"),
        ("licensing-core", "LicenseServers"),
        ("termservice-parameters", "SpecifiedLicenseServers"),
        ("termservlicensing-parameters", " DisableWorkgroupAuthEnforcement"),
    ] {
        assert!(names.contains(&pair), "{pair:?}");
    }
}

#[test]
fn paths_are_written_one_way() {
    for path in keys::all().map(|row| row.path).chain(SELECTORS.iter().map(|selector| selector.path)) {
        assert!(path.starts_with(r"HKLM\"), "{path}");
        assert!(!path.ends_with('\\') && !path.contains(r"\\") && !path.contains("ControlSet00"), "{path}");
        assert!(path.split('\\').all(|part| part.trim() == part && !part.is_empty()), "{path}");
    }
}

#[test]
fn secrets_are_marked_and_only_their_presence_is_captured() {
    let secrets: Vec<_> = keys::all().filter(|row| row.role == Role::Secret).collect();
    assert!(secrets.len() >= 4);
    for row in &secrets {
        assert!(row.never_touch, "{}", row.id);
        assert_eq!(depth_at(row.path), Some(Depth::Presence), "{}", row.path);
    }
    for row in values::all().filter(|row| row.role == Role::Secret) {
        assert!(row.never_touch, "{}", row.id);
        assert!(row.key_row().is_some_and(|key| key.never_touch), "{}", row.id);
    }
    // Product keys and stored passwords are among harmless values.
    let omitted =
        |path: &str, name: &str| SELECTORS.iter().any(|s| s.path.ends_with(path) && s.omit.contains(&name));
    assert!(omitted(r"Windows NT\CurrentVersion", "DigitalProductId"));
    assert!(omitted(r"WinStations\RDP-Tcp", "Password"));
    assert!(
        SELECTORS.iter().filter(|s| s.path.starts_with(r"HKLM\SECURITY")).all(|s| s.depth == Depth::Presence)
    );
}

/// The depth at which the selectors capture a key: presence wins, then a tree, then values.
fn depth_at(path: &str) -> Option<Depth> {
    let covers = |selector: &&Selector| {
        let path = path.to_lowercase();
        let own = selector.path.to_lowercase();
        let below = path.strip_prefix(&own).is_some_and(|rest| rest.starts_with('\\'));
        path == own || (below && selector.depth != Depth::Values)
    };
    let found: Vec<Depth> = SELECTORS.iter().filter(covers).map(|selector| selector.depth).collect();
    [Depth::Presence, Depth::Tree, Depth::Values]
        .into_iter()
        .find(|depth| found.contains(depth))
        .or_else(|| found.first().copied())
}

#[test]
fn every_key_of_the_tables_is_captured() {
    // A pattern over all of HKLM cannot be captured, and the former License Logging service is not part of
    // RDS licensing.
    let beyond = ["folklore-licensekeystore", "logging-service"];
    for row in keys::all().filter(|row| !beyond.contains(&row.id)) {
        let path = match row.id {
            // The selectors list the keys of this pattern individually.
            "uwf" => r"HKLM\SYSTEM\CurrentControlSet\Services\uwfreg",
            _ => row.path,
        };
        assert!(depth_at(path).is_some(), "no selector covers {path}");
    }
    for row in values::all().filter(|row| row.role != Role::Secret) {
        let key = row.key_row().expect("checked above");
        let depth = depth_at(key.path);
        assert!(matches!(depth, Some(Depth::Tree | Depth::Values)), "{}: {depth:?}", row.id);
        let kept = SELECTORS.iter().filter(|s| s.path == key.path).all(|s| !s.omit.contains(&row.name));
        assert!(kept, "{} is left out", row.id);
    }
}

#[test]
fn selectors_are_named_once_and_say_why() {
    let mut seen = BTreeSet::new();
    for selector in SELECTORS {
        assert!(!selector.why.is_empty());
        assert!(seen.insert(selector.path.to_lowercase()), "{}", selector.path);
    }
    let costly: Vec<&str> = SELECTORS.iter().filter(|s| s.costly).map(|s| s.path).collect();
    assert_eq!(costly, [r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Schedule\TaskCache\Tasks"]);
}

#[test]
fn product_text_is_in_american_english() {
    for row in rows() {
        for text in &row.texts {
            let lower = text.to_lowercase();
            for british in
                ["licence", "licencing", "behaviour", "recognise", "colour", "centre ", "catalogue"]
            {
                assert!(!lower.contains(british), "{}: {text}", row.id);
            }
        }
    }
}

#[test]
fn event_ids_lose_their_severity_bits() {
    let masked = |asked| events::reduce(asked).map(|found| (found.id, found.masked));
    assert_eq!(masked(1069), Some((1069, false)));
    assert_eq!(masked(50280), Some((1128, true)));
    assert_eq!(masked(50282), Some((1130, true)));
    assert_eq!(masked(0xC000_0468), Some((1128, true)));
    assert_eq!(masked(0x8000_0011), Some((17, true)));
    assert_eq!(masked(100_000), None);
    let (found, rows) = events::lookup(50282).expect("known");
    assert_eq!((found.asked, found.id, rows.len()), (50282, 1130, 1));
    assert!(events::lookup(7036).is_none());
}

#[test]
fn modes_agree_where_it_matters() {
    for place in [ModePlace::Local, ModePlace::Policy, ModePlace::PolicyAcOn, ModePlace::Wmi] {
        assert_eq!(modes::mode(place, 2).map(|row| row.mode), Some(Mode::PerDevice), "{place:?}");
        assert_eq!(modes::mode(place, 4).map(|row| row.mode), Some(Mode::PerUser), "{place:?}");
    }
    assert_eq!(modes::mode(ModePlace::Embedded, 2).map(|row| row.mode), Some(Mode::Administration));
    assert!(modes::mode(ModePlace::Local, 3).is_none());
    assert!(modes::mode(ModePlace::Policy, 5).is_none());
    // The value rows list the same modes as the mode table.
    for (id, place) in [
        ("licensing-mode", ModePlace::Local),
        ("policy-licensing-mode", ModePlace::Policy),
        ("policy-ac-on", ModePlace::PolicyAcOn),
    ] {
        let listed: BTreeSet<u32> =
            values::by_id(id).expect(id).data.iter().filter_map(|datum| datum.number).collect();
        let known: BTreeSet<u32> =
            MODES.iter().filter(|row| row.place == place).map(|row| row.number).collect();
        assert_eq!(listed, known, "{id}");
    }
}

#[test]
fn builds_ascend_and_unknown_ones_are_kept() {
    assert!(
        BUILDS
            .windows(2)
            .all(|pair| pair[0].build < pair[1].build && pair[0].generation <= pair[1].generation)
    );
    let name = |build, edition| product(build, edition).name;
    assert_eq!(name(20348, Some(Edition::Server)), "Windows Server 2022");
    assert_eq!(name(7601, Some(Edition::Client)), "Windows 7 SP1");
    assert_eq!(name(26100, None), "Windows Server 2025 or Windows 11, version 24H2");
    assert_eq!(name(20348, Some(Edition::Client)), "unreleased edition of build 20348");
    let future = product(31000, Some(Edition::Server));
    assert_eq!(future.name, "unknown Windows Server (build 31000)");
    assert_eq!(future.generation, Generation::Unknown(31000));
    assert!(future.generation > Generation::W2025 && future.generation.is_modern());
    assert!(Versions { from: Some(Generation::W2008), to: None }.contains(future.generation));
}

#[test]
fn terms_by_generation() {
    let grace = |generation| terms_of(generation).map(|row| (row.grace_days, row.temporary_days));
    assert_eq!(grace(Generation::Nt4), Some((None, 60)));
    assert_eq!(grace(Generation::W2000), Some((Some(90), 90)));
    for modern in [
        Generation::W2003,
        Generation::W2008,
        Generation::W2019,
        Generation::W2025,
        Generation::Unknown(40000),
    ] {
        assert_eq!(grace(modern), Some((Some(120), 90)), "{modern:?}");
    }
    assert_eq!(terms_of(Generation::Unknown(40000)).map(|row| row.certainty), Some(Certainty::Inferred));
}

/// The two tables of Microsoft's CAL page and the older ones of its troubleshooting article.
#[test]
fn compatibility_is_as_microsoft_tabulates_it() {
    let generations = [
        (Generation::W2008, CalVersion::Rds2008),
        (Generation::W2008R2, CalVersion::Rds2008),
        (Generation::W2012, CalVersion::Rds2012),
        (Generation::W2012R2, CalVersion::Rds2012),
        (Generation::W2016, CalVersion::Rds2016),
        (Generation::W2019, CalVersion::Rds2019),
        (Generation::W2022, CalVersion::Rds2022),
        (Generation::W2025, CalVersion::Rds2025),
    ];
    for (machine, own) in generations {
        for (_, cal) in generations {
            let accepted = matches!(host_accepts(machine, cal), Fit::Yes(_));
            assert_eq!(accepted, cal >= own, "{machine:?} host, {cal:?}");
            let held = matches!(server_holds(machine, cal), Fit::Yes(_));
            assert_eq!(held, cal <= own, "{machine:?} license server, {cal:?}");
        }
    }
    assert_eq!(host_accepts(Generation::W2019, CalVersion::Rds2016), Fit::No(Certainty::Documented));
    assert_eq!(host_accepts(Generation::W23H2, CalVersion::Rds2022), Fit::Yes(Certainty::Inferred));
    assert_eq!(host_accepts(Generation::Unknown(31000), CalVersion::Rds2025), Fit::Unknown);
    assert_eq!(server_holds(Generation::W2022, CalVersion::Unknown(11, 0)), Fit::Unknown);
}

#[test]
fn product_ids_are_taken_apart() {
    let id = parse_product_id("A02-6.00-S").expect("well formed");
    assert_eq!(
        (id.kind, id.version, id.suffix),
        (CalKind::PerDevice, Some(CalVersion::Rds2008), Some(Suffix::Sold))
    );
    let id = parse_product_id(" c50-10.01-vdis ").expect("well formed");
    assert_eq!(
        (id.kind, id.version, id.suffix),
        (CalKind::PerUser, Some(CalVersion::Rds2019), Some(Suffix::VdiSuite))
    );
    assert_eq!(parse_product_id("A02").map(|id| (id.version, id.suffix)), Some((None, None)));
    assert_eq!(parse_product_id("A02-5.00-EX").and_then(|id| id.suffix), Some(Suffix::BuiltIn));
    assert_eq!(parse_product_id("A02-11.00-S").and_then(|id| id.version), Some(CalVersion::Unknown(11, 0)));
    for other in ["", "B02-6.00-S", "A02-x.y-S", "A02-6", "A02-+6.00-S", "A02-99999.00-S"] {
        assert_eq!(parse_product_id(other), None, "{other}");
    }
    assert_eq!(CalVersion::from_wmi(4), Some(CalVersion::Rds2012));
    assert_eq!(CalVersion::from_wmi(99), None);
    assert_eq!(CalVersion::Unknown(11, 1).name(), "CAL of unknown version 11.01");
}

#[test]
fn a_fix_is_there_from_its_revision_on() {
    let fix = FIXES.iter().find(|fix| fix.id == "CVE-2024-38263").expect("in the table");
    assert_eq!(fix_state(fix, 20348, 2700), FixState::Fixed);
    assert_eq!(fix_state(fix, 20348, 2699), FixState::Missing { needed: 2700 });
    assert_eq!(fix_state(fix, 14393, 0), FixState::Missing { needed: 7336 });
    assert_eq!(fix_state(fix, 26100, 1), FixState::Fixed);
    assert_eq!(fix_state(fix, 9600, 9000), FixState::Missing { needed: 22175 });
    assert_eq!(fix_state(fix, 19045, 9000), FixState::Unknown);
    let later = FIXES.last().expect("in the table");
    assert_eq!(fix_state(later, 26100, 1), FixState::Missing { needed: 32690 });
    assert_eq!(fix_state(later, 7601, 27820), FixState::Unknown);
    assert_eq!(fix_state(later, 29000, 1), FixState::Unknown, "released after the table");
    assert!(FIXES.is_sorted_by_key(|fix| fix.published) && later.published < products::KNOWN_UNTIL);
}

#[test]
fn the_tables_serialize() {
    let json =
        serde_json::to_value(keys::by_id("licensing-core").expect("in the table")).expect("serializes");
    assert_eq!(json["role"], "real");
    assert_eq!(json["machine"], "session_host");
    assert_eq!(json["certainty"], "documented");
    assert_eq!(
        json["sources"][1]["url"].as_str().map(|url| url.starts_with("https://learn.microsoft.com/")),
        Some(true)
    );
    let json =
        serde_json::to_value(values::by_id("max-ver-pages").expect("in the table")).expect("serializes");
    assert_eq!(json["types"][0], "REG_DWORD");
    assert_eq!(json["sources"][0]["section"], "Microsoft KB 3167312");
    assert_eq!(json["versions"]["from"], "Windows Server 2008");
}

#[test]
fn each_table_covers_every_kind_of_machine() {
    let mut by_machine: BTreeMap<String, usize> = BTreeMap::new();
    for row in keys::all() {
        *by_machine.entry(format!("{:?}", row.machine)).or_default() += 1;
    }
    for machine in
        [MachineRole::SessionHost, MachineRole::Client, MachineRole::LicenseServer, MachineRole::Policy]
    {
        assert!(by_machine.get(&format!("{machine:?}")).is_some_and(|rows| *rows >= 3), "{machine:?}");
    }
    assert!(claims::all().filter(|row| row.kind == ClaimKind::Folklore).count() >= 5);
    assert_eq!(products::terms::REVOKE_PERCENT, 20);
}
