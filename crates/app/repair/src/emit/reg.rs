//! A plan as `.reg` files: one that applies it, and one that reverts it.
//!
//! Version 5.00, UTF-16LE with byte order mark, CRLF: what regedit exports and imports. Paths keep
//! `CurrentControlSet`, because regedit follows the link on a running machine.

use regtext::reg::Writer;
use snapshot::{Change, Key, KeyPath, Placed, ValueType};

use super::{EmitError, Emitted, EmittedFile, check, heading, one_line, stem};
use crate::Plan;
use crate::rewrite::{long_text, text_of};

pub(super) fn emit(plan: &Plan) -> Result<Emitted, EmitError> {
    check(plan)?;
    let stem = stem(plan);
    let undo_name = format!("{stem}-undo.reg");
    let there: Vec<_> = plan.steps.iter().map(|step| (step.change.clone(), step.why.as_str())).collect();
    let back: Vec<_> = plan.steps.iter().rev().map(|step| (step.change.inverse(), "")).collect();

    let mut lacks = Vec::new();
    let title = format!("rdscal: {}", one_line(&plan.title));
    let does = file(
        plan,
        &title,
        &there,
        &mut lacks,
        &[
            "An import checks nothing. Import this file only if the machine is still in the state that the plan found.",
            &format!("{undo_name} reverts it."),
        ],
    )?;
    let mut undo_lacks = Vec::new();
    let title = format!("rdscal: undo of: {}", one_line(&plan.title));
    let undoes = file(
        plan,
        &title,
        &back,
        &mut undo_lacks,
        &[
            "It restores the state that the plan found. Later changes are overwritten.",
            "Restored values follow the existing ones; their order has no meaning to Windows.",
        ],
    )?;
    lacks.extend(undo_lacks.into_iter().map(|lack| format!("in the undo: {lack}")));
    Ok(Emitted {
        files: vec![
            EmittedFile { path: format!("{stem}.reg"), bytes: does },
            EmittedFile { path: undo_name, bytes: undoes },
        ],
        lacks,
    })
}

/// One file.
fn file(
    plan: &Plan,
    title: &str,
    changes: &[(Change, &str)],
    lacks: &mut Vec<String>,
    remarks: &[&str],
) -> Result<Vec<u8>, EmitError> {
    for (change, _) in changes {
        lacks_of(change, lacks);
    }
    let mut out = Writer::new();
    out.comment(title);
    for line in heading(plan) {
        out.comment(&line);
    }
    for remark in remarks {
        out.comment(remark);
    }
    for lack in &*lacks {
        out.comment(&format!("MIND: {}", one_line(lack)));
    }
    out.comment("");
    for group in groups(changes) {
        // Comments precede a key, never its values, where some importers would end the key.
        let mut said: Vec<&str> = Vec::new();
        for (_, why) in group.iter().filter(|(_, why)| !why.is_empty()) {
            if !said.contains(why) {
                out.comment(&one_line(why));
                said.push(why);
            }
        }
        let mut is_open = false;
        for (change, _) in group {
            match change {
                Change::Security { .. } => {}
                Change::Value { key, name, after, .. } => {
                    if !is_open {
                        out.key(long_text(key))?;
                        is_open = true;
                    }
                    match after {
                        Some(after) => set(&mut out, key, text_of(name), after)?,
                        None => drop(out.delete_value(text_of(name))?),
                    }
                }
                Change::Key { key, before, after } => {
                    if before.is_some() {
                        out.delete_key(long_text(key))?;
                    }
                    if let Some(after) = after {
                        tree(&mut out, key, after)?;
                        is_open = after.subkeys.is_empty();
                    }
                }
            }
        }
        out.end_key();
    }
    Ok(out.into_bytes())
}

/// The changes in order, grouped by key line: the values of a key follow the creation of the key.
fn groups<'c, 'w>(changes: &'c [(Change, &'w str)]) -> impl Iterator<Item = &'c [(Change, &'w str)]> {
    changes.chunk_by(|(one, _), (next, _)| {
        let is_value = matches!(next, Change::Value { .. });
        let is_open = match one {
            Change::Value { .. } => true,
            Change::Key { after: Some(after), .. } => after.subkeys.is_empty(),
            Change::Key { .. } | Change::Security { .. } => false,
        };
        is_value && is_open && one.key() == next.key()
    })
}

fn tree(out: &mut Writer, path: &KeyPath, key: &Key) -> Result<(), EmitError> {
    out.key(long_text(path))?;
    for value in &key.values {
        set(out, path, text_of(&value.name), &Placed::of(value))?;
    }
    key.subkeys.iter().try_for_each(|subkey| tree(out, &path.child(&subkey.name), subkey))
}

fn set(out: &mut Writer, key: &KeyPath, name: regtext::Text, placed: &Placed) -> Result<(), EmitError> {
    let snapshot::Data::Bytes(bytes) = &placed.data else {
        return Err(EmitError::Secret { key: key.clone() });
    };
    out.set(name, placed.kind.0, bytes)?;
    Ok(())
}

/// The parts of a change that an import omits.
fn lacks_of(change: &Change, lacks: &mut Vec<String>) {
    let mut say = |lack: String| {
        if !lacks.contains(&lack) {
            lacks.push(lack);
        }
    };
    match change {
        Change::Security { key, .. } => say(format!(
            "{key}: owner and access list; without them Windows may refuse to import the rest (use rdscal fix --apply)"
        )),
        Change::Value { key, name, after: Some(after), .. } if gains_a_nul(after) => {
            say(format!("{key}\\{name}: the import adds a terminating NUL that the value does not have"));
        }
        Change::Value { .. } => {}
        Change::Key { key, before, after } => {
            if let (Some(before), None) = (before, after)
                && before.values.is_empty()
                && before.subkeys.is_empty()
            {
                say(format!("{key}: it is deleted with everything that was created below it since"));
            }
            let Some(after) = after else { return };
            super::each_key(key, after, &mut |path, key| {
                if key.security.is_some() {
                    say(format!("{path}: owner and access list; the new key inherits those of its parent"));
                }
                if let Some(class) = key.class.as_ref().filter(|class| !class.is_empty()) {
                    say(format!("{path}: its class name {class}"));
                }
                for value in key.values.iter().filter(|value| gains_a_nul(&Placed::of(value))) {
                    say(format!(
                        "{path}\\{}: the import adds a terminating NUL that the value does not have",
                        value.name
                    ));
                }
            });
        }
    }
}

/// Whether an import adds a NUL to the data.
fn gains_a_nul(placed: &Placed) -> bool {
    let snapshot::Data::Bytes(bytes) = &placed.data else { return false };
    let is_text = matches!(placed.kind, ValueType::EXPAND_SZ | ValueType::MULTI_SZ);
    is_text && !bytes.is_empty() && bytes.len().is_multiple_of(2) && !bytes.ends_with(&[0, 0])
}
