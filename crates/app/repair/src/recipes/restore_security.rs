//! Restores the default owner and access list of a licensing key.
//!
//! # What it changes
//! The security descriptor of one key, and no value:
//!
//! | name | key | becomes |
//! |---|---|---|
//! | `rcm` | `Control\Terminal Server\RCM` | its default |
//! | `licensing-core` | `Control\Terminal Server\RCM\Licensing Core` | its default |
//! | `grace-period` | `Control\Terminal Server\RCM\GracePeriod` | owner NETWORK SERVICE; only NETWORK SERVICE and SYSTEM have full control |
//! | `secrets` | `Control\Terminal Server\RCM\Secrets` | the same |
//! | `client-store` | `MSLicensing` and its subkeys, 64-bit and 32-bit | standard users have write access; everything else is kept |
//!
//! The defaults were measured on hives of Windows 7 and Windows 10 (1709). That of `GracePeriod` was inferred
//! from `Secrets`, which the same service creates. The audit list (SACL) is kept. The default of
//! `MSLicensing` was not measured: standard users are added to its present list, only with the rights that
//! the client needs to store a license.
//!
//! The plan shows the present and the new owner and access list as SDDL, and which entries are removed and
//! added.
//!
//! # When it refuses
//! * The Windows version is unknown, or its default was not measured: Windows Vista, Windows Server 2008 and
//!   earlier. (The client store is the same on all versions.)
//! * The source has no security descriptors; an export has none.
//! * The key does not exist. `Secrets` cannot be created manually; the service creates it.
//! * An entry denies standard users the rights that the client store needs. It was set deliberately and must
//!   be removed manually.
//!
//! # What it means for licenses
//! None. A foreign owner, or foreign write access, can be a sign that a grace record was removed. Ask before
//! you restore the default.
//!
//! # What must follow
//! For `rcm` and `licensing-core`, restart the service TermService, so that it writes the missing data.
//! Nothing for the others.
//!
//! # How it is undone
//! `rdscal undo` restores the descriptor exactly.

use licensing::model::security::{account, accounts};
use licensing::{Need, Unknown};
use nt::security::{AccessMask, Ace, AceFlags, AceKind, Acl, Control, SecurityDescriptor, Sid};
use snapshot::{Key, KeyPath, Security};

use super::prelude::*;

pub(super) static RECIPE: Recipe = Recipe {
    name: "restore-security",
    title: "restore owner and access list of a licensing key",
    parameters: &[Parameter {
        name: "key",
        help: "Name or path of the key\n\nrcm, licensing-core, grace-period, secrets, client-store, or the path of the key.",
        kind: ParameterKind::Operand(&NAMES),
    }],
    license_effect: "none: no value is changed",
    safety: "safe: only the owner and the access list change, and rdscal undo restores them exactly",
    has_policy: false,
    example: "restore-security /mnt/c grace-period",
    page: include_str!(concat!(env!("OUT_DIR"), "/restore_security.md")),
    draft,
};

/// The supported keys.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Rcm,
    LicensingCore,
    GracePeriod,
    Secrets,
    ClientStore,
}

const ALL: [(&str, Known); 5] = [
    ("rcm", Known::Rcm),
    ("licensing-core", Known::LicensingCore),
    ("grace-period", Known::GracePeriod),
    ("secrets", Known::Secrets),
    ("client-store", Known::ClientStore),
];

/// The names in [`ALL`].
const NAMES: [&str; 5] = [ALL[0].0, ALL[1].0, ALL[2].0, ALL[3].0, ALL[4].0];

/// The name of the known key that contains this one.
pub(crate) fn name_of(path: &KeyPath) -> Option<&'static str> {
    let length = |known: &Known| {
        let holds = known.paths().into_iter().filter(|key| path.starts_with(key));
        holds.map(|key| key.parts().len()).max()
    };
    let names = ALL.iter().filter_map(|(name, known)| Some((length(known)?, *name)));
    names.max_by_key(|(length, _)| *length).map(|(_, name)| name)
}

impl Known {
    fn read(text: &str) -> Result<Self, Refusal> {
        if let Some((_, known)) = ALL.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim())) {
            return Ok(*known);
        }
        let path: Option<KeyPath> = text.trim().parse().ok();
        let found = path.and_then(|path| ALL.iter().find(|(_, known)| known.paths().contains(&path)));
        found.map(|(_, known)| *known).ok_or_else(|| {
            Refusal::Usage(format!("the default of “{text}” is unknown; known keys are {}", NAMES.join(", ")))
        })
    }

    fn paths(self) -> Vec<KeyPath> {
        match self {
            Self::Rcm => vec![places::rcm()],
            Self::LicensingCore => vec![places::licensing_core()],
            Self::GracePeriod => vec![places::grace_period()],
            Self::Secrets => vec![places::rcm_secrets()],
            Self::ClientStore => vec![places::client_store(), places::client_store_32()],
        }
    }
}

