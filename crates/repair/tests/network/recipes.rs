//! Every recipe, carried out across the network and taken back.

use std::collections::BTreeSet;

use repair::{ApplyError, Arguments};

use crate::machine::{Host, changes, same};

/// What is asked, recipe by recipe. Each must find something to do.
fn asked() -> Vec<(&'static str, Arguments)> {
    let none = Arguments::default;
    let store = r"HKLM\SOFTWARE\Microsoft\MSLicensing\Store";
    vec![
        ("set-mode", none().with("mode", "per-device")),
        ("tidy-servers", none()),
        ("set-servers", none().with("servers", "a.contoso.example").with("servers", "b.contoso.example")),
        ("add-server", none().with("servers", "c.contoso.example")),
        ("remove-server", none().with("servers", "srv1.contoso.example").with_flag("allow-empty")),
        ("move-stray-settings", none().with_flag("remove-only")),
        ("clear-subkeys", none().with("key", store)),
        ("clear-client", none().with_flag("also-hardware-id")),
        ("reset-host-certificates", none().with("reason", "a test")),
        ("reset-grace", none().with("reason", "lab")),
        ("seal-image", none().with_flag("confirm-image")),
        ("license-server-database", none().with("move-to", r"D:\LServer")),
        ("restore-security", none().with("key", "client-store")),
    ]
}

#[test]
fn every_recipe_is_carried_out_and_taken_back() {
    let Some(host) = Host::start() else { return };
    let all: BTreeSet<_> = repair::all().map(|recipe| recipe.name).collect();
    assert_eq!(asked().iter().map(|(name, _)| *name).collect::<BTreeSet<_>>(), all);
    let old = host.state();
    let mut id = 0;
    for (recipe, arguments) in asked() {
        let plan = host.plan(recipe, &arguments).unwrap_or_else(|refusal| panic!("{recipe}: {refusal}"));
        match host.apply(&plan, None) {
            // A move of the database may be a list of things to do, and no more.
            Err(ApplyError::ByHand) => {
                assert_eq!(recipe, "license-server-database");
                continue;
            }
            result => result.unwrap_or_else(|error| panic!("{recipe}: {error}\n{:#?}", changes(&plan))),
        };
        let new = host.state();
        assert!(!same(&new, &old), "{recipe}: nothing was changed");
        host.undo(id + 1).unwrap_or_else(|error| panic!("{recipe}, taking it back: {error}"));
        assert!(same(&host.state(), &old), "{recipe} was not taken back whole: {:#?}", host.state());
        // And again, and back once more.
        if recipe == "clear-client" {
            host.undo(id + 2).unwrap();
            assert!(same(&host.state(), &new), "{recipe}");
            host.undo(id + 3).unwrap();
            assert!(same(&host.state(), &old), "{recipe}");
            id += 2;
        }
        id += 2;
    }
    assert!(id >= 20, "only {id} repairs");
}
