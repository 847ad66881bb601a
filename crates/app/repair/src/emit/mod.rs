//! Exports of a plan, for use elsewhere instead of applying it.
//!
//! Each form is a pure function of the plan. It returns [`Emitted`] files with relative paths, which the
//! caller writes. Nothing depends on the clock or on random numbers, so the same plan produces the same
//! bytes.
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

/// An exported plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Emitted {
    /// The files.
    pub files: Vec<EmittedFile>,
    /// Parts of the plan that the files do not contain, each a sentence.
    pub lacks: Vec<String>,
}

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmittedFile {
    /// Path below the output folder, with slashes.
    pub path: String,
    /// Contents.
    pub bytes: Vec<u8>,
}

/// Why a form cannot represent a plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// The form cannot represent the plan.
    #[error("{because}")]
    Refused {
        /// Reason, a sentence.
        because: String,
    },
    /// The plan needs data that is never read.
    #[error("{key} contains a secret, which is never read, so this plan cannot be written")]
    Secret {
        /// The key.
        key: KeyPath,
    },
    /// `.reg` text cannot represent a name.
    #[error(transparent)]
    Reg(#[from] regtext::reg::WriteError),
    /// A policy cannot represent the plan.
    #[error(transparent)]
    Policy(#[from] regtext::pol::RecordError),
    /// LGPO text cannot represent the plan.
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

/// Base name of the files of a plan.
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

/// The header of every form.
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
        format!("created:     {} by {}", plan.made_at, plan.tool),
        format!("licenses:    {}", plan.license_effect),
        format!("safety:      {}", plan.safety),
    ];
    lines.extend(plan.checklist.iter().map(|step| format!("manual:      {step}")));
    lines.extend(plan.follow_up.iter().map(|follow_up| format!("then:        {follow_up}")));
    lines.extend(plan.notes.iter().map(|note| format!("note:        {note}")));
    lines.iter().map(|line| one_line(line).trim_end().to_owned()).collect()
}

/// Refuses plans that no form for a machine can represent.
fn check(plan: &Plan) -> Result<(), EmitError> {
    if plan.steps.is_empty() {
        return Err(EmitError::refused(
            "the plan has no registry changes; its steps are manual and listed in the printed plan",
        ));
    }
    let policies = KeyPath::hklm(r"SOFTWARE\Policies");
    for change in plan.changes() {
        let key = change.key();
        if key.starts_with(&policies) {
            return Err(EmitError::refused(format!(
                "{key} belongs to Group Policy, which overwrites manual changes at the next refresh; write the plan as a policy (gpo, lgpo or pol)"
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
