use super::ValueRow;
use crate::knowledge::{Certainty, MachineRole, Role, sources};

const FOLKLORE: ValueRow = ValueRow {
    role: Role::Folklore,
    rules: &["RDSL-011"],
    certainty: Certainty::Measured,
    sources: &[sources::NO_TRACE, sources::FOLKLORE],
    ..ValueRow::BASE
};

const SERVER_LIST: Option<&str> =
    Some(r"SpecifiedLicenseServers (REG_MULTI_SZ) in Services\TermService\Parameters\LicenseServers");

const MODE: Option<&str> = Some(r"LicensingMode (REG_DWORD) in Control\Terminal Server\RCM\Licensing Core");

pub(super) const VALUES: &[ValueRow] = &[
    ValueRow {
        id: "folklore-list-too-high",
        key: "termservice-parameters",
        name: "SpecifiedLicenseServers",
        what: "The server list one key too high, as a Microsoft page once recommended.",
        effect: "Not read here; the value belongs in the subkey LicenseServers.",
        belongs: SERVER_LIST,
        rules: &["RDSL-020", "RDSL-191"],
        certainty: Certainty::Reported,
        sources: &[sources::ISSUE_687],
        ..FOLKLORE
    },
    ValueRow {
        id: "folklore-list-in-core",
        key: "licensing-core",
        name: "LicenseServers",
        what: "The server list as a text beside LicensingMode.",
        effect: "No document places a list here. The name belongs in the policy key, the local list in Services\\TermService.",
        belongs: SERVER_LIST,
        certainty: Certainty::Reported,
        sources: &[sources::FOLKLORE],
        rules: &["RDSL-020", "RDSL-192"],
        ..FOLKLORE
    },
    ValueRow {
        id: "folklore-specified-in-core",
        key: "licensing-core",
        name: "SpecifiedLicenseServers",
        what: "The server list beside LicensingMode.",
        effect: "The name is real, but the place is not.",
        belongs: SERVER_LIST,
        rules: &["RDSL-020", "RDSL-192"],
        ..FOLKLORE
    },
    ValueRow {
        id: "folklore-list-in-rcm",
        key: "rcm",
        name: "LicenseServers",
        what: "The server list as a value of RCM.",
        effect: "Not read here.",
        belongs: SERVER_LIST,
        ..FOLKLORE
    },
    ValueRow {
        id: "folklore-specified-in-rcm",
        key: "rcm",
        name: "SpecifiedLicenseServers",
        what: "The server list as a value of RCM.",
        effect: "The name is real, but the place is not.",
        belongs: SERVER_LIST,
        ..FOLKLORE
    },
    ValueRow {
        id: "folklore-specified-in-policy",
        key: "policy",
        name: "SpecifiedLicenseServers",
        machine: MachineRole::Policy,
        what: "The local name of the server list, written to the policy key.",
        effect: "The policy value is named LicenseServers and is one text with commas.",
        belongs: Some(
            r"LicenseServers (REG_SZ) in SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services, by Group Policy",
        ),
        ..FOLKLORE
    },
    ValueRow {
        id: "folklore-mode-in-listener",
        key: "rdp-tcp",
        name: "LicensingMode",
        what: "The licensing mode at the RDP listener.",
        effect: "The listener has no licensing setting; nothing reads it.",
        belongs: MODE,
        ..FOLKLORE
    },
    ValueRow {
        id: "folklore-mode-in-root",
        key: "terminal-server",
        name: "LicensingMode",
        what: "The licensing mode directly in Terminal Server.",
        effect: "Two keys too high; nothing reads it.",
        belongs: MODE,
        ..FOLKLORE
    },
    ValueRow {
        id: "folklore-mode-in-rcm",
        key: "rcm",
        name: "LicensingMode",
        what: "The licensing mode directly in RCM.",
        effect: "One key too high; nothing reads it.",
        belongs: MODE,
        ..FOLKLORE
    },
    ValueRow {
        id: "folklore-mode-in-rdpcorets",
        key: "folklore-rdpcorets-licensing",
        name: "LicensingMode",
        what: "The licensing mode in an invented key.",
        effect: "Neither key nor value is read.",
        belongs: MODE,
        ..FOLKLORE
    },
    ValueRow {
        id: "folklore-mode-in-legacy-core",
        key: "licensing-core-2003",
        name: "LicensingMode",
        what: "The new name of the mode in the old key.",
        effect: "The old key's value is PolicyAcOn; 2008 and later use the key below RCM.",
        belongs: MODE,
        rules: &["RDSL-010", "RDSL-011"],
        certainty: Certainty::Inferred,
        sources: &[sources::NO_TRACE],
        ..FOLKLORE
    },
    ValueRow {
        id: "blank-disable-workgroup-auth",
        key: "termservlicensing-parameters",
        name: " DisableWorkgroupAuthEnforcement",
        machine: MachineRole::LicenseServer,
        what: "The opt-out of the 2024 hardening with a leading space in its name, as pasted from published commands.",
        effect: "To Windows this is another name, so it is not read. Delete it. Prefer credentials for the hosts to the correctly named value.",
        belongs: Some(
            r"DisableWorkgroupAuthEnforcement (no space), same key; preferably credentials on the session hosts",
        ),
        rules: &["RDSL-190"],
        certainty: Certainty::Reported,
        sources: &[sources::CVE_38099, sources::LICENSE_HOSTS],
        ..FOLKLORE
    },
    ValueRow {
        id: "blank-workgroup-accounts-group",
        key: "termservlicensing-parameters",
        name: " WorkgroupLicenseServerAccountsGroup",
        machine: MachineRole::LicenseServer,
        what: "The group of the 2024 hardening with a leading space in its name, as pasted from published commands.",
        effect: "To Windows this is another name, so it is not read.",
        belongs: Some("WorkgroupLicenseServerAccountsGroup (no space), same key"),
        rules: &["RDSL-190"],
        certainty: Certainty::Reported,
        sources: &[sources::CVE_38231],
        ..FOLKLORE
    },
];
