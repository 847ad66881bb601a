//! Evaluating the table over partly known facts.

use crate::facts::{Condition, Fact, Facts};
use crate::table::{ROWS, Row, Verdict};

/// The rows that remain possible: a bit for each, in the order of [`ROWS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Outcomes(u64);

impl Outcomes {
    /// The rows, in their order.
    pub fn rows(self) -> impl Iterator<Item = &'static Row> {
        ROWS.iter().enumerate().filter(move |(index, _)| self.0 >> index & 1 == 1).map(|(_, row)| row)
    }

    /// The only row; `None` if several are possible.
    #[must_use]
    pub fn only(self) -> Option<&'static Row> {
        self.0.is_power_of_two().then(|| self.rows().next()).flatten()
    }

    /// Number of rows.
    #[must_use]
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// True without rows, which no combination of facts has.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether every row of these is one of the others.
    #[must_use]
    pub fn is_within(self, others: Self) -> bool {
        self.0 & !others.0 == 0
    }

    /// The different verdicts, from the best.
    #[must_use]
    pub fn verdicts(self) -> Vec<Verdict> {
        let mut verdicts: Vec<_> = self.rows().map(|row| row.verdict).collect();
        verdicts.sort_unstable();
        verdicts.dedup();
        verdicts
    }

    /// The verdict, if all rows have the same.
    #[must_use]
    pub fn verdict(self) -> Option<Verdict> {
        match self.verdicts().as_slice() {
            [verdict] => Some(*verdict),
            _ => None,
        }
    }
}

/// The outcomes that are possible with these facts.
///
/// Exact: a row is in the result if and only if some combination of the possible values leads to it. So the
/// result is never empty for a total table, and learning a fact only narrows it.
#[must_use]
pub fn decide(facts: &Facts) -> Outcomes {
    let mut outcomes = Outcomes::default();
    walk(*facts, 0, &mut outcomes);
    outcomes
}

/// Divides the combinations into those to which the row applies, and the rest, which go to the next row.
fn walk(facts: Facts, index: usize, outcomes: &mut Outcomes) {
    let Some(row) = ROWS.get(index) else { return };
    let mut inside = facts;
    for condition in row.when {
        let (holds, fails) = inside.split(*condition);
        if let Some(fails) = fails {
            walk(fails, index + 1, outcomes);
        }
        match holds {
            Some(holds) => inside = holds,
            None => return,
        }
    }
    outcomes.0 |= 1 << index;
}

/// The unknown fact that decides best between the verdicts: the one whose values leave the fewest, at worst.
#[must_use]
pub fn deciding(facts: &Facts) -> Option<Fact> {
    let before = decide(facts);
    if before.verdict().is_some() {
        return None;
    }
    let left = |fact: &Fact| {
        let verdicts = |one: Condition| decide(&facts.with(one)).verdicts().len();
        let each: Vec<_> = facts.get(*fact).each().map(verdicts).collect();
        (each.iter().sum::<usize>() * 16).checked_div(each.len()).unwrap_or_default()
    };
    // A fact that no possible row names leads to none of them.
    let used = |fact: Fact| before.rows().any(|row| row.when.iter().any(|one| one.fact == fact));
    let unknown = Fact::ALL.iter().copied().filter(|fact| !facts.get(*fact).is_known() && used(*fact));
    let best = unknown.min_by_key(left)?;
    (left(&best) < before.verdicts().len() * 16).then_some(best)
}

/// A fact whose other value would lead to another verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The other value, or values with the same result.
    pub to: Condition,
    /// The verdict then.
    pub verdict: Verdict,
}

/// What would change the verdict: each known fact with another value, all others as they are.
#[must_use]
pub fn changes(facts: &Facts) -> Vec<Change> {
    let Some(now) = decide(facts).verdict() else { return Vec::new() };
    let mut changes: Vec<Change> = Vec::new();
    for fact in Fact::ALL.iter().copied().filter(|fact| facts.get(*fact).is_known()) {
        for to in facts.get(fact).not().each() {
            let Some(verdict) = decide(&facts.with(to)).verdict() else { continue };
            if verdict == now {
                continue;
            }
            let same = changes.iter_mut().find(|change| change.to.fact == fact && change.verdict == verdict);
            match same {
                Some(change) => change.to = change.to.or(to),
                None => changes.push(Change { to, verdict }),
            }
        }
    }
    changes
}
