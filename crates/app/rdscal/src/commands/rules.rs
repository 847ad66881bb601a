//! `rdscal rules`: list the rules.

use licensing::rules::{self, Rule, RuleDoc};
use serde_json::json;

use crate::args::{Format, RulesArgs, TEXT_OR_JSON};
use crate::exit::{Exit, Failure};
use crate::output;

/// A rule with its page.
#[derive(serde::Serialize)]
struct Page<'a> {
    #[serde(flatten)]
    rule: &'a Rule,
    page: &'a RuleDoc,
}

/// Runs the command.
pub fn run(args: &RulesArgs) -> Result<Exit, Failure> {
    let format = args.output.format(args.format, TEXT_OR_JSON)?;
    let wanted = args.filter.as_deref().unwrap_or_default().to_lowercase();
    let rules: Vec<_> = rules::all()
        .filter(|rule| {
            let family = format!("{:?}", rule.family());
            [rule.id, rule.name, rule.title, &family].iter().any(|text| text.to_lowercase().contains(&wanted))
        })
        .collect();
    let text = match format {
        Format::Json => {
            let pages: Vec<_> = rules.iter().map(|rule| Page { rule, page: rule.doc() }).collect();
            report::json::render(&json!({ "schema": "rdscal.rules/1", "rules": pages }))?
        }
        _ => report::text::rules(&rules, output::width()),
    };
    output::write(&text, &args.output)?;
    Ok(Exit::Fine)
}