fn draft(request: &Request<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let machine = request.machine;
    let known = Known::read(request.arguments.first("key").unwrap_or_default())?;
    support::refuse_policy(machine, "security descriptor")?;
    if known == Known::ClientStore {
        client_store(machine, draft)?;
    } else {
        host_key(machine, known, draft)?;
    }
    support::note_control_sets(machine, draft);
    Ok(())
}

/// Owner and access list of `Secrets`, measured on Windows 7 and Windows 10 (1709).
const SECRETS: &str = "O:NSG:NSD:(A;;KA;;;NS)(A;;KA;;;SY)";

/// Rights of the service's own entries: all except changing the owner and the access list.
const TERM_SERVICE: &str = "(A;;0x3003f;;;{TermService})(A;CIIO;0x301ff;;;{TermService})";
/// The same for the VmHostAgent service.
const VM_HOST: &str = "(A;;0x3003f;;;{VmHostAgent})(A;CIIO;0x301ff;;;{VmHostAgent})";
/// Both, as `Licensing Core` inherits them from `RCM`.
const TERM_SERVICE_BELOW: &str = "(A;ID;0x3003f;;;{TermService})(A;CIIOID;0x301ff;;;{TermService})";
const VM_HOST_BELOW: &str = "(A;ID;0x3003f;;;{VmHostAgent})(A;CIIOID;0x301ff;;;{VmHostAgent})";
/// Inherited by every key of the SYSTEM hive of Windows 7.
const ABOVE_7: &str = "(A;ID;KR;;;BU)(A;CIIOID;GR;;;BU)(A;ID;KA;;;BA)(A;CIIOID;GA;;;BA)(A;ID;KA;;;SY)(A;CIIOID;GA;;;SY)\
                       (A;CIIOID;GA;;;CO)";
/// Inherited from `Terminal Server` of Windows 10.
const ABOVE_10: &str = "(A;ID;KA;;;SY)(A;CIIOID;GA;;;SY)(A;ID;KA;;;BA)(A;CIIOID;GA;;;BA)(A;ID;0x20039;;;AU)(A;OICIIOID;GXGR;;;AU)\
                        (A;ID;KA;;;MS)(A;CIIOID;GA;;;MS)(A;ID;KR;;;BU)(A;CIIOID;GR;;;BU)(A;CIIOID;GA;;;CO)(A;ID;KR;;;AC)\
                        (A;CIIOID;GR;;;AC)";
/// Since Windows 10: an app capability.
const CAPABILITY_10: &str = "(A;ID;KR;;;{Capability})(A;CIIOID;GR;;;{Capability})";
const CAPABILITY: &str =
    "S-1-15-3-1024-1065365936-1281604716-3511738428-1654721687-432734479-3232135806-4053264122-3456934681";

/// Default owner, group and access list, with the source.
fn default_of(machine: &Machine<'_>, known: Known) -> Result<(SecurityDescriptor, &'static str), Refusal> {
    let product = machine.product();
    let not_measured = |name: &str| {
        Refusal::guard(
            format!("the default owner and access list of this key on {name} were not measured"),
            "compare with a machine of the same version, and set them in Registry Editor",
        )
    };
    let Some(since_7) = product.is_at_least(6, 1) else {
        if matches!(product.era(), Some(Era::Nt4 | Era::Nt5)) {
            return Err(not_measured("this Windows version"));
        }
        return Err(Refusal::guard(
            "the Windows version is unknown, and the default differs between versions",
            "specify the folder that also contains the SOFTWARE hive",
        ));
    };
    if !since_7 {
        return Err(not_measured(product.marketing_name.as_deref().unwrap_or("this Windows")));
    }
    let since_8 = product.is_at_least(6, 2) == Some(true);
    let since_10 =
        product.build.is_some_and(|build| build >= 10_240) || product.is_at_least(10, 0) == Some(true);
    let below = if known == Known::LicensingCore {
        [TERM_SERVICE_BELOW, if since_8 { VM_HOST_BELOW } else { "" }].concat()
    } else {
        String::new()
    };
    let (sddl, measured) = match known {
        Known::Secrets => (SECRETS.to_owned(), "the default was measured on Windows 7 and Windows 10 (1709)"),
        Known::GracePeriod => (
            SECRETS.to_owned(),
            "the default is that of the key Secrets beside it, which the same service makes; it was not measured on GracePeriod itself",
        ),
        _ if since_8 => (
            format!(
                "O:SYG:SYD:AI{TERM_SERVICE}{VM_HOST}{below}{ABOVE_10}{}",
                if since_10 { CAPABILITY_10 } else { "" }
            ),
            "the default was measured on Windows 10 (1709), a client; servers of the same version were not measured",
        ),
        _ => (
            // Windows 7 gives VmHostAgent access only to `Licensing Core`.
            format!(
                "O:BAG:BAD:AI{TERM_SERVICE}{}{below}{ABOVE_7}",
                if known == Known::LicensingCore { VM_HOST } else { "" }
            ),
            "the default was measured on Windows 7, a client; Windows Server 2008 R2 was not measured",
        ),
    };
    let sddl = sddl
        .replace("{TermService}", &Sid::of_service("TermService").to_string())
        .replace("{VmHostAgent}", &Sid::of_service("VmHostAgent").to_string())
        .replace("{Capability}", CAPABILITY);
    let descriptor =
        sddl.parse().map_err(|error| Refusal::Unknown(format!("the default cannot be parsed: {error}")))?;
    Ok((descriptor, measured))
}

