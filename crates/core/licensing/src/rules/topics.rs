//! The catalog as topics that can be explained.

use super::{Confidence, Rule, all};
use crate::explain::{self, Answer, RuleTopic};
use crate::knowledge::Certainty;

/// Explains a topic from the knowledge tables and the catalog together.
#[must_use]
pub fn explain(topic: &str) -> Answer {
    let pages: Vec<Page> = all().map(Page::of).collect();
    let topics: Vec<RuleTopic<'_>> = pages.iter().map(Page::topic).collect();
    explain::explain(topic, &topics)
}

/// What a topic borrows from.
struct Page {
    rule: &'static Rule,
    names: Vec<&'static str>,
    sections: Vec<(&'static str, &'static str)>,
}

impl Page {
    fn of(rule: &'static Rule) -> Self {
        let doc = rule.doc();
        Self {
            rule,
            names: std::iter::once(rule.name).chain(rule.aliases.iter().copied()).collect(),
            sections: vec![
                ("What it looks at", doc.looks_at),
                ("Why it matters", doc.why),
                ("How it can be wrong", doc.can_be_wrong),
                ("Fix", doc.fix),
                ("Fix safety", doc.fix_safety),
                ("Verify", doc.verify),
            ],
        }
    }

    fn topic(&self) -> RuleTopic<'_> {
        RuleTopic {
            id: self.rule.id,
            aliases: &self.names,
            title: self.rule.title,
            summary: self.rule.doc().summary,
            sections: &self.sections,
            certainty: Some(match self.rule.confidence {
                Confidence::High => Certainty::Documented,
                Confidence::Medium => Certainty::Reported,
                Confidence::Low => Certainty::Inferred,
            }),
            sources: self.rule.sources,
        }
    }
}
