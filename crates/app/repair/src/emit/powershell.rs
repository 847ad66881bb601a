//! A plan as a script for Windows PowerShell 5.1 and later.
//!
//! The script first checks every expectation and changes nothing if one fails. Then it exports the keys with
//! `reg.exe`, makes the changes, reads them back, and reverts them if they differ. It supports `-WhatIf`,
//! `-Confirm` and `-Undo`. It sets the licensing mode and the license server list with the methods of
//! `Win32_TerminalServiceSetting` (documented for Windows Server 2008 and 2008 R2), and in the registry only
//! if Windows has no method.
//!
//! The code is `script.ps1`, the same in every script; the plan is data before it. All text is in literals of
//! one kind: ASCII in single quotes, all other characters by number, because PowerShell treats five
//! characters as single quotes. So the script is plain ASCII, and no name or value is ever executed.

use std::fmt::Write as _;

use licensing::places;
use snapshot::{Change, Data, Key, KeyPath, Name, Placed, ValueType};

use super::policy::multi_string;
use super::{EmitError, Emitted, EmittedFile, check, each_key, heading, one_line, stem};
use crate::Plan;

/// The code of the script.
const BODY: &str = include_str!("script.ps1");

/// Bytes on one line.
const PER_LINE: usize = 24;

pub(super) fn emit(plan: &Plan) -> Result<Emitted, EmitError> {
    check(plan)?;
    plan.changes().try_for_each(check_change)?;
    let mut lacks = Vec::new();
    let mut out = String::from("#Requires -Version 5.1\n");
    for line in heading(plan) {
        // The label at its start keeps any line from being a directive.
        out.push_str(format!("# {}", ascii(&line)).trim_end());
        out.push('\n');
    }
    let (before, after) = BODY.split_once("@PLAN@").unwrap_or((BODY, ""));
    out.push_str(before);
    out.push_str(&data(plan, &mut lacks));
    out.push_str(after);
    let path = format!("{}.ps1", stem(plan));
    Ok(Emitted { files: vec![EmittedFile { path, bytes: out.replace('\n', "\r\n").into_bytes() }], lacks })
}

/// Refuses plans that the script cannot carry out.
fn check_change(change: &Change) -> Result<(), EmitError> {
    let has_nul = |name: &Name| name.to_utf16().contains(&0);
    let odd = |key: &KeyPath, what: &str| {
        Err(EmitError::refused(format!(
            "{key}: {what}; apply the plan on the machine (rdscal fix --apply) instead"
        )))
    };
    let path = change.key();
    let units = path.parts().iter().flat_map(Name::to_utf16);
    if path.parts().iter().any(has_nul) || units.into_iter().any(|unit| unit == u16::from(b'"')) {
        return odd(path, "a script cannot name a key with NUL or a quotation mark in it");
    }
    match change {
        Change::Security { .. } => odd(path, "a script does not change owners and access lists"),
        Change::Value { name, .. } if has_nul(name) => {
            odd(path, "a script cannot name a value with NUL in it")
        }
        Change::Value { .. } => Ok(()),
        Change::Key { before, after, .. } => {
            let mut result = Ok(());
            for key in [before, after].into_iter().flatten() {
                each_key(path, key, &mut |path, key| {
                    if has_nul(&key.name) || key.values.iter().any(|value| has_nul(&value.name)) {
                        result = odd(path, "a script cannot name a key or value with NUL in it");
                    }
                });
            }
            if let Some(key) = after {
                each_key(path, key, &mut |path, key| {
                    if key.security.is_some() || key.class.as_ref().is_some_and(|class| !class.is_empty()) {
                        result = odd(
                            path,
                            "a script does not make keys with an access list or class of their own",
                        );
                    }
                });
            }
            result
        }
    }
}

/// The plan as PowerShell's data.
fn data(plan: &Plan, lacks: &mut Vec<String>) -> String {
    let mut out = String::new();
    let mut set = |name: &str, value: &str| {
        // Writing to a string does not fail.
        let _ = writeln!(out, "${name} = {value}");
    };
    set("Title", &text(&plan.title));
    set("Computer", &text(plan.machine.name.as_deref().unwrap_or_default()));
    set("Stem", &text(&stem(plan)));
    let afterwards: Vec<_> =
        plan.checklist.iter().cloned().chain(plan.follow_up.iter().map(ToString::to_string)).collect();
    set("Afterwards", &list(afterwards.iter().map(|line| text(line)), 4));
    set("Backup", &list(backups(plan, lacks).iter().map(place), 4));
    let changes: Vec<_> = plan.changes().collect();
    let steps = plan.steps.iter().enumerate().map(|(index, step)| {
        let (earlier, later) = changes.split_at(index);
        let is_first = !earlier.iter().any(|other| other.meets(&step.change));
        let is_last = !later.iter().skip(1).any(|other| other.meets(&step.change));
        step_data(&step.change, &step.why, is_first, is_last)
    });
    set("Steps", &list(steps, 4));
    out.trim_end().to_owned()
}

