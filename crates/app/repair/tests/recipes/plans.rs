//! Properties of every plan.

use repair::{Arguments, Plan, PlanError, Refusal};

use crate::plan;

const HOST: &str = r#"
;; source: licensing.md 2.1
;; covers: HKLM\SYSTEM
;; covers: HKLM\SOFTWARE

[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Terminal Server\RCM\Licensing Core]
"LicensingMode"=dword:00000005
"#;

#[test]
fn every_recipe_has_a_page_with_its_headings() {
    let mut names = Vec::new();
    for recipe in repair::all() {
        let page = recipe.page;
        for heading in [
            "# What it changes",
            "# When it refuses",
            "# What it means for licenses",
            "# What must follow",
            "# How it is undone",
        ] {
            assert!(page.lines().any(|line| line == heading), "{} lacks “{heading}”", recipe.name);
        }
        assert!(recipe.example.starts_with(recipe.name), "{}", recipe.name);
        assert!(!names.contains(&recipe.name), "{} is there twice", recipe.name);
        names.push(recipe.name);
    }
}

#[test]
fn rules_name_recipes_that_exist() {
    let mut named = 0;
    for rule in licensing::rules::all() {
        if let Some(name) = rule.recipe {
            assert!(repair::by_name(name).is_some(), "{} names {name}", rule.id);
            named += 1;
        }
    }
    assert!(named > 50, "{named}");
}

#[test]
fn arguments_are_checked_wherever_they_come_from() {
    for arguments in [
        Arguments::default(),
        Arguments::default().with("mode", "per-user").with("other", "x"),
        Arguments::default().with("mode", "per-seat"),
    ] {
        assert!(matches!(plan("set-mode", &arguments, HOST), Err(Refusal::Usage(_))), "{arguments:?}");
    }
}

#[test]
fn a_plan_that_was_changed_is_not_read() {
    let plan = plan("set-mode", &Arguments::default().with("mode", "per-user"), HOST).unwrap();
    let json = String::from_utf8(plan.to_json().unwrap()).unwrap();
    assert_eq!(Plan::from_json(json.as_bytes()).unwrap(), plan);
    // 4 becomes 2: Per Device instead of the reviewed mode.
    let changed = json.replace("04000000", "02000000");
    assert_ne!(changed, json);
    assert!(matches!(Plan::from_json(changed.as_bytes()), Err(PlanError::Fingerprint)));
    let other = json.replace("rdscal.plan/1", "rdscal.plan/9");
    assert!(matches!(Plan::from_json(other.as_bytes()), Err(PlanError::Schema(_))));
}
