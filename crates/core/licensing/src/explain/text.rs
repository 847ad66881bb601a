use super::{MAX_TOPIC_CHARS, language};

/// Words that say nothing about licensing.
const STOP_WORDS: &[&str] = &[
    "a",
    "again",
    "am",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "be",
    "because",
    "been",
    "but",
    "by",
    "can",
    "code",
    "contact",
    "disconnect",
    "did",
    "do",
    "does",
    "for",
    "from",
    "get",
    "got",
    "had",
    "has",
    "have",
    "he",
    "help",
    "how",
    "i",
    "if",
    "in",
    "is",
    "it",
    "its",
    "make",
    "me",
    "message",
    "my",
    "of",
    "ok",
    "on",
    "or",
    "our",
    "please",
    "says",
    "she",
    "so",
    "than",
    "that",
    "the",
    "their",
    "then",
    "there",
    "they",
    "this",
    "to",
    "try",
    "trying",
    "up",
    "was",
    "we",
    "were",
    "what",
    "when",
    "which",
    "why",
    "will",
    "with",
    "would",
    "you",
    "your",
];

/// Spellings and names that mean the same: old names of the product become the current ones.
const SAME: &[(&str, &str)] = &[
    ("licence", "license"),
    ("licenced", "licensed"),
    ("licencing", "licensing"),
    ("lic", "license"),
    ("computers", "computer"),
    ("pc", "computer"),
    ("machine", "computer"),
    ("expires", "expired"),
    ("expire", "expired"),
    ("expiry", "expired"),
    ("registery", "registry"),
    ("hwid", "hardware id"),
    ("ts", "terminal"),
    ("rds", "remote"),
    ("rd", "remote"),
    ("rdp", "remote"),
    ("rdsh", "session host"),
    ("tscal", "cal"),
    ("rdscal", "cal"),
    ("cant", "cannot"),
    ("couldnt", "cannot"),
    ("couldn", "cannot"),
    ("unable", "cannot"),
    ("isnt", "not"),
    ("arent", "not"),
    ("hasnt", "not"),
    ("havent", "not"),
    ("doesnt", "not"),
    ("didnt", "not"),
    ("wasnt", "not"),
    ("wont", "not"),
    ("no", "not"),
    ("none", "not"),
    ("invalid", "not valid"),
    ("unavailable", "not available"),
    ("unreachable", "not reachable"),
    ("discovered", "find"),
    ("discover", "find"),
    ("locate", "find"),
    ("found", "find"),
    ("damaged", "corrupt"),
    ("corrupted", "corrupt"),
    ("left", "remaining"),
    ("hour", "60 minute"),
    ("working", "work"),
    ("timeout", "timed out"),
];

/// A topic, cleaned.
pub(super) struct Topic {
    untrimmed: String,
    text: String,
    words: Vec<String>,
    foreign: bool,
    question: bool,
    quoted: Vec<String>,
}

/// Words that begin a question.
const QUESTIONS: &[&str] = &[
    "what", "how", "do", "does", "can", "could", "which", "should", "is", "are", "why", "when", "where",
    "who", "may",
];

impl Topic {
    pub(super) fn new(topic: &str) -> Self {
        let limited: String = topic.chars().take(MAX_TOPIC_CHARS).collect();
        let plain = plain(&limited);
        let text = unquote(plain.trim()).trim().to_owned();
        let (english, foreign) = match language::translate(&text) {
            Some(english) => (english, true),
            None => (text.clone(), false),
        };
        let mut words = words(&english);
        // In other languages the words of a CAL stand in another order.
        if foreign && ["client", "access", "license"].iter().all(|part| words.iter().any(|word| word == part))
        {
            words.retain(|word| !["client", "access"].contains(&word.as_str()));
            words.push("cal".to_owned());
        }
        let quoted = quoted(&text);
        let first = text.split(' ').next().unwrap_or_default().to_lowercase();
        let question = text.ends_with('?') || (QUESTIONS.contains(&first.as_str()) && words.len() <= 12);
        Self { untrimmed: plain, text, words, foreign, question, quoted }
    }

    /// The topic without surrounding spaces and quotes.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The topic with its spaces, for value names in which a space matters.
    pub(super) fn untrimmed(&self) -> &str {
        unquote(&self.untrimmed)
    }

    /// Its words, lower case, without stop words, in order; in English.
    pub(super) fn words(&self) -> &[String] {
        &self.words
    }

    /// Is it in another language than English, so that words of it are missing?
    pub(super) fn is_foreign(&self) -> bool {
        self.foreign
    }