/// The keys to export: each changed key, except those above the private keys of Remote Desktop.
fn backups(plan: &Plan, lacks: &mut Vec<String>) -> Vec<KeyPath> {
    let secrets = places::rcm_secrets();
    let mut tops: Vec<KeyPath> = Vec::new();
    for change in plan.changes() {
        let key = change.key();
        if secrets.starts_with(key) {
            let lack =
                format!("{key}: no export, which would hold private keys; -Undo takes the change back");
            if !lacks.contains(&lack) {
                lacks.push(lack);
            }
        } else if !tops.iter().any(|top| key.starts_with(top)) {
            tops.retain(|top| !top.starts_with(key));
            tops.push(key.clone());
        }
    }
    tops
}

fn place(key: &KeyPath) -> String {
    format!(
        "@{{ Hive = {}; Root = {}; Key = {} }}",
        text(key.root_key().short()),
        root(key),
        literal(&below_root(key))
    )
}

fn step_data(change: &Change, why: &str, is_first: bool, is_last: bool) -> String {
    let key = change.key();
    let (kind, name, before, after) = match change {
        Change::Value { name, before, after, .. } => {
            ("Value", name.clone(), value_state(before.as_ref()), value_state(after.as_ref()))
        }
        Change::Key { before, after, .. } => {
            ("Key", Name::default(), tree_state(key, before.as_deref()), tree_state(key, after.as_deref()))
        }
        // Refused before.
        Change::Security { .. } => ("Security", Name::default(), "$null".to_owned(), "$null".to_owned()),
    };
    let setter = Setter::of(change);
    let lines = [
        format!("Do = '{kind}'; First = ${is_first}; Last = ${is_last}"),
        format!("Text = {}", text(&change.to_string())),
        format!("Why = {}", text(why)),
        format!(
            "Root = {}; Key = {}; Name = {}",
            root(key),
            literal(&below_root(key)),
            literal(&name.to_utf16())
        ),
        format!("Before = {before}"),
        format!("After = {after}"),
        setter.to_string(),
    ];
    format!("@{{\n        {}\n    }}", lines.join("\n        "))
}

/// The Windows method that sets a value.
#[derive(Default)]
struct Setter {
    method: &'static str,
    parameter: &'static str,
    argument: String,
    policy_source: &'static str,
    policy_value: &'static str,
}

impl Setter {
    /// The setter for a change; empty if there is none.
    fn of(change: &Change) -> Self {
        let Change::Value { key, name, after: Some(after), .. } = change else { return Self::default() };
        let value = after.named(name);
        if *key == places::licensing_core() && name.matches("LicensingMode") {
            let policy = Self {
                policy_source: "PolicySourceLicensingType",
                policy_value: "LicensingMode",
                ..Self::default()
            };
            return match value.as_u32().filter(|_| value.kind == ValueType::DWORD) {
                Some(mode @ (2 | 4)) => Self {
                    method: "ChangeMode",
                    parameter: "LicensingType",
                    argument: format!("[uint32] {mode}"),
                    ..policy
                },
                _ => policy,
            };
        }
        if *key == places::license_servers() && name.matches("SpecifiedLicenseServers") {
            let servers = multi_string(&value).filter(|list| !list.is_empty());
            let policy = Self {
                policy_source: "PolicySourceConfiguredLicenseServers",
                policy_value: "LicenseServers",
                ..Self::default()
            };
            return match servers {
                Some(servers) => Self {
                    method: "SetSpecifiedLicenseServerList",
                    parameter: "SpecifiedLSList",
                    argument: format!(
                        "[string[]] @({})",
                        servers.iter().map(|name| text(name)).collect::<Vec<_>>().join(", ")
                    ),
                    ..policy
                },
                None => policy,
            };
        }
        Self::default()
    }
}

impl std::fmt::Display for Setter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let argument = if self.argument.is_empty() { "$null" } else { &self.argument };
        write!(
            f,
            "Setter = '{}'; Parameter = '{}'; Argument = {argument}; PolicySource = '{}'; PolicyValue = '{}'",
            self.method, self.parameter, self.policy_source, self.policy_value
        )
    }
}

fn value_state(placed: Option<&Placed>) -> String {
    match placed.map(|placed| (placed.kind.0, &placed.data)) {
        Some((kind, Data::Bytes(bytes))) => {
            format!("@{{ Type = [uint32] {}; Data = {} }}", number(kind), byte_array(bytes, 12))
        }
        _ => "$null".to_owned(),
    }
}

