//! User accounts to which the license servers have no write access.
//!
//! # What it looks at
//! User objects whose access control list has no entry that lets *Terminal Server License Servers* write the
//! property set *Terminal Server License Server* (5805bc62-bdc9-4428-a5e2-856a0f4c185e).
//!
//! # Why it matters
//! For these users event 4105 is logged, and their Per User licenses are not recorded. Accounts that are
//! older than the domain's upgrade to Windows Server 2003, and accounts with blocked inheritance
//! (administrators), lack the entry.
//!
//! # How it can be wrong
//! Accounts under AdminSDHolder never keep the entry. They are few and can be ignored.
//!
//! # Fix
//! 1. Delegate control on the organizational unit of the users: to *Terminal Server License Servers*, objects
//!    of the type User, *Read and Write Terminal Server license server*.
//! 2. Or with `dsacls`, for the distinguished name of the unit: `dsacls "OU=Staff,DC=corp,DC=example" /I:S /G
//!    "BUILTIN\Terminal Server License Servers:WPRP;Terminal Server License Server;user"`.
//!
//! # Fix safety
//! The group can write the license attributes of these users and nothing else.
//!
//! # Verify
//! Event 4105 stops for them at their next logon.

use crate::rules::prelude::*;

pub(crate) static RULE: Rule = Rule {
    id: "RDSL-132",
    name: "user-without-ace",
    title: "license servers lack permission to write to user accounts",
    severity: Severity::Error,
    confidence: Confidence::High,
    scope: Scope::Any,
    products: "Windows Server 2008 and later",
    sources: &[sources::KB2030310, sources::ADA],
    ..Rule::machine(check)
};

fn check(machine: &Machine<'_>) -> Outcome {
    let users = machine.fact_if_relevant(facts::USERS_WITHOUT_ACE)?.unwrap_or_default();
    let Some(first) = users.first() else { return Ok(Vec::new()) };
    let title = format!(
        "license servers lack permission to write to {}, such as {first}",
        counted(users.len(), "user account")
    );
    let found = users.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = if users.len() > 20 { " and more" } else { "" };
    let evidence = machine.fact_evidence(facts::USERS_WITHOUT_ACE, format!("{found}{more}"));
    Ok(vec![RULE.finding(title).evidence(evidence)])
}