/// Restores the default of a key of the host.
fn host_key(machine: &Machine<'_>, known: Known, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let (default, measured) = default_of(machine, known)?;
    for path in known.paths() {
        let Some(present) = machine.security(&path)? else {
            let instead = match known {
                Known::Secrets => {
                    "restart the host in a maintenance window; the service creates the key if it is missing"
                }
                Known::GracePeriod => {
                    "a host that never started as a session host has no such key and needs none"
                }
                _ => "reinstall the role Remote Desktop Session Host",
            };
            return Err(Refusal::guard(format!("the key {path} does not exist"), instead));
        };
        let old = &present.descriptor;
        if old.owner() == default.owner() && old.group() == default.group() && old.dacl() == default.dacl() {
            return Err(Refusal::NothingToDo(format!("{path} has its default owner and access list")));
        }
        let mut new = old.clone();
        new.set_owner(default.owner().cloned());
        new.set_group(default.group().cloned());
        new.set_dacl(default.dacl().cloned());
        new.set_control(Control::DACL_PROTECTED, false);
        new.set_control(
            Control::DACL_AUTO_INHERITED,
            default.control().contains(Control::DACL_AUTO_INHERITED),
        );
        let owner = default.owner().map(account).unwrap_or_default();
        let why = if old.owner() == default.owner() {
            format!("its access list is not the default one; its owner is {owner} and is kept")
        } else {
            format!(
                "its owner is {}; by default {owner} owns it, with a separate access list",
                present.owner()
            )
        };
        draft.set_security(&path, Security::new(new.encode()), &why)?;
        note_sides(&path, old, &new, draft);
    }
    draft.note(measured);
    match known {
        Known::GracePeriod => {
            let written =
                machine.grace_key()?.and_then(|key| key.written()).map(|time| time.date().to_string());
            let written = written.map(|day| format!(" ({day})")).unwrap_or_default();
            draft.note(format!(
                "a foreign owner or entry is a sign that the record was removed in the past; ask who did it and keep a snapshot first. The change updates the key's last-write time{written}, from which the end of the grace period is computed in files"
            ));
        }
        Known::Secrets => draft.note("the private keys in Secrets are neither read nor changed"),
        _ => {
            draft.note("the subkeys Secrets and GracePeriod have stricter access lists, which are kept");
            draft.note("find the template or script that replaced the list, and remove the key from it; otherwise the change does not last");
            draft.follow_up(FollowUp::RestartService { service: "TermService".to_owned() });
        }
    }
    Ok(())
}

/// Both descriptors as SDDL, with the removed and added entries.
fn note_sides(path: &KeyPath, old: &SecurityDescriptor, new: &SecurityDescriptor, draft: &mut Draft<'_>) {
    let shown = |descriptor: &SecurityDescriptor| {
        descriptor.to_sddl().unwrap_or_else(|_| hex::encode(descriptor.to_bytes()))
    };
    draft.note(format!("{path} now: {}", shown(old)));
    draft.note(format!("{path} then: {}", shown(new)));
    let aces =
        |descriptor: &SecurityDescriptor| descriptor.dacl().map(Acl::aces).unwrap_or_default().to_vec();
    let (before, after) = (aces(old), aces(new));
    let only = |these: &[Ace], others: &[Ace]| {
        let mut who: Vec<String> = Vec::new();
        for ace in these.iter().filter(|ace| !others.contains(ace)) {
            let name = ace.sid().map_or_else(|| "an entry of another kind".to_owned(), account);
            let name = if ace.kind == AceKind::DENIED { format!("{name} (denied)") } else { name };
            if !who.contains(&name) {
                who.push(name);
            }
        }
        who.join(", ")
    };
    let (gone, new) = (only(&before, &after), only(&after, &before));
    let goes =
        if gone.is_empty() { "no entry is removed".to_owned() } else { format!("removed entries: {gone}") };
    let comes = if new.is_empty() { "none is added".to_owned() } else { format!("added entries: {new}") };
    draft.note(format!("{goes}; {comes}"));
}

