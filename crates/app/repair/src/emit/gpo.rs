//! A plan as the backup of a Group Policy object.
//!
//! The folder is what the Group Policy Management Console's *Import Settings* (`Import-GPO`) takes: `manifest.xml`, and in a folder
//! named by the backup's id `bkupInfo.xml`, `Backup.xml` and `DomainSysvol\GPO\Machine\registry.pol`. Modeled on backups that the
//! console itself wrote: Microsoft's security baselines for Edge 128 and Windows Server 2025 (as published in
//! jkulbe-msft/AZ80xLab) and one of nsacyber/Windows-Secure-Host-Baseline. Two things differ from those: there is no `gpreport.xml`
//! and no comment file, which an import does not read (public scripts import backups without them), and the object names a domain
//! that does not exist, since it comes from none.

use std::fmt::Write as _;

use nt::FileTime;
use sha2::{Digest, Sha256};

use super::policy::Wanted;
use super::{EmitError, EmittedFile};
use crate::Plan;

/// The namespace of `manifest.xml` and `bkupInfo.xml`.
const MANIFEST: &str = "http://www.microsoft.com/GroupPolicy/GPOOperations/Manifest";
/// The namespace of `Backup.xml`.
const OPERATIONS: &str = "http://www.microsoft.com/GroupPolicy/GPOOperations";
/// The extension that carries out registry policy, and the one that edits it (MS-GPREG 1.9).
const REGISTRY: &str = "{35378EAC-683F-11D2-A89A-00C04FBBCFA2}";
const REGISTRY_TOOL: &str = "{D02B1F72-3407-48AE-BA88-E8213C6761F1}";
/// No domain has this name (RFC 2606).
const DOMAIN: &str = "rdscal.invalid";
/// Permissions that any domain understands, as the measured backups have them but for the groups of their own domain: apply for
/// authenticated users; read for them and for domain controllers; all for SYSTEM and the creator. An import does not set them.
const SECURITY: &str = "01 00 04 9c 00 00 00 00 00 00 00 00 00 00 00 00 14 00 00 00 04 00 80 00 05 00 00 00 05 02 28 00 \
    00 01 00 00 01 00 00 00 8f fd ac ed b3 ff d1 11 b4 1d 00 a0 c9 68 f9 39 01 01 00 00 00 00 00 05 0b 00 00 00 00 02 14 00 \
    94 00 02 00 01 01 00 00 00 00 00 05 09 00 00 00 00 02 14 00 94 00 02 00 01 01 00 00 00 00 00 05 0b 00 00 00 00 02 14 00 \
    ff 00 0f 00 01 01 00 00 00 00 00 05 12 00 00 00 00 0a 14 00 ff 00 0f 00 01 01 00 00 00 00 00 03 00 00 00 00";

pub(super) fn files(plan: &Plan, wanted: &Wanted) -> Result<Vec<EmittedFile>, EmitError> {
    let object = guid("object", &plan.fingerprint);
    let backup = guid("backup", &plan.fingerprint);
    let domain = guid("domain", DOMAIN).to_lowercase();
    let name = cdata(&format!("RD licensing: {}", wanted.shown()));
    let comment = cdata(&format!(
        "{} ({}), plan {}, {}",
        plan.title,
        plan.machine.shown(),
        plan.fingerprint,
        plan.tool
    ));
    let time = cdata(&seconds(plan.made_at));
    let instance = format!(
        "<GPOGuid>{}</GPOGuid><GPODomain>{}</GPODomain><GPODomainGuid>{}</GPODomainGuid>\
         <GPODomainController>{}</GPODomainController><BackupTime>{time}</BackupTime><ID>{}</ID>\
         <Comment>{comment}</Comment><GPODisplayName>{name}</GPODisplayName>",
        cdata(&object),
        cdata(DOMAIN),
        cdata(&domain),
        cdata(DOMAIN),
        cdata(&backup),
    );
    let manifest = format!(
        "<Backups xmlns=\"{MANIFEST}\" xmlns:mfst=\"{MANIFEST}\" mfst:version=\"1.0\">\
         <BackupInst>{instance}</BackupInst></Backups>"
    );
    let info = format!("<BackupInst xmlns=\"{MANIFEST}\">{instance}</BackupInst>\r\n");
    let at = |path: &str| format!("{backup}/{path}");
    Ok(vec![
        EmittedFile { path: "manifest.xml".to_owned(), bytes: manifest.into_bytes() },
        EmittedFile { path: at("bkupInfo.xml"), bytes: info.into_bytes() },
        EmittedFile { path: at("Backup.xml"), bytes: backup_xml(&object, &name).into_bytes() },
        EmittedFile { path: at("DomainSysvol/GPO/Machine/registry.pol"), bytes: wanted.policy()?.to_bytes() },
    ])
}

