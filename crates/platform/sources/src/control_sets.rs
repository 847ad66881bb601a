//! Resolving `CurrentControlSet` to a numbered control set.

use snapshot::{ControlSets, Name, Note};

/// The four numbers of `HKLM\SYSTEM\Select`; `None` for missing ones.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Select {
    pub(super) current: Option<u32>,
    pub(super) default: Option<u32>,
    pub(super) last_known_good: Option<u32>,
    pub(super) failed: Option<u32>,
}

impl Select {
    pub(super) fn read(number: impl Fn(&str) -> Option<u32>) -> Self {
        Self {
            current: number("Current"),
            default: number("Default"),
            last_known_good: number("LastKnownGood"),
            failed: number("Failed"),
        }
    }

    /// Chooses one of the available sets. Inconsistencies are added to the notes.
    pub(super) fn resolve(self, mut available: Vec<String>, notes: &mut Vec<Note>) -> Option<ControlSets> {
        available.sort_by_key(|name| name.to_ascii_lowercase());
        let first = available.first()?.clone();
        let mut note = |text: String| notes.push(Note { about: r"HKLM\SYSTEM\Select".to_owned(), text });
        let named = self.current.map(|number| format!("ControlSet{number:03}"));
        let found =
            named.as_ref().and_then(|name| available.iter().find(|set| set.eq_ignore_ascii_case(name)));
        let resolved = match (found, named) {
            (Some(set), _) => set.clone(),
            (None, Some(missing)) => {
                note(format!(
                    "{missing} should be the current control set but does not exist; {first} is used instead"
                ));
                first
            }
            (None, None) => {
                note(if available.len() > 1 {
                    format!("the current control set cannot be determined; {first} is used")
                } else {
                    format!("the source has no Select key; {first}, its only control set, is used")
                });
                first
            }
        };
        if let (Some(current), Some(default)) = (self.current, self.default)
            && current != default
        {
            note(format!(
                "Current is {current} but Default is {default}: the next start will use another control set than the one \
                 judged here"
            ));
        }
        let Self { current, default, last_known_good, failed } = self;
        Some(ControlSets { resolved, current, default, last_known_good, failed, available })
    }
}

/// The name as text if it is that of a numbered control set.
pub(super) fn numbered(name: &Name) -> Option<&str> {
    let name = name.as_str()?;
    let (head, digits) = name.split_at_checked(10)?;
    let numbered = head.eq_ignore_ascii_case("ControlSet") && digits.len() == 3;
    (numbered && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(current: Option<u32>, default: Option<u32>, available: &[&str]) -> (Option<String>, usize) {
        let mut notes = Vec::new();
        let select = Select { current, default, ..Select::default() };
        let sets = select.resolve(available.iter().map(|&name| name.to_owned()).collect(), &mut notes);
        (sets.map(|sets| sets.resolved), notes.len())
    }

    #[test]
    fn select_decides_and_what_it_leaves_open_is_noted() {
        let both = ["ControlSet002", "controlset001"];
        assert_eq!(resolve(Some(2), Some(2), &both), (Some("ControlSet002".into()), 0));
        assert_eq!(resolve(Some(1), Some(2), &both), (Some("controlset001".into()), 1));
        assert_eq!(resolve(Some(7), Some(7), &both), (Some("controlset001".into()), 1));
        assert_eq!(resolve(None, None, &both), (Some("controlset001".into()), 1));
        assert_eq!(resolve(None, None, &["ControlSet003"]), (Some("ControlSet003".into()), 1));
        assert_eq!(resolve(Some(1), None, &[]), (None, 0));
    }

    #[test]
    fn only_three_digits_make_a_control_set() {
        assert_eq!(numbered(&Name::from("CONTROLSET001")), Some("CONTROLSET001"));
        for other in ["CurrentControlSet", "ControlSet1", "ControlSet0001", "ControlSet00x", "Größe"] {
            assert_eq!(numbered(&Name::from(other)), None, "{other}");
        }
    }
}
