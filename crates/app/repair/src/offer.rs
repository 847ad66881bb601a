//! Commands that plan the repair of a finding.

use licensing::knowledge::products::CalKind;
use licensing::model::{KeyPack, Layer, LicensingMode, ServerEntry};
use licensing::rules::{Finding, RepairCommand};
use licensing::{Machine, Profile};
use snapshot::FileTime;

use crate::recipes::restore_security;
use crate::{Arguments, History, Parameter, ParameterKind, Plan, Recipe, Refusal, Request, emit};

/// The folder of a policy that is to be imported, in commands.
const POLICY_FOLDER: &str = "rdscal-gpo";

impl Recipe {
    /// The command that plans the repair of a finding on this machine, if its plan would be accepted. If a
    /// policy governs the setting, the command writes a policy. `None` also if the plan depends on a text
    /// that neither the evidence nor the user's choice provides.
    #[must_use]
    pub fn offer(
        &self,
        source: &str,
        machine: &Machine<'_>,
        finding: &Finding,
        now: FileTime,
    ) -> Option<RepairCommand> {
        if is_governed(self.name, machine) {
            return self.offer_policy(source, machine, now);
        }
        let history = History::default();
        let accepts = |arguments: Arguments| {
            let plan = self.plan(&Request { machine, arguments: &arguments, history: &history, now });
            // Without an option that only the user can give, nothing speaks against the rest of the plan.
            matches!(plan, Ok(_) | Err(Refusal::Usage(_)))
        };
        let mut command = format!("rdscal fix {} {}", self.name, shell_word(source));
        let profile = if machine.profile() == Profile::Image { " --profile image" } else { "" };
        let mut choices = Vec::new();
        let required = self.parameters.iter().find(|parameter| parameter.kind.is_required());
        let decided = required.and_then(|_| self.decided(machine, finding));
        match (required, decided) {
            (Some(Parameter { name, .. }), Some(word)) => {
                accepts(Arguments::default().with(name, word.as_str())).then_some(())?;
                command.extend([" ", &shell_word(&word)]);
            }
            (
                Some(Parameter {
                    name,
                    kind: ParameterKind::Word(words) | ParameterKind::Operand(words),
                    ..
                }),
                None,
            ) => {
                let accepted = |word: &&'static str| accepts(Arguments::default().with(name, *word));
                choices.extend(words.iter().copied().filter(accepted));
                match choices.as_slice() {
                    [] => return None,
                    [one] => {
                        command.extend([" ", one]);
                        choices.clear();
                    }
                    _ => command.extend([" ", &name.to_uppercase()]),
                }
            }
            (Some(Parameter { name, .. }), None) => {
                accepts(Arguments::default().with(name, "license-server.example")).then_some(())?;
                command.push_str(" SERVER...");
            }
            (None, _) => accepts(Arguments::default()).then_some(())?,
        }
        command.push_str(profile);
        Some(RepairCommand { command, choices })
    }

    /// The command that writes the setting as a policy.
    fn offer_policy(&self, source: &str, machine: &Machine<'_>, now: FileTime) -> Option<RepairCommand> {
        let command = |recipe: &str, operands: &str| {
            let source = shell_word(source);
            format!("rdscal fix {recipe} {source} {operands} --emit gpo -o {POLICY_FOLDER}")
        };
        if self.name == "set-mode" {
            let history = History::default();
            let ground = emit::ground(self.name, machine);
            let policy = Machine::new(&ground, now, Profile::Auto);
            let present = machine.licensing_mode().stored().and_then(|found| found.value);
            let words = ["per-device", "per-user"].into_iter().filter(|word| {
                let arguments = Arguments::default().with("mode", *word);
                let request = Request { machine: &policy, arguments: &arguments, history: &history, now };
                let is_present = present.and_then(LicensingMode::cal_kind).map(word_of) == Some(*word);
                !is_present && self.plan(&request).is_ok()
            });
            let choices: Vec<_> = words.collect();
            return match choices.as_slice() {
                [] => None,
                [one] => Some(RepairCommand { command: command("set-mode", one), choices: Vec::new() }),
                _ => Some(RepairCommand { command: command("set-mode", "MODE"), choices }),
            };
        }
        // A tidied list is a new list; a policy has no form that corrects one.
        let names = tidied_policy_list(machine).filter(|_| self.name != "set-servers");
        let names = names.map_or("SERVER...".to_owned(), |names| names.join(" "));
        Some(RepairCommand { command: command("set-servers", &names), choices: Vec::new() })
    }

