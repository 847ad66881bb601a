//! The catalog as topics that can be explained.

use super::{Confidence, Rule, all, retired_by_name};
use crate::explain::{self, Answer, Explanation, RuleTopic, TopicKind};
use crate::knowledge::Certainty;

/// Explains a topic from the knowledge tables and the catalog together.
#[must_use]
pub fn explain(topic: &str) -> Answer {
    let pages: Vec<Page> = all().map(Page::of).collect();
    let topics: Vec<RuleTopic<'_>> = pages.iter().map(Page::topic).collect();
    let mut answer = explain::explain(topic, &topics);
    if let Some(rule) = retired_by_name(topic.trim()) {
        let mut retired = Explanation::new(
            format!("rule:{}", rule.id),
            TopicKind::Rule,
            format!("{} ({}), a retired rule", rule.id, rule.name),
        );
        retired.what = format!("A rule of an earlier version, which could not fire. {}", rule.reason);
        answer.matches = vec![retired];
        answer.suggestions.clear();
    }
    answer
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
