//! The rules' pages, collected from their files by `build.rs`.

use serde::Serialize;

use super::{Family, PAGES};

/// What `build.rs` collects from the folder of a rule.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) name: &'static str,
    pub(super) family: Family,
    pub(super) needs: &'static [&'static str],
    pub(super) doc: RuleDoc,
}

/// The page of a rule: the sections of the doc comment at the top of its file, as Markdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RuleDoc {
    /// The opening lines.
    pub summary: &'static str,
    /// *What it looks at*
    pub looks_at: &'static str,
    /// *Why it matters*
    pub why: &'static str,
    /// *How it can be wrong*
    pub can_be_wrong: &'static str,
    /// *Fix*: a list, in the order of least harm.
    pub fix: &'static str,
    /// *Fix safety*
    pub fix_safety: &'static str,
    /// *Verify*
    pub verify: &'static str,
}

impl RuleDoc {
    /// The steps of the *Fix* section, one for each item of its list.
    #[must_use]
    pub fn steps(&self) -> Vec<String> {
        let mut steps: Vec<String> = Vec::new();
        for line in self.fix.lines() {
            let text = line.trim();
            if let Some(item) = list_item(text) {
                steps.push(item.to_owned());
            } else if let Some(step) = steps.last_mut().filter(|_| !text.is_empty()) {
                step.push(' ');
                step.push_str(text);
            } else if !text.is_empty() {
                steps.push(text.to_owned());
            }
        }
        steps
    }
}

/// `1. text`, `* text` or `- text`.
fn list_item(line: &str) -> Option<&str> {
    if let Some(text) = line.strip_prefix("* ").or_else(|| line.strip_prefix("- ")) {
        return Some(text);
    }
    let (number, text) = line.split_once(". ")?;
    number.bytes().all(|b| b.is_ascii_digit()).then_some(text)
}

static MISSING: Page = Page {
    name: "",
    family: Family::Mode,
    needs: &[],
    doc: RuleDoc {
        summary: "",
        looks_at: "",
        why: "",
        can_be_wrong: "",
        fix: "",
        fix_safety: "",
        verify: "",
    },
};

/// The page of the rule with this name. Every rule has one: a test compares each name with its folder.
pub(super) fn of(name: &str) -> &'static Page {
    let index = PAGES.binary_search_by_key(&name, |page| page.name);
    index.ok().and_then(|index| PAGES.get(index)).unwrap_or(&MISSING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_follow_the_list() {
        let doc = RuleDoc { fix: "1. First,\n   continued.\n2. Second.", ..MISSING.doc };
        assert_eq!(doc.steps(), ["First, continued.", "Second."]);
    }
}
