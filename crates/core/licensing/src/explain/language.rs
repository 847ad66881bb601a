//! Texts in other display languages, read as the English words of their terms.

use super::text::fold;
use crate::knowledge::messages::{LANGUAGES, Language, Term};

/// Words by which an English text is known.
const ENGLISH: &[&str] = &[
    "the", "are", "were", "has", "have", "been", "because", "there", "your", "this", "that", "and", "for",
    "from", "what", "how", "why", "you", "cannot", "does", "do", "not", "with", "which", "should", "it",
];

/// Words that are the same in every language.
const COMMON: &[&str] = &[
    "server",
    "client",
    "cal",
    "cals",
    "rd",
    "rds",
    "host",
    "windows",
    "office",
    "citrix",
    "credssp",
    "nla",
    "gateway",
    "vpn",
    "dns",
    "kms",
    "rdp",
    "active",
    "directory",
];

/// The English words of a text in another language. `None` for an English text.
pub(super) fn translate(text: &str) -> Option<String> {
    let folded = fold(text);
    let has = |low: char, high: char| folded.chars().any(|c| (low..=high).contains(&c));
    let named = |name: &str| LANGUAGES.iter().find(|language| language.name == name);
    if has('\u{AC00}', '\u{D7A3}') {
        return named("Korean").map(|language| scan_dense(&folded, language));
    }
    if has('\u{3040}', '\u{30FF}') {
        return named("Japanese").map(|language| scan_dense(&folded, language));
    }
    if has('\u{4E00}', '\u{9FFF}') {
        return named("Chinese").map(|language| scan_dense(&folded, language));
    }
    let spaced = spaced(&folded);
    if has('\u{0400}', '\u{04FF}') {
        return named("Russian").map(|language| scan_spaced(&spaced, language).0);
    }
    let words = spaced.split(' ').count();
    let english = spaced.split(' ').filter(|word| ENGLISH.contains(word)).count();
    let (english_text, distinctive) = LANGUAGES
        .iter()
        .map(|language| scan_spaced(&spaced, language))
        .max_by_key(|(_, distinctive)| *distinctive)?;
    let enough = if words <= 4 || english == 0 { 1 } else { 2 };
    (distinctive >= enough && distinctive > english * 2).then_some(english_text)
}

/// Words apart by single spaces; `l'ordinateur` is two words.
fn spaced(folded: &str) -> String {
    let apart: String = folded.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    apart.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Languages with spaces: terms at the beginning of words, and behind each other in a compound. Also how many
/// terms were found that do not look English.
fn scan_spaced(text: &str, language: &Language) -> (String, usize) {
    let mut english = Vec::new();
    let mut distinctive = 0;
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(term) = longest(rest, language, fits_word) {
            english.push(term.english);
            distinctive += usize::from(!resembles(term));
            let behind = rest.get(term.stem.len()..).unwrap_or_default();
            // The rest of a compound may be a term itself; otherwise it is an ending.
            let compound = longest(behind, language, |term, rest| {
                term.stem.chars().count() >= 5 && rest.starts_with(term.stem)
            });
            let ending = behind.find(' ').map_or("", |at| behind.get(at + 1..).unwrap_or_default());
            let connected = behind.strip_prefix('s').unwrap_or(behind);
            rest = match compound {
                Some(_) if !behind.starts_with(' ') => behind,
                _ if longest(connected, language, |term, rest| {
                    term.stem.chars().count() >= 6 && rest.starts_with(term.stem)
                })
                .is_some() =>
                {
                    connected
                }
                _ => ending,
            };
            continue;
        }
        let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
        if COMMON.contains(&word) || word.bytes().any(|byte| byte.is_ascii_digit()) {
            english.push(word);
        }
        rest = after;
    }
    (english.join(" "), distinctive)
}

/// Languages without spaces between words, or with free ones.
fn scan_dense(text: &str, language: &Language) -> String {
    let dense: String = {
        let mut dense = String::with_capacity(text.len());
        let mut last_ascii = true;
        for word in text.split_whitespace() {
            // A space between words in ASCII letters counts.
            let first_ascii = word.starts_with(|c: char| c.is_ascii());
            if last_ascii && first_ascii {
                dense.push(' ');
            }
            dense.push_str(word);
            last_ascii = word.ends_with(|c: char| c.is_ascii());
        }
        dense
    };
    let mut english = String::new();
    let mut rest = dense.as_str();
    while let Some(first) = rest.chars().next() {
        if let Some(term) = longest(rest, language, |term, rest| rest.starts_with(term.stem)) {
            english.push(' ');
            english.push_str(term.english);
            english.push(' ');
            rest = rest.get(term.stem.len()..).unwrap_or_default();
            continue;
        }
        english.push(if first.is_ascii() { first } else { ' ' });
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
    }
    english
}

fn longest<'t>(rest: &str, language: &'t Language, fits: impl Fn(&Term, &str) -> bool) -> Option<&'t Term> {
    language.terms.iter().filter(|term| fits(term, rest)).max_by_key(|term| term.stem.len())
}

/// A long stem may be the beginning of a word, a short one must be the word.
fn fits_word(term: &Term, rest: &str) -> bool {
    rest.strip_prefix(term.stem)
        .is_some_and(|behind| term.stem.chars().count() >= 5 || behind.is_empty() || behind.starts_with(' '))
}

/// Is the stem the beginning of an English word too, so that it does not tell the language?
fn resembles(term: &Term) -> bool {
    // British English: licence.
    term.english.split(' ').any(|word| word.starts_with(term.stem))
        || term.stem.chars().count() < 6
        || term.stem == "licence"
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn terms_are_found_in_every_script() {
        let german =
            translate("Die Remotesitzung wurde getrennt, da keine Remotedesktop-Lizenzserver verfügbar sind");
        assert_eq!(
            german.as_deref(),
            Some("remote session disconnected no remote desktop license server available")
        );
        let chinese = translate("由于没有远程桌面授权服务器可以提供许可证");
        let words: Vec<_> = chinese.iter().flat_map(|text| text.split_whitespace()).collect();
        assert_eq!(words.join(" "), "no remote desktop license server available provide license");
        assert_eq!(
            translate("The remote session was disconnected because there are no license servers"),
            None
        );
        assert_eq!(translate("event 1069"), None);
    }
}
