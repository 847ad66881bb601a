//! Conversion between LGPO text and `Registry.pol`.

use super::{Action, PrintError, Scope, Setting};
use crate::pol::{self, PolicyFile, Record, RecordError};
use crate::text::Text;

/// The value name of settings that do not concern a single value.
const ANY: &str = "*";

/// Returns the settings of a policy file.
///
/// # Errors
/// [`PrintError`] for a command that does not exist in LGPO text (`**soft.`, `**securekey`).
pub fn from_policy(policy: &PolicyFile, scope: &Scope) -> Result<Vec<Setting>, PrintError> {
    let mut settings = Vec::new();
    for record in policy.records() {
        let mut push = |name: Text, action: Action| {
            settings.push(Setting { scope: scope.clone(), key: record.key().clone(), name, action, line: 0 });
        };
        let unknown = |why| PrintError { key: record.key().clone(), name: record.value().clone(), why };
        match record.action() {
            pol::Action::Set => {
                push(record.value().clone(), Action::Set { ty: record.ty(), data: record.data().to_vec() });
            }
            pol::Action::CreateKey => push(ANY.into(), Action::CreateKey),
            pol::Action::DeleteValue(name) => push(name, Action::Delete),
            pol::Action::DeleteAllValues => push(ANY.into(), Action::DeleteAllValues),
            pol::Action::DeleteValues(names) => names.into_iter().for_each(|name| push(name, Action::Delete)),
            pol::Action::DeleteKeys(names) => push(join(&names), Action::DeleteKeys),
            pol::Action::SetIfAbsent(_) => return Err(unknown("it has no form for **soft.")),
            pol::Action::SecureKey(_) => return Err(unknown("it has no form for **securekey")),
        }
    }
    Ok(settings)
}

/// Returns the policy file of the settings for `scope`.
///
/// # Errors
/// [`RecordError`] if a setting cannot be written.
pub fn to_policy(settings: &[Setting], scope: &Scope) -> Result<PolicyFile, RecordError> {
    const NOTHING: &[u8] = b" \0\0\0";
    let mut policy = PolicyFile::new();
    for Setting { key, name, action, .. } in settings.iter().filter(|setting| setting.scope == *scope) {
        let command =
            |prefix: &str| -> Text { prefix.encode_utf16().chain(name.units().iter().copied()).collect() };
        let record = match action {
            Action::Set { ty, data } => Record::new(key, name, *ty, data)?,
            Action::Delete => Record::new(key, command("**del."), 1, NOTHING)?,
            Action::DeleteAllValues => Record::new(key, "**delvals.", 1, NOTHING)?,
            Action::DeleteKeys => Record::new(key, "**deletekeys", 1, &name.to_utf16le_nul())?,
            Action::CreateKey => Record::new(key, "", 0, &[])?,
            Action::Clear => {
                policy.forget(key, name);
                continue;
            }
        };
        policy.push(record);
    }
    Ok(policy)
}

fn join(names: &[Text]) -> Text {
    let names: Vec<&[u16]> = names.iter().map(Text::units).collect();
    Text::from_units(names.join(&u16::from(b';')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CodePage;
    use crate::lgpo::{parse, print, to_bytes};

    #[test]
    fn a_policy_goes_there_and_back() {
        let record = |value: &str, ty, data: &[u8]| Record::new("K", value, ty, data).unwrap();
        let mut policy = PolicyFile::new();
        for record in [
            record("a", 4, &[1, 0, 0, 0]),
            record("**del.b", 1, b" \0\0\0"),
            record("**delvals.", 1, b" \0\0\0"),
            record("**deletekeys", 1, b"x\0;\0y\0\0\0"),
            record("", 0, &[]),
            record("", 1, b"d\0\0\0"),
        ] {
            policy.push(record);
        }
        let settings = from_policy(&policy, &Scope::User).unwrap();
        let text = print(&settings).unwrap();
        let parsed = parse(&to_bytes(&text), CodePage::default());
        assert_eq!(parsed.problems, []);
        assert_eq!(to_policy(&parsed.settings, &Scope::User), Ok(policy.clone()));
        assert_eq!(to_policy(&parsed.settings, &Scope::Computer), Ok(PolicyFile::new()));

        let clear = Setting { action: Action::Clear, name: "A".into(), ..settings[0].clone() };
        let cleared = to_policy(&[settings[0].clone(), clear], &Scope::User).unwrap();
        assert_eq!(cleared, PolicyFile::new());

        policy.push(record("**deletevalues", 1, b"x\0;\0y\0\0\0"));
        let names: Vec<Text> =
            from_policy(&policy, &Scope::User).unwrap().into_iter().map(|setting| setting.name).collect();
        assert_eq!(names[6..], ["x", "y"].map(Text::from));
        policy.push(record("**soft.c", 4, &[1, 0, 0, 0]));
        assert_eq!(from_policy(&policy, &Scope::User).unwrap_err().name, "**soft.c");
    }
}
