use super::MAX_TOPIC_CHARS;

/// Words that say nothing about licensing.
const STOP_WORDS: &[&str] = &[
    "a", "again", "am", "an", "and", "any", "are", "as", "at", "be", "because", "been", "but", "by", "can",
    "contact", "did", "do", "does", "for", "from", "get", "got", "has", "have", "he", "help", "how", "i",
    "if", "in", "is", "it", "its", "make", "me", "message", "my", "of", "ok", "on", "or", "our", "please",
    "she", "so", "than", "that", "the", "their", "then", "there", "they", "this", "to", "try", "trying",
    "up", "was", "we", "were", "what", "when", "which", "why", "will", "with", "you", "your",
];

/// Spellings that mean the same.
const SAME: &[(&str, &str)] = &[
    ("licence", "license"),
    ("licenced", "licensed"),
    ("licencing", "licensing"),
    ("computers", "computer"),
    ("expires", "expired"),
    ("expire", "expired"),
    ("registery", "registry"),
    ("hwid", "hardware-id"),
];

/// A topic, cleaned.
pub(super) struct Topic {
    untrimmed: String,
    text: String,
    words: Vec<String>,
}

impl Topic {
    pub(super) fn new(topic: &str) -> Self {
        let limited: String = topic.chars().take(MAX_TOPIC_CHARS).collect();
        // Typographic quotes come with a text that was pasted from a page.
        let plain: String = limited
            .chars()
            .map(|c| match c {
                '\u{2018}' | '\u{2019}' | '\u{00B4}' | '`' => '\'',
                '\u{201C}' | '\u{201D}' | '\u{00AB}' | '\u{00BB}' => '"',
                '\u{00A0}' | '\u{2007}' | '\u{202F}' => ' ',
                '\u{2010}'..='\u{2014}' => '-',
                c if c.is_control() => ' ',
                c => c,
            })
            .collect();
        let text = unquote(plain.trim()).trim().to_owned();
        let words = words(&text);
        Self { untrimmed: plain, text, words }
    }

    /// The topic without surrounding spaces and quotes.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The topic with its spaces, for value names in which a space matters.
    pub(super) fn untrimmed(&self) -> &str {
        unquote(&self.untrimmed)
    }

    /// Its words, lower case, without stop words, in order.
    pub(super) fn words(&self) -> &[String] {
        &self.words
    }
}

/// Takes one pair of quotes off.
fn unquote(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner;
        }
    }
    text
}

/// Splits a text into comparable words: lower case, no apostrophes, one spelling, singular, no stop words.
pub(super) fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace('\'', "")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !STOP_WORDS.contains(word))
        .map(canonical)
        .collect()
}

fn canonical(word: &str) -> String {
    let word: String = word.chars().take(40).collect();
    let word = SAME.iter().find(|(from, _)| *from == word).map_or(word, |(_, to)| (*to).to_owned());
    match word.strip_suffix('s') {
        Some(stem) if stem.chars().count() >= 4 && !stem.ends_with(['s', 'u', 'i']) => {
            match SAME.iter().find(|(from, _)| *from == stem) {
                Some((_, to)) => (*to).to_owned(),
                None => stem.to_owned(),
            }
        }
        _ => word,
    }
}

/// Letters and digits only, lower case: for comparing names.
pub(super) fn squeeze(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(80).collect()
}

/// How alike two short texts are, 0 to 1: one minus the edits (transpositions count once) over the longer
/// length.
pub(super) fn likeness(a: &str, b: &str) -> f64 {
    let longer = a.chars().count().max(b.chars().count());
    if longer == 0 {
        return 1.0;
    }
    let shorter = a.chars().count().min(b.chars().count());
    // Cheap bound before the quadratic work.
    if (longer - shorter) * 2 > longer {
        return 0.0;
    }
    #[allow(clippy::cast_precision_loss)] // Lengths are below a hundred.
    let share = strsim::osa_distance(a, b) as f64 / longer as f64;
    1.0 - share
}

/// Does a pattern with `*` match the whole text? Both lower case.
pub(crate) fn wildcard(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return text.is_empty() };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_made_comparable() {
        assert_eq!(
            words("The local computer's client access LICENCES, please; are you expired?"),
            ["local", "computer", "client", "access", "license", "expired"]
        );
        assert_eq!(words("it's a ... !"), Vec::<String>::new());
    }

    #[test]
    fn quotes_come_off_and_blanks_are_kept_where_they_count() {
        let topic = Topic::new("  \u{201C} Name\u{201D} ");
        assert_eq!(topic.text(), "Name");
        assert_eq!(Topic::new("' Name'").untrimmed(), " Name");
        assert_eq!(Topic::new("\"").text(), "\"");
    }

    #[test]
    fn likeness_counts_a_transposition_once() {
        assert!((likeness("license", "licesne") - 6.0 / 7.0).abs() < 1e-9);
        assert!((likeness("", "") - 1.0).abs() < 1e-9);
        assert!(likeness("a", "abcdefgh") < 1e-9);
    }
}