fn backup_xml(object: &str, name: &str) -> String {
    let source = format!(r"\\{DOMAIN}\sysvol\{DOMAIN}\Policies\{object}");
    let id = cdata(object);
    let domain = cdata(DOMAIN);
    let extensions = cdata(&format!("[{REGISTRY}{REGISTRY_TOOL}]"));
    // Version 1 of the computer's half, none of the user's.
    let core = format!(
        "<ID>{id}</ID><Domain>{domain}</Domain><SecurityDescriptor>{SECURITY}</SecurityDescriptor>\
         <DisplayName>{name}</DisplayName><Options>{}</Options><UserVersionNumber>{}</UserVersionNumber>\
         <MachineVersionNumber>{}</MachineVersionNumber><MachineExtensionGuids>{extensions}</MachineExtensionGuids>\
         <UserExtensionGuids/><WMIFilter/>",
        cdata("0"),
        cdata("0"),
        cdata("65537"),
    );
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n\
         <GroupPolicyBackupScheme bkp:version=\"2.0\" bkp:type=\"GroupPolicyBackupTemplate\" xmlns:bkp=\"{OPERATIONS}\" \
         xmlns=\"{OPERATIONS}\">\r\n    \
         <GroupPolicyObject><SecurityGroups/><FilePaths/><GroupPolicyCoreSettings>{core}</GroupPolicyCoreSettings>\r\n        \
         <GroupPolicyExtension bkp:ID=\"{REGISTRY}\" bkp:DescName=\"Registry\">\r\n            \
         <FSObjectFile bkp:Path=\"%GPO_MACH_FSPATH%\\registry.pol\" \
         bkp:SourceExpandedPath=\"{source}\\Machine\\registry.pol\" \
         bkp:Location=\"DomainSysvol\\GPO\\Machine\\registry.pol\"/>\r\n            \
         <FSObjectFile bkp:Path=\"%GPO_FSPATH%\\Adm\\*.*\" bkp:SourceExpandedPath=\"{source}\\Adm\\*.*\"/>\r\n        \
         </GroupPolicyExtension>\r\n    \
         </GroupPolicyObject>\r\n\
         </GroupPolicyBackupScheme>\r\n"
    )
}

/// A GUID of version 8 (RFC 9562: made as one likes) of what it is for: the same plan gives the same.
fn guid(what: &str, of: &str) -> String {
    let digest = Sha256::digest(format!("rdscal group policy {what}\0{of}").as_bytes());
    let mut bytes: [u8; 16] = [0; 16];
    bytes.iter_mut().zip(digest.iter()).for_each(|(byte, digest)| *byte = *digest);
    bytes[6] = (bytes[6] & 0x0F) | 0x80;
    bytes[8] = (bytes[8] & 0x3F) | 0x80;
    let mut text = String::from("{");
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02X}");
    }
    text.push('}');
    text
}

/// The time to the second, as backups have it.
fn seconds(time: FileTime) -> String {
    let text = time.to_string();
    text.split(['.', 'Z']).next().unwrap_or_default().to_owned()
}

/// Escapes markup; omits characters that XML 1.0 does not permit.
fn cdata(text: &str) -> String {
    let is_known = |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..);
    let text: String = text.chars().filter(is_known).collect();
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_text_stays_text() {
        assert_eq!(cdata("a]]><b>\u{1}&"), "<![CDATA[a]]]]><![CDATA[><b>&]]>");
    }

    #[test]
    fn guids_are_of_version_8() {
        let guid = guid("object", "00");
        assert_eq!((guid.len(), &guid[15..16]), (38, "8"));
        assert!(matches!(&guid[20..21], "8" | "9" | "A" | "B"));
        assert_ne!(guid, super::guid("backup", "00"));
    }
}
