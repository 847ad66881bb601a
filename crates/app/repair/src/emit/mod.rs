//! A plan written down to be carried elsewhere, instead of being applied.
//!
//! Each form is a pure function of the plan: what comes out is [`Emitted`] files with relative paths, and whoever called writes
//! them. Nothing depends on the clock or on chance, so the same plan gives the same bytes.
//!
//! | form | for | what it cannot do |
//! |---|---|---|
//! | [`reg()`] | regedit, `reg import`; with the file that undoes it | security descriptors, class names; it checks nothing |
//! | [`powershell()`] | the machine itself; checks, backs up, changes, verifies, undoes | security descriptors, class names |
//! | [`pol()`] | `Registry.pol` for tools that merge such files | only what Group Policy has a setting for |
//! | [`lgpo()`] | `LGPO.exe /t` | the same |
//! | [`gpo()`] | *Import Settings* of the Group Policy console, `Import-GPO` | the same |
//!
//! A plan that a form cannot carry as a whole is refused, with a sentence ([`EmitError`]); what is lost without harm is named in
//! [`Emitted::lacks`] and in the file itself.

mod gpo;
mod policy;
mod powershell;
mod reg;
#[cfg(test)]
mod tests;

use licensing::places;
use snapshot::{Change, Data, Key, KeyPath};

use crate::Plan;

pub use policy::{Wanted, ground};

/// What a form of a plan is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Emitted {
    /// The files.
    pub files: Vec<EmittedFile>,
    /// What the files do not carry of the plan, each in a sentence.
    pub lacks: Vec<String>,
}

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmittedFile {
    /// Where, below the folder that was named; names are separated by slashes.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Why a plan cannot be written in a form.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// The form cannot carry the plan.
    #[error("{because}")]
    Refused {
        /// Why, in a sentence.
        because: String,
    },
    /// Data that is never taken out.
    #[error("{key} holds something that is never taken out (a secret), so this plan cannot be written down")]
    Secret {
        /// The key.
        key: KeyPath,
    },
    /// A name that `.reg` text cannot hold.
    #[error(transparent)]
    Reg(#[from] regtext::reg::WriteError),
    /// Something that a policy cannot hold.
    #[error(transparent)]
    Policy(#[from] regtext::pol::RecordError),
    /// Something that LGPO text cannot hold.
    #[error(transparent)]
    Lgpo(#[from] regtext::lgpo::PrintError),
}

impl EmitError {
    fn refused(because: impl Into<String>) -> Self {
        Self::Refused { because: because.into() }
    }
}

/// The plan as a `.reg` file, and the `.reg` file that undoes it.
///
/// # Errors
/// [`EmitError`] where the plan changes nothing or a policy, holds secrets, or a name that such a file cannot hold.
pub fn reg(plan: &Plan) -> Result<Emitted, EmitError> {
    reg::emit(plan)
}

/// The plan as a script for Windows PowerShell 5.1 and later.
///
/// # Errors
/// [`EmitError`] where the plan changes nothing, a policy, security descriptors or class names, holds secrets, or a name that
/// Windows' functions do not take.
pub fn powershell(plan: &Plan) -> Result<Emitted, EmitError> {
    powershell::emit(plan)
}

/// What the plan asks for as a policy: `Registry.pol`.
///
/// # Errors
/// [`EmitError`] where Group Policy has no setting for what the plan does.
pub fn pol(plan: &Plan) -> Result<Emitted, EmitError> {
    let bytes = Wanted::of(plan)?.policy()?.to_bytes();
    Ok(Emitted { files: vec![EmittedFile { path: "Registry.pol".to_owned(), bytes }], lacks: Vec::new() })
}

/// What the plan asks for as a policy, in the text that `LGPO.exe /t` takes.
///
/// # Errors
/// [`EmitError`] where Group Policy has no setting for what the plan does.
pub fn lgpo(plan: &Plan) -> Result<Emitted, EmitError> {
    let bytes = Wanted::of(plan)?.lgpo(plan)?;
    let path = format!("{}.lgpo.txt", stem(plan));
    Ok(Emitted { files: vec![EmittedFile { path, bytes }], lacks: Vec::new() })
}

/// What the plan asks for as a policy: the backup of a group policy object that holds just that.
///
/// # Errors
/// [`EmitError`] where Group Policy has no setting for what the plan does.
pub fn gpo(plan: &Plan) -> Result<Emitted, EmitError> {
    let wanted = Wanted::of(plan)?;
    Ok(Emitted { files: gpo::files(plan, &wanted)?, lacks: Vec::new() })
}

/// How the files of a plan are called.
fn stem(plan: &Plan) -> String {
    let word = |text: &str, most: usize| -> String {
        text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(most).collect()
    };
    format!("rdscal-{}-{}", word(&plan.recipe, 40), word(&plan.fingerprint, 8))
}

/// A text on one line, without control characters.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect()
}

/// What stands at the top of every form.
fn heading(plan: &Plan) -> Vec<String> {
    let arguments: Vec<_> = plan
        .arguments
        .iter()
        .map(
            |(name, values)| {
                if values.is_empty() { name.to_owned() } else { format!("{name}: {}", values.join(", ")) }
            },
        )
        .collect();
    let mut lines = vec![
        format!("what:        {} ({} {})", plan.title, plan.recipe, arguments.join("; ")),
        format!("for:         {}", plan.machine.shown()),
        format!("fingerprint: {}", plan.fingerprint),
        format!("made:        {} by {}", plan.made_at, plan.tool),
        format!("licenses:    {}", plan.license_effect),
        format!("safety:      {}", plan.safety),
    ];
    lines.extend(plan.checklist.iter().map(|step| format!("by hand:     {step}")));
    lines.extend(plan.follow_up.iter().map(|follow_up| format!("afterwards:  {follow_up}")));
    lines.extend(plan.notes.iter().map(|note| format!("note:        {note}")));
    lines.iter().map(|line| one_line(line).trim_end().to_owned()).collect()
}

/// Refuses what no form that changes a machine may carry.
fn check(plan: &Plan) -> Result<(), EmitError> {
    if plan.steps.is_empty() {
        return Err(EmitError::refused(
            "the plan changes nothing by itself: its steps are done by hand, and the printed plan has them",
        ));
    }
    let policies = KeyPath::hklm(r"SOFTWARE\Policies");
    for change in plan.changes() {
        let key = change.key();
        if key.starts_with(&policies) {
            return Err(EmitError::refused(format!(
                "{key} belongs to Group Policy, and a change made there by hand is gone after the next refresh: write \
                 the plan as a policy (gpo, lgpo or pol)"
            )));
        }
        if key.starts_with(&places::rcm_secrets()) || withholds(change) {
            return Err(EmitError::Secret { key: key.clone() });
        }
    }
    Ok(())
}

fn withholds(change: &Change) -> bool {
    match change {
        Change::Key { before, after, .. } => [before, after].into_iter().flatten().any(|key| key.withholds()),
        Change::Value { before, after, .. } => {
            [before, after].into_iter().flatten().any(|placed| matches!(placed.data, Data::Withheld { .. }))
        }
        Change::Security { .. } => false,
    }
}

/// Visits a key and all below it, with their paths.
fn each_key<'k>(path: &KeyPath, key: &'k Key, visit: &mut impl FnMut(&KeyPath, &'k Key)) {
    visit(path, key);
    for subkey in &key.subkeys {
        each_key(&path.child(&subkey.name), subkey, visit);
    }
}