    /// Is it a registry path or a file, and not a sentence that contains one?
    pub(super) fn is_path(&self) -> bool {
        self.text.contains('\\')
            && (self.words.len() <= 8 || self.text.trim_start_matches(['[', '-']).starts_with("HK"))
    }

    /// True for a question, false for a pasted text.
    pub(super) fn is_question(&self) -> bool {
        self.question
    }

    /// Does the word occur in quotes only, as names do?
    pub(super) fn is_quoted(&self, word: &str) -> bool {
        self.quoted.iter().any(|quoted| quoted == word)
    }

    /// Is there a word about licensing in it?
    pub(super) fn is_about_licensing(&self) -> bool {
        self.words.iter().any(|word| is_licensing(word))
    }
}

/// Is it a word about licensing, perhaps misspelt?
pub(super) fn is_licensing(word: &str) -> bool {
    word.contains("licens")
        || ["cal", "grace"].contains(&word)
        || (6..=10).contains(&word.len())
            && ["license", "licensing"].iter().any(|known| strsim::osa_distance(word, known) <= 2)
}

/// Typographic quotes, spaces and widths come with a text that was pasted; they become plain ones.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}'))
        .map(|c| match c {
            '\u{2018}' | '\u{2019}' | '\u{00B4}' | '`' | '\u{201B}' => '\'',
            '\u{201C}'..='\u{201F}' | '\u{00AB}' | '\u{00BB}' | '\u{300C}' | '\u{300D}' => '"',
            '\u{00A0}' | '\u{2007}' | '\u{202F}' | '\u{3000}'..='\u{3002}' => ' ',
            '\u{2010}'..='\u{2014}' => '-',
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            c if c.is_control() => ' ',
            c => c,
        })
        .collect()
}

/// Lower case, Latin letters without their accents.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            '\u{0300}'..='\u{036F}' => {}
            'à'..='å' | 'ā' => folded.push('a'),
            'ç' | 'č' | 'ć' => folded.push('c'),
            'è'..='ë' | 'ē' | 'ę' => folded.push('e'),
            'ì'..='ï' => folded.push('i'),
            'ñ' => folded.push('n'),
            'ò'..='ö' | 'ø' => folded.push('o'),
            'ù'..='ü' => folded.push('u'),
            'ý' | 'ÿ' => folded.push('y'),
            'ß' => folded.push_str("ss"),
            'œ' => folded.push_str("oe"),
            'ё' => folded.push('е'),
            c => folded.push(c),
        }
    }
    folded
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

/// Words between double quotes, where messages put names.
fn quoted(text: &str) -> Vec<String> {
    text.split('"').skip(1).step_by(2).flat_map(words).collect()
}

/// Splits a text into comparable words: lower case, no apostrophes, one spelling, singular, no stop words.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let folded = fold(text).replace('\'', "");
    // The number of an advisory is one word.
    let folded =
        folded.split_whitespace().filter(|word| !is_host(word)).map(advisory).collect::<Vec<_>>().join(" ");
    for word in folded.split(|c: char| !c.is_alphanumeric()) {
        if word.is_empty() || STOP_WORDS.contains(&word) {
            continue;
        }
        words.extend(canonical(word).split(' ').map(str::to_owned));
        // The long name of a CAL.
        if let [.., client, access, license] = words.as_slice()
            && (client.as_str(), access.as_str(), license.as_str()) == ("client", "access", "license")
        {
            words.truncate(words.len() - 3);
            words.push("cal".to_owned());
        }
    }
    words
}

/// The name or address of a computer: labels between dots, with a digit or hyphen, or several dots.
fn is_host(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let dots = word.matches('.').count();
    dots > 0
        && word.chars().all(|c| c.is_ascii_alphanumeric() || "-._@:".contains(c))
        && (dots > 1 || word.contains(|c: char| c.is_ascii_digit() || c == '-' || c == '@'))
        && word.split('.').all(|label| label.len() > 1 || label.bytes().all(|byte| byte.is_ascii_digit()))
}

fn advisory(word: &str) -> String {
    if word.starts_with("cve-") { word.replace('-', "") } else { word.to_owned() }
}

fn canonical(word: &str) -> String {
    let word: String = word.chars().take(40).collect();
    let same = |word: &str| SAME.iter().find(|(from, _)| *from == word).map(|(_, to)| (*to).to_owned());
    if let Some(same) = same(&word) {
        return same;
    }
    match word.strip_suffix('s') {
        Some("cal") => "cal".to_owned(),
        Some(stem) if stem.chars().count() >= 3 && !stem.ends_with(['s', 'u', 'i']) => {
            same(stem).unwrap_or_else(|| stem.to_owned())
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
            ["local", "computer", "cal", "expired"]
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
