use super::{
    answer::{Explanation, Section, TopicKind},
    text::{Topic, squeeze},
};
use crate::knowledge::{Certainty, Source};

/// A rule of the catalog, as far as explaining it goes.
#[derive(Debug, Clone, Copy)]
pub struct RuleTopic<'a> {
    /// Its id, such as `RDSL-007`.
    pub id: &'a str,
    /// Other names: former ids, short names.
    pub aliases: &'a [&'a str],
    /// Its title.
    pub title: &'a str,
    /// What it says, in a sentence or two.
    pub summary: &'a str,
    /// Headings and texts of its page, in order.
    pub sections: &'a [(&'a str, &'a str)],
    /// How sure we are of what it rests on.
    pub certainty: Option<Certainty>,
    /// Where it is from.
    pub sources: &'a [Source],
}

/// Explanations for rule ids and aliases. Understood are also `rdsl7`, `RDSL 007`, `rule 7`.
pub(super) fn find(topic: &Topic, rules: &[RuleTopic<'_>], found: &mut Vec<Explanation>) {
    let asked = squeeze(topic.text());
    if asked.is_empty() {
        return;
    }
    let number = asked
        .strip_prefix("rdsl")
        .or_else(|| asked.strip_prefix("rule"))
        .filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|digits| digits.parse::<u32>().ok());
    for rule in rules {
        let own = rule.id.rsplit('-').next().and_then(|digits| digits.parse::<u32>().ok());
        let by_number = number.is_some() && number == own;
        let by_name = squeeze(rule.id) == asked || rule.aliases.iter().any(|alias| squeeze(alias) == asked);
        if by_number || by_name {
            found.push(explanation(rule).scored(1000));
        }
    }
}

pub(super) fn explanation(rule: &RuleTopic<'_>) -> Explanation {
    let mut explanation = Explanation::new(
        format!("rule:{}", rule.id),
        TopicKind::Rule,
        format!("{}: {}", rule.id, rule.title),
    );
    rule.summary.clone_into(&mut explanation.what);
    for (heading, text) in rule.sections {
        explanation.sections.push(Section { heading: (*heading).to_owned(), text: (*text).to_owned() });
    }
    if !rule.aliases.is_empty() {
        explanation.fact("also known as", rule.aliases.join(", "));
    }
    explanation.certainty = rule.certainty;
    explanation.sources.extend(rule.sources);
    explanation.rules.push(rule.id.to_owned());
    explanation
}