    /// The plan of the repair of a finding, if the evidence decides all of its parameters.
    pub(crate) fn decided_plan(
        &self,
        request: &Request<'_>,
        finding: &Finding,
    ) -> Option<Result<Plan, Refusal>> {
        let required = self.parameters.iter().find(|parameter| parameter.kind.is_required());
        let arguments = match required {
            Some(parameter) => {
                let word = self.decided(request.machine, finding)?;
                Arguments::default().with(parameter.name, word)
            }
            None => Arguments::default(),
        };
        Some(self.plan(&Request { arguments: &arguments, ..*request }))
    }

    /// The value of the required parameter that the evidence decides.
    fn decided(&self, machine: &Machine<'_>, finding: &Finding) -> Option<String> {
        let paths = || finding.evidence.iter().filter_map(|evidence| evidence.path.parse().ok());
        match self.name {
            "restore-security" => {
                paths().find_map(|path| restore_security::name_of(&path)).map(str::to_owned)
            }
            "clear-subkeys" => finding.evidence.first().map(|evidence| evidence.path.clone()),
            // The licenses that were purchased.
            "set-mode" => {
                let packs = machine.bought_packs().ok().flatten()?;
                let mut kinds = packs.iter().filter_map(KeyPack::cal_kind);
                let kind = kinds.next()?;
                kinds.all(|other| other == kind).then(|| word_of(kind).to_owned())
            }
            _ => None,
        }
    }
}

/// The mode for licenses of this kind, as an argument.
fn word_of(kind: CalKind) -> &'static str {
    match kind {
        CalKind::PerDevice => "per-device",
        CalKind::PerUser => "per-user",
    }
}

/// Whether a policy governs the setting that the recipe changes on this machine.
pub(crate) fn is_governed(recipe: &str, machine: &Machine<'_>) -> bool {
    if machine.snapshot().origin.kind == snapshot::OriginKind::Policy {
        return false;
    }
    let by_policy = |place: Option<Layer>| place == Some(Layer::Policy);
    match recipe {
        "set-mode" => by_policy(machine.licensing_mode().stored().map(|found| found.place)),
        "set-servers" | "tidy-servers" => {
            by_policy(machine.license_servers().stored().map(|found| found.place))
        }
        _ => false,
    }
}

/// The servers of the policy without the faults that tidying removes; `None` if an entry is not a name.
fn tidied_policy_list(machine: &Machine<'_>) -> Option<Vec<String>> {
    let list = machine.license_servers().stored()?.value.as_ref()?;
    let mut names: Vec<String> = Vec::new();
    for entry in list.iter().filter(|entry| !entry.is_blank()) {
        let ServerEntry(name) = entry.tidied();
        if !ServerEntry(name.clone()).is_usable() {
            return None;
        }
        if !names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            names.push(shell_word(&name));
        }
    }
    (!names.is_empty()).then_some(names)
}

/// A text as one argument for the shell of this system. Names of files and archive members may contain
/// anything, and the command is meant to be pasted.
fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-+=:,./\\@!{}".contains(c);
    if !text.is_empty() && text.chars().all(|c| is_plain(c) && !(cfg!(unix) && "\\!{}".contains(c))) {
        return text.to_owned();
    }
    if cfg!(windows) {
        // A file name on Windows contains no quotation mark.
        return format!("\"{}\"", text.replace('"', ""));
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[cfg(windows)]
    #[test]
    fn a_source_is_one_argument_of_the_shell() {
        assert_eq!(shell_word(r"C:\hives\SYSTEM"), r"C:\hives\SYSTEM");
        assert_eq!(shell_word(r"C:\my hives & more"), "\"C:\\my hives & more\"");
        assert_eq!(shell_word("100%"), "\"100%\"");
    }

    #[cfg(unix)]
    #[test]
    fn a_source_is_one_argument_of_the_shell() {
        for text in ["a b", "$(id)", "it's", "a;b", "a\nb", "`id`", "x|y", "*", "~", "", "a\\b", "-n"] {
            let shell = format!("printf %s {}", shell_word(text));
            let printed = std::process::Command::new("sh").args(["-c", &shell]).output().unwrap().stdout;
            assert_eq!(String::from_utf8(printed).unwrap(), text, "{shell}");
        }
        assert_eq!(shell_word("/mnt/c"), "/mnt/c");
    }
}