fn tree_state(path: &KeyPath, key: Option<&Key>) -> String {
    let Some(key) = key else { return "$null".to_owned() };
    let mut entries = Vec::new();
    each_key(path, key, &mut |at, key| {
        let below = at.below(path).unwrap_or_default();
        let values = key.values.iter().map(|value| {
            format!(
                "@{{ Name = {}; Type = [uint32] {}; Data = {} }}",
                literal(&value.name.to_utf16()),
                number(value.kind.0),
                byte_array(value.bytes(), 20)
            )
        });
        entries.push(format!(
            "@{{ Below = {}; Subkeys = {}; Held = {} }}",
            literal(&joined(below)),
            key.subkeys.len(),
            list(values, 16)
        ));
    });
    list(entries.into_iter(), 12)
}

/// A number that PowerShell does not read as negative.
fn number(number: u32) -> String {
    format!("{number}")
}

fn byte_array(bytes: &[u8], indent: usize) -> String {
    let lines: Vec<_> = bytes
        .chunks(PER_LINE)
        .map(|line| line.iter().map(|byte| format!("0x{byte:02x}")).collect::<Vec<_>>().join(","))
        .collect();
    format!("[byte[]] @({})", lines.join(&format!(",\n{:indent$}", "")))
}

/// An array, an element on a line.
fn list(items: impl Iterator<Item = String>, indent: usize) -> String {
    let items: Vec<_> = items.map(|item| format!("\n{:indent$}{item}", "")).collect();
    if items.is_empty() {
        return "@()".to_owned();
    }
    let end = indent.saturating_sub(4);
    format!("@({}\n{:end$})", items.join(","), "")
}

fn root(key: &KeyPath) -> String {
    // The names of .NET's RegistryHive are the predefined keys' without HKEY and underscores.
    format!("'{:?}'", key.root_key())
}

fn below_root(key: &KeyPath) -> Vec<u16> {
    joined(key.parts())
}

fn joined(names: &[Name]) -> Vec<u16> {
    names.iter().map(Name::to_utf16).collect::<Vec<_>>().join(&u16::from(b'\\'))
}

/// A text for people as a literal.
fn text(text: &str) -> String {
    literal(&one_line(text).encode_utf16().collect::<Vec<_>>())
}

/// A string literal with exactly these UTF-16 units.
fn literal(units: &[u16]) -> String {
    let is_plain = |unit: &u16| (0x20..0x7F).contains(unit);
    let quoted = |part: &[u16]| {
        let text: String = part.iter().filter_map(|&unit| char::from_u32(u32::from(unit))).collect();
        format!("'{}'", text.replace('\'', "''"))
    };
    if units.iter().all(is_plain) {
        return quoted(units);
    }
    // Starts with a string, so that the following operands are appended as characters.
    let mut parts = vec!["''".to_owned()];
    for run in units.chunk_by(|a, b| is_plain(a) && is_plain(b)) {
        match run {
            [unit] if !is_plain(unit) => parts.push(format!("[char] 0x{unit:04x}")),
            run => parts.push(quoted(run)),
        }
    }
    format!("({})", parts.join(" + "))
}

/// A comment's text in ASCII.
fn ascii(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\u{201C}' | '\u{201D}' => out.push('"'),
            '\u{2018}' | '\u{2019}' => out.push('\''),
            '\u{2026}' => out.push_str("..."),
            ' '..='~' => out.push(c),
            _ => out.push('?'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        literal(&text.encode_utf16().collect::<Vec<_>>())
    }

    #[test]
    fn a_literal_holds_nothing_but_text() {
        assert_eq!(of("Licensing Core"), "'Licensing Core'");
        assert_eq!(of("a'b"), "'a''b'");
        assert_eq!(of("$(Stop-Computer) `n \"x\""), "'$(Stop-Computer) `n \"x\"'");
        // PowerShell also treats these as single quotes.
        assert_eq!(of("a\u{2019};\u{201B}"), "('' + 'a' + [char] 0x2019 + ';' + [char] 0x201b)");
        assert_eq!(of("\r\n"), "('' + [char] 0x000d + [char] 0x000a)");
        assert_eq!(literal(&[0xD800, 0x41]), "('' + [char] 0xd800 + 'A')");
        assert_eq!(of(""), "''");
    }

    #[test]
    fn bytes_are_numbers() {
        assert_eq!(byte_array(&[], 0), "[byte[]] @()");
        assert_eq!(byte_array(&[4, 0xAB], 0), "[byte[]] @(0x04,0xab)");
        assert_eq!(byte_array(&[0; 25], 2).lines().count(), 2);
    }

    #[test]
    fn comments_are_ascii() {
        assert_eq!(ascii("“é…’"), "\"?...'");
    }
}
