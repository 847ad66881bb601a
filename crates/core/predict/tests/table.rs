//! The decision table is total, unambiguous and monotone, and each row does what it says.

#![allow(clippy::panic)]

use predict::decide::{changes, decide, deciding};
use predict::facts::{Condition, Fact, Facts};
use predict::table::{ROWS, Row, Verdict, Wire};
use proptest::prelude::*;

/// One value of each fact.
fn known() -> impl Strategy<Value = Facts> {
    let values: Vec<_> = Fact::ALL.iter().map(|fact| 0..fact.labels().len()).collect();
    values.prop_map(|values| {
        Fact::ALL.iter().zip(values).fold(Facts::unknown(), |facts, (fact, value)| {
            facts.with(Condition { fact: *fact, values: 1 << value })
        })
    })
}

/// A set of values of each fact.
fn partly_known() -> impl Strategy<Value = Facts> {
    let values: Vec<_> = Fact::ALL.iter().map(|fact| 1..=fact.all()).collect();
    values.prop_map(|values| {
        let each = Fact::ALL.iter().zip(values);
        each.fold(Facts::unknown(), |facts, (fact, values)| facts.with(Condition { fact: *fact, values }))
    })
}

fn holds(row: &Row, facts: &Facts) -> bool {
    row.when.iter().all(|condition| facts.get(condition.fact).values & !condition.values == 0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn known_facts_have_exactly_one_outcome(facts in known()) {
        let row = decide(&facts).only();
        let first = ROWS.iter().find(|row| holds(row, &facts));
        prop_assert_eq!(row.map(|row| row.id), first.map(|row| row.id));
        prop_assert!(row.is_some());
        prop_assert_eq!(deciding(&facts), None);
    }

    #[test]
    fn learning_a_fact_only_narrows(facts in partly_known(), fact in 0..Fact::ALL.len(), pick in any::<u16>()) {
        let before = decide(&facts);
        prop_assert!(!before.is_empty());
        let known = facts.get(Fact::ALL[fact]);
        let learned = facts.with(Condition { values: known.values & pick, ..known });
        let after = decide(&learned);
        prop_assert!(!after.is_empty());
        prop_assert!(after.is_within(before));
    }

    #[test]
    fn every_known_combination_is_among_the_possible(facts in partly_known(), picks in any::<[u8; 11]>()) {
        let possible = decide(&facts);
        let one = Fact::ALL.iter().zip(picks).fold(facts, |facts, (fact, pick)| {
            let values: Vec<_> = facts.get(*fact).each().collect();
            facts.with(values[usize::from(pick) % values.len()])
        });
        prop_assert!(decide(&one).is_within(possible));
    }

    #[test]
    fn a_deciding_fact_is_unknown_and_a_change_changes(facts in partly_known()) {
        if let Some(fact) = deciding(&facts) {
            prop_assert!(!facts.get(fact).is_known());
        }
        let now = decide(&facts).verdict();
        for change in changes(&facts) {
            prop_assert_ne!(Some(change.verdict), now);
            for one in change.to.each() {
                prop_assert_eq!(decide(&facts.with(one)).verdict(), Some(change.verdict));
            }
        }
    }
}

/// Calls the function with every combination of known facts.
fn for_every(facts: Facts, rest: &[Fact], check: &mut impl FnMut(&Facts)) {
    let Some((fact, rest)) = rest.split_first() else { return check(&facts) };
    for value in fact.unknown().each() {
        for_every(facts.with(value), rest, check);
    }
}

#[test]
fn the_table_is_total_and_every_row_is_reached() {
    let mut reached = std::collections::BTreeSet::new();
    for_every(Facts::unknown(), Fact::ALL, &mut |facts| {
        let row = ROWS.iter().find(|row| holds(row, facts));
        reached.insert(row.unwrap_or_else(|| panic!("no row for {facts:?}")).id);
    });
    assert_eq!(reached.len(), ROWS.len(), "{reached:?}");
    assert!(ROWS.len() <= 64);
    assert_eq!(decide(&Facts::unknown()).len() as usize, ROWS.len());
}

/// The first combination of known facts in which this row applies.
fn search(facts: Facts, rest: &[Fact], id: &str) -> Option<Facts> {
    if !decide(&facts).rows().any(|row| row.id == id) {
        return None;
    }
    match rest.split_first() {
        None => Some(facts),
        Some((fact, rest)) => facts.get(*fact).each().find_map(|one| search(facts.with(one), rest, id)),
    }
}

fn example(row: &Row) -> Facts {
    let fixed = row.when.iter().fold(Facts::unknown(), |facts, condition| facts.with(*condition));
    search(fixed, Fact::ALL, row.id).unwrap_or_else(|| panic!("row {} never applies", row.id))
}

/// Each row applies if its conditions hold, and does not apply if one of them does not.
#[test]
fn every_condition_of_every_row_decides() {
    for row in ROWS {
        let facts = example(row);
        assert_eq!(decide(&facts).only().map(|found| found.id), Some(row.id));
        for condition in row.when {
            for other in condition.not().each() {
                let found = decide(&facts.with(other)).only().expect("known facts have one outcome");
                assert_ne!(found.id, row.id, "{} does not depend on {:?}", row.id, condition.fact);
            }
        }
    }
}

#[test]
fn rows_are_complete_and_consistent() {
    for row in ROWS {
        let id = row.id;
        assert!(!row.because.is_empty() && !row.sources.is_empty(), "{id}");
        assert_eq!(
            row.verdict == Verdict::Refused,
            !row.screen.codes.is_empty() && id != "9a" && id != "9b",
            "{id}"
        );
        assert!(
            !matches!(row.wire, Wire::NoLicenseServer | Wire::InvalidClient)
                || row.verdict == Verdict::Refused
        );
        assert_eq!(row.screen.message.is_empty(), row.screen.text().is_empty(), "{id}: no such message");
        for log in row.logs {
            let known = licensing::knowledge::events::lookup(u32::from(log.id));
            assert!(known.is_some(), "{id}: event {} is not in the tables", log.id);
        }
    }
    let mut ids: Vec<_> = ROWS.iter().map(|row| row.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), ROWS.len());
    // The fifteen rows of the derivation.
    for number in 1..=15 {
        let is_it = |id: &str| id.trim_end_matches(char::is_alphabetic) == number.to_string();
        assert!(ROWS.iter().any(|row| is_it(row.id)), "row {number}");
    }
}
