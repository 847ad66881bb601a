//! Every recipe, applied over the network and undone.

use std::collections::BTreeSet;

use repair::ApplyError;

use crate::machine::{Host, changes, same};
use crate::shared::asked;

#[test]
fn every_recipe_is_carried_out_and_taken_back() {
    let Some(host) = Host::start() else { return };
    let all: BTreeSet<_> = repair::all().map(|recipe| recipe.name).collect();
    assert_eq!(asked("client-store").iter().map(|(name, _)| *name).collect::<BTreeSet<_>>(), all);
    let old = host.state();
    let mut id = 0;
    for (recipe, arguments) in asked("client-store") {
        let plan = host.plan(recipe, &arguments).unwrap_or_else(|refusal| panic!("{recipe}: {refusal}"));
        match host.apply(&plan, None) {
            // A move of the database can be a plan with manual steps only.
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
        // Applied and undone a second time.
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