/// Groups of which every interactive user is a member: Users, Everyone, Authenticated Users, INTERACTIVE,
/// LOCAL.
const EVERY_USER: [&str; 5] = ["S-1-5-32-545", "S-1-1-0", "S-1-5-11", "S-1-5-4", "S-1-2-0"];
/// The group Users.
const USERS: &str = "S-1-5-32-545";

/// Gives standard users write access to the client store.
fn client_store(machine: &Machine<'_>, draft: &mut Draft<'_>) -> Result<(), Refusal> {
    let seen = machine.look(Known::ClientStore.paths());
    let mut unseen: Vec<Unknown> = seen.missing.into_iter().collect();
    let mut looked_at = 0_usize;
    let stores = !seen.keys.is_empty();
    for (path, key) in seen.keys {
        below(machine, &path, key, true, draft, &mut looked_at, &mut unseen)?;
    }
    if draft.is_empty() {
        if let Some(unknown) = unseen.into_iter().reduce(Unknown::and) {
            return Err(unknown.into());
        }
        return Err(Refusal::NothingToDo(if stores {
            "standard users can write the client store".to_owned()
        } else {
            "there is no client store; Remote Desktop Connection creates it when it is started once as administrator".to_owned()
        }));
    }
    if let Some(unknown) = unseen.into_iter().reduce(Unknown::and) {
        let needs: Vec<_> = unknown.needs.iter().map(ToString::to_string).collect();
        draft.note(format!("not available: {}", needs.join("; ")));
    }
    draft.note(
        "the default of MSLicensing was not measured; standard users receive the rights that the client needs to store a license (query and set values, create and list subkeys, notify, read the access list), and every other entry is kept",
    );
    Ok(())
}

/// Gives standard users write access to a key of the store and its subkeys.
fn below(
    machine: &Machine<'_>,
    path: &KeyPath,
    key: &Key,
    top: bool,
    draft: &mut Draft<'_>,
    looked_at: &mut usize,
    unseen: &mut Vec<Unknown>,
) -> Result<(), Refusal> {
    // A real store has a few keys, not thousands.
    const MAX_KEYS: usize = 256;
    *looked_at += 1;
    if *looked_at > MAX_KEYS {
        return Err(Refusal::guard(
            format!("this is not a client store: it has more than {MAX_KEYS} keys"),
            "inspect its contents",
        ));
    }
    match machine.security(path) {
        Ok(Some(present)) => let_users_write(path, &present.descriptor, top, draft)?,
        Ok(None) => {}
        Err(unknown) => unseen.push(unknown),
    }
    for sub in &key.subkeys {
        below(machine, &path.child(&sub.name), sub, false, draft, looked_at, unseen)?;
    }
    Ok(())
}

fn let_users_write(
    path: &KeyPath,
    old: &SecurityDescriptor,
    top: bool,
    draft: &mut Draft<'_>,
) -> Result<(), Refusal> {
    let wanted = AccessMask(AccessMask::KEY_READ.0 | AccessMask::KEY_WRITE.0);
    let users = accounts(&EVERY_USER, &[]);
    let needed = AccessMask::KEY_SET_VALUE | AccessMask::KEY_CREATE_SUB_KEY;
    if old.grants(&users, needed) {
        return Ok(());
    }
    let damaged = || Refusal::from(Unknown::from(Need::Security(path.to_string())));
    let sid: Sid = USERS.parse().map_err(|_| damaged())?;
    // Subkeys inherit the entry, marked as inherited, unless they are protected.
    let own = top || old.control().contains(Control::DACL_PROTECTED);
    let inherited = if own { AceFlags(0) } else { AceFlags::INHERITED };
    let flags = AceFlags(AceFlags::CONTAINER_INHERIT.0 | inherited.0);
    let ace = Ace::new(AceKind::ALLOWED, flags, wanted, sid);
    let mut aces = old.dacl().map(Acl::aces).unwrap_or_default().to_vec();
    // Explicit entries precede inherited ones.
    let at = aces.iter().position(|ace| ace.flags.contains(AceFlags::INHERITED)).unwrap_or(aces.len());
    aces.insert(at, ace);
    let mut new = old.clone();
    new.set_dacl(Some(Acl::new(aces).map_err(|_| damaged())?));
    if !new.grants(&users, needed) {
        return Err(Refusal::guard(
            format!(
                "an entry of {path} denies standard users the rights that the client needs, and was added deliberately"
            ),
            "remove the entry in Registry Editor (Permissions, Advanced), or start the client as administrator",
        ));
    }
    draft.set_security(
        path,
        Security::new(new.encode()),
        "standard users lack permission to set values and create subkeys, which the client does on their behalf",
    )?;
    note_sides(path, old, &new, draft);
    Ok(())
}
