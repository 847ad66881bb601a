//! Backups made by the Group Policy Management Console: `bkupInfo.xml`, `Backup.xml` (version 2.0) and
//! `gpreport.xml`. These formats have no specification; the structure is that of published backups
//! (nsacyber's Windows-Secure-Host-Baseline, Microsoft's security baselines).

use std::collections::HashMap;

use nt::security::{SecurityDescriptor, Sid};
use roxmltree::Node;

use crate::gpt_ini::halves;
use crate::object::{Backup, HalfVersion, LinkedTo, PolicyObject};
use crate::security::Filtering;
use crate::xml::{child, children, parse, text_of};

/// GUID of the registry extension, in the list of an object's extensions.
const REGISTRY_EXTENSION: &str = "35378eac-683f-11d2-a89a-00c04fbbcfa2";

/// Bits of an object's options ([MS-GPOL] 2.2.4, `flags`).
const USER_DISABLED: u32 = 1;
const MACHINE_DISABLED: u32 = 2;

/// Adds the content of `bkupInfo.xml`, or of one entry of `manifest.xml`.
pub(crate) fn info(object: &mut PolicyObject, bytes: &[u8]) -> Result<(), roxmltree::Error> {
    parse(bytes, |root| instance(object, root))
}

fn instance(object: &mut PolicyObject, instance: Node<'_, '_>) {
    set(&mut object.id, text_of(instance, "GPOGuid").map(|id| id.to_uppercase()));
    set(&mut object.name, text_of(instance, "GPODisplayName"));
    set(&mut object.domain, text_of(instance, "GPODomain"));
    let backup = object.backup.get_or_insert_with(Backup::default);
    set(&mut backup.id, text_of(instance, "ID").map(|id| id.to_uppercase()));
    set(&mut backup.time, text_of(instance, "BackupTime"));
    set(&mut backup.comment, text_of(instance, "Comment"));
}

/// The folders of the backups in `manifest.xml`.
pub(crate) fn listed(bytes: &[u8]) -> Result<Vec<String>, roxmltree::Error> {
    parse(bytes, |root| children(root, "BackupInst").filter_map(|backup| text_of(backup, "ID")).collect())
}

/// Adds the content of `Backup.xml`.
pub(crate) fn description(object: &mut PolicyObject, bytes: &[u8]) -> Result<(), roxmltree::Error> {
    parse(bytes, |root| {
        let Some(described) = child(root, "GroupPolicyObject") else { return };
        let Some(core) = child(described, "GroupPolicyCoreSettings") else { return };
        set(&mut object.id, text_of(core, "ID").map(|id| id.to_uppercase()));
        set(&mut object.name, text_of(core, "DisplayName"));
        set(&mut object.domain, text_of(core, "Domain"));
        if let Some(options) = text_of(core, "Options").and_then(|text| text.parse().ok()) {
            options_of(object, options);
        }
        // One number for both versions: the directory's in the upper half, that of SYSVOL in the lower.
        let version = |name: &str| {
            let number: u32 = text_of(core, name)?.parse().ok()?;
            let (sysvol, directory) = halves(number);
            Some(HalfVersion { directory: Some(directory), sysvol: Some(sysvol) })
        };
        set(&mut object.machine_version, version("MachineVersionNumber"));
        set(&mut object.user_version, version("UserVersionNumber"));
        if let Some(list) = child(core, "MachineExtensionGuids") {
            object.registry_extension = Some(lists_registry(list.text().unwrap_or_default()));
        }
        if child(core, "WMIFilter").is_some() {
            object.wmi_filter = Some(text_of(core, "WMIFilter"));
        }
        let names = names(described);
        let descriptor = text_of(core, "SecurityDescriptor").and_then(|text| bytes_of(&text));
        if let Some(descriptor) = descriptor.and_then(|bytes| SecurityDescriptor::from_bytes(&bytes).ok()) {
            object.filtering = Some(Filtering::of(&descriptor, |sid| names.get(&sid.to_string()).cloned()));
        }
    })
}

/// Adds the content of `gpreport.xml`, the only file that contains the links.
pub(crate) fn report(object: &mut PolicyObject, bytes: &[u8]) -> Result<(), roxmltree::Error> {
    parse(bytes, |root| {
        set(&mut object.name, text_of(root, "Name"));
        if let Some(identifier) = child(root, "Identifier") {
            set(&mut object.id, text_of(identifier, "Identifier").map(|id| id.to_uppercase()));
            set(&mut object.domain, text_of(identifier, "Domain"));
        }
        for (name, version, disabled) in [
            ("Computer", &mut object.machine_version, &mut object.machine_disabled),
            ("User", &mut object.user_version, &mut object.user_disabled),
        ] {
            let Some(half) = child(root, name) else { continue };
            let number = |name: &str| text_of(half, name)?.parse().ok();
            let told = HalfVersion { directory: number("VersionDirectory"), sysvol: number("VersionSysvol") };
            set(version, (told != HalfVersion::default()).then_some(told));
            set(disabled, text_of(half, "Enabled").map(|enabled| !is_true(&enabled)));
        }
        // A report contains every link; an object without any is not linked.
        object.links = Some(
            children(root, "LinksTo")
                .filter_map(|link| {
                    Some(LinkedTo {
                        path: text_of(link, "SOMPath")?,
                        enabled: text_of(link, "Enabled").is_none_or(|text| is_true(&text)),
                        enforced: text_of(link, "NoOverride").is_some_and(|text| is_true(&text)),
                        order: None,
                    })
                })
                .collect(),
        );
        if let Some(filter) = text_of(root, "FilterName") {
            object.wmi_filter = Some(Some(filter));
        }
        if object.filtering.is_none() {
            let sddl = child(root, "SecurityDescriptor").and_then(|node| text_of(node, "SDDL"));
            let descriptor = sddl.and_then(|sddl| sddl.parse::<SecurityDescriptor>().ok());
            object.filtering = descriptor.map(|descriptor| Filtering::of(&descriptor, |_: &Sid| None));
        }
    })
}

/// Adds the options of an object.
pub(crate) fn options_of(object: &mut PolicyObject, options: u32) {
    object.machine_disabled = Some(options & MACHINE_DISABLED != 0);
    object.user_disabled = Some(options & USER_DISABLED != 0);
}

/// True if a list of extensions, `[{GUID}{GUID}…][…]`, contains the registry extension.
pub(crate) fn lists_registry(list: &str) -> bool {
    list.to_ascii_lowercase()
        .split('[')
        .any(|part| part.trim_start_matches('{').starts_with(REGISTRY_EXTENSION))
}

/// The names of the trustees in the descriptor, by SID.
fn names(described: Node<'_, '_>) -> HashMap<String, String> {
    let Some(groups) = child(described, "SecurityGroups") else { return HashMap::new() };
    children(groups, "Group")
        .filter_map(|group| {
            let name = text_of(group, "SamAccountName")?;
            let shown = match text_of(group, "NetBIOSDomainName") {
                Some(domain) => format!(r"{domain}\{name}"),
                None => name,
            };
            Some((text_of(group, "Sid")?, shown))
        })
        .collect()
}

/// Parses hexadecimal bytes separated by spaces.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).ok()).collect()
}

fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text == "1"
}

/// Sets a field that is not known yet.
fn set<T>(known: &mut Option<T>, told: Option<T>) {
    if known.is_none() {
        *known = told;
    }
}
