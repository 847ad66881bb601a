//! Changes that no plan may make.

use licensing::model::grace;
use licensing::places;
use snapshot::{Change, Name, OriginKind};

/// Why this change is never made; `None` if it is permitted. Plans from files are checked too, so a crafted
/// plan cannot contain such a change.
///
/// `is_undo`: only an undo may restore what a repair deleted.
pub(crate) fn forbids(change: &Change, kind: OriginKind, is_undo: bool) -> Option<&'static str> {
    let key = change.key();
    let secrets = places::rcm_secrets();
    let is_security = matches!(change, Change::Security { .. });
    // The permissions of the private keys are not secret; the keys themselves are.
    if key.starts_with(&secrets) && !is_security
        || matches!(change, Change::Key { .. }) && secrets.starts_with(key)
    {
        return Some("private keys are never changed");
    }
    if matches!(change, Change::Key { before: Some(_), after: Some(_), .. }) {
        return Some("a key is created or deleted, never replaced by another");
    }
    if key.parts().first().is_some_and(|hive| hive.matches("SECURITY") || hive.matches("SAM")) {
        return Some("the hives of accounts and secrets are never changed");
    }
    if kind != OriginKind::Policy && key.starts_with(&places::policy()) {
        return Some("a policy controls this value; change the policy");
    }
    let writes = match change {
        Change::Key { after, .. } => after.is_some(),
        Change::Value { after, .. } => after.is_some(),
        Change::Security { .. } => false,
    };
    if !writes || is_undo {
        return None;
    }
    let is_record = |name: &Name| name.as_str().is_some_and(grace::is_record_name);
    match change {
        Change::Value { name, .. } if key.starts_with(&places::grace_period()) || is_record(name) => {
            Some("a grace record is never written")
        }
        Change::Key { after: Some(after), .. } if after.values.iter().any(|value| is_record(&value.name)) => {
            Some("a grace record is never written")
        }
        _ if key.starts_with(&places::client_store()) || key.starts_with(&places::client_store_32()) => {
            Some("a client's licenses and hardware ID are never written")
        }
        _ => None,
    }
}
